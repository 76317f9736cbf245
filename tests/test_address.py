from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from mailroom import laposte
from mailroom.address import normalise, validate
from mailroom.countries import country_code, country_line, is_domestic
from mailroom.envelope import envelope_lines
from mailroom.model import Address
from mailroom.postcodes import country_by_region, region_by_postcode, with_lost_zero
from mailroom.sameplace import same_place

BOSTON = Address(
    line1="1 Elm Street", line2="Apt 4", city="Boston", region="MA", postcode="02134", country="US"
)
LONDON = Address(line1="9 Canonbury Place", city="London", postcode="N1 2NQ", country="GB")
BERLIN = Address(line1="Bergmannstraße 27", city="Berlin", postcode="10961", country="DE")


# The envelope -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "sender", "lines"),
    [
        (BOSTON, "US", ("1 Elm Street", "Apt 4", "BOSTON MA 02134")),
        (BOSTON, "GB", ("1 Elm Street", "Apt 4", "BOSTON MA 02134", "UNITED STATES")),
        (LONDON, "US", ("9 Canonbury Place", "LONDON", "N1 2NQ", "UNITED KINGDOM")),
        (LONDON, "DE", ("9 Canonbury Place", "LONDON", "N1 2NQ", "VEREINIGTES KÖNIGREICH")),
        (BERLIN, "DE", ("Bergmannstraße 27", "10961 Berlin")),
        (BERLIN, "FR", ("Bergmannstraße 27", "10961 BERLIN", "ALLEMAGNE")),
        (BERLIN, "JP", ("Bergmannstraße 27", "10961 BERLIN", "GERMANY")),
        (
            Address(line1="24 rue des Martyrs", city="Paris", postcode="75009", country="FR"),
            "US",
            ("24 rue des Martyrs", "75009 PARIS", "FRANCE"),
        ),
        (
            Address(
                line1="2-14-6 Jingumae",
                city="Shibuya-ku",
                region="Tokyo",
                postcode="150-0001",
                country="JP",
            ),
            "US",
            ("2-14-6 Jingumae", "SHIBUYA-KU, TOKYO 150-0001", "JAPAN"),
        ),
        (
            Address(line1="Ερμού 15", city="Αθήνα", postcode="105 63", country="GR"),
            "US",
            ("Ερμού 15", "105 63 ΑΘΗΝΑ", "GREECE"),
        ),
        (
            Address(line1="Calle 5", city="San Juan", postcode="00901", country="PR"),
            "US",
            ("Calle 5", "SAN JUAN PR 00901"),
        ),
        (
            Address(line1="Langstrasse 90", city="Zürich", country="CH"),
            "CH",
            ("Langstrasse 90", "Zürich"),
        ),
        (
            Address(line1="Kantstraße 101", line2="c/o Familie Brandt", postcode="10627",
                    city="Berlin", country="DE"),
            "DE",
            ("c/o Familie Brandt", "Kantstraße 101", "10627 Berlin"),
        ),
    ],
)  # fmt: skip
def test_each_country_is_set_out_as_its_post_wants_it(
    address: Address, sender: str, lines: tuple[str, ...]
) -> None:
    assert envelope_lines(("Ada Hill",), address, sender) == ("Ada Hill", *lines)


def test_a_japanese_address_in_kanji_begins_with_the_postcode_and_ends_with_the_name() -> None:
    kyoto = Address(
        line1="烏丸通520",
        city="京都市中京区",
        region="京都府",
        postcode="604-8172",
        country="JP",
    )
    assert envelope_lines(("佐藤 健一",), kyoto, "US") == (
        "〒604-8172", "京都府京都市中京区", "烏丸通520", "佐藤 健一", "JAPAN",
    )  # fmt: skip


def test_name_and_company_stand_above_the_street_and_only_once() -> None:
    assert envelope_lines(("Acme", "Acme", ""), BOSTON, "US")[:2] == ("Acme", "1 Elm Street")
    assert envelope_lines(("Ada Hill", "Acme"), BOSTON, "US")[:2] == ("Ada Hill", "Acme")


def test_a_region_is_left_out_where_the_post_has_no_use_for_it() -> None:
    somerset = Address(
        line1="3 The Crescent", city="Bath", region="Somerset", postcode="BA1 2LX", country="GB"
    )
    assert "Somerset" not in " ".join(envelope_lines(("Ada",), somerset, "US"))


def test_a_country_without_a_postcode_in_its_format_still_gets_the_postcode() -> None:
    hong_kong = Address(
        line1="1 Queen's Road", city="Central", region="Hong Kong Island", postcode="999077",
        country="HK",
    )  # fmt: skip
    assert "999077" in envelope_lines(("Ada",), hong_kong, "US")


def test_of_nothing_nothing_is_set_out() -> None:
    assert envelope_lines((), Address(), "US") == ()


def test_a_country_nobody_knows_loses_nothing() -> None:
    strelsau = Address(line1="1 Castle Square", city="Strelsau", region="North", postcode="1000")
    assert envelope_lines(("Ada",), strelsau, "US") == (
        "Ada", "1 Castle Square", "1000 Strelsau", "North",
    )  # fmt: skip


COUNTRIES = st.sampled_from(["", *sorted(Locale("en").territories)])
WORDS = st.text("abcXYZ äßéΩя東 19-/.", min_size=1, max_size=20).filter(
    lambda text: any(c.isalnum() for c in text) and text.strip(" ,-/.") == text
)
MAYBE = st.one_of(st.just(""), WORDS)


@given(st.lists(MAYBE, max_size=3), WORDS, MAYBE, MAYBE, MAYBE, MAYBE, COUNTRIES, COUNTRIES)
def test_no_line_is_empty_and_no_part_is_lost(
    names: list[str],
    line1: str,
    line2: str,
    city: str,
    region: str,
    postcode: str,
    country: str,
    sender: str,
) -> None:
    address = Address(
        line1=line1, line2=line2, city=city, region=region, postcode=postcode, country=country
    )
    lines = envelope_lines(names, address, sender)
    assert all(line == line.strip() and line and "  " not in line for line in lines)
    printed = flat("\n".join(lines))
    town = re.sub(r"[^\w\s]", " ", city) if country in laposte.COUNTRIES else city
    for part in (*names, line1, line2, town, postcode):
        assert flat(part) in printed
    if not is_domestic(country, sender) and country:
        assert lines[-1] == lines[-1].upper()


def flat(text: str) -> str:
    """Case and accents aside, for Greek capitals have none and ß has no capital."""
    plain = unicodedata.normalize("NFD", text.casefold().upper().replace("ß", "SS"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


# Countries ----------------------------------------------------------------------------------


def test_no_country_is_not_a_country() -> None:
    assert country_code("") == country_code("?") == country_code("world") == ""


def test_every_country_is_known_by_its_own_english_german_and_french_name() -> None:
    for name in ("Germany", "Deutschland", "Allemagne", "DE", "DEU", "deutschland "):
        assert country_code(name) == "DE"


def test_the_country_line_is_in_the_language_of_the_sender() -> None:
    assert country_line("US", "FR") == "ÉTATS-UNIS"
    assert country_line("US", "GR") == "UNITED STATES"
    assert country_line("US", "") == "UNITED STATES"


# Repair and check ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "before", "after"),
    [
        ("GB", "bs83hn", "BS8 3HN"),
        ("GB", "NE46 3", "NE46 3"),
        ("CA", "h2w2r2", "H2W 2R2"),
        ("DE", "D-10961", "10961"),
        ("CH", "CH-8004", "8004"),
        ("US", "02134", "02134"),
    ],
)
def test_a_postcode_is_written_as_its_post_writes_it(country: str, before: str, after: str) -> None:
    mended, repairs = normalise(Address(country=country, postcode=before))
    assert mended.postcode == after
    assert bool(repairs) == (before != after)


def test_a_comma_after_the_town_goes() -> None:
    assert normalise(Address(city="Edmond,"))[0].city == "Edmond"


def test_normalising_twice_changes_nothing_more() -> None:
    once, _ = normalise(Address(city="X,", region="ohio", postcode="43205", country="US"))
    assert normalise(once) == (once, ())


@pytest.mark.parametrize("address", [BOSTON, LONDON, BERLIN])
def test_a_good_address_has_no_finding(address: Address) -> None:
    assert validate(address) == ()


def test_a_country_without_postcodes_needs_none() -> None:
    dubai = Address(line1="1 Marina Walk", region="Dubai", city="Dubai", country="AE")
    assert validate(dubai) == ()


def test_a_prefecture_and_a_street_line_need_no_town() -> None:
    tokyo = Address(line1="渋谷区神宮前1-2-3", region="東京都", postcode="150-0001", country="JP")
    assert validate(tokyo) == ()
    assert [finding.rule for finding in validate(replace(tokyo, line1=""))] == ["no-street"]


# The same place -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("42 Ashmont Street", ""), ("42 ashmont st.", "")),
        (("715 East Pike Street", "Apt 5B"), ("715 E Pike St Apt. 5B", "")),
        (("715 East Pike Street", "Unit 5B"), ("715 E. Pike St. #5B", "")),
        (("P.O. Box 12", ""), ("PO Box 12", "")),
        (("Bergmannstraße 27", ""), ("Bergmannstr. 27", "")),
        (("Türkenstraße 58", ""), ("TUERKENSTRASSE 58", "")),
        (("3, The Crescent", ""), ("3 The Crescent", "")),
        (("24 rue de l’Église", ""), ("24 Rue de l'Eglise", "")),
        (("1200 County Road 12", ""), ("1200 CR 12", "")),
        (("Rural Route 4 Box 87A", ""), ("RR 4, Box 87A", "")),
        (("55 Park Avenue", "Suite 1200"), ("Ste 1200", "55 PARK AVE")),
        (("1 Elm Terrace", ""), ("1 elm terr.", "")),
        (("1 Elm Parkwy", ""), ("1 Elm PKY", "")),
        (("Post Office Box 9", ""), ("P.O. Box 9", "")),
    ],
)
def test_two_spellings_of_one_place_are_one_place(
    one: tuple[str, str], two: tuple[str, str]
) -> None:
    keys = {
        same_place(Address(line1=line1, line2=line2, postcode="02124", country="US"))
        for line1, line2 in (one, two)
    }
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("42 Elm Street", "44 Elm Street"),
        ("42 Elm Street", "42 Elm Street Apt 2"),
        ("4 12th Street", "12 4th Street"),
        ("42 Elm Street", "42 Elm Road"),
    ],
)
def test_two_places_are_two(one: str, two: str) -> None:
    assert same_place(Address(line1=one, postcode="1")) != same_place(
        Address(line1=two, postcode="1")
    )


def test_the_last_four_digits_of_a_zip_make_no_other_place() -> None:
    plus4 = Address(line1="1 Elm Street", line2="Apt 4", postcode="02134-1000", country="US")
    assert same_place(plus4) == same_place(BOSTON)


def test_without_a_street_there_is_no_place() -> None:
    assert same_place(Address(city="Boston", country="US")) == ""


@pytest.mark.parametrize(
    ("region", "postcode", "home", "country"),
    [
        ("CA", "94538", "GB", "US"),
        ("California (US)", "94538", "DE", "US"),
        ("MA", "2134.0", "GB", "US"),
        ("NS", "b3h1a1", "GB", "CA"),
        ("NSW", "2000", "GB", "AU"),
        ("TN", "38121", "DE", ""),  # Tennessee or Trento
        ("TN", "38121", "IT", ""),
        ("WA", "98101", "US", ""),
        ("Essex", "CM1 1AA", "GB", ""),
        ("Bayern", "80331", "DE", ""),
        ("DE", "19801", "DE", ""),
        ("CA", "", "GB", ""),
    ],
)
def test_state_and_postcode_tell_a_country_that_is_not_the_home_one(
    region: str, postcode: str, home: str, country: str
) -> None:
    assert country_by_region(region, postcode, home) == country


@pytest.mark.parametrize(
    ("postcode", "country", "region"),
    [
        ("02134", "US", "MA"),
        ("94538-1234", "US", "CA"),
        ("06390", "US", ""),  # New York's, among Connecticut's
        ("2150", "AU", "NSW"),
        ("2540", "AU", ""),
        ("B3H 1A1", "CA", "NS"),
        ("2134", "US", ""),
        ("80331", "DE", ""),
    ],
)
def test_a_postcode_tells_its_state_where_it_lies_in_one(
    postcode: str, country: str, region: str
) -> None:
    assert region_by_postcode(postcode, country) == region


@pytest.mark.parametrize(
    ("postcode", "country", "region", "padded"),
    [
        ("1067", "DE", "", "01067"),
        ("8001", "ES", "Barcelona", "08001"),
        ("8001", "ES", "Madrid", ""),
        ("100", "FI", "", "00100"),
        ("6101", "US", "", "06101"),
        ("6101", "US", "CA", ""),
        ("800", "AU", "", "0800"),
        ("150", "NO", "", "0150"),
        ("10", "AM", "", "0010"),
        ("105", "GE", "", "0105"),
        ("1001", "GT", "", "01001"),
        ("100", "KE", "", "00100"),
        ("50012", "KZ", "", "050012"),
        ("1000", "LA", "", "01000"),
        ("500", "LK", "", "00500"),
        ("18989", "SG", "", "018989"),
        ("120", "VA", "", "00120"),
        ("8001", "CH", "", ""),
        ("12", "DE", "", ""),
        ("10115", "DE", "", ""),
        ("EC1", "GB", "", ""),
    ],
)
def test_zeros_that_a_postcode_has_lost_are_found_again(
    postcode: str, country: str, region: str, padded: str
) -> None:
    place = Address(line1="1", city="x", region=region, postcode=postcode, country=country)
    assert with_lost_zero(place) == padded

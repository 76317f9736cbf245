"""The checks that every intake must pass, by their number, on files written here.

Each file is read as the pipeline reads it: recognised, surveyed, mapped, mended.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import WHOLE, one_of, read_all, rows_of, table_of

from mailroom import exports, intake
from mailroom.exports.words import fields_of
from mailroom.ledger.incoming import spooled
from mailroom.model import Decision, Finding, Recipient, Severity
from mailroom.readers import Row

CRM = Path(__file__).parent.parent.parent / "shared" / "data" / "crm"
HEADER = "Record ID,First Name,Last Name,Street Address,City,State,Postal Code,Country"
ADA = "7,Ada,Hill,1 Elm Street,Boston,MA,02134,US"


class Read:
    """One file, read."""

    def __init__(self, path: Path, answers: Mapping[str, str], country: str) -> None:
        self.export = exports.recognise(path)
        seen = intake.survey(exports.rows_of(path, self.export), self.export.columns)
        found = intake.read(
            exports.rows_of(path, self.export),
            file=path.name,
            source="crm",
            columns=self.export.columns,
            survey=seen,
            decisions={
                subject: Decision(subject=subject, answer=answer, by="Ruth", at="2026-12-01")
                for subject, answer in answers.items()
            },
            country=country,
            reason=self.export.reason,
        )
        everything = tuple(found)
        self.people = tuple(one for one in everything if isinstance(one, Recipient))
        self.findings = (
            *self.export.notes,
            *(one for one in everything if isinstance(one, Finding)),
        )

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self.people)

    @property
    def rules(self) -> set[str]:
        return {finding.rule for finding in self.findings}


def read_path(path: Path, answers: Mapping[str, str] | None = None, country: str = "US") -> Read:
    return Read(path, answers or {}, country)


def read_text(
    folder: Path, text: str, encoding: str = "utf-8", answers: Mapping[str, str] | None = None
) -> Read:
    path = folder / "export.csv"
    path.write_bytes(text.encode(encoding))
    return read_path(path, answers)


def rules(person: Recipient) -> list[str]:
    return [finding.rule for finding in person.findings]


def errors(person: Recipient) -> list[str]:
    return [f.rule for f in person.findings if f.severity is Severity.ERROR]


def test_1_headers_that_come_twice_are_told_apart_by_their_place(tmp_path: Path) -> None:
    header = (
        "Record ID - Contact,First Name,Last Name,Phone Number,Company Name,Country/Region,"
        "Record ID - Company,Company name,Phone Number,Country/Region"
    )
    read = read_text(tmp_path, f"{header}\n1,Ada,Hill,555 1,,US,77,Acme,555 2,DE\n")
    (ada,) = read
    assert (ada.key, ada.phone, ada.company, ada.address.country) == (
        "crm:1",
        "555 1",
        "Acme",
        "US",
    )
    assert "Phone Number (2)" in read.export.headers


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_2_every_encoding_gives_the_same_names(tmp_path: Path, encoding: str) -> None:
    (zoe,) = read_text(tmp_path, f"{HEADER}\n{ADA.replace('Ada', 'Zoë')}\n", encoding)
    assert zoe.first_name == "Zoë"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_3_every_delimiter_gives_the_same_columns(tmp_path: Path, delimiter: str) -> None:
    (ada,) = read_text(tmp_path, f"{HEADER}\n{ADA}\n".replace(",", delimiter))
    assert (ada.name, ada.address.city, ada.findings) == ("Ada Hill", "Boston", ())


def test_4_rows_of_another_width_stay_and_are_told(tmp_path: Path) -> None:
    text = f"{HEADER}\n{ADA}\n8,Bob,Hill\n9,Cy,Hill,1 Elm Street,Boston,MA,02134,US,more,cells\n"
    ada, bob, cy = read_text(tmp_path, text)
    assert errors(ada) == []
    assert "short-row" in rules(bob) and "no-address" in errors(bob)
    assert "long-row" in errors(cy)


def test_5_titles_above_and_totals_below_are_nobody(tmp_path: Path) -> None:
    above = "Customer report\nAs of 2026-11-01\n\n"
    below = "\nGrand Totals,1\nCopyright (c) 2000-2026 Example Inc. All rights reserved.\n"
    read = read_text(tmp_path, f"{above}{HEADER}\n{ADA}\n{below}")
    assert [person.name for person in read] == ["Ada Hill"]
    assert {"preamble", "report-footer"} <= read.rules


def test_6_the_apostrophe_of_a_spreadsheet_goes_and_that_of_a_name_stays() -> None:
    person = one_of(Postal_Code="'02134", Last_Name="'t Hooft", Record_ID="'7210448301122")
    assert (person.address.postcode, person.last_name) == ("02134", "'t Hooft")
    assert person.key == "crm:7210448301122"
    assert person.before == {"Postal Code": "'02134", "Record ID": "'7210448301122"}


def test_7_headers_that_differ_in_blanks_or_case_only_are_known(tmp_path: Path) -> None:
    header = " Full Name,Company Name,Company name,CITY"
    (ada,) = read_text(tmp_path, f"{header}\nAda Hill,,Acme,Boston\n")
    assert (ada.name, ada.company, ada.address.city) == ("Ada Hill", "Acme", "Boston")


@pytest.mark.parametrize("nothing", ["null", "None", "N/A", "-", "NULL", "n/a"])
def test_8_words_for_nothing_are_nothing(nothing: str) -> None:
    assert one_of(Phone=nothing, Last_Name=nothing).name == "Ada"
    assert one_of(Phone=nothing).phone == ""
    assert one_of(Phone=nothing).before == {"Phone": nothing}


@pytest.mark.parametrize("name", ["Unknown", "(unknown)", "<Unknown", "A", "Main Account"])
def test_8_words_for_nobody_hold_the_piece(name: str) -> None:
    assert errors(one_of(Last_Name=name)) == ["placeholder-name"]


@pytest.mark.parametrize("name", [{"First Name": "info@example.com"}, {"Last Name": "a@b.org"}])
def test_9_an_email_address_is_no_name(name: Mapping[str, str]) -> None:
    (person,) = rows_of(WHOLE | name).recipients
    assert errors(person) == ["email-as-name"]


def test_10_a_company_in_the_place_of_a_person_is_asked_about_and_moved() -> None:
    cells = {"First_Name": "EXAMPLE MORTGAGE INC", "Last_Name": ""}
    assert "company-as-name" in errors(one_of(**cells))
    moved = one_of({"repair:company-as-name": "take"}, **cells)
    assert (moved.first_name, moved.company) == ("", "EXAMPLE MORTGAGE INC")
    assert moved.before == {"First Name": "EXAMPLE MORTGAGE INC"}
    assert errors(moved) == []


def test_10_a_company_that_is_both_name_and_company_is_one_company() -> None:
    cells = {"First_Name": "Acme Fizz", "Last_Name": "", "Company": "Acme Fizz"}
    moved = one_of({"repair:company-as-name": "take"}, **cells)
    assert (moved.first_name, moved.company) == ("", "Acme Fizz")


def test_10_a_person_who_is_the_company_stays_a_person() -> None:
    person = one_of(Company="Ada Hill")
    assert (person.name, person.findings) == ("Ada Hill", ())


def test_10_the_word_beside_a_company_goes_with_it() -> None:
    cells = {"First_Name": "EXAMPLE MORTGAGE INC", "Last_Name": "Main Account"}
    moved = one_of({"repair:company-as-name": "take"}, **cells)
    assert (moved.first_name, moved.last_name, moved.company) == ("", "", "EXAMPLE MORTGAGE INC")


@pytest.mark.parametrize("full", ["Weber Anna Dr.", "Weber, Dr. Anna", "Weber, Anna, Dr."])
def test_11_a_name_the_wrong_way_round_is_asked_about_and_turned(full: str) -> None:
    cells = {"First_Name": "", "Last_Name": "", "Name": full}
    waiting = one_of(**cells)
    assert waiting.last_name == full and "last-first" in errors(waiting)
    turned = one_of({"repair:last-first": "take"}, **cells)
    assert (turned.first_name, turned.last_name) == ("Anna", "Weber")
    assert "Dr" in turned.salutation and errors(turned) == []
    refused = one_of({"repair:last-first": "refuse"}, **cells)
    assert refused.last_name == full and "last-first" not in rules(refused)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("ADA", "MCDONALD", "Ada McDonald"), ("ada", "hill", "Ada Hill"), ("Ada", "HILL", "Ada Hill")],
)
def test_12_a_name_in_capitals_or_without_any_is_asked_about(
    first: str, last: str, name: str
) -> None:
    cells = {"First_Name": first, "Last_Name": last}
    asked = one_of(**cells)
    assert asked.name == f"{first} {last}"
    (rule,) = rules(asked)
    assert rule in {"all-caps-name", "lower-name"}
    assert one_of({f"repair:{rule}": "take"}, **cells).name == name


@pytest.mark.parametrize("cell", ["Nilsson", "c/o Nilsson"])
def test_a_name_in_the_column_of_the_c_o_is_written_with_it(cell: str) -> None:
    row = {"Namn": "Lars Ek", "c/o": cell, "Gatuadress": "Björkvägen 9", "Postnr": "753 20"}
    (found,) = rows_of({**row, "Postort": "Uppsala", "Land": "SE"}).recipients
    assert (found.address.line1, found.address.line2) == ("Björkvägen 9", "c/o Nilsson")
    is_told = cell == "Nilsson"
    assert ("care-of" in rules(found), found.before.get("c/o") == cell) == (is_told, is_told)


@pytest.mark.parametrize(
    "whole",
    [
        "12 Elm Street, Boston, MA 02134",
        "12 Elm Street\nBoston, MA 02134\nUSA",
        "12 Elm Street  Boston  MA  02134  US",
        "12 Elm Street, Boston MA 02134, United States",
    ],
)
def test_13_a_whole_address_in_one_cell_is_asked_about_and_taken_apart(whole: str) -> None:
    cells = {"Street Address": whole, "City": "", "State/Region": "", "Postal Code": ""}
    (asked,) = rows_of(WHOLE | cells, country="US").recipients
    assert errors(asked) == ["one-cell-address"]  # not that there is no town: it is in the cell
    refused = {"repair:one-cell-address": "refuse"}
    (left,) = rows_of(WHOLE | cells, country="US", answers=refused).recipients
    assert "no-city" in errors(left)
    answers = {"repair:one-cell-address": "take"}
    (taken,) = rows_of(WHOLE | cells, country="US", answers=answers).recipients
    place = taken.address
    assert (place.line1, place.city, place.region) == ("12 Elm Street", "Boston", "MA")
    assert (place.postcode, errors(taken)) == ("02134", [])
    assert taken.before["Street Address"] == whole


@pytest.mark.parametrize(
    ("street", "country", "parts"),
    [
        ("Schloßallee 1, 50667 Köln", "", ("Schloßallee 1", "50667", "Köln", "DE")),
        ("Vinohradska 12, 120 00 Praha 2", "Czech Republic",
         ("Vinohradska 12", "120 00", "Praha 2", "CZ")),
        ("14 Main St  Cork  T12 X8P2 IE", "", ("14 Main St", "T12 X8P2", "Cork", "IE")),
    ],
)  # fmt: skip
def test_13_a_street_with_all_in_it_is_asked_about_and_taken_apart(
    street: str, country: str, parts: tuple[str, str, str, str]
) -> None:
    cells = {"Name": "Eva Lang", "Street": street, "City": "", "Zip": "", "Country": country}
    (waiting,) = rows_of(cells, country="US").recipients
    assert errors(waiting) == ["one-cell-address"]
    assert "country-assumed" not in rules(waiting)
    (taken,) = rows_of(cells, country="US", answers={"repair:one-cell-address": "take"}).recipients
    place = taken.address
    assert (place.line1, place.postcode, place.city, place.country) == parts
    assert not errors(taken)


@pytest.mark.parametrize(
    ("city", "rest", "place"),
    [
        ("Boston,", {}, ("Boston", "MA", "02134")),
        ("Boston, MA 02134", {"State/Region": "", "Postal Code": ""}, ("Boston", "MA", "02134")),
        ("Boston 02134", {"Postal Code": ""}, ("Boston", "MA", "02134")),
        ("10115 Berlin", {"State/Region": "", "Postal Code": "", "Country": "DE"},
         ("Berlin", "", "10115")),
    ],
)  # fmt: skip
def test_14_a_town_with_a_comma_or_its_postcode_is_put_right(
    city: str, rest: Mapping[str, str], place: tuple[str, str, str]
) -> None:
    (person,) = rows_of(WHOLE | {"City": city, **rest}).recipients
    found = person.address
    assert (found.city, found.region, found.postcode) == place
    assert person.before == {"City": city} and errors(person) == []


def test_14_a_town_with_another_postcode_than_the_postcode_is_held() -> None:
    person = one_of(City="Hazlet, 07730")
    assert (person.address.city, errors(person)) == ("Hazlet, 07730", ["odd-city"])


@pytest.mark.parametrize("country", ["US", "U.S", "USA", "United States", "États-Unis"])
def test_15_a_country_is_a_country_however_it_is_spelt(country: str) -> None:
    assert one_of(Country=country).address.country == "US"


@pytest.mark.parametrize("country", ["FR", "FRA", "France", "Frankreich"])
def test_15_france_too(country: str) -> None:
    cells = {"City": "Lyon", "State/Region": "", "Postal Code": "69001", "Country": country}
    (person,) = rows_of(WHOLE | cells).recipients
    assert (person.address.country, errors(person)) == ("FR", [])


@pytest.mark.parametrize("state", ["MA", "Massachusetts", "massachusetts"])
def test_15_a_state_is_its_code(state: str) -> None:
    assert one_of(**{"State/Region": state}).address.region == "MA"


@pytest.mark.parametrize("cell", ["2134", "2134.0"])
def test_16_the_zero_of_a_zip_comes_back(cell: str) -> None:
    person = one_of(Postal_Code=cell)
    assert (person.address.postcode, person.before) == ("02134", {"Postal Code": cell})


def test_17_day_and_month_are_told_by_the_files_own_values(tmp_path: Path) -> None:
    dates = ["12/12/1995", "03/04/1990", "20/01/1991", "1990-05-02", "--0203", "2/5/24"]
    people = [f"{n},{date},Ada{'xyzuvw'[n]},Hill" for n, date in enumerate(dates)]
    text = "\n".join(["Record ID,Birthday,First Name,Last Name", *people])
    found = [person.fields.get("birthday") for person in read_text(tmp_path, text)]
    assert found == ["1995-12-12", "1990-04-03", "1991-01-20", "1990-05-02", "--02-03", "--05-02"]


def test_17_what_the_file_does_not_tell_is_asked_once(tmp_path: Path) -> None:
    text = "First Name,Last Name,Birthday\nAda,Hill,03/04/1990\nBob,Hill,05/06/1991\n"
    asked = read_text(tmp_path, text)
    assert {intake.question_of(f) for p in asked for f in p.findings} == {"", "dates:Birthday"}
    assert [person.fields.get("birthday") for person in asked] == [None, None]
    told = read_text(tmp_path, text, answers={"dates:Birthday": "month-first"})
    assert [person.fields["birthday"] for person in told] == ["1990-03-04", "1991-05-06"]


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("a@example.com ::: b@example.com", "a@example.com"),
        ("a@example.com ::: * b@example.com", "b@example.com"),
        ("a@example.com;b@example.com", "a@example.com"),
        ("a@example.com\nb@example.com", "a@example.com"),
    ],
)
def test_18_of_several_values_the_first_or_the_starred_is_offered(cell: str, first: str) -> None:
    asked = one_of(Email=cell)
    assert (asked.email, rules(asked)) == (cell, ["several-values"])
    taken = one_of({"repair:several-values": "take"}, Email=cell)
    assert (taken.email, taken.before) == (first, {"Email": cell})


def test_18_several_names_in_one_cell_are_not_printed() -> None:
    assert errors(one_of(Last_Name="Hill ::: Dale")) == ["several-values", "odd-name"]


def test_18_tags_keep_all_their_values() -> None:
    person = one_of(Tags="vip; trade ::: * friends")
    assert (person.fields["tag"], person.findings) == ("vip; trade ::: * friends", ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_19_a_street_of_several_lines_keeps_them(end: str) -> None:
    street = f"1 Elm Street{end}Apt 2{end}Rear"
    person = one_of(Street_Address=street)
    assert (person.address.line1, person.address.line2) == ("1 Elm Street", "Apt 2, Rear")
    assert person.before == {"Street Address": street}


def test_20_two_people_in_one_name_are_asked_about() -> None:
    cells = {"First_Name": "Jerry and Beth", "Last_Name": "Smith"}
    asked = one_of(**cells)
    assert (asked.first_name, rules(asked), asked.partners) == (
        "Jerry and Beth",
        ["two-people"],
        (),
    )
    taken = one_of({"repair:two-people": "take"}, **cells)
    assert taken.name == "Jerry Smith"
    assert [(p.first_name, p.last_name) for p in taken.partners] == [("Beth", "Smith")]
    assert taken.before == {"First Name": "Jerry and Beth", "Last Name": "Smith"}


@pytest.mark.parametrize("spouse", ["Beth", "Beth Smith"])
def test_20_a_partners_column_is_asked_about(spouse: str) -> None:
    cells = {"First_Name": "Jerry", "Last_Name": "Smith", "Spouse": spouse}
    assert rules(one_of(**cells)) == ["partner"]
    (beth,) = one_of({"repair:partner": "take"}, **cells).partners
    assert (beth.first_name, beth.last_name) == ("Beth", "Smith")
    assert one_of({"repair:partner": "refuse"}, **cells).findings == ()


@pytest.mark.parametrize(
    ("header", "cell", "reasons"),
    [
        ("IsDeleted", "1", ("deleted in the CRM",)),
        ("IsDeleted", "0", ()),
        ("Action", "delete", ("deleted in the CRM",)),
        ("Action", "Update", ()),
        ("Left company", "yes", ("left the company",)),
        ("Returned mail", "2024-05-01", ("mail came back",)),
        ("Returned mail", "0", ()),
        ("Hold until", "2027-01-15", ("on hold until 2027-01-15",)),
        ("Hold until", "", ()),
    ],
)
def test_21_who_is_deleted_left_or_held_gets_no_mail(
    header: str, cell: str, reasons: tuple[str, ...]
) -> None:
    assert rows_of(WHOLE | {header: cell}).recipients[0].suppressed == reasons


@pytest.mark.parametrize(
    ("header", "cell", "asked"),
    [
        ("Email Opt Out", "yes", True),
        ("Email Opt Out", "no", False),
        ("Accepts Email Marketing", "no", True),
        ("Accepts Email Marketing", "yes", False),
    ],
)
def test_22_who_wants_no_email_may_get_post_until_somebody_says_no(
    header: str, cell: str, asked: bool
) -> None:
    for answer, reasons, told in (
        (None, (), True),
        ("mail", (), False),
        ("suppress", ("opted out of e-mail",), False),
    ):
        answers = {"email-opt-out": answer} if answer else {}
        (person,) = rows_of(WHOLE | {header: cell}, answers=answers).recipients
        assert person.suppressed == (reasons if asked else ())
        assert rules(person) == ["email-opt-out"] * (asked and told)
        assert person.fields.get("email_opt_out", "") == ("yes" if asked else "")


def test_23_a_formula_stays_a_text_and_its_piece_is_held() -> None:
    person = one_of(Last_Name="=cmd|'/c calc'!A1")
    assert person.last_name == "=cmd|'/c calc'!A1"
    assert errors(person) == ["odd-name"]


def test_24_the_same_person_under_two_ids_is_two_records_to_be_compared() -> None:
    first, second = rows_of(WHOLE, WHOLE | {"Record ID": "8"}).recipients
    assert (first.key, second.key) == ("crm:7", "crm:8")


def test_24_one_id_twice_is_told() -> None:
    with spooled(rows_of(WHOLE, WHOLE | {"First Name": "Bob"}).recipients) as spool:
        ((first, second),) = spool.batches()
        (finding,) = spool.findings
    assert (first.key, second.key.partition("#")[0]) == ("crm:7", "crm:7")
    assert first.key != second.key
    assert (finding.rule, finding.where) == ("duplicate-id", "contacts.csv:3")
    assert second.data["findings"][-1]["rule"] == "duplicate-id"


@pytest.mark.parametrize(
    ("first", "last"), [("Preview", "User"), ("Test", "Hill"), ("Ada", "Test"), ("Reseller", "")]
)
def test_25_people_who_are_only_a_test_are_held(first: str, last: str) -> None:
    assert errors(one_of(First_Name=first, Last_Name=last)) == ["placeholder-name"]


# Besides the 25 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "parts"),
    [
        ("Ada", "Hill Jr.", ("", "Ada", "", "Hill", "Jr.")),
        ("Ada", "Hill, Jr.", ("", "Ada", "", "Hill", "Jr.")),
        ("Ada Q.", "Hill", ("", "Ada", "Q.", "Hill", "")),
        ("Mr.", "Hill", ("Mr.", "", "", "Hill", "")),
        ("Familie", "Weber", ("Familie", "", "", "Weber", "")),
        ('"Ada"', "Hill;", ("", "Ada", "", "Hill", "")),
        ("Mary Ann", "van der Berg", ("", "Mary Ann", "", "van der Berg", "")),
    ],
)
def test_what_stands_in_the_wrong_part_of_a_name_goes_where_it_belongs(
    first: str, last: str, parts: tuple[str, ...]
) -> None:
    person = one_of(First_Name=first, Last_Name=last)
    found = (person.salutation, person.first_name, person.middle_name, person.last_name)
    assert (*found, person.suffix) == parts
    assert errors(person) == []
    assert bool(person.before) == ((first, last) != (person.first_name, person.last_name))


def test_a_postcode_that_was_a_number_is_one_no_more() -> None:
    cells = {"City": "Lyon", "State/Region": "", "Postal Code": "69001.0", "Country": "FR"}
    (person,) = rows_of(WHOLE | cells).recipients
    assert (person.address.postcode, errors(person)) == ("69001", [])


@pytest.mark.parametrize("state", ["", "MA"])
def test_a_zip_with_its_state_is_the_zip(state: str) -> None:
    person = one_of(Postal_Code="MA 02134", **{"State/Region": state})
    assert (person.address.region, person.address.postcode) == ("MA", "02134")
    assert errors(person) == []
    assert errors(one_of(Postal_Code="NY 10001")) == ["bad-postcode"]


def test_what_is_refused_stays_as_it_is() -> None:
    answers = {f"repair:{rule}": "refuse" for rule in intake.RULES}
    person = one_of(answers, Last_Name=" Hill ", Phone="'555", Postal_Code="2134", City="Boston,")
    assert (person.last_name, person.phone, person.before) == (" Hill ", "'555", {})
    assert (person.address.postcode, person.address.city) == ("2134", "Boston,")


# Of several addresses -----------------------------------------------------------------------


def test_of_two_addresses_the_first_whole_one_is_used_and_said() -> None:
    second = {
        "Home Street": "2 Oak Road",
        "Home City": "Austin",
        "Home State": "TX",
        "Home ZIP": "78701",
        "Home Country": "US",
    }
    parts = ("line1", "city", "region", "postcode", "country")
    columns = dict(zip(second, (f"address2.{part}" for part in parts), strict=True))

    def person(**changes: str) -> Recipient:
        cells = {name.replace("_", " "): text for name, text in changes.items()}
        (found,) = read_all(table_of(WHOLE | second | cells), columns=columns).recipients
        return found

    assert (person().address.line1, person().findings) == ("1 Elm Street", ())
    broken = person(Postal_Code="")
    assert (broken.address.line1, rules(broken)) == ("2 Oak Road", ["other-address"])
    assert "there is no postcode" in broken.findings[0].message
    neither = person(Postal_Code="", Home_City="")
    assert (neither.address.line1, errors(neither)) == ("1 Elm Street", ["no-postcode"])
    alone = person(Street_Address="", City="", Postal_Code="", Country="", **{"State/Region": ""})
    assert (alone.address.line1, errors(alone)) == ("2 Oak Road", [])


# Whatever comes -----------------------------------------------------------------------------

_WIDE = {
    **WHOLE, "Full Name": "", "Company": "", "Email": "", "Birthday": "", "Spouse": "",
    "Address 1 - Formatted": "", "Home Street": "", "Home City": "", "Email Opt Out": "",
    "Hold until": "", "Title": "", "Language": "", "Deceased": "", "Personal note": "",
}  # fmt: skip
_CELL = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["null", "A", "Hill, Ada", "ADA", "'02134", "1/2/90", "26057", "a@b.c;d@e.f", " ::: * ",
         "12 Elm Street, Boston, MA 02134", "10115 Berlin", "Jerry and Beth", "ACME INC", "†",
         "Yes", "no", "U.S", "{{x}}", "1900-01-01", "\ud800", "0", "de la", "x\ny", ";", "|", "' '"]
    ),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(_CELL, min_size=1, max_size=len(_WIDE) + 2), min_size=1, max_size=6),
    answer=st.sampled_from(["", "take", "refuse"]),
)
def test_whatever_row_comes_nobody_is_lost_and_nothing_breaks(
    rows: list[list[str]], answer: str
) -> None:
    columns = fields_of(_WIDE)
    given_rows = [Row(line, tuple(cells)) for line, cells in enumerate(rows, start=2)]
    decisions = {
        f"repair:{rule}": Decision(subject=rule, answer=answer, by="Ruth", at="2026-12-01")
        for rule in intake.RULES
        if answer
    }
    found = intake.read(
        given_rows,
        file="x.csv",
        source="crm",
        columns=columns,
        survey=intake.survey(given_rows, columns),
        decisions=decisions,
        country="US",
    )
    people = [one for one in found if isinstance(one, Recipient)]
    filled = [row for row in given_rows if any(seen(cell) for cell in row.cells[: len(_WIDE)])]
    assert {person.where for person in people} >= {f"x.csv:{row.line}" for row in filled}
    assert len({person.where for person in people}) == len(people)
    for person in people:
        for finding in person.findings:
            assert finding.where == person.where and finding.message
            assert finding.severity is not Severity.ERROR or finding.hint
            # What is answered is asked no more.
            assert not (answer and intake.question_of(finding) in intake.RULES)


def seen(cell: str) -> bool:
    return any(c.isalnum() for c in cell)


# Files of others ----------------------------------------------------------------------------


def _whole(person: Recipient) -> bool:
    return not errors(person) and not person.suppressed


@pytest.mark.skipif(not CRM.is_dir(), reason="the real-shaped exports are not on this machine")
@pytest.mark.parametrize(
    ("file", "everybody", "mailable"),
    [
        ("dynamics365_export_min.csv", 2, 0),
        ("google_contacts_2024_other_contacts.csv", 3, 0),
        ("hubspot_real_mess_reconstructed.csv", 12, 1),
        ("mailchimp_subscribed_ghost.csv", 5, 0),
        ("mailchimp_unsubscribed_ghost.csv", 5, 0),
        ("shopify_customers_export_new_header.csv", 2, 2),
        ("vcard30_gmail_ezvcard.vcf", 1, 0),
        ("vcard40_rfc6350_ezvcard.vcf", 1, 1),
        ("xero_contacts_short_header.csv", 6, 3),
    ],
)
def test_of_real_shaped_exports_everybody_is_found_and_explained(
    file: str, everybody: int, mailable: int
) -> None:
    people = read_path(CRM / file).people
    assert len(people) == everybody
    assert len([person for person in people if _whole(person)]) == mailable
    for person in people:
        assert _whole(person) or person.suppressed or errors(person)


def test_a_novel_in_every_cell_is_not_kept_in_mind() -> None:
    headers = tuple(_WIDE)
    columns = fields_of(headers)

    def rows() -> Iterator[Row]:
        for line in range(2, 42):
            yield Row(
                line, tuple(f"{line} {place} {'x' * 50_000}" for place in range(len(headers)))
            )

    tracemalloc.start()
    try:
        seen = intake.survey(rows(), columns)
        for person in intake.read(
            rows(), file="x.csv", source="crm", columns=columns, survey=seen, country="US"
        ):
            assert [f.message for f in person.findings if len(f.message) > 500] == []
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000


# Records that are no longer in use -----------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Status", "Inactive"),
        ("Status Reason", "Inaktiv"),
        ("Active", "False"),
        ("Active", "0"),
        ("Is Active", "no"),
        ("Inactive", "Yes"),
        ("Inaktiv seit", "01.02.2024"),
        ("Contact Status", "Inactive"),
    ],
)
def test_who_is_inactive_waits_for_an_answer(header: str, text: str) -> None:
    asked = one_of(**{header: text})
    assert rules(asked) == ["inactive"] and text in asked.findings[0].message
    assert "inactive=suppress" in asked.findings[0].hint
    out = one_of({"inactive": "suppress"}, **{header: text})
    assert (rules(out), out.suppressed) == ([], ("inactive in the CRM",))
    on = one_of({"inactive": "mail"}, **{header: text})
    assert (rules(on), on.suppressed) == ([], ())


@pytest.mark.parametrize(
    ("header", "text"),
    [("Status", "Active"), ("Status", "Lead"), ("Status", "never"), ("Active", "True"),
     ("Active", ""), ("Inactive", "false"), ("Inactive", "Active"), ("Contact Status", "VIP")],
)  # fmt: skip
def test_any_other_state_of_a_record_asks_nothing(header: str, text: str) -> None:
    found = one_of(**{header: text})
    assert (found.findings, found.suppressed) == ((), ())
    assert found.fields.get(header, text) == text


# A country that no row has -------------------------------------------------------------------

ROME = {"Cognome": "Rossi", "Nome": "Anna", "Via": "Via Appia 20", "CAP": "00184", "Città": "Roma"}


def test_a_postcode_of_another_country_says_that_none_is_given_and_what_to_type() -> None:
    london = {**ROME, "CAP": "E1 6AN", "Città": "London", "Paese": ""}
    found = rows_of({**ROME, "Paese": ""}, london, london, country="GB").recipients[0]
    assert rules(found) == ["no-country"]
    (told,) = found.findings
    assert told.message.startswith("no country given, and '00184' is no postcode of GB (write ")
    assert "[sources.crm]" in told.message and "[sources.crm] in mailroom.toml" in told.hint


def test_the_country_of_the_source_is_that_of_its_rows() -> None:
    (found,) = rows_of(ROME, country="IT").recipients
    assert (rules(found), found.address.country) == (["country-assumed"], "IT")


def test_a_list_most_of_whose_postcodes_are_strange_is_not_taken_for_the_sender_s() -> None:
    london = {**ROME, "CAP": "E1 6AN", "Città": "London"}
    mixed = rows_of(ROME, {**ROME, "CAP": "10123"}, london, country="GB").recipients
    assert [person.address.country for person in mixed] == ["", "", ""]
    assert "most postcodes of the file are not those of GB" in mixed[2].findings[0].message
    own = rows_of(ROME, london, london, country="GB").recipients
    assert [person.address.country for person in own] == ["GB", "GB", "GB"]


def test_a_state_that_the_sender_s_country_does_not_have_is_strange_too() -> None:
    (found,) = rows_of({**ROME, "Provincia": "XX"}, country="US").recipients
    assert "no-country" in rules(found) and found.address.country == ""


@pytest.mark.parametrize(
    ("home", "country", "rows"),
    [
        ("US", "IT", ["Via Appia 20|00184", "Corso Como 4|20121", "Viale Roma 1|40121"]),
        ("DE", "IT", ["Via Appia 20|00184", "Corso Como 4|20121", "Viale Roma 1|40121"]),
        ("FR", "DE", ["Lindenstr. 20|10969", "Am Ring 4|20121", "Hauptstraße 1|50667"]),
        ("CH", "FR", ["20 rue de Paris|69003", "4 avenue Foch|75016", "Le Bourg|63000"]),
        ("US", "GB", ["12 High Street|E1 6AN", "The Elms|SW1A 1AA", "9 Mill Lane|OX1 2JD"]),
        ("DE", "NL", ["Keizersgracht 1|1015 CJ", "Dorpsstraat 4|2511AB"]),
        ("DE", "SE", ["Storgatan 1|111 57", "Nybyvägen 4|43137", "Box 12|90106"]),
        ("US", "ES", ["Calle Mayor 5|28013", "Avda. Sol 3|08013", "C/ Real 9|41001"]),
        ("US", "AT", ["Getreidegasse 3|5020", "Hauptstraße 4|1010", "Wiener Straße 9|1070"]),
    ],
)
def test_a_list_without_countries_asks_for_the_one_it_looks_like_and_remembers(
    home: str, country: str, rows: list[str]
) -> None:
    cells = [dict(zip(("Via", "CAP"), row.split("|"), strict=True)) for row in rows]
    written = [{**ROME, "Città": "X", **row} for row in cells]
    for found in rows_of(*written, country=home).recipients:
        assert rules(found) == [f"country:{country}", "no-country"]
        assert f"country:{country}=yes" in found.findings[0].hint
    for found in rows_of(*written, country=home, answers={f"country:{country}": "yes"}).recipients:
        assert (rules(found)[0], found.address.country) == ("country-assumed", country)
    for found in rows_of(*written, country=home, answers={f"country:{country}": "no"}).recipients:
        assert (rules(found), found.address.country) == (["no-country"], "")


def test_postcodes_that_stand_in_the_town_s_cell_tell_the_country_too() -> None:
    towns = ("99423 Weimar", "D-28195 Bremen", "21335 Lüneburg")
    rows = [{"Name": "Anna Weber", "Strasse": "Goethestr. 17", "Plz/Ort": town} for town in towns]
    for found in rows_of(*rows, country="GB").recipients:
        assert {"country:DE", "no-country"} <= {*rules(found)}
    found = rows_of(*rows, country="GB", answers={"country:DE": "yes"}).recipients[0]
    assert (found.address.postcode, found.address.city) == ("99423", "Weimar")


@pytest.mark.parametrize(
    ("home", "country", "rows"),
    [
        ("GB", "DE", ["Goethestraße 17|99423|DE", "Bahnhofstrasse 2|8001|CH", "Feldstr. 2|59494|"]),
        ("GB", "FR", ["3 place Bellecour|69215|France", "Le Moulin|46000|", "Le Bourg|1000|"]),
        ("DE", "FR", ["3 place Bellecour|69215|France", "Le Moulin|46000|", "Le Bourg|63000|"]),
    ],
)
@pytest.mark.parametrize("prefix", ["", "Home "])
def test_rows_whose_country_is_empty_are_asked_about_beside_those_that_have_one(
    home: str, country: str, rows: list[str], prefix: str
) -> None:
    names = [f"{prefix}{part}" for part in ("Street", "Postal Code", "Country", "City")]
    cells = [
        {"Name": "Anna Weber", **dict(zip(names, f"{row}|X".split("|"), strict=True))}
        for row in rows
    ]
    named = [row.rpartition("|")[2] for row in rows]
    asked = rows_of(*cells, country=home).recipients
    assert [f"country:{country}" in rules(found) for found in asked] == [not n for n in named]
    told = rows_of(*cells, country=home, answers={f"country:{country}": "yes"}).recipients
    assert [found.address.country for found in told] == [
        {"": country, "France": "FR"}.get(name, name) for name in named
    ]


def test_a_file_whose_other_rows_are_of_the_sender_s_country_asks_nothing() -> None:
    row = {"Name": "Anna Weber", "Street": "Am Ring 4", "Postal Code": "20121", "City": "X"}
    rows = [{**row, "Country": "DE"}, {**row, "Country": ""}, {**row, "Country": "FR"}]
    found = rows_of(*rows, country="DE").recipients
    assert [one.address.country for one in found] == ["DE", "DE", "FR"]


def test_what_two_countries_may_call_a_street_tells_neither() -> None:
    swiss = [{**ROME, "Via": f"Dorfstrasse {n}", "CAP": f"80{n}", "Città": "X"} for n in (10, 20)]
    for found in rows_of(*swiss, country="GB").recipients:
        assert rules(found) == ["no-country"]
    for found in rows_of(*swiss, country="AT").recipients:
        assert rules(found) == ["country-assumed"]


@pytest.mark.parametrize("code", ["184", "40"])
def test_a_lost_zero_is_no_sign_of_another_country(code: str) -> None:
    (found,) = rows_of({**ROME, "CAP": code}, country="IT").recipients
    assert found.address.country == "IT" and "no-country" not in rules(found)


@pytest.mark.parametrize(
    ("sign", "postcode", "code"),
    [("D", "01067", "DE"), ("F", "75002", "FR"), ("I", "00184", "IT"), ("A", "1010", "AT"),
     ("B", "1000", "BE"), ("E", "28013", "ES"), ("L", "1009", "LU"), ("FL", "9490", "LI"),
     ("CH", "8001", "CH"), ("d", "1067", "DE")],
)  # fmt: skip
def test_the_sign_of_a_car_is_a_country_whose_postcodes_look_so(
    sign: str, postcode: str, code: str
) -> None:
    found = one_of(**{"State/Region": "", "Country": sign, "Postal Code": postcode})
    assert found.address.country == code
    assert ("country-word" in rules(found)) == (sign != code)


@pytest.mark.parametrize(("sign", "postcode"), [("D", "1010 AB"), ("FL", "33101"), ("D", "")])
def test_the_sign_of_a_car_is_no_country_where_the_postcode_is_another_s(
    sign: str, postcode: str
) -> None:
    found = one_of(**{"State/Region": "", "Country": sign, "Postal Code": postcode})
    assert "unknown-country" in rules(found)


def test_the_apostrophe_before_a_postcode_with_letters_goes_too() -> None:
    found = one_of(**{"Postal Code": "'m5j2n8", "State/Region": "ON", "Country": "CA"})
    assert (rules(found), found.address.postcode) == (["apostrophe", "postcode-form"], "M5J 2N8")
    assert one_of(Last_Name="'t Hooft").last_name == "'t Hooft"


# What programs write -------------------------------------------------------------------------


def test_odoo_s_own_names_of_its_records_are_read() -> None:
    row = WHOLE | {"title/id": "base.res_partner_title_madam", "Country": "base.be",
                   "Postal Code": "2000", "Language": "Dutch / Nederlands"}  # fmt: skip
    table = table_of(row)
    found = read_all(table, columns={"title/id": "salutation"}, country="GB").recipients[0]
    assert (found.salutation, found.address.country, found.language) == ("Mrs.", "BE", "nl")
    assert {"salutation-word", "country-word", "language-word"} == {*rules(found)}


@pytest.mark.parametrize(
    ("country", "before", "after"),
    [("NL", "1015CJ", "1015 CJ"), ("SE", "11455", "114 55"), ("CZ", "12000", "120 00"),
     ("PL", "00238", "00-238"), ("IE", "t12x8p2", "T12 X8P2"), ("PT", "1000205", "1000-205"),
     ("JP", "1040061", "104-0061"), ("SE", "SE-11455", "114 55"), ("NL", "1015 CJ", "1015 CJ")],
)  # fmt: skip
def test_a_postcode_is_written_as_its_post_does(country: str, before: str, after: str) -> None:
    cells = {"Country": country, "Postal Code": before, "State/Region": ""}
    found = one_of(**cells)
    assert found.address.postcode == after
    assert ("postcode-form" in rules(found)) == (before != after)


@pytest.mark.parametrize("country", ["Italia", ""])
def test_na_is_a_province_of_italy(country: str) -> None:
    row = {"Cliente": "Carmela Esposito", "Indirizzo": "Via Toledo 100", "CAP": "80132",
           "Città": "Napoli", "Prov.": "NA", "Paese": country}  # fmt: skip
    found = read_all(table_of(row), country="IT").recipients[0]
    assert (found.address.region, found.name) == ("NA", "Carmela Esposito")
    assert "emptied" not in rules(found)


@pytest.mark.parametrize("text", ["NA", "n/a", "na"])
def test_na_is_no_state_anywhere_else(text: str) -> None:
    cells = {"Country": "GB", "Postal Code": "E1 6AN", "State/Region": text}
    found = one_of(**cells)
    assert (found.address.region, rules(found)) == ("", ["emptied"])


@pytest.mark.parametrize(("text", "out"), [("no", ("opted out",)), ("sì", ()), ("", ())])
def test_who_is_to_get_no_card_gets_none(text: str, out: tuple[str, ...]) -> None:
    assert one_of(Auguri=text).suppressed == out
    assert one_of(Christmas_card=text).suppressed == out


@pytest.mark.parametrize(
    ("cells", "meets"),
    [
        ({"Vorname": "Julian", "PLZ": "75179"}, True),
        ({"Vorname": "Julian"}, False),
        ({"Vorname": "J.", "PLZ": "75179"}, False),
        ({"PLZ": "75179"}, False),
        ({"E-Mail": "j@vogt.example"}, True),
        ({"Straße": "Ring 2", "PLZ": "75179", "Ort": "Pforzheim"}, True),
        ({"Straße": "Ring 2"}, False),
    ],
)
def test_a_row_of_a_list_that_means_nobody_for_sure_is_told(
    cells: dict[str, str], meets: bool
) -> None:
    row = {"Nachname": "Vogt"} | cells
    (listed,) = read_all(table_of(row), reason="on a list of whom not to write to").recipients
    assert ("meets-nobody" in rules(listed)) is not meets
    (usual,) = rows_of(row).recipients
    assert "meets-nobody" not in rules(usual)


def test_the_address_in_one_cell_of_a_list_of_whom_not_to_write_to_is_taken_apart_at_once() -> None:
    row = {"Name": "Anna Berg", "Anschrift": "Sveavägen 44, 111 34 Stockholm"}
    reason = "on a list of whom not to write to"
    (listed,) = read_all(table_of(row), reason=reason, country="GB").recipients
    place = listed.address
    assert (place.line1, place.postcode, place.country) == ("Sveavägen 44", "111 34", "SE")
    assert "meets-nobody" not in rules(listed)
    refused = {"repair:one-cell-address": "refuse"}
    (left,) = read_all(table_of(row), reason=reason, answers=refused).recipients
    assert "meets-nobody" in rules(left)
    (asked,) = rows_of(row, country="GB").recipients
    assert "one-cell-address" in errors(asked)
    odd = row | {"Anschrift": "by the lake, Stockholm"}
    (unread,) = read_all(table_of(odd), reason=reason, country="GB").recipients
    assert "meets-nobody" in rules(unread)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import pub28
from mailroom.model import Address


def street(line1: str, line2: str = "") -> tuple[str, str]:
    form = pub28.standard(Address(line1=line1, line2=line2, country="US"))
    return form.line1, form.line2


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("123 Main Street", "123 MAIN ST"),
        ("123 N. Main St.", "123 N MAIN ST"),
        ("123 North Main Street", "123 N MAIN ST"),
        ("1 West Street", "1 WEST ST"),
        ("100 Avenue of the Americas", "100 AVENUE OF THE AMERICAS"),
        ("789 Main Avenue Drive", "789 MAIN AVENUE DR"),
        ("55 Bay West Drive", "55 BAY WEST DR"),
        ("10 Elm Street East", "10 ELM ST E"),
        ("10 North East Elm Street", "10 NE ELM ST"),
        ("123 1/2 Oak Blvd.", "123 1/2 OAK BLVD"),
        ("112-10 Queens Boulevard", "112-10 QUEENS BLVD"),
        ("4 O'Hara Lane", "4 OHARA LN"),
        ("12 39.2 Road", "12 39.2 RD"),
        ("715 East Pike Street, Apt. #5B", "715 E PIKE ST APT 5B"),
        ("715 East Pike Street #5B", "715 E PIKE ST # 5B"),
        ("55 Park Ave Suite 1200", "55 PARK AVE STE 1200"),
        ("55 Park Ave, 3rd Floor", "55 PARK AVE FL 3"),
        ("1 Main St Building 4 Apartment 2", "1 MAIN ST BLDG 4 APT 2"),
        ("P.O. Box 123", "PO BOX 123"),
        ("Post Office Box 123", "PO BOX 123"),
        ("POB 12", "PO BOX 12"),
        ("Drawer 7", "PO BOX 7"),
        ("RR 2 Box 152", "RR 2 BOX 152"),
        ("Rural Route 4 #87A", "RR 4 BOX 87A"),
        ("HC 68, Box 23A", "HC 68 BOX 23A"),
        ("Star Route 5 Box 9", "HC 5 BOX 9"),
        ("1200 County Rd 12", "1200 COUNTY ROAD 12"),
        ("1200 CR 12", "1200 COUNTY ROAD 12"),
        ("88 US Hwy 52", "88 US HIGHWAY 52"),
        ("88 Hwy 101 North", "88 HIGHWAY 101 N"),
        ("1600 Pennsylvania Avenue, N.W.", "1600 PENNSYLVANIA AVE NW"),
        ("77 Broadway, Penthouse", "77 BROADWAY PH"),
        ("350 Fifth Avenue, 34th Floor", "350 FIFTH AVE FL 34"),
        ("66 Main St Lower", "66 MAIN ST LOWR"),
        ("66 Lower Road", "66 LOWER RD"),
        ("88 I-40", "88 INTERSTATE 40"),
        ("9 FM 1200", "9 FM 1200"),
        ("PSC 3, Box 1234", "PSC 3 BOX 1234"),
        ("PSC 3 Box 1234", "PSC 3 BOX 1234"),
        ("Unit 2050 Box 4190", "UNIT 2050 BOX 4190"),
        ("Calle 5 Peñuelas", "CALLE 5 PENUELAS"),
        ("150 Peñuelas Street", "150 PENUELAS ST"),
    ],
)
def test_a_line_is_written_as_publication_28_has_it(written: str, form: str) -> None:
    assert street(written)[0] == form


@pytest.mark.parametrize(
    ("line1", "line2", "form"),
    [
        ("1 Elm Street", "Apt 4", ("1 ELM ST APT 4", "")),
        ("Apt 4", "1 Elm Street", ("1 ELM ST APT 4", "")),
        ("1 Elm Street", "4B", ("1 ELM ST # 4B", "")),
        ("1 Elm Street", "c/o Jane Doe", ("1 ELM ST", "C/O JANE DOE")),
        ("1 Elm Street", "Apt 4, c/o Jane Doe", ("1 ELM ST APT 4", "C/O JANE DOE")),
        ("The Elm House", "1 Elm Street", ("1 ELM ST", "THE ELM HOUSE")),
        ("1 Elm Street", "PO Box 12", ("1 ELM ST", "PO BOX 12")),
        ("150 Calle A", "URB Las Gladiolas", ("150 CALLE A", "URB LAS GLADIOLAS")),
    ],
)
def test_the_unit_stands_behind_its_street(line1: str, line2: str, form: tuple[str, str]) -> None:
    assert street(line1, line2) == form


def test_what_is_not_the_street_stands_above_it_and_the_town_last() -> None:
    urbanization = Address(
        line1="150 Calle A", line2="Urb. Las Gladiolas", city="San Juan", postcode="009263232",
        country="PR",
    )  # fmt: skip
    assert pub28.lines(urbanization) == (
        "URB LAS GLADIOLAS", "150 CALLE A", "SAN JUAN PR 00926-3232",
    )  # fmt: skip
    abroad = Address(
        line1="PSC 3 Box 1234", city="APO", region="AE", postcode="09021", country="US"
    )
    assert pub28.lines(abroad) == ("PSC 3 BOX 1234", "APO AE 09021")


def test_a_street_and_a_box_stay_in_their_order() -> None:
    both = Address(line1="1 Elm Street", line2="P.O. Box 12", city="Boston", region="Mass.")
    both = Address(**(vars(both) | {"country": "US", "postcode": "02134"}))
    assert pub28.lines(both) == ("1 ELM ST", "PO BOX 12", "BOSTON MA 02134")


def test_an_address_elsewhere_stays_as_it_is() -> None:
    paris = Address(line1="12, rue de la Paix", city="Paris", postcode="75002", country="FR")
    assert pub28.standard(paris) is paris


WORDS = st.sampled_from(
    [
        *("Main", "North", "East", "St.", "Street", "Ave", "Apt", "Suite", "#", "No.", "P.O."),
        *("Box", "Hwy", "County", "Road", "RR", "HC", "Unit", "Floor", "c/o", "Bldg", "Key"),
        *("O'Hara", "US", "1", "12", "5B", "1/2", "39.2", "12-34", "4th", "A", ",", "FM", "I-40"),
        *("Drawer", "PSC", "é"),
    ]
)
LINE = st.lists(WORDS, max_size=7).map(" ".join)


@given(LINE, LINE)
def test_twice_is_once_and_no_digit_is_lost(line1: str, line2: str) -> None:
    address = Address(line1=line1, line2=line2, city="X", country="US", postcode="02134")
    once = pub28.standard(address)
    assert pub28.standard(once) == once
    before, after = f"{line1} {line2}", f"{once.line1} {once.line2}"
    assert sorted(filter(str.isdigit, after)) == sorted(filter(str.isdigit, before))
    assert after == after.upper()

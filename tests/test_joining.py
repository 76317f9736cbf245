"""A street with its number, and a last name with its particles, from columns of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import WHOLE, rows_of

from mailroom.intake.joining import NUMBER_FIRST, last_name, street
from mailroom.model import Recipient

BY_COUNTRY = {
    "NL": ("Kerkstraat", "12", "3", "Kerkstraat 12-3"),
    "DE": ("Am Hang", "5", "a", "Am Hang 5 a"),
    "PL": ("Długa", "5", "7", "Długa 5/7"),
    "CZ": ("Dlouhá", "12", "5", "Dlouhá 12/5"),
    "BE": ("Kerkstraat", "12", "5", "Kerkstraat 12 bus 5"),
    "ES": ("Calle Mayor", "5", "3º", "Calle Mayor 5, 3º"),
    "DK": ("Nørregade", "5", "2.", "Nørregade 5, 2."),
    "BR": ("Rua Augusta", "123", "", "Rua Augusta, 123"),
    "FR": ("rue Haute", "12", "bis", "12 bis rue Haute"),
    "US": ("Elm Street", "12", "B", "12B Elm Street"),
    "GB": ("Mill Lane", "Rose Cottage", "", "Rose Cottage, Mill Lane"),
    "": ("Elm Street", "12", "", "Elm Street 12"),
}


@pytest.mark.parametrize("country", BY_COUNTRY)
def test_the_number_stands_where_the_country_has_it(country: str) -> None:
    line, number, addition, written = BY_COUNTRY[country]
    assert street(line, [piece for piece in (number, addition) if piece], country) == written


@pytest.mark.parametrize(
    ("line", "number", "country", "written"),
    [
        ("Am Hang 5", "5", "DE", "Am Hang 5"),
        ("5, rue Haute", "5", "FR", "5, rue Haute"),
        ("Plein 1940", "12", "NL", "Plein 1940 12"),
        ("Highway 61", "61", "US", "61 Highway 61"),
        ("5th Avenue", "350", "US", "350 5th Avenue"),
        ("", "12", "CZ", "12"),
    ],
)
def test_a_number_is_said_once_and_never_lost(
    line: str, number: str, country: str, written: str
) -> None:
    assert street(line, [number], country) == written


@given(
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
    st.lists(st.from_regex(r"[a-z0-9º]{1,4}", fullmatch=True), min_size=1, max_size=3),
    st.sampled_from(["", "DE", "NL", *sorted(NUMBER_FIRST)]),
)
def test_every_piece_is_there(line: str, pieces: list[str], country: str) -> None:
    written = street(line, pieces, country)
    assert all(piece in written for piece in (line, *pieces))
    assert "  " not in written and written == written.strip()


def test_particles_stand_before_the_name_and_second_surnames_behind() -> None:
    assert last_name("Berg", ["van der"]) == "van der Berg"
    assert last_name("Hooft", ["'t"]) == "'t Hooft"
    assert last_name("García", ["López"]) == "García López"


def firm(**changes: str) -> Recipient:
    cells = {name.replace("_", " "): text for name, text in changes.items()}
    row = WHOLE | {"First Name": "", "Last Name": "", "Company": "Hill Ltd"} | cells
    return rows_of(row).recipients[0]


def test_where_a_firm_has_no_person_the_first_of_its_people_is_written_to() -> None:
    person = firm(Contact_1_First_Name="Bob", Contact_1_Last_Name="Lee",
                  Contact_2_First_Name="Eve", Contact_2_Last_Name="Ray")  # fmt: skip
    assert (person.name, person.company, person.partners) == ("Bob Lee", "Hill Ltd", ())
    told = {finding.rule: finding.message for finding in person.findings}
    assert told["colleague-addressed"].startswith("Bob Lee is written to: the first named at Hill")
    assert told["colleagues"] == "also named, and not written to: Eve Ray"


def test_a_first_name_is_never_put_to_another_persons_last_name() -> None:
    person = firm(First_Name="Ada", Contact_1_First_Name="Bob", Contact_1_Last_Name="Lee")
    assert (person.first_name, person.last_name) == ("Ada", "")
    told = {finding.rule: finding.message for finding in person.findings}
    assert told["colleagues"] == "also named, and not written to: Bob Lee"


def test_the_same_person_twice_is_not_told_as_another() -> None:
    person = firm(First_Name="Bob", Last_Name="Lee", Contact_1_First_Name="Bob",
                  Contact_1_Last_Name="Lee")  # fmt: skip
    assert "colleagues" not in {finding.rule for finding in person.findings}

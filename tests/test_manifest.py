"""The manifest: a row a piece in the order of the stack, and no formula among the names."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.formats import FORMATS
from mailroom.model import Address, Artwork, Derived, Planned, Status
from mailroom.sheets.manifest import COLUMNS, manifest
from tests.small import a_piece

CARD, FOLDED, LETTER = (FORMATS[name] for name in ("card-5x7", "card-a6-folded", "letter-a4"))
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def planned(number: int = 1, name: str = "Anna Berger", *lines: str) -> Planned:
    piece = a_piece(number, lines=(name, *(lines or ("1 Mill Lane", "OTLEY"))))
    address = Address(line1="1 Mill Lane", city="Otley", country="GB")
    person = dataclasses.replace(piece.recipient, address=address)
    greeting = dataclasses.replace(
        piece.greeting, envelope_name=Derived(text=name, source="First name + Last name")
    )
    household = dataclasses.replace(piece.household, members=(person,))
    piece = dataclasses.replace(piece, greeting=greeting, household=household)
    art = Artwork(piece=piece.key, path=Path("x.pdf"), first_page=0, pages=2, sha256=f"s{number}")
    return Planned(piece=piece, artwork=art, content="c", status=Status.READY)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_columns_are_those_that_are_documented() -> None:
    text = manifest([planned()], CARD, "cards.pdf")
    assert text.split("\r\n")[0] == ",".join(COLUMNS)
    assert all(COLUMNS.values())


def test_a_row_says_who_what_and_where() -> None:
    (row,) = rows(manifest([planned(7, "Anna Berger", "1 Mill Lane", "OTLEY")], CARD, "cards.pdf"))
    assert row == {
        "number": "0007",
        "piece": "winter:7",
        "recipient": "crm:7",
        "name": "Anna Berger",
        "address": "1 Mill Lane / OTLEY",
        "country": "GB",
        "signed_by": "Mara Holt",
        "file": "cards.pdf",
        "first_page": "1",
        "pages": "2",
        "sheet": "1",
        "stack": "1",
        "envelope_page": "1",
        "sha256": "s7",
        "slot": "",
    }


@pytest.mark.parametrize(
    ("name", "pages", "first_of_third"), [("card-5x7", 2, 5), ("card-a6-folded", 2, 5)]
)
def test_pages_are_counted_as_they_stand_in_the_print_file(
    name: str, pages: int, first_of_third: int
) -> None:
    """A folded card is a sheet of two sides, though it has four panels."""
    third = rows(manifest([planned(n) for n in (4, 5, 9)], FORMATS[name], "x.pdf"))[2]
    assert third["pages"] == str(pages)
    assert third["first_page"] == str(first_of_third)
    assert (third["number"], third["stack"], third["sheet"]) == ("0009", "3", "3")


def test_a_letter_in_a_window_has_no_envelope_page() -> None:
    (row,) = rows(manifest([planned()], LETTER, "letters.pdf"))
    assert row["envelope_page"] == ""


def test_a_piece_without_pages_has_no_sum() -> None:
    item = dataclasses.replace(planned(), artwork=None)
    assert rows(manifest([item], CARD, "cards.pdf"))[0]["sha256"] == ""


@pytest.mark.parametrize("mark", FORMULAS)
@pytest.mark.parametrize("blank", ["", " ", "  ", "\u3000", "\u00a0"])
def test_a_customers_formula_is_text_in_a_spreadsheet(mark: str, blank: str) -> None:
    name = f'{blank}{mark}HYPERLINK("http://example.org")'
    (row,) = rows(manifest([planned(1, name, f"{mark}1 Mill Lane")], CARD, "cards.pdf"))
    assert row["name"] == f"'{name}"
    assert row["address"].startswith("'")


def test_a_name_that_only_holds_such_a_sign_is_left_alone() -> None:
    (row,) = rows(manifest([planned(1, "Zoë Brontë-Hughes")], CARD, "cards.pdf"))
    assert row["name"] == "Zoë Brontë-Hughes"


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=5))
def test_every_name_comes_back_from_the_file_and_none_is_a_formula(names: list[str]) -> None:
    items = [planned(number, name) for number, name in enumerate(names, 1)]
    back = [row["name"] for row in rows(manifest(items, CARD, "cards.pdf"))]
    for name, cell in zip(names, back, strict=True):
        assert cell in (name, f"'{name}")
        assert cell.strip()[:1] not in FORMULAS or not cell.strip()

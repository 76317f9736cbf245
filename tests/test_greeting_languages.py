"""How each language names, greets and calls people: a table to be read by who speaks it.

A person is `Salutation/First/Last`, then `name=value` for other columns; `&` puts a partner into
the same row, `+` another person into the same household. `du` and `sie` are the tone. What stands
in quotation marks is a full name in one cell.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.greeting import greet
from mailroom.model import Address, Household, Name, Recipient
from mailroom.names import read_name

NBSP = "\N{NO-BREAK SPACE}"
TABLE = Path(__file__).with_name("greetings.txt")


def parts(text: str) -> tuple[list[str], dict[str, str]]:
    words, *extra = text.strip().split(";")
    named = (pair.strip().partition("=") for pair in extra)
    return [*words.split("/"), "", "", ""][:3], {key: value for key, _, value in named}


def name(text: str) -> Name:
    (salutation, first, last), extra = parts(text)
    return Name(
        salutation=salutation,
        first_name=first,
        last_name=last,
        suffix=extra.get("suffix", ""),
        nickname=extra.get("nickname", ""),
    )


def whole(text: str) -> Recipient:
    """Whoever a full name in one cell names."""
    quoted, extra = text.strip().partition(";")[0], parts(text)[1]
    one, *others = read_name(quoted.strip('"'))
    return Recipient(
        key="crm:1",
        source="crm",
        where="contacts.csv:2",
        salutation=one.salutation,
        first_name=one.first_name,
        middle_name=one.middle_name,
        last_name=one.last_name,
        suffix=one.suffix,
        address=Address(country=extra.get("country", "")),
        partners=tuple(others),
    )


def recipient(text: str) -> Recipient:
    if text.strip().startswith('"'):
        return whole(text)
    head, *partners = text.split("&")
    (salutation, first, last), extra = parts(head)
    columns = ("formality", "postal_greeting", "addressee", "nickname")
    return Recipient(
        key="crm:1",
        source="crm",
        where="contacts.csv:2",
        salutation=salutation.strip(),
        first_name=first,
        middle_name=extra.get("middle", ""),
        last_name=last.strip(),
        suffix=extra.get("suffix", ""),
        company=extra.get("company", ""),
        address=Address(country=extra.get("country", "")),
        partners=tuple(map(name, partners)),
        fields={key: extra[key] for key in columns if key in extra},
    )


def rows() -> list[tuple[str, ...]]:
    lines = (line for line in TABLE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return [tuple(cell.strip() for cell in line.split("|")) for line in lines]


def said(row: tuple[str, ...]) -> tuple[str, ...]:
    """Envelope, salutation, informal name and source of the salutation."""
    language, tone, people = row[:3]
    household = Household(key="h", members=tuple(recipient(one) for one in people.split("+")))
    formality = {"sie": "formal", "du": "informal", "": ""}[tone]
    found = greet(household, language=language, formality=formality)
    texts = (found.envelope_name.text, found.salutation.text, found.informal.text)
    source = found.salutation.source.partition(";")[0]
    return *(text.replace(NBSP, " ") for text in texts), source


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:3]))
def test_the_table_of_greetings_holds(row: tuple[str, ...]) -> None:
    assert said(row) == row[3:]


def test_the_table_has_all_languages_and_many_cases() -> None:
    table = rows()
    assert len(table) >= 150
    assert {row[0] for row in table} >= {"de", "en", "es", "fr", "it", "ja", "nl", "pl", "sv"}
    assert len({row[:3] for row in table}) == len(table)

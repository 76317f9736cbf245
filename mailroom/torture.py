"""The torture people: whom every layout is tried on before a customer meets it.

All of them are invented, and stand in `torture.toml`. Three pleasant ones a language show how a
layout is meant to look; each of the nasty ones tries one thing that real data does to it.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

from mailroom.layout import Field
from mailroom.model import Address, Household, Owner, Recipient, Sender
from mailroom.shipped import SAMPLE


class Filling(StrEnum):
    """What stands in the layout's fields."""

    EXAMPLE = "example"  #: what the layout itself gives as an example
    LONGEST = "longest"  #: exactly as much as the field contract allows
    EMPTY = "empty"  #: nothing at all


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody a layout is tried on, and what for."""

    key: str  #: for the addresses of pages: `long-name`
    title: str  #: in a list: `54-character name`
    tries: str  #: one line: what this person tries
    members: tuple[Recipient, ...]  #: more than one: a couple at one address
    filling: Filling = Filling.EXAMPLE
    holds: frozenset[str] = frozenset()  #: rules that are right to hold this person
    pleasant: bool = False


OWNERS = {
    owner.key: owner
    for owner in (
        Owner(
            key="ruth",
            name="Ruth Hartmann",
            role="Customer care",
            phone="+44 1632 960 041",
            signature=SAMPLE / "signatures" / "ruth-hartmann.png",
        ),
        Owner(
            key="bartholomaeus",
            name="Dr. Bartholomäus Kreuzwieser-Oberleitner",
            role="Stellvertretender Leiter der Abteilung Kundenbeziehungen",
            phone="+49 30 55500 1234-56",
        ),
    )
}
"""Who signs: somebody whose signature we have, and somebody long without one."""

OWNER = "ruth"
"""Who signs where the person names nobody."""

SENDER = Sender(
    company="Ashgrove & Finch",
    address=Address(line1="2 Cooper’s Wharf", city="Bristol", postcode="BS1 6QA", country="GB"),
    email="post@ashgrove.example",
    phone="+44 1632 960 040",
    website="ashgrove.example",
)
"""Whom all of it comes from."""


def sample_people(language: str) -> tuple[Person, ...]:
    """Three pleasant people; the English ones where a language has none of its own."""
    return _PLEASANT.get(language, _PLEASANT["en"])


def nasty_people() -> tuple[Person, ...]:
    """Everybody whom a layout may trip over."""
    return _NASTY


def people(language: str) -> tuple[Person, ...]:
    """The pleasant ones of a language, then the nasty ones."""
    return (*sample_people(language), *nasty_people())


def household(person: Person, fields: Mapping[str, Field], language: str) -> Household:
    """The person's household reading `language`, with values in the layout's `fields`.

    What the members bring themselves stays.
    """
    values = {
        field.column or field.name: _value(field, person.filling)
        for field in fields.values()
        if field.type != "image"
    }
    members = tuple(
        dataclasses.replace(member, fields={**values, **member.fields}, language=language)
        for member in person.members
    )
    return Household(key=f"sample:{person.key}", members=members)


def _value(field: Field, filling: Filling) -> str:
    if filling is Filling.EMPTY:
        return ""
    if filling is Filling.LONGEST and field.max_length:
        return prose(field.max_length)
    return field.example


_SENTENCE = (
    "Thank you for the long walk through the workshop, the careful questions about the grain, "
    "and for the plum cake that nobody here has stopped talking about since Wednesday. "
)


def prose(length: int) -> str:
    """Sensible words of exactly `length` characters that end in a letter."""
    text = (_SENTENCE * (length // len(_SENTENCE) + 1))[:length]
    return text if text[-1:].isalpha() else text[:-1] + "s" * bool(text)


# --- who they are -------------------------------------------------------------------------

_ROWS = tomllib.loads(resources.files("mailroom").joinpath("torture.toml").read_text("utf-8"))


def _person(row: Mapping[str, Any], *, pleasant: bool = False) -> Person:
    key = row["key"]
    return Person(
        key=key,
        title=row["title"],
        tries=row["tries"],
        members=tuple(_member(key, n, values) for n, values in enumerate(row["members"], 1)),
        filling=Filling(row.get("filling", "example")),
        holds=frozenset(row.get("holds", ())),
        pleasant=pleasant,
    )


def _member(person: str, number: int, row: Mapping[str, Any]) -> Recipient:
    lives = row["address"]
    return Recipient(
        **{
            **row,
            "key": f"sample:{person}:{number}",
            "source": "sample",
            "where": f"sample person {person}",
            "address": Address(**(_ROWS["addresses"][lives] if isinstance(lives, str) else lives)),
        }
    )


_PLEASANT = {
    language: tuple(_person(row, pleasant=True) for row in rows)
    for language, rows in _ROWS["pleasant"].items()
}
_NASTY = tuple(map(_person, _ROWS["nasty"]))

"""The CRMs whose exports are known: one TOML each, whose header words become look-ups."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from mailroom.intake.columns import squash

#: In a header word: any number, any text.
_WILD = {"#": r"\d+", "…": r".*"}
_COUNTED = re.compile(r" \(\d+\)$")
#: Of the headers, so many must be the CRM's, whatever its signature.
_LEAST = 0.3


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One kind of export of a CRM; any of its signatures, wholly there, gives it away."""

    kind: str
    title: str
    signatures: tuple[tuple[str, ...], ...]
    role: str = "people"  #: or "suppression": everybody in it gets no mail
    reason: str = ""  #: why they get none
    words: Mapping[str, str] = field(default_factory=dict)  #: that mean another thing in it


@dataclass(frozen=True, kw_only=True)
class Crm:
    """A CRM's shapes, and the field of each of its headers; empty where nobody reads it."""

    name: str
    shapes: tuple[Shape, ...]
    words: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def field_of(self, header: str) -> str | None:
        """The field the header fills, empty if none; None where the CRM has no such header."""
        if (found := self.words.get(_folded(header))) is not None:
            return found
        name = bare(header)
        if (found := self.words.get(squash(name))) is not None:
            return found
        text = _folded(name)
        return next((name for wild, name in self.patterns if wild.fullmatch(text)), None)


@dataclass(frozen=True, kw_only=True)
class Match:
    """A shape that a header fits."""

    crm: Crm
    shape: Shape
    known: int  #: headers that are the CRM's
    total: int
    signature: tuple[str, ...]

    @property
    def sure(self) -> float:
        """Half for the signature, half for the share of headers that are the CRM's."""
        return (1 + self.known / self.total) / 2


def best_match(headers: Iterable[str]) -> Match | None:
    """The shape that knows most of these headers, if any has its signature among them."""
    named = [header for header in headers if header]
    there = {squash(bare(header)) for header in named}
    found: list[Match] = []
    for crm in crms():
        fitting = [
            (shape, signature)
            for shape in crm.shapes
            for signature in shape.signatures
            if all(squash(word) in there for word in signature)
        ]
        if not fitting:
            continue
        known = sum(crm.field_of(header) is not None for header in named)
        shape, signature = fitting[0]
        if known >= _LEAST * len(named):
            own = replace(crm, words={**crm.words, **shape.words}) if shape.words else crm
            found.append(
                Match(crm=own, shape=shape, known=known, total=len(named), signature=signature)
            )
    return max(found, key=lambda match: (match.known, len(match.signature)), default=None)


def is_word_of_a_crm(header: str) -> bool:
    """Is it a header that any CRM writes?"""
    return squash(bare(header)) in _all_words()


def plain(header: str) -> str:
    """The header without the number that tells it apart from another of its name."""
    return _COUNTED.sub("", header)


def bare(header: str) -> str:
    """The same without the object that an API puts all its fields into: HubSpot's properties."""
    return plain(header).removeprefix("properties.")


@lru_cache(maxsize=1)
def crms() -> tuple[Crm, ...]:
    """Every CRM of this folder, by its file's name."""
    folder = resources.files("mailroom.exports")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(_crm(tomllib.loads(folder.joinpath(name).read_text("utf-8"))) for name in files)


@lru_cache(maxsize=1)
def _all_words() -> frozenset[str]:
    return frozenset(word for crm in crms() for word in crm.words)


def _crm(data: Mapping[str, Any]) -> Crm:
    columns: Mapping[str, list[str]] = data["columns"]
    words: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for name, word in _fields(columns):
        if _WILD.keys() & set(word):
            patterns.append((_pattern(word), name))
        else:  # with its number where that tells what the second column of a name is
            words.setdefault(_folded(word) if plain(word) != word else squash(word), name)
    return Crm(
        name=str(data["crm"]),
        shapes=tuple(_shape(shape) for shape in data["shapes"]),
        words=words,
        patterns=tuple(patterns),
    )


def _fields(columns: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for name, words in columns.items():
        for word in words:
            yield "" if name == "unread" else name, word


def _folded(header: str) -> str:
    return " ".join(header.casefold().split())


def _shape(data: dict[str, Any]) -> Shape:
    signatures: list[list[str]] = data.pop("signatures")
    columns: Mapping[str, list[str]] = data.pop("columns", {})
    return Shape(
        signatures=tuple(map(tuple, signatures)),
        words={squash(word): name for name, word in _fields(columns)},
        **data,
    )


def _pattern(word: str) -> re.Pattern[str]:
    parts = re.split("([#…])", word.casefold())
    return re.compile("".join(_WILD.get(part, re.escape(part)) for part in parts))

"""The CRMs whose exports are known: one TOML each, whose header words become look-ups."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from mailroom.intake.columns import squash

#: In a header word: any number, any text.
_WILD = {"#": r"\d+", "…": r".*"}
_COUNTED = re.compile(r" \(\d+\)$")
#: Of the headers, so many must be the CRM's, whatever its signature.
_LEAST = 0.2


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One kind of export of a CRM; any of its signatures, wholly there, gives it away."""

    kind: str
    title: str
    signatures: tuple[tuple[str, ...], ...]
    role: str = "people"  #: or "suppression": everybody in it gets no mail
    reason: str = ""  #: why they get none


@dataclass(frozen=True, kw_only=True)
class Crm:
    """A CRM's shapes, and the field of each of its headers; empty where nobody reads it."""

    name: str
    shapes: tuple[Shape, ...]
    words: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def field_of(self, header: str) -> str | None:
        """The field the header fills, empty if none; None where the CRM has no such header."""
        name = plain(header)
        if (found := self.words.get(squash(name))) is not None:
            return found
        text = " ".join(name.casefold().split())
        return next((field for wild, field in self.patterns if wild.fullmatch(text)), None)


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
    there = {squash(plain(header)) for header in named}
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
            match = Match(crm=crm, shape=shape, known=known, total=len(named), signature=signature)
            found.append(match)
    return max(found, key=lambda match: (match.known, len(match.signature)), default=None)


def is_word_of_a_crm(header: str) -> bool:
    """Is it a header that any CRM writes?"""
    return squash(plain(header)) in _all_words()


def plain(header: str) -> str:
    """The header without the number that tells it apart from another of its name."""
    return _COUNTED.sub("", header)


@lru_cache(maxsize=1)
def crms() -> tuple[Crm, ...]:
    """Every CRM of this folder, by its file's name."""
    folder = resources.files("mailroom.exports")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(_crm(tomllib.loads(folder.joinpath(name).read_text("utf-8"))) for name in files)


@lru_cache(maxsize=1)
def _all_words() -> frozenset[str]:
    return frozenset(word for crm in crms() for word in crm.words)


def _crm(data: Mapping[str, object]) -> Crm:
    columns: Mapping[str, list[str]] = data["columns"]  # type: ignore[assignment]
    shapes: list[dict[str, object]] = data["shapes"]  # type: ignore[assignment]
    words: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for field, word in _fields(columns):
        if _WILD.keys() & set(word):
            patterns.append((_pattern(word), field))
        else:
            words.setdefault(squash(word), field)
    return Crm(
        name=str(data["crm"]),
        shapes=tuple(_shape(shape) for shape in shapes),
        words=words,
        patterns=tuple(patterns),
    )


def _fields(columns: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for field, words in columns.items():
        for word in words:
            yield "" if field == "unread" else field, word


def _shape(data: dict[str, object]) -> Shape:
    signatures: list[list[str]] = data.pop("signatures")  # type: ignore[assignment]
    return Shape(signatures=tuple(map(tuple, signatures)), **data)  # type: ignore[arg-type]


def _pattern(word: str) -> re.Pattern[str]:
    parts = re.split("([#…])", word.casefold())
    return re.compile("".join(_WILD.get(part, re.escape(part)) for part in parts))

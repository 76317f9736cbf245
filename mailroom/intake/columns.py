"""The words of `columns.toml` for each field, and whether a source's own mapping can be meant."""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from mailroom.errors import InputError


def known_fields() -> tuple[str, ...]:
    """The fields a column can be mapped to."""
    return tuple(column_words())


@lru_cache(maxsize=1)
def column_words() -> Mapping[str, tuple[str, ...]]:
    """Field -> what export columns of it are called."""
    text = resources.files("mailroom.intake").joinpath("columns.toml").read_text("utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text).items()}


@lru_cache(maxsize=1)
def known_headers() -> Mapping[str, str]:
    """Squashed header -> field."""
    known: dict[str, str] = {}
    for name, words in column_words().items():
        for word in words:
            known.setdefault(squash(word), name)
    return known


@lru_cache(maxsize=1 << 12)  # every known word is asked for again with each file
def squash(header: str) -> str:
    """A header without case, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", header.casefold())
    return "".join(c for c in plain if c.isalnum())


def check_own(headers: tuple[str, ...], own: Mapping[str, str], where: str) -> None:
    """InputError where a person's mapping names a column that is not there, or no field."""
    present = {squash(header) for header in headers}
    for header, name in own.items():
        if squash(header) not in present:
            raise InputError(
                f"the mapping names a column that is not there: {header!r}",
                where=where,
                hint=f"the file has: {', '.join(headers)}. Has the export changed?",
            )
        if name and name not in column_words():
            near = difflib.get_close_matches(name, known_fields(), n=3, cutoff=0.4)
            raise InputError(
                f"the column {header!r} is mapped to {name!r}, which is no field",
                where=where,
                hint=f"did you mean {' or '.join(near)}?"
                if near
                else f"the fields are: {', '.join(known_fields())}",
            )

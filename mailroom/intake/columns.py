"""Which field a column fills: the words of `columns.toml`, and a source's own mapping."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources

from mailroom.errors import InputError


def map_columns(
    headers: Iterable[str], own: Mapping[str, str] | None = None, *, where: str = ""
) -> dict[str, str | None]:
    """Each header with the field it fills, or None; InputError where nothing fits at all.

    `own` is the source's mapping, header -> field, and wins over the known words; an empty
    field leaves a column alone.
    """
    headers = tuple(headers)
    check_own(headers, own or {}, where)
    known, own = known_headers(), {squash(h): name for h, name in (own or {}).items()}
    mapping: dict[str, str | None] = {}
    for header in headers:
        plain = squash(re.sub(r" \(\d+\)$", "", header))
        mapping[header] = own.get(squash(header), known.get(plain, "")) or None
    if not any(mapping.values()):
        raise InputError(
            f"no column is known: {', '.join(headers[:6])}",
            where=where,
            hint="is the first row a header? If so, say which column is what: "
            'in mailroom.toml, [sources.NAME.columns] "Their header" = "last_name"',
        )
    return mapping


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

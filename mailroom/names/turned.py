"""Whether the last name stands first, as lists of common first names tell; proposed, never done.

The lists are data (`first_names.toml`). One name proves little: Sarah James, and James Thomas
either way. Of a whole file they tell in which order it was written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

from mailroom.model import Name
from mailroom.names.words import (
    are_name_words,
    is_initial,
    is_particle,
    lists,
    salutation_of,
    unaccented,
)

_MOST_WORDS = 5
FIRST, LAST = "first", "last"


@lru_cache(maxsize=1 << 14)
def is_first_name(word: str, language: str = "") -> bool:
    """Whether it is a common first name in the language (ISO 639-1), or in any; with hyphens."""
    known = _first_names()[language]
    return bool(word) and all(_bare(part) in known for part in word.split("-"))


def stands_first(text: str) -> str:
    """Which name the text begins with, FIRST or LAST; empty where the lists do not tell."""
    words = salutation_of(text)[1]
    if not 2 <= len(words) <= _MOST_WORDS:
        return ""
    begins, ends = is_first_name(words[0]), is_first_name(words[-1])
    if begins is ends:
        return ""
    return FIRST if begins else LAST


def turned_round(text: str) -> Name | None:
    """The person of "Sig.ra Rossi Maria", if it is one whose last name stands first."""
    salutation, words = salutation_of(text)
    if not 2 <= len(words) <= _MOST_WORDS or not are_name_words(words):
        return None
    if any(map(is_initial, words)) or any(w.casefold() in lists()["joins_any"] for w in words):
        return None
    cut = _cut(words)
    if not cut:
        return None
    given, last = words[cut:], words[:cut]
    return Name(salutation=salutation, first_name=" ".join(given), last_name=" ".join(last))


def _cut(words: Sequence[str]) -> int:
    """How many words are the last name; 0 where that is not certain."""
    small = next((i for i, word in enumerate(words) if not is_particle(word)), 0)  # De Luca Maria
    givens = [i for i in range(small + 1, len(words)) if is_first_name(words[i])]
    if givens and all(map(is_first_name, words[givens[0] :])):
        return givens[0]
    return small + 1 if len(words) == small + 2 else 0


def _bare(word: str) -> str:
    return unaccented(word).replace("ł", "l")


@lru_cache(maxsize=1)
def _first_names() -> Mapping[str, frozenset[str]]:
    """Language -> its first names without accents; those of all under no language."""
    text = resources.files("mailroom").joinpath("first_names.toml").read_text("utf-8")
    found = {
        language: frozenset(map(_bare, words)) for language, words in tomllib.loads(text).items()
    }
    return {**found, "": frozenset().union(*found.values())}

"""The small tables of words of an intake (`words.toml`), each a set in small letters."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources


def words_of(table: str) -> frozenset[str]:
    """The words of a table; KeyError where there is none of that name."""
    return _tables()[table]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, frozenset[str]]:
    text = resources.files("mailroom.intake").joinpath("words.toml").read_text("utf-8")
    return {name: frozenset(words) for name, words in tomllib.loads(text).items()}

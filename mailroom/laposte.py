"""What La Poste reads of a French address: AFNOR NF Z10-011, 38 characters a line.

Nothing is cut: a line that is too long is said, with a shorter one in the standard's short forms
(`laposte.toml`), for somebody to take.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from mailroom.countries import TERRITORIES

COUNTRIES = TERRITORIES["FR"] | {"FR"}
"""Whose post is La Poste, or writes as it does."""
MOST = 38
"""Characters of a line, blanks too."""


def shortened(line: str) -> str:
    """The line in capitals, with as few short forms as it takes to have 38 characters.

    The words are tried in their order; as short as it gets, where that is still too long.
    """
    text = _plain(line)
    for words, form in _forms():
        if len(text) <= MOST:
            break
        text = words.sub(form, text)
    return text


def _plain(line: str) -> str:
    """Capitals without accents and punctuation, as the standard has lines 4 to 6."""
    letters = unicodedata.normalize("NFKD", line.upper())
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w/]", " ", bare).split())


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("mailroom").joinpath("laposte.toml").read_text("utf-8")
    table: Mapping[str, list[str]] = tomllib.loads(text)
    return tuple(
        (re.compile(rf"\b(?:{'|'.join(words).upper()})\b"), form) for form, words in table.items()
    )

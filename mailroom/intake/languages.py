"""A person's language: ISO 639-1 of whatever word or code the CRM has for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

#: Whose own word for their language we know as well: "español", "日本語".
_TONGUES = ("es", "it", "nl", "pt", "pl", "el", "ru", "uk", "ja", "zh", "ko", "tr", "sv", "da")


@lru_cache(maxsize=1024)
def language_code(text: str) -> str:
    """ISO 639-1 for "de", "de-AT", "German", "Deutsch (Österreich)", "allemand"; else empty."""
    word = re.split(r"[(,;]", text.casefold())[0].strip()
    code = re.split(r"[-_]", word)[0]
    if len(code) == 2 and code in language_names("en").values():
        return code
    if code in (aliases := get_global("language_aliases")):
        return str(aliases[code])
    for language in ("en", "de", "fr", code, *_TONGUES):
        if found := language_names(language).get(word, ""):
            return found
    return ""


@lru_cache(maxsize=64)
def language_names(language: str) -> Mapping[str, str]:
    """The names of languages, in lower case, in one of them -> code; empty of no language."""
    try:
        names: Mapping[str, str] = Locale.parse(language).languages
    except (UnknownLocaleError, ValueError):
        return {}
    return {name.casefold(): code for code, name in names.items() if len(code) == 2}

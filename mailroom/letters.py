"""Letters: case, accents and scripts, as far as addresses are concerned."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
#: Letters that Unicode does not take for an accented one: Łódź is Lodz, Adıyaman ADIYAMAN.
_PLAIN = str.maketrans({"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"})
_NO_WORD = re.compile(r"[^\w#]+")


def fold(text: str, *, german: bool = False) -> str:
    """Lower case, no accents, no punctuation but #; with `german`, ü counts as ue."""
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFC", plain)
        plain = unicodedata.normalize("NFKD", plain.translate(_UMLAUTS) if german else plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_PLAIN)
    return " ".join(_NO_WORD.sub(" ", plain).split())


def squash(text: str) -> str:
    """The same without blanks: N.S.W. is NSW."""
    return fold(text).replace(" ", "")


#: Whose i has a capital with its dot, whatever the language of the name.
_DOTTED = frozenset({"AZ", "TR"})


def capitals(text: str, country: str = "") -> str:
    """Upper case; Greek capitals carry no accent (Αθήνα is ΑΘΗΝΑ), Turkish ones keep their dot."""
    upper = (text.replace("i", "İ") if country in _DOTTED else text).upper()
    if not re.search(r"[\u0370-\u03ff]", upper):
        return upper
    plain = unicodedata.normalize("NFD", upper).replace("\N{COMBINING ACUTE ACCENT}", "")
    return unicodedata.normalize("NFC", plain)


def is_latin(text: str) -> bool:
    """Whether no letter is of another script, such as 東 or Я."""
    return all(not c.isalpha() or unicodedata.name(c, "LATIN").startswith("LATIN") for c in text)


# Other scripts in Latin ---------------------------------------------------------------------


def latin(text: str, country: str = "") -> str | None:
    """The text in Latin letters; None where it has some that nobody can transliterate surely.

    Cyrillic, Greek and Georgian go by the table of the country, or of passports
    (`latin.toml`). What is Latin stays: Müller is Müller. Chinese, Japanese, Arabic ... have
    readings that only their bearers know.
    """
    if is_latin(text):
        return text
    start, letters = _tables(country)
    words = re.split(r"(\W+)", _greek_diphthongs(unicodedata.normalize("NFC", text)))
    written = "".join(_latin_word(word, start, letters) for word in words)
    return written if is_latin(written) else None


def _latin_word(word: str, start: Mapping[str, str], letters: Mapping[str, str]) -> str:
    if is_latin(word):
        return word
    pieces, index = [], 0
    shouted = len(word) > 1 and word.isupper()
    while index < len(word):
        for length in (2, 1):
            own = word[index : index + length]
            key = _bare(own.lower())
            found = start.get(key) if index == 0 else None
            found = letters.get(key) if found is None else found
            if found is not None:
                break
        else:
            own, found = word[index], word[index]
        if own[:1].isupper():
            found = found.upper() if shouted else found[:1].upper() + found[1:]
        pieces.append(found)
        index += len(own)
    written = "".join(pieces)
    # Georgian has no capital at the beginning of a name; Latin has.
    return written[:1].upper() + written[1:] if "\u10d0" <= word[:1] <= "\u10ff" else written


def _bare(text: str) -> str:
    """Without Greek accents; й, ё and ї keep what makes them letters of their own."""
    if not re.search(r"[\u0370-\u03ff\u1f00-\u1fff]", text):
        return text
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if not unicodedata.combining(c))


def _greek_diphthongs(text: str) -> str:
    """αυ, ευ, ηυ with their consonant: af before θ κ ξ π σ τ φ χ ψ and at the end, else av."""
    return re.sub(
        r"([αεηΑΕΗ])([ύυΥΎ])(?=([θκξπσςτφχψΘΚΞΠΣΤΦΧΨ]|\b)?)",
        lambda m: m[1] + _cased("φ" if m[3] is not None else "β", m[2]),
        text,
    )


def _cased(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter


@lru_cache(maxsize=64)
def _tables(country: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What a letter is at the start of a word, and elsewhere; the country's own wins."""
    text = resources.files("mailroom").joinpath("latin.toml").read_text("utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)["table"]
    own = [t for t in tables if country in t["countries"]]
    start: dict[str, str] = {}
    letters: dict[str, str] = {}
    for table in (*(t for t in tables if not t["countries"]), *own):
        start |= table.get("start", {})
        letters |= table["letters"]
    return start, letters

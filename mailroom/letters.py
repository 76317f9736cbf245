"""Letters: case, accents and scripts, as far as addresses are concerned."""

from __future__ import annotations

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NO_WORD = re.compile(r"[^\w#]+")


def fold(text: str, *, german: bool = False) -> str:
    """Lower case, no accents, no punctuation but #; with `german`, ü counts as ue."""
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFC", plain)
        plain = unicodedata.normalize("NFKD", plain.translate(_UMLAUTS) if german else plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(_NO_WORD.sub(" ", plain).split())


def squash(text: str) -> str:
    """The same without blanks: N.S.W. is NSW."""
    return fold(text).replace(" ", "")


def capitals(text: str) -> str:
    """Upper case; Greek capitals carry no accent: Αθήνα is ΑΘΗΝΑ."""
    upper = text.upper()
    if not re.search(r"[\u0370-\u03ff]", upper):
        return upper
    plain = unicodedata.normalize("NFD", upper).replace("\N{COMBINING ACUTE ACCENT}", "")
    return unicodedata.normalize("NFC", plain)


def is_latin(text: str) -> bool:
    """Whether no letter is of another script, such as 東 or Я."""
    return all(not c.isalpha() or unicodedata.name(c, "LATIN").startswith("LATIN") for c in text)

"""Keys that are equal for two spellings of one address, or of one town."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailroom import pub28
from mailroom.letters import fold
from mailroom.model import Address

_WORDS: Mapping[str, str] = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd",
    "boulevard": "blvd", "bd": "blvd", "drive": "dr", "lane": "ln", "place": "pl",
    "square": "sq", "court": "ct", "terrace": "ter", "parkway": "pkwy", "highway": "hwy",
    "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st", "sankt": "st",
    "platz": "pl", "rue": "r", "allee": "allee",
    "apartment": "#", "apt": "#", "unit": "#", "suite": "#", "ste": "#", "flat": "#",
    "no": "#", "nr": "#", "wohnung": "#", "whg": "#", "appartement": "#", "appt": "#",
    "floor": "fl", "room": "rm", "building": "bldg",
    "postfach": "pobox", "pobox": "pobox",
}  # fmt: skip


@lru_cache(maxsize=1 << 17)
def same_place(address: Address) -> str:
    """A key equal for two spellings of one address; empty where there is no street.

    Blind to case, accents, punctuation, and the usual short forms of street and unit; in the
    US to whatever Publication 28 writes alike. The postcode stands for the town, which people
    spell as they like.
    """
    street = f"{address.line1} {address.line2}"
    usual: Mapping[str, str] = {}
    if address.country in pub28.US:
        usual = pub28.short_words()
        if pub28.has_special(street):
            written = pub28.standard(address)
            street = f"{written.line1} {written.line2}"
    words = fold(street, german=True)
    words = re.sub(r"\bp\s?o\s?box\b", "pobox", words.replace("#", " # "))
    tokens = [_word(usual.get(token, token)) for token in words.split()]
    street = re.sub(r"(?:# )+", "# ", " ".join(tokens))
    if not street:
        return ""
    postcode = re.sub(r"\W", "", address.postcode).casefold()
    if address.country == "US":
        postcode = postcode[:5]
    place = postcode or fold(f"{address.city} {address.region}", german=True)
    return f"{address.country}|{place}|{street}"


def same_town(address: Address) -> str:
    """A key equal for two spellings of one town, as far as case, accents and Saint go."""
    return " ".join(_word(token) for token in fold(address.city, german=True).split())


def _word(token: str) -> str:
    if token in _WORDS:
        return _WORDS[token]
    for ending in ("strasse", "str"):
        if token.endswith(ending) and len(token) > len(ending):
            return token[: -len(ending)] + "str"
    return token

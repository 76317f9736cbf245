"""One text of several columns: a street with its number, a last name with what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Where the house number stands before the street (Universal Postal Union, addressing systems).
NUMBER_FIRST = frozenset(
    {"AU", "BD", "CA", "DZ", "FR", "GB", "GG", "GH", "HK", "IE", "IM", "IN", "JE", "KE", "LK", "LU"}
    | {"MA", "MC", "MY", "NG", "NZ", "PH", "PK", "PR", "SG", "TH", "TN", "US", "VN", "ZA"}
)
#: What stands between a house number and what follows it: a floor, a flat, a box.
_BETWEEN = {
    **dict.fromkeys(("AT", "CH", "CZ", "HR", "PL", "SK"), "/"),
    **dict.fromkeys(("BR", "DK", "ES", "PT"), ", "),
    "BE": " bus ",
    "NL": "-",
}
_NUMBER = re.compile(r"\d+[A-Za-z]?(?:[-/ ]\d*[A-Za-z]?)*")
_SMALL = re.compile(r"['’]?[^\W\d_]*")


def street(line: str, pieces: Sequence[str], country: str) -> str:
    """The street with its number and what is behind that, as the country writes them.

    `pieces`: the number first, then additions; a number that the street has already is not said
    twice. `country`: ISO 3166-1 alpha-2, empty where nobody knows it: then the number is behind.
    """
    is_before = country in NUMBER_FIRST
    number, *more = pieces if _NUMBER.fullmatch(pieces[0]) else ("", *pieces)
    words = line.split()
    if is_before and not number:  # a house has a name
        return ", ".join(filter(None, (*more, line)))
    if number and words and number == (words[0].rstrip(",") if is_before else words[-1]):
        is_before, number = False, ""
    text = _with(number if is_before or number else line, more, country)
    if not number and not is_before:
        return text
    between = ", " if line and country == "BR" else " "
    return f"{text} {line}".strip() if is_before else f"{line}{between}{text}".strip()


def _with(number: str, more: Sequence[str], country: str) -> str:
    """The number and what follows it: 12-3, 12 B, 5, 3º B."""
    for place, addition in enumerate(more):
        between = _BETWEEN.get(country, " ") if addition[0].isdigit() else " "
        if len(addition) == 1 and addition.isalpha():
            between = "" if country in NUMBER_FIRST else " "
        elif between == ", " and place:
            between = " "
        number = f"{number}{between}{addition}" if number else addition
    return number


def last_name(name: str, pieces: Sequence[str]) -> str:
    """The last name, its particles before it wherever their column stands, a second one behind."""
    before = [piece for piece in pieces if _is_particle(piece)]
    after = [piece for piece in pieces if not _is_particle(piece)]
    return " ".join(filter(None, (*before, name, *after)))


def _is_particle(piece: str) -> bool:
    """Whether it is a word such as "van der" or "'t", as no second surname is."""
    words = piece.split()
    return all(_SMALL.fullmatch(word) and word.islower() for word in words)

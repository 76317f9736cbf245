"""What besides the name speaks for one person or against it, in points and in words."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA, Indel
from rapidfuzz.fuzz import token_set_ratio

from mailroom.matching.names import words
from mailroom.matching.traits import Traits

YEARS_OF_A_GENERATION = 15


class Evidence(NamedTuple):
    """Points by field; the words are found only for pairs that are shown."""

    place: float
    born: float
    email: float
    phone: float
    firm: float

    @property
    def points(self) -> float:
        return self.place + self.born + self.email + self.phone + self.firm


def weigh(a: Traits, b: Traits, *, strict: bool = True) -> Evidence:
    """The evidence of two records; symmetric."""
    place = place_points(a, b) if strict else _loose_place(a, b)
    born = born_points(a.born, b.born)
    email = 5.0 if a.email and a.email == b.email else 0.0
    phone = 2.5 if a.phone and a.phone == b.phone else 0.0
    if email or phone or born > 0:
        place = max(place, 0.0)  # people move, and take these along
    return Evidence(
        place,
        born,
        email,
        phone,
        _firm_points(a.firm, b.firm, place),
    )


# Place --------------------------------------------------------------------------------------


def place_points(a: Traits, b: Traits) -> float:
    """-1 for another town, up to 5 for the same street, number, postal code and town."""
    if in_two_countries(a, b) and not (a.postcode and a.town and _same_area(a, b)):
        return -1.0
    area = _area(a, b)
    if not (a.street or a.number) or not (b.street or b.number):
        return area
    street = street_points(a, b)
    if street < 0:
        return area - (0.5 if a.number and a.number == b.number else 1.0)
    if area < 0 and a.postcode != b.postcode:
        return -1.0  # another town that has such a street too
    house = 0.5 if _alike(a.extra, b.extra) else 0.0
    return min(max(street + _number(a.number, b.number) + area + house, -1.0), 5.0)


def in_two_countries(a: Traits, b: Traits) -> bool:
    """Also where a list without countries was read for another one."""
    return bool(a.country and b.country) and a.country != b.country


def _same_area(a: Traits, b: Traits) -> bool:
    """Postal code and town are equal: no two countries share both, so one of them is a mistake."""
    return (a.postcode, a.town) == (b.postcode, b.town)


def _area(a: Traits, b: Traits) -> float:
    """Postal code and town; a post office names the same place by its part or by the whole."""
    code, town = _postcode(a.postcode, b.postcode), _town(a.town, b.town)
    return code + max(town, -0.5) if code == 1.0 else code + town


def _loose_place(a: Traits, b: Traits) -> float:
    """Where no two of one name can live in a street, each part counts by itself."""
    street = max(street_points(a, b), -0.5) if a.street and b.street else 0.0
    number = max(_number(a.number, b.number), -0.25) if a.number and b.number else 0.0
    house = 0.5 if _alike(a.extra, b.extra) else 0.0
    area = max(_postcode(a.postcode, b.postcode), -0.25) + max(_town(a.town, b.town), -0.25)
    return street + number + house + area


def street_points(a: Traits, b: Traits) -> float:
    """2 for the same, 1.5 for nearly, -1 for another."""
    one, two = a.street, b.street
    if one == two:
        return 2.0
    if not (one and two):
        return 0.5
    if _alike(_stem(one), _stem(two)):
        return 1.5
    if a.extra or b.extra:  # a house's name or a firm above the street, or below it
        one, two = f"{one} {a.extra}", f"{two} {b.extra}"
    shorter = min(one, two, key=len)
    return 1.5 if len(shorter) >= 5 and token_set_ratio(one, two) >= 85 else -1.0


def _alike(one: str, two: str) -> bool:
    return bool(one and two) and OSA.normalized_similarity(one, two) >= 0.75


@lru_cache(maxsize=1 << 16)
def _stem(street: str) -> str:
    """Its name without what kind of street it is, as one word: `Madiganstreet` is Madigan St."""
    parts = street.split()
    if len(parts) > 1 and (parts[-1] in _KINDS or _is_kind_mistyped(parts[-1])):
        parts.pop()
    return _GLUED.sub("", "".join(parts))


def _is_kind_mistyped(word: str) -> bool:
    """`tsreet`, `cwircuit`: written out, with a letter wrong."""
    return len(word) > 4 and any(OSA.distance(word, kind, score_cutoff=1) == 1 for kind in _WHOLE)


_KINDS = words("streets")
_WHOLE = words("streets_written_out")
_GLUED = re.compile(r"(?<=...)(street|place|road|lane|avenue|drive|court|str|weg|pl)$")


def _number(one: str, two: str) -> float:
    if one == two:
        return 1.0 if one else 0.5
    if not (one and two):
        return 0.0
    a, b = {*one.split()}, {*two.split()}
    if a <= b or b <= a:
        return 0.5  # a unit that only one of them has
    if len(a) == len(b) == 1 and _is_digit_slip(one, two):
        return -1.0  # worth a question, and the name alone never answers it
    return -2.0 if a & b else -1.5


def _is_digit_slip(one: str, two: str) -> bool:
    """12 and 21, 4 and 41; but 5 and 7 are neighbours."""
    if len(one) == len(two):
        return sorted(one) == sorted(two)
    longer, shorter = max(one, two, key=len), min(one, two, key=len)
    return any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))


def _postcode(one: str, two: str) -> float:
    if not (one and two):
        return 0.0
    if one == two:
        return 1.0
    return 0.5 if OSA.distance(one, two, score_cutoff=1) == 1 else -0.5


def _town(one: str, two: str) -> float:
    if not (one and two):
        return 0.0
    if one == two:
        return 1.0
    if Indel.normalized_similarity(one, two) >= 0.75 or {*one.split()} & {*two.split()}:
        return 0.75
    return -1.0


# Birthday, firm -----------------------------------------------------------------------------


def same_birthday(one: str, two: str) -> bool:
    """The same day, and the same year where both have one."""
    if one.startswith("-") or two.startswith("-"):
        return one[-5:] == two[-5:] and bool(one and two)
    return one == two and bool(one)


def born_points(one: str, two: str) -> float:
    """4 for the same day, 2 without a year, 1.5 where a digit or the order is wrong, else -3."""
    if not (one and two):
        return 0.0
    if one.startswith("-") or two.startswith("-"):
        return 2.0 if same_birthday(one, two) else -3.0
    if one == two:
        return 4.0
    swapped = f"{two[:4]}-{two[8:]}-{two[5:7]}"
    return 1.5 if one == swapped or OSA.distance(one, two, score_cutoff=1) == 1 else -3.0


def years_apart(one: str, two: str) -> float:
    """Between two birthdays; 0 where a year is not known."""
    if not (one and two) or one.startswith("-") or two.startswith("-"):
        return 0.0
    return abs(_day(one) - _day(two)) / 365.25


def _day(iso: str) -> int:
    year, month, day = (int(part) for part in iso.split("-"))
    try:
        return dt.date(year, month, day).toordinal()
    except ValueError:
        return year * 365


def _firm_points(one: str, two: str, place: float) -> float:
    """In one tower may work two of one name; so another firm at the same place tells apart."""
    if not (one and two):
        return 0.0
    if same_firm(one, two):
        return 1.5
    return -2.0 if place >= 3 else 0.0


def same_firm(one: str, two: str) -> bool:
    """Whether two folded company names are one, give or take a letter or a word."""
    if one == two:
        return True
    shorter, longer = sorted((one, two), key=len)
    return Indel.normalized_similarity(one, two) >= 0.88 or f" {shorter} " in f" {longer} "

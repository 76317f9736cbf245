"""Two records -> sure, unsure or different, with the reasons in words.

How like the names are says how much else must speak for it (`NEEDS`); what else there is has
points (`evidence`). Then there is what speaks against it whatever the points: Jr and Sr, a
birthday a generation apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from mailroom.matching.evidence import (
    YEARS_OF_A_GENERATION,
    Evidence,
    place_points,
    same_firm,
    street_points,
    weigh,
    years_apart,
)
from mailroom.matching.names import Like, common_surnames, is_known, like_first, like_last
from mailroom.matching.traits import Traits


class Verdict(StrEnum):
    SURE = "sure"
    UNSURE = "unsure"
    DIFFERENT = "different"


class Names(StrEnum):
    """How like two whole names are."""

    SAME = "same name"
    SWAPPED = "first and last name swapped"
    FORM = "forms of one name"
    SLIP = "nearly the same name"
    PART = "one has more names"
    INITIAL = "only an initial"
    MISSING = "half of the name is missing"
    NEAR_LAST = "last names that are nearly the same"
    NEAR_FIRST = "first names that are nearly the same"
    MARRIED = "same first name, another last name"
    KIN = "same last name, another first name"
    FIRM = "same company, no person"
    OTHER = "other names"


class Need(NamedTuple):
    sure: float
    ask: float


NEVER = 99.0
#: Points that the rest must have to be sure, and to be worth a question.
NEEDS = {
    Names.SAME: Need(3.5, 1.5),
    Names.SWAPPED: Need(4, 2.5),
    Names.FORM: Need(4, 2.5),
    Names.SLIP: Need(4, 2.5),
    Names.FIRM: Need(5, 3.5),
    Names.PART: Need(5, 3),
    Names.INITIAL: Need(5, 2),
    Names.MISSING: Need(8.5, 4.5),
    Names.NEAR_LAST: Need(7, 4),
    Names.NEAR_FIRST: Need(NEVER, 4.5),
    Names.MARRIED: Need(9.2, 4.9),
    Names.KIN: Need(NEVER, NEVER),
    Names.OTHER: Need(NEVER, NEVER),
}
_COMMON = 1.5  #: more for a last name that many have, unless the place is the same
#: At most, from the place: A. Weber may be her husband Andreas, Anna Maria the daughter of Anna.
_MOST_FROM_PLACE = {Names.INITIAL: 2.0, Names.PART: 4.0, Names.MARRIED: 4.5}


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two records."""

    verdict: Verdict
    score: float  #: 0 to 1; 0.5 is worth a question, 0.9 is sure
    names: Names


def compare(a: Traits, b: Traits) -> Comparison | None:
    """Sure or unsure; None where they are two people. Symmetric."""
    names = like_names(a, b)
    need = NEEDS[names]
    if need.ask >= NEVER:
        return None
    found = weigh(a, b)
    points = found.points
    points -= max(found.place - _MOST_FROM_PLACE.get(names, 5.0), 0.0)
    if a.middle and b.middle and a.middle[0] != b.middle[0]:
        points -= 3
    common = _is_common(a, b) and found.place < 4.5 and not found.email
    sure = need.sure + (_COMMON if common else 0)
    if points < need.ask + (1 if common else 0):
        return None
    doubt = _generation_doubt(a, b, found) or _twins_doubt(a, b, names, found)
    if doubt is Verdict.DIFFERENT:
        return None
    score = _score(points, need.ask, sure)
    if points >= sure and doubt is None:
        return Comparison(Verdict.SURE, score, names)
    return Comparison(Verdict.UNSURE, min(score, 0.89), names)


#: Points of names for those who share no home: (first, last), by how like they are.
_STRANGERS: Mapping[Like, tuple[float, float]] = {
    Like.SAME: (2, 3), Like.FORM: (2, 3), Like.PART: (1.5, 2), Like.SLIP: (1.75, 2.5),
    Like.INITIAL: (1, 1), Like.MISSING: (0, 0), Like.NEAR: (1.25, 2), Like.OTHER: (-1, -1),
}  # fmt: skip
_AMONG_STRANGERS = Need(4.5, 3.5)


def compare_strangers(a: Traits, b: Traits) -> Comparison | None:
    """The same for lists in which nobody shares home and name with another.

    Then who has the same address and one name, or half of one, is the same person: what a
    brother would be in the CRM of a shop is a changed name here.
    """
    if not (a.is_person and b.is_person):
        return compare(a, b)
    names = max(
        _name_points(a.first, a.last, b.first, b.last),
        _name_points(a.first, a.last, b.last, b.first) - 0.5,
    )
    points = names + weigh(a, b, strict=False).points
    if points < _AMONG_STRANGERS.ask:
        return None
    sure = points >= _AMONG_STRANGERS.sure
    score = _score(points, *reversed(_AMONG_STRANGERS))
    return Comparison(Verdict.SURE if sure else Verdict.UNSURE, score, like_names(a, b))


def _name_points(first: str, last: str, other_first: str, other_last: str) -> float:
    given, family = like_first(first, other_first), like_last(last, other_last)
    return _STRANGERS[given][0] + _STRANGERS[family][1]


def _score(points: float, ask: float, sure: float) -> float:
    """0.5 where a question begins, 0.9 where it is sure, never 1."""
    if points >= sure:
        return round(min(0.9 + (points - sure) * 0.015, 0.99), 2)
    return round(0.5 + 0.4 * (points - ask) / max(sure - ask, 0.5), 2) if sure < NEVER else 0.6


def _generation_doubt(a: Traits, b: Traits, found: Evidence) -> Verdict | None:
    """Father and son: different, or at least not sure where a birthday or mailbox is shared."""
    apart = years_apart(a.born, b.born) >= YEARS_OF_A_GENERATION
    if not apart and a.generation == b.generation:
        return None
    if found.email or found.born > 0:
        return Verdict.UNSURE
    return Verdict.DIFFERENT


def _twins_doubt(a: Traits, b: Traits, names: Names, found: Evidence) -> Verdict | None:
    """Jaylin and Jaylyn, born on one day in one house: neither is known to be a slip."""
    if names is Names.SLIP and a.last == b.last and found.born >= 2:
        first, other = a.first.split()[0], b.first.split()[0]
        if not (is_known(first) or is_known(other)):
            return Verdict.UNSURE
    return None


def _is_common(a: Traits, b: Traits) -> bool:
    return a.last in common_surnames() or b.last in common_surnames()


# Names --------------------------------------------------------------------------------------

_TABLE = {
    (Like.SAME, Like.SAME): Names.SAME,
    (Like.SAME, Like.FORM): Names.FORM,
    (Like.SAME, Like.PART): Names.PART,
    (Like.SAME, Like.SLIP): Names.SLIP,
    (Like.SAME, Like.MISSING): Names.MISSING,
    (Like.SAME, Like.INITIAL): Names.MISSING,
    (Like.SAME, Like.NEAR): Names.NEAR_LAST,
    (Like.SAME, Like.OTHER): Names.MARRIED,
    (Like.FORM, Like.SAME): Names.FORM,
    (Like.FORM, Like.FORM): Names.FORM,
    (Like.FORM, Like.SLIP): Names.SLIP,
    (Like.FORM, Like.PART): Names.NEAR_LAST,
    (Like.FORM, Like.NEAR): Names.NEAR_LAST,
    (Like.PART, Like.SAME): Names.PART,
    (Like.PART, Like.FORM): Names.PART,
    (Like.PART, Like.PART): Names.NEAR_LAST,
    (Like.PART, Like.SLIP): Names.NEAR_LAST,
    (Like.SLIP, Like.SAME): Names.SLIP,
    (Like.SLIP, Like.FORM): Names.SLIP,
    (Like.SLIP, Like.SLIP): Names.NEAR_LAST,
    (Like.SLIP, Like.PART): Names.NEAR_LAST,
    (Like.INITIAL, Like.SAME): Names.INITIAL,
    (Like.INITIAL, Like.FORM): Names.INITIAL,
    (Like.MISSING, Like.SAME): Names.MISSING,
    (Like.MISSING, Like.FORM): Names.MISSING,
    (Like.NEAR, Like.SAME): Names.NEAR_FIRST,
    (Like.NEAR, Like.FORM): Names.NEAR_FIRST,
    (Like.OTHER, Like.SAME): Names.KIN,
    (Like.OTHER, Like.FORM): Names.KIN,
}


def like_names(a: Traits, b: Traits) -> Names:
    """How like the names of two records are, whichever way round they were typed."""
    if not (a.is_person and b.is_person):
        if a.is_person or b.is_person or not (a.firm and b.firm):
            return Names.OTHER
        return Names.FIRM if same_firm(a.firm, b.firm) else Names.OTHER
    first, last = like_first(a.first, b.first), like_last(a.last, b.last)
    if first is Like.MISSING and last is Like.SAME and a.first == b.first:
        return Names.SAME  # neither has a first name
    if last is Like.MISSING and first is Like.SAME and a.last == b.last:
        return Names.SAME
    straight = _TABLE.get((first, last), Names.OTHER)
    if straight in (Names.OTHER, Names.MISSING, Names.MARRIED, Names.KIN):
        return _crossed(a, b, straight)
    return straight


def _crossed(a: Traits, b: Traits, straight: Names) -> Names:
    """First and last name swapped, or all of it in one of the two."""
    if sorted(f"{a.first} {a.last}".split()) == sorted(f"{b.first} {b.last}".split()):
        return Names.SAME
    if a.first and a.last and b.first and b.last:
        crossed = _TABLE.get((like_first(a.first, b.last), like_last(a.last, b.first)))
        if crossed in (Names.SAME, Names.FORM, Names.SLIP):
            return Names.SWAPPED
    return straight


def contradict(a: Traits, b: Traits) -> bool:
    """Whether two records can hardly be one person, so that no third one makes them one."""
    if a.generation != b.generation:
        return True
    if years_apart(a.born, b.born) >= YEARS_OF_A_GENERATION:
        return True
    names = like_names(a, b)
    return names in (Names.KIN, Names.NEAR_FIRST, Names.OTHER)


# In words -----------------------------------------------------------------------------------


def explain(a: Traits, b: Traits, names: Names) -> str:
    """Why, as a person would say it: "same street, postal code and birthday; first names 0.91"."""
    same = list(_same(a, b))
    listed = ", ".join(same[:-1]) + " and " + same[-1] if len(same) > 1 else "".join(same)
    parts = [f"same {listed}"] if same else []
    return "; ".join([*parts, *_names_in_words(a, b, names), *_differing(a, b)])


def _same(a: Traits, b: Traits) -> Iterator[str]:
    if a.street and a.street == b.street and a.number == b.number:
        yield "street"
    for field, word in (
        ("postcode", "postal code"), ("town", "town"), ("born", "birthday"),
        ("email", "e-mail address"), ("phone", "phone"),
    ):  # fmt: skip
        one = getattr(a, field)
        if one and one == getattr(b, field) and not (field == "town" and a.postcode == b.postcode):
            yield word
    if a.firm and b.firm and same_firm(a.firm, b.firm):
        yield "company"


def _names_in_words(a: Traits, b: Traits, names: Names) -> Iterator[str]:
    if names in (Names.SAME, Names.SWAPPED, Names.FIRM, Names.PART, Names.INITIAL, Names.MISSING):
        yield names.value
        return
    for word, one, two in (("first", a.first, b.first), ("last", a.last, b.last)):
        if one != two:
            yield f"{word} names {JaroWinkler.similarity(one, two):.2f}"


def _differing(a: Traits, b: Traits) -> Iterator[str]:
    place = place_points(a, b)
    if a.street and b.street and place < 3:
        yield "another street" if street_points(a, b) < 0 else "another house or unit"
    if a.town and b.town and a.town != b.town and place < 3:
        yield "another town"
    if a.born and b.born and a.born != b.born:
        years = int(years_apart(a.born, b.born))
        yield f"birthdays {years} years apart" if years else "birthdays differ"
    if a.generation != b.generation:
        yield f"one is {(a.generation or b.generation).title()}"
    if a.firm and b.firm and not same_firm(a.firm, b.firm):
        yield "another company"
    if a.middle and b.middle and a.middle[0] != b.middle[0]:
        yield "other middle initials"

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
    in_two_countries,
    place_points,
    same_birthday,
    same_firm,
    street_points,
    weigh,
    years_apart,
)
from mailroom.matching.names import (
    Like,
    are_his_and_hers,
    common_surnames,
    is_given,
    is_known,
    like_first,
    like_last,
)
from mailroom.matching.traits import SENIOR, Traits


class Verdict(StrEnum):
    """Whether two records are one person; different is None elsewhere: it is what most are."""

    SURE = "sure"
    UNSURE = "unsure"
    DIFFERENT = "different"


class Names(StrEnum):
    """How like two whole names are."""

    SAME = "same name"
    SWAPPED = "first and last name swapped"
    FORM = "forms of one name"
    SLIP = "nearly the same name"
    PART = "one name may be part of the other, or short for it"
    INITIAL = "only an initial"
    MISSING = "half of the name is missing"
    NEAR_LAST = "last names that are nearly the same"
    NEAR_FIRST = "first names that are nearly the same"
    LETTER = "first names a letter apart"
    MARRIED = "same first name, another last name"
    KIN = "same last name, another first name"
    FIRM = "same company, no person"
    OTHER = "other names"


class Need(NamedTuple):
    """Points."""

    sure: float
    ask: float


SURE_FROM = 0.9  #: a score
NEVER = 99.0
#: Points that the rest must have to be sure, and to be worth a question. Kin and others are two.
NEEDS = {
    Names.SAME: Need(3.5, 1.5),
    Names.SWAPPED: Need(4, 2.5),
    Names.FORM: Need(4, 2.5),
    Names.SLIP: Need(4, 2.5),
    Names.FIRM: Need(5, 3.5),
    Names.PART: Need(5, 3),
    Names.INITIAL: Need(5.5, 2),
    Names.MISSING: Need(8.5, 4.5),
    Names.NEAR_LAST: Need(7, 4),
    Names.NEAR_FIRST: Need(NEVER, 4.5),
    Names.LETTER: Need(NEVER, 9),
    Names.MARRIED: Need(9.2, 4.9),
}
_COMMON = 1.5  #: more for a last name that many have, unless the place is the same
_DOUBT = 3.0  #: less for father and son or twins, where a record fits two people
#: At most, from the place: A. Weber may be her husband Andreas, Anna Maria the daughter of Anna.
_MOST_FROM_PLACE = {
    Names.INITIAL: 2.0, Names.PART: 4.0, Names.MARRIED: 4.5, Names.LETTER: 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two records."""

    verdict: Verdict
    score: float  #: 0 to 1; 0.5 is worth a question, 0.9 is sure
    names: Names
    strength: float  #: the score as it would be without a doubt about father and son, or twins


def compare(a: Traits, b: Traits) -> Comparison | None:
    """Sure or unsure; None where they are two people. Symmetric."""
    names = like_names(a, b)
    if names is Names.OTHER or names is Names.KIN or _are_mr_and_mrs(a, b):
        return None
    need = NEEDS[names]
    found = weigh(a, b)
    points = found.points
    points -= max(found.place - _MOST_FROM_PLACE.get(names, 5.0), 0.0)
    if names is Names.INITIAL and found.email:
        points -= 2  # families have one mailbox, and J may be Jane or John
    if _middles_differ(a.middle, b.middle):
        points -= 3
    common = _is_common(a, b) and found.place < 4.75 and not found.email
    sure = need.sure + (_COMMON if common else 0)
    if points < need.ask + (1 if common else 0):
        return None
    doubt = (
        _generation_doubt(a, b, found)
        or _twins_doubt(a, b, names, found)
        or _office_doubt(a, b, names)
        or _couple_doubt(a, b)
        or _order_doubt(a, b, names, found)
    )
    if doubt is Verdict.DIFFERENT:
        return None
    score = _score(points, need.ask, sure)
    if points >= sure and doubt is None:
        return Comparison(Verdict.SURE, score, names, score)
    doubted = min(_score(points - _DOUBT, need.ask, sure), 0.98) if doubt else score
    return Comparison(Verdict.UNSURE, min(score, 0.89), names, doubted)


#: Points of names for those who share no home: (first, last), by how like they are.
_STRANGERS: Mapping[Like, tuple[float, float]] = {
    Like.SAME: (2, 3), Like.FORM: (2, 3), Like.PART: (1.5, 2), Like.SLIP: (1.75, 2.5),
    Like.INITIAL: (1, 1), Like.MISSING: (0, 0), Like.NEAR: (1.25, 2), Like.LETTER: (-1, -1),
    Like.OTHER: (-1, -1),
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
    verdict = Verdict.SURE if sure else Verdict.UNSURE
    return Comparison(verdict, score, like_names(a, b), score)


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
    known = bool(found.email) or found.born > 0
    if apart or _generations_clash(a, b):
        return Verdict.UNSURE if known else Verdict.DIFFERENT
    return None if known else Verdict.UNSURE


def _generations_clash(a: Traits, b: Traits) -> bool:
    """Jr and Sr do; Sr and neither may be one man, or his son may be the one without."""
    return a.generation != b.generation and {a.generation, b.generation} != {"", SENIOR}


def _twins_doubt(a: Traits, b: Traits, names: Names, found: Evidence) -> Verdict | None:
    """Jaylin and Jaylyn, born on one day in one house: of neither it is known to be a slip."""
    if names is Names.SLIP and a.last == b.last and found.born >= 2:
        first, other = a.first.split()[0], b.first.split()[0]
        if is_given(first) == is_given(other):
            return Verdict.UNSURE
    return None


def _are_mr_and_mrs(a: Traits, b: Traits) -> bool:
    """Forms of address that differ count where the first names do not say that it is a slip."""
    if not _forms_differ(a, b):
        return False
    return len(a.first) < 2 or like_first(a.first, b.first) > Like.FORM


def _forms_differ(a: Traits, b: Traits) -> bool:
    return bool(a.form and b.form) and a.form != b.form


def _couple_doubt(a: Traits, b: Traits) -> Verdict | None:
    """Herr and Frau Andrea Hill, Sasha Kowalski and Sasha Kowalska: a slip, or a couple."""
    if _forms_differ(a, b) or are_his_and_hers(a.last, b.last):
        return Verdict.UNSURE
    return None


def _order_doubt(a: Traits, b: Traits, names: Names, found: Evidence) -> Verdict | None:
    """Thomas Martin and Martin Thomas: both are first names, and there is no more to go by."""
    both = all(is_known(word) for word in f"{a.first} {a.last}".split())
    if names is Names.SWAPPED and both and not (found.email or found.born > 0):
        return Verdict.UNSURE
    return None


def _middles_differ(one: str, two: str) -> bool:
    """Andrew and Albert, A and B; but A may be Andrew."""
    if not (one and two):
        return False
    a, b = one.split()[0], two.split()[0]
    if len(a) == 1 or len(b) == 1:
        return a[0] != b[0]
    return like_first(a, b) > Like.SLIP


def _office_doubt(a: Traits, b: Traits, names: Names) -> Verdict | None:
    """Two of one first name whose post goes to the same secretary are not married."""
    return Verdict.UNSURE if names is Names.MARRIED and (a.firm or b.firm) else None


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
    (Like.LETTER, Like.SAME): Names.LETTER,
    (Like.LETTER, Like.FORM): Names.LETTER,
    (Like.OTHER, Like.SAME): Names.KIN,
    (Like.OTHER, Like.FORM): Names.KIN,
}


_GRID = [[_TABLE.get((first, last), Names.OTHER) for last in Like] for first in Like]
"""The same without a hash: it is asked for every pair."""


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
    straight = _GRID[first][last]
    if straight in (Names.OTHER, Names.MISSING, Names.MARRIED, Names.KIN):
        return _crossed(a, b, straight)
    return straight


def _crossed(a: Traits, b: Traits, straight: Names) -> Names:
    """First and last name swapped, or all of it in one of the two."""
    is_whole = a.first and a.last and b.first and b.last
    initials = (a.first[:1], a.last[:1]) == (b.last[:1], b.first[:1])
    if is_whole and not initials and " " not in f"{a.first}{a.last}{b.first}{b.last}":
        return straight  # most: nothing else need be tried
    one, two = f"{a.first} {a.last}".split(), f"{b.first} {b.last}".split()
    if one == two:
        return Names.SAME  # cut in two at another place
    if one == f"{b.last} {b.first}".split():
        return Names.SWAPPED
    if sorted(one) == sorted(two):
        return Names.NEAR_FIRST  # María José and José María are a couple
    if is_whole:
        crossed = _TABLE.get((like_first(a.first, b.last), like_last(a.last, b.first)))
        if crossed in (Names.SAME, Names.FORM, Names.SLIP):
            return Names.SWAPPED
    return straight


def contradict(a: Traits, b: Traits) -> bool:
    """Whether two records can hardly be one person, so that no third one makes them one."""
    if _generations_clash(a, b) or _are_mr_and_mrs(a, b):
        return True
    if years_apart(a.born, b.born) >= YEARS_OF_A_GENERATION:
        return True
    names = like_names(a, b)
    return names in (Names.KIN, Names.NEAR_FIRST, Names.LETTER, Names.OTHER)


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
        one, two = getattr(a, field), getattr(b, field)
        is_same = same_birthday(one, two) if field == "born" else one and one == two
        if is_same and not (field == "town" and a.postcode == b.postcode):
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
    elsewhere = place_points(a, b) < 3
    if in_two_countries(a, b):
        yield "another country"
    if a.street and b.street and elsewhere:
        if street_points(a, b) < 0:
            yield "another street"
        elif a.number != b.number:
            yield "another house or unit"
    if a.town and b.town and a.town != b.town and elsewhere:
        yield "another town"
    elif a.postcode and b.postcode and a.postcode != b.postcode and elsewhere:
        yield "another postal code"
    if a.born and b.born and not same_birthday(a.born, b.born):
        years = int(years_apart(a.born, b.born))
        yield f"birthdays {years} years apart" if years else "birthdays differ"
    if a.generation != b.generation:
        yield f"one is {(a.generation or b.generation).title()}"
    if a.firm and b.firm and not same_firm(a.firm, b.firm):
        yield "another company"
    if _middles_differ(a.middle, b.middle):
        yield "other middle names"

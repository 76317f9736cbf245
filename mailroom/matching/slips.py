"""Whether one of two names is the other with a slip of the pen, or a name of its own.

Names that people have are told from what only a keyboard makes of them: Laim is a slip of Liam,
but Brayden and Grayden, Hayden and Jayden are brothers.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources

from rapidfuzz.distance import OSA

_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_INDENT = (0, 0.25, 0.75)  # of the rows of a keyboard, in keys
_SHORTEST = 4  # letters of a name in which a slip can be told from another name


@lru_cache(maxsize=2)
def counted(kind: str) -> frozenset[str]:
    """The names of census.toml: `given`, `surnames`."""
    text = resources.files("mailroom.matching").joinpath("census.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)[kind].split())


def edits(one: str, two: str) -> int:
    """Letters too many, too few, wrong or swapped; 4 for more than three."""
    return int(OSA.distance(one, two, score_cutoff=3))


def is_one_in_six(one: str, two: str) -> bool:
    """One wrong letter in six, two in eleven: in a shorter name it may be another name."""
    return edits(one, two) * 5.5 <= max(len(one), len(two))


def is_near(one: str, two: str) -> bool:
    """A letter, or one in four: a slip or another name."""
    longest, distance = max(len(one), len(two)), edits(one, two)
    return distance * 2 < longest and (distance * 4 <= longest or distance == 1)


def rhyme(one: str, two: str) -> bool:
    """Only the beginnings differ, as of brothers: who types a name gets its first letter right."""
    return one[0] != two[0] and one[:2] != two[1::-1]


def ending_differs(one: str, two: str) -> bool:
    """Ivan and Ivana, Simon and Simone, Marcin and Marcina."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    if longer[-1] not in _VOWELS or len(shorter) < 3:
        return False
    return longer[:-1] in (shorter, shorter[:-1]) or longer[:-2] == shorter


def sound_alike(one: str, two: str) -> bool:
    """Jaylin and Jaylyn, Vicki and Vicky: two spellings of one name."""
    return _sound(one) == _sound(two)


_DOUBLED = re.compile(r"(.)\1+")
_SPOKEN = (("ph", "f"), ("ck", "k"), ("c", "k"), ("th", "t"), ("y", "i"), ("ee", "i"), ("ae", "e"))


def _sound(name: str) -> str:
    for written, spoken in _SPOKEN:
        name = name.replace(written, spoken)
    name = name[0] + name[1:].removesuffix("h")
    return _DOUBLED.sub(r"\1", re.sub(r"(?<=..)(ie|ei)$", "i", name))


def is_mistyped(name: str, typed: str) -> bool:
    """Whether a keyboard makes `typed` of `name`, with one slip.

    Letters swapped, doubled or left out inside; the key beside hit for it, or with it. Never the
    first letter, nor one vowel for another, nor a vowel at the end: these make the names of
    brothers and of couples.
    """
    if len(name) < _SHORTEST or name[0] != typed[:1] or edits(name, typed) != 1:
        return False
    at = _first_difference(name, typed)
    if len(name) > len(typed):
        return len(name) > _SHORTEST and at < len(name) - 1
    if is_swapped_or_doubled(name, typed):
        return True
    if len(name) < len(typed):
        return _is_key_too_many(typed, at)
    if name[at + 1 :] != typed[at + 1 :]:
        return False  # swapped, but at the end
    return _are_beside(name[at], typed[at]) and not {name[at], typed[at]} <= _VOWELS


def is_swapped_or_doubled(name: str, typed: str) -> bool:
    """Two letters the other way round, or one twice, but for a vowel that comes to the end."""
    if len(name) < _SHORTEST or edits(name, typed) != 1 or len(typed) < len(name):
        return False
    at = _first_difference(name, typed)
    if at == 0 or _has_vowel_at_end(name, typed):
        return False
    if len(typed) > len(name):
        return typed[at] == typed[at - 1]
    return name[at + 1 :] != typed[at + 1 :]


def may_be_name(word: str) -> bool:
    """Whether it is made of what first names are made of, letter by letter: Anka, but not Jadk."""
    return _threes(word) <= _known_threes()


def _threes(word: str) -> frozenset[str]:
    whole = f"^{word}$"
    return frozenset(whole[n : n + 3] for n in range(len(whole) - 2))


@cache
def _known_threes() -> frozenset[str]:
    return frozenset(three for name in counted("given") for three in _threes(name))


def _first_difference(one: str, two: str) -> int:
    pairs = enumerate(zip(one, two, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(two)))


def _has_vowel_at_end(name: str, typed: str) -> bool:
    """Where there was none, or one more."""
    more = len(typed) > len(name) and typed[:-1] == name
    return typed[-1] in _VOWELS and (more or name[-1] not in _VOWELS)


def _is_key_too_many(typed: str, at: int) -> bool:
    """A letter beside the one before or behind it; a vowel at the end makes another name."""
    if at == len(typed) - 1 and typed[at] in _VOWELS:
        return False
    return any(_are_beside(typed[at], key) for key in typed[at - 1 : at] + typed[at + 1 : at + 2])


@cache
def _are_beside(one: str, two: str) -> bool:
    """Keys of a keyboard that a finger takes for each other."""
    places = [_key(letter) for letter in (one, two)]
    if None in places or one == two:
        return False
    (row, x), (other, y) = (place for place in places if place)
    return abs(x - y) <= 1 if row == other else abs(row - other) == 1 and abs(x - y) < 1


def _key(letter: str) -> tuple[int, float] | None:
    found = ((n, row.index(letter) + _INDENT[n]) for n, row in enumerate(_ROWS) if letter in row)
    return next(found, None)

"""How two names stand to each other: the same, a form of it, a slip of the pen, another one."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from rapidfuzz.distance import OSA

from mailroom.matching import slips


class Like(IntEnum):
    """How like two names are; the lower, the more."""

    SAME = 0
    FORM = 1  #: Tom and Thomas, Müller and Mueller
    PART = 2  #: Anna and Anna Maria; Weber and Weber-Braun; Chris and Christine
    SLIP = 3  #: one letter of many is wrong
    INITIAL = 4
    MISSING = 5
    NEAR = 6  #: a slip or another name: Maier and Meier, Tim and Tom, Martin and Martina
    LETTER = 7  #: two names that both exist, a letter apart in seven or more: Christina, Christine
    OTHER = 8


_SPECIAL = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_APOSTROPHES = re.compile(r"['`´’‘ʼ]")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1)
def _words_data() -> Mapping[str, str]:
    text = resources.files("mailroom.matching").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


def words(kind: str) -> frozenset[str]:
    """The words of one kind in words.toml: `titles`, `particles`, `roles`, `streets`."""
    return frozenset(_words_data()[kind].split())


PARTICLES = words("particles")


@lru_cache(maxsize=1 << 15)
def fold_name(text: str) -> str:
    """A name's words in lower case without accents; ü counts as ue, ł as l."""
    if text.isascii():
        return " ".join(_WORDS.findall(_APOSTROPHES.sub("", text.lower())))
    folded = unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS)
    return " ".join(_WORDS.findall(_APOSTROPHES.sub("", _bare(folded).casefold())))


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Mapping[str, Any]]:
    text = resources.files("mailroom.matching").joinpath("nicknames.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, frozenset[str]]:
    """First name -> the full forms it stands for, itself included where it is one."""
    found: dict[str, set[str]] = {}
    for line in (line for lines in _data()["forms"].values() for line in lines):
        full, *short = map(fold_name, line.split())
        for name in (full, *short):
            found.setdefault(name, set()).add(full)
    return {name: frozenset(full) for name, full in found.items()}


def _are_forms(a: str, b: str) -> bool:
    """Tom and Thomas, Tom and Tommy; but Ted and Theo may be brothers, though both are Theodore."""
    none: frozenset[str] = frozenset()
    shared = _forms().get(a, none) & _forms().get(b, none)
    return bool(shared) and (not shared.isdisjoint((a, b)) or a.startswith(b) or b.startswith(a))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Names that are surely meant as they are written."""
    return frozenset(str(_data()["known"]["names"]).split()) | frozenset(_forms())


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, int]:
    """First name -> the line of those that are spelt otherwise and spoken alike."""
    lines: list[str] = _data()["spellings"]["names"]
    return {name: number for number, line in enumerate(lines) for name in line.split()}


@lru_cache(maxsize=1)
def _either() -> frozenset[str]:
    return frozenset(str(_data()["either"]["names"]).split())


def is_known(name: str) -> bool:
    """Whether a folded first name is in the lists: then it is meant as it is written."""
    return name in _known()


def is_given(name: str) -> bool:
    """Whether people have that folded first name, be it in our lists or counted."""
    return name in _known() or name in slips.counted("given")


@lru_cache(maxsize=1)
def common_surnames() -> frozenset[str]:
    """Last names that many people share, folded."""
    return frozenset(str(_data()["common"]["names"]).split())


@lru_cache(maxsize=1)
def _known_surnames() -> frozenset[str]:
    return common_surnames() | frozenset(map(fold_name, str(_data()["surnames"]["names"]).split()))


@lru_cache(maxsize=1 << 16)
def like_first(one: str, two: str) -> Like:
    """How like two folded first names are; symmetric.

    Two names that are both well known are two names, and a slip only if much speaks for it; so
    are those that differ in their endings only, for Martin and Martina are a couple.
    """
    if one == two:
        return Like.SAME if one else Like.MISSING
    if not (one and two):
        return Like.MISSING
    a, b = one.split(), two.split()
    if "".join(a) == "".join(b):
        return Like.FORM
    first = _like_word(a[0], b[0])
    if len(a) == len(b) == 1 or first >= Like.NEAR:
        return first
    rest = [_like_word(x, y) for x, y in zip(a[1:], b[1:], strict=False)]
    if any(like >= Like.NEAR for like in rest):
        return Like.NEAR  # Anna Maria and Anna Luise may be sisters
    only_initials = all(len(word) == 1 for word in (a[1:] if len(a) > len(b) else b[1:]))
    part = Like.PART if len(a) != len(b) and not only_initials else Like.SAME
    weakest = max([first, part, *(like for like in rest if like != Like.INITIAL)])
    return Like.FORM if weakest is Like.SAME else weakest


def _like_word(a: str, b: str) -> Like:
    if a == b:
        return Like.SAME
    if len(a) == 1 or len(b) == 1:
        return Like.INITIAL if a[0] == b[0] else Like.OTHER
    if a in _spellings() and _spellings()[a] == _spellings().get(b):
        return Like.FORM
    if _are_forms(a, b):
        return Like.PART if a in _either() or b in _either() else Like.FORM
    if a in _known() and b in _known():
        return Like.LETTER if _are_a_letter_apart(a, b) else Like.OTHER
    return _slip_in_first(a, b)


def _slip_in_first(a: str, b: str) -> Like:
    """Of two words that are not both in the lists: a slip, or perhaps another name."""
    if not slips.is_near(a, b):
        return Like.NEAR if slips.ending_differs(a, b) else Like.OTHER
    if is_given(a) != is_given(b):
        name, typed = (a, b) if is_given(a) else (b, a)
        return Like.SLIP if _is_slip_of(name, typed) else Like.NEAR
    if slips.ending_differs(a, b) or not slips.is_one_in_six(a, b):
        return Like.NEAR
    if slips.sound_alike(a, b):
        return Like.SLIP
    is_long = not is_given(a) and min(len(a), len(b)) > _VERY_LONG
    return Like.SLIP if is_long and not slips.rhyme(a, b) else Like.NEAR


def _is_slip_of(name: str, typed: str) -> bool:
    """Whether a word that is no name we know is one we know, and no other: Nuran is not Nurhan."""
    if slips.is_swapped_or_doubled(name, typed):
        return True
    if slips.ending_differs(name, typed):
        return False
    if len(typed) > _LONG:
        return slips.is_one_in_six(name, typed) and not slips.rhyme(name, typed)
    return slips.is_mistyped(name, typed) and not slips.may_be_name(typed)


_LONG, _VERY_LONG = 6, 8  # letters; of longer first names few are a letter apart


def _are_a_letter_apart(a: str, b: str) -> bool:
    """In long names; but a letter more at the end, as in Martina, is somebody else's name."""
    if max(len(a), len(b)) < 7 or a.startswith(b) or b.startswith(a):
        return False
    return OSA.distance(a, b, score_cutoff=1) == 1


@lru_cache(maxsize=1 << 16)
def like_last(one: str, two: str) -> Like:
    """How like two folded last names are; symmetric."""
    if one == two:
        return Like.SAME if one else Like.MISSING
    if not (one and two):
        return Like.MISSING
    a, b = _without_particles(one), _without_particles(two)
    whole_a, whole_b = "".join(a), "".join(b)
    if whole_a == whole_b or one.replace(" ", "") == two.replace(" ", ""):
        return Like.FORM
    if len(a) != len(b) and min(len(a), len(b)) == 1 and {*a} & {*b}:
        return Like.PART
    if len(a) == len(b) == 2 and a[0] == b[0] and min(len(a[0]), len(b[1]), len(a[1])) > 2:
        return Like.NEAR  # García López and García Ruiz: father and son
    if len(whole_a) == 1 or len(whole_b) == 1:
        return Like.INITIAL if whole_a[0] == whole_b[0] else Like.OTHER
    if _german(whole_a, whole_b):
        return Like.FORM
    return _slip_in_last(whole_a, whole_b)


def _slip_in_last(a: str, b: str) -> Like:
    if not slips.is_near(a, b):
        return Like.OTHER
    if a in _known_surnames() and b in _known_surnames():
        return Like.NEAR  # Stephens and Stevens
    if _is_surname(a) != _is_surname(b):
        name, typed = (a, b) if _is_surname(a) else (b, a)
        if slips.is_mistyped(name, typed):
            return Like.SLIP
    return Like.SLIP if slips.is_one_in_six(a, b) else Like.NEAR


def _is_surname(name: str) -> bool:
    return name in _known_surnames() or name in slips.counted("surnames")


def _without_particles(name: str) -> list[str]:
    words = name.split()
    kept = [word for word in words if word not in PARTICLES]
    return kept or words


def are_his_and_hers(one: str, two: str) -> bool:
    """Kowalski and Kowalska, Petrov and Petrova: a couple, whatever their first names."""
    letters = zip(one, two, strict=False)
    stem = next((n for n, (a, b) in enumerate(letters) if a != b), min(len(one), len(two)))
    if one == two or stem < 3:
        return False
    ends = {one[stem:], two[stem:]}
    return ends in ({"i", "a"}, {"y", "a"}, {"", "a"}, {"", "ova"}, {"y", "aya"}, {"i", "aya"})


def _german(a: str, b: str) -> bool:
    """Mueller and Muller; in names long enough that Bauer is not Baur."""
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) < 6 or len(longer) == len(shorter):
        return False
    return re.sub(r"(?<=[aou])e", "", longer) == re.sub(r"(?<=[aou])e", "", shorter)


_CLASSES = str.maketrans("bpfvwckgqxjszdtlmnryhaeiou", "1111122222222334556       ")


@lru_cache(maxsize=1 << 17)
def skeleton(name: str) -> str:
    """A short code that is often equal for two spellings of one name; for blocking only."""
    letters = _without_particles(name) if " " in name else [name]
    word = letters[0] if letters else ""
    codes = word.replace("ph", "f").translate(_CLASSES)
    kept = [
        code for before, code in zip(" " + codes, codes, strict=False) if code not in (" ", before)
    ]
    return "".join(kept[:3]) or word[:2]

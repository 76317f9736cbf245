"""How two names stand to each other: the same, a form of it, a slip of the pen, another one."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from importlib import resources

from rapidfuzz.distance import OSA


class Like(IntEnum):
    """How like two names are; the lower, the more."""

    SAME = 0
    FORM = 1  #: Tom and Thomas, Müller and Mueller
    PART = 2  #: Anna and Anna Maria; Weber and Weber-Braun
    SLIP = 3  #: one letter of many is wrong
    INITIAL = 4
    MISSING = 5
    NEAR = 6  #: a slip or another name: Maier and Meier, Tim and Tom, Martin and Martina
    OTHER = 7


_SPECIAL = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_APOSTROPHES = re.compile(r"['`´’‘ʼ]")
_WORDS = re.compile(r"[^\W_]+")
PARTICLES = frozenset(
    [
        "von",
        "vom",
        "van",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "do",
        "la",
        "le",
        "les",
        "du",
        "des",
        "ten",
        "ter",
        "zu",
        "zum",
        "zur",
        "el",
        "al",
        "bin",
        "ibn",
    ]
)


def fold_name(text: str) -> str:
    """A name's words in lower case without accents; ü counts as ue, ł as l."""
    if text.isascii():
        return " ".join(_WORDS.findall(_APOSTROPHES.sub("", text.lower())))
    folded = unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS)
    return " ".join(_WORDS.findall(_APOSTROPHES.sub("", _bare(folded))))


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Mapping[str, list[str] | str]]:
    text = resources.files("mailroom.matching").joinpath("nicknames.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, frozenset[int]]:
    """First name -> the numbers of the lines in which it stands."""
    found: dict[str, set[int]] = {}
    lines = [line for lines in _data()["forms"].values() for line in lines]
    for number, line in enumerate(lines):
        for name in line.split():
            found.setdefault(fold_name(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Names that are surely meant as they are written."""
    return frozenset(str(_data()["known"]["names"]).split()) | frozenset(_forms())


def is_known(name: str) -> bool:
    """Whether a folded first name is in the lists: then it is meant as it is written."""
    return name in _known()


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

    Two names that are both well known are two names, however few letters are between them; so
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
    forms = _forms()
    none: frozenset[int] = frozenset()
    if forms.get(a, none) & forms.get(b, none):
        return Like.FORM
    if a in _known() and b in _known():
        return Like.OTHER
    return _slip(a, b, endings=True)


def _slip(a: str, b: str, *, endings: bool) -> Like:
    """One wrong letter in six, two in eleven; in a short name it may be another name."""
    longest = max(len(a), len(b))
    distance = OSA.distance(a, b, score_cutoff=3)
    if distance > 3 or distance * 2 >= longest:
        return Like.OTHER
    if endings and _ending_differs(a, b):
        return Like.NEAR
    if distance * 5.5 <= longest:
        return Like.SLIP
    return Like.NEAR if distance * 4 <= longest or distance == 1 else Like.OTHER


def _ending_differs(a: str, b: str) -> bool:
    """Ivan and Ivana, Simon and Simone, Marcin and Marcina."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if longer[-1] not in "aeiouy":
        return False
    return longer[:-1] in (shorter, shorter[:-1]) or longer[:-2] == shorter


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
    like = _slip(whole_a, whole_b, endings=False)
    if like is Like.SLIP and whole_a in _known_surnames() and whole_b in _known_surnames():
        return Like.NEAR  # Stephens and Stevens
    return like


def _without_particles(name: str) -> list[str]:
    words = name.split()
    kept = [word for word in words if word not in PARTICLES]
    return kept or words


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

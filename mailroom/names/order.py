"""Where the last name begins, or None where that is not certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.names.words import (
    VOWEL,
    folded,
    is_iberian,
    is_initial,
    is_particle,
    lists,
    second_first,
    unaccented,
)

_MOST_WORDS = 6  #: of one person, without titles and particles
_PATRONYMIC = re.compile("(?:ович|евич|ьич|овна|евна|ична)$")
_PINYIN = re.compile(
    r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:[iuü]?a(?:ng|n|i|o)?|[iu]?e(?:ng|n|i)?|i?o(?:ng|u)?"
    r"|uo|i(?:ng|n|u)?|u(?:ai|n|i)?|ü)){1,2}"
)
Parts = tuple[str, str, str]  #: first, middle and last name


def given_names(tokens: Sequence[str]) -> tuple[str, str]:
    """First names of "Mary Ann", "J. R. R.", "J. Edgar", "Mary A."; the rest are middle names."""
    cut = 1
    while cut < len(tokens) and (
        (is_initial(tokens[0]) and (is_initial(tokens[cut]) or is_initial(tokens[cut - 1])))
        or (cut == 1 and unaccented(tokens[cut]) in second_first())
        or folded(tokens[cut - 1]) in {"abd", "abdul", "abdel"}
    ):
        cut += 1
    return " ".join(tokens[:cut]), " ".join(tokens[cut:])


def family_first(tokens: Sequence[str]) -> Parts | None:
    """Vietnamese and Japanese names that begin with a family name which is no first name."""
    words, (front, *_, end) = lists(), [token.casefold() for token in tokens]
    known = words["family_first"]
    if len(tokens) == 3 and _PATRONYMIC.search(end) and not _PATRONYMIC.search(tokens[1]):
        return tokens[1], tokens[2], tokens[0]  # Иванов Иван Иванович
    is_korean = front in words["korean"] and re.fullmatch(r"[A-Z]\w+-[a-z]+", tokens[-1])
    is_named = len(tokens) == 3 and tokens[1] in {"Van", "Thi", "Văn", "Thị"}
    if len(tokens) == 2 and is_korean:
        return tokens[1], "", tokens[0]
    is_vietnamese = is_named and front in words["vietnamese"]
    if not is_vietnamese and (front not in known or end in known or len(tokens) > 4):
        return None
    return tokens[-1], " ".join(tokens[1:-1]), tokens[0]


def is_certain(tokens: Sequence[str]) -> bool:
    """Whether two words are first and last name, and not half of either."""
    words, (one, two) = lists(), map(unaccented, tokens)
    if one in words["titles_perhaps"] or two in words["never_last"]:
        return False  # Lord Byron; Ana María
    if is_iberian(tokens[0]) and one not in second_first() and is_iberian(tokens[1]):
        return False  # García López
    if one in words["chinese"] and _PINYIN.fullmatch(two) and _PINYIN.fullmatch(one):
        return False  # Yao Ming
    is_short = len(two) < 4 and tokens[1].isupper() and not "".join(tokens).isupper()
    return not (is_short and not VOWEL.search(tokens[1])) and not _PATRONYMIC.search(two)


def western(tokens: Sequence[str]) -> Parts | None:
    """First, middle and last names; two surnames where both are known to be some."""
    if len(tokens) > 2 and not is_initial(tokens[0]) and all(map(is_initial, tokens[1:])):
        return " ".join(tokens[1:]), "", tokens[0]  # Smith J. A.
    if is_initial(tokens[-1]) or (all(t.islower() for t in tokens) and len(tokens) > 2):
        return None
    cut = next((i for i in range(1, len(tokens) - 1) if _begins_surname(tokens, i)), 0)
    if cut == 1 and unaccented(tokens[0]) == "maria" and (marian := _marian(tokens)):
        first, last = " ".join(tokens[:marian]), " ".join(tokens[marian:])
        return (first, "", last) if last else None
    if cut:
        before = tokens[cut - 1]
        if cut > 1 and is_iberian(before) and unaccented(before) not in second_first():
            cut -= 1  # García de la Vega
        if len(tokens) - cut > 6 or cut > 4:
            return None
    elif len(tokens) > 2 and (is_iberian(tokens[-1]) or is_iberian(tokens[-2])):
        cut = _two_surnames(tokens)
        if not cut:
            return None
    else:
        cut = len(tokens) - 1
        if cut > _MOST_WORDS - 2:
            return None
    first, middle = given_names(tokens[:cut])
    return first, middle, " ".join(tokens[cut:])


def _begins_surname(tokens: Sequence[str], at: int) -> bool:
    """A particle, a title of the nobility before one, or "Jansen-de" of "Jansen-de Vries"."""
    word = tokens[at]
    if is_particle(word):
        return True
    is_noble = folded(word) in lists()["nobility"]
    return (is_noble and is_particle(tokens[at + 1])) or is_particle(word.rpartition("-")[2])


def _marian(tokens: Sequence[str]) -> int:
    """How many words of "María del Carmen Pérez" are the first name."""
    for i in (2, 3):
        if len(tokens) > i and unaccented(tokens[i]) in lists()["marian"]:
            return i + 1
    return 0


def _two_surnames(tokens: Sequence[str]) -> int:
    """Where the surnames begin in "María José García López"; 0 where that is not certain."""
    before = tokens[-2]
    if is_initial(before):
        return len(tokens) - 1
    if unaccented(before) in second_first():
        return len(tokens) - 1
    if not is_iberian(tokens[-1]):
        return 0
    if is_iberian(before) or len(tokens) == 4:
        return len(tokens) - 2 if len(tokens) < 5 else 0
    return 0

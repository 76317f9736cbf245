"""One person: titles, suffixes and nicknames taken off, then first and last name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from mailroom.model import Name
from mailroom.names.case import smart_case
from mailroom.names.order import Parts, family_first, given_names, is_certain, western
from mailroom.names.words import (
    ASIAN,
    VOWEL,
    are_name_words,
    folded,
    is_iberian,
    is_initial,
    is_name_word,
    is_particle,
    is_salutation,
    is_short,
    lists,
    salutation_of,
)

_HANGUL = re.compile(r"[\uac00-\ud7af]{3}")
_QUOTED = re.compile(r"(?<!\S)[\"“”„«‘'(\[]([^\W\d_][\w'’.\- ]*)[\"”“»’')\]](?=[\s,]|$)")
_GLUED = re.compile(r"\.(?=[^\W\d_]{2})")


def surname_of(text: str) -> str:
    """The text if it can be a surname: one or two words and particles."""
    tokens = text.split()
    small = lists()["small_any"]
    names = [t for t in tokens if folded(t) not in small]
    return text.strip() if len(names) in {1, 2} and all(map(is_name_word, tokens)) else ""


def read_person(text: str, letters: str = "") -> Name | None:
    """The one person of the text; `letters`: an M. or D. in front is Monsieur or Don."""
    text, nickname = _nickname(text)
    chunks = [chunk.split() for chunk in text.split(",") if chunk.strip()]
    if not chunks:
        return None
    suffixes, titles, names = [], [], [chunks[0]]
    for chunk in chunks[1:]:
        is_given = len(chunks) == 2 and len(chunks[0]) == 1 and all(map(is_initial, chunk))
        if not is_given and all(_is_suffix(token, True) for token in chunk):
            suffixes.append(" ".join(chunk))
        elif not salutation_of(" ".join(chunk))[1]:
            titles += chunk
        else:
            names.append(chunk)
    in_capitals = text.isupper()
    for chunk in names:
        plainly = not in_capitals and (len(names) > 1 or len(chunk) > 2)
        while len(chunk) > 1 and _is_suffix(chunk[-1], plainly):
            if len(chunk) == 2 and len(names) == 1:
                break
            suffixes.insert(0, chunk.pop())
    names = [_unglued(chunk) for chunk in names]
    if len(names) == 1:
        found = _in_order(names[0], letters)
    else:
        found = _reversed(names[0], names[1]) if len(names) == 2 else None
    if found is None:
        return None
    salutation = " ".join(filter(None, (found.salutation, *titles)))
    suffix = ", ".join(suffixes)
    return replace(found, salutation=salutation, suffix=suffix, nickname=nickname)


def _nickname(text: str) -> tuple[str, str]:
    """The name in quotes, or in brackets within a name, taken out."""
    match = _QUOTED.search(text)
    if not match or match[1].upper() in lists()["degrees"]:
        return text, ""
    if match[0][0] in "([" and (not text[match.end() :].strip() or not text[: match.start()]):
        return text, ""  # behind a name it may be a maiden name or a firm
    return " ".join((text[: match.start()] + text[match.end() :]).split()), match[1]


def _unglued(tokens: Sequence[str]) -> list[str]:
    """The words of "Prof.Dr.Hans"."""
    found: list[str] = []
    for token in tokens:
        is_opening = folded(token) in lists()["openings"]  # Gent.ma
        is_whole = token.replace(".", "") in lists()["degrees"] or is_salutation(token)
        is_whole = is_whole or is_opening
        found += [token] if is_whole else _GLUED.sub(". ", token).split()
    return found


def _is_suffix(token: str, after_comma: bool) -> bool:
    """A generation, or a degree; those of two letters in capitals among capitals after a comma."""
    words = lists()
    if folded(token) in words["generations"] and not is_initial(token):
        return True
    plain = token.strip("(),").replace(".", "")
    if plain in words["degrees"]:
        return len(plain) > 2 or after_comma or "." in token
    return plain.isupper() and any(plain == d.upper() for d in words["degrees"] if len(d) > 2)


def _in_order(tokens: list[str], letters: str) -> Name | None:
    """A person without a comma."""
    words = lists()
    salutation, rest = salutation_of(" ".join(tokens), letters)
    if salutation and len(rest) == 1:
        front = salutation.split()[0]
        perhaps = folded(front) in words["titles_perhaps"] and not is_short(front)
        ok = is_name_word(rest[0]) and not perhaps and not is_initial(rest[0])
        return Name(salutation=salutation, last_name=rest[0]) if ok else None
    if not rest or not are_name_words([t for t in rest if not is_salutation(t)]):
        return None
    if len(rest) > 1 and _begins_with_particle(rest):
        return _bare_surname(salutation, rest)
    if any(ASIAN.search(token) for token in rest):
        return _asian(salutation, rest)
    if len(rest) == 3 and folded(rest[-1]) in words["titles_behind"] and not salutation:
        found = _reversed(rest[:1], rest[1:2])
        return replace(found, salutation=rest[-1]) if found else None
    inner = next((i for i, t in enumerate(rest) if i and is_salutation(t)), 0)
    if inner and not salutation:  # Müller Prof. Dr. Hans
        titles, given = salutation_of(" ".join(rest[inner:]))
        found = _reversed(rest[:inner], given) if given else None
        return replace(found, salutation=titles) if found else None
    if inner or len(rest) < 2 or (len(rest) == 2 and not is_certain(rest)):
        two = len(rest) == 2 and not inner and salutation and all(map(is_iberian, rest))
        return Name(salutation=salutation, last_name=" ".join(rest)) if two else None
    loud = len(rest[0]) == 2 and rest[0].isalpha() and rest[0].isupper()
    if loud and VOWEL.search(rest[0]) and not rest[1].isupper():
        return None  # LI Wei, or AJ Weber
    parts = _marked(rest) or family_first(rest) or western(rest)
    if not parts:
        return None
    first, middle, last = parts
    return Name(salutation=salutation, first_name=first, middle_name=middle, last_name=last)


def _begins_with_particle(tokens: Sequence[str]) -> bool:
    """With one that is no first name: "von", "de la", also "De"."""
    front = tokens[0]
    return folded(front) in lists()["particles_sure"] or (is_particle(front) and front.islower())


def _bare_surname(salutation: str, tokens: list[str]) -> Name | None:
    """As "von der Leyen" or "Freiherr von Weber"; nobody where more stands there."""
    front, _, noble = salutation.rpartition(" ")
    if not all(map(is_particle, tokens[:-1])):
        return None
    if front and folded(noble) in lists()["nobility"]:
        salutation, tokens = front, [noble, *tokens]
    return Name(salutation=salutation, last_name=" ".join(tokens))


def _reversed(last: list[str], given: list[str]) -> Name | None:
    """The parts of "Last, First Middle"; particles sorted behind go back in front."""
    salutation, surname = salutation_of(" ".join(last))
    titles, given = salutation_of(" ".join(given))
    small = lists()["small_any"]
    behind: list[str] = []
    while len(given) > 1 and folded(given[-1]) in small and given[-1].islower():
        behind.insert(0, given.pop())
    surname = [*behind, *surname]
    if not given or not are_name_words([*surname, *given]):
        return None
    if not surname_of(" ".join(surname)) or len(given) > 4:
        return None
    first, middle = given_names(given)
    salutation = " ".join(filter(None, (salutation, titles)))
    return Name(
        salutation=salutation, first_name=first, middle_name=middle, last_name=" ".join(surname)
    )


def _marked(tokens: Sequence[str]) -> Parts | None:
    """Capitals that mark the family name: "NAGY Péter", "Jean DUPONT"."""
    loud = [len(t) > 2 and t.isupper() and not is_initial(t) for t in tokens]
    if "".join(tokens).isupper() or not any(loud):
        return None
    small = lists()["particles"]
    marks = [is_loud or folded(t) in small for t, is_loud in zip(tokens, loud, strict=True)]
    count = sum(takewhile(bool, marks))
    if loud[0] and not any(loud[count:]):
        last, given = tokens[:count], tokens[count:]
    else:
        count = sum(takewhile(bool, reversed(marks)))
        last, given = tokens[len(tokens) - count :], tokens[: len(tokens) - count]
        if not count or any(loud[: len(tokens) - count]):
            return None
    first, middle = given_names(given)
    return first, middle, smart_case(" ".join(last).upper())


def _asian(salutation: str, tokens: list[str]) -> Name | None:
    """Family name first, an honorific behind goes in front.

    Without a blank the name stays whole: 小野寺健 may be of 小野 or of 小野寺.
    """
    for honorific in sorted(lists()["honorifics"], key=len, reverse=True):
        if tokens and tokens[-1].endswith(honorific) and len("".join(tokens)) > len(honorific) + 1:
            salutation = f"{salutation} {honorific}".strip()
            tokens = [t for t in (*tokens[:-1], tokens[-1].removesuffix(honorific)) if t]
            break
    if len(tokens) == 2:
        return Name(salutation=salutation, first_name=tokens[1], last_name=tokens[0])
    if len(tokens) != 1:
        return None
    whole = tokens[0]
    if len(whole) == 3 and _HANGUL.fullmatch(whole):
        return Name(salutation=salutation, first_name=whole[1:], last_name=whole[0])
    return Name(salutation=salutation, last_name=whole) if len(whole) < 8 else None

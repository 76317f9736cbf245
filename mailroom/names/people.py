"""Several people in one text, families, and what names nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from mailroom.model import Name
from mailroom.names.firms import has_legal_form, is_company
from mailroom.names.order import given_names
from mailroom.names.person import read_person, surname_of
from mailroom.names.turned import is_first_name
from mailroom.names.words import (
    folded,
    is_iberian,
    is_initial,
    is_name_word,
    is_salutation,
    is_salutation_only,
    lists,
    salutation_of,
    second_first,
    unaccented,
)

_LONGEST = 200  #: characters; no longer text is a name
_MOST_PEOPLE = 6
#: Who stands before "and Mrs.", where nothing else is said; asked about like all couples.
_OTHER_HALF = {
    "sra": "Sr.", "señora": "Señor", "mrs": "Mr.", "frau": "Herr", "mme": "M.",
    "madame": "Monsieur", "sigra": "Sig.", "signora": "Signor", "mevr": "Dhr.", "mevrouw": "Dhr.",
    "fru": "Herr",
}  # fmt: skip
#: Two words that may only be first and last name, if neither stands in a list.
#: Two of them with one title; the Dutch "drs." is one's, and does not stand before "and".
_DOCTORS = re.compile(r"(?:Dres\.?(?= .* (?:und|u\.|&) )|Drs\.?(?= .* and )) ")
_PLAIN = re.compile(r"[A-ZÄÖÜ][a-zßäöü]{2,} [A-ZÄÖÜ][a-zßäöü]+(?<!ez)")


def read_name(text: str, letters: str = "") -> tuple[Name, ...]:
    """One Name for each person of "Dr. Anna Weber und Tom Lang"; empty where that is not sure.

    `letters`: those that stand for a form of address: "m" of Monsieur, "d" of Don. Titles go with
    the salutation, as they are written. A family is one Name with the word for it as its
    salutation. Empty for a firm, a bare word, a sign that no name has, and for what can be read
    in two ways.
    """
    if _PLAIN.fullmatch(text) and lists()["special"].isdisjoint(text.casefold().split()):
        first, _, last = text.partition(" ")
        return (Name(first_name=first, last_name=last),)
    text = _without_maiden_name(_without_attention(_clean(text)))
    if not text or is_company(text):
        return ()
    if family := _family(text):
        return (family,)
    if says_no_person(text):
        return ()
    if (both := _DOCTORS.match(text)) and len(people := _people(text[both.end() :], letters)) > 1:
        return tuple(replace(one, salutation="Dr.") for one in people)
    people = _people(text, letters)
    return tuple(people) if people and len(people) <= _MOST_PEOPLE else ()


def says_no_person(text: str) -> bool:
    """Whether it has a word that no name has: "Estate of", "Info", "c/o"."""
    words = lists()["no_person"]
    return any(folded(word) in words for word in salutation_of(text)[1])


def _without_attention(text: str) -> str:
    """Without for whose attention it is: "z. Hd. Frau Anna Weber"."""
    tokens = text.split()
    return " ".join(tokens[_attention(tokens) :])


def _attention(tokens: Sequence[str]) -> int:
    """How many words in front say for whose attention it is."""
    words = lists()["attention"]
    counts = (n for n in (4, 3, 2, 1) if len(tokens) > n)
    return next((n for n in counts if " ".join(map(folded, tokens[:n])) in words), 0)


def at_firm(text: str, company: str = "") -> tuple[str, Name] | None:
    """Firm and person of "Weber GmbH, z. Hd. Herrn Max Müller"; None where it is not both.

    `company`: whose person it is by another column; it tells a firm without a legal form.
    """
    tokens = text.split()
    for at in range(1, len(tokens) - 1):
        if taken := _attention(tokens[at:]):
            firm, people = (
                " ".join(tokens[:at]).rstrip(",;-"),
                read_name(" ".join(tokens[at + taken :])),
            )
            return (firm, people[0]) if is_company(firm) and len(people) == 1 else None
    return _behind_firm(text, company) if "," in text else None


def _behind_firm(text: str, company: str) -> tuple[str, Name] | None:
    """As in "Weber GmbH, Anna Lang"; not "Weber, Anna Maria", though the firm be called Weber."""
    firm, _, person = (part.strip() for part in text.rpartition(","))
    is_own = bool(firm) and firm.casefold() == company.strip().casefold()
    has_form = has_legal_form(firm.split(), text.isupper())
    if not (is_own or has_form) or person.islower():
        return None
    is_sure = has_form and (is_own or not text.isupper())  # SILVA SA, ANA MARIA
    salutation, words = salutation_of(person)
    if not is_sure and words and is_first_name(words[-1]):
        return None
    is_spelt = 2 <= len(words) <= 4 and lists()["at_firm"].isdisjoint(map(folded, words))
    people = read_name(person) if salutation or is_spelt else ()
    return (firm, people[0]) if len(people) == 1 else None


def _without_maiden_name(text: str) -> str:
    """Without the name that somebody had once: "Anna Weber geb. Müller"."""
    tokens, words = text.replace("(", " ").split(), lists()["maiden"]
    at = next((i for i, token in enumerate(tokens) if i > 1 and folded(token) in words), 0)
    return " ".join(tokens[:at]).rstrip(" ,") if 0 < len(tokens) - at - 1 < 3 and at else text


def is_family(text: str) -> bool:
    """Whether the text names a whole family: "The Okafor family", "Familie Weber"."""
    text = _clean(text)
    return bool(text) and not is_company(text) and _family(text) is not None


def _clean(text: str) -> str:
    """With single blanks; empty where no name looks like that."""
    text = " ".join(unicodedata.normalize("NFC", text).split()).strip(" ,;")
    if not text or len(text) > _LONGEST or not text.isprintable():
        return ""
    if any(c.isdigit() for c in text) or any(c in "@<>{}=|\\*#?!_%$€" for c in text):
        return ""
    return text if any(c.isalpha() for c in text) else ""


def _family(text: str) -> Name | None:
    """As in "The Okafor family", as one Name; the word for it is its salutation."""
    words, tokens = lists(), text.split()
    if len(tokens) > 1 and tokens[0].casefold() == "the" and folded(tokens[-1]) == "family":
        tokens = tokens[1:]
    if len(tokens) < 2 or len(tokens) > 6:
        return None
    if folded(tokens[0]) in words["family"]:
        titles, rest = salutation_of(" ".join(tokens[1:]))
        word = f"{tokens[0]} {titles}".strip()
    elif folded(tokens[-1]) in words["family"]:
        word, rest = tokens[-1], tokens[:-1]
    else:
        return None
    joins = words["joins_any"]
    if not all(is_name_word(token) for token in rest) or any(folded(t) in joins for t in rest[1:]):
        return None
    small = words["small_any"]
    if not rest:
        return None
    if len(rest) > 1 and not all(folded(token) in small for token in rest[:-1]):
        return None  # "Familie Anna Weber"
    return Name(salutation=word, last_name=" ".join(rest))


def _people(text: str, letters: str) -> list[Name]:
    if couple := _and_wife(text):
        return couple
    parts = _parted(text)
    if parts is None:
        return []
    if len(parts) == 1:
        tokens = parts[0].split()
        if len(tokens) > 1 and folded(tokens[0]) in lists()["couple"]:
            rest = " ".join(tokens[1:])
            if len(tokens) == 2 and is_name_word(rest):
                return [Name(salutation=tokens[0], last_name=rest)]
            return []
        one = read_person(parts[0], letters)
        return [one] if one else []
    words, front = lists(), folded(parts[0].split()[0])
    if front in words["couple"] or front in words["family"]:
        parts[0] = parts[0].partition(" ")[2]
    elif len(parts) == 3 and is_salutation_only(parts[0].split()):
        parts = [" ".join(salutation_of(part)[1]) for part in parts[1:]]  # who is Mr. is not said
    return _several([part for part in parts if part])


def _and_wife(text: str) -> list[Name]:
    """The couple of "Carlos Ortiz y Sra.": who is named first is the other half of it."""
    other = _OTHER_HALF.get(folded(text.rpartition(" ")[2]))
    if not other:
        return []
    *front, join, end = ["", "", *text.split()]
    if folded(join) not in lists()["joins_any"] or not any(front):
        return []
    salutation, words = salutation_of(" ".join(filter(None, front)))
    if len(words) == 1 and is_name_word(words[0]) and not is_initial(words[0]):
        one = Name(last_name=words[0])
    else:
        found = read_person(" ".join(words))
        if found is None:
            return []
        one = found
    one = replace(one, salutation=salutation or other)
    return [one, Name(salutation=end, last_name=one.last_name)]


def _parted(text: str) -> list[str] | None:
    """The text at its "and"s; None where a weak one ("y", "e", "i") may belong to a name."""
    words = lists()
    spaced = re.sub(r"\s*([&+/;])\s*", r" \1 ", text)
    parts: list[list[str]] = [[]]
    weak = 0
    for token in spaced.split():
        key = token.casefold()
        is_weak = key in words["weak_joins"] and token.islower()
        if key in words["joins"] - {"u"} or key in {"u.", "/", ";"} or is_weak:
            if is_weak:
                weak += 1
            elif key == "und" and parts[-1] and folded(parts[-1][-1]) == "von":
                parts[-1].append(token)  # von und zu
                continue
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts) or ("/" in spaced and any(map(is_salutation_only, parts))):
        return None
    if not weak:
        return [" ".join(part) for part in parts]
    if weak > 1 or len(parts) > 2:
        return None
    return _weakly(text, parts)


def _weakly(text: str, parts: list[list[str]]) -> list[str] | None:
    """Because "Ana y Luis García" are two, "José Ortega y Gasset" is one, others may be either."""
    one, two = parts
    front = [part for part in parts if is_salutation(part[0])]
    if len(front) == 2 or (len(one) == 1 and len(two) > 1):
        return [" ".join(one), " ".join(two)]
    if len(one) >= 2 and len(two) == 1 and not is_salutation(one[-1]):
        return [text]
    if len(one) >= 2 and is_first_name(two[0]) and not is_iberian(two[0]):
        return [" ".join(one), " ".join(two)]  # Juan García y Ana López
    return [text] if "," in text else None


def _several(parts: list[str]) -> list[Name]:
    """Two or more people; who has no family name has that of the one behind, or in front."""
    if "," in parts[0] and not any("," in part for part in parts[1:]):
        head, _, rest = parts[0].partition(",")
        if len(head.split()) > 1 and all(len(p.split()) > 1 for p in (rest, *parts[1:])):
            return _each([*parts[0].split(","), *parts[1:]])
        if len(parts[-1].split()) > 1 and not is_initial(parts[-1].split()[-1]):
            pieces = [*parts[0].split(","), *parts[1:]]
            return [] if len(parts[-1].split()) > 2 else _shared(pieces)
        if rest.strip() and all(_is_given(p) for p in (rest, *parts[1:])):
            last = surname_of(head)
            return [_with(last, p) for p in (rest, *parts[1:])] if last else []
        return []
    if all("," in part for part in parts):
        return _each(parts)
    return [] if any("," in part for part in parts) else _shared(parts)


def _each(parts: Sequence[str]) -> list[Name]:
    found = [read_person(part) for part in parts]
    return [one for one in found if one] if all(found) else []


def _shared(parts: Sequence[str]) -> list[Name]:
    """Those who have a first name only share the last one's: "Jerry and Beth Smith"."""
    if all(" " not in part and is_first_name(part) for part in map(str.strip, parts)):
        return [Name(first_name=part.strip()) for part in parts]  # Jerry & Beth
    fronts = {folded(part.split()[0]) for part in parts if part}
    french = "" if fronts.isdisjoint({"mme", "mlle", "madame"}) else "m"
    bare = [salutation_of(part, french) for part in parts]
    last = read_person(parts[-1].strip(), letters=french)
    if last is None or not last.last_name:
        return []
    if len(parts) == 2 and bare[0] and not bare[0][1]:
        return _titled_couple(bare[0][0], last)
    found = []
    for part, (salutation, rest) in zip(parts[:-1], bare, strict=False):
        if salutation and len(rest) == 1 and last.first_name and not last.salutation:
            return []  # "Dr. Weber und Anna Lang", "Dr. Max und Anna Weber"
        has_own = salutation and len(rest) == 1 and not last.first_name  # Sr. García y Sra. López
        if rest and not has_own and _is_given(" ".join(rest)):
            given = _with(last.last_name, " ".join(rest))
            found.append(replace(given, salutation=salutation))
        elif one := read_person(part.strip(), letters=french):
            found.append(one)
        else:
            return []
    # "Jerry and Weber": a bare last word is no family name to share.
    has_first = last.first_name or all(name.last_name != last.last_name for name in found)
    return [*found, last] if has_first else []


def _titled_couple(salutation: str, last: Name) -> list[Name]:
    """By custom John is the first of "Mr. and Mrs. John Smith"."""
    if not last.salutation or len(last.salutation.split()) > 3:
        return []
    if folded(last.salutation.split()[-1]) == "dres":  # Herr und Frau Dres. Müller
        salutation = f"{salutation} Dr."
        last = replace(last, salutation=f"{last.salutation.rpartition(' ')[0]} Dr.")
    one = replace(last, salutation=salutation)
    two = Name(salutation=last.salutation, last_name=last.last_name)
    return [one, two]


def _is_given(text: str) -> bool:
    """Whether these words are first names only: "Jerry", "Mary Ann", "John A.", "J. R."."""
    tokens = salutation_of(text.strip())[1]
    if not tokens or not all(is_name_word(token) for token in tokens):
        return False
    rest = tokens[1:]
    return all(is_initial(t) or unaccented(t) in second_first() for t in rest) and len(rest) < 3


def _with(last: str, given: str) -> Name:
    salutation, tokens = salutation_of(given.strip())
    first, middle = given_names(tokens)
    return Name(salutation=salutation, first_name=first, middle_name=middle, last_name=last)

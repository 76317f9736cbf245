"""A text -> the people it names, in parts; what is no person; names in mixed case.

The words are data (`names.toml`). Nothing is guessed: where a text may be read in two ways,
nobody is returned and the text stays as it is. No list of first names is asked whether somebody
is a man or a woman.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from itertools import pairwise, takewhile

from mailroom.model import Name

_LONGEST = 200  #: characters; no longer text is a name
_MOST_PEOPLE = 6
_MOST_WORDS = 6  #: of one person, without titles and particles

_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HANGUL = re.compile(r"[\uac00-\ud7af]{3}")
_NAME_WORD = re.compile(r"['’ʼ‘`]?[^\W\d_][^\W\d_'’ʼ‘`.\-‐·\u0300-\u036f\u30fb\uff65]*"
                        r"(?:['’ʼ‘`.\-‐·\u0300-\u036f\u30fb\uff65]+[^\W\d_]*)*")  # fmt: skip
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,2}[^\W\d_]?\.?")
_QUOTED = re.compile(r"(?<!\S)[\"“”„«‘'(\[]([^\W\d_][\w'’.\- ]*)[\"”“»’')\]](?=[\s,]|$)")
_GLUED = re.compile(r"\.(?=[^\W\d_]{2})")
_PLAIN = re.compile(r"[A-ZÄÖÜ][a-zßà-öø-ÿ]{2,} [A-ZÄÖÜ][a-zßà-öø-ÿ]{2,}")
_SIGNED = re.compile(r"[\u1100-\uffff&/]|\(")
_VOWEL = re.compile("[AEIOUYÀ-ÖØ-ÝĀ-ŎŐŒŨ-ŴŶŸƠƯΑΕΗΙΟΥΩАЕЁИОУЫЭЮЯІЇЄ]")


def read_name(text: str) -> tuple[Name, ...]:
    """One Name for each person of "Dr. Anna Weber und Tom Lang"; empty where that is not sure.

    Titles go with the salutation, as they are written. A family is one Name with the word for
    it as its salutation. Empty for a firm, a bare word, a sign that no name has, and for what
    can be read in two ways.
    """
    if _PLAIN.fullmatch(text) and _table()["special"].isdisjoint(text.casefold().split()):
        first, _, last = text.partition(" ")
        return (Name(first_name=first, last_name=last),)
    text = _clean(text)
    if not text or is_company(text):
        return ()
    if family := _family(text):
        return (family,)
    words = _table()
    if any(_key(word) in words["no_person"] for word in text.split()):
        return ()
    people = _people(text)
    return tuple(people) if people and len(people) <= _MOST_PEOPLE else ()


def is_company(text: str) -> bool:
    """Whether the text names a firm: by its legal form, a word such as "Hotel", or "& Sons"."""
    words = _table()
    if ". " not in text and not _SIGNED.search(text):  # true of nearly all, hence asked first
        bare = text.casefold().replace(".", "").replace(",", " ")
        if words["firm"].isdisjoint(bare.split()):
            return False
    tokens = text.split()
    if any(sign in text for sign in words["firm_signs"]):
        return True
    if not tokens or (len(tokens) == 1 and "." not in text):
        return bool(tokens) and _key(tokens[0]) in words["firm_words"]
    keys = [_key(token) for token in tokens]
    if _has_legal_form(tokens, text.isupper()):
        return True
    if any(key in words["firm_words"] for key in keys) or keys[0] in words["firm_first"]:
        return True
    if len(keys) > 2 and any(key in words["firm_words_if_long"] for key in keys):
        return True
    joins = words["joins_any"]
    return any(one in joins and two in words["kin"] for one, two in pairwise(keys))


def is_family(text: str) -> bool:
    """Whether the text names a whole family: "The Okafor family", "Familie Weber"."""
    text = _clean(text)
    return bool(text) and not is_company(text) and _family(text) is not None


def smart_case(text: str, language: str = "") -> str:
    """A name in capitals, or all in small letters, as it is written in a sentence.

    Mixed case is never touched. Acronyms of firms stay ("IBM", "BMW AG"). A capital I is a
    dotless small one only where `language` is Turkish or Azerbaijani.
    """
    letters = [c for c in text if c.isalpha() and c != "ß"]
    is_upper = all(not c.islower() for c in letters)
    if not letters or not (is_upper or all(not c.isupper() for c in letters)):
        return text
    if not any(c.lower() != c.upper() for c in letters):
        return text
    tokens = re.split(r"([\s,]+)", text)
    plain = [token for token in tokens[::2] if token]
    is_firm = _has_legal_form(plain, True) or is_company(text)
    cased, before = [], ""
    for place, token in enumerate(tokens):
        if place % 2 or not token:
            cased.append(token)
            continue
        is_last = not any(tokens[place + 2 :: 2])
        cased.append(_case_word(token, before, language, is_firm, is_upper, is_last))
        before = _key(token)
    return "".join(cased)


# The words ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[str]]:
    """The lists of `names.toml`, and the forms of address of `greetings.toml` among them."""
    folder = resources.files("mailroom")
    raw = tomllib.loads(folder.joinpath("names.toml").read_text("utf-8"))
    spoken = tomllib.loads(folder.joinpath("greetings.toml").read_text("utf-8"))
    table = {name: frozenset(words) for name, words in raw.items()}
    forms = {w for words in spoken["forms"].values() for w in words if " " not in w}
    table["family"] |= set(spoken["forms"].get("family", ())) - {"the family"}
    table["salutations"] = frozenset(forms - table["family"] - table["couple"])
    table["titles"] |= {word for words in spoken["titles"].values() for word in words}
    table["short_forms"] = frozenset(f for f in table["legal_forms"] if len(f) < 3)
    table["short_upper"] = frozenset(f.upper() for f in table["short_forms"])
    table["long_forms"] = frozenset(f.casefold() for f in table["legal_forms"] if len(f) > 2)
    table["mac_upper"] = frozenset(word.upper() for word in table["mac"])
    table["degrees_folded"] = frozenset(word.casefold() for word in table["degrees"])
    table["degrees_upper"] = frozenset(word.upper() for word in table["degrees"])
    table["small_any"] = table["particles"] | table["particles_small"]
    table["joins_any"] = table["joins"] | table["weak_joins"]
    legal = {form.casefold() for form in table["legal_forms"]} | {"co"}
    table["firm"] = frozenset().union(legal, *(table[name] for name in _FIRM))
    table["special"] = frozenset().union(table["firm"], *(table[name] for name in _SPECIAL))
    return table


_FIRM = ("firm_words", "firm_words_if_long", "firm_first", "kin")
#: Lists of which no word stands in a name that is plainly first and last name.
_SPECIAL = (
    "titles", "titles_perhaps", "titles_behind", "salutations", "family", "couple", "joins_any",
    "generations", "degrees_folded", "small_any", "no_person", "family_first",
)  # fmt: skip


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, str]:
    """Capitals -> how a degree, a legal form, or a name in Mac is written."""
    words = _table()
    known = (*words["degrees"], *words["legal_forms"], *words["mac"])
    return {word.upper(): word for word in known if len(word) > 2 or word in words["short_forms"]}


def _key(word: str) -> str:
    return word.casefold().replace(".", "").strip(",:;")


def _bare(word: str) -> str:
    """Without accents and case."""
    parts = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _clean(text: str) -> str:
    """With single blanks; empty where no name looks like that."""
    text = " ".join(unicodedata.normalize("NFC", text).split()).strip(" ,;")
    if not text or len(text) > _LONGEST or not text.isprintable():
        return ""
    if any(c.isdigit() for c in text) or any(c in "@<>{}=|\\*#?!_%$€" for c in text):
        return ""
    return text if any(c.isalpha() for c in text) else ""


def _has_legal_form(tokens: Sequence[str], in_capitals: bool) -> bool:
    """Whether the last word is a legal form; one of two letters only as it is written."""
    if len(tokens) < 2:
        return False
    words = _table()
    spaced = "".join(takewhile(lambda t: len(t) <= 2, (t.rstrip(",") for t in tokens[:-4:-1])))
    ends = {tokens[-1].strip("(),").replace(".", "")}
    if len(tokens) > 2 and "." in spaced and "," not in "".join(tokens):
        ends.add("".join(t.replace(".", "") for t in tokens[-3:] if len(t) <= 2))
    if tokens[-1] in {"Co.", "CO."}:
        return True
    if any(end.casefold() in words["long_forms"] or end in words["short_forms"] for end in ends):
        return True
    return in_capitals and not ends.isdisjoint(words["short_upper"])


# Several people -----------------------------------------------------------------------------


def _family(text: str) -> Name | None:
    """As in "The Okafor family", as one Name; the word for it is its salutation."""
    words, tokens = _table(), text.split()
    if len(tokens) > 1 and tokens[0].casefold() == "the" and _key(tokens[-1]) == "family":
        tokens = tokens[1:]
    if len(tokens) < 2 or len(tokens) > 6:
        return None
    if _key(tokens[0]) in words["family"]:
        word, rest = tokens[0], tokens[1:]
    elif _key(tokens[-1]) in words["family"]:
        word, rest = tokens[-1], tokens[:-1]
    else:
        return None
    joins = words["joins_any"]
    if not all(_is_name_word(token) for token in rest) or any(_key(t) in joins for t in rest[1:]):
        return None
    small = words["small_any"]
    if len(rest) > 1 and not all(_key(token) in small for token in rest[:-1]):
        return None  # "Familie Anna Weber"
    return Name(salutation=word, last_name=" ".join(rest))


def _people(text: str) -> list[Name]:
    parts = _parted(text)
    if parts is None:
        return []
    if len(parts) == 1:
        tokens = parts[0].split()
        if len(tokens) > 1 and _key(tokens[0]) in _table()["couple"]:
            rest = " ".join(tokens[1:])
            if len(tokens) == 2 and _is_name_word(rest):
                return [Name(salutation=tokens[0], last_name=rest)]
            return []
        one = _person(parts[0])
        return [one] if one else []
    if _key(parts[0].split()[0]) in _table()["couple"]:
        parts[0] = parts[0].partition(" ")[2]
    return _several([part for part in parts if part])


def _parted(text: str) -> list[str] | None:
    """The text at its "and"s; None where a weak one ("y", "e", "i") may belong to a name."""
    words = _table()
    spaced = re.sub(r"\s*([&+/;])\s*", r" \1 ", text)
    parts: list[list[str]] = [[]]
    weak = 0
    for token in spaced.split():
        key = token.casefold()
        is_weak = key in words["weak_joins"] and token.islower()
        if key in words["joins"] - {"u"} or key in {"u.", "/", ";"} or is_weak:
            if is_weak:
                weak += 1
            elif key == "und" and parts[-1] and _key(parts[-1][-1]) == "von":
                parts[-1].append(token)  # von und zu
                continue
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts) or ("/" in spaced and any(map(_is_salutation_only, parts))):
        return None
    if not weak:
        return [" ".join(part) for part in parts]
    if weak > 1 or len(parts) > 2:
        return None
    return _weakly(text, parts)


def _weakly(text: str, parts: list[list[str]]) -> list[str] | None:
    """Because "Ana y Luis García" are two, "José Ortega y Gasset" is one, others may be either."""
    one, two = parts
    front = [part for part in parts if _is_salutation(part[0])]
    if len(front) == 2 or (len(one) == 1 and len(two) > 1):
        return [" ".join(one), " ".join(two)]
    if len(one) >= 2 and len(two) == 1 and not _is_salutation(one[-1]):
        return [text]
    return [text] if "," in text else None


def _is_salutation_only(tokens: Sequence[str]) -> bool:
    """For "Herr/Frau" leaves open which of the two."""
    return not _salutation_of(" ".join(tokens))[1]


def _is_salutation(token: str) -> bool:
    words = _table()
    key = _key(token)
    return (key in words["salutations"] or key in words["titles"]) and not _is_initial(token)


def _several(parts: list[str]) -> list[Name]:
    """Two or more people; who has no family name has that of the one behind, or in front."""
    if "," in parts[0] and not any("," in part for part in parts[1:]):
        head, _, rest = parts[0].partition(",")
        if len(head.split()) > 1 and all(len(p.split()) > 1 for p in (rest, *parts[1:])):
            return _each([*parts[0].split(","), *parts[1:]])
        if len(parts[-1].split()) > 1 and not _is_initial(parts[-1].split()[-1]):
            pieces = [*parts[0].split(","), *parts[1:]]
            return [] if len(parts[-1].split()) > 2 else _shared(pieces)
        if rest.strip() and all(_is_given(p) for p in (rest, *parts[1:])):
            last = _surname(head)
            return [_with(last, p) for p in (rest, *parts[1:])] if last else []
        return []
    if all("," in part for part in parts):
        return _each(parts)
    return [] if any("," in part for part in parts) else _shared(parts)


def _each(parts: Sequence[str]) -> list[Name]:
    found = [_person(part) for part in parts]
    return [one for one in found if one] if all(found) else []


def _shared(parts: Sequence[str]) -> list[Name]:
    """Those who have a first name only share the last one's: "Jerry and Beth Smith"."""
    french = any(_key(part.split()[0]) in {"mme", "mlle", "madame"} for part in parts if part)
    bare = [_salutation_of(part, french) for part in parts]
    last = _person(parts[-1].strip(), single_m=french)
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
        elif one := _person(part.strip(), single_m=french):
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
    one = replace(last, salutation=salutation)
    two = Name(salutation=last.salutation, last_name=last.last_name)
    return [one, two]


def _salutation_of(part: str, single_m: bool = False) -> tuple[str, list[str]]:
    """Salutation and titles in front, and the words that follow."""
    words, tokens, taken = _table(), part.split(), 0
    while taken < len(tokens):
        token, after = tokens[taken], tokens[taken + 1 :]
        key = _key(token)
        if (
            (key in words["salutations"] and (not _is_initial(token) or single_m))
            or (key in words["titles"] and not _is_initial(token))
            or (key in words["title_parts"] and (token.islower() or token[0] == "(") and taken)
            or (key in words["titles_perhaps"] and len(after) > 1)
            or (token in {"PD", "Priv.-Doz."} and after and _key(after[0]) in words["titles"])
        ):
            taken += 1
        else:
            break
    return " ".join(tokens[:taken]), tokens[taken:]


def _is_given(text: str) -> bool:
    """Whether these words are first names only: "Jerry", "Mary Ann", "John A.", "J. R."."""
    tokens = _salutation_of(text.strip())[1]
    if not tokens or not all(_is_name_word(token) for token in tokens):
        return False
    rest = tokens[1:]
    return all(_is_initial(t) or _bare(t) in _second_first() for t in rest) and len(rest) < 3


def _with(last: str, given: str) -> Name:
    salutation, tokens = _salutation_of(given.strip())
    first, middle = _given(tokens)
    return Name(salutation=salutation, first_name=first, middle_name=middle, last_name=last)


def _surname(text: str) -> str:
    tokens = text.split()
    small = _table()["small_any"]
    names = [t for t in tokens if _key(t) not in small]
    return text.strip() if len(names) in {1, 2} and all(map(_is_name_word, tokens)) else ""


# One person ---------------------------------------------------------------------------------


def _person(text: str, single_m: bool = False) -> Name | None:
    text, nickname = _nickname(text)
    chunks = [chunk.split() for chunk in text.split(",") if chunk.strip()]
    if not chunks:
        return None
    suffixes, titles, names = [], [], [chunks[0]]
    for chunk in chunks[1:]:
        if all(_is_suffix(token, True) for token in chunk):
            suffixes.append(" ".join(chunk))
        elif not _salutation_of(" ".join(chunk))[1]:
            titles += chunk
        else:
            names.append(chunk)
    in_capitals = text.isupper()
    for chunk in names:
        while len(chunk) > 1 and _is_suffix(chunk[-1], len(names) > 1 and not in_capitals):
            if len(chunk) == 2 and len(names) == 1:
                break
            suffixes.insert(0, chunk.pop())
    names = [_unglued(chunk) for chunk in names]
    if len(names) == 1:
        found = _in_order(names[0], single_m)
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
    if not match or match[1].upper() in _table()["degrees"]:
        return text, ""
    if match[0][0] in "([" and (not text[match.end() :].strip() or not text[: match.start()]):
        return text, ""  # behind a name it may be a maiden name or a firm
    return " ".join((text[: match.start()] + text[match.end() :]).split()), match[1]


def _unglued(tokens: Sequence[str]) -> list[str]:
    """The words of "Prof.Dr.Hans"."""
    found: list[str] = []
    for token in tokens:
        is_whole = token.replace(".", "") in _table()["degrees"] or _is_salutation(token)
        found += [token] if is_whole else _GLUED.sub(". ", token).split()
    return found


def _is_suffix(token: str, after_comma: bool) -> bool:
    """A generation, or a degree; those of two letters in capitals among capitals after a comma."""
    words = _table()
    if _key(token) in words["generations"] and not _is_initial(token):
        return True
    plain = token.strip("(),").replace(".", "")
    if plain in words["degrees"]:
        return len(plain) > 2 or after_comma or "." in token
    return plain.isupper() and any(plain == d.upper() for d in words["degrees"] if len(d) > 2)


def _in_order(tokens: list[str], single_m: bool) -> Name | None:
    """A person without a comma."""
    words = _table()
    salutation, rest = _salutation_of(" ".join(tokens), single_m)
    if salutation and len(rest) == 1:
        perhaps = _key(salutation.split()[0]) in words["titles_perhaps"]
        ok = _is_name_word(rest[0]) and not perhaps and not _is_initial(rest[0])
        return Name(salutation=salutation, last_name=rest[0]) if ok else None
    if not rest or not _are_name_words([t for t in rest if not _is_salutation(t)]):
        return None
    if any(_ASIAN.search(token) for token in rest):
        return _asian(salutation, rest)
    if len(rest) == 3 and _key(rest[-1]) in words["titles_behind"] and not salutation:
        found = _reversed(rest[:1], rest[1:2])
        return replace(found, salutation=rest[-1]) if found else None
    inner = next((i for i, t in enumerate(rest) if i and _is_salutation(t)), 0)
    if inner and not salutation:  # Müller Prof. Dr. Hans
        titles, given = _salutation_of(" ".join(rest[inner:]))
        found = _reversed(rest[:inner], given) if given else None
        return replace(found, salutation=titles) if found else None
    if inner or len(rest) < 2:
        return None
    if len(rest[0]) == 2 and rest[0].isupper() and _VOWEL.search(rest[0]) and not rest[1].isupper():
        return None  # LI Wei, or AJ Weber
    parts = _marked(rest) or _family_first(rest) or _western(rest)
    if not parts:
        return None
    first, middle, last = parts
    return Name(salutation=salutation, first_name=first, middle_name=middle, last_name=last)


def _reversed(last: list[str], given: list[str]) -> Name | None:
    """The parts of "Last, First Middle"; particles sorted behind go back in front."""
    salutation, surname = _salutation_of(" ".join(last))
    titles, given = _salutation_of(" ".join(given))
    small = _table()["small_any"]
    behind: list[str] = []
    while len(given) > 1 and _key(given[-1]) in small and given[-1].islower():
        behind.insert(0, given.pop())
    surname = [*behind, *surname]
    if not given or not _are_name_words([*surname, *given]):
        return None
    if not _surname(" ".join(surname)) or len(given) > 4:
        return None
    first, middle = _given(given)
    salutation = " ".join(filter(None, (salutation, titles)))
    return Name(
        salutation=salutation, first_name=first, middle_name=middle, last_name=" ".join(surname)
    )


Parts = tuple[str, str, str]  #: first, middle and last name


def _given(tokens: Sequence[str]) -> tuple[str, str]:
    """First names of "Mary Ann", "J. R. R.", "J. Edgar", "Mary A."; the rest are middle names."""
    cut = 1
    while cut < len(tokens) and (
        (_is_initial(tokens[0]) and (_is_initial(tokens[cut]) or _is_initial(tokens[cut - 1])))
        or (cut == 1 and _bare(tokens[cut]) in _second_first())
        or _key(tokens[cut - 1]) in {"abd", "abdul", "abdel"}
    ):
        cut += 1
    return " ".join(tokens[:cut]), " ".join(tokens[cut:])


def _marked(tokens: Sequence[str]) -> Parts | None:
    """Capitals that mark the family name: "NAGY Péter", "Jean DUPONT"."""
    loud = [len(t) > 2 and t.isupper() and not _is_initial(t) for t in tokens]
    if "".join(tokens).isupper() or not any(loud):
        return None
    small = _table()["particles"]
    marks = [is_loud or _key(t) in small for t, is_loud in zip(tokens, loud, strict=True)]
    count = sum(takewhile(bool, marks))
    if loud[0] and not any(loud[count:]):
        last, given = tokens[:count], tokens[count:]
    else:
        count = sum(takewhile(bool, reversed(marks)))
        last, given = tokens[len(tokens) - count :], tokens[: len(tokens) - count]
        if not count or any(loud[: len(tokens) - count]):
            return None
    first, middle = _given(given)
    return first, middle, smart_case(" ".join(last).upper())


def _family_first(tokens: Sequence[str]) -> Parts | None:
    """Vietnamese and Japanese names that begin with a family name which is no first name."""
    known = _table()["family_first"]
    if tokens[0].casefold() not in known or tokens[-1].casefold() in known or len(tokens) > 4:
        return None
    return tokens[-1], " ".join(tokens[1:-1]), tokens[0]


def _western(tokens: Sequence[str]) -> Parts | None:
    """First, middle and last names; two surnames where both are known to be some."""
    if len(tokens) > 2 and not _is_initial(tokens[0]) and all(map(_is_initial, tokens[1:])):
        return " ".join(tokens[1:]), "", tokens[0]  # Smith J. A.
    if _is_initial(tokens[-1]) or (all(t.islower() for t in tokens) and len(tokens) > 2):
        return None
    cut = next((i for i in range(1, len(tokens) - 1) if _is_particle(tokens[i])), 0)
    if cut:
        if (
            cut > 1
            and _is_iberian(tokens[cut - 1])
            and _bare(tokens[cut - 1]) not in _second_first()
        ):
            cut -= 1
        if len(tokens) - cut > 6 or cut > 4:
            return None
    elif len(tokens) > 2 and _is_iberian(tokens[-1]):
        cut = _two_surnames(tokens)
        if not cut:
            return None
    else:
        cut = len(tokens) - 1
        if cut > _MOST_WORDS - 2:
            return None
    first, middle = _given(tokens[:cut])
    return first, middle, " ".join(tokens[cut:])


def _two_surnames(tokens: Sequence[str]) -> int:
    """Where the surnames begin in "María José García López"; 0 where that is not certain."""
    before = tokens[-2]
    if _is_initial(before):
        return len(tokens) - 1
    if _bare(before) in _second_first():
        return len(tokens) - 1
    if _is_iberian(before) or len(tokens) == 4:
        return len(tokens) - 2 if len(tokens) < 5 else 0
    return 0


def _asian(salutation: str, tokens: list[str]) -> Name | None:
    """Family name first, with or without a blank; an honorific behind goes in front."""
    words = _table()
    for honorific in sorted(words["honorifics"], key=len, reverse=True):
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
    for surname in (whole[:3], whole[:2]):
        if surname in words["japanese_surnames"] and 0 < len(whole) - len(surname) <= 3:
            first = whole.removeprefix(surname)
            return Name(salutation=salutation, first_name=first, last_name=surname)
    return Name(salutation=salutation, last_name=whole) if len(whole) < 8 else None


# Words of a name ----------------------------------------------------------------------------


def _is_name_word(token: str) -> bool:
    """Letters, with hyphens, dots and apostrophes."""
    return bool(_NAME_WORD.fullmatch(token))


def _are_name_words(tokens: Sequence[str]) -> bool:
    """Whether nothing but particles is written small, or everything is."""
    if not all(map(_is_name_word, tokens)):
        return False
    small = [t for t in tokens if t.islower() and not _ASIAN.search(t)]
    return len(small) == len(tokens) or all(map(_is_particle, small))


def _is_initial(token: str) -> bool:
    """Such as "J.", "J", "J.R.", "J.-P."; no longer word."""
    plain = token.replace(".", "").replace("-", "")
    if len(plain) == 1:
        return token[0].isalpha() and not _ASIAN.match(token)
    return "." in token[:-1] and bool(_INITIALS.fullmatch(token)) and plain.isupper()


def _is_particle(token: str) -> bool:
    words, key = _table(), _key(token)
    return key in words["particles"] or (key in words["particles_small"] and token.islower())


def _is_iberian(token: str) -> bool:
    bare = _bare(token)
    return bare in _table()["iberian_surnames"] or (len(bare) > 4 and bare.endswith("ez"))


@lru_cache(maxsize=1)
def _second_first() -> frozenset[str]:
    return frozenset(_bare(word) for word in _table()["second_first_names"])


# Case ---------------------------------------------------------------------------------------


def _case_word(
    token: str, before: str, language: str, is_firm: bool, is_upper: bool, is_last: bool
) -> str:
    """One word of a name; `before` is the key of the word in front of it."""
    words, key = _table(), _key(token)
    upper = token.upper() if "ß" not in token else token
    core = upper.strip(".,()")
    if core in _spellings() and (len(core) > 2 or (is_firm and is_last)) and before:
        return token.replace(token.strip(".,()"), _spellings()[core])
    if key == "y" and "." not in token and before and not is_last:
        return token.lower()  # Ortega y Gasset
    if is_upper and (_stays(core, key, is_firm) or _is_initial(token)):
        return token
    if key in {"ii", "iii", "iv"} and before:
        return upper
    if core in words["mac_upper"]:
        return token.replace(token.strip(".,()"), _spellings()[core])
    if not is_last and (
        key in words["small"] or (key in words["small_after"] and before in words["small"])
    ):
        return _lower(token, language)
    parts = re.split(r"([-‐'’ʼ‘/.&])", token)
    return "".join(_case_part(parts, i, before, language) for i in range(len(parts)))


def _stays(core: str, key: str, is_firm: bool) -> bool:
    """Letters that are spoken one by one."""
    words = _table()
    if core in words["acronyms"] or "&" in core[1:-1]:
        return True
    if key in words["no_vowel_names"] or not core.isalpha() or not core.isascii():
        return False
    if is_firm and len(core) < 4 and core not in _spellings() and key not in words["firm_words"]:
        return key not in words["joins"] and key not in words["small"]
    known = core in words["degrees_upper"]
    return not _VOWEL.search(core) and not known and 1 < len(core) < 6


def _case_part(parts: Sequence[str], place: int, before: str, language: str) -> str:
    part = parts[place]
    if not part or place % 2:
        return part
    sign = parts[place - 1] if place else ""
    behind = parts[place + 1] if place + 1 < len(parts) else ""
    low = _lower(part, language)
    if part.startswith("İ"):
        return "İ" + low[1:]
    if sign in {"'", "’", "ʼ", "‘"} and len(part) < 2:
        return low  # Mary's, ’t Hooft
    if behind in {"-", "‐"} and low in {"al", "el", "ad", "ar", "as", "ash", "an"} and before:
        return low
    if sign in {"-", "‐"} and low in {
        "de",
        "du",
        "des",
        "la",
        "le",
        "sur",
        "en",
        "von",
        "van",
        "der",
    }:
        return low if behind else _title(low, language)
    if low.startswith("mc") and len(low) > 3:
        return "Mc" + _title(low[2:], language)
    if low.startswith("ij"):
        return "IJ" + low[2:]
    return _title(low, language)


def _lower(text: str, language: str) -> str:
    text = text.replace("İ", "i")
    if language in {"tr", "az"}:
        text = text.replace("I", "ı")
    return text.lower()


def _title(low: str, language: str) -> str:
    if language in {"tr", "az"} and low.startswith("i"):
        return "İ" + low[1:]
    return low[:1].title() + low[1:]

"""The lists of `names.toml`, and what a single word of a name is."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources

ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: Letters and what may stand among them: accents, vowels of Indian and Thai scripts, signs.
_AMONG = (
    r"'’ʼ‘`.\-‐·\u0300-\u036f\u05b0-\u05c7\u064b-\u065f"
    r"\u0900-\u0eff\u1000-\u109f\u1780-\u17d3\u30fb"
)
_NAME_WORD = re.compile(rf"['’ʼ‘`]?[^\W\d_](?:[^\W\d_]|[{_AMONG}])*")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,2}[^\W\d_]?\.?")
VOWEL = re.compile("[AEIOUYÀ-ÖØ-ÝĀ-ŎŐŒŨ-ŴŶŸƠƯΑΕΗΙΟΥΩАЕЁИОУЫЭЮЯІЇЄ]")
_NAMES_TOO = frozenset({"ASA", "SAS", "SCI", "SIA"})  # legal forms of three letters
_FIRM = ("firm_words", "firm_words_if_long", "firm_first", "kin")
#: Lists of which no word stands in a name that is plainly first and last name.
_SPECIAL = (
    "titles", "titles_perhaps", "titles_behind", "salutations", "family", "couple", "joins_any",
    "generations", "degrees_folded", "small_any", "no_person", "family_first", "chinese",
    "never_last", "iberian_surnames",
)  # fmt: skip


@lru_cache(maxsize=1)
def lists() -> Mapping[str, frozenset[str]]:
    """The lists of `names.toml`, and the forms of address of `greetings.toml` among them."""
    folder = resources.files("mailroom")
    raw = tomllib.loads(folder.joinpath("names.toml").read_text("utf-8"))
    spoken = tomllib.loads(folder.joinpath("greetings.toml").read_text("utf-8"))
    table = {name: frozenset(words) for name, words in raw.items()}
    forms = {w for words in spoken["forms"].values() for w in words if " " not in w}
    table["family"] |= set(spoken["forms"].get("family", ())) - {"the family"}
    table["salutations"] = frozenset(forms - table["family"] - table["couple"])
    table["title_parts"] = frozenset(spoken["title_parts"]["words"])
    titles = {word for words in spoken["titles"].values() for word in words}
    table["titles"] = frozenset(titles - table["titles_perhaps"])
    table["title_pairs"] = frozenset(spoken["title_parts"]["pairs"])
    couples = {*spoken["forms"]["couple"], *spoken["forms"]["family"]}
    said = {w for words in spoken["forms"].values() for w in words if w.count(" ") == 1}
    table["of_two"] = frozenset(said - couples) | set(spoken["titles_of_two"]["words"])
    table["openings"] = frozenset(spoken["openings"]["words"])
    short = {form for form in table["legal_forms"] if len(form) < 3 or form in _NAMES_TOO}
    table["short_forms"] = frozenset(short)
    table["short_upper"] = frozenset(f.upper() for f in table["short_forms"])
    table["long_forms"] = frozenset(form.casefold() for form in table["legal_forms"] - short)
    table["mac_upper"] = frozenset(word.upper() for word in table["mac"])
    table["degrees_folded"] = frozenset(word.casefold() for word in table["degrees"])
    table["degrees_upper"] = frozenset(word.upper() for word in table["degrees"])
    table["small_any"] = table["particles"] | table["particles_small"]
    table["joins_any"] = table["joins"] | table["weak_joins"]
    legal = {form.casefold() for form in table["legal_forms"]} | {"co"}
    table["firm"] = frozenset().union(legal, *(table[name] for name in _FIRM))
    table["special"] = frozenset().union(table["firm"], *(table[name] for name in _SPECIAL))
    return table


@lru_cache(maxsize=1)
def spellings() -> Mapping[str, str]:
    """Capitals -> how a degree, a legal form, or a name in Mac is written."""
    words = lists()
    known = (*words["degrees"], *words["legal_forms"], *words["mac"])
    return {word.upper(): word for word in known if len(word) > 2 or word in words["short_forms"]}


@lru_cache(maxsize=1 << 13)
def folded(word: str) -> str:
    """As the lists have it: without case and dots."""
    return word.casefold().replace(".", "").strip(",:;")


def unaccented(word: str) -> str:
    """Without accents and case."""
    parts = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def is_salutation_only(tokens: Sequence[str]) -> bool:
    """For "Herr/Frau" leaves open which of the two."""
    return not salutation_of(" ".join(tokens))[1]


def is_salutation(token: str) -> bool:
    """A form of address or a title, and no initial."""
    words = lists()
    key = folded(token)
    if key in words["salutations_perhaps"] and "." not in token:
        return False
    return (key in words["salutations"] or key in words["titles"]) and not is_initial(token)


def salutation_of(part: str, letters: str = "") -> tuple[str, list[str]]:
    """Salutation and titles in front, and the words that follow.

    `letters`: those that are a form of address too: "m" of Monsieur, "d" of Don.
    """
    words, tokens, taken = lists(), part.split(), 0
    while taken < len(tokens):
        token, after = tokens[taken], tokens[taken + 1 :]
        key = folded(token)
        pair = f"{key} {folded(after[0])}" if len(after) > 1 else ""
        if pair and (pair in words["of_two"] or (taken and pair in words["title_pairs"])):
            taken += 2
        elif (
            is_salutation(token)
            or (len(key) == 1 and key in letters)
            or (key == "d" and taken and folded(tokens[taken - 1]) == "sr")
            or (key in words["salutations_perhaps"] and len(after) > 1 and is_iberian(after[-1]))
            or (key in words["title_parts"] and (token.islower() or token[0] == "(") and taken)
            or (key in words["titles_perhaps"] and (len(after) > 1 or (after and is_short(token))))
            or (key in words["openings"] and after and is_salutation(after[0]))
            or (token in {"PD", "Priv.-Doz."} and after and folded(after[0]) in words["titles"])
        ):
            taken += 1
        else:
            break
    return " ".join(tokens[:taken]), tokens[taken:]


def is_short(token: str) -> bool:
    """Whether it is written as a short form: "Maj."."""
    return len(token) > 2 and token.endswith(".")


def is_name_word(token: str) -> bool:
    """Letters, with hyphens, dots and apostrophes."""
    return bool(_NAME_WORD.fullmatch(token))


def are_name_words(tokens: Sequence[str]) -> bool:
    """Whether nothing but particles is written small, or everything is."""
    if not all(map(is_name_word, tokens)):
        return False
    small = [t for t in tokens if t.islower() and not ASIAN.search(t)]
    return len(small) == len(tokens) or all(map(is_particle, small))


def is_initial(token: str) -> bool:
    """Such as "J.", "J", "J.R.", "J.-P."; no longer word."""
    plain = token.replace(".", "").replace("-", "")
    if len(plain) == 1:
        return token[0].isalpha() and not ASIAN.match(token)
    return "." in token[:-1] and bool(_INITIALS.fullmatch(token)) and plain.isupper()


def is_particle(token: str) -> bool:
    """Of a surname: "van", "de"; those that are names as well only in small letters."""
    words, key = lists(), folded(token)
    return key in words["particles"] or (key in words["particles_small"] and token.islower())


def is_iberian(token: str) -> bool:
    """A surname of Spain, Portugal or Latin America."""
    bare = unaccented(token)
    return bare in lists()["iberian_surnames"] or (len(bare) > 4 and bare.endswith("ez"))


@lru_cache(maxsize=1)
def second_first() -> frozenset[str]:
    """First names that are one with the word before, without accents."""
    return frozenset(unaccented(word) for word in lists()["second_first_names"])

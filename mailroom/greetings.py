"""The words of greetings: the shipped tables, and a workspace's own laid over them.

A table is plain data: `[forms]` and `[titles]` say what a Salutation column may hold,
`[languages.de]` how German greets. `docs/greetings.md` is the manual.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError

FILE = "greetings.toml"
UNCLEAR = "unclear"  #: in a language's [forms]: words that mean two things there
Tables = Mapping[str, Any]

SLOT = re.compile(r"\{(\w*)(\??)\}")
#: What a pattern may ask for; `LABELS` says where it comes from.
LABELS = {
    "form": "Salutation", "title": "Title", "titles": "Title", "first": "First name",
    "last": "Last name", "Last": "Last name", "initials": "Initials", "suffix": "Suffix",
    "full": "First name + Last name", "name": "Name", "company": "Company",
    "names": "Names", "firsts": "First names",
}  # fmt: skip
_OF_SEVERAL = ("names", "firsts")
_PATTERNS = ("formal", "informal", "envelope")
_NEEDED = {"formal": ("names", "nobody"), "informal": (), "envelope": ("name", "company")}
_TEXTS = ("and", "joint", "opening", "second", "end", "tone", "unnamed")
_WORDS = ("forms", "genders", "and_before", "titles", "titles_mr", "titles_ms")
_FLAGS = ("small_titles", "capital_second")
_LISTS = ("order", "envelope_order", "undotted")
_KINDS: dict[str, type] = {
    **dict.fromkeys(_TEXTS, str), **dict.fromkeys(_WORDS, dict), **dict.fromkeys(_FLAGS, bool),
    **dict.fromkeys(_LISTS, list), **dict.fromkeys(_PATTERNS, dict), "in": dict,
}  # fmt: skip
_SAID = {str: "a text", dict: "a table", bool: "true or false", list: "a list of texts"}


@lru_cache(maxsize=1)
def shipped() -> Tables:
    """The tables that come with the package."""
    text = resources.files("mailroom").joinpath(FILE).read_text("utf-8")
    return _indexed(tomllib.loads(text))


def load_greetings(folder: Path) -> Tables:
    """The tables of a workspace: `greetings.toml` in its folder over what is shipped."""
    path = folder / FILE
    if not path.is_file():
        return shipped()
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"not readable: {error.strerror}", where=FILE) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "it is TOML: texts stand in quotes, lists in [ ]"
        raise ConfigError(f"not readable: {error}", where=FILE, hint=hint) from None
    return own_tables(own)


def own_tables(own: Mapping[str, Any], where: str = FILE) -> Tables:
    """The shipped tables with a workspace's own over them.

    Words of `[forms]` and `[titles]` are added, everything else takes the place of what is
    shipped. ConfigError names the file and the key that is wrong.
    """
    _check_top(own, where)
    tables: dict[str, Any] = dict(shipped())
    for kind in ("forms", "titles"):
        tables[kind] = dict(tables[kind])
        for name, words in own.get(kind, {}).items():
            tables[kind][name] = [*words, *tables[kind].get(name, [])]
    tables["languages"] = laid_over(tables["languages"], own.get("languages", {}))
    for language in own.get("languages", {}):
        _check_language(tables["languages"][language], f"languages.{language}", where)
    return _indexed(tables)


def is_child(salutation: str) -> bool:
    """Whether a Salutation column says that somebody is a child: "Kind", "Enfant"."""
    return salutation.casefold().strip(" .") in shipped()["forms"]["child"]


def _indexed(tables: Mapping[str, Any]) -> Tables:
    """With what a word means, to be looked up at once: `form_of`, `gender_of`, `title_of`."""
    return {
        **tables,
        "form_of": by_word(tables["forms"]),
        "gender_of": by_word(tables["genders"]),
        "title_of": by_word(tables["titles"]),
    }


def by_word(lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Word -> what it means; nothing for the words that are unclear."""
    return {
        word: "" if meaning == UNCLEAR else meaning
        for meaning, words in lists.items()
        for word in words
    }


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another, key by key, down to the texts."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            value = laid_over(old, value)
        merged[key] = value
    return merged


# What is wrong with a table -----------------------------------------------------------------


def _check_top(own: Mapping[str, Any], where: str) -> None:
    for key, value in own.items():
        if key not in {"forms", "titles", "languages"}:
            _refuse(key, "is not known", "tables are [forms], [titles] and [languages.CODE]", where)
        if not isinstance(value, dict):
            _refuse(key, "must be a table", f"write [{key}]", where)
    for kind in ("forms", "titles"):
        _check_lists(own.get(kind, {}), kind, shipped()[kind], where)
    for code, words in own.get("languages", {}).items():
        if not re.fullmatch("[a-z]{2,3}", code) or not isinstance(words, dict):
            _refuse(f"languages.{code}", "is no language", "write its code: [languages.pt]", where)


def _check_lists(lists: Mapping[str, Any], at: str, known: Iterable[str], where: str) -> None:
    for name, words in lists.items():
        if name not in known:
            _refuse(f"{at}.{name}", "is not known", f"there are: {', '.join(known)}", where)
        if not _is_texts(words) or any(w != w.casefold() or "." in w for w in words):
            hint = 'write a list of words in small letters without dots, such as ["senhor"]'
            _refuse(f"{at}.{name}", "is not a list of such words", hint, where)


def _check_language(words: Mapping[str, Any], at: str, where: str) -> None:
    _check_kinds(words, at, where)
    for key in ("end", "order", *_PATTERNS):
        if key not in words:
            hint = "a new language needs it: copy [languages.en]"
            _refuse(f"{at}.{key}", "is missing", hint, where)
    if not (words.get("and") or words.get("joint")):
        _refuse(f"{at}.and", "is missing", 'the word between two names: and = "e"', where)
    for kind, needed in _NEEDED.items():
        for key in needed:
            if key not in words[kind]:
                _refuse(f"{at}.{kind}.{key}", "is missing", "copy it from [languages.en]", where)
        for key, pattern in words[kind].items():
            _check_pattern(f"{at}.{kind}.{key}", key, pattern, where)
    _check_order(words, at, where)
    for country, over in words.get("in", {}).items():
        if not re.fullmatch("[A-Z]{2}", country) or not isinstance(over, dict):
            hint = "write its code: [languages.de.in.AT]"
            _refuse(f"{at}.in.{country}", "is no country", hint, where)
        there = {**laid_over(words, over), "in": {}}
        _check_language(there, f"{at}.in.{country}", where)


def _check_order(words: Mapping[str, Any], at: str, where: str) -> None:
    """Something can be said of everybody: the last pattern tried needs no name."""
    for key in (*words["order"], *words.get("envelope_order", ())):
        if key not in _keys() | {"form"}:
            _refuse(
                f"{at}.order", f"names {key!r}", f"there are: {', '.join(sorted(_keys()))}", where
            )
    if words["order"][-1:] != ["nobody"]:
        hint = "it is what is said when no other pattern can be filled"
        _refuse(f"{at}.order", "must end with nobody", hint, where)
    for tone in ("formal", "informal"):
        for pattern in _alternatives(words[tone].get("nobody", words["formal"]["nobody"])):
            if SLOT.search(pattern) or not any(c.isalpha() for c in pattern):
                hint = "it is said where no name is known: write words without a field"
                _refuse(f"{at}.{tone}.nobody", "must need no name", hint, where)


def _check_kinds(words: Mapping[str, Any], at: str, where: str) -> None:
    for key, value in words.items():
        kind = _KINDS.get(key)
        if kind is None:
            _refuse(f"{at}.{key}", "is not known", f"there are: {', '.join(_KINDS)}", where)
        elif not isinstance(value, kind) or (kind is list and not _is_texts(value)):
            _refuse(f"{at}.{key}", f"must be {_SAID[kind]}", "compare [languages.en]", where)
        elif key in ("forms", "genders"):
            known = (*shipped()["forms"], UNCLEAR)
            _check_lists(words[key], f"{at}.{key}", known, where)
        elif key in _WORDS and not _is_texts([*words[key].values()]):
            _refuse(f"{at}.{key}", "must hold texts", "compare [languages.es]", where)
    if words.get("tone", "formal") not in ("formal", "informal"):
        _refuse(f"{at}.tone", "is `formal` or `informal`", "", where)


@lru_cache(maxsize=1)
def _keys() -> frozenset[str]:
    """What a pattern may be called."""
    forms = shipped()["forms"]
    several = {"names", "each", "several", "several_mr", "several_ms"}
    own = {f"title_{title}" for title in shipped()["titles"]}
    one = {"title", "full", "first", "last", "name", "company", "nobody", "call"}
    return frozenset({*forms, *(f"{form}_title" for form in forms), *own, *several, *one})


def _check_pattern(at: str, key: str, pattern: Any, where: str) -> None:
    if key not in _keys():
        _refuse(at, "is not known", f"there are: {', '.join(sorted(_keys()))}", where)
    alternatives = _alternatives(pattern)
    if not alternatives or not _is_texts(alternatives):
        _refuse(at, "must be a text, or a list of texts", 'such as "Dear {full}"', where)
    for text in alternatives:
        for slot, _ in SLOT.findall(text):
            if slot not in LABELS or slot == "form":
                fields = ", ".join(f"{{{name}}}" for name in LABELS if name != "form")
                _refuse(at, f"asks for {{{slot}}}", f"there are: {fields}", where)
            if (slot in _OF_SEVERAL) is not (key == "names"):
                hint = (
                    "{names} and {firsts} are of several people: the pattern `names` has no others"
                )
                _refuse(at, f"cannot have {{{slot}}}", hint, where)
        if re.search("[{}]", SLOT.sub("", text)):
            _refuse(at, f"has a brace too many: {text!r}", "write a field as {last}", where)
        if not text.strip(" ~"):
            _refuse(at, "is empty", "write some words, or leave the line out", where)


def _alternatives(pattern: Any) -> list[Any]:
    return pattern if isinstance(pattern, list) else [pattern]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _refuse(key: str, message: str, hint: str, where: str) -> None:
    raise ConfigError(f"{key} {message}", where=where, hint=hint)

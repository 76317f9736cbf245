"""Words that must not be printed: bereavement, insults, the office's own remarks, test people.

The words are data (`content.toml`), whole words only, so that Killian, Dickson and Scunthorpe
are left in peace. Here too is what no name has, whatever the words: an e-mail or web address, a
telephone number, marks of a form letter, letters of a wrong encoding.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from mailroom.errors import ConfigError
from mailroom.intake.flags import OF_DEATH
from mailroom.model import digest

NAME, COMPANY, ADDRESS, NOTE = "name", "company", "address", "note"

DEAD = "deceased-in-name"  #: the rule by which a name says that somebody has died

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: The same, and the signs that make a second look worth while.
_SIGNS = "{<&|%$[("
_WORD_OR_SIGN = re.compile(f"{_WORD.pattern}|[{re.escape(_SIGNS)}]")
_NO_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
#: UTF-8 read as cp1252 ("JosÃ©", "Oâ€™Neill"), and letters that an encoding did not have.
_GARBLED = re.compile(
    "[ÃÂ][\u0080-\u00bf\u2018-\u203a\u0152-\u0178€™]|â€|\ufffd|[^\\W\\d]\\?[^\\W\\d]|^\\?[^\\W\\d]"
)
_GARBLED_TEXT = re.compile("[ÃÂ][\u0080-\u00bf\u2018-\u203a\u0152-\u0178€™]|â€|\ufffd")
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|<<|>>|«\w+»|\*\|\w+\|\*|%%\w+%%|\$\{|\[\[|\]\]|\[(?:first|last) ?name\]",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<\s*/?\s*[a-z!][^>]*>|&(?:amp|nbsp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);", re.IGNORECASE
)
_NO_LETTER = re.compile(r"[{}<>=|\\\[\]/]|\.\.|::")
_PHONE = re.compile(r"(?:\+|\b00|\(?\b0|\b)[\d(][\d ()./-]{5,}\d")
_WEB = re.compile(
    r"https?:|\bwww\.|[a-z0-9-]\.(?:com|net|org|info|biz|io|de|at|ch|fr|it|es|nl|pl|se|eu"
    r"|co\.uk|com\.au)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]"
)
_FIX_CRM = "write it as it is to be printed into the CRM"


class Hit(NamedTuple):
    """What was found in a text; `holds`: the piece waits."""

    rule: str
    holds: bool
    message: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A section of words."""

    name: str
    title: str
    where: frozenset[str]
    holds: bool
    whole: bool
    alone: bool


class Content:
    """The words that are looked for, made ready once."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        """`table` is what `content.toml` holds."""
        self.digest = digest(table)  #: tells one set of words from another
        self._first: dict[str, list[tuple[tuple[str, ...], Rule]]] = {}
        self._whole: dict[str, Rule] = {}
        self._signs: list[tuple[str, Rule]] = []
        for name, section in table.items():
            if name != "innocent":
                self._add(name, section)
        innocent = [_words(text) for text in table.get("innocent", {}).get("words", ())]
        self._innocent = tuple(phrase for phrase in innocent if phrase)
        self._known = frozenset((*self._first, *_SIGNS))
        self._ends = frozenset(phrase.rpartition(" ")[2] for phrase in self._whole)
        self.name_hits = lru_cache(maxsize=1 << 16)(self._name_hits)

    def _add(self, name: str, section: Mapping[str, Any]) -> None:
        rule = _rule_of(name, section)
        for text in _listed(section):
            words = _words(text)
            if not words:
                continue
            if rule.whole:
                self._whole.setdefault(" ".join(words), rule)
            elif text[0] == "(" or _NO_BLANKS.search(text):
                self._signs.append((text, rule))
            else:
                self._first.setdefault(words[0], []).append((words, rule))

    def hits(self, kind: str, text: str) -> tuple[Hit, ...]:
        """What must not be printed in a company, an address or a note."""
        found = _WORD_OR_SIGN.findall(text.casefold())
        if text.isascii() and self._known.isdisjoint(found):
            return ()
        return (*self._word_hits(kind, text), *_sign_hits(text))

    def _name_hits(self, text: str) -> tuple[Hit, ...]:
        """What must not be printed in a part of a name; kept, since names come again."""
        if "@" in text:
            hint = "write the person's name into the CRM"
            message = f"the name is an e-mail address: {text}"
            return (Hit("email-as-name", True, message, hint),)
        if "{" not in text and "*|" not in text:
            rule = self._whole.get(" ".join(_words(text)))
            if rule and not rule.alone:
                return (self._whole_hit(rule, text),)
        if match := OF_DEATH.search(text):
            message = f"{match[0].strip()!r} stands in the name"
            return (Hit(DEAD, False, message, "set the deceased flag in the CRM"),)
        return (*_signs_in_name(text), *self._word_hits(NAME, text))

    def is_ordinary(self, text: str) -> bool:
        """Whether a part of a name hides nothing, whatever the other part is."""
        return text.casefold() not in self._ends and not self.name_hits(text)

    def full_name_hits(self, first: str, last: str) -> tuple[Hit, ...]:
        """What is only told by the name as a whole: "John Doe", "Main Account", "Billing"."""
        whole = f"{first} {last}".strip()
        rule = self._whole.get(" ".join(_words(whole)))
        return (self._whole_hit(rule, whole),) if rule and "{" not in whole else ()

    def _whole_hit(self, rule: Rule, text: str) -> Hit:
        hint = "write the person's name into the CRM"
        return Hit(rule.name, rule.holds, f"{text!r} {rule.title}", hint)

    def _word_hits(self, kind: str, text: str) -> Iterator[Hit]:
        words = _words(text)
        folded = text.casefold() if "(" in text or not text.isascii() else ""
        for sign, rule in self._signs if folded else ():
            if sign in folded and kind in rule.where:
                yield _hit(rule, sign, text)
        if self._known.isdisjoint(words):
            return
        for phrase in self._innocent:
            words = _without(words, phrase)
        seen = set()
        for place, word in enumerate(words):
            for phrase, rule in self._first.get(word, ()):
                there = words[place : place + len(phrase)] == phrase
                if there and kind in rule.where and rule.name not in seen:
                    seen.add(rule.name)
                    yield _hit(rule, " ".join(phrase), text)


def sections() -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """The rules of words that mailroom comes with, each with its first words in English."""
    for name, section in _shipped().items():
        if name != "innocent":
            yield _rule_of(name, section), tuple(section["en"][:4])


def load_content(extra: Path | None = None) -> Content:
    """The words of mailroom and, where there is such a file, those of the workspace.

    ConfigError where that file cannot be read or has a section that is not known.
    """
    table = _shipped()
    if extra is not None and extra.is_file():
        _join(table, extra)
    return Content(table)


def _shipped() -> dict[str, Any]:
    text = resources.files("mailroom.intake").joinpath("content.toml").read_text("utf-8")
    return tomllib.loads(text)


def _rule_of(name: str, section: Mapping[str, Any]) -> Rule:
    return Rule(
        name=name,
        title=section["title"],
        where=frozenset(section["where"]),
        holds=section["holds"],
        whole=section.get("whole", False),
        alone=section.get("alone", False),
    )


def _join(table: dict[str, Any], path: Path) -> None:
    try:
        own = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"it cannot be read: {error}", where=path.name) from None
    for name, section in own.items():
        if name not in table or not isinstance(section, dict):
            hint = f"there are: {', '.join(table)}"
            raise ConfigError(f"[{name}] is no rule of words", where=path.name, hint=hint)
        for key, words in section.items():
            if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
                hint = f'write {key} = ["a word", "another"]'
                raise ConfigError(f"[{name}] {key} is no list of words", where=path.name, hint=hint)
            known = table[name].get(key, [])
            if not isinstance(known, list) or key == "where":
                raise ConfigError(f"[{name}] {key} cannot be changed", where=path.name)
            table[name][key] = [*known, *words]


def _listed(section: Mapping[str, Any]) -> Iterator[str]:
    for key, words in section.items():
        if key != "where" and isinstance(words, list):
            yield from words


def _words(text: str) -> tuple[str, ...]:
    if not text.isascii():
        text = text.replace("’", "'")
    return tuple(_WORD.findall(text.casefold()))


def _without(words: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[str, ...]:
    if phrase[0] not in words:
        return words
    for place in range(len(words) - len(phrase) + 1):
        if words[place : place + len(phrase)] == phrase:
            rest = _without(words[place + len(phrase) :], phrase)
            return (*words[:place], "", *rest)
    return words


def _hit(rule: Rule, found: str, text: str) -> Hit:
    what = f"{found!r} in {_short(text)!r}" if found != text.casefold() else f"{_short(text)!r}"
    hint = f"take it out in the CRM, or accept {rule.name} if it is right"
    return Hit(rule.name, rule.holds, f"{what} {rule.title}", hint)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sign_hits(text: str) -> Iterator[Hit]:
    """What the signs of a text tell: marks of a form letter or a page, wrong letters, emoji."""
    if match := _LEFTOVER.search(text):
        message = f"{match[0]!r} is left over from a form letter"
        yield Hit("template-word", True, message, _FIX_CRM)
    if match := _MARKUP.search(text):
        message = f"{match[0]!r} is left over from a web page, and would be printed so"
        yield Hit("markup", False, message, _FIX_CRM)
    if text.isascii():
        return
    if _GARBLED_TEXT.search(text):
        hint = "the export was read or saved in a wrong encoding: export it again as UTF-8"
        yield Hit("garbled-text", False, f"{_short(text)!r} has lost letters on the way", hint)
    if match := _EMOJI.search(text):
        message = f"{match[0]} is a picture, not a letter"
        yield Hit("emoji", False, message, "take it out in the CRM if it is not to be printed")


def _signs_in_name(text: str) -> Iterator[Hit]:
    if text.isalpha() and text.isascii():
        return
    if _LEFTOVER.search(text):
        message = f"{_short(text)!r} is left over from a form letter"
        yield Hit("template-word", True, message, _FIX_CRM)
    elif _GARBLED.search(text):
        hint = "the export was read or saved in a wrong encoding: export it again as UTF-8"
        yield Hit("garbled-name", True, f"{text!r} has lost its letters on the way", hint)
    elif _WEB.search(text):
        hint = "write the person's name into the CRM"
        yield Hit("url-in-name", True, f"the name is a web address: {_short(text)}", hint)
    elif _PHONE.search(text):
        hint = "put the number where numbers go in the CRM"
        yield Hit("phone-in-name", True, f"there is a telephone number in the name: {text}", hint)
    elif _NO_LETTER.search(text):
        hint = "correct it in the CRM, or accept odd-name if it is really written so"
        yield Hit("odd-name", True, f"{_short(text)!r} is not how a name is written", hint)
    elif any(c.isdigit() for c in text):
        hint = "correct it in the CRM if no number belongs there"
        yield Hit("number-in-name", False, f"there is a number in the name: {_short(text)}", hint)
    if match := _EMOJI.search(text):
        message = f"{match[0]} is a picture, not a letter"
        yield Hit("emoji", False, message, "take it out in the CRM if it is not to be printed")

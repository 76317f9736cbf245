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
from mailroom.intake.flags import OF_DEATH, WORDS_OF_DEATH
from mailroom.model import digest

NAME, COMPANY, ADDRESS, NOTE = "name", "company", "address", "note"
#: A town is looked at for its signs only; notes are the office's own and never printed.
TOWN, NOTES, CELLS = "town", "notes", "cells"

LONGEST_NAME = 200  #: characters; what is longer is no name that will come again
DEAD = "deceased-in-name"  #: the rule by which a name says that somebody has died

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: The same, and the signs that make a second look worth while.
_SIGNS = "{<&|%$[(@="
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
#: A formula, a program or markup where a street or a town should be.
_NO_ADDRESS = re.compile(r"^\s*=|^[+@-].*[(|!]|[{}<>]|=\s*cmd\b", re.IGNORECASE)
_NO_LETTER = re.compile(r"[{}<>=|\\\[\]/*#!?~_$%^§¿¡•■●★☆]|\.\.|::|--")
_PHONE = re.compile(r"(?:\+|\b00|\(?\b0|\b)[\d(][\d ()./-]{5,}\d")
_WEB = re.compile(
    r"https?:|\bwww\.|[a-z0-9-]\.(?:com|net|org|info|biz|io|de|at|ch|fr|it|es|nl|pl|se|eu"
    r"|co\.uk|com\.au)\b",
    re.IGNORECASE,
)
#: Pictures of a telephone's keyboard, and arrows.
EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]"
)
#: What, beside words, makes a text that is not ASCII worth a second look.
_SUSPICIOUS = re.compile(f"{_NO_BLANKS.pattern}|{_GARBLED_TEXT.pattern}|{EMOJI.pattern}")
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
        self._phrases_by_word: dict[str, list[tuple[int, tuple[str, ...], Rule]]] = {}
        self._whole: dict[str, Rule] = {}
        self._streets: dict[str, Rule] = {}
        self._cells: set[str] = set()
        self._signs: list[tuple[str, Rule]] = []
        for name, section in table.items():
            if name != "innocent":
                self._add(name, section)
        innocent = [_words(text) for text in table.get("innocent", {}).get("words", ())]
        self._innocent = tuple(phrase for phrase in innocent if phrase)
        self._known = frozenset((*self._phrases_by_word, *_SIGNS))
        self._ends = frozenset(phrase.rpartition(" ")[2] for phrase in self._whole)
        #: Of which one alone, in a part of a name, may be a hit or the end of one.
        self.telling_words = self._known | self._ends | WORDS_OF_DEATH
        #: As a whole cell -> the words in it, in every way in which programs write them.
        self.telling_cells: Mapping[str, str] = {
            form: words for words in self._cells for form in _forms(words)
        }
        self._kept_hits = lru_cache(maxsize=1 << 16)(self._name_hits)
        self._kept_notes = lru_cache(maxsize=1 << 14)(self._said_in_notes)

    def _add(self, name: str, section: Mapping[str, Any]) -> None:
        rule = _rule_of(name, section)
        for text in _listed(section):
            words = _words(text)
            if CELLS in rule.where:
                self._cells.add(text.casefold())
            elif rule.whole and words:
                whole = self._streets if ADDRESS in rule.where else self._whole
                whole.setdefault(" ".join(words), rule)
                if ADDRESS in rule.where:  # `is_street` looks for it as it is written: s.o.
                    whole.setdefault(text.casefold(), rule)
            elif text and _is_sign(text, words):
                self._signs.append((text, rule))
            elif words:
                longest = max(words, key=len)
                phrases = self._phrases_by_word.setdefault(longest, [])
                phrases.append((words.index(longest), words, rule))

    def is_innocent(self, text: str) -> bool:
        """Whether several texts together, each on a line, have nothing that `hits` would find.

        But for a street that is none: `is_street` tells.
        """
        folded = text.casefold()
        if text.isascii():
            words = folded.split()
            if not "".join(words).isalnum():
                words = folded.replace(",", " ").replace(".", " ").replace("-", " ").split()
            if "".join(words).isalnum():  # then these are the words that the pattern would find
                return self._known.isdisjoint(words)
        if not self._known.isdisjoint(_WORD_OR_SIGN.findall(folded)):
            return False
        return text.isascii() or not _SUSPICIOUS.search(text)

    def is_street(self, text: str) -> bool:
        """Whether it is not a word that stands for a street."""
        return text.casefold() not in self._streets

    def hits(self, kind: str, text: str) -> tuple[Hit, ...]:
        """What must not be printed in a company, an address or a note."""
        found = _WORD_OR_SIGN.findall(text.casefold())
        if kind in (ADDRESS, TOWN) and _NO_ADDRESS.search(text):
            hint = "write the address into the CRM, or accept odd-address if it is written so"
            message = f"{_short(text)!r} is no {'street' if kind == ADDRESS else 'town'}"
            return (Hit("odd-address", True, f"{message} but signs of a program", hint),)
        if (
            kind == ADDRESS
            and len(found) < 4
            and (rule := self._streets.get(" ".join(_words(text))))
        ):
            return (Hit(rule.name, rule.holds, f"{_short(text)!r} {rule.title}", _FIX_CRM),)
        if self._known.isdisjoint(found) and not _NO_BLANKS.search(text):
            return () if text.isascii() else tuple(_letter_hits(text))
        hits = (*self._word_hits(kind, text), *_sign_hits(text))
        if kind == ADDRESS and "@" in text:
            message = f"the street is an e-mail address: {_short(text)}"
            return (*hits, Hit("placeholder-street", True, message, _FIX_CRM))
        return hits

    def said_in_notes(self, text: str) -> tuple[str, ...]:
        """The words in the office's own notes that say why post should perhaps not go there."""
        kept = len(text) <= LONGEST_NAME  # tags come again and again
        return self._kept_notes(text) if kept else self._said_in_notes(text)

    def _said_in_notes(self, text: str) -> tuple[str, ...]:
        folded = text.casefold()
        signs = [s for s, rule in self._signs if s in folded and NOTES in rule.where]
        words = _words(text)
        if self._known.isdisjoint(words):
            return tuple(signs)
        for phrase in self._innocent:
            words = _without(words, phrase)
        found = dict.fromkeys(" ".join(phrase) for _, phrase in self._phrases(NOTES, words))
        inner = {one for one in found for other in found if one != other and one in other}
        return (*(one for one in found if one not in inner), *signs)

    def name_hits(self, text: str) -> tuple[Hit, ...]:
        """What must not be printed in a part of a name; kept in mind, since names come again."""
        return self._kept_hits(text) if len(text) <= LONGEST_NAME else self._name_hits(text)

    def _name_hits(self, text: str) -> tuple[Hit, ...]:
        if "@" in text:
            hint = "write the person's name into the CRM"
            message = f"the name is an e-mail address: {_short(text)}"
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
        return Hit(rule.name, rule.holds, f"{_short(text)!r} {rule.title}", hint)

    def _word_hits(self, kind: str, text: str) -> Iterator[Hit]:
        folded = text.casefold() if "(" in text or not text.isascii() else ""
        for sign, rule in self._signs if folded else ():
            if sign in folded and kind in rule.where:
                yield _hit(rule, sign, text)
        words = _words(text)
        found = dict(self._phrases(kind, words))
        if not found:
            return
        for phrase in self._innocent:
            words = _without(words, phrase)
        found = dict(self._phrases(kind, words))
        for rule, phrase in found.items():
            yield _hit(rule, " ".join(phrase), text)

    def _phrases(self, kind: str, words: tuple[str, ...]) -> Iterator[tuple[Rule, tuple[str, ...]]]:
        """The phrases that stand in a text, found by the longest word of each."""
        if self._known.isdisjoint(words):
            return
        for place, word in enumerate(words):
            for before, phrase, rule in self._phrases_by_word.get(word, ()):
                start = place - before
                there = start >= 0 and words[start : start + len(phrase)] == phrase
                if there and kind in rule.where:
                    yield rule, phrase


def sections() -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """The rules of words that mailroom comes with, each with its first words in English."""
    for name, section in _shipped().items():
        if name != "innocent":
            yield _rule_of(name, section), tuple(section["en"][:4])


def load_content(extra: Path | None = None) -> Content:
    """The words of mailroom and, where there is such a file, those of the workspace.

    ConfigError where that file cannot be read or has a section that is not known.
    """
    if extra is None or not extra.is_file():
        return _content("", "")
    try:
        return _content(extra.read_text("utf-8"), extra.name)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(error, extra.name) from None


@lru_cache(maxsize=4)
def _content(own: str, where: str) -> Content:
    """Made once of the same words: a short export is read in less time than they are."""
    table = _shipped()
    _join(table, own, where)
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


def _unreadable(error: Exception, where: str) -> ConfigError:
    return ConfigError(f"it cannot be read: {error}", where=where)


def _join(table: dict[str, Any], text: str, where: str) -> None:
    """Add a workspace's own words, the text of its file `where`."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(error, where) from None
    for name, section in own.items():
        if name not in table or not isinstance(section, dict):
            hint = f"there are: {', '.join(table)}"
            raise ConfigError(f"[{name}] is no rule of words", where=where, hint=hint)
        for key, words in section.items():
            if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
                hint = f'write {key} = ["a word", "another"]'
                raise ConfigError(f"[{name}] {key} is no list of words", where=where, hint=hint)
            known = table[name].get(key, [])
            if not isinstance(known, list) or key == "where":
                raise ConfigError(f"[{name}] {key} cannot be changed", where=where)
            table[name][key] = [*known, *words]


def _forms(words: str) -> Iterator[str]:
    """The words as people and programs write them: Do not mail, DO-NOT-MAIL, DoNotMail."""
    for text in (words, words.title(), words.capitalize(), words.upper()):
        for between in (" ", "-", "_", ""):
            yield text.replace(" ", between)


def _listed(section: Mapping[str, Any]) -> Iterator[str]:
    for key, words in section.items():
        if key != "where" and isinstance(words, list):
            yield from words


def _is_sign(text: str, words: tuple[str, ...]) -> bool:
    """Whether it is looked for as it is written, not word by word: (old), †, R.I.P."""
    are_letters = max(map(len, words), default=0) < 2
    return are_letters or text[0] == "(" or bool(_NO_BLANKS.search(text))


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
    hint = "take it out in the CRM"
    if rule.holds:
        hint += f"; if it is right: mailroom approve MAILING --accept {rule.name}='WHY' --by YOU"
    return Hit(rule.name, rule.holds, f"{what} {rule.title}", hint)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _sign_hits(text: str) -> Iterator[Hit]:
    """What is left over from a form letter or a web page; then what the letters tell."""
    if match := _LEFTOVER.search(text):
        message = f"{match[0]!r} is left over from a form letter"
        yield Hit("template-word", True, message, _FIX_CRM)
    if match := _MARKUP.search(text):
        message = f"{match[0]!r} is left over from a web page, and would be printed so"
        yield Hit("markup", False, message, _FIX_CRM)
    if not text.isascii():
        yield from _letter_hits(text)


def _letter_hits(text: str) -> Iterator[Hit]:
    """Letters of a wrong encoding, and pictures of a telephone's keyboard."""
    if _GARBLED_TEXT.search(text):
        hint = "the export was read or saved in a wrong encoding: export it again as UTF-8"
        yield Hit("garbled-text", False, f"{_short(text)!r} has lost letters on the way", hint)
    if match := EMOJI.search(text):
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
        yield Hit("garbled-name", True, f"{_short(text)!r} has lost its letters on the way", hint)
    elif _WEB.search(text):
        hint = "write the person's name into the CRM"
        yield Hit("url-in-name", True, f"the name is a web address: {_short(text)}", hint)
    elif _PHONE.search(text):
        hint = "put the number where numbers go in the CRM"
        yield Hit(
            "phone-in-name", True, f"there is a telephone number in the name: {_short(text)}", hint
        )
    elif _NO_LETTER.search(text):
        hint = "correct it in the CRM, or accept odd-name if it is really written so"
        yield Hit("odd-name", True, f"{_short(text)!r} is not how a name is written", hint)
    elif any(c.isdigit() for c in text):
        hint = "correct it in the CRM if no number belongs there"
        yield Hit("number-in-name", False, f"there is a number in the name: {_short(text)}", hint)
    if match := EMOJI.search(text):
        message = f"{match[0]} is a picture, not a letter"
        yield Hit("emoji", False, message, "take it out in the CRM if it is not to be printed")

"""How a household is named on the envelope, greeted, and called in the text.

The words are data (`greetings.toml`); here is only which pattern is used, and why. A person's
own columns "Postal greeting" and "Addressee" win. Gender is never inferred from a name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from mailroom.model import Derived, Greeting, Household, Recipient

FORMAL, INFORMAL = "formal", "informal"

_INFORMAL_WORDS = frozenset({"informal", "du", "tu", "casual", "first name", "familiar", "duzen"})
_FORMAL_WORDS = frozenset({"formal", "sie", "vous", "siezen", "formell"})
_LABELS = {
    "form": "Salutation", "title": "Title", "titles": "Title", "first": "First name",
    "last": "Last name", "full": "First name + Last name", "name": "Name", "suffix": "Suffix",
    "company": "Company", "names": "First names + Last name", "firsts": "First names",
}  # fmt: skip
#: A mail merge that went wrong, in any cell; Null and Nil are names, or intake has held them.
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|<<|>>|«|»|%%|\$\{|^(?:null|NULL|nil|NIL|(?i:none|n/a|undefined|unknown))$"
)
#: No part of a person's name, whoever typed it.
_NO_NAME = re.compile(r"[{}|\[\]@]")
#: Blanks before a comma, and a comma before another.
_STRAY = re.compile(r" *[,;:](?= *[,;:])| +(?=[,;:])")
_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SLOT = re.compile(r"\{(\w+)(\??)\}")
_NBSP = "\N{NO-BREAK SPACE}"


def greet(household: Household, *, language: str = "en", formality: str = FORMAL) -> Greeting:
    """The three names of a household, each with where it comes from.

    `formality` is the mailing's; a person's own column wins. A language without a table here
    is greeted in English, and the derivation says so.
    """
    table = _table()
    known = language if language in table["languages"] else "en"
    tone = _formality(household, formality)
    about = f"{tone}, {known}" + (f" (no greetings in {language})" if known != language else "")
    words = _Words(table["languages"][known], tone, about, household.head.address.country)
    people = _distinct([_person(member, table) for member in household.members])
    return Greeting(
        envelope_name=_explicit(household, "addressee", "Addressee") or words.envelope(people),
        salutation=_explicit(household, "postal_greeting", "Postal greeting", words.end)
        or words.salutation(people),
        informal=words.informal(people),
    )


def languages() -> tuple[str, ...]:
    """The languages that have a table of greetings."""
    return tuple(_table()["languages"])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    text = resources.files("mailroom").joinpath("greetings.toml").read_text("utf-8")
    return tomllib.loads(text)


# One person ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Person:
    """What may be said of one person; every part clean or empty."""

    form: str = ""  #: a key of [forms]
    title: str = ""  #: a key of [titles], the highest
    titles: str = ""
    first: str = ""
    last: str = ""
    suffix: str = ""
    company: str = ""

    @property
    def name(self) -> str:
        """What there is, family name first where the script does so."""
        order = (self.last, self.first) if _ASIAN.search(self.last) else (self.first, self.last)
        return " ".join(part for part in order if part)

    @property
    def full(self) -> str:
        """The name if it can stand after "Dear": a bare family name cannot, in our scripts."""
        return self.name if self.last and (self.first or _ASIAN.search(self.last)) else ""


def _person(recipient: Recipient, table: Mapping[str, Any]) -> _Person:
    form, titles = _read_salutation(_clean(recipient.salutation), table)
    first = _clean(recipient.first_name)
    while (word := first.partition(" ")[0]) != first and _title_key(word, table):
        titles, first = (*titles, word), first.partition(" ")[2]
    keys = [key for key in table["titles"] if key in {_title_key(t, table) for t in titles}]
    return _Person(
        form=form,
        title=keys[-1] if keys else "",
        titles=_NBSP.join(titles),
        first=first,
        last=_clean(recipient.last_name),
        suffix=_clean(recipient.suffix),
        company=_clean(recipient.company, is_name=False),
    )


def _read_salutation(text: str, table: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Form of address and titles in "Frau Prof. Dr."; a word we do not know is left alone."""
    titles = tuple(word for word in text.split() if _title_key(word, table))
    rest = " ".join(word for word in text.split() if not _title_key(word, table))
    plain = rest.casefold().replace(".", "")
    form = next((key for key, words in table["forms"].items() if plain in words), "")
    return form, titles


def _title_key(word: str, table: Mapping[str, Any]) -> str:
    plain = word.casefold().replace(".", "").strip(",")
    return next((key for key, words in table["titles"].items() if plain in words), "")


def _clean(text: str, *, is_name: bool = True) -> str:
    """A part of a name with single blanks, or nothing where it is no name."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = _STRAY.sub("", text).strip(" ,;:")
    if _LEFTOVER.search(text) or (is_name and _NO_NAME.search(text)):
        return ""
    return text if any(c.isalpha() or (c.isdigit() and not is_name) for c in text) else ""


def _distinct(people: list[_Person]) -> list[_Person]:
    """Nobody twice: a record with the family name only says nothing beside "Anna Weber"."""
    known = {person.last for person in people if person.first}
    kept = [person for person in people if person.first or person.last not in known]
    return list(dict.fromkeys(kept))


# The household ------------------------------------------------------------------------------


def _explicit(household: Household, key: str, label: str, end: str = "") -> Derived | None:
    """What the CRM says in so many words, if it says the same for everybody in the house."""
    texts = {_clean(member.fields.get(key, ""), is_name=False) for member in household.members}
    text = texts.pop() if len(texts) == 1 else ""
    if not text or text.casefold() in {"dear", "hello", "liebe", "lieber", "cher", "chère"}:
        return None
    closed = text if not end or text[-1] in ",!:" else text + end
    return Derived(text=closed, source=f"column {label}")


def _formality(household: Household, default: str) -> str:
    """Informal towards several people only if all of them are on first-name terms."""
    tones = {_tone(member, default) for member in household.members}
    return FORMAL if FORMAL in tones else INFORMAL


def _tone(person: Recipient, default: str) -> str:
    word = person.fields.get("formality", "").casefold().strip()
    if word in _INFORMAL_WORDS:
        return INFORMAL
    return FORMAL if word in _FORMAL_WORDS else default


class _Words:
    """One language's patterns, for one tone."""

    def __init__(self, words: Mapping[str, Any], tone: str, about: str, country: str) -> None:
        self.words = words
        self.tone = tone
        self.undotted = country in words.get("undotted", ())
        self.about = about
        self.end: str = words["end"]

    def salutation(self, people: Sequence[_Person]) -> Derived:
        """What stands after no matter how little is known: at worst "Hello,", never "Dear ,"."""
        if len(people) == 1:
            text, source = self._clause(people[0])
        else:
            text, source = self._several(people)
        return Derived(text=text + self.end, source=f"{source}, {self.about}")

    def envelope(self, people: Sequence[_Person]) -> Derived:
        """The name for the address; empty where the CRM has none, so that the piece is held."""
        patterns = self.words["envelope"]
        if len(people) > 1:
            if self._is_family(people):
                text = self._fill(patterns["family"], people[0]) or ""
                return self._derived(text, f"Last name of {len(people)} people")
            return self._derived(self._names(people), f"Names of {len(people)} people")
        person = people[0]
        first = "title" if self._title_first() else ""
        for key in (first, self._form(person), "title", "name", "company"):
            if text := self._fill(patterns.get(key, ""), person):
                return self._derived(text, self._source(patterns[key], key, person))
        return Derived(text="", source="no name in the export")

    def informal(self, people: Sequence[_Person]) -> Derived:
        """The name for the running text: the first names, or what comes nearest."""
        firsts = [person.first for person in people if person.first]
        if len(firsts) == len(people):
            label = "First name" if len(people) == 1 else f"First names of {len(people)} people"
            return Derived(text=self._join(firsts), source=label)
        envelope = self.envelope(people)
        source = f"no first name, so as on the envelope: {envelope.source}"
        return Derived(text=envelope.text, source=source)

    def _clause(self, person: _Person) -> tuple[str, str]:
        """The greeting of one person without its comma, and its source."""
        form = self._form(person)
        order = [form if key == "form" else key for key in self.words["order"]]
        order = [key for key in order if key not in {"couple", "family"} or key == person.form]
        for tone in dict.fromkeys((self.tone, FORMAL)):
            patterns = self.words[tone]
            for key in order:
                if text := self._fill(patterns.get(key, ""), person):
                    return text, self._source(patterns[key], key, person)
        raise AssertionError("greetings.toml: the pattern 'nobody' must need nothing")

    def _several(self, people: Sequence[_Person]) -> tuple[str, str]:
        if self._is_family(people):
            text = self._fill(self.words[FORMAL]["family"], people[0]) or ""
            return text, f"Last name of {len(people)} people"
        if len(people) == 2 and all(self._has_own(person) for person in people):
            first, second = sorted(people, key=self._comes_second)
            (one, source), (two, _) = self._clause(first), self._clause(second)
            return self._second(one, two), f"{source} of 2 people"
        key = "firsts" if self.tone == INFORMAL else "names"
        firsts = [person.first for person in people if person.first]
        names = self._join(firsts) if key == "firsts" else self._names(people)
        if not names or (key == "firsts" and len(firsts) < len(people)):
            names = self._names([person for person in people if person.full])
        if not names:
            return self._clause(people[0])
        pattern = self.words[self.tone]["names"]
        return _SLOT.sub(lambda _: names, pattern), f"{_LABELS[key]} of {len(people)} people"

    def _comes_second(self, person: _Person) -> bool:
        """Whether the language names the other one first: "Mr. and Mrs.", "Dr. and Mrs."."""
        return not person.title and person.form == self.words.get("second")

    def _has_own(self, person: _Person) -> bool:
        """Whether the person's own form of address or title has a pattern that can be filled."""
        patterns = self.words[self.tone]
        keys = [k for k in (self._form(person), "title") if k and k not in {"couple", "family"}]
        return any(self._fill(patterns.get(key, ""), person) for key in keys)

    def _form(self, person: _Person) -> str:
        """The form of address in this language, which may know neither Mrs nor Miss."""
        if person.form in {"mrs", "miss"} and person.form not in self.words["envelope"]:
            return "ms"
        return person.form

    def _second(self, one: str, two: str) -> str:
        """Two greetings as one: "Dear Mr. and Mrs. Weber"; "Liebe Anna, lieber Max"."""
        opening = self.words["opening"]
        if not (opening and one.startswith(opening) and two.startswith(opening)):
            return f"{one}, {two[0].lower()}{two[1:]}"
        first, _, last = one.rpartition(_NBSP)
        if first and two.casefold().endswith(_NBSP + last.casefold()):
            one = first
        return f"{one} {self.words['and']} {two.removeprefix(opening)}"

    def _names(self, people: Sequence[_Person]) -> str:
        """As in "Anna and Max Weber"; each in full where last names or titles differ."""
        lasts = {person.last for person in people}
        shared = len(lasts) == 1 and all(p.first and not (p.titles or p.suffix) for p in people)
        if shared and (last := lasts.pop()) and not _ASIAN.search(last):
            return f"{self._join([p.first for p in people])} {last}"
        full = (" ".join(filter(None, (p.titles, p.name, p.suffix))) for p in people)
        texts = [text for text in full if text]
        return self._join(texts or [p.company for p in people if p.company])

    def _join(self, texts: Sequence[str]) -> str:
        texts = list(dict.fromkeys(texts))
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self.words['and']} {texts[-1]}"

    def _is_family(self, people: Sequence[_Person]) -> bool:
        return len(people) > 2 and len({p.last for p in people}) == 1 and bool(people[0].last)

    def _title_first(self) -> bool:
        order = self.words["order"]
        return bool(order.index("title") < order.index("form"))

    def _derived(self, text: str, source: str) -> Derived:
        return Derived(text=text, source=f"{source}, {self.about}")

    def _fill(self, pattern: str, person: _Person) -> str:
        """The pattern with the person's parts, or nothing where one it needs is missing."""
        values = self._values(person)
        if any(not values[name] and not mark for name, mark in _SLOT.findall(pattern)):
            return ""
        if self.undotted:
            pattern = pattern.replace(".", "")
        # Blanks are settled before a name is put in: a name's own ~ is a character.
        bare = _SLOT.sub(lambda m: m[0] if values[m[1]] else "", pattern)
        bare = re.sub(r"[ ~]*~[ ~]*", _NBSP, re.sub(r" +", " ", bare)).strip()
        return _SLOT.sub(lambda m: values[m[1]], bare)

    def _values(self, person: _Person) -> dict[str, str]:
        names = ("titles", "first", "last", "suffix", "company", "name", "full")
        title = str(self.words["titles"].get(person.title, ""))
        title = title.replace(".", "") if self.undotted else title
        return {"title": title, **{name: getattr(person, name) for name in names}}

    def _source(self, pattern: str, key: str, person: _Person) -> str:
        """The columns a pattern has used, in words: "Salutation + Last name"."""
        values = self._values(person)
        names = [name for name, _ in _SLOT.findall(pattern) if values[name]]
        form = ["form"] if key == self._form(person) else []
        labels = dict.fromkeys(_LABELS[name] for name in [*form, *names])
        return " + ".join(labels) or "no name that can follow a greeting"

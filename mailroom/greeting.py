"""How a household is named on the envelope, greeted, and called in the text.

The words are data (`greetings.toml`); here is only which pattern is used, and why. A person's
own columns "Postal greeting" and "Addressee" win. Gender is never inferred from a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailroom.addressee import NBSP, Addressee, addressees, clean
from mailroom.greetings import LABELS, SLOT, Tables, by_word, is_child, laid_over, shipped
from mailroom.model import Derived, Greeting, Household, Recipient

FORMAL, INFORMAL = "formal", "informal"

_INFORMAL_WORDS = frozenset(
    {"informal", "du", "tu", "tú", "casual", "first name", "familiar", "duzen", "je", "jij", "ty"}
)
_FORMAL_WORDS = frozenset(
    {"formal", "sie", "vous", "siezen", "formell", "usted", "lei", "u", "pan", "pani", "formel"}
)
_GENERATION = re.compile(r"(?:[JS]r|jun|sen|junior|senior|I{1,3}|IV)\b", re.IGNORECASE)
_NOTHING = "no name that can follow a greeting"
#: A greeting with nobody behind it, in a column of the CRM's own.
_BARE = frozenset(
    {
        "dear",
        "hello",
        "liebe",
        "lieber",
        "cher",
        "chère",
        "estimado",
        "estimada",
        "gentile",
        "beste",
    }
    | {"geachte", "querido", "querida", "caro", "cara", "sehr geehrter", "sehr geehrte", "bästa"}
)


def greet(
    household: Household,
    *,
    language: str = "en",
    formality: str = "",
    tables: Tables | None = None,
) -> Greeting:
    """The three names of a household, each with where it comes from.

    `formality` is the mailing's, empty for the language's own custom; a person's own column
    wins. A language without a table is greeted in English, and the derivation says so.
    `tables`: of `greetings.own_tables`; None for those that are shipped.
    """
    table = tables or shipped()
    known = language if language in table["languages"] else "en"
    country = household.head.address.country
    words = table["languages"][known]
    if over := words.get("in", {}).get(country):
        words = laid_over(words, over)
    for kind, meanings in (("forms", "form_of"), ("genders", "gender_of")):
        if own := words.get(kind):
            table = {**table, meanings: {**table[meanings], **by_word(own)}}
    tone = _formality(household, formality or words.get("tone", FORMAL))
    about = f"{tone}, {known}" + (f" (no greetings in {language})" if known != language else "")
    said = _Words(words, tone, about, country)
    people = addressees(household, table)
    return Greeting(
        envelope_name=_explicit(household, "addressee", "Addressee") or said.envelope(people),
        salutation=_explicit(household, "postal_greeting", "Postal greeting", said.end)
        or said.salutation(people),
        informal=said.informal(people),
    )


def languages(tables: Tables | None = None) -> tuple[str, ...]:
    """The languages that have a table of greetings."""
    return tuple((tables or shipped())["languages"])


# The household ------------------------------------------------------------------------------


def _explicit(household: Household, key: str, label: str, end: str = "") -> Derived | None:
    """What the CRM says in so many words, if it says the same for everybody in the house."""
    texts = {clean(member.fields.get(key, ""), is_name=False) for member in household.members}
    text = texts.pop() if len(texts) == 1 else ""
    if not text or text.casefold() in _BARE:
        return None
    closed = text if not end or text[-1] in ",!:、" else text + end
    return Derived(text=closed, source=f"column {label}")


def _formality(household: Household, default: str) -> str:
    """Informal towards several people only if all of them are on first-name terms."""
    tones = {_tone(member, default) for member in household.members}
    return FORMAL if FORMAL in tones else INFORMAL


def _tone(person: Recipient, default: str) -> str:
    word = person.fields.get("formality", "").casefold().strip()
    if word in _INFORMAL_WORDS:
        return INFORMAL
    if word in _FORMAL_WORDS:
        return FORMAL
    return INFORMAL if is_child(person.salutation) else default


class _Words:
    """One language's patterns, for one tone."""

    def __init__(self, words: Mapping[str, Any], tone: str, about: str, country: str) -> None:
        self.words = words
        self.tone = tone
        self.undotted = country in words.get("undotted", ())
        self.about = about
        self.end: str = words["end"]
        self._known: dict[tuple[Addressee, bool], dict[str, str]] = {}

    def salutation(self, people: Sequence[Addressee]) -> Derived:
        """What stands after no matter how little is known: at worst "Hello,", never "Dear ,"."""
        if len(people) == 1:
            text, source = self._clause(people[0])
        else:
            text, source = self._several(people)
        about = self.about
        if (why := self.words.get("unnamed", "")) and any(person.name for person in people):
            about = f"{about}; {why}"
        return Derived(text=text + self.end, source=f"{source}, {about}")

    def envelope(self, people: Sequence[Addressee]) -> Derived:
        """The name for the address; empty where the CRM has none, so that the piece is held."""
        if len(people) == 1:
            text, source = self._addressed(people[0])
            return Derived(text=text, source=f"{source}, {self.about}" if text else source)
        patterns = self.words["envelope"]
        if self._is_family(people) and (
            text := self._fill(patterns.get("family", ""), people[0], is_envelope=True)[0]
        ):
            return self._derived(text, f"Last name of {len(people)} people")
        text = self._as_couple(people) or self._names(people, patterns, is_envelope=True)
        return self._derived(text, f"Names of {len(people)} people")

    def informal(self, people: Sequence[Addressee]) -> Derived:
        """The name for the running text: the first names, or what comes nearest."""
        if calls := self.words[self.tone].get("call"):
            found = [self._fill(calls, person) for person in people]
            if all(text for text, _ in found):
                source = self._source(found[0][1], "call", people[0])
                texts = list(dict.fromkeys(text for text, _ in found))
                return Derived(text=self._join(texts), source=source)
        firsts = [person.called for person in people if person.called]
        if len(firsts) == len(people):
            label = "Nickname" if any(person.nick for person in people) else "First name"
            several = f" of {len(people)} people"
            source = label if len(people) == 1 else f"First names{several}"
            return Derived(text=self._join(firsts), source=source)
        envelope = self.envelope(people)
        source = f"no first name, so as on the envelope: {envelope.source}"
        return Derived(text=envelope.text, source=source)

    # One person

    def _clause(self, person: Addressee) -> tuple[str, str]:
        """The greeting of one person without its end sign, and its source."""
        for tone in dict.fromkeys((self.tone, FORMAL)):
            patterns = self.words[tone]
            for key in self._keys(self.words["order"], person):
                if key == "company" and (person.full or not person.company):
                    continue
                text, used = self._fill(patterns.get(key, ""), person)
                if text:
                    return text, self._source(used, key, person)
        raise AssertionError("greetings.toml: the pattern 'nobody' must need nothing")

    def _keys(self, order: Sequence[str], person: Addressee) -> Iterator[str]:
        """The patterns to try, with the person's own for "form"."""
        for key in order:
            if key != "form":
                if key == "title" and person.title:
                    yield f"title_{person.title}"
                kind = key.partition("_")[0]
                if kind not in {"couple", "family"} or kind == person.form:
                    yield key
                continue
            for form in _forms(person):
                yield from (f"{form}_title", form)

    def _addressed(self, person: Addressee) -> tuple[str, str]:
        """One person on the envelope, and the source."""
        patterns, order = self.words["envelope"], self.words["order"]
        ranks = [key for key in order if key in {"title", "form"}]
        own = self.words.get("envelope_order", sorted({"title", "form"} - {*ranks}) + ranks)
        for key in self._keys((*own, "name", "company"), person):
            text, used = self._fill(patterns.get(key, ""), person, is_envelope=True)
            if text:
                return text, self._source(used, key, person)
        return "", "no name in the export"

    def _form(self, person: Addressee) -> str:
        """The form of address in this language, which may know neither Mrs nor Miss."""
        known = self.words["envelope"]
        return next((form for form in _forms(person) if form in known), person.form)

    # Several people

    def _several(self, people: Sequence[Addressee]) -> tuple[str, str]:
        count = f"of {len(people)} people"
        if self._is_family(people):
            pattern = self.words[self.tone].get("family") or self.words[FORMAL].get("family", "")
            if text := self._fill(pattern, people[0])[0]:
                return text, f"Last name {count}"
        if text := self._without_names(people):
            return text, f"Salutation {count}"
        for tone in dict.fromkeys((self.tone, FORMAL)):
            if "each" in self.words[tone]:
                break
            if len(people) == 2 and all(self._has_own(person, tone) for person in people):
                return self._two_clauses(people, tone)
            if tone == INFORMAL and all(person.called for person in people):
                break
        return self._greeted_by_name(people)

    def _without_names(self, people: Sequence[Addressee]) -> str:
        """Where the language greets several people without their names: "Mesdames"."""
        patterns = self.words[self.tone]
        forms = {"ms" if p.form in {"mrs", "miss"} else p.form for p in people}
        if not forms <= {"mr", "ms"} or any(person.title for person in people):
            return ""
        key = f"several_{next(iter(forms))}" if len(forms) == 1 else "several"
        text: str = patterns.get(key, "")
        return text

    def _two_clauses(self, people: Sequence[Addressee], tone: str) -> tuple[str, str]:
        one, two = sorted(people, key=self._comes_second)
        words = _Words(self.words, tone, self.about, "")
        words.undotted = self.undotted
        (first, source), (second, _) = words._clause(one), words._clause(two)
        return self._second(first, second, self.words.get("opening", "")), f"{source} of 2 people"

    def _greeted_by_name(self, people: Sequence[Addressee]) -> tuple[str, str]:
        patterns = self.words[self.tone]
        count = f"of {len(people)} people"
        firsts = [person.called for person in people if person.called]
        if self.tone == INFORMAL and len(firsts) == len(people) and "each" not in patterns:
            names, label = self._join(firsts), "First names"
        else:
            if "each" not in patterns and not all(p.full or p.first for p in people):
                return self._clause_by_clause(people)
            names, label = self._names(people, patterns), "Names"
        if not names:
            return self._clause(people[0])
        pattern = patterns.get("names") or self.words[FORMAL]["names"]
        source = f"{label} {count}" if SLOT.search(pattern) else f"{len(people)} people"
        return SLOT.sub(lambda _: names, pattern), source

    def _clause_by_clause(self, people: Sequence[Addressee]) -> tuple[str, str]:
        """Where somebody has no name that can stand among others, each has a greeting."""
        found = [self._clause(person) for person in people if person.name or person.company]
        if not found or any(source == _NOTHING for _, source in found):
            return self._clause(Addressee())
        text, source = found[0]
        for other, _ in found[1:]:
            text = self._second(text, other, "")
        return text, f"{source} of {len(found)} people" if found[1:] else source

    def _comes_second(self, person: Addressee) -> bool:
        """Whether the language names the other one first: "Mr. and Mrs.", "Dr. and Mrs."."""
        second = self.words.get("second")
        return bool(second) and not person.title and self._form(person) == second

    def _has_own(self, person: Addressee, tone: str) -> bool:
        """Whether the person's own form of address or title has a pattern that can be filled."""
        patterns = self.words[tone]
        keys = self._keys(("form", "title"), person)
        own = [key for key in keys if key not in {"couple", "family"}]
        return any(self._fill(patterns.get(key, ""), person)[0] for key in own)

    def _second(self, one: str, two: str, opening: str) -> str:
        """Two greetings as one: "Dear Mr. and Mrs. Weber"; "Liebe Anna, lieber Max"."""
        if not (opening and one.startswith(opening) and two.startswith(opening)):
            small = two if self.words.get("capital_second") else f"{two[0].lower()}{two[1:]}"
            return f"{one}, {small}"
        return self._merged(one, two.removeprefix(opening))

    def _merged(self, one: str, two: str) -> str:
        """With one last name where both have the same: "Mr. and Mrs. Weber"."""
        first, _, last = one.rpartition(NBSP)
        if first and two.casefold().endswith(NBSP + last.casefold()):
            one = first
        return self._join([one, two])

    def _as_couple(self, people: Sequence[Addressee]) -> str:
        """Where somebody has no first name: "Mr. and Mrs. John Smith", each with a form."""
        bare = [person for person in people if not person.first]
        if not bare or not all(p.last and (p.form or p.titles) for p in people):
            return ""
        one, two = people[0], people[-1]
        patterns, second = self.words["envelope"], self.words.get("second", "")
        is_pair = len(people) == 2 and {self._form(p) for p in people} == {"mr", second}
        if is_pair and one.last == two.last and not (one.titles or two.titles):
            return self._fill(patterns.get("couple", ""), two if two.first else one, True)[0]
        clauses = [self._addressed(p)[0] for p in sorted(people, key=self._comes_second)]
        if len(clauses) == 2 and len(bare) == 2:
            return self._merged(*clauses)
        return self._join(clauses)

    def _names(
        self, people: Sequence[Addressee], patterns: Mapping[str, Any], is_envelope: bool = False
    ) -> str:
        """As in "Anna and Max Weber"; each in full where last names or titles differ."""
        if "each" in patterns:
            texts = [self._fill(patterns["each"], p, is_envelope)[0] for p in people]
            return self._join(list(dict.fromkeys(filter(None, texts))))
        lasts = {person.last for person in people}
        shared = len(lasts) == 1 and all(p.first and not (p.titles or p.suffix) for p in people)
        if shared and (last := lasts.pop()) and not any(p.family_first for p in people):
            return f"{self._join([p.first for p in people])} {last}"
        texts = [
            _in_full(p, is_envelope) if p.first or not is_envelope else self._addressed(p)[0]
            for p in people
        ]
        companies = list(dict.fromkeys(p.company for p in people if p.company))
        return self._join([text for text in texts if text] or companies)

    def _join(self, texts: Sequence[str]) -> str:
        if len(texts) < 2:
            return "".join(texts)
        if joint := self.words.get("joint", ""):
            return str(joint).join(texts)
        return f"{', '.join(texts[:-1])} {self._and(texts[-1])} {texts[-1]}"

    def _and(self, after: str) -> str:
        """The word for "and", which may look at what follows it: "Juan e Inés"."""
        before: Mapping[str, str] = self.words.get("and_before", {})
        start = after.casefold()
        for length in range(3, 0, -1):
            if start[:length] in before:
                return before[start[:length]]
        return str(self.words["and"])

    def _is_family(self, people: Sequence[Addressee]) -> bool:
        lasts = {person.last.casefold() for person in people}
        return len(people) > 2 and len(lasts) == 1 and bool(people[0].last)

    # Patterns

    def _derived(self, text: str, source: str) -> Derived:
        return Derived(text=text, source=f"{source}, {self.about}")

    def _fill(
        self, patterns: str | Sequence[str], person: Addressee, is_envelope: bool = False
    ) -> tuple[str, str]:
        """The first pattern of which the person has all parts, filled, and as it was."""
        if not patterns:
            return "", ""
        values = self._values(person, is_envelope)
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            if all(values[name] or mark for name, mark in SLOT.findall(pattern)):
                return self._filled(pattern, values), pattern
        return "", ""

    def _filled(self, pattern: str, values: Mapping[str, str]) -> str:
        if self.undotted:
            pattern = pattern.replace(".", "")
        # Blanks are settled before a name is put in: a name's own ~ is a character.
        bare = SLOT.sub(lambda m: m[0] if values[m[1]] else "", pattern)
        bare = re.sub(r"[ ~]*~[ ~]*", NBSP, re.sub(r" +", " ", bare)).strip()
        bare = bare.replace(" {suffix", "{suffix")  # which brings its own blank or comma
        text = SLOT.sub(lambda m: values[m[1]], bare).strip()
        return text[:1].upper() + text[1:] if pattern.startswith("{titles}") else text

    def _values(self, person: Addressee, is_envelope: bool) -> dict[str, str]:
        """What the fields of a pattern are for this person."""
        key = (person, is_envelope)
        if key not in self._known:
            self._known[key] = self._all_values(person, is_envelope)
        return self._known[key]

    def _all_values(self, person: Addressee, is_envelope: bool) -> dict[str, str]:
        title = self._title(person)
        first = person.called if self.tone == INFORMAL else person.first
        last, titles = person.last, person.titles
        return {
            "title": title.replace(".", "") if self.undotted else title,
            "titles": titles.lower() if self.words.get("small_titles") else titles,
            "first": first,
            "last": last,
            "Last": last[:1].upper() + last[1:],
            "initials": person.initials,
            "suffix": _joined_suffix(person.suffix, comma="" if self.undotted else ","),
            "company": person.company,
            "name": person.long_name if is_envelope else person.name,
            "full": person.full,
            "names": "",
            "firsts": "",
        }

    def _title(self, person: Addressee) -> str:
        """The word for the highest title that is spoken in this language."""
        form = ("", *_forms(person))[-1]
        own = {**self.words.get("titles", {}), **self.words.get(f"titles_{form}", {})}
        return next((str(own[key]) for key in reversed(person.spoken) if own.get(key)), "")

    def _source(self, pattern: str, key: str, person: Addressee) -> str:
        """The columns a pattern has used, in words: "Salutation + Last name"."""
        values = self._values(person, False)
        names = [name for name, _ in SLOT.findall(pattern) if values[name]]
        form = ["form"] if key.partition("_")[0] in _forms(person) else []
        firm = ["company"] if key == "company" else []
        title = ["title"] if key.startswith("title_") else []
        labels = dict.fromkeys(LABELS[name] for name in [*form, *title, *names, *firm])
        if "first" in names and self.tone == INFORMAL and person.nick:
            labels = {("Nickname" if k == "First name" else k): None for k in labels}
        return " + ".join(labels) or _NOTHING


def _forms(person: Addressee) -> tuple[str, ...]:
    """The form of address, and what takes its place where a language does not know it."""
    if person.form in {"mrs", "miss"}:
        return person.form, "ms"
    return (person.form,) if person.form else ()


def _in_full(person: Addressee, is_envelope: bool) -> str:
    name = person.long_name if is_envelope else person.name
    if not name:
        return ""
    return " ".join(filter(None, (person.titles, name))) + _joined_suffix(person.suffix)


def _joined_suffix(suffix: str, comma: str = ",") -> str:
    """With the sign before it: "Paul Meyer Jr.", "Anna Weber, PhD", in Britain "Ann Lee OBE"."""
    if not suffix:
        return ""
    return f" {suffix}" if _GENERATION.match(suffix) else f"{comma} {suffix}"

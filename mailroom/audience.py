"""Who gets a piece: chosen, not suppressed, once a person, once a household; each with a reason.

The order in which people come in does not matter: the same people give the same households.
Those of earlier exports get nothing, but what is known of them holds for who is the same person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailroom import suppression
from mailroom.address import same_place, same_town
from mailroom.matching import HOME, Matches, Pair, match, pair_of
from mailroom.matching.traits import GENERATIONS, LEGAL_FORMS
from mailroom.model import Decision, Finding, Household, LeftOut, Name, Recipient, Severity, digest
from mailroom.suppression import Word
from mailroom.where import fold, parse

Home = tuple[str, ...]
_TITLES = frozenset({"dr", "prof", "ing", "dipl", "mag", "med", "phd", "md"})


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Everybody who came in is in exactly one of the two."""

    households: tuple[Household, ...]
    left_out: tuple[LeftOut, ...]
    unsure: tuple[Pair, ...] = ()  #: may be one person twice, or one who gets no mail


def choose(
    recipients: Iterable[Recipient],
    *,
    gone: Iterable[Recipient] = (),
    where: str = "",
    sources: Collection[str] = (),
    one_per_household: bool = True,
    not_meant: Callable[[Recipient], str] = lambda _: "",
    known: suppression.Known = suppression.NOTHING,
    decisions: Mapping[str, Decision] | None = None,
    matches: Matches | None = None,
) -> Audience:
    """The households of a mailing, and who is left out with the reason.

    `gone`: people of earlier exports; they get nothing and are not listed, but a reason why no
    mail may go to them holds for the same person's other records. `known`: who gets no mail
    today besides. `sources`: exports to choose from, empty for all. `not_meant`: why somebody is
    not meant beside those. People with errors stay in: their piece is held later, and they are
    not lost. `decisions` say who is one person and who shares a home; `matches` what was found
    of all of them, where that is known already. UsageError where `where` cannot be read.
    """
    decided = decisions or {}
    everybody = sorted(recipients, key=_order)
    present = {person.key for person in everybody}
    absent = sorted((person for person in gone if person.key not in present), key=_order)
    left: list[LeftOut] = []
    people = _selected(everybody, where, sources, left)
    people = _meant(people, not_meant, left)
    found = matches or match([*everybody, *absent], decided)
    groups = _same_people(everybody, absent, found)
    heard = {record.key for group in groups for record in group}
    all_groups = [*groups, *([person] for person in absent if person.key not in heard)]
    closed = suppression.closed(all_groups, [*everybody, *absent], present, known)
    people = _permitted(people, closed, left)
    people = _once(people, groups, left)
    people = _perhaps_suppressed(people, all_groups, found.unsure, closed)
    homes = _Homes(people, one_per_household, decided).found()
    there = {person.key for person in people}
    return Audience(
        households=tuple(_households(homes, groups)),
        left_out=tuple(left),
        unsure=tuple(p for p in found.unsure if _matters(p, there, closed)),
    )


def _matters(pair: Pair, there: Collection[str], closed: Collection[str]) -> bool:
    """Whether both get mail, or one of them while the other must not."""
    ways = [(key in there, key in closed) for key in (pair.a, pair.b)]
    return any(here for here, _ in ways) and all(map(any, ways))


def _order(person: Recipient) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Record 9 before record 10."""
    parts = re.split(r"(\d+)", person.key)
    natural = tuple((0, len(p), p) if p.isdecimal() else (1, 0, p) for p in parts if p)
    return natural, person.where


def _selected(
    people: list[Recipient], where: str, sources: Collection[str], left: list[LeftOut]
) -> list[Recipient]:
    known = {header for person in people for header in person.fields}
    matches = parse(where, fields=known if people else None)
    kept = []
    for person in people:
        if sources and person.source not in sources:
            reason = f"not selected: source {person.source}"
            left.append(LeftOut(recipient=person, reason=reason))
        elif not matches(person):
            left.append(LeftOut(recipient=person, reason=f"not selected: {where}"))
        else:
            kept.append(person)
    return kept


def _meant(
    people: list[Recipient], not_meant: Callable[[Recipient], str], left: list[LeftOut]
) -> list[Recipient]:
    reasons = [(person, not_meant(person)) for person in people]
    left += [LeftOut(recipient=person, reason=reason) for person, reason in reasons if reason]
    return [person for person, reason in reasons if not reason]


def _permitted(
    people: list[Recipient], closed: Mapping[str, Sequence[Word]], left: list[LeftOut]
) -> list[Recipient]:
    """Those to whom mail may go; the others with what their own record says, or else the first."""
    for person in people:
        if words := closed.get(person.key):
            own = [word.text for word in words if word.own]
            left.append(LeftOut(recipient=person, reason=", ".join(own) or words[0].text))
    return [person for person in people if person.key not in closed]


def _perhaps_suppressed(
    people: list[Recipient],
    groups: list[list[Recipient]],
    unsure: Iterable[Pair],
    closed: Mapping[str, Sequence[Word]],
) -> list[Recipient]:
    """The people; who may be one that has died or wants no mail waits until somebody has looked."""
    pairs = [pair for pair in unsure if (pair.a in closed) is not (pair.b in closed)]
    if not pairs:
        return people
    kept = {person.key for person in people}
    records = {record.key: record for group in groups for record in group}
    group_of = {record.key: group for group in groups for record in group}
    held: dict[str, Finding] = {}
    for pair in pairs:
        one, other = (pair.a, pair.b) if pair.b in closed else (pair.b, pair.a)
        words = [word for word in closed[other] if suppression.is_about_person(word)]
        if words and one in records and other in records:
            mine = (record.key for record in group_of[one] if record.key in kept)
            finding = _perhaps(records[one], records[other], words[0])
            held |= {key: finding for key in mine if key not in held}
    return [replace(p, findings=(*p.findings, held[p.key])) if p.key in held else p for p in people]


def _perhaps(person: Recipient, other: Recipient, word: Word) -> Finding:
    return Finding(
        rule="perhaps-suppressed",
        severity=Severity.ERROR,
        message=f"may be {other.key} {other.name}, who gets no mail: {word.text}",
        where=person.where,
        hint=f"mailroom duplicates --apart {person.key} {other.key} --by YOU (or --same)",
    )


# Duplicates ---------------------------------------------------------------------------------


def _once(
    people: list[Recipient], groups: list[list[Recipient]], left: list[LeftOut]
) -> list[Recipient]:
    """One record a person, the most complete; the others are left out and say whose they are."""
    present = {person.key for person in people}
    kept = []
    for group in groups:
        here = [person for person in group if person.key in present]
        if not here:
            continue
        best = max(here, key=_completeness) if here[1:] else here[0]  # first of equals, by key
        kept.append(best)
        reason = f"duplicate of {best.key} ({best.where})"
        left += [LeftOut(recipient=p, reason=reason) for p in here if p is not best]
    return sorted(kept, key=_order)


def _same_people(
    people: list[Recipient], gone: list[Recipient], found: Matches
) -> list[list[Recipient]]:
    """Groups of records for one person, those present first; each record is in one.

    Where only gone ones are, they go to who came instead.
    """
    everybody = {person.key: person for person in (*people, *gone)}
    grouped = {key: number for number, group in enumerate(found.groups) for key in group}
    here: dict[object, list[Recipient]] = {}
    ghosts: dict[object, list[Recipient]] = {}
    for number, person in enumerate(everybody.values()):
        name: object = grouped.get(person.key, person.key)
        if number < len(people) or name in here:
            here.setdefault(name, []).append(person)
        else:
            ghosts.setdefault(name, []).append(person)
    groups = list(here.values())
    _take_over(groups, list(ghosts.values()))
    return groups


def _take_over(here: list[list[Recipient]], ghosts: list[list[Recipient]]) -> None:
    """Give what is gone to the one who is there with a letter of the name mended.

    Without a record id that is another key, but no other person. Two who are both there never
    become one by it.
    """
    if not ghosts:
        return
    present: dict[tuple[str, ...], list[Recipient]] = {}
    for group in here:
        for person in group:
            for trace in _traces(person):
                present.setdefault(trace, group)
    for ghost in ghosts:
        traces = (trace for person in ghost for trace in _traces(person))
        heir = next((present[trace] for trace in traces if trace in present), None)
        if heir:
            heir += ghost


def _traces(person: Recipient) -> Iterator[tuple[str, ...]]:
    """First name and mailbox; first name, place and last name give or take a letter."""
    first = _fold_name(person.first_name)
    if not first:
        return
    generation = _generation(person)
    if person.email:
        yield "e-mail", fold(person.email), first, generation
    if place := same_place(person.address):
        home = f"{place}|{same_town(person.address)}|{first}|{generation}"
        last = _surname(person)
        shorter = (last[:i] + last[i + 1 :] for i in range(len(last)))
        for spelling in (last, *shorter):
            if len(spelling) > 2:
                yield home, spelling


def _name_key(person: Recipient) -> str:
    """The name whichever way round it was typed, without titles and middle initials."""
    words = re.findall(r"\w+", _fold_name(f"{person.first_name} {person.last_name}"))
    words = [word for word in words if word not in _TITLES and word not in GENERATIONS]
    full = [word for word in words if len(word) > 1] if len(words) > 2 else words
    return " ".join(sorted(full)) or _fold_name(person.company)


def _fold_name(text: str) -> str:
    """A name to compare by; Müller, Mueller and Muller are one."""
    return re.sub(r"(?<=[aou])e", "", fold(text))


def _completeness(person: Recipient) -> tuple[int, int, int]:
    """Fewer errors first, then more of what a card needs, then more of anything."""
    errors = sum(finding.severity is Severity.ERROR for finding in person.findings)
    place = person.address
    needed = (person.salutation, person.first_name, person.last_name, person.language, person.owner)
    extra = (person.company, person.email, person.phone, *person.fields.values())
    parts = (place.line1, place.postcode, place.city, *needed)
    return -errors, sum(map(bool, parts)), sum(map(bool, extra))


# Households ---------------------------------------------------------------------------------


def _households(
    homes: Iterable[list[tuple[Home, Recipient]]], groups: list[list[Recipient]]
) -> Iterator[Household]:
    records = {person.key: [other.key for other in group] for group in groups for person in group}
    for home in homes:
        members = tuple(person for _, person in home)
        yield Household(
            key=digest(*home[0][0])[:16],
            members=members,
            also=tuple(key for p in members for key in records[p.key] if key != p.key),
        )


class _Homes:
    """Who lives together; a home keeps its name, by which its piece is known, as others join."""

    def __init__(
        self, people: list[Recipient], one_per_household: bool, decisions: Mapping[str, Decision]
    ) -> None:
        self._people = people
        self._alone = not one_per_household
        self._home = {person.key: _home(person, one_per_household) for person in people}
        self._joined: dict[Home, Home] = {}
        self._decisions = [(k, d) for k, d in decisions.items() if k.startswith(HOME)]

    def found(self) -> list[list[tuple[Home, Recipient]]]:
        """The people by home, in their order; the first pair of each has the home's name."""
        if not self._alone:
            apart = self._decided()
            self._join_partners(apart)
        homes: dict[Home, list[tuple[Home, Recipient]]] = {}
        for person in self._people:
            home = self._of(person.key)
            homes.setdefault(home, []).append((home, person))
        return list(homes.values())

    def _of(self, key: str) -> Home:
        home = self._home[key]
        while home in self._joined:
            home = self._joined[home]
        return home

    def _decided(self) -> set[str]:
        """What people have said: who lives alone now is in none of the homes of others."""
        said = [(pair_of(k, HOME, self._home), d.answer) for k, d in sorted(self._decisions)]
        by_key = {person.key: person for person in self._people}
        apart = set()
        for pair, answer in said:
            if pair and answer == "apart" and self._home[pair[0]] == self._home[pair[1]]:
                other = by_key[pair[1]]
                self._home[pair[1]] = (*self._home[pair[1]], _name_key(other))
                apart.add(pair[1])
        for pair, answer in said:
            if pair and answer == "together":
                self._join(*pair)
        return apart

    def _join_partners(self, apart: Collection[str]) -> None:
        """Who is named in the row of another and is there with a row of their own."""
        if not any(person.partners for person in self._people):
            return
        at: dict[tuple[str, str], list[Recipient]] = defaultdict(list)
        for person in self._people:
            if place := same_place(person.address):
                at[place, same_town(person.address)].append(person)
        for person in self._people:
            if not person.partners or person.key in apart:
                continue
            named = {_partner_key(name, person) for name in person.partners}
            for other in at[same_place(person.address), same_town(person.address)]:
                if _name_key(other) in named and other.key not in {*apart, person.key}:
                    self._join(person.key, other.key)

    def _join(self, one: str, other: str) -> None:
        """The home of `other` takes the name of the home of `one`."""
        home, joining = self._of(one), self._of(other)
        if home != joining:
            self._joined[joining] = home


def _partner_key(name: Name, person: Recipient) -> str:
    last = name.last_name or person.last_name
    return _name_key(replace(person, first_name=name.first_name, last_name=last))


def _home(person: Recipient, one_per_household: bool) -> Home:
    """Same place and same last name live together; father and son marked Jr and Sr do not.

    The town counts, though two spellings of it then part a couple: villages share a postcode
    and all have a Hauptstr. 1. So does the company, for in one office tower work many strangers
    of one name. Without a street there is no home to share; without a last name nobody to share
    it with.
    """
    place, last = same_place(person.address), _surname(person)
    if not place:
        return ("person", person.key)
    home = (place, same_town(person.address), _firm(person), last, _generation(person))
    return home if last and one_per_household else (*home, _name_key(person))


def live_together(one: Recipient, other: Recipient) -> bool:
    """Whether two people get one piece, as far as their records say."""
    return _home(one, True) == _home(other, True)


def _firm(person: Recipient) -> str:
    """The company without case, accents and legal form."""
    words = re.findall(r"\w+", fold(person.company.replace(".", "")))
    kept = list(words)
    while kept and kept[-1] in LEGAL_FORMS:
        kept.pop()
    return " ".join(kept or words)


def _surname(person: Recipient) -> str:
    words = re.findall(r"\w+", _fold_name(person.last_name))
    return " ".join(word for word in words if word not in GENERATIONS or len(words) == 1)


def _generation(person: Recipient) -> str:
    words = re.findall(r"\w+", fold(f"{person.last_name} {person.suffix}"))
    return next((GENERATIONS[word] for word in reversed(words[1:]) if word in GENERATIONS), "")

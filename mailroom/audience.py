"""Who gets a piece: chosen, not suppressed, once a person, once a household; each with a reason.

The order in which people come in does not matter: the same people give the same households.
Those of earlier exports get nothing, but what is known of them holds for who is the same person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailroom import suppression
from mailroom.homes import (
    Homes,
    fold_name,
    generation,
    households,
    in_doubt,
    said_of_homes,
    stands_for,
    surname,
)
from mailroom.matching import Matches, Pair, match
from mailroom.model import Decision, Finding, Household, LeftOut, Recipient, Severity
from mailroom.sameplace import same_place, same_town
from mailroom.suppression import Word
from mailroom.where import fold, parse

_NUMBERS = re.compile(r"(\d+)")


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
    found = matches or match([*everybody, *absent], decided)
    meant = let_in(everybody, found, where, sources)
    people = _selected(everybody, meant, where, sources, left)
    people = _meant(people, found, not_meant, left)
    groups = _same_people(everybody, absent, found)
    heard = {record.key for group in groups for record in group}
    all_groups = [*groups, *([person] for person in absent if person.key not in heard)]
    closed = suppression.closed(all_groups, [*everybody, *absent], present, known)
    people = _permitted(people, closed, left)
    people = _once(people, groups, meant.records, left)
    people = _perhaps_suppressed(people, all_groups, found.unsure, closed)
    stands = stands_for(people, groups)
    doubted = in_doubt(stands, found.unsure, one_per_household)
    homes = Homes(people, one_per_household, said_of_homes(decided, stands), doubted).found()
    there = {person.key for person in people}
    return Audience(
        households=tuple(households(homes, groups, present)),
        left_out=tuple(left),
        unsure=tuple(p for p in found.unsure if _matters(p, there, closed)),
    )


def _matters(pair: Pair, there: Collection[str], closed: Collection[str]) -> bool:
    """Whether both get mail, or one of them while the other must not."""
    ways = [(key in there, key in closed) for key in (pair.a, pair.b)]
    return any(here for here, _ in ways) and all(map(any, ways))


def _order(person: Recipient) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Record 9 before record 10."""
    parts = _NUMBERS.split(person.key)
    natural = tuple((0, len(p), p) if p.isdecimal() else (1, 0, p) for p in parts if p)
    return natural, person.where


@dataclass(frozen=True, kw_only=True)
class LetIn:
    """Whom a filter lets in."""

    records: frozenset[str]  #: keys of those that it applies to
    people: frozenset[str]  #: the same, with all other records of the same people


_OF_THE_PERSON = ("tag", "stage")


def let_in(
    people: Sequence[Recipient], found: Matches, where: str = "", sources: Collection[str] = ()
) -> LetIn:
    """The people of whom any record of these sources is what the filter asks for.

    Each record counts as having the tags and stages of all records of its person: whoever is a
    customer in one list is no stranger in the others. UsageError where `where` cannot be read.
    """
    known = {header for person in people for header in person.fields}
    matches = parse(where, fields=known if people else None)
    shared = _shared(people, found) if where.strip() else {}
    records = frozenset(
        person.key
        for person in people
        if not sources or person.source in sources
        if matches(_with(person, shared.get(person.key)))
    )
    groups = (group for group in found.groups if not records.isdisjoint(group))
    return LetIn(records=records, people=records.union(*groups))


def _shared(people: Sequence[Recipient], found: Matches) -> dict[str, Mapping[str, str]]:
    """By record, what is said of the person in one record or another."""
    by_key = {person.key: person for person in people}
    shared: dict[str, Mapping[str, str]] = {}
    for group in found.groups:
        here = [by_key[key].fields for key in group if key in by_key]
        said = {
            name: "; ".join(dict.fromkeys(filter(None, (fields.get(name) for fields in here))))
            for name in _OF_THE_PERSON
            if any(name in fields for fields in here)
        }
        shared |= dict.fromkeys(group, said)
    return shared


def _with(person: Recipient, said: Mapping[str, str] | None) -> Recipient:
    return replace(person, fields={**person.fields, **said}) if said else person


def _selected(
    people: list[Recipient],
    meant: LetIn,
    where: str,
    sources: Collection[str],
    left: list[LeftOut],
) -> list[Recipient]:
    kept = []
    for person in people:
        if sources and person.source not in sources:
            reason = f"not selected: source {person.source}"
            left.append(LeftOut(recipient=person, reason=reason))
        elif person.key not in meant.people:
            left.append(LeftOut(recipient=person, reason=f"not selected: {where}"))
        else:
            kept.append(person)
    return kept


def _meant(
    people: list[Recipient],
    found: Matches,
    not_meant: Callable[[Recipient], str],
    left: list[LeftOut],
) -> list[Recipient]:
    """Those of whom any record is meant, with all their records."""
    reasons = {person.key: not_meant(person) for person in people}
    wanted = {key for key, reason in reasons.items() if not reason}
    if len(wanted) == len(people):
        return people
    wanted |= {key for group in found.groups if not wanted.isdisjoint(group) for key in group}
    left += [
        LeftOut(recipient=person, reason=reasons[person.key])
        for person in people
        if person.key not in wanted
    ]
    return [person for person in people if person.key in wanted]


def _permitted(
    people: list[Recipient], closed: Mapping[str, Sequence[Word]], left: list[LeftOut]
) -> list[Recipient]:
    """Those to whom mail may go; the others with the reason."""
    left += [
        LeftOut(recipient=person, reason=_in_words(words))
        for person in people
        if (words := closed.get(person.key))
    ]
    return [person for person in people if person.key not in closed]


def _in_words(words: Sequence[Word]) -> str:
    """What the record itself says, or else the first of what others say."""
    own = [word.text for word in words if word.own]
    return ", ".join(own) or words[0].text


def without_mail(
    recipients: Iterable[Recipient],
    gone: Iterable[Recipient],
    known: suppression.Known,
    found: Matches,
) -> dict[str, str]:
    """Key -> why nobody may write there today, whatever the mailing; as `choose` has it."""
    everybody = sorted(recipients, key=_order)
    present = {person.key for person in everybody}
    absent = sorted((person for person in gone if person.key not in present), key=_order)
    groups = _same_people(everybody, absent, found)
    closed = suppression.closed(groups, [*everybody, *absent], present, known)
    return {key: _in_words(words) for key, words in closed.items()}


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
    people: list[Recipient],
    groups: list[list[Recipient]],
    asked_for: Collection[str],
    left: list[LeftOut],
) -> list[Recipient]:
    """One record a person, the most complete; the others are left out and say whose they are.

    Of those without a fault one that the filter asks for: who is to be written to in Germany is
    not written to at another address.
    """

    def worth(person: Recipient) -> tuple[int, bool, int, int]:
        faults, *parts = _completeness(person)
        return faults, person.key in asked_for, parts[0], parts[1]

    present = {person.key for person in people}
    kept = []
    for group in groups:
        here = [person for person in group if person.key in present]
        if not here:
            continue
        best = max(here, key=worth) if here[1:] else here[0]  # first of equals, by key
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
    first = fold_name(person.first_name)
    if not first:
        return
    suffix = generation(person)
    if person.email:
        yield "e-mail", fold(person.email), first, suffix
    if place := same_place(person.address):
        home = f"{place}|{same_town(person.address)}|{first}|{suffix}"
        last = surname(person)
        shorter = (last[:i] + last[i + 1 :] for i in range(len(last)))
        for spelling in (last, *shorter):
            if len(spelling) > 2:
                yield home, spelling


def _completeness(person: Recipient) -> tuple[int, int, int]:
    """Fewer errors first, then more of what a card needs, then more of anything."""
    errors = sum(finding.severity is Severity.ERROR for finding in person.findings)
    place = person.address
    needed = (person.salutation, person.first_name, person.last_name, person.language, person.owner)
    extra = (person.company, person.email, person.phone, *person.fields.values())
    parts = (place.line1, place.postcode, place.city, *needed)
    return -errors, sum(map(bool, parts)), sum(map(bool, extra))

"""Who gets a piece: chosen, not suppressed, once a person, once a household; each with a reason.

The order in which people come in does not matter: the same people give the same households.
Those of earlier exports get nothing, but what is known of them holds for who is the same person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailroom import lending, suppression
from mailroom.matching import HOME, Matches, Pair, match, pair_of
from mailroom.matching.traits import GENERATIONS, LEGAL_FORMS
from mailroom.model import Decision, Finding, Household, LeftOut, Name, Recipient, Severity, digest
from mailroom.sameplace import same_place, same_town
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
    stands = _stands(people, groups)
    doubted = _in_doubt(stands, found.unsure, one_per_household)
    homes = _Homes(people, one_per_household, _about_homes(decided, stands), doubted).found()
    there = {person.key for person in people}
    return Audience(
        households=tuple(_households(homes, groups, present)),
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
    homes: Iterable[list[tuple[Home, Recipient]]],
    groups: list[list[Recipient]],
    present: Collection[str],
) -> Iterator[Household]:
    records = {person.key: group for group in groups for person in group}
    for home in homes:
        members, borrowed, also = [], [], []
        for _, person in home:
            others = [one for one in records[person.key] if one.key != person.key]
            whole, parts = lending.complete(person, [p for p in others if p.key in present])
            members.append(whole)
            borrowed += parts
            also += [one.key for one in others]
        yield Household(
            key=digest(*home[0][0])[:16],
            members=tuple(members),
            also=tuple(also),
            borrowed=tuple(borrowed),
        )


def _stands(people: Iterable[Recipient], groups: Iterable[list[Recipient]]) -> dict[str, Recipient]:
    """By record, the one that is used of the person: where none gets mail, the first."""
    kept = {person.key for person in people}
    stands: dict[str, Recipient] = {}
    for group in groups:
        used = next((person for person in group if person.key in kept), group[0])
        stands |= {person.key: used for person in group}
    return stands


def _about_homes(
    decisions: Mapping[str, Decision], stands: Mapping[str, Recipient]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Who shares a home or does not, says somebody: by the records that are used, in order."""
    for name, decision in sorted(decisions.items()):
        if name.startswith(HOME) and (pair := pair_of(name, HOME, stands)):
            yield (stands[pair[0]].key, stands[pair[1]].key), decision.answer


def _in_doubt(
    stands: Mapping[str, Recipient], unsure: Iterable[Pair], one_per_household: bool
) -> set[str]:
    """Who may be somebody of another home: with nobody else on a piece until there is an answer."""
    doubted = set()
    for pair in unsure:
        one, other = stands.get(pair.a), stands.get(pair.b)
        if one and other and _home(one, one_per_household) != _home(other, one_per_household):
            doubted |= {one.key, other.key}
    return doubted


class _Homes:
    """Who lives together; a home keeps its name, by which its piece is known, as others join."""

    def __init__(
        self,
        people: list[Recipient],
        one_per_household: bool,
        said: Iterable[tuple[tuple[str, str], str]],
        doubted: Collection[str],
    ) -> None:
        self._people = people
        self._alone = not one_per_household
        self._home = {person.key: _home(person, one_per_household) for person in people}
        self._said = [(pair, answer) for pair, answer in said if {*pair} <= self._home.keys()]
        for key in self._home.keys() & doubted:
            self._home[key] = (*self._home[key], "in doubt", key)
        self._doubted = doubted
        self._joined: dict[Home, Home] = {}

    def found(self) -> list[list[tuple[Home, Recipient]]]:
        """The people by home, in their order; the first pair of each has the home's name."""
        if not self._alone:
            apart = self._decided()
            self._join_partners({*apart, *self._doubted})
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
        by_key = {person.key: person for person in self._people}
        apart = set()
        for pair, answer in self._said:
            if answer == "apart" and self._home[pair[0]] == self._home[pair[1]]:
                other = by_key[pair[1]]
                self._home[pair[1]] = (*self._home[pair[1]], _name_key(other))
                apart.add(pair[1])
        for pair, answer in self._said:
            if answer == "together":
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

"""Who gets a piece: chosen, not suppressed, once a person, once a household; each with a reason.

The order in which people come in does not matter: the same people give the same households.
Those of earlier exports get nothing, but what is known of them holds for who is the same person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailroom import suppression
from mailroom.address import same_place, same_town
from mailroom.model import Household, LeftOut, Recipient, Severity, digest
from mailroom.suppression import Word
from mailroom.where import fold, parse

#: What tells father and son apart, by how it is written.
GENERATIONS: Mapping[str, str] = {
    "jr": "jr", "junior": "jr", "jun": "jr", "jnr": "jr", "fils": "jr",
    "sr": "", "senior": "", "sen": "", "snr": "", "pere": "", "i": "",
    "ii": "ii", "iii": "iii", "iv": "iv", "v": "v",
}  # fmt: skip
_TITLES = frozenset({"dr", "prof", "ing", "dipl", "mag", "med", "phd", "md"})


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Everybody who came in is in exactly one of the two."""

    households: tuple[Household, ...]
    left_out: tuple[LeftOut, ...]


def choose(
    recipients: Iterable[Recipient],
    *,
    gone: Iterable[Recipient] = (),
    where: str = "",
    sources: Collection[str] = (),
    one_per_household: bool = True,
    known: suppression.Known = suppression.NOTHING,
) -> Audience:
    """The households of a mailing, and who is left out with the reason.

    `gone`: people of earlier exports; they get nothing and are not listed, but a reason why no
    mail may go to them holds for the same person's other records. `known`: who gets no mail
    today besides. `sources`: exports to choose from, empty for all. People with errors stay in:
    their piece is held later, and they are not lost. UsageError where `where` cannot be read.
    """
    everybody = sorted(recipients, key=_order)
    present = {person.key for person in everybody}
    absent = sorted((person for person in gone if person.key not in present), key=_order)
    left: list[LeftOut] = []
    people = _selected(everybody, where, sources, left)
    groups = _same_people(everybody, absent)
    closed = suppression.closed(groups, [*everybody, *absent], present, known)
    people = _permitted(people, closed, left)
    people = _once(people, groups, left)
    return Audience(
        households=tuple(_households(people, groups, one_per_household)), left_out=tuple(left)
    )


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


def _permitted(
    people: list[Recipient], closed: Mapping[str, Sequence[Word]], left: list[LeftOut]
) -> list[Recipient]:
    """Those to whom mail may go; the others with what their own record says, or else the first."""
    for person in people:
        if words := closed.get(person.key):
            own = [word.text for word in words if word.own]
            left.append(LeftOut(recipient=person, reason=", ".join(own) or words[0].text))
    return [person for person in people if person.key not in closed]


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


def _same_people(people: list[Recipient], gone: list[Recipient]) -> list[list[Recipient]]:
    """Groups of records for one person: any two that share a mark belong together.

    Those present come first in a group. Where only gone ones are, they go to who came instead.
    """
    everybody = [*people, *gone]
    groups: dict[int, list[int]] = {i: [i] for i in range(len(everybody))}
    group_of = list(range(len(everybody)))
    first: dict[tuple[str, ...], int] = {}
    for i, person in enumerate(everybody):
        for mark in _marks(person):
            a, b = group_of[first.setdefault(mark, i)], group_of[i]
            if a != b:
                groups[a] += groups[b]
                for member in groups.pop(b):
                    group_of[member] = a
    found = [sorted(members) for members in groups.values()]
    here = [[everybody[i] for i in members] for members in found if members[0] < len(people)]
    ghosts = [[everybody[i] for i in members] for members in found if members[0] >= len(people)]
    _take_over(here, ghosts)
    return here


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


def _marks(person: Recipient) -> Iterable[tuple[str, ...]]:
    """What only one person can have: name and place, or e-mail and last name and initial.

    The initial tells apart a couple with one mailbox, and takes Tom for Thomas.
    """
    place, name = same_place(person.address), _name_key(person)
    generation = _generation(person)
    if place and name:
        yield "name", place, name, generation
    last = _fold_name(person.last_name)
    if person.email and last and "@" not in last:
        yield "e-mail", fold(person.email), last, _fold_name(person.first_name)[:1], generation


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


#: What a firm is in law, as the last words of its name.
LEGAL_FORMS = frozenset(
    {"ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "eg", "ek", "ev", "eurl"}
    | {"gbr", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp", "ltd", "mbh", "nv"}
    | {"ohg", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "spa", "srl", "ug"}
)


def _households(
    people: list[Recipient], groups: list[list[Recipient]], one_per_household: bool
) -> list[Household]:
    records = {person.key: [other.key for other in group] for group in groups for person in group}
    homes: dict[tuple[str, ...], list[Recipient]] = defaultdict(list)
    for person in people:
        homes[_home(person, one_per_household)].append(person)
    return [
        Household(
            key=digest(*home)[:16],
            members=tuple(members),
            also=tuple(key for p in members for key in records[p.key] if key != p.key),
        )
        for home, members in homes.items()
    ]


def _home(person: Recipient, one_per_household: bool) -> tuple[str, ...]:
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

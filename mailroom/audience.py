"""Who gets a piece: chosen, not suppressed, once a person, once a household; each with a reason.

The order in which people come in does not matter: the same people give the same households.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mailroom.address import same_place
from mailroom.model import Household, LeftOut, Recipient, Severity, digest
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
    where: str = "",
    sources: Collection[str] = (),
    suppressions: Mapping[str, str] | None = None,
    one_per_household: bool = True,
    limit: int | None = None,
) -> Audience:
    """The households of a mailing, and who is left out with the reason.

    `sources`: exports to choose from, empty for all. `suppressions`: recipient key or e-mail
    address -> reason, from outside the export. `limit`: at most so many households, 0 and None
    for all. People with errors stay in: their piece is held later, and they are not lost.
    UsageError where `where` cannot be read.
    """
    everybody = sorted(recipients, key=_order)
    left: list[LeftOut] = []
    people = _selected(everybody, where, sources, left)
    groups = _same_people(everybody)
    people = _permitted(people, _closed(groups, suppressions or {}), left)
    people = _once(people, groups, left)
    households = _households(people, one_per_household)
    if limit:
        beyond = (member for home in households[limit:] for member in home.members)
        left += [LeftOut(recipient=p, reason=f"beyond the limit of {limit}") for p in beyond]
        households = households[:limit]
    return Audience(households=tuple(households), left_out=tuple(left))


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


def _closed(groups: list[list[Recipient]], suppressions: Mapping[str, str]) -> dict[str, str]:
    """Recipient key -> why nothing may go there.

    A reason holds for every record of the person: a man marked as dead in one export must not
    get a card because a second record of his is not marked.
    """
    outside = {key.casefold(): reason for key, reason in suppressions.items()}
    closed: dict[str, str] = {}
    for group in groups:
        own = {person.key: _own_reason(person, outside) for person in group}
        first = next((person for person in group if own[person.key]), None)
        if first is None:
            continue
        for person in group:
            said = f"{own[first.key]}, says {first.key} ({first.where})"
            closed[person.key] = own[person.key] or said
    return closed


def _own_reason(person: Recipient, outside: Mapping[str, str]) -> str:
    listed = (outside.get(key.casefold(), "") for key in (person.key, person.email) if key)
    reasons = [reason for reason in (*person.suppressed, *listed) if reason]
    return ", ".join(dict.fromkeys(reasons))


def _permitted(
    people: list[Recipient], closed: Mapping[str, str], left: list[LeftOut]
) -> list[Recipient]:
    left += [LeftOut(recipient=p, reason=closed[p.key]) for p in people if p.key in closed]
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


def _same_people(people: list[Recipient]) -> list[list[Recipient]]:
    """Groups of records for one person: any two that share a mark belong together."""
    groups: dict[int, list[int]] = {i: [i] for i in range(len(people))}
    group_of = list(range(len(people)))
    first: dict[tuple[str, ...], int] = {}
    for i, person in enumerate(people):
        for mark in _marks(person):
            a, b = group_of[first.setdefault(mark, i)], group_of[i]
            if a != b:
                groups[a] += groups[b]
                for member in groups.pop(b):
                    group_of[member] = a
    return [[people[i] for i in sorted(members)] for members in groups.values()]


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


def _households(people: list[Recipient], one_per_household: bool) -> list[Household]:
    homes: dict[tuple[str, ...], list[Recipient]] = defaultdict(list)
    for person in people:
        homes[_home(person, one_per_household)].append(person)
    return [
        Household(key=digest(*home)[:16], members=tuple(members)) for home, members in homes.items()
    ]


def _home(person: Recipient, one_per_household: bool) -> tuple[str, ...]:
    """Same place and same last name live together; father and son marked Jr and Sr do not.

    Without a street there is no home to share; without a last name nobody to share it with.
    """
    place, last = same_place(person.address), _surname(person)
    if not place:
        return ("person", person.key)
    if not last or not one_per_household:
        return (place, last, _generation(person), _name_key(person))
    return (place, last, _generation(person))


def _surname(person: Recipient) -> str:
    words = re.findall(r"\w+", _fold_name(person.last_name))
    return " ".join(word for word in words if word not in GENERATIONS or len(words) == 1)


def _generation(person: Recipient) -> str:
    words = re.findall(r"\w+", fold(f"{person.last_name} {person.suffix}"))
    return next((GENERATIONS[word] for word in reversed(words[1:]) if word in GENERATIONS), "")

"""Who is meant: people by key, e-mail address, name, or the line of an export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailroom.errors import UsageError
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.people import everybody, keys_present
from mailroom.matching import Matches, match
from mailroom.model import Recipient
from mailroom.sameplace import same_place
from mailroom.suppression import mailboxes
from mailroom.where import fold
from mailroom.workspace import Workspace

_LISTED = 10


def find_people(ws: Workspace, who: str, *, whole: bool = False) -> tuple[Recipient, ...]:
    """The people meant by a key, an e-mail address, `contacts.csv:14`, a name or a part of one.

    `whole`: a part is at least a whole word; whoever suppresses Tom Lang does not mean Tom
    Langley. Also people of earlier exports. UsageError where nobody is meant.
    """
    wanted = fold(who)
    words = set(wanted.split())
    exact, near = [], []
    for person in everybody(ws.ledger) if wanted else ():
        partners = [f"{name.first_name} {name.last_name}" for name in person.partners]
        if wanted in map(fold, (person.key, person.email, person.name, person.where, *partners)):
            exact.append(person)
            continue
        text = fold(" ".join((person.name, *partners, person.company, person.key)))
        if words <= set(text.split()) if whole else wanted in text:
            near.append(person)
    if any(fold(person.where) == wanted for person in exact):
        # The line of an older file is somebody else's now.
        present = keys_present(ws.ledger, [person.key for person in exact])
        exact = [person for person in exact if person.key in present] or exact
    if not (found := exact or near):
        hint = "`mailroom people` lists everybody; `mailroom intake FILE` reads an export"
        raise UsageError(f"nobody is called {who!r}", hint=hint)
    return tuple(found)


def one_person(ws: Workspace, who: str) -> tuple[Recipient, ...]:
    """All records found of the one person who is meant; UsageError lists them if they are more.

    Records that are there come before those of earlier exports.
    """
    found = find_people(ws, who, whole=True)
    # A list of who has unsubscribed elsewhere names mailboxes; who reads them is somebody else.
    found = tuple(person for person in found if person.name) or found
    people = _by_person(found, _matches(ws, found))
    if len(people) == 1:
        return people[0]
    listed = [described(records[0]) for records in people[:_LISTED]]
    more = f", and {len(people) - _LISTED} more" if len(people) > _LISTED else ""
    raise UsageError(
        f"{who!r} may be {len(people)} people: {'; '.join(listed)}{more}",
        hint="write the key of the one who is meant",
    )


def described(person: Recipient) -> str:
    """A person so that one can tell them from another of that name."""
    place = " ".join(filter(None, (person.address.postcode, person.address.city)))
    return ", ".join(filter(None, (f"{person.key} {person.name}".strip(), place)))


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Somebody's records, and everybody who might have to do with them."""

    records: tuple[Recipient, ...]  #: of the one person
    people: tuple[Recipient, ...]  #: who share a name, a mailbox, a telephone or a home with them
    matches: Matches  #: of all these


def neighbours(ws: Workspace, found: Iterable[Recipient]) -> Neighbours:
    """All records of the person whom the records found are of, and who is near them."""
    first, *others = found
    wanted = {trait for record in (first, *others) for trait in _traits(record)}
    near = [p for p in everybody(ws.ledger) if not wanted.isdisjoint(_traits(p))]
    matches = _matches(ws, near)
    persons = _by_person(near, matches)
    records = next(found for found in persons if any(p.key == first.key for p in found))
    return Neighbours(records=records, people=tuple(near), matches=matches)


def _matches(ws: Workspace, people: Iterable[Recipient]) -> Matches:
    return match(people, decisions_of(ws.ledger, ""), homes=ws.settings.homes)


def _by_person(people: Iterable[Recipient], matches: Matches) -> list[tuple[Recipient, ...]]:
    """The records of each person, in the order they came."""
    group_of = {key: number for number, group in enumerate(matches.groups) for key in group}
    found: dict[str | int, list[Recipient]] = {}
    for person in people:
        found.setdefault(group_of.get(person.key, person.key), []).append(person)
    return [tuple(records) for records in found.values()]


def _traits(person: Recipient) -> Iterator[str]:
    yield f"key {person.key}"
    yield from (f"e-mail {box}" for box in mailboxes(person))
    if digits := re.sub(r"\D", "", person.phone)[-9:]:
        yield f"telephone {digits}"
    if person.address.line1:
        yield f"home {same_place(person.address)}"
    yield from (f"name {word}" for word in fold(person.last_name or person.company).split())

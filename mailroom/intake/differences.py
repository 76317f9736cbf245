"""What is different between two snapshots of a source, and keys told apart within one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from mailroom.model import Address, Finding, Recipient, Severity

_PERSON = ("salutation", "first_name", "middle_name", "last_name", "suffix", "company")
_TEXTS = (*_PERSON, "email", "phone", "owner", "language")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A person who is in two snapshots, and what is different: field, before, after."""

    recipient: Recipient
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a new snapshot of a source brings."""

    new: tuple[Recipient, ...]
    changed: tuple[Change, ...]
    gone: tuple[Recipient, ...]


def diff(old: Iterable[Recipient], new: Iterable[Recipient]) -> Changes:
    """What is new, changed (field by field) and gone between two snapshots of a source."""
    before = {person.key: person for person in old}
    after = {person.key: person for person in new}
    changed = []
    for key, person in after.items():
        if key in before and (differences := _differences(before[key], person)):
            changed.append(Change(recipient=person, fields=differences))
    return Changes(
        new=tuple(person for key, person in after.items() if key not in before),
        changed=tuple(changed),
        gone=tuple(person for key, person in before.items() if key not in after),
    )


def unique_keys(people: Iterable[Recipient]) -> Iterator[Recipient]:
    """The people with keys told apart; one record id for two rows is an error on the later."""
    seen: dict[str, str] = {}
    count: Counter[str] = Counter()
    for person in people:
        first = seen.setdefault(person.key, person.where)
        count[person.key] += 1
        if count[person.key] == 1:
            yield person
            continue
        finding = Finding(
            rule="duplicate-id",
            severity=Severity.ERROR,
            message=f"{person.key} is already the record of {first}",
            where=person.where,
            hint="two rows cannot be one record: export again, or map another column to id",
        )
        key = f"{person.key}#{count[person.key]}"
        yield replace(person, key=key, findings=(*person.findings, finding))


def _differences(old: Recipient, new: Recipient) -> tuple[tuple[str, str, str], ...]:
    before, after = dict(flat(old)), dict(flat(new))
    names = dict.fromkeys((*after, *before))
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple((name, a, b) for name, a, b in pairs if a != b)


def flat(person: Recipient) -> Iterator[tuple[str, str]]:
    """Everything the CRM says of a person, by field name; not where it stands in a file."""
    for name in _TEXTS:
        yield name, getattr(person, name)
    for number, partner in enumerate(person.partners, start=1):
        names = (partner.salutation, partner.first_name, partner.middle_name, partner.last_name)
        yield f"partner {number}", " ".join(filter(None, (*names, partner.suffix)))
    for part in fields(Address):
        yield f"address.{part.name}", getattr(person.address, part.name)
    yield "suppressed", ", ".join(person.suppressed)
    yield from person.fields.items()

"""What each snapshot has brought: who is new, changed, gone, or back; never written again.

The first snapshot of a source brings nothing: that somebody is in it is no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from mailroom.ledger import Ledger, tables
from mailroom.model import Change

_PERSON = (
    *("salutation", "first_name", "middle_name", "last_name", "suffix", "partners", "company"),
    *("email", "phone", "language", "owner", "suppressed"),
)


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A change, and the snapshot that brought it."""

    change: Change
    source: str
    snapshot: int
    at: str  #: ISO 8601, UTC


def fields_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Everything the CRM says of a person, by field, without what is empty.

    `data` is a Recipient as the ledger keeps it. Not where it stands in the file, nor what was
    repaired or found: that is our word, not the CRM's. A column that is called like one of our
    own fields has `column ` before its name.
    """
    flat = {name: _text(data.get(name)) for name in _PERSON}
    flat |= {f"address.{part}": text for part, text in data.get("address", {}).items()}
    for header, text in data.get("fields", {}).items():
        flat[f"column {header}" if header in flat else header] = text
    return {name: text for name, text in flat.items() if text}


def _text(value: Any) -> str:
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, Mapping):
        return " ".join(filter(None, value.values()))
    return ", ".join(map(_text, value))


def difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Field by field what is another now: before, after. None: the person was not there."""
    old, new = fields_of(before) if before else {}, fields_of(after)
    names = dict.fromkeys((*new, *old))
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in names)
    return {name: (a, b) for name, a, b in pairs if a != b}


def applied(change: Change, before: Mapping[str, str]) -> dict[str, str] | None:
    """The fields after the change; None, if the person is gone."""
    if change.kind == "gone":
        return None
    after = {**before, **{name: b for name, (_, b) in change.fields.items()}}
    return {name: text for name, text in after.items() if text}


def write_changes(
    connection: Connection, snapshot: int, source: str, changes: Sequence[Change], now: str
) -> None:
    """Inside the transaction that takes the snapshot."""
    if not changes:
        return
    same = {"snapshot": snapshot, "source": source, "at": now}
    rows = [
        {**same, "recipient": c.recipient, "kind": c.kind, "fields": dict(c.fields)}
        for c in changes
    ]
    connection.execute(insert(tables.changes), rows)


def changes_since(ledger: Ledger, snapshot: int, source: str = "") -> tuple[Brought, ...]:
    """What later snapshots than this one have brought, oldest first; of one source, or of all."""
    t = tables.changes
    query = select(t).where(t.c.snapshot > snapshot)
    return _read(ledger, query.where(t.c.source == source) if source else query)


def changes_to(ledger: Ledger, recipient: str) -> tuple[Brought, ...]:
    """What has become of one person, oldest first."""
    return _read(ledger, select(tables.changes).where(tables.changes.c.recipient == recipient))


def _read(ledger: Ledger, query: Select[Any]) -> tuple[Brought, ...]:
    t = tables.changes
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(t.c.snapshot, t.c.recipient))
        return tuple(_brought(rows))


def _brought(rows: Iterable[Any]) -> Iterator[Brought]:
    for row in rows:
        fields = {name: (before, after) for name, (before, after) in row.fields.items()}
        yield Brought(
            change=Change(recipient=row.recipient, kind=row.kind, fields=fields),
            source=row.source,
            snapshot=row.snapshot,
            at=row.at,
        )

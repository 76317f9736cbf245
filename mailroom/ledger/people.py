"""The people of the exports: a snapshot is taken whole, and nobody is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mailroom.ledger import Ledger, new_id, tables
from mailroom.ledger.records import from_json, to_json
from mailroom.model import Recipient


def people_of(
    ledger: Ledger, sources: Collection[str] = (), *, gone: bool = False
) -> tuple[Recipient, ...]:
    """The people of the latest exports, in the exports' order."""
    t = tables.people
    query = select(t.c.data).order_by(t.c.source, t.c.position)
    if not gone:
        query = query.where(t.c.gone.is_(False))
    if sources:
        query = query.where(t.c.source.in_(sources))
    with ledger.reading() as connection:
        return tuple(from_json(Recipient, data) for data in connection.scalars(query))


def gone_people(ledger: Ledger) -> tuple[Recipient, ...]:
    """People of earlier exports who are in none of today's."""
    t = tables.people
    query = select(t.c.data).where(t.c.gone.is_(True)).order_by(t.c.source, t.c.position)
    with ledger.reading() as connection:
        return tuple(from_json(Recipient, data) for data in connection.scalars(query))


def take_snapshot(
    ledger: Ledger,
    source: str,
    files: Sequence[tuple[str, str]],
    recipients: Sequence[Recipient],
    report: Mapping[str, Any],
    now: str,
) -> None:
    """Make `recipients` the people of `source`; those not among them are gone.

    `files` are names with their sha256. People are never deleted here: a piece may
    still have to be explained.
    """
    people = tables.people
    with ledger.transaction() as connection:
        snapshot = new_id(connection, tables.snapshots)
        connection.execute(
            insert(tables.snapshots).values(
                id=snapshot,
                source=source,
                files=dict(files),
                rows=len(recipients),
                report=to_json(report),
                at=now,
            )
        )
        connection.execute(update(people).where(people.c.source == source).values(gone=True))
        _replace_people(connection, source, recipients, snapshot)


def files_read(ledger: Ledger, source: str) -> dict[str, str]:
    """The files of a source's newest snapshot, with their sha256; empty if there is none."""
    t = tables.snapshots
    query = select(t.c.files).where(t.c.source == source).order_by(t.c.id.desc()).limit(1)
    with ledger.reading() as connection:
        return dict(connection.scalar(query) or {})


def newest_snapshot(ledger: Ledger) -> int:
    """The number of the newest snapshot: while it is the same, so are the people."""
    with ledger.reading() as connection:
        return connection.scalar(select(func.max(tables.snapshots.c.id))) or 0


def _replace_people(
    connection: Connection, source: str, recipients: Sequence[Recipient], snapshot: int
) -> None:
    people = tables.people
    keys = [recipient.key for recipient in recipients]
    for start in range(0, len(keys), 500):
        connection.execute(delete(people).where(people.c.key.in_(keys[start : start + 500])))
    rows = [
        {
            "key": recipient.key,
            "source": source,
            "snapshot": snapshot,
            "gone": False,
            "position": position,
            "data": to_json(recipient),
        }
        for position, recipient in enumerate(recipients)
    ]
    if rows:
        connection.execute(insert(people), rows)

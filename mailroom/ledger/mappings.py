"""How a source's columns were read, by the header's fingerprint: the newest word counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select

from mailroom.ledger import Ledger, tables
from mailroom.ledger.steps import new_id


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """One header of a source, and the field that each of its columns fills."""

    source: str
    fingerprint: str
    kind: str  #: whose export it is; empty: nobody's we know
    columns: Mapping[str, str | None]  #: header -> field, in the file's order
    by: str = ""  #: empty: nobody had to say anything
    at: str = ""  #: ISO 8601, UTC


def remember(ledger: Ledger, mapping: Remembered) -> None:
    """Write down how a header is read; earlier words stay to be seen."""
    t = tables.mappings
    row = {**vars(mapping), "columns": [list(item) for item in mapping.columns.items()]}
    with ledger.transaction() as connection:
        connection.execute(insert(t).values(id=new_id(connection, t), **row))


def mappings_of(ledger: Ledger, source: str) -> tuple[Remembered, ...]:
    """The newest word on each header of a source, the oldest header first."""
    t = tables.mappings
    query = select(t).where(t.c.source == source).order_by(t.c.id)
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    newest = {
        row.fingerprint: Remembered(
            source=row.source,
            fingerprint=row.fingerprint,
            kind=row.kind,
            columns=dict(row.columns),
            by=row.by,
            at=row.at,
        )
        for row in rows
    }
    return tuple(newest.values())


def was_seen(ledger: Ledger, fingerprint: str) -> bool:
    """Has any source had this header?"""
    query = select(tables.mappings.c.id).where(tables.mappings.c.fingerprint == fingerprint)
    with ledger.reading() as connection:
        return connection.scalar(query.limit(1)) is not None


def mapped_sources(ledger: Ledger) -> tuple[str, ...]:
    """The sources whose columns are remembered."""
    t = tables.mappings
    with ledger.reading() as connection:
        return tuple(connection.scalars(select(t.c.source).distinct().order_by(t.c.source)))

"""Which files have been read of a source, and what was told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from mailroom.ledger import Ledger, tables


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One reading of a source's files."""

    id: int
    source: str
    files: Mapping[str, str]  #: name -> sha256
    report: Mapping[str, Any]  #: as `intake --json` has it
    at: str  #: ISO 8601, UTC


def newest_snapshots(ledger: Ledger) -> dict[str, Snapshot]:
    """By source, the reading that counts today."""
    t = tables.snapshots
    newest = select(func.max(t.c.id)).group_by(t.c.source)
    columns = (t.c.id, t.c.source, t.c.files, t.c.report, t.c.at)
    query = select(*columns).where(t.c.id.in_(newest)).order_by(t.c.source)
    with ledger.reading() as connection:
        return {row.source: Snapshot(**row._mapping) for row in connection.execute(query)}


def read_before(ledger: Ledger, source: str, digests: Collection[str]) -> str:
    """When all of these files were last read together, in whatever reading; empty if never."""
    t = tables.snapshots
    query = select(t.c.files, t.c.at).where(t.c.source == source).order_by(t.c.id.desc())
    with ledger.reading() as connection:
        for files, at in connection.execute(query):
            if {*files.values()} >= {*digests}:
                return str(at)
    return ""

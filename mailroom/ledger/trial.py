"""A ledger of its own for a provider's test mode: nothing of a trial touches the real one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, delete, insert, select

from mailroom.ledger import Ledger, tables
from mailroom.track import UNSENT

_CHUNK = 500  # rows an INSERT
_WHO = (tables.snapshots, tables.people, tables.holds, tables.decisions)
"""What decides who gets mail."""


def copy_mailing(real: Ledger, trial: Ledger, mailing: str, now: str) -> None:
    """Make the trial's ledger know what the real one knows of what would be sent.

    What an earlier trial of the mailing has left is forgotten. The plan gets the time of
    the trial, so that each trial can have keys of its own.
    """
    p, m = tables.pieces, tables.members
    waiting = (p.c.mailing == mailing) & p.c.status.in_([status.value for status in UNSENT])
    with real.reading() as source, trial.transaction() as target:
        _forget(target, mailing)
        for table in (tables.verdicts, tables.overrides, *reversed(_WHO)):
            target.execute(delete(table))
        for table in _WHO:
            _copy(source, target, table, select(table))
        for table in (tables.plans, tables.approvals):
            changed = {"at": now} if table is tables.plans else {}
            _copy(source, target, table, select(table).where(table.c.mailing == mailing), changed)
        for table in (tables.verdicts, tables.overrides):  # what was found for real counts here
            _copy(source, target, table, select(table).where(table.c.mode == "live"))
        _copy(source, target, p, select(p).where(waiting))
        _copy(source, target, m, select(m).where(m.c.piece.in_(select(p.c.key).where(waiting))))


def _forget(target: Connection, mailing: str) -> None:
    d, r = tables.dispatches, tables.replies
    keys = select(d.c.key).where(d.c.mailing == mailing)
    target.execute(delete(r).where(r.c.dispatch.in_(keys)))
    for table in (tables.members, tables.news, d, tables.approvals, tables.plans, tables.pieces):
        target.execute(delete(table).where(table.c.mailing == mailing))


def _copy(
    source: Connection,
    target: Connection,
    table: Table,
    query: Select[Any],
    changed: dict[str, Any] | None = None,
) -> None:
    rows = [{**row._mapping, **(changed or {})} for row in source.execute(query)]
    for start in range(0, len(rows), _CHUNK):
        target.execute(insert(table), rows[start : start + _CHUNK])

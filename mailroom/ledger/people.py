"""The people of the exports: a snapshot is taken whole, and nobody is ever deleted."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Insert,
    Row,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from mailroom.errors import Refused
from mailroom.ledger import Ledger, tables
from mailroom.ledger.changes import difference, write_changes
from mailroom.ledger.incoming import BATCH, Incoming, Spool, spooled
from mailroom.ledger.records import from_json, to_json
from mailroom.ledger.steps import among, new_id
from mailroom.ledger.turnover import Turnover
from mailroom.model import Change, Finding, Recipient


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


def everybody(ledger: Ledger) -> Iterator[Recipient]:
    """One after the other: who is there in the exports' order, then people of earlier exports."""
    t = tables.people
    query = select(t.c.data).order_by(t.c.gone, t.c.source, t.c.position)
    with ledger.reading() as connection:
        for data in connection.scalars(query.execution_options(yield_per=BATCH)):
            yield from_json(Recipient, data)


def texts_of_everybody(ledger: Ledger) -> Iterator[str]:
    """The same people as the JSON that the ledger has of them, by key."""
    t = tables.people
    query = select(cast(t.c.data, Text)).order_by(t.c.key)
    with ledger.reading() as connection:
        yield from connection.scalars(query.execution_options(yield_per=BATCH))


def people_with_keys(ledger: Ledger, keys: Iterable[str]) -> tuple[Recipient, ...]:
    """Those with these keys, also of earlier exports."""
    t = tables.people
    query = (
        select(t.c.data).where(among(t.c.key, keys)).order_by(t.c.gone, t.c.source, t.c.position)
    )
    with ledger.reading() as connection:
        return tuple(from_json(Recipient, data) for data in connection.scalars(query))


def keys_present(ledger: Ledger, keys: Iterable[str]) -> frozenset[str]:
    """Those of them that are in the latest exports."""
    t = tables.people
    query = select(t.c.key).where(among(t.c.key, keys), t.c.gone.is_(False))
    with ledger.reading() as connection:
        return frozenset(connection.scalars(query))


def how_many(ledger: Ledger) -> int:
    """Records in the latest exports of all sources."""
    t = tables.people
    with ledger.reading() as connection:
        return connection.scalar(select(func.count()).where(t.c.gone.is_(False))) or 0


def gone_people(ledger: Ledger) -> tuple[Recipient, ...]:
    """People of earlier exports who are in none of today's."""
    t = tables.people
    query = select(t.c.data).where(t.c.gone.is_(True)).order_by(t.c.source, t.c.position)
    with ledger.reading() as connection:
        return tuple(from_json(Recipient, data) for data in connection.scalars(query))


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a snapshot has brought."""

    people: int
    new: int = 0
    changed: int = 0  #: where the CRM says something else; another line of the file is no change
    gone: int = 0
    back: int = 0  #: there again after having been gone
    first: bool = False  #: of its source: then nothing is set off by it
    twice: int = 0  #: rows whose key another row had before them
    findings: tuple[Finding, ...] = ()  #: of the first of those
    replaced: tuple[Finding, ...] = ()  #: the first records that are somebody else's now


Report = Callable[[Counts], Mapping[str, Any]]
"""Asked, once everything is counted, for what is kept with the snapshot."""


def take_snapshot(
    ledger: Ledger,
    source: str,
    files: Iterable[tuple[str, str]],
    recipients: Iterable[Recipient],
    report: Report,
    now: str,
    gone: int | None = None,
    changed: int | None = None,
) -> Counts:
    """Make `recipients` the people of `source`; those not among them are gone.

    All of it or, where reading them fails, nothing. `files` are names with their sha256.
    Refused where more than half of the people would be gone and `gone` is not their number: it
    may be another file, or half of one. So where over half have another name or address and
    `changed` is not their number, unless it is the same file, read another way. People are
    never deleted here: a piece may still have to be explained. Who has lost his key to somebody
    else is gone, with all that is known of him, under a key of his own.
    """
    named = dict(files)
    with spooled(recipients) as spool, _writing(ledger, source, spool) as (connection, left):
        snapshot = new_id(connection, tables.snapshots)
        first = _is_first(connection, source)
        present = _present(connection, source)
        _check_gone(source, len(left), present, gone)
        is_new = {*named.values()} != {*_files_read(connection, source).values()}
        row = {"id": snapshot, "source": source, "files": named, "rows": spool.people}
        connection.execute(insert(tables.snapshots).values(**row, report={}, at=now))
        kinds = Counter[str]()
        turned = Turnover(connection, source)
        for changes in _written(connection, source, snapshot, spool, left, turned, told=not first):
            kinds.update(change.kind for change in changes)
            if not first:
                write_changes(connection, snapshot, source, changes, now)
        if is_new:
            turned.check(present - len(left), changed)
        counts = Counts(
            people=spool.people,
            first=first,
            twice=spool.twice,
            findings=tuple(spool.findings),
            replaced=tuple(turned.findings),
            **kinds,
        )
        mine = update(tables.snapshots).where(tables.snapshots.c.id == snapshot)
        connection.execute(mine.values(report=to_json(report(counts))))
    return counts


@contextlib.contextmanager
def _writing(ledger: Ledger, source: str, spool: Spool) -> Iterator[tuple[Connection, list[str]]]:
    """A transaction to write in, with the keys of those who leave and, in the spool, the others.

    Before it begins a million people are compared with those that are there, so that nobody
    has to wait for that; where somebody has taken a snapshot meanwhile it is done again within.
    """
    with ledger.reading() as connection:
        seen = new_id(connection, tables.snapshots)
        left = _compared(connection, source, spool)
    with ledger.transaction() as connection:
        if seen != new_id(connection, tables.snapshots):
            left = _compared(connection, source, spool)
        yield connection, left


def _compared(connection: Connection, source: str, spool: Spool) -> list[str]:
    """The keys of those who leave; who is not as he was is told to the spool."""
    spool.forget_others()
    for people in spool.batches():
        before = _before(connection, people)
        others = (p.position for p in people if _is_other(before.get(p.key), p, source))
        spool.tell_others(others)
    return _left(connection, source, spool)


def _before(connection: Connection, people: Sequence[Incoming]) -> dict[str, Row[Any]]:
    """What is known under their keys."""
    t = tables.people
    columns = (t.c.key, t.c.source, t.c.gone, t.c.position, cast(t.c.data, Text).label("text"))
    known = select(*columns).where(among(t.c.key, [person.key for person in people]))
    return {row.key: row for row in connection.execute(known)}


def _is_first(connection: Connection, source: str) -> bool:
    t = tables.snapshots
    query = select(t.c.id).where(t.c.source == source).limit(1)
    return connection.execute(query).first() is None


def _present(connection: Connection, source: str) -> int:
    t = tables.people
    query = select(func.count()).where(t.c.source == source, t.c.gone.is_(False))
    return connection.scalar(query) or 0


def _left(connection: Connection, source: str, spool: Spool) -> list[str]:
    """The keys of those who were there until now."""
    t = tables.people
    query = select(t.c.key).where(t.c.source == source, t.c.gone.is_(False))
    keys = connection.scalars(query.execution_options(yield_per=BATCH)).partitions()
    return [key for batch in keys for key in spool.lacks(batch)]


def _check_gone(source: str, gone: int, before: int, confirmed: int | None) -> None:
    if gone * 2 > before and confirmed != gone:
        raise Refused(
            f"{gone} of the {before} people of {source!r} would be gone; nothing was taken in",
            hint=f"is it the right file? If so, type the same with --gone {gone}",
        )


def _written(
    connection: Connection,
    source: str,
    snapshot: int,
    spool: Spool,
    left: Sequence[str],
    turned: Turnover,
    *,
    told: bool,
) -> Iterator[list[Change]]:
    """Write everybody down, batch after batch, and tell what is another now.

    `told`: field by field; else only that it is another.
    """
    t = tables.people
    for batch in batched(left):
        leaving = update(t).where(among(t.c.key, batch))
        connection.execute(leaving.values(gone=True))
        yield [Change(recipient=key, kind="gone") for key in batch]
    for other in spool.others():
        before = _before(connection, other)
        parted = [change for p in other for change in turned.part(before, p)]
        old = [person.key for person in other if person.key in before]
        if old:
            connection.execute(delete(t).where(among(t.c.key, old)))
        same = {"source": source, "snapshot": snapshot, "gone": False}
        connection.execute(_insert_as_text(connection), [{**same, **vars(p)} for p in other])
        changes = (_change(before.get(person.key), person, told=told) for person in other)
        yield [*parted, *(change for change in changes if change)]


def _insert_as_text(connection: Connection) -> Insert:
    """A row of people whose JSON is text already: reading and writing it anew takes long."""
    text = bindparam("text", type_=Text)
    data = text if connection.dialect.name == "sqlite" else cast(text, JSON)
    names = ("key", "source", "snapshot", "gone", "position")
    return insert(tables.people).values({n: bindparam(n) for n in names} | {"data": data})


def _is_other(before: Row[Any] | None, person: Incoming, source: str) -> bool:
    """Is anything of the row another: the person, or only its place?"""
    if before is None or before.gone or before.source != source:
        return True
    return bool(before.text != person.text or before.position != person.position)


def _change(before: Row[Any] | None, person: Incoming, *, told: bool) -> Change | None:
    key, old = person.key, json.loads(before.text) if before else None
    fields = difference(old, person.data) if told or before else {}
    if before is None:
        return Change(recipient=key, kind="new", fields=fields)
    if before.gone:
        return Change(recipient=key, kind="back", fields=fields)
    return Change(recipient=key, kind="changed", fields=fields) if fields else None


def batched(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at a time as a statement takes well."""
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def files_read(ledger: Ledger, source: str) -> dict[str, str]:
    """The files of a source's newest snapshot, with their sha256; empty if there is none."""
    with ledger.reading() as connection:
        return _files_read(connection, source)


def _files_read(connection: Connection, source: str) -> dict[str, str]:
    t = tables.snapshots
    query = select(t.c.files).where(t.c.source == source).order_by(t.c.id.desc()).limit(1)
    return dict(connection.scalar(query) or {})


def newest_reports(ledger: Ledger) -> dict[str, Mapping[str, Any]]:
    """What was told of each source's newest snapshot."""
    t = tables.snapshots
    newest = select(func.max(t.c.id)).group_by(t.c.source)
    query = select(t.c.source, t.c.report).where(t.c.id.in_(newest)).order_by(t.c.source)
    with ledger.reading() as connection:
        return {row.source: row.report for row in connection.execute(query)}


def newest_snapshot(ledger: Ledger) -> int:
    """The number of the newest snapshot."""
    with ledger.reading() as connection:
        return connection.scalar(select(func.max(tables.snapshots.c.id))) or 0

"""Steps inside a transaction, which the verbs of several modules take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from mailroom.errors import Refused, Taken
from mailroom.ledger import tables
from mailroom.ledger.records import from_json, to_json
from mailroom.model import Artwork, Piece, Planned, Reply, Status
from mailroom.track import UNSENT, may_become


def among(column: ColumnElement[str], keys: Iterable[str]) -> ColumnElement[bool]:
    """Is it one of these? The keys are no parameters: a statement may have 65,535 of those."""
    return column.in_(bindparam(None, list(keys), expanding=True, literal_execute=True))


def is_away() -> ColumnElement[bool]:
    """Has the piece left the house, or may it have?"""
    return tables.pieces.c.status.not_in([status.value for status in UNSENT])


def new_id(connection: Connection, table: Table) -> int:
    """The next number: nobody else can take it, for a transaction is alone with the ledger."""
    return (connection.scalar(select(func.max(table.c.id))) or 0) + 1


def last_word(connection: Connection) -> str:
    """Which of all words about who may be written to is the last: exports, holds, decisions."""
    s, h, d = tables.snapshots, tables.holds, tables.decisions
    ended = select(func.count()).where(h.c.ended_at != "").scalar_subquery()
    newest = (select(func.max(t.c.id)).scalar_subquery() for t in (s, h, d))
    return "/".join(str(number or 0) for number in connection.execute(select(*newest, ended)).one())


def insert_pieces(connection: Connection, items: Sequence[Planned]) -> None:
    """Write planned pieces down, with their members."""
    if not items:
        return
    connection.execute(insert(tables.pieces), [_piece_row(item) for item in items])
    connection.execute(
        insert(tables.members),
        [
            {"mailing": item.piece.mailing, "recipient": member, "piece": item.piece.key}
            for item in items
            for member in _everybody(item.piece)
        ],
    )


def _piece_row(item: Planned) -> dict[str, Any]:
    piece = item.piece
    return {
        "key": piece.key,
        "mailing": piece.mailing,
        "number": piece.number,
        "household": piece.household.key,
        "status": item.status.value,
        "content": item.content,
        "data": to_json(piece),
        "artwork": to_json(item.artwork),
        "provider": item.provider,
        "provider_ref": "",
        "attempts": item.attempts,
    }


def _everybody(piece: Piece) -> list[str]:
    """The members, and the records of the same people that were left out as duplicates."""
    household = piece.household
    return list(dict.fromkeys((*(m.key for m in household.members), *household.also)))


def check_waiting(connection: Connection, keys: Sequence[str]) -> None:
    """`Taken`, where another sender has been quicker with one; that is no fault of anybody's."""
    p = tables.pieces
    query = select(p.c.mailing, p.c.number, p.c.status).where(among(p.c.key, keys))
    for row in connection.execute(query):
        if row.status not in (Status.READY, Status.HELD):
            where = f"{row.mailing} piece {row.number:04d}"
            raise Taken(f"it is {row.status} and cannot become {Status.SENDING}", where=where)


def keep_replies(connection: Connection, key: str, replies: Sequence[Reply]) -> None:
    """Keep answers of a provider's server beside the batch they belong to."""
    if not replies:
        return
    first = new_id(connection, tables.replies)
    rows = [{"id": first + n, "dispatch": key, **to_json(r)} for n, r in enumerate(replies)]
    connection.execute(insert(tables.replies), rows)


def check_content(connection: Connection, items: Sequence[Planned]) -> None:
    """Refused, where a piece is no longer what was looked at."""
    p = tables.pieces
    wanted = {item.piece.key: item.content for item in items}
    rows = connection.execute(select(p.c.key, p.c.content).where(among(p.c.key, wanted))).all()
    if {row.key: row.content for row in rows} != wanted:
        raise Refused("the pieces have been prepared anew", hint="look at the proof again")


def read_planned(row: Row[Any]) -> Planned:
    """A row of `pieces` as the noun it was frozen from."""
    return Planned(
        piece=from_json(Piece, row.data),
        artwork=from_json(Artwork, row.artwork) if row.artwork else None,
        content=row.content,
        status=Status(row.status),
        provider=row.provider,
        provider_ref=row.provider_ref,
        attempts=row.attempts,
    )


def move_pieces(
    connection: Connection, keys: Sequence[str], status: Status, note: str, now: str
) -> None:
    """Give pieces another status and write the events; Refused, if one may not take the step."""
    p = tables.pieces
    rows = connection.execute(
        select(p.c.key, p.c.mailing, p.c.number, p.c.status).where(among(p.c.key, keys))
    ).all()
    if len(rows) != len(set(keys)):
        raise Refused(
            "some pieces are no longer in the ledger", hint="type `mailroom prepare` again"
        )
    for row in rows:
        if not may_become(Status(row.status), status):
            where = f"{row.mailing} piece {row.number:04d}"
            raise Refused(f"it is {row.status} and cannot become {status}", where=where)
    connection.execute(update(p).where(among(p.c.key, keys)).values(status=status.value))
    add_events(
        connection,
        [
            {
                "at": now,
                "mailing": row.mailing,
                "piece": row.key,
                "was": row.status,
                "now": status.value,
                "note": note,
            }
            for row in rows
        ],
    )


def add_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write down what has become of pieces; the numbers go on from the last."""
    if not rows:
        return
    first = new_id(connection, tables.events)
    connection.execute(
        insert(tables.events), [{"id": first + n, **row} for n, row in enumerate(rows)]
    )


def add_prepared(
    connection: Connection, items: Sequence[Planned], before: Mapping[str, str], now: str
) -> None:
    """The events of planned pieces; `before`: piece key -> its status, where it had one."""
    add_events(
        connection,
        [
            {
                "at": now,
                "mailing": item.piece.mailing,
                "piece": item.piece.key,
                "was": was,
                "now": item.status.value,
                "note": "prepared",
            }
            for item in items
            for was in [before.get(item.piece.key, "")]
            if was != item.status
        ],
    )

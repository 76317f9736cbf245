"""What programmes have given to whom: each occasion once, whatever edition it goes out with.

A row says which piece an occasion went to. It counts while that piece has left the house, or
may have: what failed, or was never taken, is given again, and what was called back only where
a person has it planned again. So it follows its piece through every status by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, delete, insert, select

from mailroom.errors import Stale
from mailroom.ledger import tables
from mailroom.model import Piece, Status
from mailroom.track import UNSENT

if TYPE_CHECKING:
    from mailroom.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class GivenRow:
    """An occasion of somebody that a piece has gone out for."""

    programme: str
    occasion: str
    recipient: str
    mailing: str
    piece: str
    status: Status  #: of the piece
    at: str  #: ISO 8601, UTC: when it was claimed


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a snapshot brought of somebody: a field that has changed, or that he is new."""

    recipient: str
    at: str  #: ISO 8601, UTC
    kind: str  #: see model.Change
    before: str = ""
    after: str = ""


def claim(connection: Connection, pieces: Iterable[Piece], now: str) -> None:
    """Give these pieces their occasions, inside the transaction that writes the intent.

    Stale, where a piece of another edition has gone out for one of them, or may have.
    """
    t = tables.occasions
    for piece in pieces:
        if not piece.occasions:
            continue
        if found := _taken(connection, piece):
            raise Stale(
                f"{found.occasion} was given to {found.recipient} by {found.mailing}",
                where=f"{piece.mailing} piece {piece.number:04d}",
                hint=f"type `mailroom prepare {piece.mailing}` again",
            )
        rows = [
            {
                "programme": one.programme,
                "occasion": one.name,
                "recipient": one.recipient,
                "mailing": piece.mailing,
                "piece": piece.key,
                "at": now,
            }
            for one in piece.occasions
        ]
        for row in rows:
            same = (t.c[name] == row[name] for name in ("programme", "occasion", "recipient"))
            connection.execute(delete(t).where(*same))
        connection.execute(insert(t), rows)


def taken(ledger: Ledger, piece: Piece) -> GivenRow | None:
    """The occasion of this piece that one of another edition has been given; None: none."""
    if not piece.occasions:
        return None
    with ledger.reading() as connection:
        return _taken(connection, piece)


def given(ledger: Ledger, programme: str, but: str = "") -> Mapping[str, Sequence[GivenRow]]:
    """What was given of a programme, by recipient; not by the edition `but`."""
    t = tables.occasions
    found: dict[str, list[GivenRow]] = defaultdict(list)
    with ledger.reading() as connection:
        for row in _rows(connection, t.c.programme == programme, t.c.mailing != but):
            found[row.recipient].append(row)
    return found


def given_by_others(ledger: Ledger, programme: str, since: str) -> Sequence[GivenRow]:
    """What all other programmes have given `since` then (ISO 8601, UTC), but what was called back.

    Oldest first.
    """
    t = tables.occasions
    with ledger.reading() as connection:
        rows = _rows(connection, t.c.programme != programme, t.c.at >= since)
        return [row for row in rows if row.status is not Status.CANCELLED]


def moves(ledger: Ledger, columns: Collection[str]) -> Iterator[Move]:
    """Who is new, and whose field has changed, oldest first; `columns` are the field's names."""
    t = tables.changes
    query = select(t.c.recipient, t.c.kind, t.c.fields, t.c.at).where(t.c.kind != "gone")
    with ledger.reading() as connection:
        for row in connection.execute(query.order_by(t.c.snapshot, t.c.recipient)):
            found = next((row.fields[name] for name in columns if name in row.fields), None)
            if found or row.kind == "new":
                before, after = found or ("", "")
                yield Move(
                    recipient=row.recipient, at=row.at, kind=row.kind, before=before, after=after
                )


def _taken(connection: Connection, piece: Piece) -> GivenRow | None:
    t = tables.occasions
    wanted = {(one.programme, one.name, one.recipient) for one in piece.occasions}
    keys: BindParameter[str] = bindparam(
        None, [*{key for *_, key in wanted}], expanding=True, literal_execute=True
    )
    programme = piece.occasions[0].programme
    others = t.c.programme == programme, t.c.recipient.in_(keys), t.c.piece != piece.key
    for row in _rows(connection, *others):
        if (programme, row.occasion, row.recipient) in wanted:
            return row
    return None


def _rows(connection: Connection, *where: ColumnElement[bool]) -> Iterator[GivenRow]:
    t, p = tables.occasions, tables.pieces
    away = p.c.status.not_in([status.value for status in UNSENT])
    query: Any = select(t, p.c.status).join(p, p.c.key == t.c.piece).where(away, *where)
    for row in connection.execute(query.order_by(t.c.at, t.c.occasion)):
        yield GivenRow(
            programme=row.programme,
            occasion=row.occasion,
            recipient=row.recipient,
            mailing=row.mailing,
            piece=row.piece,
            status=Status(row.status),
            at=row.at,
        )

"""What people have said of who gets no mail, and what the post has brought back.

A hold is never deleted: one that is ended says who has ended it, when and why.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mailroom.ledger import Ledger, tables
from mailroom.ledger.records import from_json, to_json
from mailroom.ledger.steps import among, new_id
from mailroom.ledger.turnover import MARK
from mailroom.model import Address, Hold, Piece, Recipient, Status
from mailroom.suppression import Returned


@dataclass(frozen=True, kw_only=True)
class KeptHold:
    """A hold as it stands in the ledger."""

    id: int
    hold: Hold
    ended_at: str = ""  #: empty: no person has ended it
    ended_by: str = ""
    ended_why: str = ""

    def counts(self, today: dt.date) -> bool:
        """Does it keep mail back on that day?"""
        return not self.ended_at and (self.hold.until is None or today < self.hold.until)


def write_hold(ledger: Ledger, hold: Hold) -> int:
    """Write it down; its number."""
    t = tables.holds
    until = hold.until.isoformat() if hold.until else ""
    with ledger.transaction() as connection:
        number = new_id(connection, t)
        person = json.dumps(to_json(hold.person)) if hold.person else ""
        row = {**vars(hold), "until": until, "person": person}
        row |= dict.fromkeys(("ended_at", "ended_by", "ended_why"), "")
        connection.execute(insert(t).values(id=number, **row))
    return number


def end_holds(ledger: Ledger, numbers: Collection[int], by: str, why: str, now: str) -> None:
    """End those that nobody has ended yet."""
    t = tables.holds
    open_ones = update(t).where(t.c.id.in_(numbers), t.c.ended_at == "")
    with ledger.transaction() as connection:
        connection.execute(open_ones.values(ended_at=now, ended_by=by, ended_why=why))


def all_holds(ledger: Ledger) -> tuple[KeptHold, ...]:
    """Every hold there ever was, oldest first; there are few."""
    t = tables.holds
    with ledger.reading() as connection:
        return tuple(map(_kept, connection.execute(select(t).order_by(t.c.id))))


def _kept(row: Row[Any]) -> KeptHold:
    until = dt.date.fromisoformat(row.until) if row.until else None
    hold = Hold(
        recipient=row.recipient,
        reason=row.reason,
        by=row.by,
        at=row.at,
        until=until,
        person=from_json(Recipient, json.loads(row.person)) if row.person else None,
    )
    return KeptHold(
        id=row.id,
        hold=hold,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_why=row.ended_why,
    )


# Returned mail ------------------------------------------------------------------------------


def returned_mail(ledger: Ledger) -> tuple[Returned, ...]:
    """Whose mail came back, from which address, and whether they have moved since."""
    with ledger.reading() as connection:
        pieces = _returned_pieces(connection)
        sent = _last_events(connection, [piece.key for piece in pieces], Status.SENDING)
        back = _last_events(connection, [piece.key for piece in pieces], Status.RETURNED)
        owners = _owners(connection, [piece.key for piece in pieces])
        members = {key for piece in pieces for key in _addresses(piece)}
        members = {*members, *owners.values()}
        moved = _last_moves(connection, members)
    return tuple(
        Returned(
            recipient=(whose := owners.get((piece.key, key), key)),
            address=address,
            piece=f"piece {piece.number} of {piece.mailing}",
            at=back.get(piece.key, ""),
            moved=moved.get(whose, "") > sent.get(piece.key, ""),
        )
        for piece in pieces
        for key, address in _addresses(piece).items()
    )


def _returned_pieces(connection: Connection) -> list[Piece]:
    """Mailing by mailing, for so the index has them: a ledger may hold millions of pieces."""
    p, found = tables.pieces, list[Piece]()
    for mailing in connection.scalars(select(tables.plans.c.mailing)).all():
        query = select(p.c.data).where(p.c.mailing == mailing, p.c.status == Status.RETURNED.value)
        rows = connection.scalars(query.order_by(p.c.number))
        found += [from_json(Piece, data) for data in rows]
    return found


def _owners(connection: Connection, pieces: Sequence[str]) -> dict[tuple[str, str], str]:
    """Piece and key -> the key now of who had it then, where it is somebody else's since."""
    t = tables.members
    query = select(t.c.piece, t.c.recipient).where(t.c.recipient.contains(MARK))
    rows = connection.execute(query.where(among(t.c.piece, pieces))) if pieces else ()
    return {(row.piece, row.recipient.rpartition(MARK)[0]): row.recipient for row in rows}


def _addresses(piece: Piece) -> dict[str, Address]:
    """Where each of the household was written to, by their records."""
    home = piece.household
    records = dict.fromkeys(home.also, home.head.address)
    return records | {member.key: member.address for member in home.members}


def _last_events(connection: Connection, pieces: Sequence[str], status: Status) -> dict[str, str]:
    t = tables.events
    if not pieces:
        return {}
    query = select(t.c.piece, t.c.at).where(among(t.c.piece, pieces), t.c.now == status.value)
    return {row.piece: row.at for row in connection.execute(query.order_by(t.c.id))}


def _last_moves(connection: Connection, recipients: Collection[str]) -> dict[str, str]:
    """When the CRM last had another address for each of them."""
    t = tables.changes
    if not recipients:
        return {}
    query = select(t.c.recipient, t.c.fields, t.c.at).where(among(t.c.recipient, recipients))
    return {
        row.recipient: row.at
        for row in connection.execute(query.order_by(t.c.snapshot))
        if any(name.startswith("address.") for name in row.fields)
    }

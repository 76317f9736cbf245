"""What is kept of the past: read for people who ask what has happened, and for claims."""

from __future__ import annotations

from sqlalchemy import func, select

from mailroom.ledger import Ledger, tables
from mailroom.ledger.records import from_json
from mailroom.model import Event, Reply


def replies(ledger: Ledger, key: str) -> tuple[Reply, ...]:
    """Every answer a provider's server has given about a batch, in the order they came."""
    t = tables.replies
    query = select(t).where(t.c.dispatch == key).order_by(t.c.id)
    with ledger.reading() as connection:
        return tuple(from_json(Reply, dict(row._mapping)) for row in connection.execute(query))


def last_events(ledger: Ledger, mailing: str) -> dict[str, Event]:
    """What has happened last to each piece of a mailing, by the piece's key."""
    t = tables.events
    newest = select(func.max(t.c.id)).where(t.c.mailing == mailing).group_by(t.c.piece)
    query = select(t).where(t.c.id.in_(newest))
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return {row.piece: from_json(Event, dict(row._mapping)) for row in rows}


def open_mailings(ledger: Ledger, statuses: frozenset[str]) -> tuple[str, ...]:
    """The mailings that have a piece with one of these statuses, by name."""
    p = tables.pieces
    query = select(p.c.mailing).where(p.c.status.in_(sorted(statuses))).distinct()
    with ledger.reading() as connection:
        return tuple(connection.scalars(query.order_by(p.c.mailing)))

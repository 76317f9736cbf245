"""What is kept of the past: read for people who ask what has happened, and for claims."""

from __future__ import annotations

from sqlalchemy import func, select

from mailroom.ledger import Ledger, tables
from mailroom.ledger.records import from_json
from mailroom.ledger.steps import is_away
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


def events_of(ledger: Ledger, piece: str) -> tuple[Event, ...]:
    """Everything that has happened to a piece."""
    t = tables.events
    query = select(t).where(t.c.piece == piece).order_by(t.c.id)
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return tuple(from_json(Event, dict(row._mapping)) for row in rows)


def sent_titles(ledger: Ledger) -> dict[str, str]:
    """The mailings of which something has left the house, with their titles."""
    p, plans = tables.pieces, tables.plans
    query = select(plans.c.mailing, plans.c.report).where(
        plans.c.mailing.in_(select(p.c.mailing).where(is_away()))
    )
    with ledger.reading() as connection:
        return {name: report.get("title", "") for name, report in connection.execute(query)}


def volumes(ledger: Ledger) -> dict[str, int]:
    """How many pieces of each mailing have left the house; last what was sent last."""
    p, t = tables.pieces, tables.dispatches
    last = select(t.c.mailing, func.max(t.c.intent_at).label("at")).group_by(t.c.mailing)
    sent = last.subquery()
    query = (
        select(p.c.mailing, func.count().label("away"))
        .join(sent, sent.c.mailing == p.c.mailing, isouter=True)
        .where(is_away())
        .group_by(p.c.mailing, sent.c.at)
        .order_by(func.coalesce(sent.c.at, ""), p.c.mailing)
    )
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return {row.mailing: row.away for row in rows}


def batch_costs(ledger: Ledger) -> tuple[tuple[str, str, str, str], ...]:
    """What every batch has cost that was made or may have been, of all mailings.

    `(intent_at, mailing, cost, currency)`; batches without a price are left out.
    """
    t = tables.dispatches
    free = ("void", "failed", "cancelled", "reprint")  # nothing was made of these
    query = select(t.c.intent_at, t.c.mailing, t.c.cost, t.c.currency).where(
        t.c.cost != "", t.c.state.not_in(free)
    )
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(t.c.intent_at, t.c.key)).all()
    return tuple((row.intent_at, row.mailing, row.cost, row.currency) for row in rows)

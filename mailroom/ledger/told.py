"""What providers tell of pieces after they have taken them: kept as it came, then applied.

News comes by webhook and by polling, twice, late and out of order. So it is only ever added,
and what follows from it for a piece's status is worked out from all that is known of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, update

from mailroom.ledger import Ledger, tables
from mailroom.ledger.records import from_json
from mailroom.ledger.steps import among, move_pieces
from mailroom.model import News, Status
from mailroom.track import follow

_CHUNK = 500  # pieces a transaction: a sender waits no longer than for one of them


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of a handful of news."""

    new: int  #: the others were known already
    moved: dict[str, Status]  #: piece key -> where it is now


def take_news(ledger: Ledger, items: Iterable[News], now: str) -> Told:
    """Keep what is new of `items` and bring the pieces it is about to where they are now.

    News of a piece nobody knows is kept as well. Safe to repeat.
    """
    waiting = list(items)
    new, moved = 0, dict[str, Status]()
    for start in range(0, len(waiting), _CHUNK):
        chunk = waiting[start : start + _CHUNK]
        with ledger.transaction() as connection:
            new += _keep(connection, chunk, now)
            refs = {item.ref for item in chunk}
            moved |= _apply(connection, refs, {item.key for item in chunk} - {""}, now)
    return Told(new=new, moved=moved)


def news_of(ledger: Ledger, piece: str) -> tuple[News, ...]:
    """Everything providers have told of a piece, oldest first."""
    t = tables.news
    query = select(t).where(t.c.piece == piece).order_by(t.c.at, t.c.id)
    with ledger.reading() as connection:
        return tuple(map(_news, connection.execute(query)))


def told_of(ledger: Ledger, mailing: str) -> dict[str, list[News]]:
    """All that was told of a mailing, oldest first, by the provider's id of the piece.

    Without the provider's own words in full (`raw`): of thousands of pieces they are many.
    """
    t = tables.news
    columns = [column for column in t.columns if column is not t.c.raw]
    query = select(*columns).where(t.c.mailing == mailing).order_by(t.c.at, t.c.id)
    found: dict[str, list[News]] = {}
    with ledger.reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row.ref, []).append(_news(row))
    return found


def _news(row: Row[tuple[object, ...]]) -> News:
    values = dict(row._mapping)
    return from_json(News, {**values, "status": values["status"] or None})


def _keep(connection: Connection, items: Sequence[News], now: str) -> int:
    """The ones not known yet, each once, with the mailing and piece our journal has for them."""
    t = tables.news
    fresh = {(item.provider, item.id): item for item in items}
    known = select(t.c.provider, t.c.id).where(t.c.id.in_([name for _, name in fresh]))
    for row in connection.execute(known):
        fresh.pop((row.provider, row.id), None)
    ours = _journal(connection, {item.ref for item in fresh.values()})
    rows = [_row(item, ours.get(item.ref), now) for item in fresh.values()]
    if rows:
        connection.execute(insert(t), rows)
    return len(rows)


def _journal(connection: Connection, refs: set[str]) -> dict[str, tuple[str, str, str]]:
    """Ref -> mailing, piece and key, for news that does not name them."""
    d = tables.dispatches
    query = select(d.c.ref, d.c.mailing, d.c.pieces, d.c.key).where(d.c.ref.in_(refs))
    return {
        row.ref: (row.mailing, row.pieces[0] if len(row.pieces) == 1 else "", row.key)
        for row in connection.execute(query)
    }


def _row(item: News, ours: tuple[str, str, str] | None, now: str) -> dict[str, object]:
    mailing, piece, key = ours or ("", "", "")
    return {
        "provider": item.provider,
        "id": item.id,
        "mailing": item.mailing or mailing,
        "piece": item.piece or piece,
        "key": item.key or key,
        "ref": item.ref,
        "word": item.word,
        "status": item.status.value if item.status else "",
        "at": item.at,
        "note": item.note,
        "raw": item.raw,
        "taken_at": now,
        "known": item.known,
        "final": item.final,
    }


def _apply(connection: Connection, refs: set[str], keys: set[str], now: str) -> dict[str, Status]:
    """Move every piece that these refs stand for as far as its news allows."""
    _end_doubts(connection, keys, now)
    p, t = tables.pieces, tables.news
    pieces = connection.execute(
        select(p.c.key, p.c.status, p.c.provider_ref).where(p.c.provider_ref.in_(refs - {""}))
    ).all()
    said = connection.execute(
        select(t.c.ref, t.c.status, t.c.word, t.c.note)
        .where(t.c.ref.in_(refs), t.c.status != "")
        .order_by(t.c.at, t.c.id)
    ).all()
    moved = {}
    for piece in pieces:
        steps = [row for row in said if row.ref == piece.provider_ref]
        for row, status in follow(Status(piece.status), [(r, Status(r.status)) for r in steps]):
            note = f"{row.word}: {row.note}" if row.note else row.word
            move_pieces(connection, [piece.key], status, note, now)
            moved[piece.key] = status
        if piece.key in moved:
            _close_line(connection, piece.provider_ref, moved[piece.key])
    return moved


def _end_doubts(connection: Connection, keys: set[str], now: str) -> None:
    """A batch in doubt that the provider speaks of has been taken."""
    d, t = tables.dispatches, tables.news
    doubtful = connection.execute(
        select(d.c.key, d.c.pieces).where(d.c.key.in_(keys), d.c.state == "unknown")
    ).all()
    for line in doubtful:
        ref = connection.scalars(select(t.c.ref).where(t.c.key == line.key).limit(1)).one()
        move_pieces(connection, line.pieces, Status.ACCEPTED, f"the provider has it: {ref}", now)
        mine = update(tables.pieces).where(among(tables.pieces.c.key, line.pieces))
        connection.execute(mine.values(provider_ref=ref))
        ended = update(d).where(d.c.key == line.key)
        connection.execute(ended.values(state="done", ref=ref, outcome_at=now))


_ENDED = {Status.FAILED: "failed", Status.CANCELLED: "cancelled"}


def _close_line(connection: Connection, ref: str, status: Status) -> None:
    """A piece that failed or was called back later ends its batch so, and spends its key.

    What has been posted all the same is done, and is paid for.
    """
    d = tables.dispatches
    mine = update(d).where(d.c.ref == ref, d.c.state.in_(("done", *_ENDED.values())))
    connection.execute(mine.values(state=_ENDED.get(status, "done")))

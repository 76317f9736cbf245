"""What a person should know of pieces that have been handed over; the ledger alone is asked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailroom.ledger.history import last_events
from mailroom.ledger.told import told_of
from mailroom.model import Dispatch, News, Planned, Status
from mailroom.providers import Teller, provider_names
from mailroom.track import ON_ITS_WAY
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A piece that somebody should look at, why, and what to do."""

    piece: int  #: its number; 0 where the ledger has none
    recipient: str
    ref: str  #: the provider's id of it
    what: str
    hint: str = ""


def noted(item: Planned, what: str, hint: str = "") -> Noted:
    """A piece of the ledger with what there is to say of it."""
    piece = item.piece
    return Noted(
        piece=piece.number,
        recipient=piece.recipient.name_or_key,
        ref=item.provider_ref,
        what=what,
        hint=hint,
    )


def teller(ws: Workspace, provider: str) -> Teller | None:
    """The provider of that name, if it tells what becomes of a piece."""
    if provider not in provider_names():
        return None
    found = ws.provider(provider)
    return found if isinstance(found, Teller) else None


def in_order(statuses: Iterable[Status]) -> dict[str, int]:
    """How many of each, in the order in which a piece goes through them."""
    counts = Counter(statuses)
    return {status.value: counts[status] for status in Status if counts[status]}


# --- failed -------------------------------------------------------------------------------


def failed(ws: Workspace, name: str, items: Iterable[Planned]) -> tuple[Noted, ...]:
    """Those the provider refused, or has failed to make, with its reason."""
    those = [item for item in items if item.status is Status.FAILED]
    if not those:
        return ()
    events, told = last_events(ws.ledger, name), told_of(ws.ledger, name)
    hint = f"mend that, then `mailroom prepare {name}`"
    found = []
    for item in those:
        said = [news.note for news in told.get(item.provider_ref, ()) if news.note]
        event = events.get(item.piece.key)
        found.append(noted(item, said[-1] if said else event.note if event else "", hint))
    return tuple(found)


# --- silent -------------------------------------------------------------------------------


def silent(ws: Workspace, name: str, items: Sequence[Planned]) -> tuple[Noted, ...]:
    """Those on their way of which nothing has been heard for longer than is usual."""
    limits = _limits(ws, {item.provider for item in items if _is_under_way(item)})
    if not limits:
        return ()
    lines = {key: line for line in ws.ledger.dispatches(name, "done") for key in line.pieces}
    told = told_of(ws.ledger, name)
    found = []
    for item in items:
        limit, line = limits.get(item.provider), lines.get(item.piece.key)
        if limit and line and _is_under_way(item):
            days = _days_silent(item, line, told.get(item.provider_ref, ()), ws.clock(), limit)
            if days:
                found.append(_noted_silent(item, days))
    return tuple(found)


def _is_under_way(item: Planned) -> bool:
    return item.status in ON_ITS_WAY and bool(item.provider_ref)


def _limits(ws: Workspace, providers: Iterable[str]) -> Mapping[str, dt.timedelta]:
    """How long each provider may be silent; those that tell nothing are not among them."""
    found = {}
    for name in providers:
        if teller(ws, name) and (limit := ws.provider(name).capabilities().silent_after):
            found[name] = limit
    return found


def _days_silent(
    item: Planned, line: Dispatch, told: Sequence[News], now: dt.datetime, limit: dt.timedelta
) -> int:
    """Whole days without news; 0 where that is as it should be.

    The clock runs from the last news, but never before the piece was to be handed over.
    """
    here = [news for news in told if news.status is item.status]
    if here and here[-1].final:
        return 0  # most mail is not scanned at the door
    times = [line.send_at, line.outcome_at or line.intent_at, *(news.at for news in told)]
    since = now - max(dt.datetime.fromisoformat(at) for at in times if at)
    return since.days if since > limit else 0


def _noted_silent(item: Planned, days: int) -> Noted:
    return noted(
        item,
        f"{item.status.value}, and no news for {days} days",
        f"look for it at {item.provider}, and ask there; `mailroom batch show` has the evidence",
    )


# --- the window for calling back ------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Undo:
    """Pieces that the provider still holds back, and until when."""

    pieces: int
    until: str  #: of the first of them; ISO 8601, UTC
    left: str  #: `23 h 41 min`


def undo(ws: Workspace, name: str, items: Iterable[Planned]) -> Undo | None:
    """What can still be called back for certain; None: nothing."""
    accepted = {item.piece.key for item in items if item.status is Status.ACCEPTED}
    now = ws.now()
    held_back = [
        line
        for line in ws.ledger.dispatches(name, "done")
        if line.send_at > now and accepted.intersection(line.pieces)
    ]
    if not held_back:
        return None
    until = min(line.send_at for line in held_back)
    minutes = int((dt.datetime.fromisoformat(until) - ws.clock()).total_seconds() // 60)
    return Undo(
        pieces=sum(len(accepted.intersection(line.pieces)) for line in held_back),
        until=until,
        left=in_words(minutes),
    )


def in_words(minutes: int) -> str:
    """`12 min`, `23 h 41 min`; of more than two days the minutes do not matter: `13 days 4 h`."""
    hours = minutes // 60
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"

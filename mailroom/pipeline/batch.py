"""batch: what is kept of each batch, and what a person settles that no provider can tell."""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.errors import ProviderError, UsageError
from mailroom.ledger.history import replies
from mailroom.ledger.told import news_of
from mailroom.model import Dispatch, News, Reply
from mailroom.workspace import Workspace


def batches(ws: Workspace, name: str) -> tuple[Dispatch, ...]:
    """The journal of a mailing: every batch and what became of it."""
    ws.mailing(name)
    return ws.ledger.dispatches(name)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that is kept of a batch, for whoever has to claim something."""

    batch: Dispatch
    pieces: tuple[tuple[int, str], ...]  #: number and name
    replies: tuple[Reply, ...]  #: every answer of the provider's server
    news: tuple[News, ...]  #: what it has told of the pieces since


def batch(ws: Workspace, name: str, key: str) -> Evidence:
    """One batch by the beginning of its key; UsageError where that is none or several."""
    lines = ws.ledger.dispatches(name)
    found = [line for line in lines if key and line.key.startswith(key)]
    if len(found) != 1:
        hint = f"`mailroom batch list {name}` lists them"
        several = "is the beginning of several batches" if found else "is no batch"
        raise UsageError(f"{key!r} {several} of {name}", hint=hint)
    (line,) = found
    names = {
        item.piece.key: (item.piece.number, item.piece.recipient.name_or_key)
        for item in ws.ledger.pieces(name)
    }
    told = (news for piece in line.pieces for news in news_of(ws.ledger, piece))
    return Evidence(
        batch=line,
        pieces=tuple(names[piece] for piece in line.pieces if piece in names),
        replies=replies(ws.ledger, line.key),
        news=tuple(news for news in told if news.ref == line.ref),
    )


def settle(ws: Workspace, name: str, batch: str, *, made: bool, by: str) -> Dispatch:
    """A person says whether a doubtful batch was made; only then may it go again."""
    with ws.locks.hold(f"mailing:{name}"):
        doubtful = ws.ledger.dispatches(name, "unknown")
        found = [line for line in doubtful if batch and line.key.startswith(batch)]
        if len(found) != 1:
            known = ", ".join(line.key[:8] for line in doubtful) or "there is none"
            raise UsageError(f"no doubtful batch {batch!r} of {name}", hint=f"in doubt: {known}")
        if not made:
            _call_back(ws, found[0])
        note = f"{by} says it {'was' if made else 'was not'} made"
        write_down = ws.ledger.confirm if made else ws.ledger.reprint
        write_down(found[0].key, note, ws.now())
        return found[0]


def _call_back(ws: Workspace, line: Dispatch) -> None:
    """A job that still waits in a queue must not be printed beside its reprint."""
    try:
        ws.provider(line.provider).cancel(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            raise
        ws.tell(f"{error}; make sure yourself that nothing of the batch is still queued")

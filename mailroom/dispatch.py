"""claim -> intent -> submit -> outcome: how a batch is handed over exactly once.

The intent is committed before the provider is called, the outcome after. A crash between
the two leaves an intent without outcome. One rule brings it to an end:

    never given to the provider   -> released: it walks the approved path again
    begun                         -> the very same files again, under the same key
    anything else                 -> what the provider says, or a person decides
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailroom.errors import MailroomError, ProviderError
from mailroom.files import sha256
from mailroom.model import Batch, Dispatch, Planned, Receipt, Status, digest
from mailroom.providers import Provider

if TYPE_CHECKING:
    from mailroom.ledger import Ledger

Build = Callable[[str, Sequence[Planned]], Batch]
"""Makes the files of a batch from its key and pieces; the same pieces give the same files."""

Now = Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a batch."""

    key: str
    pieces: tuple[Planned, ...]
    status: Status
    ref: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """What `reconcile` needs to know of the world."""

    ledger: Ledger
    provider: Callable[[str], Provider]  #: by name: a batch is asked of whoever was given it
    kept: Callable[[Dispatch, Sequence[Planned]], Batch | None]  #: its files, if still the same
    permitted: Callable[[Planned], bool]  #: may it still go to its household?
    now: Now


def batch_key(mailing: str, pieces: Sequence[Planned], reprints: int = 0) -> str:
    """The idempotency key: the same pieces of a mailing always have the same one.

    `reprints` counts how often a person has said that they must be made again.
    """
    return digest("batch", mailing, sorted(item.piece.key for item in pieces), reprints)


def _reprints(ledger: Ledger, mailing: str, pieces: Sequence[Planned]) -> int:
    keys = {item.piece.key for item in pieces}
    return sum(bool(keys & {*line.pieces}) for line in ledger.dispatches(mailing, "reprint"))


def in_batches(pieces: Sequence[Planned], max_pieces: int | None) -> Iterator[tuple[Planned, ...]]:
    """The pieces in their order, at most `max_pieces` together."""
    size = max_pieces or len(pieces) or 1
    for start in range(0, len(pieces), size):
        yield tuple(pieces[start : start + size])


def dispatch(
    ledger: Ledger,
    provider: Provider,
    fmt: str,
    build: Build,
    pieces: Sequence[Planned],
    now: Now,
) -> Outcome:
    """Hand one batch over.

    The files are made first: whatever fails there has changed nothing. Refused where
    another process was quicker, or has planned anew; then nothing was called.
    """
    mailing = pieces[0].piece.mailing
    key = batch_key(mailing, pieces, _reprints(ledger, mailing, pieces))
    batch = build(key, pieces)
    intent = Dispatch(
        key=key,
        mailing=mailing,
        provider=provider.name,
        format=fmt,
        pieces=tuple(item.piece.key for item in pieces),
        files={path.name: sha256(path) for path in batch.files},
        intent_at=now(),
    )
    ledger.claim(intent, pieces)
    return _submit(ledger, provider, batch, pieces, now)


def _submit(
    ledger: Ledger, provider: Provider, batch: Batch, pieces: Sequence[Planned], now: Now
) -> Outcome:
    """An error that is not one of ours is nobody's promise: the intent stays open for it."""
    try:
        receipt = provider.submit(batch)
    except ProviderError as error:
        if error.unknown:
            return _doubt(ledger, batch.key, pieces, error, now)
        if error.retryable:
            ledger.release(batch.key, str(error), now())
            return _failure(batch.key, pieces, Status.READY, error)
        ledger.fail(batch.key, str(error), now())
        return _failure(batch.key, pieces, Status.FAILED, error)
    except MailroomError as error:
        ledger.release(batch.key, str(error), now())
        raise
    ledger.finish(batch.key, receipt, now())
    return _outcome(batch.key, pieces, receipt)


# --- after a crash ------------------------------------------------------------------------


def reconcile(world: Recovery, mailing: str) -> tuple[Outcome, ...]:
    """Bring every intent without outcome to an end, and ask again about doubts.

    What an outbox or a printer has accepted is followed to where it stands now.
    """
    by_key = {item.piece.key: item for item in world.ledger.pieces(mailing)}
    outcomes = [
        _look_at(world, line, [by_key[key] for key in line.pieces])
        for line in world.ledger.dispatches(mailing)
    ]
    return tuple(outcome for outcome in outcomes if outcome)


def _look_at(world: Recovery, line: Dispatch, pieces: Sequence[Planned]) -> Outcome | None:
    if line.state == "intent":
        return _settle(world, line, pieces)
    if line.state == "unknown":
        return _ask_again(world, line, pieces)
    if any(item.status is Status.ACCEPTED for item in pieces):
        _ask_again(world, line, pieces)
    return None


def _ask_again(world: Recovery, line: Dispatch, pieces: Sequence[Planned]) -> Outcome | None:
    """Only a plain answer changes anything; that nothing is found does not."""
    provider = world.provider(line.provider)
    try:
        found = provider.find(line.key)
    except ProviderError:
        return None
    if found and found.status is Status.SENDING and line.state == "unknown":
        world.ledger.resume(line.key, "the provider has begun with it and can go on", world.now())
        return _go_on(world, provider, line, pieces)
    settled = (Status.ACCEPTED, Status.PRINTED, Status.CANCELLED, Status.UNKNOWN)
    if found is None or found.status not in settled or found.status is pieces[0].status:
        return None
    world.ledger.finish(line.key, found, world.now())
    return _outcome(line.key, pieces, found)


def _settle(world: Recovery, line: Dispatch, pieces: Sequence[Planned]) -> Outcome:
    ledger, now = world.ledger, world.now
    provider = world.provider(line.provider)
    try:
        found = provider.find(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            return _failure(line.key, pieces, Status.SENDING, error)  # ask another time
        return _doubt(ledger, line.key, pieces, error, now)
    if found is None:
        ledger.release(line.key, "the provider was never given it", now())
        return Outcome(key=line.key, pieces=tuple(pieces), status=Status.READY)
    if found.status is Status.SENDING:
        return _go_on(world, provider, line, pieces)
    ledger.finish(line.key, found, now())
    return _outcome(line.key, pieces, found)


def _go_on(
    world: Recovery, provider: Provider, line: Dispatch, pieces: Sequence[Planned]
) -> Outcome:
    """Finish what was begun, with the very same files; or stop it and let a person decide.

    An error here says nothing of what was made before: the batch is never taken for refused.
    """
    ledger, now = world.ledger, world.now
    batch = world.kept(line, pieces)
    go_on = batch is not None and all(map(world.permitted, pieces))
    try:
        said = provider.submit(batch) if batch and go_on else provider.cancel(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            return _failure(line.key, pieces, Status.SENDING, error)  # ask another time
        return _doubt(ledger, line.key, pieces, error, now)
    if said.status is Status.CANCELLED and not go_on:
        # The key is dead at the provider, so that the pieces go again under another.
        ledger.reprint(line.key, "stopped before anything was made", now())
        return Outcome(key=line.key, pieces=tuple(pieces), status=Status.READY)
    ledger.finish(line.key, said, now())
    return _outcome(line.key, pieces, said)


def _doubt(
    ledger: Ledger, key: str, pieces: Sequence[Planned], error: ProviderError, now: Now
) -> Outcome:
    receipt = Receipt(ref="", status=Status.UNKNOWN, raw=str(error))
    ledger.finish(key, receipt, now())
    return _failure(key, pieces, Status.UNKNOWN, error)


def _failure(key: str, pieces: Sequence[Planned], status: Status, error: ProviderError) -> Outcome:
    message = f"{error}; {error.hint}" if error.hint else str(error)
    return Outcome(key=key, pieces=tuple(pieces), status=status, message=message)


def _outcome(key: str, pieces: Sequence[Planned], receipt: Receipt) -> Outcome:
    return Outcome(key=key, pieces=tuple(pieces), status=receipt.status, ref=receipt.ref)

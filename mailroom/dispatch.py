"""claim -> intent -> submit -> outcome: how a batch is handed over exactly once.

The intent is committed before the provider is called, the outcome after. A crash between
the two leaves an intent without outcome; `reconcile` asks the provider what became of it
and never submits again what may have been taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailroom.errors import ProviderError
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
    ledger: Ledger, provider: Provider, build: Build, pieces: Sequence[Planned], now: Now
) -> Outcome:
    """Hand one batch over.

    The files are made first: whatever fails there has changed nothing. Refused where
    another process was quicker; then nothing was called.
    """
    mailing = pieces[0].piece.mailing
    key = batch_key(mailing, pieces, _reprints(ledger, mailing, pieces))
    batch = build(key, pieces)
    ledger.claim(key, mailing, provider.name, [item.piece.key for item in pieces], now())
    return _submit(ledger, provider, batch, pieces, now)


def reconcile(
    ledger: Ledger,
    provider: Provider,
    build: Build,
    mailing: str,
    now: Now,
    permitted: Callable[[Planned], bool],
) -> tuple[Outcome, ...]:
    """Bring every intent without outcome to an end; what a crash leaves behind.

    What the provider has is adopted, what it provably has not is submitted again with the
    same key, what it cannot tell is given to a person. A doubt of earlier days is asked
    about again: the provider may know by now.
    """
    by_key = {item.piece.key: item for item in ledger.pieces(mailing)}

    def pieces(line: Dispatch) -> list[Planned]:
        return [by_key[key] for key in line.pieces]

    doubts = [
        _ask_again(ledger, provider, line, pieces(line), now)
        for line in ledger.dispatches(mailing, "unknown")
    ]
    intents = [
        _settle(ledger, provider, build, line, pieces(line), now, permitted)
        for line in ledger.dispatches(mailing, "intent")
    ]
    return (*(outcome for outcome in doubts if outcome), *intents)


def _ask_again(
    ledger: Ledger, provider: Provider, line: Dispatch, pieces: Sequence[Planned], now: Now
) -> Outcome | None:
    """Only a plain answer ends a doubt; that nothing is found does not."""
    try:
        found = provider.find(line.key)
    except ProviderError:
        return None
    if found is None or found.status not in (Status.ACCEPTED, Status.PRINTED):
        return None
    ledger.finish(line.key, found, now())
    return _outcome(line.key, pieces, found)


def call_back(provider: Provider, key: str) -> None:
    """Make sure that the provider makes nothing more of a batch.

    ProviderError where it cannot be asked now, or does not know the batch any more.
    """
    found = provider.find(key)
    if found and found.status not in (Status.CANCELLED, Status.FAILED):
        provider.cancel(found.ref)


def _settle(
    ledger: Ledger,
    provider: Provider,
    build: Build,
    line: Dispatch,
    pieces: Sequence[Planned],
    now: Now,
    permitted: Callable[[Planned], bool],
) -> Outcome:
    try:
        found = provider.find(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            return _failure(line.key, pieces, Status.SENDING, error)  # ask again another time
        return _doubt(ledger, line.key, pieces, error, now)
    if found:
        ledger.finish(line.key, found, now())
        return _outcome(line.key, pieces, found)
    if not all(map(permitted, pieces)):
        # Someone may no longer be written to, and the batch is only known as a whole.
        ledger.release(line.key, "not taken; someone of the batch was suppressed since", now())
        return Outcome(key=line.key, pieces=tuple(pieces), status=Status.READY)
    return _submit(ledger, provider, build(line.key, pieces), pieces, now)


def _submit(
    ledger: Ledger, provider: Provider, batch: Batch, pieces: Sequence[Planned], now: Now
) -> Outcome:
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
    except Exception as error:
        # Not even begun, by the providers' own promise: an unknown end is a ProviderError.
        ledger.release(batch.key, str(error), now())
        raise
    ledger.finish(batch.key, receipt, now())
    return _outcome(batch.key, pieces, receipt)


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

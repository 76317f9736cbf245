"""claim -> intent -> submit -> outcome: how a batch is handed over exactly once.

The intent is committed before the provider is called, the outcome after. A crash between
the two leaves an intent without outcome. One rule brings it to an end:

    never given to the provider          -> released: it walks the approved path again
    the provider has it                  -> what it says
    begun, or its key is still known     -> the very same files again, under the same key
    anything else                        -> a person decides

It is looked for before it is given again, even where its key should still be known: how old a
key is, only clocks can tell.

Several senders may be at work at once. Each batch belongs to the one that has claimed it;
another may take it over only when that sender is provably gone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailroom.errors import MailroomError, ProviderError, Refused, Stale, Taken
from mailroom.executors import Inline
from mailroom.files import sha256
from mailroom.model import Batch, Dispatch, Planned, Receipt, Reply, Status, digest
from mailroom.providers import Provider, Teller
from mailroom.providers.patience import Pause, Tried, sleep, submit

if TYPE_CHECKING:
    from mailroom.ledger import Ledger

Build = Callable[[str, Sequence[Planned]], Batch]
"""Makes the files of a batch from its key and pieces; the same pieces give the same files."""

Now = Callable[[], str]

_MARGIN = dt.timedelta(hours=1)
"""A key is not relied on to its last minute: clocks differ, and a request takes its time."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a batch."""

    key: str
    pieces: tuple[Planned, ...]
    status: Status
    ref: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class World:
    """What a sender works with."""

    ledger: Ledger
    provider: Callable[[str], Provider]  #: by name: a batch is asked of whoever was given it
    build: Build
    kept: Callable[[Dispatch, Sequence[Planned]], Batch | None]  #: its files, if still the same
    permitted: Callable[[Planned], bool]  #: may it still go to its household?
    now: Now
    #: of a batch, those that may still go; and what was heard last when that was asked
    admit: Callable[[Sequence[Planned]], tuple[list[Planned], str]] = lambda it: (list(it), "")
    owner: str = ""  #: this sender
    gone: Callable[[str], bool] = lambda _owner: True  #: does that sender no longer exist?
    check: Callable[[], None] = lambda: None  #: raises where this sender must stop
    pause: Pause = sleep
    scope: str = ""  #: part of every key: a trial's keys are not those of the real thing


def batch_key(mailing: str, pieces: Sequence[Planned], reprints: int = 0, scope: str = "") -> str:
    """The idempotency key: the same pieces of a mailing always have the same one.

    `reprints` counts how often they must be made again: a person has said so, or what was
    taken has failed or was called back.
    """
    parts = (scope,) if scope else ()
    return digest("batch", mailing, sorted(item.piece.key for item in pieces), reprints, *parts)


SPENDS = ("reprint", "cancelled", "failed")
"""The states of a batch whose key is used up; a failed one only where it had been taken."""


class Spent:
    """Which keys a mailing has used up: what they stood for must be made again, or may be."""

    def __init__(self, journal: Iterable[Dispatch]) -> None:
        self._by_piece: dict[str, set[str]] = {}
        for line in journal:
            if line.state in SPENDS and (line.state != "failed" or line.ref):
                for piece in line.pieces:
                    self._by_piece.setdefault(piece, set()).add(line.key)

    def keys(self, pieces: Iterable[Planned]) -> int:
        """How many keys of batches with any of these pieces."""
        found = (self._by_piece.get(item.piece.key, set()) for item in pieces)
        return len(set[str]().union(*found))


def in_batches(pieces: Sequence[Planned], max_pieces: int | None) -> Iterator[tuple[Planned, ...]]:
    """The pieces in their order, at most `max_pieces` together."""
    size = max_pieces or len(pieces) or 1
    for start in range(0, len(pieces), size):
        yield tuple(pieces[start : start + size])


def dispatch(
    world: World, provider: Provider, batches: Iterable[Sequence[Planned]]
) -> Iterator[Outcome]:
    """Hand batches over, as many at a time as the provider takes; outcomes as they come.

    The files are made first: whatever fails there has changed nothing. A batch that another
    sender has claimed meanwhile is passed over. Closing the iterator hands out nothing more
    and waits for what is under way.
    """
    flight = _Flight(world=world, provider=provider)
    try:
        for pieces in batches:
            while flight.is_full:
                yield from flight.land()
            if (taken := flight.start(pieces)) is not None:
                yield taken
        while flight.flying:
            yield from flight.land()
    finally:
        flight.end()


class _Flight:
    """The batches that are with the provider at this moment.

    Only this thread writes to the ledger; the others do nothing but call the provider.
    """

    def __init__(self, world: World, provider: Provider) -> None:
        self._world, self._provider = world, provider
        self._room = provider.capabilities().concurrency
        self._stop = threading.Event()
        self._hands = _hands(self._room)
        self._spent: dict[str, Spent] = {}
        self.flying: dict[Future[Tried], tuple[Batch, tuple[Planned, ...]]] = {}

    @property
    def is_full(self) -> bool:
        return len(self.flying) >= self._room

    def start(self, pieces: Sequence[Planned]) -> Outcome | None:
        """Build, claim, hand over; an outcome where another sender was quicker.

        Files take their time. Where somebody has said meanwhile that another gets no mail, it
        is asked again who may be written to, and the files are made anew.
        """
        while True:
            going, heard = self._world.admit(pieces)
            if not going:
                return None
            with contextlib.suppress(Stale):
                return self._launch(going, heard)

    def _launch(self, pieces: Sequence[Planned], heard: str) -> Outcome | None:
        world, mailing = self._world, pieces[0].piece.mailing
        if mailing not in self._spent:
            self._spent[mailing] = Spent(world.ledger.dispatches(mailing, *SPENDS))
        key = batch_key(mailing, pieces, self._spent[mailing].keys(pieces), world.scope)
        try:
            world.ledger.check_waiting(item.piece.key for item in pieces)
            batch = world.build(key, pieces)
            world.check()
            world.ledger.claim(_intent(world, self._provider, batch), pieces, heard)
        except Taken as taken:
            return Outcome(key=key, pieces=tuple(pieces), status=Status.SENDING, message=str(taken))
        future = self._hands.submit(submit, self._provider, batch, self._pause)
        self.flying[future] = batch, tuple(pieces)
        return None

    def land(self) -> Iterator[Outcome]:
        """Write down what has come back; waits for the first."""
        done, _ = wait(self.flying, return_when=FIRST_COMPLETED)
        for future in done:
            batch, pieces = self.flying.pop(future)
            yield _write_outcome(self._world, batch.key, pieces, future)

    def end(self) -> None:
        """Nobody tries anything again; what still comes back is written down."""
        self._stop.set()
        for future, (batch, pieces) in self.flying.items():
            # What cannot be written now stays an open intent, and is settled the next time.
            with contextlib.suppress(Exception):
                _write_outcome(self._world, batch.key, pieces, future)
        self.flying.clear()
        self._hands.shutdown(wait=False)

    def _pause(self, seconds: float) -> bool:
        return self._stop.wait(seconds)


def _intent(world: World, provider: Provider, batch: Batch) -> Dispatch:
    return Dispatch(
        key=batch.key,
        mailing=batch.mailing,
        provider=provider.name,
        format=batch.format,
        pieces=tuple(piece.key for piece in batch.pieces),
        files={path.name: sha256(path) for path in batch.files},
        intent_at=world.now(),
        owner=world.owner,
        sender=batch.sender,
        options=batch.options,
        send_at=batch.send_at,
        cost=batch.cost,
        currency=batch.currency,
    )


def _write_outcome(
    world: World, key: str, pieces: Sequence[Planned], future: Future[Tried]
) -> Outcome:
    """An error that is not one of ours is nobody's promise: the intent stays open for it."""
    try:
        tried = future.result()
    except MailroomError as error:
        world.ledger.release(key, str(error), world.now(), owner=world.owner)
        raise
    if tried.receipt:
        return _taken(world, key, pieces, tried.receipt, tried.replies)
    assert tried.error
    return _refused(world, key, pieces, tried.error, tried.replies)


def _taken(
    world: World,
    key: str,
    pieces: Sequence[Planned],
    receipt: Receipt,
    replies: Sequence[Reply] = (),
) -> Outcome:
    world.ledger.finish(key, receipt, world.now(), owner=world.owner, replies=replies)
    return Outcome(key=key, pieces=tuple(pieces), status=receipt.status, ref=receipt.ref)


def _refused(
    world: World,
    key: str,
    pieces: Sequence[Planned],
    error: ProviderError,
    replies: Sequence[Reply] = (),
) -> Outcome:
    ledger, now, owner = world.ledger, world.now(), world.owner
    if error.unknown:
        return _doubt(world, key, pieces, error, replies)
    if error.retryable:
        ledger.release(key, str(error), now, owner=owner, replies=replies)
        return _failure(key, pieces, Status.READY, error)
    ledger.fail(key, _words(error), now, owner=owner, replies=replies)
    return _failure(key, pieces, Status.FAILED, error)


# --- after a crash ------------------------------------------------------------------------


def reconcile(world: World, mailing: str) -> tuple[Outcome, ...]:
    """Bring every intent without outcome to an end, and ask again about doubts.

    What an outbox or a printer has accepted is followed to where it stands now.
    """
    ledger = world.ledger
    open_ones = ledger.dispatches(mailing, "intent", "unknown")
    asked = any(not _tells(world, name) for name in ledger.providers(mailing))
    others = ledger.dispatches(mailing, "done") if asked else ()
    keys = [key for line in (*open_ones, *others) for key in line.pieces]
    by_key = {item.piece.key: item for item in ledger.pieces(mailing, keys)}

    def look(line: Dispatch) -> Outcome | None:
        pieces = [by_key[key] for key in line.pieces if key in by_key]
        with contextlib.suppress(Taken):  # another sender was quicker with it
            return _look_at(world, line, pieces)
        return None

    with _hands(_room(world, open_ones)) as hands:
        outcomes = [*hands.map(look, open_ones), *map(look, others)]
    return tuple(outcome for outcome in outcomes if outcome)


def _tells(world: World, name: str) -> bool:
    """Does the provider tell of itself what becomes of a piece? Then it is not asked."""
    return isinstance(world.provider(name), Teller)


def _room(world: World, lines: Iterable[Dispatch]) -> int:
    """How many of these batches may be asked about at a time."""
    names = {line.provider for line in lines}
    return min((world.provider(n).capabilities().concurrency for n in names), default=1)


def _hands(room: int) -> Executor:
    return Inline() if room == 1 else ThreadPoolExecutor(room)


def _look_at(world: World, line: Dispatch, pieces: Sequence[Planned]) -> Outcome | None:
    if line.state == "intent":
        mine = line.owner == world.owner
        if not mine and not (world.gone(line.owner) and world.ledger.adopt(line, world.owner)):
            return None  # somebody else has it in hand
        return _settle(world, line, pieces)
    if line.state == "unknown":
        return _ask_again(world, line, pieces)
    if any(item.status is Status.ACCEPTED for item in pieces):
        _follow(world, line, pieces)
    return None


def _key_lives(world: World, provider: Provider, line: Dispatch) -> bool:
    """Is it certain that the provider still knows the key, if it was ever given it?

    An intent of the future comes from a clock that was wrong: nothing is certain then.
    """
    lifetime = provider.capabilities().key_lifetime
    if lifetime is None:
        return False
    now, then = map(dt.datetime.fromisoformat, (world.now(), line.intent_at))
    return dt.timedelta(0) <= now - then < lifetime - _MARGIN


def _ask_again(world: World, line: Dispatch, pieces: Sequence[Planned]) -> Outcome | None:
    """Only a plain answer changes anything; that nothing is found does not."""
    provider = world.provider(line.provider)
    try:
        found = provider.find(line.key)
    except ProviderError:
        return None
    if found and found.status is Status.SENDING:
        note = "the provider has begun with it and can go on"
        return _resume(world, provider, line, pieces, note)
    if found is None and _key_lives(world, provider, line) and world.kept(line, pieces):
        note = "its key still lives: the very same batch is given again"
        return _resume(world, provider, line, pieces, note)
    return _written(world, line, pieces, found)


def _resume(
    world: World, provider: Provider, line: Dispatch, pieces: Sequence[Planned], note: str
) -> Outcome | None:
    if not world.ledger.resume(line.key, note, world.now(), world.owner):
        return None  # another sender was quicker
    return _go_on(world, provider, line, pieces)


def _follow(world: World, line: Dispatch, pieces: Sequence[Planned]) -> None:
    """Where what was accepted stands now."""
    if _tells(world, line.provider):
        return
    try:
        found = world.provider(line.provider).find(line.key)
    except ProviderError:
        return
    _written(world, line, pieces, found)


_SETTLED = frozenset({Status.ACCEPTED, Status.PRINTED, Status.CANCELLED, Status.UNKNOWN})


def _written(
    world: World, line: Dispatch, pieces: Sequence[Planned], found: Receipt | None
) -> Outcome | None:
    ends_a_doubt = line.state == "unknown" and found and found.status is Status.FAILED
    if found is None or not (found.status in _SETTLED or ends_a_doubt):
        return None
    if found.status is pieces[0].status:
        return None
    try:
        world.ledger.finish(line.key, found, world.now(), owner=line.owner)
    except Refused:
        return None  # somebody else has been told the same, and has gone on from there
    return Outcome(key=line.key, pieces=tuple(pieces), status=found.status, ref=found.ref)


def _settle(world: World, line: Dispatch, pieces: Sequence[Planned]) -> Outcome:
    provider = world.provider(line.provider)
    try:
        found = provider.find(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            return _failure(line.key, pieces, Status.SENDING, error)  # ask another time
        return _doubt(world, line.key, pieces, error)
    allowed = all(map(world.permitted, pieces))
    held_back = provider.capabilities().holds_back and not allowed
    if found and (found.status is Status.SENDING or held_back):
        return _go_on(world, provider, line, pieces)
    if found:
        return _taken(world, line.key, pieces, found)
    if _key_lives(world, provider, line):
        return _go_on(world, provider, line, pieces)
    if provider.capabilities().key_lifetime:
        return _doubt(world, line.key, pieces, _key_has_run_out(line))
    reason = "the provider was never given it"
    world.ledger.release(line.key, reason, world.now(), owner=world.owner)
    return Outcome(key=line.key, pieces=tuple(pieces), status=Status.READY)


def _key_has_run_out(line: Dispatch) -> ProviderError:
    return ProviderError(
        f"{line.provider} does not list it; but its key has run out, and to send it again "
        "might make it twice",
        where=f"handed over at {line.intent_at}",
        hint=f"look for it at {line.provider}, then say what is true: `mailroom batch list "
        f"{line.mailing}`",
        unknown=True,
    )


def _go_on(world: World, provider: Provider, line: Dispatch, pieces: Sequence[Planned]) -> Outcome:
    """Finish what was begun, with the very same files; or stop it and let a person decide.

    An error here says nothing of what was made before: the batch is never taken for refused.
    """
    batch, allowed = world.kept(line, pieces), all(map(world.permitted, pieces))
    if batch is None and allowed and provider.capabilities().key_lifetime:
        return _look_first(world, provider, line, pieces, _elsewhere(line))
    go_on = batch is not None and allowed
    replies: tuple[Reply, ...] = ()
    try:
        if batch and go_on:
            tried = submit(provider, batch, world.pause)
            replies = tried.replies
            if tried.error:
                raise tried.error
            said = tried.receipt
        else:
            said = provider.cancel(line.key)
    except ProviderError as error:
        return _not_gone_on(world, provider, line, pieces, error, replies)
    assert said
    if said.status is Status.CANCELLED and not go_on:
        # The key is dead at the provider, so that the pieces go again under another.
        reason = "stopped before anything was made"
        world.ledger.reprint(line.key, reason, world.now(), owner=world.owner)
        return Outcome(key=line.key, pieces=tuple(pieces), status=Status.READY)
    return _taken(world, line.key, pieces, said, replies)


def _not_gone_on(
    world: World,
    provider: Provider,
    line: Dispatch,
    pieces: Sequence[Planned],
    error: ProviderError,
    replies: Sequence[Reply],
) -> Outcome:
    if error.retryable and not error.unknown:
        return _failure(line.key, pieces, Status.SENDING, error)  # ask another time
    if not error.unknown and provider.capabilities().key_lifetime:
        return _look_first(world, provider, line, pieces, error, replies)
    return _doubt(world, line.key, pieces, error, replies)


def _look_first(
    world: World,
    provider: Provider,
    line: Dispatch,
    pieces: Sequence[Planned],
    error: ProviderError,
    replies: Sequence[Reply] = (),
) -> Outcome:
    """Refused now; it counts only if nothing was taken under this key before."""
    try:
        found = provider.find(line.key)
    except ProviderError as away:
        return _doubt(world, line.key, pieces, away, replies)
    if found:
        return _taken(world, line.key, pieces, found, replies)
    return _refused(world, line.key, pieces, error, replies)


def _elsewhere(line: Dispatch) -> ProviderError:
    """Another machine has the files: look, and else leave it to that one."""
    return ProviderError(
        "its files are not here, so that it cannot be given again",
        where=f"batch {line.key[:8]}",
        hint="type the same where it was sent from",
        unknown=True,
    )


def _doubt(
    world: World,
    key: str,
    pieces: Sequence[Planned],
    error: ProviderError,
    replies: Sequence[Reply] = (),
) -> Outcome:
    receipt = Receipt(ref="", status=Status.UNKNOWN, raw=str(error))
    world.ledger.finish(key, receipt, world.now(), owner=world.owner, replies=replies)
    return _failure(key, pieces, Status.UNKNOWN, error)


def _failure(key: str, pieces: Sequence[Planned], status: Status, error: ProviderError) -> Outcome:
    return Outcome(key=key, pieces=tuple(pieces), status=status, message=_words(error))


def _words(error: ProviderError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)

"""What a sender works with: how files are made and kept, what was left open, what is there.

`dispatch` hands batches over; here is what it needs to know of this workspace.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from mailroom.dispatch import SPENDS, Outcome, Spent, World, batch_key, reconcile
from mailroom.errors import EnvironmentProblem, Stale, Taken
from mailroom.files import sha256, sync
from mailroom.formats import FORMATS
from mailroom.ledger.lock import Held
from mailroom.ledger.told import take_news
from mailroom.model import Batch, Dispatch, News, Planned, Receipt, Status
from mailroom.pipeline.alarms import hand_over_at
from mailroom.pipeline.frozen import batch_folder, fresh_folder, located, waits
from mailroom.pipeline.spending import quote_planned
from mailroom.plan import count_abroad, piece_key
from mailroom.produce import Setup
from mailroom.providers import Provider, Tell, Teller
from mailroom.sheets.batch import batch_media, write_batch
from mailroom.track import NOTHING_MADE, stands
from mailroom.workspace import Workspace

_ROUNDS = 3
"""How often doubts are asked about at the end of a run."""


@dataclass(frozen=True, kw_only=True)
class Me:
    """One sender: its name in the ledger, and the lock that says that it lives."""

    name: str
    alive: Held


@contextmanager
def sign_in(ws: Workspace) -> Iterator[Me]:
    """Be a sender: as long as this lasts, nobody takes over what we have begun."""
    name, locks = uuid.uuid4().hex, ws.locks
    with locks.hold(f"sender:{name}") as alive:
        for bench in _benches(ws).glob("*"):
            if not locks.is_held(f"sender:{bench.name}"):
                shutil.rmtree(bench, ignore_errors=True)  # of one that was killed
        try:
            yield Me(name=name, alive=alive)
        finally:
            shutil.rmtree(_benches(ws) / name, ignore_errors=True)


def _benches(ws: Workspace) -> Path:
    """Where senders make their files, each in a folder of its own."""
    return ws.state / "making"


def open_world(
    ws: Workspace, setup: Setup, provider: Provider, permitted: Callable[[Planned], bool], me: Me
) -> World:
    """The world of one `send` of one mailing."""
    return World(
        owner=me.name,
        gone=lambda owner: not ws.locks.is_held(f"sender:{owner}"),
        check=me.alive.check,
        ledger=ws.ledger,
        provider=cache(ws.provider),  # its connections are kept
        build=Files(ws, setup, provider, bench=_benches(ws) / me.name).build,
        kept=partial(kept, ws),
        permitted=permitted,
        now=ws.now,
        scope=_scope(ws, setup.mailing.name),
    )


def _scope(ws: Workspace, name: str) -> str:
    """A trial's keys are its own: the provider would answer with the last trial's pieces."""
    found = None if ws.live else ws.ledger.plan(name)
    return f"trial of {found.digest} at {found.at}" if found else ""


class Files:
    """How a batch's files are made: always the same from the same frozen pages."""

    def __init__(
        self, ws: Workspace, setup: Setup, provider: Provider, bench: Path | None = None
    ) -> None:
        """`bench`: a folder that is this sender's alone; without one it is a rehearsal."""
        self._ws, self._setup, self._provider = ws, setup, provider
        self._can = provider.capabilities()
        self._bench = bench
        self._send_at: dict[bool, str] = {}

    def build(self, key: str, pieces: Sequence[Planned]) -> Batch:
        """Write them into a folder of their own and say what else is asked of the provider.

        Another sender may have been quicker with the very same files, and be reading them at
        this moment: they are made on our own bench, and are put where his are not.
        """
        name = self._setup.mailing.name
        if self._bench is None:
            return self._make(key, pieces, self._ws.state / "rehearsal" / name / key)
        made = self._make(key, pieces, self._bench / key[:16])
        folder = batch_folder(self._ws, name, key)
        _put(made.files, folder)
        shutil.rmtree(self._bench / key[:16], ignore_errors=True)
        return replace(made, files=tuple(folder / path.name for path in made.files))

    def _make(self, key: str, pieces: Sequence[Planned], folder: Path) -> Batch:
        ws, mailing = self._ws, self._setup.mailing
        quote = quote_planned(ws, self._provider, mailing, pieces)
        return write_batch(
            [located(ws, item) for item in pieces],
            Batch(
                key=key,
                mailing=mailing.name,
                pieces=tuple(item.piece for item in pieces),
                files=(),
                format=self._setup.format.name,
                sender=self._setup.sender,
                options=mailing.options,
                send_at=self._when(pieces),
                cost=str(quote.total) if quote.currency else "",
                currency=quote.currency,
            ),
            ws.fonts,
            fresh_folder(folder, exact=True),
            self._can,
        )

    def _when(self, pieces: Sequence[Planned]) -> str:
        """One moment for all of a run that takes as long on its way, at home or abroad."""
        if not self._can.holds_back:
            return ""
        people, mailing = [item.piece for item in pieces], self._setup.mailing
        abroad = count_abroad(people, self._ws.home(mailing)) > 0
        if abroad not in self._send_at:
            at = hand_over_at(self._ws, mailing, people)
            self._send_at[abroad] = at.isoformat() if at > self._ws.clock() else ""
        return self._send_at[abroad]


def _put(files: Sequence[Path], folder: Path) -> None:
    """Give the finished files their place, unless the very same are there.

    rename(2) moves the whole folder or nothing, and never over one that is not empty.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    while not _has(folder, files):
        try:
            files[0].parent.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise EnvironmentProblem(str(error), where=str(folder), hint="make room") from None
            if not _has(folder, files):  # of an earlier plan: nobody can have it in hand
                shutil.rmtree(folder)
        else:
            sync(folder.parent)
            return


def _has(folder: Path, files: Sequence[Path]) -> bool:
    return all(path.exists() and _is(folder / path.name, sha256(path)) for path in files)


def kept(ws: Workspace, line: Dispatch, pieces: Sequence[Planned]) -> Batch | None:
    """The batch exactly as it was handed over; None where its files are no longer the same."""
    folder = batch_folder(ws, line.mailing, line.key)
    files = tuple(folder / name for name in line.files)
    if not files or not all(_is(path, line.files[path.name]) for path in files):
        return None
    return Batch(
        key=line.key,
        mailing=line.mailing,
        pieces=tuple(item.piece for item in pieces),
        files=files,
        media=batch_media(FORMATS[line.format], line.options),
        format=line.format,
        sender=line.sender,
        options=line.options,
        send_at=line.send_at,
        cost=line.cost,
        currency=line.currency,
    )


def _is(path: Path, digest: str) -> bool:
    """Is it that file still?"""
    try:
        return sha256(path) == digest
    except OSError:
        return False


# --- what an earlier run has left ---------------------------------------------------------


def settle_open(world: World, name: str, tell: Tell) -> tuple[Outcome, ...]:
    """Bring to an end what an interrupted run has left, and follow what was accepted."""
    outcomes = reconcile(world, name)
    for outcome in outcomes:
        tell(f"batch {outcome.key[:8]} of an earlier run: {outcome.status}")
    # What is ready again goes on with the others.
    return tuple(outcome for outcome in outcomes if outcome.status is not Status.READY)


def settle(world: World, name: str, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Ask again about what nobody knows; the newest outcome of each batch."""
    found = {outcome.key: outcome for outcome in outcomes}
    for _ in range(_ROUNDS):
        if not any(outcome.status is Status.UNKNOWN for outcome in found.values()):
            break
        found |= {outcome.key: outcome for outcome in reconcile(world, name)}
    return tuple(found.values())


# --- what the provider has and the ledger does not know of --------------------------------


@dataclass(frozen=True, kw_only=True)
class _Sighting:
    """A piece at the provider."""

    news: News
    dead: bool  #: it failed there, or was called back


def adopt_found(world: World, provider: Provider, name: str, tell: Tell) -> tuple[Outcome, ...]:
    """Look before sending: a ledger restored from a backup does not know what it has sent.

    What the provider has of the pieces that wait is written down as sent, and not sent again;
    also what another edition has given them that the ledger has forgotten.
    """
    waiting = [item for item in world.ledger.pieces(name) if waits(item)]
    if not waiting or not isinstance(provider, Teller):
        return ()
    told = tuple(provider.news(name))
    take_news(world.ledger, told, world.now())
    forgotten = _forgotten(world, provider, waiting)
    there = _sightings((*told, *forgotten.values()))
    spent = Spent(world.ledger.dispatches(name, *SPENDS))
    outcomes = []
    for item in waiting:
        key = batch_key(name, [item], spent.keys([item]), world.scope)
        keys = item.piece.key, *(key for key in _others(item, world) if key in forgotten)
        for sighting in (one for key in keys for one in there.get(key, ())):
            # In a trial, what earlier trials have left at the provider is none of its own.
            if not sighting.dead and not (world.scope and sighting.news.key != key):
                with contextlib.suppress(Taken, Stale):  # another sender has seen it, too
                    outcomes.append(_adopt(world, provider, item, sighting.news))
                break
    if outcomes:
        tell(f"{len(outcomes)} pieces were at {provider.name} already; the ledger knows it now")
    return tuple(outcomes)


def _forgotten(world: World, provider: Teller, waiting: Iterable[Planned]) -> Mapping[str, News]:
    """What the provider has of other editions, by piece, and the ledger knows nothing of."""
    editions = {name for item in waiting for name in _others(item, world).values()}
    found: dict[str, News] = {}
    for name in sorted(editions):
        known = {item.piece.key for item in world.ledger.pieces(name) if not waits(item)}
        found |= {news.piece: news for news in provider.news(name) if news.piece not in known}
    return found


def _others(item: Planned, world: World) -> dict[str, str]:
    """The keys that the piece would have in other editions its occasions could have gone with.

    They are of the days from that of handing over until today.
    """
    piece, found = item.piece, {}
    for one in piece.occasions:
        days = (dt.date.fromisoformat(world.now()[:10]) - one.hand_over).days
        for n in range(days + 1):
            name = f"{one.programme}-{one.hand_over + dt.timedelta(days=n)}"
            if name != piece.mailing:
                found[piece_key(name, piece.household.key)] = name
    return found


def _sightings(told: Iterable[News]) -> dict[str, list[_Sighting]]:
    """What the provider has, by piece."""
    by_ref: dict[str, list[News]] = {}
    for news in told:
        by_ref.setdefault(news.ref, []).append(news)
    found: dict[str, list[_Sighting]] = {}
    for of_one in by_ref.values():
        dead = stands([item.status for item in of_one if item.status]) in NOTHING_MADE
        found.setdefault(of_one[0].piece, []).append(_Sighting(news=of_one[0], dead=dead))
    return found


def _adopt(world: World, provider: Provider, item: Planned, news: News) -> Outcome:
    line = Dispatch(
        key=news.key,
        mailing=item.piece.mailing,
        provider=provider.name,
        format="",
        pieces=(item.piece.key,),
        files={},
        intent_at=world.now(),
        owner=world.owner,
    )
    world.ledger.claim(line, [item])
    receipt = Receipt(ref=news.ref, status=Status.ACCEPTED, raw=news.raw)
    world.ledger.finish(line.key, receipt, world.now(), owner=world.owner)
    return Outcome(key=line.key, pieces=(item,), status=Status.ACCEPTED, ref=news.ref)

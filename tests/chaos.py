"""Senders that are killed, a Lob that fails: the harness of the chaos tests and its benchmark.

The senders are processes with the real corridor from `dispatch` down: locks, ledger, the Lob
provider over HTTP. Only the pages are small, for rendering is not what is tried here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import multiprocessing
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from mailroom.dev.injector import load, on_requests, shipped
from mailroom.dispatch import Outcome, World, dispatch, in_batches, reconcile
from mailroom.files import sha256
from mailroom.ledger import Ledger, Plan, open_ledger, tables
from mailroom.ledger.lock import open_locks
from mailroom.model import Address, Batch, Dispatch, Planned, Status
from mailroom.pipeline.sender import adopt_found, settle
from mailroom.providers.lob import Lob
from mailroom.providers.patience import Pause, sleep
from tests.lob_batches import HOME, SENDER, pages, person
from tests.lob_fixtures import TEST_KEY, Caller, calling
from tests.printing import office

MAILING = "winter"
FORMAT = "postcard-4x6"


def utc_now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a sender works with: plain values, so that every process can open its own."""

    folder: Path
    url: str  #: of the ledger
    base_url: str  #: of the fake Lob
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    now: Callable[[], str] = utc_now
    pause: Pause = sleep
    permitted: Callable[[Planned], bool] = lambda _item: True
    company: str = SENDER.company
    looks: bool = False  #: first at what Lob has of it

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        ledger = open_ledger(self.url, self.now())
        try:
            yield ledger
        finally:
            ledger.close()

    @property
    def lob(self) -> Lob:
        settings = {"base_url": self.base_url, "requests": 100_000, "timeout": 10, **self.settings}
        sender = dataclasses.replace(SENDER, company=self.company)
        environ = {"LOB_API_KEY": TEST_KEY}
        return Lob(office(settings, self.folder, sender=sender, live=False, environ=environ))

    def prepare(self, count: int = 1, address: Address = HOME) -> None:
        """So many pieces that are ready to go."""
        people = [person(n, address) for n in range(1, count + 1)]
        items = [
            Planned(piece=each, artwork=None, content=f"words {each.number}", status=Status.READY)
            for each in people
        ]
        report: dict[str, Any] = {"files": []}
        plan = Plan(mailing=MAILING, digest="d", folder=Path("p"), report=report, at=self.now())
        with self.ledger() as ledger:
            ledger.store_plan(plan, items)

    @contextlib.contextmanager
    def world(self) -> Iterator[World]:
        """Be a sender of single pieces, together with others."""
        locks, me = open_locks(self.url, self.folder / "state"), uuid.uuid4().hex
        with (
            self.ledger() as ledger,
            locks.hold(f"mailing:{MAILING}", shared=True),
            locks.hold(f"sender:{me}") as alive,
        ):
            lob = self.lob
            yield World(
                ledger=ledger,
                provider=cache(lambda _name: lob),
                build=self.build,
                kept=self.kept,
                permitted=self.permitted,
                now=self.now,
                owner=me,
                gone=lambda owner: not locks.is_held(f"sender:{owner}"),
                check=alive.check,
                pause=self.pause,
            )

    def send(self) -> list[Outcome]:
        """What `send` does: settle what was left, hand over what waits, ask about doubts."""
        with self.world() as world:
            reconcile(world, MAILING)
            if self.looks:
                adopt_found(world, world.provider("lob"), MAILING, print)
            return list(settle(world, MAILING, self.hand_over(world)))

    def hand_over(self, world: World) -> list[Outcome]:
        """What waits, once."""
        ready = [p for p in world.ledger.pieces(MAILING) if p.status is Status.READY]
        waiting = [item for item in ready if world.permitted(item)]
        return list(dispatch(world, world.provider("lob"), in_batches(waiting, 1)))

    def file(self, key: str) -> Path:
        return self.folder / "sent" / key[:16] / "cards.pdf"

    def build(self, key: str, pieces: Sequence[Planned]) -> Batch:
        (item,) = pieces
        file = self.file(key)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f"{uuid.uuid4().hex}.part")
            part.write_bytes(_pages(item.piece.number))
            part.replace(file)
        return Batch(
            key=key,
            mailing=MAILING,
            pieces=(item.piece,),
            files=(file,),
            format=FORMAT,
            sender=SENDER,
        )

    def kept(self, line: Dispatch, pieces: Sequence[Planned]) -> Batch | None:
        file = self.file(line.key)
        if not file.exists() or {file.name: sha256(file)} != line.files:
            return None
        return self.build(line.key, pieces)

    def statuses(self) -> Counter[str]:
        with self.ledger() as ledger:
            return Counter(item.status.value for item in ledger.pieces(MAILING))

    @contextlib.contextmanager
    def caller(self) -> Iterator[Caller]:
        with calling(self.base_url, TEST_KEY, timeout=60) as caller:
            yield caller

    def stats(self) -> dict[str, Any]:
        with self.caller() as caller:
            found: dict[str, Any] = caller.control("stats")
            return found


@cache
def _pages(number: int) -> bytes:
    return pages(FORMAT, f"card {number}")


# --- what it must come to -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a run came to."""

    pieces: int
    lost: int
    duplicated: int
    disagreeing: int  #: ledger and Lob have another ref for it, or none
    kills: int
    seconds: float
    stats: Mapping[str, Any]

    def check(self, words: str) -> None:
        """AssertionError, with the seed, where anything was lost or came twice."""
        ended = (self.lost, self.duplicated, self.disagreeing)
        assert ended == (0, 0, 0), f"lost, duplicated, disagreeing: {ended}; {words}\n{self}"

    def __str__(self) -> str:
        return "\n".join(f"{name:<34}{value}" for name, value in self.rows())

    def rows(self) -> Iterator[tuple[str, object]]:
        """For the table at the end."""
        requests = self.stats["requests"]
        posts = requests.get("POST /postcards", 0)
        looks = sum(n for name, n in requests.items() if name.startswith("GET"))
        yield "pieces", self.pieces
        yield "kills", self.kills
        yield "seconds", round(self.seconds, 1)
        yield "requests", sum(requests.values())
        yield "requests a second", round(sum(requests.values()) / self.seconds, 1)
        yield "most in any 5 s at one endpoint", max(self.stats["peaks"].values(), default=0)
        yield "faults injected", sum(self.stats["faults"].values())
        for name, number in sorted(self.stats["faults"].items()):
            yield f"  {name}", number
        yield "tried again", posts - self.pieces
        yield "look-ups", looks
        yield "answered again by their key", self.stats["counts"].get("replayed", 0)
        yield "duplicates", self.duplicated
        yield "losses", self.lost
        yield "ledger and Lob disagree", self.disagreeing


def score(desk: Desk, kills: int = 0, seconds: float = 1.0) -> Score:
    """Count at the fake Lob, and compare with the ledger ref by ref; faults must be off."""
    stats = desk.stats()
    with desk.ledger() as ledger:
        ours = {item.piece.key: item.provider_ref for item in ledger.pieces(MAILING)}
    theirs: dict[str, set[str]] = {}
    for news in desk.lob.news(MAILING):
        theirs.setdefault(news.piece, set()).add(news.ref)
    mail: Mapping[str, int] = stats["pieces"]
    return Score(
        pieces=len(ours),
        lost=sum(mail.get(key, 0) == 0 for key in ours),
        duplicated=sum(max(number - 1, 0) for number in mail.values()),
        disagreeing=sum(theirs.get(key) != {ref} for key, ref in ours.items()),
        kills=kills,
        seconds=seconds,
        stats=stats,
    )


def fault_arguments(share: float, seed: int, rate: int = 100_000) -> list[str]:
    """For `mailroom dev fake-lob`: each of the faults that ship meets as many requests."""
    names = [name for name in shipped() if on_requests(load(name)) and name != "endless"]
    each = [word for name in names for word in ("--fault", f"{name}:{share / len(names):.5f}")]
    return ["--rate", str(rate), "--seed", str(seed), *each]


# --- the chaos ----------------------------------------------------------------------------


def run(
    desk: Desk,
    *,
    senders: int,
    kills: int,
    seed: int,
    every: tuple[float, float],
    longest: float = 600,
) -> Score:
    """Send with so many processes at a time until nothing is left.

    One of them is killed at random moments, `every` so many seconds. AssertionError, with the
    seed, where it takes the `longest` time.
    """
    chance, done, began = random.Random(seed), 0, time.monotonic()
    context = multiprocessing.get_context("fork")
    crew: list[BaseProcess] = []
    try:
        while True:
            crew = [process for process in crew if _runs(process, seed)]
            if not _left(desk):
                break
            assert time.monotonic() < began + longest, f"it does not end: {desk.statuses()}, {seed}"
            while len(crew) < senders:
                crew.append(context.Process(target=desk.send))
                crew[-1].start()
            _wait(chance.uniform(*every), crew)
            if done < kills:
                done += _kill(chance.choice(crew))
        for process in crew:
            process.join()
            assert not process.exitcode, f"a sender ended with {process.exitcode} (seed {seed})"
    finally:
        for process in crew:
            process.kill()
            process.join()
    seconds = time.monotonic() - began
    with desk.caller() as caller:
        caller.control("faults", named={})
    return score(desk, done, seconds)


def _runs(process: BaseProcess, seed: int) -> bool:
    if process.is_alive():
        return True
    process.join()
    assert process.exitcode in (0, -9), f"a sender ended with {process.exitcode} (seed {seed})"
    return False


def _wait(seconds: float, crew: Sequence[BaseProcess]) -> None:
    """Until the time is over, or one of them has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and all(process.is_alive() for process in crew):
        time.sleep(0.02)


def _kill(process: BaseProcess) -> int:
    if not process.is_alive():
        return 0
    process.kill()
    process.join()
    return 1


def _left(desk: Desk) -> bool:
    status = tables.pieces.c.status
    with desk.ledger() as ledger, ledger.reading() as connection:
        return connection.scalar(select(func.count()).where(status != Status.ACCEPTED.value)) != 0

"""The pace of calls under an invented clock: as many as the provider allows, never one too many.

The provider counts in two ways at once: in any five seconds, and in fixed windows of them.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.dev.fakestate import WINDOW_SECONDS, Window
from mailroom.errors import EnvironmentProblem
from mailroom.providers.pace import Pace

LIMIT = 150


@dataclass
class Clock:
    """Shows what it is set to; whoever sleeps wakes a little late."""

    time: float = 1000.0
    lateness: Iterator[float] = field(default_factory=lambda: itertools.repeat(0.0))

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds + next(self.lateness)


def spread(chance: random.Random, longest: float) -> Iterator[float]:
    while True:
        yield chance.uniform(0, longest)


@dataclass(frozen=True, kw_only=True)
class Office:
    """Machines with so many threads each, and what it is like to call from there."""

    files: list[Path]  #: the books of calls; processes of one machine share one
    threads: int  #: at each of them
    seed: int = 1
    latency: tuple[float, float] = (0.3, 0.8)
    lateness: float = 0.01  #: of a thread that was asleep
    way: float = 0.05  #: the longest way to the provider
    limit: int = LIMIT

    def call(self, calls: int) -> list[float]:
        """Make so many calls as fast as is allowed; when each arrived, in that order."""
        chance, clock = random.Random(self.seed), Clock()
        clock.lateness = spread(chance, self.lateness)
        window, arrived = Counted(self.limit), list[float]()
        everybody = [
            Pace(file=file, limit=self.limit, clock=clock, sleep=clock.sleep)
            for file in self.files
            for _ in range(self.threads)
        ]
        turns = itertools.count()
        events = [(clock.time, next(turns), pace, 0.0, 0) for pace in everybody]
        heapq.heapify(events)
        while len(arrived) < calls:
            clock.time, _, pace, called, remaining = heapq.heappop(events)
            if called:
                reset = WINDOW_SECONDS
                pace.heard(limit=self.limit, remaining=remaining, reset=reset, called=called)
            began = clock.time
            called = pace.wait()
            arrived.append(clock.time + chance.uniform(0, self.way))
            remaining = window.remaining(arrived[-1])
            answered = arrived[-1] + chance.uniform(*self.latency)
            assert answered >= began
            heapq.heappush(events, (answered, next(turns), pace, called, remaining))
        return sorted(arrived)


@dataclass
class Counted:
    """What the provider says is left, from the calls that are known to have arrived."""

    limit: int
    moments: list[float] = field(default_factory=list)

    def remaining(self, now: float) -> int:
        self.moments = [m for m in self.moments if m > now - 2 * WINDOW_SECONDS] + [now]
        counted = sum(now - WINDOW_SECONDS < moment <= now for moment in self.moments)
        return max(self.limit - counted, 0)


def refused(arrived: list[float], limit: int = LIMIT) -> int:
    """How many of them come too soon, in any five seconds."""
    window = Window(limit)
    return sum(not window.take(moment).allowed for moment in arrived)


def most_in_a_fixed_window(arrived: list[float], phase: float) -> int:
    numbers = [int((moment + phase) // WINDOW_SECONDS) for moment in arrived]
    return max(numbers.count(number) for number in set(numbers))


def part_used(arrived: list[float], limit: int = LIMIT) -> float:
    """Of what is allowed, from the first call to the last."""
    return (len(arrived) - 1) / (arrived[-1] - arrived[0]) / (limit / WINDOW_SECONDS)


@pytest.mark.slow
@given(
    seed=st.integers(0, 10_000),
    processes=st.integers(1, 3),
    threads=st.integers(1, 40),
    slowest=st.floats(0.05, 3),
    lateness=st.floats(0, 0.4),
    way=st.floats(0, 0.1),
    limit=st.sampled_from([5, 20, 150, 300]),
    phase=st.floats(0, 5),
)
@settings(max_examples=20, deadline=None)
def test_no_call_comes_too_soon_however_the_provider_counts(
    seed: int,
    processes: int,
    threads: int,
    slowest: float,
    lateness: float,
    way: float,
    limit: int,
    phase: float,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(
            files=[Path(folder) / "book.json"] * processes,
            threads=threads,
            seed=seed,
            latency=(0.01, slowest),
            lateness=lateness,
            way=way,
            limit=limit,
        )
        arrived = office.call(3 * limit)
    assert refused(arrived, limit) == 0
    assert most_in_a_fixed_window(arrived, phase) <= limit


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("processes", [1, 2])
def test_at_least_95_percent_of_the_limit_is_used(
    tmp_path: Path, seed: int, processes: int
) -> None:
    office = Office(files=[tmp_path / "book.json"] * processes, threads=32, seed=seed)
    arrived = office.call(900)
    assert refused(arrived) == 0
    assert 0.95 <= part_used(arrived) <= 1


def test_what_was_lost_while_we_were_busy_is_made_up_for(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(file=tmp_path / "book.json", limit=LIMIT, clock=clock, sleep=clock.sleep)
    moments = []
    for number in range(600):
        clock.time += 0.3 if number % 120 == 0 else 0.0  # a third of a second is lost each time
        moments.append(pace.wait())
    assert part_used(moments) > 0.95
    assert refused(moments) == 0


def test_two_machines_with_one_key_find_their_shares(tmp_path: Path) -> None:
    files = [tmp_path / "here.json", tmp_path / "there.json"]
    arrived = Office(files=files, threads=24).call(1500)
    assert refused(arrived) / len(arrived) < 0.08
    assert part_used(arrived) > 0.6


def book(pace: Pace) -> dict[str, object]:
    found: dict[str, object] = json.loads(pace.file.read_bytes())
    return found


def test_calls_of_others_with_the_same_key_are_left_room_for(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(file=tmp_path / "book.json", limit=LIMIT, clock=clock, sleep=clock.sleep)
    called = pace.wait()
    pace.heard(limit=LIMIT, remaining=75, reset=5, called=called)
    assert book(pace)["others"] == 74
    moments = [pace.wait() for _ in range(200)]
    assert part_used(moments) < 0.55


def test_when_others_have_used_it_up_nobody_calls_before_the_window_is_over(
    tmp_path: Path,
) -> None:
    clock = Clock()
    pace = Pace(file=tmp_path / "book.json", limit=LIMIT, clock=clock, sleep=clock.sleep)
    called = pace.wait()
    pace.heard(limit=LIMIT, remaining=0, reset=3.5, called=called)
    assert pace.wait() >= called + 3.5


def test_a_machine_that_was_started_anew_does_not_wait_for_its_old_clock(tmp_path: Path) -> None:
    clock = Clock(time=1_000_000.0)
    pace = Pace(file=tmp_path / "book.json", limit=LIMIT, clock=clock, sleep=clock.sleep)
    pace.heard(limit=LIMIT, remaining=0, reset=5, called=pace.wait())
    clock.time = 60.0
    assert pace.wait() == 60.0


@pytest.mark.parametrize("torn", [b"", b'{"slots": [1', b"[]", b'{"slots": ["x"]}', b"\xff\xfe"])
def test_a_book_that_was_torn_is_begun_anew(tmp_path: Path, torn: bytes) -> None:
    clock = Clock()
    pace = Pace(file=tmp_path / "book.json", limit=LIMIT, clock=clock, sleep=clock.sleep)
    pace.file.write_bytes(torn)
    assert pace.wait() == 1000.0
    assert book(pace)["slots"] == [1000.0]


def test_a_book_that_cannot_be_kept_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "file").write_text("no folder")
    pace = Pace(file=tmp_path / "file" / "b", limit=LIMIT, clock=clock, sleep=clock.sleep)
    with pytest.raises(EnvironmentProblem, match="no account of the calls"):
        pace.wait()
    pace.heard(limit=LIMIT, remaining=1, reset=1, called=1.0)  # after a call: no error any more

"""Calls at a steady pace: so many within a window, shared by every process of this machine.

A provider that counts calls answers 429 to whoever calls too often. Waiting for that answer
would be too late, and calling in bursts needless: moments are handed out evenly. They are kept
in a file under a lock, in the machine's monotonic clock, which no change of the time of day
moves and all processes share.

How the provider counts is not known: in fixed windows, or in any five seconds. What is kept
here is the stricter one. Not all of the limit is used, since a call that sets out late, or is
quicker on its way than the one before, comes closer to its neighbour.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem

USED = 0.96
"""The part of the limit that is used; the rest is for calls that are late by a little."""

_HASTE = 0.9  # of the even distance: what was lost while we were busy can be made up for
_FEW = 3  # calls: a difference in counting that means nothing, or too few to be shared
_FEWEST = 0.1  # the part of the limit that is kept however much others call
_LEAST_SLACK = 0.05  # seconds: no thread wakes more exactly
_FARTHEST = 60.0  # seconds: what is booked farther ahead is of a clock that has begun anew


@dataclass(kw_only=True)
class Pace:
    """Hands out the moments of calls; `limit` of them within `window` seconds."""

    file: Path
    limit: int
    window: float = 5.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default=time.sleep)

    def wait(self) -> float:
        """Return when the next call may be made: its moment by `clock`.

        Who wakes too late for it takes another. EnvironmentProblem where no account of the
        calls can be kept; then none was made.
        """
        while True:
            moment = self._take()
            self.sleep(max(0.0, moment - self.clock()))
            if self.clock() - moment <= self._slack:
                return moment

    @property
    def _usable(self) -> int:
        return max(int(self.limit * USED), 1)

    @property
    def _slack(self) -> float:
        """Half of what the unused part of the limit allows; the other half is for the way."""
        unused = (self.limit - self._usable) / self._usable * self.window
        return max(unused / 2, _LEAST_SLACK)

    def _take(self) -> float:
        try:
            with self._book() as book:
                moment = self._next(book, self.clock())
                book["slots"].append(moment)
                return moment
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EnvironmentProblem(
                f"no account of the calls can be kept: {reason}",
                where=str(self.file),
                hint="make room; nothing was sent",
            ) from None

    def _next(self, book: dict[str, Any], now: float) -> float:
        slots: list[float] = book["slots"]
        allowed = max(self._usable - book["others"], int(self.limit * _FEWEST), 1)
        moment = max(now, float(book["held"]))
        if slots:
            moment = max(moment, slots[-1] + _HASTE * self.window / allowed)
        if len(slots) >= allowed:
            moment = max(moment, slots[-allowed] + self.window)
        return moment

    def heard(self, *, limit: int, remaining: int, reset: float, called: float) -> None:
        """What the provider said of its own count to the call of that moment.

        Whatever it has counted beyond our own calls is somebody else's with the same key;
        `reset` seconds from now it begins anew. Good advice is not worth an error.
        """
        with contextlib.suppress(OSError), self._book() as book:
            slots = book["slots"]
            own = bisect_right(slots, called) - bisect_right(slots, called - self.window)
            others = limit - remaining - own
            book["others"] = others if others > _FEW else 0
            if remaining <= _FEW < others:
                book["held"] = self.clock() + min(max(reset, 0.0), self.window)

    @contextmanager
    def _book(self) -> Iterator[dict[str, Any]]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:  # noqa: PTH123 - with its rights
            fcntl.flock(file, fcntl.LOCK_EX)
            book = _read(file.read(), self.clock(), self.window)
            yield book
            written = json.dumps(book).encode()
            os.pwrite(file.fileno(), written, 0)  # in one go: a kill leaves the old or the new
            os.ftruncate(file.fileno(), len(written))


def _read(written: bytes, now: float, window: float) -> dict[str, Any]:
    """What is not readable was torn by a crash: a fresh start is safe, if a little slow.

    Moments from before the machine was started last are of another clock.
    """
    try:
        book = json.loads(written)
        slots = sorted(float(slot) for slot in book["slots"])
        held, others = float(book["held"]), int(book["others"])
    except (ValueError, KeyError, TypeError):
        return {"slots": [], "others": 0, "held": 0.0}
    return {
        # Two windows: an answer tells of the count at its call, which was a while ago.
        "slots": [slot for slot in slots if now - 2 * window < slot < now + _FARTHEST],
        "others": others,
        "held": held if held <= now + window else 0.0,
    }

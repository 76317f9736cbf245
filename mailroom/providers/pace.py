"""Calls at a steady pace: so many within a window, shared by every process of this machine.

A provider that counts calls answers 429 to whoever calls too often. Waiting for that answer
would be too late, and calling in bursts needless: moments are handed out evenly. They are kept
in a file under a lock, in the machine's monotonic clock, which no change of the time of day
moves and all processes share.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

USED = 0.97
"""The part of the limit that is used: on its way a call may catch up with the one before."""

_FEW = 3  # calls left to all of us: from there on nobody calls until the window is over
_FEWEST = 0.1  # the part of the limit that is kept however much others call


@dataclass(kw_only=True)
class Pace:
    """Hands out the moments of calls; `limit` of them within `window` seconds."""

    file: Path
    limit: int
    window: float = 5.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default=time.sleep)

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._book() as book:
            now = self.clock()
            slots = [slot for slot in book["slots"] if now - self.window < slot < now + 60]
            allowed = max(int(self.limit * USED) - book["others"], int(self.limit * _FEWEST), 1)
            slot = max(now, min(book["held"], now + 60))
            if slots:
                slot = max(slot, slots[-1] + self.window / allowed)
            if len(slots) >= allowed:
                slot = max(slot, slots[-allowed] + self.window)
            book["slots"] = [*slots, slot]
        self.sleep(max(0.0, slot - self.clock()))

    def heard(self, *, limit: int, remaining: int, reset: float) -> None:
        """What the provider said of its own count; `reset` seconds from now it begins anew.

        Whatever it has counted beyond our own calls is somebody else's with the same key.
        """
        with self._book() as book:
            now = self.clock()
            own = sum(now - self.window < slot <= now for slot in book["slots"])
            book["others"] = max(0, limit - remaining - own)
            if remaining <= _FEW:
                book["held"] = now + min(max(reset, 0.0), self.window)

    @contextmanager
    def _book(self) -> Iterator[dict[str, Any]]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            book = _read(file)
            yield book
            file.seek(0)
            file.truncate()
            json.dump(book, file)


def _read(file: TextIO) -> dict[str, Any]:
    """What is not readable was torn by a crash: a fresh start is safe, if a little slow."""
    file.seek(0)
    try:
        book = json.loads(file.read())
        return {
            "slots": [float(slot) for slot in book["slots"]],
            "others": int(book["others"]),
            "held": float(book["held"]),
        }
    except (ValueError, KeyError, TypeError):
        return {"slots": [], "others": 0, "held": 0.0}

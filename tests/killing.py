"""kill -9 at random moments of `send`, told by what it has done and not by the clock alone."""

from __future__ import annotations

import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

STARTING, BETWEEN = 0.15, 0.02  # seconds; the longest wait before a kill
PATIENCE = 120.0


def killed_on_its_way(process: BaseProcess, folder: Path, chance: random.Random) -> bool:
    """Kill it when none to three more batches lie in the outbox; False where it has ended before.

    On a slow machine as on a fast one it comes to something, and is killed as often.
    """
    more = chance.randrange(4)
    goal, end = _batches(folder) + more, time.monotonic() + PATIENCE
    while process.is_alive() and _batches(folder) < goal:
        assert time.monotonic() < end, "the sender stands still"
        time.sleep(0.002)
    process.join(chance.uniform(0, BETWEEN if more else STARTING))
    if not process.is_alive():
        return False
    process.kill()
    process.join()
    return True


def _batches(folder: Path) -> int:
    return sum(1 for _ in (folder / "outbox").glob("*"))

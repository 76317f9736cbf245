"""One sender a mailing at a time: a lock that the kernel frees even after kill -9."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from mailroom.errors import Refused


@contextlib.contextmanager
def sole_sender(state: Path, mailing: str) -> Iterator[None]:
    """Hold the mailing for this process; Refused says which process has it."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / f"{mailing}.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Refused(
                f"another mailroom is at work on {mailing} (process {holder})",
                hint=f"wait for it, then type `mailroom status {mailing}`",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield

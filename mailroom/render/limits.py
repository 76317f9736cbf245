"""Bounds on what a layout may cost: a design that never ends must end in a message.

Jinja's sandbox stops escapes, not nested loops; no style sheet is too silly for somebody.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mailroom.errors import RenderError

_AGAIN = 0.5  # seconds; WeasyPrint swallows whatever is raised inside an SVG
#: Who is here has left the block: where that takes long it rings again, and nobody would catch it.
_ON_THE_WAY_OUT = frozenset({__file__, contextlib.__file__, signal.__file__})


class _TimeIsUp(BaseException):
    """Not an Exception, so that `except Exception` in a renderer lets it pass."""


@contextmanager
def deadline(seconds: float, where: str) -> Iterator[None]:
    """End the block with a RenderError that names `where` (the layout) after `seconds`.

    Works in a process's main thread, where executors run their tasks; elsewhere it does
    nothing, since only the main thread gets signals. An outer deadline keeps running.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    expired = False

    def ring(_signal: int, frame: FrameType | None) -> None:
        nonlocal expired
        expired = True
        if frame is None or frame.f_code.co_filename not in _ON_THE_WAY_OUT:
            raise _TimeIsUp

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    outer = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    except _TimeIsUp:
        pass
    finally:
        left = max(outer[0] - (time.monotonic() - began), 0.001) if outer[0] else 0.0
        signal.setitimer(signal.ITIMER_REAL, left, outer[1])
        signal.signal(signal.SIGALRM, before)
    if expired:
        raise _too_much(f"takes longer than {seconds:g} seconds a page", where)


@contextmanager
def memory_limit(megabytes: int, where: str) -> Iterator[None]:
    """End the block with a RenderError where it needs so much more memory than now.

    For pure Python (merging) only: the C libraries below a renderer abort the process when
    they get no memory. Does nothing where the system does not tell what is in use.
    """
    in_use = _memory_in_use()
    if not in_use:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = in_use + megabytes * 1_000_000
    known = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    try:
        yield
    except MemoryError:
        raise _too_much(f"needs more than {megabytes} MB of memory", where) from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _memory_in_use() -> int:
    """The size of the address space in bytes; 0 where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _too_much(what: str, where: str) -> RenderError:
    hint = "look for loops in its templates and for very large or very many elements"
    return RenderError(f"the layout {what}", where=where, hint=hint)

"""Where the work of a run is done: here, or in worker processes.

An executor is any `concurrent.futures.Executor`. Workers compute, the parent records; a
worker that is killed costs its chunk a second try, not the run.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from mailroom.errors import EnvironmentProblem

T = TypeVar("T")
J = TypeVar("J")
P = ParamSpec("P")

_TRIES = 3


class Inline(Executor):
    """Does the work at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def open_executor(processes: int) -> Executor:
    """So many worker processes; none: this one does the work."""
    if not processes:
        return Inline()
    return ProcessPoolExecutor(
        processes,
        # Spawned, not forked: the parent may hold locks of Pango and threads of a web server.
        mp_context=multiprocessing.get_context("spawn"),
        # Ctrl-C reaches every process of the terminal; the parent alone answers it.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def _processes(kind: str, workers: int, jobs: int) -> int:
    """`workers` 0 means one a processor; a single job is not worth a process."""
    count = min(workers or os.cpu_count() or 1, jobs)
    return count if kind == "processes" and count > 1 else 0


def run(
    kind: str, workers: int, work: Callable[[J], T], jobs: Sequence[J]
) -> Iterator[tuple[J, T]]:
    """Each job with its result, as they come; what a killed worker lost is done again.

    EnvironmentProblem where workers keep dying. An error of the work itself is raised.
    """
    waiting = list(range(len(jobs)))
    # Once only: a job that killed its worker must never be tried in this process.
    processes = _processes(kind, workers, len(jobs))
    for _ in range(_TRIES):
        lost: list[int] = []
        with open_executor(processes) as executor:
            futures = {executor.submit(work, jobs[number]): number for number in waiting}
            try:
                for future in as_completed(futures):
                    number = futures[future]
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        lost.append(number)
                    else:
                        yield jobs[number], result
            except BaseException:
                executor.shutdown(wait=True, cancel_futures=True)
                raise
        if not lost:
            return
        waiting = lost
    raise EnvironmentProblem(
        f"worker processes died {_TRIES} times",
        hint='is there enough memory? try [executor] kind = "inline"',
    )

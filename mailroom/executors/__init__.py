"""Where the work of a run is done: here, or in worker processes.

An executor is any `concurrent.futures.Executor`. Workers compute, the parent records; a
worker that is killed costs its chunk a second try, not the run.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from mailroom.errors import EnvironmentProblem

T = TypeVar("T")
J = TypeVar("J")
P = ParamSpec("P")

KINDS = ("inline", "processes")
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


def open_executor(kind: str, workers: int, jobs: int) -> Executor:
    """`workers` 0 means one a processor; a single job is not worth a process."""
    count = min(workers or os.cpu_count() or 1, jobs)
    if kind == "inline" or count <= 1:
        return Inline()
    # Spawned, not forked: the parent may hold locks of Pango and threads of a web server.
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def run(
    kind: str, workers: int, work: Callable[[J], T], jobs: Sequence[J]
) -> Iterator[tuple[J, T]]:
    """Each job with its result, as they come; what a killed worker lost is done again.

    EnvironmentProblem where workers keep dying. An error of the work itself is raised.
    """
    waiting = list(range(len(jobs)))
    for _ in range(_TRIES):
        lost: list[int] = []
        with open_executor(kind, workers, len(waiting)) as executor:
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

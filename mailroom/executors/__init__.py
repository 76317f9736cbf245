"""Where the work of a run is done: here, or in worker processes.

An executor is any `concurrent.futures.Executor`. Workers compute, the parent records; a
worker that is killed costs its chunk a second try, not the run.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, Generic, ParamSpec, TypeVar

from mailroom.errors import EnvironmentProblem

T = TypeVar("T")
J = TypeVar("J")
P = ParamSpec("P")

_TRIES = 3
_AHEAD = 3  # jobs a worker has in hand or before it


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


def run(
    kind: str, workers: int, work: Callable[[J], T], jobs: Iterable[J], *, worth_it: int = 2
) -> Iterator[tuple[J, T]]:
    """Each job with its result, in order; what a killed worker lost is done again.

    Jobs are taken as workers get free, so that neither jobs nor results pile up. `workers` 0
    means one a processor, if there are `worth_it` jobs at least: a worker needs a second to
    begin. A single job is never worth a process. EnvironmentProblem where workers keep dying.
    An error of the work itself is raised.
    """
    waiting, least = iter(jobs), 2 if workers else max(2, worth_it)
    first = list(islice(waiting, least))
    count = workers or os.cpu_count() or 1
    processes = count if kind == "processes" and count > 1 and len(first) == least else 0
    yield from _Run(processes, work, chain(first, waiting)).results()


class _Run(Generic[J, T]):
    """One run: the jobs in hand, in order, and the executor that has them."""

    def __init__(self, processes: int, work: Callable[[J], T], jobs: Iterator[J]) -> None:
        self._processes, self._work, self._jobs = processes, work, jobs
        self._in_hand: deque[tuple[J, Future[T]]] = deque()
        self._executor = open_executor(processes)
        self._deaths = 0

    def results(self) -> Iterator[tuple[J, T]]:
        try:
            self._fill()
            while self._in_hand:
                job, future = self._in_hand[0]
                try:
                    result = future.result()
                except BrokenProcessPool:
                    self._begin_again()
                    continue
                self._in_hand.popleft()
                self._deaths = 0
                self._fill()
                yield job, result
        finally:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        most = self._processes * _AHEAD or 1
        for job in islice(self._jobs, most - len(self._in_hand)):
            self._in_hand.append((job, self._submit(job)))

    def _submit(self, job: J) -> Future[T]:
        try:
            return self._executor.submit(self._work, job)
        except BrokenProcessPool as error:  # found out when its result is asked for
            future: Future[T] = Future()
            future.set_exception(error)
            return future

    def _begin_again(self) -> None:
        """Workers died: a new pool does what they had in hand, and what is done stays done.

        A job that kills its worker is never tried in this process.
        """
        self._deaths += 1
        if self._deaths >= _TRIES:
            raise EnvironmentProblem(
                f"worker processes died {_TRIES} times",
                hint='is there enough memory? try [executor] kind = "inline"',
            )
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = open_executor(self._processes)
        for number, (job, future) in enumerate(self._in_hand):
            if _is_lost(future):
                self._in_hand[number] = (job, self._submit(job))


def _is_lost(future: Future[Any]) -> bool:
    """Was it the worker that failed, and not the work itself?"""
    if future.cancelled() or not future.done():
        return True
    return isinstance(future.exception(), BrokenProcessPool)

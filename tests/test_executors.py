"""Executors: here or in processes the same answers; a killed worker costs a second try."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mailroom.errors import EnvironmentProblem, RenderError
from mailroom.executors import run

JOBS = list(range(7))


def square(number: int) -> int:
    return number * number


def process_id(_job: int) -> int:
    time.sleep(0.05)  # long enough that one worker alone does not do it all
    return os.getpid()


def die_once(marker: Path) -> str:
    """Kills its worker the first time; `marker` remembers that it has."""
    if marker.suffix == ".deadly" and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return marker.name


def die_where_deadly(job: str) -> str:
    if job == "deadly":
        time.sleep(0.2)  # the others are done by then
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def stumble(number: int) -> int:
    if number == 3:
        raise RenderError("it cannot be drawn", where="piece 0003", hint="mend it")
    return number


def interrupt(_number: int) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["inline", "processes"])
def test_every_job_comes_back_once_with_its_own_result(kind: str) -> None:
    assert sorted(run(kind, 2, square, JOBS)) == [(n, n * n) for n in JOBS]


@pytest.mark.parametrize("kind", ["inline", "processes"])
def test_no_jobs_are_no_work(kind: str) -> None:
    assert list(run(kind, 2, square, [])) == []


def test_inline_works_in_this_process_and_processes_do_not() -> None:
    assert {pid for _, pid in run("inline", 2, process_id, JOBS)} == {os.getpid()}
    others = {pid for _, pid in run("processes", 2, process_id, JOBS)}
    assert os.getpid() not in others
    assert len(others) <= 2


def test_a_single_job_is_not_worth_a_process() -> None:
    assert list(run("processes", 4, process_id, [1])) == [(1, os.getpid())]


@pytest.mark.slow
def test_a_killed_worker_costs_nothing_but_a_second_try(tmp_path: Path) -> None:
    jobs = [tmp_path / name for name in ("a", "b.deadly", "c", "d")]
    assert dict(run("processes", 2, die_once, jobs)) == {job: job.name for job in jobs}
    assert (tmp_path / "b.deadly").exists()


@pytest.mark.slow
def test_workers_that_always_die_end_the_run_and_not_this_process() -> None:
    done: list[str] = []
    with pytest.raises(EnvironmentProblem, match="worker processes died 3 times") as caught:
        done.extend(job for job, _ in run("processes", 2, die_where_deadly, ["a", "deadly", "b"]))
    assert "memory" in caught.value.hint
    assert 'kind = "inline"' in caught.value.hint


@pytest.mark.parametrize("kind", ["inline", "processes"])
def test_an_error_of_the_work_itself_is_raised_as_it_is(kind: str) -> None:
    with pytest.raises(RenderError) as caught:
        list(run(kind, 2, stumble, JOBS))
    error = caught.value
    assert (error.message, error.where, error.hint) == (
        "it cannot be drawn",
        "piece 0003",
        "mend it",
    )


def test_ctrl_c_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        list(run("inline", 1, interrupt, JOBS))

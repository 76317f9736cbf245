"""Who is at work on what: the same on both databases, and freed whenever its holder dies."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger.lock import Locks, open_locks
from tests.postgres_fixtures import Server

NAME = "mailing:cards"

HOLDER = """
import sys
from pathlib import Path
from mailroom.ledger.lock import open_locks
url, state, name, shared = sys.argv[1:]
with open_locks(url, Path(state)).hold(name, shared=shared == "shared"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def locks(ledger_url: str, tmp_path: Path) -> Locks:
    return open_locks(ledger_url, tmp_path)


@pytest.fixture
def server_locks(postgres_url: str, tmp_path: Path) -> Locks:
    return open_locks(postgres_url, tmp_path)


@pytest.fixture
def holder(ledger_url: str, tmp_path: Path) -> Callable[[str], subprocess.Popen[bytes]]:
    """Another process that holds the lock, alone or `shared`, until its input ends."""

    def start(how: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, ledger_url, str(tmp_path), NAME, how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        return process

    return start


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def test_a_second_one_is_told_who_is_at_work(
    locks: Locks, holder: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    first = holder("alone")
    with pytest.raises(Refused, match=f"at work on cards .*process {first.pid}") as caught:
        locks.hold(NAME).__enter__()
    assert caught.value.hint == "wait for it, then type `mailroom status cards`"
    kill(first)


def test_the_same_process_does_not_get_it_twice(locks: Locks) -> None:
    with locks.hold(NAME), pytest.raises(Refused, match="another mailroom"):
        locks.hold(NAME).__enter__()
    with locks.hold(NAME):
        pass


def test_another_name_is_another_lock(locks: Locks) -> None:
    with locks.hold(NAME), locks.hold("mailing:letters"), locks.hold("sender:cards"):
        assert not locks.is_held("mailing:flyers")


@pytest.mark.slow
def test_several_share_it_and_nobody_has_it_alone_meanwhile(
    locks: Locks, holder: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    first, second = holder("shared"), holder("shared")
    with locks.hold(NAME, shared=True):
        pass
    with pytest.raises(Refused) as refused:
        locks.hold(NAME).__enter__()
    for each in (first, second):
        assert f"process {each.pid}" in refused.value.message
    kill(first)
    with pytest.raises(Refused, match=f"process {second.pid}"):
        locks.hold(NAME).__enter__()
    kill(second)
    assert eventually(lambda: not locks.is_held(NAME))
    with locks.hold(NAME):
        pass


def test_who_has_it_alone_shares_it_with_nobody(locks: Locks) -> None:
    with locks.hold(NAME), pytest.raises(Refused):
        locks.hold(NAME, shared=True).__enter__()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["alone", "shared"])
def test_a_holder_that_is_killed_holds_nothing(
    locks: Locks, holder: Callable[[str], subprocess.Popen[bytes]], how: str
) -> None:
    process = holder(how)
    assert locks.is_held(NAME)
    kill(process)
    assert eventually(lambda: not locks.is_held(NAME))
    with locks.hold(NAME):
        pass


@pytest.mark.parametrize("shared", [False, True])
def test_it_is_held_as_long_as_somebody_holds_it(locks: Locks, shared: bool) -> None:
    assert not locks.is_held(NAME)
    with locks.hold(NAME, shared=shared) as lock:
        assert locks.is_held(NAME)
        assert lock.still_held()
    assert not locks.is_held(NAME)


def test_an_error_at_work_frees_it_and_is_not_hidden(locks: Locks) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(NAME):
        raise ZeroDivisionError
    assert not locks.is_held(NAME)


@pytest.mark.slow
def test_whoever_only_looks_stands_in_nobodys_way(locks: Locks) -> None:
    looking = threading.Event()

    def look() -> None:
        while not looking.is_set():
            locks.is_held(NAME)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(20):
            with locks.hold(NAME, shared=True):
                pass
    finally:
        looking.set()
        thread.join()


def test_of_many_that_want_it_alone_never_two_have_it(locks: Locks) -> None:
    inside, most, had = [0], [0], [0]

    def want() -> None:
        for _ in range(5):
            try:
                with locks.hold(NAME):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    had[0] += 1
                    time.sleep(0.001)
                    inside[0] -= 1
            except Refused:
                pass

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert had[0] >= 1


def test_a_lock_whose_file_was_removed_is_lost_and_its_holder_is_told(tmp_path: Path) -> None:
    locks = open_locks("sqlite:///ledger.db", tmp_path)
    file = tmp_path / "locks" / NAME
    lost = pytest.raises(EnvironmentProblem, match="lock on mailing:cards was lost")
    with lost, locks.hold(NAME) as lock:
        file.unlink()
        assert not lock.still_held()
        file.write_text("of somebody else", encoding="ascii")
    assert file.exists()


def test_no_file_is_left_of_senders_that_have_ended(tmp_path: Path) -> None:
    locks = open_locks("sqlite:///ledger.db", tmp_path)
    with locks.hold("sender:../1"):
        assert [path.name for path in (tmp_path / "locks").iterdir()] == ["sender:..%2F1"]
    assert [*(tmp_path / "locks").iterdir()] == []


def test_a_connection_that_the_server_ends_has_lost_its_lock_for_good(
    server_locks: Locks, postgres_server: Server, postgres_url: str
) -> None:
    database = postgres_url.rpartition("/")[2]
    lost = pytest.raises(EnvironmentProblem, match="was lost while at work")
    with lost as caught, server_locks.hold(NAME) as lock:
        assert postgres_server.end_connections(database) == 1
        assert not lock.still_held()
        with server_locks.hold(NAME):
            assert not lock.still_held()
        with pytest.raises(EnvironmentProblem):
            lock.check()
    assert "mailroom status" in caught.value.hint


def test_threads_of_one_sender_may_all_ask_whether_it_still_has_its_lock(
    server_locks: Locks,
) -> None:
    said: list[bool] = []
    with server_locks.hold(NAME) as lock:

        def ask() -> None:
            said.extend(lock.still_held() for _ in range(20))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert said == [True] * 80

"""kill -9 at random moments of `send`: nothing is lost, nothing is posted twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailroom import pipeline
from tests.killing import killed_on_its_way
from tests.workspaces import (
    MAILING,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    posted,
    say_yes,
)

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("MAILROOM_TEST_SEED", "20261123"))
PIECES = 60


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people, approved, to be posted one by one."""
    people = [person(n) for n in range(PIECES)]
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", people, batch=1))


def send(folder: Path) -> None:
    with opened(folder) as ws:
        pipeline.send(ws, MAILING, live=True, confirm=say_yes)


def left(folder: Path) -> int:
    with opened(folder) as ws:
        counts = pipeline.status(ws, MAILING)["counts"]
    return counts.get("ready", 0) + counts.get("sending", 0)


def test_a_sender_killed_again_and_again_posts_every_piece_exactly_once(
    ready: Path, tmp_path: Path
) -> None:
    folder = copied(ready, tmp_path / "ws")
    chance = random.Random(SEED)
    context = multiprocessing.get_context("fork")
    kills = 0
    while left(folder):
        process = context.Process(target=send, args=(folder,))
        process.start()
        if killed_on_its_way(process, folder, chance):
            kills += 1
        else:
            assert process.exitcode == 0
    print(f"seed {SEED}, {kills} kills")
    assert kills >= 5, f"too few kills to mean anything (seed {SEED})"
    assert len(posted(folder)) == len(set(posted(folder))) == PIECES, f"seed {SEED}"
    with opened(folder) as ws:
        assert pipeline.status(ws, MAILING)["counts"] == {"accepted": PIECES}
    assert not [path for path in (folder / "outbox").iterdir() if path.name.startswith(".")]


def run(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mailroom", "-C", str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_in_the_middle_of_sending_is_130_and_the_next_send_goes_on(
    ready: Path, tmp_path: Path
) -> None:
    folder = copied(ready, tmp_path / "ws")
    process = run(folder, "send", MAILING, "--live", "--confirm", str(PIECES))
    deadline = time.monotonic() + 60
    while not posted(folder) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130, talk
    assert "interrupted" in talk
    assert 0 < len(posted(folder)) < PIECES
    again = run(folder, "send", MAILING, "--live", "--confirm", str(left_ready(folder)))
    _, talk = again.communicate(timeout=120)
    assert again.returncode == 0, talk
    assert len(posted(folder)) == len(set(posted(folder))) == PIECES


def left_ready(folder: Path) -> int:
    """What a person would type: what `status` shows as ready."""
    with opened(folder) as ws:
        return int(pipeline.status(ws, MAILING)["counts"].get("ready", 0))

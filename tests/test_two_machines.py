"""Two senders with one ledger on a server, killed again and again: every piece goes once."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.errors import Refused
from tests.killing import killed_on_its_way
from tests.workspaces import (
    MAILING,
    approved,
    make_workspace,
    opened,
    person,
    posted,
    say_yes,
)

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("MAILROOM_TEST_SEED", "20261123"))
PIECES = 40


def send(folder: Path) -> None:
    with opened(folder) as ws, contextlib.suppress(Refused):  # the other one is at work
        pipeline.send(ws, MAILING, live=True, confirm=say_yes)


def left(folder: Path) -> int:
    with opened(folder) as ws:
        counts = pipeline.status(ws, MAILING)["counts"]
    return int(counts.get("ready", 0) + counts.get("sending", 0))


def test_two_senders_that_are_killed_post_every_piece_exactly_once(
    tmp_path: Path, postgres_url: str
) -> None:
    folder = make_workspace(tmp_path / "ws", [person(n) for n in range(PIECES)], batch=1)
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as config:
        config.write(f'[ledger]\nurl = "{postgres_url}"\n')
    approved(folder)
    chance, kills = random.Random(SEED), 0
    context = multiprocessing.get_context("fork")
    while left(folder):
        senders = [context.Process(target=send, args=(folder,)) for _ in range(2)]
        for process in senders:
            process.start()
        for process in senders:
            if killed_on_its_way(process, folder, chance):
                kills += 1
            else:
                assert process.exitcode == 0
    print(f"seed {SEED}, {kills} kills")
    assert kills >= 5, f"too few kills to mean anything (seed {SEED})"
    assert len(posted(folder)) == len(set(posted(folder))) == PIECES, f"seed {SEED}"
    with opened(folder) as ws:
        assert pipeline.status(ws, MAILING)["counts"] == {"accepted": PIECES}
    assert not (folder / ".mailroom" / "ledger.db").exists()

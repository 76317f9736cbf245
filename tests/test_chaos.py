"""Everything at once: two senders, kill -9, a Lob that fails at every fifth request."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.model import Dispatch, Status
from mailroom.pipeline.sender import Files, kept, sign_in
from tests.chaos import Desk, fault_arguments, run
from tests.lob_fixtures import OwnProcess
from tests.workspaces import MAILING, approved, make_workspace, opened, person

SEED = int(os.environ.get("MAILROOM_TEST_SEED", "20261123"))


def chaos(fake: OwnProcess, folder: Path, url: str, pieces: int, kills: int, most: float) -> None:
    desk = Desk(folder=folder, url=url, base_url=fake.base_url)
    desk.prepare(pieces)
    found = run(desk, senders=2, kills=kills, seed=SEED, every=(0.2, most))
    print(f"seed {SEED}\n{found}")
    found.check(f"seed {SEED}")
    assert found.kills == kills, f"it was over too soon to mean anything (seed {SEED})"


@pytest.mark.slow
def test_two_thousand_pieces_are_posted_once_whatever_happens(
    fake_lob_process: Callable[..., OwnProcess], tmp_path: Path
) -> None:
    fake = fake_lob_process(*fault_arguments(0.2, SEED))
    chaos(fake, tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}", 2000, 25, most=1.6)


@pytest.mark.slow
def test_on_a_server_too(
    fake_lob_process: Callable[..., OwnProcess], tmp_path: Path, postgres_url: str
) -> None:
    fake = fake_lob_process(*fault_arguments(0.2, SEED))
    chaos(fake, tmp_path, postgres_url, 300, 6, most=1.0)


@pytest.mark.slow
def test_two_senders_never_touch_each_other_s_files(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", [person(1), person(2)], batch=1))
    with opened(folder) as ws:
        provider, setup = ws.provider("outbox"), ws.setup(ws.mailing(MAILING))
        (item, other) = ws.ledger.pieces(MAILING)
        files = [Files(ws, setup, provider, bench=tmp_path / name) for name in ("one", "two")]
        first = files[0].build("a" * 64, [item])
        before = [path.stat().st_ino for path in first.files]
        again = files[1].build("a" * 64, [item])
        assert [path.stat().st_ino for path in again.files] == before
        assert again.files == first.files
        changed = files[1].build("a" * 64, [other])
        assert [path.stat().st_ino for path in changed.files] != before
        assert not list(tmp_path.glob("one/*")) + list(tmp_path.glob("two/*"))


def test_what_a_killed_sender_has_left_on_its_bench_is_cleared_away(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    with opened(folder) as ws:
        left = ws.state / "making" / "somebody" / "0123"
        left.mkdir(parents=True)
        with sign_in(ws) as me:
            assert not left.exists()
            mine = ws.state / "making" / me.name
            mine.mkdir(parents=True)
            with sign_in(ws):
                assert mine.exists()
        assert not mine.exists()


def test_what_was_adopted_without_files_is_not_kept_here(tmp_path: Path) -> None:
    line = Dispatch(
        key="a" * 64,
        mailing=MAILING,
        provider="lob",
        format="",
        pieces=(),
        files={},
        intent_at="2026-11-23T09:00:00+00:00",
    )
    with opened(make_workspace(tmp_path / "ws", [person(1)])) as ws:
        assert kept(ws, line, ()) is None


@pytest.mark.slow
def test_no_more_pieces_are_with_lob_at_once_than_were_asked_for(
    fake_lob_process: Callable[..., OwnProcess], tmp_path: Path
) -> None:
    fake = fake_lob_process("--rate", "100000", "--fault", "slow:1")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    desk = Desk(folder=tmp_path, url=url, base_url=fake.base_url, settings={"concurrency": 5})
    desk.prepare(20)
    desk.send()
    stats = desk.stats()
    assert (stats["physical"], stats["at_once"]) == (20, 5)


@pytest.mark.slow
def test_one_slow_piece_does_not_stop_the_others(
    fake_lob_process: Callable[..., OwnProcess], tmp_path: Path
) -> None:
    fake = fake_lob_process("--rate", "100000")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    desk = Desk(folder=tmp_path, url=url, base_url=fake.base_url)
    desk.prepare(40)
    with desk.caller() as caller, desk.world() as world:
        caller.control("faults", next=["hang"])
        outcomes = desk.hand_over(world)
    landed = [outcome.pieces[0].piece.number for outcome in outcomes]
    assert landed.index(1) > 2, "the first to go lands after others"
    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}


@pytest.mark.slow
def test_the_limit_is_never_broken_and_nearly_used(
    fake_lob_process: Callable[..., OwnProcess], tmp_path: Path
) -> None:
    limit = 60  # of 5 seconds: a true one of 150 is more than a busy machine uses
    fake = fake_lob_process("--rate", str(limit), "--fault", "slow:1")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    desk = Desk(folder=tmp_path, url=url, base_url=fake.base_url, settings={"requests": limit})
    desk.prepare(2 * limit)
    desk.send()
    stats = desk.stats()
    assert stats["physical"] == 2 * limit and not sum(stats["rate_limited"].values())
    assert 0.95 * limit <= stats["peaks"]["POST /postcards"] <= limit

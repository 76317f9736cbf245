"""`send` without --live: the provider's test mode, with a ledger of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.errors import ApprovalError
from mailroom.pipeline.send import Mode
from mailroom.workspace import open_workspace
from tests.commands import typed
from tests.faults.lob import refuses_all
from tests.lob_batches import LIVE_KEY, TEST_KEY
from tests.lob_workspaces import Posting, american, make_lob_workspace
from tests.workspaces import MAILING, say_yes

PEOPLE = [american(n) for n in range(3)]


@pytest.fixture
def office(fake_lob: Any, tmp_path: Path) -> Posting:
    folder = make_lob_workspace(tmp_path / "ws", fake_lob.base_url, PEOPLE)
    return Posting(folder=folder, fake=fake_lob, key=TEST_KEY)


def test_a_trial_is_taken_by_lob_s_test_mode_and_leaves_the_ledger_as_it_was(
    office: Posting,
) -> None:
    office.approve()
    report = office.send()
    assert (report.mode, report.posted, report.live) == (Mode.TEST, 3, False)
    with office.opened() as ws:
        assert pipeline.status(ws, MAILING)["counts"] == {"ready": 3}
        with ws.trial() as trial:
            assert pipeline.status(trial, MAILING)["counts"] == {"accepted": 3}


@pytest.mark.slow
def test_each_trial_has_keys_of_its_own_and_the_real_thing_has_others(
    office: Posting, fake_lob: Any
) -> None:
    office.approve()
    office.send()
    fake_lob.state.advance(1)
    office.send()
    assert fake_lob.lob.stats()["accepted"] == 6
    live = Posting(folder=office.folder, fake=fake_lob, key=LIVE_KEY)
    assert live.send().posted == 3
    assert fake_lob.lob.stats()["accepted"] == 9


def test_what_is_approved_after_a_first_try_can_be_tried(office: Posting) -> None:
    with office.opened() as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, MAILING)
        pipeline.proof(ws, MAILING)
    with pytest.raises(ApprovalError, match="nobody has approved it"):
        office.send()
    with office.opened() as ws:
        pipeline.approve(ws, MAILING, "Ruth", {})
    assert office.send().posted == 3


def test_without_a_key_files_are_made_and_it_is_said_that_nobody_looks(
    office: Posting, tmp_path: Path
) -> None:
    office.approve()
    told: list[str] = []
    with open_workspace(office.folder, tell=told.append, environ={}) as ws:
        report = pipeline.send(ws, MAILING, live=False, confirm=say_yes)
    assert (report.mode, report.posted) == (Mode.REHEARSAL, 3)
    assert "LOB_API_KEY is not set: files are made, and lob looks at nothing" in told


def test_doctor_tells_that_there_is_no_key(
    office: Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOB_API_KEY", raising=False)
    assert "LOB_API_KEY is not set" in typed(office.folder, "doctor").words


@pytest.mark.slow
def test_ten_refusals_in_a_row_stop_the_run_and_every_one_is_told(
    start_fake_lob: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = start_fake_lob(named={str(Path(refuses_all.__file__)): 1.0})
    people = [american(n) for n in range(20)]
    folder = make_lob_workspace(tmp_path / "ws", fake.base_url, people)
    office = Posting(folder=folder, fake=fake, key=TEST_KEY)
    office.approve()
    report = office.send()
    tried = len(report.outcomes)
    assert report.stopped and 10 <= tried < 20
    assert {outcome.status.value for outcome in report.outcomes} == {"failed"}
    assert (report.posted, report.left, report.sent_before) == (0, 20 - tried, 0)
    monkeypatch.setenv("LOB_API_KEY", TEST_KEY)
    again = typed(folder, "send", MAILING)
    assert again.code == 3
    assert "left to try" in again.words or "address is not known" in again.words

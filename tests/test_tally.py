from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import pipeline
from mailroom.answers.mailings import print_prepared, print_status
from mailroom.model import Household, Recipient, Status
from mailroom.pipeline.tally import tally
from tests.workspaces import MAILING, approved, make_workspace, opened, person, say_yes

KEYS = st.integers(0, 30).map(str)


def home(*keys: str) -> Household:
    people = [Recipient(key=key, source="crm", where="") for key in keys]
    return Household(key=keys[0], members=tuple(people))


@given(
    st.lists(KEYS, unique=True),
    st.lists(st.tuples(st.lists(KEYS, min_size=1, max_size=3), st.sampled_from(Status))),
)
def test_the_parts_are_the_sum(left: list[str], pieces: list[tuple[list[str], Status]]) -> None:
    told = tally(left, [(home(*keys), status) for keys, status in pieces])
    parts = (told.left_out, told.held, told.ready, told.handed_over, told.failed, told.sharing)
    assert sum(parts) == told.people
    assert min(parts) >= 0


def test_prepare_status_and_send_tell_numbers_that_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [
        person(1),
        person(2, **{"Do not mail": "yes"}),
        person(3, **{"Street Address": ""}),
        person(4),
        person(4, **{"Record ID": "904", "First Name": "Ben"}),
        person(5),
    ]
    folder = approved(make_workspace(tmp_path / "ws", people))
    with opened(folder) as ws:
        print_prepared(pipeline.prepare(ws, MAILING))
        line = "6 people = 1 left out + 1 held + 3 ready + 1 sharing one of these"
        assert line in capsys.readouterr().out
        pipeline.send(ws, MAILING, live=True, confirm=say_yes)
        pipeline.suppress(ws, "crm:101", reason="moved", by="Ruth")
        report = pipeline.prepare(ws, MAILING)
        assert (
            report.sent_before
            == pipeline.send(ws, MAILING, live=True, confirm=say_yes).sent_before
            == 3
        )
        print_prepared(report)
        line = "6 people = 1 left out + 1 held + 3 handed over + 1 sharing one of these"
        shown = capsys.readouterr().out
        assert line in shown
        assert "3 pieces had been handed over before and are not again" in shown
        assert "1 person left out" in shown
        print_status(pipeline.status(ws, MAILING))
        assert line in capsys.readouterr().out

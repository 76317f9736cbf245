"""What the commands answer, where a mailing is large or little has happened."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mailroom.answers import mailings as answers
from mailroom.pipeline.send import Mode, SendReport


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def mailing(statuses: list[str], *, live: bool = True) -> dict[str, Any]:
    pieces = [
        {"piece": n, "recipient": f"Anna {n}", "status": status, "provider_ref": ""}
        for n, status in enumerate(statuses, start=1)
    ]
    return {"mailing": "cards", "live": live, "pieces": pieces}


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_of_a_small_mailing_every_piece_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    answers.print_pieces(mailing(["accepted"] * 100))
    shown = told(capsys)
    assert "0001" in shown
    assert "0100" in shown
    assert "others" not in shown


def test_of_a_large_mailing_only_those_are_listed_that_are_not_like_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers.print_pieces(mailing(["accepted"] * 480 + ["held", "failed"], live=False))
    lines = told(capsys).splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["0481", "0482"]
    assert lines[5:] == [
        "  and 480 that are accepted: `mailroom why NAME` tells of one,",
        "  `mailroom status cards --test --json` of all",
    ]


def test_a_large_mailing_without_oddities_lists_none(capsys: pytest.CaptureFixture[str]) -> None:
    answers.print_pieces(mailing(["delivered"] * 101))
    assert "0001" not in (shown := told(capsys))
    assert "101 that are delivered" in shown


def test_no_more_than_twenty_oddities_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    answers.print_pieces(mailing(["accepted"] * 100 + ["failed"] * 50))
    shown = told(capsys)
    assert "0120" in shown
    assert "0121" not in shown
    assert "and 100 that are accepted, 30 others:" in shown


def test_a_mailing_without_pieces_has_no_list(capsys: pytest.CaptureFixture[str]) -> None:
    answers.print_pieces(mailing([]))
    assert told(capsys) == ""


NOTHING_WENT = SendReport(
    mailing="cards",
    live=True,
    mode=Mode.LIVE,
    provider="lob",
    place="",
    posted=0,
    outcomes=(),
    pulled=(),
    left=20,
    sent_before=0,
    folder="",
    paused=True,
)


def test_nobody_is_asked_to_look_at_first_ones_that_did_not_go(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers.print_sent(NOTHING_WENT)
    assert "look at the first ones" not in told(capsys)
    answers.print_sent(dataclasses.replace(NOTHING_WENT, posted=5))
    assert "look at the first ones" in told(capsys)

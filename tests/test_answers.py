"""What the commands answer, where a mailing is large or little has happened."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from small import a_piece

from mailroom.answers import mailings as answers
from mailroom.answers import posted
from mailroom.answers.printroom import print_printer
from mailroom.cli import printroom
from mailroom.dev.fakelob import Running
from mailroom.dev.orders import POSTCARD
from mailroom.dispatch import Outcome
from mailroom.model import Planned, Receipt, Status
from mailroom.pipeline.returns import Return
from mailroom.pipeline.send import Mode, SendReport
from mailroom.pipeline.whereabouts import in_words
from mailroom.providers.printers import FormatInfo, PrinterInfo
from tests.commands import typed
from tests.lob_batches import LIVE_KEY
from tests.lob_workspaces import posting
from tests.workspaces import make_workspace


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


def test_formats_that_a_printer_cannot_print_for_one_reason_are_told_in_one_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    formats = (
        FormatInfo(name="card-a6", reasons=("it has no such paper",)),
        FormatInfo(name="letter-a4", reasons=()),
        FormatInfo(name="card-dl", reasons=("it has no such paper",)),
        FormatInfo(name="letter-us", reasons=()),
    )
    print_printer(PrinterInfo(name="office", uri="ipp://printer.example/", formats=formats))
    lines = [" ".join(line.split()) for line in told(capsys).splitlines()]
    assert "can print letter-a4, letter-us" in lines
    assert "cannot print card-a6, card-dl; it has no such paper" in lines


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


@pytest.mark.slow
def test_what_is_the_same_of_all_is_said_once(
    fake_lob: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = posting(tmp_path / "ws", fake_lob)
    office.send()
    for ref in office.refs():  # somebody calls them back in the dashboard
        fake_lob.state.cancel("live", POSTCARD, ref)
    monkeypatch.setenv("LOB_API_KEY", LIVE_KEY)
    told = typed(office.folder, "track", "cards").words
    assert "Missing at the provider: 3 pieces" in told
    assert told.count("lob does not list it") == 1
    assert told.count("`mailroom cancel cards NUMBER`") == 1


def test_where_nobody_was_read_in_that_is_what_to_type_next(tmp_path: Path) -> None:
    make_workspace(tmp_path / "ws", [])
    answer = typed(tmp_path / "ws", "prepare", "cards")
    assert "Quote" not in answer.out
    assert answer.out.endswith("Nothing is ready to be posted.\n\nNext:  mailroom intake\n")


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


def test_of_a_mailing_that_is_not_all_posted_the_rest_is_what_to_type_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers.print_sent(dataclasses.replace(NOTHING_WENT, posted=5, paused=False))
    assert told(capsys).splitlines()[-1].split() == ["mailroom", "send", "cards", "--live"]


def test_what_is_not_known_to_be_taken_is_looked_up_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    piece = Planned(piece=a_piece(1), artwork=None, content="", status=Status.UNKNOWN)
    doubt = Outcome(key="k", pieces=(piece,), status=Status.UNKNOWN, message="no answer")
    answers.print_sent(dataclasses.replace(NOTHING_WENT, outcomes=(doubt,)))
    assert "Next:  mailroom track cards\n" in told(capsys)


def test_what_another_sender_has_taken_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    theirs = Outcome(key="k", pieces=(), status=Status.SENDING, message="cannot become sending")
    answers.print_sent(dataclasses.replace(NOTHING_WENT, outcomes=(theirs,) * 30))
    shown = told(capsys)
    assert "0 pieces went to another sender that is at work on this mailing" in shown
    assert "cannot become" not in shown


BACK = Return(
    mailing="cards",
    piece=9,
    recipient="Liam Hill",
    key="crm:5008",
    source="contacts.csv:10",
    address=("Liam Hill", "9 Main Street", "DENVER CO 80202"),
    at="2026-12-21T12:00:00+00:00",
    word="postcard.returned_to_sender",
    ref="psc_1",
    hint="",
)


def test_what_came_back_is_told_in_lines_under_one_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    posted.print_returns([BACK])
    assert told(capsys).splitlines()[3:5] == [
        "      address  Liam Hill / 9 Main Street / DENVER CO 80202",
        "      back     2026-12-21 12:00  postcard.returned_to_sender  psc_1",
    ]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(12, "12 min"), (60, "1 h 0 min"), (47 * 60 + 59, "47 h 59 min"), (316 * 60, "13 days 4 h")],
)
def test_time_that_is_left_is_told_as_exactly_as_it_matters(minutes: int, words: str) -> None:
    assert in_words(minutes) == words


def test_nobody_is_asked_to_look_at_first_ones_that_did_not_go(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers.print_sent(NOTHING_WENT)
    assert "look at the first ones" not in told(capsys)
    answers.print_sent(dataclasses.replace(NOTHING_WENT, posted=5))
    assert "look at the first ones" in told(capsys)


def test_of_many_batches_only_the_doubtful_are_listed(
    fake_lob: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = posting(tmp_path / "ws", fake_lob)
    office.send()
    monkeypatch.setattr(printroom, "_AT_A_GLANCE", 2)
    assert typed(office.folder, "batch", "list", "cards").out.strip() == (
        "and 3 done: --json lists them all"
    )
    with office.opened() as ws:
        (key, *_) = [line.key for line in ws.ledger.dispatches("cards")]
        ws.ledger.finish(key, Receipt(ref="", status=Status.UNKNOWN, raw="silence"), ws.now())
    answer = typed(office.folder, "batch", "list", "cards")
    assert f"{key[:8]} unknown 1 lob" in answer.words
    assert "and 2 done" in answer.words
    assert f"mailroom batch confirm cards {key[:8]} --by YOU" in answer.words

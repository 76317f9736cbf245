"""Calling back: while it can be, whatever happens in between, and never by accident."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import pipeline
from mailroom.dev.fakelob import Running
from mailroom.errors import Refused, UsageError
from mailroom.ledger import Ledger
from mailroom.ledger.history import events_of, replies
from mailroom.pipeline.cancel import CancelReport, read_numbers
from mailroom.providers import patience
from mailroom.providers.lob import Lob
from tests.commands import PYTHON, Answer, on_a_terminal, typed
from tests.lob_batches import LIVE_KEY
from tests.lob_workspaces import Posting, posting
from tests.workspaces import MAILING, approved, make_workspace, opened, person, posted, say_yes


class Killed(BaseException):
    """The plug is pulled."""


@pytest.fixture
def sent(fake_lob: Running, tmp_path: Path) -> Posting:
    """Four postcards that Lob has taken and holds back for a day."""
    office = posting(tmp_path / "ws", fake_lob, 4)
    office.send()
    return office


def yes(pieces: int, _provider: str) -> int:
    return pieces


def cancel(office: Posting, *pieces: str, by: str = "", confirm: Any = yes) -> CancelReport:
    with office.opened() as ws:
        return pipeline.cancel(ws, MAILING, pieces, by=by, confirm=confirm)


def ends(report: CancelReport) -> list[tuple[int, str]]:
    return [(one.piece, one.end.value) for one in report.pieces]


# --- what is meant ------------------------------------------------------------------------


def test_all_of_it_is_called_back(sent: Posting) -> None:
    report = cancel(sent)
    assert (report.cancelled, report.is_done, report.provider) == (4, True, "lob")
    assert sent.statuses() == ["cancelled"] * 4
    assert sent.fake.lob.stats()["physical"] == 0


def test_single_pieces_are_called_back_by_number(sent: Posting) -> None:
    assert ends(cancel(sent, "0002", "3-4")) == [
        (2, "cancelled"), (3, "cancelled"), (4, "cancelled"),
    ]  # fmt: skip
    assert sent.statuses() == ["accepted", "cancelled", "cancelled", "cancelled"]
    assert sent.fake.lob.stats()["physical"] == 1


@pytest.mark.parametrize("word", ["four", "-4", "4-", "9-3", "1-9999999", "4,5", ""])
def test_what_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        read_numbers(["1", word])


def test_a_number_that_the_mailing_has_not_calls_nothing_back(sent: Posting) -> None:
    with pytest.raises(UsageError, match="cards has no piece 0005"):
        cancel(sent, "1", "5")
    assert sent.statuses() == ["accepted"] * 4


@given(st.sets(st.integers(1, 9999), min_size=1))
def test_numbers_are_read_however_they_are_written(numbers: set[int]) -> None:
    words = [f"{n:04d}" if n % 2 else f"{n}-{n}" for n in numbers]
    assert read_numbers(words) == numbers
    first, last = min(numbers), max(numbers)
    assert read_numbers([f"{first}-{last}"]) == set(range(first, last + 1))


@pytest.mark.parametrize("typed", [None, 3, 0])
def test_a_number_that_is_not_confirmed_calls_nothing_back(
    sent: Posting, typed: int | None
) -> None:
    with pytest.raises(Refused, match="4 pieces would be called back") as refused:
        cancel(sent, confirm=lambda *_: typed)
    assert "`mailroom cancel cards --confirm 4`" in refused.value.hint
    assert sent.statuses() == ["accepted"] * 4
    assert sent.fake.lob.stats()["physical"] == 4


def test_where_there_is_nothing_to_call_back_nobody_is_asked(
    fake_lob: Running, tmp_path: Path
) -> None:
    office = posting(tmp_path / "ws", fake_lob)

    def never(*_: object) -> int:
        raise AssertionError("nobody has anything to confirm")

    assert cancel(office, confirm=never).pieces == ()
    assert ends(cancel(office, "1", confirm=never)) == [(1, "not sent")]


# --- how it ends --------------------------------------------------------------------------


def test_who_called_it_back_and_lob_s_answer_are_kept(sent: Posting) -> None:
    cancel(sent, "1", by="Ruth")
    with sent.opened() as ws:
        item = ws.ledger.pieces(MAILING)[0]
        (line,) = ws.ledger.dispatches(MAILING, "cancelled")
        event = events_of(ws.ledger, item.piece.key)[-1]
        said = replies(ws.ledger, line.key)
    assert event.note == "called back by Ruth"
    assert line.ref == item.provider_ref
    assert [(reply.call, reply.status) for reply in said] == [
        ("POST /postcards", 200), ("DELETE /postcards", 200),
    ]  # fmt: skip


def test_what_is_being_made_is_too_late_and_stays_as_it_is(sent: Posting) -> None:
    cancel(sent, "1")
    sent.wait(1.1)
    report = cancel(sent)
    assert ends(report) == [(n, "too late") for n in (2, 3, 4)]
    assert not report.is_done
    assert sent.statuses() == ["cancelled"] + ["accepted"] * 3
    with sent.opened() as ws:
        (line, *_) = ws.ledger.dispatches(MAILING, "done")
        assert replies(ws.ledger, line.key)[-1].status == 422  # proof that it was tried


def test_what_is_in_the_post_is_not_even_asked_for(sent: Posting) -> None:
    sent.wait(2.5)
    with sent.opened() as ws:
        pipeline.track(ws, MAILING)
    report = cancel(sent, "1")
    assert ends(report) == [(1, "too late")]
    assert report.pieces[0].message == "it is mailed"
    assert "DELETE /postcards/{id}" not in sent.fake.lob.stats()["requests"]


def test_a_provider_that_does_not_answer_is_asked_again_another_time(
    sent: Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    sent.fake.lob.faults.change(share=0.0, named={}, then=["error_before"] * patience.TRIES)
    report = cancel(sent, "1")
    assert ends(report) == [(1, "not asked")]
    assert not report.is_done
    assert sent.statuses() == ["accepted"] * 4
    assert ends(cancel(sent, "1")) == [(1, "cancelled")]
    assert cancel(sent).cancelled == 3
    assert sent.fake.lob.stats()["physical"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["error_before", "error_after", "reset_after", "html_503"])
def test_a_storm_is_sat_out(sent: Posting, fault: str) -> None:
    sent.fake.lob.faults.change(share=0.0, named={}, then=[fault] * 3)
    assert cancel(sent).cancelled == 4
    assert sent.statuses() == ["cancelled"] * 4
    assert sent.fake.lob.stats()["physical"] == 0


def test_what_may_have_been_taken_is_settled_first(
    fake_lob: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = posting(tmp_path / "ws", fake_lob, 1)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "finish", _die)
        with pytest.raises(Killed):
            office.send()
    report = cancel(office)
    assert ends(report) == [(1, "in doubt")]
    assert "`mailroom track cards`" in report.pieces[0].message
    with office.opened() as ws:
        pipeline.track(ws, MAILING)
    assert cancel(office).cancelled == 1


def _die(*_: object, **__: object) -> None:
    raise Killed


# --- interrupted --------------------------------------------------------------------------


@pytest.mark.parametrize("survivors", [0, 1, 3])
def test_killed_in_the_middle_and_repeated_it_ends_right(
    sent: Posting, monkeypatch: pytest.MonkeyPatch, survivors: int
) -> None:
    """Lob has dropped a piece, and the plug is pulled before that is written down."""
    real, written = Ledger.finish, []

    def die(*arguments: Any, **more: Any) -> None:
        if len(written) == survivors:
            raise Killed
        written.append(arguments)
        real(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "finish", die)
        with pytest.raises(Killed):
            cancel(sent)
    assert sent.statuses().count("cancelled") == survivors
    assert cancel(sent).cancelled == 4 - survivors
    assert sent.statuses() == ["cancelled"] * 4
    with sent.opened() as ws:
        assert pipeline.track(ws, MAILING).is_well


def test_called_back_twice_it_is_called_back(sent: Posting) -> None:
    cancel(sent)
    asked = sent.fake.lob.stats()["requests"]
    assert cancel(sent).pieces == ()
    assert ends(cancel(sent, "1")) == [(1, "cancelled")]
    assert sent.fake.lob.stats()["requests"] == asked


def test_while_somebody_sends_nothing_is_called_back(sent: Posting) -> None:
    with (
        sent.opened() as ws,
        ws.locks.hold(f"mailing:{MAILING}", shared=True),
        pytest.raises(Refused, match="another mailroom is at work"),
    ):
        cancel(sent)
    assert sent.statuses() == ["accepted"] * 4


# --- planned again ------------------------------------------------------------------------


def test_what_was_called_back_is_not_planned_again_by_itself(sent: Posting) -> None:
    cancel(sent, "2")
    with sent.opened() as ws:
        report = pipeline.prepare(ws, MAILING)
    assert (report.pieces, report.sent_before, report.called_back) == (0, 4, 1)
    assert sent.send().posted == 0


def test_what_was_called_back_goes_again_under_another_key_when_it_is_said(
    sent: Posting,
) -> None:
    before = sent.refs()
    cancel(sent, "2")
    sent.approve(cancelled=True)
    assert sent.send().posted == 1
    after = sent.refs()
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]
    assert sent.statuses() == ["accepted"] * 4
    with sent.opened() as ws:
        assert len({line.key for line in ws.ledger.dispatches(MAILING)}) == 5
        assert pipeline.track(ws, MAILING).is_well
    assert sent.fake.lob.stats()["physical"] == 4


# --- batches of many ----------------------------------------------------------------------


@pytest.fixture
def boxed(tmp_path: Path) -> Path:
    """Four cards in the outbox in two batches."""
    folder = approved(make_workspace(tmp_path / "ws", [person(n) for n in range(4)], batch=2))
    with opened(folder) as ws:
        pipeline.send(ws, MAILING, live=True, confirm=say_yes)
    return folder


def cancel_boxed(folder: Path, *pieces: str) -> CancelReport:
    with opened(folder) as ws:
        return pipeline.cancel(ws, MAILING, pieces, confirm=yes)


def test_a_part_of_a_batch_cannot_be_called_back(boxed: Path) -> None:
    with pytest.raises(Refused, match="pieces 3-4 went to outbox in one batch") as refused:
        cancel_boxed(boxed, "3")
    assert refused.value.hint == "type `mailroom cancel cards 3-4`"
    assert len(posted(boxed)) == 4


def test_a_batch_in_the_outbox_may_have_been_fetched_and_a_person_looks(boxed: Path) -> None:
    report = cancel_boxed(boxed, "3-4")
    assert ends(report) == [(3, "in doubt"), (4, "in doubt")]
    assert "`mailroom batch list cards`" in report.pieces[0].message
    assert len(posted(boxed)) == 2
    with opened(boxed) as ws:
        assert dict(pipeline.status(ws, MAILING)["counts"]) == {"accepted": 2, "unknown": 2}


# --- the command line -----------------------------------------------------------------------


@pytest.fixture
def typing(sent: Posting, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    monkeypatch.setenv("LOB_API_KEY", LIVE_KEY)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: typed(sent.folder, *words)


def test_cancel_answers_as_it_is_documented(typing: Callable[..., Answer]) -> None:
    answer = typing("cancel", MAILING, "--confirm", "4", "--by", "Ruth", "--json")
    assert answer.code == 0
    assert set(answer.json) == {"mailing", "live", "provider", "cancelled", "pieces"}
    assert answer.json["cancelled"] == 4
    assert set(answer.json["pieces"][0]) == {"piece", "recipient", "ref", "end", "message"}
    assert typing("status", MAILING, "--json").json["counts"] == {"cancelled": 4}


def test_cancel_says_what_it_has_done_and_what_to_type_next(
    typing: Callable[..., Answer], sent: Posting
) -> None:
    refused = typing("cancel", MAILING, "1")
    assert (refused.code, "--confirm 1`" in refused.err) == (1, True)
    assert "1 piece would be called back" in refused.err
    answer = typing("cancel", MAILING, "1", "--confirm", "1")
    assert "cards: 1 piece called back" in answer.words
    assert "mailroom prepare cards --cancelled" in answer.words
    sent.wait(2)
    late = typing("cancel", MAILING, "--confirm", "3")
    assert late.code == 3
    assert "0002 Annac Bergc too late lob is making it already" in late.words
    told = typing("prepare", MAILING)
    assert "`mailroom prepare cards --cancelled`" in told.words


@pytest.mark.slow
def test_on_a_terminal_the_number_is_asked_for(
    typing: Callable[..., Answer], sent: Posting
) -> None:
    command = [*PYTHON, "-C", str(sent.folder), "cancel", MAILING]
    code, screen = on_a_terminal(command, {"Type the number": "4\n"})
    assert "4 pieces will be called back from lob. Type the number" in screen
    assert code == 0, screen
    assert sent.statuses() == ["cancelled"] * 4


# --- Lob itself ---------------------------------------------------------------------------


def test_lob_calls_a_piece_back_by_its_id_without_a_search(sent: Posting) -> None:
    before = sent.fake.lob.stats()["requests"].get("GET /postcards", 0)
    cancel(sent)
    stats = sent.fake.lob.stats()["requests"]
    assert stats["DELETE /postcards/{id}"] == 4
    assert stats.get("GET /postcards", 0) == before


def test_an_id_of_another_kind_is_looked_for_by_its_key(sent: Posting) -> None:
    with sent.opened() as ws:
        lob = ws.provider("lob")
        assert isinstance(lob, Lob)
        line = ws.ledger.dispatches(MAILING)[0]
        assert lob.recall(line.key, "chk_1").status == "cancelled"
        assert lob.recall(line.key, line.ref).status == "cancelled"
    assert sent.fake.lob.stats()["physical"] == 3

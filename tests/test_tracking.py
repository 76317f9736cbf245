"""What becomes of pieces after they were sent: asked of a fake Lob whose clock can be moved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.dev.fakelob import Running
from mailroom.dev.orders import KINDS
from mailroom.ledger import Ledger
from mailroom.ledger.history import replies
from mailroom.ledger.told import take_news
from mailroom.pipeline.track import TrackReport
from mailroom.providers.lob_news import news_of_event
from tests.commands import Answer, typed
from tests.lob_batches import LIVE_KEY, TEST_KEY
from tests.lob_workspaces import Posting, american, posting
from tests.workspaces import (
    MAILING,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    say_yes,
)

BACK = american(2, **{"Street Address 2": "comes back"})
FAILS = american(2, **{"Street Address 2": "render fails"})


def track(office: Posting) -> TrackReport:
    with office.opened() as ws:
        return pipeline.track(ws, MAILING)


def status(office: Posting) -> dict[str, Any]:
    with office.opened() as ws:
        return pipeline.status(ws, MAILING)


def drop(fake: Running, ref: str) -> None:
    """Somebody calls it back in the dashboard."""
    fake.state.cancel("live", KINDS["postcards"], ref)


@pytest.fixture
def sent(fake_lob: Running, tmp_path: Path) -> Posting:
    """Three postcards that Lob has taken and holds back for a day."""
    office = posting(tmp_path / "ws", fake_lob)
    office.send()
    return office


# --- on the way ---------------------------------------------------------------------------


def test_a_piece_is_followed_to_the_doormat(sent: Posting) -> None:
    seen = []
    for days in (0, 2.5, 1, 5):
        sent.wait(days)
        report = track(sent)
        seen.append(report.counts)
        assert report.is_well
    assert seen == [{"accepted": 3}, {"mailed": 3}, {"in_transit": 3}, {"delivered": 3}]


def test_what_was_heard_before_is_no_news(sent: Posting) -> None:
    sent.wait(4)
    assert track(sent).heard == 9
    assert track(sent).heard == 0


def test_the_whole_way_heard_at_once_leads_to_its_end(sent: Posting) -> None:
    sent.wait(30)
    report = track(sent)
    assert (report.counts, report.moved) == ({"delivered": 3}, {"delivered": 3})


def test_what_the_post_brings_back_becomes_a_return(fake_lob: Running, tmp_path: Path) -> None:
    office = posting(tmp_path / "ws", fake_lob, [american(1), BACK])
    office.send()
    office.wait(20)
    assert track(office).counts == {"delivered": 1, "returned": 1}
    with office.opened() as ws:
        (back,) = pipeline.returns(ws, MAILING)
    assert (back.piece, back.key, back.source) == (2, "crm:102", "contacts.csv:3")
    assert "comes back" in back.address
    assert back.word == "postcard.returned_to_sender"
    assert back.at > "20" and back.ref == office.refs()[1]


def test_it_is_not_planned_again_after_it_came_back(fake_lob: Running, tmp_path: Path) -> None:
    office = posting(tmp_path / "ws", fake_lob, [american(1), BACK])
    office.send()
    office.wait(20)
    track(office)
    with office.opened() as ws:
        report = pipeline.prepare(ws, MAILING, cancelled=True)
    assert (report.pieces, report.sent_before) == (0, 2)
    assert any(left.reason.startswith("returned mail") for left in report.left_out)


# --- is all of it there? ------------------------------------------------------------------


def test_what_the_provider_has_not_is_named_with_what_to_do(
    sent: Posting, fake_lob: Running
) -> None:
    gone = sent.refs()[1]
    drop(fake_lob, gone)
    report = track(sent)
    (missing,) = report.missing
    assert (missing.piece, missing.recipient, missing.ref) == (2, "Annac Bergc", gone)
    assert "`mailroom cancel cards NUMBER`" in missing.hint
    assert not report.is_well
    assert sent.statuses() == ["accepted"] * 3


def test_what_to_do_about_a_missing_piece_can_be_done(sent: Posting, fake_lob: Running) -> None:
    drop(fake_lob, sent.refs()[1])
    with sent.opened() as ws:
        pipeline.cancel(ws, MAILING, ["2"], confirm=lambda pieces, _: pieces)
    assert sent.statuses() == ["accepted", "cancelled", "accepted"]
    sent.approve(cancelled=True)
    assert sent.send().posted == 1
    assert sent.statuses() == ["accepted"] * 3
    assert track(sent).is_well
    assert fake_lob.lob.stats()["physical"] == 3


def test_what_the_ledger_does_not_know_is_named(fake_lob: Running, tmp_path: Path) -> None:
    """Yesterday's backup is put back: it knows of one piece, and Lob has three."""
    office = posting(tmp_path / "ws", fake_lob)
    office.send(limit=1)
    backup = copied(office.folder / ".mailroom", tmp_path / "backup")
    office.send()
    shutil.rmtree(office.folder / ".mailroom")
    shutil.copytree(backup, office.folder / ".mailroom")
    report = track(office)
    assert [extra.piece for extra in report.extra] == [2, 3]
    assert "`mailroom send cards` writes it down as sent" in report.extra[0].hint
    assert not report.is_well
    office.send()
    assert office.statuses() == ["accepted"] * 3
    assert fake_lob.lob.stats()["physical"] == 3
    assert track(office).is_well


def test_a_failure_after_acceptance_is_a_failure_with_its_remedy(
    start_fake_lob: Callable[..., Running], tmp_path: Path
) -> None:
    fake = start_fake_lob(render_seconds=60.0)
    office = posting(tmp_path / "ws", fake, [american(1), FAILS])
    assert office.send().posted == 2
    office.wait(0.01)
    report = track(office)
    (failed,) = report.failed
    assert failed.piece == 2
    assert failed.what == (
        "The file could not be rendered; Correct the file and send the piece again"
    )
    assert "`mailroom prepare cards`" in failed.hint
    assert not report.missing and not report.is_well
    assert status(office)["failed"] == report.failed


def test_what_failed_is_planned_again_under_another_key(
    start_fake_lob: Callable[..., Running], tmp_path: Path
) -> None:
    fake = start_fake_lob(render_seconds=60.0)
    office = posting(tmp_path / "ws", fake, [FAILS])
    office.send()
    office.wait(0.01)
    track(office)
    office.approve()
    office.send()
    assert fake.lob.stats()["accepted"] == 2
    office.wait(0.01)
    assert track(office).counts == {"failed": 1}


def test_a_piece_that_is_silent_for_too_long_is_flagged(sent: Posting, fake_lob: Running) -> None:
    """Taken, rendered, and then nothing: the rest of its way is cut off."""
    fake_lob.state._pieces.update(
        {ref: _stopped(fake_lob.state._pieces[ref]) for ref in sent.refs()[:1]}
    )
    sent.wait(10.5)
    assert not status(sent)["silent"]  # it was held back for a day
    sent.wait(1)
    report = track(sent)
    (silent,) = report.silent
    assert (silent.piece, silent.what) == (1, "accepted, and no news for 10 days")
    assert not report.is_well
    assert [one.piece for one in status(sent)["silent"]] == [1]


def _stopped(piece: Any) -> Any:
    """As Lob shows it, it never leaves the printer."""

    class Stopped(type(piece)):  # type: ignore[misc]
        def _steps(self) -> Any:
            return (step for step in super()._steps() if "rendered" in step[1])

        def journey(self) -> Any:
            yield self.created, "created"
            yield from self._steps()

    return Stopped(**vars(piece))


def test_most_mail_is_not_scanned_at_the_door_and_that_is_not_odd(
    fake_lob: Running, tmp_path: Path
) -> None:
    """What goes abroad is last heard of when it leaves the country."""
    abroad = american(
        1,
        **{
            "Street Address": "12 Mill Lane",
            "City": "Otley",
            "State/Region": "",
            "Postal Code": "LS21 1AB",
            "Country/Region": "GB",
        },
    )
    office = posting(tmp_path / "ws", fake_lob, [abroad])
    office.send()
    office.wait(60)
    report = track(office)
    assert report.counts == {"in_transit": 1}
    assert report.is_well


def test_a_word_that_nobody_knows_is_kept_and_counted(sent: Posting) -> None:
    ref = sent.refs()[0]
    event = {
        "id": "evt_1",
        "event_type": {"id": "postcard.sung_aloud"},
        "date_created": "2026-12-01T09:00:00Z",
        "body": {"id": ref, "volume": 11},
    }
    with sent.opened() as ws:
        take_news(ws.ledger, [news_of_event(event)], ws.now())
        (line,) = (x for x in ws.ledger.dispatches(MAILING) if x.ref == ref)
        proof = pipeline.batch(ws, MAILING, line.key[:8])
    report = track(sent)
    assert report.words == {"postcard.sung_aloud": 1}
    assert report.counts == {"accepted": 3} and report.is_well
    (raw,) = (json.loads(news.raw) for news in proof.news if not news.known)
    assert raw["volume"] == 11


class Killed(BaseException):
    """The plug is pulled."""


def test_an_interrupted_send_is_brought_to_an_end(
    fake_lob: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = posting(tmp_path / "ws", fake_lob, 2)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "finish", die)
        with pytest.raises(Killed):
            office.send()
    assert set(office.statuses()) == {"sending"}
    assert track(office).counts == {"accepted": 2}
    assert fake_lob.lob.stats()["physical"] == 2


def test_without_a_mailing_those_that_are_on_their_way_are_meant(sent: Posting) -> None:
    with sent.opened() as ws:
        assert pipeline.under_way(ws) == (MAILING,)
    sent.wait(30)
    track(sent)
    with sent.opened() as ws:
        assert pipeline.under_way(ws) == ()


def test_a_provider_that_tells_nothing_is_followed_as_send_does(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", [person(1), person(2)]))
    with opened(folder) as ws:
        pipeline.send(ws, MAILING, live=True, confirm=say_yes)
        report = pipeline.track(ws, MAILING)
    assert (report.providers, report.counts) == ((), {"accepted": 2})
    assert report.is_well


# --- status -------------------------------------------------------------------------------


def test_status_counts_down_while_it_can_be_called_back(sent: Posting) -> None:
    sent.wait(0.1)
    undo = status(sent)["undo"]
    assert undo.pieces == 3
    assert undo.left.startswith("21 h ")
    sent.wait(1)
    assert status(sent)["undo"] is None


def test_status_counts_in_the_order_of_the_corridor(fake_lob: Running, tmp_path: Path) -> None:
    office = posting(tmp_path / "ws", fake_lob, [american(1), BACK, american(3)])
    office.send(limit=2)
    office.wait(20)
    track(office)
    office.send()
    answer = status(office)
    assert list(answer["counts"]) == ["accepted", "delivered", "returned"]
    assert answer["next"] == "mailroom track cards"
    assert [back.piece for back in answer["returned"]] == [2]


# --- the command line -----------------------------------------------------------------------


@pytest.fixture
def typing(sent: Posting, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Types in the office of `sent`; the machine's clock is what it is there."""
    monkeypatch.setenv("LOB_API_KEY", LIVE_KEY)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: typed(sent.folder, *words)


def test_track_answers_as_it_is_documented(typing: Callable[..., Answer]) -> None:
    answer = typing("track", MAILING, "--json")
    assert answer.code == 0
    assert set(answer.json) == {
        "mailing", "live", "providers", "settled", "heard", "moved", "counts", "missing", "extra",
        "failed", "silent", "words",
    }  # fmt: skip
    assert answer.json["counts"] == {"accepted": 3}
    assert [part["mailing"] for part in typing("track", "--json").json] == [MAILING]


def test_what_is_missing_is_told_and_the_exit_code_says_so(
    typing: Callable[..., Answer], sent: Posting, fake_lob: Running
) -> None:
    drop(fake_lob, sent.refs()[1])
    answer = typing("track", MAILING)
    assert answer.code == 3
    assert "Missing at the provider: 1 piece 0002 Annac Bergc" in answer.words
    assert "`mailroom cancel cards NUMBER`" in answer.words
    (missing,) = typing("track", MAILING, "--json").json["missing"]
    assert set(missing) == {"piece", "recipient", "ref", "what", "hint"}


def test_status_tells_how_to_call_back(typing: Callable[..., Answer]) -> None:
    answer = typing("status", MAILING)
    assert "3 pieces can be called back for " in answer.words
    assert "mailroom cancel cards" in answer.words
    assert "Next: mailroom track cards" in answer.words
    assert set(typing("status", MAILING, "--json").json) == {
        "mailing", "title", "live", "people", "tally", "counts", "held", "left_out", "made",
        "approved", "undo", "failed", "returned", "silent", "next", "pieces",
    }  # fmt: skip


def test_returns_are_listed_with_what_to_correct(
    typing: Callable[..., Answer], fake_lob: Running, tmp_path: Path
) -> None:
    assert "Nothing has come back." in typing("returns", MAILING).out
    office = posting(tmp_path / "other", fake_lob, [american(1), BACK])
    office.send()
    office.wait(20)
    track(office)
    answer = typed(office.folder, "returns")
    assert "0002 Annac Bergc crm:102, contacts.csv:3" in answer.words
    assert "2 Main Street / comes back / TROY NY 12180" in answer.words
    (back,) = typed(office.folder, "returns", MAILING, "--json").json
    assert set(back) == {
        "mailing", "piece", "recipient", "key", "source", "address", "at", "word", "ref", "hint",
    }  # fmt: skip


def test_a_batch_is_shown_with_every_answer_as_proof(
    typing: Callable[..., Answer], sent: Posting
) -> None:
    typing("track", MAILING)
    with sent.opened() as ws:
        line = ws.ledger.dispatches(MAILING)[0]
        (reply,) = replies(ws.ledger, line.key)
    answer = typing("batch", "show", MAILING, line.key[:8])
    assert "POST /postcards 200" in answer.words
    assert reply.request_id in answer.out and line.ref in answer.out
    shown = typing("batch", "show", MAILING, line.key[:8], "--json").json
    assert set(shown) == {"batch", "pieces", "replies", "news"}
    assert shown["news"][0]["word"] == "postcard.rendered"
    assert LIVE_KEY not in json.dumps(shown)
    assert typing("batch", "show", MAILING, "nothing").code == 2


def test_why_tells_what_the_provider_has_told(typing: Callable[..., Answer]) -> None:
    typing("track", MAILING)
    assert "told: postcard.rendered" in typing("why", "crm:101", MAILING).words


# --- the trial ----------------------------------------------------------------------------


def test_a_trial_is_looked_at_with_test(
    typing: Callable[..., Answer], fake_lob: Running, tmp_path: Path, monkeypatch: Any
) -> None:
    office = Posting(
        folder=posting(tmp_path / "tried", fake_lob).folder, fake=fake_lob, key=TEST_KEY
    )
    monkeypatch.setenv("LOB_API_KEY", TEST_KEY)
    before = typed(office.folder, "status", MAILING, "--test")
    assert before.code == 1
    assert "no trial of cards was made yet" in before.err
    assert "type `mailroom send cards`" in before.err
    assert office.send().mode == "test"
    answer = typed(office.folder, "status", MAILING, "--test")
    assert "TEST" in answer.out and "3 accepted" in answer.words
    assert "mailroom cancel cards --test" in answer.words
    assert "Next: mailroom track cards --test" in answer.words
    tracked = typed(office.folder, "track", MAILING, "--test", "--json")
    assert (tracked.code, tracked.json["counts"]) == (0, {"accepted": 3})
    assert tracked.json["live"] is False
    called = typed(office.folder, "cancel", MAILING, "2", "--test", "--json").json
    assert called["cancelled"] == 1
    assert len(typed(office.folder, "batch", "list", MAILING, "--test", "--json").json) == 3
    assert typed(office.folder, "returns", "--test").code == 0
    assert typed(office.folder, "status", MAILING, "--json").json["counts"] == {"ready": 3}


def test_an_earlier_trial_s_pieces_are_none_of_this_one_s(
    fake_lob: Running, tmp_path: Path
) -> None:
    office = Posting(folder=posting(tmp_path / "ws", fake_lob).folder, fake=fake_lob, key=TEST_KEY)
    office.send()
    office.wait(0.1)
    office.send()  # tried to its end, so that it is tried anew
    with office.opened() as ws, ws.trial() as trial:
        report = pipeline.track(trial, MAILING)
    assert report.counts == {"accepted": 3}
    assert report.is_well

"""Whatever goes wrong between us and Lob: one piece of paper, and the ledger knows of it.

The real provider, a real ledger, a fake Lob over HTTP. Each story ends with a count of what
would be printed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import urllib3
from urllib3.exceptions import MaxRetryError

from mailroom.dev.fakelob import Running
from mailroom.dev.injector import load, on_requests, shipped
from mailroom.errors import ConfigError, EnvironmentProblem, MailroomError, ProviderError
from mailroom.faults import slow
from mailroom.ledger import Ledger, tables
from mailroom.model import Reply, Status
from mailroom.pipeline.sender import adopt_found
from mailroom.providers import lob_client, patience
from mailroom.providers.lob import Lob
from mailroom.providers.patience import TRIES
from tests.chaos import MAILING, Desk, score
from tests.faults import lob as faults
from tests.lob_batches import HOME, single
from tests.lob_fixtures import Caller
from tests.test_dispatch import no_room_for

HOURS = dt.timedelta(hours=1)
BEGAN = dt.datetime.now(dt.UTC)


def own(name: str) -> str:
    """The file of a fault that only these tests know."""
    return str(Path(faults.__file__).parent / f"{name}.py")


def at(hours: float) -> Callable[[], str]:
    """A clock that shows so many hours from now."""
    return lambda: (BEGAN + hours * HOURS).isoformat()


@pytest.fixture
def desk(tmp_path: Path, fake_lob: Running) -> Desk:
    """One piece is ready; nobody waits between two tries."""
    made = Desk(
        folder=tmp_path,
        url=f"sqlite:///{tmp_path / 'ledger.db'}",
        base_url=fake_lob.base_url,
        settings={"timeout": 20},
        now=at(0),
        pause=lambda _seconds: False,
    )
    made.prepare()
    return made


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again at once."""
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(patience, "_LONGEST_WAIT", 0.01)


def strike(lob: Caller, *names: str) -> None:
    """The next requests meet these faults, one each."""
    lob.control("faults", next=list(names))


def status(desk: Desk) -> str:
    (found,) = desk.statuses()
    return found


def hand_over(desk: Desk) -> Status:
    """Once, and without asking again about doubts."""
    with desk.world() as world:
        (outcome,) = desk.hand_over(world)
        return outcome.status


def check_one(desk: Desk) -> None:
    """One piece of paper, and the ledger has its name."""
    score(desk).check("one")
    assert status(desk) == "accepted"


def physical(desk: Desk) -> int:
    return int(desk.stats()["physical"])


# --- one fault ----------------------------------------------------------------------------

UNKNOWN, AGAIN, TAKEN = "unknown", "again", "taken"
MUST_BE = {
    "cut_off": UNKNOWN,
    "empty_reply": UNKNOWN,
    "endless": UNKNOWN,
    "error_after": UNKNOWN,
    "error_before": UNKNOWN,
    "hang": UNKNOWN,
    "html_503": UNKNOWN,
    "other_piece": UNKNOWN,
    "reset_after": UNKNOWN,
    "reset_before": UNKNOWN,
    "slow": TAKEN,
    "storm_429": AGAIN,
    "unknown_field": TAKEN,
}
AFTERWARDS = {UNKNOWN: Status.UNKNOWN, AGAIN: Status.READY, TAKEN: Status.ACCEPTED}


def verdict(desk: Desk, folder: Path) -> str:
    try:
        receipt = desk.lob.submit(single(folder))
    except ProviderError as error:
        if not error.replies:
            return "what Lob said is not kept"
        return UNKNOWN if error.unknown else AGAIN if error.retryable else "refused"
    return TAKEN if receipt.status is Status.ACCEPTED else str(receipt.status)


@pytest.mark.parametrize("fault", MUST_BE)
def test_every_answer_is_accepted_rejected_or_unknown(
    desk: Desk, lob: Caller, tmp_path: Path, fault: str
) -> None:
    strike(lob, fault)
    hasty = dataclasses.replace(desk, settings={"timeout": 0.5}) if fault == "hang" else desk
    assert verdict(hasty, tmp_path / "files") == MUST_BE[fault]


@pytest.mark.slow
@pytest.mark.parametrize("fault", MUST_BE)
def test_a_fault_that_strikes_once_is_got_over_within_the_call(
    desk: Desk, lob: Caller, fault: str
) -> None:
    strike(lob, fault)
    assert hand_over(desk) is Status.ACCEPTED
    check_one(desk)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "storm_429" else name
        for name in MUST_BE
        if name != "hang"
    ],
)
def test_a_fault_that_lasts_is_written_down_as_what_it_is_and_ends_with_one_piece(
    desk: Desk, lob: Caller, fault: str
) -> None:
    strike(lob, *[fault] * TRIES)
    assert hand_over(desk) is AFTERWARDS[MUST_BE[fault]]
    strike(lob)
    desk.send()
    check_one(desk)


def test_every_fault_that_ships_is_tried_here() -> None:
    assert {name for name in shipped() if on_requests(load(name))} == set(MUST_BE)


@pytest.mark.parametrize("base_url", ["http://api.lob.invalid/v1", "http://127.0.0.1:{port}/v1"])
def test_nobody_there_leaves_the_piece_ready(desk: Desk, closed_port: int, base_url: str) -> None:
    away = dataclasses.replace(desk, base_url=base_url.format(port=closed_port))
    assert hand_over(away) is Status.READY
    assert hand_over(desk) is Status.ACCEPTED
    check_one(desk)


def test_what_is_refused_has_failed_with_lob_s_words(desk: Desk) -> None:
    desk.prepare(address=dataclasses.replace(HOME, region="Nowhere"))
    with desk.world() as world:
        (outcome,) = desk.hand_over(world)
    assert outcome.status is Status.FAILED and "Lob refuses it" in outcome.message
    assert physical(desk) == 0


def test_a_refusal_after_a_doubt_is_a_doubt_until_it_was_looked_for(
    desk: Desk, lob: Caller
) -> None:
    desk.prepare(address=dataclasses.replace(HOME, region="Nowhere"))
    strike(lob, "reset_before")
    assert hand_over(desk) is Status.UNKNOWN
    desk.send()
    assert status(desk) == "failed" and physical(desk) == 0


def test_a_key_that_is_revoked_after_a_doubt_does_not_make_the_doubt_untrue(
    desk: Desk, lob: Caller
) -> None:
    strike(lob, "reset_after", own("key_revoked"))
    assert hand_over(desk) is Status.UNKNOWN
    desk.send()
    check_one(desk)


def test_a_key_that_is_not_let_in_stops_the_run_and_the_piece_is_ready(
    desk: Desk, lob: Caller
) -> None:
    strike(lob, own("key_revoked"))
    with pytest.raises(EnvironmentProblem, match="does not let this key in"):
        hand_over(desk)
    assert status(desk) == "ready"


def test_trouble_of_tls_is_a_doubt_unless_it_is_the_certificate() -> None:
    def said(cause: Exception) -> MailroomError:
        inner = MaxRetryError(pool=None, url="/", reason=urllib3.exceptions.SSLError(cause))  # type: ignore[arg-type]
        reply = Reply(at="", call="POST /postcards", status=0)
        return lob_client._no_answer(requests.exceptions.SSLError(inner), reply)

    assert isinstance(said(ssl.SSLCertVerificationError("expired")), EnvironmentProblem)
    broken = said(ssl.SSLEOFError("EOF occurred in violation of protocol"))
    assert isinstance(broken, ProviderError) and broken.unknown


@contextmanager
def one_byte_at_a_time() -> Iterator[str]:
    """A server that answers for as long as anybody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                try:
                    while True:
                        line.sendall(b" ")
                        time.sleep(0.02)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        thread.join()


def test_an_answer_that_drips_is_given_up(desk: Desk, tmp_path: Path) -> None:
    with one_byte_at_a_time() as base_url:
        slow = dataclasses.replace(desk, base_url=base_url, settings={"timeout": 0.2})
        assert verdict(slow, tmp_path / "files") == UNKNOWN


# --- a crash ------------------------------------------------------------------------------


class Killed(BaseException):
    """The plug is pulled."""


@contextmanager
def killed(before: bool) -> Iterator[None]:
    """Before Lob is called, or after it has answered."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    where, what = (Lob, "submit") if before else (Ledger, "finish")
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
        patch.setattr(where, what, die)
        yield
        raise AssertionError("nobody was killed")


def crash(desk: Desk, *, before: bool) -> None:
    with killed(before):
        hand_over(desk)
    assert status(desk) == "sending"


def a_day_later(fake_lob: Running, desk: Desk) -> Desk:
    """The keys have run out, by Lob's clock and by ours."""
    fake_lob.state.advance(25 * 3600)
    return dataclasses.replace(desk, now=at(25))


@pytest.mark.parametrize("before", [True, False])
def test_what_a_crash_has_left_is_finished_under_the_same_key(desk: Desk, before: bool) -> None:
    crash(desk, before=before)
    desk.send()
    check_one(desk)


def test_after_a_day_it_is_found_by_its_metadata(desk: Desk, fake_lob: Running) -> None:
    crash(desk, before=False)
    later = a_day_later(fake_lob, desk)
    later.send()
    check_one(later)


def test_after_a_day_what_is_not_found_is_for_a_person(desk: Desk, fake_lob: Running) -> None:
    crash(desk, before=True)
    later = a_day_later(fake_lob, desk)
    for _ in range(2):
        later.send()
        assert status(later) == "unknown" and physical(later) == 0
    with later.ledger() as ledger:
        (line,) = ledger.dispatches(MAILING)
        assert "its key has run out" in line.raw and "handed over at" in line.raw
        ledger.reprint(line.key, "Ruth has looked", later.now())
    later.send()
    check_one(later)


@pytest.mark.parametrize("ahead", [20, -30, 1000])
@pytest.mark.parametrize("before", [True, False])
def test_a_clock_that_was_wrong_when_the_intent_was_written_makes_nothing_twice(
    desk: Desk, fake_lob: Running, ahead: float, before: bool
) -> None:
    crash(dataclasses.replace(desk, now=at(ahead)), before=before)
    later = a_day_later(fake_lob, desk)
    later.send()
    assert physical(later) == (0 if status(later) == "unknown" else 1)
    if not before:
        check_one(later)


def test_where_lob_cannot_be_asked_nothing_is_decided(desk: Desk, lob: Caller) -> None:
    crash(desk, before=False)
    strike(lob, *[own("no_list")] * 50)
    desk.send()
    assert status(desk) in ("sending", "unknown") and physical(desk) == 1
    strike(lob)
    desk.send()
    check_one(desk)


def test_an_answer_that_is_no_list_proves_nothing(desk: Desk, lob: Caller, tmp_path: Path) -> None:
    sent = single(tmp_path / "files")
    desk.lob.submit(sent)
    strike(lob, *[own("no_list")] * TRIES)
    with pytest.raises(ProviderError, match="not the list") as refused:
        desk.lob.find(sent.key)
    assert refused.value.unknown


def test_a_list_that_was_not_filtered_is_not_taken_for_ours(
    desk: Desk, lob: Caller, tmp_path: Path
) -> None:
    sent = single(tmp_path / "files")
    desk.lob.submit(sent)
    strike(lob, *[own("list_of_others")] * 3)
    assert desk.lob.find(sent.key) is None


def test_an_office_with_a_new_name_does_not_send_again(desk: Desk) -> None:
    crash(desk, before=False)
    renamed = dataclasses.replace(desk, company="Hartmann & Lowe Ltd")
    renamed.send()
    assert status(desk) == "unknown" and physical(desk) == 1
    desk.send()
    check_one(desk)


def test_files_that_are_gone_are_not_made_anew(desk: Desk) -> None:
    crash(desk, before=True)
    shutil.rmtree(desk.folder / "sent")
    desk.send()
    assert status(desk) == "unknown" and physical(desk) == 0
    with desk.ledger() as ledger:
        assert "its files are not here" in ledger.dispatches(MAILING)[0].raw


@pytest.mark.parametrize("before", [True, False])
def test_who_has_opted_out_since_the_crash_gets_nothing(desk: Desk, before: bool) -> None:
    crash(desk, before=before)
    dataclasses.replace(desk, permitted=lambda _item: False).send()
    assert physical(desk) == 0


def test_a_disk_that_is_full_when_the_outcome_is_to_be_written(desk: Desk) -> None:
    def submit(self: Lob, batch: object) -> object:
        receipt = really(self, batch)  # type: ignore[arg-type]
        full.__enter__()
        return receipt

    really, full = Lob.submit, no_room_for(4096)
    with pytest.MonkeyPatch.context() as patch, desk.world() as world:
        patch.setattr(Lob, "submit", submit)
        try:
            with pytest.raises(EnvironmentProblem, match="the ledger cannot be used"):
                desk.hand_over(world)
        finally:
            full.__exit__(None, None, None)
    assert status(desk) == "sending" and physical(desk) == 1
    desk.send()
    check_one(desk)


def test_a_book_of_calls_that_cannot_be_kept_sends_nothing(desk: Desk) -> None:
    book = desk.folder / ".mailroom" / "lob" / "pace"
    book.parent.mkdir(parents=True)
    book.write_text("a file where the folder should be")
    with pytest.raises(EnvironmentProblem, match="no account of the calls"):
        hand_over(desk)
    assert status(desk) == "ready" and physical(desk) == 0
    book.unlink()
    desk.send()
    check_one(desk)


# --- several at work ----------------------------------------------------------------------


def test_cancelled_while_it_is_on_its_way_nothing_is_printed(
    desk: Desk, lob: Caller, tmp_path: Path
) -> None:
    sent, came = single(tmp_path / "files"), list[Status]()
    strike(lob, "slow")
    way = threading.Thread(target=lambda: came.append(desk.lob.submit(sent).status))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lob, "_with_key", lambda *_: iter(()))  # it has not arrived yet
        patch.setattr(slow, "SECONDS", 2)
        way.start()
        while not lob.control("stats")["faults"].get("slow"):
            time.sleep(0.01)
        assert desk.lob.cancel(sent.key).status is Status.CANCELLED
        way.join()
    assert came == [Status.CANCELLED] and physical(desk) == 0


def test_cancelled_and_then_killed_before_it_could_be_called_back(desk: Desk) -> None:
    crash(desk, before=False)
    with desk.ledger() as ledger:
        (line,) = ledger.dispatches(MAILING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lob, "_with_key", lambda *_: iter(()))
        assert desk.lob.cancel(line.key).status is Status.CANCELLED
    desk.send()
    assert status(desk) == "cancelled" and physical(desk) == 0


def test_a_lock_that_is_lost_in_the_middle_stops_the_sender(desk: Desk) -> None:
    desk.prepare(6)

    def build(key, pieces):  # type: ignore[no-untyped-def]
        if pieces[0].piece.number == 4:
            for path in (desk.folder / "state" / "locks").glob("sender:*"):
                path.unlink()
        return desk.build(key, pieces)

    with pytest.raises(EnvironmentProblem, match="was lost"), desk.world() as world:
        desk.hand_over(dataclasses.replace(world, build=build))
    assert physical(desk) == 3
    desk.send()
    check_one(desk)


def test_two_machines_find_what_the_other_has_sent(
    tmp_path: Path, postgres_url: str, desk: Desk
) -> None:
    here = dataclasses.replace(desk, url=postgres_url, folder=tmp_path / "here")
    there = dataclasses.replace(here, folder=tmp_path / "there")
    here.prepare(2)
    crash(here, before=False)
    there.send()
    check_one(here)


def test_two_machines_leave_files_they_have_not_to_the_other(
    tmp_path: Path, postgres_url: str, desk: Desk
) -> None:
    here = dataclasses.replace(desk, url=postgres_url, folder=tmp_path / "here")
    there = dataclasses.replace(here, folder=tmp_path / "there")
    here.prepare()
    crash(here, before=True)
    there.send()
    assert status(here) == "unknown" and physical(here) == 0
    here.send()
    check_one(here)


# --- a ledger of yesterday ----------------------------------------------------------------


def copy(desk: Desk, name: str) -> Path:
    """A backup of the ledger; nobody has it open."""
    return Path(shutil.copy(desk.folder / "ledger.db", desk.folder / name))


def put_back(desk: Desk, backup: Path) -> None:
    for path in desk.folder.glob("ledger.db*"):
        path.unlink()
    shutil.copy(backup, desk.folder / "ledger.db")


def test_a_ledger_of_yesterday_sends_nothing_again(desk: Desk, fake_lob: Running) -> None:
    desk.prepare(5)
    backup = copy(desk, "yesterday.db")
    desk.send()
    put_back(desk, backup)
    later = dataclasses.replace(a_day_later(fake_lob, desk), looks=True)
    assert status(later) == "ready"
    later.send()
    check_one(later)


def test_adopting_that_is_killed_in_the_middle_is_finished_the_next_time(
    desk: Desk, fake_lob: Running
) -> None:
    desk.prepare(2)
    backup = copy(desk, "yesterday.db")
    desk.send()
    put_back(desk, backup)
    looking = dataclasses.replace(desk, looks=True)
    with killed(before=False):
        looking.send()
    assert desk.statuses()["sending"] == 1
    looking.send()
    check_one(desk)


def test_two_that_adopt_the_same_do_not_stop_each_other(desk: Desk) -> None:
    backup = copy(desk, "yesterday.db")
    desk.send()
    put_back(desk, backup)
    with desk.world() as one, desk.world() as two:
        waiting = two.ledger.pieces(MAILING)
        adopt_found(one, desk.lob, MAILING, print)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Ledger, "pieces", lambda *_: waiting)
            assert adopt_found(two, desk.lob, MAILING, print) == ()
    check_one(desk)


def test_two_that_end_the_same_doubt_do_not_stop_each_other(desk: Desk, lob: Caller) -> None:
    strike(lob, *["reset_after"] * TRIES)
    assert hand_over(desk) is Status.UNKNOWN
    really = Ledger.finish

    def quicker(self, *args, **more):  # type: ignore[no-untyped-def]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Ledger, "finish", really)
            desk.send()
            return really(self, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "finish", quicker)
        desk.send()
    check_one(desk)


def test_a_clock_that_is_wrong_is_noticed_even_where_lob_has_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk.lob
    monkeypatch.setattr(client._client, "now", lambda: dt.datetime.now(dt.UTC) + HOURS)
    with pytest.raises(EnvironmentProblem, match="ahead of Lob's"):
        list(client.news(MAILING))


def test_events_are_kept_of_every_try(desk: Desk, lob: Caller) -> None:
    strike(lob, "error_after", "html_503")
    assert hand_over(desk) is Status.ACCEPTED
    with desk.ledger() as ledger, ledger.reading() as connection:
        said = [row.status for row in connection.execute(tables.replies.select())]
    assert said == [500, 503, 200]


def test_an_address_that_sends_us_elsewhere_is_a_matter_of_configuration(desk: Desk) -> None:
    bad = dataclasses.replace(desk, base_url="not a url")
    with pytest.raises(ConfigError):
        hand_over(bad)
    assert status(desk) == "ready"

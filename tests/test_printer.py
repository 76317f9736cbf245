"""Printing for real: through a private CUPS and straight to a simulated IPP printer."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailroom.errors import ConfigError, ProviderError, Unsupported
from mailroom.files import sha256
from mailroom.formats import FORMATS
from mailroom.model import Batch, Status
from mailroom.providers.ippclient import Client
from mailroom.providers.jobs import (
    ABORTED,
    CANCELED,
    COMPLETED,
    HELD,
    Job,
    all_jobs,
    find_jobs,
    given_up,
    job_title,
    receipt,
)
from mailroom.providers.note import read_note
from mailroom.providers.printer import NOTES, Printer
from mailroom.units import Size, mm
from tests.printing import CARD_PRINTER_FORMATS, CARD_TICKET, ENVELOPE_TICKET, batch, office, pdf
from tests.printlab import CardPrinter, Cups, Sheet

NewPrinter = Callable[..., CardPrinter]
KEY = "0123456789abcdef"


def opened(uri: str, workspace: Path, tell: Callable[[str], None] = print, **more: Any) -> Printer:
    settings = {
        "uri": uri,
        "source": "alternate",
        "media_type": "cardstock",
        "envelope_source": "envelope",
        "timeout": 20,
        **more,
    }
    return Printer(office(settings, workspace, tell=tell))


@pytest.fixture(params=["through CUPS", "direct"])
def uri(request: pytest.FixtureRequest, card_printer: CardPrinter) -> str:
    if request.param == "direct":
        return card_printer.uri
    return str(request.getfixturevalue("cups_queue"))


@contextmanager
def submitting(printer: Printer, *args: Any) -> Iterator[list[Any]]:
    """Submit in the background; what came of it is in the list afterwards."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(printer.submit(*args))
        except ProviderError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield outcome
    thread.join(120)
    assert not thread.is_alive(), "submit hangs"


class Killed(BaseException):
    """As far as a thread can be killed."""


@contextmanager
def killed_before(request: str, when: str = "") -> Iterator[None]:
    """The process dies before it asks the printer this; `when`: only for this file's job."""
    real = getattr(Client, request)

    def killed(client: Client, number: int, *rest: Any) -> None:
        if when in ("", *(job.file for job in all_jobs(client, KEY) if job.number == number)):
            raise Killed
        real(client, number, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Client, request, killed)
        try:
            yield
        except Killed:
            return
    raise AssertionError(f"{request} was never asked")


@contextmanager
def failing(request: str) -> Iterator[None]:
    """This request gets no answer."""

    def lost(*_asked: object, **_more: object) -> None:
        raise ProviderError(
            f"{request}: lost", retryable=request == "printer", unknown=request != "printer"
        )

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Client, request, lost)
        yield


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)
    return found


def test_cards_and_envelopes_arrive_byte_for_byte_with_their_paper(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    sent = batch(tmp_path / "files")
    receipt = opened(uri, tmp_path).submit(sent)
    assert receipt.status is Status.PRINTED
    cards, envelopes = card_printer.received()
    assert cards.document == (tmp_path / "files/cards.pdf").read_bytes()
    assert envelopes.document == (tmp_path / "files/envelopes.pdf").read_bytes()
    assert cards.title == f"mailroom:{KEY}:cards.pdf:a1"
    assert envelopes.title == f"mailroom:{KEY}:envelopes.pdf:a1"
    assert cards.job["sides"] == "two-sided-long-edge" and envelopes.job["sides"] == "one-sided"
    for word in ("x-dimension=12700", "y-dimension=17780", "media-top-margin=0"):
        assert word in cards.job["media-col"]
    assert "media-source=alternate" in cards.job["media-col"]
    assert "media-type=cardstock" in cards.job["media-col"]
    for word in ("x-dimension=13335", "y-dimension=18415", "media-source=envelope"):
        assert word in envelopes.job["media-col"]
    assert cards.job.get("copies", "1") == "1"


@pytest.mark.parametrize("default", ["color", "monochrome"])
@pytest.mark.parametrize("colour", ["color", "monochrome"])
@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_colour_is_as_the_settings_say_whatever_the_printer_is_set_to(
    cups: Cups, new_printer: NewPrinter, tmp_path: Path, way: str, colour: str, default: str
) -> None:
    device = new_printer(colours=("auto", "monochrome", "color"), default_colour=default)
    uri = device.uri if way == "direct" else cups.add("cards", device.uri)
    sent = batch(tmp_path / "files", files=("cards.pdf",))
    opened(uri, tmp_path, colour=colour).submit(sent)
    assert [sheet.job["print-color-mode"] for sheet in device.received()] == [colour]


def test_a_batch_submitted_twice_is_printed_once(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    printer, sent = opened(uri, tmp_path), batch(tmp_path / "files")
    first, second = printer.submit(sent), printer.submit(sent)
    assert first == second == printer.find(sent.key)
    assert len(card_printer.received()) == 2


def test_find_knows_nothing_of_a_batch_never_submitted(uri: str, tmp_path: Path) -> None:
    assert opened(uri, tmp_path).find("never sent") is None


def test_a_large_file_is_streamed_whole(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    sent = batch(tmp_path / "files", files=("cards.pdf",))
    document = pdf() + b"% " + bytes(range(1, 250)) * 40_000
    (tmp_path / "files/cards.pdf").write_bytes(document)
    opened(uri, tmp_path).submit(sent)
    assert [sheet.document for sheet in card_printer.received()] == [document]


# --- what it cannot print -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": Size(mm(297), mm(420))}, "it takes no paper of 297 x 420 mm"),
        (
            {"size": FORMATS["letter-a4"].trim, "source": "main"},
            "on 210 x 297 mm it leaves an edge of 4.2 mm blank, the art needs print to the very",
        ),
        ({"source": "main"}, "127 x 177.8 mm does not come from tray 'main', only from 'alt"),
        ({"media_type": "stationery"}, "127 x 177.8 mm is not taken as 'stationery' there, only"),
        ({"sides": "two-sided-sideways"}, "it cannot print two-sided-sideways, only 'one-sided'"),
        ({"colour": "gold"}, "it cannot print in gold, only 'auto', 'color', 'monochrome'"),
        ({"copies": 500}, "it makes 1 to 99 copies, not 500"),
    ],
)
def test_a_job_the_device_cannot_print_is_refused_before_anything_is_sent(
    uri: str, card_printer: CardPrinter, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    media = {"cards.pdf": CARD_TICKET, "envelopes.pdf": replace(CARD_TICKET, **change)}
    sent = batch(tmp_path / "files", media=media)
    with pytest.raises(Unsupported) as refused:
        opened(uri, tmp_path).submit(sent)
    assert reason in str(refused.value) and "envelopes.pdf" in refused.value.where
    assert "Test Card Printer prints: A4 with a margin of 4.2 mm" in refused.value.hint
    assert not refused.value.retryable and not refused.value.unknown
    assert find_jobs(Client(uri), KEY) == {} and card_printer.received() == []


def test_a_format_is_checked_with_all_reasons_at_plan_time(
    new_printer: NewPrinter, tmp_path: Path
) -> None:
    plain = new_printer(sides=("one-sided",), borderless=False)
    printer = opened(plain.uri, tmp_path)
    with pytest.raises(Unsupported) as refused:
        printer.check(FORMATS["card-5x7"], {})
    assert "leaves an edge of 4.2 mm blank" in str(refused.value)
    assert "sheet: it cannot print two-sided-long-edge, only 'one-sided'" in str(refused.value)


def test_the_formats_it_can_print_are_its_capabilities(uri: str, tmp_path: Path) -> None:
    printer = opened(uri, tmp_path, source="", media_type="", envelope_source="")
    able = printer.capabilities()
    assert able.formats == CARD_PRINTER_FORMATS
    assert able.max_pieces == 50 and able.trimmed
    printer.check(FORMATS["card-5x7"], {})


def test_a_card_that_bears_no_address_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="postcard-4x6 bears no address: a provider that posts"):
        opened(uri, tmp_path).check(FORMATS["postcard-4x6"], {})


def test_a_bare_printer_without_pdf_is_refused_but_a_queue_turns_pdf_into_what_it_takes(
    new_printer: NewPrinter, cups: Cups, tmp_path: Path
) -> None:
    raster = new_printer(documents=("image/pwg-raster",))
    with pytest.raises(Unsupported, match="does not take PDF"):
        opened(raster.uri, tmp_path / "direct").submit(batch(tmp_path / "files"))


def test_paper_that_is_not_loaded_is_told_but_not_refused(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    told: list[str] = []
    media = {"cards.pdf": replace(CARD_TICKET, source="by-pass-tray")}
    opened(uri, tmp_path, told.append).submit(batch(tmp_path / "files", media=media))
    assert any("load 5 x 7 in, borderless, by-pass-tray, cardstock" in line for line in told)
    assert len(card_printer.received()) == 1


def test_a_batch_without_print_files_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="has no file to print"):
        opened(uri, tmp_path).submit(batch(tmp_path / "files", media={}))
    sent = batch(tmp_path / "files")
    (tmp_path / "files/cards.pdf").unlink()
    with pytest.raises(ProviderError, match="missing or empty"):
        opened(uri, tmp_path).submit(sent)


# --- while it prints ----------------------------------------------------------------------


def test_out_of_paper_is_said_in_words_while_waiting_and_the_job_ends_when_it_is_filled(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    told: list[str] = []
    card_printer.control(state="media-empty-error", stuck=True)
    with submitting(opened(uri, tmp_path, told.append), batch(tmp_path / "files")) as outcome:
        until(lambda: told, "somebody is told")
        card_printer.control()
    assert told[0] == "cards.pdf: the printer waits: it is out of paper"
    assert outcome[0].status is Status.PRINTED and len(card_printer.received()) == 2


def test_a_printer_that_stands_still_is_an_error_and_not_a_hang(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.control(state="media-jam-error", stuck=True)
    printer = opened(uri, tmp_path, timeout=1)
    with pytest.raises(ProviderError, match=r"paper jam|out of paper") as stuck:
        printer.submit(batch(tmp_path / "files"))
    assert stuck.value.unknown and not stuck.value.retryable
    assert "put it right and the job goes on" in stuck.value.hint
    card_printer.control()
    until(lambda: len(card_printer.received()) == 1, "the jam is cleared and the card printed")
    assert _found(printer) is Status.SENDING  # the envelopes have still to be printed
    assert opened(uri, tmp_path).submit(batch(tmp_path / "files")).status is Status.PRINTED
    assert len(card_printer.received()) == 2


def test_a_job_the_printer_gives_up_is_never_called_printed(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.control(exit=1)
    printer = opened(uri, tmp_path)
    receipt = printer.submit(batch(tmp_path / "files"))
    assert receipt.status is Status.UNKNOWN  # half of it may lie in the tray
    # CUPS calls it cancelled or, where its backend was not quick enough to hear of it, printed.
    assert re.search("cards.pdf: job [0-9]+ was (cancelled|given up by the printer)", receipt.raw)
    card_printer.control()
    assert printer.submit(batch(tmp_path / "files")) == receipt
    assert card_printer.received() == []


def test_the_device_is_believed_where_the_queue_calls_a_job_printed_that_it_gave_up(
    cups_queue: str, new_printer: Callable[..., CardPrinter], tmp_path: Path
) -> None:
    opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printed = find_jobs(Client(cups_queue), KEY)
    device = new_printer()
    assert given_up(Client(device.uri), KEY, printed) == []  # it has forgotten, or never knew
    device.control(exit=1)
    opened(device.uri, tmp_path / "elsewhere").submit(batch(tmp_path / "files"))
    assert given_up(Client(device.uri), KEY, printed) == ["cards.pdf"]
    device.stop()
    assert given_up(Client(device.uri), KEY, printed) == []


def test_what_was_given_up_stays_so_when_the_device_has_forgotten_it(
    cups_queue: str, tmp_path: Path
) -> None:
    printer = opened(cups_queue, tmp_path)
    printer.submit(batch(tmp_path / "files"))
    read_note(tmp_path / NOTES, KEY).give_up("cards.pdf")
    found = printer.find(KEY)
    assert found and found.status is Status.UNKNOWN
    assert "cards.pdf: job 1 was given up by the printer" in found.raw
    assert printer.cancel(KEY).status is Status.UNKNOWN


def test_a_job_canceled_behind_our_back_needs_a_person(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.control(stuck=True)
    printer = opened(uri, tmp_path)
    with submitting(printer, batch(tmp_path / "files")) as outcome:
        job = until(lambda: find_jobs(Client(uri), KEY).get("cards.pdf"), "there is a job")
        until(lambda: find_jobs(Client(uri), KEY)["cards.pdf"].started, "it prints")
        Client(uri).cancel(job.number)
        card_printer.control()
    assert outcome[0].status is Status.UNKNOWN
    assert "was cancelled" in outcome[0].raw
    found = printer.find(KEY)
    assert found and found.status is Status.UNKNOWN


def test_what_we_cancel_in_time_is_cancelled_and_not_printed(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    cups.admin("cupsdisable", "cards")
    printer = opened(cups_queue, tmp_path)
    with submitting(printer, batch(tmp_path / "files")) as outcome:
        until(lambda: _begun(tmp_path), "the job is released")
        until(lambda: _state(cups_queue, "cards.pdf") != HELD, "it waits for the printer")
        assert printer.cancel(KEY).status is Status.CANCELLED
    assert outcome[0].status is _found(printer) is Status.CANCELLED
    assert _live(cups_queue) == []
    cups.admin("cupsenable", "cards")
    assert printer.submit(batch(tmp_path / "files")).status is Status.CANCELLED
    assert card_printer.received() == []


def test_a_paused_queue_is_told(cups: Cups, cups_queue: str, tmp_path: Path) -> None:
    cups.admin("cupsdisable", "cards")
    printer = opened(cups_queue, tmp_path, timeout=1)
    with pytest.raises(ProviderError, match=r"waits its turn.*it is paused") as stuck:
        printer.submit(batch(tmp_path / "files"))
    assert stuck.value.unknown


def test_a_queue_that_takes_no_jobs_is_an_error_that_can_be_tried_again(
    cups: Cups, cups_queue: str, tmp_path: Path
) -> None:
    cups.admin("cupsreject", "cards")
    with pytest.raises(ProviderError, match="it is not accepting jobs") as refused:
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    assert refused.value.retryable and not refused.value.unknown


def test_a_busy_printer_is_waited_for(card_printer: CardPrinter, tmp_path: Path) -> None:
    told: list[str] = []
    other = Client(card_printer.uri).create("somebody else's", {})
    printer = opened(card_printer.uri, tmp_path, told.append)
    with submitting(printer, batch(tmp_path / "files")) as outcome:
        until(lambda: told, "somebody is told")
        Client(card_printer.uri).cancel(other)
    assert told == ["the printer is busy with another job; waiting"]
    assert outcome[0].status is Status.PRINTED


# --- out of reach -------------------------------------------------------------------------


def test_an_unreachable_printer_is_a_clear_error_with_nothing_begun(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.stop()
    printer = opened(uri, tmp_path)
    for ask in (printer.capabilities, lambda: printer.submit(batch(tmp_path / "files"))):
        with pytest.raises(ProviderError, match="cannot be reached: connection refused") as error:
            ask()
        assert error.value.retryable and not error.value.unknown
    assert not _begun(tmp_path)


def test_a_printer_lost_in_the_middle_leaves_its_job_to_be_followed_in_the_queue(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.control(stuck=True)
    told: list[str] = []
    printer = opened(cups_queue, tmp_path, told.append, timeout=2)
    with submitting(printer, batch(tmp_path / "files", files=("cards.pdf",))) as outcome:
        until(lambda: _state(cups_queue, "cards.pdf") == 5, "it prints")
        card_printer.stop()
    assert isinstance(outcome[0], ProviderError) and outcome[0].unknown
    assert "it cannot be reached" in str(outcome[0])
    found = printer.find(KEY)
    assert found and found.status is Status.ACCEPTED


def test_a_print_server_that_crashes_in_the_middle_is_unknown_and_asked_again_later(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    card_printer.control(stuck=True)
    printer = opened(cups_queue, tmp_path, timeout=1)
    with submitting(printer, batch(tmp_path / "files", files=("cards.pdf",))) as outcome:
        until(lambda: _state(cups_queue, "cards.pdf") == 5, "it prints")
        cups.stop(signal.SIGKILL)
    assert isinstance(outcome[0], ProviderError) and outcome[0].unknown
    with pytest.raises(ProviderError, match="cannot be reached") as lost:
        printer.find(KEY)
    assert lost.value.retryable and not lost.value.unknown
    cups.start()
    found = printer.find(KEY)
    assert found and found.status is Status.ACCEPTED


def test_a_print_server_restarted_in_the_middle_never_makes_us_print_again(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    """CUPS 2.4 forgets such a job, starts it again, or calls it completed."""
    card_printer.control(stuck=True)
    printer = opened(cups_queue, tmp_path, timeout=1)
    with submitting(printer, batch(tmp_path / "files", files=("cards.pdf",))) as outcome:
        until(lambda: _state(cups_queue, "cards.pdf") == 5, "it prints")
        cups.stop()
    assert isinstance(outcome[0], ProviderError) and outcome[0].unknown
    cups.start()
    assert _found_or_error(printer) is not None


def test_a_job_the_queue_has_forgotten_is_for_a_person_to_decide(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    printer = opened(cups_queue, tmp_path)
    printer.submit(batch(tmp_path / "files"))
    cups.admin("cancel", "-a", "-x", "cards")
    for ask in (lambda: printer.find(KEY), lambda: printer.submit(batch(tmp_path / "files"))):
        with pytest.raises(ProviderError, match="no longer knows what became of") as forgotten:
            ask()
        assert forgotten.value.unknown
    assert len(card_printer.received()) == 2


def test_a_bare_printer_that_has_been_switched_off_cannot_tell(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    printer = opened(card_printer.uri, tmp_path)
    printer.submit(batch(tmp_path / "files"))
    card_printer.stop()
    card_printer.start()
    with pytest.raises(ProviderError, match="no longer knows what became of") as forgotten:
        printer.find(KEY)
    assert forgotten.value.unknown
    assert printer.find("never sent") is None


# --- what a crash leaves ------------------------------------------------------------------


def test_a_job_that_never_got_its_document_is_taken_back_and_made_anew(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    Client(uri).create(job_title(KEY, "cards.pdf", 1), {})
    printer = opened(uri, tmp_path)
    sent = batch(tmp_path / "files", files=("cards.pdf",))
    _leave_note(tmp_path, uri, sent)
    assert _found(printer) is Status.SENDING
    assert printer.submit(sent).status is Status.PRINTED
    assert [sheet.title for sheet in card_printer.received()] == [job_title(KEY, "cards.pdf", 2)]


def test_held_jobs_are_adopted_and_released(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printer = opened(cups_queue, tmp_path)
    assert {job.state for job in find_jobs(Client(cups_queue), KEY).values()} == {HELD}
    assert _found(printer) is Status.SENDING and card_printer.received() == []
    assert printer.submit(batch(tmp_path / "files")).status is Status.PRINTED
    assert [sheet.title[-2:] for sheet in card_printer.received()] == ["a1", "a1"]


def test_a_failure_before_anything_was_printed_leaves_no_job_that_could_be_released_by_hand(
    cups_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_client: Client, _job: int, document: Path, _mime_type: str) -> None:
        raise ProviderError(f"{document.name}: contact lost", unknown=True)

    monkeypatch.setattr(Client, "send", lost)
    with pytest.raises(ProviderError, match="contact lost") as error:
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    assert error.value.retryable and not error.value.unknown
    assert {job.state for job in find_jobs(Client(cups_queue), KEY).values()} == {CANCELED}


def test_ctrl_c_leaves_a_job_that_is_found(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    card_printer.control(state="media-empty-error", stuck=True)
    sent = batch(tmp_path / "files", files=("cards.pdf",))
    with pytest.raises(KeyboardInterrupt):
        opened(uri, tmp_path, interrupt).submit(sent)
    printer = opened(uri, tmp_path)
    found = printer.find(KEY)
    assert found and found.status is Status.ACCEPTED
    card_printer.control()
    assert printer.submit(sent).status is Status.PRINTED
    assert len(card_printer.received()) == 1


@pytest.fixture
def stuck_on_cards(cups_queue: str, card_printer: CardPrinter, tmp_path: Path) -> Printer:
    """The cards are out of paper; the envelopes are held behind them."""
    card_printer.control(state="media-empty-error", stuck=True)
    with pytest.raises(ProviderError) as stuck:
        opened(cups_queue, tmp_path, timeout=1).submit(batch(tmp_path / "files"))
    assert stuck.value.unknown
    assert {job.file for job in all_jobs(Client(cups_queue), KEY) if job.held} == {"envelopes.pdf"}
    return opened(cups_queue, tmp_path)


def test_cards_begun_and_envelopes_held_is_sending(stuck_on_cards: Printer) -> None:
    assert _found(stuck_on_cards) is Status.SENDING


def test_a_stuck_batch_called_back_never_prints_beside_its_reprint(
    stuck_on_cards: Printer, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    assert stuck_on_cards.cancel(KEY).status is Status.UNKNOWN  # half a card may lie in the tray
    assert _live(cups_queue) == []
    card_printer.control()
    reprint = batch(tmp_path / "again", key="the reprint")
    assert stuck_on_cards.submit(reprint).status is Status.PRINTED
    assert stuck_on_cards.submit(batch(tmp_path / "files")).status is Status.UNKNOWN
    assert "envelopes.pdf" not in [sheet.title.split(":")[2] for sheet in _of(card_printer, KEY)]
    assert len(_of(card_printer, "the reprint")) == 2 and _live(cups_queue) == []


def test_cards_done_and_the_sender_killed_is_sending_until_the_envelopes_are_done_too(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release" if "printers" in uri else "send", when="envelopes.pdf"):
        opened(uri, tmp_path).submit(batch(tmp_path / "files"))
    assert len(card_printer.received()) == 1
    printer = opened(uri, tmp_path)
    if "printers" in uri:
        assert _found(printer) is Status.SENDING
        assert printer.submit(batch(tmp_path / "files")).status is Status.PRINTED
        assert len(card_printer.received()) == 2
    else:  # whether the document had left cannot be known
        with pytest.raises(ProviderError, match="may not have arrived") as doubt:
            printer.find(KEY)
        assert doubt.value.unknown
    assert printer.cancel(KEY).status is Status.UNKNOWN
    assert _live(uri) == []


def test_other_files_under_the_same_key_are_refused_and_nothing_is_sent(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printer, sent = opened(cups_queue, tmp_path), batch(tmp_path / "files")
    (tmp_path / "files/cards.pdf").write_bytes(pdf("somebody else"))
    before = _live(cups_queue)
    with pytest.raises(ProviderError, match=r"with other files than these: cards\.pdf") as refused:
        printer.submit(sent)
    assert not refused.value.unknown and not refused.value.retryable
    assert _live(cups_queue) == before and card_printer.received() == []
    assert printer.submit(batch(tmp_path / "files")).status is Status.PRINTED


def test_what_was_taken_back_may_be_sent_anew_with_other_files(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with failing("send"), pytest.raises(ProviderError):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printer, sent = opened(cups_queue, tmp_path), batch(tmp_path / "files")
    (tmp_path / "files/cards.pdf").write_bytes(pdf("a typo less"))
    assert _found(printer) is None and _live(cups_queue) == []
    assert printer.submit(sent).status is Status.PRINTED


def test_jobs_that_cannot_be_taken_back_are_a_doubt_and_said(
    cups_queue: str, tmp_path: Path
) -> None:
    told: list[str] = []
    with failing("send"), failing("cancel"), pytest.raises(ProviderError) as error:
        opened(cups_queue, tmp_path, told.append).submit(batch(tmp_path / "files"))
    assert error.value.unknown and "may still be in the queue: cancel: lost" in told[-1]
    printer = opened(cups_queue, tmp_path)
    assert _found(printer) is Status.SENDING
    assert printer.submit(batch(tmp_path / "files")).status is Status.PRINTED


def test_a_job_released_by_hand_at_the_same_moment_is_a_doubt(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Client.release

    def twice(client: Client, job: int) -> None:
        real(client, job)
        real(client, job)

    monkeypatch.setattr(Client, "release", twice)
    with pytest.raises(ProviderError, match="that is not possible now") as refused:
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    assert refused.value.unknown
    monkeypatch.undo()
    until(lambda: len(card_printer.received()) == 1, "the cards are printed")
    assert opened(cups_queue, tmp_path).submit(batch(tmp_path / "files")).status is Status.PRINTED
    assert len(card_printer.received()) == 2


def test_a_cancel_that_was_interrupted_lets_no_job_loose(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printer = opened(cups_queue, tmp_path)
    with killed_before("cancel"):
        printer.cancel(KEY)
    assert len(_live(cups_queue)) == 2 and _found(printer) is Status.SENDING
    assert printer.submit(batch(tmp_path / "files")).status is Status.CANCELLED
    assert _live(cups_queue) == [] and card_printer.received() == []
    assert _found(printer) is Status.CANCELLED


def test_a_cancel_that_cannot_reach_the_printer_is_remembered(
    uri: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    printer = opened(uri, tmp_path)
    with failing("printer"), pytest.raises(ProviderError) as lost:
        printer.cancel(KEY)
    assert lost.value.retryable
    assert printer.submit(batch(tmp_path / "files")).status is Status.CANCELLED
    assert card_printer.received() == []


def test_a_batch_cancelled_while_its_jobs_are_made_leaves_none(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer, real = opened(cups_queue, tmp_path), Client.send

    def cancelled_meanwhile(client: Client, *rest: Any) -> None:
        opened(cups_queue, tmp_path).cancel(KEY)
        monkeypatch.undo()
        with suppress(ProviderError):
            real(client, *rest)

    monkeypatch.setattr(Client, "send", cancelled_meanwhile)
    assert printer.submit(batch(tmp_path / "files")).status is Status.CANCELLED
    assert _live(cups_queue) == [] and card_printer.received() == []


def test_envelopes_refused_beside_printed_cards_are_unknown(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    sent = batch(tmp_path / "files")
    _leave_note(tmp_path, card_printer.uri, sent)
    note = read_note(tmp_path / ".mailroom/printer", KEY)
    for name in note.files:
        note.begin(name)

    def job(state: int, file: str) -> Job:
        return Job(number=1, file=file, attempt=1, state=state, started=state == COMPLETED)

    refused = job(ABORTED, "envelopes.pdf")
    for other, together in ((COMPLETED, Status.UNKNOWN), (ABORTED, Status.FAILED)):
        found = {"cards.pdf": job(other, "cards.pdf"), "envelopes.pdf": refused}
        whole = receipt(note, found, holds=True)
        assert whole and whole.status is together


def test_a_batch_stays_with_the_queue_it_was_begun_at(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    other = opened(cups.add("others", card_printer.uri), tmp_path)
    assert _found(other) is Status.SENDING
    assert other.submit(batch(tmp_path / "files")).status is Status.PRINTED
    assert len(card_printer.received()) == 2 and _live(cups_queue) == []


def test_a_batch_of_a_queue_that_was_removed_can_be_called_back(
    cups: Cups, cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    cups.admin("lpadmin", "-x", "cards")
    printer = opened(card_printer.uri, tmp_path)
    with pytest.raises(ProviderError, match="no such queue") as gone:
        printer.find(KEY)
    assert "if that printer is gone for good" in gone.value.hint
    assert printer.cancel(KEY).status is Status.UNKNOWN  # the first was about to be released


def test_jobs_whose_note_is_lost_are_a_doubt_and_can_be_called_back(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    with killed_before("release"):
        opened(cups_queue, tmp_path).submit(batch(tmp_path / "files"))
    printer = opened(cups_queue, tmp_path / "elsewhere")
    with pytest.raises(ProviderError, match="the notes of this one are lost") as lost:
        printer.find(KEY)
    assert lost.value.unknown
    assert printer.cancel(KEY).status is Status.CANCELLED
    assert _live(cups_queue) == [] and card_printer.received() == []


# --- settings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "no printer is named"),
        ({"uri": "http://printer.example/"}, "is not a printer's address"),
        ({"uri": "ipp://printer.example:99999/"}, "is not a printer's address"),
        ({"uri": "cards", "batch": -1}, "-1 is not a number of at least 0"),
        ({"uri": "cards", "timeout": "long"}, "'long' is not a number of at least 0"),
    ],
)
def test_a_wrong_setting_is_a_config_error(
    settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        Printer(office(settings, tmp_path)).capabilities()


def test_a_queue_is_named_by_its_name(
    cups: Cups, cups_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUPS_SERVER", cups.server)
    assert opened("cards", tmp_path).find("never sent") is None
    with pytest.raises(ProviderError, match="there is no such queue"):
        opened("labels", tmp_path).find("never sent")


def test_the_envelope_ticket_is_a_sheet_of_its_own() -> None:
    assert ENVELOPE_TICKET is not None and ENVELOPE_TICKET.envelope


def _found_or_error(printer: Printer) -> Any:
    try:
        return printer.find(KEY)
    except ProviderError as error:
        return error


def _state(uri: str, file: str) -> int:
    job = find_jobs(Client(uri), KEY).get(file)
    return job.state if job else 0


def _begun(workspace: Path) -> bool:
    notes = list((workspace / ".mailroom/printer").glob("*.json"))
    return any('"begun": []' not in note.read_text() for note in notes)


def _found(printer: Printer) -> Status | None:
    found = printer.find(KEY)
    return found.status if found else None


def _of(device: CardPrinter, key: str) -> list[Sheet]:
    return [sheet for sheet in device.received() if f":{key}:" in sheet.title]


def _live(uri: str) -> list[str]:
    """The jobs that may still be printed, now or when somebody releases them."""
    return [job.words() for job in all_jobs(Client(uri), KEY) if not job.ended]


def _leave_note(workspace: Path, uri: str, sent: Batch) -> None:
    note = read_note(workspace / ".mailroom/printer", sent.key)
    note.expect(uri, {path.name: sha256(path) for path in sent.files if path.name in sent.media})

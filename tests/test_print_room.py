"""The main job to its end: a mailing approved, sent live, and printed by a real IPP printer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.errors import EnvironmentProblem, ProviderError, Unsupported
from mailroom.providers.ippclient import Client
from tests.printlab import CardPrinter
from tests.workspaces import (
    CARDS,
    MAILING,
    approved,
    make_workspace,
    opened,
    person,
    say_yes,
    write_export,
)

PRINTED = CARDS + 'provider = "printer"\n'
TRAYS = """
[providers.printer]
uri = "{uri}"
source = "alternate"
media_type = "cardstock"
envelope_source = "envelope"
timeout = 20
batch = 2
"""


def workspace(folder: Path, uri: str, people: int = 3) -> Path:
    make_workspace(folder, [person(n) for n in range(people)], mailing=PRINTED)
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(TRAYS.format(uri=uri))
    return folder


def send(folder: Path) -> list[str]:
    with opened(folder) as ws:
        report = pipeline.send(ws, MAILING, live=True, confirm=say_yes)
    return [outcome.status.value for outcome in report.outcomes]


def counts(folder: Path) -> dict[str, int]:
    with opened(folder) as ws:
        return dict(pipeline.status(ws, MAILING)["counts"])


@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_a_mailing_comes_out_of_the_printer_byte_for_byte(
    way: str, card_printer: CardPrinter, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri = card_printer.uri if way == "direct" else str(request.getfixturevalue("cups_queue"))
    folder = approved(workspace(tmp_path / "ws", uri))
    assert send(folder) == ["printed", "printed"]
    assert counts(folder) == {"printed": 3}
    made = [path.read_bytes() for path in (folder / ".mailroom" / "sent").rglob("*.pdf")]
    printed = [sheet.document for sheet in card_printer.received()]
    assert sorted(printed) == sorted(made)
    assert len(printed) == 4  # cards and envelopes, for two batches
    assert send(folder) == []
    assert len(card_printer.received()) == 4


def test_a_rehearsal_prints_nothing(card_printer: CardPrinter, tmp_path: Path) -> None:
    folder = approved(workspace(tmp_path / "ws", card_printer.uri))
    with opened(folder) as ws:
        pipeline.send(ws, MAILING, live=False, confirm=say_yes)
    assert card_printer.received() == []


def test_a_printer_that_cannot_do_it_is_refused_before_anything_is_made(
    new_printer: Callable[..., CardPrinter], tmp_path: Path
) -> None:
    simplex = new_printer(sides=("one-sided",))
    folder = workspace(tmp_path / "ws", simplex.uri)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        with pytest.raises(Unsupported, match="two-sided"):
            pipeline.prepare(ws, MAILING)
    assert not (folder / ".mailroom" / "prepared").exists()


def test_a_printer_that_is_off_stops_send_and_not_prepare(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    uri = card_printer.uri
    card_printer.stop()
    folder = approved(workspace(tmp_path / "ws", uri))
    with pytest.raises((ProviderError, EnvironmentProblem), match="refused"):
        send(folder)
    assert counts(folder) == {"ready": 3}


def test_a_job_that_someone_cancels_is_for_a_person_to_settle(
    card_printer: CardPrinter, cups_queue: str, tmp_path: Path
) -> None:
    folder = approved(workspace(tmp_path / "ws", cups_queue, people=1))
    card_printer.control(exit=1)
    assert send(folder) == ["unknown"]
    card_printer.control()
    with opened(folder) as ws:
        (line,) = pipeline.batches(ws, MAILING)
        assert line.state == "unknown"
        pipeline.settle(ws, MAILING, line.key[:8], made=False, by="Ruth")
    assert counts(folder) == {"ready": 1}
    assert send(folder) == ["printed"]


# --- a batch of two files, and everything goes wrong in between --------------------------------


class Killed(BaseException):
    """The plug is pulled."""


def jobs(uri: str) -> list[tuple[str, int]]:
    """Every job of the queue: its name and its state (RFC 8011, 5.3.7)."""
    client = Client(uri)
    found = (job for which in ("completed", "not-completed") for job in _asked(client, which))
    return [(job.text("job-name"), job.integer("job-state")) for job in found]


def _asked(client: Client, which: str) -> Any:
    return client.jobs(which, "job-id", "job-name", "job-state")


def test_a_reprint_first_calls_the_stuck_job_back(
    card_printer: CardPrinter, cups_queue: str, tmp_path: Path
) -> None:
    """Out of paper on the cards, the envelopes held behind them: neither may come out later."""
    folder = workspace(tmp_path / "ws", cups_queue, people=2)
    toml = folder / "mailroom.toml"
    toml.write_text(toml.read_text().replace("timeout = 20", "timeout = 1"))
    approved(folder)
    card_printer.control(stuck=True)
    assert send(folder) == ["unknown"]
    with opened(folder) as ws:
        (line,) = pipeline.batches(ws, MAILING)
        pipeline.settle(ws, MAILING, line.key[:8], made=False, by="Ruth")
    unfinished = [name for name, state in jobs(cups_queue) if state < 7]
    card_printer.control()
    assert not unfinished


def test_who_opts_out_while_the_cards_print_does_not_make_them_print_twice(
    card_printer: CardPrinter,
    cups_queue: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed while the cards come out and the envelopes are held; then somebody opts out."""
    folder = approved(workspace(tmp_path / "ws", cups_queue, people=2))

    def die(*_: object) -> None:
        deadline = time.monotonic() + 60
        while not card_printer.received() and time.monotonic() < deadline:
            time.sleep(0.05)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("mailroom.providers.printer.wait_for_job", die)
        with pytest.raises(Killed):
            send(folder)
    write_export(folder, [person(0), person(1, **{"Do not mail": "yes"})])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    send(folder)
    cards = [sheet for sheet in card_printer.received() if "cards.pdf" in sheet.title]
    assert len(cards) == 1
    assert counts(folder) == {"unknown": 2}

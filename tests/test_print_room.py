"""The main job to its end: a mailing approved, sent live, and printed by a real IPP printer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.errors import EnvironmentProblem, ProviderError, Unsupported
from tests.printlab import CardPrinter
from tests.workspaces import CARDS, MAILING, approved, make_workspace, opened, person, say_yes

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

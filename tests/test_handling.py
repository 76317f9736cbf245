"""Envelopes as the printer feeds them: turned in the page, in the order in which they come out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flat_art import picture
from PIL import Image, ImageChops
from small import ALL_FONTS, SENDER, a_piece

from mailroom import pipeline
from mailroom.errors import ConfigError
from mailroom.formats import Envelope
from mailroom.providers.calibration import (
    ENVELOPE_STOCK,
    Calibration,
    Measured,
    Offset,
    Offsets,
)
from mailroom.providers.handling import Feed, read_feed, read_handling
from mailroom.sheets.envelopes import write_envelopes
from mailroom.units import Size, inch, mm
from tests.printlab import CardPrinter
from tests.workspaces import CARDS, MAILING, approved, make_workspace, opened, person, say_yes

SIZES = {
    "a2": (inch(5.75), inch(4.375)), "a6": (inch(6.5), inch(4.75)),
    "a7": (inch(7.25), inch(5.25)), "10": (inch(9.5), inch(4.125)),
    "c6": (mm(162), mm(114)), "c5": (mm(229), mm(162)), "dl": (mm(220), mm(110)),
}  # fmt: skip
ENVELOPES = [Envelope(name=n, size=Size(*size), media="") for n, size in SIZES.items()]
PIECE = a_piece(lines=("Anna Berger", "1 Heron Street", "LEEDS", "LS1 4AB"))


def drawn(envelope: Envelope, folder: Path, **more: Any) -> Image.Image:
    path = write_envelopes([PIECE], envelope, SENDER, ALL_FONTS, folder / "e.pdf", **more)
    return picture(path, dpi=72).convert("L")


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_an_envelope_turned_back_looks_as_it_was_drawn(
    envelope: Envelope, turn: int, tmp_path: Path
) -> None:
    plain = drawn(envelope, tmp_path)
    turned = drawn(envelope, tmp_path, feed=Feed(turn=turn))
    assert (turned.height > turned.width) == (turn in (90, 270)), "the short edge goes in first"
    back = turned.rotate(turn, expand=True)  # Pillow turns counter-clockwise
    assert back.size == pytest.approx(plain.size, abs=1)
    small = (plain.width // 4, plain.height // 4)  # each way of drawing has its own seams
    off = ImageChops.difference(back.resize(small), plain.resize(small))
    assert off.getextrema()[1] < 90
    wrong = ImageChops.difference(back.rotate(180).resize(small), plain.resize(small))
    assert wrong.getextrema()[1] > 90


def test_the_offset_is_that_of_the_page_as_it_goes_through_the_printer(tmp_path: Path) -> None:
    feed, off = Feed(turn=90), Offset(right=2.0, down=-1.0)
    path = [
        write_envelopes([PIECE], ENVELOPES[2], SENDER, ALL_FONTS, tmp_path / f"{n}.pdf",
                        feed=feed, offset=offset)
        for n, offset in enumerate((Offset(), off))
    ]  # fmt: skip
    boxes = [
        picture(each, dpi=254).convert("L").point(lambda v: 255 * (v < 128)).getbbox()
        for each in path
    ]
    assert boxes[0]
    assert boxes[1]
    moved = [a - b for a, b in zip(boxes[1], boxes[0], strict=True)]
    assert moved == pytest.approx([-20, 10, -20, 10], abs=1)


def test_what_comes_out_face_up_is_written_from_the_last_to_the_first(tmp_path: Path) -> None:
    pieces = [a_piece(n) for n in (1, 2, 3)]
    path = write_envelopes(
        pieces, ENVELOPES[2], SENDER, ALL_FONTS, tmp_path / "e.pdf", feed=Feed(face_up=True)
    )
    with pypdfium2.PdfDocument(path) as document:
        last = [page.get_textpage().get_text_range().split()[-1] for page in document]
    assert last == ["0003", "0002", "0001"]


@pytest.mark.parametrize(
    ("written", "turn", "face_up"),
    [
        ({}, 0, False),
        ({"envelope_feed": "long-edge"}, 0, False),
        ({"envelope_feed": "short-edge"}, 90, False),
        ({"envelope_feed": "short-edge", "envelope_turn": 270}, 270, False),
        ({"envelope_turn": 180, "envelope_face": "up"}, 180, True),
    ],
)
def test_what_the_settings_say(written: Mapping[str, Any], turn: int, face_up: bool) -> None:
    assert read_feed(written) == Feed(turn=turn, face_up=face_up)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"envelope_feed": "left"}, "envelope_feed: 'left' is no edge"),
        ({"envelope_face": "left"}, "envelope_face: 'left' is no face"),
        ({"envelope_turn": 45}, "cannot lie turned by 45"),
        ({"envelope_feed": "long-edge", "envelope_turn": 90}, "by 90 with the long edge first"),
        ({"envelope_feed": "short-edge", "envelope_turn": 0}, "by 0 with the short edge first"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    written: Mapping[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        read_feed(written)


def test_each_kind_of_paper_has_the_offsets_measured_of_it() -> None:
    def measured(right: float, **more: Any) -> Measured:
        return Measured(printer="p", offsets=Offsets(front=Offset(right=right)), **more)

    known = Calibration()
    for item in (
        measured(1.0, stock="cardstock"),
        measured(2.0, stock="cardstock", lying=True),
        measured(3.0, stock=ENVELOPE_STOCK),
    ):
        known = known.remembering(item)
    written = {"media_type": "cardstock", "envelope_feed": "short-edge"}
    found = read_handling("p", written, known)
    rights = [each.front.right for each in (found.upright, found.lying, found.envelopes)]
    assert rights == [1.0, 2.0, 3.0]
    flat = read_handling("p", {"media_type": "cardstock"}, known)  # envelopes lie, unmeasured
    assert flat.envelopes.front.right == 0.0
    assert found.of(Size(100, 200)) == found.upright
    assert found.of(Size(200, 100)) == found.lying


SETTINGS = """
[providers.printer]
uri = "{uri}"
source = "alternate"
media_type = "cardstock"
envelope_source = "envelope"
envelope_feed = "short-edge"
envelope_turn = 270
envelope_face = "up"
timeout = 20
"""


@pytest.mark.slow
def test_a_real_job_of_envelopes_is_turned_and_reversed_and_the_manifest_knows(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    people = [person(n) for n in range(1, 4)]
    folder = make_workspace(tmp_path / "ws", people, mailing=CARDS + 'provider = "printer"\n')
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(uri=card_printer.uri))
    approved(folder)
    with opened(folder) as ws:
        [outcome] = pipeline.send(ws, MAILING, live=True, confirm=say_yes).outcomes
    assert outcome.status.value == "printed"
    [path] = (folder / ".mailroom" / "sent").rglob("envelopes.pdf")
    assert path.read_bytes() in [sheet.document for sheet in card_printer.received()]
    with pypdfium2.PdfDocument(path) as document:
        sizes = {page.get_size() for page in document}
        numbers = ["".join(page.get_textpage().get_text_range().split())[-4:] for page in document]
    assert sizes == {(inch(5.25), inch(7.25))}
    with (path.parent / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [numbers[int(row["envelope_page"]) - 1] for row in rows] == [r["number"] for r in rows]
    assert [row["envelope_page"] for row in rows] == ["3", "2", "1"]

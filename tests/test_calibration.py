"""What a printer prints off the mark: measured by a person, remembered, taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from flat_art import artwork, fill, picture, write_art
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from small import ALL_FONTS, a_piece

from mailroom import pipeline
from mailroom.errors import EnvironmentProblem
from mailroom.formats import FORMATS, SHEETS
from mailroom.providers.calibration import (
    ENVELOPE_STOCK,
    ON_THE_MARK,
    Calibration,
    Measured,
    Offset,
    Offsets,
    read_calibration,
)
from mailroom.sheets.calibration_sheet import LINES, write_calibration_sheet
from mailroom.sheets.imposition import write_cards
from tests.commands import typed
from tests.printlab import CardPrinter
from tests.workspaces import CARDS, MAILING, approved, make_workspace, opened, person, say_yes

OFF = Offsets(front=Offset(right=0.5, down=-0.3), back=Offset(right=-1.0, down=0.2))
FINE = 254  # dpi: a pixel is a tenth of a millimetre
CARD, FOLDED, LETTER = (FORMATS[n] for n in ("card-5x7", "card-a6-folded", "letter-a4"))

lengths = st.floats(-10, 10).map(lambda value: round(value, 2))
offsets = st.builds(Offset, right=lengths, down=lengths)


def ink_box(image: Image.Image, darker_than: int = 128) -> tuple[int, ...]:
    dark = image.convert("L").point(lambda value: 255 * (value < darker_than))
    found = dark.getbbox()
    assert found
    return found


# What is remembered --------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.lists(
        st.builds(
            Measured,
            printer=st.text(min_size=1, max_size=8),
            stock=st.text(max_size=8),
            lying=st.booleans(),
            offsets=st.builds(Offsets, front=offsets, back=offsets),
            at=st.just("2026-11-26T09:00:00+00:00"),
        ),
        max_size=6,
    )
)
def test_what_was_written_down_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, items: list[Measured]
) -> None:
    state = tmp_path_factory.mktemp("state")
    known = read_calibration(state)
    for item in items:
        known = known.remembering(item)
    known.save()
    assert read_calibration(state) == known
    newest = {item.key: item for item in items}
    assert {item.key: item for item in known.measured} == newest


def test_a_stock_of_its_own_counts_before_all_stocks_and_envelopes_only_for_themselves() -> None:
    every, card = (Offsets(front=Offset(right=n)) for n in (1.0, 2.0))
    known = Calibration().remembering(Measured(printer="p", offsets=every))
    known = known.remembering(Measured(printer="p", stock="cardstock", offsets=card))
    assert known.offsets("p", "cardstock") == card
    assert known.offsets("p", "plain") == every
    assert known.offsets("p", ENVELOPE_STOCK) == ON_THE_MARK
    assert known.offsets("p", lying=True) == ON_THE_MARK
    assert known.offsets("q") == ON_THE_MARK


@pytest.mark.parametrize("text", ["", "[1]", '[{"printer": "p"}]', '{"a": 1}'])
def test_a_file_that_cannot_be_read_stops_rather_than_prints_askew(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "calibration.json").write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match="cannot be read") as told:
        read_calibration(tmp_path)
    assert "mailroom calibrate" in told.value.hint


# What is typed -------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "ws", [person(n) for n in range(3)])


def test_measurements_are_remembered_side_by_side_and_shown(workspace: Path) -> None:
    assert "Nothing was measured" in typed(workspace, "calibrate").out
    typed(workspace, "calibrate", "cards", "--front", "0.5,-0.3", "--back", "-1,0.2")
    typed(workspace, "calibrate", "cards", "--back", "-0.8,0.1")
    shown = typed(workspace, "calibrate").words
    assert "cards every stock upright +0.50,-0.30 -0.80,+0.10" in shown
    [item] = typed(workspace, "calibrate", "cards", "--json").json
    assert item["offsets"]["front"] == {"right": 0.5, "down": -0.3}
    typed(workspace, "calibrate", "cards", "--forget")
    assert typed(workspace, "calibrate", "--json").json == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cards", "--front", "0.5"), "not two numbers"),
        (("cards", "--front", "0,5,1,2"), "not two numbers"),
        (("cards", "--back", "nan,1"), "too far"),
        (("cards", "--back", "11,1"), "more than 10 mm"),
        (("--front", "1,1"), "no printer is named"),
        (("printer", "--front", "1,1"), "no printer is named"),
        (("cards", "--front", "1,1", "--sheet", "b1"), "there is no sheet"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_remembered(
    words: tuple[str, ...], told: str, workspace: Path
) -> None:
    answer = typed(workspace, "calibrate", *words)
    assert answer.code != 0
    assert told in answer.err
    assert not (workspace / ".mailroom" / "calibration.json").exists()


# The sheet -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", ["a4", "letter", "sra3"])
@pytest.mark.parametrize("lying", [False, True])
def test_the_measured_lines_are_thirty_millimetres_from_the_edges(
    sheet: str, lying: bool, tmp_path: Path
) -> None:
    size = SHEETS[sheet].size.rotated() if lying else SHEETS[sheet].size
    path = write_calibration_sheet(size, "cards", "type this", ALL_FONTS, tmp_path / "c.pdf")
    for page in (0, 1):
        image = picture(path, page, FINE).convert("L")
        high, wide = image.height, image.width
        across = image.crop((0, high // 2 - 40, wide, high // 2 - 20)).resize((wide, 1))
        down = image.crop((wide // 4, 0, wide // 4 + 20, high // 4)).resize((1, high // 4))
        assert ink_box(across, 200)[0] == pytest.approx(10 * LINES, abs=2)
        assert ink_box(down, 200)[1] == pytest.approx(10 * LINES, abs=2)


def test_the_sheet_says_in_words_what_to_measure_and_to_type(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws", [person(1)])
    target = tmp_path / "sheet.pdf"
    answer = typed(workspace, "calibrate", "cards", "--stock", "ivory", "-o", str(target))
    assert answer.lines[-1].split("  ")[-1].startswith("mailroom calibrate cards --stock ivory")
    with pypdfium2.PdfDocument(target) as document:
        front, back = (" ".join(page.get_textpage().get_text_range().split()) for page in document)
    assert "Front Calibration sheet for cards" in front
    assert "Back Calibration sheet for cards" in back
    for side in (front, back):
        assert "Take 30 from each" in side
        assert "mailroom calibrate cards --stock ivory --front A,B --back A,B" in side
        assert "From cross to cross it is 150.0 mm across" in side


def test_a_check_sheet_is_moved_by_what_is_remembered(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws", [person(1)])
    typed(workspace, "calibrate", "cards", "--front", "0.5,-0.3", "--back", "-1,0.2")
    for name, more in (("raw.pdf", ()), ("check.pdf", ("--check",))):
        typed(workspace, "calibrate", "cards", "-o", str(tmp_path / name), *more)
    for page, (right, down) in enumerate([(-5, 3), (10, -2)]):
        before, after = (
            picture(tmp_path / name, page, FINE).crop((250, 450, 350, 2300))
            for name in ("raw.pdf", "check.pdf")
        )
        assert ink_box(after)[0] - ink_box(before)[0] == pytest.approx(right, abs=1)
        before, after = (
            picture(tmp_path / name, page, FINE).crop((450, 250, 700, 350))
            for name in ("raw.pdf", "check.pdf")
        )
        assert ink_box(after)[1] - ink_box(before)[1] == pytest.approx(down, abs=1)


def test_only_black_and_grey_are_printed(tmp_path: Path) -> None:
    path = write_calibration_sheet(
        SHEETS["a4"].size, "cards", "x", ALL_FONTS, tmp_path / "c.pdf", offsets=OFF
    )
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            operators = {str(op) for _, op in pikepdf.parse_content_stream(page)}
            assert not operators & {"rg", "RG", "cs", "CS"}
            assert {"k", "K"} & operators


# What is made for the printer ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["card-5x7", "card-a6-folded", "letter-a4"])
def test_what_is_made_for_the_printer_is_moved_by_exactly_that_side_by_side(
    name: str, tmp_path: Path
) -> None:
    fmt = FORMATS[name]
    width, height = fmt.trim.width, fmt.trim.height
    spot = fill("r", 0.3 * width, 0.3 * height, 0.4 * width, 0.4 * height).encode()
    art = write_art(tmp_path / "art.pdf", fmt, [spot] * len(fmt.pages))
    piece = a_piece()
    cards = [(piece, artwork(piece.key, art, fmt))]
    paths = [
        write_cards(cards, fmt, tmp_path / f"{n}.pdf", fonts=ALL_FONTS, trimmed=True, offsets=off)
        for n, off in enumerate((ON_THE_MARK, OFF))
    ]
    with pypdfium2.PdfDocument(paths[0]) as document:
        sides = len(document)
    for page in range(sides):
        off = OFF.of(page)
        before, after = (ink_box(picture(path, page, FINE), 100) for path in paths)
        moved = [a - b for a, b in zip(after, before, strict=True)]
        right, down = (round(-10 * length) for length in (off.right, off.down))
        assert moved == pytest.approx([right, down, right, down], abs=1)


def test_a_card_that_is_moved_shows_its_bleed_and_no_white_edge(tmp_path: Path) -> None:
    media = CARD.media_box
    everywhere = fill("r", -CARD.bleed, -CARD.bleed, media.width, media.height).encode()
    art = write_art(tmp_path / "art.pdf", CARD, [everywhere] * 2)
    piece = a_piece()
    path = write_cards(
        [(piece, artwork(piece.key, art, CARD))], CARD, tmp_path / "c.pdf",
        fonts=ALL_FONTS, trimmed=True, offsets=OFF,
    )  # fmt: skip
    for page in (0, 1):
        image = picture(path, page, 100)
        inner = image.crop((1, 1, image.width - 1, image.height - 1))
        assert max(band[1] for band in inner.getextrema()) < 160


PRINTED = CARDS + 'provider = "printer"\n'
TRAYS = """
[providers.printer]
uri = "{uri}"
source = "alternate"
media_type = "cardstock"
envelope_source = "envelope"
timeout = 20
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_a_real_job_reaches_the_printer_corrected_by_what_was_measured_of_that_stock(
    way: str, card_printer: CardPrinter, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri = card_printer.uri if way == "direct" else str(request.getfixturevalue("cups_queue"))
    folder = make_workspace(tmp_path / "ws", [person(1)], mailing=PRINTED)
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(TRAYS.format(uri=uri))
    approved(folder)
    boxes = []
    for words in (
        (),
        ("--stock", "cardstock", "--front", "0.5,-0.3", "--back", "-1,0.2"),
        ("--stock", "plain", "--front", "3,3", "--back", "3,3"),
    ):
        if words:
            assert typed(folder, "calibrate", "printer", *words).code == 0
        with opened(folder) as ws:
            pipeline.send(ws, MAILING, live=False, confirm=say_yes)
        [path] = (folder / ".mailroom" / "rehearsal").rglob("cards.pdf")
        boxes.append([ink_box(picture(path, page, FINE), 200) for page in (0, 1)])
    plain, moved, other_stock = boxes
    assert moved == other_stock
    # The art of the front begins at the very corner, so its inner edges tell.
    assert moved[0][2] - plain[0][2] == pytest.approx(-5, abs=1)
    assert moved[0][3] - plain[0][3] == pytest.approx(3, abs=1)
    for edge, by in zip(range(4), (10, -2, 10, -2), strict=True):
        assert moved[1][edge] - plain[1][edge] == pytest.approx(by, abs=1)
    with opened(folder) as ws:
        [outcome] = pipeline.send(ws, MAILING, live=True, confirm=say_yes).outcomes
    assert outcome.status.value == "printed"
    [made] = (folder / ".mailroom" / "sent").rglob("cards.pdf")
    assert made.read_bytes() in [sheet.document for sheet in card_printer.received()]
    assert [ink_box(picture(made, page, FINE), 200) for page in (0, 1)] == moved


@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_the_calibration_sheet_comes_out_of_the_printer_on_both_sides(
    way: str, card_printer: CardPrinter, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri = card_printer.uri if way == "direct" else str(request.getfixturevalue("cups_queue"))
    folder = make_workspace(tmp_path / "ws", [person(1)])
    answer = typed(folder, "calibrate", uri, "--print")
    assert answer.code == 0, answer.err
    [sheet] = card_printer.received()
    assert sheet.document.startswith(b"%PDF")
    assert sheet.job["sides"] == "two-sided-long-edge"
    assert not (folder / ".mailroom" / "calibration-sheet.pdf").exists()


@pytest.mark.parametrize(
    ("feed", "landscape", "size"),
    [("", True, (522, 378)), ('envelope_feed = "short-edge"\n', False, (378, 522))],
    ids=["as drawn", "short edge first"],
)
def test_an_envelope_is_calibrated_as_it_goes_through_the_printer(
    card_printer: CardPrinter, feed: str, landscape: bool, size: tuple[int, int], tmp_path: Path
) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(TRAYS.format(uri=card_printer.uri) + feed)
    answer = typed(folder, "calibrate", "printer", "--sheet", "a7", "--print")
    assert answer.code == 0, answer.err
    more = " --landscape" if landscape else ""
    command = f"mailroom calibrate printer --stock envelope{more} --front"
    assert answer.lines[-1].endswith(f"{command} RIGHT,DOWN")
    [sheet] = card_printer.received()
    with pypdfium2.PdfDocument(sheet.document) as document:
        [page] = document
        assert page.get_size() == pytest.approx(size, abs=0.1)
        assert f"{command} A,B" in " ".join(page.get_textpage().get_text_range().split())
    assert sheet.job["sides"] == "one-sided"
    typed(folder, *command.split()[1:], "1.0,0.5")
    with opened(folder) as ws:
        handling = ws.provider("printer").capabilities().handling
    assert handling.envelopes.front == Offset(right=1.0, down=0.5)
    assert handling.upright == ON_THE_MARK


def test_a_printer_that_prints_one_side_only_prints_two_sheets_and_says_so(
    new_printer: Callable[..., CardPrinter], tmp_path: Path
) -> None:
    printer = new_printer(sides=("one-sided",))
    folder = make_workspace(tmp_path / "ws", [person(1)])
    answer = typed(folder, "calibrate", printer.uri, "--print")
    assert answer.code == 0, answer.err
    assert "on one side only" in answer.err
    assert len(printer.received()) == 1

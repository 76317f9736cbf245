"""Labels: the grids are those of the sheets, everybody's address is on a label of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from flat_art import picture
from hypothesis import given, settings
from hypothesis import strategies as st
from small import ALL_FONTS, SENDER, a_piece

from mailroom.errors import ConfigError, ExitCode
from mailroom.model import Piece
from mailroom.providers.calibration import Offset
from mailroom.sheets.grids import GRIDS, Grid, grid_named
from mailroom.sheets.labels import PADDING, findings, in_sheets, write_labels
from mailroom.units import Box, mm, to_mm
from tests.commands import typed
from tests.workspaces import MAILING, make_workspace, opened, person

L7160, US5160 = GRIDS["avery-l7160"], GRIDS["avery-5160"]
grids = pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.name)


# The grids -----------------------------------------------------------------------------------


@grids
def test_labels_lie_on_the_sheet_in_its_middle_and_not_on_each_other(grid: Grid) -> None:
    boxes = [*grid.boxes()]
    sheet = Box(0, 0, grid.sheet.width, grid.sheet.height)
    assert len(boxes) == grid.labels
    assert all(sheet.contains(box, 1e-6) for box in boxes)
    assert not any(one.overlaps(other, 1e-6) for one, other in combinations(boxes, 2))
    right = grid.sheet.width - boxes[-1].right
    below = grid.sheet.height - boxes[-1].bottom
    assert to_mm(right) == pytest.approx(to_mm(grid.left), abs=0.15)
    assert to_mm(below) == pytest.approx(to_mm(grid.top), abs=13)  # 5164 has a wide foot
    assert grid.source


@pytest.mark.parametrize(
    ("name", "labels", "size"),
    [("L7160", 21, "63.5 x 38.1 mm"), ("L7163", 14, "99.1 x 38.1 mm"),
     ("L7165", 8, "99.1 x 67.7 mm"), ("5160", 30, "66.7 x 25.4 mm"),
     ("5163", 10, "101.6 x 50.8 mm"), ("5162", 14, "101.6 x 33.9 mm")],
)  # fmt: skip
def test_the_numbers_on_the_packets(name: str, labels: int, size: str) -> None:
    grid = grid_named(name)
    assert (grid.labels, grid.label.in_mm()) == (labels, size)


def test_a_grid_is_found_however_it_is_spelled() -> None:
    for name in ("avery-l7160", "L7160", "Avery L7160", "J8160"):
        assert grid_named(name) is L7160
    assert grid_named("8160") is US5160
    with pytest.raises(ConfigError, match="no grid of labels '9999'") as told:
        grid_named("9999")
    assert "avery-5163" in told.value.hint


# Whose label ---------------------------------------------------------------------------------


@given(st.integers(1, 90), st.sampled_from([*GRIDS.values()]), st.data())
def test_no_label_is_left_out_or_used_twice_wherever_one_begins(
    count: int, grid: Grid, data: st.DataObject
) -> None:
    start = data.draw(st.integers(1, grid.labels))
    pieces = [a_piece(n) for n in range(1, count + 1)]
    sheets = [*in_sheets(pieces, grid, start)]
    assert [piece for sheet in sheets for _, piece in sheet] == pieces
    assert len(sheets) == -(-(count + start - 1) // grid.labels)
    assert sheets[0][0][0] == [*grid.boxes()][start - 1]
    assert all(len({box for box, _ in sheet}) == len(sheet) for sheet in sheets)


def written(pieces: Sequence[Piece], folder: Path, grid: Grid = L7160, **more: object) -> Path:
    return write_labels(pieces, grid, ALL_FONTS, folder / "l.pdf", **more)  # type: ignore[arg-type]


def test_every_label_carries_its_own_address_and_number(tmp_path: Path) -> None:
    pieces = [a_piece(n) for n in range(1, 25)]
    path = written(pieces, tmp_path, start=20)
    boxes = [*L7160.boxes()]
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) == 3
        for place, piece in enumerate(pieces, 19):
            box, page = boxes[place % 21], document[place // 21]
            area = (box.x, 842 - box.bottom, box.right, 842 - box.y)
            lines = page.get_textpage().get_text_bounded(*area).split("\r\n")
            assert lines[: len(piece.address_lines)] == [*piece.address_lines]
            assert lines[-1] == f"{piece.number:04}"


@pytest.mark.parametrize("name", ["avery-l7160", "avery-5160", "avery-l7165"])
def test_all_ink_keeps_off_the_edges_of_the_labels(name: str, tmp_path: Path) -> None:
    grid = GRIDS[name]
    lines = ("Ms Wilhelmine von und zu Hohenstein", "Company of a Long Name & Sons Ltd",
             "Second Floor, East Wing", "123 Heron Street", "LEEDS LS1 4AB", "FRANCE")  # fmt: skip
    bears = 5 if grid is US5160 else 6  # beside the sender's line
    pieces = [a_piece(n, lines=lines[:bears]) for n in range(1, grid.labels + 1)]
    path = written(pieces, tmp_path, grid, sender=SENDER)
    image = picture(path, dpi=144).convert("L")

    def darkest(left: float, top: float, right: float, bottom: float) -> float:
        return image.crop(tuple(round(2 * n) for n in (left, top, right, bottom))).getextrema()[0]

    for box in grid.boxes():
        inner = box.inset(0.6 * PADDING)
        assert darkest(box.x, box.y, box.right, inner.y) > 200
        assert darkest(box.x, box.y, inner.x, box.bottom) > 200
        assert darkest(inner.right, box.y, box.right, box.bottom) > 200
        assert darkest(box.x, box.bottom - mm(1), box.right, box.bottom) > 200
        assert darkest(inner.x, inner.y, inner.right, inner.bottom) < 100


def test_the_senders_line_is_there_only_if_asked_for(tmp_path: Path) -> None:
    texts = []
    for sender in (None, SENDER):
        with pypdfium2.PdfDocument(written([a_piece()], tmp_path, sender=sender)) as document:
            texts.append(document[0].get_textpage().get_text_range())
    assert "Kranich Joinery" not in texts[0]
    assert texts[1].startswith("Kranich Joinery, OLDHAM")


@pytest.mark.parametrize(
    ("lines", "rule"),
    [(("李小龍", "1 Heron Street"), "missing-glyph"),
     (("سارة", "1 Heron Street"), "envelope-script"),
     (("A" * 90, "1 Heron Street"), "envelope-overflow"),
     (("a line",) * 9, "envelope-overflow")],
    ids=["no glyph", "script", "too long", "too many lines"],
)  # fmt: skip
def test_what_cannot_be_printed_is_found_and_says_label(lines: tuple[str, ...], rule: str) -> None:
    found = findings(a_piece(lines=lines), US5160, ALL_FONTS)
    assert {finding.rule for finding in found} == {rule}
    if rule == "envelope-overflow":
        assert all("for the label" in finding.message for finding in found)


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(codec="latin-1", categories=["L", "N", "Zs"]), min_size=1,
                        max_size=30), min_size=1, max_size=7))  # fmt: skip
def test_what_has_no_finding_can_be_drawn(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    piece = a_piece(lines=lines)
    if not findings(piece, US5160, ALL_FONTS, SENDER):
        written([piece], tmp_path_factory.mktemp("l"), US5160, sender=SENDER)


def test_the_sheet_is_moved_by_what_the_printer_prints_off_the_mark(tmp_path: Path) -> None:
    pieces = [a_piece(n) for n in range(1, 4)]
    boxes = []
    for offset in (Offset(), Offset(right=1.0, down=-0.5)):
        image = picture(written(pieces, tmp_path, offset=offset), dpi=254).convert("L")
        boxes.append(image.point(lambda value: 255 * (value < 128)).getbbox())
    before, after = boxes
    assert before
    assert after
    moved = [a - b for a, b in zip(after, before, strict=True)]
    assert moved == pytest.approx([-10, 5, -10, 5], abs=1)


def test_equal_labels_are_equal_bytes_in_black_with_embedded_fonts(tmp_path: Path) -> None:
    pieces = [a_piece(n) for n in range(1, 4)]
    first = written(pieces, tmp_path, sender=SENDER).read_bytes()
    path = written(pieces, tmp_path, sender=SENDER)
    assert path.read_bytes() == first
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        operators = {str(op) for page in pdf.pages for _, op in pikepdf.parse_content_stream(page)}
    assert not operators & {"rg", "RG"}
    assert b"Helvetica" not in first


# As it is typed ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mailroom import pipeline

    people = [person(n) for n in range(1, 6)]
    folder = make_workspace(tmp_path_factory.mktemp("labels") / "ws", people)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, MAILING)
    return folder


def test_labels_of_a_mailing_and_where_to_begin_the_next_time(
    workspace: Path, tmp_path: Path
) -> None:
    target = tmp_path / "labels.pdf"
    words = (MAILING, "--grid", "avery-l7160", "--start", "20", "-o", str(target))
    answer = typed(workspace, "labels", *words)
    assert answer.code == 0, answer.err
    assert "5 labels on 2 sheets, the first one is label 20" in answer.out
    assert "--start 4" in answer.out
    with pypdfium2.PdfDocument(target) as document:
        assert len(document) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--grid", "x1"), "no grid of labels"),
        (("--grid", "l7165", "--start", "9"), "no label 9"),
        (("--grid", "l7165", "--pieces", "77"), "no piece 0077"),
        (("--grid", "l7165", "--pieces", "a"), "is no number"),
        (("--grid", "l7165", "--pieces", "9-3"), "leads nowhere"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], told: str, workspace: Path) -> None:
    answer = typed(workspace, "labels", MAILING, *words)
    assert answer.code != 0
    assert told in answer.err


def test_an_address_too_large_for_its_label_is_left_out_and_told(tmp_path: Path) -> None:
    from mailroom import pipeline

    long = "Northern Society for the Keeping and Study of Very Long Company Names"
    people = [person(1), person(2, **{"Company Name": long})]
    folder = make_workspace(tmp_path / "ws", people)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, MAILING)
    answer = typed(folder, "labels", MAILING, "--grid", "l7163", "--json")
    assert (answer.json["labels"], answer.json["left_out"]) == (2, [])
    answer = typed(folder, "labels", MAILING, "--grid", "5160", "--sender", "--json")
    [left_out] = answer.json["left_out"]
    assert (answer.json["labels"], left_out["piece"]) == (1, 2)
    assert "for the label" in left_out["finding"]["message"]
    assert answer.code == ExitCode.HELD


def test_a_piece_that_is_held_gets_no_label_and_no_place_on_a_sheet(tmp_path: Path) -> None:
    from mailroom import pipeline

    people = [person(1), person(2, **{"Company Name": "W" * 90})]
    folder = make_workspace(tmp_path / "ws", people)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        assert pipeline.prepare(ws, MAILING).held
    for words in (("labels", MAILING, "--grid", "l7160"), ("sheets", MAILING, "--on", "a4")):
        alone, among = (
            typed(folder, *words, "--pieces", "2"),
            typed(folder, *words, "--pieces", "1-2"),
        )
        assert alone.code == ExitCode.REFUSED
        assert "piece 0002: it is held: the line 'WWW" in alone.err
        assert among.code == 0
        assert "piece 0002 is held and left out: the line 'WWW" in among.err
        assert typed(folder, *words).code == 0

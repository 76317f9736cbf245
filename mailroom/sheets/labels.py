"""Labels: everybody's address on a grid of labels, in the order of the cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path

from mailroom.canvas import face, font_for, open_canvas
from mailroom.errors import RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.model import Finding, Piece, Sender
from mailroom.providers.calibration import ON_THE_MARK, Offset
from mailroom.sheets.drawing import GREY, Drawing
from mailroom.sheets.envelopes import Block, draw_block, fit_block, return_lines
from mailroom.sheets.grids import Grid
from mailroom.units import Box, mm

PADDING = mm(3)
"""Kept from a label's edges: label sheets are cut, and fed, with a millimetre or two to spare."""

LEAST_SIZE = 7.0  #: points; a label of an inch bears six lines of it
RETURN_SIZE, LEAST_RETURN = 6.0, 4.5  #: of the sender's line
_NUMBER_SIZE = 5.0
_NUMBER = mm(2.6)  # of a label's height, for the number at its foot


def write_labels(
    pieces: Sequence[Piece],
    grid: Grid,
    fonts: Sequence[Font],
    target: Path,
    *,
    sender: Sender | None = None,
    start: int = 1,
    offset: Offset = ON_THE_MARK.front,
) -> Path:
    """Write as many sheets as it takes to `target`, in the order given, and return it.

    `start` is the first label that is still there on the first sheet, counted from 1 row by
    row. With a `sender` its address stands above each address in small type. `offset` is how
    far the printer prints off the mark, which is taken back. RenderError where a label has a
    finding: `findings` tells of all of them before. EnvironmentProblem where the file cannot
    be written.
    """
    faces = tuple(fonts)
    plain = font_for("plain", faces)
    out = BytesIO()
    canvas = open_canvas(out, grid.sheet, plain, f"Labels {grid.name}")
    page = Drawing(canvas, grid.sheet, face(plain))
    for sheet in in_sheets(pieces, grid, start):
        canvas.translate(*offset.correction)
        for box, piece in sheet:
            _draw(page, box, piece, sender, faces)
        canvas.showPage()
    canvas.save()
    write_whole(target, out.getvalue())
    return target


def in_sheets(
    pieces: Sequence[Piece], grid: Grid, start: int = 1
) -> Iterator[list[tuple[Box, Piece]]]:
    """Sheet by sheet: which label is whose."""
    waiting = iter(pieces)
    boxes = [*grid.boxes()][start - 1 :]
    while sheet := [*zip(boxes, islice(waiting, len(boxes)), strict=False)]:
        yield sheet
        boxes = [*grid.boxes()]


def findings(
    piece: Piece, grid: Grid, fonts: Sequence[Font], sender: Sender | None = None
) -> tuple[Finding, ...]:
    """What would be wrong with the piece's label; nothing is drawn."""
    address, back = _blocks(piece, next(grid.boxes()), sender, tuple(fonts))
    return (*address.findings, *back.findings)


def _blocks(
    piece: Piece, box: Box, sender: Sender | None, fonts: tuple[Font, ...]
) -> tuple[Block, Block]:
    """The address and the sender's line, each as it fits its part of the label."""
    room = Box(
        box.x + PADDING,
        box.y + PADDING,
        box.width - 2 * PADDING,
        box.height - PADDING - max(_NUMBER, PADDING),
    )
    if sender is None:
        return _fitted(piece.address_lines, room, fonts, LEAST_SIZE), Block()
    line = Box(room.x, room.y, room.width, RETURN_SIZE * 1.4)
    words = ", ".join(return_lines(piece, sender))
    back = _fitted((words,), line, fonts, LEAST_RETURN, RETURN_SIZE)
    below = Box(room.x, line.bottom, room.width, room.bottom - line.bottom)
    return _fitted(piece.address_lines, below, fonts, LEAST_SIZE), back


def _fitted(
    lines: Sequence[str], room: Box, fonts: tuple[Font, ...], least: float, size: float = 0.0
) -> Block:
    return fit_block(lines, room, fonts, size, least=least, place="label")


def _draw(
    page: Drawing, box: Box, piece: Piece, sender: Sender | None, fonts: tuple[Font, ...]
) -> None:
    address, back = _blocks(piece, box, sender, fonts)
    for finding in (*address.findings, *back.findings):
        where = f"piece {piece.number:04}, label"
        raise RenderError(finding.message, where=where, hint=finding.hint)
    top = box.y + PADDING
    if back.lines:
        draw_block(page.canvas, back, box.x + PADDING, top, page.page)
        top += RETURN_SIZE * 1.4
    foot = box.bottom - max(_NUMBER, PADDING)
    middle = top + (foot - top - address.height) / 2
    draw_block(page.canvas, address, box.x + PADDING, middle, page.page)
    number = f"{piece.number:04}"
    page.text(box.right - PADDING, box.bottom - mm(1.2), number, _NUMBER_SIZE, GREY, align=1)

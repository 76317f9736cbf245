"""The calibration sheet: two lines to measure on each side, and in words what to type then."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from mailroom.canvas import face, font_for, open_canvas
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.providers.calibration import MOST, ON_THE_MARK, Offsets
from mailroom.sheets.drawing import BLACK, GREY, Drawing
from mailroom.units import Size, mm

LINES = 30
"""Millimetres from the left and the top edge of the paper to the lines that are measured."""

_RULER = 45  # millimetres that the rulers are long, from each edge
_ROOMY = Size(mm(180), mm(200))  # for all the words; smaller ones get the fewest
_LEAST = mm(98)  # of its shorter side


def write_calibration_sheet(
    sheet: Size,
    printer: str,
    command: str,
    fonts: Sequence[Font],
    target: Path,
    *,
    offsets: Offsets = ON_THE_MARK,
    sides: Sequence[str] = ("front", "back"),
) -> Path:
    """Write the sides to `target` and return it; an envelope has but a front.

    `command` is what to type with the measurements, its numbers left out; without one it is a
    check: `offsets`, what was measured before, is taken back, and all should be on the mark.
    """
    out = BytesIO()
    font = font_for("plain", tuple(fonts))
    canvas = open_canvas(out, sheet, font, f"Calibration sheet {printer}")
    for side, name in enumerate(sides):
        right, up = offsets.of(side).correction
        canvas.translate(right, up)
        _draw_side(Drawing(canvas, sheet, face(font)), name, printer, command)
        canvas.showPage()
    canvas.save()
    write_whole(target, out.getvalue())
    return target


def has_room(sheet: Size) -> bool:
    """Is there any room for words on a sheet of this size?"""
    return min(sheet.width, sheet.height) >= _LEAST


def _is_roomy(sheet: Size) -> bool:
    return sheet.width >= _ROOMY.width and sheet.height >= _ROOMY.height


def _draw_side(page: Drawing, side: str, printer: str, command: str) -> None:
    page.canvas.setStrokeColor(BLACK)
    _draw_measured_lines(page)
    if not _is_roomy(page.page):
        _draw_few_words(page, printer, command)
        return
    _draw_rulers(page)
    for x in (mm(LINES), page.page.width - mm(LINES)):
        for y in (mm(LINES), page.page.height - mm(LINES)):
            _draw_cross(page, x, y)
    _draw_words(page, side, printer, command)


def _draw_measured_lines(page: Drawing) -> None:
    """A upright near the left edge, B level near the top: the only ones to be measured."""
    x = y = float(mm(LINES))
    roomy = _is_roomy(page.page)
    start, stop = mm(LINES + 12), mm(LINES + 12 if roomy else 10)
    page.line(x, start, x, page.page.height - stop, 0.4)
    page.line(start, y, page.page.width - stop, y, 0.4)
    page.text(x + mm(1.5) if roomy else x - mm(7), page.page.height / 2, "A", 22)
    page.text(page.page.width / 2, y + mm(8) if roomy else y - mm(2), "B", 22, align=0.5)


def _draw_rulers(page: Drawing) -> None:
    """Millimetres counted from every edge of the paper."""
    width, height = page.page.width, page.page.height
    low, right = height - mm(LINES + 26), width - mm(LINES + 25)
    for mark in range(1, _RULER + 1):
        tick = mm(4 if mark % 10 == 0 else 3 if mark % 5 == 0 else 1.8)
        at, label = float(mm(mark)), str(mark) if mark % 10 == 0 else ""
        for x in (at, width - at):
            page.line(x, low, x, low - tick, 0.25)
            page.text(x + mm(0.7), low - mm(3), label, 6.5, GREY)
        for y in (at, height - at):
            page.line(right, y, right + tick, y, 0.25)
            page.text(right + mm(2.6), y - mm(0.6), label, 6.5, GREY)


def _draw_cross(page: Drawing, x: float, y: float) -> None:
    arm = mm(6)
    page.line(x - arm, y, x + arm, y, 0.25)
    page.line(x, y - arm, x, y + arm, 0.25)
    page.canvas.circle(x, page.page.height - y, mm(3))


def _draw_words(page: Drawing, side: str, printer: str, command: str) -> None:
    left, top = mm(LINES + 16), float(mm(LINES + 20))
    width = page.page.width - left - mm(LINES + 34)
    page.text(left, top, side.capitalize(), 30)
    page.text(left, top + mm(7), f"Calibration sheet for {printer}", 10, GREY)
    y = top + float(mm(12))
    for number, step in enumerate(_steps(side), 1):
        page.text(left, y + 13.5, str(number), 10)
        y = page.paragraph(left + mm(6), y, step, width - mm(6), 10) + mm(2.5)
    y += mm(3)
    for label in (f"A - {LINES}.0  =", f"B - {LINES}.0  ="):
        page.text(left + mm(6), y + mm(6), label, 12)
        page.line(left + mm(30), y + mm(7), left + mm(56), y + mm(7), 0.5)
        y += mm(10)
    told = "When both sides are measured, type:" if command else _CHECKED
    y = page.paragraph(left, y + mm(4), told, width, 10)
    y = page.paragraph(left, y + mm(1), command, width, 10)
    _draw_check(page, left, y + mm(8), width)


_CHECKED = (
    "This sheet was printed with what is remembered taken back: both should be 0. If they are "
    "not, add them to what is remembered and type that."
)


def _steps(side: str) -> tuple[str, ...]:
    seen = {
        "front": "Print at 100%, not fitted to the page. Lay this side before you, head up.",
        "back": "Turn the sheet over, this side before you, head up. Measure it by itself.",
    }[side]
    return (
        seen,
        "Lay a ruler on the paper, its zero on the left edge. How many millimetres is line A from "
        "the edge of the paper, to a tenth or two?",
        "The same from the top edge of the paper to line B.",
        f"Take {LINES} from each. The first number says how far the print lies too far right, the "
        "second how far it lies too far down; a minus says left and up.",
    )


def _draw_few_words(page: Drawing, printer: str, command: str) -> None:
    """For an envelope: the same in three sentences, no rulers and no crosses."""
    left, y = mm(LINES + 6), float(mm(LINES + 10))
    width = page.page.width - left - mm(10)
    page.text(left, y, f"Calibration sheet for {printer}", 9, GREY)
    told = (
        f"How many millimetres are line A from the left edge and line B from the top edge? Take "
        f"{LINES} from each: so far the print lies too far right, and too far down."
    )
    y = page.paragraph(left, y + mm(1), told, width, 9)
    y = page.paragraph(left, y + mm(2), "Then type:" if command else _CHECKED, width, 9)
    page.paragraph(left, y + mm(0.5), command, width, 9)


def _draw_check(page: Drawing, left: float, y: float, width: float) -> None:
    span = (page.page.width - 2 * mm(LINES)) / mm(1)
    page.paragraph(
        left,
        y,
        f"From cross to cross it is {span:.1f} mm across. If you measure anything else, the "
        "printer scales: switch that off and print this sheet anew. More than "
        f"{MOST:g} mm off is no matter of measuring: the paper lies wrong. The first mark of a "
        "ruler that is printed tells how wide an edge the printer leaves blank. Held against the "
        "light the crosses of both sides cover each other once all is on the mark.",
        width,
        8.5,
        GREY,
    )

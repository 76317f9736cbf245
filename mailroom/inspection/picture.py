"""The offences marked in red on their pages, with the numbers they have in the list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mailroom.inspection.document import Document
from mailroom.inspection.inspect import Report
from mailroom.inspection.leaf import Leaf, Tools
from mailroom.inspection.raster import Raster
from mailroom.units import Box

_DPI = 110
_MOST = 12  # pages on a picture; more are too small to be looked at
_GAP, _CAPTION = 28, 30  # pixels
_RED, _TRIM, _DESK, _INK = (214, 0, 28), (0, 140, 190), (236, 236, 236), (60, 60, 60)
_LEAST = 10  # pixels a mark has at least, so that a hairline's is seen
_MOST_MARKS = 60  # on a page, of one offence


def paint(report: Report, target: Path) -> int:
    """Write the pages with offences to `target` as PNG, and return how many are on it.

    A file without offences shows its first pages with the trim drawn round. 0: nothing could be
    drawn, and nothing is written.
    """
    from PIL import Image

    pages = sorted({each.first.page for each in report.complaints if each.first.page})
    pages = (pages or list(report.looked_at))[:_MOST]
    if not pages:
        return 0
    with Document(report.path) as document:
        drawn = [_page(document, report, page) for page in pages]
    columns = 1 if len(drawn) == 1 else 2 if len(drawn) < 5 else 3
    width, height = max(d.width for d in drawn), max(d.height for d in drawn)
    rows = -(-len(drawn) // columns)
    size = (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _DESK)
    for place, picture in enumerate(drawn):
        row, column = divmod(place, columns)
        sheet.paste(picture, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    sheet.save(target, "PNG", optimize=True)
    return len(drawn)


def _page(document: Document, report: Report, number: int) -> Any:
    """A page with its caption; what is wrong with the whole file is not marked."""
    from PIL import Image, ImageDraw

    with Leaf(document, number, report.wanted, Tools()) as leaf:
        raster, trim = leaf.drawn(_DPI), leaf.trim
    page = raster.image
    pen = ImageDraw.Draw(page)
    _outline(pen, raster, trim, _TRIM, 1)
    for complaint in report.complaints:
        _mark(pen, raster, complaint.number, complaint.boxes(number))
    captioned = Image.new("RGB", (page.width, page.height + _CAPTION), _DESK)
    captioned.paste(page, (0, _CAPTION))
    caption = f"page {number}, the trim in blue"
    ImageDraw.Draw(captioned).text((0, 6), caption, fill=_INK, font=_font(15))
    return captioned


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _outline(pen: Any, raster: Raster, box: Box, colour: tuple[int, int, int], width: int) -> None:
    left, top, right, bottom = raster.pixels(box)
    if right > left and bottom > top:  # else it lies outside of the sheet, and a rule says so
        pen.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=width)


def _mark(pen: Any, raster: Raster, number: int, boxes: Sequence[Box]) -> None:
    """A red frame around each place, and the number in a red flag at the first."""
    places = [_frame(raster, box) for box in _merged(boxes)[:_MOST_MARKS]]
    for place in places:
        pen.rectangle(place, outline=_RED, width=3)
    if not places:
        return
    left, top = places[0][:2]
    label = str(number)
    wide = 10 + 10 * len(label)
    x = min(max(left, 0), raster.image.width - wide)
    y = top - 20 if top >= 20 else top
    pen.rectangle((x, y, x + wide, y + 20), fill=_RED)
    pen.text((x + 5, y + 1), label, fill="white", font=_font(16))


def _frame(raster: Raster, box: Box) -> tuple[int, int, int, int]:
    left, top, right, bottom = raster.pixels(box.inset(-1))
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    grow_x, grow_y = max(0, _LEAST - (right - left)) // 2, max(0, _LEAST - (bottom - top)) // 2
    return left - grow_x, top - grow_y, right - 1 + grow_x, bottom - 1 + grow_y


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """Places that lie in one another are marked once."""
    found: list[Box] = []
    for box in sorted(boxes, key=lambda each: -each.width * each.height):
        if not any(other.contains(box, 2.0) for other in found):
            found.append(box)
    return found

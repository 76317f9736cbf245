"""Where the panels of a folded card lie on its sheet: positions as data, no PDF in sight.

Boxes are measured from the top left corner of the *sheet* here, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.errors import ConfigError
from mailroom.formats import SHEETS, Format
from mailroom.units import Box, Size, mm

#: The panels of a sheet's two sides, by fold: from left to right, of a tent from the top, as
#: the flat card is read.
SIDES = {
    "side": (("outside", ("back", "front")), ("inside", ("inside-left", "inside-right"))),
    "tent": (("outside", ("back", "front")), ("inside", ("inside-top", "inside-bottom"))),
}

MARK_GAP = mm(3)  #: between the bleed and a mark
MARK_LENGTH = mm(5)
MARK_WEIGHT = 0.25  #: points; the thinnest line that prints on any device


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One page of the piece on a side of the sheet."""

    page: int  #: index into `Format.pages`
    box: Box  #: its trim
    shown: Box  #: its trim and bleed, cut at the fold: art of one never covers the other
    turned: bool = False  #: upside down on the sheet


@dataclass(frozen=True, kw_only=True)
class Line:
    """A mark, from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    fold: bool = False  #: dashed: fold here; else cut here


@dataclass(frozen=True, kw_only=True)
class Side:
    """What is printed on one side of the sheet."""

    name: str  #: "outside" or "inside"
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True)
class Imposition:
    """A sheet with the flat, unfolded card in its middle."""

    sheet: Size
    flat: Box  #: the card unfolded, trimmed
    bleed: Box  #: the flat card with its bleed
    sides: tuple[Side, ...]
    marks: tuple[Line, ...]  #: the same on both sides
    number: tuple[float, float]  #: where the sequence number's first letter stands


def impose(fmt: Format) -> Imposition:
    """Set out the four panels of a folded card on a duplex sheet: landscape, for a tent upright.

    The back of a panel is where the sheet turned over puts it: turned over its short edge
    both sides stand upright, turned over its long edge the inside stands upside down. The
    back of a tent hangs down behind its front, so that flat it lies above it, upside down.
    ConfigError where the sheet is too small for card, bleed and marks.
    """
    width, height = fmt.spread.width, fmt.spread.height
    sheet = lying(SHEETS[fmt.sheet].size, fmt)
    flat = Box((sheet.width - width) / 2, (sheet.height - height) / 2, width, height)
    bleed = flat.inset(-fmt.bleed)
    _check_room(fmt, sheet, bleed)
    return Imposition(
        sheet=sheet,
        flat=flat,
        bleed=bleed,
        sides=tuple(_side(fmt, flat, name, pages) for name, pages in SIDES[fmt.fold]),
        marks=(*_crop_marks(flat, bleed), *_fold_marks(fmt, flat, bleed)),
        number=(flat.x + mm(4), bleed.bottom + MARK_GAP + MARK_LENGTH),
    )


def lying(sheet: Size, fmt: Format) -> Size:
    """The sheet as the unfolded card lies on it: landscape, for a tent upright."""
    wide = sheet if sheet.width >= sheet.height else sheet.rotated()
    return wide.rotated() if fmt.fold == "tent" else wide


def _check_room(fmt: Format, sheet: Size, bleed: Box) -> None:
    around = MARK_GAP + MARK_LENGTH
    if bleed.x < around or bleed.y < around:
        needs = Size(bleed.width + 2 * around, bleed.height + 2 * around).in_mm()
        raise ConfigError(
            f"the sheet {fmt.sheet} is {sheet.in_mm()}, the card with its marks needs {needs}",
            where=f"format {fmt.name}",
            hint="name a larger sheet in mailroom/formats.toml",
        )


def _side(fmt: Format, flat: Box, name: str, pages: tuple[str, ...]) -> Side:
    turned = name == "inside" and fmt.sides == "two-sided-long-edge"
    return Side(name=name, panels=panels_of(fmt, flat, pages, turned=turned))


def panels_of(
    fmt: Format, flat: Box, pages: Sequence[str], *, turned: bool = False
) -> tuple[Panel, ...]:
    """The two panels of a side of the unfolded card, which lies at `flat`; `turned` by 180 degrees.

    `pages` are in the order of SIDES.
    """
    order = tuple(reversed(pages)) if turned else pages
    return tuple(_panel(fmt, flat, place, page, turned) for place, page in enumerate(order))


def _panel(fmt: Format, flat: Box, place: int, page: str, turned: bool) -> Panel:
    """The first or second panel of a side; its bleed ends at the fold."""
    bleed, trim = float(fmt.bleed), fmt.trim
    outer = bleed if place == 0 else 0.0
    if fmt.fold == "tent":
        box = Box(flat.x, flat.y + place * trim.height, trim.width, trim.height)
        shown = Box(box.x - bleed, box.y - outer, box.width + 2 * bleed, box.height + bleed)
        turned = turned != (page == "back")
    else:
        box = Box(flat.x + place * trim.width, flat.y, trim.width, trim.height)
        shown = Box(box.x - outer, box.y - bleed, box.width + bleed, box.height + 2 * bleed)
    return Panel(page=fmt.pages.index(page), box=box, shown=shown, turned=turned)


def _crop_marks(flat: Box, bleed: Box) -> tuple[Line, ...]:
    """Two at each corner, outside the bleed."""
    return (
        *(_upright(x, bleed) for x in (flat.x, flat.right)),
        *(_upright(x, bleed, below=True) for x in (flat.x, flat.right)),
        *(_level(y, bleed) for y in (flat.y, flat.bottom)),
        *(_level(y, bleed, right=True) for y in (flat.y, flat.bottom)),
    )


def _fold_marks(fmt: Format, flat: Box, bleed: Box) -> tuple[Line, ...]:
    """One at each end of the fold, outside the bleed."""
    if fmt.fold == "tent":
        y = flat.y + flat.height / 2
        return _level(y, bleed, fold=True), _level(y, bleed, right=True, fold=True)
    x = flat.x + flat.width / 2
    return _upright(x, bleed, fold=True), _upright(x, bleed, below=True, fold=True)


def _upright(x: float, bleed: Box, *, below: bool = False, fold: bool = False) -> Line:
    near, away = (bleed.bottom, 1) if below else (bleed.y, -1)
    start = near + away * MARK_GAP
    return Line(x1=x, y1=start, x2=x, y2=start + away * MARK_LENGTH, fold=fold)


def _level(y: float, bleed: Box, *, right: bool = False, fold: bool = False) -> Line:
    near, away = (bleed.right, 1) if right else (bleed.x, -1)
    start = near + away * MARK_GAP
    return Line(x1=start, y1=y, x2=start + away * MARK_LENGTH, y2=y, fold=fold)

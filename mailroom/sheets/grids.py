"""GRIDS: sheets of labels, as data; adding one is adding a row.

Millimetres from the sheet's top left corner, upright. Confidence: high where two tables
agree, medium where there is one or a part of it is inferred; in all of them the arithmetic
closes: the grid is in the middle of the sheet. Label sheets are themselves cut and printed with
a tolerance of about a millimetre, so print one sheet on plain paper and hold it against them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.errors import ConfigError
from mailroom.formats import A4, US_LETTER
from mailroom.units import Box, Size, mm

HIGH, MEDIUM = "high", "medium"

_ISO = "A4 grids of the Inkscape label guides (J. Beard, 2018)"
_ISO_TWICE = f"{_ISO}; a second table of A4 sheets agrees to 0.05 mm"
_US = "gLabels' templates for US Letter; the CSV of A. Madsen agrees"
_US_AVERY = f"{_US}; so does Avery's own PDF template (U-0090-01)"
_US_ONCE = "trade listings: size and count; margins as of its neighbour 5163"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A sheet of equal labels."""

    name: str
    title: str
    sheet: Size
    columns: int
    rows: int
    label: Size
    left: float  #: of the first label, points
    top: float
    across: float  #: from one label's left edge to the next one's
    down: float  #: from one label's top edge to the next one's
    source: str
    confidence: str = HIGH

    @property
    def labels(self) -> int:
        """How many are on a sheet."""
        return self.columns * self.rows

    def boxes(self) -> Iterator[Box]:
        """The labels, row by row, from the top left."""
        for row in range(self.rows):
            for column in range(self.columns):
                x, y = self.left + column * self.across, self.top + row * self.down
                yield Box(x, y, self.label.width, self.label.height)


def _a4(
    number: str, per_sheet: tuple[int, int], label: tuple[float, float],
    first: tuple[float, float], pitch: tuple[float, float], source: str = _ISO,
) -> Grid:  # fmt: skip
    """A row in millimetres."""
    return Grid(
        name=f"avery-{number.lower()}",
        title=f"Avery {number}, A4, {label[0]:g} x {label[1]:g} mm",
        sheet=A4,
        columns=per_sheet[0],
        rows=per_sheet[1],
        label=Size(mm(label[0]), mm(label[1])),
        left=mm(first[0]),
        top=mm(first[1]),
        across=mm(pitch[0]),
        down=mm(pitch[1]),
        source=source,
        confidence=MEDIUM if source == _ISO else HIGH,
    )


def _letter(
    number: str, words: str, per_sheet: tuple[int, int], label: tuple[float, float],
    first: tuple[float, float], pitch: tuple[float, float], source: str = _US,
) -> Grid:  # fmt: skip
    """A row in inches."""
    return Grid(
        name=f"avery-{number}",
        title=f"Avery {number}, US Letter, {words} in",
        sheet=US_LETTER,
        columns=per_sheet[0],
        rows=per_sheet[1],
        label=Size(label[0] * 72, label[1] * 72),
        left=first[0] * 72,
        top=first[1] * 72,
        across=pitch[0] * 72,
        down=pitch[1] * 72,
        source=source,
        confidence=MEDIUM if source == _US_ONCE else HIGH,
    )


GRIDS = {
    grid.name: grid
    for grid in (
        _a4("L7159", (3, 8), (63.5, 33.9), (7.25, 12.9), (66, 33.9)),
        _a4("L7160", (3, 7), (63.5, 38.1), (7.25, 15.15), (66, 38.1), _ISO_TWICE),
        _a4("L7161", (3, 6), (63.5, 46.6), (7.25, 8.7), (66, 46.6)),
        _a4("L7162", (2, 8), (99.1, 33.9), (4.65, 12.9), (101.6, 33.9)),
        _a4("L7163", (2, 7), (99.1, 38.1), (4.65, 15.15), (101.6, 38.1), _ISO_TWICE),
        _a4("L7164", (3, 4), (63.5, 72), (7.25, 4.5), (66, 72)),
        _a4("L7165", (2, 4), (99.1, 67.7), (4.65, 13.1), (101.6, 67.7), _ISO_TWICE),
        _a4("L7166", (2, 3), (99.1, 93.1), (4.65, 8.85), (101.6, 93.1)),
        _a4("L7173", (2, 5), (99.1, 57), (4.65, 6), (101.6, 57)),
        # 5160's column gap is given as 1/8 and as 5/32 in; the middle column is the same.
        _letter("5160", "1 x 2 5/8", (3, 10), (2.625, 1), (0.1875, 0.5), (2.75, 1)),
        _letter("5161", "1 x 4", (2, 10), (4, 1), (0.15625, 0.5), (4.1875, 1)),
        _letter("5162", "1 1/3 x 4", (2, 7), (4, 4 / 3), (0.15625, 5 / 6), (4.1875, 4 / 3)),
        _letter("5163", "2 x 4", (2, 5), (4, 2), (0.15625, 0.5), (4.1875, 2), _US_AVERY),
        _letter(
            "5164", "3 1/3 x 4", (2, 3), (4, 10 / 3), (0.15625, 0.5), (4.1875, 10 / 3), _US_ONCE
        ),
    )
}

_SAME = {
    "8160": "5160", "5260": "5160", "8161": "5161", "8162": "5162", "8163": "5163",
    "j8160": "l7160", "j8163": "l7163", "j8165": "l7165",
}  # fmt: skip
"""Sheets with another number and the same grid: for ink jets, or in packs of another size."""


def grid_named(name: str) -> Grid:
    """The grid of that name or number, however it is spelled; ConfigError lists what there is."""
    plain = name.lower().removeprefix("avery").lstrip(" -")
    found = GRIDS.get(f"avery-{_SAME.get(plain, plain)}")
    if found is None:
        hint = f"use one of: {', '.join(GRIDS)}"
        raise ConfigError(f"there is no grid of labels {name!r}", hint=hint)
    return found

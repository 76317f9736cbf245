"""Four-state postal barcodes: found in the raster of a page and measured there.

The Intelligent Mail barcode is measured by USPS-B-3200 (2.4 and 3): 65 bars, 20 to 24 an inch,
0.015 to 0.025 in wide; trackers 0.039 to 0.057 in, full bars 0.125 to 0.165 in high; clear of ink
0.125 in left and right, 0.028 in above and below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mailroom.inspection.raster import Raster
from mailroom.units import Box, inch

MEASURE_DPI = 600
BARS = 65
CLEAR = inch(0.125), inch(0.028)  #: left and right, above and below
_DARK = re.compile(rb"\x01+")
_PITCH = 1 / 26, 1 / 17  # in; further than allowed, so that what is out of tolerance is found
_MOST_WIDE = 0.035  # in
_FEWEST, _MOST = 60, 80
_TALLEST = 0.25  # in
_STEP = 5  # pixels; a tracker is 12 high at 300 dpi
_INK = 110  # of 255: darker than this from white is a bar


class Bars(NamedTuple):
    """A barcode as it stands on the page; lengths in inches."""

    box: Box
    states: str  #: F full, A with ascender, D with descender, T tracker; from the left or the top
    pitch: float  #: bars an inch
    narrowest: float
    widest: float
    tracker: float
    height: float  #: from the lowest foot to the highest head
    disturbed: Box | None  #: ink in its clear zone


def rows_of_bars(raster: Raster) -> Iterator[Box]:
    """Where barcodes of about 65 bars stand upright, in a picture of 300 dpi or so."""
    ink = _binary(raster.image)
    width, height = ink.size
    data = ink.tobytes()
    seen: list[list[int]] = []
    dpi = raster.scale * 72
    for y in range(0, height, _STEP):
        row = data[y * width : (y + 1) * width]
        for left, right in _combs(row, dpi):
            for place in seen:
                if y - place[1] <= 2 * _STEP and _near(place[2:], (left, right)):
                    place[1] = y
                    break
            else:
                seen.append([y, y, left, right])
    for top, bottom, left, right in seen:
        yield raster.box((left, top, right, bottom + 1))


def _near(one: list[int], other: tuple[int, int]) -> bool:
    return all(abs(a - b) < 8 for a, b in zip(one, other, strict=True))


def _binary(image: Any) -> Any:
    return image.point(lambda light: 1 if light < 255 - _INK else 0)


def _combs(row: bytes, dpi: float) -> Iterator[tuple[int, int]]:
    """Runs of thin bars at an even pitch: where each begins and ends."""
    if row.count(b"\x00\x01") < _FEWEST - 1:
        return
    least, most = _PITCH[0] * dpi - 1, _PITCH[1] * dpi + 1
    comb: list[tuple[int, int]] = []
    for dark in (*_DARK.finditer(row), None):
        if dark and dark.end() - dark.start() <= _MOST_WIDE * dpi + 1:
            if comb and least <= dark.start() - comb[-1][0] <= most:
                comb.append(dark.span())
                continue
            nxt = [dark.span()]
        else:
            nxt = []
        if _FEWEST <= len(comb) <= _MOST:
            yield comb[0][0], comb[-1][1]
        comb = nxt


def measured(raster: Raster, place: Box) -> Bars | None:
    """Measure the barcode around `place` in a picture of MEASURE_DPI; None where there is none."""
    dpi = raster.scale * 72
    binary = _binary(raster.image)
    left, top, right, bottom = raster.pixels(place)
    level = (top + bottom) // 2
    row = binary.crop((0, level, binary.width, level + 1)).tobytes()
    near = [m.span() for m in _DARK.finditer(row)]
    bars = [span for span in near if left - 12 <= span[0] and span[1] <= right + 12]
    if not _FEWEST <= len(bars) <= _MOST:
        return None
    ends = [_ends(binary, bar, level, round(_TALLEST * dpi)) for bar in bars]
    head, foot = min(e[0] for e in ends), max(e[1] for e in ends)
    high, low = max(e[0] for e in ends), min(e[1] for e in ends)
    near_head, near_foot = (head + high) / 2, (foot + low) / 2
    states = "".join("TADF"[(top < near_head) + 2 * (bottom > near_foot)] for top, bottom in ends)
    widths = [end - start for start, end in bars]
    span = (bars[-1][0] - bars[0][0]) / (len(bars) - 1)
    box = raster.box((bars[0][0], head, bars[-1][1], foot))
    return Bars(
        box=box,
        states=states,
        pitch=dpi / span,
        narrowest=min(widths) / dpi,
        widest=max(widths) / dpi,
        tracker=(low - high) / dpi,
        height=(foot - head) / dpi,
        disturbed=_disturbed(raster, box),
    )


def _ends(binary: Any, bar: tuple[int, int], level: int, reach: int) -> tuple[int, int]:
    """Head and foot of a bar, followed up and down its middle."""
    middle = (bar[0] + bar[1]) // 2
    top = max(0, level - reach)
    column = binary.crop((middle, top, middle + 1, min(binary.height, level + reach))).tobytes()
    at = level - top
    head = column.rfind(b"\x00", 0, at) + 1
    foot = column.find(b"\x00", at)
    return top + head, top + (len(column) if foot < 0 else foot)


def _disturbed(raster: Raster, box: Box) -> Box | None:
    """Ink in the clear zone; a pixel on either side may be the barcode's own."""
    across, up = CLEAR
    pixel = 1 / raster.scale
    zone = Box(box.x - across, box.y - up, box.width + 2 * across, box.height + 2 * up)
    return raster.inked(zone.inset(pixel), (box.inset(-2 * pixel),))

"""QR and Data Matrix symbols that are on a page, read back as a scanner reads them.

Quiet zones: ISO/IEC 18004 (QR) 6.3.8 wants 4 modules, ISO/IEC 16022 (Data Matrix) 7.1 wants 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from mailroom.inspection.raster import Raster
from mailroom.units import Box

QUIET = {"QR Code": 4, "Data Matrix": 1}  #: modules
_CONTRAST = 64  #: of 255; what is nearer than this to the paper around a symbol disturbs nobody


class Symbol(NamedTuple):
    """A symbol and what a reader makes of it."""

    kind: str
    text: str  #: empty where it is not readable
    error: str  #: what the reader says where it is not
    box: Box
    module: float  #: points; 0 where it is not known
    quiet: float  #: modules that are free on its worst side; counted up to what is wanted


def symbols_of(raster: Raster) -> tuple[Symbol, ...]:
    """Every symbol in the picture, those that nobody can read, too."""
    import zxingcpp

    gray = raster.image
    formats = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix)
    found = zxingcpp.read_barcodes(
        gray,
        formats=formats,  # type: ignore[arg-type]  # several are joined by `|` or by a tuple
        return_errors=True,
    )
    good = [_symbol(each, raster, gray) for each in found if each.valid]
    return (*good, *_unreadable(found, raster, gray, good))


def _unreadable(
    found: list[Any], raster: Raster, gray: Any, good: list[Symbol]
) -> Iterator[Symbol]:
    """Symbols that are damaged, each once.

    Of a QR code that has lost a corner the reader takes the other two for a Micro QR code each;
    one alone may be any square in a square.
    """
    bad = [each for each in found if not each.valid]
    micro = [each for each in bad if "Micro" in str(each.format)]
    told = [each for each in bad if each not in micro and _has_rim(gray, each)]
    told += micro if len(micro) > 1 else []
    seen = [symbol.box for symbol in good]
    for each in told:
        symbol = _symbol(each, raster, gray)
        if not any(symbol.box.overlaps(box) for box in seen):
            seen.append(symbol.box)
            yield symbol


def _has_rim(gray: Any, found: Any) -> bool:
    """A Data Matrix has two solid sides (ISO/IEC 16022, 7.1.1); twigs in a drawing do not."""
    if "QR" in str(found.format):
        return True
    place = found.position
    corner = place.bottom_left
    return all(
        _solid(gray, (corner.x, corner.y), (end.x, end.y))
        for end in (place.top_left, place.bottom_right)
    )


def _solid(gray: Any, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Are nearly all points dark that lie a little inwards of a side?"""
    steps = 40
    dark = 0
    for step in range(steps):
        x = start[0] + (end[0] - start[0]) * step / steps
        y = start[1] + (end[1] - start[1]) * step / steps
        near = gray.crop((round(x) - 3, round(y) - 3, round(x) + 4, round(y) + 4))
        dark += near.getextrema()[0] < 128
    return dark >= 0.95 * steps


def _symbol(found: Any, raster: Raster, gray: Any) -> Symbol:
    kind = "QR Code" if "QR" in str(found.format) else "Data Matrix"
    place = found.position
    ends = [place.top_left, place.top_right, place.bottom_right, place.bottom_left]
    xs, ys = [end.x for end in ends], [end.y for end in ends]
    edges = (min(xs), min(ys), max(xs), max(ys))
    side = math.dist((ends[0].x, ends[0].y), (ends[1].x, ends[1].y))
    modules = _modules(str(found.extra.get("Version", ""))) if found.valid else 0
    size = side / modules if modules else 0.0
    upright = abs(ends[0].y - ends[1].y) <= 2 or abs(ends[0].x - ends[1].x) <= 2
    wanted = QUIET[kind]
    quiet = _quiet(gray, edges, size, wanted) if size and upright else float(wanted)
    error = "" if found.valid else "its error correction is not enough"
    text = found.text if found.valid else ""
    return Symbol(kind, text, error, raster.box(edges), size / raster.scale, quiet)


def _modules(version: str) -> int:
    """Along the top: `2` of a QR code (ISO/IEC 18004, 5.1), `20x20` of a Data Matrix."""
    if version.isdigit():
        return 17 + 4 * int(version)
    _, _, columns = version.partition("x")
    return int(columns) if columns.isdigit() else 0


def _quiet(gray: Any, edges: tuple[int, int, int, int], module: float, wanted: int) -> float:
    """How many modules around a symbol are as light as paper, on its worst side."""
    left, top, right, bottom = edges
    steps = range(2, math.ceil(wanted * module))  # the reader is a pixel off now and then
    sides = (
        [gray.crop((left - step - 1, top, left - step, bottom)) for step in steps],
        [gray.crop((right + step, top, right + step + 1, bottom)) for step in steps],
        [gray.crop((left, top - step - 1, right, top - step)) for step in steps],
        [gray.crop((left, bottom + step, right, bottom + step + 1)) for step in steps],
    )
    free = min(_free(lines) for lines in sides)
    return float(wanted) if free >= len(steps) else (free + steps.start) / module


def _free(lines: list[Any]) -> int:
    """Lines of pixels outwards until one has a dark pixel in it."""
    paper = max((line.getextrema()[1] for line in lines[:2]), default=255)
    dark = (n for n, line in enumerate(lines) if paper - line.getextrema()[0] > _CONTRAST)
    return next(dark, len(lines))

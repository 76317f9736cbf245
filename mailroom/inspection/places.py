"""Rules for where ink is: the bleed, the zones of others, the window of the envelope."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.raster import FAINT, Raster
from mailroom.inspection.soundness import edges
from mailroom.inspection.wanted import millimetres
from mailroom.units import Box, mm

_INSIDE = mm(0.4)  # art that ends nearer than this to the trim was to reach it
_LAST = mm(0.35)  # of the bleed; its last row of pixels may be half a pixel
_LEAST = mm(1.0)  # along the edge; less is the end of a stroke
_SIDES = ("left", "bottom", "right", "top")


def bleed_inked(leaf: Leaf) -> Iterator[Fault]:
    """Art that touches the trim must go on to the end of the bleed; a white page is fine."""
    if not leaf.wanted.bleed or not leaf.boxes.trim or min(edges(leaf.boxes)) < 0:
        return  # other rules tell that nobody knows where it is cut
    for side, reach in zip(_SIDES, edges(leaf.boxes), strict=True):
        bare = list(_bare(leaf, side, min(max(reach, 0.0), leaf.wanted.bleed)))
        if bare:
            message = f"art ends at the {side} edge and does not go on to the end of the bleed"
            hint = f"draw it {millimetres(leaf.wanted.bleed)} beyond the trim"
            yield Fault(message=message, hint=hint, boxes=tuple(bare))


def _bare(leaf: Leaf, side: str, reach: float) -> Iterator[Box]:
    """Stretches of an edge with ink within the trim and none at the end of the bleed."""
    raster = leaf.edges
    pixel = 1 / raster.scale
    inside = _inked(raster, _strip(leaf.trim, side, -_INSIDE, pixel))
    depth = reach - _LAST
    outside = b""
    if depth > 0:
        outside = _inked(raster, _strip(leaf.trim, side, depth, pixel))
    slack = max(1, round((reach + _INSIDE) * raster.scale))  # art may run to the edge aslant
    start = 0
    for inked, run in groupby(inside):
        end = start + len(list(run))
        goes_on = b"\x01" in outside[max(0, start - slack) : end + slack]
        if inked and not goes_on:
            length = (end - start) * pixel
            if length >= _LEAST:
                yield _stretch(leaf.trim, side, start * pixel, length, reach)
        elif inked:
            yield from _gaps(leaf, side, (start, end), outside, (pixel, reach, slack))
        start = end


def _gaps(
    leaf: Leaf, side: str, run: tuple[int, int], outside: bytes, measures: tuple[float, float, int]
) -> Iterator[Box]:
    """Within art that goes on somewhere: where it does not."""
    pixel, reach, slack = measures
    least = round(_LEAST / pixel)
    at = run[0]
    for inked, part in groupby(outside[run[0] : run[1]]):
        end = at + len(list(part))
        if not inked:
            first = at if at == run[0] else at + slack
            last = end if end == run[1] else end - slack
            open_ends = (at == run[0]) + (end == run[1])
            if last - first >= (least if not open_ends else least + slack):
                yield _stretch(leaf.trim, side, first * pixel, (last - first) * pixel, reach)
        at = end


def _strip(trim: Box, side: str, beyond: float, thick: float) -> Box:
    """A line of pixels along an edge, so far beyond it, or within it."""
    if side in ("left", "right"):
        x = -beyond - thick / 2 if side == "left" else trim.width + beyond - thick / 2
        return Box(x, 0, thick, trim.height)
    y = -beyond - thick / 2 if side == "top" else trim.height + beyond - thick / 2
    return Box(0, y, trim.width, thick)


def _inked(raster: Raster, strip: Box) -> bytes:
    """One byte a pixel along the strip: 1 where there is ink."""
    dark: Any = raster.darkness(strip)
    if dark is None:
        return b""
    upright = dark.height > dark.width
    line = dark.resize((1, dark.height) if upright else (dark.width, 1))
    found: bytes = line.point(lambda ink: 1 if ink > FAINT else 0).tobytes()
    return found


def _stretch(trim: Box, side: str, start: float, length: float, reach: float) -> Box:
    """What is to be mended: from the trim to the end of the bleed, and a little inwards."""
    depth, rim = max(reach, mm(1)), mm(0.5)
    if side in ("left", "right"):
        x = -depth if side == "left" else trim.width - rim
        return Box(x, start, depth + rim, length)
    y = -depth if side == "top" else trim.height - rim
    return Box(start, y, length, depth + rim)


def ink_free(leaf: Leaf) -> Iterator[Fault]:
    """Not the faintest tint where the provider prints its address block or scan code."""
    for name, box in leaf.wanted.ink_free(leaf.number):
        found = leaf.edges.inked(box)
        if found:
            message = f"ink where the {name} is printed ({box.in_mm()})"
            yield _zone_fault(leaf, message, (found,))


def _zone_fault(leaf: Leaf, message: str, boxes: tuple[Box, ...]) -> Fault:
    """Sheets of one size may be other things, too: only what was named is held to its zones."""
    return Fault(message=message, boxes=boxes, grave=None if leaf.wanted.named else False)


def window(leaf: Leaf) -> Iterator[Fault]:
    """The tap test: the sheet slips in its envelope, and only the address may show.

    A line that begins in the address zone and leaves it is `address_whole`'s.
    """
    fmt = leaf.wanted.format
    if not fmt or not fmt.address_zone or not fmt.clear_zone or not _is_first(leaf):
        return
    address = (fmt.address_zone, *(line.inset(-1) for line in _cut(leaf, fmt.address_zone)))
    found = leaf.edges.inked(fmt.clear_zone, address)
    if found:
        zone = fmt.address_zone.in_mm()
        message = f"ink beside the address ({zone}) shows in the window when the sheet slips"
        yield _zone_fault(leaf, message, (found,))


def address_whole(leaf: Leaf) -> Iterator[Fault]:
    """A line that reaches out of the address zone is cut by the window's edge."""
    fmt = leaf.wanted.format
    if not fmt or not fmt.address_zone or not _is_first(leaf):
        return
    cut = _cut(leaf, fmt.address_zone)
    if cut:
        message = f"text reaches out of the address zone ({fmt.address_zone.in_mm()})"
        yield _zone_fault(leaf, message, cut)


def _is_first(leaf: Leaf) -> bool:
    """Only the first page of a letter lies behind the window."""
    fmt = leaf.wanted.format
    return bool(fmt) and leaf.wanted.page_name(leaf.number) == (fmt.pages[0] if fmt else "")


def _cut(leaf: Leaf, zone: Box) -> tuple[Box, ...]:
    """Lines of text that lie partly in the zone."""
    return tuple(
        line.box
        for line in leaf.lines
        if zone.overlaps(line.box, 1.0) and not zone.contains(line.box, 1.0)
    )

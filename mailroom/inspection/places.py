"""Rules for where ink is: the bleed, the zones of others, the window of the envelope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.raster import FAINT, Raster
from mailroom.inspection.soundness import edges
from mailroom.inspection.wanted import millimetres
from mailroom.units import Box, mm

_INSIDE = mm(0.4)  # art that ends nearer than this to the trim was to reach it
_LAST = mm(0.35)  # of the bleed; its last row of pixels may be half a pixel
_AT_TRIM = mm(0.6)  # beyond the trim; a cut is rarely more exact
_LEAST_ALONE = mm(1.0)  # of the flat end of something, at the trim
_LEAST = mm(2.5)  # of an edge along the trim
_LEAST_BEYOND = mm(5.0)  # of an edge in the bleed; a shape that ends there by itself is shorter
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
    """Stretches where art ends along the trim, within it by a hair or in the middle of the bleed.

    A leaf that crosses the trim and ends in the bleed has no edge along the trim.
    """
    raster = leaf.edges
    pixel = 1 / raster.scale
    depths = _depths(raster, _band(leaf.trim, side, max(reach - _LAST, pixel)), side)
    for start, end in _flat(depths):
        length = (end - start) * pixel
        alone = not any(depths[max(start - 1, 0) : start]) and not any(depths[end : end + 1])
        near = depths[start] * pixel - _INSIDE <= _AT_TRIM
        if length >= (_LEAST_BEYOND if not near else _LEAST_ALONE if alone else _LEAST):
            yield _stretch(leaf.trim, side, start * pixel, length, reach)


def _flat(depths: list[int]) -> Iterator[tuple[int, int]]:
    """Where art ends along a line that runs with the edge, give or take half a pixel."""
    start = 0
    while start < len(depths):
        least = most = depths[start]
        end = start + 1
        while end < len(depths) and depths[end] > 0:
            least, most = min(least, depths[end]), max(most, depths[end])
            if most - least > 1:
                break
            end += 1
        if least > 0:
            yield start, end
        start = end


def _band(trim: Box, side: str, beyond: float) -> Box:
    """Along an edge, from a little within the trim to the end of the bleed."""
    deep = _INSIDE + beyond
    if side in ("left", "right"):
        x = -beyond if side == "left" else trim.width - _INSIDE
        return Box(x, 0, deep, trim.height)
    y = -beyond if side == "top" else trim.height - _INSIDE
    return Box(0, y, trim.width, deep)


def _depths(raster: Raster, band: Box, side: str) -> list[int]:
    """How many pixels art goes on outwards, at each pixel along the edge.

    0 where there is none at all, -1 where it goes on to the end.
    """
    from PIL import Image

    dark: Any = raster.darkness(band)
    if dark is None:
        return []
    ways = {
        "left": Image.Transpose.FLIP_LEFT_RIGHT,
        "top": Image.Transpose.ROTATE_270,
        "bottom": Image.Transpose.TRANSPOSE,
    }
    inked = dark.point(lambda ink: 1 if ink > FAINT else 0)
    rows = inked.transpose(ways[side]) if side in ways else inked
    deep, data = rows.width, rows.tobytes()
    return [_depth(data[at : at + deep]) for at in range(0, len(data), deep)]


def _depth(pixels: bytes) -> int:
    """Art that has a gap and then goes on does not end there."""
    depth = pixels.find(0)
    return -1 if depth > 0 and pixels.find(1, depth) > 0 else depth


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
    if not fmt or not fmt.address_zone or not fmt.clear_zone or not _bears_address(leaf):
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
    if not fmt or not fmt.address_zone or not _bears_address(leaf):
        return
    cut = _cut(leaf, fmt.address_zone)
    if cut:
        message = f"text reaches out of the address zone ({fmt.address_zone.in_mm()})"
        yield _zone_fault(leaf, message, cut)


def _bears_address(leaf: Leaf) -> bool:
    """Only the first page of a letter lies behind the window."""
    fmt = leaf.wanted.format
    return bool(fmt and leaf.wanted.page_name(leaf.number) == fmt.pages[fmt.address_page - 1])


def _cut(leaf: Leaf, zone: Box) -> tuple[Box, ...]:
    """Lines of text that lie partly in the zone."""
    return tuple(
        line.box
        for line in leaf.lines
        if zone.overlaps(line.box, 1.0) and not zone.contains(line.box, 1.0)
    )

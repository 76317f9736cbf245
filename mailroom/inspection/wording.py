"""Rules for text: fonts, glyphs, small text in several inks, text near the edge."""

from __future__ import annotations

from collections.abc import Iterator

from mailroom.inspection import specimen
from mailroom.inspection.colours import printed
from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.letters import Typeface
from mailroom.inspection.marks import Mark, Run
from mailroom.inspection.wanted import millimetres
from mailroom.units import Box

SMALL = 9.0  #: points; text under it shows when plates are out of register
_TOUCH = 0.5  # points; what rounding may make of a fit


def faces(leaf: Leaf) -> dict[Typeface, list[Mark]]:
    """Every font that draws something on the page."""
    found: dict[Typeface, list[Mark]] = {}
    for mark in leaf.marks:
        if mark.run:
            found.setdefault(mark.run.face, []).append(mark)
    return found


def fonts_embedded(leaf: Leaf) -> Iterator[Fault]:
    """Without its program a font is replaced by whatever the printer has."""
    for face, marks in faces(leaf).items():
        if not face.embedded:
            boxes = tuple(leaf.place(mark.corners) for mark in marks)
            yield Fault(message=f"the font {face.name} is not embedded", boxes=boxes)


def type3(leaf: Leaf) -> Iterator[Fault]:
    """Glyphs that are drawings: no hints, often bitmaps, and they print coarser."""
    for face, marks in faces(leaf).items():
        if face.type3:
            boxes = tuple(leaf.place(mark.corners) for mark in marks)
            yield Fault(message="text in a Type 3 font, whose glyphs are drawings", boxes=boxes)


def missing_glyphs(leaf: Leaf) -> Iterator[Fault]:
    """Tried in ink (see `specimen`): text extraction finds a letter that nobody can see."""
    for face, marks in faces(leaf).items():
        wrong = _wrong(leaf, face, {code for m in marks if m.run for code, _ in m.run.glyphs})
        if not wrong:
            continue
        boxes = [
            leaf.place(corners)
            for mark in marks
            if mark.run
            for code, corners in mark.run.glyphs
            if code in wrong
        ]
        meant = sorted({text for text in wrong.values() if text})
        named = f": {' '.join(meant[:8])}" if meant else ""
        count = f"{len(boxes)} characters have" if len(boxes) > 1 else "a character has"
        message = f"{count} no glyph in {face.name}{named}"
        yield Fault(message=message, boxes=tuple(boxes))


def _wrong(leaf: Leaf, face: Typeface, codes: set[int]) -> dict[int, str]:
    """What each code comes out as is tried once for all pages."""
    _, known = leaf.tools.tried.setdefault(id(face), (face, {}))
    new = codes - known.keys()
    if new:
        found = specimen.missing(leaf.document.pdf, face, new)
        known.update({code: found.get(code) for code in new})
    return {code: text for code in codes if (text := known[code]) is not None}


def small_text(leaf: Leaf) -> Iterator[Fault]:
    """Plates are never exactly in register: small letters get coloured rims."""
    several: dict[tuple[str, ...], list[Mark]] = {}
    for mark in _small(leaf):
        plates = printed(mark.ink)
        if len(plates) > 1:
            several.setdefault(plates, []).append(mark)
    for plates, marks in several.items():
        size = min(mark.run.size for mark in marks if mark.run)
        inks = f"{len(plates)} inks ({', '.join(plates)})"
        message = f"text of {size:.1f} pt in {inks}"
        yield Fault(message=message, boxes=tuple(leaf.place(mark.corners) for mark in marks))


def knockout_text(leaf: Leaf) -> Iterator[Fault]:
    """White letters that are left out of several inks fill up where those are out of register."""
    hit = []
    for mark in _small(leaf):
        if mark.colour and mark.colour.space.plates and not printed(mark.ink) and not mark.clear:
            inks = _under(leaf, leaf.place(mark.corners))
            if inks > 1:
                hit.append(mark)
    if hit:
        size = min(mark.run.size for mark in hit if mark.run)
        message = f"white text of {size:.1f} pt on several inks"
        yield Fault(message=message, boxes=tuple(leaf.place(mark.corners) for mark in hit))


def _under(leaf: Leaf, box: Box) -> int:
    """How many plates print around the letters, on average over their line."""
    pixels = leaf.plates.raster.pixels(box.inset(-1))
    if pixels[2] <= pixels[0] or pixels[3] <= pixels[1]:
        return 0
    parts = (ink.crop(pixels).resize((1, 1)) for ink in leaf.plates.inks.values())
    return sum(part.getextrema()[1] > 25 for part in parts)


def _small(leaf: Leaf) -> Iterator[Mark]:
    for mark in leaf.marks:
        run: Run | None = mark.run
        if run and run.size < SMALL - 0.01 and _says_something(run):
            yield mark


def _says_something(run: Run) -> bool:
    """Blanks have no colour."""
    texts = (run.face.character(code) for code, _ in run.glyphs)
    return any(text is None or text.strip() for text in texts)


def safe_zone(leaf: Leaf) -> Iterator[Fault]:
    """Paper moves when it is cut; what stands outside the trim is nobody's text."""
    safe, trim = leaf.wanted.safe, leaf.trim
    inner = trim.inset(safe)
    near = [
        line.box
        for line in leaf.lines
        if trim.overlaps(line.box) and not inner.contains(line.box, _TOUCH)
    ]
    if safe and near:
        least = min(_distance(trim, box) for box in near)
        where = f"{millimetres(least)} from" if least >= 0.05 else "over"
        message = f"text stands {where} the edge, and {millimetres(safe)} are wanted"
        yield Fault(message=message, boxes=tuple(near))


def _distance(trim: Box, box: Box) -> float:
    return min(box.x, box.y, trim.right - box.right, trim.bottom - box.bottom)

"""Rules for what is painted: colours, plates, ink, lines, images."""

from __future__ import annotations

from collections.abc import Iterator

from mailroom.inspection.colours import ALL, PROCESS
from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.marks import Mark
from mailroom.inspection.wanted import millimetres
from mailroom.units import Box

HAIRLINE = 0.25  #: points
LINE_ART_DPI = 600  #: one bit a pixel shows its steps sooner
_FAR_TOO_FEW = 2 / 3  # of the resolution asked for: pixels are seen
_LEAST_AREA = 6  # pixels of 1/72 in: 0.75 mm^2; a glyph's overlap is nothing to a press
_ROUNDED = 3.0  # per cent; a plate has 255 steps
_PICTURES = "images", "convert them to the printer's CMYK profile and look at them"
_COLOURS = "areas, lines or text", "choose CMYK or spot colours for them; black text in black alone"


def _boxes(leaf: Leaf, marks: list[Mark]) -> tuple[Box, ...]:
    return tuple(leaf.place(mark.corners) for mark in marks)


def colour_spaces(leaf: Leaf) -> Iterator[Fault]:
    """Everything is to be made of plates; what is white in RGB is converted as well."""
    found: dict[tuple[str, bool], list[Mark]] = {}
    for mark in leaf.marks:
        if mark.space is not None and not mark.space.printable:
            found.setdefault((mark.space.name, mark.kind == "image"), []).append(mark)
    for (space, is_image), marks in found.items():
        what, hint = _PICTURES if is_image else _COLOURS
        yield Fault(message=f"{what} in {space}", hint=hint, boxes=_boxes(leaf, marks))


def registration(leaf: Leaf) -> Iterator[Fault]:
    """The colour of crop marks prints on every plate: within the trim it is an accident."""
    marks = [
        mark
        for mark in leaf.marks
        if mark.space and ALL in mark.space.plates and _on_paper(leaf, mark)
    ]
    if marks:
        message = "art in the registration colour, which prints on every plate"
        yield Fault(message=message, boxes=_boxes(leaf, marks))


def _on_paper(leaf: Leaf, mark: Mark) -> bool:
    box = leaf.place(mark.corners)
    return leaf.trim.overlaps(box) or leaf.trim.contains(box)


def white_overprint(leaf: Leaf) -> Iterator[Fault]:
    """White that overprints leaves what is under it: it vanishes in print, never on a screen."""
    marks = [mark for mark in leaf.marks if mark.overprint and _is_white(mark)]
    if marks:
        yield Fault(
            message="white that overprints and so prints nothing", boxes=_boxes(leaf, marks)
        )


def _is_white(mark: Mark) -> bool:
    if not mark.colour or not mark.colour.space.plates:
        return False
    return not any(amount > 0.001 for amount in mark.colour.ink.values())


def similar_plates(leaf: Leaf) -> Iterator[Fault]:
    """`Gold` and `gold` are two plates, and two plates are paid for."""
    plates: dict[str, list[Mark]] = {}
    for mark in leaf.marks:
        for name in mark.space.spots if mark.space else ():
            plates.setdefault(name, []).append(mark)
    alike: dict[str, list[str]] = {}
    for name in sorted(plates):
        alike.setdefault("".join(name.casefold().split()), []).append(name)
    for plain, names in alike.items():
        boxes = _boxes(leaf, plates[names[-1]])
        if len(names) > 1:
            message = f"the plates {' and '.join(names)} differ only in how they are written"
            yield Fault(message=message, boxes=boxes)
        if plain in {plate.casefold() for plate in PROCESS}:
            message = f"a spot colour is called {names[0]}, as a plate of the process is"
            yield Fault(message=message, boxes=boxes)


def total_ink(leaf: Leaf) -> Iterator[Fault]:
    """All plates together, as they come to lie over one another (see `plates`)."""
    limit = leaf.wanted.ink
    most, where = heaviest(leaf, limit)
    if where:
        message = f"{most:.0f} % of ink, and at most {limit:.0f} % are wanted"
        yield Fault(message=message, boxes=(where,))


def heaviest(leaf: Leaf, limit: float) -> tuple[float, Box | None]:
    """The most ink anywhere in per cent, and where it is over the limit."""
    from PIL import ImageMath

    if not any(ink.getextrema()[1] for ink in leaf.plates.inks.values()):
        return 0.0, None
    total = leaf.total_ink
    _, high = total.getextrema()
    per_cent = high / 2.55
    if per_cent <= limit + _ROUNDED:
        return per_cent, None
    least = (limit + _ROUNDED) * 2.55
    over = ImageMath.lambda_eval(lambda given: given["t"] > least, t=total).convert("L")
    over = over.point(lambda each: 255 if each else 0)
    if over.histogram()[255] < _LEAST_AREA:
        return limit, None
    left, top, _, _ = leaf.plates.raster.pixels(leaf.bled)
    x, y, right, bottom = over.getbbox()
    return per_cent, leaf.plates.raster.box((x + left, y + top, right + left, bottom + top))


def hairlines(leaf: Leaf) -> Iterator[Fault]:
    """Strokes, and areas so thin that they were meant as lines; 0 is as thin as the device can."""
    thin = [
        mark
        for mark in leaf.marks
        if (mark.kind == "stroke" and mark.width < HAIRLINE - 0.005)
        or (mark.kind == "fill" and 0 < mark.width < HAIRLINE - 0.005)
    ]
    thin = [mark for mark in thin if _on_paper(leaf, mark)]
    if thin:
        least = min(mark.width for mark in thin)
        many = f"{len(thin)} lines" if len(thin) > 1 else "a line"
        message = f"{many} of {least:.2f} pt, and {HAIRLINE} pt are the thinnest that print well"
        yield Fault(message=message, boxes=_boxes(leaf, thin))


def image_resolution(leaf: Leaf) -> Iterator[Fault]:
    """Pixels an inch on paper, in the worse direction; what is of one colour has no detail."""
    for mark in leaf.marks:
        if mark.bitmap is None or min(mark.bitmap.width, mark.bitmap.height) < 2:
            continue
        wanted = LINE_ART_DPI if mark.bitmap.bits == 1 else leaf.wanted.min_dpi
        dpi = mark.bitmap.dpi
        if dpi < wanted - 0.5:
            kind = "a bitmap of one bit" if mark.bitmap.bits == 1 else "an image"
            size = f"{mark.bitmap.width} x {mark.bitmap.height} pixels"
            message = f"{kind} of {size} has {dpi:.0f} dpi, and {wanted} are wanted"
            grave = dpi < wanted * _FAR_TOO_FEW
            fits = mark.bitmap.width / wanted * 72
            hint = f"a larger picture, or print it at most {millimetres(fits)} wide"
            yield Fault(message=message, hint=hint, boxes=_boxes(leaf, [mark]), grave=grave)

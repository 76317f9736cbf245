"""Several pieces on one press sheet, as data: how many, where, turned how, in which order.

Boxes are measured from the top left corner of the *sheet*, y downwards, as it lies on the desk
upright (higher than wide), the front up. The back is what one then sees of it, turned over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailroom.errors import ConfigError
from mailroom.formats import SHEETS, Format, Sheet
from mailroom.sheets.margins import LEAST_MARK, Margins, Slug, Target, mark_gap
from mailroom.sheets.panels import SIDES, Line, Panel, panels_of
from mailroom.units import Box, Length, Size, mm

EDGE = mm(4)
"""What a printing machine leaves blank on all sides: 4 to 4.5 mm on most digital presses."""

LONG_EDGE, SHORT_EDGE = "two-sided-long-edge", "two-sided-short-edge"


@dataclass(frozen=True, kw_only=True)
class Flat:
    """A piece as it lies on the sheet: with bleed, not folded yet."""

    size: Size
    bleed: Length
    safe: Length
    front: tuple[Panel, ...]  #: boxes from the top left corner of the piece
    back: tuple[Panel, ...]  #: empty: nothing is printed there
    sideways: bool = True  #: it is turned over like a page of a book, not like one of a pad
    upright_folds: tuple[float, ...] = ()  #: from the left of its front
    level_folds: tuple[float, ...] = ()  #: from the top


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Where a piece lies: its trim on the sheet, and by how much it is turned clockwise."""

    box: Box
    turn: int = 0  #: degrees: 0, 90, 180 or 270


@dataclass(frozen=True, kw_only=True)
class Face:
    """One side of the sheet."""

    slots: tuple[Slot, ...]  #: the n-th slot of the back is behind the n-th of the front
    marks: tuple[Line, ...] = ()
    targets: tuple[Target, ...] = ()
    slug: Slug | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A press sheet with its pieces set out in columns and rows, in the middle."""

    name: str  #: of the sheet
    sheet: Size
    flat: Flat
    columns: int
    rows: int
    trim: Box  #: round the trims of all pieces
    front: Face
    back: Face | None
    sides: str  #: IPP `sides` (RFC 8011, 5.2.8)

    @property
    def up(self) -> int:
        """How many pieces a sheet holds."""
        return self.columns * self.rows

    @property
    def turned(self) -> bool:
        """Do the pieces lie on their side?"""
        return self.front.slots[0].turn != 0

    @property
    def bleed(self) -> Box:
        """Round the bleed of all pieces."""
        return self.trim.inset(-self.flat.bleed)

    @property
    def faces(self) -> tuple[Face, ...]:
        return (self.front, self.back) if self.back else (self.front,)

    def panels(self, side: int) -> tuple[Panel, ...]:
        """What of a piece is printed on the front (0) or the back (1)."""
        return self.flat.back if side else self.flat.front

    def cuts(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Where to cut: from the left edge of the sheet, and from its top edge."""
        return _edges(slot.box for slot in self.front.slots)


def sheet_named(name: str) -> Sheet:
    """The sheet of that name, however it is spelled; ConfigError lists what there is."""
    found = SHEETS.get(name.lower())
    if found is None:
        hint = f"use one of: {', '.join(SHEETS)}"
        raise ConfigError(f"there is no sheet {name!r}", hint=hint)
    return found


def flat_of(fmt: Format) -> Flat:
    """The piece unfolded: a folded card is a spread of two panels, others are one page a side."""
    width, height = fmt.trim.width, fmt.trim.height
    if fmt.fold:
        tent, spread = fmt.fold == "tent", fmt.spread
        flat = Box(0, 0, spread.width, spread.height)
        outside, inside = (panels_of(fmt, flat, pages) for _, pages in SIDES[fmt.fold])
        return Flat(
            size=spread,
            bleed=fmt.bleed,
            safe=fmt.safe,
            front=outside,
            back=inside,
            sideways=not tent,
            upright_folds=() if tent else (width,),
            level_folds=(height,) if tent else (),
        )
    if len(fmt.pages) > 2:
        message = f"{fmt.name} has {len(fmt.pages)} pages: they are more than one sheet of paper"
        raise ConfigError(message, where=f"format {fmt.name}")
    pages = [Panel(page=n, box=box, shown=box.inset(-fmt.bleed)) for n, box in _whole(fmt)]
    return Flat(
        size=fmt.trim,
        bleed=fmt.bleed,
        safe=fmt.safe,
        front=(pages[0],),
        back=tuple(pages[1:]),
        # Round its long edge an upright page turns like a book's, and so does a wide one round
        # its short edge.
        sideways=(width <= height) == (fmt.sides != SHORT_EDGE),
        level_folds=tuple(map(float, fmt.folds)),
    )


def _whole(fmt: Format) -> Iterator[tuple[int, Box]]:
    for number in range(len(fmt.pages)):
        yield number, Box(0, 0, fmt.trim.width, fmt.trim.height)


def plan(
    fmt: Format, sheet: Sheet, *, marks: bool = True, flip: str = LONG_EDGE, edge: float = EDGE
) -> Plan:
    """Set out as many pieces as fit the sheet with bleed and marks, upright or on their side.

    Between two neighbours there is twice the bleed, so that each keeps its own; without bleed
    they share a cut. The sheet is upright, so that turned over its long edge (`flip`, an IPP
    keyword) both its sides are. `edge` is what the machine cannot print, in points.
    ConfigError where not one piece fits, in millimetres.
    """
    flat = flat_of(fmt)
    size = sheet.size if sheet.size.width <= sheet.size.height else sheet.size.rotated()
    around = _around(flat, marks, edge)
    upright, lying = (_count(size, flat, around, turned) for turned in (False, True))
    turned = math.prod(lying) > math.prod(upright)
    columns, rows = lying if turned else upright
    if not columns * rows:
        raise _too_small(fmt, flat, sheet, around)
    slots = _grid(size, flat, columns, rows, turned)
    trim = _round(slots)
    margins = Margins(sheet=size, trim=trim, bleed=trim.inset(-flat.bleed), edge=edge)
    front = _marked(slots, flat, margins) if marks else Face(slots=slots)
    back = turned_over(front, size, flip, flat) if flat.back else None
    return Plan(
        name=sheet.name,
        sheet=size,
        flat=flat,
        columns=columns,
        rows=rows,
        trim=trim,
        front=replace(front, slug=margins.slug(front.marks, front.targets)),
        back=back and replace(back, slug=margins.slug(back.marks, back.targets)),
        sides=flip if back else "one-sided",
    )


def _around(flat: Flat, marks: bool, edge: float) -> float:
    """What must stay free outside the bleed on each side of the sheet."""
    if marks:
        return edge + mark_gap(flat.bleed) + LEAST_MARK
    return max(0.0, edge - flat.safe) if not flat.bleed else edge


def _count(sheet: Size, flat: Flat, around: float, turned: bool) -> tuple[int, int]:
    piece = flat.size.rotated() if turned else flat.size
    room = Size(sheet.width - 2 * around + 1e-6, sheet.height - 2 * around + 1e-6)
    columns = int(room.width // (piece.width + 2 * flat.bleed))
    rows = int(room.height // (piece.height + 2 * flat.bleed))
    return max(columns, 0), max(rows, 0)


def _too_small(fmt: Format, flat: Flat, sheet: Sheet, around: float) -> ConfigError:
    add = 2 * (flat.bleed + around)
    needs = Size(flat.size.width + add, flat.size.height + add).in_mm()
    return ConfigError(
        f"the sheet {sheet.name} is {sheet.size.in_mm()}, one piece with bleed and marks "
        f"needs {needs}",
        where=f"format {fmt.name}",
        hint=f"use a larger sheet ({', '.join(SHEETS)}), or leave the marks out",
    )


def _grid(sheet: Size, flat: Flat, columns: int, rows: int, turned: bool) -> tuple[Slot, ...]:
    """Row by row, in the middle of the sheet."""
    piece = flat.size.rotated() if turned else flat.size
    across, down = piece.width + 2 * flat.bleed, piece.height + 2 * flat.bleed
    left = (sheet.width - columns * across) / 2 + flat.bleed
    top = (sheet.height - rows * down) / 2 + flat.bleed
    return tuple(
        Slot(
            box=Box(left + column * across, top + row * down, piece.width, piece.height),
            turn=90 if turned else 0,
        )
        for row in range(rows)
        for column in range(columns)
    )


def _round(slots: Sequence[Slot]) -> Box:
    left, top = min(s.box.x for s in slots), min(s.box.y for s in slots)
    right, bottom = max(s.box.right for s in slots), max(s.box.bottom for s in slots)
    return Box(left, top, right - left, bottom - top)


# --- the other side --------------------------------------------------------------------------


def turned_over(front: Face, sheet: Size, flip: str, flat: Flat) -> Face:
    """What lies behind the front, as one sees it once the sheet is turned round its edge.

    Turned over like a page of a book, what was on the left is on the right; like a page of a
    pad, what was at the top is at the bottom. With M the mirror of the sheet, T the turn of a
    piece's front and P the mirror of the piece, its back is turned by M T P: by -T where both
    turn over the same way, else by half a turn more.
    """
    sideways = flip != SHORT_EDGE  # the sheet is upright
    more = 0 if sideways == flat.sideways else 180

    def over(x: float, y: float) -> tuple[float, float]:
        return (sheet.width - x, y) if sideways else (x, sheet.height - y)

    def box(one: Box) -> Box:
        if sideways:
            return replace(one, x=sheet.width - one.right)
        return replace(one, y=sheet.height - one.bottom)

    def line(one: Line) -> Line:
        (x1, y1), (x2, y2) = over(one.x1, one.y1), over(one.x2, one.y2)
        return replace(one, x1=x1, y1=y1, x2=x2, y2=y2)

    places = [(target, over(target.x, target.y)) for target in front.targets]
    return Face(
        slots=tuple(Slot(box=box(s.box), turn=(more - s.turn) % 360) for s in front.slots),
        marks=tuple(map(line, front.marks)),
        targets=tuple(replace(target, x=x, y=y) for target, (x, y) in places),
    )


def placed(panel: Panel, slot: Slot, flat: Flat) -> Panel:
    """A panel of the piece that lies in `slot`, with its boxes on the sheet."""
    return replace(
        panel,
        box=_turned(panel.box, slot, flat.size),
        shown=_turned(panel.shown, slot, flat.size),
    )


def _turned(box: Box, slot: Slot, piece: Size) -> Box:
    """A box of the piece, from the piece's own corner, as it comes to lie on the sheet."""
    x, y, width, height = box.x, box.y, box.width, box.height
    if slot.turn == 90:
        x, y, width, height = piece.height - box.bottom, box.x, height, width
    elif slot.turn == 180:
        x, y = piece.width - box.right, piece.height - box.bottom
    elif slot.turn == 270:
        x, y, width, height = box.y, piece.width - box.right, height, width
    return Box(slot.box.x + x, slot.box.y + y, width, height)


def _marked(slots: tuple[Slot, ...], flat: Flat, margins: Margins) -> Face:
    """The slots with crop and fold marks and registration marks in the margins."""
    xs, ys = _edges(slot.box for slot in slots)
    upright = [Box(x, 0, 0, flat.size.height) for x in flat.upright_folds]
    level = [Box(0, y, flat.size.width, 0) for y in flat.level_folds]
    folds = [_turned(fold, slot, flat.size) for slot in slots for fold in (*upright, *level)]
    fold_xs = _once(fold.x for fold in folds if fold.height)
    fold_ys = _once(fold.y for fold in folds if fold.width)
    marks = (*margins.marks(xs, ys, fold=False), *margins.marks(fold_xs, fold_ys, fold=True))
    targets = margins.targets((*xs, *fold_xs), (*ys, *fold_ys))
    return Face(slots=slots, marks=marks, targets=tuple(targets))


def _edges(boxes: Iterable[Box]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The upright and the level edges of boxes, each once."""
    found = tuple(boxes)
    return (
        _once(edge for box in found for edge in (box.x, box.right)),
        _once(edge for box in found for edge in (box.y, box.bottom)),
    )


def _once(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted({round(number, 6) for number in numbers}))

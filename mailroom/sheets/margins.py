"""What stands in the margins of a press sheet: crop, fold and registration marks, a slug line.

Boxes are measured from the top left corner of the *sheet*, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mailroom.sheets.panels import Line
from mailroom.units import Box, Size, mm

MARK_OFFSET = mm(3)  #: of a mark from the trim, and always outside the bleed
MARK_LENGTH = mm(5)
LEAST_MARK = mm(2)  #: so much of a mark must print; with less room fewer pieces are set out
TARGET = mm(5)  #: across a registration mark
LEAST_TARGET = mm(3)
SLUG = mm(2.4)  #: how high the slug line is
LEAST_SLUG = mm(1.8)
_CLEAR = mm(1)  #: kept between things in the margin, where there is room


@dataclass(frozen=True, kw_only=True)
class Target:
    """A registration mark: a circle with a cross."""

    x: float
    y: float
    across: float

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, 0, 0).inset(-self.across / 2)


@dataclass(frozen=True, kw_only=True)
class Slug:
    """Room for a line of small text outside the bleed.

    Its words begin at the left; `upright`, at the bottom, and run up along the left edge.
    """

    box: Box
    upright: bool = False

    @property
    def length(self) -> float:
        return self.box.height if self.upright else self.box.width

    @property
    def height(self) -> float:
        return self.box.width if self.upright else self.box.height


@dataclass(frozen=True, kw_only=True)
class Margins:
    """The sheet outside the bleed of all its pieces, as far as the machine prints there."""

    sheet: Size
    trim: Box  #: round the trims of all pieces
    bleed: Box
    edge: float  #: what the machine leaves blank on all sides

    @property
    def beside(self) -> float:
        """The room left and right."""
        return self.bleed.x - self.edge

    @property
    def below(self) -> float:
        """The room above and below."""
        return self.bleed.y - self.edge

    @property
    def gap(self) -> float:
        """What a mark keeps from the bleed, at least."""
        return mark_gap(self.trim.x - self.bleed.x)

    def marks(self, xs: Sequence[float], ys: Sequence[float], *, fold: bool) -> Iterator[Line]:
        """A mark at both ends of every upright line at `xs` and every level one at `ys`.

        Where neighbours share a gutter of bleed nothing can be printed in it: a cut is marked
        at the margins, for its whole row or column.
        """
        bleed = self.bleed
        near, far = self._reach(self.below)
        for x in xs:
            yield Line(x1=x, y1=bleed.y - near, x2=x, y2=bleed.y - far, fold=fold)
            yield Line(x1=x, y1=bleed.bottom + near, x2=x, y2=bleed.bottom + far, fold=fold)
        near, far = self._reach(self.beside)
        for y in ys:
            yield Line(x1=bleed.x - near, y1=y, x2=bleed.x - far, y2=y, fold=fold)
            yield Line(x1=bleed.right + near, y1=y, x2=bleed.right + far, y2=y, fold=fold)

    def _reach(self, room: float) -> tuple[float, float]:
        """From where to where outside the bleed a mark reaches."""
        length = min(MARK_LENGTH, room - self.gap)
        start = self.gap + min(_CLEAR, room - self.gap - length)
        return start, start + length

    def targets(self, xs: Sequence[float], ys: Sequence[float]) -> Iterator[Target]:
        """A registration mark in each margin that has room, between the marks at `xs` and `ys`."""
        bleed = self.bleed
        across, off = self._target(self.below)
        x = _free_place(xs, self.sheet.width / 2, across)
        if x is not None:
            yield Target(x=x, y=bleed.y - off, across=across)
            yield Target(x=x, y=bleed.bottom + off, across=across)
        across, off = self._target(self.beside)
        y = _free_place(ys, self.sheet.height / 2, across)
        if y is not None:
            yield Target(x=bleed.x - off, y=y, across=across)
            yield Target(x=bleed.right + off, y=y, across=across)

    def _target(self, room: float) -> tuple[float, float]:
        """How large a registration mark is, and how far from the bleed its middle."""
        across = min(TARGET, room - self.gap)
        return across, self.gap + across / 2 + min(_CLEAR, room - self.gap - across)

    def slug(self, marks: Sequence[Line], targets: Sequence[Target]) -> Slug | None:
        """Below the pieces or left of them, where there is more room, between the first marks.

        None where there is no room that can be read.
        """
        upright = self.beside > self.below
        room = max(self.beside, self.below)
        if room < LEAST_SLUG:
            return None
        height = min(room, SLUG)
        off = min(_CLEAR, room - height)
        if upright:
            taken = [m.y1 for m in marks if m.y1 == m.y2]
            taken += [y for t in targets if t.x < self.bleed.x for y in (t.box.y, t.box.bottom)]
            foot = min(self.trim.bottom - _CLEAR, self.sheet.height - self.edge)
            start = max((y for y in taken if y < foot - _CLEAR), default=self.trim.y)
            top = max(start + _CLEAR, self.edge)
            box = Box(self.bleed.x - off - height, top, height, foot - top)
            return Slug(box=box, upright=True)
        taken = [m.x1 for m in marks if m.x1 == m.x2]
        taken += [x for t in targets if t.y > self.bleed.bottom for x in (t.box.x, t.box.right)]
        left = max(self.trim.x + _CLEAR, self.edge)
        end = min((x for x in taken if x > left + _CLEAR), default=self.trim.right)
        end = min(end - _CLEAR, self.sheet.width - self.edge)
        return Slug(box=Box(left, self.bleed.bottom + off, end - left, height))


def mark_gap(bleed: float) -> float:
    """What lies between bleed and marks, at least: they stand outside the bleed."""
    return max(0.0, MARK_OFFSET - bleed)


def _free_place(taken: Sequence[float], middle: float, across: float) -> float | None:
    """The middle of the gap between two marks that is nearest to the sheet's middle.

    Of two equally near the further one: the slug line begins at the nearer end.
    """
    if across < LEAST_TARGET:
        return None
    gaps = [(a, b) for a, b in pairwise(sorted(taken)) if b - a >= across + 2 * _CLEAR]
    places = [(a + b) / 2 for a, b in gaps]
    return min(places, key=lambda place: (round(abs(place - middle), 3), -place), default=None)

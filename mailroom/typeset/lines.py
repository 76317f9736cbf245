"""Spans of text set into lines: which span goes how far, and where each piece stands.

Follows layout/inline.py of WeasyPrint for spans without padding, margins or floats, step by
step: the same comparisons of the same numbers. What one span alone does is asked of `Setter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.typeset.plain import EMPTY_LINE, SLACK
from mailroom.typeset.setter import Setter
from mailroom.typeset.spans import BREAK, Child
from mailroom.typeset.styles import Fragment, Line, Measure, TextStyle

Place = tuple[int, int]
"""Where a line begins: the number of a child, and how many characters of it are done."""


@dataclass(slots=True)
class _Piece:
    """A piece of a child on the line."""

    index: int
    child: Child
    skip: int
    x: float
    width: float
    text: str = ""
    drawn: str = ""  #: with the space that was taken from its end after it was laid out
    height: float = 0.0
    baseline: float = 0.0
    spacing: float = 0.0
    empty: bool = False  #: of an element that has nothing on this line

    @property
    def end(self) -> float:
        """Where the next begins, as it is added up: an element's width is a difference."""
        return self.x + (self.x + self.width - self.x if self.child.element else self.width)


@dataclass(slots=True)
class _Taken:
    """How much of a child fits."""

    piece: _Piece | None
    resume: int | None
    forced: bool = False
    first: str | None = None
    last: str | None = None


class Column:
    """The lines of one paragraph."""

    def __init__(
        self, setter: Setter, children: Sequence[Child], measure: Measure, block: TextStyle
    ) -> None:
        self._setter, self._children = setter, children
        self._measure, self._block = measure, block

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        place: Place | None = (0, 0)
        indent = self._measure.indent
        while place is not None:
            start = self._skip_space(place)
            if start is None:
                break
            pieces, place, forced = self._fill(start, indent)
            if forced or any(not piece.empty for piece in pieces):
                lines.append(self._finished(pieces, last=place is None or forced))
            indent = 0.0
        return lines

    def _skip_space(self, place: Place) -> Place | None:
        index, skip = place
        if index >= len(self._children):
            return None
        if skip and skip == len(self._children[index].text):
            index, skip = index + 1, 0
            if index >= len(self._children):
                return None
        text = self._children[index].text
        while text.startswith(" ", skip):
            skip += 1
        return index, skip

    def _fill(self, start: Place, x: float) -> tuple[list[_Piece], Place | None, bool]:
        """The pieces of a line, where the next begins, and whether a line feed ends it."""
        max_x = self._measure.width * SLACK
        done: list[_Piece] = []  # it could be broken after these
        waiting: list[_Piece] = []
        last: str | None = None
        gap = forced = False
        index, skip = start
        while index < len(self._children):
            child = self._children[index]
            taken = self._take(index, x, max_x, skip, at_start=not (done or waiting))
            forced = forced or taken.forced
            if self._breaks_between(last, gap, taken.first, child):
                done, waiting = done + waiting, []
            last, gap = taken.last, child.gap
            piece = taken.piece
            if piece is not None:
                end = piece.end
                if end > max_x and end - self._trailing_space(piece) > max_x:
                    place = self._break_before(start, done, waiting)
                    if place is not None:
                        return done, place, forced
                x = end
                waiting.append(piece)
            if taken.resume is not None:
                return done + waiting, (index, taken.resume), forced
            index, skip = index + 1, 0
        return done + waiting, None, forced

    def _take(self, index: int, x: float, max_x: float, skip: int, *, at_start: bool) -> _Taken:
        child = self._children[index]
        text = child.text
        if not text:  # an element whose only space was collapsed into the one before
            return _Taken(_Piece(index, child, 0, x, 0.0, empty=True), None)
        if text == BREAK and child.element:
            resume = None if skip else 1
            return _Taken(
                _Piece(index, child, skip, x, 0.0, empty=True), resume, not skip, text, text
            )
        first, rest = text[0], text[skip:]
        if child.element:
            max_x *= SLACK
        cut = self._setter.split(child.style, rest, max_x - x, at_start) if rest else None
        if cut is None or not cut.text:
            piece = _Piece(index, child, skip, x, 0.0, empty=True) if child.element else None
            if cut is None or cut.resume is None:
                return _Taken(piece, None, first=first, last=text[-1])
            resume = skip + cut.resume
            return _Taken(piece, resume, cut.forced, first, text[resume - 1])
        piece = _Piece(index, child, skip, x, cut.width)
        piece.text = piece.drawn = cut.text
        piece.height, piece.baseline = cut.height, cut.baseline
        resume = None if cut.resume is None else skip + cut.resume
        last = text[-1] if resume is None else text[resume - 1]
        return _Taken(piece, resume, cut.forced, first, last)

    def _breaks_between(
        self, last: str | None, gap: bool, first: str | None, child: Child
    ) -> bool:
        """Whether the line could end before `child`; `gap`: a space was collapsed there."""
        if gap:
            last = " "
        elif self._block.white_space == "nowrap":
            return False
        if last is None or first is None:
            return False
        return self._setter.can_break(last + first, child.style.language)

    def _break_before(
        self, start: Place, done: list[_Piece], waiting: list[_Piece]
    ) -> Place | None:
        """Break inside the last waiting piece that can be, or before all; `done` grows."""
        for number in range(len(waiting) - 1, -1, -1):
            piece = waiting[number]
            style = piece.child.style
            if style.white_space == "nowrap" or piece.empty:
                continue
            if not self._setter.can_break(piece.text, style.language):
                continue
            max_x = piece.end - 1
            skip = start[1] if piece.index == start[0] else 0
            while max_x > piece.x:
                taken = self._take(piece.index, piece.x, max_x, skip, at_start=False)
                if taken.resume:
                    done.extend(waiting[:number])
                    if taken.piece is not None:
                        done.append(taken.piece)
                    return piece.index, taken.resume
                max_x -= 1
        return (done[-1].index + 1, 0) if done else None

    def _trailing_space(self, piece: _Piece) -> float:
        if not piece.text.endswith(" "):
            return 0.0
        style, stripped = piece.child.style, piece.text.rstrip(" ")
        width = self._setter.width(style, piece.text)
        return width - self._setter.width(style, stripped) if stripped else width

    def _finished(self, pieces: list[_Piece], last: bool) -> Line:
        if not pieces:
            return EMPTY_LINE
        piece = pieces[-1]
        width = piece.end
        if piece.text.endswith(" "):
            stripped = piece.text.rstrip(" ")
            narrower = self._setter.width(piece.child.style, stripped) if stripped else 0.0
            width -= piece.width - narrower
            piece.width, piece.text = narrower, stripped
        self._align(pieces, width, last)
        return Line(
            tuple(self._fragment(piece) for piece in pieces if not piece.empty),
            piece.x + piece.width - pieces[0].x,
        )

    def _align(self, pieces: list[_Piece], width: float, last: bool) -> None:
        measure = self._measure
        if width >= measure.width:
            return
        align = measure.align
        if last and measure.align_last != "auto":
            align = measure.align_last
        room = measure.width - width
        if align == "justify":
            _justify(pieces, room)
        elif align in ("center", "end", "right"):
            shift = room / 2 if align == "center" else room
            for piece in pieces:
                piece.x += shift

    def _fragment(self, piece: _Piece) -> Fragment:
        style = piece.child.style
        drawn = self._setter.draw(style, piece.drawn, piece.spacing) if piece.text else None
        return Fragment(
            style=style,
            text=piece.text,
            x=piece.x,
            width=piece.width,
            height=piece.height,
            baseline=piece.baseline,
            ink=drawn.ink if drawn else (0.0, 0.0, 0.0, 0.0),
            runs=drawn.runs if drawn else (),
        )


def _justify(pieces: list[_Piece], room: float) -> None:
    spaces = sum(_spaces(piece.text) for piece in pieces)
    if not spaces:
        return
    each, moved = room / spaces, 0.0
    for piece in pieces:
        piece.x += moved
        count = _spaces(piece.text)
        if count:
            piece.spacing, piece.drawn = each, piece.text
            moved += each * count
            piece.width += each * count


def _spaces(text: str) -> int:
    return text.count(" ") + text.count("\xa0")

"""Inline content set into lines: which text goes how far, and where each piece stands.

Follows layout/inline.py of WeasyPrint for elements without padding, margins or floats, step by
step: the same comparisons of the same numbers. What one text alone does is asked of `Setter`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mailroom.typeset.plain import EMPTY_LINE, SLACK
from mailroom.typeset.setter import Setter
from mailroom.typeset.spans import Node
from mailroom.typeset.styles import Fragment, Line, Measure

Place = tuple[int, ...]
"""Where a line begins: child of child of child, and at last how many characters are done."""


@dataclass(slots=True)
class _Piece:
    """What stands of a node on the line: text, or the pieces of an element."""

    index: int  #: of the node among its parent's children
    node: Node
    x: float
    width: float = 0.0
    text: str = ""
    drawn: str = ""  #: with the space that was taken from its end after it was laid out
    height: float = 0.0
    baseline: float = 0.0
    spacing: float = 0.0
    pieces: list[_Piece] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        return not (self.node.is_element or self.node.is_break)

    @property
    def end(self) -> float:
        return self.x + self.width

    def texts(self) -> Iterator[_Piece]:
        if self.is_text:
            yield self
        for piece in self.pieces:
            yield from piece.texts()


@dataclass(slots=True)
class _Taken:
    """How much of a node fits."""

    piece: _Piece | None
    resume: Place | None
    forced: bool = False  #: a line feed ends it
    first: str | None = None
    last: str | None = None
    gap: bool = False


class Column:
    """The lines of one paragraph."""

    def __init__(self, setter: Setter, root: Node, measure: Measure) -> None:
        self._setter, self._root, self._measure = setter, root, measure
        self._begun = False  #: a child of the root stands on the line

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        place: Place | None = ()
        indent = self._measure.indent
        while place is not None and self._root.children:
            start = _skip_space(self._root, place)
            if start is None:
                break
            self._begun = False
            taken = self._element(0, self._root, indent, self._measure.width, start)
            place, piece = taken.resume, taken.piece
            assert piece is not None
            if taken.forced or any(piece.texts()):
                lines.append(self._finished(piece, last=place is None or taken.forced))
            indent = 0.0
        return lines

    def _take(self, index: int, node: Node, x: float, max_x: float, place: Place) -> _Taken:
        if node.is_element:
            return self._element(index, node, x, max_x, place)
        if node.is_break:
            piece = _Piece(index, node, x)
            return _Taken(piece, None if place else (1,), not place, node.text, node.text)
        return self._text(index, node, x, max_x, place[0] if place else 0)

    def _text(self, index: int, node: Node, x: float, max_x: float, skip: int) -> _Taken:
        text, rest = node.text, node.text[skip:]
        if not rest:
            return _Taken(None, None, first=text[0], last=text[-1])
        cut = self._setter.split(node.style, rest, max_x - x, at_start=not self._begun)
        resume = None if cut.resume is None else skip + cut.resume
        last = text[-1] if resume is None else text[resume - 1]
        piece = None
        if cut.text:
            piece = _Piece(index, node, x, cut.width, cut.text, cut.text, cut.height, cut.baseline)
        place = None if resume is None else (resume,)
        return _Taken(piece, place, cut.forced, text[0], last)

    def _element(self, index: int, node: Node, x: float, max_x: float, start: Place) -> _Taken:
        """As many of its children as fit, the last of them perhaps broken."""
        whole = _Piece(index, node, 0.0 if node is self._root else x)
        taken = _Taken(whole, None)
        max_x *= SLACK
        done: list[_Piece] = []  # the line could end after these
        waiting: list[_Piece] = []
        number, place = (start[0], start[1:]) if start else (0, ())
        while number < len(node.children):
            child = node.children[number]
            part = self._take(number, child, x, max_x, place)
            taken.forced = taken.forced or part.forced
            if self._ends_before(node, taken, part.first, child):
                done, waiting = done + waiting, []
            taken.first = part.first if taken.first is None else taken.first
            taken.last, taken.gap = part.last, child.gap or part.gap
            piece = part.piece
            if piece is not None:
                self._begun = self._begun or node is self._root
                if piece.end > max_x and piece.end - self._trailing_space(piece, None) > max_x:
                    taken.resume = self._break_before(start, done, waiting)
                    if taken.resume is not None:
                        waiting = []
                        break
                x = piece.end
                waiting.append(piece)
            if part.resume is not None:
                taken.resume = (number, *part.resume)
                break
            number, place = number + 1, ()
        whole.pieces = done + waiting
        if whole.pieces:
            whole.width = whole.pieces[-1].end - whole.x
        return taken

    def _ends_before(self, node: Node, so_far: _Taken, first: str | None, child: Node) -> bool:
        """Whether the line could end before a child."""
        last = so_far.last
        if so_far.gap:  # a space was collapsed there
            last = " "
        elif node.style.white_space == "nowrap":
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
            if not self._can_be_broken(piece):
                continue
            place = start[1:] if start and start[0] == piece.index else ()
            max_x = piece.end - 1
            while max_x > piece.x:
                taken = self._take(piece.index, piece.node, piece.x, max_x, place)
                if taken.resume:
                    done.extend(waiting[:number])
                    if taken.piece is not None:
                        done.append(taken.piece)
                    return (piece.index, *taken.resume)
                max_x -= 1
        return (done[-1].index + 1,) if done else None

    def _can_be_broken(self, piece: _Piece) -> bool:
        style = piece.node.style
        if style.white_space == "nowrap":
            return False
        if piece.is_text:
            return self._setter.can_break(piece.text, style.language)
        return any(self._can_be_broken(part) for part in piece.pieces)

    def _trailing_space(self, piece: _Piece, parent: _Piece | None) -> float:
        while not piece.is_text:
            if not piece.pieces:
                return 0.0
            parent, piece = piece, piece.pieces[-1]
        if not piece.text.endswith(" "):
            return 0.0
        style, stripped = piece.node.style, piece.text.rstrip(" ")
        width = self._setter.width(style, piece.text)
        if stripped:
            return width - self._setter.width(style, stripped)
        if parent and len(parent.pieces) > 1:
            width += self._trailing_space(parent.pieces[-2], None)
        return width

    def _finished(self, whole: _Piece, last: bool) -> Line:
        width = whole.width
        piece = whole
        while piece.pieces:
            piece = piece.pieces[-1]
        if piece.text.endswith(" "):
            stripped = piece.text.rstrip(" ")
            narrower = self._setter.width(piece.node.style, stripped) if stripped else 0.0
            width -= piece.width - narrower
            piece.width, piece.text = narrower, stripped
        pieces = list(whole.texts())
        if not pieces:
            return EMPTY_LINE
        self._align(pieces, width, last)
        return Line(tuple(map(self._fragment, pieces)), pieces[-1].end - pieces[0].x)

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
        style = piece.node.style
        drawn = self._setter.draw(style, piece.drawn if piece.text else " ", piece.spacing)
        return Fragment(
            style, piece.text, piece.x, piece.width, piece.height, piece.baseline,
            drawn.ink, drawn.runs,
        )  # fmt: skip


def _skip_space(node: Node, place: Place) -> Place | None:
    """Spaces at the beginning of a line are left out; None: nothing is left."""
    if not node.is_element:
        index = place[0] if place else 0
        if index == len(node.text):
            return None
        if not node.is_break:
            while node.text.startswith(" ", index):
                index += 1
        return (index,) if index else ()
    if not node.children:
        return ()
    index = place[0] if place else 0
    rest = _skip_space(node.children[index], place[1:]) if index < len(node.children) else None
    if rest is None:
        index += 1
        if index >= len(node.children):
            return None
        rest = _skip_space(node.children[index], ()) or ()
    return (index, *rest) if index or rest else ()


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

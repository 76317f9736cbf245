"""A frame's Flow + one person's texts -> what is drawn, and where.

The block layout is CSS 2.1's (8.3.1 margins, 10.6 heights, 9.3 positions) as far as `compile`
lets it come. A paragraph is set once for the same texts and drawn wherever it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from mailroom.fonts import Font
from mailroom.press.flow import Bit, Block, Flow, Node, Paragraph, Picture, Place, Words
from mailroom.press.items import font_name
from mailroom.typeset.plain import Columns, Row, rows_of
from mailroom.typeset.spans import collapsed
from mailroom.typeset.styles import Fragment, Line, Measure, Span, TextStyle, Unsettable
from mailroom.typeset.typesetter import Typesetter

_PT = 0.75  # CSS: 96 px to the inch, PDF: 72 pt
_ENDLESS = 1e6
_MOST_FLOWS = 2000  # whose setters are kept
_MOST_KEPT = 200  # texts of a paragraph: those that are the same for many are few

Ink = tuple[float, float, float, float]  #: left, top, right, bottom


class Bitmap(NamedTuple):
    """A picture as the press draws it."""

    name: str  #: of its XObject, as a resource
    digest: str
    width: float  #: its own size in px
    height: float


class Shown(NamedTuple):
    """A line of text, or a picture, and where its ink is."""

    text: str
    ink: Ink


class Piece(NamedTuple):
    """A paragraph that has been set: drawn from its own top left corner."""

    height: float
    body: bytes  #: text operators; moves are relative to the corner
    shown: tuple[Shown, ...]
    ink: Ink | None  #: all of it
    empty: bool  #: there is no line in it


class Placed(NamedTuple):
    """Something at its place in the frame's content box."""

    x: float
    y: float
    piece: Piece | None
    bitmap: Bitmap | None = None
    width: float = 0.0
    height: float = 0.0
    fit: str = "fill"

    def drawn(self) -> tuple[float, float]:
        """Width and height in which the bitmap is drawn, its middle in the middle of the box."""
        if self.bitmap is None or self.fit == "fill":
            return self.width, self.height
        scales = self.width / self.bitmap.width, self.height / self.bitmap.height
        scale = min(scales) if self.fit == "contain" else max(scales)
        return self.bitmap.width * scale, self.bitmap.height * scale


_NOTHING = Piece(0.0, b"", (), None, True)
_Adjoining = list[float]
_Flowed = tuple[float, _Adjoining, float | None]  # y after it, margins that wait, y it began at


class Filler:
    """Fills flows; keeps what was set before."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._setters: dict[int, _Setter] = {}
        self._stacks: dict[int, tuple[Block, _Stack | None]] = {}

    def fill(
        self, flow: Flow, size: tuple[float, float], texts: Sequence[str],
        pictures: Sequence[Bitmap],
    ) -> list[Placed]:  # fmt: skip
        """Everything at its place; `size` is that of the frame's content box.

        Unsettable where a text is not for the press.
        """
        if "".join([texts[slot] for slot in flow.blanks]).strip():
            raise Unsettable("text beside paragraphs, where there was none before")
        root, place = flow.root, flow.root.place
        try:
            _, stack = self._stacks[id(root)]
        except KeyError:
            if len(self._stacks) >= _MOST_FLOWS:
                self._stacks.clear()
                self._setters.clear()
            stack = self._stack(root)
            self._stacks[id(root)] = root, stack  # kept, so that no other gets its id
        if stack is not None:
            return stack.placed(texts)
        run = _Run(self, texts, pictures)
        if root.column:
            run.column(root, size[1])
        else:
            run.children(root.children, 0.0, 0.0, [])
        run.absolutes(
            -place.padding_left, -place.padding_top,
            size[0] + place.padding_left + place.padding_right,
            size[1] + place.padding_top + place.padding_bottom,
        )  # fmt: skip
        return run.placed

    def setter(self, node: Paragraph | Words) -> _Setter:
        setter = self._setters.get(id(node))
        if setter is None:  # it keeps the node, so that no other gets its id
            setter = self._setters[id(node)] = _Setter(node, self._typesetter)
        return setter

    def _stack(self, root: Block) -> _Stack | None:
        """What most frames are: paragraphs one below the other, and nothing else."""
        found = []
        for node in root.children:
            if not isinstance(node, Paragraph | Words) or node.place.inset is not None:
                return None
            found.append((self.setter(node), node.place))
        return None if root.column else _Stack(found)


class _Stack:
    """Paragraphs in the flow of one block: what `_Run` does, without its questions."""

    def __init__(self, paragraphs: Sequence[tuple[_Setter, Place]]) -> None:
        self._paragraphs = [
            (setter.piece, p.x, p.margin_top, p.padding_top, p.padding_bottom, p.margin_bottom,
             p.height)
            for setter, p in paragraphs
        ]  # fmt: skip

    def placed(self, texts: Sequence[str]) -> list[Placed]:
        found = []
        y = most = least = 0.0  # of the margins that wait, the largest and the most negative
        for piece_of, x, above, before, after, below, height in self._paragraphs:
            piece = piece_of(texts)
            most, least = max(most, above), min(least, above)
            if piece.empty and not (height or before or after):
                most, least = max(most, below), min(least, below)
                continue
            y += most + least + before
            found.append(Placed(x, y, piece))
            y += (piece.height if height is None else height) + after
            most, least = max(0.0, below), min(0.0, below)
        return found


class _Run:
    """One filling of a flow."""

    def __init__(self, filler: Filler, texts: Sequence[str], pictures: Sequence[Bitmap]) -> None:
        self._setter, self._texts, self._pictures = filler.setter, texts, pictures
        self.placed: list[Placed] = []
        self._waiting: list[Node] = []  # absolute, of the containing block in hand

    def children(self, nodes: Sequence[Node], x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        """Blocks one below the other, their margins collapsed (CSS 2.1, 8.3.1)."""
        first: float | None = None
        for node in nodes:
            if node.place.inset is not None:
                self._waiting.append(node)
                continue
            y, adjoining, top = self._in_flow(node, x, y, adjoining)
            if first is None:
                first = top
        return y, adjoining, first

    def _in_flow(self, node: Node, x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        place = node.place
        adjoining = [*adjoining, place.margin_top]
        if isinstance(node, Block):
            return self._block(node, x, y, adjoining)
        if isinstance(node, Picture):
            bitmap, width, height = self._size(node)
            top = y + _collapsed(adjoining)
            at = x + place.x, top + place.padding_top
            self.placed.append(Placed(*at, None, bitmap, width, height, node.fit))
            bottom = top + place.padding_top + height + place.padding_bottom
            return bottom, [place.margin_bottom], top
        piece = self._setter(node).piece(self._texts)
        if piece.empty and not (place.height or place.padding_top or place.padding_bottom):
            return y, [*adjoining, place.margin_bottom], None
        top = y + _collapsed(adjoining)
        self.placed.append(Placed(x + place.x, top + place.padding_top, piece))
        height = piece.height if place.height is None else place.height
        bottom = top + place.padding_top + height + place.padding_bottom
        return bottom, [place.margin_bottom], top

    def _block(self, node: Block, x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        place = node.place
        outer, self._waiting = self._waiting, []
        inner_x, closed = x + place.x, bool(place.apart or place.padding_top)
        if closed:
            top: float | None = y + _collapsed(adjoining)
            start = y + _collapsed(adjoining) + place.padding_top
            y, adjoining, _ = self.children(node.children, inner_x, start, [])
        else:
            before, waiting = y, adjoining
            y, adjoining, top = self.children(node.children, inner_x, y, adjoining)
            if top is None and any(child.place.inset is None for child in node.children):
                # CSS lets all its margins collapse into one, WeasyPrint counts some twice.
                raise Unsettable("an element in which there are only empty ones")
            if top is None and place.height:  # nothing in it, yet it has a height
                top = before + _collapsed(waiting)
            start = before if top is None else top
        if place.height is not None and top is not None:
            y, adjoining = start + place.height, []
        elif place.apart or place.padding_bottom:
            y, adjoining = y + _collapsed(adjoining), []
        if place.positioned:
            self.absolutes(
                inner_x - place.padding_left, start - place.padding_top,
                place.width + place.padding_left + place.padding_right,
                y - start + place.padding_top + place.padding_bottom,
            )  # fmt: skip
            self._waiting = outer
        else:
            self._waiting = outer + self._waiting
        return y + place.padding_bottom, [*adjoining, place.margin_bottom], top

    def column(self, root: Block, height: float) -> None:
        """A flex column: margins stay apart, and what is free goes above (`spread`).

        WeasyPrint takes a paragraph for one line high when it shares out what is free.
        """
        y = 0.0
        for node in root.children:
            if node.place.inset is not None:
                self._waiting.append(node)
                continue
            y, adjoining, _ = self._in_flow(node, 0.0, y, [])
            y += sum(adjoining)
        if root.spread and any(len(item.piece.shown) > 1 for item in self.placed if item.piece):
            raise Unsettable("a paragraph of several lines in a flex column")
        self._shift(0, root.spread * (height - y))

    def _shift(self, start: int, dy: float) -> None:
        if dy:
            self.placed[start:] = [item._replace(y=item.y + dy) for item in self.placed[start:]]

    def absolutes(self, x: float, y: float, width: float, height: float) -> None:
        """What waits for this containing block: its padding box."""
        waiting, self._waiting = self._waiting, []
        for node in waiting:
            top, right, bottom, left = node.place.inset or (None, None, None, None)
            start, place = len(self.placed), node.place
            bitmap, wide, high = (
                self._size(node) if isinstance(node, Picture) else (None, place.width, 0.0)
            )
            if left is not None:
                at = x + left + place.x
            else:
                at = x + width - (right or 0.0) - place.end - wide
            if isinstance(node, Picture):
                self.placed.append(
                    Placed(at, place.padding_top, None, bitmap, wide, high, node.fit)
                )
            elif isinstance(node, Block):
                inner, adjoining, _ = self.children(node.children, at, place.padding_top, [])
                high = inner + _collapsed(adjoining) - place.padding_top
            else:
                piece = self._setter(node).piece(self._texts)
                self.placed.append(Placed(at, place.padding_top, piece))
                high = piece.height
            if place.height is not None:
                high = place.height
            outer = place.padding_top + high + place.padding_bottom
            if top is not None:
                self._shift(start, y + top + place.margin_top)
            else:
                self._shift(start, y + height - (bottom or 0.0) - place.margin_bottom - outer)

    # --- pictures (CSS 2.1, 10.3.2 and 10.4) ---

    def _size(self, node: Picture) -> tuple[Bitmap, float, float]:
        bitmap = self._pictures[node.slot]
        return bitmap, *used_size(node, bitmap)


def _collapsed(margins: _Adjoining) -> float:
    return max(0.0, *margins) + min(0.0, *margins) if margins else 0.0


def used_size(node: Picture, bitmap: Bitmap) -> tuple[float, float]:
    """Width and height of a replaced element with a ratio of its own, px."""
    ratio = bitmap.width / bitmap.height
    width, height = node.width, node.height
    most_wide = max(node.min_width, _or_endless(node.max_width))
    most_high = max(node.min_height, _or_endless(node.max_height))
    if width is None and height is None:
        return _both_auto(node, bitmap, most_wide, most_high)
    if width is None:
        width = (height or 0.0) * ratio
    width = max(node.min_width, min(width, most_wide))
    if height is None:
        height = width / ratio
    return width, max(node.min_height, min(height, most_high))


def _both_auto(
    node: Picture, bitmap: Bitmap, most_wide: float, most_high: float
) -> tuple[float, float]:
    """The table of CSS 2.1, 10.4: the ratio is kept as long as the limits let it."""
    wide, high = bitmap.width, bitmap.height
    scale = min(1.0, most_wide / wide, most_high / high)
    if scale < 1:
        if node.min_width > wide * scale or node.min_height > high * scale:
            return (
                max(node.min_width, min(most_wide, wide * scale)),
                max(node.min_height, min(most_high, high * scale)),
            )
        return wide * scale, high * scale
    scale = max(1.0, node.min_width / wide, node.min_height / high)
    return min(wide * scale, most_wide), min(high * scale, most_high)


def _or_endless(limit: float | None) -> float:
    return float("inf") if limit is None else limit


# --- paragraphs ------------------------------------------------------------------------------


class _Setter:
    """Sets one paragraph of a flow, with whatever texts."""

    def __init__(self, node: Paragraph | Words, typesetter: Typesetter) -> None:
        self._typesetter, self._style = typesetter, node.style
        self._node, self._measure = node, node.measure
        groups = (node.bits,) if isinstance(node, Paragraph) else node.groups
        self._groups = [[self._same(bit) for bit in bits] for bits in groups]
        self._words = isinstance(node, Words)
        self.slots = tuple(bit.slot for bits in groups for bit in bits if bit.slot >= 0)
        self._strut = typesetter.strut(node.style)
        #: of the style's own font: where nothing else stands on a line, it is the strut's
        self._height = typesetter.strut(replace(node.style, line_height=None))[0]
        #: of each style what the inline elements round it need: (height, baseline) each
        self._fount = typesetter.quick(node.style)
        self._columns = Columns(node.style, node.measure)
        only = self._groups[0][0] if len(self._groups) == 1 == len(self._groups[0]) else None
        self._quick = (
            not self._words
            and only is not None
            and only.slot >= 0
            and not only.inside
            and only.style is self._style
            and self._style.white_space != "pre-line"
        )
        #: An inline element makes a line, if there is nothing in it one without height, and
        #: margins do not collapse through that.
        self._has_elements = any(bit.inside for bits in self._groups for bit in bits)
        self._kept: dict[str, Piece] = {}
        self._moves: list[bytes] = []
        self._start = b""
        if self._fount:
            selected = _selected(self._fount.face.font, node.style.size)
            self._start = node.style.colour + b"\n" + selected
        self._around = {
            id(bit.style): tuple(typesetter.strut(style) for style in bit.boxes)
            for bits in self._groups
            for bit in bits
        }

    def _same(self, bit: Bit) -> Bit:
        """Equal styles as one object, by which they are told; but inline elements need room."""
        if {bit.style, *bit.boxes} == {self._style}:
            return Bit(style=self._style, slot=bit.slot, inside=bit.inside)
        return bit

    def piece(self, texts: Sequence[str]) -> Piece:
        """The paragraph with these texts, set."""
        slots, kept = self.slots, self._kept
        key = texts[slots[0]] if len(slots) == 1 else "\0".join([texts[slot] for slot in slots])
        piece = kept.get(key)
        if piece is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            piece = kept[key] = self.set(texts)
        return piece

    def set(self, texts: Sequence[str]) -> Piece:
        if self._quick and self._fount:
            text = collapsed(texts[self.slots[0]], self._style.white_space).lstrip(" ")
            if not text:
                return _NOTHING
            rows = rows_of(self._fount, self._columns, text)
            if rows is not None:
                return self._composed(rows)
        if self._words:
            lines = self._rows(texts)
        else:
            if self._has_elements:
                self._refuse_empty(texts)
            spans = _spans(self._groups[0], texts)
            lines = self._typesetter.lines(spans, self._measure, self._style)
        return self._compose(lines)

    def _refuse_empty(self, texts: Sequence[str]) -> None:
        """Elements without text, where they are seen.

        They make their line higher, and WeasyPrint leaves a space after one that begins a line.
        """
        height, baseline = self._strut
        empty = begun = False
        for bit in self._groups[0]:
            text = texts[bit.slot] if bit.slot >= 0 else ""
            blank = not text.strip()
            if bit.slot < 0:
                empty = begun = False
            elif blank and bit.inside:
                empty = empty or not begun
                for high, base in self._around[id(bit.style)]:
                    if base > baseline or high - base > height - baseline:
                        raise Unsettable("an empty element that is higher than its line")
            elif empty and not begun and text[:1].isspace():
                raise Unsettable("a space after an empty element, at the beginning of a line")
            begun = begun or not blank

    def _rows(self, texts: Sequence[str]) -> tuple[Line, ...]:
        """Inline-blocks on lines; one that is too wide has lines of its own."""
        space, column = self._typesetter.space(self._style), self._measure.width
        endless = Measure(width=_ENDLESS)
        rows: list[list[tuple[float, Line]]] = []
        at = 0.0
        for bits in self._groups:
            spans, style = _spans(bits, texts), bits[0].style
            lines = self._typesetter.lines(spans, endless, style)
            if not lines:  # WeasyPrint leaves the space beside it, even where a line begins
                raise Unsettable("an inline-block without text")
            if len(lines) > 1:
                raise Unsettable("an inline-block of several lines")
            if lines[0].width > column:  # broken, it fills the column
                rows += [[(0.0, line)] for line in self._broken(spans, style)]
                at = column
                continue
            if rows and at + space + lines[0].width <= column:
                at += space
            else:
                rows.append([])
                at = 0.0
            rows[-1].append((at, lines[0]))
            at += lines[0].width
        return tuple(_joined(row, self._measure) for row in rows)

    def _broken(self, spans: Sequence[Span], style: TextStyle) -> tuple[Line, ...]:
        if self._measure.align not in ("start", "left") or self._measure.indent:
            raise Unsettable("an inline-block that is too wide for its line")
        return self._typesetter.lines(spans, Measure(width=self._measure.width), style)

    def _composed(self, rows: Sequence[Row]) -> Piece:
        """What `_compose` does, for lines that are one fragment each, in the style of the block."""
        height, above = self._strut
        moves, base, at = self._moves, above, 0.0
        body, shown = [self._start], []
        for number, (text, x, _, tj, ink) in enumerate(rows):
            if x == at:
                while number >= len(moves):
                    moves.append(self._move(len(moves)))
                body.append(moves[number])
            else:
                body.append(self._move(number, x - at))
                at = x
            body += (b"[", tj, b"]TJ\n")
            left, top, right, bottom = ink
            if right > left:
                shown.append(Shown(text, (x + left, base + top, x + right, base + bottom)))
            base += height
        return _piece(height * len(rows), body, shown)

    def _move(self, number: int, dx: float = 0.0) -> bytes:
        """To the baseline of the line of that number, from the one before."""
        height, above = self._strut
        y = round((above + number * height) * -750)
        before = round((above + (number - 1) * height) * -750) if number else 0
        return b"%s %s Td\n" % (thousandths(round(dx * 750)), thousandths(y - before))

    def _compose(self, lines: Sequence[Line]) -> Piece:
        y, pen, shown = 0.0, _Pen(), []
        plain, style, strut = self._height, self._style, self._strut
        for line in lines:
            parts = line.fragments
            if len(parts) == 1 and parts[0].style is style and parts[0].height == plain:
                above, below = strut[1], strut[0] - strut[1]  # as most lines are
            else:
                above, below = self._extent(line)
            base = y + above
            for part in parts:
                if part.runs:
                    pen.draw(part, base)
            ink = _ink(parts, base)
            if ink:
                text = parts[0].text if len(parts) == 1 else "".join([p.text for p in parts])
                shown.append(Shown(text, ink))
            y = base + below
        return _piece(y, pen.body, shown, empty=not (lines or self._has_elements))

    def _extent(self, line: Line) -> tuple[float, float]:
        """How far the line reaches above and below its baseline (CSS 2.1, 10.8)."""
        height, baseline = self._strut
        above, below = baseline, height - baseline
        for part in line.fragments:
            high = self._typesetter.strut(part.style)[0]
            top = part.baseline + (high - part.height) / 2
            above, below = max(above, top), max(below, high - top)
            for high, base in self._around[id(part.style)]:
                above, below = max(above, base), max(below, high - base)
        return above, below


def _piece(
    height: float, body: Sequence[bytes], shown: Sequence[Shown], *, empty: bool = False
) -> Piece:
    ink = _union([line.ink for line in shown])
    return Piece(height, b"".join(body), tuple(shown), ink, empty)


def _spans(bits: Sequence[Bit], texts: Sequence[str]) -> list[Span]:
    return [
        Span(
            style=bit.style,
            # A line feed alone means a forced break, and in the source it is a space.
            text="\n" if bit.slot < 0 else " " if texts[bit.slot] == "\n" else texts[bit.slot],
            inside=bit.inside,
        )
        for bit in bits
    ]


def _joined(row: Sequence[tuple[float, Line]], measure: Measure) -> Line:
    """Lines side by side as one, aligned in the column."""
    width = row[-1][0] + row[-1][1].width
    free = measure.width - width
    start = {"end": free, "right": free, "center": free / 2}.get(measure.align, 0.0)
    fragments = tuple(
        part._replace(x=part.x + at + start) for at, line in row for part in line.fragments
    )
    return Line(fragments, width)


def _ink(parts: Sequence[Fragment], base: float) -> Ink | None:
    inks = []
    for part in parts:
        left, top, right, bottom = part.ink
        if right > left:
            inks.append((part.x + left, base + top, part.x + right, base + bottom))
    return _union(inks)


def _union(inks: Sequence[Ink]) -> Ink | None:
    if len(inks) < 2:
        return inks[0] if inks else None
    lefts, tops, rights, bottoms = zip(*inks, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


class _Pen:
    """Writes text operators; positions are kept as whole thousandths of a point."""

    def __init__(self) -> None:
        self.body: list[bytes] = []
        self._x = self._y = 0
        self._colour = self._font = b""

    def draw(self, part: Fragment, base: float) -> None:
        style, body = part.style, self.body
        x, y = round(part.x * 750), round(base * -750)
        if style.colour != self._colour:
            self._colour = style.colour
            body.append(style.colour + b"\n")
        body.append(b"%s %s Td\n" % (thousandths(x - self._x), thousandths(y - self._y)))
        self._x, self._y = x, y
        for run in part.runs:
            font = _selected(run.font, style.size)
            if font is not self._font:
                self._font = font
                body.append(font)
            if run.rise:
                body.append(b"%s Ts [%s]TJ 0 Ts\n" % (number(run.rise * _PT), run.tj))
            else:
                body.append(b"[%s]TJ\n" % run.tj)


_SELECTED: dict[tuple[str, float], bytes] = {}


def _selected(font: Font, size: float) -> bytes:
    """The operator that selects a font; Pango counts sizes in 1/1024 px."""
    key = font.sha256, size
    found = _SELECTED.get(key)
    if found is None:
        points = number(int(size * 1024) / 1024 * _PT)
        found = _SELECTED[key] = b"/%s %s Tf\n" % (font_name(font).encode(), points)
    return found


def number(value: float) -> bytes:
    """A number as PDF writes it, with six decimals at most."""
    return (b"%.6f" % value).rstrip(b"0").rstrip(b".")


_THOUSANDTHS: dict[int, bytes] = {}
_MOST_NUMBERS = 1 << 16


def thousandths(value: int) -> bytes:
    """So many thousandths as PDF writes them: no exponent, no needless zeros."""
    text = _THOUSANDTHS.get(value)
    if text is None:
        text = (b"%.3f" % (value / 1000)).rstrip(b"0").rstrip(b".") or b"0"
        if len(_THOUSANDTHS) < _MOST_NUMBERS:
            _THOUSANDTHS[value] = text
    return text

"""A paragraph of a Flow + one person's texts -> Matter: lines of text as PDF operators.

Matter is a printer's word for type that has been set. What stands in a paragraph is set once
for the same texts, and drawn wherever the paragraph stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from mailroom.press.flow import Bit, Paragraph, Words
from mailroom.press.operators import Pen, selected, thousandths
from mailroom.typeset.plain import Columns, Row, rows_of
from mailroom.typeset.spans import collapsed
from mailroom.typeset.styles import Fragment, Line, Measure, Span, TextStyle, Unsettable
from mailroom.typeset.typesetter import Typesetter

_ENDLESS = 1e6
_MOST_KEPT = 200  # texts of a paragraph: those that are the same for many are few

Ink = tuple[float, float, float, float]  #: left, top, right, bottom


class Shown(NamedTuple):
    """A line of text, or a picture, and where its ink is."""

    text: str
    ink: Ink


class Matter(NamedTuple):
    """A paragraph that has been set: drawn from its own top left corner."""

    height: float
    body: bytes  #: text operators; moves are relative to the corner
    shown: tuple[Shown, ...]
    ink: Ink | None  #: all of it
    empty: bool  #: there is no line in it


_NOTHING = Matter(0.0, b"", (), None, True)


class Compositor:
    """Sets one paragraph of a flow, with whatever texts."""

    def __init__(self, node: Paragraph | Words, typesetter: Typesetter) -> None:
        self._typesetter, self._style = typesetter, node.style
        self._node, self._measure = node, node.measure  # kept: the Filler knows it by its id
        groups = (node.bits,) if isinstance(node, Paragraph) else node.groups
        self._groups = [[self._same(bit) for bit in bits] for bits in groups]
        self._words = isinstance(node, Words)
        self._slots = tuple(bit.slot for bits in groups for bit in bits if bit.slot >= 0)
        self._strut = typesetter.strut(node.style)
        #: of the style's own font: where nothing else stands on a line, it is the strut's
        self._height = typesetter.strut(replace(node.style, line_height=None))[0]
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
        self._kept: dict[str, Matter] = {}
        self._moves: list[bytes] = []
        self._start = b""
        if self._fount:
            font = selected(self._fount.face.font, node.style.size)
            self._start = node.style.colour + b"\n" + font
        #: of each style what the inline elements round it need: (height, baseline) each
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

    def matter(self, texts: Sequence[str]) -> Matter:
        """The paragraph with these texts, set."""
        slots, kept = self._slots, self._kept
        key = texts[slots[0]] if len(slots) == 1 else "\0".join([texts[slot] for slot in slots])
        matter = kept.get(key)
        if matter is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            matter = kept[key] = self._set(texts)
        return matter

    def _set(self, texts: Sequence[str]) -> Matter:
        if self._quick and self._fount:
            text = collapsed(texts[self._slots[0]], self._style.white_space).lstrip(" ")
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

        They make their line higher, and WeasyPrint leaves a space after one that begins a line
        and before one that ends it.
        """
        height, baseline = self._strut
        aligned = self._measure.align not in ("start", "left", "justify")
        empty = begun = spaced = False
        for bit in self._groups[0]:
            text = texts[bit.slot] if bit.slot >= 0 else ""
            blank = not text.strip()
            if bit.slot < 0:
                empty = begun = False
            elif blank and bit.inside:
                if aligned and spaced and not text:
                    raise Unsettable("an empty element after a space, in text that is not left")
                empty = empty or not begun
                for high, base in self._around[id(bit.style)]:
                    if base > baseline or high - base > height - baseline:
                        raise Unsettable("an empty element that is higher than its line")
            elif empty and not begun and text[:1].isspace():
                raise Unsettable("a space after an empty element, at the beginning of a line")
            begun = begun or not blank
            spaced = text[-1:].isspace() if text else spaced

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

    def _composed(self, rows: Sequence[Row]) -> Matter:
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
        return _matter(height * len(rows), body, shown)

    def _move(self, number: int, dx: float = 0.0) -> bytes:
        """To the baseline of the line of that number, from the one before."""
        height, above = self._strut
        y = round((above + number * height) * -750)
        before = round((above + (number - 1) * height) * -750) if number else 0
        return b"%s %s Td\n" % (thousandths(round(dx * 750)), thousandths(y - before))

    def _compose(self, lines: Sequence[Line]) -> Matter:
        y, pen, shown = 0.0, Pen(), []
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
        return _matter(y, pen.body, shown, empty=not (lines or self._has_elements))

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


def _matter(
    height: float, body: Sequence[bytes], shown: Sequence[Shown], *, empty: bool = False
) -> Matter:
    ink = _union([line.ink for line in shown])
    return Matter(height, b"".join(body), tuple(shown), ink, empty)


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

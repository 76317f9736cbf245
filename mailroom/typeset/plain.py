"""Paragraphs in one style, the quick way: what lines.py does where there is only one child."""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.typeset.chains import Chain, chain
from mailroom.typeset.chars import NO_BREAK_SPACE
from mailroom.typeset.founts import Fount
from mailroom.typeset.galleys import UNLIMITED, Galley, Ink, galley
from mailroom.typeset.pango import Cut, Drawn
from mailroom.typeset.styles import Fragment, Line, Measure, Run, TextStyle

SLACK = 1 + 1e-9  # widths that were added up and taken apart again must still fit
EMPTY_LINE = Line((), 0.0)


def set_plain(
    fount: Fount, style: TextStyle, parts: Sequence[str], measure: Measure
) -> list[Line] | None:
    """The lines of texts that line feeds divide; None: not certain (see galleys.py)."""
    lines: list[Line] = []
    column = Columns(style, measure)
    font, height, baseline = fount.face.font, fount.height, fount.baseline
    final = len(parts) - 1
    for number, part in enumerate(parts):
        part = part.lstrip(" ")
        if not part:
            if number < final:
                lines.append(EMPTY_LINE)
        elif number < final and part[-1] == " ":
            return None  # before a <br> such a space counts where the line is centred
        else:
            rows = rows_of(fount, column, part)
            if rows is None:
                return None
            for text, x, width, tj, ink in rows:
                part_of = Fragment(style, text, x, width, height, baseline, ink, (Run(font, tj),))
                lines.append(Line((part_of,), width))
        column = column.later
    return lines


def text_of(fount: Fount, text: str) -> Galley | Chain | None:
    """The words of a text without line feeds, its white space collapsed."""
    return chain(fount, text) if fount.tied and " " in text else galley(fount, text)


Row = tuple[str, float, float, bytes, Ink]
"""A line: its text, where it begins, its width, the operands of TJ, its ink."""


class Columns:
    """What lines are set into: the first one of a paragraph may be indented."""

    __slots__ = ("first", "hyphenates", "indent", "later", "left", "measure", "rest", "style")

    def __init__(self, style: TextStyle, measure: Measure, indent: float | None = None) -> None:
        self.style, self.measure = style, measure
        self.indent = measure.indent if indent is None else indent
        self.first = _limits(style, measure.width * SLACK - self.indent)
        self.rest = _limits(style, measure.width * SLACK)
        self.hyphenates = style.hyphens == "auto" and bool(style.language)
        aligns = {measure.align, measure.align_last}
        self.left = aligns <= {"start", "left", "auto"}
        self.later: Columns = Columns(style, measure, 0.0) if self.indent else self


def _limits(style: TextStyle, room: float) -> tuple[int, int]:
    """The room for a line in Pango units; the characters that WeasyPrint shows Pango first."""
    if style.white_space == "nowrap":
        return UNLIMITED, 0
    shown = int(room / style.size * 4)
    return min(int(max(0.0, room) * 1024), UNLIMITED), shown if style.size * 4 <= room else 0


def rows_of(fount: Fount, column: Columns, text: str) -> list[Row] | None:
    """The lines of a text that does not begin with a space; None: not certain."""
    source = text_of(fount, text)
    if source is None:
        return None
    count = len(source.tokens)
    limit, shown = column.first
    indent = column.indent
    rows: list[Row] = []
    start = 0
    while start < count:
        taken = source.take(start, limit, shown)
        if taken is not None and column.hyphenates and taken[0] < count:
            room = column.measure.width * SLACK - indent
            taken = source.hyphenated(start, taken, limit, room, column.style)
        if taken is None:
            return None
        end, cut, units, hyphen = taken
        last = end == count
        part = [source.tokens[end][:cut] + hyphen] if cut else []
        line, width = " ".join(source.tokens[start:end] + part), units / 1024
        x, spread = indent, 0.0
        if not column.left:
            x, spread = _aligned(indent, width, line, column.measure, last)
        made = source.set(start, taken, spread, last and source.trailing and not spread)
        if made is None or (cut and not source.drop(taken)):
            return None
        if source.kinds & NO_BREAK_SPACE and line.isspace():
            return None
        if spread:
            width += spread * line.count(" ")
        rows.append((line, x, width, made[0], made[1]))
        limit, shown = column.rest
        start, indent = end, 0.0
    return rows


def _aligned(
    x: float, width: float, text: str, measure: Measure, last: bool
) -> tuple[float, float]:
    """Where the line stands, and by how much each of its spaces is wider."""
    align = measure.align
    if last and measure.align_last != "auto":
        align = measure.align_last
    room = measure.width - (x + width)
    if align in ("start", "left") or room <= 0:
        return x, 0.0
    if align == "justify":
        spaces = text.count(" ") + text.count("\xa0")
        return x, room / spaces if spaces else 0.0
    return x + (room / 2 if align == "center" else room), 0.0


def cut_of(fount: Fount, style: TextStyle, text: str, width: float | None) -> Cut | None:
    """The first line of a text, as `Pango.split` would say it; None: not certain."""
    head, feed, _ = text.partition("\n")
    if not head:
        return Cut("", 1, True, 0.0, 0.0, 0.0)
    if "\xad" in text:
        return None  # even far away, it lets WeasyPrint hyphenate in another way
    limit, shown = (UNLIMITED, 0) if width is None else _limits(style, width)
    if head == " ":
        fits = fount.space <= limit and not feed
        return (
            Cut(head, None, False, fount.space / 1024, fount.height, fount.baseline)
            if fits
            else None
        )
    near = head.rfind(" ", 1, shown) if shown else 0
    source = text_of(fount, head[:near] if near > 0 else head)
    taken = source.take(0, limit, shown) if source else None
    if near > 0 and (source is None or taken is None or taken[0] + 1 >= len(source.tokens)):
        source = text_of(fount, head)  # that was not enough to see where the line ends
        taken = source.take(0, limit, shown) if source else None
    if source is None or taken is None:
        return None
    end, cut, units, _ = taken
    if end == len(source.tokens):
        if source.trailing:
            units += source.rest()
        resume = len(head) + 1 if feed else None
        return Cut(head, resume, bool(feed), units / 1024, fount.height, fount.baseline)
    if width is not None and style.hyphens == "auto" and style.language:
        found = source.hyphenated(0, taken, limit, width, style)
        if found is None:
            return None
        taken = found
    end, cut, units, hyphen = taken
    line = " ".join(source.tokens[:end] + ([source.tokens[end][:cut]] if cut else []))
    if source.leading:
        line = " " + line
    resume = len(line) if cut else len(line) + 1
    return Cut(line + hyphen, resume, False, units / 1024, fount.height, fount.baseline)


def drawn(fount: Fount, text: str, spacing: float) -> Drawn | None:
    """A finished piece of a line, as `Pango.draw` would; None: not certain."""
    source = text_of(fount, text)
    if source is None or (spacing and source.trailing):
        return None
    taken = source.take(0, UNLIMITED, 0)
    made = source.set(0, taken, spacing, source.trailing) if taken else None
    return Drawn((Run(fount.face.font, made[0]),), made[1]) if made else None

"""Paragraphs in one style, the quick way: what lines.py does where there is only one child."""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.typeset.founts import Fount
from mailroom.typeset.galleys import (
    Galley,
    Taken,
    can_be_spread,
    galley,
    glyphs,
    ink,
    spread_glyphs,
)
from mailroom.typeset.pango import Cut, Drawn
from mailroom.typeset.styles import Fragment, Line, Measure, Run, TextStyle

SLACK = 1 + 1e-9  # widths that were added up and taken apart again must still fit
EMPTY_LINE = Line((), 0.0)
_UNLIMITED = 2**31 - 1


def set_plain(
    fount: Fount, style: TextStyle, parts: Sequence[str], measure: Measure
) -> list[Line] | None:
    """The lines of texts that line feeds divide; None: not certain (see galleys.py)."""
    lines: list[Line] = []
    indent = measure.indent
    final = len(parts) - 1
    for number, part in enumerate(parts):
        part = part.lstrip(" ")
        if not part:
            if number < final:
                lines.append(EMPTY_LINE)
        elif number < final and part[-1] == " ":
            return None  # such a space counts where the line is centred
        else:
            found = galley(fount, part)
            if found is None or not _fill(found, style, measure, indent, lines):
                return None
        indent = 0.0
    return lines


def limit_of(style: TextStyle, room: float) -> int:
    """The room for a line in Pango units."""
    if style.white_space == "nowrap":
        return _UNLIMITED
    return min(int(max(0.0, room) * 1024), _UNLIMITED)


def _fill(
    source: Galley, style: TextStyle, measure: Measure, indent: float, lines: list[Line]
) -> bool:
    start = 0
    hyphenates = style.hyphens == "auto" and style.language
    while start < len(source.words):
        taken = source.take(start, limit_of(style, measure.width * SLACK - indent))
        if taken is None:
            return False
        last = taken.end == len(source.words)
        if not last and hyphenates:
            return False
        line = _line(source, start, taken, style, measure, indent)
        if line is None or not source.drop(taken):
            return False
        lines.append(line)
        start, indent = taken.end, 0.0
    return True


def _line(
    source: Galley, start: int, taken: Taken, style: TextStyle, measure: Measure, indent: float
) -> Line | None:
    fount = source.fount
    tokens, words = source.pieces(start, taken)
    last = taken.end == len(source.words)
    text = " ".join(tokens)
    if text.isspace():
        return None
    width = taken.width / 1024
    x, spread = _aligned(indent, width, text, measure, last)
    sized = fount.sized
    height = (sized.ascent + sized.descent) / 1024
    if spread:
        if fount.tied or not can_be_spread(words):
            return None
        extra = int(spread * 1024)
        tj, box = spread_glyphs(words, fount, extra), ink(words, fount, extra)
        width += spread * text.count(" ")
    else:
        tj, box = glyphs(words, fount, last and source.trailing), ink(words, fount)
    run = Run(fount.face.font, tj)
    fragment = Fragment(style, text, x, width, height, sized.ascent / 1024, box, (run,))
    return Line((fragment,), width)


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
    source = galley(fount, head)
    if source is None:
        return None
    taken = source.take(0, _UNLIMITED if width is None else limit_of(style, width))
    if taken is None:
        return None
    sized = fount.sized
    height, baseline = (sized.ascent + sized.descent) / 1024, sized.ascent / 1024
    if taken.end == len(source.words):
        units = taken.width
        if source.trailing:
            units += source.words[-1].tail + fount.space
        resume = len(head) + 1 if feed else None
        return Cut(head, resume, bool(feed), units / 1024, height, baseline)
    if style.hyphens == "auto" and style.language:
        return None
    tokens, _ = source.pieces(0, taken)
    line = " ".join(tokens)
    resume = len(line) if taken.cut else len(line) + 1
    return Cut(line, resume, False, taken.width / 1024, height, baseline)


def drawn(fount: Fount, text: str, spacing: float) -> Drawn | None:
    """A finished piece of a line, as `Pango.draw` would; None: not certain."""
    source = galley(fount, text)
    if source is None or text.isspace():
        return None
    words = source.words
    if not spacing:
        tj, box = glyphs(words, fount, source.trailing), ink(words, fount)
    elif fount.tied or source.trailing or not can_be_spread(words):
        return None
    else:
        extra = int(spacing * 1024)
        tj, box = spread_glyphs(words, fount, extra), ink(words, fount, extra)
    return Drawn((Run(fount.face.font, tj),), box)

"""The one that is asked: spans in, lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailroom.fonts import Font
from mailroom.typeset.founts import Fount
from mailroom.typeset.lines import Column
from mailroom.typeset.plain import set_plain
from mailroom.typeset.setter import Setter
from mailroom.typeset.spans import collapse, plain_parts
from mailroom.typeset.styles import Line, Measure, Span, TextStyle, Unsettable


class Typesetter:
    """Sets text in `fonts`; words are remembered, up to a limit."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        self._setter = Setter(fonts)

    def lines(self, spans: Sequence[Span], measure: Measure, block: TextStyle) -> tuple[Line, ...]:
        """The lines of one block container; Unsettable says why they cannot be set here."""
        if any(span.style.size * 1024 < 1 for span in spans):
            raise Unsettable("its font-size is 0")
        fount = self._setter.fount(block)
        parts = plain_parts(spans, block) if fount else None
        if fount and parts is not None:
            lines = set_plain(fount, block, parts, measure)
            if lines is None:
                other = self._setter.fallback(block, parts, measure)
                if other and other is not fount:
                    lines = set_plain(other, block, parts, measure)
            if lines is not None:
                return tuple(lines)
        return tuple(Column(self._setter, collapse(spans, block), measure).lines())

    def quick(self, style: TextStyle) -> Fount | None:
        """What text in this style is set with, as long as `rows_of` is certain; None: nothing."""
        return self._setter.fount(style)

    def strut(self, style: TextStyle) -> tuple[float, float]:
        """Used line height and baseline (from its top) of an empty line (CSS 2.1, 10.8.1)."""
        return self._setter.strut(style)

    def space(self, style: TextStyle) -> float:
        """The width of a space that stands alone, between two inline-blocks."""
        return self._setter.width(style, " ")

    def to_text(self, font: Font) -> Mapping[int, str]:
        """Glyph id -> the text it was first set for: of all glyphs set so far (ToUnicode)."""
        for face in self._setter.faces:
            if face.font == font:
                return face.texts
        return {}

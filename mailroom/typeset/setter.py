"""One span of text at a time: the quick way where it is certain, Pango's own where it is not."""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.fonts import Font
from mailroom.typeset.faces import Face
from mailroom.typeset.pango import Cut, Drawn, Pango
from mailroom.typeset.styles import TextStyle, Unsettable


class Setter:
    """All that is known of our fonts and of the words set so far."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        self.faces = tuple(Face(font) for font in fonts)
        self._pango: Pango | None = None
        self._breaks: dict[tuple[str, str], bool] = {}

    @property
    def pango(self) -> Pango:
        if self._pango is None:
            self._pango = Pango(self.faces)
        return self._pango

    def split(self, style: TextStyle, text: str, width: float | None, at_start: bool) -> Cut | None:
        """As much of a text as fits on a line; `at_start`: nothing stands there yet."""
        return self.pango.split(style, text, width, at_start)

    def width(self, style: TextStyle, text: str) -> float:
        """The width of a text that is not broken."""
        cut = self.split(style, text, None, True)
        return cut.width if cut else 0.0

    def draw(self, style: TextStyle, text: str, spacing: float) -> Drawn:
        return self.pango.draw(style, text, spacing)

    def can_break(self, text: str, language: str) -> bool:
        key = text, language
        known = self._breaks.get(key)
        if known is None:
            if len(self._breaks) > 5000:
                self._breaks.clear()
            known = self._breaks[key] = self.pango.can_break(text, language)
        return known

    def strut(self, style: TextStyle) -> tuple[float, float]:
        """Line height and baseline of an empty line: of the first family's font."""
        face = self.first_face(style)
        sized = face.sized(style.size)
        height, baseline = (sized.ascent + sized.descent) / 1024, sized.ascent / 1024
        if style.line_height is None:
            return height, baseline
        return style.line_height, baseline + (style.line_height - height) / 2

    def first_face(self, style: TextStyle) -> Face:
        family = style.families[0].casefold() if style.families else "?"
        wanted = family, style.weight, style.slant
        for face in self.faces:
            font = face.font
            if (font.family.casefold(), font.weight, font.style) == wanted:
                return face
        raise Unsettable(f"there is no {family} of weight {style.weight}, {style.slant}")

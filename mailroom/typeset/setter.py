"""One span of text at a time: the quick way where it is certain, Pango's own where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailroom.fonts import Font
from mailroom.typeset.chars import COMMON, CYRILLIC, GREEK, LATIN, LETTERS
from mailroom.typeset.faces import Face
from mailroom.typeset.founts import Fount
from mailroom.typeset.pango import NOTHING, Cut, Drawn, Pango
from mailroom.typeset.plain import cut_of, drawn
from mailroom.typeset.styles import Measure, TextStyle

_MOST, _MOST_FOUNTS = 5000, 64  # remembered; then all is forgotten
_ALL_LETTERS = frozenset().union(*LETTERS.values())
_LETTERS = {LATIN: "a", GREEK: "α", CYRILLIC: "а", COMMON: "1"}


class Setter:
    """All that is known of our fonts and of the words set so far."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        self.faces = tuple(Face(font) for font in fonts)
        self._pango: Pango | None = None
        self._breaks: dict[tuple[str, str], bool] = {}
        self._languages: dict[str, Mapping[int, str]] = {}
        self._founts: dict[tuple[object, ...], Fount] = {}
        self._by_style: dict[tuple[int, int], tuple[TextStyle, Fount | None]] = {}

    @property
    def pango(self) -> Pango:
        if self._pango is None:
            self._pango = Pango(self.faces)
        return self._pango

    def fount(self, style: TextStyle, family: int = 0) -> Fount | None:
        """What one of the style's families is set from; None: only Pango can."""
        key = id(style), family
        try:
            return self._by_style[key][1]
        except KeyError:
            if len(self._by_style) >= _MOST:
                self._by_style.clear()
            fount = self._fount(style, family)
            self._by_style[key] = style, fount  # kept, so that no other gets its id
            return fount

    def fallback(self, style: TextStyle, parts: Sequence[str], measure: Measure) -> Fount | None:
        """What texts are set from whose letters are all missing in the families before it.

        A space is of the same font as the letter before it, but where it is stretched. None
        where there is anything else, or where no family has all that is missing.
        """
        letters = set().union(*parts)
        if "justify" not in (measure.align, measure.align_last):
            letters.discard(" ")
        if not letters <= _ALL_LETTERS or style.hyphens == "auto":  # the hyphen may be of another
            return None
        for family in range(len(style.families)):
            fount = self.fount(style, family)
            if fount is None or letters <= fount.face.chars:
                return fount
            if not letters.isdisjoint(fount.face.chars):
                return None
        return None

    def _fount(self, style: TextStyle, family: int) -> Fount | None:
        face = self._face(style, family)
        if face is None or " " not in face.chars:
            return None
        if style.caps != "normal" or style.letter_spacing or style.word_spacing:
            return None
        key = face.font.sha256, int(style.size * 1024), style.features, style.language
        if key not in self._founts:
            if len(self._founts) >= _MOST_FOUNTS:
                self._founts.clear()
                self._by_style.clear()
            language = style.language
            self._founts[key] = Fount(
                face,
                style.size,
                dict(style.features),
                self._shaped_as(style),
                lambda word: self.pango.breaks(word, language),
            )
        return self._founts[key]

    def _face(self, style: TextStyle, family: int = 0) -> Face | None:
        if not style.families:
            return None
        wanted = style.families[family].casefold(), style.weight, style.slant
        for face in self.faces:
            font = face.font
            if (font.family.casefold(), font.weight, font.style) == wanted:
                return face
        return None

    def _shaped_as(self, style: TextStyle) -> Mapping[int, str]:
        """The language of each script: another one where ours is not written in it."""
        known = self._languages.get(style.language)
        if known is None:
            known = {bit: self.pango.language(style, char) for bit, char in _LETTERS.items()}
            self._languages[style.language] = known
        return known

    def split(self, style: TextStyle, text: str, width: float | None, at_start: bool) -> Cut:
        """As much of a text as fits on a line; `at_start`: nothing stands there yet."""
        fount = self.fount(style)
        cut = cut_of(fount, style, text, width) if fount else None
        return cut or self.pango.split(style, text, width, at_start)

    def width(self, style: TextStyle, text: str) -> float:
        """The width of a text that is not broken."""
        return self.split(style, text, None, True).width

    def draw(self, style: TextStyle, text: str, spacing: float) -> Drawn:
        """Shape what is all on one line; `spacing`: px that each space is wider."""
        if text.isspace():
            return NOTHING
        fount = self.fount(style)
        made = drawn(fount, text, spacing) if fount else None
        return made or self.pango.draw(style, text, spacing)

    def can_break(self, text: str, language: str) -> bool:
        """Whether there is a place to break a line inside the text."""
        key = text, language
        known = self._breaks.get(key)
        if known is None:
            if len(self._breaks) >= _MOST:
                self._breaks.clear()
            known = self._breaks[key] = self.pango.can_break(text, language)
        return known

    def strut(self, style: TextStyle) -> tuple[float, float]:
        """Line height and baseline of an empty line."""
        face = self._face(style)
        if face is None:
            return self.pango.strut(style)
        sized = face.sized(style.size)
        height, baseline = (sized.ascent + sized.descent) / 1024, sized.ascent / 1024
        if style.line_height is None:
            return height, baseline
        return style.line_height, baseline + (style.line_height - height) / 2

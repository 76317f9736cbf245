"""Font files as shaped with: their glyphs, widths and extents at any size."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import uharfbuzz as hb

from mailroom.fonts import Font, coverage
from mailroom.typeset.rules import Rules

_MOST_SIZES = 256


class Ink(NamedTuple):
    """The box round what is black of a glyph, from its origin, y downwards."""

    left: int
    top: int
    right: int
    bottom: int


class Sized:
    """A face at one size; lengths in Pango units (1/1024 px)."""

    def __init__(self, face: Face, units: int) -> None:
        self.size = units / 1024  #: px, as it is printed: whole Pango units
        self.font = face.scaled(units)
        extents = self.font.get_font_extents("ltr")
        self.ascent: int = extents.ascender
        self.descent: int = -extents.descender
        self.inks: dict[int, Ink | None] = {}  #: of glyphs seen; None: a glyph without ink
        self._face, self._scale = face, (units << 16) // face.upem

    def ink(self, glyph: int) -> Ink | None:
        """The glyph's box, rounded as by HarfBuzz 6, which Pango draws with."""
        if glyph not in self.inks:
            box = self._face.box(glyph)
            self.inks[glyph] = box and self._rounded(*box)
        return self.inks[glyph]

    def _rounded(self, left: int, top: int, right: int, bottom: int) -> Ink:
        x, y = self._em(left), -self._em(-top)
        return Ink(x, y, x + self._em(right - left), y - self._em(top - bottom))

    def _em(self, value: int) -> int:
        """In Pango units: fixed-point, as hb_font_t::em_mult."""
        return (value * self._scale + 0x8000) >> 16


class Face:
    """A font file: opened once, remembered with what was shaped of it."""

    def __init__(self, font: Font) -> None:
        self.font = font
        self.chars = frozenset(map(chr, coverage(font.path)))
        self.texts: dict[int, str] = {}  #: glyph -> the text it was first set for
        self._hb = hb.Face(hb.Blob.from_file_path(str(font.path)))
        self.upem: int = self._hb.upem
        self._plain = hb.Font(self._hb)  # its scale is the font's own: advances as in the file
        self._widths: dict[int, int] = {}
        self._sized: dict[int, Sized] = {}

    @cached_property
    def rules(self) -> Rules:
        from fontTools.ttLib import TTFont

        with TTFont(self.font.path, lazy=True) as font:  # most subtables are never read
            return Rules(font)

    def width(self, glyph: int) -> int:
        """The advance in 1/1000 em, as a PDF's /W says it."""
        try:
            return self._widths[glyph]
        except KeyError:
            advance = self._plain.get_glyph_h_advance(glyph)
            self._widths[glyph] = round(advance * 1000 / self.upem)
            return self._widths[glyph]

    def sized(self, size: float) -> Sized:
        """The face at `size` px, cut to whole Pango units as Pango does."""
        units = int(size * 1024)
        try:
            return self._sized[units]
        except KeyError:
            if len(self._sized) >= _MOST_SIZES:
                self._sized.clear()
            self._sized[units] = Sized(self, units)
            return self._sized[units]

    def scaled(self, units: int) -> Any:
        """A HarfBuzz font of that many units to the em."""
        font = hb.Font(self._hb)
        font.scale = (units, units)
        return font

    def box(self, glyph: int) -> Ink | None:
        """What is black of a glyph in the font's own units."""
        e = self._plain.get_glyph_extents(glyph)
        if e is None or not e.width or not e.height:
            return None
        left, top = e.x_bearing, -e.y_bearing
        return Ink(left, top, left + e.width, top - e.height)

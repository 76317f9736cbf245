"""Font files as shaped with: their glyphs, widths and extents at any size."""

from __future__ import annotations

from typing import Any, NamedTuple

import uharfbuzz as hb

from mailroom.fonts import Font, coverage


class Ink(NamedTuple):
    """What is black of a glyph or word, in Pango units from its origin, y downwards."""

    left: int
    top: int
    right: int
    bottom: int


class Sized(NamedTuple):
    """A face at one size; lengths in Pango units (1/1024 px)."""

    font: Any  #: hb.Font
    size: float  #: px, as it is printed: whole Pango units
    ascent: int
    descent: int  #: positive
    inks: dict[int, Ink | None]  #: of glyphs seen; None: a glyph without ink

    def ink(self, glyph: int) -> Ink | None:
        try:
            return self.inks[glyph]
        except KeyError:
            e = self.font.get_glyph_extents(glyph)
            ink = None
            if e is not None and e.width and e.height:
                top, left = -e.y_bearing, e.x_bearing
                ink = Ink(left, top, left + e.width, top - e.height)
            self.inks[glyph] = ink
            return ink


class Face:
    """A font file: opened once, remembered with what was shaped of it."""

    def __init__(self, font: Font) -> None:
        self.font = font
        self.covered = coverage(font.path)
        self.texts: dict[int, str] = {}  #: glyph -> the text it was first set for
        self._hb = hb.Face(hb.Blob.from_file_path(str(font.path)))
        self._plain = hb.Font(self._hb)  # its scale is the font's own: advances as in the file
        self._widths: dict[int, int] = {}
        self._sized: dict[int, Sized] = {}

    def width(self, glyph: int) -> int:
        """The advance in 1/1000 em, as a PDF's /W says it."""
        try:
            return self._widths[glyph]
        except KeyError:
            advance = self._plain.get_glyph_h_advance(glyph)
            width = self._widths[glyph] = round(advance * 1000 / self._hb.upem)
            return width

    def sized(self, size: float) -> Sized:
        """The face at `size` px, cut to whole Pango units as Pango does."""
        units = int(size * 1024)
        try:
            return self._sized[units]
        except KeyError:
            font = hb.Font(self._hb)
            font.scale = (units, units)
            e = font.get_font_extents("ltr")
            sized = Sized(font, units / 1024, e.ascender, -e.descender, {})
            self._sized[units] = sized
            return sized

"""Impression -> Page: what a printed page says, as preflight wants it.

All that is not stamped is read back from its PDF with PDFium, once for everybody who shares
it. What is stamped is decoded from the bytes that go into the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.preflight import ADDRESS
from mailroom.press.items import font_name
from mailroom.press.reread import Drawn, Reader
from mailroom.press.stamp import Impression
from mailroom.readback import Page, Picture, Readback, UsedFont
from mailroom.units import Box

_MOST_READ = 256


class Proofreader:
    """Reads the pages of one format; `reader` knows what the glyphs of `fonts` stand for."""

    def __init__(self, fmt: Format, reader: Reader, fonts: Sequence[Font]) -> None:
        self._reader = reader
        self._zones = [fmt.clear_zone_on(n + 1) for n in range(len(fmt.pages))]
        self._bare = [tuple(z.box for z in fmt.ink_free_on(n + 1)) for n in range(len(fmt.pages))]
        self._fonts = {font_name(font): UsedFont(font.family, True) for font in fonts}

    def read(self, impressions: Sequence[Impression]) -> list[Page | None]:
        """The pages of whole pieces, one piece after the other.

        None where only the finished PDF can tell: something that is stamped comes near a zone
        that must stay free of ink.
        """
        count = len(self._bare)
        pages = [self._still(each, n % count) for n, each in enumerate(impressions)]
        stamped = [
            (place, each)
            for place, each in enumerate(impressions)
            if each.stamped and pages[place] is not None
        ]
        read = self._reader.read([each.content for _, each in stamped])
        for (place, each), drawn in zip(stamped, read, strict=True):
            still = pages[place]
            assert still
            pages[place] = self._with_stamps(still, each, drawn)
        return pages

    def _still(self, impression: Impression, place: int) -> Page | None:
        """What is not stamped on a piece's page of that number, from 0; None as above."""
        zone, bare = self._zones[place], self._bare[place]
        if impression.stamped and (zone or bare) and _is_near(impression, zone, bare):
            return None
        return _still(impression.page, zone, _addresses(impression) if zone else (), bare)

    def _with_stamps(self, still: Page, impression: Impression, drawn: Drawn) -> Page:
        fonts = [self._fonts.get(name) for name in drawn.fonts]
        return Page(
            still.media,
            still.trim,
            still.bleed,
            still.rotation,
            f"{still.text}\n\n{drawn.text}",
            (*still.lines, *impression.lines),
            (*still.pictures, *[Picture(box, dpi) for box, dpi in impression.pictures]),
            (*still.fonts, *[used for used in fonts if used and used not in still.fonts]),
            still.blanks,
            still.stain,
            still.spills,
        )


@lru_cache(maxsize=_MOST_READ)
def _still(data: bytes, zone: Box | None, but: tuple[Box, ...], bare: tuple[Box, ...]) -> Page:
    with Readback(data) as file:
        return file.page(0, zone, but, bare)


def _addresses(impression: Impression) -> tuple[Box, ...]:
    """What may stand in the window; what is stamped is not on the page that is looked at."""
    frames = [frame for frame in impression.frames if frame.name == ADDRESS]
    if impression.stamped:
        return tuple([frame.box for frame in frames])
    return tuple([box for frame in frames for box in (frame.box, frame.content)])


def _is_near(impression: Impression, zone: Box | None, bare: Iterable[Box]) -> bool:
    """Text in the window is seen by its lines; other marks, and all in bare zones, only there."""
    marks = [*[box for box, _ in impression.pictures], *impression.codes]
    if zone and any(zone.overlaps(box) for box in marks):
        return True
    inked = [
        *[(b.x, b.y, b.right, b.bottom) for b in marks],
        *[line[1:] for line in impression.lines],
    ]
    return any(
        left < area.right and right > area.x and top < area.bottom and bottom > area.y
        for area in bare
        for left, top, right, bottom in inked
    )

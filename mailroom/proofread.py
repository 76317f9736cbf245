"""Impression -> Page: what a printed page says, as preflight wants it.

All that is not stamped is read back from its PDF with PDFium, once for everybody who shares
it. What is stamped is decoded from the bytes that go into the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.marks import is_address, quiet_zones
from mailroom.press.items import font_name
from mailroom.press.reread import Drawn, Reader
from mailroom.press.stamp import Impression
from mailroom.readback import Page, Picture, Readback, UsedFont
from mailroom.units import Box

_MOST_READ = 256
_RIM = 0.1  # points; what is as large as its frame may be a little larger


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
        seen = _addresses(impression) if zone else ()
        return _still(impression.page, zone, seen, bare, quiet_zones(impression.frames))

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
            still.smudges,
        )


@lru_cache(maxsize=_MOST_READ)
def _still(
    data: bytes,
    zone: Box | None,
    but: tuple[Box, ...],
    bare: tuple[Box, ...],
    quiet: tuple[Box, ...],
) -> Page:
    with Readback(data) as file:
        return file.page(0, zone, but, bare, quiet)


def _addresses(impression: Impression) -> tuple[Box, ...]:
    """What may stand in the window; what is stamped is not on the page that is looked at."""
    frames = [frame for frame in impression.frames if is_address(frame)]
    if impression.stamped:
        return tuple([frame.box for frame in frames])
    return tuple([box for frame in frames for box in (frame.box, frame.content)])


def _is_near(impression: Impression, zone: Box | None, bare: Iterable[Box]) -> bool:
    """Text in the window is seen by its lines; other marks, and all in bare zones, only there.

    What stands in the frame of the address, or of a mark that its post reads, may be seen.
    """
    marks = [*[box for box, _ in impression.pictures], *impression.codes]
    seen = [box for box in marks if zone and zone.overlaps(box)]
    if seen:
        read = [frame.box for frame in impression.frames if is_address(frame)]
        if not all(any(area.contains(box, _RIM) for area in read) for box in seen):
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

"""Impression -> Page: what a printed page says, as preflight wants it.

All that is not stamped is read back from its PDF with PDFium, once for everybody who shares
it. What is stamped is decoded from the bytes that go into the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.model import FrameBox
from mailroom.preflight import ADDRESS
from mailroom.press.items import font_name
from mailroom.press.press import Impression
from mailroom.press.reread import Reader
from mailroom.readback import Line, Page, Picture, Readback, UsedFont
from mailroom.units import Box

_MOST_READ = 256


def read(
    impression: Impression, fmt: Format, page: str, reader: Reader, fonts: Sequence[Font]
) -> Page | None:
    """The page called `page`; None where only the finished PDF can tell.

    That is where something stamped comes near a zone that must stay free of ink.
    """
    zone = fmt.clear_zone
    bare = tuple(each.box for each in fmt.ink_free_on(fmt.pages.index(page) + 1))
    address = tuple(box for frame in impression.frames for box in _address(frame)) if zone else ()
    still = _still(impression.page, zone, address, bare)
    if not impression.stamped:
        return still
    lines = tuple([Line(text, *ink) for text, ink in impression.lines])
    if _is_near(impression, lines, zone, bare):
        return None
    stamped = reader.text_of(impression.content)
    return still._replace(
        text=f"{still.text}\n{stamped}",
        lines=still.lines + lines,
        pictures=still.pictures + tuple(Picture(box=b, dpi=d) for b, d in impression.pictures),
        fonts=tuple(dict.fromkeys(still.fonts + _fonts(impression.content, fonts))),
    )


@lru_cache(maxsize=_MOST_READ)
def _still(data: bytes, zone: Box | None, but: tuple[Box, ...], bare: tuple[Box, ...]) -> Page:
    with Readback(data) as file:
        return file.page(0, zone, but, bare)


def _address(frame: FrameBox) -> tuple[Box, ...]:
    return (frame.box, frame.content) if frame.name == ADDRESS else ()


def _is_near(
    impression: Impression, lines: Sequence[Line], zone: Box | None, bare: Sequence[Box]
) -> bool:
    """Text in the window is seen by its lines; other marks, and all in bare zones, only there."""
    if not (zone or bare):
        return False
    marks = [box for box, _ in impression.pictures] + list(impression.codes)
    if zone and any(zone.overlaps(box) for box in marks):
        return True
    inked = [*marks, *(line.box for line in lines)]
    return any(area.overlaps(box) for area in bare for box in inked)


def _fonts(content: bytes, fonts: Sequence[Font]) -> tuple[UsedFont, ...]:
    return tuple(
        UsedFont(name=font.family, embedded=True)
        for font in fonts
        if b"/%s " % font_name(font).encode() in content
    )

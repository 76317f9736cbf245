"""Stencil + one person's contents -> Impression. All that happens for every piece is here."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mailroom import codes, frames
from mailroom.formats import Format
from mailroom.model import Finding, FrameBox, Line
from mailroom.press.compositor import Ink
from mailroom.press.fill import Bitmap, Filler, Placed
from mailroom.press.flow import TAG, NotStamped
from mailroom.press.items import Art
from mailroom.press.operators import BLACK, thousandths
from mailroom.press.stencil import Frame, Mould, Stencil
from mailroom.units import Box

_PT = 0.75  # CSS: 96 px to the inch
_SRC = re.compile(r"""\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MOST_KEPT = 500  # filled frames a plate remembers: those that are the same for many are few

MouldKey = tuple[int, tuple[str, ...]]
"""A frame's number on its page, and the tags in it."""


class Impression(NamedTuple):
    """A finished page of one piece; boxes are in points from the TrimBox."""

    content: bytes  #: its operators; the art is drawn by name
    arts: tuple[Art, ...]
    frames: tuple[FrameBox, ...]
    findings: tuple[Finding, ...]
    page: bytes  #: all that is not stamped, as a PDF of one page, to be read back once
    lines: tuple[Line, ...] = ()  #: the stamped lines
    pictures: tuple[tuple[Box, float], ...] = ()  #: stamped bitmaps and their dpi
    codes: tuple[Box, ...] = ()  #: stamped symbols
    stamped: bool = True
    reason: str = ""  #: why it was laid out and not stamped


class Content(NamedTuple):
    """What stands in one frame of a page."""

    inner: str  #: HTML
    texts: Sequence[str]  #: between the tags, still escaped
    key: MouldKey


class Filled(NamedTuple):
    """One frame of one person."""

    body: bytes
    box: FrameBox
    lines: tuple[Line, ...] = ()
    pictures: tuple[tuple[Box, float], ...] = ()
    arts: tuple[Art, ...] = ()
    codes: tuple[Box, ...] = ()


class Plate:
    """A stencil at work: with the moulds of its frames, and what was filled in before."""

    def __init__(self, key: str, stencil: Stencil, page: int) -> None:
        self.key, self.stencil, self.page = key, stencil, page
        self.moulds: dict[MouldKey, Mould] = {}
        self.filled: dict[tuple[int, str], Filled] = {}
        self._start = b"/%s Do\n" % stencil.art.name.encode()
        self._boxes = tuple(
            Box(*[length * _PT for length in frame.box]) for frame in stencil.frames
        )
        self._findings = tuple(finding.on(page) for finding in stencil.findings)

    def impression(self, filled: Sequence[Filled]) -> Impression:
        """The page with these contents in its frames."""
        stencil = self.stencil
        shown = {art.xobject: art for item in filled for art in item.arts}
        return Impression(
            self._start + b"".join([item.body for item in filled]),
            (stencil.art, *shown.values()),
            tuple([item.box for item in filled]),
            self._findings,
            stencil.page,
            tuple([line for item in filled for line in item.lines]),
            tuple([picture for item in filled for picture in item.pictures]),
            tuple([box for item in filled for box in item.codes]),
        )

    def box(self, number: int, inks: Sequence[Ink]) -> FrameBox:
        """The frame of that number, and how far what is in it reaches."""
        frame, own = self.stencil.frames[number], self._boxes[number]
        name, page = frame.name, self.page
        if len(inks) == 1:
            left, top, right, bottom = inks[0]
        elif inks:
            lefts, tops, rights, bottoms = zip(*inks, strict=True)
            left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
        else:
            nothing, empty = Box(own.x, own.y, 0, 0), not frame.optional
            return FrameBox(name=name, page=page, box=own, content=nothing, empty=empty)
        reach = Box(left, top, right - left, bottom - top)
        return FrameBox(name=name, page=page, box=own, content=reach, code=frame.code)


def parse(number: int, inner: str) -> Content:
    """A frame's inner HTML taken apart; which picture is shown is no part of the key."""
    parts = TAG.split(inner)
    tags = parts[1::2]
    if "<img" in inner:
        tags = [_SRC.sub("", tag) if tag[:4] == "<img" else tag for tag in tags]
    return Content(inner, parts[::2], (number, tuple(tags)))


class Stamper:
    """Fills frames, and knows where on the sheet that is; `bitmap` gives a picture by its URI."""

    def __init__(
        self, fmt: Format, filler: Filler, bitmap: Callable[[str], tuple[Bitmap, Art]]
    ) -> None:
        self._filler, self._bitmap = filler, bitmap
        self._bottom = fmt.trim.height
        self._left = round(float(fmt.bleed) * 1000)
        self._top = round((fmt.media_box.height - float(fmt.bleed)) * 1000)

    def fill(self, plate: Plate, content: Content) -> Filled:
        """One frame filled; Unsettable, NotStamped or CodeError where that cannot be."""
        number, inner = content.key[0], content.inner
        frame = plate.stencil.frames[number]
        filled = (
            self._coded(plate, frame, number, inner)
            if frame.code
            else self._set(plate, frame, content)
        )
        if len(plate.filled) > _MOST_KEPT:
            plate.filled.clear()
        plate.filled[number, inner] = filled
        return filled

    def pictures(self, inner: str) -> list[tuple[Bitmap, Art]]:
        """Those that a frame shows, in order; NotStamped where one is none that is stamped."""
        return [self._bitmap(uri) for uri in _sources(inner)]

    def _set(self, plate: Plate, frame: Frame, content: Content) -> Filled:
        number, texts, pictures = content.key[0], content.texts, []
        if "&" in content.inner:
            texts = [html.unescape(text) if "&" in text else text for text in texts]
        if "<img" in content.inner:
            pictures = self.pictures(content.inner)
        flow = plate.moulds[content.key].flow
        assert flow
        x, y, width, height = frame.inner
        bitmaps = [bitmap for bitmap, _ in pictures]
        body: list[bytes] = []
        lines: list[Line] = []
        inks: list[Ink] = []
        shown: list[tuple[Box, float]] = []
        lowest = 0.0
        for item in self._filler.fill(flow, (width, height), texts, bitmaps):
            left, top = x + item.x, y + item.y
            matter = item.matter
            if matter is not None:
                lowest = max(lowest, top + matter.height)
                if matter.body:
                    at = b"BT\n1 0 0 1 %s %s Tm\n" % self._at(left, top)
                    body += (at, matter.body, b"ET\n")
                lines += [Line(text, *_moved(ink, left, top)) for text, ink in matter.shown]
                if matter.ink is not None:
                    inks.append(_moved(matter.ink, left, top))
            elif item.bitmap is not None:
                lowest = max(lowest, top + item.height)
                body.append(self._picture(left, top, item))
                box = Box(left * _PT, top * _PT, item.width * _PT, item.height * _PT)
                inks.append((box.x, box.y, box.right, box.bottom))
                wide, high = item.drawn()
                dpi = 96 * min(item.bitmap.width / wide, item.bitmap.height / high)
                shown.append((box, dpi))
        if lowest * _PT > self._bottom and plate.box(number, ()).box.bottom > self._bottom:
            # Not held for its length, and in the reference it would start a new page.
            raise NotStamped("text that runs off the page")
        arts = tuple([art for _, art in pictures])
        return Filled(b"".join(body), plate.box(number, inks), tuple(lines), tuple(shown), arts)

    def _at(self, x: float, y: float) -> tuple[bytes, bytes]:
        """CSS px from the TrimBox's corner as the page's coordinates."""
        return (
            thousandths(self._left + round(x * 750)),
            thousandths(self._top - round(y * 750)),
        )

    def _picture(self, x: float, y: float, item: Placed) -> bytes:
        assert item.bitmap
        wide, high = item.drawn()
        size = _length(wide), _length(high)
        where = self._at(x + (item.width - wide) / 2, y + (item.height + high) / 2)
        cut = b""
        if item.fit == "cover":
            box = *self._at(x, y + item.height), _length(item.width), _length(item.height)
            cut = b"%s %s %s %s re W n " % box
        return b"q %s%s 0 0 %s %s %s cm /%s Do Q\n" % (
            cut, *size, *where, item.bitmap.name.encode(),
        )  # fmt: skip

    def _coded(self, plate: Plate, frame: Frame, number: int, inner: str) -> Filled:
        """A symbol instead of the text (`data-code`)."""
        payload = frames.payload(inner)
        if not payload:
            return Filled(b"", plate.box(number, ()))
        x, y, width, height = (length * _PT for length in frame.inner)
        kind = codes.KINDS.get(frame.code)
        if kind is None or not kind.scale_free:  # marks of the posts have their one size
            own = codes.size(frame.code, payload, frame.level)[:2]
            codes.check_room(frame.code, own, (width, height))
            width, height = own
        where = (self._left / 1000 + x, self._top / 1000 - y - height, width, height)
        body = BLACK + codes.path(frame.code, payload, where, frame.level)
        ink = (x, y, x + width, y + height)
        return Filled(body, plate.box(number, [ink]), codes=(Box(x, y, width, height),))


def _length(px: float) -> bytes:
    return thousandths(round(px * 750))


def _moved(ink: Ink, left: float, top: float) -> Ink:
    """From the corner of a paragraph, in px, to that of the TrimBox, in points."""
    a, b, c, d = ink
    return (left + a) * _PT, (top + b) * _PT, (left + c) * _PT, (top + d) * _PT


def _sources(inner: str) -> list[str]:
    """URIs of the pictures in order."""
    found = []
    for tag in TAG.findall(inner):
        if tag[:4] == "<img":
            match = _SRC.search(tag)
            if not match:
                raise NotStamped("a picture without src")
            found.append(html.unescape(match[1] or match[2] or ""))
    return found

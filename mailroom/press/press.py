"""Merged pages -> impressions: stamped where that is possible, else laid out by the reference.

The first page with a new static HTML is laid out once without its frames' content (a
Stencil); the first frame with a new sequence of tags is laid out once with it (a Mould), and
stamped: only if every glyph then stands where the reference puts it is the mould used.
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailroom import codes, frames
from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.layout import Layout
from mailroom.model import Finding, FrameBox, Severity
from mailroom.press.fill import Bitmap, Filler, Placed, Shown, thousandths
from mailroom.press.flow import TAG, NotStamped
from mailroom.press.fontfile import font_file
from mailroom.press.items import Art, Glyphs, font_name
from mailroom.press.reread import Reader, glyphs_in
from mailroom.press.stencil import Frame, Mould, Stencil, Store, key_of
from mailroom.typeset.styles import Unsettable
from mailroom.typeset.typesetter import Typesetter
from mailroom.units import Box

if TYPE_CHECKING:
    from mailroom.press.foundry import Foundry

_PT = 0.75  # CSS: 96 px to the inch
_SRC = re.compile(r"""\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SLACK = 0.5  # points; as in preflight
_STEP = 2 / 3  # px, half a point: by which a frame shrinks
_MOST_KEPT = 500  # filled frames and laid-out pages a plate remembers
_BLACK = b"0 0 0 1 k\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Impression:
    """A finished page of one piece."""

    content: bytes  #: its operators; the art is drawn by name
    arts: tuple[Art, ...]
    frames: tuple[FrameBox, ...]
    findings: tuple[Finding, ...]
    page: bytes  #: all that is not stamped, as a PDF of one page, to be read back once
    lines: tuple[Shown, ...] = ()  #: the stamped lines, in points from the TrimBox
    pictures: tuple[tuple[Box, float], ...] = ()  #: stamped bitmaps and their dpi
    codes: tuple[Box, ...] = ()  #: stamped symbols
    stamped: bool = True
    reason: str = ""  #: why it was laid out and not stamped

    @property
    def sha256(self) -> str:
        """Of all that is drawn."""
        total = hashlib.sha256(self.content)
        for art in self.arts:
            total.update(art.xobject.encode())
        return total.hexdigest()


class _Filled(NamedTuple):
    """One frame of one person."""

    body: bytes
    box: FrameBox
    lines: tuple[Shown, ...] = ()
    pictures: tuple[tuple[Box, float], ...] = ()
    arts: tuple[Art, ...] = ()
    codes: tuple[Box, ...] = ()


class _Plate:
    """A stencil at work, with the moulds of its frames."""

    def __init__(self, key: str, stencil: Stencil) -> None:
        self.key, self.stencil = key, stencil
        self.start = b"/%s Do\n" % stencil.art.name.encode()
        self.moulds: dict[tuple[int, tuple[str, ...]], Mould] = {}
        self.filled: dict[tuple[int, str], _Filled] = {}


class Press:
    """Stamps the pages of one layout in one format, and keeps what it learns."""

    def __init__(
        self,
        layout: Layout,
        fmt: Format,
        fonts: Sequence[Font],
        pictures: Iterable[Path] = (),
        cache: Path | None = None,
    ) -> None:
        self._format, self._fonts = fmt, tuple(fonts)
        self._layout, self._files = layout, tuple(pictures)
        self._key = key_of(layout.digest, fmt.name, *(font.sha256 for font in fonts))
        self._store = Store(cache)
        self._typesetter = Typesetter(self._fonts)
        self._filler = Filler(self._typesetter)
        self._letters = {font_name(font): dict(font_file(font).letters) for font in self._fonts}
        self.reader = Reader(self._letters)
        self._plates: dict[str, _Plate] = {}
        self._bitmaps: dict[str, tuple[Bitmap, Art]] = {}
        self._laid: dict[str, Impression] = {}
        self._left = round(float(fmt.bleed) * 1000)
        self._top = round((fmt.media_box.height - float(fmt.bleed)) * 1000)
        self._made: Foundry | None = None

    def impressions(self, pages: Sequence[str], *, stamp: bool = True) -> list[Impression]:
        """The merged pages, printed; without `stamp` all of them by the reference.

        RenderError where the reference cannot lay a page out.
        """
        return [
            self._smaller(page, impression, stamp)
            for page, impression in zip(pages, self._printed(pages, stamp), strict=True)
        ]

    def _printed(self, pages: Sequence[str], stamp: bool) -> list[Impression]:
        done: list[Impression | None] = []
        rest: dict[str, str] = {}
        for page in pages:
            try:
                done.append(self._stamped(page) if stamp else None)
                reason = "" if stamp else "not asked for"
            except (NotStamped, Unsettable, codes.CodeError) as error:
                done.append(None)
                reason = str(error)
            if done[-1] is None:
                rest[page] = reason
        if not rest:
            return [impression for impression in done if impression]
        laid = self._lay_out(rest)
        return [impression or laid[page] for page, impression in zip(pages, done, strict=True)]

    def _lay_out(self, pages: dict[str, str]) -> dict[str, Impression]:
        """These pages by the reference, and why; all in one go, which is quicker."""
        new = [page for page in pages if page not in self._laid]
        if len(self._laid) > _MOST_KEPT:
            self._laid = {page: self._laid[page] for page in pages if page in self._laid}
        if new:
            self._laid.update(zip(new, self._foundry.pages(new), strict=True))
        return {
            page: dataclasses.replace(self._laid[page], reason=reason)
            for page, reason in pages.items()
        }

    def learn_letters(self) -> None:
        """Have `reader` know all that has been set.

        What a glyph stands for the font itself tells, not whoever sets text: so it is noticed
        if another is drawn. Of those that stand for no character of their own (ligatures,
        alternates) it is what they were first set for.
        """
        for font, known in zip(self._fonts, self._letters.values(), strict=True):
            for glyph, text in self._typesetter.to_text(font).items():
                known.setdefault(glyph, text)

    def glyphs(self, contents: Iterable[bytes]) -> Glyphs:
        """The glyphs that these stamped contents draw, and what they stand for."""
        self.learn_letters()
        found = glyphs_in(contents)
        return {
            font.sha256: {glyph: self._letters[name].get(glyph, "") for glyph in found[name]}
            for font in self._fonts
            if (name := font_name(font)) in found
        }

    @property
    def _foundry(self) -> Foundry:
        """Made when it is wanted: where everything is known, nothing has to be laid out."""
        if self._made is None:
            from mailroom.press.foundry import Foundry

            self._made = Foundry(self._layout, self._format, self._fonts, self._files)
        return self._made

    # --- text that is too long for its frame ---

    def _smaller(self, page: str, impression: Impression, stamp: bool) -> Impression:
        """Frames with `data-fit="shrink ..."` set smaller, step by step, until they fit.

        A smaller size is a style attribute, so that both ways to print see the same page.
        """
        sizes: dict[int, float] = {}
        while (found := self._too_long(page, impression, sizes)) is not None:
            number, frame = found
            sizes[number] = max(frame.least, sizes.get(number, frame.size) - _STEP)
            styled = page
            for index, size in sizes.items():
                styled = frames.with_style(styled, index, f"font-size:{size:.4f}px")
            impression = self._printed([styled], stamp)[0]
        least = [
            impression.frames[number]
            for number, size in sizes.items()
            if number < len(impression.frames) and size <= self._frames_of(page)[number].least
        ]
        return (
            dataclasses.replace(impression, findings=(*impression.findings, *map(_shrunk, least)))
            if least
            else impression
        )

    def _too_long(
        self, page: str, impression: Impression, sizes: dict[int, float]
    ) -> tuple[int, Frame] | None:
        if not any(map(reaches_out, impression.frames)):
            return None
        for number, frame in enumerate(self._frames_of(page)):
            small = sizes.get(number, frame.size) <= frame.least
            if frame.least and not small and reaches_out(impression.frames[number]):
                return number, frame
        return None

    def _frames_of(self, page: str) -> tuple[Frame, ...]:
        split = frames.split(page)
        return self._plate(split.static).stencil.frames if split else ()

    # --- stamping ---

    def _stamped(self, page: str) -> Impression:
        split = frames.split(page)
        if split is None:
            raise NotStamped("the marks of its frames are not in pairs")
        plate = self._plate(split.static)
        stencil = plate.stencil
        if stencil.reason:
            raise NotStamped(stencil.reason)
        if len(split.contents) != len(stencil.frames):
            raise NotStamped("a frame is not shown, or has no end tag in the same template")
        wanted = [
            (number, content)
            for number, content in enumerate(split.contents)
            if (number, content) not in plate.filled and not stencil.frames[number].code
        ]
        unproven = self._learn(plate, page, wanted) if wanted else ()
        filled = [self._filled(plate, n, text) for n, text in enumerate(split.contents)]
        impression = _joined(plate, filled)
        if unproven:
            self._prove(plate, page, impression, unproven)
        return impression

    def _plate(self, static: str) -> _Plate:
        plate = self._plates.get(static)
        if plate is None:
            if len(self._plates) > _MOST_KEPT:
                self._plates.clear()
            key = key_of(self._key, static)
            stencil = self._store.stencil(key)
            if stencil is None:
                stencil = self._foundry.stencil(static)
                self._store.keep_stencil(key, stencil)
            plate = self._plates[static] = _Plate(key, stencil)
        return plate

    def _learn(
        self, plate: _Plate, page: str, wanted: Sequence[tuple[int, str]]
    ) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Moulds for these contents; those that are still to be proven."""
        keys = [(number, _tags(content)) for number, content in wanted]
        missing = []
        for key in keys:
            if key not in plate.moulds:
                mould = self._store.mould(_mould_key(plate, key))
                if mould is None:
                    missing.append(key)
                else:
                    plate.moulds[key] = mould
        if missing:
            plate.moulds.update(self._foundry.moulds(page, plate.stencil, missing))
        for key in keys:
            if plate.moulds[key].flow is None:
                if key in missing:
                    self._store.keep_mould(_mould_key(plate, key), plate.moulds[key])
                name = plate.stencil.frames[key[0]].name
                raise NotStamped(f"frame {name!r}: {plate.moulds[key].reason}")
        return tuple(dict.fromkeys(key for key in keys if not plate.moulds[key].proven))

    def _prove(
        self, plate: _Plate, page: str, impression: Impression,
        keys: Sequence[tuple[int, tuple[str, ...]]],
    ) -> None:  # fmt: skip
        """The stamped page beside the reference's; what differs is never stamped again."""
        fault = self._foundry.difference(page, impression, self.glyphs([impression.content]))
        for key in keys:
            mould = plate.moulds[key]
            plate.moulds[key] = proven = Mould(
                flow=None if fault else mould.flow, reason=fault, proven=not fault
            )
            self._store.keep_mould(_mould_key(plate, key), proven)
        if fault:
            plate.filled.clear()
            raise NotStamped(fault)

    def _filled(self, plate: _Plate, number: int, content: str) -> _Filled:
        filled = plate.filled.get((number, content))
        if filled is None:
            frame = plate.stencil.frames[number]
            if frame.code:
                filled = self._coded(frame, content)
            else:
                filled = self._set(frame, plate.moulds[number, _tags(content)], content)
            if len(plate.filled) > _MOST_KEPT:
                plate.filled.clear()
            plate.filled[number, content] = filled
        return filled

    def _set(self, frame: Frame, mould: Mould, content: str) -> _Filled:
        assert mould.flow
        texts = TAG.split(content)[::2]
        if "&" in content:
            texts = list(map(html.unescape, texts))
        pictures = [self._bitmap(uri) for uri in _sources(content)] if "<img" in content else []
        x, y, width, height = frame.inner
        placed = self._filler.fill(
            mould.flow, (width, height), texts, [bitmap for bitmap, _ in pictures]
        )
        body, lines = [], []
        boxes: list[tuple[float, float, float, float]] = []
        bitmaps = []
        for item in placed:
            left, top = x + item.x, y + item.y
            if item.piece:
                if item.piece.body:
                    at = b"BT\n1 0 0 1 %s %s Tm\n" % self._at(left, top)
                    body += [at, item.piece.body, b"ET\n"]
                for text, ink in item.piece.shown:
                    there = (
                        (left + ink[0]) * _PT, (top + ink[1]) * _PT,
                        (left + ink[2]) * _PT, (top + ink[3]) * _PT,
                    )  # fmt: skip
                    boxes.append(there)
                    lines.append(Shown(text, there))
            elif item.bitmap:
                body.append(self._picture(left, top, item))
                box = Box(left * _PT, top * _PT, item.width * _PT, item.height * _PT)
                boxes.append((box.x, box.y, box.right, box.bottom))
                dpi = 96 * min(item.bitmap.width / item.width, item.bitmap.height / item.height)
                bitmaps.append((box, dpi))
        self._refuse_below(boxes)
        return _Filled(
            b"".join(body), _frame_box(frame, boxes), tuple(lines), tuple(bitmaps),
            tuple(art for _, art in pictures),
        )  # fmt: skip

    def _refuse_below(self, boxes: Sequence[tuple[float, float, float, float]]) -> None:
        """What runs off the sheet starts a new page in the reference, and that is told there."""
        if boxes and max(box[3] for box in boxes) > self._format.trim.height:
            raise NotStamped("text that runs off the page")

    def _at(self, x: float, y: float) -> tuple[bytes, bytes]:
        """CSS px from the TrimBox's corner as the page's coordinates."""
        return (
            thousandths(self._left + round(x * 750)),
            thousandths(self._top - round(y * 750)),
        )

    def _picture(self, x: float, y: float, item: Placed) -> bytes:
        assert item.bitmap
        size = thousandths(round(item.width * 750)), thousandths(round(item.height * 750))
        where = self._at(x, y + item.height)
        return b"q %s 0 0 %s %s %s cm /%s Do Q\n" % (*size, *where, item.bitmap.name.encode())

    def _bitmap(self, uri: str) -> tuple[Bitmap, Art]:
        if uri not in self._bitmaps:
            self._bitmaps[uri] = self._foundry.bitmap(html.unescape(uri))
        return self._bitmaps[uri]

    def _coded(self, frame: Frame, content: str) -> _Filled:
        """A symbol instead of the text (`data-code`)."""
        payload = frames.payload(content)
        if not payload:
            return _Filled(b"", _frame_box(frame, ()))
        x, y, width, height = (value * _PT for value in frame.inner)
        if not codes.KINDS[frame.code].scale_free:  # bars of the post have their one size
            width, height, _ = codes.size(frame.code, payload, frame.level)
        where = (self._left / 1000 + x, self._top / 1000 - y - height, width, height)
        body = _BLACK + codes.path(frame.code, payload, where, frame.level)
        edges = (x, y, x + width, y + height)
        return _Filled(body, _frame_box(frame, [edges]), codes=(Box(x, y, width, height),))


def reaches_out(frame: FrameBox) -> bool:
    """Does what is in the frame need more room than it has?"""
    box, content = frame.box, frame.content
    return (
        content.bottom > box.bottom + _SLACK
        or content.right > box.right + _SLACK
        or content.y < box.y - _SLACK
        or content.x < box.x - _SLACK
    ) and (content.width > 0 or content.height > 0)


def _shrunk(frame: FrameBox) -> Finding:
    return Finding(
        rule="shrunk",
        severity=Severity.WARNING,
        message=f"the text of {frame.name!r} is set in its smallest size",
        page=frame.page,
        box=frame.box,
        hint="look whether it reads well; a shorter text is set larger",
    )


def _joined(plate: _Plate, filled: Sequence[_Filled]) -> Impression:
    stencil = plate.stencil
    shown = {art.xobject: art for item in filled for art in item.arts}
    return Impression(
        content=plate.start + b"".join([item.body for item in filled]),
        arts=(stencil.art, *shown.values()),
        frames=tuple([item.box for item in filled]),
        findings=stencil.findings,
        page=stencil.page,
        lines=tuple([line for item in filled for line in item.lines]),
        pictures=tuple([picture for item in filled for picture in item.pictures]),
        codes=tuple([box for item in filled for box in item.codes]),
    )


def _frame_box(frame: Frame, boxes: Sequence[tuple[float, float, float, float]]) -> FrameBox:
    x, y, width, height = (value * _PT for value in frame.box)
    own = Box(x, y, width, height)
    if not boxes:
        nothing = Box(x, y, 0, 0)
        return FrameBox(name=frame.name, page=1, box=own, content=nothing, empty=not frame.optional)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top = min(lefts), min(tops)
    content = Box(left, top, max(rights) - left, max(bottoms) - top)
    return FrameBox(name=frame.name, page=1, box=own, content=content)


def _tags(content: str) -> tuple[str, ...]:
    """The tags in order; which picture is shown is the person's, and is left out."""
    tags = TAG.findall(content)
    if "<img" in content:
        return tuple([_SRC.sub("", tag) if tag[:4] == "<img" else tag for tag in tags])
    return tuple(tags)


def _sources(content: str) -> list[str]:
    """The pictures in order."""
    found = []
    for tag in TAG.findall(content):
        if tag[:4] == "<img":
            match = _SRC.search(tag)
            if not match:
                raise NotStamped("a picture without src")
            found.append(match[1] or match[2] or "")
    return found


def _mould_key(plate: _Plate, key: tuple[int, tuple[str, ...]]) -> str:
    return key_of(plate.key, str(key[0]), *key[1])

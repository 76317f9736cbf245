"""Merged pages -> impressions: stamped where that is possible, else laid out by the reference.

The first page with a new static HTML is laid out once without its frames' content (a
Stencil); the first frame with a new sequence of tags is laid out once with it (a Mould), and
stamped: only if every glyph then stands where the reference puts it is the mould used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom import codes, frames
from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.inks import Inks
from mailroom.layout import Layout
from mailroom.model import Finding, FrameBox, Severity
from mailroom.press.fill import Bitmap, Filler
from mailroom.press.flow import NotStamped
from mailroom.press.fontfile import font_file
from mailroom.press.items import Art, Glyphs, font_name
from mailroom.press.reread import Reader
from mailroom.press.stamp import Content, Impression, MouldKey, Plate, Stamper, parse
from mailroom.press.stencil import Frame, Mould, Store, key_of
from mailroom.typeset.styles import Unsettable
from mailroom.typeset.typesetter import Typesetter

if TYPE_CHECKING:
    from mailroom.press.foundry import Foundry

_SLACK = 0.5  # points; as in preflight
_STEP = 2 / 3  # px, half a point: by which a frame shrinks
_MOST_KEPT = 500  # plates, and pages laid out
_MOST_PICTURES = 100


class Press:
    """Prints the pages of one layout in one format, and keeps what it learns."""

    def __init__(
        self,
        layout: Layout,
        fmt: Format,
        fonts: Sequence[Font],
        pictures: Iterable[Path] = (),
        cache: Path | None = None,
        inks: Inks | None = None,
    ) -> None:
        self._format, self._fonts = fmt, tuple(fonts)
        self._layout, self._files = layout, tuple(pictures)
        self._inks = inks or Inks(spots=layout.spots)
        made_with = (self._inks.digest, *(font.sha256 for font in fonts))
        self._key = key_of(layout.digest, fmt.name, *made_with)
        self._store = Store(cache)
        self._typesetter = Typesetter(self._fonts)
        self._stamper = Stamper(fmt, Filler(self._typesetter), self._bitmap)
        self._letters = {font_name(font): dict(font_file(font).letters) for font in self._fonts}
        self._plates: dict[str, Plate] = {}
        self._bitmaps: dict[str, tuple[Bitmap, Art]] = {}
        self._laid: dict[tuple[str, int], Impression] = {}
        self._made: Foundry | None = None
        self.each_time: dict[int, str] = {}  #: pages that are never stamped, and why

    def impressions(self, pages: Sequence[str], *, stamp: bool = True) -> list[Impression]:
        """The merged pages of any number of pieces, one after the other, printed.

        Without `stamp` all of them by the reference. RenderError where that cannot lay a page
        out.
        """
        count = len(self._format.pages)
        numbered = [(page, n % count + 1) for n, page in enumerate(pages)]
        return [
            self._smaller(page, number, impression, stamp) if "data-fit" in page else impression
            for (page, number), impression in zip(
                numbered, self._printed(numbered, stamp), strict=True
            )
        ]

    def laid_out(self, page: str, number: int, reason: str) -> Impression:
        """The page of that number (from 1) of a piece by the reference, whatever is known."""
        impression = self._lay_out({(page, number): reason})[page, number]
        if "data-fit" not in page:
            return impression
        return self._smaller(page, number, impression, stamp=False)

    def _printed(self, pages: Sequence[tuple[str, int]], stamp: bool) -> list[Impression]:
        done: list[Impression | None] = []
        rest: dict[tuple[str, int], str] = {}
        for page, number in pages:
            try:
                done.append(self._stamped(page, number) if stamp else None)
                reason = "not asked for"
            except (NotStamped, Unsettable, codes.CodeError) as error:
                done.append(None)
                reason = str(error)
            if done[-1] is None:
                rest[page, number] = reason
        laid = self._lay_out(rest) if rest else {}
        return [one or laid[page] for page, one in zip(pages, done, strict=True)]

    def _lay_out(self, pages: Mapping[tuple[str, int], str]) -> dict[tuple[str, int], Impression]:
        """These pages by the reference, and why; all in one go, which is quicker."""
        new = [page for page in pages if page not in self._laid]
        if len(self._laid) > _MOST_KEPT:
            self._laid = {page: self._laid[page] for page in pages if page in self._laid}
        if new:
            self._laid.update(zip(new, self._foundry.pages(new), strict=True))
        return {
            (page, number): _on_page(self._laid[page, number], number)._replace(reason=reason)
            for (page, number), reason in pages.items()
        }

    def reader(self) -> Reader:
        """One who reads what has been stamped.

        What a glyph stands for the font itself tells, not whoever sets text: so it is noticed
        if another is drawn. Of those that stand for no character of their own (ligatures,
        alternates) it is what they were first set for.
        """
        for font, known in zip(self._fonts, self._letters.values(), strict=True):
            for glyph, text in self._typesetter.to_text(font).items():
                known.setdefault(glyph, text)
        return Reader(self._letters)

    def glyphs(self, drawn: Mapping[str, Iterable[int]]) -> Glyphs:
        """What the glyphs stand for that a reader has seen, by font file."""
        return {
            font.sha256: {glyph: self._letters[name].get(glyph, "") for glyph in drawn[name]}
            for font in self._fonts
            if (name := font_name(font)) in drawn
        }

    @property
    def _foundry(self) -> Foundry:
        """Made when it is wanted: where everything is known, nothing has to be laid out."""
        if self._made is None:
            from mailroom.press.foundry import Foundry

            self._made = Foundry(self._layout, self._format, self._fonts, self._files, self._inks)
        return self._made

    def _bitmap(self, uri: str) -> tuple[Bitmap, Art]:
        if uri not in self._bitmaps:
            if len(self._bitmaps) > _MOST_PICTURES:  # everybody's own photograph
                self._bitmaps.clear()
            self._bitmaps[uri] = self._foundry.bitmap(uri)
        return self._bitmaps[uri]

    # --- text that is too long for its frame ---

    def _smaller(self, page: str, number: int, impression: Impression, stamp: bool) -> Impression:
        """Frames with `data-fit="shrink ..."` set smaller, step by step, until they fit.

        A smaller size is a style attribute, so that both ways to print see the same page.
        """
        sizes: dict[int, float] = {}
        known = self._frames_of(page, number)
        while (index := _too_long(known, impression, sizes)) is not None:
            size, least = sizes.get(index, known[index].size) - _STEP, known[index].least
            sizes[index] = least if size < least + _STEP / 10 else size  # thirds add up badly
            styled = page
            for each, size in sizes.items():
                styled = frames.with_style(styled, each, f"font-size:{size:.4f}px")
            impression = self._printed([(styled, number)], stamp)[0]
        smallest = [n for n, size in sizes.items() if size <= known[n].least]
        fitting = [impression.frames[n] for n in smallest if not reaches_out(impression.frames[n])]
        return impression._replace(findings=(*impression.findings, *map(_shrunk, fitting)))

    def _frames_of(self, page: str, number: int) -> tuple[Frame, ...]:
        split = frames.split(page)
        return self._plate(split.static, number).stencil.frames if split else ()

    # --- stamping ---

    def _stamped(self, page: str, number: int) -> Impression:
        if number in self.each_time:
            raise NotStamped(self.each_time[number])
        split = frames.split(page)
        if split is None:
            raise NotStamped("the marks of its frames are not in pairs")
        plate = self._plates.get(split.static) or self._plate(split.static, number)
        stencil, known = plate.stencil, plate.filled
        if stencil.reason:
            raise NotStamped(stencil.reason)
        if len(split.contents) != len(stencil.frames):
            raise NotStamped("a frame is not shown, or has no end tag in the same template")
        filled = [known.get(each) for each in enumerate(split.contents)]
        wanted = [parse(n, split.contents[n]) for n, done in enumerate(filled) if done is None]
        unproven = self._learn(plate, page, wanted)
        for content in wanted:
            filled[content.key[0]] = self._stamper.fill(plate, content)
        done = [each for each in filled if each]
        impression = plate.impression(done)
        # Where text is far too long the reference begins a new page: nothing to compare with.
        # Such a piece is held, and the next one proves the mould.
        if unproven and not any(reaches_out(each.box) for each in done):
            self._prove(plate, page, impression, unproven)
        return impression

    def _plate(self, static: str, number: int) -> Plate:
        plate = self._plates.get(static)
        if plate is None:
            if len(self._plates) > _MOST_KEPT:
                self._plates.clear()
            key = key_of(self._key, static)
            stencil = self._store.stencil(key)
            if stencil is None:
                stencil = self._foundry.stencil(static, number)
                self._store.keep_stencil(key, stencil)
            plate = self._plates[static] = Plate(key, stencil, number)
        return plate

    def _learn(self, plate: Plate, page: str, contents: Sequence[Content]) -> list[MouldKey]:
        """Moulds for these contents; gives those that are still to be proven."""
        moulds, known = plate.moulds, plate.stencil.frames
        new = [c for c in contents if c.key not in moulds and not known[c.key[0]].code]
        for content in new:
            self._stamper.pictures(content.inner)  # of one that is not there nothing is learned
        if new:
            self._find_moulds(plate, page, list(dict.fromkeys(c.key for c in new)))
        unproven = []
        for content in contents:
            mould = moulds.get(content.key)
            if mould is None or mould.proven:  # a code needs none
                continue
            if mould.flow is None:
                raise NotStamped(f"frame {known[content.key[0]].name!r}: {mould.reason}")
            unproven.append(content.key)
        return unproven

    def _find_moulds(self, plate: Plate, page: str, keys: Sequence[MouldKey]) -> None:
        stored = {key: self._store.mould(_mould_key(plate, key)) for key in keys}
        plate.moulds.update({key: mould for key, mould in stored.items() if mould})
        missing = [key for key, mould in stored.items() if mould is None]
        if missing:
            made = self._foundry.moulds(page, plate.stencil, missing)
            plate.moulds.update(made)
            for key, mould in made.items():
                if mould.flow is None:
                    self._store.keep_mould(_mould_key(plate, key), mould)

    def _prove(
        self, plate: Plate, page: str, impression: Impression, keys: Sequence[MouldKey]
    ) -> None:
        """The stamped page beside the reference's; what differs is never stamped again."""
        reader = self.reader()
        reader.text_of(impression.content)
        fault = self._foundry.difference(page, plate.page, impression, self.glyphs(reader.glyphs()))
        for key in keys:
            flow = None if fault else plate.moulds[key].flow
            plate.moulds[key] = proven = Mould(flow=flow, reason=fault, proven=not fault)
            self._store.keep_mould(_mould_key(plate, key), proven)
        if fault:
            plate.filled.clear()
            raise NotStamped(fault)


def _mould_key(plate: Plate, key: MouldKey) -> str:
    return key_of(plate.key, str(key[0]), *key[1])


def _on_page(impression: Impression, number: int) -> Impression:
    return impression._replace(
        frames=tuple([frame.on(number) for frame in impression.frames]),
        findings=tuple([finding.on(number) for finding in impression.findings]),
    )


def _too_long(
    known: Sequence[Frame], impression: Impression, sizes: Mapping[int, float]
) -> int | None:
    """The first frame that needs more room than it has, and may be set smaller yet."""
    for index, (frame, seen) in enumerate(zip(known, impression.frames, strict=False)):
        if frame.least and sizes.get(index, frame.size) > frame.least and reaches_out(seen):
            return index
    return None


def reaches_out(frame: FrameBox) -> bool:
    """Does what is in the frame need more room than it has?"""
    box, content = frame.box, frame.content
    return (content.width > 0 or content.height > 0) and (
        content.bottom > box.bottom + _SLACK
        or content.right > box.right + _SLACK
        or content.y < box.y - _SLACK
        or content.x < box.x - _SLACK
    )


def _shrunk(frame: FrameBox) -> Finding:
    return Finding(
        rule="shrunk",
        severity=Severity.WARNING,
        message=f"the text of {frame.name!r} is set in its smallest size",
        page=frame.page,
        box=frame.box,
        hint="look whether it reads well; a shorter text is set larger",
    )

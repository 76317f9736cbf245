"""Where stencils and moulds are made: the press's side that asks the reference.

Nothing here happens for every piece. WeasyPrint is imported only when something is new.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf
from isal import isal_zlib
from markupsafe import escape

from mailroom import codes, frames
from mailroom.fonts import Font, fonts_of
from mailroom.formats import Format
from mailroom.inks import Ink, Inks
from mailroom.layout import Layout
from mailroom.model import Finding, FrameBox, Severity
from mailroom.press.backdrop import check_fonts, open_backdrop, underlay
from mailroom.press.compile import bare, compile_frame, needs_text
from mailroom.press.fill import Bitmap
from mailroom.press.flow import TAG, NotStamped
from mailroom.press.harvest import harvest, harvest_image
from mailroom.press.items import Art, Glyphs, Leaf, boxes_of
from mailroom.press.oracle import first_difference
from mailroom.press.separate import Separator
from mailroom.press.stamp import Impression
from mailroom.press.stencil import Frame, Mould, Rectangle, Stencil
from mailroom.press.writer import Writer
from mailroom.render import weasy

_ROUNDED = 2.0  # per cent, by which eight bits may err
_SAME = 0.01  # px: a box that moves by less has not moved


class Foundry:
    """Lays pages out with the reference and makes of them what the press stamps with."""

    def __init__(
        self,
        layout: Layout,
        fmt: Format,
        fonts: Sequence[Font],
        pictures: Sequence[Path],
        inks: Inks,
    ) -> None:
        self._format, self._layout, self._inks = fmt, layout, inks
        self._backdrops: dict[str, tuple[pikepdf.Pdf, float]] = {}
        self._fonts = fonts_of(fonts, layout.fonts, f"{layout.name}/layout.toml")
        self._reference = weasy.open_reference(layout, fmt, fonts, pictures)
        self._separator = Separator(inks)

    # --- whole pages ---

    def pages(self, pages: Sequence[tuple[str, int]]) -> list[Impression]:
        """Merged pages, each with its number (from 1), laid out and drawn whole."""
        laid = [self._page(frames.plain(page)) for page, _ in pages]
        with self._drawn(laid, [number for _, number in pages]) as (pdf, inky):
            return [
                self._whole(page, one, (*_bad_codes(html), *_small_frames(one), *ink))
                for page, one, (html, _), ink in zip(pdf.pages, laid, pages, inky, strict=True)
            ]

    def _page(self, html: str) -> weasy.LaidOut:
        """The page, or an empty one that says why."""
        try:
            return weasy.lay_out(self._reference, html)
        except weasy.LayoutFailed as error:
            fault = Finding(
                rule="renderer",
                severity=Severity.ERROR,
                message=str(error),
                hint="look for unusual characters in the record: soft hyphens, many spaces",
            )
            empty = weasy.lay_out(self._reference, "<body></body>")
            return dataclasses.replace(empty, findings=(fault,))

    def _tried(self, html: str) -> weasy.LaidOut:
        """A page to learn from; NotStamped where there is nothing to be learned."""
        try:
            return weasy.lay_out(self._reference, html)
        except weasy.LayoutFailed as error:
            raise NotStamped(str(error)) from None

    @contextlib.contextmanager
    def _drawn(
        self, laid: Sequence[weasy.LaidOut], numbers: Sequence[int]
    ) -> Iterator[tuple[pikepdf.Pdf, list[tuple[Finding, ...]]]]:
        """These pages as they are printed, and of each whether it is too much ink.

        `numbers` tell which pages of the format they are; 0 is none of them.
        """
        with pikepdf.open(io.BytesIO(weasy.draw(self._reference, laid))) as pdf:
            inks = self._separator.separate(pdf, self._layout.name)
            for place, number in enumerate(numbers):
                beneath = self._backdrop(self._format.pages[number - 1]) if number else None
                if beneath:
                    backdrop, ink = beneath
                    underlay(pdf, place, backdrop, self._format)
                    inks[place] = max(inks[place], ink)
            yield pdf, [tuple(_too_much(100 * ink, self._inks.limit)) for ink in inks]

    def _backdrop(self, page: str) -> tuple[pikepdf.Pdf, float] | None:
        """What the designer has drawn for the page, in inks; opened once."""
        file, number = self._layout.art_of(self._format.name, page)
        if file and page not in self._backdrops:
            where = f"{self._layout.name}/{file}"
            if file.lower().endswith(".svg"):
                pdf = pikepdf.open(io.BytesIO(weasy.draw(self._reference, [self._full(file)])))
            else:
                pdf = open_backdrop(self._layout.folder / file, number, self._format, where)
            (ink,) = self._separator.separate(pdf, where)
            check_fonts(pdf, where)
            self._backdrops[page] = pdf, ink
        return self._backdrops.get(page)

    def _full(self, file: str) -> weasy.LaidOut:
        """A page with a drawing over all of it, bleed included."""
        media, bleed = self._format.media_box, float(self._format.bleed)
        style = (
            f"position: absolute; left: {-bleed}pt; top: {-bleed}pt; "
            f"width: {media.width}pt; height: {media.height}pt"
        )
        return self._tried(f'<body><img src="{escape(file)}" style="{style}">')

    def _whole(
        self, page: pikepdf.Page, laid: weasy.LaidOut, bad: tuple[Finding, ...]
    ) -> Impression:
        art = harvest(page, self._fonts)
        return Impression(
            content=b"/%s Do\n" % art.name.encode(),
            arts=(art,),
            frames=laid.frames,
            findings=(*laid.findings, *bad),
            page=_alone(page),
            stamped=False,
        )

    # --- stencils ---

    def stencil(self, static: str, number: int) -> Stencil:
        """The page with nothing in its frames."""
        laid = self._tried(static)
        with self._drawn([laid], [number]) as (pdf, (ink,)):
            page = pdf.pages[0]
            return Stencil(
                art=harvest(page, self._fonts),
                page=_alone(page),
                frames=tuple(
                    _frame(bare(box), seen)
                    for box, seen in zip(laid.frame_boxes, laid.frames, strict=True)
                ),
                findings=(*laid.findings, *ink),
                reason=_why_not(laid),
            )

    # --- moulds ---

    def moulds(
        self, page: str, stencil: Stencil, keys: Sequence[tuple[int, tuple[str, ...]]]
    ) -> dict[tuple[int, tuple[str, ...]], Mould]:
        """How the contents of these frames of the page are laid out, by frame and tags."""
        boxes = self._boxes(page, keys)
        return {key: self._mould(boxes, stencil, key) for key in keys}

    def _boxes(self, page: str, keys: Sequence[tuple[int, tuple[str, ...]]]) -> list[Any]:
        """The frames laid out, with a letter in every inline element that would have no box."""
        laid = self._tried(frames.plain(page))
        boxes = [bare(box) for box in laid.frame_boxes]
        split = frames.split(page)
        assert split
        empty: dict[int, tuple[int, ...]] = {}
        for number, tags in keys:
            try:
                empty[number] = (
                    needs_text(boxes[number], tags, self._inks) if number < len(boxes) else ()
                )
            except NotStamped:
                empty[number] = ()
        if not any(empty.values()):
            return boxes
        contents = list(split.contents)
        for number, slots in empty.items():
            parts = TAG.split(contents[number])
            for slot in slots:
                parts[2 * slot] = "x"
            contents[number] = "".join(parts)
        again = self._tried(frames.plain(frames.filled(page, contents)))
        return [bare(box) for box in again.frame_boxes]

    def _mould(
        self, boxes: Sequence[Any], stencil: Stencil, key: tuple[int, tuple[str, ...]]
    ) -> Mould:
        number, tags = key
        try:
            if number >= len(boxes):
                raise NotStamped("it is not shown")
            box = boxes[number]
            if not _same(_border_box(box), stencil.frames[number].box):
                raise NotStamped(
                    "its box depends on what is in it: give it a place, a width and a height"
                )
            return Mould(flow=compile_frame(box, tags, self._inks))
        except NotStamped as error:
            return Mould(flow=None, reason=str(error))

    # --- pictures ---

    def bitmap(self, uri: str) -> tuple[Bitmap, Art]:
        """A picture as the reference embeds it; NotStamped where it is a drawing, or none."""
        html = f'<body><img src="{escape(uri)}" style="display:block;width:72pt;height:72pt">'
        laid = self._tried(html)
        every = laid.document.pages[0]._page_box.descendants()
        box = next((box for box in every if hasattr(box, "replacement")), None)
        if box is None:  # somebody has none: src=""
            raise NotStamped("a picture that is not there: show the element only where it is")
        with self._drawn([laid], [0]) as (pdf, _):
            images = pdf.pages[0].get_images(recursive=False)
            if len(images) != 1:
                raise NotStamped("a drawing (SVG) in a frame: put it beside the frame")
            art = harvest_image(next(iter(images.values())))
        width, height, _ = box.replacement.get_intrinsic_size(
            box.style["image_resolution"], box.style["font_size"]
        )
        return Bitmap(art.name, art.xobject, float(width), float(height)), art

    # --- proof ---

    def difference(self, page: str, number: int, impression: Impression, glyphs: Glyphs) -> str:
        """In what the stamped page differs from the reference's; empty: in nothing."""
        laid = self._tried(frames.plain(page))
        with self._drawn([laid], [number]) as (pdf, _):
            wanted = _alone(pdf.pages[0])
        with tempfile.TemporaryDirectory(prefix="mailroom-") as folder:
            target = Path(folder) / "page.pdf"
            plates = self._inks.plates
            write_one(target, self._format, self._fonts, glyphs, impression, plates)
            return first_difference(wanted, target.read_bytes())


def write_one(
    target: Path,
    fmt: Format,
    fonts: Sequence[Font],
    glyphs: Glyphs,
    impression: Impression,
    plates: Sequence[Ink] = (),
) -> None:
    """One page as a PDF of its own."""
    with Writer(target, boxes_of(fmt), fonts, plates) as writer:
        for art in impression.arts:
            writer.art(art)
        writer.use(glyphs)
        arts = tuple(art.xobject for art in impression.arts)
        content = isal_zlib.compress(impression.content)
        writer.leaf(Leaf(content=content, arts=arts, label="page"))


def _bad_codes(page: str) -> Iterator[Finding]:
    """Codes that cannot be made of their text: their frames are empty."""
    for code in frames.codes_in(page):
        try:
            codes.check(code.kind, code.payload, code.level)
        except codes.CodeError as error:
            yield Finding(rule="code", severity=Severity.ERROR, message=str(error))


def _too_much(ink: float, limit: float) -> Iterator[Finding]:
    """More ink, in per cent, than dries on this paper."""
    if ink > limit + _ROUNDED:
        yield Finding(
            rule="ink",
            severity=Severity.ERROR,
            message=f"{ink:.0f} % ink in one place, {limit:g} % is the most",
            hint="take a lighter colour: black with 40 % cyan is deep enough",
        )


def _small_frames(laid: weasy.LaidOut) -> Iterator[Finding]:
    """Codes of one size whose frames are too small for it."""
    for box, seen in zip(laid.frame_boxes, laid.frames, strict=True):
        kind, picture = box.element.get("data-code"), box.element.find("img")
        size = picture.get("data-size") if kind and picture is not None else None
        if size:
            width, height = map(float, size.split())
            inner = bare(box)
            frame = float(inner.width) * 0.75, float(inner.height) * 0.75
            try:
                codes.check_room(kind.strip(), (width, height), frame)
            except codes.CodeError as error:
                hint = "give the frame that size in the layout's style sheet"
                yield Finding(
                    rule="code",
                    severity=Severity.ERROR,
                    message=str(error),
                    box=seen.box,
                    hint=hint,
                )


def _alone(page: pikepdf.Page) -> bytes:
    """The page as a file; pages drawn together name each other's pictures, and it keeps its own."""
    out = io.BytesIO()
    with pikepdf.new() as alone:
        alone.pages.append(page)
        alone.remove_unreferenced_resources()
        alone.save(out, deterministic_id=True)
    return out.getvalue()


def _why_not(laid: weasy.LaidOut) -> str:
    """What keeps a page from being stamped, whoever it is for."""
    if len(laid.document.pages) > 1:
        return "without any content in its frames it is longer than a page"
    return ""


def _frame(box: Any, seen: FrameBox) -> Frame:
    element = box.element
    fit, _, least = (element.get("data-fit") or "").partition(" ")
    return Frame(
        name=seen.name,
        box=_border_box(box),
        inner=(
            float(box.content_box_x()), float(box.content_box_y()),
            float(box.width), float(box.height),
        ),
        optional=element.get("data-optional") is not None,
        size=float(box.style["font_size"]),
        least=_points(least) / 0.75 if fit == "shrink" else 0.0,
        code=(element.get("data-code") or "").strip(),
        level=element.get("data-level") or "M",
    )  # fmt: skip


def _points(text: str) -> float:
    """`9pt` or `9`; what is no length allows no shrinking."""
    try:
        return float(text.strip().removesuffix("pt"))
    except ValueError:
        return 0.0


def _border_box(box: Any) -> Rectangle:
    return (
        float(box.border_box_x()), float(box.border_box_y()),
        float(box.border_width()), float(box.border_height()),
    )  # fmt: skip


def _same(one: Rectangle, other: Rectangle) -> bool:
    return all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))

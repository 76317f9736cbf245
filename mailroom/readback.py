"""Read a finished PDF back: what really stands on a page, whoever drew it.

Text and ink come from PDFium, fonts, glyphs and pictures from the page's own operators.
Nothing here knows the layout: a page is judged by what was made, not by what was meant.
Boxes are in points from the top left corner of the TrimBox, as everywhere.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mailroom.errors import RenderError
from mailroom.matrix import IDENTITY, Corners, Matrix, from_trim, matrix_of, times
from mailroom.model import Line
from mailroom.units import Box

_ZONE_DPI = 100
_BARE_DPI = 144  # half a point a pixel
_DARK = 64  # of 255; codes stand on paper at least that much lighter (USPS-B-3200: 30 %)
_FAINT = 2  # of 255; the renderer's white is 255 exactly, a hundredth of yellow is not
_OPERATORS = re.compile(
    rb"(?P<literal>\((?:\\.|[^\\()])*\))"  # not looked into: it may hold anything
    rb"|\[(?P<array>[^\[\]()]*)\]"  # glyphs and the kerning between them
    rb"|<(?P<codes>[0-9A-Fa-f\s]*)>"
    rb"|(?<!\S)(?P<stack>[qQ])(?!\S)"
    rb"|(?P<matrix>(?:[-+.\d]+\s+){6})cm(?!\S)"
    rb"|/(?P<name>[^\s/<>\[\]()]+)\s+(?:[-+.\d]+\s+)?(?P<use>Do|Tf|scn|SCN)(?!\S)"
)
_CODES = re.compile(rb"<([0-9A-Fa-f\s]+)>")
_CMAP_LINE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_MAX_DEPTH = 12


class Picture(NamedTuple):
    """A bitmap as it is placed."""

    box: Box
    dpi: float  #: the lower of both directions


class UsedFont(NamedTuple):
    """A font that draws something on the page."""

    name: str
    embedded: bool


class Page(NamedTuple):
    """What one page says."""

    media: Corners
    trim: Corners
    bleed: Corners
    rotation: int
    text: str  #: its lines end in a line feed
    lines: tuple[Line, ...]
    pictures: tuple[Picture, ...]
    fonts: tuple[UsedFont, ...]
    blanks: tuple[str, ...]  #: characters whose font has no glyph for them
    stain: Box | None  #: ink in the zone asked for, outside the boxes left out
    spills: tuple[Box | None, ...]  #: ink, however faint, in each of the bare boxes
    smudges: tuple[Box | None, ...] = ()  #: dark ink in each of the quiet boxes


class Readback:
    """One PDF file open for reading; a page that several pieces share is read once.

    PDFium is not thread-safe: one thread at a time. RenderError where it is no PDF.
    """

    def __init__(self, file: Path | bytes) -> None:
        import pikepdf
        import pypdfium2

        try:
            self._syntax = pikepdf.open(io.BytesIO(file) if isinstance(file, bytes) else file)
            self._drawing = pypdfium2.PdfDocument(file)
        except (OSError, pikepdf.PdfError, pypdfium2.PdfiumError) as error:
            where = "" if isinstance(file, bytes) else file.name
            raise RenderError(f"cannot be read back: {error}", where=where) from None
        self._known: dict[object, Page] = {}
        self._fonts: dict[object, _Font] = {}

    def __enter__(self) -> Readback:
        return self

    def __exit__(self, *_: object) -> None:
        self._drawing.close()
        self._syntax.close()

    def __len__(self) -> int:
        return len(self._drawing)

    def page(
        self,
        number: int,
        zone: Box | None = None,
        but: tuple[Box, ...] = (),
        bare: tuple[Box, ...] = (),
        quiet: tuple[Box, ...] = (),
    ) -> Page:
        """The page of that number (from 0).

        `zone` is looked at for ink outside `but`, each of `bare` for any ink at all, each of
        `quiet` for ink that a reader of codes would see.
        """
        source = self._syntax.pages[number].obj
        contents = source.get("/Contents")
        if contents is None or not contents.is_indirect:
            return self._read(number, zone, but, bare, quiet)
        key = (contents.objgen, _boxes_of(source), zone, but, bare, quiet)
        if key not in self._known:
            self._known[key] = self._read(number, zone, but, bare, quiet)
        return self._known[key]

    def _read(
        self,
        number: int,
        zone: Box | None,
        but: tuple[Box, ...],
        bare: tuple[Box, ...],
        quiet: tuple[Box, ...],
    ) -> Page:
        page = self._drawing[number]
        try:
            text = page.get_textpage()
            trim = page.get_trimbox()
            seen = _Scan(self._fonts, trim)
            seen.page(self._syntax.pages[number].obj)
            return Page(
                media=page.get_mediabox(),
                trim=trim,
                bleed=page.get_bleedbox(),
                rotation=page.get_rotation(),
                text=_text(text),
                lines=tuple(_lines(text, trim)),
                pictures=tuple(seen.pictures),
                fonts=tuple(seen.fonts),
                blanks=tuple(seen.blanks),
                stain=_stain(page, trim, zone, but) if zone else None,
                spills=tuple(_spill(page, trim, box, _FAINT) for box in bare),
                smudges=tuple(_spill(page, trim, box, _DARK) for box in quiet),
            )
        finally:
            page.close()


def _boxes_of(page: Any) -> tuple[str, ...]:
    """Two pages may share their drawing and differ in size."""
    names = ("/MediaBox", "/TrimBox", "/BleedBox", "/CropBox", "/Rotate")
    return tuple(repr(page.get(name)) for name in names)


def _text(text: Any) -> str:
    whole: str = text.get_text_range(errors="replace") if text.count_chars() else ""
    return whole.replace("\r\n", "\n")


def _lines(text: Any, trim: Corners) -> Iterator[Line]:
    for number in range(text.count_rects()):
        corners = text.get_rect(number)
        line = text.get_text_bounded(*corners, errors="replace").strip()
        if line:
            left, bottom, right, top = corners
            yield Line(line, left - trim[0], trim[3] - top, right - trim[0], trim[3] - bottom)


def _stain(page: Any, trim: Corners, zone: Box, but: tuple[Box, ...]) -> Box | None:
    """Draw the zone alone, paint `but` white, and see whether any ink is left."""
    from PIL import ImageChops, ImageDraw

    zone, scale = _on_paper(zone, _paper(page, trim)), _ZONE_DPI / 72
    image = _drawn(page, trim, zone, scale).convert("L")
    draw = ImageDraw.Draw(image)
    for box in but:
        edges = (box.x - zone.x - 1, box.y - zone.y - 1, box.right - zone.x, box.bottom - zone.y)
        draw.rectangle(
            [edges[0] * scale, edges[1] * scale, (edges[2] + 1) * scale, (edges[3] + 1) * scale],
            fill=255,
        )
    found = ImageChops.invert(image).point(lambda ink: 255 if ink > 8 else 0).getbbox()
    return _seen(found, zone, scale)


def _spill(page: Any, trim: Corners, box: Box, least: int) -> Box | None:
    """Ink in the box that is darker than the `least`, of 255.

    PDFium crops at whole pixels inwards, so that what ends right beside the box is not seen.
    """
    from PIL import ImageChops

    zone, scale = _on_paper(box, _paper(page, trim)), _BARE_DPI / 72
    if zone.width <= 0 or zone.height <= 0:
        return None
    inverted = ImageChops.invert(_drawn(page, trim, zone, scale).convert("RGB"))
    return _seen(inverted.point(lambda ink: 255 if ink > least else 0).getbbox(), zone, scale)


def _paper(page: Any, trim: Corners) -> Box:
    left, bottom, right, top = page.get_mediabox()
    return Box(left - trim[0], trim[3] - top, right - left, top - bottom)


def _drawn(page: Any, trim: Corners, zone: Box, scale: float) -> Any:
    """The zone of the page as a picture of its own."""
    left, bottom, right, top = page.get_mediabox()
    x, y = trim[0] + zone.x - left, top - trim[3] + zone.y
    crop = (x, top - bottom - y - zone.height, right - left - x - zone.width, y)
    crop = tuple(max(0.0, side) for side in crop)  # rounding may leave -1e-14
    return page.render(scale=scale, crop=crop).to_pil()


def _seen(found: tuple[int, ...] | None, zone: Box, scale: float) -> Box | None:
    """What was found in the picture of the zone, in points from the TrimBox."""
    if not found:
        return None
    x, y, right, bottom = (value / scale for value in found)
    return Box(zone.x + x, zone.y + y, right - x, bottom - y)


def _on_paper(zone: Box, paper: Box) -> Box:
    """A window may reach beyond the sheet, where there is nothing to look at."""
    x, y = max(zone.x, paper.x), max(zone.y, paper.y)
    return Box(x, y, min(zone.right, paper.right) - x, min(zone.bottom, paper.bottom) - y)


# --- the page's operators: which fonts, which glyphs, which pictures -------------------------


class _Font:
    """A font of the file: is it embedded, and which codes does it draw as nothing?"""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._parts = source.get("/DescendantFonts", [source])[0]
        self._descriptor = self._parts.get("/FontDescriptor", {})
        self.wide = str(source.get("/Subtype")) == "/Type0"
        self._blank: dict[bytes, str | None] = {}

    @cached_property
    def used(self) -> UsedFont:
        files = ("/FontFile", "/FontFile2", "/FontFile3")
        family = self._descriptor.get("/FontFamily")
        name = str(self._source.get("/BaseFont", "/?")).lstrip("/").partition("+")
        return UsedFont(
            name=str(family) if family is not None else name[2] or name[0],
            embedded=str(self._source.get("/Subtype")) == "/Type3"
            or any(file in self._descriptor for file in files),
        )

    def blank(self, code: bytes) -> str | None:
        """The character that this code stands for, where the font has no glyph for it."""
        if code not in self._blank:
            number = int(code, 16)
            known = 0 < number < self._glyphs
            self._blank[code] = None if known else self._characters.get(number, "")
        return self._blank[code]

    @cached_property
    def _glyphs(self) -> int:
        """How many glyphs the embedded TrueType program has (`maxp`); else: no limit known."""
        if "/FontFile2" not in self._descriptor:
            return 1 << 16
        data = self._descriptor["/FontFile2"].read_bytes()
        for number in range(struct.unpack(">H", data[4:6])[0]):
            tag, _, offset, _ = struct.unpack(">4sLLL", data[12 + 16 * number : 28 + 16 * number])
            if tag == b"maxp":
                return int(struct.unpack(">H", data[offset + 4 : offset + 6])[0])
        return 1 << 16

    @cached_property
    def _characters(self) -> Mapping[int, str]:
        if "/ToUnicode" not in self._source:
            return {}
        lines = _CMAP_LINE.findall(self._source["/ToUnicode"].read_bytes())
        return {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
            for code, text in lines
            if len(text) % 4 == 0
        }


class _Scan:
    """Walks through a page's operators, its forms and its patterns."""

    def __init__(self, fonts: dict[object, _Font], trim: Corners) -> None:
        self._known, self._trim = fonts, trim
        self.fonts: dict[UsedFont, None] = {}
        self.blanks: dict[str, None] = {}
        self.pictures: list[Picture] = []

    def page(self, source: Any) -> None:
        contents = source.get("/Contents", [])
        streams = [contents] if hasattr(contents, "read_bytes") else list(contents)
        data = b"\n".join(stream.read_bytes() for stream in streams)
        self._walk(data, source.get("/Resources", {}), IDENTITY, 0)

    def _walk(self, data: bytes, resources: Any, matrix: Matrix, depth: int) -> None:
        base = matrix
        stack: list[tuple[Matrix, _Font | None]] = []
        font: _Font | None = None
        for match in _OPERATORS.finditer(data):
            kind = match.lastgroup
            if kind == "array" and font:
                self._codes(font, b"".join(_CODES.findall(match["array"])))
            elif kind == "codes" and font:
                self._codes(font, match["codes"])
            elif kind == "literal" and font:
                self.fonts[font.used] = None
            elif kind == "stack":
                if match["stack"] == b"q":
                    stack.append((matrix, font))
                elif stack:
                    matrix, font = stack.pop()
            elif kind == "matrix":
                matrix = times(matrix_of(match["matrix"].split()), matrix)
            elif kind == "use":
                name = "/" + match["name"].decode("latin-1")
                if match["use"] == b"Tf":
                    font = self._font(resources, name)
                elif match["use"] == b"Do":
                    self._object(_entry(resources, "/XObject", name), resources, matrix, depth)
                else:
                    self._form(_entry(resources, "/Pattern", name), resources, base, depth)

    def _font(self, resources: Any, name: str) -> _Font | None:
        source = _entry(resources, "/Font", name)
        if source is None:
            return None
        if not source.is_indirect:
            return _Font(source)
        return self._known.setdefault(source.objgen, _Font(source))

    def _codes(self, font: _Font, codes: bytes) -> None:
        text = b"".join(codes.split())
        if not text:
            return
        self.fonts[font.used] = None
        if font.wide:
            for code in {text[start : start + 4] for start in range(0, len(text) - 3, 4)}:
                char = font.blank(code)
                if char is not None:
                    self.blanks[char] = None

    def _object(self, source: Any, resources: Any, matrix: Matrix, depth: int) -> None:
        kind = str(source.get("/Subtype")) if source is not None else ""
        if kind == "/Image":
            self.pictures.append(_picture(source, matrix, self._trim))
        elif kind == "/Form":
            self._form(source, resources, matrix, depth)

    def _form(self, source: Any, resources: Any, matrix: Matrix, depth: int) -> None:
        if source is None or depth > _MAX_DEPTH or not hasattr(source, "read_bytes"):
            return
        own = times(matrix_of(source.get("/Matrix", IDENTITY)), matrix)
        inner = source.get("/Resources", resources)
        self._walk(source.read_bytes(), inner, own, depth + 1)


def _entry(resources: Any, kind: str, name: str) -> Any:
    return resources.get(kind, {}).get(name)


def _picture(source: Any, matrix: Matrix, trim: Corners) -> Picture:
    """An image fills the unit square of its matrix (PDF 32000-1, 8.9.5)."""
    a, b, c, d, e, f = matrix
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    across = int(source["/Width"]) / max(math.hypot(a, b), 1e-6)
    down = int(source["/Height"]) / max(math.hypot(c, d), 1e-6)
    return Picture(
        box=from_trim((min(xs), min(ys), max(xs), max(ys)), trim), dpi=72 * min(across, down)
    )

"""The contact sheet: the chosen pieces as pictures, with what is wrong boxed in red."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from mailroom.canvas import clean, face, font_for, needs_shaping, open_canvas
from mailroom.errors import RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font, missing_glyphs
from mailroom.formats import A4, Format
from mailroom.model import Artwork, Finding, Piece, Severity
from mailroom.proof import Chosen
from mailroom.units import Box, Size, mm

_DPI = 150  # of the piece itself; on the sheet it is printed at about a third of its size
_PREVIEW_DPI = 144
_ABREAST = 3  # pages side by side in the PNG
_MARGIN = mm(14)
_INDENT = mm(10)  # of the name, after the number
_GUTTER = mm(12)
_GAP = mm(3)
_WIDTH = A4.width - 2 * _MARGIN
_FOOT = A4.height - mm(14)
_COLUMNS = {1: 3, 2: 2}  # pieces side by side, by their pages; more pages take the whole width
_MOST_FINDINGS = 4
_MOST_LINES = 2  # of reasons
_NAME_SIZES = (11.5, 9.5, 8.0)  # the first one on one line only
_SMALL = 7.5

_INK, _GREY, _LINE = HexColor(0x1D2733), HexColor(0x68717C), HexColor(0xB9BEC4)
_ACCENT, _PAPER = HexColor(0x1F5A7A), HexColor(0xF4F2EE)
_COLOURS = {Severity.ERROR: HexColor(0xC4281E), Severity.WARNING: HexColor(0x8A5A00)}
_WORDS = {Severity.ERROR: "Held", Severity.WARNING: "Look"}

_PDFIUM = threading.Lock()  # PDFium is not thread-safe


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What stands above the pictures."""

    title: str  #: the mailing
    date: str  #: as it is to be read; the caller's, since nothing here asks the clock
    summary: Sequence[tuple[str, str]]  #: label and value: counts, the digest in short


@dataclass(frozen=True, kw_only=True)
class _Note:
    text: str
    colour: Any


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """A piece with its words broken into lines."""

    piece: Piece
    artwork: Artwork | None
    name: tuple[str, ...]
    name_size: float
    why: tuple[str, ...]
    notes: tuple[_Note, ...]
    picture: Size

    @property
    def height(self) -> float:
        words = 12 * len(self.name) + 9.5 * (len(self.why) + len(self.notes))
        return float(words + self.picture.height + 20)


def write_contact_sheet(
    chosen: Sequence[Chosen],
    artworks: Mapping[str, Artwork],
    fmt: Format,
    heading: Heading,
    fonts: Sequence[Font],
    pdf: Path,
    png: Path,
) -> None:
    """Write A4 pages with the chosen pieces to `pdf`; all of them, three abreast, to `png`.

    `artworks` by piece key; a piece without any is a card with the reason on it. Pictures
    are cut at the trim. RenderError where the artwork cannot be read, EnvironmentProblem
    where a file cannot be written.
    """
    sheet = _ContactSheet(fmt, tuple(fonts), heading)
    data = sheet.draw([(item, artworks.get(item.piece.key)) for item in chosen])
    write_whole(pdf, data)
    write_whole(png, _one_picture(data))


def _one_picture(data: bytes) -> bytes:
    """All pages, side by side and below one another: whoever looks at it looks at everything."""
    with _PDFIUM, closing(pypdfium2.PdfDocument(data)) as document:
        pages = [page.render(scale=_PREVIEW_DPI / 72).to_pil() for page in document]
    width, height = pages[0].size
    rows = -(-len(pages) // _ABREAST)
    columns = -(-len(pages) // rows)
    whole = Image.new("RGB", (columns * width, rows * height), "white")
    for number, page in enumerate(pages):
        whole.paste(page, (number % columns * width, number // columns * height))
    out = BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()


class _ContactSheet:
    """The canvas, and how this format's pieces are set out on it."""

    def __init__(self, fmt: Format, fonts: tuple[Font, ...], heading: Heading) -> None:
        self._format, self._fonts, self._heading = fmt, fonts, heading
        self._text, self._plain = font_for("text", fonts), font_for("plain", fonts)
        self._columns = _COLUMNS.get(len(fmt.pages), 1)
        self._cell_width = (_WIDTH - (self._columns - 1) * _GUTTER) / self._columns
        count = max(len(fmt.pages), 2 if self._columns == 1 else 1)
        width = (self._cell_width - (count - 1) * _GAP) / count
        self._picture = Size(width, width * fmt.trim.height / fmt.trim.width)
        self._buffer = BytesIO()
        self._canvas = open_canvas(self._buffer, A4, self._plain, f"Proof of {heading.title}")

    def draw(self, items: Sequence[tuple[Chosen, Artwork | None]]) -> bytes:
        """All the pages."""
        pages = list(self._pages([self._cell(item, artwork) for item, artwork in items]))
        for number, rows in enumerate(pages or [[]], 1):
            top = self._header(number == 1)
            for row in rows:
                self._row(row, top)
                top += _height(row)
            self._footer(number, max(1, len(pages)))
            self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()

    def _pages(self, cells: Sequence[_Cell]) -> Iterator[list[Sequence[_Cell]]]:
        """Rows of cells, as many to a page as there is room for."""
        step = self._columns
        rows = [cells[start : start + step] for start in range(0, len(cells), step)]
        page: list[Sequence[_Cell]] = []
        room = _FOOT - _top(first=True)
        for row in rows:
            if page and _height(row) > room:
                yield page
                page, room = [], _FOOT - _top(first=False)
            page.append(row)
            room -= _height(row)
        if page:
            yield page

    def _cell(self, item: Chosen, artwork: Artwork | None) -> _Cell:
        notes = [] if artwork is None else self._notes(item.piece.findings)
        notes = [*self._address(item.piece), *notes]
        person = item.piece.recipient
        name = item.piece.greeting.envelope_name.text or person.name
        lines, size = self._name(name or "(no name)")
        place = () if name else (person.where,)
        return _Cell(
            piece=item.piece,
            artwork=artwork,
            name=tuple(lines),
            name_size=size,
            why=(
                *place,
                *_first(self._wrap(", ".join(item.reasons), self._cell_width), _MOST_LINES),
            ),
            notes=tuple(notes),
            picture=self._picture,
        )

    def _address(self, piece: Piece) -> list[_Note]:
        """Where no page bears it: it is approved all the same, so it must be seen."""
        if not self._format.addressed_by_provider:
            return []
        lines = self._wrap(" / ".join(piece.address_lines), self._cell_width)
        return [_Note(text=line, colour=_INK) for line in lines if line]

    def _notes(self, findings: Sequence[Finding]) -> list[_Note]:
        shown = [finding for finding in findings if finding.severity in _COLOURS]
        lines = [
            _Note(text=line, colour=_COLOURS[finding.severity])
            for finding in shown[:_MOST_FINDINGS]
            for line in self._wrap(_in_words(finding), self._cell_width)
        ]
        if len(shown) > _MOST_FINDINGS:
            more = f"and {len(shown) - _MOST_FINDINGS} more"
            lines.append(_Note(text=more, colour=_GREY))
        return lines

    # --- words ---

    def _wrap(self, text: str, width: float) -> list[str]:
        shown = _drawable(text, self._plain)
        return list(simpleSplit(shown, face(self._plain), _SMALL, width))

    def _write(
        self, x: float, y: float, text: str, *, size: float = _SMALL, colour: Any = _INK
    ) -> None:
        """`y` is the baseline, from the top of the page."""
        self._set(x, y, text, self._plain, size, colour)

    def _face_of(self, text: str) -> Font:
        return self._plain if missing_glyphs(text, [self._text]) else self._text

    def _name(self, name: str) -> tuple[list[str], float]:
        """Its lines and their size: a long name is what one wants to see, so it is not cut."""
        font, width = self._face_of(name), self._cell_width - _INDENT
        shown = _drawable(name, font)
        for size in _NAME_SIZES:
            lines = list(simpleSplit(shown, face(font), size, width))
            widest = max((stringWidth(line, face(font), size) for line in lines), default=0)
            if widest <= width and (len(lines) < 2 or size < _NAME_SIZES[0]):
                break
        return lines, size

    def _set(self, x: float, y: float, text: str, font: Font, size: float, colour: Any) -> None:
        self._canvas.setFont(face(font), size)
        self._canvas.setFillColor(colour)
        self._canvas.drawString(x, A4.height - y, text)

    def _header(self, first: bool) -> float:
        """Draw it; where the pictures begin."""
        if not first:
            return _top(first=False)
        baseline, title = mm(20), self._heading.title
        font = self._face_of(title)
        self._set(_MARGIN, baseline, _drawable(title, font), font, 21, _INK)
        self._canvas.setFont(face(self._plain), 9)
        self._canvas.setFillColor(_GREY)
        self._canvas.drawRightString(A4.width - _MARGIN, A4.height - baseline, self._heading.date)
        step = _WIDTH / max(4, len(self._heading.summary))
        for number, (label, value) in enumerate(self._heading.summary):
            x = _MARGIN + number * step
            self._write(x, baseline + mm(8), value, size=12)
            self._write(x, baseline + mm(11.5), label, colour=_GREY)
        self._rule(baseline + mm(15.5))
        return _top(first=True)

    def _footer(self, number: int, count: int) -> None:
        y = A4.height - mm(9)
        self._write(_MARGIN, y, f"{self._heading.title}, proof", colour=_GREY)
        self._canvas.drawRightString(A4.width - _MARGIN, A4.height - y, f"{number} of {count}")

    def _rule(self, y: float) -> None:
        self._canvas.setStrokeColor(_LINE)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_MARGIN, A4.height - y, A4.width - _MARGIN, A4.height - y)

    # --- pictures ---

    def _row(self, row: Sequence[_Cell], top: float) -> None:
        for column, cell in enumerate(row):
            self._draw_cell(cell, _MARGIN + column * (self._cell_width + _GUTTER), top)

    def _draw_cell(self, cell: _Cell, x: float, y: float) -> None:
        self._write(x, y + 12, f"{cell.piece.number:04}", size=9, colour=_ACCENT)
        for line in cell.name:
            y += 12
            self._set(x + _INDENT, y, line, self._face_of(line), cell.name_size, _INK)
        for line in cell.why:
            y += 9.5
            self._write(x, y, line, colour=_GREY)
        y += mm(2.2)
        if cell.artwork is None:
            self._card(cell, x, y)
        else:
            self._pictures(cell, cell.artwork, x, y)
        y += cell.picture.height + 9
        for note in cell.notes:
            y += 9.5
            self._write(x, y - 3, note.text, colour=note.colour)

    def _card(self, cell: _Cell, x: float, y: float) -> None:
        """In place of pictures that there are none of: why not."""
        canvas, height = self._canvas, cell.picture.height
        canvas.setFillColor(_PAPER)
        canvas.rect(x, A4.height - y - height, self._cell_width, height, stroke=0, fill=1)
        pad = mm(4)
        self._write(x + pad, y + pad + 8, "No pages were made", size=9, colour=_INK)
        y += pad + 12
        for finding in cell.piece.findings:
            if finding.severity is not Severity.ERROR:
                continue
            for line in self._wrap(_in_words(finding), self._cell_width - 2 * pad):
                y += 10
                self._write(x + pad, y, line, colour=_COLOURS[Severity.ERROR])

    def _pictures(self, cell: _Cell, artwork: Artwork, x: float, y: float) -> None:
        size, bottom = cell.picture, A4.height - y - cell.picture.height
        for number, image in enumerate(_rasters(artwork, cell.piece), 1):
            canvas = self._canvas
            canvas.drawImage(ImageReader(image), x, bottom, size.width, size.height)
            canvas.setStrokeColor(_LINE)
            canvas.setLineWidth(0.4)
            canvas.rect(x, bottom, size.width, size.height)
            for finding in cell.piece.findings:
                if finding.box and finding.page == number and finding.severity in _COLOURS:
                    self._mark(finding, finding.box, x, y)
            label = self._format.pages[number - 1].replace("-", " ")
            self._write(x, y + size.height + 7, label, size=6, colour=_GREY)
            x += size.width + _GAP

    def _mark(self, finding: Finding, box: Box, x: float, y: float) -> None:
        """Box the offence, a little outside it so that it stays visible."""
        scale = self._picture.width / self._format.trim.width
        outside = box.inset(-1.5 / scale)
        self._canvas.setStrokeColor(_COLOURS[finding.severity])
        self._canvas.setLineWidth(0.9)
        self._canvas.rect(
            x + outside.x * scale,
            A4.height - y - outside.bottom * scale,
            outside.width * scale,
            outside.height * scale,
        )


def _first(lines: Sequence[str], count: int) -> list[str]:
    """At most so many lines; the last one says if there were more."""
    if len(lines) <= count:
        return list(lines)
    return [*lines[: count - 1], lines[count - 1].rstrip(" ,") + " …"]


def _top(*, first: bool) -> float:
    return mm(39) if first else mm(13)


def _height(row: Sequence[_Cell]) -> float:
    return max(cell.height for cell in row) + mm(3)


def _in_words(finding: Finding) -> str:
    return f"{_WORDS[finding.severity]}: {finding.message}"


def _drawable(text: str, font: Font) -> str:
    """The text with a box for each character that this font cannot show as it should be."""
    plain = clean(text)
    missing = set(missing_glyphs(plain, [font]))
    return "".join("□" if char in missing or needs_shaping(char) else char for char in plain)


def _rasters(artwork: Artwork, piece: Piece) -> list[Image.Image]:
    """The pages as pictures, cut at the trim."""
    try:
        with _PDFIUM, closing(pypdfium2.PdfDocument(artwork.path)) as document:
            numbers = range(artwork.first_page, artwork.first_page + artwork.pages)
            return [_raster(document[number]) for number in numbers]
    except (OSError, IndexError, pypdfium2.PdfiumError) as error:
        raise RenderError(
            f"the pages of {artwork.path.name} cannot be shown: {error}",
            where=f"piece {piece.number:04}",
            hint="run `mailroom prepare` again",
        ) from None


def _raster(page: Any) -> Image.Image:
    page.set_cropbox(*page.get_trimbox())
    image: Image.Image = page.render(scale=_DPI / 72).to_pil()
    return image.convert("RGB")

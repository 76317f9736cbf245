"""The print file of a mailing: every piece's pages in order, or panels imposed on sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from reportlab.lib.colors import CMYKColor, CMYKColorSep

from mailroom.canvas import face, font_for, open_canvas
from mailroom.errors import EnvironmentProblem
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.model import Artwork, Piece
from mailroom.press.conformance import derived
from mailroom.providers.calibration import ON_THE_MARK, Offsets
from mailroom.sheets.artworks import AGAIN, pages_of
from mailroom.sheets.panels import MARK_WEIGHT, Imposition, Line, Panel, impose
from mailroom.sheets.shared import OpenFile, Shared
from mailroom.units import Size

Cards: TypeAlias = Sequence[tuple[Piece, Artwork]]

#: Marks print on every plate, so that each can be cut in register (ISO 32000-1, 8.6.6.4).
_REGISTRATION = CMYKColorSep(1, 1, 1, 1, spotName="All")
_QUIET_GREY = CMYKColor(0, 0, 0, 0.6)
_NUMBER_SIZE = 6


def write_cards(
    cards: Cards,
    fmt: Format,
    target: Path,
    *,
    fonts: Sequence[Font],
    trimmed: bool = False,
    offsets: Offsets = ON_THE_MARK,
) -> Path:
    """Write the pieces' print file to `target`, in the order given, and return it.

    A flat format gives one page for each page of the piece: MediaBox trim plus bleed from
    0,0, or with `trimmed` (stock already cut) the bare trim. A folded one gives two sheet
    sides a piece, with marks and the piece's number outside the bleed.
    `offsets` is how far the machine prints off the mark, which is taken back side by side.
    Each page is labelled (ISO 32000-1, 12.4.2) like "piece 0042 front". Equal input gives
    equal bytes; what is equal in several pieces is stored once.
    RenderError where artwork is missing or is not of that piece, format and size;
    EnvironmentProblem where the file cannot be written.
    """
    with ExitStack() as stack:
        target_pdf = stack.enter_context(pikepdf.new())
        printed = _PrintFile(target_pdf, fmt, stack, offsets)
        labels = printed.sheets(cards, fonts) if fmt.fold else printed.pages(cards, trimmed)
        named = list(labels)
        _label(target_pdf, named)
        printed.carry_over(named)
        data = _saved(target_pdf)
    write_whole(target, data)
    return target


def _saved(pdf: pikepdf.Pdf) -> bytes:
    """The file's bytes; pikepdf 10 aborts the process when it meets a full disk itself."""
    out = BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        min_version="1.6",  # what PDF/X-4 is built on (ISO 15930-7, 6.1)
        fix_metadata_version=False,  # what the artwork says of itself is kept as it is
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


def _label(pdf: pikepdf.Pdf, labels: Sequence[str]) -> None:
    numbers: list[Any] = []
    for index, label in enumerate(labels):
        numbers += [index, Dictionary(P=String(label))]
    pdf.Root.PageLabels = Dictionary(Nums=Array(numbers))


class _PrintFile:
    """The target being filled, and the artwork files it is filled from."""

    def __init__(
        self, target: pikepdf.Pdf, fmt: Format, stack: ExitStack, offsets: Offsets
    ) -> None:
        self._target, self._format, self._stack = target, fmt, stack
        self._offsets = offsets
        self._shared = Shared(target)
        self._sources: dict[Path, OpenFile] = {}

    def pages(self, cards: Cards, trimmed: bool) -> Iterator[str]:
        """Flat: a page is a page; yields each page's label."""
        bleed = 0.0 if trimmed else float(self._format.bleed)
        trim = self._format.trim
        media = Size(trim.width + 2 * bleed, trim.height + 2 * bleed)
        boxes = _boxes(media, (bleed, bleed, bleed + trim.width, bleed + trim.height), bleed)
        for piece, artwork in cards:
            names = zip(self._format.pages, self._art(piece, artwork), strict=True)
            for side, (name, page) in enumerate(names):
                left, bottom = (float(edge) for edge in page.trimbox[:2])
                form = self._shared.form(page, self._source(artwork.path))
                draw = f"q 1 0 0 1 {_n(bleed - left)} {_n(bleed - bottom)} cm /Page Do Q\n"
                draw = self._corrected(side, draw)
                self._add(draw.encode(), Dictionary(XObject=Dictionary(Page=form)), boxes)
                yield _words(piece, name)

    def sheets(self, cards: Cards, fonts: Sequence[Font]) -> Iterator[str]:
        """Folded: four panels on a sheet's two sides; yields each side's label."""
        plan = impose(self._format)
        boxes = _sheet_boxes(plan)
        overlay = self._overlay(plan, [piece for piece, _ in cards], fonts)
        for (piece, artwork), over in zip(cards, overlay, strict=True):
            pages = self._art(piece, artwork)
            source = self._source(artwork.path)
            for number, side in enumerate(plan.sides):
                forms = {_name(p): self._shared.form(pages[p.page], source) for p in side.panels}
                resources = Dictionary(XObject=Dictionary({**forms, "/Over": over}))
                draws = [_draw(panel, pages[panel.page], plan.sheet) for panel in side.panels]
                draw = self._corrected(number, "".join([*draws, "/Over Do\n"]))
                self._add(draw.encode(), resources, boxes)
                yield _words(piece, side.name)

    def _corrected(self, side: int, draw: str) -> str:
        """What a machine prints off the mark is moved the other way."""
        right, up = self._offsets.of(side).correction
        return f"1 0 0 1 {_n(right)} {_n(up)} cm\n{draw}" if right or up else draw

    def carry_over(self, labels: Sequence[str]) -> None:
        """Give the file the output intents, metadata and information that the artwork has."""
        for source in [*self._sources.values()][:1]:
            root = source.pdf.Root
            if "/OutputIntents" in root:
                copied = self._shared.copy(root.OutputIntents, source)
                self._target.Root.OutputIntents = copied
            if "/Metadata" in root:
                own = derived(root.Metadata.read_bytes(), self._shared.fingerprint(labels))
                header = Dictionary(Type=Name.Metadata, Subtype=Name.XML)
                self._target.Root.Metadata = self._shared.stream(own, header)
            for key, value in source.pdf.trailer.get("/Info", Dictionary()).items():
                self._target.docinfo[key] = self._shared.copy(value, source)

    def _overlay(
        self, plan: Imposition, pieces: Sequence[Piece], fonts: Sequence[Font]
    ) -> list[Any]:
        """Marks and number of each piece, as forms the size of the sheet."""
        font = font_for("plain", tuple(fonts))
        drawn = _draw_overlay(plan, [piece.number for piece in pieces], font)
        pdf = self._stack.enter_context(pikepdf.open(BytesIO(drawn)))
        source = OpenFile(pdf=pdf)
        return [self._shared.form(page, source) for page in pdf.pages]

    def _add(self, content: bytes, resources: Any, boxes: dict[str, Any]) -> None:
        stream = self._shared.stream(content, Dictionary())
        page = Dictionary(Type=Name.Page, Contents=stream, Resources=resources, **boxes)
        self._target.pages.append(pikepdf.Page(self._target.make_indirect(page)))

    def _source(self, path: Path) -> OpenFile:
        if path not in self._sources:
            try:
                pdf = self._stack.enter_context(pikepdf.open(path))
            except (OSError, pikepdf.PdfError) as error:
                raise EnvironmentProblem(
                    f"the artwork cannot be read: {error}", where=str(path), hint=AGAIN
                ) from None
            self._sources[path] = OpenFile(pdf=pdf)
        return self._sources[path]

    def _art(self, piece: Piece, artwork: Artwork) -> tuple[pikepdf.Page, ...]:
        return pages_of(piece, artwork, self._format, self._source(artwork.path).pdf)


def _words(piece: Piece, page: str) -> str:
    return f"piece {piece.number:04} {page}"


def _boxes(media: Size, trim: tuple[float, float, float, float], bleed: float) -> dict[str, Any]:
    left, bottom, right, top = trim
    return {
        "MediaBox": _array(0, 0, media.width, media.height),
        "TrimBox": _array(*trim),
        "BleedBox": _array(left - bleed, bottom - bleed, right + bleed, top + bleed),
    }


def _sheet_boxes(plan: Imposition) -> dict[str, Any]:
    flat, height = plan.flat, plan.sheet.height
    trim = (flat.x, height - flat.bottom, flat.right, height - flat.y)
    return _boxes(plan.sheet, trim, plan.flat.x - plan.bleed.x)


def _array(*numbers: float) -> Any:
    return Array([round(number, 4) for number in numbers])


def _name(panel: Panel) -> str:
    return f"/Panel{panel.page}"


def _draw(panel: Panel, page: pikepdf.Page, sheet: Size) -> str:
    """Clip at the fold, move the page's trim onto the panel's, and draw it."""
    left, bottom, right, top = (float(edge) for edge in page.trimbox)
    shown, box = panel.shown, panel.box
    low, foot = sheet.height - shown.bottom, sheet.height - box.bottom
    clip = f"{_n(shown.x)} {_n(low)} {_n(shown.width)} {_n(shown.height)} re W n"
    if panel.turned:
        place = f"-1 0 0 -1 {_n(box.x + right)} {_n(foot + top)} cm"
    else:
        place = f"1 0 0 1 {_n(box.x - left)} {_n(foot - bottom)} cm"
    return f"q {clip} {place} {_name(panel)} Do Q\n"


def _n(number: float) -> str:
    """A number as PDF writes it: no exponent, no needless zeros."""
    return f"{round(number, 4):.4f}".rstrip("0").rstrip(".")


def _draw_overlay(plan: Imposition, numbers: Sequence[int], font: Font) -> bytes:
    """A PDF with one page for each number: all that is printed outside the bleed."""
    buffer = BytesIO()
    canvas = open_canvas(buffer, plan.sheet, font, "marks")
    for number in numbers:
        canvas.setStrokeColor(_REGISTRATION)
        canvas.setLineWidth(MARK_WEIGHT)
        for line in plan.marks:
            _draw_mark(canvas, line, plan.sheet.height)
        canvas.setFont(face(font), _NUMBER_SIZE)
        canvas.setFillColor(_QUIET_GREY)
        x, y = plan.number
        canvas.drawString(x, plan.sheet.height - y, f"{number:04}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw_mark(canvas: Any, line: Line, height: float) -> None:
    canvas.setDash([2, 2] if line.fold else [])
    canvas.line(line.x1, height - line.y1, line.x2, height - line.y2)

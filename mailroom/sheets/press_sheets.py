"""The print file of press sheets: many pieces on each, written front to back in flat memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self, TypeAlias

import pikepdf
from isal import isal_zlib

from mailroom.canvas import font_for
from mailroom.errors import EnvironmentProblem
from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.model import Artwork, Piece
from mailroom.press.harvest import Body, Copier, content_of
from mailroom.press.items import Art, Boxes, Edges, Item, Leaf
from mailroom.press.objects import box_text, number_text
from mailroom.press.writer import Writer
from mailroom.providers.calibration import ON_THE_MARK, Offset, Offsets
from mailroom.sheets.artworks import AGAIN, pages_of
from mailroom.sheets.margins import Target
from mailroom.sheets.nup import Face, Plan, Slot, placed
from mailroom.sheets.panels import MARK_WEIGHT, Line, Panel
from mailroom.sheets.slug import SlugLine, in_short, slug_words
from mailroom.sheets.stacking import ORDERS, lifts_of, ordered
from mailroom.units import Box, Size

Cards: TypeAlias = Sequence[tuple[Piece, Artwork]]

_KEPT_ITEMS = 250  # of what pages share; else it would be all pages
#: Printed on every plate, so that each can be cut in register (ISO 32000-1, 8.6.6.4).
_ALL = (
    b"<</ColorSpace<</All[/Separation/All/DeviceCMYK"
    b"<</FunctionType 2/Domain[0 1]/C0[0 0 0 0]/C1[1 1 1 1]/N 1>>]>>>>"
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is printed, and in which order."""

    plan: Plan
    numbers: tuple[int, ...]  #: of the pieces, as they shall lie in the end
    order: str = ORDERS[0]
    lift: int = 0  #: sheets cut at once; 0: all

    @property
    def lifts(self) -> tuple[int, ...]:
        """Sheets of each lift; in reading order a lift is as good as another."""
        lift = self.lift if self.order == ORDERS[0] else 0
        return lifts_of(len(self.numbers), self.plan.up, lift)

    @property
    def sheets(self) -> int:
        return sum(self.lifts)

    def sheet(self, number: int) -> tuple[int | None, ...]:
        """The numbers of the pieces on the sheet of that number, from 0, slot by slot."""
        slots = next(islice(self, number, None))
        return tuple(None if n is None else self.numbers[n] for n in slots)

    def __iter__(self) -> Iterator[tuple[int | None, ...]]:
        """Sheet by sheet: which piece, counted from 0, lies in which slot."""
        return ordered(len(self.numbers), self.plan.up, self.order, self.lift)


def write_press_sheets(
    cards: Cards,
    fmt: Format,
    run: Run,
    target: Path,
    *,
    fonts: Sequence[Font],
    offsets: Offsets = ON_THE_MARK,
    remark: str = "",
) -> Path:
    """Write the run's sheets to `target`, front and back in turn, and return it.

    `cards` are the pieces of `run.numbers`. Pages of pieces are forms, each there once; what
    the pages share, once as well. `offsets` is how far the machine prints off the mark, which
    is taken back. Each page is labelled "sheet 3 front: 0003 0028"; the same stands outside
    the bleed with `remark`. Output intents and metadata of the artwork are kept. Equal input
    gives equal bytes. RenderError where artwork is missing or not of that piece, format and
    size; EnvironmentProblem where a file cannot be read or written.
    """
    font = font_for("plain", tuple(fonts))
    with _Pages(fmt, run.plan.up + 1) as pages, Writer(target, _boxes(run.plan), [font]) as writer:
        sheets = _Sheets(run, cards, pages, writer, font)
        for number, slots in enumerate(run):
            for side in range(len(run.plan.faces)):
                sheets.add(number, slots, side, offsets.of(side), remark)
        pages.carry_over(writer)
    return target


def _boxes(plan: Plan) -> Boxes:
    whole = (0.0, 0.0, plan.sheet.width, plan.sheet.height)
    return Boxes(
        media=whole, trim=_edges(plan.trim, plan.sheet), bleed=_edges(plan.bleed, plan.sheet)
    )


def _edges(box: Box, sheet: Size) -> Edges:
    return (box.x, sheet.height - box.bottom, box.right, sheet.height - box.y)


class _Sheets:
    """The file being written, side by side."""

    def __init__(self, run: Run, cards: Cards, pages: _Pages, writer: Writer, font: Font) -> None:
        self._run, self._cards = run, cards
        self._pages, self._writer, self._slug = pages, writer, SlugLine(font)
        self._marks = [_marks(face, run.plan.sheet) for face in run.plan.faces]
        for art in self._marks:
            writer.art(art)

    def add(
        self, number: int, slots: Sequence[int | None], side: int, offset: Offset, remark: str
    ) -> None:
        """The next page: that side of the sheet of that number, from 0."""
        marks = self._marks[side]
        numbers = [None if n is None else self._cards[n][0].number for n in slots]
        place = f"sheet {number + 1} {SIDES[side]}"
        arts = {marks.xobject}
        content = [
            b"1 0 0 1 %s %s cm\n" % tuple(map(number_text, offset.correction)),
            b"/%s Do\n" % marks.name.encode(),
            *self._pieces(side, slots, arts),
            self._line(number, side, numbers, remark),
        ]
        self._writer.leaf(
            Leaf(
                content=isal_zlib.compress(b"".join(content), 3),
                arts=tuple(sorted(arts)),
                label=f"{place}: {in_short(numbers)}",
            )
        )

    def _pieces(self, side: int, slots: Sequence[int | None], arts: set[str]) -> Iterator[bytes]:
        """What draws the pieces; what is drawn is added to `arts`."""
        plan = self._run.plan
        for slot, index in zip(plan.faces[side].slots, slots, strict=True):
            if index is None:
                continue
            piece, artwork = self._cards[index]
            pages = self._pages.of(piece, artwork)
            for panel in plan.panels(side):
                art = self._pages.art(pages[panel.page], artwork.path)
                self._writer.art(art)
                arts.add(art.xobject)
                lies = placed(panel, slot, plan.flat)
                yield _draw(lies, slot, pages[panel.page], art, plan.sheet)

    def _line(self, number: int, side: int, numbers: Sequence[int | None], remark: str) -> bytes:
        """The slug line, where there is room for one."""
        face, sheet = self._run.plan.faces[side], self._run.plan.sheet
        if face.slug is None:
            return b""
        place = f"sheet {number + 1} of {self._run.sheets} {SIDES[side]}"
        words = slug_words(place, numbers, remark, self._cards[0][0].mailing)
        text, glyphs = self._slug.operators(face.slug, [*words], sheet.height)
        self._writer.use(glyphs)
        return text


SIDES = ("front", "back")


def _draw(panel: Panel, slot: Slot, page: pikepdf.Page, art: Art, sheet: Size) -> bytes:
    """Clip at the bleed or the fold, lay the page's trim onto the panel's, and draw it."""
    left, bottom, right, top = (float(edge) for edge in page.trimbox)
    box, low = panel.box, sheet.height - panel.box.bottom
    place = {
        0: (1, 0, 0, 1, box.x - left, low - bottom),
        90: (0, -1, 1, 0, box.x - bottom, low + right),
        180: (-1, 0, 0, -1, box.x + right, low + top),
        270: (0, 1, -1, 0, box.x + top, low - left),
    }[(slot.turn + 180 * panel.turned) % 360]
    shown = panel.shown
    clip = (shown.x, sheet.height - shown.bottom, shown.width, shown.height)
    return b"q %s re W n %s cm /%s Do Q\n" % (
        b" ".join(map(number_text, clip)),
        b" ".join(map(number_text, place)),
        art.name.encode(),
    )


def _marks(face: Face, sheet: Size) -> Art:
    """Crop, fold and registration marks of a side, as a form the size of the sheet."""
    strokes = [b"/All CS 1 SCN %s w\n" % number_text(MARK_WEIGHT)]
    strokes += [_line(mark, sheet) for mark in face.marks if not mark.fold]
    strokes += [_target(target, sheet) for target in face.targets]
    strokes += [b"[2 2] 0 d\n", *(_line(mark, sheet) for mark in face.marks if mark.fold)]
    box = box_text((0, 0, sheet.width, sheet.height))
    head = b"<</Type/XObject/Subtype/Form/BBox%s/Resources%s/Filter/FlateDecode>>"
    item = Item(body=(head % (box, _ALL),), stream=isal_zlib.compress(b"".join(strokes), 3))
    return Art(xobject=item.digest, items={item.digest: item})


def _line(mark: Line, sheet: Size) -> bytes:
    ends = (mark.x1, sheet.height - mark.y1, mark.x2, sheet.height - mark.y2)
    return b"%s %s m %s %s l S\n" % tuple(map(number_text, ends))


def _target(target: Target, sheet: Size) -> bytes:
    """A circle of two thirds of its size, with a cross through it."""
    x, y, half = target.x, sheet.height - target.y, target.across / 2
    cross = (
        Line(x1=x - half, y1=target.y, x2=x + half, y2=target.y),
        Line(x1=x, y1=target.y - half, x2=x, y2=target.y + half),
    )
    return _circle(x, y, half * 2 / 3) + b"S\n" + b"".join(_line(line, sheet) for line in cross)


def _circle(x: float, y: float, radius: float) -> bytes:
    """Four Bezier curves; 0.5523 of the radius makes them a circle to 0.03 %."""
    arm = 0.5523 * radius
    parts = [b"%s %s m\n" % (number_text(x + radius), number_text(y))]
    for cos, sin in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        points = (
            (x + radius * cos - arm * sin, y + radius * sin + arm * cos),
            (x - radius * sin + arm * cos, y + radius * cos + arm * sin),
            (x - radius * sin, y + radius * cos),
        )
        parts.append(b"%s c\n" % b" ".join(number_text(c) for point in points for c in point))
    return b"".join(parts)


class _Pages:
    """Finished pages as forms; of the files they lie in at most `keep` are open.

    Cutting and stacking reads in as many places at once as a sheet has slots.
    """

    def __init__(self, fmt: Format, keep: int) -> None:
        self._format, self._keep = fmt, keep
        self._open: OrderedDict[Path, _File] = OrderedDict()
        self._first: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.pdf.close()

    def of(self, piece: Piece, artwork: Artwork) -> tuple[pikepdf.Page, ...]:
        """The piece's pages, checked; those of an earlier piece are not to be used any more."""
        file = self._file(artwork.path)
        file.tidy()
        return pages_of(piece, artwork, self._format, file.pdf)

    def art(self, page: pikepdf.Page, path: Path) -> Art:
        """The page as a form XObject in its own coordinates, cut at its MediaBox."""
        return self._file(path).art(page)

    def carry_over(self, writer: Writer) -> None:
        """Give the file the output intents, metadata and information that the artwork has."""
        if self._first is None:
            return
        file = self._file(self._first)
        if "/OutputIntents" in file.pdf.Root:
            writer.entry("OutputIntents", *file.item(file.pdf.Root.OutputIntents))
        if "/Metadata" in file.pdf.Root:
            writer.metadata(file.pdf.Root.Metadata.read_bytes())
        if "/Info" in file.pdf.trailer:
            writer.info(file.pdf.trailer.Info.unparse(resolved=True))

    def _file(self, path: Path) -> _File:
        file = self._open.get(path)
        if file is None:
            self._first = self._first or path
            file = self._open[path] = _File(path)
            if len(self._open) > self._keep:
                self._open.popitem(last=False)[1].pdf.close()
        self._open.move_to_end(path)
        return file


class _File:
    """An open PDF, and what its pages share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start()

    def _start(self) -> None:
        try:
            self.pdf = pikepdf.open(self._path)
        except (OSError, pikepdf.PdfError) as error:
            message = f"the artwork cannot be read: {error}"
            raise EnvironmentProblem(message, where=str(self._path), hint=AGAIN) from None
        self._copier = Copier()
        self._arts: dict[tuple[int, int], Art] = {}

    def tidy(self) -> None:
        """Open it anew once in a while: QPDF and `Copier` keep all that they have read."""
        if len(self._copier.items) > _KEPT_ITEMS:
            self.pdf.close()
            self._start()

    def art(self, page: pikepdf.Page) -> Art:
        """The page as a form; `Copier` names objects by digest, so equal ones become one."""
        contents = page.obj.get("/Contents")
        same = contents.objgen if isinstance(contents, pikepdf.Stream) else page.obj.objgen
        art = self._arts.get(same)
        if art is None:
            art = self._arts[same] = self._art(page)
        return art

    def _art(self, page: pikepdf.Page) -> Art:
        copier, body = self._copier, Body()
        content = content_of(page.obj)
        body.add(b"<</Type/XObject/Subtype/Form/BBox")
        copier.write(page.mediabox, body)
        if "/Group" in page.obj:
            body.add(b"/Group ")
            copier.write(page.obj.Group, body)
        body.add(b"/Resources")
        copier.resources(page.resources, content, body)
        body.add(b"/Filter/FlateDecode>>")
        root = copier.keep(body, isal_zlib.compress(content, 3))
        return Art(xobject=root, items=copier.below(root))

    def item(self, value: pikepdf.Object) -> tuple[Item, dict[str, Item]]:
        """A value as an item, with all that it refers to."""
        body = Body()
        self._copier.write(value, body)
        return body.item(), self._copier.items

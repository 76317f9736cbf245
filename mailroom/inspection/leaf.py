"""One page being looked at: what each kind of reading finds on it, read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from mailroom.inspection import bars, symbols
from mailroom.inspection.content import Interpreter, Trouble
from mailroom.inspection.document import Document, PageBoxes
from mailroom.inspection.letters import Typeface
from mailroom.inspection.marks import Mark
from mailroom.inspection.plates import Plates, Separator
from mailroom.inspection.raster import Raster, draw, turned_back, upright
from mailroom.inspection.wanted import Wanted
from mailroom.matrix import Corners, common, from_trim
from mailroom.units import Box

EDGE_DPI, SCAN_DPI = 150, 300
_MARGIN = 20.0  # points around a barcode that are measured with it


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a rule found; the table gives it its name."""

    message: str
    hint: str = ""  #: what to do, where it is not what the table says
    boxes: tuple[Box, ...] = ()  #: in points from the TrimBox's top left corner
    grave: bool | None = None  #: an error, or only a warning, whatever the table says


class Line(NamedTuple):
    """Text as it stands on the page, a line or a part of one."""

    text: str
    box: Box


@dataclass(kw_only=True)
class Tools:
    """What is kept from page to page."""

    interpreter: Interpreter = field(default_factory=Interpreter)
    separator: Separator = field(default_factory=Separator)
    tried: dict[int, tuple[Typeface, dict[int, str | None]]] = field(default_factory=dict)


class Leaf:
    """A page, and what is on it."""

    def __init__(self, document: Document, number: int, wanted: Wanted, tools: Tools) -> None:
        self.document, self.number, self.wanted = document, number, wanted
        self.tools = tools
        self.boxes: PageBoxes = document.boxes[number - 1]
        self.page: Any = document.pdf.pages[number - 1]
        self.trouble = ""
        self._drawing: Any = None

    def __enter__(self) -> Leaf:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawing:
            self._drawing.close()

    @property
    def trim(self) -> Box:
        """The finished page."""
        left, bottom, right, top = self.boxes.cut
        return Box(0, 0, right - left, top - bottom)

    @property
    def bled(self) -> Box:
        """As far as art is drawn; what is beyond is cut off, or for the printer only."""
        return self.place(self.boxes.bled)

    def place(self, corners: Corners) -> Box:
        """In points from the TrimBox's top left corner."""
        return from_trim(corners, self.boxes.cut)

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """What is painted within the bleed; what is outside of it is cut off."""
        try:
            found = self.tools.interpreter.marks(self.page.obj)
        except Trouble as trouble:
            self.trouble = str(trouble)
            return ()
        shown = ((mark, common(mark.corners, self.boxes.bled)) for mark in found)
        return tuple(mark._replace(corners=corners) for mark, corners in shown if corners)

    @property
    def drawing(self) -> Any:
        """The page of PDFium."""
        if self._drawing is None:
            self._drawing = self.document.drawing[self.number - 1]
            upright(self._drawing, self.boxes)
        return self._drawing

    def drawn(self, dpi: float, part: Box | None = None, *, gray: bool = False) -> Raster:
        """The page as a picture."""
        return draw(self.drawing, self.boxes, dpi, part=part, gray=gray)

    @cached_property
    def edges(self) -> Raster:
        """The whole page at a resolution at which a tenth of a millimetre still shows."""
        return self.drawn(EDGE_DPI)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Text by PDFium, which knows how far its glyphs reach."""
        text = self.drawing.get_textpage()
        found = []
        for number in range(text.count_rects()):
            corners = text.get_rect(number)
            words = text.get_text_bounded(*corners, errors="replace").strip()
            if words:
                found.append(Line(words, self.place(corners)))
        return tuple(found)

    @cached_property
    def scan(self) -> Raster:
        """The page as a scanner sees it."""
        return self.drawn(SCAN_DPI, gray=True)

    @cached_property
    def symbols(self) -> tuple[symbols.Symbol, ...]:
        """QR and Data Matrix."""
        return symbols.symbols_of(self.scan)

    @cached_property
    def barcodes(self) -> tuple[bars.Bars, ...]:
        """Four-state barcodes, measured."""
        return tuple(self._barcodes())

    def _barcodes(self) -> Iterator[bars.Bars]:
        """Those that stand as the page does, and those that lie on their side."""
        for place in bars.rows_of_bars(self.scan):
            found = bars.measured(self._close(place), place)
            if found:
                yield found
        for place in bars.rows_of_bars(self.scan.turned()):
            found = bars.measured(self._close(turned_back(place)).turned(), place)
            if found:
                disturbed = found.disturbed and turned_back(found.disturbed)
                yield found._replace(box=turned_back(found.box), disturbed=disturbed)

    def _close(self, place: Box) -> Raster:
        return self.drawn(bars.MEASURE_DPI, place.inset(-_MARGIN), gray=True)

    @cached_property
    def total_ink(self) -> Any:
        """The sum of all plates within the bleed (see `Plates.total`)."""
        return self.plates.total().crop(self.plates.raster.pixels(self.bled))

    @cached_property
    def plates(self) -> Plates:
        """What each plate prints."""
        spots = {spot for mark in self.marks if mark.space for spot in mark.space.spots}
        return self.tools.separator.plates(self.document, self.number, sorted(spots))

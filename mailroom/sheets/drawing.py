"""Words and lines on a page of our own, at places measured from its top left corner."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import CMYKColor
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from mailroom.units import Box, Size

BLACK, GREY = CMYKColor(0, 0, 0, 1), CMYKColor(0, 0, 0, 0.6)
TINT = CMYKColor(0, 0, 0, 0.06)


class Drawing:
    """A ReportLab canvas whose y grows downwards; `font` is the only face that it uses."""

    def __init__(self, canvas: Any, page: Size, font: str) -> None:
        self.canvas, self.page, self.font = canvas, page, font

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Any = BLACK,
        *,
        align: float = 0.0,
    ) -> None:
        """A line with its base at `y`; `align` 0.5 centres it at `x`, 1 ends it there."""
        self.canvas.setFillColor(colour)
        self.canvas.setFont(self.font, size)
        x -= align * stringWidth(text, self.font, size)
        self.canvas.drawString(x, self.page.height - y, text)

    def paragraph(
        self, x: float, y: float, text: str, width: float, size: float = 9, colour: Any = BLACK
    ) -> float:
        """Lines no longer than `width`, below `y`; gives the base of the last."""
        for line in simpleSplit(text, self.font, size, width):
            y += size * 1.35
            self.text(x, y, line, size, colour)
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, weight: float = 0.5) -> None:
        self.canvas.setLineWidth(weight)
        self.canvas.line(x1, self.page.height - y1, x2, self.page.height - y2)

    def box(self, box: Box, *, fill: Any = None) -> None:
        """A frame, filled where a colour is given."""
        self.canvas.setLineWidth(0.5)
        if fill is not None:
            self.canvas.setFillColor(fill)
        foot = self.page.height - box.bottom
        self.canvas.rect(box.x, foot, box.width, box.height, fill=int(fill is not None))

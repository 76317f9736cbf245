"""ReportLab: one document, its canvas for the card and platypus for the letter's text.

What is the same on every page is a form XObject; ReportLab keeps pictures by name.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph

from benchmarks.jobs import design
from benchmarks.jobs.codes import HEIGHT
from benchmarks.jobs.customers import OWNERS, Drawn
from benchmarks.jobs.job import Job
from mailroom.shipped import FONTS

rl_config.useA85 = 0  # else the picture grows by a quarter

_SIZES = {"card": (378.0, 522.0, 9.0), "letter": (595.276, 841.89, 0.0)}  # with bleed; bleed
_FONTS = {"Alegreya": "alegreya/Alegreya-Regular.ttf", "Caveat": "caveat/Caveat-Regular.ttf"}


def make(job: Job, target: Path) -> None:
    """Write `target`/pieces.pdf."""
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
    pages = _Card(job, target) if job.name == "card" else _Letter(job, target)
    for customer in job.records("rectangles"):
        pages.draw(customer)
    pages.canvas.save()


class _Pages:
    """A canvas with the boxes of the layout."""

    def __init__(self, job: Job, target: Path) -> None:
        self.job = job
        self.width, self.height, self.bleed = _SIZES[job.name]
        size = (self.width, self.height)
        self.canvas = Canvas(str(target / "pieces.pdf"), pagesize=size, pageCompression=1)

    def box(self, frame: str) -> tuple[float, float, float, float]:
        """Left, *top*, width, height, counted from the bottom left of the sheet."""
        x, y, width, height = design.box(self.job.name, frame)
        return x + self.bleed, self.height - self.bleed - y, width, height

    def lines(
        self, frame: str, lines: list[str], *, font: str = "Alegreya", down: float = 0
    ) -> None:
        """Lines of text, `down` from the top of the frame, with CSS's half-leading."""
        x, y, _, _ = self.box(frame)
        size, leading = design.type_of(self.job.name, frame)
        ascent, descent = pdfmetrics.getAscentDescent(font, size)
        text = self.canvas.beginText(x, y - down - (leading - (ascent - descent)) / 2 - ascent)
        text.setFont(font, size, leading)
        for line in lines:
            text.textLine(line)
        self.canvas.drawText(text)

    def signed(self, customer: Drawn) -> None:
        """What card and letter have alike: address, signature, signer, number."""
        x, y, width, height = self.box("signature")
        picture = self.job.signature(customer["owner"])
        self.canvas.drawImage(str(picture), x, y - height, width, height, mask="auto")
        self.lines("signer", [OWNERS[customer["owner"]]])
        self.lines("address", customer["address"])
        self.lines("imprint", [design.number(customer)])


class _Card(_Pages):
    def __init__(self, job: Job, target: Path) -> None:
        super().__init__(job, target)
        self.canvas.beginForm("art", upperx=self.width, uppery=self.height)
        self.canvas.drawImage(str(job.art), 0, 0, self.width, self.height)
        self.canvas.endForm()

    def draw(self, customer: Drawn) -> None:
        self._front(customer["first"])
        self._message(customer)
        self.signed(customer)
        if self.job.has_codes:
            self._rectangles("qr", customer["qr"], 29)
            self._rectangles("imb", customer["imb"], HEIGHT)
        self.canvas.showPage()

    def _front(self, name: str) -> None:
        self.canvas.doForm("art")
        # Caveat has no Greek.
        font = "Alegreya" if any("\u0370" <= char <= "\u03ff" for char in name) else "Caveat"
        x, y, width, _ = self.box("name")
        size, leading = design.type_of(self.job.name, "name")
        ascent, descent = pdfmetrics.getAscentDescent(font, size)
        self.canvas.setFillGray(1)
        self.canvas.setFont(font, size)
        base = y - (leading - (ascent - descent)) / 2 - ascent
        self.canvas.drawCentredString(x + width / 2, base, name)
        self.canvas.showPage()

    def _message(self, customer: Drawn) -> None:
        values, down = design.values(customer), 0.0
        size, leading = design.type_of("card", "message")
        for paragraph in design.message("card"):
            text = paragraph.format_map(values)
            lines = simpleSplit(text, "Alegreya", size, self.box("message")[2])
            self.lines("message", lines, down=down)
            down += len(lines) * leading + design.skip_of("card")

    def _rectangles(self, frame: str, rectangles: list[list[float]], units: float) -> None:
        left, top, _, height = self.box(frame)
        scale = height / units
        path = self.canvas.beginPath()
        for x, y, w, h in rectangles:
            path.rect(left + x * scale, top - (y + h) * scale, w * scale, h * scale)
        self.canvas.drawPath(path, stroke=0, fill=1)


class _Letter(_Pages):
    def __init__(self, job: Job, target: Path) -> None:
        super().__init__(job, target)
        size, leading = design.type_of("letter", "message")
        self._style = ParagraphStyle(
            "message",
            fontName="Alegreya",
            fontSize=size,
            leading=leading,
            spaceAfter=design.skip_of("letter"),
        )
        self.canvas.beginForm("paper", upperx=self.width, uppery=self.height)
        self.lines("letterhead", [design.COMPANY])
        self.canvas.endForm()

    def draw(self, customer: Drawn) -> None:
        self.canvas.doForm("paper")
        self.lines("date", [design.DATE])
        self.signed(customer)
        x, y, width, height = self.box("message")
        frame = Frame(x, y - height, width, height, 0, 0, 0, 0)
        values = {name: escape(text) for name, text in design.values(customer).items()}
        story = [
            Paragraph(text.format_map(values), self._style) for text in design.message("letter")
        ]
        frame.addFromList(story, self.canvas)
        assert not story, f"letter {customer['number']} runs over"
        self.canvas.showPage()

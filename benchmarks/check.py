"""Have the contestants made the same pieces? A sample of each is read back and compared.

The number of pages, every word of the message with all that is merged into it, address, signer
and number; of the card's codes the QR as a scanner reads it and the 65 bars as they are printed.
"""

from __future__ import annotations

import bisect
import itertools
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps

from benchmarks.jobs import codes, customers, design
from benchmarks.jobs.customers import OWNERS, Customer
from benchmarks.jobs.job import Job

SAMPLE = 20  #: pieces that are read back, from the first to the last
SCALE = 4  #: of the raster: 288 dpi
BLEED = 9.0  #: points, of the card


def faults(job: Job, folder: Path) -> Iterator[str]:
    """What is wrong with the PDFs in `folder`; nothing where all is well."""
    with Pages(sorted(folder.rglob("*.pdf"))) as pages:
        if len(pages) != job.count * job.pages:
            yield f"{len(pages)} pages instead of {job.count * job.pages}"
            return
        step = max(job.count // SAMPLE, 1)
        for customer in customers.read(job.customers):
            number = customer["number"]
            if number in (1, job.count) or number % step == 0:
                first = (number - 1) * job.pages
                for fault in _piece(job, customer, pages, first):
                    yield f"piece {design.number(customer)}: {fault}"


def _piece(job: Job, customer: Customer, pages: Pages, first: int) -> Iterator[str]:
    for number, texts in enumerate(expected(job.name, customer)):
        printed = pages.text(first + number)
        yield from (f"{text!r} is missing" for text in missing(texts, printed))
    if job.has_codes:
        yield from _codes(customer, pages.picture(first + 1))


def expected(job: str, customer: Customer) -> list[list[str]]:
    """The texts of each page, whatever stands between them."""
    values = design.values(customer)
    texts = [paragraph.format_map(values) for paragraph in design.message(job)]
    texts += [*customer["address"], OWNERS[customer["owner"]], design.number(customer)]
    return (
        [[customer["first"]], texts] if job == "card" else [[*texts, design.COMPANY, design.DATE]]
    )


def missing(texts: list[str], printed: str) -> Iterator[str]:
    """The texts that a page does not carry."""
    page = folded(printed)
    return (text for text in texts if folded(text) not in page)


def folded(text: str) -> str:
    """Without white space, hyphens and ligatures: lines may be broken anywhere."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if not c.isspace() and c not in _HYPHENS)


_HYPHENS = "-\u00ad\u2010\u2011\u0002\ufffe"  # the last two are what PDFium makes of them


def _codes(customer: Customer, page: Image.Image) -> Iterator[str]:
    read = [code.text for code in zxingcpp.read_barcodes(_cut(page, "qr", 6))]
    if read != [customer["url"]]:
        yield f"the QR reads {read}, not {customer['url']!r}"
    bars = printed_bars(_cut(page, "imb", 1))
    wanted = codes.states(customer["imb_tracking"], customer["imb_routing"])
    if bars != wanted:
        yield f"the IMb reads {bars or 'nothing'}, not {wanted}"


def _cut(page: Image.Image, frame: str, more: float) -> Image.Image:
    """What stands in a frame and so many points round it."""
    x, y, width, height = design.box("card", frame)
    left, top = BLEED + x - more, BLEED + y - more
    edges = (left, top, left + width + 2 * more, top + height + 2 * more)
    return page.crop(tuple(round(SCALE * edge) for edge in edges))


def printed_bars(picture: Image.Image) -> str:
    """The states of the bars in a picture with nothing else in it: F, A, D or T each."""
    ink = ImageOps.invert(picture.convert("L")).point([0] * 128 + [255] * 128)
    columns = (ink.crop((x, 0, x + 1, ink.height)).getbbox() for x in range(ink.width))
    groups = itertools.groupby(columns, key=bool)
    bars = [[column for column in group if column] for inked, group in groups if inked]
    spans = [(min(c[1] for c in bar), max(c[3] for c in bar)) for bar in bars]
    if not spans:
        return ""
    top, bottom = min(a for a, _ in spans), max(b for _, b in spans)
    slack = (bottom - top) / 6  # half of what an ascender adds
    return "".join(
        {(True, True): "F", (True, False): "A", (False, True): "D", (False, False): "T"}[
            (a - top < slack, bottom - b < slack)
        ]
        for a, b in spans
    )


class Pages:
    """The pages of many files as if they were one's."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files
        self._ends = list(itertools.accumulate(map(_page_count, files)))
        self._open: tuple[int, pypdfium2.PdfDocument] | None = None

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def text(self, number: int) -> str:
        """What stands on a page, counted from 0."""
        return str(self._page(number).get_textpage().get_text_range())

    def picture(self, number: int) -> Image.Image:
        """The page as a raster."""
        picture: Image.Image = self._page(number).render(scale=SCALE).to_pil()
        return picture

    def _page(self, number: int) -> pypdfium2.PdfPage:
        file = bisect.bisect_right(self._ends, number)
        if not self._open or self._open[0] != file:
            self._close()
            self._open = file, pypdfium2.PdfDocument(self._files[file])
        before = self._ends[file - 1] if file else 0
        return self._open[1][number - before]

    def _close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None


def _page_count(file: Path) -> int:
    with pypdfium2.PdfDocument(file) as document:
        return len(document)

"""Artwork of flat colours for the tests of imposition and proof: a letter is a colour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name
from PIL import Image

from mailroom.formats import Format
from mailroom.model import Artwork
from mailroom.units import Box

COLOURS = {
    ".": (255, 255, 255),
    "F": (200, 0, 0), "f": (100, 0, 0), "1": (255, 150, 150),
    "L": (0, 200, 0), "l": (0, 100, 0), "2": (150, 255, 150),
    "R": (0, 0, 200), "r": (0, 0, 100), "3": (150, 150, 255),
    "B": (200, 200, 0), "b": (100, 100, 0), "4": (255, 255, 150),
}  # fmt: skip


def fill(letter: str, x: float, y: float, width: float, height: float) -> str:
    """Operators for a rectangle; y upwards, as PDF has it."""
    red, green, blue = (value / 255 for value in COLOURS[letter])
    return f"{red:.4f} {green:.4f} {blue:.4f} rg {x:.4f} {y:.4f} {width:.4f} {height:.4f} re f\n"


def panel(fmt: Format, trim: str, corner: str, bleed: str, cell: float) -> bytes:
    """A page: bleed, trim, and a square cell in the trim's top left corner."""
    edge, size = float(fmt.bleed), fmt.trim
    return (
        fill(bleed, -edge, -edge, size.width + 2 * edge, size.height + 2 * edge)
        + fill(trim, 0, 0, size.width, size.height)
        + fill(corner, 0, size.height - cell, cell, cell)
    ).encode()


def write_art(
    path: Path,
    fmt: Format,
    pages: Sequence[bytes],
    *,
    resources: pikepdf.Dictionary | None = None,
    origin: float = 0.0,
) -> Path:
    """A PDF of pages whose content is in points from the trim's bottom left corner.

    `origin` moves the MediaBox: with minus the bleed it is what WeasyPrint writes.
    """
    edge, size = float(fmt.bleed), fmt.trim
    low = origin + edge
    with pikepdf.new() as pdf:
        for content in pages:
            stream = pdf.make_stream(f"1 0 0 1 {low} {low} cm\n".encode() + content)
            page = Dictionary(
                Type=Name.Page,
                Contents=stream,
                Resources=resources or Dictionary(),
                MediaBox=Array([origin, origin, low + size.width + edge, low + size.height + edge]),
                TrimBox=Array([low, low, low + size.width, low + size.height]),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path)
    return path


def artwork(key: str, path: Path, fmt: Format, first_page: int = 0) -> Artwork:
    return Artwork(piece=key, path=path, first_page=first_page, pages=len(fmt.pages), sha256="")


def picture(path: Path, page: int = 0, dpi: float = 25.4) -> Image.Image:
    """The page as it prints; one pixel is one millimetre unless told otherwise."""
    document = pypdfium2.PdfDocument(path)
    try:
        image = document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()
    return image


def as_letters(image: Image.Image, area: Box, cell: float, dpi: float = 25.4) -> list[str]:
    """`area` of the page in points, cell by cell: the letter of its colour, or #."""
    columns, rows = round(area.width / cell), round(area.height / cell)
    scale = dpi / 72
    return [
        "".join(
            _letter(image, (area.x + (c + 0.5) * cell) * scale, (area.y + (r + 0.5) * cell) * scale)
            for c in range(columns)
        )
        for r in range(rows)
    ]


def _letter(image: Image.Image, x: float, y: float) -> str:
    seen = image.getpixel((int(x), int(y)))
    assert isinstance(seen, tuple)

    def distance(letter: str) -> int:
        return sum(abs(a - b) for a, b in zip(seen, COLOURS[letter], strict=True))

    nearest = min(COLOURS, key=distance)
    return nearest if distance(nearest) < 12 else "#"

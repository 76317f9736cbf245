"""A piece's finished pages, after a look at whether they are its own and of its size."""

from __future__ import annotations

import pikepdf

from mailroom.errors import RenderError
from mailroom.formats import Format
from mailroom.model import Artwork, Piece
from mailroom.units import Size

AGAIN = "run `mailroom prepare` again"
_TOLERANCE = 0.1  # points a page may differ from its format's trim


def pages_of(
    piece: Piece, artwork: Artwork, fmt: Format, pdf: pikepdf.Pdf
) -> tuple[pikepdf.Page, ...]:
    """The pages of `artwork`, which lies in `pdf`.

    RenderError where it is another piece's, has too few pages or pages of another size.
    """
    where = f"piece {piece.number:04}"
    if artwork.piece != piece.key:
        raise RenderError(f"the artwork is that of {artwork.piece}", where=where, hint=AGAIN)
    count = len(pdf.pages)
    last = artwork.first_page + artwork.pages
    if artwork.pages != len(fmt.pages) or last > count:
        has = min(artwork.pages, count - artwork.first_page)
        message = f"{fmt.name} has {len(fmt.pages)} pages, the artwork {has}"
        raise RenderError(message, where=where, hint=AGAIN)
    pages = tuple(pdf.pages[number] for number in range(artwork.first_page, last))
    for page in pages:
        _check_size(page, fmt.trim, where)
    return pages


def _check_size(page: pikepdf.Page, trim: Size, where: str) -> None:
    left, bottom, right, top = (float(edge) for edge in page.trimbox)
    size = Size(right - left, top - bottom)
    if max(abs(size.width - trim.width), abs(size.height - trim.height)) > _TOLERANCE:
        message = f"the page is {size.in_mm()}, its format {trim.in_mm()}"
        raise RenderError(message, where=where, hint=AGAIN)

"""What Lob says of a PDF before it takes it: readable, not too big, the right page, not too many.

Sizes are those of Lob's templates in points, bleed included: a 4x6 postcard is a page of
6.25 x 4.25 in. Lob does not say how exact a page must be; the fake allows one point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import pikepdf

from mailroom.dev.wrong import Wrong

Size = tuple[float, float]

POSTCARDS: Mapping[str, Size | None] = {
    "4x6": (450, 306),
    "6x9": (666, 450),
    "6x11": (810, 450),
}
LETTERS: Mapping[str, Size | None] = {"us_letter": (612, 792), "us_legal": (612, 1008)}
SELF_MAILERS: Mapping[str, Size | None] = {
    "6x18_bifold": (1314, 450),
    "11x9_bifold": (666, 810),
    "12x9_bifold": (666, 882),
    "17.75x9_trifold": None,  # in beta; Lob has published no size with bleed
}

MAX_BYTES = 5 * 1024 * 1024
TOLERANCE = 1.0


@dataclass(frozen=True, kw_only=True)
class Artwork:
    """A file that was taken: its digest, its pages, the size of all of them (points)."""

    sha256: str
    pages: int
    size: Size


def measure(name: str, data: bytes) -> Artwork:
    """The pages of a PDF; Wrong where Lob would not read it. `name` is the field."""
    if len(data) > MAX_BYTES:
        raise Wrong("file_size_exceeds_limit", f"{name} must be no larger than 5MB")
    if not data.startswith(b"%PDF-"):
        raise Wrong("invalid_file", f"{name} is no PDF: the fake Lob reads nothing else")
    return _measured(name, data)


@lru_cache(maxsize=16)
def _measured(name: str, data: bytes) -> Artwork:
    """Kept, since the front of a campaign comes with every piece of it."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise Wrong("pdf_encrypted", f"{name} must not be encrypted")
            sizes = [_size(page) for page in pdf.pages]
    except pikepdf.PasswordError:
        raise Wrong("pdf_encrypted", f"{name} must not be encrypted") from None
    except pikepdf.PdfError as error:
        raise Wrong("invalid_file", f"{name} cannot be read: {error}") from None
    if not sizes:
        raise Wrong("file_pages_below_min", f"{name} has no pages")
    if any(not _equal(size, sizes[0]) for size in sizes):
        message = "All pages of the input file must have the same dimensions"
        raise Wrong("inconsistent_page_dimensions", message)
    return Artwork(sha256=hashlib.sha256(data).hexdigest(), pages=len(sizes), size=sizes[0])


def _size(page: pikepdf.Page) -> Size:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    unit = float(page.obj.get("/UserUnit", 1))
    width, height = abs(right - left) * unit, abs(top - bottom) * unit
    return (height, width) if int(page.obj.get("/Rotate", 0)) % 180 else (width, height)


def _equal(size: Size, other: Size) -> bool:
    return all(abs(a - b) <= TOLERANCE for a, b in zip(size, other, strict=True))


def check_size(name: str, artwork: Artwork, wanted: Size | None) -> None:
    """Wrong `invalid_file_dimensions` unless the page is the one wanted."""
    if wanted and not _equal(artwork.size, wanted):
        must = " x ".join(f"{edge / 72:g}in" for edge in wanted)
        is_ = " x ".join(f"{edge / 72:.3f}in" for edge in artwork.size)
        raise Wrong("invalid_file_dimensions", f"{name} must be {must}, bleed included, not {is_}")


def check_pages(name: str, artwork: Artwork, most: int) -> None:
    """Wrong `file_pages_exceed_max` where there are more than `most`."""
    if artwork.pages > most:
        message = f"{name} must have at most {most} pages, not {artwork.pages}"
        raise Wrong("file_pages_exceed_max", message)

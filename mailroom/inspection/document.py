"""A finished PDF, open for reading: its syntax by qpdf, its drawing by PDFium."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf

from mailroom.errors import InputError
from mailroom.matrix import Corners, numbers
from mailroom.units import Size

_INHERITED = ("/MediaBox", "/CropBox", "/Rotate")


NONSENSE = (
    pikepdf.PdfError, TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError,
    RuntimeError,
)  # fmt: skip
"""What reading a file raises where something in it is of another kind than the standard says."""


class PageBoxes(NamedTuple):
    """The boxes of a page as the file has them; None where it has none."""

    media: Corners
    crop: Corners | None
    trim: Corners | None
    bleed: Corners | None
    turned: int  #: /Rotate
    unit: float  #: /UserUnit

    @property
    def cut(self) -> Corners:
        """Where the page is cut: a box that is left out is as large as the one around it."""
        return self.trim or self.crop or self.media

    @property
    def bled(self) -> Corners:
        """As far as art is drawn for cutting."""
        return self.bleed or self.crop or self.media

    @property
    def size(self) -> Size:
        """Of the finished page."""
        left, bottom, right, top = self.cut
        return Size((right - left) * self.unit, (top - bottom) * self.unit)


class Unopened(Exception):  # it is told as a finding
    """The file is no PDF that could be looked into; `rule` says why."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule, self.message = rule, message
        super().__init__(message)


class Document:
    """One PDF file. InputError where there is no file, Unopened where it cannot be read.

    PDFium is not thread-safe: one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError("there is no such file", where=str(path), hint="look at its name")
        try:
            self.pdf = pikepdf.open(path)
        except pikepdf.PasswordError:
            raise Unopened("encrypted", "it asks for a password") from None
        except (pikepdf.PdfError, ValueError, RuntimeError) as error:
            raise Unopened("readable", _reason(error, path)) from None
        except OSError as error:
            message = error.strerror or str(error)
            raise InputError(message, where=str(path), hint="may you read it?") from None
        try:
            self.boxes: tuple[PageBoxes, ...] = tuple(self._boxes())
        except NONSENSE as error:
            self.pdf.close()
            reason = f"it is damaged beyond repair: {error}"
            raise Unopened("readable", reason.partition("\n")[0]) from None
        self.drawing = self._drawing(path)

    def _drawing(self, path: Path) -> Any:
        """PDFium repairs less than qpdf: what it does not open it is given mended."""
        import pypdfium2

        try:
            return pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            mended = io.BytesIO()
        try:
            self.pdf.save(mended)
            return pypdfium2.PdfDocument(mended.getvalue())
        except (pypdfium2.PdfiumError, pikepdf.PdfError, ValueError) as error:
            self.pdf.close()
            raise Unopened("readable", f"it is damaged beyond repair: {error}") from None

    def __enter__(self) -> Document:
        return self

    def __exit__(self, *_: object) -> None:
        self.drawing.close()
        self.pdf.close()

    @cached_property
    def repairs(self) -> tuple[str, ...]:
        """What qpdf had to put right to read it at all."""
        return tuple(str(warning) for warning in self.pdf.get_warnings())

    def _boxes(self) -> Iterator[PageBoxes]:
        """Of every page, also of ten thousand."""
        for page in self.pdf.pages:
            found = {name: inherited(page.obj, name) for name in _INHERITED}
            media = _corners(found["/MediaBox"])
            if media is None:  # PDF 32000-1, 7.7.3.3 requires one; readers take US Letter
                media = (0.0, 0.0, 612.0, 792.0)
            unit = page.obj.get("/UserUnit", 1)
            yield PageBoxes(
                media=media,
                crop=_corners(found["/CropBox"]),
                trim=_corners(page.obj.get("/TrimBox")),
                bleed=_corners(page.obj.get("/BleedBox")),
                turned=int(found["/Rotate"] or 0) % 360,
                unit=float(unit),
            )

    @cached_property
    def metadata(self) -> str:
        """The XMP packet as text; empty where there is none."""
        stream: Any = self.pdf.Root.get("/Metadata")
        if not isinstance(stream, pikepdf.Stream):
            return ""
        return str(stream.read_bytes().decode("utf-8", "replace"))

    @property
    def pages(self) -> int:
        return len(self.boxes)


def inherited(page: Any, name: str) -> Any:
    """Some entries stand once for many pages, at a node above (PDF 32000-1, 7.7.3.4)."""
    node = page
    for _ in range(64):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _corners(source: Any) -> Corners | None:
    """Two opposite corners in any order (PDF 32000-1, 7.9.5)."""
    found = numbers(source, 4) if isinstance(source, pikepdf.Array) else None
    if found is None:
        return None
    x, y, right, top = found
    return min(x, right), min(y, top), max(x, right), max(y, top)


def _reason(error: Exception, path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        return "it is empty"
    if b"%PDF-" not in head:
        return "it is no PDF: it does not begin as one"
    words = str(error).replace(str(path), "").strip(" :()").partition("\n")[0]
    return f"it is damaged beyond repair: {words}"

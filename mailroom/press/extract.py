"""A piece out of a print file: its pages as a small PDF of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pikepdf
from isal import isal_zlib

from mailroom.errors import RenderError
from mailroom.press.fontfile import FontFile, embedded_file, read_to_unicode
from mailroom.press.harvest import Body, Copier, Drawn, Unreadable, content_of, together
from mailroom.press.objects import Objects, references, string_text

_OWN = ("/BleedBox", "/CropBox", "/Group", "/Rotate", "/TrimBox")
_KEPT_ITEMS = 1000  # of what pieces share; where nothing is shared it would be the whole file
_DEFLATED = b"/Filter/FlateDecode"


def extract(source: Path, first: int, count: int) -> bytes:
    """`count` pages from `first` (from 0), from a file of ours or of the renderer.

    Their boxes and labels are kept; fonts are cut down again to what these pages draw. Equal
    input gives equal bytes. RenderError where the file cannot be read or has no such pages.
    """
    with PrintFile(source) as opened:
        return opened.extract(first, count)


class PrintFile:
    """A print file opened once for many pieces; what they share is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._pdf = pikepdf.open(path)
            self._pages = self._pdf.pages
            self._count = len(self._pages)
        except (OSError, pikepdf.PdfError) as error:
            raise RenderError(f"cannot be read: {error}", where=path.name) from None
        root = self._pdf.Root
        self._labels = pikepdf.NumberTree(root.PageLabels) if "/PageLabels" in root else None
        self._fonts: dict[str, tuple[FontFile, dict[int, str]] | None] = {}
        self._copier = Copier(self._recognise)
        self._plain = Copier()  # where it cannot be told what is drawn of the fonts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pdf.close()

    def __len__(self) -> int:
        return self._count

    def extract(self, first: int, count: int) -> bytes:
        """The pages as a PDF: see `extract`."""
        if first < 0 or count < 1 or first + count > self._count:
            raise RenderError(
                f"has no pages {first + 1} to {first + count}, it has {self._count}",
                where=self._path.name,
            )
        pages = [self._pages[number] for number in range(first, first + count)]
        if len(self._copier.items) > _KEPT_ITEMS:
            self._copier = Copier(self._recognise)
        try:
            return self._written(first, pages, self._copier)
        except Unreadable:
            return self._written(first, pages, self._plain)

    def _written(self, first: int, pages: Sequence[Any], copier: Copier) -> bytes:
        bodies = [Body() for _ in pages]
        drawn = [_page(page, copier, body) for page, body in zip(pages, bodies, strict=True)]
        drawn += [copier.drawn_by(ref) for body in bodies for ref in body.refs]
        used = together(drawn)
        data: list[bytes] = []
        objects = Objects(data.append)
        tree = objects.reserve()
        objects.numbers.update({reference: objects.reserve() for reference in used})
        numbers = []
        for page, body in zip(pages, bodies, strict=True):
            contents = objects.stream(_DEFLATED, _deflated(page.obj))
            text = objects.text(body.item(), copier.items)
            head = b"<</Type/Page/Parent %d 0 R/Contents %d 0 R%s>>"
            numbers.append(objects.small(head % (tree, contents, text)))
        self._write_fonts(objects, used)
        kids = references(numbers)
        objects.small(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids), tree)
        catalog = b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, self._labels_of(first, pages))
        objects.finish(objects.small(catalog))
        return b"".join(data)

    def _labels_of(self, first: int, pages: Sequence[Any]) -> bytes:
        if self._labels is None:
            return b""
        texts = [self._label(first + place, page) for place, page in enumerate(pages)]
        entries = (b"%d<</P%s>>" % (place, string_text(text)) for place, text in enumerate(texts))
        return b"/PageLabels<</Nums[%s]>>" % b"".join(entries)

    def _label(self, number: int, page: Any) -> str:
        """QPDF works any label out, and is slow; ours stand in the tree as they are."""
        own = self._labels.get(number) if self._labels is not None else None
        return str(own.P) if own is not None and [*own.keys()] == ["/P"] else str(page.label)

    def _write_fonts(self, objects: Objects, used: Drawn) -> None:
        for reference, glyphs in used.items():
            known = self._fonts[reference]
            assert known is not None  # else it would not be referred to by this name
            file, texts = known
            root, items = file.embedded({glyph: texts.get(glyph, "") for glyph in glyphs})
            objects.item(root, items, objects.numbers[reference])

    def _recognise(self, font: Any, _glyphs: frozenset[int]) -> str | None:
        reference = f"font:{font.objgen}"
        if reference not in self._fonts:
            file = embedded_file(font) if font.is_indirect else None
            cmap = font.ToUnicode.read_bytes() if "/ToUnicode" in font else b""
            self._fonts[reference] = (file, read_to_unicode(cmap)) if file else None
        return reference if self._fonts[reference] else None


def _page(page: Any, copier: Copier, body: Body) -> Drawn:
    """Add the page's own entries to `body`; gives the glyphs that its content draws."""
    body.add(b"/MediaBox")
    copier.write(page.mediabox, body)
    for key in _OWN:
        if key in page.obj:
            body.add(key.encode() + b" ")
            copier.write(page.obj[key], body)
    body.add(b"/Resources")
    return copier.resources(page.resources, content_of(page.obj), body)


def _deflated(page: Any) -> bytes:
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Stream):
        entries = contents.stream_dict
        if str(entries.get("/Filter")) == "/FlateDecode" and "/DecodeParms" not in entries:
            return bytes(contents.read_raw_bytes())
    return bytes(isal_zlib.compress(content_of(page), 3))

"""Which glyphs of a font draw nothing, or the box that stands for no glyph: tried in ink.

Text extraction is no proof: a font without the letter still says which letter was meant. So every
code that a page uses is set once, in black, on a sheet of its own that PDFium draws.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pikepdf

from mailroom.inspection.letters import Typeface

_SIZE, _CELL = 24, 48  # points; a glyph may be wider and deeper than its em
_COLUMNS = 32
_MISSING = 0  # the glyph of that number is .notdef (ISO/IEC 14496-22, `glyf` and `CFF `)
_NOBODY_KNOWS = "\0\ufffd"  # what writers put where they had no glyph
_UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me", "Cn", "Co"}


def missing(pdf: pikepdf.Pdf, face: Typeface, codes: Iterable[int]) -> dict[int, str]:
    """The codes that come out wrong, each with what it should have been.

    Nothing of fonts that are not embedded: they come out as whatever lies at the printer's.
    """
    if not face.embedded or face.type3:
        return {}
    wanted = sorted(set(codes))
    empty, *pictures = _drawn(pdf, face, wanted)
    found = zip(wanted, pictures, strict=True)
    return {
        code: _meant(face.character(code))
        for code, picture in found
        if _is_missing(face, code, picture, empty)
    }


def _meant(character: str | None) -> str:
    return "" if not character or character in _NOBODY_KNOWS else character


def _is_missing(face: Typeface, code: int, picture: bytes, empty: bytes) -> bool:
    if face.composite and code == _MISSING:
        return True
    if not _should_be_seen(face.character(code)):
        return False
    return not any(picture) or (any(empty) and picture == empty)


def _should_be_seen(character: str | None) -> bool:
    """Spaces, controls and private signs may be empty, and so may what nobody has named."""
    if not character:
        return False
    if character in _NOBODY_KNOWS:
        return True
    return any(unicodedata.category(char) not in _UNSEEN for char in character)


def _drawn(pdf: pikepdf.Pdf, face: Typeface, codes: Sequence[int]) -> Iterator[bytes]:
    """The pixels of .notdef, as far as it can be had, and of each code in a cell of its own."""
    import pypdfium2

    rows = -(-(len(codes) + 1) // _COLUMNS)
    width, height = _COLUMNS * _CELL, rows * _CELL
    with pypdfium2.PdfDocument(_sheet(pdf, face, codes, (width, height))) as drawing:
        sheet = drawing[0].render(scale=1, grayscale=True).to_pil()
    for number in range(len(codes) + 1):
        row, column = divmod(number, _COLUMNS)
        x, y = column * _CELL, row * _CELL
        cell = sheet.crop((x, y, x + _CELL, y + _CELL))
        yield cell.point(lambda light: 1 if light < 240 else 0).tobytes()


def _sheet(pdf: pikepdf.Pdf, face: Typeface, codes: Sequence[int], size: tuple[int, int]) -> bytes:
    """A page with a cell a code, clipped so that no glyph is seen in its neighbour's."""
    sheet = pikepdf.new()
    page = sheet.add_blank_page(page_size=size)
    source = face.source
    font = sheet.copy_foreign(source if source.is_indirect else pdf.make_indirect(source))
    fonts = pikepdf.Dictionary(F=font)
    empty = _by_number(face, font)
    cells = [_cell(0, b"/N", b"0000", size[1])] if empty else []
    if empty:
        fonts["/N"] = empty
    cells += [
        _cell(number, b"/F", face.bytes_of(code).hex().encode(), size[1])
        for number, code in enumerate(codes, 1)
    ]
    page.obj["/Resources"] = pikepdf.Dictionary(Font=fonts)
    page.obj["/Contents"] = sheet.make_stream(b"\n".join(cells))
    target = io.BytesIO()
    sheet.save(target)
    return target.getvalue()


def _by_number(face: Typeface, font: Any) -> Any:
    """The same font with glyph numbers for codes: so glyph 0 of any TrueType font can be shown."""
    if face.composite:
        return font
    descriptor = font.get("/FontDescriptor", {})
    if "/FontFile2" not in descriptor:
        return None
    name = font.get("/BaseFont", pikepdf.Name.Font)
    collection = pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0)
    inner = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.CIDFontType2, BaseFont=name,
        CIDSystemInfo=collection, FontDescriptor=descriptor, CIDToGIDMap=pikepdf.Name.Identity,
    )  # fmt: skip
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=name,
        Encoding=pikepdf.Name("/Identity-H"), DescendantFonts=[inner],
    )  # fmt: skip


def _cell(number: int, font: bytes, text: bytes, height: int) -> bytes:
    row, column = divmod(number, _COLUMNS)
    x, y = column * _CELL, height - (row + 1) * _CELL
    return b"q %d %d %d %d re W n BT %b %d Tf %d %d Td <%b> Tj ET Q" % (
        x, y, _CELL, _CELL, font, _SIZE, x + 12, y + 14, text
    )  # fmt: skip

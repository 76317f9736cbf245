"""Which glyphs of a font draw nothing, or the box that stands for no glyph: tried in ink.

Text extraction is no proof: a font without the letter still says which letter was meant. So every
code that a page uses is set once, in black, on a sheet of its own that PDFium draws.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import pikepdf

from mailroom.inspection.letters import Typeface

_SIZE, _CELL = 24, 48  # points; a glyph may be wider and deeper than its em
_COLUMNS = 32
_MISSING = 0  # the glyph of that number is .notdef (ISO/IEC 14496-22, `glyf` and `CFF `)
_UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me", "Cn", "Co"}


def missing(pdf: pikepdf.Pdf, face: Typeface, codes: Iterable[int]) -> dict[int, str]:
    """The codes that come out wrong, each with what it should have been.

    Nothing of fonts that are not embedded: they come out as whatever lies at the printer's.
    """
    if not face.embedded or face.type3:
        return {}
    wanted = sorted(set(codes))
    pictures = dict(zip((_MISSING, *wanted), _drawn(pdf, face, (_MISSING, *wanted)), strict=True))
    empty = pictures[_MISSING] if face.composite else None
    return {code: _meant(face, code) for code in wanted if _is_missing(face, code, pictures, empty)}


def _is_missing(face: Typeface, code: int, pictures: dict[int, bytes], empty: bytes | None) -> bool:
    if face.composite and code == _MISSING:
        return True
    if not _should_be_seen(face.character(code)):
        return False
    picture = pictures[code]
    return not any(picture) or (empty is not None and any(empty) and picture == empty)


def _should_be_seen(character: str | None) -> bool:
    """Spaces, controls and private signs may be empty, and so may what nobody has named."""
    if not character:
        return False
    return any(unicodedata.category(char) not in _UNSEEN for char in character)


def _meant(face: Typeface, code: int) -> str:
    return face.character(code) or ""


def _drawn(pdf: pikepdf.Pdf, face: Typeface, codes: Sequence[int]) -> Iterator[bytes]:
    """The pixels of each code's cell."""
    import pypdfium2

    rows = -(-len(codes) // _COLUMNS)
    width, height = _COLUMNS * _CELL, rows * _CELL
    with pypdfium2.PdfDocument(_sheet(pdf, face, codes, width, height)) as drawing:
        sheet = drawing[0].render(scale=1).to_pil().convert("L")
    for number in range(len(codes)):
        row, column = divmod(number, _COLUMNS)
        x, y = column * _CELL, row * _CELL
        cell = sheet.crop((x, y, x + _CELL, y + _CELL))
        yield cell.point(lambda light: 1 if light < 240 else 0).tobytes()


def _sheet(
    pdf: pikepdf.Pdf, face: Typeface, codes: Sequence[int], width: int, height: int
) -> bytes:
    """A page with a cell a code, clipped so that no glyph is seen in its neighbour's."""
    sheet = pikepdf.new()
    page = sheet.add_blank_page(page_size=(width, height))
    source = face.source
    font = sheet.copy_foreign(source if source.is_indirect else pdf.make_indirect(source))
    page.obj["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    page.obj["/Contents"] = sheet.make_stream(b"\n".join(_cells(face, codes, height)))
    target = io.BytesIO()
    sheet.save(target)
    return target.getvalue()


def _cells(face: Typeface, codes: Sequence[int], height: int) -> Iterator[bytes]:
    for number, code in enumerate(codes):
        row, column = divmod(number, _COLUMNS)
        x, y = column * _CELL, height - (row + 1) * _CELL
        text = face.bytes_of(code).hex().encode()
        yield b"q %d %d %d %d re W n BT /F %d Tf %d %d Td <%b> Tj ET Q" % (
            x, y, _CELL, _CELL, _SIZE, x + 12, y + 14, text
        )  # fmt: skip

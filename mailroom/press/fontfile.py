"""Font programs in a PDF: cut down to the glyphs drawn, which keep their ids."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count, groupby
from pathlib import Path
from typing import Any

import pikepdf
import uharfbuzz as hb

from mailroom.errors import ConfigError
from mailroom.fonts import Font
from mailroom.press.items import Item
from mailroom.press.objects import name_text, number_text, string_text

#: What a CIDFont needs (ISO 32000-1, 9.9, table 126): everything else is for typesetting.
_KEPT = ("CFF ", "glyf", "head", "hhea", "hmtx", "loca", "maxp")
_SUBSET = (
    hb.SubsetFlags.RETAIN_GIDS
    | hb.SubsetFlags.NO_HINTING  # as WeasyPrint does: paper has more dots than hints are for
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.CFF_IDENTITY_CHARSET
)
_SYMBOLIC, _FIXED_PITCH, _ITALIC = 1 << 2, 1 << 0, 1 << 6  # ISO 32000-1, 9.8.2
_SYSTEM_INFO = b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
_CMAP_LINES = 100  # in one bfchar block (Adobe technical note 5411)
_BFCHAR = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_PAIR = re.compile(rb"<\s*([0-9A-Fa-f]+)\s*>\s*<\s*([0-9A-Fa-f]*)\s*>")

Outline = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class FontFile:
    """A TrueType or OpenType program, and what a PDF says of it."""

    program: bytes
    name: str  #: PostScript name
    widths: Mapping[int, bytes]  #: glyph id -> advance in 1/1000 em, as written
    descriptor: bytes  #: entries of the font descriptor that do not depend on the glyphs

    @cached_property
    def _face(self) -> Any:
        return hb.Face(hb.Blob(self.program))

    @property
    def glyph_count(self) -> int:
        return int(self._face.glyph_count)

    @property
    def cff(self) -> bool:
        """Has it PostScript outlines?"""
        return "CFF " in self._face.table_tags

    def embedded(self, glyphs: Mapping[int, str]) -> tuple[str, dict[str, Item]]:
        """The font dictionary's digest, and all items of a font that has these glyphs.

        A Type 0 font, character code = glyph id (ISO 32000-1, 9.7), whose /ToUnicode says
        what the glyphs stand for (9.10.3).
        """
        ids = sorted(glyphs)
        name = name_text(f"{_tag(self.name, ids)}+{self.name}")
        items: dict[str, Item] = {}

        def add(body: Sequence[bytes], refs: Sequence[str] = (), data: bytes | None = None) -> str:
            stream = data if data is None else zlib.compress(data)
            item = Item(body=tuple(body), refs=tuple(refs), stream=stream)
            items[item.digest] = item
            return item.digest

        program = subset(self._face, ids)
        kind, of_file = (
            (b"/CIDFontType0", b"/FontFile3")
            if self.cff
            else (b"/CIDFontType2/CIDToGIDMap/Identity", b"/FontFile2")
        )
        more = b"/Subtype/OpenType" if self.cff else b"/Length1 %d" % len(program)
        file = add([b"<<%s/Filter/FlateDecode>>" % more], data=program)
        descriptor = add(
            [b"<</Type/FontDescriptor/FontName%s%s%s " % (name, self.descriptor, of_file), b">>"],
            [file],
        )
        descendant = add(
            [
                b"<</Type/Font/Subtype%s/BaseFont%s%s/W[%s]/FontDescriptor "
                % (kind, name, _SYSTEM_INFO, _widths(self.widths, ids)),
                b">>",
            ],
            [descriptor],
        )
        letters = self.letters
        meaning = {
            glyph: letters.get(glyph, text) if len(text) < 2 else text  # a ligature is two letters
            for glyph, text in glyphs.items()
        }
        texts = add([b"<</Filter/FlateDecode>>"], data=to_unicode(meaning))
        start = b"<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts["
        root = add([start % name, b"]/ToUnicode ", b">>"], [descendant, texts])
        return root, items

    @cached_property
    def letters(self) -> dict[int, str]:
        """What a glyph stands for by the font itself: the same whatever was set before.

        Of several characters the lowest; ligatures and alternates are not in it.
        """
        found: dict[int, str] = {}
        for code in sorted(self._face.unicodes, reverse=True):
            glyph = self._drawn_with.get_nominal_glyph(code)
            if glyph:
                found[glyph] = chr(code)
        return found

    def outline(self, glyph: int) -> Outline:
        """The contours, in font units."""
        known = self._outlines.get(glyph)
        if known is None:
            segments: list[tuple[float, ...]] = []
            self._drawn_with.draw_glyph(glyph, _PEN, segments)
            known = self._outlines[glyph] = tuple(segments)
        return known

    @cached_property
    def _outlines(self) -> dict[int, Outline]:
        return {}

    @cached_property
    def _drawn_with(self) -> Any:
        return hb.Font(self._face)


def font_file(font: Font) -> FontFile:
    """The file of one of our fonts; ConfigError where it is no font or cannot be read."""
    return _read(font.path, font.sha256, font.family, font.weight, font.style)


@lru_cache(maxsize=64)
def _read(path: Path, _sha256: str, family: str, weight: int, style: str) -> FontFile:
    try:
        program = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None
    face = hb.Face(hb.Blob(program))
    if not face.glyph_count or not {"glyf", "CFF "} & {*face.table_tags}:
        raise ConfigError("has no outlines that a PDF can embed", where=str(path))
    font, per_em = hb.Font(face), 1000 / face.upem
    # As WeasyPrint rounds them (draw/text.py), which counts kerning from there.
    advances = (round(font.get_glyph_h_advance(g) * per_em) for g in range(face.glyph_count))
    return FontFile(
        program=program,
        name=face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or family.replace(" ", "-"),
        widths={glyph: b"%d" % width for glyph, width in enumerate(advances)},
        descriptor=_descriptor(font, family, weight, style),
    )


def _descriptor(font: Any, family: str, weight: int, style: str) -> bytes:
    per_em = 1000 / font.face.upem
    head = font.face.reference_table("head").data
    post = font.face.reference_table("post").data or bytes(16)
    box = (round(edge * per_em) for edge in struct.unpack(">4h", head[36:44]))
    angle, fixed = struct.unpack(">i4xL", post[4:16])
    extents = font.get_font_extents("ltr")
    capitals = font.get_metric_position(hb.OTMetricsTag.CAP_HEIGHT) or extents.ascender
    flags = _SYMBOLIC | (_FIXED_PITCH if fixed else 0) | (_ITALIC if style == "italic" else 0)
    return b"/FontFamily%s/Flags %d/FontBBox[%s]/ItalicAngle %s" % (
        string_text(family),
        flags,
        b" ".join(b"%d" % edge for edge in box),
        number_text(angle / 65536),
    ) + b"/Ascent %d/Descent %d/CapHeight %d/StemV %d" % (
        round(extents.ascender * per_em),
        round(extents.descender * per_em),
        round(capitals * per_em),
        round(weight / 5),  # no table tells it; regular type has stems of some 80
    )


def embedded_file(font: Any) -> FontFile | None:
    """The font file that a PDF's font dictionary embeds; None where it cannot be subset again.

    It can where character codes are glyph ids of an OpenType program: as we write it, and
    as WeasyPrint does.
    """
    if str(font.get("/Subtype")) != "/Type0" or str(font.get("/Encoding")) != "/Identity-H":
        return None
    [descendant] = font.DescendantFonts
    if {"/DW", "/W2", "/DW2"} & {*descendant.keys()}:
        return None
    if str(descendant.get("/CIDToGIDMap", "/Identity")) != "/Identity":
        return None
    descriptor = descendant.get("/FontDescriptor", {})
    file = descriptor.get("/FontFile2") or descriptor.get("/FontFile3")
    if file is None:
        return None
    program = file.read_bytes()
    if program[:4] not in (b"\0\1\0\0", b"OTTO", b"true"):
        return None
    skipped = {"/Type", "/FontName", "/FontFile2", "/FontFile3", "/CIDSet"}
    kept = {
        key: value
        for key, value in descriptor.items()
        if key not in skipped and not isinstance(value, (pikepdf.Dictionary, pikepdf.Stream))
    }
    return FontFile(
        program=program,
        name=str(font.BaseFont)[1:].rpartition("+")[2],
        widths=dict(_read_widths(descendant.get("/W", []))),
        descriptor=b"".join(name_text(k[1:]) + b" " + _direct(v) for k, v in kept.items()),
    )


def _direct(value: Any) -> bytes:
    """A number, name, string or array of them."""
    if hasattr(value, "unparse"):
        return bytes(value.unparse(resolved=True))
    return number_text(float(value))


def _read_widths(array: Iterable[Any]) -> Iterable[tuple[int, bytes]]:
    """The entries of /W, both forms (ISO 32000-1, 9.7.4.3)."""
    entries = iter(array)
    for first in entries:
        then = next(entries)
        if hasattr(then, "unparse"):
            yield from zip(count(int(first)), map(_direct, then), strict=False)
        else:
            width = _direct(next(entries))
            yield from ((glyph, width) for glyph in range(int(first), int(then) + 1))


def subset(face: Any, glyphs: Iterable[int]) -> bytes:
    """The program with these glyphs, those they are composed of, and .notdef."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.flags = _SUBSET
    wanted.drop_table_tag_set.update(
        int.from_bytes(tag.encode(), "big") for tag in face.table_tags if tag not in _KEPT
    )
    return bytes(hb.subset(face, wanted).blob.data)


def _tag(name: str, glyphs: Sequence[int]) -> str:
    """Six capitals that name this choice of glyphs (ISO 32000-1, 9.6.4)."""
    digest = hashlib.sha256(f"{name} {glyphs}".encode()).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6])


def _widths(widths: Mapping[int, bytes], glyphs: Sequence[int]) -> bytes:
    known = [glyph for glyph in glyphs if glyph in widths]
    runs = groupby(enumerate(known), lambda pair: pair[1] - pair[0])
    parts = ([glyph for _, glyph in run] for _, run in runs)
    return b"".join(b"%d[%s]" % (p[0], b" ".join(widths[g] for g in p)) for p in parts)


def to_unicode(glyphs: Mapping[int, str]) -> bytes:
    """The CMap from glyph ids to text, which may be several characters."""
    lines = [
        b"<%04X> <%s>" % (glyph, text.encode("utf-16-be").hex().upper().encode())
        for glyph, text in sorted(glyphs.items())
        if text
    ]
    blocks = (lines[at : at + _CMAP_LINES] for at in range(0, len(lines), _CMAP_LINES))
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + b"".join(
            b"%d beginbfchar\n%s\nendbfchar\n" % (len(block), b"\n".join(block)) for block in blocks
        )
        + b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def read_to_unicode(cmap: bytes) -> dict[int, str]:
    """Glyph id -> text, from the `bfchar` lines of a CMap."""
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
        for block in _BFCHAR.findall(cmap)
        for code, text in _PAIR.findall(block)
        if len(text) % 4 == 0
    }


_PEN = hb.DrawFuncs()
_PEN.set_move_to_func(lambda x, y, path: path.append((x, y)))
_PEN.set_line_to_func(lambda x, y, path: path.append((x, y, 1)))
_PEN.set_quadratic_to_func(lambda a, b, x, y, path: path.append((a, b, x, y)))
_PEN.set_cubic_to_func(lambda a, b, c, d, x, y, path: path.append((a, b, c, d, x, y)))

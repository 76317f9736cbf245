"""Finished pages into Art: a page becomes a form XObject that any file can draw.

Objects are read from the bottom up and named by their digests, so equal art is one object
wherever it was drawn. Of resources, those remain that the content names.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from mailroom.errors import RenderError
from mailroom.fonts import Font
from mailroom.press.fontfile import FontFile, embedded_file, font_file, read_to_unicode
from mailroom.press.items import Art, Item, add_glyphs, font_reference
from mailroom.press.objects import name_text

Drawn = Mapping[str, frozenset[int]]
"""What a content stream draws of fonts that are embedded anew: reference -> glyph ids."""

Recognise = Callable[[Any, frozenset[int]], str | None]
"""A font dictionary, the glyphs drawn of it -> what to refer to; None: to the font as it is."""

_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_TEXT = re.compile(
    rb"(?<!\S)(?P<stack>[qQ])(?!\S)"
    rb"|/(?P<font>[^\s/<>\[\]()]+)\s+[-+.\d]+\s+Tf(?!\S)"
    rb"|\[(?P<array>[^\[\]]*)\]\s*TJ"
    rb"|<(?P<codes>[0-9A-Fa-f\s]*)>\s*(?:Tj|'|\")"
)
_CODES = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_UNREADABLE = re.compile(rb"\(|%|(?<!\S)BI\s")  # strings, comments, inline images hold anything
_CATEGORIES = (
    "/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/Properties", "/Shading", "/XObject",
)  # fmt: skip


class Unreadable(Exception):
    """Which glyphs a content stream draws cannot be told."""


def harvest(page: pikepdf.Page, fonts: Sequence[Font]) -> Art:
    """The page as a form XObject in its own coordinates, cut at its MediaBox.

    Where a font on it is one of `fonts` beyond doubt, the form refers to that one; others
    remain embedded as they are. RenderError where resources refer to themselves.
    """
    try:
        ours = Ours(fonts)
        return _art_of_page(page, Copier(ours.recognise), ours)
    except Unreadable:
        return _art_of_page(page, Copier(), Ours(()))


def harvest_image(image: Any) -> Art:
    """An image XObject, with its mask."""
    copier = Copier()
    return _art(copier, copier.reference(image), Ours(()))


def _art_of_page(page: pikepdf.Page, copier: Copier, ours: Ours) -> Art:
    content = content_of(page.obj)
    body = Body()
    body.add(b"<</Type/XObject/Subtype/Form/BBox")
    copier.write(page.mediabox, body)
    if "/Group" in page.obj:
        body.add(b"/Group ")
        copier.write(page.obj.Group, body)
    body.add(b"/Resources")
    drawn = copier.resources(page.resources, content, body)
    body.add(b"/Filter/FlateDecode>>")
    return _art(copier, copier.keep(body, zlib.compress(content, 9), drawn), ours)


def _art(copier: Copier, root: str, ours: Ours) -> Art:
    items = copier.below(root)
    return Art(xobject=root, items=items, glyphs=ours.glyphs(copier.drawn_by(root)))


class Ours:
    """Which of our font files a PDF's font was cut from, and what its glyphs stand for."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        self._fonts = fonts
        self._texts: dict[str, dict[str, dict[int, str]]] = {}

    def recognise(self, font: Any, glyphs: frozenset[int]) -> str | None:
        """The font whose family, outlines and widths of all the glyphs agree."""
        embedded = embedded_file(font)
        if embedded is None:
            return None
        family = str(font.DescendantFonts[0].FontDescriptor.get("/FontFamily", ""))
        for ours in self._fonts:
            if ours.family == family and _agree(font_file(ours), embedded, glyphs):
                texts = read_to_unicode(font.ToUnicode.read_bytes()) if "/ToUnicode" in font else {}
                known = self._texts.setdefault(font_reference(ours), {})
                add_glyphs(known, {ours.sha256: {g: texts.get(g, "") for g in glyphs}})
                return font_reference(ours)
        return None

    def glyphs(self, drawn: Drawn) -> dict[str, dict[int, str]]:
        """What was drawn, by font file, with its text."""
        return {
            sha256: {glyph: texts[glyph] for glyph in sorted(glyphs)}
            for reference, glyphs in drawn.items()
            for sha256, texts in self._texts[reference].items()
        }


def _agree(ours: FontFile, embedded: FontFile, glyphs: frozenset[int]) -> bool:
    return all(
        0 < glyph < min(ours.glyph_count, embedded.glyph_count)
        and ours.widths[glyph] == embedded.widths.get(glyph)
        and ours.outline(glyph) == embedded.outline(glyph)
        for glyph in glyphs
    )


@dataclass(kw_only=True)
class Body:
    """The text of an item being written, cut at its references."""

    parts: list[list[bytes]] = field(default_factory=lambda: [[]])
    refs: list[str] = field(default_factory=list)

    def add(self, text: bytes) -> None:
        self.parts[-1].append(text)

    def refer(self, reference: str) -> None:
        self.refs.append(reference)
        self.parts.append([])

    def item(self, stream: bytes | None = None) -> Item:
        """What has been added, with a stream's data as stored."""
        parts = tuple(b"".join(part) for part in self.parts)
        return Item(body=parts, refs=tuple(self.refs), stream=stream)


class Copier:
    """Objects of one PDF as items; fonts stay as they are where `recognise` knows none."""

    def __init__(self, recognise: Recognise | None = None) -> None:
        self.items: dict[str, Item] = {}
        self._recognise = recognise
        self._digests: dict[tuple[int, int], str] = {}
        self._begun: set[tuple[int, int]] = set()
        self._own: dict[str, Drawn] = {}
        self._drawn: dict[str, Drawn] = {}

    def reference(self, value: Any) -> str:
        """The digest of the item that an indirect object has become."""
        place = value.objgen
        if place not in self._digests:
            if place in self._begun:
                raise RenderError("the resources of a page refer to themselves")
            self._begun.add(place)
            try:
                self._digests[place] = self._item(value)
            finally:
                self._begun.discard(place)
        return self._digests[place]

    def below(self, root: str) -> dict[str, Item]:
        """The item and all it refers to, what is referred to first."""
        found: dict[str, Item] = {}
        item = self.items.get(root)
        if item is not None:
            for ref in item.refs:
                found.update(self.below(ref))
            found[root] = item
        return found

    def drawn_by(self, root: str) -> Drawn:
        """The glyphs that the item draws, with all it refers to."""
        if root not in self._drawn:
            item = self.items.get(root)
            below = [self.drawn_by(ref) for ref in item.refs] if item else []
            self._drawn[root] = together([self._own.get(root, {}), *below])
        return self._drawn[root]

    def keep(self, body: Body, stream: bytes | None = None, drawn: Drawn | None = None) -> str:
        item = body.item(stream)
        self.items[item.digest] = item
        if drawn:
            self._own[item.digest] = drawn
        return item.digest

    def _item(self, value: Any) -> str:
        body = Body()
        if not isinstance(value, Stream):
            self._direct(value, body)
            return self.keep(body)
        entries = {key: entry for key, entry in value.stream_dict.items() if key != "/Length"}
        data, drawn = value.read_raw_bytes(), None
        if "/Filter" not in entries:
            data, entries["/Filter"] = zlib.compress(data, 9), Name.FlateDecode
        resources = entries.pop("/Resources", None)
        body.add(b"<<")
        self._entries(entries, body)
        if resources is not None:
            body.add(b"/Resources")
            drawn = self.resources(resources, value.read_bytes(), body)
        body.add(b">>")
        return self.keep(body, data, drawn)

    def write(self, value: Any, body: Body) -> None:
        """Add a value to `body`: as it is, or the reference to it."""
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            body.refer(self.reference(value))
        else:
            self._direct(value, body)

    def _direct(self, value: Any, body: Body) -> None:
        if isinstance(value, Dictionary):
            body.add(b"<<")
            self._entries(dict(value.items()), body)
            body.add(b">>")
        elif isinstance(value, Array):
            body.add(b"[")
            for entry in value:
                self.write(entry, body)
                body.add(b" ")
            body.add(b"]")
        else:
            body.add(_plain(value))

    def _entries(self, entries: Mapping[str, Any], body: Body) -> None:
        for key, value in sorted(entries.items()):
            body.add(name_text(key[1:]) + b" ")
            self.write(value, body)

    def resources(self, resources: Any, content: bytes, body: Body) -> Drawn:
        """Add of `resources` what `content` names; gives the glyphs it draws of known fonts."""
        names = {_unescaped(name) for name in set(_NAME.findall(content))}
        shown = shown_glyphs(content) if self._recognise and "/Font" in resources else {}
        drawn: list[Drawn] = []
        body.add(b"<<")
        for category in _CATEGORIES:
            entries = resources.get(category)
            kept = {k: v for k, v in entries.items() if k[1:] in names} if entries else {}
            if not kept:
                continue
            body.add(category.encode() + b"<<")
            if category == "/Font":
                drawn += [self._font(name, font, shown, body) for name, font in kept.items()]
            else:
                self._entries(kept, body)
            body.add(b">>")
        body.add(b">>")
        return together(drawn)

    def _font(self, name: str, font: Any, shown: Mapping[str, frozenset[int]], body: Body) -> Drawn:
        glyphs = shown.get(name[1:], frozenset())
        reference = self._recognise(font, glyphs) if self._recognise else None
        body.add(name_text(name[1:]) + b" ")
        if reference is None:
            self.write(font, body)
            return {}
        body.refer(reference)
        return {reference: glyphs}


def _plain(value: Any) -> bytes:
    """Numbers without exponents, names and strings as QPDF writes them."""
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, (int, float, Decimal)):
        text = f"{Decimal(value):f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).encode()
    return bytes(value.unparse(resolved=True))


def together(parts: Sequence[Drawn]) -> Drawn:
    """All that any of them draws."""
    found: dict[str, frozenset[int]] = {}
    for part in parts:
        for reference, glyphs in part.items():
            found[reference] = found.get(reference, frozenset()) | glyphs
    return found


def shown_glyphs(content: bytes) -> dict[str, frozenset[int]]:
    """The glyphs that operators draw, by the font's resource name, codes of two bytes.

    Unreadable where that cannot be told for sure.
    """
    if _UNREADABLE.search(content):
        raise Unreadable
    shown: dict[bytes, list[bytes]] = {}
    stack: list[bytes] = []
    font = b""
    for match in _TEXT.finditer(content):
        kind = match.lastgroup
        if kind == "font":
            font = match["font"]
            shown.setdefault(font, [])
        elif kind == "stack":
            if match["stack"] == b"q":
                stack.append(font)
            elif stack:
                font = stack.pop()
        elif not font:
            raise Unreadable
        else:
            shown[font] += _CODES.findall(match["array"]) if kind == "array" else [match["codes"]]
    return {_unescaped(name): _glyphs(codes) for name, codes in shown.items()}


def _glyphs(codes: Sequence[bytes]) -> frozenset[int]:
    if any(len(code) % 4 for code in codes):
        raise Unreadable
    data = bytes.fromhex(b"".join(codes).decode())
    return frozenset(struct.unpack(f">{len(data) // 2}H", data))


def content_of(page: Any) -> bytes:
    """All the page's operators; ISO 32000-1, 7.8.2 parts the streams of an array by space."""
    contents = page.get("/Contents")
    if contents is None:
        return b""
    streams = [contents] if isinstance(contents, Stream) else list(contents)
    return b"".join(stream.read_bytes().rstrip(b"\n") + b"\n" for stream in streams)


def _unescaped(name: bytes) -> str:
    plain = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), name)
    return plain.decode("utf-8", "replace")

"""Fonts as a file has them: is the program there, what do the codes mean, how wide are they.

PDF 32000-1, 9.5 to 9.10. Only what a preflight asks; nothing is drawn here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import pikepdf

_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_RANGE = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_CHAR = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_HEX = rb"<([0-9A-Fa-f\s]*)>\s*"
_PAIR = re.compile(_HEX + _HEX)
_TRIPLE = re.compile(_HEX + _HEX + rb"(?:" + _HEX + rb"|\[([^\]]*)\])")
_MOST = 65536


class Typeface:
    """A font of the file."""

    def __init__(self, source: Any) -> None:
        self.source = source
        kind = str(source.get("/Subtype", ""))
        self.composite = kind == "/Type0"
        self.type3 = kind == "/Type3"
        parts = source.get("/DescendantFonts", [source]) if self.composite else [source]
        self._parts = parts[0] if len(parts) else source
        self._descriptor = self._parts.get("/FontDescriptor", {})

    @cached_property
    def name(self) -> str:
        """Without the six letters that say it is a subset."""
        whole = str(self.source.get("/BaseFont", "/without a name")).removeprefix("/")
        return re.sub(r"^[A-Z]{6}\+", "", whole)

    @cached_property
    def embedded(self) -> bool:
        """Is the font's program in the file? Type 3 fonts are made of page contents."""
        return self.type3 or any(file in self._descriptor for file in _FILES)

    def codes(self, text: bytes) -> Iterator[int]:
        """Composite fonts have two bytes a character in every encoding that print files use."""
        if not self.composite:
            yield from text
            return
        for at in range(0, len(text) - 1, 2):
            yield text[at] << 8 | text[at + 1]

    def bytes_of(self, code: int) -> bytes:
        """The code as it is written in the file."""
        return code.to_bytes(2 if self.composite else 1, "big")

    def width(self, code: int) -> float:
        """How far the next character is, in ems."""
        return self._widths.get(code, self._default) / 1000 * self._unit

    @cached_property
    def _unit(self) -> float:
        """Type 3 fonts measure their widths in a space of their own."""
        matrix = self.source.get("/FontMatrix") if self.type3 else None
        return float(matrix[0]) * 1000 if matrix is not None else 1.0

    @cached_property
    def _default(self) -> float:
        if self.composite:
            return float(self._parts.get("/DW", 1000))
        return float(self._descriptor.get("/MissingWidth", 0 if self._widths else 500))

    @cached_property
    def _widths(self) -> Mapping[int, float]:
        if self.composite:
            return dict(_ranges(list(self._parts.get("/W", []))))
        first = int(self.source.get("/FirstChar", 0))
        found = self.source.get("/Widths", [])
        return {first + n: float(width) for n, width in enumerate(found)}

    def character(self, code: int) -> str | None:
        """What the code means; None where the file does not say."""
        if code in self._meanings:
            return self._meanings[code]
        if not self.composite and "/ToUnicode" not in self.source and 32 <= code < 127:
            return None if self._symbolic else chr(code)
        return None

    @cached_property
    def _symbolic(self) -> bool:
        return bool(int(self._descriptor.get("/Flags", 32)) & 4) or "/Encoding" in self.source

    @cached_property
    def _meanings(self) -> Mapping[int, str]:
        cmap = self.source.get("/ToUnicode")
        if not isinstance(cmap, pikepdf.Stream):
            return {}
        data = cmap.read_bytes()
        found: dict[int, str] = {}
        for block in _CHAR.findall(data):
            for code, text in _PAIR.findall(block):
                found[_number(code)] = _text(text)
        for block in _RANGE.findall(data):
            for first, last, text, each in _TRIPLE.findall(block):
                found.update(_stretch(_number(first), _number(last), text, each))
        return found


def _ranges(parts: list[Any]) -> Iterator[tuple[int, float]]:
    """`c [w w ...]` and `first last w` (PDF 32000-1, 9.7.4.3)."""
    at = 0
    while at + 1 < len(parts):
        first = int(parts[at])
        if isinstance(parts[at + 1], pikepdf.Array):
            yield from ((first + n, float(width)) for n, width in enumerate(parts[at + 1]))
            at += 2
        elif at + 2 < len(parts):
            last = min(int(parts[at + 1]), first + _MOST)
            yield from ((code, float(parts[at + 2])) for code in range(first, last + 1))
            at += 3
        else:
            return


def _number(code: bytes) -> int:
    return int(b"".join(code.split()) or b"0", 16)


def _text(code: bytes) -> str:
    plain = b"".join(code.split()).decode()
    return bytes.fromhex(plain + "0" * (len(plain) % 2)).decode("utf-16-be", "replace")


def _stretch(first: int, last: int, text: bytes, each: bytes) -> Iterator[tuple[int, str]]:
    if each:
        texts = re.findall(_HEX, each)
        yield from ((first + n, _text(one)) for n, one in enumerate(texts))
        return
    start = _text(text)
    if start:
        for n in range(min(last - first, _MOST) + 1):
            yield first + n, start[:-1] + chr(min(ord(start[-1]) + n, 0x10FFFF))

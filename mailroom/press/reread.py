"""Read a stamped page back: the text that its operators really draw.

Nothing here knows how they were made: a page that bears another's words is to be noticed.
Fonts are named in the page's resources; glyphs are two bytes (Identity-H: ISO 32000-1, 9.7.5.2)
in hexadecimal strings, shown by Tj or TJ (9.4.3).
"""

from __future__ import annotations

import codecs
import re
from array import array
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping
from sys import byteorder

Letters = Mapping[str, Mapping[int, str]]
"""Resource name of a font -> glyph id -> the text it stands for, as its ToUnicode says."""

UNKNOWN = "\ufffd"
"""Stands for a glyph of which nobody knows what it is."""

_MOVE, _FONT = "\uffff", "\ufffe"  # no font has glyphs of these numbers
_NOTDEF = "\0"
_LONGER = 0x100000  # private use: a code of a charset whose text is not one character

_UNUSUAL = (b"(", b"%", b"'", b'"', b"I", b"C", b"P")  # strings, comments, BI, BDC, DP
_MOVES = {b"d": b"<FFFF>", b"m": b"<FFFF>", b"D": b"<FFFF>", b"*": b"<FFFF>", b"f": b"<FFFE>"}
_FONTS = re.compile(rb"/([^\s/<>\[\]()]+) [-+.\d]+ Tf")
_GAPS = re.compile("\n{3,}")
_ANGLES = bytes.maketrans(b"<", b">")
_OPERATORS = re.compile(
    rb"\((?:\\.|[^\\()])*\)|%[^\r\n]*|<<.*?>>|\bBI\b.*?\bEI\b"  # not looked into
    rb"|<(?P<codes>[0-9A-Fa-f\s]*)>(?P<next>\s*['\"])?"  # the latter begin a line of their own
    rb"|/(?P<font>[^\s/<>\[\]()]+)\s+[-+.\d]+\s+Tf\b"
    rb"|(?<![^\s\])>])(?P<stack>[qQ])(?!\S)"
    rb"|(?<![^\s\])>])(?P<move>Td|TD|Tm|T\*)(?![^\s\[(<])",
    re.DOTALL,
)


class Reader:
    """Reads content streams whose glyphs stand for `letters`, and knows what it has read."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._charsets: dict[str, _Charset] = {}

    def text_of(self, content: bytes) -> str:
        """The text that a stream draws, a line for each time the pen is moved.

        Where it is moved twice, as at the start of a paragraph, there is an empty line.
        """
        text = "".join([self._charset(font).text(glyphs) for font, glyphs in _drawn(content)])
        return _GAPS.sub("\n\n", text.strip("\n"))

    def glyphs(self) -> dict[str, set[int]]:
        """All that was drawn in what was read: font -> glyph ids."""
        found = {font: charset.glyphs() for font, charset in self._charsets.items()}
        return {font: glyphs for font, glyphs in found.items() if glyphs}

    def _charset(self, font: str) -> _Charset:
        if font not in self._charsets:
            self._charsets[font] = _Charset(self._letters.get(font, {}))
        return self._charsets[font]


class _Charset:
    """The glyphs of a font that were seen, as an 8-bit character set: a codec reads quickly."""

    def __init__(self, letters: Mapping[int, str]) -> None:
        self._letters = letters
        self._known = {0: UNKNOWN}  # the first code of a charset is 0
        self._seen = set[str]()
        self._learn(())

    def glyphs(self) -> set[int]:
        return {ord(glyph) for glyph in self._seen if glyph != _MOVE}

    def text(self, glyphs: str) -> str:
        try:
            codes = codecs.charmap_encode(glyphs, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            if not self._seen.issuperset(glyphs):  # else the charset is full
                self._learn(glyphs)
            return glyphs.translate(self._known)
        if _NOTDEF in glyphs:
            self._seen.add(_NOTDEF)
        text = codecs.charmap_decode(codes, "strict", self._decoding)[0]
        for code, longer in self._longer:
            text = text.replace(code, longer)
        return text

    def _learn(self, glyphs: Iterable[str]) -> None:
        self._seen.update(glyphs)
        for glyph in map(ord, self._seen):
            self._known[glyph] = self._letters.get(glyph, UNKNOWN)
        self._known[ord(_MOVE)] = "\n"
        texts = list(self._known.values())[:256]
        coded = [text if len(text) == 1 else chr(_LONGER + code) for code, text in enumerate(texts)]
        self._longer = [pair for pair in zip(coded, texts, strict=True) if pair[0] != pair[1]]
        self._decoding = "".join(coded)
        table = "".join(map(chr, self._known))[:256]
        self._encoding = codecs.charmap_build(table.ljust(256, _FONT))


def text_of(content: bytes, letters: Letters) -> str:
    """The text that one content stream draws; for many of them keep a `Reader`."""
    return Reader(letters).text_of(content)


def glyphs_in(contents: Iterable[bytes]) -> dict[str, set[int]]:
    """The glyphs that content streams draw: font -> ids."""
    reader = Reader({})
    for content in contents:
        reader.text_of(content)
    return reader.glyphs()


def _drawn(content: bytes) -> Iterable[tuple[str, str]]:
    """Fonts and what is drawn in each, in order: a character a glyph, `_MOVE` between lines."""
    if not any(map(content.__contains__, _UNUSUAL)):
        try:
            return _at_a_glance(content)
        except ValueError:  # of binascii and of UTF-16, too
            pass
    return _step_by_step(content)


def _at_a_glance(content: bytes) -> Iterable[tuple[str, str]]:
    """As our own streams can be read; ValueError where it is not as simple as that."""
    first, *parts = content.split(b"T")
    marked = first + b"".join([_MOVES.get(part[:1], b"") + part for part in parts])
    fonts = [b"", *_FONTS.findall(content)]
    drawn = _glyphs(b"".join(marked.translate(_ANGLES).split(b">")[1::2])).split(_FONT)
    if len(drawn) != len(fonts) or drawn[0].strip(_MOVE) or _draws_after_restoring(content):
        raise ValueError("the font is not the one that was named last")
    return [(font.decode("latin-1"), glyphs) for font, glyphs in zip(fonts, drawn, strict=True)]


def _draws_after_restoring(content: bytes) -> bool:
    """Is there text after a Q without a Tf between? Then the font is an earlier one."""
    at = content.find(b"Q")
    while at >= 0:
        text = content.find(b"<", at)
        if text >= 0 and not 0 <= content.find(b" Tf", at) < text:
            return True
        at = content.find(b"Q", at + 1)
    return False


def _glyphs(codes: bytes) -> str:
    data = unhexlify(codes)
    glyphs = data.decode("utf-16-be")
    if 2 * len(glyphs) != len(data):  # two glyphs that look like a pair of surrogates
        raise ValueError("not a character a glyph")
    return glyphs


def _step_by_step(content: bytes) -> Iterator[tuple[str, str]]:
    """Operator by operator, whoever wrote it."""
    font, stack = "", list[str]()
    for match in _OPERATORS.finditer(content):
        kind = match.lastgroup
        if kind is None:
            continue
        if kind == "font":
            font = match["font"].decode("latin-1")
        elif kind == "stack":
            if match["stack"] == b"q":
                stack.append(font)
            elif stack:
                font = stack.pop()
        elif kind == "move":
            yield font, _MOVE
        else:
            if kind == "next":
                yield font, _MOVE
            codes = array("H", unhexlify(b"".join(match["codes"].split())))
            if byteorder == "little":
                codes.byteswap()
            yield font, "".join(map(chr, codes))

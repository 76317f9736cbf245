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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import byteorder
from typing import NamedTuple

Letters = Mapping[str, Mapping[int, str]]
"""Resource name of a font -> glyph id -> the text it stands for, as its ToUnicode says."""

UNKNOWN = "\ufffd"
"""Stands for a glyph of which nobody knows what it is."""

_MOVE, _FONT = "\uffff", "\ufffe"  # no font has glyphs of these numbers
_NOTDEF = "\0"  # nobody draws it on purpose: it stands between texts that are read in one go
_LONGER = 0x100000  # private use: a code of a charset whose text is not one character
_CODES = 256  # of a charset
_MOST_MARKS = 4096

_UNUSUAL = (b"(", b"%", b"'", b'"', b"I", b"C", b"P")  # strings, comments, BI, BDC, DP
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


class Drawn(NamedTuple):
    """What a stream draws in letters."""

    text: str
    fonts: tuple[str, ...]  #: resource names, as they come


class Reader:
    """Reads content streams whose glyphs stand for `letters`, and knows what it has read."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._charsets: dict[str, _Charset] = {}
        self._marks = _Marks()

    def text_of(self, content: bytes) -> str:
        """The text that a stream draws, a line for each time the pen is moved.

        Where it is moved twice, as at the start of a paragraph, there is an empty line.
        """
        return self.read([content])[0].text

    def read(self, contents: Sequence[bytes]) -> list[Drawn]:
        """What each of several streams draws: in one go that is quicker."""
        try:
            pages = _at_a_glance(contents, self._marks)
        except ValueError:  # of binascii and of UTF-16, too
            if len(contents) > 1:
                return [drawn for content in contents for drawn in self.read([content])]
            pages = [list(_step_by_step(content)) for content in contents]
        by_font: dict[str, list[str]] = {}
        for page in pages:
            for font, glyphs in page:
                by_font.setdefault(font, []).append(glyphs)
        texts = {font: iter(self._charset(font).texts(every)) for font, every in by_font.items()}
        return [
            Drawn(
                _tidy("".join([next(texts[font]) for font, _ in page])),
                tuple(dict.fromkeys([font for font, _ in page])),
            )
            for page in pages
        ]

    def glyphs(self) -> dict[str, set[int]]:
        """All that was drawn in what was read: font -> glyph ids."""
        found = {font: set(map(ord, charset.seen)) for font, charset in self._charsets.items()}
        return {font: glyphs for font, glyphs in found.items() if glyphs}

    def forget(self) -> None:
        """Tell no more of what was drawn until now."""
        for charset in self._charsets.values():
            charset.forget()

    def _charset(self, font: str) -> _Charset:
        if font not in self._charsets:
            self._charsets[font] = _Charset(self._letters.get(font, {}))
        return self._charsets[font]


class _Charset:
    """The glyphs of a font that were seen, as an 8-bit character set: a codec reads quickly."""

    def __init__(self, letters: Mapping[int, str]) -> None:
        self._letters = letters
        self._table = ""  #: the glyph of each code
        self.seen = set[str]()
        self._learn(set())

    def forget(self) -> None:
        self.seen.clear()
        self._noted = b"\0\1"  # the codes of what was seen, and of what is no glyph

    def texts(self, several: Sequence[str]) -> list[str]:
        """What each of them says."""
        texts = self._text(_NOTDEF.join(several)).split(_NOTDEF)
        if len(texts) == len(several):
            return texts
        if any(_NOTDEF in glyphs for glyphs in several):
            self.seen.add(_NOTDEF)
        notdef = self._letters.get(0, UNKNOWN)
        return [self._text(glyphs).replace(_NOTDEF, notdef) for glyphs in several]

    def _text(self, glyphs: str) -> str:
        try:
            codes = codecs.charmap_encode(glyphs, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            kinds = {*glyphs, _NOTDEF, _MOVE}
            if len(kinds) > _CODES:
                self.seen |= kinds - {_NOTDEF, _MOVE}
                return glyphs.translate({ord(glyph): self._letter(glyph) for glyph in kinds})
            self._learn(kinds)
            codes = codecs.charmap_encode(glyphs, "strict", self._encoding)[0]
        if new := set(codes.translate(None, self._noted)):
            self._noted += bytes(new)
            self.seen.update([self._table[code] for code in new])
        text = codecs.charmap_decode(codes, "strict", self._decoding)[0]
        for code, longer in self._longer:
            text = text.replace(code, longer)
        return text

    def _learn(self, kinds: set[str]) -> None:
        """Have a code for these glyphs, and while there is room for those that had one."""
        every = kinds.union(self._table)
        glyphs = sorted((every if len(every) <= _CODES else kinds) - {_NOTDEF, _MOVE})
        self._table = "".join((_NOTDEF, _MOVE, *glyphs))
        texts = list(map(self._letter, self._table))
        coded = [text if len(text) == 1 else chr(_LONGER + code) for code, text in enumerate(texts)]
        self._longer = [pair for pair in zip(coded, texts, strict=True) if pair[0] != pair[1]]
        self._decoding = "".join(coded)
        self._encoding = codecs.charmap_build(self._table.ljust(_CODES, _FONT))
        self._noted = b"\0\1" + bytes(map(self._table.index, self.seen.intersection(glyphs)))

    def _letter(self, glyph: str) -> str:
        if glyph in (_NOTDEF, _MOVE):
            return "\n" if glyph == _MOVE else _NOTDEF
        return self._letters.get(ord(glyph), UNKNOWN)


def _tidy(text: str) -> str:
    text = text.strip("\n")
    return _GAPS.sub("\n\n", text) if "\n\n\n" in text else text


class _Marks(dict[bytes, bytes]):
    """What stands between two arrays -> the moves and fonts in it, as codes of no glyphs."""

    page = b"<FFFE0000>"  #: a page begins, as yet in no font

    def __init__(self) -> None:
        super().__init__()
        self.fonts = [""]

    def __missing__(self, part: bytes) -> bytes:
        if len(self) >= _MOST_MARKS:
            self.clear()
        found = list[bytes]()
        for match in _OPERATORS.finditer(part):
            kind = match.lastgroup
            if kind == "move":
                found.append(b"FFFF")
            elif kind == "font":
                found.append(b"FFFE%04X" % self._number(match["font"].decode("latin-1")))
            elif kind == "codes":
                found.append(match["codes"])
            elif kind:
                raise ValueError("the font may be an earlier one")
        self[part] = marks = b"<%s>" % b"".join(found)
        return marks

    def _number(self, font: str) -> int:
        if font not in self.fonts:
            self.fonts.append(font)
        return self.fonts.index(font)


def _at_a_glance(contents: Iterable[bytes], marks: _Marks) -> list[list[tuple[str, str]]]:
    """Of each stream what `_step_by_step` gives, where it is as simple as our own are.

    ValueError where one is not.
    """
    marked = list[bytes]()
    for content in contents:
        if any(map(content.__contains__, _UNUSUAL)):
            raise ValueError("operators that are not ours")
        first, *arrays = _without_drawings(content).split(b"[")
        marked += (marks.page, marks[first])
        for part in arrays:
            shown, closed, rest = part.partition(b"]")
            if not closed:
                raise ValueError("an array without an end")
            marked += (shown, marks[rest])
    codes = b"".join(b"".join(marked).translate(_ANGLES).split(b">")[1::2])
    pages = list[list[tuple[str, str]]]()
    for glyphs in _glyphs(codes).split(_FONT)[1:]:
        font = ord(glyphs[0])
        if font:
            pages[-1].append((marks.fonts[font], glyphs[1:]))
        elif glyphs[1:].strip(_MOVE):
            raise ValueError("text before the first font")
        else:
            pages.append([("", glyphs[1:])])
    return pages


def _without_drawings(content: bytes) -> bytes:
    """The stream without what stands between q and Q and holds no text: most of it are codes."""
    first, *parts = content.split(b"q")
    kept = [first]
    for part in parts:
        drawing, _, rest = part.partition(b"Q")
        alone = kept[-1].endswith(b"\n") and part.startswith(b" ") and rest.startswith(b"\n")
        if alone and b"T" not in drawing and b"<" not in drawing:
            kept.append(rest)
        else:
            kept += (b"q", part)
    return b"".join(kept)


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

"""Read a stamped page back: the text that its operators really draw.

Nothing here knows how they were made: a page that bears another's words is to be noticed.
Fonts are named in the page's resources; glyphs are two bytes (Identity-H: ISO 32000-1, 9.7.5.2)
in hexadecimal strings, shown by Tj or TJ (9.4.3).
"""

from __future__ import annotations

import re
from array import array
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping
from sys import byteorder

UNKNOWN = "\ufffd"
"""Stands for a glyph of which nobody knows what it is."""

_MOVE, _FONT = "\uffff", "\ufffe"  # no font has glyphs of these numbers
_WORDS = 1 << 15

_UNUSUAL = (b"(", b"%", b"'", b'"', b"I", b"BDC", b" DP")  # strings, comments, images, properties
_MOVES = re.compile(rb" T[dDm*]")
_FONTS = re.compile(rb"/([^\s/<>\[\]()]+) [-+.\d]+ Tf")
_ANGLES = bytes.maketrans(b"<", b">")
_OPERATORS = re.compile(
    rb"\((?:\\.|[^\\()])*\)|%[^\r\n]*|<<.*?>>|\bBI\b.*?\bEI\b"  # not looked into
    rb"|<(?P<codes>[0-9A-Fa-f\s]*)>"
    rb"|/(?P<font>[^\s/<>\[\]()]+)\s+[-+.\d]+\s+Tf\b"
    rb"|(?<![^\s\])>])(?P<stack>[qQ])(?!\S)"
    rb"|(?<![^\s\])>])(?P<move>Td|TD|Tm|T\*|'|\")(?![^\s\[(<])",
    re.DOTALL,
)


class Reader:
    """Reads streams whose glyphs stand for `letters`: font resource -> glyph id -> text.

    The mappings may grow; what a glyph stands for never changes.
    """

    def __init__(self, letters: Mapping[str, Mapping[int, str]]) -> None:
        self._letters = letters
        self._words: dict[str, _Words] = {}

    def text_of(self, content: bytes) -> str:
        """The text that a content stream draws, a line for each time the pen is moved."""
        text = "".join([self._of(font).text(glyphs) for font, glyphs in _drawn(content)])
        return "\n".join(filter(None, text.split("\n")))

    def _of(self, font: str) -> _Words:
        words = self._words.get(font)
        if words is None:
            words = self._words[font] = _Words(self._letters.get(font, {}))
        return words


class _Words(dict[str, str]):
    """Glyphs between two spaces -> their text: most streams are made of the same words."""

    def __init__(self, letters: Mapping[int, str]) -> None:
        super().__init__()
        self._letters = letters
        self._space, self._sought = "", -1

    def __missing__(self, glyphs: str) -> str:
        if len(self) >= _WORDS:
            self.clear()
        letters = self._letters
        text = "".join(
            "\n" if glyph == _MOVE else letters.get(ord(glyph), UNKNOWN) for glyph in glyphs
        )
        if UNKNOWN not in text:
            self[glyphs] = text
        return text

    def text(self, glyphs: str) -> str:
        """The glyphs of a stream, as one character each, as text."""
        space = self._space or self._find_space()
        if not space:
            return "\n".join(map(self.__getitem__, glyphs.split(_MOVE)))
        words = glyphs.replace(_MOVE, f"{space}{_MOVE}{space}").split(space)
        return " ".join(map(self.__getitem__, words)).replace(" \n ", "\n")

    def _find_space(self) -> str:
        if self._sought != len(self._letters):
            self._sought = len(self._letters)
            spaces = (chr(glyph) for glyph, text in self._letters.items() if text == " ")
            self._space = next(spaces, "")
        return self._space


def text_of(content: bytes, letters: Mapping[str, Mapping[int, str]]) -> str:
    """The text that one content stream draws; for many of them make a `Reader`."""
    return Reader(letters).text_of(content)


def glyphs_in(contents: Iterable[bytes]) -> dict[str, set[int]]:
    """The glyphs that content streams draw: font resource -> ids."""
    drawn: dict[str, set[str]] = {}
    for content in contents:
        for font, glyphs in _drawn(content):
            drawn.setdefault(font, set()).update(glyphs)
    return {
        font: {ord(glyph) for glyph in found if glyph != _MOVE} for font, found in drawn.items()
    }


def _drawn(content: bytes) -> Iterable[tuple[str, str]]:
    """Fonts and what is drawn in each, in order: a character a glyph, `_MOVE` between lines."""
    if not any(map(content.__contains__, _UNUSUAL)):
        try:
            return _straight(content)
        except ValueError:  # of binascii and of UTF-16, too
            pass
    return _step_by_step(content)


def _straight(content: bytes) -> Iterable[tuple[str, str]]:
    """All at once, as our own streams can be read; ValueError where it is not as simple as that."""
    marked = _MOVES.sub(b" <FFFF>", content).replace(b" Tf", b" <FFFE>")
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
        if kind == "font":
            font = match["font"].decode("latin-1")
        elif kind == "stack":
            if match["stack"] == b"q":
                stack.append(font)
            elif stack:
                font = stack.pop()
        elif kind == "move":
            yield font, _MOVE
        elif kind == "codes":
            codes = array("H", unhexlify(b"".join(match["codes"].split())))
            if byteorder == "little":
                codes.byteswap()
            yield font, "".join(map(chr, codes))

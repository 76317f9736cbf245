"""The slug line: small text outside the trim that says which sheet it is and what lies on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mailroom.canvas import clean
from mailroom.errors import RenderError
from mailroom.fonts import Font
from mailroom.press.fontfile import font_file
from mailroom.press.items import Glyphs, font_name
from mailroom.press.objects import number_text
from mailroom.sheets.margins import Slug

SIZE, LEAST_SIZE = 6.0, 4.5  #: points
_CAPITALS = 0.7  # of the type size; what the line needs of its height


class SlugLine:
    """Sets one line of one font; what it needs of the font is remembered for the file."""

    def __init__(self, font: Font) -> None:
        self._font, self._file = font, font_file(font)
        self._ids = {text: glyph for glyph, text in self._file.letters.items()}

    def operators(self, slug: Slug, words: Sequence[str], height: float) -> tuple[bytes, Glyphs]:
        """The first of `words` that fits, in black, on a sheet `height` points high.

        Of what does not fit even in the smallest type the end is cut off.
        """
        text, size = self._fitted(slug, [self._drawable(each) for each in words])
        glyphs = [self._ids[char] for char in text]
        across = (slug.height + _CAPITALS * size) / 2  # from the line's upper edge to its base
        if slug.upright:
            place = (0, 1, -1, 0, slug.box.x + across, height - slug.box.bottom)
        else:
            place = (1, 0, 0, 1, slug.box.x, height - slug.box.y - across)
        operators = b"BT 0 0 0 1 k /%s %s Tf %s Tm <%s> Tj ET\n" % (
            font_name(self._font).encode(),
            number_text(size),
            b" ".join(map(number_text, place)),
            b"".join(b"%04X" % glyph for glyph in glyphs),
        )
        return operators, {self._font.sha256: dict(zip(glyphs, text, strict=True))}

    def width(self, text: str, size: float) -> float:
        """How long it is, in points."""
        return sum(float(self._file.widths[self._ids[char]]) for char in text) * size / 1000

    def _drawable(self, text: str) -> str:
        """A name may have letters that the font has not; the numbers matter."""
        return "".join(char if char in self._ids else "?" for char in clean(text))

    def _fitted(self, slug: Slug, words: Sequence[str]) -> tuple[str, float]:
        most = min(SIZE, slug.height / _CAPITALS)
        for text in words:
            width = self.width(text, 1.0)
            size = min(most, _as_written(slug.length / width)) if width else most
            if size >= min(LEAST_SIZE, most):
                return text, size
        if not words:
            raise RenderError("a slug line without words")
        text, size = words[-1], min(LEAST_SIZE, most)
        while text and self.width(text, size) > slug.length:
            text = text[:-1]
        return text, size


def _as_written(size: float) -> float:
    """Never more than `size` with the digits that are printed: a rounded one may be too much."""
    return math.floor(size * 10_000) / 10_000


def slug_words(place: str, numbers: Sequence[int | None], remark: str, title: str) -> Iterator[str]:
    """What the line may say, the fullest first: the sheet comes first, then the pieces."""
    pieces = in_short(numbers)
    ends = [n for n in numbers if n is not None]
    few = f"{ends[0]:04} ... {ends[-1]:04}" if ends else "blank"
    parts = (place, remark, pieces, title)
    yield "   ".join(filter(None, parts))
    yield "   ".join(filter(None, (place, remark, pieces)))
    yield "   ".join(filter(None, (place, remark, few)))
    yield "   ".join(filter(None, (place, few)))


def in_short(numbers: Sequence[int | None]) -> str:
    """The pieces' numbers slot by slot; where nothing lies, a dash."""
    return " ".join("-" if number is None else f"{number:04}" for number in numbers)

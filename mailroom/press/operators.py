"""PDF operators that draw text: numbers, fonts, and what has been set."""

from __future__ import annotations

from mailroom.fonts import Font
from mailroom.inks import Ink
from mailroom.press.items import font_name
from mailroom.typeset.styles import Fragment

_PT = 0.75  # CSS: 96 px to the inch, PDF: 72 pt

OVERPRINT, KNOCK_OUT = "mr1", "mr0"
"""Graphics states of every page, by names that nobody else gives."""


def painted(ink: Ink, *, stroke: bool = False) -> bytes:
    """The operators that choose what is painted with."""
    if ink.spot:
        choose, set_ = (b"CS", b"SCN") if stroke else (b"cs", b"scn")
        return b"/%s %s 1 %s" % (ink.spot.resource.encode(), choose, set_)
    return b"%s %s" % (b" ".join(map(number, ink.cmyk)), b"K" if stroke else b"k")


def lettered(ink: Ink) -> bytes:
    """The same for letters: black ones overprint, so that no white shows round them."""
    over = ink.spot.overprints if ink.spot else ink.is_black
    return b"/%s gs %s" % ((OVERPRINT if over else KNOCK_OUT).encode(), painted(ink))


BLACK = b"/%s gs 0 0 0 1 k\n" % KNOCK_OUT.encode()
"""For what machines read."""


class Pen:
    """Writes text operators; positions are kept as whole thousandths of a point."""

    def __init__(self) -> None:
        self.body: list[bytes] = []
        self._x = self._y = 0
        self._colour = self._font = b""

    def draw(self, part: Fragment, base: float) -> None:
        style, body = part.style, self.body
        x, y = round(part.x * 750), round(base * -750)
        if style.colour != self._colour:
            self._colour = style.colour
            body.append(style.colour + b"\n")
        body.append(b"%s %s Td\n" % (thousandths(x - self._x), thousandths(y - self._y)))
        self._x, self._y = x, y
        for run in part.runs:
            font = selected(run.font, style.size)
            if font is not self._font:
                self._font = font
                body.append(font)
            if run.rise:
                body.append(b"%s Ts [%s]TJ 0 Ts\n" % (number(run.rise * _PT), run.tj))
            else:
                body.append(b"[%s]TJ\n" % run.tj)


_SELECTED: dict[tuple[str, float], bytes] = {}


def selected(font: Font, size: float) -> bytes:
    """The operator that selects a font; Pango counts sizes in 1/1024 px."""
    key = font.sha256, size
    found = _SELECTED.get(key)
    if found is None:
        points = number(int(size * 1024) / 1024 * _PT)
        found = _SELECTED[key] = b"/%s %s Tf\n" % (font_name(font).encode(), points)
    return found


def number(value: float) -> bytes:
    """A number as PDF writes it, with six decimals at most."""
    return (b"%.6f" % value).rstrip(b"0").rstrip(b".")


_THOUSANDTHS: dict[int, bytes] = {}
_MOST_NUMBERS = 1 << 13


def thousandths(value: int) -> bytes:
    """So many thousandths as PDF writes them: no exponent, no needless zeros."""
    text = _THOUSANDTHS.get(value)
    if text is None:
        text = (b"%.3f" % (value / 1000)).rstrip(b"0").rstrip(b".") or b"0"
        if len(_THOUSANDTHS) < _MOST_NUMBERS:
            _THOUSANDTHS[value] = text
    return text

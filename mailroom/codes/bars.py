"""Bars of four states, as posts print them: from states to PDF operators and SVG.

All are of one size for ever, in the middle of the tolerances of their post: 22.2 bars an inch,
0.020 in wide, which are whole dots at 600 dpi.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import getitem
from typing import NamedTuple

from mailroom.codes.kinds import Box
from mailroom.codes.matrix import number

_UNIT = 0.036  # pt: 1/2000 in, what everything here is measured in
_PITCH, _WIDTH = 90, 40


class Bars(NamedTuple):
    """What is printed, from the left."""

    bars: int  #: how many
    states: int  #: two bits a bar, the first lowest: whether it descends, whether it ascends


@dataclass(frozen=True, kw_only=True)
class Measures:
    """How high bars are, and what stays free around them, in 1/2000 in."""

    height: int  #: of a bar that ascends and descends
    tracker: tuple[int, int]  #: foot and head of what every bar has, upwards
    quiet: tuple[int, int]  #: left and right, above and below

    def ends(self, state: int) -> tuple[int, int]:
        """Foot and head of a bar."""
        foot, head = self.tracker
        return 0 if state & 1 else foot, self.height if state & 2 else head


remembered = lru_cache(maxsize=16)
"""Whoever asks for the size of a code wants it drawn next."""


@dataclass(frozen=True, kw_only=True)
class BarEncoder:
    """An encoder (see `kinds.Encoder`) made of what knows the bars of a payload."""

    bars: Callable[[str], Bars]  #: `remembered`; CodeError where there are none for it
    measures: Measures

    @property
    def quiet(self) -> tuple[float, float]:
        """Left and right, above and below; in pt."""
        beside, above = self.measures.quiet
        return beside * _UNIT, above * _UNIT

    def check(self, payload: str, level: str) -> None:
        """Whether the payload is right; there are no levels."""
        self.bars(payload)

    def size(self, payload: str, level: str) -> tuple[float, float]:
        """In pt, with the quiet zone."""
        return self._size(self.bars(payload).bars)

    def svg(self, payload: str, level: str) -> str:
        """See `mailroom.codes.svg`."""
        count, states = self.bars(payload)
        left, above = self.measures.quiet
        drawn = []
        for at in range(count):
            foot, head = self.measures.ends(states >> 2 * at & 3)
            top = above + self.measures.height - head
            x, y, width, height = (
                number(length * _UNIT) for length in (left + at * _PITCH, top, _WIDTH, head - foot)
            )
            drawn.append(f"M{x} {y}h{width}v{height}h-{width}z")
        across, up = map(number, self._size(count))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}pt" height="{up}pt"'
            f' viewBox="0 0 {across} {up}"><path d="{"".join(drawn)}"/></svg>'
        )

    def path(self, payload: str, box: Box, level: str) -> bytes:
        """See `mailroom.codes.path`; in its own size, in the middle of a box of any size."""
        count, states = self.bars(payload)
        x, y, across, up = box
        left = number(x + (across - _length(count) * _UNIT) / 2)
        foot = number(y + (up - self.measures.height * _UNIT) / 2)
        octets = states.to_bytes((count + 3) // 4, "little")
        drawn = b"".join(map(getitem, _strings(self.measures, count), octets))
        return b"q .036 0 0 .036 %b %b cm\n%bf\nQ\n" % (left.encode(), foot.encode(), drawn)

    def _size(self, count: int) -> tuple[float, float]:
        beside, above = self.measures.quiet
        units = _length(count) + 2 * beside, self.measures.height + 2 * above
        return round(units[0] * _UNIT, 3), round(units[1] * _UNIT, 3)


def _length(count: int) -> int:
    return (count - 1) * _PITCH + _WIDTH


@lru_cache(maxsize=64)
def _strings(measures: Measures, count: int) -> list[list[bytes]]:
    """Four bars each: their states -> the operators that draw them."""
    whole = [_four(measures, at, 4) for at in range(0, count - 3, 4)]
    return [*whole, _four(measures, count & ~3, count & 3)] if count & 3 else whole


@lru_cache(maxsize=256)
def _four(measures: Measures, first: int, count: int) -> list[bytes]:
    """The same for bars from the `first`, up to four of them."""
    drawn = [[_bar(measures, first + at, state) for state in range(4)] for at in range(count)]
    return [
        b"".join([each[states >> 2 * at & 3] for at, each in enumerate(drawn)])
        for states in range(4**count)
    ]


def _bar(measures: Measures, at: int, state: int) -> bytes:
    foot, head = measures.ends(state)
    return b"%d %d %d %d re\n" % (at * _PITCH, foot, _WIDTH, head - foot)

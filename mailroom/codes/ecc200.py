"""Codewords -> Data Matrix symbols (ISO/IEC 16022) in the three sizes that the Royal Mail uses.

zxing-cpp makes symbols of any size, in the mix of modes it likes; here the codewords are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

_PAD = 129
_FIELD = 0b1_0010_1101  # of 256 numbers

# Where the eight bits of a codeword stand, the highest first: around its lowest (Annex F), or,
# four times at the most, in corners of the symbol; what is negative counts from the other edge
_USUAL = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
_CORNERS = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)

Place = tuple[int, int]
"""Line and column of a module."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """A size of symbols whose codewords are one block (Table 7)."""

    lines: int
    columns: int
    regions: tuple[int, int]  #: down and across
    data: int  #: codewords
    checks: int

    def rows(self, codewords: Sequence[int]) -> tuple[int, ...]:
        """The symbol from the top; the leftmost module is the lowest bit.

        ValueError where there is no room for so many codewords.
        """
        if len(codewords) > self.data:
            raise ValueError(f"{len(codewords)} codewords, and there is room for {self.data}")
        words = [*codewords, *_padding(len(codewords) + 1, self.data)]
        symbol, halves = _modules(self)
        for (high, low), word in zip(halves, [*words, *self._checks(words)], strict=True):
            symbol |= high[word >> 4] | low[word & 15]
        row = (1 << self.columns) - 1
        end = self.lines * self.columns
        return tuple([symbol >> at & row for at in range(0, end, self.columns)])

    def _checks(self, words: Sequence[int]) -> bytes:
        """The Reed-Solomon check codewords (Annex E)."""
        rest, top, multiples = 0, 8 * (self.checks - 1), _multiples(self.checks)
        lower = (1 << top) - 1
        for word in words:
            rest = (rest & lower) << 8 ^ multiples[rest >> top ^ word]
        return rest.to_bytes(self.checks)


def _padding(first: int, last: int) -> Iterator[int]:
    """Pad codewords from a position to the end, all but the first of them scrambled (5.2.3)."""
    for at in range(first, last + 1):
        scrambled = _PAD + 149 * at % 253 + 1
        yield _PAD if at == first else scrambled - 254 * (scrambled > 254)


@cache
def _multiples(checks: int) -> list[int]:
    """The generator polynomial times each number, without its highest term, 8 bits a term."""
    generator, root = [1], 1
    for _ in range(checks):
        root = _times(root, 2)
        times = [0, *[_times(term, root) for term in generator]]
        generator = [a ^ b for a, b in zip([*generator, 0], times, strict=True)]
    return [
        int.from_bytes(bytes([_times(term, number) for term in generator[1:]]))
        for number in range(256)
    ]


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a * (b & 1)
        a, b = a << 1, b >> 1
        a ^= _FIELD * (a >> 8)
    return product


@cache
def _modules(size: Size) -> tuple[int, list[tuple[list[int], list[int]]]]:
    """The modules that are dark whatever it says; those of each codeword, by its two halves."""
    down, across = size.regions
    high, wide = size.lines // down, size.columns // across  # of a region, with its frame
    lines, columns = size.lines - 2 * down, size.columns - 2 * across

    def bit(line: int, column: int) -> int:
        """Of a module, counted without the frames."""
        line += 2 * (line // (high - 2)) + 1
        column += 2 * (column // (wide - 2)) + 1
        return 1 << line * size.columns + column

    def half(bits: Sequence[int]) -> list[int]:
        return [sum(b for at, b in enumerate(bits) if value >> 3 - at & 1) for value in range(16)]

    words = [[bit(*place) for place in places] for places in _placement(lines, columns)]
    dark = sum(
        1 << line * size.columns + column
        for line in range(size.lines)
        for column in range(size.columns)
        if _is_framed(line % high, column % wide, high, wide)
    )
    if 8 * len(words) < lines * columns:  # four modules are left over in the corner
        dark |= bit(lines - 1, columns - 1) | bit(lines - 2, columns - 2)
    return dark, [(half(bits[:4]), half(bits[4:])) for bits in words]


def _is_framed(line: int, column: int, high: int, wide: int) -> bool:
    """Is it dark in the frame of a region: whole at the left and below, dotted elsewhere?"""
    if column == 0 or line == high - 1:
        return True
    return (line == 0 and column % 2 == 0) or (column == wide - 1 and line % 2 == 1)


def _placement(lines: int, columns: int) -> list[list[Place]]:
    """Where the bits of each codeword stand, in a symbol without its frames (Annex F)."""
    taken: set[Place] = set()
    placed: list[list[Place]] = []

    def place(offsets: Sequence[Place], line: int, column: int) -> None:
        places = [_wrapped(line + a, column + b, lines, columns) for a, b in offsets]
        taken.update(places)
        placed.append(places)

    def place_usual(line: int, column: int) -> None:
        if 0 <= line < lines and 0 <= column < columns and (line, column) not in taken:
            place(_USUAL, line, column)

    line, column = 4, 0
    while line < lines or column < columns:
        for corner, is_due in zip(_CORNERS, _due(line, column, lines, columns), strict=True):
            if is_due:
                place([(a % lines, b % columns) for a, b in corner], 0, 0)
        while line >= 0 and column < columns:  # up to the right
            place_usual(line, column)
            line, column = line - 2, column + 2
        line, column = line + 1, column + 3
        while line < lines and column >= 0:  # and back
            place_usual(line, column)
            line, column = line + 2, column - 2
        line, column = line + 3, column + 1
    return placed


def _due(line: int, column: int, lines: int, columns: int) -> tuple[bool, ...]:
    """Which of the corners come when the walk is here."""
    return (
        (line, column) == (lines, 0),
        (line, column) == (lines - 2, 0) and columns % 4 != 0,
        (line, column) == (lines - 2, 0) and columns % 8 == 4,
        (line, column) == (lines + 4, 2) and columns % 8 == 0,
    )


def _wrapped(line: int, column: int, lines: int, columns: int) -> Place:
    """What leaves the symbol above or at the left comes back at the other side, shifted."""
    if line < 0:
        line, column = line + lines, column + 4 - (lines + 4) % 8
    if column < 0:
        line, column = line + 4 - (columns + 4) % 8, column + columns
    return line, column

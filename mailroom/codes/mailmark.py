"""Mailmark of four states, barcodes C and L (Royal Mail, encoding and decoding instructions).

A payload is the format (0 to 4), the version (1 to 4), the class (0 to 9, A to E), the supply
chain ID (2 digits in C, 6 in L), the item ID of 8 digits, then the postcode with its delivery
point suffix, or XY11 where the piece goes abroad. C has 66 bars, L has 78.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod

from mailroom.codes import postcode
from mailroom.codes.bars import BarEncoder, Bars, remembered
from mailroom.codes.kinds import CodeError, utf8
from mailroom.codes.rm4scc import MEASURES

ABROAD = "XY11"

_CLASSES = "0123456789ABCDE"
_SIZES = [prod(len(postcode.LETTERS[place]) for place in shape) for shape in postcode.SHAPES]
# Where the postcodes of a shape begin: 0 is abroad
_BEGIN = dict(zip(postcode.SHAPES, accumulate(_SIZES, initial=1), strict=False))
_VALUES = {
    kind: {letter: value for value, letter in enumerate(letters)}
    for kind, letters in postcode.LETTERS.items()
}

# Symbols of six bits by their number (Table 5): those with an odd number of ones carry 32 values,
# those with two or four of them 30
_ODD = [symbol for symbol in range(64) if symbol.bit_count() % 2]
_EVEN = [symbol for symbol in range(64) if symbol.bit_count() in (2, 4)]


@dataclass(frozen=True, kw_only=True)
class Barcode:
    """What C and L differ in."""

    name: str
    chain: int  #: digits of the supply chain ID
    even: int  #: how many data symbols, from the first, have an even number of ones
    odd: int  #: how many after them have an odd one
    checks: int  #: how many check symbols come last, odd ones too
    groups: Sequence[int]  #: where each symbol stands among the extender groups of three bars

    def bars(self, payload: str) -> Bars:
        """CodeError says what is wrong with the payload."""
        numbers = self._numbers(self._value(payload))
        states = sum([table[each] for table, each in zip(self._spread, numbers, strict=True)])
        return Bars(3 * len(self.groups), states)

    def _value(self, payload: str) -> int:
        """The consolidated data value."""
        found = self._pattern.fullmatch(payload)
        if not found:
            raise CodeError(self._wrong(payload))
        form, version, kind, chain, item, place = found.groups()
        value = _place(place) * 10**8 + int(item)
        value = value * int("1" + "0" * self.chain) + int(chain)
        value = value * len(_CLASSES) + _CLASSES.index(kind.upper())
        return (value * 5 + int(form)) * 4 + int(version) - 1

    def _numbers(self, value: int) -> list[int]:
        """The data numbers, the check numbers after them (2.2.4)."""
        numbers = []
        for base in (32,) * self.odd + (30,) * self.even:
            value, number = divmod(value, base)
            numbers.append(number)
        numbers.reverse()
        rest, top = 0, 5 * (self.checks - 1)
        for number in numbers:
            ahead = rest >> top ^ number
            rest = (rest & (1 << top) - 1) << 5 ^ self._multiples[ahead]
        return numbers + [rest >> shift & 31 for shift in range(top, -1, -5)]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        chain = rf"([0-9]{{{self.chain}}})"
        return re.compile(rf"([0-4])([1-4])([0-9A-Ea-e]){chain}([0-9]{{8}}) *(\S.*)")

    @cached_property
    def _multiples(self) -> list[int]:
        """The generator polynomial times each number, without its highest term, 5 bits a term."""
        generator = [1]
        for power in range(1, self.checks + 1):  # the next root is alpha to the power
            root = _ALPHA[power]
            generator = [
                a ^ _times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)
            ]
        terms = generator[1:]
        return [
            sum(_times(term, number) << 5 * at for at, term in enumerate(reversed(terms)))
            for number in range(32)
        ]

    @cached_property
    def _spread(self) -> list[list[int]]:
        """Of each symbol in turn: its number -> the states of its bars."""
        return [
            [_three(group, symbol) for symbol in (_EVEN if at < self.even else _ODD)]
            for at, group in enumerate(self.groups)
        ]

    def _wrong(self, payload: str) -> str:
        utf8(payload)
        head = 11 + self.chain
        wanted = (
            f"wanted are the format (0 to 4), the version (1), the class (0 to 9 or A to E), the"
            f" supply chain ID of {self.chain} digits, the item ID of 8 digits, then the postcode"
            f" with its delivery point suffix, or {ABROAD} for a piece that goes abroad"
        )
        text = payload.upper()
        names = ["format", "version", "class", "supply chain ID", "item ID"]
        allowed = ["[0-4]", "[1-4]", "[0-9A-E]", "[0-9]", "[0-9]"]
        lengths = [1, 1, 1, self.chain, 8]
        at = 0
        for name, letters, length in zip(names, allowed, lengths, strict=True):
            part = text[at : at + length]
            if not re.fullmatch(f"(?:{letters}){{{length}}}", part):
                return f"the {name} of a {self.name} cannot be {part!r}: {wanted}"
            at += length
        return f"nothing comes after the {head} characters of a {self.name}'s numbers: {wanted}"


def _place(written: str) -> int:
    """The number of a postcode and its suffix; 0 is abroad."""
    if written.strip().upper() == ABROAD:
        return 0
    joined, shape = postcode.suffixed(written)
    value = 0
    for char, place in zip(joined, shape, strict=True):
        value = value * len(_VALUES[place]) + _VALUES[place][char]
    return _BEGIN[shape] + value


def _three(group: int, symbol: int) -> int:
    """The states of a group's three bars: one half of a symbol ascends, the other descends.

    Which half does what changes from group to group.
    """
    halves = f"{symbol >> 3:03b}", f"{symbol & 7:03b}"
    up, down = reversed(halves) if group % 2 else halves
    bars = enumerate(zip(up, down, strict=True), 3 * group)
    return sum((2 * int(a) + int(d)) << 2 * at for at, (a, d) in bars)


def _times(a: int, b: int) -> int:
    """Numbers multiplied in the field of 32 (x^5 + x^2 + 1)."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b100101 << bit - 5
    return product


_ALPHA = list(accumulate(range(8), lambda power, _: _times(power, 2), initial=1))

BARCODE_C = Barcode(
    name="Mailmark barcode C",
    chain=2,
    even=9,
    odd=7,
    checks=6,
    groups=(3, 5, 7, 11, 13, 14, 16, 17, 19, 0, 1, 2, 4, 6, 8, 9, 10, 12, 15, 18, 20, 21),
)
BARCODE_L = Barcode(
    name="Mailmark barcode L",
    chain=6,
    even=11,
    odd=8,
    checks=7,
    groups=(
        2, 5, 7, 8, 13, 14, 15, 16, 21, 22, 23, 0, 1,
        3, 4, 6, 9, 10, 11, 12, 17, 18, 19, 20, 24, 25,
    ),
)  # fmt: skip

C = BarEncoder(bars=remembered(BARCODE_C.bars), measures=MEASURES)
L = BarEncoder(bars=remembered(BARCODE_L.bars), measures=MEASURES)

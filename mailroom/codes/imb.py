"""The Intelligent Mail barcode of the US Postal Service (USPS-B-3200): 65 bars of four states.

A payload is the tracking code of 20 digits, then, if there is one, the routing code (the ZIP code
of 5, 9 or 11 digits), with spaces and hyphens where people write them.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from reportlab.graphics.barcode.usps4s import USPS_4State

from mailroom.codes.bars import BarEncoder, Bars, Measures, remembered
from mailroom.codes.kinds import CodeError, utf8

_BARS = 65
_MEASURES = Measures(  # the middle of each tolerance (3.2), in 1/2000 in
    height=290,  # 0.145 in
    tracker=(97, 193),  # 0.048 in, in the middle
    quiet=(250, 56),  # left and right 0.125 in; above and below 0.028 in
)

_ROUTED = {0: 0, 5: 1, 9: 100_001, 11: 1_000_100_001}  # where the routing codes of a length begin
_GENERATOR = 0xF35  # of the 11-bit frame check sequence, without its highest bit
_PLAIN = re.compile(r"([0-9]{20})(?: ?([0-9]{5}|[0-9]{9}|[0-9]{11}))?")


def bars(payload: str) -> Bars:
    """The bars of a tracking code, with or without a routing code; CodeError if it is neither."""
    return Bars(_BARS, encoded(*parsed(payload)))


IMB = BarEncoder(bars=remembered(bars), measures=_MEASURES)


# --- what was typed


def parsed(payload: str) -> tuple[str, str]:
    """The tracking code and the routing code, which may be empty."""
    plain = _PLAIN.fullmatch(payload)
    if not plain:
        plain = _PLAIN.fullmatch(_joined(payload))
    if not plain:
        raise CodeError(_wrong(payload))
    tracking, routing = plain.groups(default="")
    if tracking[1] > "4":
        raise CodeError(
            f"the second digit of a tracking code is 0 to 4 and here it is {tracking[1]}: the first"
            " two digits are the barcode identifier that the presort software gives, as in 00"
        )
    return tracking, routing


def _joined(payload: str) -> str:
    """Without spaces and hyphens, unless digits stand together that would be torn apart.

    The tracking code may not end, and the routing code not begin, within a group of digits, or a
    digit too few of the one and too many of the other would be taken for right.
    """
    groups = re.split(r"[ -]+", payload.strip(" "))
    torn = len(groups) > 1 and 20 not in accumulate(map(len, groups))
    return "" if torn else "".join(groups)


def _wrong(payload: str) -> str:
    utf8(payload)
    strange = sorted(set(re.findall(r"[^0-9 -]", payload)))
    if strange:
        return (
            f"an Intelligent Mail barcode is made of digits, and {' '.join(strange)} is not: a"
            " tracking code of 20 digits, then the ZIP code of 5, 9 or 11 digits or nothing"
        )
    digits = re.sub(r"[ -]", "", payload)
    groups = " and ".join(str(len(group)) for group in re.split(r" +", payload.strip(" ")))
    return (
        f"an Intelligent Mail barcode is a tracking code of 20 digits, then the ZIP code of 5, 9 or"
        f" 11 digits or nothing; here are {len(digits)} digits, in {groups}"
    )


# --- from digits to bars


class _Tables(NamedTuple):
    """What the standard has tables for, made ready."""

    bars: list[list[int]]  #: of each of the ten characters: codeword -> the bars it extends
    turned: list[int]  #: frame check sequence's lower ten bits -> bars to turn over
    checked: list[int]  #: the remainders of a byte by the generator


def encoded(tracking: str, routing: str) -> int:
    """Two bits a bar from the left, the lowest first: whether it descends, whether it ascends."""
    tables = _tables()
    value = int(routing or 0) + _ROUTED[len(routing)]
    value = ((value * 10 + int(tracking[0])) * 5 + int(tracking[1])) * 10**18 + int(tracking[2:])
    sequence = _checked(value, tables.checked)
    # ten codewords: the last has base 636, and is doubled to tell which way up; the rest 1365
    value, last = divmod(value, 636)
    upper, lower = divmod(value, 1365**4)
    bars = tables.bars
    drawn = tables.turned[sequence & 1023] ^ bars[9][2 * last]
    for at in (8, 7, 6, 5):
        lower, word = divmod(lower, 1365)
        drawn ^= bars[at][word]
    for at in (4, 3, 2, 1):
        upper, word = divmod(upper, 1365)
        drawn ^= bars[at][word]
    return drawn ^ bars[0][upper + 659 * (sequence >> 10)]


def _checked(value: int, table: list[int]) -> int:
    """The frame check sequence: 11 bits of the 102 of a value (Appendix C).

    Its register begins with ones, which is linear: what they come to is the last term.
    """
    rest = 0
    for octet in value.to_bytes(13):
        rest = rest << 8 & 0x7FF ^ table[rest >> 3 ^ octet]
    return rest ^ _remainder(0x7FF << 102)


@cache
def _remainder(value: int) -> int:
    """Of polynomials over GF(2), by the generator."""
    while value >> 11:
        value ^= (_GENERATOR | 0x800) << value.bit_length() - 12
    return value


@cache
def _tables() -> _Tables:
    """Worked out once, in some milliseconds."""
    places = [
        [0] * 13 for _ in range(10)
    ]  # character, bit -> what it extends (Appendix D, Table IV)
    for at, (down, down_bit, up, up_bit) in enumerate(USPS_4State.table4):
        places[down][down_bit] = 1 << 2 * at
        places[up][up_bit] = 2 << 2 * at

    def spread(at: int, character: int) -> int:
        return sum(place for bit, place in enumerate(places[at]) if character >> bit & 1)

    characters = _characters(5) + _characters(2)
    whole = [sum(of) for of in places]
    return _Tables(
        bars=[[spread(at, character) for character in characters] for at in range(10)],
        turned=[
            sum(bars for at, bars in enumerate(whole) if sequence >> at & 1)
            for sequence in range(1024)
        ],
        checked=[_remainder(octet << 11) for octet in range(256)],
    )


def _characters(ones: int) -> list[int]:
    """The 13-bit characters of so many ones in the order of the standard (Appendix D).

    Each that reads differently from behind is followed by what it reads; palindromes come last,
    the largest first.
    """
    pairs, palindromes = [], []
    for character in range(1 << 13):
        if character.bit_count() == ones:
            behind = int(f"{character:013b}"[::-1], 2)
            if character < behind:
                pairs += [character, behind]
            elif character == behind:
                palindromes.append(character)
    return pairs + palindromes[::-1]

"""2D Mailmark: a Data Matrix of one of three sizes with the fields of the Royal Mail in it.

The fields stand at fixed places (Mailmark barcode definition document, 2.2): spaces in them count.
What follows them is the customer's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mailroom.codes import matrix, postcode
from mailroom.codes.ecc200 import Size
from mailroom.codes.kinds import Box, CodeError, utf8
from mailroom.codes.mailmark import ABROAD

MODULE = 1.44  #: pt: 0.508 mm, of 0.5 to 0.7 (2.4); whole dots at 300 dpi
QUIET = 4  #: modules on every side (2.4)


class _Type(NamedTuple):
    """A size, by the number that the Royal Mail gives it."""

    size: Size
    own: int  #: how many characters of the customer's own it has room for


_TYPES = {
    7: _Type(Size(lines=24, columns=24, regions=(1, 1), data=36, checks=24), 6),
    9: _Type(Size(lines=32, columns=32, regions=(2, 2), data=62, checks=36), 45),
    29: _Type(Size(lines=16, columns=48, regions=(1, 2), data=49, checks=28), 25),
}


class _Field(NamedTuple):
    name: str
    length: int
    is_right: Callable[[str], object]
    wanted: str


def _is(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _is_destination(text: str) -> bool:
    joined = text.rstrip(" ")
    return joined == ABROAD or postcode.is_suffixed(joined)


def _is_return(text: str) -> bool:
    joined = text.rstrip(" ")
    return not joined or postcode.is_postcode(joined)


_FIELDS = (
    _Field("country", 4, _is("JGB "), "JGB and a space"),
    _Field("information type", 1, _is("[0-9A-Z]"), "a digit or letter"),
    _Field("version", 1, _is("1"), "1"),
    _Field("class", 1, _is("[0-9A-Z]"), "a digit or letter"),
    _Field("supply chain ID", 7, _is("[0-9]{7}"), "7 digits"),
    _Field("item ID", 8, _is("[0-9]{8}"), "8 digits"),
    _Field(
        "destination",
        9,
        _is_destination,
        f"a postcode with its delivery point suffix, without spaces in it, or {ABROAD}, filled up"
        " with spaces to 9",
    ),
    _Field("service type", 1, _is("[0-6]"), "a digit from 0 to 6"),
    _Field("return postcode", 7, _is_return, "a postcode without suffix, or 7 spaces"),
    _Field("reserved field", 6, _is(" {6}"), "6 spaces"),
)
_FIXED = sum(field.length for field in _FIELDS)


@dataclass(frozen=True)
class Mailmark2D:
    """An encoder (see `kinds.Encoder`) of the first of these types that is large enough."""

    types: Sequence[int]
    quiet = QUIET * MODULE, QUIET * MODULE  # pt

    def symbol(self, payload: str) -> tuple[tuple[int, ...], int]:
        """Its rows, without the quiet zone, and how many columns they have."""
        return _symbol(payload, self.types)

    def check(self, payload: str, level: str) -> None:
        """Whether every field is right, and there is room for what follows them."""
        self.symbol(payload)

    def size(self, payload: str, level: str) -> tuple[float, float]:
        """In pt, with the quiet zone."""
        rows, columns = self.symbol(payload)
        across, up = columns + 2 * QUIET, len(rows) + 2 * QUIET
        return round(across * MODULE, 2), round(up * MODULE, 2)

    def svg(self, payload: str, level: str) -> str:
        """See `mailroom.codes.svg`."""
        rows, columns = self.symbol(payload)
        return matrix.svg(rows, columns, QUIET, MODULE)

    def path(self, payload: str, box: Box, level: str) -> bytes:
        """See `mailroom.codes.path`; in its own size, in the middle of a box of any size."""
        width, height = self.size(payload, level)
        x, y, across, up = box
        own = x + (across - width) / 2, y + (up - height) / 2, width, height
        rows, columns = self.symbol(payload)
        return matrix.path(rows, columns, QUIET, own)


@lru_cache(maxsize=256)
def _symbol(payload: str, types: Sequence[int]) -> tuple[tuple[int, ...], int]:
    text = _text(payload)
    codewords = _codewords(text)
    for size, _ in map(_TYPES.__getitem__, types):
        if len(codewords) <= size.data:
            return size.rows(codewords), size.columns
    room = " or ".join(f"{_TYPES[number].own} in type {number}" for number in types)
    raise CodeError(
        f"{len(text) - _FIXED} characters of your own stand after the {_FIXED} of the Royal Mail's,"
        f" and there is room for {room}, if they are digits and capitals; shorten them"
    )


def _text(payload: str) -> str:
    """The payload as it is encoded: fields in capitals, filled up with spaces."""
    utf8(payload)
    if not payload.isascii():
        strange = " ".join(sorted({char for char in payload if not char.isascii()}))
        raise CodeError(f"a 2D Mailmark is made of ASCII characters, and {strange} is not")
    fixed = payload[:_FIXED].upper().ljust(_FIXED)
    at = 0
    for field in _FIELDS:
        part = fixed[at : at + field.length]
        if not field.is_right(part):
            raise CodeError(
                f"the {field.name} of a 2D Mailmark (characters {at + 1} to {at + field.length})"
                f" cannot be {part!r}: wanted is {field.wanted}"
            )
        at += field.length
    return fixed + payload[_FIXED:]


# --- from text to codewords (ISO/IEC 16022, 5.2)

_LATCH, _UNLATCH = 230, 254  # to C40, and back to ASCII


def _c40(char: int) -> tuple[int, ...]:
    """One value, or two of which the first says of which set the second is (Table C.1)."""
    usual = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if chr(char) in usual:
        return (3 + usual.index(chr(char)),)
    if char < 32:
        return 0, char
    if char >= 96:
        return 2, char - 96
    return 1, "!\"#$%&'()*+,-./:;<=>?@[\\]^_".index(chr(char))


_C40 = [_c40(char) for char in range(128)]


def _codewords(text: str) -> list[int]:
    """The fields in C40, as the Royal Mail wants them; the rest in it, too, or in ASCII."""
    values: list[int] = []
    latest = _FIXED, _FIXED  # characters in C40, and the values that they are
    for at, octet in enumerate(text.encode(), 1):
        values += _C40[octet]
        if at > _FIXED and len(values) % 3 == 0:
            latest = at, len(values)
    ways = [
        [_LATCH, *_packed(values[:end]), _UNLATCH, *_ascii(text[at:])]
        for at, end in {latest, (_FIXED, _FIXED)}
    ]
    return min(ways, key=len)


def _packed(values: Sequence[int]) -> Iterator[int]:
    """Three values in two codewords."""
    for at in range(0, len(values), 3):
        first, second, third = values[at : at + 3]
        yield from divmod(1600 * first + 40 * second + third + 1, 256)


def _ascii(text: str) -> Iterator[int]:
    """Two digits in one codeword, anything else in one each."""
    for part in _ASCII.findall(text):
        yield 130 + int(part) if len(part) == 2 else ord(part) + 1


_ASCII = re.compile("[0-9]{2}|.", re.DOTALL)


SMALLEST = Mailmark2D((7, 29, 9))
TYPE_7, TYPE_9, TYPE_29 = (Mailmark2D((number,)) for number in (7, 9, 29))

"""QR codes (ISO/IEC 18004): the smallest version of a level, the best mask, in some 20 us.

A text of digits, or of digits and the capitals of alphanumeric mode, is encoded so; any other in
byte mode. What is not ASCII is UTF-8 and says so (ECI 26): without it a reader has to take it for
ISO 8859-1 (7.3.5).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress
from operator import getitem
from typing import NamedTuple

from mailroom.codes import matrix
from mailroom.codes.kinds import Box, CodeError, utf8
from mailroom.codes.qr_layout import GUARD, LEVELS, VERSIONS, Layout, capacity, layout

QUIET = 4  #: modules on every side (6.3.8)
quiet = QUIET, QUIET

_CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_ALPHANUMERIC = re.compile(rf"[{re.escape(_CAPITALS)}]+")
_PADS = b"\xec\x11" * 1500  # 7.4.10
_UTF8 = (0b0111 << 8 | 26, 12)  # the ECI that says so: bits, and how many

# Codewords that may differ from the symbol before: above that, to work it out anew is cheaper
_FEW = 80
_LARGEST_REMEMBERED = 10  # version: larger ones are rare, and their images large
_IMAGES = 4_000_000  # bytes of images that are remembered of one layout
_STRINGS = 40_000  # strings that are: of about 100 bytes
_FINDERS = 720  # what rule N3 counts in the three finders of any symbol: 3 x 6 times 40


class _Mode(NamedTuple):
    """A way to write characters as bits (7.4), by its three widths of the count (Table 3)."""

    indicator: int
    widths: tuple[int, int, int]  # versions 1-9, 10-26, 27-40


_NUMERIC = _Mode(1, (10, 12, 14))
_CAPITAL = _Mode(2, (9, 11, 13))
_BYTE = _Mode(4, (8, 16, 16))


class Symbol(NamedTuple):
    """A QR symbol as it is drawn."""

    layout: Layout
    mask: int
    modules: int  #: bits as `qr_layout` says

    def rows(self) -> list[int]:
        """From the top, without the quiet zone; the leftmost module is the lowest bit."""
        width, stride = self.layout.width, self.layout.stride
        line = (1 << width) - 1
        return [self.modules >> GUARD + at * stride & line for at in range(width)]


def check(payload: str, level: str) -> None:
    """Whether a QR code can hold it."""
    _encoded(payload, level)


def size(payload: str, level: str) -> tuple[float, float]:
    """In modules, with the quiet zone."""
    side = 17 + 4 * _encoded(payload, level)[0] + 2 * QUIET
    return side, side


def svg(payload: str, level: str) -> str:
    """See `mailroom.codes.svg`."""
    made = symbol(payload, level)
    return matrix.svg(made.rows(), made.layout.width, QUIET)


def path(payload: str, box: Box, level: str) -> bytes:
    """See `mailroom.codes.path`; a run of dark modules may be two rectangles, side by side."""
    version, words = _encoded(payload, level)
    plate = _plate(version, level)
    side = plate.layout.width + 2 * QUIET
    return b"%b%bf\nQ\n" % (matrix.opened(box, side, side), plate.drawn(plate.symbol(words)[1]))


def symbol(payload: str, level: str) -> Symbol:
    """The symbol of a text."""
    version, words = _encoded(payload, level)
    plate = _plate(version, level)
    return Symbol(plate.layout, *plate.symbol(words))


# --- from a text to data codewords


def _encoded(payload: str, level: str) -> tuple[int, int]:
    """The version, and the data codewords as an int."""
    prefix, before = 0, 0
    if not payload.isascii():
        octets = utf8(payload)
        mode, count, value, length = _BYTE, len(octets), int.from_bytes(octets), 8 * len(octets)
        prefix, before = _UTF8
    elif payload.isdigit():
        mode, count, (value, length) = _NUMERIC, len(payload), _digits(payload)
    elif _ALPHANUMERIC.fullmatch(payload):
        mode, count, (value, length) = _CAPITAL, len(payload), _capitals(payload)
    else:
        octets = utf8(payload)
        mode, count, value, length = _BYTE, len(octets), int.from_bytes(octets), 8 * len(octets)
    version, width, room = _fitted(mode, before + length, level)
    used = before + 4 + width + length
    value |= ((prefix << 4 | mode.indicator) << width | count) << length
    whole = min((used + 4 + 7) // 8, room)  # codewords with the terminator (7.4.9)
    pads = room - whole
    return version, value << 8 * whole - used + 8 * pads | int.from_bytes(_PADS[:pads])


def _digits(payload: str) -> tuple[int, int]:
    """Numeric mode: three digits in ten bits (7.4.3)."""
    value = length = 0
    for at in range(0, len(payload), 3):
        group = payload[at : at + 3]
        bits = 3 * len(group) + 1
        value = value << bits | int(group)
        length += bits
    return value, length


def _capitals(payload: str) -> tuple[int, int]:
    """Alphanumeric mode: two characters in eleven bits (7.4.4)."""
    value = length = 0
    for at in range(0, len(payload), 2):
        group = [_CAPITALS.index(character) for character in payload[at : at + 2]]
        bits = 5 * len(group) + 1
        value = value << bits | (group[0] * 45 + group[1] if len(group) == 2 else group[0])
        length += bits
    return value, length


@lru_cache(maxsize=4096)
def _fitted(mode: _Mode, bits: int, level: str) -> tuple[int, int, int]:
    """The smallest version for so many bits, its width of the count, and its codewords."""
    if level not in LEVELS:
        raise CodeError(f"{level!r} is no level of a QR code: it is one of {', '.join(LEVELS)}")
    for version in VERSIONS:
        width = mode.widths[(version > 9) + (version > 26)]
        room = capacity(version, level)
        if 4 + width + bits <= 8 * room:
            return version, width, room
    most = capacity(VERSIONS[-1], level) - 3
    raise CodeError(
        f"the text is too long for a QR code: at level {level} it holds {most:,} bytes, and fewer"
        " can be read from paper; shorten it, say to a link"
    )


# --- from data codewords to modules


@lru_cache(maxsize=16)
def _plate(version: int, level: str) -> _Plate:
    return _Plate(version, level)


class _Plate:
    """Makes and draws symbols of one layout.

    A symbol is linear in its codewords: it is the one before, with the modules turned over that
    hang on the codewords that have changed. What is remembered for it makes it faster, and never
    another symbol.
    """

    def __init__(self, version: int, level: str) -> None:
        self.layout = of = layout(version, level)
        self._few = _FEW if version <= _LARGEST_REMEMBERED else 0
        self._last = (0, 0)  # data codewords, and their modules
        self._columns = [_Column(of, at) for at in range(of.capacity)]
        self._octets = (GUARD + of.width * of.stride) // 8 + 1  # the rows, without the columns
        self._strings: list[dict[int, bytes]] = [{0: b""} for _ in range(self._octets)]
        self._room = 0  # for strings to be remembered

    def symbol(self, words: int) -> tuple[int, int]:
        """The mask and the modules of data codewords."""
        last, image = self._last
        columns = self._columns
        changes = (words ^ last).to_bytes(len(columns))
        if len(columns) - changes.count(0) > self._few:
            image = self.layout.spread(words.to_bytes(len(columns)))
        else:
            for column, change in compress(zip(columns, changes, strict=True), changes):
                image ^= column[change]
        self._last = words, image
        return _masked(self.layout, image)

    def drawn(self, modules: int) -> bytes:
        """The operators that add the rectangles of a symbol to a path, by eight modules."""
        octets = (modules & self.layout.half).to_bytes(self._octets, "little")
        try:
            return b"".join(map(getitem, self._strings, octets))
        except KeyError:
            self._draw(octets)
            return self.drawn(modules)  # another thread may have forgotten them again

    def _draw(self, octets: bytes) -> None:
        """Remember the strings of these octets."""
        if self._room < len(octets):
            self._room = max(_STRINGS, len(octets))
            self._strings = [{0: b""} for _ in octets]
        for at, (strings, octet) in enumerate(zip(self._strings, octets, strict=True)):
            if octet not in strings:
                strings[octet] = self._string(8 * at - GUARD, octet)
                self._room -= 1

    def _string(self, first: int, octet: int) -> bytes:
        drawn = b""
        for at, dark in matrix.runs(octet):
            line, column = divmod(first + at, self.layout.stride)
            drawn += matrix.RECTANGLE % (column + QUIET, line + QUIET, dark)
        return drawn


class _Column(dict[int, int]):
    """The modules that turn over with one data codeword, by the bits that change in it."""

    def __init__(self, of: Layout, at: int) -> None:
        super().__init__()
        self._layout = of
        self._at = at
        self._most = max(8, _IMAGES // (of.capacity * of.total // 8))

    def __missing__(self, change: int) -> int:
        if len(self) >= self._most:
            self.clear()
        low = change & -change
        if change == low:
            word = bytearray(self._layout.capacity)
            word[self._at] = change
            image = self._layout.spread(word)
        else:
            image = self[low] ^ self[change ^ low]
        self[change] = image
        return image


def _masked(of: Layout, image: int) -> tuple[int, int]:
    """The mask that the standard wants, and the masked symbol (7.8.3).

    The penalty is that of the complete symbol, format information included, with the quiet zone
    as a light area. Rules N1 and N2 are worked out for every mask; the costlier N3 and N4 in the
    order of those, until no other mask can be better.
    """
    # What differs from the next module, or from the one below, is linear in the image as well:
    # a mask turns it over as it does the modules.
    stride, pairs, half = of.stride, of.pairs, of.half
    right = (image ^ image >> 1) & pairs
    second, below, under = right >> 1, (image ^ image >> stride) & half, right >> stride & half
    ranked = []
    for mask, (turn, turn_second, turn_below, turn_under) in enumerate(of.turns):
        # 0 where two modules, five, and 2 x 2 of the rows are of one colour
        two = right ^ turn
        five = two | second ^ turn_second
        five |= five >> 2
        square = two & half | below ^ turn_below | under ^ turn_under
        # A run of n costs n-2: so many as its modules that have a like one on both sides
        inside = five & five >> 1
        inside &= inside >> 1
        ranked.append((-inside.bit_count() - 3 * square.bit_count(), mask, two))
    ranked.sort()
    common = of.total - 2 + 3 * half.bit_count() + _FINDERS
    area = of.width * of.width
    least, best, symbol = 1_000_000, 0, 0
    for score, mask, two in ranked:
        penalty = score + common
        if penalty > least:
            break
        modules = image ^ of.bases[mask]
        penalty += 40 * _finders(modules, two & pairs) - _FINDERS
        penalty += 10 * (10 * abs(modules.bit_count() - area) // area)  # there are two of each
        if penalty < least or (penalty == least and mask < best):
            least, best, symbol = penalty, mask, modules
    return best, symbol


def _finders(modules: int, edges: int) -> int:
    """Rule N3: how often 1:1:3:1:1 dark and light stand before or after four light modules."""
    next_ = edges >> 1
    single = edges & next_  # the next module stands alone
    core = modules & single & single >> 4
    core ^= core & (edges | next_) >> 2  # and three alike between
    four = modules | modules >> 1
    four |= four >> 2  # 0 where four are light
    return (core ^ core & four << 4 & four >> 7).bit_count()

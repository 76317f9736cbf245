"""What ISO/IEC 18004 fixes of a QR symbol before there is a text: where each module's bit is from.

Everything after the data codewords is linear over GF(2): the Reed-Solomon codewords are, and the
rest is moving bits about. So the symbol is an int of modules, `spread(words) ^ bases[mask]`.

That int holds the symbol twice: its rows one after the other, then its columns, so that the rules
for choosing a mask, which ask the same of both, are asked once. Bit by bit, from the lowest:
`GUARD` light modules; the rows, each followed by `GUARD` light modules; an empty row;
the columns in the same way; an empty row. The guards are the quiet zone as far as the rules look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, product
from operator import itemgetter

GUARD = 4  #: rule N3 looks at four light modules beside a pattern
LIGHT, DARK, OPEN = b"01."
VERSIONS = range(1, 41)

# Table 9: blocks x check codewords of a block, by version
_BLOCKS = {
    "L": "1x7 1x10 1x15 1x20 1x26 2x18 2x20 2x24 2x30 4x18 4x20 4x24 4x26 4x30 6x22 6x24 6x28"
    " 6x30 7x28 8x28 8x28 9x28 9x30 10x30 12x26 12x28 12x30 13x30 14x30 15x30 16x30 17x30 18x30"
    " 19x30 19x30 20x30 21x30 22x30 24x30 25x30",
    "M": "1x10 1x16 1x26 2x18 2x24 4x16 4x18 4x22 5x22 5x26 5x30 8x22 9x22 9x24 10x24 10x28 11x28"
    " 13x26 14x26 16x26 17x26 17x28 18x28 20x28 21x28 23x28 25x28 26x28 28x28 29x28 31x28 33x28"
    " 35x28 37x28 38x28 40x28 43x28 45x28 47x28 49x28",
    "Q": "1x13 1x22 2x18 2x26 4x18 4x24 6x18 6x22 8x20 8x24 8x28 10x26 12x24 16x20 12x30 17x24"
    " 16x28 18x28 21x26 20x30 23x28 23x30 25x30 27x30 29x30 34x28 34x30 35x30 38x30 40x30 43x30"
    " 45x30 48x30 51x30 53x30 56x30 59x30 62x30 65x30 68x30",
    "H": "1x17 1x28 2x22 4x16 4x22 4x28 5x26 6x26 8x24 8x28 11x24 11x28 16x22 16x24 18x24 16x30"
    " 19x28 21x28 25x26 25x28 25x30 34x24 30x30 32x30 35x30 37x30 40x30 42x30 45x30 48x30 51x30"
    " 54x30 57x30 60x30 63x30 66x30 70x30 74x30 77x30 81x30",
}
LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}  #: as format information has them (Table 12)

# Table 10: the modules that a mask turns over, by row and column
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Version and level of a symbol, worked out."""

    width: int  #: modules from side to side, without the quiet zone
    capacity: int  #: data codewords
    stride: int  #: bits from a line to the next
    total: int  #: bits of the int; as many light ones follow as one likes
    pairs: int  #: bits whose next one is the next module of the same line
    half: int  #: bits of the rows
    bases: tuple[int, ...]  #: a symbol of data codewords 0, by mask
    turns: tuple[tuple[int, int, int, int], ...]  #: what differs in them: see `qr._masked`
    spread: Callable[[bytes | bytearray], int]  #: data codewords -> the modules that hang on them


@lru_cache(maxsize=64)
def layout(version: int, level: str) -> Layout:
    """The layout of a version (1 to 40) and level (L, M, Q or H)."""
    width = 17 + 4 * version
    grid = _patterns(version)
    order = list(_order(grid))
    blocks, check = _blocks(version, level)
    opened = _packed([bytes(DARK if at == OPEN else LIGHT for at in line) for line in grid])
    bases = []
    for mask, turned in enumerate(_masks(width)):
        _write_format(grid, LEVELS[level] << 3 | mask)
        drawn = [bytes(line.replace(b".", b"0")) for line in grid]
        bases.append(_packed(drawn) ^ (_packed(turned) & opened))
    stride = width + GUARD
    total = GUARD + 2 * (width + 1) * stride
    pairs = _joined(*[[b"1" * (width - 1) + b"0"] * width] * 2)
    everything = (1 << total) - 1
    half = (1 << GUARD + (width + 1) * stride) - 1
    turns = []
    for base in bases:
        differs = base ^ base >> 1 | everything ^ pairs
        below, under = base ^ base >> stride, differs >> stride
        turns.append((differs, differs >> 1, below & half, under & half))
    return Layout(
        width=width,
        capacity=sum(blocks),
        stride=stride,
        total=total,
        pairs=pairs,
        half=half,
        bases=tuple(bases),
        turns=tuple(turns),
        spread=_spread(blocks, check, order, width),
    )


def capacity(version: int, level: str) -> int:
    """The data codewords that a symbol holds (Table 7)."""
    return sum(_blocks(version, level)[0])


@cache
def _blocks(version: int, level: str) -> tuple[tuple[int, ...], int]:
    """The data codewords of each block, and the check codewords of any (Table 9)."""
    count, check = map(int, _BLOCKS[level].split()[version - 1].split("x"))
    modules = (16 * version + 128) * version + 64
    if version > 1:
        across = version // 7 + 2
        modules -= (25 * across - 10) * across - 55
    if version > 6:
        modules -= 36
    words = modules // 8
    shorter = count - words % count
    data = words // count - check
    return (data,) * shorter + (data + 1,) * (count - shorter), check


def _patterns(version: int) -> list[bytearray]:
    """The function patterns (6.3); what is left open is for codewords."""
    width = 17 + 4 * version
    grid = [bytearray(b"." * width) for _ in range(width)]
    for top, left in ((0, 0), (0, width - 7), (width - 7, 0)):  # finders with their separators
        for i, j in product(range(-1, 8), repeat=2):
            if 0 <= top + i < width and 0 <= left + j < width:
                ring = max(abs(i - 3), abs(j - 3))
                grid[top + i][left + j] = LIGHT if ring in {2, 4} else DARK
    for at in range(8, width - 8):  # timing
        grid[6][at] = grid[at][6] = LIGHT if at % 2 else DARK
    centres = _alignments(version)
    for row, column in product(centres, repeat=2):
        if (row, column) not in {(6, 6), (6, width - 7), (width - 7, 6)}:
            for i, j in product(range(-2, 3), repeat=2):
                grid[row + i][column + j] = LIGHT if max(abs(i), abs(j)) == 1 else DARK
    _write_format(grid, 0)
    if version > 6:  # version information (7.10)
        bits = version << 12 | _remainder(version << 12, 0x1F25)
        for at in range(18):
            bit = DARK if bits >> at & 1 else LIGHT
            grid[at // 3][width - 11 + at % 3] = grid[width - 11 + at % 3][at // 3] = bit
    return grid


def _alignments(version: int) -> list[int]:
    """The rows, and columns, of the centres of alignment patterns (Annex E).

    Evenly from the lower right, by an even step; what does not come out even is between 6 and the
    first of the others.
    """
    if version == 1:
        return []
    last = 10 + 4 * version
    gaps = version // 7 + 1
    step = 26 if version == 32 else -(-(last - 6) // (2 * gaps)) * 2
    return [6, *(last - step * at for at in reversed(range(gaps)))]


def _write_format(grid: list[bytearray], what: int) -> None:
    """Write format information (level and mask) at its two places, and the dark module (7.9)."""
    bits = (what << 10 | _remainder(what << 10, 0x537)) ^ 0x5412
    places = [(at, 8) for at in (0, 1, 2, 3, 4, 5, 7, 8)]
    places += [(8, at) for at in (7, 5, 4, 3, 2, 1, 0)]
    for at, (row, column) in enumerate(places):
        bit = DARK if bits >> at & 1 else LIGHT
        grid[row][column] = bit
        if at < 8:
            grid[8][-1 - at] = bit
        else:
            grid[at - 15][8] = bit
    grid[-8][8] = DARK


def _remainder(value: int, divisor: int) -> int:
    """Of polynomials over GF(2)."""
    while (more := value.bit_length() - divisor.bit_length()) >= 0:
        value ^= divisor << more
    return value


def _order(grid: list[bytearray]) -> Iterable[tuple[int, int]]:
    """The open modules in the order of the message's bits (7.7.3)."""
    width = len(grid)
    upwards = True
    for right in (*range(width - 1, 6, -2), 5, 3, 1):  # column 6 is timing
        for row in reversed(range(width)) if upwards else range(width):
            for column in (right, right - 1):
                if grid[row][column] == OPEN:
                    yield row, column
        upwards = not upwards


def _masks(width: int) -> Iterable[list[bytes]]:
    """The modules that each mask turns over, as lines; no mask's period is over 12."""
    for turns in _MASKS:
        lines = [bytes(DARK if turns(i, j) else LIGHT for j in range(width)) for i in range(12)]
        yield [lines[row % 12] for row in range(width)]


def _packed(rows: Sequence[bytes]) -> int:
    """A symbol of digits as an int; see the head of this module."""
    return _joined(rows, [bytes(column) for column in zip(*rows, strict=True)])


def _joined(rows: Sequence[bytes], columns: Sequence[bytes]) -> int:
    empty = b"0" * len(rows)
    text = b"".join(line + b"0" * GUARD for line in (*rows, empty, *columns, empty))
    return int(text[::-1], 2) << GUARD


def _spread(
    blocks: tuple[int, ...], check: int, order: list[tuple[int, int]], width: int
) -> Callable[[bytes | bytearray], int]:
    """The linear part of drawing a symbol: see `Layout.spread`."""
    ends = list(accumulate(blocks))
    spans = [(end - size, end) for end, size in zip(ends, blocks, strict=True)]
    words = ends[-1]
    # the codewords in the order of the message, a word of each block in turn (7.6)
    turns = [start + at for at in range(max(blocks)) for start, end in spans if start + at < end]
    turns += [words + block * check + at for at in range(check) for block in range(len(blocks))]
    bits = 8 * len(turns)
    stride = width + GUARD
    total = GUARD + 2 * (width + 1) * stride
    source = [bits] * total  # of each module, the highest first: a digit; the last is always 0
    for at, (row, column) in enumerate(order[:bits]):
        digit = turns[at // 8] * 8 + at % 8
        source[total - 1 - GUARD - row * stride - column] = digit
        source[total - 1 - GUARD - (width + 1 + column) * stride - row] = digit
    pick = itemgetter(*source)
    table = _divided(check)

    def spread(data: bytes | bytearray) -> int:
        checks = [_checked(data[start:end], check, table) for start, end in spans]
        value = int.from_bytes(data + b"".join(checks))
        return int("".join(pick(f"{value:0{bits}b}0")), 2)

    return spread


def _checked(block: bytes | bytearray, check: int, table: Sequence[int]) -> bytes:
    """The check codewords of a block: its remainder by the generator polynomial (7.5.2)."""
    rest = 0
    top = 8 * (check - 1)
    below = (1 << top) - 1
    for word in block.lstrip(b"\0"):
        rest = (rest & below) << 8 ^ table[rest >> top ^ word]
    return rest.to_bytes(check)


@cache
def _divided(check: int) -> tuple[int, ...]:
    """What is left of x^check times each codeword, by the generator of so many check words."""
    powers = [1]
    for _ in range(254):
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0x11D if doubled > 255 else doubled)
    logarithms = {power: at for at, power in enumerate(powers)}

    def times(a: int, b: int) -> int:
        return powers[(logarithms[a] + logarithms[b]) % 255] if a and b else 0

    generator = [1]  # (x - 1)(x - 2)(x - 4)...: the highest coefficient first (Annex A)
    for at in range(check):
        moved = [times(factor, powers[at]) for factor in generator]
        generator = [a ^ b for a, b in zip([*generator, 0], [0, *moved], strict=True)]
    return tuple(
        int.from_bytes(bytes(times(lead, factor) for factor in generator[1:]))
        for lead in range(256)
    )

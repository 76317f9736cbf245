"""Codes of the Royal Mail's four-state alphabet: RM4SCC (also CBC) and the Dutch KIX.

A character is four bars: two of them ascend, which says its row in a square of 36 characters, and
two descend, which says its column. RM4SCC (Mailsort user guide, barcode specification) puts a
start bar, a check character and a stop bar around; KIX (TNT Post, "De KIX", technical
specification) does not.
"""

from __future__ import annotations

import re
from string import ascii_uppercase, digits

from mailroom.codes import postcode
from mailroom.codes.bars import BarEncoder, Bars, Measures, remembered
from mailroom.codes.kinds import CodeError, utf8

MEASURES = Measures(  # Mailmark barcode definition document, 3.5.1 and 3.5.2; in 1/2000 in
    height=400,  # 5.08 mm, of 4.22 to 5.84
    tracker=(150, 250),  # 1.27 mm, of 1.02 to 1.52; 1.9 mm above it and below
    quiet=(160, 160),  # 2.03 mm, of at least 2 on all sides
)

_CHARACTERS = digits + ascii_uppercase
_LONG = ("0011", "0101", "0110", "1001", "1010", "1100")  # which two of four bars, by row or column
_START, _STOP = 2, 3  # ascends; is whole

_ADDRESS = re.compile(
    r"([1-9][0-9]{3}) ?((?!SA|SD|SS)[A-Z]{2}) ?([1-9][0-9]{0,4})(?: ?(X) ?([0-9A-Z]{1,6}))?"
)


def _states(row: int, column: int) -> int:
    """Four bars, as `bars.Bars` counts them."""
    places = enumerate(zip(_LONG[row], _LONG[column], strict=True))
    return sum((2 * int(up) + int(down)) << 2 * at for at, (up, down) in places)


_STATES = [_states(row, column) for row in range(6) for column in range(6)]
_OCTETS = {ord(char): states for char, states in zip(_CHARACTERS, _STATES, strict=True)}


def characters(text: str) -> Bars:
    """The bars of digits and capitals, four for each."""
    return Bars(4 * len(text), int.from_bytes(text.translate(_OCTETS).encode("latin-1"), "little"))


def framed(text: str) -> Bars:
    """The same between start and stop bar, with the check character: sums of rows and columns."""
    rows, columns = zip(*[divmod(_CHARACTERS.index(char), 6) for char in text], strict=True)
    # rows and columns count from 1; what would be 6 is 0
    row, column = ((sum(places) + len(text) - 1) % 6 for places in (rows, columns))
    count, states = characters(text + _CHARACTERS[6 * row + column])
    return Bars(count + 2, _START | states << 2 | _STOP << 2 + 2 * count)


def rm4scc(payload: str) -> Bars:
    """A British postcode with its delivery point suffix; CodeError if it is none."""
    return framed(postcode.suffixed(payload)[0])


def kix(payload: str) -> Bars:
    """A Dutch postcode, the house number, and an addition after an X; CodeError if it is none."""
    found = _ADDRESS.fullmatch(payload.upper())
    if not found or not payload.isascii():
        raise CodeError(_no_kix(payload))
    return characters("".join(found.groups(default="")))


def _no_kix(payload: str) -> str:
    utf8(payload)
    wanted = (
        "wanted is a Dutch postcode, the house number of at most 5 digits and, after an X, an"
        " addition of at most 6 letters and digits, as in 1231FZ13 or 1231FZ13XHS"
    )
    strange = sorted(set(re.findall(r"[^0-9A-Za-z ]", payload)))
    if strange:
        return f"{payload!r} has {''.join(strange)!r}, and letters and digits are wanted: {wanted}"
    return f"{payload!r} is no KIX: {wanted}"


RM4SCC = BarEncoder(bars=remembered(rm4scc), measures=MEASURES)
KIX = BarEncoder(bars=remembered(kix), measures=MEASURES)

"""Which piece lies in which slot of which sheet, so that it comes out in order once it is cut."""

from __future__ import annotations

from collections.abc import Iterator

ORDERS = ("cut-and-stack", "reading")

Order = tuple[int | None, ...]
"""Of one sheet: which piece, counted from 0, lies in which slot; None: none."""


def ordered(pieces: int, up: int, order: str, lift: int = 0) -> Iterator[Order]:
    """The sheets of that many pieces, `up` of them on each."""
    return cut_and_stack(pieces, up, lift) if order == ORDERS[0] else in_reading_order(pieces, up)


def in_reading_order(pieces: int, up: int) -> Iterator[Order]:
    """Sheet by sheet, slot by slot."""
    for first in range(0, pieces, up):
        yield tuple(n if n < pieces else None for n in range(first, first + up))


def cut_and_stack(pieces: int, up: int, lift: int = 0) -> Iterator[Order]:
    """So that the cut stack of the first slot on that of the second and so on are in order.

    `lift` is how many sheets are cut at once; each lift is in order by itself, and the lifts
    follow each other. 0: all sheets are one lift. What the last sheets lack is missing at the
    very end: nothing blank comes to lie between two pieces.
    """
    for first, here, sheets in _lifts(pieces, up, lift):
        for sheet in range(sheets):
            places = range(sheet, sheet + up * sheets, sheets)
            yield tuple(first + n if n < here else None for n in places)


def lifts_of(pieces: int, up: int, lift: int = 0) -> tuple[int, ...]:
    """How many sheets each lift has."""
    return tuple(sheets for _, _, sheets in _lifts(pieces, up, lift))


def _lifts(pieces: int, up: int, lift: int) -> Iterator[tuple[int, int, int]]:
    """Of each lift: its first piece, its pieces, its sheets."""
    for first in range(0, pieces, lift * up or max(pieces, 1)):
        here = min(lift * up or pieces, pieces - first)
        yield first, here, -(-here // up)

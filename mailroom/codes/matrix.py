"""Matrices of square modules, drawn: as SVG, and as PDF operators.

A row is an int, its leftmost module the lowest bit; dark is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from mailroom.codes.kinds import Box

RECTANGLE = b"%d %d %d 1 re\n"
"""Adds a run of dark modules to a path: its column, its line, how many."""


def runs(row: int) -> Iterator[tuple[int, int]]:
    """Where dark modules stand side by side: the first column, and how many."""
    column = 0
    while row:
        light = (row & -row).bit_length() - 1
        row >>= light
        dark = (row ^ (row + 1)).bit_length() - 1
        row >>= dark
        column += light
        yield column, dark
        column += dark


def svg(rows: Sequence[int], columns: int, quiet: int, module: float = 0) -> str:
    """One path of rectangles a module high, in a viewBox of modules with the quiet zone around.

    Where it has a size of its own, `module` is that of one in pt, and the viewBox in pt too.
    """
    drawn = "".join(
        f"M{column + quiet} {line + quiet}h{dark}v1h-{dark}z"
        for line, row in enumerate(rows)
        for column, dark in runs(row)
    )
    across, up = (number(count * (module or 1)) for count in _whole(rows, columns, quiet))
    own = f' width="{across}pt" height="{up}pt"' if module else ""
    scale = f' transform="scale({number(module)})"' if module else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{own}'
        f' viewBox="0 0 {across} {up}"><path{scale} d="{drawn}"/></svg>'
    )


def path(rows: Sequence[int], columns: int, quiet: int, box: Box) -> bytes:
    """The symbol as PDF operators (see `mailroom.codes.path`).

    A run of dark modules may be several rectangles, side by side.
    """
    drawn = [opened(box, *_whole(rows, columns, quiet))]
    for line, row in enumerate(rows, quiet):
        column = quiet
        while row:
            drawn.append(_piece(line, column, row & 255))
            row >>= 8
            column += 8
    drawn.append(b"f\nQ\n")
    return b"".join(drawn)


@lru_cache(maxsize=40_000)
def _piece(line: int, first: int, row: int) -> bytes:
    """Eight modules of a line, from the `first` column."""
    return b"".join([RECTANGLE % (first + column, line, dark) for column, dark in runs(row)])


def _whole(rows: Sequence[int], columns: int, quiet: int) -> tuple[int, int]:
    return columns + 2 * quiet, len(rows) + 2 * quiet


@lru_cache(maxsize=256)
def opened(box: Box, width: int, height: int) -> bytes:
    """`q` and the `cm` after which modules count from the symbol's top left corner, y downwards.

    The symbol is as large as the box lets it be, and in the middle (CSS `object-fit: contain`).
    """
    x, y, across, up = box
    module = min(across / width, up / height)
    left = x + (across - module * width) / 2
    top = y + (up + module * height) / 2
    return f"q {number(module)} 0 0 {number(-module)} {number(left)} {number(top)} cm\n".encode()


def number(value: float) -> str:
    """A number as PDF and SVG take it, to a millionth (ISO 32000-1, 7.3.3: no exponents)."""
    return f"{value:.6f}".rstrip("0").rstrip(".")

"""What the tests of postal bars share: states in letters, a second encoder, a reader of rasters."""

from __future__ import annotations

import pytest
import zint
from PIL import Image

from mailroom.codes.bars import Bars

PITCH, WIDTH = 0.045, 0.020  # in


def letters(bars: Bars) -> str:
    """Trackers, descenders, ascenders and full bars, as the posts write them."""
    return "".join("TDAF"[bars.states >> 2 * at & 3] for at in range(bars.bars))


def zint_bars(symbology: zint.Symbology, payload: str) -> str:
    """What zint makes of it, in the same letters; ValueError where it refuses."""
    symbol = zint_symbol(symbology, payload)
    return "".join(
        "TDAF"[2 * dark(symbol, 0, column) + dark(symbol, 2, column)]
        for column in range(0, symbol.width, 2)
    )


def zint_symbol(symbology: zint.Symbology, payload: str, version: int = 0) -> zint.Symbol:
    symbol = zint.Symbol()
    symbol.symbology = symbology
    symbol.option_2 = version
    try:
        symbol.encode(payload)
    except Exception as refusal:
        raise ValueError(str(refusal)) from refusal
    return symbol


def dark(symbol: zint.Symbol, line: int, column: int) -> int:
    return symbol.encoded_data[line, column >> 3] >> (column & 7) & 1


def read_bars(page: Image.Image, dpi: int, height: float, tracker: float) -> str:
    """The bars of a picture in which nothing else is dark; all must be where they should.

    `height` of a full bar and of what all bars have, in inches.
    """
    black = page.convert("L").point(lambda level: 255 * (level < 128))
    left, top, right, bottom = black.getbbox() or pytest.fail("nothing is dark")
    assert abs(bottom - top - height * dpi) <= 1
    count = round(((right - left) / dpi - WIDTH) / PITCH) + 1
    assert abs(right - left - ((count - 1) * PITCH + WIDTH) * dpi) <= 1
    read = ""
    for at in range(count):
        x = left + round((at * PITCH) * dpi)
        bar = black.crop((x + 1, top, x + round(WIDTH * dpi) - 1, bottom))
        gap = black.crop((x + round(WIDTH * dpi) + 1, top, x + round(PITCH * dpi) - 1, bottom))
        assert at == count - 1 or gap.getbbox() is None
        first, last = bar.getbbox()[1::2]
        reach = (height - tracker) / 2 * dpi
        up, down = first < reach / 2, last > bottom - top - reach / 2
        assert abs(first - (0 if up else reach)) <= 1
        assert abs(bottom - top - last - (0 if down else reach)) <= 1
        read += "TDAF"[2 * up + down]
    return read

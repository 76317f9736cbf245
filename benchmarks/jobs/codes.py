"""The codes of the card as finished geometry, so that no contestant is timed for making them.

mailroom alone makes its own, in the clock: what it is given is the text and the numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import segno
from reportlab.graphics.barcode.usps4s import USPS_4State

from benchmarks.jobs import customers
from benchmarks.jobs.customers import Customer

Rectangle = tuple[float, float, float, float]  # x, y, width, height from the top left corner

PITCH, BAR = 3.27, 1.44  #: of the IMb in points: from bar to bar, and a bar's width
HEIGHT, REACH = 10.44, 3.42  #: of a full bar, and what ascender and descender add to a tracker


def qr(text: str) -> list[Rectangle]:
    """The dark runs of each row of a version 3-M symbol, in modules: 29 x 29."""
    # Any mask is a valid one, and all are drawn at the same cost: asking for one is quick.
    symbol = segno.make(text, version=3, error="m", boost_error=False, mode="byte", mask=3)
    runs: list[Rectangle] = []
    for y, row in enumerate(symbol.matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append((x, y, end - x, 1))
            x = end + 1
    return runs


def states(tracking: str, routing: str) -> str:
    """The 65 bars of the Intelligent Mail barcode, by letter: F, A, D, T (USPS-B-3200)."""
    return str(USPS_4State(tracking, routing).barcodes)


def imb(tracking: str, routing: str) -> list[Rectangle]:
    """The bars in points: 210.72 x 10.44."""
    bars: list[Rectangle] = []
    for n, state in enumerate(states(tracking, routing)):
        top = 0 if state in "FA" else REACH
        bottom = HEIGHT if state in "FD" else HEIGHT - REACH
        bars.append((round(n * PITCH, 2), top, BAR, round(bottom - top, 2)))
    return bars


def path(rectangles: list[Rectangle]) -> str:
    """The same as SVG path data."""
    return "".join(f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}z" for x, y, w, h in rectangles)


def write(people: Path) -> None:
    """The customers with their codes, as NDJSON beside the file of them.

    Twice, so that nobody reads what they do not draw: `.rectangles`, and `.paths` for SVG.
    """
    with (
        people.with_suffix(".rectangles").open("w", encoding="utf-8") as rectangles,
        people.with_suffix(".paths").open("w", encoding="utf-8") as paths,
    ):
        for customer in customers.read(people):
            square = qr(customer["url"])
            bars = imb(customer["imb_tracking"], customer["imb_routing"])
            _add(rectangles, customer, qr=square, imb=bars)
            _add(paths, customer, qr=path(square), imb=path(bars))


def _add(out: TextIO, customer: Customer, **codes: object) -> None:
    out.write(json.dumps({**customer, **codes}, ensure_ascii=False) + "\n")

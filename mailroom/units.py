"""Lengths, sizes and boxes of paper, in PostScript points (1/72 in) throughout.

Boxes have their origin at the top left corner of the TrimBox and y grows downwards,
as one reads a page; only the code that writes PDF turns it round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Length = NewType("Length", float)
"""Points: 1/72 in (PDF 32000-1, 8.3.2.3)."""

_PER_INCH = 72.0
_PER_MM = 72 / 25.4


def mm(value: float) -> Length:
    """A length given in millimetres."""
    return Length(value * _PER_MM)


def inch(value: float) -> Length:
    """A length given in inches."""
    return Length(value * _PER_INCH)


def to_mm(length: float) -> float:
    """Points as millimetres."""
    return length / _PER_MM


def to_hundredths_mm(length: float) -> int:
    """Points as the integer 1/100 mm that IPP's media-col counts in (PWG 5100.7)."""
    return round(to_mm(length) * 100)


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in points."""

    width: float
    height: float

    def rotated(self) -> Size:
        """The same paper turned by a quarter."""
        return Size(self.height, self.width)

    def in_mm(self) -> str:
        """For people: `127 x 177.8 mm`."""
        return f"{_trim(to_mm(self.width))} x {_trim(to_mm(self.height))} mm"

    def in_inches(self) -> str:
        """For people: `5 x 7 in`."""
        return f"{self.width / _PER_INCH:.4g} x {self.height / _PER_INCH:.4g} in"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points; x and y from the top left corner of the TrimBox."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def inset(self, by: float) -> Box:
        """The box made smaller (or, with a negative length, larger) on all four sides."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def contains(self, other: Box, tolerance: float = 0.0) -> bool:
        """Does `other` lie wholly inside, give or take `tolerance` points?"""
        return (
            other.x >= self.x - tolerance
            and other.y >= self.y - tolerance
            and other.right <= self.right + tolerance
            and other.bottom <= self.bottom + tolerance
        )

    def overlaps(self, other: Box, tolerance: float = 0.0) -> bool:
        """Do the two share more than `tolerance` points both ways?"""
        return (
            min(self.right, other.right) - max(self.x, other.x) > tolerance
            and min(self.bottom, other.bottom) - max(self.y, other.y) > tolerance
        )

    def intersection(self, other: Box) -> Box:
        """What the two have in common; without width or height where they have nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(left, top, max(0.0, right - left), max(0.0, bottom - top))

    def in_mm(self) -> str:
        """For people: `12.5 mm from the left, 40 mm from the top, 80 x 5 mm`."""
        left, top, width, height = (
            _trim(to_mm(v)) for v in (self.x, self.y, self.width, self.height)
        )
        return f"{left} mm from the left, {top} mm from the top, {width} x {height} mm"


def _trim(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

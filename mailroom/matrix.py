"""Matrices and corners as PDF counts them: from the bottom left, in points (32000-1, 8.3)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from mailroom.units import Box

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Corners = tuple[float, float, float, float]  #: left, bottom, right, top

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
EVERYWHERE: Corners = (-1e9, -1e9, 1e9, 1e9)


def times(first: Matrix, then: Matrix) -> Matrix:
    """`first`, then `then` (PDF 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i, a * h + b * j,
        c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def matrix_of(numbers: Iterable[Any]) -> Matrix:
    """Six numbers, or what PDF libraries give for them; ValueError where there are not six."""
    a, b, c, d, e, f = map(float, numbers)
    return a, b, c, d, e, f


def moved(matrix: Matrix, x: float, y: float) -> Point:
    """Where a point of the matrix's own space lies outside of it."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def scale(matrix: Matrix) -> float:
    """How much longer a length becomes; the mean where both directions differ."""
    a, b, c, d, _, _ = matrix
    return math.sqrt(abs(a * d - b * c))


def around(points: Iterable[Point]) -> Corners | None:
    """The smallest upright rectangle around points; None where there are none."""
    found = list(points)
    if not found:
        return None
    xs, ys = [x for x, _ in found], [y for _, y in found]
    return min(xs), min(ys), max(xs), max(ys)


def around_box(matrix: Matrix, corners: Corners) -> Corners:
    """The upright rectangle around a rectangle of the matrix's own space."""
    left, bottom, right, top = corners
    ends = ((left, bottom), (left, top), (right, bottom), (right, top))
    xs, ys = zip(*(moved(matrix, x, y) for x, y in ends), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def common(one: Corners, other: Corners) -> Corners | None:
    """What two rectangles share, which may be as thin as a line; None where they are apart."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    right, top = min(one[2], other[2]), min(one[3], other[3])
    return (left, bottom, right, top) if left <= right and bottom <= top else None


def grown(corners: Corners, by: float) -> Corners:
    """Larger on all four sides."""
    return corners[0] - by, corners[1] - by, corners[2] + by, corners[3] + by


def from_trim(corners: Corners, trim: Corners) -> Box:
    """The box as everywhere in mailroom: from the top left corner of the TrimBox, downwards."""
    left, bottom, right, top = corners
    return Box(left - trim[0], trim[3] - top, right - left, top - bottom)


def numbers(source: Iterable[Any], count: int) -> tuple[float, ...] | None:
    """`count` numbers of an array of a PDF; None where they are not so many numbers."""
    try:
        found = tuple(float(value) for value in source)
    except (TypeError, ValueError):
        return None
    return found if len(found) == count and all(map(math.isfinite, found)) else None


def matrix_in(source: Iterable[Any]) -> Matrix | None:
    """The matrix that an array of a PDF is; None where it is none."""
    found = numbers(source, 6)
    return matrix_of(found) if found else None


def corners_in(source: Iterable[Any]) -> Corners | None:
    """The rectangle that an array of a PDF is, as it stands there; None where it is none."""
    found = numbers(source, 4)
    if found is None:
        return None
    left, bottom, right, top = found
    return left, bottom, right, top

"""Codes for machines: QR, Data Matrix, postal bars; as matrices, as SVG and as PDF paths."""

from mailroom.codes.kinds import KINDS, Box, CodeError, Kind, encoder
from mailroom.units import to_mm

__all__ = ["KINDS", "CodeError", "Kind", "check", "check_room", "path", "quiet", "size", "svg"]

_SLACK = 0.1  # pt; what rounding makes of a frame that is exactly large enough


def check(kind: str, payload: str, level: str = "M") -> None:
    """Whether the code can be made of it; raises CodeError which says what would be right."""
    encoder(kind).check(payload, level)


def svg(kind: str, payload: str, level: str = "M") -> str:
    """The code with its quiet zone, black, as an SVG that is drawn into a box whole and centred.

    A QR code and a Data Matrix have no size of their own, only a viewBox in modules; the marks of
    the posts have theirs, in pt.
    """
    return encoder(kind).svg(payload, level)


def size(kind: str, payload: str, level: str = "M") -> tuple[float, float, bool]:
    """Width and height with the quiet zone, and whether it may be scaled.

    Modules where it may; pt where it has one size for ever (the marks of the posts).
    """
    width, height = encoder(kind).size(payload, level)
    return width, height, KINDS[kind].scale_free


def quiet(kind: str) -> tuple[float, float]:
    """Left and right, above and below of a code; in the unit of its `size`."""
    return encoder(kind).quiet


def check_room(kind: str, needed: tuple[float, float], frame: tuple[float, float]) -> None:
    """Whether a code of one size goes into a frame; widths and heights, pt, with its quiet zone.

    CodeError says how much is missing.
    """
    sides = zip(("wider", "higher"), needed, frame, strict=True)
    missing = [f"{to_mm(a - b):.1f} mm {word}" for word, a, b in sides if a - b > _SLACK]
    if missing:
        raise CodeError(
            f"{KINDS[kind].title} is {_mm(needed)} with its quiet zone and its frame only"
            f" {_mm(frame)}: the layout has to make it {' and '.join(missing)}"
        )


def _mm(size: tuple[float, float]) -> str:
    return " x ".join(f"{to_mm(length):.1f}" for length in size) + " mm"


def path(kind: str, payload: str, box: Box, level: str = "M") -> bytes:
    """The code as PDF operators: in the box (x, y, width, height; pt, y upwards) as `svg` would be.

    Only `re` and `f` between `q` and `Q`: the colour is the caller's.
    """
    return encoder(kind).path(payload, box, level)

"""Codes for machines: QR, Data Matrix, postal bars; as matrices, as SVG and as PDF paths."""

from mailroom.codes.kinds import KINDS, Box, CodeError, Kind, encoder

__all__ = ["KINDS", "CodeError", "Kind", "check", "path", "size", "svg"]


def check(kind: str, payload: str, level: str = "M") -> None:
    """Whether the code can be made of it; raises CodeError which says what would be right."""
    encoder(kind).check(payload, level)


def svg(kind: str, payload: str, level: str = "M") -> str:
    """The code with its quiet zone, black, as an SVG that is drawn into a box whole and centred.

    A matrix has no size of its own, only a viewBox in modules; postal bars have theirs, in pt.
    """
    return encoder(kind).svg(payload, level)


def size(kind: str, payload: str, level: str = "M") -> tuple[float, float, bool]:
    """Width and height with the quiet zone, and whether it may be scaled.

    Modules where it may; pt where it has one size for ever (postal bars).
    """
    width, height = encoder(kind).size(payload, level)
    return width, height, KINDS[kind].scale_free


def path(kind: str, payload: str, box: Box, level: str = "M") -> bytes:
    """The code as PDF operators: in the box (x, y, width, height; pt, y upwards) as `svg` would be.

    Only `re` and `f` between `q` and `Q`: the colour is the caller's.
    """
    return encoder(kind).path(payload, box, level)

"""Data Matrix ECC 200 (ISO/IEC 16022), in square symbols of 10 to 144 modules.

Encoded by zxing-cpp, in whatever mix of modes is shortest. Text that is not ASCII is UTF-8 and says
so (ECI 26): without it a reader has to take it for ISO 8859-1.
"""

from __future__ import annotations

from functools import lru_cache

import zxingcpp

from mailroom.codes import matrix
from mailroom.codes.kinds import Box, CodeError, utf8

QUIET = 1  #: modules on every side (ISO/IEC 16022, 7.1)
quiet = QUIET, QUIET


@lru_cache(maxsize=1024)
def rows(payload: str) -> tuple[int, ...]:
    """The symbol without its quiet zone, from the top."""
    octets = utf8(payload)
    marked = {} if payload.isascii() else {"eci": "UTF-8"}
    try:
        made = zxingcpp.create_barcode(
            payload, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, **marked
        )
    except ValueError as fault:
        raise CodeError(
            f"the text of {len(octets)} bytes is too long for a Data Matrix: it holds at most"
            " 3,116 digits, 2,335 plain letters or 1,553 bytes of anything; shorten it"
        ) from fault
    image = made.to_image(scale=1, add_quiet_zones=False)
    side = image.shape[0]
    octets = bytes(image)  # type: ignore[call-overload]  # it is a buffer; its stub is silent
    dark = octets.translate(b"1" + b"0" * 255)  # ink is 0 there
    return tuple(int(dark[at : at + side][::-1], 2) for at in range(0, side * side, side))


def check(payload: str, level: str) -> None:
    """Whether a Data Matrix can hold it; it has no levels."""
    rows(payload)


def size(payload: str, level: str) -> tuple[float, float]:
    """In modules, with the quiet zone."""
    side = len(rows(payload)) + 2 * QUIET
    return side, side


def svg(payload: str, level: str) -> str:
    """See `mailroom.codes.svg`."""
    made = rows(payload)
    return matrix.svg(made, len(made), QUIET)


def path(payload: str, box: Box, level: str) -> bytes:
    """See `mailroom.codes.path`."""
    made = rows(payload)
    return matrix.path(made, len(made), QUIET, box)

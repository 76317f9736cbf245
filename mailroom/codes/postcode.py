"""British postcodes with their delivery point suffix, as the codes of the Royal Mail carry them."""

from __future__ import annotations

import re
from string import ascii_uppercase, digits

from mailroom.codes.kinds import CodeError, utf8

LETTERS = {"A": ascii_uppercase, "L": "ABDEFGHJLNPQRSTUWXYZ", "N": digits}
"""What may stand where a shape has that letter; L are those of inward codes and suffixes."""

SHAPES = ("ANANLLNL", "AANNLLNL", "AANNNLLNL", "AANANLLNL", "ANNLLNL", "ANNNLLNL")
"""A postcode and its suffix, in the order of the Mailmark encoding instructions (Table 3)."""

UNSUFFIXED = tuple(shape.removesuffix("NL") for shape in SHAPES)
"""The same without the suffix."""


def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile("".join(f"[{LETTERS[place]}]" for place in shape))


_SUFFIXED = [(shape, _pattern(shape)) for shape in SHAPES]
_PLAIN = [_pattern(shape) for shape in UNSUFFIXED]
_FOREIGN_LETTERS = re.compile(r"[^0-9A-Za-z ]")


def suffixed(written: str) -> tuple[str, str]:
    """A postcode with its suffix, without spaces and in capitals; and its shape.

    CodeError says what is wrong with it.
    """
    joined = written.replace(" ", "").upper()
    shape = _shape(joined)
    if not shape or not written.isascii():  # a long s is a capital S, and none here
        raise CodeError(_wrong(written, joined))
    return joined, shape


def is_suffixed(joined: str) -> bool:
    """Is it a postcode with its suffix? It has no spaces and is in capitals."""
    return bool(_shape(joined))


def _shape(joined: str) -> str:
    return next((shape for shape, pattern in _SUFFIXED if pattern.fullmatch(joined)), "")


def is_postcode(joined: str) -> bool:
    """Is it one without a suffix?"""
    return any(pattern.fullmatch(joined) for pattern in _PLAIN)


def _wrong(written: str, joined: str) -> str:
    utf8(written)
    wanted = (
        "wanted is a British postcode and its delivery point suffix, a digit and a letter, as in"
        " SN3 4RD 1A; the suffix is 9Z where nobody knows it"
    )
    strange = sorted(set(_FOREIGN_LETTERS.findall(written)))
    if strange:
        return f"{written!r} has {''.join(strange)!r}, and letters and digits are wanted: {wanted}"
    if is_postcode(joined):
        return f"{written!r} has no delivery point suffix: {wanted}"
    if is_postcode(joined[:-2]):
        return (
            f"{joined[-2:]!r} is no delivery point suffix: it is a digit and one of the letters"
            f" {LETTERS['L']}; {wanted}"
        )
    return f"{written!r} is no postcode with a delivery point suffix: {wanted}"

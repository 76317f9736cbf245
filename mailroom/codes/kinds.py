"""The kinds of codes, as a table that costs nothing to import; their encoders come when used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol, cast

Box = tuple[float, float, float, float]
"""x, y, width, height: pt, y upwards."""


class CodeError(ValueError):
    """The code cannot be made of what was given; the message says what would be right."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of code."""

    title: str  #: as people call it, with its article
    module: str  #: the encoder, in this package
    scale_free: bool = True  #: made of modules of any size; if not, of bars of one size


KINDS: Mapping[str, Kind] = {
    "qr": Kind(title="a QR code", module="qr"),
    "datamatrix": Kind(title="a Data Matrix", module="datamatrix"),
    "imb": Kind(title="an Intelligent Mail barcode", module="imb", scale_free=False),
}


class Encoder(Protocol):
    """What the module of a kind has; the functions of the package say what they do."""

    def check(self, payload: str, level: str) -> None: ...
    def svg(self, payload: str, level: str) -> str: ...
    def size(self, payload: str, level: str) -> tuple[float, float]: ...
    def path(self, payload: str, box: Box, level: str) -> bytes: ...


@cache
def encoder(kind: str) -> Encoder:
    """The encoder of a kind."""
    if kind not in KINDS:
        raise CodeError(f"there is no code of the kind {kind!r}: it is one of {', '.join(KINDS)}")
    return cast("Encoder", import_module(f"mailroom.codes.{KINDS[kind].module}"))


def utf8(payload: str) -> bytes:
    """The bytes of a text; refuses one that is empty or no text."""
    if not payload:
        raise CodeError("there is nothing to put into the code: the text is empty")
    try:
        return payload.encode()
    except UnicodeEncodeError as fault:
        raise CodeError(
            f"character {fault.start + 1} is half a character: the text was damaged before it came"
            " here; export it again as UTF-8"
        ) from None

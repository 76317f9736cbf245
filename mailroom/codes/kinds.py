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
    module: str  #: in this package
    encoder: str = ""  #: its name in the module; empty where that is the encoder itself
    scale_free: bool = True  #: made of modules of any size; if not, it has one size
    post: str = ""  #: whose mark it is: "usps", "royal-mail", "postnl"


def _postal(post: str, title: str, module: str, encoder: str) -> Kind:
    return Kind(title=title, module=module, encoder=encoder, scale_free=False, post=post)


KINDS: Mapping[str, Kind] = {
    "qr": Kind(title="a QR code", module="qr"),
    "datamatrix": Kind(title="a Data Matrix", module="datamatrix"),
    "imb": _postal("usps", "an Intelligent Mail barcode", "imb", "IMB"),
    "rm4scc": _postal("royal-mail", "an RM4SCC", "rm4scc", "RM4SCC"),
    "kix": _postal("postnl", "a KIX", "rm4scc", "KIX"),
    "mailmark-c": _postal("royal-mail", "a Mailmark barcode C", "mailmark", "C"),
    "mailmark-l": _postal("royal-mail", "a Mailmark barcode L", "mailmark", "L"),
    "mailmark-2d": _postal("royal-mail", "a 2D Mailmark", "mailmark_2d", "SMALLEST"),
    "mailmark-7": _postal("royal-mail", "a 2D Mailmark of type 7", "mailmark_2d", "TYPE_7"),
    "mailmark-9": _postal("royal-mail", "a 2D Mailmark of type 9", "mailmark_2d", "TYPE_9"),
    "mailmark-29": _postal("royal-mail", "a 2D Mailmark of type 29", "mailmark_2d", "TYPE_29"),
}


class Encoder(Protocol):
    """What there is of every kind; the functions of the package say what its functions do."""

    @property
    def quiet(self) -> tuple[float, float]: ...  # left and right, above and below; as in `size`

    def check(self, payload: str, level: str) -> None: ...
    def svg(self, payload: str, level: str) -> str: ...
    def size(self, payload: str, level: str) -> tuple[float, float]: ...
    def path(self, payload: str, box: Box, level: str) -> bytes: ...


@cache
def encoder(kind: str) -> Encoder:
    """The encoder of a kind."""
    if kind not in KINDS:
        raise CodeError(f"there is no code of the kind {kind!r}: it is one of {', '.join(KINDS)}")
    known = KINDS[kind]
    module = import_module(f"mailroom.codes.{known.module}")
    return cast("Encoder", getattr(module, known.encoder) if known.encoder else module)


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

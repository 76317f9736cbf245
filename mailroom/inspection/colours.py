"""Colour spaces as a file has them, and the ink that a colour of them puts on paper.

PDF 32000-1, 8.6. What is printed is counted in plates, each from 0 to 1: the four of the process
by the names that DeviceN gives them, spot colours by their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pikepdf

PROCESS = ("Cyan", "Magenta", "Yellow", "Black")
ALL, NONE = "All", "None"

Ink = Mapping[str, float]  #: plate -> 0 to 1


class Space(NamedTuple):
    """A colour space: its family, how many components, and its plates where they are known."""

    family: str  #: as PDF names it, or `ICCBased RGB` and its like
    size: int  #: components
    plates: tuple[str, ...] = ()  #: one for each component
    base: Space | None = None  #: what an Indexed space points into, or lies under a Pattern
    lookup: bytes = b""

    @property
    def printable(self) -> bool:
        """Is it made of plates? RGB and Lab only become ink by somebody's guess."""
        inner = self.base.printable if self.base else True
        return inner if self.family in ("Indexed", "Pattern") else bool(self.plates)

    @property
    def counts_light(self) -> bool:
        """Grays go from black to white; everything else that is printable counts ink."""
        return self.family in ("DeviceGray", "CalGray", "ICCBased Gray")

    @property
    def name(self) -> str:
        """For people."""
        if self.family == "Indexed" and self.base:
            return f"{self.base.name} (a palette)"
        if self.family == "Pattern" and self.base:
            return f"{self.base.name} (a gradient)"
        return self.family

    @property
    def spots(self) -> tuple[str, ...]:
        """The plates besides the four of the process."""
        own = self.base.spots if self.base else ()
        return own + tuple(p for p in self.plates if p not in (*PROCESS, ALL, NONE))


class Colour(NamedTuple):
    """A colour as it was set."""

    space: Space
    tint: tuple[float, ...]

    @property
    def ink(self) -> Ink:
        """What it prints; nothing is known of RGB, Lab and patterns."""
        return ink_of(self.space, self.tint)


GRAY = Space("DeviceGray", 1, ("Black",))
CMYK = Space("DeviceCMYK", 4, PROCESS)
RGB = Space("DeviceRGB", 3)
PATTERN = Space("Pattern", 0)
BLACK = Colour(GRAY, (0.0,))

_DEVICE = {
    "/DeviceGray": GRAY, "/G": GRAY, "/CalGray": Space("CalGray", 1, ("Black",)),
    "/DeviceCMYK": CMYK, "/CMYK": CMYK,
    "/DeviceRGB": RGB, "/RGB": RGB, "/CalRGB": Space("CalRGB", 3), "/Lab": Space("Lab", 3),
    "/Pattern": PATTERN,
}  # fmt: skip
_ICC = {
    1: Space("ICCBased Gray", 1, ("Black",)),
    3: Space("ICCBased RGB", 3),
    4: Space("ICCBased CMYK", 4, PROCESS),
}
_MAX_DEPTH = 6


def space_of(source: Any, resources: Any, depth: int = 0) -> Space | None:
    """The colour space of an object or of a name in the resources; None where it is no such."""
    if source is None or depth > _MAX_DEPTH:
        return None
    if isinstance(source, pikepdf.Name):
        named = resources.get("/ColorSpace", {}).get(str(source))
        if named is not None:
            return space_of(named, {}, depth + 1)
        return _DEVICE.get(str(source))
    if not isinstance(source, pikepdf.Array) or not len(source):
        return None
    try:
        return _of_array(source, resources, depth)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, pikepdf.PdfError):
        return None


def _of_array(source: Any, resources: Any, depth: int) -> Space | None:
    family = str(source[0])
    if family == "/ICCBased":
        return _icc(source[1])
    if family == "/Separation":
        return Space("Separation", 1, (_plain(source[1]),))
    if family == "/DeviceN":
        plates = tuple(map(_plain, source[1]))
        return Space("DeviceN", len(plates), plates)
    if family in ("/Indexed", "/I"):
        base = space_of(source[1], resources, depth + 1)
        table = source[3]
        data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
        return base and Space("Indexed", 1, (), base, data)
    if family == "/Pattern":
        return Space("Pattern", 0, (), space_of(source[1], resources, depth + 1))
    return _DEVICE.get(family)


def _icc(profile: Any) -> Space | None:
    """By its components; three of them may be Lab, as the profile itself says (ICC.1, 7.2.6)."""
    size = int(profile["/N"])
    if size == 3 and profile.read_bytes()[16:20] == b"Lab ":
        return Space("ICCBased Lab", 3)
    return _ICC.get(size)


def _plain(name: Any) -> str:
    return str(name).removeprefix("/")


def ink_of(space: Space, tint: tuple[float, ...]) -> Ink:
    """Plates and how much of each."""
    if space.family == "Indexed" and space.base:
        return _looked_up(space, tint)
    if space.size != len(tint) or not space.plates:
        return {}
    if space.counts_light:
        return {"Black": 1 - tint[0]}
    found: dict[str, float] = {}
    for plate, amount in zip(space.plates, tint, strict=True):
        for each in PROCESS if plate == ALL else () if plate == NONE else (plate,):
            found[each] = amount
    return found


def _looked_up(space: Space, tint: tuple[float, ...]) -> Ink:
    assert space.base
    size = space.base.size
    at = int(tint[0]) * size if tint else 0
    parts = space.lookup[at : at + size]
    return ink_of(space.base, tuple(part / 255 for part in parts))


def first_colour(space: Space) -> Colour:
    """What a colour space begins with (PDF 32000-1, table 74): mostly black."""
    if space.family in ("Separation", "DeviceN"):
        return Colour(space, (1.0,) * space.size)
    tint = [0.0] * space.size
    if space.family in ("DeviceCMYK", "ICCBased CMYK"):
        tint[3] = 1.0
    return Colour(space, tuple(tint))


def printed(ink: Ink) -> tuple[str, ...]:
    """The plates that a colour really uses; a hundredth is nothing one could see."""
    return tuple(plate for plate, amount in ink.items() if amount > 0.01)

"""Paper as printers speak of it: media-col entries and self-describing names, put into words.

Lengths are in 1/100 mm here, as everywhere in IPP (PWG 5100.7, 6.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.model import PrintTicket
from mailroom.providers import ipp
from mailroom.providers.ipp import Attributes, Range, Value
from mailroom.units import Size, to_hundredths_mm

TOLERANCE = 50
"""Half a millimetre: printers round inches and points each in their own way."""

EDGES = ("media-top-margin", "media-bottom-margin", "media-left-margin", "media-right-margin")

_NAME = re.compile(r"(\w+?)_([^_]+)_([\d.]+)x([\d.]+)(mm|in)")
_UNITS = {"mm": 100.0, "in": 2540.0}
_WORDS = {"letter": "Letter", "legal": "Legal", "ledger": "Ledger", "executive": "Executive"}


@dataclass(frozen=True, kw_only=True)
class Stock:
    """One kind of paper a printer can take, from one tray; a custom size is a range."""

    width: Range
    height: Range
    margins: tuple[int, ...] = ()  #: top, bottom, left, right: what stays unprinted
    source: str = ""  #: the tray; empty: any
    media_type: str = ""  #: empty: any

    @property
    def margin(self) -> int:
        return max(self.margins, default=0)

    @property
    def fixed(self) -> bool:
        return self.width.low == self.width.high and self.height.low == self.height.high

    def fitted(self, size: Size) -> tuple[int, int] | None:
        """The printer's own width and height for this size, either way round; or None."""
        asked = to_hundredths_mm(size.width), to_hundredths_mm(size.height)
        for width, height in (sorted(asked), sorted(asked, reverse=True)):
            if _near(self.width, width) and _near(self.height, height):
                return (self.width.low, self.height.low) if self.fixed else (width, height)
        return None

    def words(self) -> str:
        """`5 x 7 in, borderless, alternate, cardstock`."""
        edge = edge_words(self.margin)
        words = (self.size_words(), edge, self.source, self.media_type)
        return ", ".join(word for word in words if word)

    def size_words(self) -> str:
        """`A4`, or `custom 76 x 127 to 216 x 356 mm` for a range."""
        if self.fixed:
            return size_words(self.width.low, self.height.low)
        low = f"{in_mm(self.width.low)} x {in_mm(self.height.low)}"
        return f"custom {low} to {in_mm(self.width.high)} x {in_mm(self.height.high)} mm"

    def media_col(self, ticket: PrintTicket) -> Value:
        """What to ask the printer for, so that this stock and no other is taken."""
        width, height = self.fitted(ticket.size) or (self.width.low, self.height.low)
        size = {"x-dimension": ipp.integer(width), "y-dimension": ipp.integer(height)}
        wanted = {"media-size": ipp.collection(size)}
        wanted |= {
            edge: ipp.integer(margin) for edge, margin in zip(EDGES, self.margins, strict=False)
        }
        if ticket.source:
            wanted["media-source"] = ipp.keyword(ticket.source)
        if ticket.media_type:
            wanted["media-type"] = ipp.keyword(ticket.media_type)
        return ipp.collection(wanted)


def read_stock(entry: Attributes) -> Stock | None:
    """A media-col or media-size-supported entry; None where it has no size."""
    size = next(iter(entry.collections("media-size")), entry)
    width, height = size.ranges("x-dimension"), size.ranges("y-dimension")
    if not width or not height:
        return None
    return Stock(
        width=width[0],
        height=height[0],
        margins=tuple(entry.integer(edge) for edge in EDGES if edge in entry),
        source=entry.text("media-source"),
        media_type=entry.text("media-type"),
    )


def size_words(width: int, height: int) -> str:
    """A size in 1/100 mm as people say it: `A4`, `5 x 7 in`, `120 x 150 mm`."""
    for name, (named_width, named_height) in _named().items():
        if abs(named_width - width) <= TOLERANCE and abs(named_height - height) <= TOLERANCE:
            return name_words(name)
    return f"{in_mm(width)} x {in_mm(height)} mm"


def name_words(name: str) -> str:
    """A PWG 5101.1 name as people say it: `iso_a4_210x297mm` is `A4`."""
    match = _NAME.fullmatch(name)
    if not match:
        return name
    family, short, width, height, unit = match.groups()
    if short.startswith("number-"):
        return f"#{short.removeprefix('number-')} envelope"
    if short in _WORDS:
        return _WORDS[short]
    if family == "iso":
        envelope = short.startswith("c") or short == "dl"
        return short.upper() + (" envelope" if envelope else "")
    if family == "jis":
        return f"JIS {short.upper()}"
    if family == "na" and re.fullmatch(r"a\d+", short):
        return f"{short.upper()} envelope ({width} x {height} in)"
    return f"{width} x {height} {unit}"


def name_size(name: str) -> tuple[int, int] | None:
    """Width and height of a PWG 5101.1 name in 1/100 mm; None if it is not one."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    unit = _UNITS[match[5]]
    return round(float(match[3]) * unit), round(float(match[4]) * unit)


def edge_words(margin: int) -> str:
    """`borderless`, or `with a margin of 4.2 mm`."""
    return f"with a margin of {in_mm(margin)} mm" if margin else "borderless"


def in_mm(hundredths: int) -> str:
    """`423` is `4.2`, `500` is `5`."""
    return f"{hundredths / 100:.1f}".removesuffix(".0")


def _near(allowed: Range, length: int) -> bool:
    return allowed.low - TOLERANCE <= length <= allowed.high + TOLERANCE


COMMON = (
    *(f"iso_{size}mm" for size in ("a3_297x420", "a4_210x297", "a5_148x210", "a6_105x148")),
    *(f"iso_{size}mm" for size in ("c4_229x324", "c5_162x229", "c6_114x162", "dl_110x220")),
    *(f"na_{size}in" for size in ("letter_8.5x11", "legal_8.5x14", "5x7_5x7", "index-4x6_4x6")),
    *(f"na_{size}in" for size in ("a2_4.375x5.75", "a7_5.25x7.25", "number-10_4.125x9.5")),
    *(f"na_{size}in" for size in ("ledger_11x17", "executive_7.25x10.5", "index-5x8_5x8")),
    *(f"jis_{size}mm" for size in ("b4_257x364", "b5_182x257")),
    "jpn_hagaki_100x148mm",
)
"""Sizes that have a name people know (PWG 5101.1)."""


def _named() -> dict[str, tuple[int, int]]:
    return {name: size for name in COMMON if (size := name_size(name))}

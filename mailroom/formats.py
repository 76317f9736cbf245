"""FORMATS: the physical products, as data.

Every length is in points, every zone is measured from the top left corner of the TrimBox.
A format says what the paper is; what a postal operator says of it stands in `mailability`.
Adding a product is adding a row to `formats.toml`. Each row says where its figures were read and
how far they can be trusted: what is of low confidence is told to whoever is about to print it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import resources
from itertools import pairwise
from typing import Any, Literal

from mailroom.errors import ConfigError
from mailroom.units import Box, Length, Size, inch, mm

Confidence = Literal["high", "medium", "low"]
"""high: the standard's own text, or two sources; medium: one good source; low: none that can
be named, so that one piece is to be tried before many."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An envelope as it is fed: not higher than wide, flap closed, stamp top right."""

    name: str
    title: str = ""
    size: Size
    media: str  #: PWG 5101.1 self-describing name
    window: Box | None = None  #: the hole, from the envelope's top left corner
    source: str = ""  #: where its size and the place of its window were read
    confidence: Confidence = "high"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The paper that goes through the press."""

    name: str
    size: Size
    media: str  #: PWG 5101.1 self-describing name


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A part of a page that stays without ink: somebody else prints there."""

    name: str  #: what is printed there: "address block", "scan code"
    page: str
    box: Box  #: may reach into the bleed


@dataclass(frozen=True, kw_only=True)
class Crease:
    """Where a self-mailer is folded; its two sides may be folded at different heights."""

    page: str
    at: Length  #: from the top of the page, or from its left where the crease is upright
    upright: bool = False


@dataclass(frozen=True, kw_only=True)
class Format:
    """A physical product: trim size, bleed, zones, fold, envelope and sheet."""

    name: str
    title: str
    trim: Size
    bleed: Length
    safe: Length  #: text stays this far inside the trim
    pages: tuple[str, ...]  #: the names of the pages (panels, where it is folded), in order
    min_dpi: int = 300
    fold: str = ""  #: how two panels share a side of the sheet: "side" or "tent" (at the top)
    folds: tuple[Length, ...] = ()  #: fold marks of a letter, from the top of the sheet
    creases: tuple[Crease, ...] = ()  #: where a self-mailer is folded
    address_zone: Box | None = None  #: where the address is printed
    address_on: str = ""  #: the page it is printed on; empty: the first
    envelope: str = ""  #: key of ENVELOPES
    addressed_envelope: bool = False  #: the address is printed on the envelope, not the piece
    addressed_by_provider: bool = False  #: whoever posts it prints the address: we print none
    ink_free: tuple[Zone, ...] = ()  #: where the provider prints, and we do not
    sheet: str = ""  #: key of SHEETS the panels are imposed on; empty: a page is a sheet
    sides: str = "one-sided"  #: IPP `sides` (RFC 8011, 5.2.8)
    media: str = ""  #: PWG 5101.1 name of the trimmed page
    post: str = ""  #: key of `mailability.POSTS`, where its provider hands it to no other
    source: str  #: where the sizes and zones were read
    confidence: Confidence = "high"

    @property
    def media_box(self) -> Size:
        """Trim plus bleed on all four sides."""
        return Size(self.trim.width + 2 * self.bleed, self.trim.height + 2 * self.bleed)

    @property
    def spread(self) -> Size:
        """The card unfolded, trimmed: two panels side by side, of a tent one above the other."""
        down = 2 if self.fold == "tent" else 1
        across = 2 if self.fold == "side" else 1
        return Size(across * self.trim.width, down * self.trim.height)

    @property
    def safe_box(self) -> Box:
        """Where text may stand."""
        return Box(0, 0, self.trim.width, self.trim.height).inset(self.safe)

    def ink_free_on(self, page: int) -> tuple[Zone, ...]:
        """The zones without ink of the page of that number, from 1."""
        return tuple(zone for zone in self.ink_free if zone.page in self.pages[page - 1 : page])

    @property
    def addressed(self) -> Literal["piece", "envelope", "provider"]:
        """Where the address is printed, and by whom."""
        if self.addressed_by_provider:
            return "provider"
        return "envelope" if self.addressed_envelope else "piece"

    @property
    def address_page(self) -> int:
        """The number, from 1, of the page that bears the address."""
        return self.pages.index(self.address_on) + 1 if self.address_on else 1

    @property
    def clear_zone(self) -> Box | None:
        """What the envelope's window may show of the sheet, however it slips.

        Nothing but the address may be printed in here. Without a window it is the
        address zone itself.
        """
        envelope = ENVELOPES.get(self.envelope)
        if not envelope or not envelope.window or not self.folds:
            return self.address_zone
        return ever_seen(envelope, self.trim, self.folds)

    def clear_zone_on(self, page: int) -> Box | None:
        """The clear zone, on the page of that number that has one."""
        return self.clear_zone if page == self.address_page else None

    @property
    def outline(self) -> Size:
        """What the post gets to see: envelope or folded piece, its long side first."""
        size = ENVELOPES[self.envelope].size if self.envelope else self.trim
        for crease in self.creases[:1]:
            whole = size.width if crease.upright else size.height
            left = max(crease.at, whole - crease.at)
            size = Size(left, size.height) if crease.upright else Size(size.width, left)
        return size if size.width >= size.height else size.rotated()

    @property
    def doubts(self) -> tuple[str, ...]:
        """Which of its figures nobody has vouched for; each a sentence for people."""
        envelope = ENVELOPES.get(self.envelope)
        rows = ((f"format {self.name}", self), (f"envelope {self.envelope}", envelope))
        return tuple(
            f"{what}: {row.source}" for what, row in rows if row and row.confidence == "low"
        )


def _slack(envelope: Envelope, trim: Size, folds: tuple[Length, ...]) -> tuple[Box, float, float]:
    """The window on a folded sheet that lies top left in its envelope; how far it may slip.

    Right and down, in points. A sheet that is folded to and fro is as high as the highest of
    its panels, and the fold under the first panel is its foot: so DIN 5008 forms A and B,
    folded at 87 and at 105 mm, fit the same window.
    """
    assert envelope.window
    height = max(low - high for high, low in pairwise((0.0, *folds, trim.height)))
    window, above = envelope.window, height - folds[0]
    at_rest = Box(window.x, window.y - above, window.width, window.height)
    return at_rest, envelope.size.width - trim.width, envelope.size.height - height


def ever_seen(envelope: Envelope, trim: Size, folds: tuple[Length, ...]) -> Box:
    """All of a folded sheet that its envelope's window may show, wherever the sheet slips to."""
    seen, right, down = _slack(envelope, trim, folds)
    return Box(seen.x - right, seen.y - down, seen.width + right, seen.height + down)


def always_seen(envelope: Envelope, trim: Size, folds: tuple[Length, ...]) -> Box:
    """What the window shows of a folded sheet, wherever the sheet slips to."""
    seen, right, down = _slack(envelope, trim, folds)
    return Box(seen.x, seen.y, seen.width - right, seen.height - down)


# --- the rows -------------------------------------------------------------------------------

_UNITS: Mapping[str, Callable[[float], Length]] = {"mm": mm, "in": inch}


def _lengths(written: str) -> list[Length]:
    """`"3 mm"`, `"5 x 7 in"`, `"20 45 85 45 mm"`: numbers and the unit of all of them."""
    *numbers, unit = written.replace(" x ", " ").split()
    return [_UNITS[unit](float(number)) for number in numbers]


def _length(written: str) -> Length:
    (length,) = _lengths(written)
    return length


def _size(written: str) -> Size:
    return Size(*_lengths(written))


def _box(written: str) -> Box:
    return Box(*_lengths(written))


def _envelope(name: str, row: Mapping[str, Any]) -> Envelope:
    size = _size(row["size"])
    window = _window(size, row["window"]) if "window" in row else None
    return Envelope(**{**row, "name": name, "size": size, "window": window})


def _window(envelope: Size, row: Mapping[str, str]) -> Box:
    size, foot = _size(row["size"]), _length(row["foot"])
    right = envelope.width - size.width
    x = _length(row["left"]) if "left" in row else right - _length(row["right"])
    return Box(x, envelope.height - foot - size.height, size.width, size.height)


def _zones(rows: Sequence[Mapping[str, str]]) -> tuple[Zone, ...]:
    return tuple(Zone(name=row["name"], page=row["page"], box=_box(row["box"])) for row in rows)


def _creases(rows: Sequence[Mapping[str, Any]]) -> tuple[Crease, ...]:
    return tuple(Crease(**{**row, "at": _length(row["at"])}) for row in rows)


#: How what is no plain text or truth is read.
_READ: Mapping[str, Callable[[Any], Any]] = {
    "trim": _size,
    "bleed": _length,
    "safe": _length,
    "pages": tuple,
    "folds": lambda written: tuple(map(_length, written)),
    "address_zone": _box,
    "address_field": _box,
    "ink_free": _zones,
    "creases": _creases,
}


def _format(name: str, row: Mapping[str, Any], common: Mapping[str, Mapping[str, Any]]) -> Format:
    """A row laid over those that it is like; without an address zone it is what a window shows."""
    written: dict[str, Any] = {}
    for one in (*(common[like] for like in row.get("like", ())), row):
        written |= one
    written.pop("like", None)
    values = {key: _READ[key](it) if key in _READ else it for key, it in written.items()}
    field = values.pop("address_field", None)
    made = Format(name=name, **values)
    if made.address_zone or not made.folds:
        return made
    seen = always_seen(ENVELOPES[made.envelope], made.trim, made.folds)
    return replace(made, address_zone=seen.intersection(field) if field else seen)


_ROWS = tomllib.loads(resources.files("mailroom").joinpath("formats.toml").read_text("utf-8"))

SHEETS = {
    name: Sheet(name=name, size=_size(row["size"]), media=row["media"])
    for name, row in _ROWS["sheets"].items()
}
ENVELOPES = {name: _envelope(name, row) for name, row in _ROWS["envelopes"].items()}
FORMATS = {name: _format(name, row, _ROWS["common"]) for name, row in _ROWS["formats"].items()}

A4, US_LETTER = SHEETS["a4"].size, SHEETS["letter"].size


def format_named(name: str, where: str = "") -> Format:
    """The format of that name; ConfigError names those that are called nearly so."""
    try:
        return FORMATS[name]
    except KeyError:
        message = f"there is no format {name!r}"
        raise ConfigError(message, where=where, hint=_instead_of(name)) from None


def _instead_of(name: str) -> str:
    near = get_close_matches(name, FORMATS, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}`mailroom formats` lists them all"

"""FORMATS: the physical products, as data.

Every length is in points, every zone is measured from the top left corner of the TrimBox.
A format says what the paper is; what a provider or a postal operator wants of it stands
beside it. Adding a product is adding a row.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.errors import ConfigError
from mailroom.units import Box, Length, Size, inch, mm


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An envelope as it is fed: wider than high, flap closed, stamp top right."""

    name: str
    size: Size
    media: str  #: PWG 5101.1 self-describing name
    window: Box | None = None  #: the hole, from the envelope's top left corner


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The paper that goes through the press."""

    name: str
    size: Size
    media: str  #: PWG 5101.1 self-describing name


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
    fold: str = ""  #: "side" where two panels share a sheet side, or the fold marks of a letter
    folds: tuple[Length, ...] = ()  #: fold marks of a letter, from the top of the sheet
    address_zone: Box | None = None  #: where the address is printed
    envelope: str = ""  #: key of ENVELOPES
    addressed_envelope: bool = False  #: the address is printed on the envelope, not the piece
    sheet: str = ""  #: key of SHEETS the panels are imposed on; empty: a page is a sheet
    sides: str = "one-sided"  #: IPP `sides` (RFC 8011, 5.2.8)
    media: str = ""  #: PWG 5101.1 name of the trimmed page

    @property
    def media_box(self) -> Size:
        """Trim plus bleed on all four sides."""
        return Size(self.trim.width + 2 * self.bleed, self.trim.height + 2 * self.bleed)

    @property
    def safe_box(self) -> Box:
        """Where text may stand."""
        return Box(0, 0, self.trim.width, self.trim.height).inset(self.safe)

    @property
    def clear_zone(self) -> Box | None:
        """What the envelope's window may show of the sheet, however it slips.

        Nothing but the address may be printed in here. Without a window it is the
        address zone itself.
        """
        envelope = ENVELOPES.get(self.envelope)
        if not envelope or not envelope.window or not self.folds:
            return self.address_zone
        window = envelope.window
        slack_x = envelope.size.width - self.trim.width
        slack_y = envelope.size.height - self.folds[0]
        return Box(
            window.x - slack_x, window.y - slack_y, window.width + slack_x, window.height + slack_y
        )


A4 = Size(mm(210), mm(297))
US_LETTER = Size(inch(8.5), inch(11))

SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet(name="a4", size=A4, media="iso_a4_210x297mm"),
        Sheet(name="letter", size=US_LETTER, media="na_letter_8.5x11in"),
    )
}

ENVELOPES = {
    envelope.name: envelope
    for envelope in (
        Envelope(name="a7", size=Size(inch(7.25), inch(5.25)), media="na_a7_5.25x7.25in"),
        Envelope(name="c6", size=Size(mm(162), mm(114)), media="iso_c6_114x162mm"),
        Envelope(
            name="dl-window",
            size=Size(mm(220), mm(110)),
            media="iso_dl_110x220mm",
            # DIN 680: 90 x 45 mm, 20 mm from the left, 15 mm from the bottom.
            window=Box(mm(20), mm(50), mm(90), mm(45)),
        ),
        Envelope(
            name="10-window",
            size=Size(inch(9.5), inch(4.125)),
            media="na_number-10_4.125x9.5in",
            # The usual single window: 4.5 x 1.125 in, 0.875 in left, 0.5 in up.
            window=Box(inch(0.875), inch(2.5), inch(4.5), inch(1.125)),
        ),
    )
}

FORMATS = {
    fmt.name: fmt
    for fmt in (
        Format(
            name="card-5x7",
            title="Flat card 5 x 7 in, two sides, in an A7 envelope",
            trim=Size(inch(5), inch(7)),
            bleed=inch(0.125),
            safe=inch(0.125),
            pages=("front", "back"),
            envelope="a7",
            addressed_envelope=True,
            sides="two-sided-long-edge",
            media="na_5x7_5x7in",
        ),
        Format(
            name="card-a6-folded",
            title="Folded card A6, four panels on one A4 sheet, in a C6 envelope",
            trim=Size(mm(105), mm(148)),
            bleed=mm(3),
            safe=mm(4),
            pages=("front", "inside-left", "inside-right", "back"),
            fold="side",
            envelope="c6",
            addressed_envelope=True,
            sheet="a4",
            # A landscape sheet turns over its short edge, so that both sides stand upright.
            sides="two-sided-short-edge",
            media="iso_a6_105x148mm",
        ),
        Format(
            name="letter-a4",
            title="Letter A4 for a DIN lang window envelope (DIN 5008 form B)",
            trim=A4,
            bleed=mm(0),
            safe=mm(5),
            pages=("letter",),
            folds=(mm(105), mm(210)),
            # DIN 5008:2020 form B: 85 x 45 mm, 20 mm from the left, 45 mm from the top.
            address_zone=Box(mm(20), mm(45), mm(85), mm(45)),
            envelope="dl-window",
            media="iso_a4_210x297mm",
        ),
        Format(
            name="letter-us",
            title="US Letter for a #10 window envelope",
            trim=US_LETTER,
            bleed=inch(0),
            safe=inch(0.25),
            pages=("letter",),
            folds=(inch(3.75), inch(7.375)),
            # Exactly what stays visible in the window however the sheet slips.
            address_zone=Box(inch(0.875), inch(2.5), inch(3.5), inch(0.75)),
            envelope="10-window",
            media="na_letter_8.5x11in",
        ),
    )
}


def format_named(name: str, where: str = "") -> Format:
    """The format of that name; ConfigError lists what there is."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        message = f"there is no format {name!r}"
        raise ConfigError(message, where=where, hint=f"use one of: {known}") from None

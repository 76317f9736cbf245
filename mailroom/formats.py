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
    fold: str = ""  #: "side" where two panels share a sheet side, or the fold marks of a letter
    folds: tuple[Length, ...] = ()  #: fold marks of a letter, from the top of the sheet
    creases: tuple[Crease, ...] = ()  #: where a self-mailer is folded
    address_zone: Box | None = None  #: where the address is printed
    envelope: str = ""  #: key of ENVELOPES
    addressed_envelope: bool = False  #: the address is printed on the envelope, not the piece
    addressed_by_provider: bool = False  #: whoever posts it prints the address: we print none
    ink_free: tuple[Zone, ...] = ()  #: where the provider prints, and we do not
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

    def ink_free_on(self, page: int) -> tuple[Zone, ...]:
        """The zones without ink of the page of that number, from 1."""
        return tuple(zone for zone in self.ink_free if zone.page in self.pages[page - 1 : page])

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
        Sheet(name="a3", size=Size(mm(297), mm(420)), media="iso_a3_297x420mm"),
        Sheet(name="sra3", size=Size(mm(320), mm(450)), media="iso_sra3_320x450mm"),
        Sheet(name="tabloid", size=Size(inch(11), inch(17)), media="na_ledger_11x17in"),
        Sheet(name="12x18", size=Size(inch(12), inch(18)), media="na_arch-b_12x18in"),
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

ADDRESS_BLOCK, SCAN_CODE = "address block", "scan code"

LOB_BLEED = inch(0.125)  # on each side, postcards and self-mailers (Lob, artboard layout)


def _from_bleed(left: float, top: float, width: float, height: float) -> Box:
    """A box that Lob measures in inches on the bleed file, measured from the trim."""
    return Box(inch(left) - LOB_BLEED, inch(top) - LOB_BLEED, inch(width), inch(height))


def _postcard(height: float, width: float, block: float) -> Format:
    """A postcard that Lob prints; `block` is the width of its address block, all in inches.

    Lob's API (`psc_back`), templates and help agree on 0.275 in from the right and 0.25 in
    from the bottom of the *bleed* file: 0.15 and 0.125 in from the trim. Text 1/8 in inside
    the trim is Lob's own advice for artboards; its examples are content with half of it.
    """
    right, bottom = width + 0.25 - 0.275, height + 0.25 - 0.25
    box = _from_bleed(right - block, bottom - 2.375, block, 2.375)
    return Format(
        name=f"postcard-{height:g}x{width:g}",
        title=f"Postcard {height:g} x {width:g} in, addressed and posted by the provider",
        trim=Size(inch(width), inch(height)),
        bleed=LOB_BLEED,
        safe=inch(0.125),
        pages=("front", "back"),
        addressed_by_provider=True,
        ink_free=(Zone(name=ADDRESS_BLOCK, page="back", box=box),),
        sides="two-sided-short-edge",
    )


def _lob_letter(name: str, title: str, pages: tuple[str, ...]) -> Format:
    """A US Letter that Lob folds and puts into its own #10 window envelope.

    Lob's API (`ltr_file`) and templates: a white box of 3.15 x 2 in, 0.6 in from the left and
    0.84 in from the top, is printed over the first page. The template of 2025 has a scan code
    of 0.5 x 0.5 in, 0.087 in from the left and the bottom, with a serial number above it up to
    2.25 in from the bottom: one column, which every sheet may bear. 1/16 in stays clear.
    """
    serial = Box(inch(0.087), inch(11 - 2.25), inch(0.5), inch(2.25 - 0.087))
    address = Box(inch(0.6), inch(0.84), inch(3.15), inch(2))
    return Format(
        name=name,
        title=title,
        trim=US_LETTER,
        bleed=inch(0),
        safe=inch(0.0625),
        pages=pages,
        addressed_by_provider=True,
        ink_free=(
            Zone(name=ADDRESS_BLOCK, page=pages[0], box=address),
            *(Zone(name=SCAN_CODE, page=page, box=serial) for page in pages),
        ),
        sides="two-sided-long-edge" if len(pages) > 1 else "one-sided",
        media="na_letter_8.5x11in",
    )


def _self_mailer(name: str, trim: Size, block: Box, *creases: Crease) -> Format:
    """A sheet that Lob folds once and closes; text 1/8 in inside the trim (Lob's templates)."""
    return Format(
        name=f"self-mailer-{name}",
        title=f"Self-mailer {name.replace('x', ' x ')} in, folded once, addressed and "
        "posted by the provider",
        trim=trim,
        bleed=LOB_BLEED,
        safe=inch(0.125),
        pages=("outside", "inside"),
        addressed_by_provider=True,
        ink_free=(Zone(name=ADDRESS_BLOCK, page="outside", box=block),),
        creases=creases,
        sides="two-sided-long-edge",
    )


def _crease(page: str, at: float, *, upright: bool = False) -> Crease:
    return Crease(page=page, at=inch(at), upright=upright)


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
        _postcard(4, 6, block=3.2835),
        _postcard(6, 9, block=4),
        _postcard(6, 11, block=4),
        _lob_letter("letter-lob", "US Letter, addressed and posted by Lob", ("letter",)),
        _lob_letter(
            "letter-lob-2",
            "US Letter on two pages, addressed and posted by Lob",
            ("letter", "second"),
        ),
        _self_mailer(
            "6x18",
            Size(inch(18), inch(6)),
            # Lob's example has the block of 4 x 2.375 in at 3.375 in from the top of the bleed
            # file, its template 0.125 in above the trim: what either of them says stays bare.
            _from_bleed(4.975, 3.375, 4, 2.625),
            _crease("outside", 9, upright=True),
            _crease("inside", 9, upright=True),
        ),
        _self_mailer(
            "11x9",
            Size(inch(9), inch(11)),
            _from_bleed(4.75, 3.6, 4, 2.375),
            # Lob's template: 6.125 in outside and 5.125 in inside, from the top of the bleed file.
            _crease("outside", 6),
            _crease("inside", 5),
        ),
        _self_mailer(
            "12x9",
            Size(inch(9), inch(12)),
            _from_bleed(4.75, 3.6, 4, 2.375),
            _crease("outside", 6),
            _crease("inside", 6),
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

"""FORMATS: the physical products, as data.

Every length is in points, every zone is measured from the top left corner of the TrimBox.
A format says what the paper is; what a postal operator says of it stands in `mailability`.
Adding a product is adding a row. Each row says where its figures were read and how far they
can be trusted: what is of low confidence is told to whoever is about to print it.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
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


A4 = Size(mm(210), mm(297))
US_LETTER = Size(inch(8.5), inch(11))
US_LEGAL = Size(inch(8.5), inch(14))

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


def _window(envelope: Size, width: float, height: float, foot: float, **side: float) -> Box:
    """A window as makers of envelopes give it: its size, from the foot, from `left` or `right`."""
    x = side["left"] if "left" in side else envelope.width - side["right"] - width
    return Box(x, envelope.height - foot - height, width, height)


_TRADE = "US trade size (announcement envelopes)"
_ISO_269 = "ISO 269"
_SN = "SN 010130, in a maker's table of window envelopes (studylibfr.com 2273411)"
_DL, _C5_6 = Size(mm(220), mm(110)), Size(mm(229), mm(114))
_NUMBER_10 = Size(inch(9.5), inch(4.125))

ENVELOPES = {
    envelope.name: envelope
    for envelope in (
        Envelope(
            name="a2",
            title="A2",
            size=Size(inch(5.75), inch(4.375)),
            media="na_a2_4.375x5.75in",
            source=_TRADE,
            confidence="medium",
        ),
        Envelope(
            name="a6",
            title="A6 (US, not ISO)",
            size=Size(inch(6.5), inch(4.75)),
            media="custom_us-a6-envelope_4.75x6.5in",
            source=_TRADE,
            confidence="medium",
        ),
        Envelope(
            name="a7",
            title="A7",
            size=Size(inch(7.25), inch(5.25)),
            media="na_a7_5.25x7.25in",
            source=_TRADE,
            confidence="medium",
        ),
        Envelope(
            name="square-5.5",
            title="square 5.5 x 5.5 in",
            size=Size(inch(5.5), inch(5.5)),
            media="custom_square-envelope_5.5x5.5in",
            source="usual trade size for a square card of 5.25 in, not found in a source",
            confidence="low",
        ),
        Envelope(
            name="c6",
            title="C6",
            size=Size(mm(162), mm(114)),
            media="iso_c6_114x162mm",
            source=_ISO_269,
        ),
        Envelope(
            name="c5",
            title="C5",
            size=Size(mm(229), mm(162)),
            media="iso_c5_162x229mm",
            source=_ISO_269,
        ),
        Envelope(name="dl", title="DL", size=_DL, media="iso_dl_110x220mm", source=_ISO_269),
        Envelope(
            name="dl-window",
            title="DL with a window (DIN 680)",
            size=_DL,
            media="iso_dl_110x220mm",
            window=_window(_DL, mm(90), mm(45), mm(15), left=mm(20)),
            source="DIN 680: window 90 x 45 mm, 20 mm from the left, 15 mm from the foot",
        ),
        Envelope(
            name="dl-window-uk",
            title="DL with the usual British window",
            size=_DL,
            media="iso_dl_110x220mm",
            window=_window(_DL, mm(90), mm(35), mm(18), left=mm(20)),
            source="window 90 x 35 mm, 20 mm from the left, 18 mm from the foot: the usual "
            "British trade value, not found in a source",
            confidence="low",
        ),
        Envelope(
            name="dl-window-fr",
            title="DL with a window at the right, French",
            size=_DL,
            media="iso_dl_110x220mm",
            window=_window(_DL, mm(100), mm(45), mm(20), right=mm(20)),
            source="window 100 x 45 mm, 20 mm from the right and the foot: a usual French trade "
            "value, not found in a source",
            confidence="low",
        ),
        Envelope(
            name="c5-6-window-left",
            title="C5/6 with a window at the left, Swiss",
            size=_C5_6,
            media="custom_c5-6-envelope_114x229mm",
            window=_window(_C5_6, mm(100), mm(45), mm(21), right=mm(109)),
            source=_SN,
            confidence="medium",
        ),
        Envelope(
            name="c5-6-window-right",
            title="C5/6 with a window at the right, Swiss",
            size=_C5_6,
            media="custom_c5-6-envelope_114x229mm",
            window=_window(_C5_6, mm(100), mm(45), mm(21), right=mm(12)),
            source=_SN,
            confidence="medium",
        ),
        Envelope(
            name="10",
            title="#10",
            size=_NUMBER_10,
            media="na_number-10_4.125x9.5in",
            source="US trade size",
            confidence="medium",
        ),
        Envelope(
            name="10-window",
            title="#10 with a window",
            size=_NUMBER_10,
            media="na_number-10_4.125x9.5in",
            window=_window(_NUMBER_10, inch(4.5), inch(1.125), inch(0.5), left=inch(0.875)),
            source="window 4.5 x 1.125 in, 0.875 in from the left, 0.5 in from the foot "
            "(laenvelope.com, customenvelope.com)",
        ),
        Envelope(
            name="10-lob",
            title="#10 with two windows, Lob's own",
            size=_NUMBER_10,
            media="na_number-10_4.125x9.5in",
            window=_window(_NUMBER_10, inch(4), inch(1), inch(1), left=inch(0.625)),
            source="address window 4 x 1 in, 0.625 in from the left, 1 in from the foot; above it "
            "the sender's, 3.25 x 0.875 in (help.lob.com, letter envelopes)",
        ),
    )
}

ADDRESS_BLOCK, SCAN_CODE = "address block", "scan code"
POSTAGE, CODING_ZONE = "postage", "coding zone"

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
        post="usps",
        source="Lob: API (psc_back), templates, help on artboards",
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
        envelope="10-lob",
        addressed_by_provider=True,
        ink_free=(
            Zone(name=ADDRESS_BLOCK, page=pages[0], box=address),
            *(Zone(name=SCAN_CODE, page=page, box=serial) for page in pages),
        ),
        sides="two-sided-long-edge" if len(pages) > 1 else "one-sided",
        media="na_letter_8.5x11in",
        post="usps",
        source="Lob: API (ltr_file), templates of 2025",
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
        post="usps",
        source="Lob: templates and examples of self-mailers",
    )


def _crease(page: str, at: float, *, upright: bool = False) -> Crease:
    return Crease(page=page, at=inch(at), upright=upright)


def _flat(name: str, title: str, trim: Size, envelope: str, **more: Any) -> Format:
    """A card of two sides, cut before or after printing."""
    return Format(
        name=f"card-{name}",
        title=f"Flat card {title}, two sides",
        trim=trim,
        pages=("front", "back"),
        envelope=envelope,
        addressed_envelope=True,
        sides="two-sided-long-edge",
        **more,
    )


def _folded(name: str, title: str, panel: Size, envelope: str, **more: Any) -> Format:
    """A card folded at its side: four panels on the two sides of a sheet.

    A landscape sheet turns over its short edge, so that both sides stand upright.
    """
    return Format(
        name=f"card-{name}-folded",
        title=f"Folded card {title}, four panels",
        trim=panel,
        pages=("front", "inside-left", "inside-right", "back"),
        fold="side",
        envelope=envelope,
        addressed_envelope=True,
        sides="two-sided-short-edge",
        **more,
    )


def _tent(name: str, title: str, panel: Size, envelope: str, **more: Any) -> Format:
    """A card folded at its top: the panels lie one above the other, the back upside down.

    The sheet is upright, so that it too turns over its short edge.
    """
    return Format(
        name=f"card-{name}-tent",
        title=f"Tent card {title}, folded at the top, four panels",
        trim=panel,
        pages=("front", "inside-top", "inside-bottom", "back"),
        fold="tent",
        envelope=envelope,
        addressed_envelope=True,
        sides="two-sided-short-edge",
        **more,
    )


_US_CARD: dict[str, Any] = {
    "bleed": inch(0.125),
    "safe": inch(0.125),
    "source": f"{_TRADE}; bleed and safe zone as print shops ask for",
    "confidence": "medium",
}
_ISO_CARD: dict[str, Any] = {
    "bleed": mm(3),
    "safe": mm(4),
    "source": "ISO 216; bleed and safe zone as print shops ask for",
}
_A5, _A6 = Size(mm(148), mm(210)), Size(mm(105), mm(148))


def _letter(
    name: str,
    title: str,
    paper: Size,
    folds: tuple[Length, ...],
    envelope: str,
    field: Box | None = None,
    **more: Any,
) -> Format:
    """A letter for a window envelope, its address where the window shows it however it slips.

    `field` is where a standard has the address: what the window may hide of it is left out.
    """
    seen = always_seen(ENVELOPES[envelope], paper, folds)
    return Format(
        name=name,
        title=title,
        trim=paper,
        bleed=mm(0),
        pages=("letter",),
        folds=folds,
        address_zone=seen.intersection(field) if field else seen,
        envelope=envelope,
        **more,
    )


_THIRDS = (mm(99), mm(198))
_A4_LETTER: dict[str, Any] = {"safe": mm(5), "media": "iso_a4_210x297mm"}


def _postcard_a6() -> Format:
    """A postcard that bears its address, printed by oneself; to the right as everywhere.

    Deutsche Post: the address at least 40 mm from the top, 15 mm from the edges; postage in
    74 x 40 mm top right; the coding zone is the lowest 15 mm (its width, 150 mm, is more than
    the card has). All of it is stricter than what the USPS and the Royal Mail ask for.
    """
    card = _A6.rotated()
    postage = Box(card.width - mm(74), 0, mm(74), mm(40))
    coding = Box(0, card.height - mm(15), card.width, mm(15))
    return Format(
        name="postcard-a6",
        title="Postcard A6, addressed on its back, stamped and posted by yourself",
        trim=card,
        bleed=mm(3),
        safe=mm(4),
        pages=("front", "back"),
        address_zone=Box(mm(68), mm(42), mm(65), mm(48)),
        address_on="back",
        ink_free=(
            Zone(name=POSTAGE, page="back", box=postage),
            Zone(name=CODING_ZONE, page="back", box=coding),
        ),
        sides="two-sided-short-edge",
        media="iso_a6_105x148mm",
        source="ISO 216; Deutsche Post, machine-readable mail (acmedienhaus.de, mailinglotsen.de)",
        confidence="medium",
    )


FORMATS = {
    fmt.name: fmt
    for fmt in (
        _flat(
            "5x7", "5 x 7 in (A7)", Size(inch(5), inch(7)), "a7", media="na_5x7_5x7in", **_US_CARD
        ),
        _flat("us-a2", "4.25 x 5.5 in (A2)", Size(inch(4.25), inch(5.5)), "a2", **_US_CARD),
        _flat("us-a6", "4.5 x 6.25 in (US A6)", Size(inch(4.5), inch(6.25)), "a6", **_US_CARD),
        _flat("square", "5.25 x 5.25 in", Size(inch(5.25), inch(5.25)), "square-5.5", **_US_CARD),
        _flat("a6", "A6", _A6, "c6", media="iso_a6_105x148mm", **_ISO_CARD),
        _flat("a5", "A5", _A5, "c5", media="iso_a5_148x210mm", **_ISO_CARD),
        _flat("dl", "99 x 210 mm (a third of A4)", Size(mm(99), mm(210)), "dl", **_ISO_CARD),
        _folded("5x7", "5 x 7 in", Size(inch(5), inch(7)), "a7", sheet="letter", **_US_CARD),
        _folded(
            "us-a2", "4.25 x 5.5 in", Size(inch(4.25), inch(5.5)), "a2", sheet="letter", **_US_CARD
        ),
        _folded("a6", "A6", _A6, "c6", sheet="a4", media="iso_a6_105x148mm", **_ISO_CARD),
        _folded("a5", "A5", _A5, "c5", sheet="a3", media="iso_a5_148x210mm", **_ISO_CARD),
        _tent("5x7", "7 x 5 in", Size(inch(7), inch(5)), "a7", sheet="letter", **_US_CARD),
        _tent(
            "us-a2", "5.5 x 4.25 in", Size(inch(5.5), inch(4.25)), "a2", sheet="letter", **_US_CARD
        ),
        _tent("a6", "A6", _A6.rotated(), "c6", sheet="a4", media="iso_a6_105x148mm", **_ISO_CARD),
        Format(
            name="letter-a4",
            title="Letter A4 for a DIN lang window envelope (DIN 5008 form B)",
            trim=A4,
            bleed=mm(0),
            pages=("letter",),
            folds=(mm(105), mm(210)),
            # All of the standard's field: the uppermost 5 mm are for the sender's own line, and
            # may be hidden as it may.
            address_zone=Box(mm(20), mm(45), mm(85), mm(45)),
            envelope="dl-window",
            source="DIN 5008:2020 form B: field 85 x 45 mm, 20 mm from the left, 45 mm from the "
            "top (KOMA-Script DIN.lco)",
            **_A4_LETTER,
        ),
        _letter(
            "letter-a4-din-a",
            "Letter A4 for a DIN lang window envelope (DIN 5008 form A)",
            A4,
            (mm(87), mm(192)),
            "dl-window",
            Box(mm(20), mm(27), mm(85), mm(45)),
            source="DIN 5008 form A: field 85 x 45 mm, 20 mm from the left, 27 mm from the top "
            "(KOMA-Script DINmtext.lco)",
            **_A4_LETTER,
        ),
        _letter(
            "letter-a4-ch-left",
            "Letter A4 for a Swiss C5/6 envelope, window at the left",
            A4,
            (mm(105), mm(210)),
            "c5-6-window-left",
            Box(mm(20), mm(35.5), mm(100), mm(45)),
            source="SN 010130 left: field 100 x 45 mm, 20 mm from the left, 35.5 mm from the top "
            "(KOMA-Script SNleft.lco)",
            confidence="medium",
            **_A4_LETTER,
        ),
        _letter(
            "letter-a4-ch-right",
            "Letter A4 for a Swiss C5/6 envelope, window at the right",
            A4,
            (mm(105), mm(210)),
            "c5-6-window-right",
            Box(mm(210 - 8 - 90), mm(45), mm(90), mm(45)),
            source="SN 010130: field 90 x 45 mm, 8 mm from the right, 45 mm from the top "
            "(KOMA-Script SN.lco)",
            confidence="medium",
            **_A4_LETTER,
        ),
        _letter(
            "letter-a4-fr",
            "Letter A4 for a French DL window envelope",
            A4,
            _THIRDS,
            "dl-window-fr",
            Box(mm(210 - 10 - 100), mm(35), mm(100), mm(45)),
            source="French standard: field 100 x 45 mm, 10 mm from the right, 35 mm from the top "
            "(KOMA-Script NF.lco)",
            confidence="medium",
            **_A4_LETTER,
        ),
        _letter(
            "letter-a4-uk",
            "Letter A4 for a British DL window envelope",
            A4,
            _THIRDS,
            "dl-window-uk",
            source="folded in thirds; the address where the window of the envelope is",
            confidence="medium",
            **_A4_LETTER,
        ),
        _letter(
            "letter-us",
            "US Letter for a #10 window envelope",
            US_LETTER,
            (inch(3.75), inch(7.375)),
            "10-window",
            safe=inch(0.25),
            media="na_letter_8.5x11in",
            source="folds as in KOMA-Script UScommercial9.lco; exactly what stays visible",
        ),
        _letter(
            "letter-legal",
            "US Legal for a #10 window envelope, folded in four",
            US_LEGAL,
            (inch(3.75), inch(7.25), inch(10.75)),
            "10-window",
            safe=inch(0.25),
            media="na_legal_8.5x14in",
            source="folded so that the address lies as on US Letter; exactly what stays visible",
            confidence="medium",
        ),
        _lob_letter("letter-lob", "US Letter, addressed and posted by Lob", ("letter",)),
        _lob_letter(
            "letter-lob-2",
            "US Letter on two pages, addressed and posted by Lob",
            ("letter", "second"),
        ),
        _postcard_a6(),
        _postcard(4, 6, block=3.2835),
        _postcard(6, 9, block=4),
        _postcard(6, 11, block=4),
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

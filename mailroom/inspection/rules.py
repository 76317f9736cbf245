"""RULES: what is checked on a finished PDF, as data; the documents are made from these tables.

An error costs the run: a shop sends the file back, or what comes out cannot be posted. A warning
prints, and worse than it could.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mailroom.inspection import paint, places, scanned, soundness, wording
from mailroom.inspection.document import Document
from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.wanted import Wanted
from mailroom.model import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: what it is called, what it wants, and what to do where it is broken."""

    name: str
    title: str
    wants: str
    todo: str
    severity: Severity = ERROR
    sometimes: str = ""  #: when it is another severity


@dataclass(frozen=True, kw_only=True)
class FileRule(Rule):
    """Judges the file as a whole, and the boxes of all its pages."""

    check: Callable[[Document, Wanted], Iterable[Fault]]


@dataclass(frozen=True, kw_only=True)
class PageRule(Rule):
    """Judges what is on one page."""

    check: Callable[[Leaf], Iterable[Fault]]


UNOPENED = Rule(
    name="readable",
    title="The file",
    wants="it is a PDF that can be opened",
    todo="export it anew from the program that made it",
)

_CLAIMED = "error where it says that it is PDF/X, or with --pdfx"

FILE_RULES = (
    FileRule(
        name="encrypted",
        title="Encryption",
        wants="nobody is kept from reading or printing it",
        todo="export it without a password and without restrictions",
        check=soundness.encrypted,
    ),
    FileRule(
        name="damaged",
        title="Damage",
        wants="it is read without repairs",
        todo="export or copy it anew: it was cut off or changed on its way",
        check=soundness.damaged,
    ),
    FileRule(
        name="page-count",
        title="Number of pages",
        wants="as many pages as the named format has, or so many for each of several pieces",
        todo="one page a side, in order",
        check=soundness.page_count,
    ),
    FileRule(
        name="trim-box",
        title="TrimBox",
        wants="every page says where it is cut",
        todo="export with the trim size set; crop marks alone are not enough",
        check=soundness.trim_box,
    ),
    FileRule(
        name="boxes-nested",
        title="Boxes",
        wants="TrimBox within BleedBox within MediaBox, and no CropBox that cuts them",
        todo="export with the document's own trim and bleed",
        check=soundness.boxes_nested,
    ),
    FileRule(
        name="bleed-box",
        title="BleedBox",
        wants="the bleed that the format asks for on all four sides",
        todo="set the bleed in the document and export with it",
        check=soundness.bleed_box,
    ),
    FileRule(
        name="trim-size",
        title="Size",
        wants="the size of the named format within 0.1 mm, or of a format that is known",
        todo="name the product with --format if it is one; else zones are not checked",
        sometimes="warning where no format is named",
        check=soundness.trim_size,
    ),
    FileRule(
        name="same-size",
        title="Pages alike",
        wants="all pages have one size",
        todo="a file for each size",
        check=soundness.same_sizes,
    ),
    FileRule(
        name="turned",
        title="Rotation",
        wants="pages lie as they are printed (/Rotate 0)",
        todo="turn the page in the program that made it",
        severity=WARNING,
        check=soundness.turned,
    ),
    FileRule(
        name="user-unit",
        title="UserUnit",
        wants="lengths are in points",
        todo="export at full size",
        check=soundness.user_unit,
    ),
    FileRule(
        name="pdfx-label",
        title="PDF/X-4: what it says it is",
        wants="it says in its metadata that it is PDF/X-4 (GTS_PDFXVersion)",
        todo="export as PDF/X-4:2010",
        severity=WARNING,
        sometimes="error with --pdfx",
        check=soundness.pdfx_label,
    ),
    FileRule(
        name="pdfx-intent",
        title="PDF/X-4: OutputIntent",
        wants="an OutputIntent with the name and the CMYK profile of a press",
        todo="export as PDF/X-4 with the printer's profile, such as ISO Coated v2 300 %",
        sometimes="left out where it does not say that it is PDF/X, without --pdfx",
        check=soundness.pdfx_intent,
    ),
    FileRule(
        name="pdfx-entries",
        title="PDF/X-4: ID, Trapped, version",
        wants="an ID, a word on trapping, and a version of PDF that PDF/X-4 allows",
        todo="export as PDF/X-4:2010",
        sometimes="left out where it does not say that it is PDF/X, without --pdfx",
        check=soundness.pdfx_entries,
    ),
    FileRule(
        name="active",
        title="Scripts, forms, attachments",
        wants="it does nothing but lie on paper",
        todo="export for print, not for the screen",
        severity=WARNING,
        sometimes=_CLAIMED,
        check=soundness.active,
    ),
)

PAGE_RULES = (
    PageRule(
        name="broken-page",
        title="Page content",
        wants="every operator on the page makes sense",
        todo="export the page anew",
        check=soundness.broken_page,
    ),
    PageRule(
        name="annotations",
        title="Annotations",
        wants="no links, notes or fields within the bleed",
        todo="export for print, without links and comments",
        severity=WARNING,
        sometimes=_CLAIMED,
        check=soundness.annotated,
    ),
    PageRule(
        name="bleed-ink",
        title="Bleed",
        wants="art that touches the trim goes on to the end of the bleed; a white page is fine",
        todo="draw it beyond the trim",
        check=places.bleed_inked,
    ),
    PageRule(
        name="colour-space",
        title="Colour spaces",
        wants="Gray, CMYK, Separation and DeviceN only: no RGB, no Lab",
        todo="convert it to the printer's CMYK profile and look at it",
        check=paint.colour_spaces,
    ),
    PageRule(
        name="registration",
        title="Registration colour",
        wants="nothing within the trim is in the colour of crop marks",
        todo="set it in black",
        check=paint.registration,
    ),
    PageRule(
        name="white-overprint",
        title="White that overprints",
        wants="white knocks out what is under it",
        todo="switch overprint off for white objects",
        check=paint.white_overprint,
    ),
    PageRule(
        name="similar-plates",
        title="Names of plates",
        wants="a plate has one name",
        todo="use one swatch for it",
        severity=WARNING,
        check=paint.similar_plates,
    ),
    PageRule(
        name="total-ink",
        title="Total ink",
        wants="all plates together stay under the limit (300 %, or --ink)",
        todo="convert to a profile with that limit, or use less of what lies under black",
        check=paint.total_ink,
    ),
    PageRule(
        name="hairline",
        title="Hairlines",
        wants="lines of 0.25 pt and more",
        todo="0.25 pt at least, 0.5 pt in a tint or in several inks",
        severity=WARNING,
        check=paint.hairlines,
    ),
    PageRule(
        name="image-resolution",
        title="Resolution",
        wants="300 dpi on paper, or what the format asks for; 600 for one bit a pixel",
        todo="a larger picture",
        sometimes="warning from two thirds of it",
        check=paint.image_resolution,
    ),
    PageRule(
        name="fonts-embedded",
        title="Fonts",
        wants="every font is embedded",
        todo="embed it, or turn the text into outlines",
        check=wording.fonts_embedded,
    ),
    PageRule(
        name="type3",
        title="Type 3 fonts",
        wants="glyphs are those of a font",
        todo="use the OpenType or TrueType version of the font",
        severity=WARNING,
        check=wording.type3,
    ),
    PageRule(
        name="missing-glyph",
        title="Missing glyphs",
        wants="every character that is not a space puts ink on paper, and not .notdef's",
        todo="set it in a font that has the character",
        check=wording.missing_glyphs,
    ),
    PageRule(
        name="small-text",
        title="Small text in several inks",
        wants="text under 9 pt is in one ink",
        todo="set it in black alone, or in one spot colour",
        severity=WARNING,
        check=wording.small_text,
    ),
    PageRule(
        name="knockout-text",
        title="Small white text on several inks",
        wants="white text under 9 pt lies on one ink",
        todo="set it larger and bolder, or lay it on one ink",
        severity=WARNING,
        check=wording.knockout_text,
    ),
    PageRule(
        name="safe-zone",
        title="Safe zone",
        wants="text keeps away from the edge as the format says",
        todo="move it inwards",
        check=wording.safe_zone,
    ),
    PageRule(
        name="ink-free",
        title="Zones of the provider",
        wants="not the faintest tint where the provider prints the address or its scan code",
        todo="take it out of the zone; backgrounds, too",
        sometimes="warning where the format was not named",
        check=places.ink_free,
    ),
    PageRule(
        name="window",
        title="Tap test of the window",
        wants="only the address shows in the envelope's window, however the sheet slips",
        todo="move it out of what the window may show",
        sometimes="warning where the format was not named",
        check=places.window,
    ),
    PageRule(
        name="address-zone",
        title="Address zone",
        wants="text of the address stays within its zone",
        todo="move the address into the zone, or set it smaller",
        sometimes="warning where the format was not named",
        check=places.address_whole,
    ),
    PageRule(
        name="code-unreadable",
        title="QR and Data Matrix",
        wants="every symbol is read back from the page at 300 dpi",
        todo="make the symbol anew and put nothing on it",
        check=scanned.unreadable,
    ),
    PageRule(
        name="code-quiet",
        title="Quiet zone",
        wants="4 modules of paper around a QR Code, 1 around a Data Matrix",
        todo="leave more paper around it",
        check=scanned.quiet_zone,
    ),
    PageRule(
        name="code-module",
        title="Module size",
        wants="modules of 0.25 mm and more",
        todo="make the symbol larger, or its text shorter",
        check=scanned.module_size,
    ),
    PageRule(
        name="postal-bars",
        title="Intelligent Mail barcode",
        wants="65 bars, 20 to 24 an inch, 0.015 to 0.025 in wide; trackers 0.039 to 0.057 in, "
        "the whole 0.125 to 0.165 in high (USPS-B-3200), measured at 600 dpi",
        todo="make it anew at its own size and do not scale it",
        sometimes="warning where it has 64 bars, as a KIX may",
        check=scanned.postal_bars,
    ),
    PageRule(
        name="postal-clear",
        title="Clear zone of postal barcodes",
        wants="0.125 in left and right, 0.028 in above and below without ink",
        todo="move what is there",
        check=scanned.postal_clear,
    ),
)

RULES: tuple[Rule, ...] = (UNOPENED, *FILE_RULES, *PAGE_RULES)


def rule_named(name: str) -> Rule:
    """The row of that name."""
    return next(rule for rule in RULES if rule.name == name)

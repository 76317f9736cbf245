"""Rules for the file: can it be read, is it PDF/X, are its pages alike and its boxes right?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mailroom.inspection import pdfx
from mailroom.inspection.document import Document, PageBoxes
from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.wanted import (
    SIZE_SLACK,
    Product,
    Wanted,
    guessed,
    millimetres,
    same_size,
)
from mailroom.matrix import Corners, from_trim
from mailroom.units import Box, Size

_ROUNDED = 0.05  # points; what writing a number may lose
_TOLD = 4  # page numbers that a message names


# --- the file ------------------------------------------------------------------------------


def encrypted(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """An owner's password lets people read it, and most RIPs refuse it all the same."""
    if document.pdf.is_encrypted:
        yield Fault(message="it is encrypted")


def damaged(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """What qpdf puts right, another reader may put right otherwise."""
    if document.repairs:
        first = document.repairs[0].partition(": ")[2] or document.repairs[0]
        more = f" (and {len(document.repairs) - 1} more)" if len(document.repairs) > 1 else ""
        yield Fault(message=f"it had to be repaired to be read: {first}{more}")


def page_count(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """A file may hold many pieces: a multiple is right."""
    if not document.pages:
        yield Fault(message="it has no pages")
    product = wanted.product
    if wanted.named and product and document.pages % product.pages:
        of = f"{document.pages} page" + "s" * (document.pages > 1)
        yield Fault(message=f"it has {of}, and a {product.name} has {product.pages}")


def pdfx_label(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """What does not say that it is PDF/X is none; a designer's file may still be printed."""
    for message in pdfx.label_faults(document):
        yield Fault(message=message, grave=wanted.pdfx)


def pdfx_intent(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """Only what says that it is PDF/X, or must be, is held to it."""
    yield from _held(document, wanted, pdfx.intent_faults(document))


def pdfx_entries(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """As `pdfx_intent`."""
    yield from _held(document, wanted, pdfx.entry_faults(document))


def active(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """What does more than lie on paper."""
    grave = wanted.pdfx or bool(pdfx.label(document))
    for message in pdfx.active_faults(document):
        yield Fault(message=message, grave=grave)


def _held(document: Document, wanted: Wanted, messages: Iterator[str]) -> Iterator[Fault]:
    """What is missing from a damaged file may have been lost."""
    if (wanted.pdfx or pdfx.label(document)) and not document.repairs:
        yield from (Fault(message=message) for message in messages)


# --- the boxes, of every page ----------------------------------------------------------------


def _pages(numbers: list[int]) -> str:
    """`page 2`, `pages 1, 3, 5, 7 and 12 more`."""
    named = ", ".join(map(str, numbers[:_TOLD]))
    more = f" and {len(numbers) - _TOLD} more" if len(numbers) > _TOLD else ""
    return f"page {named}" if len(numbers) == 1 else f"pages {named}{more}"


def _grouped(faults: Iterator[tuple[int, str]]) -> Iterator[Fault]:
    """The same message once for all its pages."""
    found: dict[str, list[int]] = {}
    for number, message in faults:
        found.setdefault(message, []).append(number)
    for message, numbers in found.items():
        yield Fault(message=f"{_pages(numbers)}: {message}")


def trim_box(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """A letter that is printed on cut paper needs none."""
    yield from _grouped(_without_trim(document, wanted))


def _without_trim(document: Document, wanted: Wanted) -> Iterator[tuple[int, str]]:
    bare = [product.trim for product in wanted.products if not product.bleed]
    for number, boxes in enumerate(document.boxes, 1):
        if boxes.trim is None and not any(same_size(size, boxes.size) for size in bare):
            yield number, "no TrimBox says where it is cut"


def boxes_nested(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """MediaBox around BleedBox around TrimBox (PDF 32000-1, 14.11.2)."""
    yield from _grouped(_not_nested(document.boxes))


def _not_nested(pages: tuple[PageBoxes, ...]) -> Iterator[tuple[int, str]]:
    for number, boxes in enumerate(pages, 1):
        left, bottom, right, top = boxes.cut
        if right - left < 1 or top - bottom < 1:
            yield number, "its TrimBox is empty"
        elif boxes.trim and not _within(boxes.trim, boxes.bled):
            name = "BleedBox" if boxes.bleed else "CropBox" if boxes.crop else "MediaBox"
            yield number, f"its TrimBox reaches out of its {name}"
        elif boxes.bleed and not _within(boxes.bleed, boxes.media):
            yield number, "its BleedBox reaches out of its MediaBox"
        elif boxes.crop and not _within(boxes.bled, boxes.crop):
            yield number, "its CropBox cuts the bleed off"


def _within(inner: Corners, outer: Corners) -> bool:
    return (
        inner[0] >= outer[0] - _ROUNDED
        and inner[1] >= outer[1] - _ROUNDED
        and inner[2] <= outer[2] + _ROUNDED
        and inner[3] <= outer[3] + _ROUNDED
    )


def bleed_box(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """As far as the format wants it, on every side; asked of products that are known."""
    if wanted.products and wanted.bleed:
        yield from _grouped(_little_bleed(document, wanted.bleed))


def _little_bleed(document: Document, bleed: float) -> Iterator[tuple[int, str]]:
    for number, boxes in enumerate(document.boxes, 1):
        if boxes.trim and _within(boxes.trim, boxes.bled):
            least = min(edges(boxes))
            if least < bleed - SIZE_SLACK:
                wants = millimetres(bleed)
                yield number, f"its bleed is {millimetres(least)}, and {wants} are wanted"


def edges(boxes: PageBoxes) -> tuple[float, float, float, float]:
    """How far the bleed reaches beyond the trim: left, bottom, right, top."""
    trim, bled = boxes.cut, boxes.bled
    return trim[0] - bled[0], trim[1] - bled[1], bled[2] - trim[2], bled[3] - trim[3]


def trim_size(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """Within a tenth of a millimetre of what was named, or of something that is known."""
    product = wanted.product
    if wanted.named and product:
        yield from _grouped(_other_size(document, product))
    elif not wanted.products and document.pages:
        boxes = document.boxes[0]
        media = from_trim(boxes.media, boxes.media)
        hint = guessed((boxes.size, Size(media.width, media.height)), boxes.size)
        size = boxes.size.in_mm()
        yield Fault(message=f"{size} is the size of no format", hint=hint, grave=False)


def _other_size(document: Document, product: Product) -> Iterator[tuple[int, str]]:
    wants = f"{product.name} is {product.trim.in_mm()}"
    for number, boxes in enumerate(document.boxes, 1):
        if not same_size(boxes.size, product.trim):
            turned = same_size(boxes.size.rotated(), product.trim)
            way = ", turned by a quarter" * turned
            yield number, f"it is {boxes.size.in_mm()}, and {wants}{way}"


def same_sizes(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """What is cut in one stack is of one size; where a format is named each is compared with it."""
    sizes = Counter(boxes.size for boxes in document.boxes)
    if wanted.named or len(sizes) < 2:
        return
    usual = sizes.most_common(1)[0][0]
    odd = ((n, b.size) for n, b in enumerate(document.boxes, 1) if not same_size(b.size, usual))
    most = usual.in_mm()
    yield from _grouped((n, f"it is {size.in_mm()}, and the others {most}") for n, size in odd)


def turned(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """What imposition makes of /Rotate differs from program to program."""
    odd = ((n, b.turned) for n, b in enumerate(document.boxes, 1) if b.turned)
    yield from _grouped((n, f"it is turned by {angle} degrees (/Rotate)") for n, angle in odd)


def user_unit(document: Document, wanted: Wanted) -> Iterator[Fault]:
    """Most programs that impose do not know UserUnit and print another size."""
    odd = ((n, b.unit) for n, b in enumerate(document.boxes, 1) if b.unit != 1)
    yield from _grouped((n, f"its UserUnit is {unit:g} instead of 1") for n, unit in odd)


# --- on a page --------------------------------------------------------------------------------


def broken_page(leaf: Leaf) -> Iterator[Fault]:
    """Operators that make no sense; asked first, since every other rule needs the marks."""
    _ = leaf.marks
    if leaf.trouble:
        yield Fault(message=f"what is on it cannot be read: {leaf.trouble}")


def annotated(leaf: Leaf) -> Iterator[Fault]:
    """Notes and fields may print, and links lie on top of art."""
    grave = leaf.wanted.pdfx or bool(pdfx.label(leaf.document))
    found: dict[str, list[Box]] = {}
    for kind, corners in pdfx.notes(leaf.page.obj, leaf.boxes):
        found.setdefault(kind, []).append(leaf.place(corners))
    for kind, boxes in found.items():
        message = f"an annotation ({kind}) lies on what is printed"
        yield Fault(message=message, boxes=tuple(boxes), grave=grave)

"""Rules on a page as a whole, and what was noticed while it was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from mailroom.matrix import Corners
from mailroom.model import Finding
from mailroom.preflight.case import Case, Fault, family
from mailroom.units import to_mm

_SAME_SIZE = 0.1  # points


def page_count(case: Case) -> Iterator[Fault]:
    """As many pages as the format has."""
    wanted, hint = len(case.standard.format.pages), "shorten the text, or ask the designer to look"
    if len(case.pages) != wanted:
        yield Fault(message=f"{len(case.pages)} pages instead of {wanted}", hint=hint)
    yield from _noticed(case, "page-count", hint)


def page_size(case: Case) -> Iterator[Fault]:
    """MediaBox, BleedBox and TrimBox as the format says (ISO 15930-7, 6.10)."""
    whole, trim = case.standard.corners
    for number, page in case.numbered():
        for name, found, wanted in _other_sizes(page.media, page.bleed, page.trim, whole, trim):
            yield Fault(
                message=f"the {name} is {_in_mm(found)}, not {_in_mm(wanted)} (left, bottom, "
                "right, top)",
                page=number,
                hint=f"make it anew for the format {case.standard.format.name}",
            )
        if page.rotation:
            yield Fault(message=f"the page is turned by {page.rotation} degrees", page=number)


@lru_cache(maxsize=64)
def _other_sizes(
    media: Corners, bleed: Corners, trim: Corners, whole: Corners, wanted: Corners
) -> tuple[tuple[str, Corners, Corners], ...]:
    boxes = ("MediaBox", media, whole), ("BleedBox", bleed, whole), ("TrimBox", trim, wanted)
    return tuple(
        (name, found, right)
        for name, found, right in boxes
        if any(abs(a - b) > _SAME_SIZE for a, b in zip(found, right, strict=True))
    )


def _in_mm(corners: Iterable[float]) -> str:
    return " ".join(f"{to_mm(value):.1f}" for value in corners) + " mm"


def fonts_embedded(case: Case) -> Iterator[Fault]:
    """Only our own fonts, and each of them in the file."""
    families = case.standard.families
    for number, page in case.numbered():
        for font in page.fonts:
            if not font.embedded:
                yield Fault(
                    message=f"the font {font.name} is not in the file: the press would choose one",
                    page=number,
                    hint="make the pages anew; if it stays, report it",
                )
            elif not _is_of(font.name, families):
                yield Fault(
                    message=f"{font.name} is not a font of this layout",
                    page=number,
                    hint="name only families of fonts/ in the style sheet; a character that they "
                    "lack makes the renderer choose another font",
                )


@lru_cache(maxsize=256)
def _is_of(name: str, families: tuple[str, ...]) -> bool:
    return family(name).startswith(families)


def image_resolution(case: Case) -> Iterator[Fault]:
    """A bitmap that would print coarse."""
    least = case.standard.format.min_dpi
    for number, page in case.numbered():
        for picture in page.pictures:
            if picture.dpi < least - 0.5:
                yield Fault(
                    message=f"a picture is printed with {picture.dpi:.0f} dpi, {least} are needed "
                    f"({picture.box.in_mm()})",
                    page=number,
                    box=picture.box,
                    hint=f"use one with {least / max(picture.dpi, 1):.1f} times as many pixels "
                    "each way, or show it smaller",
                )


# --- noticed while it was drawn -------------------------------------------------------------


def code(case: Case) -> Iterator[Fault]:
    """A code that cannot be made of what it is to say."""
    return _noticed(case, "code", hint="correct the column that the code is made of")


def shrunk(case: Case) -> Iterator[Fault]:
    """Text that had to be set in the smallest size its frame allows."""
    return _noticed(case, "shrunk")


def ink(case: Case) -> Iterator[Fault]:
    """More ink in one place than the paper takes: it smears, and comes off on the next sheet."""
    return _noticed(case, "ink")


def image_missing(case: Case) -> Iterator[Fault]:
    """A picture that could not be shown."""
    hint = "put the picture into the layout's folder, as PNG, JPEG or SVG"
    return (_as_fault(one, hint) for one in case.artwork.findings if _is_lost_picture(one))


def renderer(case: Case) -> Iterator[Fault]:
    """Whatever else the layout engine warned of."""
    for finding in case.artwork.findings:
        if finding.rule == "renderer" and not _is_lost_picture(finding):
            yield _as_fault(finding, "tell the designer of the layout")


def _noticed(case: Case, rule: str, hint: str = "") -> Iterator[Fault]:
    return (_as_fault(one, hint) for one in case.artwork.findings if one.rule == rule)


def _as_fault(finding: Finding, hint: str) -> Fault:
    """With this hint, where it has none of its own."""
    return Fault(
        message=finding.message, page=finding.page, box=finding.box, hint=finding.hint or hint
    )


def _is_lost_picture(finding: Finding) -> bool:
    return finding.rule == "renderer" and "load image" in finding.message

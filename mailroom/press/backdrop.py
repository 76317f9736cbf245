"""A designer's finished PDF or SVG, drawn beneath a layout's page: `[art]` of layout.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary

from mailroom.errors import RenderError
from mailroom.formats import Format
from mailroom.press.harvest import content_of
from mailroom.press.items import Edges

_TOLERANCE = 1.0  # points that a trim may differ from the format's: a third of a millimetre
_ROUNDED = 0.2  # points a programme may round boxes by
_MM = 72 / 25.4
_SIDES = ("left", "bottom", "right", "top")
_FORM = "/Backdrop"


def open_backdrop(path: Path, number: int, fmt: Format, where: str) -> pikepdf.Pdf:
    """A PDF with that page (from 1) alone, fit to be drawn beneath a page of the format.

    RenderError says what is wrong with it: encrypted, damaged, of another size, without
    bleed, with layers that are switched off.
    """
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise RenderError(
            "it is encrypted", where=where, hint="save it without a password"
        ) from None
    except (pikepdf.PdfError, OSError) as error:
        raise RenderError(f"it is no PDF that can be read: {error}", where=where) from None
    with pdf:
        if not 1 <= number <= len(pdf.pages):
            message = f"it has no page {number}, it has {len(pdf.pages)}"
            hint = 'the page is named behind the file: "art.pdf#2"'
            raise RenderError(message, where=where, hint=hint)
        _check_layers(pdf, where)
        page = pdf.pages[number - 1]
        _check_boxes(page, fmt, where)
        alone = pikepdf.new()
        alone.pages.append(page)
    return alone


def check_fonts(pdf: pikepdf.Pdf, where: str) -> None:
    """RenderError where a font that is drawn with is not in the file."""
    for font in _fonts(content_of(pdf.pages[0].obj), pdf.pages[0].resources, set()):
        _check_font(font, where)


def underlay(pdf: pikepdf.Pdf, number: int, backdrop: pikepdf.Pdf, fmt: Format) -> None:
    """Draw the backdrop beneath the page of that number (from 0), TrimBox on TrimBox."""
    page, art = pdf.pages[number], backdrop.pages[0]
    form = pdf.copy_foreign(art.as_form_xobject())
    form.BBox = Array([float(edge) for edge in art.mediabox])  # QPDF cuts it at its TrimBox
    left, bottom, *_ = trim_of(art, fmt)
    bleed = float(fmt.bleed)
    place = f"q 1 0 0 1 {bleed - left:.4f} {bleed - bottom:.4f} cm {_FORM} Do Q"
    if "/XObject" not in page.resources:
        page.resources.XObject = Dictionary()
    page.resources.XObject[_FORM] = form
    page.contents_add(place.encode(), prepend=True)
    page.contents_coalesce()


def _check_layers(pdf: pikepdf.Pdf, where: str) -> None:
    default: Any = pdf.Root.get("/OCProperties", Dictionary()).get("/D", Dictionary())
    if len(default.get("/OFF", [])) or str(default.get("/BaseState", "/ON")) != "/ON":
        hint = "delete them, or show them, and save it again"
        raise RenderError("it has layers that are switched off", where=where, hint=hint)


def _check_boxes(page: pikepdf.Page, fmt: Format, where: str) -> None:
    if int(page.obj.get("/Rotate", 0)) % 360 or float(page.obj.get("/UserUnit", 1)) != 1:
        raise RenderError("the page is turned or scaled", where=where, hint="save it upright, 1:1")
    trim = trim_of(page, fmt)
    size = (trim[2] - trim[0], trim[3] - trim[1])
    wanted = (fmt.trim.width, fmt.trim.height)
    if any(abs(a - b) > _TOLERANCE for a, b in zip(size, wanted, strict=True)):
        message = f"the trimmed page is {_in_mm(*size)}, {fmt.name} is {_in_mm(*wanted)}"
        hint = "set the TrimBox to the finished size when you save it"
        raise RenderError(message, where=where, hint=hint)
    media = _edges(page.mediabox)
    beyond = (trim[0] - media[0], trim[1] - media[1], media[2] - trim[2], media[3] - trim[3])
    for side, reach in zip(_SIDES, beyond, strict=True):
        if reach < fmt.bleed - _ROUNDED:
            message = f"it has {max(reach, 0) / _MM:.1f} mm bleed at the {side}"
            hint = f"{fmt.name} needs {float(fmt.bleed) / _MM:.1f} mm on all sides"
            raise RenderError(message, where=where, hint=hint)


def trim_of(page: pikepdf.Page, fmt: Format) -> Edges:
    """The page's TrimBox; of one that has none, its MediaBox without the bleed if it has that."""
    if "/TrimBox" in page.obj:
        return _edges(page.trimbox)
    left, bottom, right, top = _edges(page.mediabox)
    bleed, media = float(fmt.bleed), fmt.media_box
    if (
        abs(right - left - media.width) > _TOLERANCE
        or abs(top - bottom - media.height) > _TOLERANCE
    ):
        return left, bottom, right, top
    return left + bleed, bottom + bleed, right - bleed, top - bleed


def _edges(box: Any) -> Edges:
    a, b, c, d = (float(edge) for edge in box)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _in_mm(width: float, height: float) -> str:
    return f"{width / _MM:.1f} x {height / _MM:.1f} mm"


def _fonts(content: bytes, resources: Any, seen: set[tuple[int, int]]) -> Iterator[Any]:
    """Those that operators name: many programmes list others, too."""
    for name, font in resources.get("/Font", {}).items():
        if name.encode() in content:
            yield font
    for category in ("/XObject", "/Pattern"):
        for inner in resources.get(category, {}).values():
            if isinstance(inner, pikepdf.Stream) and inner.objgen not in seen:
                seen.add(inner.objgen)
                if "/Resources" in inner:
                    yield from _fonts(inner.read_bytes(), inner.Resources, seen)


def _check_font(font: Any, where: str) -> None:
    name = str(font.get("/BaseFont", "a font"))[1:]
    if str(font.get("/Subtype")) == "/Type3":
        return
    descriptor = font.get("/FontDescriptor")
    if "/DescendantFonts" in font:
        descriptor = font.DescendantFonts[0].get("/FontDescriptor")
    files = ("/FontFile", "/FontFile2", "/FontFile3")
    if descriptor is None or not any(key in descriptor for key in files):
        hint = "embed all fonts when you save it, or turn the text into outlines"
        raise RenderError(f"the font {name} is not in it", where=where, hint=hint)

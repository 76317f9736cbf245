"""The same paragraph as WeasyPrint lays it out and prints it, to compare with."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import weasyprint
from weasyprint.text.ffi import ffi, pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.text.line_break import strut

from mailroom.fonts import Font, font_face_css, load_fonts
from mailroom.typeset.styles import Fragment, Line, Measure, Span, TextStyle

FONTS = load_fonts(Path(__file__).parent.parent / "fonts")

Shown = tuple[str, float, tuple[int | float, ...]]
"""Font, text rise, and the glyph ids (int) and adjustments (float) of a TJ operator."""


class ReferenceFails(Exception):
    """WeasyPrint breaks down over this paragraph."""


class Piece(NamedTuple):
    """What has to be the same of a text on a line."""

    text: str
    x: float
    width: float
    height: float
    baseline: float
    ink: tuple[float, float, float, float]
    shown: tuple[Shown, ...]


@cache
def _press() -> tuple[FontConfiguration, Any]:
    config = FontConfiguration()
    return config, weasyprint.CSS(string=font_face_css(FONTS), font_config=config)


def css(style: TextStyle) -> str:
    """A style as declarations that compute to it."""
    settings = ", ".join(f'"{tag}" {value}' for tag, value in style.features if tag != "kern")
    declared = {
        "font-family": ", ".join(f'"{family}"' for family in style.families),
        "font-size": f"{style.size}px",
        "font-weight": style.weight,
        "font-style": style.slant,
        "font-feature-settings": settings or "normal",
        "font-variant-caps": style.caps,
        "line-height": "normal" if style.line_height is None else f"{style.line_height}px",
        "letter-spacing": "normal" if style.letter_spacing is None else f"{style.letter_spacing}px",
        "word-spacing": f"{style.word_spacing}px",
        "white-space": style.white_space,
        "overflow-wrap": style.overflow_wrap,
        "hyphens": style.hyphens,
        "hyphenate-character": f'"{style.hyphenate_character}"',
        "hyphenate-limit-chars": " ".join(map(str, style.hyphenate_limit_chars)),
        "hyphenate-limit-zone": f"{style.hyphenate_limit_zone}px",
    }
    return escape("; ".join(f"{name}: {value}" for name, value in declared.items()))


def _html(spans: Sequence[Span], measure: Measure, block: TextStyle) -> str:
    return (
        f"<style>@page {{ size: 3000px 6000px; margin: 0 }} html, body {{ margin: 0 }}"
        f" div {{ width: {measure.width}px; text-indent: {measure.indent}px;"
        f" text-align-all: {measure.align}; text-align-last: {measure.align_last} }}</style>"
        f'<div lang="{block.language}" style="{css(block)}">{"".join(_inline(spans, block))}</div>'
    )


def _inline(spans: Sequence[Span], block: TextStyle) -> Iterator[str]:
    """The spans in their elements; an element has the style of the first text right inside."""
    opened: tuple[object, ...] = ()
    for span in spans:
        inside = span.inside or (() if span.style is block or span.text == "\n" else (object(),))
        common = 0
        while inside[common : common + 1] == opened[common : common + 1] != ():
            common += 1
        yield "</span>" * (len(opened) - common)
        for depth in range(common, len(inside)):
            own = [other.style for other in spans if other.inside == inside[: depth + 1]]
            style = own[0] if own else span.style
            yield f'<span lang="{style.language}" style="{css(style)}">'
        yield "<br>" if span.text == "\n" else escape(span.text)
        opened = inside
    yield "</span>" * len(opened)


def reference(
    spans: Sequence[Span], measure: Measure, block: TextStyle
) -> tuple[tuple[Piece, ...], ...]:
    """The lines of a <div>, as WeasyPrint sets them."""
    config, faces = _press()
    source = weasyprint.HTML(string=_html(spans, measure, block))
    try:
        document = source.render(stylesheets=[faces], font_config=config)
    except (AssertionError, UnicodeDecodeError) as error:
        # It cuts a no-break space in two, or loses its place behind a forced break.
        raise ReferenceFails from error
    assert len(document.pages) == 1
    shown = iter(_shown(document))
    lines = []
    for line in _lines(document.pages[0]._page_box):
        inside = [_piece(text, shown) for text in _texts(line)]
        if inside or line.height:
            lines.append(tuple(inside))
    assert next(shown, None) is None
    return tuple(lines)


def _lines(box: Any) -> Iterator[Any]:
    if type(box).__name__ == "LineBox":
        yield box
        return
    for child in getattr(box, "children", ()):
        yield from _lines(child)


def _texts(box: Any) -> Iterator[Any]:
    for child in box.children:
        if type(child).__name__ == "TextBox":
            yield child
        else:
            yield from _texts(child)


def _piece(box: Any, shown: Iterator[tuple[Shown, ...]]) -> Piece:
    ink, runs = (0.0, 0.0, 0.0, 0.0), ()
    if box.text.strip():
        layout = box.pango_layout
        layout.reactivate(box.style)
        rect = ffi.new("PangoRectangle *")
        pango.pango_layout_line_get_extents(layout.get_first_line()[0], rect, ffi.NULL)
        layout.deactivate()
        left, top = rect.x / 1024, rect.y / 1024
        ink = (left, top, left + rect.width / 1024, top + rect.height / 1024)
        runs = next(shown)
    top = box.baseline - box.margin_top
    return Piece(box.text, box.position_x, box.width, box.height, top, ink, runs)


# --- what is printed ---------------------------------------------------------------------


def _shown(document: Any) -> list[tuple[Shown, ...]]:
    """The TJ operators after each Tm of the page (one a text), with their fonts."""
    with pikepdf.open(io.BytesIO(document.write_pdf())) as pdf:
        page = pdf.pages[0]
        fonts = {
            key: str(font.DescendantFonts[0].BaseFont).split("+")[1].rstrip(",")
            for key, font in page.Resources.get("/Font", {}).items()
        }
        font, rise, runs = "", 0.0, list[Shown]()
        texts: list[list[Shown]] = []
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tm":
                runs = []
                texts.append(runs)
            elif str(operator) == "Tf":
                font = fonts[str(operands[0])]
            elif str(operator) == "Ts":
                rise = float(operands[0])
            elif str(operator) == "TJ":
                runs.append((font, rise, tuple(_numbers(operands[0]))))
        return [tuple(runs) for runs in texts]


def _numbers(array: Any) -> Iterator[int | float]:
    for item in array:
        if isinstance(item, pikepdf.String):
            data = bytes(item)
            yield from (int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))
        elif float(item):  # a nought moves nothing
            yield float(item)


def numbers(tj: str) -> tuple[int | float, ...]:
    """Glyphs and adjustments of a TJ array, wherever its strings are cut."""
    found: list[int | float] = []
    for part in re.finditer(r"<([0-9a-f]*)>|([-\d.e]+)", tj):
        if part[2]:
            found.extend([float(part[2])] if float(part[2]) else [])
        else:
            found.extend(int(part[1][i : i + 4], 16) for i in range(0, len(part[1]), 4))
    return tuple(found)


def as_pieces(lines: Sequence[Line]) -> tuple[tuple[Piece, ...], ...]:
    """Our lines in the words of the comparison."""
    return tuple(tuple(_ours(fragment) for fragment in line.fragments) for line in lines)


def _ours(fragment: Fragment) -> Piece:
    shown = tuple((name(run.font), run.rise, numbers(run.tj.decode())) for run in fragment.runs)
    return Piece(
        fragment.text,
        fragment.x,
        fragment.width,
        fragment.height,
        fragment.baseline,
        fragment.ink,
        shown,
    )


def name(font: Font) -> str:
    """As WeasyPrint calls it in a PDF."""
    return f"{font.family} {font.style.title()}".removesuffix(" Normal").replace(" ", "-")


def reference_strut(style: TextStyle) -> tuple[float, float]:
    config, faces = _press()
    source = weasyprint.HTML(string=_html([Span(style=style, text="x")], Measure(width=100), style))
    document = source.render(stylesheets=[faces], font_config=config)
    (line,) = _lines(document.pages[0]._page_box)
    height, baseline = strut(line.style)
    return float(height), float(baseline)

"""Is a stamped page the page that the reference prints? Read from two finished PDFs.

Every glyph must be there with its origin within 0.05 pt, and as pictures the pages must be
the same. Nothing here knows how either file was made.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
from PIL import ImageChops
from PIL.Image import Image

from mailroom.matrix import IDENTITY, Matrix, matrix_of, times

TOLERANCE = 0.05  # points
#: PDFium puts glyphs on a grid of a part of a pixel, so that a thousandth of a point may move a
#: whole line by that. It does so at one resolution, not at three.
_DPIS = (150, 163, 137)
_VISIBLE = 96  # of 255


class Glyph(NamedTuple):
    """A glyph on the page, its origin in points from the lower left corner."""

    font: str
    number: int
    x: float
    y: float


def first_difference(wanted: bytes, stamped: bytes) -> str:
    """In what the first page of `stamped` differs from that of `wanted`; empty: in nothing."""
    return next(differences(wanted, stamped))


def differences(wanted: bytes, stamped: bytes) -> Iterator[str]:
    """For each page in what `stamped` differs from `wanted`; empty: in nothing."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(_Opened(data)) for data in (wanted, stamped))
        for number in range(min(len(one), len(other))):
            yield one.difference(other, number)
        for _ in range(abs(len(one) - len(other))):
            yield "the page is missing in one of them"


class _Opened:
    """A PDF open for its operators and for its looks."""

    def __init__(self, data: bytes) -> None:
        self._syntax = pikepdf.open(io.BytesIO(data))
        self._drawing = pypdfium2.PdfDocument(data)

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._drawing.close()
        self._syntax.close()

    def __len__(self) -> int:
        return len(self._drawing)

    def difference(self, other: _Opened, number: int) -> str:
        moved = _glyph_difference(self._glyphs(number), other._glyphs(number))
        if moved:
            return moved
        seen = ""
        for dpi in _DPIS:
            one, two = self._picture(number, dpi), other._picture(number, dpi)
            seen = _raster_difference(one, two, dpi)
            if not seen:
                return ""
        return seen

    def _glyphs(self, number: int) -> Iterator[Glyph]:
        return glyphs_of(self._syntax.pages[number])

    def _picture(self, number: int, dpi: int) -> Image:
        page = self._drawing[number]
        try:
            drawn: Image = page.render(scale=dpi / 72).to_pil()
            return drawn.convert("RGB")
        finally:
            page.close()


def _glyph_difference(wanted: Iterator[Glyph], stamped: Iterator[Glyph]) -> str:
    """The first glyph that is missing, is too many, or stands elsewhere."""
    one, other = _by_kind(wanted), _by_kind(stamped)
    for kind in sorted(one.keys() | other.keys()):
        first, second = one.get(kind, []), other.get(kind, [])
        if len(first) != len(second):
            font, number = kind
            return (
                f"glyph {number} of {font} is drawn {len(second)} times instead of "
                f"{len(first)}, one of them {_place((first or second)[0])}"
            )
        for glyph in first:
            near = min(second, key=lambda g: abs(g.x - glyph.x) + abs(g.y - glyph.y))
            off = max(abs(near.x - glyph.x), abs(near.y - glyph.y))
            if off > TOLERANCE:
                return f"a glyph of {glyph.font} is {off:.2f} pt away from {_place(glyph)}"
            second.remove(near)
    return ""


def _place(glyph: Glyph) -> str:
    return f"at {glyph.x:.2f}, {glyph.y:.2f} pt"


def _by_kind(glyphs: Iterator[Glyph]) -> dict[tuple[str, int], list[Glyph]]:
    found: dict[tuple[str, int], list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        found[glyph.font, glyph.number].append(glyph)
    return found


def _raster_difference(wanted: Image, stamped: Image, dpi: int) -> str:
    """Where the two pages differ as pictures."""
    if wanted.size != stamped.size:
        return f"the page is {stamped.size} pixels instead of {wanted.size}"
    difference = ImageChops.difference(wanted, stamped).convert("L")
    found = difference.point(lambda value: 255 if value > _VISIBLE else 0).getbbox()
    if not found:
        return ""
    left, top, right, bottom = (value * 72 / dpi for value in found)
    return f"it looks different between {left:.0f}, {top:.0f} and {right:.0f}, {bottom:.0f} pt"


# --- every glyph of a page -------------------------------------------------------------------


def glyphs_of(page: pikepdf.Page) -> Iterator[Glyph]:
    """All glyphs of a page, those of its forms included (ISO 32000-1, 9.4)."""
    return _walk(page, page.obj.get("/Resources", page.resources), IDENTITY)


@dataclass(slots=True)
class _State:
    matrix: Matrix
    font: _Widths | None = None
    size: float = 0.0
    rise: float = 0.0
    spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0

    def copy(self) -> _State:
        return _State(
            self.matrix, self.font, self.size, self.rise, self.spacing, self.stretch, self.leading
        )


class _Widths:
    """A Type 0 font with two-byte codes: what it is called, and how wide its glyphs are."""

    def __init__(self, font: Any) -> None:
        inner = font["/DescendantFonts"][0]
        descriptor = inner.get("/FontDescriptor", {})
        base = str(font.get("/BaseFont", "/?"))
        italic = "Italic" in base or "Oblique" in base
        family = descriptor.get("/FontFamily")
        self.name = (str(family) if family is not None else base) + (" italic" if italic else "")
        self._default = float(inner.get("/DW", 1000))
        self._widths: dict[int, float] = {}
        entries = list(inner.get("/W", []))
        while entries:
            first, second = int(entries.pop(0)), entries.pop(0)
            if isinstance(second, pikepdf.Array):
                self._widths.update({first + n: float(w) for n, w in enumerate(second)})
            else:
                width = float(entries.pop(0))
                self._widths.update(dict.fromkeys(range(first, int(second) + 1), width))

    def of(self, number: int) -> float:
        return self._widths.get(number, self._default)


def _walk(stream: Any, resources: Any, matrix: Matrix) -> Iterator[Glyph]:
    state, stack = _State(matrix), []
    line: Matrix = IDENTITY
    at: Matrix = IDENTITY
    for instruction in pikepdf.parse_content_stream(stream):
        operands, operator = instruction.operands, instruction.operator
        name = str(operator)
        if name == "q":
            stack.append(state.copy())
        elif name == "Q" and stack:
            state = stack.pop()
        elif name == "cm":
            state.matrix = times(matrix_of(operands), state.matrix)
        elif name == "BT":
            line = at = IDENTITY
        elif name == "Tm":
            line = at = matrix_of(operands)
        elif name in ("Td", "TD"):
            x, y = (float(v) for v in operands)
            state.leading = -y if name == "TD" else state.leading
            line = at = times((1, 0, 0, 1, x, y), line)
        elif name == "T*":
            line = at = times((1, 0, 0, 1, 0, -state.leading), line)
        elif name == "Tf":
            state.font = _Widths(resources["/Font"][str(operands[0])])
            state.size = float(operands[1])
        elif name in _SIMPLE:
            setattr(state, _SIMPLE[name], float(operands[0]))
        elif name in ("Tj", "TJ"):
            items = operands[0] if name == "TJ" else [operands[0]]
            for found in _shown(items, state, at):
                if isinstance(found, Glyph):
                    yield found
                else:
                    at = found
        elif name == "Do":
            target = resources["/XObject"][str(operands[0])]
            if str(target.get("/Subtype")) == "/Form":
                own = matrix_of(target.get("/Matrix", IDENTITY))
                inner = target.get("/Resources", resources)
                yield from _walk(target, inner, times(own, state.matrix))


_SIMPLE = {"Ts": "rise", "Tc": "spacing", "TL": "leading"}


def _shown(items: Any, state: _State, at: Matrix) -> Iterator[Glyph | Matrix]:
    """The glyphs of a TJ, and last the text matrix after it."""
    font = state.font
    if font is None:
        return
    for item in items:
        if not isinstance(item, pikepdf.String):
            at = times((1, 0, 0, 1, -float(item) / 1000 * state.size, 0), at)
            continue
        codes = bytes(item)
        for start in range(0, len(codes) - 1, 2):
            number = codes[start] << 8 | codes[start + 1]
            *_, x, y = times((1, 0, 0, 1, 0, state.rise), times(at, state.matrix))
            yield Glyph(font.name, number, x, y)
            advance = font.of(number) / 1000 * state.size + state.spacing
            at = times((1, 0, 0, 1, advance, 0), at)
    yield at

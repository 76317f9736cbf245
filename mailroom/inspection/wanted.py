"""What a file is judged by: a format that was named, or the one its TrimBox is the size of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailroom.formats import ENVELOPES, FORMATS, Format
from mailroom.units import Box, Length, Size, mm

SIZE_SLACK = mm(0.1)  #: what a finished size may be off
USUAL_BLEED = mm(3)  #: where nothing is known of the product; 0.125 in, as in the US, is more
INK_LIMIT = 300.0  #: per cent, all plates together: coated paper in offset (FOGRA39 allows 330)


@dataclass(frozen=True, kw_only=True)
class Product:
    """Something that is printed and cut: a format, a folded one as it lies flat, an envelope."""

    name: str
    title: str
    trim: Size
    bleed: float = 0.0
    safe: float = 0.0
    min_dpi: int = 300
    pages: int = 1  #: of one piece
    format: Format | None = None  #: whose zones lie on its pages


def _products() -> Iterator[Product]:
    for fmt in FORMATS.values():
        yield of_format(fmt)
        if fmt.fold:
            yield _flat(fmt)
    for envelope in ENVELOPES.values():
        title = f"Envelope {envelope.size.in_mm()}"
        yield Product(name=f"envelope {envelope.name}", title=title, trim=envelope.size)


def of_format(fmt: Format) -> Product:
    """A format, its panels one by one where it is folded."""
    return Product(
        name=fmt.name,
        title=fmt.title,
        trim=fmt.trim,
        bleed=fmt.bleed,
        safe=fmt.safe,
        min_dpi=fmt.min_dpi,
        pages=len(fmt.pages),
        format=fmt,
    )


def _flat(fmt: Format) -> Product:
    """Two panels of a side, as they are before they are folded."""
    return Product(
        name=f"{fmt.name} (flat)",
        title=f"{fmt.title}, lying flat",
        trim=fmt.spread,
        bleed=fmt.bleed,
        safe=fmt.safe,
        min_dpi=fmt.min_dpi,
        pages=2,
    )


PRODUCTS: tuple[Product, ...] = tuple(_products())


def same_size(one: Size, other: Size, slack: float = SIZE_SLACK) -> bool:
    """Within a tenth of a millimetre."""
    return abs(one.width - other.width) <= slack and abs(one.height - other.height) <= slack


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a file is judged by."""

    products: tuple[Product, ...]  #: what it may be; several where their sizes are the same
    named: bool = False  #: somebody said which
    ink: float = INK_LIMIT
    pdfx: bool = False  #: must be PDF/X-4

    @property
    def product(self) -> Product | None:
        """The only thing it can be; where it may be several, none of their zones is looked at."""
        return self.products[0] if len(self.products) == 1 else None

    @property
    def format(self) -> Format | None:
        """The format whose zones lie on its pages."""
        return self.product.format if self.product else None

    @property
    def zones_left_out(self) -> bool:
        """It may be several products, and one of them has zones that nobody has looked at."""
        formats = [product.format for product in self.products if product.format]
        return len(self.products) > 1 and any(f.ink_free or f.address_zone for f in formats)

    @property
    def bleed(self) -> float:
        """What every product it may be asks for at least."""
        return min((product.bleed for product in self.products), default=USUAL_BLEED)

    @property
    def safe(self) -> float:
        return min((product.safe for product in self.products), default=0.0)

    @property
    def min_dpi(self) -> int:
        return min((product.min_dpi for product in self.products), default=300)

    def page_name(self, number: int) -> str:
        """`back` of a card; empty where the format is not known."""
        fmt = self.format
        return fmt.pages[(number - 1) % len(fmt.pages)] if fmt else ""

    def ink_free(self, number: int) -> tuple[tuple[str, Box], ...]:
        """Where the provider prints on the page of that number, from 1: what, and where."""
        fmt = self.format
        if not fmt:
            return ()
        name = self.page_name(number)
        return tuple((zone.name, zone.box) for zone in fmt.ink_free if zone.page == name)


def recognised(size: Size, pages: int) -> tuple[Product, ...]:
    """The products of that size, upright as it is; those that so many pages can be, if any."""
    fitting = tuple(product for product in PRODUCTS if same_size(product.trim, size))
    whole = tuple(product for product in fitting if pages % product.pages == 0)
    return whole or fitting


def guessed(boxes: Sequence[Size], size: Size) -> str:
    """What a page of an unknown size may have been meant to be: with bleed, or turned."""
    for product in PRODUCTS:
        bled = Size(product.trim.width + 2 * product.bleed, product.trim.height + 2 * product.bleed)
        if product.bleed and any(same_size(bled, box) for box in boxes):
            return f"that is {product.name} with its bleed: set the TrimBox inside of it"
        if same_size(product.trim.rotated(), size):
            return f"that is {product.name} lying on its side: turn the pages"
    return ""


def millimetres(length: float | Length) -> str:
    """`3.2 mm`."""
    return f"{length / 72 * 25.4:.1f}".removesuffix(".0") + " mm"

"""Rules for what machines read: QR, Data Matrix, postal barcodes."""

from __future__ import annotations

from collections.abc import Iterator

from mailroom.inspection import bars, symbols
from mailroom.inspection.leaf import Fault, Leaf
from mailroom.inspection.wanted import millimetres
from mailroom.units import mm

MODULE = mm(0.25)  #: the smallest that phones read off any paper
_QUIET_SLACK = 0.35  # modules; a pixel or two of the raster
_PIXEL = 1 / bars.MEASURE_DPI  # in; what a raster may add to or take from a length
_KNOWN = {66, 67, 78}  # Mailmark 4-state C, Australia Post, Mailmark 4-state L
_KIX = {60, 64, 68, 72}  # four bars a character, of house numbers with long suffixes


def unreadable(leaf: Leaf) -> Iterator[Fault]:
    """A scanner sees that there is a symbol, and cannot read it."""
    for symbol in leaf.symbols:
        if symbol.error:
            yield Fault(
                message=f"a {symbol.kind} cannot be read: {symbol.error}", boxes=(symbol.box,)
            )


def quiet_zone(leaf: Leaf) -> Iterator[Fault]:
    """Paper around a symbol, without which scanners do not find it."""
    for symbol in leaf.symbols:
        wanted = symbols.QUIET[symbol.kind]
        if not symbol.error and symbol.quiet < wanted - _QUIET_SLACK:
            message = (
                f"{symbol.quiet:.1f} modules are free around a {symbol.kind}, {wanted} are wanted"
            )
            room = millimetres(wanted * symbol.module)
            hint = f"leave {room} of paper on every side"
            boxes = (symbol.box.inset(-wanted * symbol.module),)
            yield Fault(message=message, hint=hint, boxes=boxes)


def module_size(leaf: Leaf) -> Iterator[Fault]:
    """Ink spreads: small modules run into one another."""
    for symbol in leaf.symbols:
        if symbol.module and symbol.module < MODULE * 0.97:
            size = symbol.module / 72 * 25.4
            message = f"the modules of a {symbol.kind} are {size:.2f} mm, 0.25 mm are wanted"
            yield Fault(message=message, boxes=(symbol.box,))


def postal_bars(leaf: Leaf) -> Iterator[Fault]:
    """The Intelligent Mail barcode within the tolerances of USPS-B-3200."""
    for code in leaf.barcodes:
        for message in _out_of_tolerance(code):
            grave = False if len(code.states) in _KIX else None
            yield Fault(message=message, boxes=(code.box,), grave=grave)


def _out_of_tolerance(code: bars.Bars) -> Iterator[str]:
    count = len(code.states)
    if count in _KNOWN or count in _KIX - {bars.BARS - 1}:
        return
    if count != bars.BARS:
        yield f"a postal barcode has {count} bars, and the Intelligent Mail barcode has 65"
        return
    limits = (
        ("bars an inch", code.pitch, 20.0, 24.0, 0.05),
        ("in wide is its thinnest bar", code.narrowest, 0.015, 0.025, _PIXEL),
        ("in wide is its widest bar", code.widest, 0.015, 0.025, _PIXEL),
        ("in high are its trackers", code.tracker, 0.039, 0.057, _PIXEL),
        ("in high is the whole of it", code.height, 0.125, 0.165, _PIXEL),
    )
    for what, value, least, most, slack in limits:
        if not least - slack <= value <= most + slack:
            number = f"{value:.1f}" if value > 1 else f"{value:.3f}"
            yield f"Intelligent Mail barcode: {number} {what}, and {least:g} to {most:g} are wanted"


def postal_clear(leaf: Leaf) -> Iterator[Fault]:
    """A barcode's own clear zone: 0.125 in left and right, 0.028 in above and below."""
    for code in leaf.barcodes:
        if code.disturbed:
            message = "ink in the clear zone of a postal barcode"
            yield Fault(message=message, boxes=(code.disturbed,))

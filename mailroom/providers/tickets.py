"""How a format's files are to be printed: the format's own data, said in a printer's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailroom.formats import ENVELOPES, SHEETS, Format
from mailroom.model import PrintTicket
from mailroom.units import Length, Size, mm

CROP_MARKS = mm(9)
"""Room the crop and fold marks outside the bleed need on an imposed sheet."""

ENVELOPE_EDGE = mm(8)
"""Nothing is printed nearer to an envelope's edge than this."""


PRESS_MARGIN, BARE_MARGIN = mm(6), mm(4)
"""What stays free round the bleed on a press sheet, with marks and without; `sheets.nup`."""

NO_OPTIONS: Mapping[str, Any] = {}


def sheet_ticket(fmt: Format, options: Mapping[str, Any] = NO_OPTIONS) -> PrintTicket:
    """The paper the pieces of a format are printed on, and what margin their art can bear.

    `options` are the mailing's: it may set them out on press sheets.
    """
    if options.get("sheet"):
        return PrintTicket(
            size=SHEETS[options["sheet"].lower()].size,
            margin=PRESS_MARGIN if options.get("marks", True) else BARE_MARGIN,
            sides=f"two-sided-{options.get('flip', 'long-edge')}"
            if len(fmt.pages) > 1
            else "one-sided",
        )
    if fmt.sheet:
        size = SHEETS[fmt.sheet].size
        return PrintTicket(size=size, margin=_spare(fmt, size), sides=fmt.sides)
    margin = Length(0.0) if fmt.bleed else fmt.safe
    return PrintTicket(size=fmt.trim, margin=margin, sides=fmt.sides)


def envelope_ticket(fmt: Format) -> PrintTicket | None:
    """The envelope the address is printed on; None where the piece itself carries it."""
    if not fmt.addressed_envelope:
        return None
    return PrintTicket(size=ENVELOPES[fmt.envelope].size, margin=ENVELOPE_EDGE, envelope=True)


def tickets(fmt: Format, options: Mapping[str, Any] = NO_OPTIONS) -> tuple[PrintTicket, ...]:
    """How all files of a format are printed."""
    sheet, envelope = sheet_ticket(fmt, options), envelope_ticket(fmt)
    return (sheet, envelope) if envelope else (sheet,)


def unaddressed(fmt: Format) -> tuple[str, ...]:
    """Why a format can be made by its own provider only; empty where anybody can make it."""
    if not fmt.addressed_by_provider:
        return ()
    return (f"{fmt.name} bears no address: a provider that posts it prints it there itself",)


def _spare(fmt: Format, sheet: Size) -> Length:
    """What is left round the imposed panels when bleed and marks have had theirs."""
    spread = fmt.spread
    long, short = max(sheet.width, sheet.height), min(sheet.width, sheet.height)
    across = (long - max(spread.width, spread.height)) / 2
    down = (short - min(spread.width, spread.height)) / 2
    return Length(max(0.0, min(across, down) - fmt.bleed - CROP_MARKS))

"""calibrate: how far each printer prints off the mark, measured by a person and remembered."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from mailroom.errors import ConfigError
from mailroom.formats import ENVELOPES, Envelope
from mailroom.model import PrintTicket
from mailroom.providers.calibration import (
    ENVELOPE_STOCK,
    ON_THE_MARK,
    Measured,
    Offsets,
    read_calibration,
)
from mailroom.providers.handling import read_feed
from mailroom.providers.queue import QueueSettings, print_server, printer_uri
from mailroom.sheets.nup import LONG_EDGE, SHORT_EDGE, sheet_named
from mailroom.units import Size, mm
from mailroom.workspace import Workspace

SIDES = ("front", "back")
CONFIGURED = "printer"
"""What the printer of mailroom.toml is called, whatever its address."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is calibrated: a printer with a stock, and which way round the page lies."""

    printer: str
    stock: str = ""
    lying: bool = False


def address_of(ws: Workspace, name: str) -> str:
    """The full address of a printer as somebody names it; empty for none.

    ConfigError where it is the one of mailroom.toml and there is none.
    """
    if name != CONFIGURED:
        return printer_uri(name) if name else ""
    uri = ws.settings.providers.get("printer", {}).get("uri")
    if not uri:
        hint = 'write uri = "..." under [providers.printer], or name the printer itself'
        raise ConfigError("no printer is named", where="[providers.printer] uri", hint=hint)
    return printer_uri(str(uri))


def name_of(address: str) -> str:
    """How people call it: a queue of this print server by its name."""
    return address.removeprefix(f"ipp://{print_server()}/printers/")


def calibrations(ws: Workspace, printer: str = "") -> tuple[Measured, ...]:
    """What is remembered, of one printer or of all."""
    address = address_of(ws, printer)
    known = read_calibration(ws.state).measured
    return tuple(item for item in known if address in ("", item.printer))


def calibrate(ws: Workspace, subject: Subject, offsets: Offsets) -> Measured:
    """Remember what was measured; it is taken back from now on."""
    measured = Measured(
        printer=address_of(ws, subject.printer),
        stock=subject.stock,
        lying=subject.lying,
        offsets=offsets,
        at=ws.now(),
    )
    with ws.locks.hold("calibration"):
        read_calibration(ws.state).remembering(measured).save()
    return measured


def remembered(ws: Workspace, subject: Subject) -> Offsets:
    """What is taken back of this printer, stock and way round."""
    known = read_calibration(ws.state)
    return known.offsets(address_of(ws, subject.printer), subject.stock, lying=subject.lying)


def forget(ws: Workspace, subject: Subject) -> None:
    """Print as if nothing had been measured."""
    with ws.locks.hold("calibration"):
        known = read_calibration(ws.state)
        address = address_of(ws, subject.printer)
        known.forgetting(address, subject.stock, lying=subject.lying).save()


def on(ws: Workspace, subject: Subject, sheet: str) -> Subject:
    """The subject as it lies on that paper: an envelope goes in as `mailroom.toml` says.

    ConfigError where it is neither a sheet nor an envelope.
    """
    envelope = _envelope(sheet)
    if envelope is None:
        sheet_named(sheet)
        return subject
    written = ws.settings.providers.get("printer", {})
    page = read_feed(written).page(envelope.size)
    stock = subject.stock or str(written.get("envelope_media_type", "")) or ENVELOPE_STOCK
    return replace(subject, stock=stock, lying=page.width > page.height)


def draw_sheet(
    ws: Workspace, subject: Subject, sheet: str, target: Path, *, check: bool = False
) -> Path:
    """Write the calibration sheet of a printer; to `check`, with what is remembered taken back.

    ConfigError where the sheet is neither paper nor envelope, or too small for its words.
    """
    from mailroom.sheets.calibration_sheet import has_room, write_calibration_sheet

    size = _size(sheet, subject)
    if not has_room(size):
        raise ConfigError(f"{sheet} is too small for a calibration sheet", hint="use a4 or letter")
    return write_calibration_sheet(
        size,
        name_of(address_of(ws, subject.printer)),
        "" if check else as_typed(subject, sheet, numbers="A,B"),
        ws.fonts,
        target,
        offsets=remembered(ws, subject) if check else ON_THE_MARK,
        sides=SIDES[:1] if _envelope(sheet) else SIDES,
    )


def as_typed(subject: Subject, sheet: str, *, numbers: str = "RIGHT,DOWN") -> str:
    """The command that remembers what was measured."""
    back = "" if _envelope(sheet) else f" --back {numbers}"
    return f"{_command(subject)} --front {numbers}{back}"


def check_as_typed(subject: Subject, sheet: str) -> str:
    """The command that prints what is remembered of it, to see whether it is right."""
    return f"{_command(subject)} --sheet {sheet} --print --check"


def _command(subject: Subject) -> str:
    stock = f" --stock {shlex.quote(subject.stock)}" if subject.stock else ""
    lying = " --landscape" if subject.lying else ""
    return f"mailroom calibrate {shlex.quote(subject.printer)}{stock}{lying}"


def print_sheet(ws: Workspace, subject: Subject, sheet: str, *, check: bool = False) -> None:
    """Print it on the printer itself, from the tray that mailroom.toml names for the stock.

    ProviderError where the printer cannot be reached or does not print it.
    """
    from mailroom.providers.oneoff import print_once

    written = ws.settings.providers.get("printer", {})
    uri = address_of(ws, subject.printer)
    settings = QueueSettings.read({**written, "uri": uri}, ws.settings.folder)
    target = draw_sheet(ws, subject, sheet, ws.state / "calibration-sheet.pdf", check=check)
    ticket = _ticket(settings, subject, sheet)
    if written.get("uri") and address_of(ws, CONFIGURED) == uri:
        ticket = settings.complete(ticket)
    try:
        print_once(settings, target, ticket, ws.tell)
    finally:
        target.unlink(missing_ok=True)


def _ticket(settings: QueueSettings, subject: Subject, sheet: str) -> PrintTicket:
    """From whatever tray has the paper; of the usual stock `complete` names the tray."""
    usual = subject.stock in ("", ENVELOPE_STOCK, settings.media_type)
    ticket = PrintTicket(
        size=_size(sheet, subject),
        margin=mm(8),
        sides=SHORT_EDGE if subject.lying else LONG_EDGE,
        media_type="" if usual else subject.stock,
    )
    return replace(ticket, sides="one-sided", envelope=True) if _envelope(sheet) else ticket


def _envelope(sheet: str) -> Envelope | None:
    return ENVELOPES.get(sheet.lower())


def _size(sheet: str, subject: Subject) -> Size:
    envelope = _envelope(sheet)
    size = envelope.size if envelope else sheet_named(sheet).size
    upright = size if size.width <= size.height else size.rotated()
    return upright.rotated() if subject.lying else upright

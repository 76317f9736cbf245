"""calibrate: how far each printer prints off the mark, measured by a person and remembered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import ConfigError
from mailroom.model import PrintTicket
from mailroom.providers.calibration import ON_THE_MARK, Measured, Offsets, read_calibration
from mailroom.providers.queue import QueueSettings, print_server, printer_uri
from mailroom.sheets.nup import LONG_EDGE, SHORT_EDGE, sheet_named
from mailroom.units import Size, mm
from mailroom.workspace import Workspace

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


def draw_sheet(
    ws: Workspace, subject: Subject, sheet: str, target: Path, *, check: bool = False
) -> Path:
    """Write the calibration sheet of a printer; to `check`, with what is remembered taken back.

    ConfigError where the sheet is none, or too small for its words.
    """
    from mailroom.sheets.calibration_sheet import has_room, write_calibration_sheet

    size = _size(sheet, subject)
    if not has_room(size):
        raise ConfigError(f"{sheet} is too small for a calibration sheet", hint="use a4 or letter")
    return write_calibration_sheet(
        size,
        name_of(address_of(ws, subject.printer)),
        "" if check else as_typed(subject, "A,B", "A,B"),
        ws.fonts,
        target,
        offsets=remembered(ws, subject) if check else ON_THE_MARK,
    )


def as_typed(subject: Subject, front: str = "RIGHT,DOWN", back: str = "RIGHT,DOWN") -> str:
    """The command that remembers what was measured."""
    stock = f" --stock {subject.stock}" if subject.stock else ""
    lying = " --landscape" if subject.lying else ""
    name = subject.printer
    return f"mailroom calibrate {name}{stock}{lying} --front {front} --back {back}"


def print_sheet(ws: Workspace, subject: Subject, sheet: str, *, check: bool = False) -> None:
    """Print it on the printer itself, from the tray that mailroom.toml names for the stock.

    ProviderError where the printer cannot be reached or does not print it.
    """
    from mailroom.providers.oneoff import print_once

    written = ws.settings.providers.get("printer", {})
    uri = address_of(ws, subject.printer)
    settings = QueueSettings.read({**written, "uri": uri}, ws.settings.folder)
    ours = (
        subject.stock == settings.media_type
        and written.get("uri")
        and address_of(ws, CONFIGURED) == uri
    )
    target = draw_sheet(ws, subject, sheet, ws.state / "calibration-sheet.pdf", check=check)
    ticket = PrintTicket(
        size=_size(sheet, subject),
        margin=mm(8),
        sides=SHORT_EDGE if subject.lying else LONG_EDGE,
        source=settings.source if ours else "",
        media_type=subject.stock,
        colour=settings.colour,
    )
    try:
        print_once(settings, target, ticket, ws.tell)
    finally:
        target.unlink(missing_ok=True)


def _size(sheet: str, subject: Subject) -> Size:
    size = sheet_named(sheet).size
    upright = size if size.width <= size.height else size.rotated()
    return upright.rotated() if subject.lying else upright

"""What `mailroom printers` shows: each printer, how it stands, what it takes and prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mailroom.errors import MailroomError
from mailroom.formats import FORMATS, Format
from mailroom.providers.device import STATES, WANTED, Device, complaints
from mailroom.providers.paper import Stock, edge_words
from mailroom.providers.queue import Queue, QueueSettings, open_queue, print_server
from mailroom.providers.tickets import tickets, unaddressed


@dataclass(frozen=True, kw_only=True)
class PaperInfo:
    """A size with the least edge it can be printed with, and where it comes from."""

    size: str  #: `5 x 7 in`, `A4`
    edge: str  #: `borderless`, or `with a margin of 4.2 mm`
    trays: tuple[str, ...]
    stocks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FormatInfo:
    """A format and what keeps the printer from printing it; no reasons: it can."""

    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PrinterInfo:
    """A printer in words; `dataclasses.asdict` makes JSON of it."""

    name: str  #: what to write into `uri`
    uri: str
    make: str = ""
    state: str = ""  #: idle, printing, stopped
    troubles: tuple[str, ...] = ()  #: `it is out of paper`
    accepting: bool = True
    trays: tuple[str, ...] = ()
    stocks: tuple[str, ...] = ()
    papers: tuple[PaperInfo, ...] = ()
    loaded: tuple[str, ...] = ()
    duplex: bool = False
    colour: bool = False
    holds: bool = False  #: jobs wait until all of a batch has arrived
    unsure: bool = False  #: the device cannot be asked, so these are the print server's words
    formats: tuple[FormatInfo, ...] = ()
    problem: str = ""  #: why nothing more is known


def printers(settings: Mapping[str, Any], workspace: Path = Path()) -> tuple[PrinterInfo, ...]:
    """The printer of `[providers.printer]`, or where none is named every queue of CUPS.

    A printer that cannot be asked is listed with its problem. ProviderError where the print
    server does not answer.
    """
    if settings.get("uri"):
        ours = QueueSettings.read(settings, workspace)
        return (_described(str(settings["uri"]), ours),)
    server = QueueSettings.read({**settings, "uri": f"ipp://{print_server()}/"}, workspace)
    wanted = ("printer-name", "printer-uri-supported")
    found = server.client(server.uri).queues(*wanted)
    return tuple(
        _described(queue.text("printer-name"), replace(server, uri=queue.text(wanted[1])))
        for queue in found
    )


def _described(name: str, settings: QueueSettings) -> PrinterInfo:
    try:
        return _info(name, settings, open_queue(settings))
    except MailroomError as error:
        return PrinterInfo(name=name, uri=settings.uri, problem=error.message)


def _info(name: str, settings: QueueSettings, queue: Queue) -> PrinterInfo:
    found, device = queue.client.printer(*WANTED), queue.device
    return PrinterInfo(
        name=name,
        uri=queue.uri,
        make=device.make,
        state=STATES.get(found.integer("printer-state"), "unknown"),
        troubles=complaints(found) if not queue.behind else queue.complaints(),
        accepting=all(found.contents("printer-is-accepting-jobs")),
        trays=_distinct(device.sources) or _distinct(stock.source for stock in device.stocks),
        stocks=_distinct(device.media_types),
        papers=_papers(device),
        loaded=_distinct(stock.words() for stock in device.ready),
        duplex=any(side != "one-sided" for side in device.sides),
        colour="color" in device.colours,
        holds=queue.holds,
        unsure=queue.unsure,
        formats=tuple(_format_info(settings, device, fmt) for fmt in FORMATS.values()),
    )


def _papers(device: Device) -> tuple[PaperInfo, ...]:
    by_size: dict[str, list[Stock]] = {}
    for stock in device.stocks:
        by_size.setdefault(stock.size_words(), []).append(stock)
    return tuple(
        PaperInfo(
            size=size,
            edge=edge_words(min(stock.margin for stock in stocks)),
            trays=_distinct(stock.source for stock in stocks),
            stocks=_distinct(stock.media_type for stock in stocks),
        )
        for size, stocks in by_size.items()
    )


def _format_info(settings: QueueSettings, device: Device, fmt: Format) -> FormatInfo:
    reasons = device.format_refusals(map(settings.complete, tickets(fmt)))
    return FormatInfo(name=fmt.name, reasons=(*unaddressed(fmt), *reasons))


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))

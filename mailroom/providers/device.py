"""What a printer says of itself: what it can print, what it cannot and why, how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailroom.model import PrintTicket
from mailroom.providers import ipp
from mailroom.providers.ipp import Attributes, Range, Value, Values
from mailroom.providers.paper import Stock, edge_words, in_mm, read_stock
from mailroom.units import to_hundredths_mm

PDF = "application/pdf"
BEST_QUALITY = 5  # print-quality `high` (RFC 8011, 5.2.13)

STATES = {3: "idle", 4: "printing", 5: "stopped"}
"""printer-state in words (RFC 8011, 5.4.11)."""

COMPLAINTS = {
    "media-empty": "it is out of paper",
    "media-needed": "it waits for paper",
    "media-jam": "it has a paper jam",
    "media-low": "its paper runs low",
    "cover-open": "its cover is open",
    "door-open": "a door of it is open",
    "interlock-open": "a door of it is open",
    "input-tray-missing": "a paper tray is missing",
    "output-tray-missing": "the output tray is missing",
    "output-area-full": "its output tray is full",
    "toner-empty": "it is out of toner",
    "toner-low": "its toner runs low",
    "marker-supply-empty": "it is out of ink or toner",
    "marker-supply-low": "its ink or toner runs low",
    "marker-waste-full": "its waste container is full",
    "paused": "it is paused",
    "moving-to-paused": "it is being paused",
    "offline": "it is offline",
    "shutdown": "it is switched off",
    "timed-out": "it does not answer",
    "connecting-to-device": "the print server is trying to reach it",
    "stopped-partly": "part of it has stopped",
}
"""printer-state-reasons in words (RFC 8011, 5.4.12); the others are not for people."""

WANTED = (
    "copies-supported",
    "document-format-supported",
    "media-bottom-margin-supported",
    "media-col-database",
    "media-col-ready",
    "media-left-margin-supported",
    "media-right-margin-supported",
    "media-size-supported",
    "media-source-supported",
    "media-top-margin-supported",
    "media-type-supported",
    "operations-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "print-scaling-supported",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "printer-state",
    "printer-state-message",
    "printer-state-reasons",
    "sides-supported",
)
"""The attributes `read_device` looks at."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """A printer's abilities, as it tells them itself."""

    make: str
    stocks: tuple[Stock, ...]
    ready: tuple[Stock, ...]  #: what is loaded now
    sources: tuple[str, ...]
    media_types: tuple[str, ...]
    sides: tuple[str, ...]
    colours: tuple[str, ...]
    scalings: tuple[str, ...]
    qualities: tuple[int, ...]
    copies: Range
    mime_types: tuple[str, ...]

    def candidates(self, ticket: PrintTicket) -> tuple[Stock, ...]:
        """The stocks of the ticket's size; ranges only where no exact size is listed."""
        fitting = [stock for stock in self.stocks if stock.fitted(ticket.size)]
        return tuple([s for s in fitting if s.fixed] or fitting)

    def refusals(self, ticket: PrintTicket) -> tuple[str, ...]:
        """Every reason why this cannot be printed, in words; empty if it can."""
        return (*self._paper_refusals(ticket), *self._job_refusals(ticket))

    def _paper_refusals(self, ticket: PrintTicket) -> tuple[str, ...]:
        """Only the first thing wrong with the paper: what follows depends on it."""
        found = self.candidates(ticket)
        if not found:
            return (f"it takes no paper of {ticket.size.in_mm()}",)
        size, borne = ticket.size.in_mm(), to_hundredths_mm(ticket.margin)
        near = [stock for stock in found if stock.margin <= borne]
        if not near:
            need = f"an edge of at most {in_mm(borne)} mm" if borne else "print to the very edge"
            least = in_mm(min(stock.margin for stock in found))
            return (f"on {size} it leaves an edge of {least} mm blank, the art needs {need}",)
        there = [s for s in near if ticket.source in ("", s.source) or not s.source]
        if not there:
            trays = _listed(stock.source for stock in near)
            return (f"{size} does not come from tray {ticket.source!r}, only from {trays}",)
        if not any(ticket.media_type in ("", s.media_type) or not s.media_type for s in there):
            types = _listed(stock.media_type for stock in there)
            return (f"{size} is not taken as {ticket.media_type!r} there, only as {types}",)
        return ()

    def _job_refusals(self, ticket: PrintTicket) -> tuple[str, ...]:
        no = []
        if ticket.sides not in self.sides:
            no.append(f"it cannot print {ticket.sides}, only {_listed(self.sides)}")
        if ticket.colour and self.colours and ticket.colour not in self.colours:
            no.append(f"it cannot print in {ticket.colour}, only {_listed(self.colours)}")
        if ticket.copies not in self.copies:
            low, high = self.copies.low, self.copies.high
            no.append(f"it makes {low} to {high} copies, not {ticket.copies}")
        if PDF not in self.mime_types:
            no.append("it does not take PDF; set it up as a CUPS queue and name that")
        return tuple(no)

    def format_refusals(self, wanted: Iterable[PrintTicket]) -> tuple[str, ...]:
        """Why a format cannot be printed, sheet and envelope together."""
        return tuple(
            f"{'envelope' if ticket.envelope else 'sheet'}: {reason}"
            for ticket in wanted
            for reason in self.refusals(ticket)
        )

    def choose(self, ticket: PrintTicket) -> Stock:
        """The stock to print on; of several the one with the widest margin the art bears.

        Borderless printing is slower and enlarges the page, so it is left to art that
        needs it. Only for a ticket without refusals.
        """
        borne = to_hundredths_mm(ticket.margin)
        fitting = [
            stock
            for stock in self.candidates(ticket)
            if stock.margin <= borne
            and (not stock.source or ticket.source in ("", stock.source))
            and (not stock.media_type or ticket.media_type in ("", stock.media_type))
        ]
        return max(fitting, key=lambda stock: stock.margin)

    def offered(self) -> tuple[str, ...]:
        """Every size with the smallest margin it can be printed with, in words."""
        least: dict[str, int] = {}
        for stock in self.stocks:
            size = stock.size_words()
            least[size] = min(stock.margin, least.get(size, stock.margin))
        return tuple(f"{size} {edge_words(margin)}" for size, margin in least.items())

    def wishes(self, ticket: PrintTicket) -> Values:
        """The job attributes that make the printer do what the ticket says."""
        wanted: dict[str, Value] = {
            "media-col": self.choose(ticket).media_col(ticket),
            "sides": ipp.keyword(ticket.sides),
            "copies": ipp.integer(ticket.copies),
        }
        if ticket.colour and self.colours:
            wanted["print-color-mode"] = ipp.keyword(ticket.colour)
        if "none" in self.scalings:
            wanted["print-scaling"] = ipp.keyword("none")
        if BEST_QUALITY in self.qualities:
            wanted["print-quality"] = ipp.enum(BEST_QUALITY)
        return wanted

    def is_loaded(self, ticket: PrintTicket) -> bool:
        """Is the right paper in it now? True where the printer does not say what is in it."""
        return not self.ready or any(
            stock.fitted(ticket.size)
            and ticket.source in ("", stock.source)
            and ticket.media_type in ("", stock.media_type)
            for stock in self.ready
        )


def read_device(found: Attributes) -> Device:
    """A Device from Get-Printer-Attributes; what it does not say it cannot do.

    Printers without media-col-database are judged by media-size-supported and the widest
    margin they name.
    """
    stocks = _stocks(found, "media-col-database")
    edges = [f"media-{edge}-margin-supported" for edge in ("top", "bottom", "left", "right")]
    widest = tuple(max(found.integers(edge), default=0) for edge in edges)
    sizes = [replace(stock, margins=widest) for stock in _stocks(found, "media-size-supported")]
    extra = [stock for stock in sizes if not stocks or not stock.fixed]
    return Device(
        make=found.text("printer-make-and-model"),
        stocks=(*stocks, *extra),
        ready=_stocks(found, "media-col-ready"),
        sources=found.texts("media-source-supported"),
        media_types=found.texts("media-type-supported"),
        sides=found.texts("sides-supported") or ("one-sided",),
        colours=found.texts("print-color-mode-supported"),
        scalings=found.texts("print-scaling-supported"),
        qualities=found.integers("print-quality-supported"),
        copies=next(iter(found.ranges("copies-supported")), Range(1, 1)),
        mime_types=found.texts("document-format-supported"),
    )


def complaints(found: Attributes) -> tuple[str, ...]:
    """What keeps a printer from printing, in words; its own message where it has one."""
    reasons = (_bare(reason) for reason in found.texts("printer-state-reasons"))
    words = dict.fromkeys(COMPLAINTS[reason] for reason in reasons if reason in COMPLAINTS)
    message = found.text("printer-state-message")
    if found.integer("printer-state") == 5 and not words:
        words["it has stopped"] = None
    if message and ("unavailable" in message or "not exist" in message):
        words["it does not answer the print server"] = None  # CUPS says it nowhere else
    return tuple(words)


def _stocks(found: Attributes, attribute: str) -> tuple[Stock, ...]:
    read = (read_stock(entry) for entry in found.collections(attribute))
    return tuple(stock for stock in read if stock)


def _bare(reason: str) -> str:
    for suffix in ("-error", "-warning", "-report"):
        reason = reason.removesuffix(suffix)
    return reason


def _listed(words: Iterable[str]) -> str:
    return ", ".join(repr(word) for word in sorted(set(words)) if word) or "nothing"

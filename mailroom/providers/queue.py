"""Where jobs are sent, and the device behind it.

A CUPS queue is only a middleman: what it says of paper and trays is partly made up (CUPS
2.4 drops trays and stocks from media-col-database), so the device itself is asked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from mailroom.errors import ConfigError, ProviderError
from mailroom.model import PrintTicket
from mailroom.providers import ipp
from mailroom.providers.device import PDF, WANTED, Device, complaints, read_device
from mailroom.providers.ipp import Attributes, Values
from mailroom.providers.ippclient import Client, Operation

RAW = "application/vnd.cups-raw"
"""Sent to CUPS it reaches the device untouched, byte for byte, with all job attributes."""

HOLD = "indefinite"
COLOUR_MODELS = {"color": "RGB", "monochrome": "Gray"}
REQUEST_SECONDS = 30.0
STUCK_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """`[providers.printer]`, read and checked."""

    uri: str
    source: str = ""
    media_type: str = ""
    envelope_source: str = ""
    envelope_media_type: str = ""
    colour: str = "color"
    batch: int = 50
    timeout: float = STUCK_SECONDS
    ca_file: Path | None = None

    @classmethod
    def read(cls, settings: Mapping[str, Any], workspace: Path) -> QueueSettings:
        """Settings as written in mailroom.toml; ConfigError names what is missing or wrong."""
        if not settings.get("uri"):
            hint = 'write uri = "ipp://..." or a queue name; `mailroom printers` lists them'
            raise ConfigError("no printer is named", where="[providers.printer] uri", hint=hint)
        words = ("source", "media_type", "envelope_source", "envelope_media_type")
        ca_file = settings.get("ca_file")
        return cls(
            uri=printer_uri(str(settings["uri"])),
            **{word: str(settings.get(word, "")) for word in words},
            colour=str(settings.get("colour", "color")),
            batch=_number(settings, "batch", 50),
            timeout=_number(settings, "timeout", STUCK_SECONDS) or STUCK_SECONDS,
            ca_file=workspace / ca_file if ca_file else None,
        )

    def client(self, uri: str) -> Client:
        """A client for this printer or the device behind it."""
        return Client(uri, timeout=min(REQUEST_SECONDS, self.timeout), ca_file=self.ca_file)

    def complete(self, ticket: PrintTicket) -> PrintTicket:
        """The ticket with the office's tray, stock and colour where it names none."""
        source = self.envelope_source if ticket.envelope else self.source
        media_type = self.envelope_media_type if ticket.envelope else self.media_type
        return replace(
            ticket,
            source=ticket.source or source,
            media_type=ticket.media_type or media_type,
            colour=ticket.colour or self.colour,
        )


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue that takes jobs; its device is asked when it is first needed."""

    client: Client
    behind: Client | None  #: the device itself, where the queue is CUPS's
    said: Attributes  #: what the queue says of itself

    @cached_property
    def device(self) -> Device:
        """What the device can do, in its own words where it can be asked.

        ProviderError (`retryable`) where it cannot be reached: better before a batch is
        sent than with half of it printed.
        """
        return read_device(self.behind.printer(*WANTED) if self.behind else self.said)

    @property
    def holds(self) -> bool:
        """Can jobs be kept back until all of a batch have arrived?"""
        untimed = HOLD in self.said.texts("job-hold-until-supported")
        operations = set(self.said.integers("operations-supported"))
        return untimed and {Operation.HOLD_JOB, Operation.RELEASE_JOB} <= operations

    @property
    def mime_type(self) -> str:
        """How a PDF is announced, so that it reaches a device that takes PDF untouched."""
        return RAW if self.behind and PDF in self.device.mime_types else PDF

    @property
    def unsure(self) -> bool:
        """The device behind the queue cannot be asked; CUPS's own words are used."""
        return "device-uri" in self.said and self.behind is None

    @property
    def uri(self) -> str:
        return self.client.uri

    @property
    def title(self) -> str:
        """What people call it: make and model, or its address."""
        return self.device.make or self.uri

    def wishes(self, ticket: PrintTicket) -> Values:
        """The attributes of a job: what the device must do, and on CUPS that it is held.

        CUPS lets the queue's default colour win over print-color-mode (seen with 2.4.2: a
        colour card came out grey), unless the PPD's own name for it is given as well.
        """
        wanted = dict(self.device.wishes(ticket))
        if self.holds:
            wanted["job-hold-until"] = ipp.keyword(HOLD)
        if self.behind and ticket.colour in COLOUR_MODELS:
            wanted["ColorModel"] = ipp.keyword(COLOUR_MODELS[ticket.colour])
        return wanted

    def offer(self) -> str:
        """What it prints on and how, in one line."""
        return f"{'; '.join(self.device.offered())}; {', '.join(self.device.sides)}"

    def complaints(self) -> tuple[str, ...]:
        """What keeps the queue or its device from printing, in words; asks both now."""
        asked = ("printer-state", "printer-state-reasons", "printer-state-message")
        words = dict.fromkeys(complaints(self.client.printer(*asked)))
        if self.behind:
            try:
                words |= dict.fromkeys(complaints(self.behind.printer(*asked)))
            except ProviderError:
                words["it cannot be reached"] = None
        return tuple(words)


def printer_uri(written: str) -> str:
    """The address of what is written in `uri`: itself, or a queue of the print server."""
    if "://" in written:
        return written
    return f"ipp://{print_server()}/printers/{quote(written)}"


def print_server() -> str:
    """The CUPS server: `CUPS_SERVER` as for `lp`, else the one on this machine."""
    server = os.environ.get("CUPS_SERVER", "").partition("/")[0]
    return server or "localhost:631"


def open_queue(settings: QueueSettings) -> Queue:
    """Ask the queue what it is; ProviderError (`retryable`) where it cannot be reached."""
    client = settings.client(settings.uri)
    said = client.printer(*WANTED, "device-uri", "job-hold-until-supported")
    device_uri = said.text("device-uri")
    behind = settings.client(_plain(device_uri)) if _speaks_ipp(device_uri) else None
    return Queue(client=client, behind=behind, said=said)


def _speaks_ipp(device_uri: str) -> bool:
    return urlsplit(device_uri).scheme in ("ipp", "ipps")


def _plain(device_uri: str) -> str:
    """Without the options CUPS writes behind a device's address."""
    return device_uri.partition("?")[0]


def _number(settings: Mapping[str, Any], name: str, default: int) -> int:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        where = f"[providers.printer] {name}"
        raise ConfigError(f"{value!r} is not a number of at least 0", where=where)
    return value

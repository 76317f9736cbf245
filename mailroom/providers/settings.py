"""What may be written under [providers.NAME] in mailroom.toml; the docs are made from it.

A table and no more: every command reads it, and the providers themselves are heavy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

Row = tuple[str, type, str, Any]
"""Key, type, what it is, default."""

_OUTBOX: tuple[Row, ...] = (
    ("folder", str, "where finished batches are put", "outbox"),
    ("batch", int, "pieces a batch; 0: the whole mailing", 0),
)

_PRINTER: tuple[Row, ...] = (
    ("uri", str, "ipp:// or ipps:// address, or the name of a CUPS queue", None),
    ("source", str, "tray of the cards (IPP media-source)", ""),
    ("media_type", str, "stock of the cards (IPP media-type)", ""),
    ("envelope_source", str, "tray of the envelopes", ""),
    ("envelope_media_type", str, "stock of the envelopes", ""),
    ("envelope_feed", str, "edge of an envelope that goes in first: `long-edge`, `short-edge`", ""),
    ("envelope_turn", int, "degrees clockwise its face is turned: 0, 90, 180 or 270", None),
    ("envelope_face", str, "how it comes out; `up`: printed from the last to the first", "down"),
    ("colour", str, "`color` or `monochrome`", "color"),
    ("batch", int, "pieces a print job", 50),
    ("timeout", int, "seconds without news before a job counts as stuck", 300),
    ("ca_file", str, "certificate to trust for ipps://", ""),
)

_LOB: tuple[Row, ...] = (
    ("base_url", str, "another address than Lob's own: `mailroom dev fake-lob`", ""),
    ("undo_hours", int, "so long Lob holds everything back, so that it can be cancelled", 24),
    ("requests", int, "calls that Lob allows within 5 s to one endpoint", 150),
    ("concurrency", int, "pieces that are with Lob at the same time", 24),
    ("timeout", int, "seconds to wait for an answer", 60),
    ("silent_days", int, "days without news after which a piece on its way is odd", 10),
    ("verify_days", int, "days for which a verified address counts as verified", 90),
)

SETTINGS: Mapping[str, tuple[Row, ...]] = {"lob": _LOB, "outbox": _OUTBOX, "printer": _PRINTER}
"""By provider."""


def setting(provider: str, key: str, written: Mapping[str, Any]) -> Any:
    """What is written in the provider's table, else the default."""
    return written.get(key, default_of(provider, key))


_LOB_OPTIONS: tuple[Row, ...] = (
    ("use_type", str, "lob: `marketing` or `operational`", "marketing"),
    ("mail_type", str, "lob: `usps_first_class` or `usps_standard`", "usps_first_class"),
    ("color", bool, "lob, letters: in colour", True),
    ("double_sided", bool, "lob, letters: on both sides of the paper", False),
    ("address_placement", str, "lob, letters: `top_first_page` or `insert_blank_page`", ""),
    (
        "extra_service",
        str,
        "lob, letters: `certified`, `certified_return_receipt` or `registered`",
        "",
    ),
    ("return_envelope", bool, "lob, letters: one to answer with; needs perforated_page", False),
    ("perforated_page", int, "lob, letters: the page that can be torn off", 0),
    ("billing_group_id", str, "lob: whose account it is put on", ""),
)

_OFFICE_OPTIONS: tuple[Row, ...] = (
    (
        "postal_mark",
        str,
        "outbox, printer, cards: the kind of code on the envelope; what it says stands in the "
        "export's column of that name (docs/frames.md)",
        "",
    ),
    ("sheet", str, "outbox, printer: sheet that pieces are set out on, like `sra3` or `a4`", ""),
    ("order", str, "with sheet: `cut-and-stack` or `reading`", "cut-and-stack"),
    ("flip", str, "with sheet: turned over its `long-edge` or `short-edge`", "long-edge"),
    ("marks", bool, "with sheet: crop, fold and registration marks", True),
    ("lift", int, "with sheet: how many are cut at once; 0: all", 0),
)

OPTIONS: Mapping[str, tuple[Row, ...]] = {
    "lob": _LOB_OPTIONS,
    "outbox": _OFFICE_OPTIONS,
    "printer": _OFFICE_OPTIONS,
}
"""What a mailing may ask of its provider under [options]; providers from elsewhere check theirs."""


def default_of(provider: str, key: str) -> Any:
    """What counts where a setting of the provider is left out; None for one it has not."""
    return next((row[3] for row in SETTINGS.get(provider, ()) if row[0] == key), None)


MOVED = ("currency", "print_price", "postage_domestic", "postage_abroad")
"""What once stood there and stands in `rates.toml` now."""


def is_here(host: str) -> bool:
    """Is it a name or number of this machine, so that nothing leaves it?"""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

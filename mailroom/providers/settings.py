"""What may be written under [providers.NAME] in mailroom.toml; the docs are made from it.

A table and no more: every command reads it, and the providers themselves are heavy.
"""

from __future__ import annotations

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
    ("colour", str, "`color` or `monochrome`", "color"),
    ("batch", int, "pieces a print job", 50),
    ("timeout", int, "seconds without news before a job counts as stuck", 300),
    ("ca_file", str, "certificate to trust for ipps://", ""),
)

SETTINGS: Mapping[str, tuple[Row, ...]] = {"outbox": _OUTBOX, "printer": _PRINTER}
"""By provider."""


def default_of(provider: str, key: str) -> Any:
    """What counts where a setting of the provider is left out; None for one it has not."""
    return next((row[3] for row in SETTINGS.get(provider, ()) if row[0] == key), None)


MOVED = ("currency", "print_price", "postage_domestic", "postage_abroad")
"""What once stood there and stands in `rates.toml` now."""

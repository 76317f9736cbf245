"""What printing in the house and franking cost: one sum for every provider without prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mailroom.errors import ConfigError
from mailroom.model import Quote

PRICES = {
    "print_price": "print",
    "postage_domestic": "postage, domestic",
    "postage_abroad": "postage, abroad",
}
"""The settings that hold a price each, and what they pay for."""


def quote(
    settings: Mapping[str, Any], provider: str, pieces: int, domestic: int, abroad: int
) -> Quote:
    """Pieces at the print price plus postage; prices are in `settings["currency"]`.

    A price that is not set is 0 and its line is left out. ConfigError names a setting
    of `[providers.PROVIDER]` that is not a decimal number.
    """
    counts = (pieces, domestic, abroad)
    lines = tuple(
        (what, count, price)
        for (setting, what), count in zip(PRICES.items(), counts, strict=True)
        if (price := _price(settings, provider, setting)) and count
    )
    total = sum((count * price for _, count, price in lines), Decimal(0))
    return Quote(
        pieces=pieces, total=total, currency=str(settings.get("currency", "EUR")), lines=lines
    )


def _price(settings: Mapping[str, Any], provider: str, setting: str) -> Decimal:
    written = settings.get(setting, "0")
    where = f"[providers.{provider}] {setting}"
    try:
        price = Decimal(str(written))
    except InvalidOperation:
        hint = 'write it in quotes with a point, like "0.85"'
        raise ConfigError(f"{written!r} is not a price", where=where, hint=hint) from None
    if not price.is_finite() or price < 0:
        raise ConfigError(f"a price cannot be {written}", where=where)
    return price

"""`rates.toml` -> quotes: prices as a person has written them down, with their source.

No provider tells its prices, so they are the workspace's own. Rows with the same `what` and
`per` are one line of the quote: of those that apply the one that says most (format, options)
counts, and of its versions the newest that is valid on the day. Different lines add up.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError
from mailroom.formats import format_named
from mailroom.model import Order, Quote, QuoteLine

RATES_FILE = "rates.toml"

COUNTED: Mapping[str, Callable[[Order], int]] = {
    "piece": lambda order: order.pieces,
    "domestic": lambda order: order.domestic,
    "abroad": lambda order: order.abroad,
    "extra-page": lambda order: max(0, order.pages - order.pieces),
}
"""What a price may be for, and how many of it an order has."""

_KEYS: Mapping[str, tuple[type, bool]] = {
    "provider": (str, True),
    "format": (str, False),
    "what": (str, True),
    "per": (str, True),
    "option": (dict, False),
    "price": (str, True),
    "currency": (str, True),
    "valid_from": (dt.date, True),
    "source": (str, True),
}
"""Key of a row -> its type, and whether it is needed."""

_WANTED = {
    str: "a text in quotes",
    dict: "a table, like { color = true }",
    dt.date: "a date, like 2026-07-01",
}

USUAL = "print and postage"
"""What a line is called that nobody has named yet."""

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A row of `rates.toml`."""

    provider: str
    what: str  #: the line of the quote
    per: str  #: one of COUNTED
    price: Decimal
    currency: str  #: ISO 4217
    valid_from: dt.date
    source: str  #: where the price stands: a contract, a price list
    format: str = ""  #: empty: every format
    option: Mapping[str, Any] = field(default_factory=dict)  #: what the mailing must ask for
    where: str = field(default="", repr=False, compare=False)  #: `rates.toml:14`

    @property
    def condition(self) -> tuple[tuple[str, Any], ...]:
        """What it asks of an order; the longer it is the more it says."""
        own = (("format", self.format),) if self.format else ()
        return (*own, *sorted(self.option.items()))


def read_amount(text: object) -> Decimal | None:
    """A sum of money as it is written in a file: `"0.85"`; None for anything else.

    Always out of a text: a number of TOML would be a binary fraction.
    """
    return Decimal(text) if isinstance(text, str) and _AMOUNT.fullmatch(text) else None


# --- reading ------------------------------------------------------------------------------


def load_rates(folder: Path) -> tuple[Rate, ...]:
    """The rows of the workspace's `rates.toml`; none where there is no such file."""
    path = folder / RATES_FILE
    try:
        return parse_rates(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"not readable: {error}", where=str(path)) from None


@functools.lru_cache(maxsize=4)  # a provider that takes single pieces quotes each of them
def parse_rates(text: str) -> tuple[Rate, ...]:
    """Every row, checked; ConfigError names the line, what is wrong and how it is written."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "it is TOML: texts stand in quotes, each row begins with [[rate]]"
        raise ConfigError(f"not readable: {error}", where=RATES_FILE, hint=hint) from None
    rows = values.pop("rate", [])
    if values or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        found = ", ".join(values) or "rate"
        hint = "it holds rows only, and each begins with [[rate]]"
        raise ConfigError(f"{found} is not a row", where=RATES_FILE, hint=hint)
    places = _places(text, len(rows))
    rates = tuple(_rate(row, where) for row, where in zip(rows, places, strict=True))
    _check_twins(rates)
    return rates


def _places(text: str, rows: int) -> Sequence[str]:
    """Where each row begins, by line where rows are written as they usually are."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _ROW.match(line)]
    if len(lines) == rows:
        return [f"{RATES_FILE}:{line}" for line in lines]
    return [f"{RATES_FILE} rate {n}" for n in range(1, rows + 1)]


_ROW = re.compile(r"\s*\[\[\s*rate\s*\]\]")


def _rate(row: Mapping[str, Any], where: str) -> Rate:
    for key, value in row.items():
        _check_key(key, value, where)
    for key, (_, needed) in _KEYS.items():
        if needed and not row.get(key):
            raise ConfigError(f"{key} is missing", where=where, hint=_example(key))
    price = read_amount(row["price"])
    if price is None:
        hint = 'write it with a point, like "0.85"'
        raise ConfigError(f"{row['price']!r} is not a price", where=where, hint=hint)
    if not re.fullmatch("[A-Z]{3}", row["currency"]):
        message = f"{row['currency']!r} is no currency"
        raise ConfigError(message, where=where, hint='three letters, like "USD" (ISO 4217)')
    _check_one_of("per", row["per"], COUNTED, where)
    if row.get("format"):
        format_named(row["format"], where)
    return Rate(**{**row, "price": price}, where=where)


def _check_key(key: str, value: Any, where: str) -> None:
    if key not in _KEYS:
        _check_one_of("key", key, _KEYS, where)
    kind = _KEYS[key][0]
    if type(value) is not kind:  # exactly: a time of day is no date
        raise ConfigError(f"{key} must be {_WANTED[kind]}", where=where, hint=_example(key))
    if isinstance(value, dict):
        for name, wanted in value.items():
            if type(wanted) not in (str, int, bool):
                message = f"option {name} must be a text, a whole number, true or false"
                raise ConfigError(message, where=where, hint=_example(key))


def _example(key: str) -> str:
    line = next(line for line in _EXAMPLE.splitlines() if line.startswith(key))
    return f"write {line}"


_EXAMPLE = """\
provider = "outbox"
format = "card-5x7"
what = "print"
per = "piece"
option = { color = true }
price = "0.85"
currency = "USD"
valid_from = 2026-07-01
source = "our contract of 2026-06-12"
"""


def _check_one_of(what: str, name: str, known: Iterable[str], where: str) -> None:
    names = tuple(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        has = f"use one of: {', '.join(names)}"
        hint = f"did you mean {near[0]!r}? {has}" if near else has
        raise ConfigError(f"there is no {what} {name!r}", where=where, hint=hint)


def _check_twins(rates: Iterable[Rate]) -> None:
    """Two prices for the same thing from the same day: nobody knows which is meant."""
    seen: dict[object, Rate] = {}
    for rate in rates:
        key = (rate.provider, rate.what, rate.per, rate.condition, rate.valid_from)
        if key in seen:
            message = f"the same as {seen[key].where}, from the same day"
            hint = "give the newer one its own valid_from, or remove one"
            raise ConfigError(message, where=rate.where, hint=hint)
        seen[key] = rate


# --- quoting ------------------------------------------------------------------------------


def valid_rates(rates: Iterable[Rate], provider: str, day: dt.date) -> tuple[Rate, ...]:
    """The provider's rows as they stand on that day: of each the newest version only."""
    newest: dict[object, Rate] = {}
    for rate in rates:
        key = (rate.what, rate.per, rate.condition)
        if rate.provider != provider or rate.valid_from > day:
            continue
        if key not in newest or newest[key].valid_from < rate.valid_from:
            newest[key] = rate
    return tuple(newest.values())


def quote(rates: Iterable[Rate], order: Order) -> Quote:
    """What the order costs on its day; the sum of its lines is the total.

    What has no price is named in `missing` and counts nothing. ConfigError where two rows
    apply equally well, or where the lines are in different currencies.
    """
    lines: dict[tuple[str, str], list[Rate]] = defaultdict(list)
    for rate in valid_rates(rates, order.provider, order.day):
        if _applies(rate, order):
            lines[rate.what, rate.per].append(rate)
    chosen = [_most_exact(found) for found in lines.values()]
    paid = [(rate, n) for rate in chosen if (n := COUNTED[rate.per](order))]
    quoted = tuple(_line(rate, n) for rate, n in paid)
    return Quote(
        pieces=order.pieces,
        total=sum((line.sum for line in quoted), Decimal(0)),
        currency=_currency([rate for rate, _ in paid]),
        lines=quoted,
        missing=tuple(_missing(order, chosen)),
    )


def _applies(rate: Rate, order: Order) -> bool:
    asked = all(
        name in order.options and order.options[name] == wanted
        for name, wanted in rate.option.items()
    )
    return asked and rate.format in ("", order.format)


def _most_exact(rates: Sequence[Rate]) -> Rate:
    best, *others = sorted(rates, key=lambda rate: -len(rate.condition))
    if others and len(others[0].condition) == len(best.condition):
        message = f"{best.what!r} per {best.per} also stands in {others[0].where}"
        hint = "both apply: give one of them more options, or another `what` if both are paid"
        raise ConfigError(message, where=best.where, hint=hint)
    return best


def _line(rate: Rate, count: int) -> QuoteLine:
    return QuoteLine(
        what=rate.what,
        per=rate.per,
        count=count,
        price=rate.price,
        valid_from=rate.valid_from,
        source=rate.source,
    )


def _currency(rates: Sequence[Rate]) -> str:
    for rate in rates:
        if rate.currency != rates[0].currency:
            message = f"{rate.currency}, but {rates[0].where} is in {rates[0].currency}"
            hint = "one provider is paid in one currency: write both prices in the same"
            raise ConfigError(message, where=rate.where, hint=hint)
    return rates[0].currency if rates else ""


def _missing(order: Order, chosen: Sequence[Rate]) -> Iterator[tuple[str, str]]:
    """The `what` and `per` of rows that somebody has yet to write."""
    paid = {rate.per for rate in chosen}
    if not order.pieces or ("piece" not in paid and not {"domestic", "abroad"} & paid):
        yield from [(USUAL, "piece")] if order.pieces else []
        return
    if order.domestic and not {"piece", "domestic"} & paid:
        yield USUAL, "domestic"
    if not order.abroad:
        return
    abroad = {rate.what for rate in chosen if rate.per == "abroad"}
    yield from (
        (rate.what, "abroad")
        for rate in chosen
        if rate.per == "domestic" and rate.what not in abroad
    )


def row_to_write(provider: str, fmt: str, what: str, per: str, currency: str) -> str:
    """The row of `rates.toml` that would give a line its price, ready to be filled in."""
    return (
        f'[[rate]]\nprovider = "{provider}"\nformat = "{fmt}"\nwhat = "{what}"\nper = "{per}"\n'
        f'price = "..."\ncurrency = "{currency or "..."}"\nvalid_from = ...\nsource = "..."'
    )

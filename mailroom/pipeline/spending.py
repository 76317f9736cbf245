"""What pieces cost, and whether that may be spent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from mailroom import budget, plan
from mailroom.budget import Overrun, Spent
from mailroom.errors import Refused
from mailroom.ledger.history import batch_costs
from mailroom.model import Artwork, Mailing, Piece, Planned, Quote
from mailroom.providers import Provider
from mailroom.rates import row_to_write
from mailroom.workspace import Workspace


def check_rates(
    ws: Workspace, provider: Provider, mailing: Mailing, pieces: Sequence[Piece]
) -> None:
    """ConfigError where no quote can be made of the rates; what it comes to is not known yet."""
    provider.quote(plan.make_order(mailing, pieces, len(pieces), ws.home(mailing), ws.today))


def quote_pieces(
    ws: Workspace, provider: Provider, mailing: Mailing, items: Sequence[tuple[Piece, Artwork]]
) -> Quote:
    """What it costs to hand these pieces over today."""
    pages = sum(artwork.pages for _, artwork in items)
    pieces = [piece for piece, _ in items]
    return provider.quote(plan.make_order(mailing, pieces, pages, ws.home(mailing), ws.today))


def quote_planned(
    ws: Workspace, provider: Provider, mailing: Mailing, items: Sequence[Planned]
) -> Quote:
    """The same of pieces that are on their way out; those without pages never are."""
    drawn = [(item.piece, item.artwork) for item in items if item.artwork]
    return quote_pieces(ws, provider, mailing, drawn)


def overruns(ws: Workspace, name: str, quote: Quote) -> tuple[Overrun, ...]:
    """The budgets that would be broken if the mailing spent this today.

    What all mailings have spent is the ledger's word; days are those of the office.
    """
    spent = (
        Spent(day=_office_day(ws, at), mailing=mailing, amount=Decimal(cost), currency=currency)
        for at, mailing, cost, currency in batch_costs(ws.ledger)
    )
    return tuple(budget.overruns(ws.settings.budgets, spent, quote, name, ws.today))


def unpriced(mailing: Mailing, quote: Quote) -> tuple[str, ...]:
    """The rows that somebody has yet to write into `rates.toml`."""
    return tuple(
        row_to_write(mailing.provider, mailing.format, what, per, quote.currency)
        for what, per in quote.missing
    )


def _office_day(ws: Workspace, at: str) -> dt.date:
    return dt.datetime.fromisoformat(at).astimezone(ws.zone).date()


def check_budget(ws: Workspace, mailing: Mailing, quote: Quote) -> None:
    """Refused where a budget would be broken, or where a price is missing to tell by."""
    if ws.settings.budgets and quote.missing:
        rows = "\n".join(unpriced(mailing, quote))
        raise Refused(
            "something has no price, so that no budget can be kept; nothing was posted",
            where=mailing.name,
            hint=f"add to rates.toml:\n{rows}",
        )
    for overrun in overruns(ws, mailing.name, quote):
        raise Refused(
            f"{overrun}; nothing was posted",
            where=mailing.name,
            hint=f"send fewer (--limit), or raise {overrun.per} under [budget.{overrun.currency}] "
            "in mailroom.toml",
        )

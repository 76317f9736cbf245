"""What may be spent: the sums of `[budget.USD]` against what the ledger says was spent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from mailroom.model import Quote


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that may be spent of one currency; None: as much as it takes."""

    run: Decimal | None = None  #: for one mailing, all its sends together
    day: Decimal | None = None
    month: Decimal | None = None  #: of the calendar


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a batch that was handed over has cost."""

    day: dt.date
    mailing: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class Overrun:
    """A budget that does not suffice; all sums are in `currency`."""

    per: str  #: run, day, month
    currency: str
    limit: Decimal
    spent: Decimal
    planned: Decimal

    @property
    def over(self) -> Decimal:
        """By how much."""
        return self.spent + self.planned - self.limit

    def __str__(self) -> str:
        return (
            f"{self.planned} {self.currency} beside {self.spent} spent is {self.over} more than "
            f"the {self.limit} of [budget.{self.currency}] {self.per}"
        )


def overruns(
    budgets: Mapping[str, Budget],
    spent: Iterable[Spent],
    quote: Quote,
    mailing: str,
    today: dt.date,
) -> Iterator[Overrun]:
    """The budgets, by currency, that `quote` would break if it were paid today.

    A currency without a budget is not limited, and what costs nothing breaks none.
    """
    budget = budgets.get(quote.currency)
    if budget is None or not quote.total:
        return
    before = [item for item in spent if item.currency == quote.currency]
    this_month = today.year, today.month
    for per, limit, counted in (
        ("run", budget.run, [s for s in before if s.mailing == mailing]),
        ("day", budget.day, [s for s in before if s.day == today]),
        ("month", budget.month, [s for s in before if (s.day.year, s.day.month) == this_month]),
    ):
        already = sum((item.amount for item in counted), Decimal(0))
        if limit is not None and already + quote.total > limit:
            yield Overrun(
                per=per,
                currency=quote.currency,
                limit=limit,
                spent=already,
                planned=quote.total,
            )

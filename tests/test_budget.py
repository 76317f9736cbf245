"""Budgets: what would be broken, and by how much."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mailroom.budget import Budget, Overrun, Spent, overruns
from mailroom.model import Quote

TODAY = dt.date(2026, 11, 23)
TIGHT = Budget(run=Decimal(100), day=Decimal(150), month=Decimal(200))


def quote(total: str, currency: str = "USD") -> Quote:
    return Quote(pieces=1, total=Decimal(total), currency=currency)


def spent(
    amount: str, day: dt.date = TODAY, mailing: str = "other", currency: str = "USD"
) -> Spent:
    return Spent(day=day, mailing=mailing, amount=Decimal(amount), currency=currency)


def broken(total: str, *before: Spent, budget: Budget = TIGHT, currency: str = "USD") -> list[str]:
    found = overruns({"USD": budget}, before, quote(total, currency), "cards", TODAY)
    return [overrun.per for overrun in found]


def test_to_the_last_cent_a_budget_is_kept() -> None:
    assert broken("100.00") == []
    assert broken("100.01") == ["run"]


def test_a_run_is_all_sends_of_a_mailing_on_whatever_day() -> None:
    last_month = TODAY.replace(month=10)
    assert broken("60", spent("41", last_month, "cards")) == ["run"]
    assert broken("60", spent("41", last_month, "other")) == []


def test_a_day_and_a_month_are_of_all_mailings() -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    assert broken("60", spent("91")) == ["day"]
    assert broken("60", spent("141", yesterday)) == ["month"]
    assert broken("60", spent("141", TODAY.replace(month=10))) == []
    assert broken("60", spent("141", TODAY.replace(year=2025))) == []


def test_each_currency_has_its_own_budget_and_none_is_no_limit() -> None:
    assert broken("60", spent("500", currency="EUR")) == []
    assert broken("5000", currency="EUR") == []


def test_what_costs_nothing_breaks_no_budget() -> None:
    assert broken("0", spent("5000")) == []


def test_it_says_the_sums_and_by_how_much() -> None:
    (found,) = overruns(
        {"USD": Budget(day=Decimal(150))}, [spent("91.50")], quote("60"), "x", TODAY
    )
    assert found.over == Decimal("1.50")
    assert str(found) == ("60 USD beside 91.50 spent is 1.50 more than the 150 of [budget.USD] day")


amounts = st.decimals(min_value=0, max_value=10_000, places=2)


@given(amounts, amounts, st.lists(amounts))
def test_an_overrun_is_exactly_what_is_over(
    limit: Decimal, planned: Decimal, before: list[Decimal]
) -> None:
    items = [spent(str(amount)) for amount in before]
    asked = quote(str(planned))
    found: list[Overrun] = [*overruns({"USD": Budget(day=limit)}, items, asked, "x", TODAY)]
    over = sum(before, Decimal(0)) + planned - limit
    assert [item.over for item in found] == ([over] if over > 0 and planned else [])

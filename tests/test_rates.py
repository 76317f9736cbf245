"""`rates.toml`: read with care, added up exactly, the right version on each day."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import ConfigError
from mailroom.model import Order
from mailroom.rates import Rate, load_rates, parse_rates, quote, row_to_write, valid_rates
from mailroom.shipped import SAMPLE

DAY = dt.date(2026, 11, 23)

ROW = {
    "provider": '"lob"',
    "what": '"print and postage"',
    "per": '"piece"',
    "price": '"0.87"',
    "currency": '"USD"',
    "valid_from": "2026-07-01",
    "source": '"our contract of 2026-06-12"',
}


def row(**changes: str) -> str:
    lines = {**ROW, **changes}
    return "[[rate]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v)


def order(**changes: Any) -> Order:
    values = {"provider": "lob", "format": "letter-us", "pieces": 10, "abroad": 0, "pages": 10}
    return Order(**{**values, "day": DAY, **changes})


def cost(text: str, **changes: Any) -> str:
    return str(quote(parse_rates(text), order(**changes)).total)


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_rates(text)
    return caught.value


# --- reading ------------------------------------------------------------------------------


def test_a_row_is_read_as_it_is_written() -> None:
    (rate,) = parse_rates(row(format='"letter-us"', option="{ color = true }"))
    assert (rate.provider, rate.format, rate.what, rate.per) == (
        "lob", "letter-us", "print and postage", "piece",
    )  # fmt: skip
    assert (rate.price, rate.currency) == (Decimal("0.87"), "USD")
    assert (rate.valid_from, rate.option) == (dt.date(2026, 7, 1), {"color": True})
    assert rate.where == "rates.toml:1"


def test_no_file_is_no_rates(tmp_path: Path) -> None:
    assert load_rates(tmp_path) == ()


def test_the_sample_has_invented_prices_for_its_own_providers_and_none_for_lob() -> None:
    rates = load_rates(SAMPLE)
    assert {rate.provider for rate in rates} == {"outbox", "printer"}
    assert all("invented" in rate.source for rate in rates)
    text = (SAMPLE / "rates.toml").read_text(encoding="utf-8")
    assert 'provider = "lob"' in text and text.count('# price = "..."') == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": "0.87"}, "price must be a text in quotes"),
        ({"price": "1"}, "price must be a text in quotes"),
        ({"price": '"dear"'}, "'dear' is not a price"),
        ({"price": '"-1"'}, "'-1' is not a price"),
        ({"price": '"NaN"'}, "'NaN' is not a price"),
        ({"price": '"1e9"'}, "'1e9' is not a price"),
        ({"price": '"0,87"'}, "'0,87' is not a price"),
        ({"price": '"1_0"'}, "'1_0' is not a price"),
        ({"price": '"٣"'}, "'٣' is not a price"),
        ({"price": ""}, "price is missing"),
        ({"source": ""}, "source is missing"),
        ({"source": '""'}, "source is missing"),
        ({"valid_from": ""}, "valid_from is missing"),
        ({"valid_from": '"2026-07-01"'}, "valid_from must be a date"),
        ({"valid_from": "2026-07-01T12:00:00"}, "valid_from must be a date"),
        ({"currency": '"dollars"'}, "'dollars' is no currency"),
        ({"per": '"peice"'}, "there is no per 'peice'"),
        ({"format": '"letter-uk"'}, "there is no format 'letter-uk'"),
        ({"option": '"color"'}, "option must be a table"),
        ({"option": "{ color = 0.5 }"}, "option color must be a text"),
        ({"prise": '"1"'}, "there is no key 'prise'"),
    ],
)
def test_a_row_that_is_wrong_is_named_with_its_line(changes: dict[str, str], message: str) -> None:
    error = refused("# prices\n\n" + row() + "\n" + row(what='"another"', **changes))
    assert error.where == "rates.toml:12"
    assert message in error.message
    assert error.hint


@pytest.mark.parametrize("text", ["[rate]\nprice = 1\n", "rate = 5", "rate = [1]", "[prices]\n"])
def test_what_is_no_row_is_told_how_rows_begin(text: str) -> None:
    assert "[[rate]]" in refused(text).hint


def test_a_file_that_is_no_toml_is_named() -> None:
    assert refused("[[rate").where == "rates.toml"


def test_rows_in_a_list_are_named_by_their_number() -> None:
    assert refused('rate = [{ provider = "lob" }]').where == "rates.toml rate 1"


def test_two_prices_for_the_same_from_the_same_day_are_refused() -> None:
    error = refused(row() + row(price='"0.90"'))
    assert (error.message, error.where) == ("the same as rates.toml:1, from the same day",
                                            "rates.toml:9")  # fmt: skip


# --- choosing -----------------------------------------------------------------------------


def test_the_newest_row_that_is_valid_on_the_day_counts() -> None:
    text = row(price='"1"', valid_from="2025-01-01") + row(price='"2"') + row(
        price='"3"', valid_from="2026-11-24"
    )  # fmt: skip
    assert cost(text) == "20"
    assert cost(text, day=dt.date(2026, 11, 24)) == "30"
    assert cost(text, day=dt.date(2026, 6, 30)) == "10"
    assert cost(text, day=dt.date(2024, 12, 31)) == "0"


def test_a_row_for_the_format_counts_before_one_for_every_format() -> None:
    text = row(price='"1"', format='"letter-us"') + row(price='"2"', valid_from="2026-08-01")
    assert cost(text) == "10"
    assert cost(text, format="letter-a4") == "20"


def test_a_row_for_an_option_counts_where_the_mailing_asks_for_it() -> None:
    text = row(price='"1"') + row(price='"3"', option='{ extra_service = "certified" }')
    assert cost(text) == "10"
    assert cost(text, options={"extra_service": "certified"}) == "30"
    assert cost(text, options={"extra_service": "registered"}) == "10"


def test_lines_of_another_name_add_up() -> None:
    text = row() + row(what='"colour"', price='"0.10"', option="{ color = true }")
    assert cost(text) == "8.70"
    assert cost(text, options={"color": True}) == "9.70"


def test_two_rows_that_say_as_much_are_refused() -> None:
    text = row(option="{ color = true }") + row(option="{ double_sided = true }")
    with pytest.raises(ConfigError, match="also stands in") as caught:
        cost(text, options={"color": True, "double_sided": True})
    assert caught.value.where == "rates.toml:1"
    assert cost(text, options={"color": True}) == "8.70"


def test_currencies_are_never_mixed_in_a_quote() -> None:
    text = row() + row(what='"postage"', currency='"EUR"', per='"abroad"')
    assert cost(text) == "8.70"  # nothing goes abroad
    with pytest.raises(ConfigError, match=r"EUR, but rates.toml:1 is in USD") as caught:
        cost(text, abroad=1)
    assert caught.value.where == "rates.toml:9"


def test_pages_after_the_first_cost_extra() -> None:
    assert cost(row() + row(what='"page"', per='"extra-page"', price='"0.05"'), pages=25) == "9.45"


def test_each_line_tells_where_its_price_comes_from() -> None:
    (line,) = quote(parse_rates(row()), order()).lines
    assert (line.source, line.valid_from) == ("our contract of 2026-06-12", dt.date(2026, 7, 1))


# --- what has no price --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "abroad", "missing"),
    [
        ("", 3, [("print and postage", "piece")]),
        (row(provider='"outbox"'), 3, [("print and postage", "piece")]),
        (row(valid_from="2027-01-01"), 0, [("print and postage", "piece")]),
        (row(), 3, []),
        (row(per='"domestic"'), 0, []),
        (row(per='"domestic"'), 3, [("print and postage", "abroad")]),
        (row(per='"abroad"'), 3, [("print and postage", "domestic")]),
        (row(what='"print"') + row(what='"postage"', per='"domestic"'), 3, [("postage", "abroad")]),
        (row() + row(what='"surcharge"', per='"abroad"'), 3, []),
    ],
)
def test_what_has_no_price_is_named(text: str, abroad: int, missing: list[tuple[str, str]]) -> None:
    assert [*quote(parse_rates(text), order(abroad=abroad)).missing] == missing


def test_where_nothing_goes_nothing_is_missing() -> None:
    nothing = quote((), order(pieces=0, pages=0))
    assert (nothing.total, nothing.currency, nothing.missing) == (0, "", ())


def test_the_row_to_write_is_a_row_once_it_is_filled_in() -> None:
    text = row_to_write("lob", "letter-us", "postage", "abroad", "USD")
    filled = text.replace('"..."', '"1.50"').replace("...", "2026-01-01")
    (rate,) = parse_rates(filled)
    assert (rate.per, rate.price) == ("abroad", Decimal("1.50"))


# --- always -------------------------------------------------------------------------------

prices = st.decimals(min_value=0, max_value=999, places=4)
days = st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 31))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Rate, ...]:
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["print", "postage"]),
                st.sampled_from(["piece", "domestic", "abroad", "extra-page"]),
                st.sampled_from(["", "letter-us", "letter-a4"]),
                days,
            ),
            unique=True,
            max_size=12,
        )
    )
    return tuple(
        Rate(provider="lob", what=what, per=per, format=fmt, valid_from=day,
             price=draw(prices), currency="USD", source="x")
        for what, per, fmt, day in keys
    )  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> Order:
    pieces = draw(st.integers(0, 20_000))
    abroad = draw(st.integers(0, pieces))
    return order(
        pieces=pieces, abroad=abroad, pages=pieces * draw(st.integers(1, 6)), day=draw(days)
    )


@given(tables(), orders())
def test_the_sum_of_the_lines_is_the_total_and_never_a_binary_fraction(
    table: tuple[Rate, ...], asked: Order
) -> None:
    found = quote(table, asked)
    assert isinstance(found.total, Decimal)
    assert sum(line.count * line.price for line in found.lines) == found.total
    exact = found.total.as_tuple().exponent
    assert isinstance(exact, int) and exact >= -4


@given(tables(), orders(), st.data())
def test_the_batches_of_a_mailing_cost_what_the_mailing_costs(
    table: tuple[Rate, ...], asked: Order, data: st.DataObject
) -> None:
    abroad = data.draw(st.integers(0, asked.abroad))
    at_home = data.draw(st.integers(0, asked.domestic))
    each = asked.pages // asked.pieces if asked.pieces else 0
    pieces = abroad + at_home
    first = dataclasses.replace(asked, pieces=pieces, abroad=abroad, pages=pieces * each)
    rest = dataclasses.replace(
        asked,
        pieces=asked.pieces - pieces,
        abroad=asked.abroad - abroad,
        pages=asked.pages - first.pages,
    )
    assert quote(table, first).total + quote(table, rest).total == quote(table, asked).total


@given(tables(), days)
def test_of_each_row_the_newest_valid_version_counts(table: tuple[Rate, ...], day: dt.date) -> None:
    chosen = valid_rates(table, "lob", day)
    for rate in table:
        rivals = [
            c for c in chosen if (c.what, c.per, c.format) == (rate.what, rate.per, rate.format)
        ]
        assert len(rivals) <= 1
        assert rate.valid_from > day or rate.valid_from <= rivals[0].valid_from <= day


@given(tables(), orders(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(
    table: tuple[Rate, ...], asked: Order, random: Any
) -> None:
    shuffled = [*table]
    random.shuffle(shuffled)
    assert quote(shuffled, asked).total == quote(table, asked).total


@given(st.text(max_size=200))
def test_whatever_is_written_is_rates_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_rates(text), tuple)

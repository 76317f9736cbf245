"""Budgets, alarms and the pause, on small workspaces with a real ledger and a real outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from mailroom import pipeline
from mailroom.errors import ApprovalError, ConfigError, Refused, UsageError
from mailroom.ledger.history import batch_costs
from mailroom.model import Approval
from mailroom.pipeline.alarms import hand_over_at
from mailroom.pipeline.prepare import PrepareReport
from mailroom.workspace import open_workspace
from tests.workspaces import (
    CARDS,
    MAILING,
    NOW,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    posted,
    say_yes,
    send,
)

PEOPLE = [person(n) for n in range(6)]  # 0.50 + 0.91 each: 8.46 in all


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people, approved, nothing sent."""
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", PEOPLE))


@pytest.fixture
def ws(ready: Path, tmp_path: Path) -> Path:
    return copied(ready, tmp_path / "ws")


def prepare(folder: Path, name: str = MAILING) -> PrepareReport:
    with opened(folder) as ws:
        report = pipeline.prepare(ws, name)
        pipeline.proof(ws, name)
        return report


def approve(folder: Path, name: str = MAILING, **accept: str) -> Approval:
    with opened(folder) as ws:
        return pipeline.approve(ws, name, "Ruth", accept)


def mailing(folder: Path, name: str = MAILING, **lines: Any) -> None:
    body = CARDS.replace("Test cards", name) + "".join(f"{k} = {v}\n" for k, v in lines.items())
    (folder / "mailings" / f"{name}.toml").write_text(body, encoding="utf-8")


def budget(folder: Path, **sums: str) -> None:
    path = folder / "mailroom.toml"
    lines = "".join(f'{per} = "{amount}"\n' for per, amount in sums.items())
    path.write_text(path.read_text(encoding="utf-8") + f"[budget.GBP]\n{lines}", encoding="utf-8")


def has_cost(folder: Path, cost: str, at: str = NOW.isoformat()) -> None:
    """What was posted before has cost that much."""
    engine = create_engine(f"sqlite:///{folder}/.mailroom/ledger.db")
    with engine.begin() as connection:
        values: Mapping[str, str] = {"cost": cost, "at": at}
        connection.execute(
            text("UPDATE dispatches SET cost = :cost, currency = 'GBP', intent_at = :at"), values
        )
    engine.dispose()


# --- what it costs ------------------------------------------------------------------------


def test_the_plan_keeps_each_price_with_its_source_and_its_day(ws: Path) -> None:
    with opened(ws) as opened_ws:
        found = opened_ws.ledger.plan(MAILING)
    assert found
    first = found.report["quote"]["lines"][0]
    assert (first["what"], first["price"], first["source"]) == ("print", "0.50", "a price list")
    assert first["valid_from"] == "2026-01-01"


def test_a_new_row_that_is_not_valid_yet_leaves_the_approval_alone(ws: Path) -> None:
    path = ws / "rates.toml"
    rows = path.read_text(encoding="utf-8")
    later = rows.replace("2026-01-01", "2027-01-01").replace("0.91", "0.99")
    path.write_text(rows + later, encoding="utf-8")
    assert send(ws).posted == 6


def test_a_mistake_in_the_rates_is_told_before_the_pages_are_drawn(ws: Path) -> None:
    path = ws / "rates.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("GBP", "EUR", 1), encoding="utf-8")
    drawn: list[int] = []
    with opened(ws) as opened_ws, pytest.raises(ConfigError, match=r"in EUR"):
        pipeline.prepare(opened_ws, MAILING, lambda done, _all: drawn.append(done))
    assert drawn == []


def test_without_a_price_prepare_tells_which_row_to_write(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    (folder / "rates.toml").unlink()
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    report = prepare(folder)
    (row,) = report.unpriced
    assert 'provider = "outbox"\nformat = "card-5x7"\nwhat = "print and postage"' in row
    assert report.quote.total == 0


# --- budgets ------------------------------------------------------------------------------


def test_within_the_budget_it_is_posted(ws: Path) -> None:
    budget(ws, run="8.46", day="8.46", month="8.46")
    assert prepare(ws).budget == ()
    assert send(ws).posted == 6


@pytest.mark.parametrize("per", ["run", "day", "month"])
def test_over_the_budget_prepare_warns_and_nothing_is_posted(ws: Path, per: str) -> None:
    budget(ws, **{per: "8.00"})
    (overrun,) = prepare(ws).budget
    assert (overrun.per, overrun.over) == (per, Decimal("0.46"))
    with pytest.raises(Refused, match=r"is 0\.46 more than the 8\.00") as caught:
        send(ws)
    assert f"raise {per} under [budget.GBP]" in caught.value.hint
    assert posted(ws) == []


def test_a_rehearsal_costs_nothing(ws: Path) -> None:
    budget(ws, run="1.00")
    assert send(ws, live=False).posted == 6
    with opened(ws) as opened_ws:
        assert batch_costs(opened_ws.ledger) == ()


def test_fewer_may_go_where_all_are_too_dear(ws: Path) -> None:
    budget(ws, run="3.00")
    assert send(ws, limit=2).posted == 2


def test_what_was_spent_before_counts(ws: Path) -> None:
    budget(ws, day="10.00")
    send(ws, limit=2)
    has_cost(ws, "5.00")
    with pytest.raises(Refused, match=r"5\.64 GBP beside 5\.00 spent is 0\.64 more"):
        send(ws)
    has_cost(ws, "5.00", at="2026-11-22T09:00:00+00:00")
    assert send(ws).posted == 4


@pytest.mark.parametrize("state", ["void", "failed", "cancelled", "reprint"])
def test_what_was_never_made_has_cost_nothing(ws: Path, state: str) -> None:
    send(ws, limit=2)
    has_cost(ws, "5.00")
    with opened(ws) as opened_ws:
        assert [row[1:] for row in batch_costs(opened_ws.ledger)] == [(MAILING, "5.00", "GBP")]
    engine = create_engine(f"sqlite:///{ws}/.mailroom/ledger.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE dispatches SET state = :state"), {"state": state})
    engine.dispose()
    with opened(ws) as opened_ws:
        assert batch_costs(opened_ws.ledger) == ()


def test_a_budget_cannot_be_kept_without_a_price(ws: Path) -> None:
    budget(ws, run="100.00")
    (ws / "rates.toml").unlink()
    prepare(ws)
    approve(ws)
    with pytest.raises(Refused, match="no price") as caught:
        send(ws)
    assert "[[rate]]" in caught.value.hint
    assert posted(ws) == []


def test_a_budget_cannot_be_accepted_away(ws: Path) -> None:
    budget(ws, run="1.00")
    with pytest.raises(Refused, match="cannot be accepted away"):
        approve(ws, budget="it is Christmas")


# --- more than last time ------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last year two cards went out; this year it is six."""
    folder = make_workspace(tmp_path_factory.mktemp("year") / "ws", PEOPLE)
    mailing(folder, "xmas-2025", limit=2)
    mailing(folder, "xmas-2026")
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    prepare(folder, "xmas-2025")
    approve(folder, "xmas-2025")
    send(folder, "xmas-2025")
    return folder


@pytest.fixture
def years(year: Path, tmp_path: Path) -> Path:
    return copied(year, tmp_path / "ws")


def test_many_more_than_last_time_must_be_explained(years: Path) -> None:
    (alarm,) = prepare(years, "xmas-2026").alarms
    assert alarm.rule == "volume"
    assert alarm.message == "6 pieces are over 12.5 % more than the 2 of xmas-2025"
    with pytest.raises(ApprovalError, match="6 pieces are over") as caught:
        approve(years, "xmas-2026")
    assert "--accept volume='WHY'" in caught.value.hint
    with pytest.raises(UsageError, match="volume needs a reason"):
        approve(years, "xmas-2026", volume=" ")
    approval = approve(years, "xmas-2026", volume="we took over a shop")
    assert approval.accepted == {"volume": "we took over a shop"}
    assert send(years, "xmas-2026").posted == 6


def test_all_that_must_be_explained_is_said_at_once(years: Path) -> None:
    with (years / "mailings" / "xmas-2026.toml").open("a") as file:
        file.write("arrive_by = 2026-11-26\n")
    prepare(years, "xmas-2026")
    with pytest.raises(
        ApprovalError, match=r"6 pieces are over .*; 6 pieces at home would"
    ) as caught:
        approve(years, "xmas-2026")
    assert "--accept volume='WHY' --accept late='WHY'`" in caught.value.hint


def test_what_is_no_alarm_cannot_be_accepted(ws: Path) -> None:
    with pytest.raises(UsageError, match="nothing is held by 'volume'"):
        approve(ws, volume="just in case")


def test_the_office_decides_what_is_many(years: Path) -> None:
    path = years / "mailroom.toml"
    more = path.read_text(encoding="utf-8") + '[alarm]\nvolume = "200"\n'
    path.write_text(more, encoding="utf-8")
    assert prepare(years, "xmas-2026").alarms == ()


def test_a_mailing_of_another_name_is_compared_with_the_one_it_names(years: Path) -> None:
    mailing(years, "advent", compare='"xmas-2025"')
    (alarm,) = prepare(years, "advent").alarms
    assert "the 2 of xmas-2025" in alarm.message


def test_a_mailing_to_compare_with_that_is_none_is_named(years: Path) -> None:
    mailing(years, "advent", compare='"xmas-2o25"')
    with pytest.raises(ConfigError, match="no mailing 'xmas-2o25'") as caught:
        prepare(years, "advent")
    assert caught.value.hint == "did you mean 'xmas-2025'?"


def test_with_a_mailing_that_has_sent_nothing_there_is_nothing_to_compare(years: Path) -> None:
    mailing(years, "advent", compare='"xmas-2026"')
    assert prepare(years, "advent").alarms == ()


# --- a few first --------------------------------------------------------------------------


def test_the_first_few_go_and_the_others_when_somebody_has_looked(ws: Path) -> None:
    mailing(ws, pause_after=2)
    prepare(ws)
    approve(ws)
    rehearsal = send(ws, live=False)
    assert (rehearsal.posted, rehearsal.to_confirm, rehearsal.paused) == (6, 2, False)
    first = send(ws)
    assert (first.posted, first.left, first.paused) == (2, 4, True)
    second = send(ws)
    assert (second.posted, second.left, second.paused) == (4, 0, False)
    assert len(set(posted(ws))) == 6


def test_the_number_to_confirm_is_that_of_the_first_few(ws: Path) -> None:
    mailing(ws, pause_after=2)
    prepare(ws)
    approve(ws)
    asked: list[int] = []
    with opened(ws) as opened_ws:
        pipeline.send(
            opened_ws,
            MAILING,
            live=True,
            confirm=lambda posting: asked.append(posting.pieces) or posting.pieces,
        )
    assert asked == [2]


# --- in time ------------------------------------------------------------------------------


def test_what_would_come_too_late_must_be_explained(ws: Path) -> None:
    mailing(ws, arrive_by="2026-11-26")  # a Monday's post takes five business days, one a holiday
    (alarm,) = prepare(ws).alarms
    assert alarm.rule == "late"
    assert alarm.message == (
        "6 pieces at home would arrive by 2026-12-01, and arrive_by is 2026-11-26"
    )
    with pytest.raises(ApprovalError, match="would arrive by 2026-12-01"):
        approve(ws)
    approve(ws, late="better late than never")
    assert send(ws).posted == 6


def test_what_was_in_time_at_approval_may_be_late_when_it_is_sent(ws: Path) -> None:
    mailing(ws, arrive_by="2026-12-04")
    assert prepare(ws).alarms == ()
    approve(ws)
    later = NOW + dt.timedelta(days=7)
    with (
        open_workspace(ws, clock=lambda: later) as opened_ws,
        pytest.raises(ApprovalError, match="would arrive by 2026-12-07"),
    ):
        pipeline.send(opened_ws, MAILING, live=True, confirm=say_yes)
    assert posted(ws) == []


def test_a_day_that_has_passed_must_be_explained(ws: Path) -> None:
    mailing(ws, send_on="2026-11-20")
    (alarm,) = prepare(ws).alarms
    assert "cannot be handed over before 2026-11-23, and send_on is 2026-11-20" in alarm.message


def test_who_lives_abroad_is_counted_apart(tmp_path: Path) -> None:
    abroad = {"Postal Code": "20095", "City": "Hamburg", "Country/Region": "DE"}
    folder = make_workspace(tmp_path / "ws", [*PEOPLE[:2], person(7, **abroad)])
    mailing(folder, arrive_by="2026-12-04")
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        found = ws.mailing(MAILING)
    (alarm,) = prepare(folder).alarms
    assert alarm.message.startswith("1 piece abroad would arrive by 2026-12-10")
    with opened(folder) as ws:
        items = [item.piece for item in ws.ledger.pieces(MAILING)]
        at_home = hand_over_at(ws, found, items[:1])
        assert at_home.isoformat() == "2026-11-27T12:00:00+00:00"
        assert hand_over_at(ws, found, items) == NOW


def test_too_far_ahead_is_refused_at_once(ws: Path) -> None:
    mailing(ws, arrive_by="2027-12-01")
    with pytest.raises(Refused, match="more than 180 days ahead"):
        prepare(ws)

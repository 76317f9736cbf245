"""An open workspace: the day that is printed on letters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from mailroom.workspace import open_workspace
from tests.workspaces import CARDS, MAILING, make_workspace, person

EVE = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "day"),
    [(0, dt.date(2026, 12, 31)), (1, dt.date(2027, 1, 1)), (-8, dt.date(2026, 12, 31))],
)
def test_a_letter_bears_the_day_of_the_office_and_the_ledger_utc(
    hours: int, day: dt.date, tmp_path: Path
) -> None:
    undated = CARDS.replace("date = 2026-12-01\n", "")
    folder = make_workspace(tmp_path / "ws", [person(1)], mailing=undated)
    zone = dt.timezone(dt.timedelta(hours=hours))
    with open_workspace(folder, clock=lambda: EVE, zone=zone) as ws:
        assert ws.mailing(MAILING).date == day
        assert ws.now() == "2026-12-31T23:30:00+00:00"


def test_a_date_in_the_mailing_is_the_date(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    with open_workspace(folder, clock=lambda: EVE) as ws:
        assert ws.mailing(MAILING).date == dt.date(2026, 12, 1)

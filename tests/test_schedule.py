"""When to hand over, so that it arrives when it is wished."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import Refused
from mailroom.schedule import (
    LONGEST,
    TRANSIT,
    arrival,
    holidays,
    is_business_day,
    send_at,
    transit_of,
)

NOW = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)  # a Monday
DAY = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def handed(arrive_by: str = "", send_on: str = "", transit: int = 7, now: dt.datetime = NOW) -> str:
    at = send_at(
        now, DAY, day(arrive_by) if arrive_by else None, day(send_on) if send_on else None, transit
    )
    return at.isoformat()


def test_without_a_wish_it_is_handed_over_when_it_can_no_longer_be_undone() -> None:
    assert handed() == "2026-11-24T15:00:00+00:00"


def test_a_wish_is_worked_back_over_business_days() -> None:
    # Fri 18 Dec, seven business days back: Wed 9 Dec.
    assert handed(arrive_by="2026-12-18") == "2026-12-09T12:00:00+00:00"


def test_a_wish_for_a_sunday_is_one_for_the_friday_before() -> None:
    assert handed(arrive_by="2026-12-20") == handed(arrive_by="2026-12-18")


def test_no_post_moves_on_thanksgiving() -> None:
    assert handed(arrive_by="2026-12-04", transit=6) == "2026-11-25T12:00:00+00:00"


def test_what_cannot_arrive_in_time_goes_as_soon_as_can_be() -> None:
    assert handed(arrive_by="2026-11-30") == "2026-11-24T15:00:00+00:00"
    assert arrival(dt.datetime.fromisoformat(handed(arrive_by="2026-11-30")), 7) == day(
        "2026-12-04"
    )


def test_a_wish_long_past_is_only_late() -> None:
    assert handed(arrive_by="0001-01-01") == "2026-11-24T15:00:00+00:00"


def test_a_day_of_ones_own_is_kept_also_on_a_weekend_and_whatever_the_wish() -> None:
    assert handed(arrive_by="2026-12-18", send_on="2026-12-05") == "2026-12-05T12:00:00+00:00"


def test_a_day_of_ones_own_that_is_too_soon_leaves_the_time_to_undo() -> None:
    assert handed(send_on="2026-11-23") == "2026-11-24T15:00:00+00:00"


@pytest.mark.parametrize("wish", [{"arrive_by": "2027-08-02"}, {"send_on": "9999-12-31"}])
def test_more_than_180_days_ahead_is_refused(wish: dict[str, str]) -> None:
    with pytest.raises(Refused, match="more than 180 days ahead"):
        handed(**wish)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Honolulu", "Europe/Berlin"])
@pytest.mark.parametrize("wish", ["2026-03-09", "2026-11-02", "2026-07-15"])
def test_the_instant_is_on_the_same_day_where_the_office_is(zone: str, wish: str) -> None:
    """Also right after the clocks were changed (8 March and 1 November 2026)."""
    now = dt.datetime.fromisoformat(wish).replace(tzinfo=ZoneInfo(zone)) - 10 * DAY
    at = send_at(now, DAY, None, day(wish), 7)
    assert at.utcoffset() == dt.timedelta(0)
    assert at.astimezone(ZoneInfo(zone)).date() == day(wish)


def test_the_usps_s_holidays_of_a_year_and_the_sunday_that_moves_to_monday() -> None:
    assert sorted(d.isoformat()[5:] for d in holidays(2027)) == [
        "01-01", "01-18", "02-15", "05-31", "06-19", "07-05", "09-06", "10-11", "11-11", "11-25",
        "12-25",
    ]  # fmt: skip


def test_the_kind_of_mail_decides_before_the_provider() -> None:
    assert transit_of(TRANSIT, "lob", {}) is TRANSIT["lob"]
    assert transit_of(TRANSIT, "lob", {"mail_type": "usps_standard"}) is TRANSIT["usps_standard"]
    assert transit_of(TRANSIT, "lob", {"mail_type": "usps_first_class"}) is TRANSIT["lob"]
    assert transit_of(TRANSIT, "outbox", {}) is TRANSIT["post"]


# --- always -------------------------------------------------------------------------------

zones = st.sampled_from([dt.UTC, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")])
moments = st.tuples(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), st.times(), zones).map(
    lambda parts: dt.datetime.combine(*parts)
)
undos = st.integers(0, 72).map(lambda hours: dt.timedelta(hours=hours))
wishes = st.none() | st.dates(dt.date(2025, 12, 1), dt.date(2028, 3, 31))
transits = st.integers(0, 20)


@given(moments, undos, wishes, wishes, transits)
def test_never_before_it_can_be_undone_and_never_too_far_ahead(
    now: dt.datetime,
    undo: dt.timedelta,
    arrive_by: dt.date | None,
    send_on: dt.date | None,
    transit: int,
) -> None:
    try:
        at = send_at(now, undo, arrive_by, send_on, transit)
    except Refused:
        return
    assert at.utcoffset() == dt.timedelta(0)
    assert at >= now.astimezone(dt.UTC) + undo
    assert at - now <= max(LONGEST, undo)


@given(moments, undos, st.integers(1, 200), transits)
def test_worked_back_it_is_a_business_day_in_time_and_the_last_such(
    now: dt.datetime, undo: dt.timedelta, ahead: int, transit: int
) -> None:
    wish = (now + ahead * DAY).date()
    try:
        at = send_at(now, undo, wish, None, transit)
    except Refused:
        return
    earliest = now.astimezone(dt.UTC) + undo
    if at > earliest:
        assert is_business_day(at.date())
        assert arrival(at, transit) <= wish < arrival(at + 7 * DAY, transit)
    elif arrival(at, transit) > wish:  # late: then not even the earliest is in time
        assert at == earliest


@given(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), transits)
def test_what_arrives_arrives_on_a_business_day_and_never_sooner_for_going_later(
    start: dt.date, transit: int
) -> None:
    at = dt.datetime.combine(start, dt.time(12), dt.UTC)
    assert is_business_day(arrival(at, transit))
    assert arrival(at, transit) <= arrival(at + DAY, transit)
    assert arrival(at, transit) < arrival(at, transit + 1)

"""When post is to be handed over so that it arrives when it is wished: days as data, no clock.

Nobody promises these days; they are what is usual. Production of two business days and the
five to seven that are added abroad are Lob's (its help pages on print speed and international
mail), the days at home are the usual 3 to 5 of first class and 7 to 14 of standard mail.
The slow end counts. `[transit.NAME]` in mailroom.toml puts your own in their place.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.errors import Refused

LONGEST = dt.timedelta(days=180)
"""No provider takes anything longer in advance (Lob: `send_date`)."""

HANDED_OVER = dt.time(12, tzinfo=dt.UTC)
"""Noon UTC is the same day all over America and Europe, whether or not it is summer time.
A bare date would be midnight UTC at Lob: the evening before, in all of America."""


@dataclass(frozen=True, kw_only=True)
class Transit:
    """How long post takes, in business days; the slowest that is usual."""

    production: int  #: from handing over to posting
    domestic: int  #: from posting to the doormat
    abroad: int

    def days(self, *, abroad: bool) -> int:
        return self.production + (self.abroad if abroad else self.domestic)


TRANSIT: Mapping[str, Transit] = {
    "lob": Transit(production=2, domestic=5, abroad=12),
    "usps_standard": Transit(production=2, domestic=14, abroad=14),
    "post": Transit(production=0, domestic=5, abroad=12),
}
"""By Lob's `mail_type`, else by provider; `post` is what one carries to the post oneself."""


def transit_of(table: Mapping[str, Transit], provider: str, options: Mapping[str, Any]) -> Transit:
    """The row for what a mailing asks of its provider."""
    for name in (str(options.get("mail_type", "")), provider):
        if name in table:
            return table[name]
    return table["post"]


# --- business days ------------------------------------------------------------------------

_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
"""New Year, Juneteenth, Independence, Veterans, Christmas."""

_FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
"""Month, weekday, which: King, Presidents, Memorial, Labor, Columbus, Thanksgiving."""


@functools.cache
def holidays(year: int) -> frozenset[dt.date]:
    """The days of a year on which the USPS does not deliver (5 U.S.C. 6103).

    One that falls on a Sunday is kept on the Monday. Other countries' are not known here.
    """
    fixed = (dt.date(year, month, day) for month, day in _FIXED)
    kept = (day + dt.timedelta(days=day.weekday() == 6) for day in fixed)
    return frozenset((*kept, *(_nth(year, *rule) for rule in _FLOATING)))


def _nth(year: int, month: int, weekday: int, which: int) -> dt.date:
    days = [dt.date(year, month, 1) + dt.timedelta(days=n) for n in range(31)]
    return [day for day in days if day.month == month and day.weekday() == weekday][
        which if which < 0 else which - 1
    ]


def is_business_day(day: dt.date) -> bool:
    """Monday to Friday, and no holiday of the USPS."""
    return day.weekday() < 5 and day not in holidays(day.year)


def _business_days(start: dt.date, step: int) -> Iterator[dt.date]:
    """From `start` on, itself included, forwards (1) or backwards (-1)."""
    day = start
    while True:
        if is_business_day(day):
            yield day
        day += dt.timedelta(days=step)


def _shifted(start: dt.date, days: int) -> dt.date:
    """So many business days on or back; from a weekend counting begins at its end."""
    found = _business_days(start, 1 if days >= 0 else -1)
    for _ in range(abs(days)):
        next(found)
    return next(found)


# --- handing over -------------------------------------------------------------------------


def arrival(handed_over: dt.datetime, transit: int) -> dt.date:
    """The day by which it has usually arrived, `transit` business days later."""
    return _shifted(handed_over.astimezone(dt.UTC).date(), transit)


def send_at(
    now: dt.datetime,
    undo: dt.timedelta,
    arrive_by: dt.date | None,
    send_on: dt.date | None,
    transit: int,
) -> dt.datetime:
    """The UTC instant at which to hand over: never before `now + undo`.

    `send_on` is that day at noon; else `arrive_by` is worked back over `transit` business
    days, or it is as soon as can be. Refused more than 180 days ahead.
    """
    earliest = now.astimezone(dt.UTC) + undo  # in UTC: an hour may be missing in between
    day = send_on
    if day is None and arrive_by is not None and arrive_by > earliest.date():
        day = _worked_back(arrive_by, transit)
    if day is None:
        return earliest
    wished = dt.datetime.combine(day, HANDED_OVER)
    if wished - now > LONGEST:
        message = f"it would be handed over on {day}, which is more than {LONGEST.days} days ahead"
        raise Refused(message, hint="wait, or correct arrive_by or send_on")
    return max(earliest, wished)


def _worked_back(arrive_by: dt.date, transit: int) -> dt.date:
    """The last business day from which it arrives in time."""
    last = next(_business_days(arrive_by, -1))
    return _shifted(last, -transit)


def hand_over_day(arrive_by: dt.date, transit: int, undo: int = 0) -> dt.date:
    """The last business day on which to give it to a provider so that it arrives in time.

    `undo` are the days for which the provider holds it back first.
    """
    day = _worked_back(arrive_by, transit) - dt.timedelta(days=undo)
    return next(_business_days(day, -1))

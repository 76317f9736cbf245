"""What only the whole file tells: which number is the day, which dates too many people share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import lgamma, log

from mailroom.intake import dates
from mailroom.model import Finding
from mailroom.readers import Row

#: Different values of a column that are counted; a column of more holds no dates of people.
MOST_VALUES = 200_000
#: Days over which people's birthdays spread: not evenly, hence fewer than there are.
_DAYS, _DAYS_OF_YEAR = 12_000.0, 250.0
#: Days on which nobody's record is right: the zero of spreadsheets, databases and phones.
ZEROES = frozenset({"1900-01-01", "1899-12-30", "1899-12-31", "1904-01-01", "1753-01-01"})
_NEVER = 0.001  #: a crowd that chance would make in fewer than so many files is none of chance


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a first pass over a file has seen; an empty one knows nothing."""

    rows: int = 0
    orders: Mapping[str, str] = field(default_factory=dict)
    """Header of a column of dates -> `day-first` or `month-first`; not there: the file does not
    tell, or contradicts itself."""
    shared: Mapping[str, int] = field(default_factory=dict)
    """Birthday -> how many people have it, where that is beyond chance; `--01-01`: in any year."""


def survey(rows: Iterable[Row | Finding], columns: Mapping[str, str | None]) -> Survey:
    """A first pass: looks at dates only and keeps how often each is there, nothing of people.

    `columns` is header -> field in the order of the file's cells.
    """
    seen: dict[str, Counter[str]] = {}
    places = []
    for place, (header, name) in enumerate(columns.items()):
        if name in dates.FIELDS:
            seen[header] = Counter()
            places.append((place, seen[header]))
    count = 0
    for row in rows:
        if isinstance(row, Finding):
            continue
        count += 1
        cells = row.cells
        for place, counter in places:
            if place < len(cells) and (text := cells[place]) and len(counter) < MOST_VALUES:
                counter[text] += 1
    orders = {header: told for header, counter in seen.items() if (told := _order(counter))}
    births: Counter[str] = Counter()
    for header, counter in seen.items():
        if columns[header] == "birthday":
            births += _days(counter, orders.get(header, ""))
    return Survey(rows=count, orders=orders, shared=_crowded(births))


def _order(values: Counter[str]) -> str:
    """The order that the column's own numbers above 12 show, if they all show the same."""
    told = {order for text in values if (order := dates.order_told(text.lstrip("' ")))}
    return told.pop() if len(told) == 1 else ""


def _days(values: Counter[str], order: str) -> Counter[str]:
    days: Counter[str] = Counter()
    for text, number in values.items():
        reading = dates.read_date(text.lstrip("'"), order)
        if day := reading.value or reading.meant:
            days[day] += number
    return days


def _crowded(births: Counter[str]) -> dict[str, int]:
    """The days that more people share than chance gives, whole dates first, then any year's."""
    dated = sum(number for day, number in births.items() if day[0] != "-")
    crowds = {
        day: number
        for day, number in births.items()
        if day in ZEROES or (day[0] != "-" and _is_crowd(number, dated, _DAYS))
    }
    yearly: Counter[str] = Counter()
    for day, number in births.items():
        if day not in crowds:
            yearly[f"--{day[-5:]}"] += number
    total = yearly.total()
    return crowds | {
        day: number for day, number in yearly.items() if _is_crowd(number, total, _DAYS_OF_YEAR)
    }


def _is_crowd(number: int, people: int, days: float) -> bool:
    """Whether chance hardly ever puts `number` of `people` on one of so many days.

    The number of such groups to be expected is C(people, number) / days ** (number - 1).
    """
    if number < 3:
        return False
    choices = lgamma(people + 1) - lgamma(number + 1) - lgamma(people - number + 1)
    return choices - (number - 1) * log(days) < log(_NEVER) and number > 2 * people / days

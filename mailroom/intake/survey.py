"""What only the whole file tells: day or month first, shared dates, last names that stand first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import lgamma, log

from mailroom import names
from mailroom.countries import country_code
from mailroom.intake import dates
from mailroom.intake.homeland import Homeless, countries_of
from mailroom.intake.places import PREFIXES
from mailroom.model import Finding
from mailroom.readers import Row

#: Different values of a column that are counted; a column of more holds no dates of people.
MOST_VALUES = 200_000
#: Days over which people's birthdays spread: not evenly, hence fewer than there are.
_DAYS, _DAYS_OF_YEAR = 12_000.0, 250.0
#: Days on which nobody's record is right: the zero of spreadsheets, databases and phones.
ZEROES = frozenset({"1900-01-01", "1899-12-30", "1899-12-31", "1904-01-01", "1753-01-01"})
#: A postcode before or behind its town, in the town's cell: "99423 Weimar", "Leeds LS10 1RJ".
_IN_TOWN = re.compile(
    r"^(?:[A-Z]{1,2}-)?(\d{3} \d\d|\d\d-\d{3}|\d{4} ?[A-Z]{2}|\d{4,5})\b"
    r"|\b(\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)$"
)
_MOST_PLACES = 2000  #: different postcodes that are looked at
_MOST_HOMELESS = 20_000  #: rows that are looked at for addresses without a country
_LONGEST = 60  #: characters of a street that are looked at
MOST_NAMES = 20_000  #: full names that are looked at
#: Forms of address that show what a single letter is in the same file.
_BESIDE = {"mme": "m", "mlle": "m", "madame": "m", "dña": "d", "dª": "d", "doña": "d"}
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
    homeless: Homeless = field(default_factory=Homeless)
    """The addresses that name no country."""
    last_first: bool = False
    """Of the full names that a list of first names tells, more begin with the last name."""
    letters: str = ""
    """Letters that are a form of address in this file: "m" of Monsieur, "d" of Don."""


def survey(rows: Iterable[Row | Finding], columns: Mapping[str, str | None]) -> Survey:
    """A first pass: counts dates and how full names begin, and keeps nothing of people.

    `columns` is header -> field in the order of the file's cells.
    """
    seen: dict[str, Counter[str]] = {}
    places = []
    for place, (header, name) in enumerate(columns.items()):
        if name in dates.FIELDS:
            seen[header] = Counter()
            places.append((place, seen[header]))
    homeless = _Homeless(columns)
    whole = _Whole([p for p, name in enumerate(columns.values()) if name == "full_name"])
    count = 0
    for row in rows:
        if isinstance(row, Finding):
            continue
        count += 1
        cells = row.cells
        if whole.places:
            whole.look(cells)
        for place, counter in places:
            text = cells[place] if place < len(cells) else ""
            if 0 < len(text) <= dates.LONGEST and len(counter) < MOST_VALUES:
                counter[text] += 1
        if homeless.is_on:
            homeless.look(cells)
    orders = {header: told for header, counter in seen.items() if (told := _order(counter))}
    births: Counter[str] = Counter()
    for header, counter in seen.items():
        if columns[header] == "birthday":
            births += _days(counter, orders.get(header, ""))
    return Survey(
        rows=count,
        orders=orders,
        shared=_crowded(births),
        homeless=homeless.seen,
        last_first=whole.last_first,
        letters=whole.letters,
    )


def _places_of(name: str, columns: Mapping[str, str | None]) -> tuple[int, ...]:
    return tuple(place for place, other in enumerate(columns.values()) if other == name)


class _Homeless:
    """The addresses that name no country, the first two thousand places; and what others name."""

    def __init__(self, columns: Mapping[str, str | None]) -> None:
        parts = ("postcode", "city", "region", "line1", "country")
        self.addresses = [
            places
            for prefix in PREFIXES
            if any((places := [_places_of(f"{prefix}{part}", columns) for part in parts])[:2])
        ]
        self.width = len(columns)
        self.is_on = bool(self.addresses)
        self.places: Counter[tuple[str, str]] = Counter()
        self.told: Counter[str] = Counter()
        self.named: Counter[str] = Counter()
        self.rows = self.looked = 0

    def look(self, cells: Sequence[str]) -> None:
        """At the addresses of one row."""
        if len(cells) != self.width:
            return
        for address in self.addresses:
            self._look(*(cells[places[0]].strip() if places else "" for places in address))
        self.looked += 1
        self.is_on = len(self.places) < _MOST_PLACES and self.looked < _MOST_HOMELESS

    def _look(self, postcode: str, town: str, region: str, street: str, country: str) -> None:
        if country:
            self.named[country[:_LONGEST]] += 1
            return
        if not postcode and (found := _IN_TOWN.search(town[:_LONGEST])):
            postcode = found[1] or found[2]
        if not (postcode or town or street):
            return
        self.rows += 1
        self.places[postcode, region] += 1
        self.told.update(countries_of(street[:_LONGEST]) if street else ())

    @property
    def seen(self) -> Homeless:
        named: Counter[str] = Counter()
        for text, number in self.named.items():
            named[country_code(text)] += number
        del named[""]
        return Homeless(places=self.places, streets=self.told, named=named, rows=self.rows)


class _Whole:
    """What full names tell of the file that they stand in."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self.seen: Counter[str] = Counter()
        self.found: set[str] = set()

    def look(self, cells: Sequence[str]) -> None:
        """At the full names of one row."""
        for place in self.places:
            text = cells[place].strip() if place < len(cells) else ""
            if not text or len(text) > 80 or self.seen.total() >= MOST_NAMES:
                continue
            front = text.partition(" ")[0].casefold().replace(".", "")
            if letter := _BESIDE.get(front):
                self.found.add(letter)
            if "," not in text:
                self.seen[names.stands_first(text)] += 1

    @property
    def last_first(self) -> bool:
        """Whether two or more begin with the last name, and fewer with the first."""
        return self.seen[names.LAST] >= 2 and self.seen[names.LAST] > self.seen[names.FIRST]

    @property
    def letters(self) -> str:
        return "".join(sorted(self.found))


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

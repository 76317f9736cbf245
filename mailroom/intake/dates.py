"""Dates as CRMs write them: which day is meant, or what has to be asked first.

A normal form is ISO 8601: `1990-05-02`, or `--05-02` where there is no year. What is day and what
is month in `03/04/1990` is told by the file's other values (`survey`) or by a person, never by us.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
LONGEST = 60  #: characters; no longer text is a date, nor worth being kept in mind
#: The fields that hold a date.
FIELDS = frozenset({"birthday", "anniversary", "stage_since", "customer_since", "hold_until"})
#: Whose day counts each year, whatever the year was.
YEARLY = frozenset({"birthday", "anniversary"})

#: What programs write for a year that they do not know; 1604 is Apple's.
NO_YEARS = frozenset({0, 1, 1604})
#: A two-digit year above this is of the last century; there is no clock here.
_PIVOT = 29
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "sv", "pt")
_EPOCH = dt.date(1899, 12, 30)  #: day 0 of a spreadsheet, as it counts since March 1900
_SERIALS = range(3653, 73051)  #: 1910 to 2100

_TIME = re.compile(r"(?:[T ]+\d{1,2}:\d{2}.*|T\d{4,6}.*|Z|[+-]00:00)$", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEARLESS = re.compile(r"--?(\d{2})-?(\d{2})")
_THREE = re.compile(r"(\d{1,2})([-/. ]+)(\d{1,2})[-/. ]+(\d{4}|\d{2})")
_TWO = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\.?")
_HAN = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")
_SERIAL = re.compile(r"(\d{4,5})(?:\.\d+)?")
_EMPTY = re.compile(r"[0\s/.:-]+")
_WORDS = re.compile(r"\d+|[^\W\d_]+")


class Reading(NamedTuple):
    """What a cell says: the day in its normal form, or what has to be asked first."""

    value: str = ""  #: what can be used at once; empty where nothing can
    doubt: str = ""  #: dates, two-digit-year, serial-date, bad-date; empty: none
    meant: str = ""  #: what it would be, where there is a proposal


NOTHING = Reading()
_BAD = Reading(doubt="bad-date")


def is_normal(text: str) -> bool:
    """Whether it is a day with its year in the normal form already, as nearly all are."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or text < "1605":
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_date(text: str, order: str = "") -> Reading:
    """The day of a cell; `order` is `day-first`, `month-first`, or empty while nobody knows."""
    return _read(text, order) if len(text) <= LONGEST else _BAD


@lru_cache(maxsize=1 << 16)
def _read(text: str, order: str) -> Reading:
    plain = _TIME.sub("", " ".join(text.split())).strip(" ,")
    if _EMPTY.fullmatch(plain) or not plain:
        return NOTHING
    if match := _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain):
        year, month, day = map(int, match.groups())
        return _certain(year, month, day)
    if match := _YEARLESS.fullmatch(plain):
        return _certain(0, int(match[1]), int(match[2]))
    if match := _HAN.fullmatch(plain):
        return _certain(int(match[1] or 0), int(match[2]), int(match[3]))
    if match := _THREE.fullmatch(plain):
        return _two_orders(int(match[1]), int(match[3]), match[4], match[2], order)
    if match := _TWO.fullmatch(plain):
        return _two_orders(int(match[1]), int(match[3]), "0", match[2], order)
    if match := _SERIAL.fullmatch(plain):
        return _of_serial(int(match[1]))
    return _in_words(plain)


def order_told(text: str) -> str:
    """Which order a cell shows by a number above 12; empty where it shows none."""
    match = _THREE.match(text.strip()) or _TWO.match(text.strip())
    if not match or "." in match[2]:
        return ""
    first, second = int(match[1]), int(match[3])
    if 12 < first < 32 and 0 < second < 13:
        return DAY_FIRST
    if 12 < second < 32 and 0 < first < 13:
        return MONTH_FIRST
    return ""


def _certain(year: int, month: int, day: int) -> Reading:
    value = _normal(year, month, day)
    return Reading(value=value) if value else _BAD


def _two_orders(first: int, second: int, year: str, mark: str, order: str) -> Reading:
    """`02.05.1990` has the day first everywhere; of strokes only a number above 12 tells."""
    if "." in mark or first > 12:
        order = DAY_FIRST
    elif second > 12:
        order = MONTH_FIRST
    elif first == second:
        order = order or DAY_FIRST
    if not order:
        return Reading(doubt="dates") if first and second else _BAD
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    if len(year) != 2:
        return _certain(int(year), month, day)
    meant = _normal(int(year) + (1900 if int(year) > _PIVOT else 2000), month, day)
    if not meant:
        return _BAD
    return Reading(value=_normal(0, month, day), doubt="two-digit-year", meant=meant)


def _of_serial(number: int) -> Reading:
    if number not in _SERIALS:
        return _BAD
    return Reading(doubt="serial-date", meant=(_EPOCH + dt.timedelta(days=number)).isoformat())


def _in_words(text: str) -> Reading:
    """`2 May 1990`, `May 2, 1990`, `2. Mai`, `2 de mayo de 1990`."""
    words = _WORDS.findall(text)
    months = [month for word in words if (month := _months().get(_fold(word), 0))]
    numbers = [word for word in words if word.isdecimal()]
    if len(months) != 1 or not 1 <= len(numbers) <= 2 or len(words) > 6:
        return _BAD
    years = [int(word) for word in numbers if len(word) == 4]
    days = [int(word) for word in numbers if len(word) < 3]
    if len(days) == 2:
        return _two_orders(days[0], months[0], numbers[1].zfill(2), ".", DAY_FIRST)
    if len(days) != 1:
        return _BAD
    return _certain(years[0] if years else 0, months[0], days[0])


def _normal(year: int, month: int, day: int) -> str:
    """The normal form; empty where the calendar has no such day."""
    if year in NO_YEARS:
        leap = 2000
        fits = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(leap, month)[1]
        return f"--{month:02}-{day:02}" if fits else ""
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""


@lru_cache(maxsize=1)
def _months() -> Mapping[str, int]:
    """Month names, whole and short, of the languages that we greet in."""
    names: dict[str, int] = {}
    for language in _LANGUAGES:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    names.setdefault(_fold(name), int(number))
    return names | {"sept": 9}


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if c.isalpha())

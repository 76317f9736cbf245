"""Of which country the addresses are that name none: asked once for a source, never assumed.

Three things tell: a postcode that no other country writes so, words for a street
(`homeland.toml`) beside postcodes that fit, and the country that the file's other rows name.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from mailroom.address import STATES, normalise
from mailroom.model import Address
from mailroom.postcodes import fits, postcode_form, with_lost_zero
from mailroom.regions import region_of

#: Countries whose postcodes nobody else writes so, with letters or a hyphen.
_BY_FORM = ("GB", "CA", "NL", "PL", "PT", "BR", "JP", "IE")
_MOST = 500  #: different places that are looked at
_LONGEST = 60  #: characters of a postcode and its region
_NEARLY_ALL, _MANY = 0.9, 0.3  #: whose postcodes must fit, whose streets must tell


@dataclass(frozen=True, kw_only=True)
class Homeless:
    """What the addresses tell that name no country."""

    places: Counter[tuple[str, str]] = field(default_factory=Counter)  #: postcode, region -> rows
    streets: Counter[str] = field(default_factory=Counter)  #: country -> rows with such a street
    named: Counter[str] = field(default_factory=Counter)  #: country that others name -> addresses
    rows: int = 0

    def is_abroad(self, country: str) -> bool:
        """Whether most of them are not of this country, by postcode, or by street and postcode."""
        if self.rows and self._fitting(country) * 2 < 1:
            return True
        told = self.likely()
        return bool(told) and self._words(country) * 10 < self._words(told)

    def likely(self, refused: Collection[str] = ()) -> str:
        """The one country that most of them are of (ISO 3166-1); empty where nothing tells one."""
        plain = sum(n for (code, _), n in self.places.items() if code.replace(" ", "").isdigit())
        is_coded = any(code for code, _ in self.places)
        for code in _BY_FORM:
            if is_coded and not plain and code not in refused and self._fits(code):
                return code
        by_street = self._told(self.streets, _MANY, refused)
        return by_street or (self._told(self.named, 0, refused) if is_coded else "")

    def _words(self, country: str) -> int:
        """How many streets and names of countries speak for it."""
        return self.streets[country] + self.named[country]

    def _told(self, words: Counter[str], many: float, refused: Collection[str]) -> str:
        """The country that these tell twice as often as another whose postcodes fit, too."""
        told = [(n, code) for code, n in words.most_common() if self._fits(code)]
        (most, code), (next_most, _) = (*told, (0, ""), (0, ""))[:2]
        is_told = most >= many * self.rows and most >= 2 * next_most
        return code if is_told and code not in refused else ""

    def _fits(self, country: str) -> bool:
        """Whether nearly all may be of it; some, but not most, may have lost a zero."""
        coded = [(place[0], n) for place, n in self.places.items() if place[0]]
        whole = sum(n for code, n in coded if fits(postcode_form(code, country), country))
        is_whole = whole * 2 >= sum(n for _, n in coded)
        return is_whole and self._fitting(country) >= _NEARLY_ALL

    def _fitting(self, country: str) -> float:
        """The part of the rows with a postcode whose postcode, and state, may be of the country."""
        coded = [(place, n) for place, n in self.places.most_common(_MOST) if place[0]]
        fitting = sum(n for place, n in coded if not _is_strange(*place, country))
        return fitting / total if (total := sum(n for _, n in coded)) else 1.0


@lru_cache(maxsize=1 << 14)
def _is_strange(postcode: str, region: str, country: str) -> bool:
    """Whether the country has no such postcode, or no such state though it has states."""
    if len(postcode) + len(region) > _LONGEST:
        return True
    place, _ = normalise(Address(postcode=postcode, region=region, country=country))
    if not fits(place.postcode, country) and not with_lost_zero(place):
        return True
    return bool(region) and country in STATES and not region_of(place.region, country)


def countries_of(street: str) -> tuple[str, ...]:
    """The countries that call a street so."""
    text = street.lower()  # ß stays: the Swiss have none
    return tuple(code for code, words in _streets().items() if words.search(text))


@lru_cache(maxsize=1)
def _streets() -> Mapping[str, re.Pattern[str]]:
    text = resources.files("mailroom.intake").joinpath("homeland.toml").read_text("utf-8")
    return {code: re.compile(words) for code, words in tomllib.loads(text).items()}

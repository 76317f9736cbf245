"""Inline addresses: what Lob asks of them, and how it gives them back (upper-cased, with an id)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from babel import Locale

from mailroom.dev.wrong import Wrong

Fields = Mapping[str, Any]

LENGTHS = {
    "name": 40,
    "company": 40,
    "phone": 40,
    "email": 100,
    "description": 255,
    "address_line1": 64,
    "address_line2": 64,
    "address_city": 200,
    "address_state": 200,
    "address_zip": 40,
    "address_country": 2,
}
BOTH_LINES = 50
_PRINTED = ("name", "company", "address_line1", "address_line2", "address_city")
_UPPER = {*_PRINTED, "address_state", "address_zip"}
_STATE = re.compile(r"[A-Za-z]{2}")
_ZIP = re.compile(r"\d{5}(-\d{4})?")

# Where the long name in Lob's document is not the one that Unicode's CLDR has in English.
_LONG_NAMES = {
    "AN": "NETHERLAND ANTILLES",
    "BN": "BRUNEI DARUSSALAM",
    "BO": "BOLIVIA (PLURINATIONAL STATE OF)",
    "BQ": "BONAIRE, SAINT EUSTATIUS AND SABA",
    "BS": "THE BAHAMAS",
    "CD": "CONGO, DEMOCRATIC REPUBLIC OF THE",
    "CG": "CONGO",
    "CI": "CÔTE D'IVOIRE",
    "CV": "CABO VERDE",
    "CZ": "CZECH REPUBLIC",
    "FK": "FALKLAND ISLANDS (MALVINAS)",
    "GS": "SOUTH GEORGIA AND THE SOUTH SANDWICH ISLANDS",
    "HK": "HONG KONG",
    "IR": "IRAN (ISLAMIC REPUBLIC OF)",
    "KP": "KOREA (DEMOCRATIC PEOPLE’S REPUBLIC OF)",
    "KR": "KOREA, REPUBLIC OF",
    "LA": "LAO PEOPLE’S DEMOCRATIC REPUBLIC",
    "MD": "MOLDOVA, REPUBLIC OF",
    "MK": "MACEDONIA",
    "MM": "MYANMAR",
    "MO": "MACAO",
    "PN": "PITCAIRN",
    "RU": "RUSSIAN FEDERATION",
    "ST": "SAO TOME AND PRINCIPE",
    "SY": "SYRIAN ARAB REPUBLIC",
    "TR": "TURKEY",
    "VA": "HOLY SEE",
    "VN": "VIET NAM",
}
_US_POST = {"AS", "PR", "FM", "GU", "MH", "MP", "PW", "VI"}  # Lob's `country_extended`


def country_name(code: str) -> str:
    """`DE` -> `GERMANY`, as Lob's document spells it; Wrong where Lob takes no mail."""
    name: str = _LONG_NAMES.get(code) or Locale("en").territories.get(code, "").upper()
    if not code.isalpha() or not name or code in _US_POST | {"PS"}:
        raise Wrong("invalid", f"address_country {code!r} is no country that Lob mails to")
    return name.replace("ST. ", "SAINT ").replace(" & ", " AND ")


def is_foreign(fields: Fields) -> bool:
    """Whether it is outside the United States."""
    return str(fields.get("address_country") or "US").upper() != "US"


def check_address(role: str, fields: object) -> dict[str, str]:
    """The address as it will be printed; Wrong where Lob would refuse it. `role`: to, from."""
    if isinstance(fields, str):
        raise Wrong("not_found", f"{role} address not found", status=404)
    if not isinstance(fields, Mapping):
        raise Wrong("invalid", f"{role} is required")
    given = {name: _text(role, name, value) for name, value in fields.items() if value}
    given.pop("metadata", None)
    if not given.get("name") and not given.get("company"):
        raise Wrong("invalid", f"{role}.name or {role}.company is required")
    _check_lines(role, given)
    _check_abroad(role, given) if is_foreign(given) else _check_domestic(role, given)
    return given


def _text(role: str, name: str, value: object) -> str:
    if name == "metadata":
        return ""
    if name not in LENGTHS:
        raise Wrong("invalid", f"{role}.{name} is not allowed")
    if not isinstance(value, str):
        raise Wrong("invalid", f"{role}.{name} must be a string")
    if len(value) > LENGTHS[name]:
        longest = f"{role}.{name} length must be less than or equal to {LENGTHS[name]}"
        raise Wrong("invalid", f"{longest} characters long")
    return value


def _check_lines(role: str, given: Mapping[str, str]) -> None:
    if not given.get("address_line1"):
        raise Wrong("invalid", f"{role}.address_line1 is required")
    both = len(given["address_line1"]) + len(given.get("address_line2", ""))
    if role == "to" and both > BOTH_LINES:
        message = f"address_line1 and address_line2: together at most {BOTH_LINES} characters"
        raise Wrong("address_length_exceeds_limit", message)


def _check_domestic(role: str, given: Mapping[str, str]) -> None:
    for name in ("address_city", "address_state", "address_zip"):
        if not given.get(name):
            raise Wrong("invalid", f"{role}.{name} is required")
    if not _STATE.fullmatch(given["address_state"]):
        raise Wrong("invalid", f"{role}.address_state must be a 2-letter state")
    if not _ZIP.fullmatch(given["address_zip"]):
        raise Wrong("invalid", f"{role}.address_zip must be a ZIP or ZIP+4 code")


def _check_abroad(role: str, given: Mapping[str, str]) -> None:
    if role == "from":
        raise Wrong("foreign_return_address", "from must be a US address")
    country_name(given["address_country"].upper())
    city_and_state = given.get("address_city") and given.get("address_state")
    if not city_and_state and not given.get("address_zip"):
        message = f"{role}: address_city and address_state, or address_zip, are required"
        raise Wrong("invalid", message)


def show_address(given: Mapping[str, str], moment: str) -> dict[str, Any]:
    """The address as Lob gives it back; the same one always has the same id."""
    told = json.dumps(sorted(given.items())).encode()
    shown: dict[str, Any] = {"id": f"adr_{hashlib.sha256(told).hexdigest()[:16]}"}
    for name in LENGTHS:
        value = given.get(name)
        shown[name] = value.upper() if value and name in _UPPER else value
    foreign = is_foreign(given)
    country = given["address_country"].upper() if foreign else ""
    shown["address_country"] = country_name(country) if foreign else "UNITED STATES"
    moments = {"date_created": moment, "date_modified": moment}
    return {**shown, "metadata": {}, **moments, "deleted": True, "object": "address"}

"""Address verification at the fake Lob: the magic values of test keys, plain rules for live ones.

With a test key Lob verifies nothing: it answers by the primary line (Lob's document, "US
Verifications Test Env"). What it answers to a line that is no magic value the document does
not say; `undeliverable` is the answer here, so that nobody takes a rehearsal for a check.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.dev.addresses import country_name
from mailroom.dev.wrong import Wrong

MOST = 20
NOT_VERIFIED = "TEST KEYS DO NOT VERIFY ADDRESSES"

Fields = Mapping[str, Any]
Verify = Callable[[Fields, bool], dict[str, Any]]
"""Fields of an address, whether the key is live -> Lob's verification object."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An address as USPS would write it, and what kind of address it is."""

    primary: str
    secondary: str = ""
    urbanization: str = ""
    city: str = "SAN FRANCISCO"
    state: str = "CA"
    zip_code: str = "94107"
    plus_4: str = "1702"
    zip_type: str = "standard"
    record: str = "street"
    address_type: str = "residential"
    route: str = "city_delivery"
    deliverability: str = "deliverable"
    matched: bool = True


_HOUSE = "1709 BRODERICK ST"
_TOWER = "185 BERRY ST"
MAGIC = {
    "commercial highrise": Sample(
        primary=_TOWER, secondary="STE 6100", record="highrise", address_type="commercial"
    ),
    "residential highrise": Sample(primary="455 FELL ST", secondary="APT 201", record="highrise"),
    "residential house": Sample(primary=_HOUSE, zip_code="94115", plus_4="2525"),
    "po box": Sample(
        primary="PO BOX 720114",
        zip_code="94172",
        plus_4="0114",
        zip_type="po_box",
        record="po_box",
        route="po_box",
    ),
    "rural route": Sample(
        primary="RR 1 BOX 100", record="rural_route", route="rural_route", zip_code="83301"
    ),
    "puerto rico": Sample(
        primary="1 CALLE A",
        urbanization="URB LAS GLADIOLAS",
        city="SAN JUAN",
        state="PR",
        zip_code="00926",
    ),
    "military": Sample(
        primary="PSC 808 BOX 25", city="FPO", state="AE", zip_code="09618", zip_type="military"
    ),
    "department of state": Sample(
        primary="UNIT 9900 BOX 0500", city="DPO", state="AE", zip_code="09701", zip_type="military"
    ),
    "deliverable": Sample(primary="210 KING ST", address_type="commercial"),
    "missing unit": Sample(
        primary=_TOWER, record="highrise", deliverability="deliverable_missing_unit"
    ),
    "incorrect unit": Sample(
        primary=_TOWER,
        secondary="STE 9999",
        record="highrise",
        deliverability="deliverable_incorrect_unit",
    ),
    "unnecessary unit": Sample(
        primary=_HOUSE,
        secondary="APT 5",
        zip_code="94115",
        deliverability="deliverable_unnecessary_unit",
    ),
    "undeliverable block match": Sample(primary="3 BRODERICK ST", deliverability="undeliverable"),
    "undeliverable no match": Sample(
        primary="UNDELIVERABLE NO MATCH", deliverability="undeliverable", matched=False
    ),
}

# DPV confirmation and footnotes (USPS, "DPV Product"): what USPS found, what it did not.
_DPV = {
    "deliverable": ("Y", ["AA", "BB"]),
    "deliverable_missing_unit": ("D", ["AA", "N1"]),
    "deliverable_incorrect_unit": ("S", ["AA", "CC"]),
    "deliverable_unnecessary_unit": ("S", ["AA", "CC"]),
    "undeliverable": ("N", ["AA", "M3"]),
}
_SCORES = {"Y": (100.0, "high"), "S": (60.0, "medium"), "D": (50.0, "medium")}

_SUFFIXES = {
    **{"STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN"},
    **{"BOULEVARD": "BLVD", "COURT": "CT", "PLACE": "PL", "SQUARE": "SQ", "PARKWAY": "PKWY"},
    **{"APARTMENT": "APT", "SUITE": "STE", "FLOOR": "FL"},
}
_DIRECTIONS = ("N", "S", "E", "W", "NE", "NW", "SE", "SW")
_ZIP = re.compile(r"(\d{5})-?(\d{4})?")
_LAST_LINE = re.compile(r"(?P<city>[^,]+?),?\s+(?P<state>[A-Za-z]{2})\s+(?P<zip>\d{5}(?:-?\d{4})?)")


def verify_us(fields: Fields, live: bool) -> dict[str, Any]:
    """One US address; Wrong where it is not asked for as Lob wants it."""
    asked = _asked(fields)
    sample = _look_up(asked) if live else _dummy(asked)
    name = asked["primary_line"].lower()
    known = not live and name in MAGIC
    told = name.replace(" ", "_") if known else _digest(sorted(asked.items()))
    return {
        "id": f"us_ver_{told}",
        "recipient": (asked["recipient"].upper() or None) if live else NOT_VERIFIED,
        "primary_line": sample.primary,
        "secondary_line": sample.secondary,
        "urbanization": sample.urbanization,
        "last_line": f"{sample.city} {sample.state} {sample.zip_code}-{sample.plus_4}",
        "deliverability": sample.deliverability,
        "valid_address": sample.deliverability != "undeliverable",
        "components": _components(sample),
        "deliverability_analysis": _analysis(sample),
        "lob_confidence_score": _confidence(sample),
        "object": "us_verification",
    }


def verify_intl(fields: Fields, live: bool) -> dict[str, Any]:
    """One address abroad; Wrong where it is not asked for as Lob wants it."""
    line = str(fields.get("primary_line") or fields.get("address") or "").strip()
    country = str(fields.get("country") or "").upper()
    if not line or not country:
        raise Wrong("invalid", "primary_line (or address) and country are required")
    country_name(country)
    word = _intl_word(line.lower(), live)
    coverage, status = _INTL[word]
    city, state, code = (_upper(fields, name) for name in ("city", "state", "postal_code"))
    number, street = _number_and_street(line.upper())
    return {
        "id": f"intl_ver_{_digest(sorted((k, str(v)) for k, v in fields.items()))}",
        "recipient": (_upper(fields, "recipient") or None) if live else NOT_VERIFIED,
        "primary_line": line.upper(),
        "secondary_line": _upper(fields, "secondary_line"),
        "last_line": " ".join(filter(None, (city, state, code))),
        "country": country,
        "coverage": coverage,
        "deliverability": word,
        "status": status,
        "components": {
            "primary_number": number,
            "street_name": street,
            "city": city,
            "state": state[:2],
            "postal_code": code,
        },
        "object": "intl_verification",
    }


# Coverage and status are words of Lob's document; which goes with which verdict is made up.
_INTL = {
    "deliverable": ("SUBBUILDING", "LV4"),
    "deliverable_missing_info": ("STREET", "LM2"),
    "undeliverable": ("LOCALITY", "LF1"),
    "no_match": ("SPARSE", "LU1"),
}


def verify_many(verify: Verify, fields: Fields, live: bool) -> dict[str, Any]:
    """Up to twenty at once: what is wrong with one of them stands in its place."""
    addresses = fields.get("addresses")
    if not isinstance(addresses, list) or not 1 <= len(addresses) <= MOST:
        raise Wrong("invalid", f"addresses must be a list of 1 to {MOST}")
    answers = [_one_of_many(verify, address, live) for address in addresses]
    return {"addresses": answers, "errors": any("error" in answer for answer in answers)}


def _one_of_many(verify: Verify, address: object, live: bool) -> dict[str, Any]:
    try:
        if not isinstance(address, Mapping):
            raise Wrong("invalid", "an address must be an object")
        return verify(address, live)
    except Wrong as wrong:
        told = {"message": wrong.message, "status_code": wrong.status, "code": wrong.code}
        return {"error": told}


def _asked(fields: Fields) -> dict[str, str]:
    names = ("recipient", "primary_line", "secondary_line", "urbanization", "city", "state")
    asked = {name: str(fields.get(name) or "").strip() for name in (*names, "zip_code")}
    if fields.get("address"):
        return {**asked, **_from_one_line(str(fields["address"]).strip())}
    if not asked["primary_line"]:
        raise Wrong("invalid", "primary_line or address is required")
    if not asked["zip_code"] and not (asked["city"] and asked["state"]):
        raise Wrong("invalid", "zip_code, or city and state, are required")
    if asked["zip_code"] and not _ZIP.fullmatch(asked["zip_code"]):
        raise Wrong("invalid", "zip_code must be in a valid zip or zip+4 format")
    return asked


def _from_one_line(address: str) -> dict[str, str]:
    """`210 King St, San Francisco, CA 94107` in parts; without commas all of it is the line."""
    line, comma, rest = address.partition(",")
    match = _LAST_LINE.fullmatch(rest.strip()) if comma else None
    if not match:
        return {"primary_line": address}
    last = {"city": match["city"], "state": match["state"], "zip_code": match["zip"]}
    return {"primary_line": line.strip(), **last}


def _dummy(asked: Mapping[str, str]) -> Sample:
    return MAGIC.get(asked["primary_line"].lower(), MAGIC["undeliverable no match"])


def _look_up(asked: Mapping[str, str]) -> Sample:
    """As USPS would write it: capitals, abbreviations, ZIP+4. Its words decide what it is."""
    line, unit = asked["primary_line"], asked["secondary_line"]
    code = _ZIP.fullmatch(asked["zip_code"])
    made_up = f"{zlib.crc32(f'{line} {unit}'.upper().encode()) % 9000 + 1000}"
    po_box = line.upper().startswith("PO BOX")
    return Sample(
        primary=_usps(line),
        secondary=_usps(unit),
        urbanization=asked["urbanization"].upper(),
        city=asked["city"].upper() or "ANYTOWN",
        state=asked["state"].upper()[:2] or "CA",
        zip_code=code[1] if code else "90001",
        plus_4=(code and code[2]) or made_up,
        zip_type="po_box" if po_box else "standard",
        record="po_box" if po_box else "highrise" if unit else "street",
        route="po_box" if po_box else "city_delivery",
        deliverability=_word(f"{line} {unit}".lower()),
    )


def _word(text: str) -> str:
    for words in ("missing unit", "incorrect unit", "unnecessary unit"):
        if words in text:
            return f"deliverable_{words.replace(' ', '_')}"
    return "undeliverable" if "undeliverable" in text else "deliverable"


def _intl_word(line: str, live: bool) -> str:
    for words in ("deliverable missing info", "undeliverable", "no match"):
        if words == line or (live and words in line):
            return words.replace(" ", "_")
    return "deliverable" if live or line == "deliverable" else "no_match"


def _usps(line: str) -> str:
    words = re.sub(r"[.,]", " ", line.upper()).split()
    return " ".join(_SUFFIXES.get(word, word) for word in words)


def _number_and_street(line: str) -> tuple[str, str]:
    number, _, street = line.partition(" ")
    return (number, street) if number[:1].isdigit() else ("", line)


def _upper(fields: Fields, name: str) -> str:
    return str(fields.get(name) or "").strip().upper()


def _digest(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _components(sample: Sample) -> dict[str, Any]:
    """Lob wants every key, in its pattern, also where there is nothing to say."""
    number, street = _number_and_street(sample.primary)
    words = street.split()
    suffix = words.pop() if len(words) > 1 and words[-1] in _SUFFIXES.values() else ""
    before = words.pop(0) if len(words) > 1 and words[0] in _DIRECTIONS else ""
    designator, _, unit = sample.secondary.partition(" ")
    nothing = ("street_postdirection", "pmb_designator", "pmb_number")
    extra = ("extra_secondary_designator", "extra_secondary_number")
    return {
        **dict.fromkeys((*nothing, *extra), ""),
        "primary_number": number,
        "street_predirection": before,
        "street_name": " ".join(words),
        "street_suffix": suffix,
        "secondary_designator": designator,
        "secondary_number": unit,
        "city": sample.city,
        "state": sample.state,
        "zip_code": sample.zip_code,
        "zip_code_plus_4": sample.plus_4,
        "zip_code_type": sample.zip_type,
        "delivery_point_barcode": f"{sample.zip_code}{sample.plus_4}108",
        "address_type": sample.address_type,
        "record_type": sample.record,
        "default_building_address": sample.deliverability == "deliverable_missing_unit",
        "county": sample.city,
        "county_fips": "06075",
        "carrier_route": "C032",
        "carrier_route_type": sample.route,
        "po_box_only_flag": "N",
        "latitude": 37.775975,
        "longitude": -122.392956,
    }


def _analysis(sample: Sample) -> dict[str, Any]:
    confirmation, footnotes = _DPV[sample.deliverability]
    if not sample.matched:
        confirmation, footnotes = "", ["A1"]
    known = "N" if sample.matched else ""
    flags = ("cmra", "vacant", "throwback", "non_delivery_day_flag", "no_secure_location")
    empty = ("dpv_inactive_reason", "dpv_non_delivery_day_values", "lacs_indicator")
    return {
        **{f"dpv_{flag}": known for flag in (*flags, "door_not_accessible")},
        **dict.fromkeys((*empty, "lacs_return_code", "suite_return_code"), ""),
        "dpv_confirmation": confirmation,
        "dpv_active": "Y" if sample.deliverability != "undeliverable" else known,
        "dpv_footnotes": footnotes,
        "ews_match": False,
    }


def _confidence(sample: Sample) -> dict[str, Any]:
    confirmation = _DPV[sample.deliverability][0]
    score, level = _SCORES.get(confirmation, (0.0, "low"))
    return {"score": score, "level": level}

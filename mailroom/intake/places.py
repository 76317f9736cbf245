"""The address of a row: put together, mended by decision, checked; of several the first whole one.

Country, region and postcode come again and again, so what there is to say of the three is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from mailroom import address as addresses
from mailroom import oneline
from mailroom.intake.draft import Draft, shown
from mailroom.intake.quick import quick
from mailroom.intake.repairs import RULES
from mailroom.model import Address, Finding, Severity

PREFIXES = ("address.", "address2.", "address3.")
_PARTS = ("line1", "line2", "line3", "city", "region", "postcode", "country", "whole")
FIELDS = frozenset(f"{prefix}{part}" for prefix in PREFIXES for part in _PARTS)
_ORDINALS = {"address2.": "second", "address3.": "third"}
_MAYBE_POSTCODE = re.compile(r"\d{4}|[A-Z]\d[A-Z]? ?\d[A-Z]|@")
_MORE_THAN_A_TOWN = re.compile(r"[\d,;\n]")


class _Settled(NamedTuple):
    """What there is to say of a country, a region and a postcode together."""

    is_clean: bool
    country: str = ""


@lru_cache(maxsize=1 << 17)
def _settle(country: str, region: str, postcode: str) -> _Settled:
    """Whether nothing of the three is to be mended, asked or refused."""
    code = addresses.country_code(country)
    if not code or (code != country and not addresses.is_country_name(country)):
        return _Settled(False)
    if country.upper() == "NA":
        return _Settled(False)
    # Street and town are looked at where they are at hand; here they only have to be there.
    place = Address(line1="-", city="-", region=region, postcode=postcode, country=code)
    _, repairs = addresses.normalise(place)
    return _Settled(not repairs and not addresses.validate(place), code)


@lru_cache(maxsize=1 << 15)
def _is_town(city: str) -> bool:
    return _MORE_THAN_A_TOWN.search(city) is None


def address(draft: Draft, country: str) -> Address:
    """The address of the row, with its findings; `country` is taken where the row has none."""
    values = draft.values
    line1, city = values.get("address.line1", ""), values.get("address.city", "")
    if line1 and city and "address.line3" not in values:
        region, postcode = values.get("address.region", ""), values.get("address.postcode", "")
        settled = _settle(values.get("address.country", ""), region, postcode)
        if settled.is_clean and _is_town(city) and "\n" not in line1:
            line2 = values.get("address.line2", "")
            if "\n" not in line2 and "  " not in line1:
                return quick(
                    Address,
                    line1=line1,
                    line2=line2,
                    city=city,
                    region=region,
                    postcode=postcode,
                    country=settled.country,
                )
    return _first_complete(draft, country)


def _first_complete(draft: Draft, country: str) -> Address:
    """Of the row's addresses the first without a fault, else the first there is."""
    filled = [p for p in PREFIXES if any(draft.values.get(f"{p}{part}") for part in _PARTS)]
    if not filled:
        draft.error("no-address", "there is no address", "complete the address in the CRM")
        return Address()
    findings, before = draft.findings, draft.before
    tried: list[tuple[Address, list[Finding], dict[str, str]]] = []
    for prefix in filled:
        draft.findings, draft.before = [], dict(before)
        place = _Place(draft, prefix, country).settled()
        tried.append((place, draft.findings, draft.before))
        if not any(finding.severity is Severity.ERROR for finding in draft.findings):
            break
    else:
        prefix = filled[0]
    place, found, draft.before = tried[filled.index(prefix)]
    draft.findings = findings
    if ordinal := _ORDINALS.get(prefix):
        first = next((f.message for f in tried[0][1] if f.severity is Severity.ERROR), "")
        why = f": of the first {first}" if len(tried) > 1 else ", since it is the only one"
        draft.note("other-address", f"the {ordinal} address of the row is used{why}")
    draft.findings += found
    return place


class _Place:
    """One address of a row while it is put together."""

    def __init__(self, draft: Draft, prefix: str, country: str) -> None:
        self.draft = draft
        self.prefix = prefix
        self.home = country
        self.parts = {part: draft.get(f"{prefix}{part}") for part in _PARTS}

    def settled(self) -> Address:
        """The address with what can be mended mended; what is wrong with it is found."""
        self._lines()
        is_unknown = not self._country()
        self._whole()
        self._town()
        place = self._mended()
        found = addresses.validate(place, where=self.draft.where)
        # A country nobody knows is one fault, not two.
        found = tuple(f for f in found if not (is_unknown and f.rule == "no-country"))
        self.draft.findings += found
        if _MAYBE_POSTCODE.search(place.city) and not place.city.isdigit():
            hint = "one of the two is wrong: look the address up"
            message = f"the town has a postcode in it: {shown(place.city)}"
            if place.postcode:
                message += f", beside {place.postcode}"
            self.draft.error("odd-city", message, hint)
        return place

    def _name(self, part: str) -> str:
        return f"{self.prefix}{part}"

    def _names(self, *parts: str) -> tuple[str, ...]:
        return tuple(self._name(part) for part in parts if self.draft.get(self._name(part)))

    def _lines(self) -> None:
        """A street of several lines in one cell, as Salesforce has it, in our two."""
        cells = [self.parts[name] for name in ("line1", "line2", "line3")]
        lines = [" ".join(line.split()) for cell in cells for line in cell.split("\n")]
        lines = [line for line in lines if line]
        one, two = lines[0] if lines else "", ", ".join(lines[1:])
        broken = next(
            (name for name in ("line1", "line2", "line3") if "\n" in self.parts[name]), ""
        )
        self.parts |= {"line1": one, "line2": two, "line3": ""}
        if broken:
            after = " + ".join(filter(None, (one, two)))
            before = " + ".join(cell for cell in cells if cell)
            self.draft.may("street-lines", (self._name(broken),), before, after)

    def _country(self) -> bool:
        """The country's code; whether there is none or a known one."""
        draft, text = self.draft, self.parts["country"]
        if not text:
            if self.home and not self.parts["whole"]:
                draft.note("country-assumed", f"no country, so {self.home} is assumed")
            self.parts["country"] = self.home
            return True
        code = addresses.country_code(text)
        if text.upper() == "NA":
            hint = "if the export writes NA for nothing, empty the cell"
            draft.warn("country-na", "country: NA is read as Namibia", hint)
        elif not code:
            hint = "write the country's English name or its two-letter code"
            draft.error("unknown-country", f"{text!r} is no country we know", hint)
        elif code != text and not addresses.is_country_name(text):
            draft.may("country-word", (self._name("country"),), text, code)
        self.parts["country"] = code
        return bool(code)

    def _whole(self) -> None:
        """A whole address in one cell, be it its own column or that of the street."""
        parts = self.parts
        if parts["city"] and (parts["line1"] or not parts["whole"]):
            return
        part = "whole" if parts["whole"] else "line1"
        street = ", ".join(filter(None, (parts["line1"], parts["line2"])))
        text = parts["whole"] or street
        if not text or (part == "line1" and parts["postcode"] and parts["region"]):
            return
        found = oneline.parse(self.draft.get(self._name(part)) or text, parts["country"])
        found = found or oneline.parse(text, parts["country"])
        if found is None:
            parts["line1"] = parts["line1"] or " ".join(text.split())
            return
        after = " + ".join(filter(None, vars(found).values()))
        if self.draft.may("one-cell-address", (self._name(part),), text, after):
            self.parts |= vars(found)
        elif not parts["line1"]:
            parts["line1"] = " ".join(text.split())

    def _town(self) -> None:
        """Postcode and state that stand in the town's cell, where their own cells are empty."""
        parts, city = self.parts, self.parts["city"]
        if not city or (_is_town(city) and " " not in city):
            return
        split = oneline.split_city(city, parts["country"])
        if split is None:
            return
        found = dict(zip(("city", "region", "postcode"), split, strict=True))
        if found["city"] == city.rstrip(" ,;"):
            return
        if any(value and parts[name] and not _same(value, parts[name])
               for name, value in found.items() if name != "city"):  # fmt: skip
            return
        found = {name: value for name, value in found.items() if value and not parts[name]} | {
            "city": found["city"]
        }
        rule = "city-split" if len(found) > 1 or _is_more(city, found["city"]) else "city-comma"
        after = " + ".join(filter(None, split))
        if self.draft.may(rule, (self._name("city"),), city, after):
            parts |= found

    def _mended(self) -> Address:
        """The address with the repairs of `address.normalise` that are taken."""
        kept = ("line1", "line2", "city", "region", "postcode", "country")
        texts = {part: " ".join(self.parts[part].split()) for part in kept}
        _, repairs = addresses.normalise(Address(**texts))
        for repair in repairs:
            names = self._names(repair.part) or (self._name(repair.part),)
            rule = repair.rule if repair.rule in RULES else "postcode-form"
            if self.draft.may(rule, names, repair.before, repair.after):
                texts[repair.part] = repair.after
        return Address(**texts)


def _is_more(cell: str, city: str) -> bool:
    return len(cell.rstrip(" ,;")) > len(city)


def _same(one: str, other: str) -> bool:
    return one.casefold().replace(" ", "") == other.casefold().replace(" ", "")

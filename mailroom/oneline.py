"""A whole address in one cell, taken apart where it is sure; and a town with more than the town.

Sure is: the country is named, given, or told by the form of its postcode, also beside its word for
a street; the postcode fits it; a state is one of its states, and the postcode's; the street has a
number or is a post office box. Whatever else is left alone: half an address in the wrong parts is
worse than one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mailroom.address import normalise
from mailroom.countries import country_code
from mailroom.lastline import BOX, is_of_street, place_of, postcode_in
from mailroom.model import Address
from mailroom.postcodes import POSTCODE_SIGNS, fits, postcode_pattern
from mailroom.regions import region_of

#: Countries whose last line is told by its form alone: a state and its ZIP, "SW1A 2AA" ...
_TOLD_BY_FORM = ("US", "CA", "GB", "AU", "NL", "BR", "JP", "IE", "PL", "PT")
#: Whose streets have such words beside such a postcode, where nothing else tells the country.
_TOLD_BY_STREET = (
    (
        "DE",
        re.compile(r"(?:stra(?:ß|ss)e|\wstr\.|[\w-](?:allee|weg|platz|gasse|damm|ufer))\s*\d"),
        re.compile(r"\d{5}"),
    ),
    ("AT", re.compile(r"straße\s*\d"), re.compile(r"\d{4}")),  # the Swiss have no ß
    (
        "FR",
        re.compile(r"\d.*\b(?:rue|avenue|boulevard|chemin|allée|impasse|quai|cours)\b"),
        re.compile(r"\d{5}"),
    ),
    (
        "IT",
        re.compile(r"^(?:via|viale|corso|piazza|piazzale|largo|vicolo)\b.*\d"),
        re.compile(r"\d{5}"),
    ),
    # The Finns have such streets, too, and no blank in the postcode.
    ("SE", re.compile(r"\w(?:vägen|gatan|gränd|stigen)\s*\d"), re.compile(r"\d{3} \d{2}")),
)
_STREET = re.compile(
    r"\b(?:st|street|ave|avenue|rd|road|dr|drive|blvd|boulevard|ln|lane|way|ct|court|pl|place"
    r"|ter|terrace|pkwy|hwy|cir|circle|sq|square)\b",
    re.IGNORECASE,
)
#: Where a house with a name and no number is usual, so that a first line without one is a house.
_HOUSE_NAMES = frozenset({"AE", "GB", "HK", "IE", "IN", "KE", "LK", "MY", "NG", "PK", "SG", "ZA"})
#: A house number without its street: "Rua Augusta, 123".
_BARE_NUMBER = re.compile(r"(?:n[o°º.]*\s*)?\d{1,5}\s?[A-Za-z]?(?:\s?(?:bis|ter))?", re.IGNORECASE)
#: At the end of a sentence; that of an abbreviation stays: "1 Elm St."
_FULL_STOP = re.compile(r"(?<=\d)\.$|^\.$|(?<=\w{5})\.$")
_MOST = 400  #: characters: what is longer is no address


def parse(text: str, country: str = "") -> Address | None:
    """The parts of an address that stands in one cell, or None where it is not sure.

    Parts are divided by line breaks, commas or two blanks. `country` (ISO 3166-1 alpha-2) is
    taken where the text names none; a country in the text wins.
    """
    if len(text) > _MOST:
        return None
    if by_position := _mailchimp(text):
        return by_position
    pieces = _pieces(text)
    for code, rest, named in _readings(pieces, country):
        if found := _parse_as(code, rest, named=named):
            return found
    return None


def split_city(text: str, country: str) -> tuple[str, str, str] | None:
    """Town, region and postcode where the town's cell has more than the town; else None.

    "Hazlet, 07730", "Portland OR 97201", "D-10115 Berlin", "Zürich ZH", "Edmond,".
    """
    pieces = _pieces(text)
    if not pieces or len(pieces) > 3:
        return None
    place = place_of(pieces, country)
    if place is None or place.before:
        return None
    split = (place.city, place.region, place.postcode)
    if not place.city or split == (text, "", ""):
        return None
    return split


def _pieces(text: str) -> tuple[str, ...]:
    """The cell cut at line breaks, commas and double blanks, in order, none empty."""
    parts = re.split(r"[\n\r\t;,|、，]+| {2,}", text.replace("\u00a0", " "))
    words = (" ".join(part.split()).strip(" -") for part in parts)
    return tuple(piece for word in words if (piece := _FULL_STOP.sub("", word)))


def _readings(pieces: tuple[str, ...], country: str) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Country, the pieces without it, and whether the text names it; the likeliest first."""
    if not pieces:
        return
    if len(pieces) == 1:
        yield from ((code, pieces, False) for code in dict.fromkeys((country, "JP")) if code)
        yield from ((code, (rest,), True) for rest, code in _country_behind(pieces[0]))
        return
    last, above = pieces[-1], pieces[:-1]
    is_state = bool(region_of(last, "US")) and last.upper() != "UK"
    named = country_code(last) if not any(c.isdigit() for c in last) else ""
    if is_state or not named:
        yield from ((code, pieces, False) for code in dict.fromkeys(("US", country)) if code)
    if named:
        yield named, above, True
        return
    yield from ((code, (*above, rest), True) for rest, code in _country_behind(last))
    if match := re.match(r"([A-Z]{1,3})-\d", last):
        yield from ((c, pieces, True) for c, signs in POSTCODE_SIGNS.items() if match[1] in signs)
    yield from ((code, pieces, False) for code in _TOLD_BY_FORM if code != country)
    if not country:
        yield from ((code, pieces, False) for code in _told_by_street(above, last))


def _told_by_street(above: tuple[str, ...], last: str) -> Iterator[str]:
    """The country whose word for a street and form of a postcode these are."""
    postcode = re.match(r"(\d+(?: \d+)*) [^\W\d_]", last)
    street = above[0].lower() if above else ""
    for code, words, form in _TOLD_BY_STREET:
        if postcode and form.fullmatch(postcode[1]) and words.search(street):
            yield code


def _country_behind(last: str) -> Iterator[tuple[str, str]]:
    """A country at the end of the last line without a comma: "London SW1A 2AA UK"."""
    words = last.split()
    for count in (1, 2, 3, 4):
        name = " ".join(words[-count:])
        if len(words) <= count or (len(name) < 3 and not _is_code(name, words)):
            continue
        longer = " ".join(words[-count - 1 :])
        if (code := country_code(name)) and not region_of(longer, "US"):
            yield " ".join(words[:-count]), code


def _is_code(name: str, words: Sequence[str]) -> bool:
    """Whether two letters at the end are a country's code, and no state's: "T12 X8P2 IE"."""
    if name.upper() in ("UK", "US"):
        return True
    if not name.isupper() or any(region_of(name, country) for country in ("US", "CA", "AU", "IT")):
        return False
    code = country_code(name)
    pattern = postcode_in(code) if code else None
    return bool(pattern and pattern.search(" ".join(words[:-1])))


def _mailchimp(text: str) -> Address | None:
    """Mailchimp's address field: street, second line, town, state, ZIP, country by two blanks."""
    fields = [field.strip() for field in text.strip().split("  ")]
    if len(fields) != 6 or "\n" in text or not all((fields[0], fields[2], fields[5])):
        return None
    line1, line2, city, region, postcode, word = fields
    country = country_code(word)
    address = Address(
        line1=line1, line2=line2, city=city, region=region, postcode=postcode, country=country
    )
    address, _ = normalise(address)
    if not country or not (address.postcode and fits(address.postcode, country)):
        return None
    return address if _has_number([line1, line2]) else None


def _parse_as(country: str, pieces: Sequence[str], *, named: bool) -> Address | None:
    place = place_of(pieces, country)
    if place is None or (not place.city and country != "JP"):
        return None
    if not place.postcode and not (named and _needs_no_postcode(country)):
        return None
    if country in ("US", "CA", "AU") and not place.region:
        return None
    lines = _lines(place.before)
    if not lines or not _has_number(lines) or _is_name_first(lines, country):
        return None
    address = Address(
        line1=lines[0],
        line2=", ".join(lines[1:]),
        city=place.city,
        region=place.region,
        postcode=place.postcode,
        country=country,
    )
    return normalise(address)[0]


def _lines(pieces: Sequence[str]) -> list[str]:
    """The street's lines; a house number that a comma cut off is put back."""
    lines: list[str] = []
    for piece in _districts(pieces):
        bare = _BARE_NUMBER.fullmatch(piece)
        if lines and (
            (bare and not re.search(r"\d", lines[-1])) or _BARE_NUMBER.fullmatch(lines[-1])
        ):
            lines[-1] = f"{lines[-1]}, {piece}"
        else:
            lines.append(piece)
    return lines


def _needs_no_postcode(country: str) -> bool:
    """Whether addresses without one are usual: there are none, or nobody writes Eircodes."""
    return postcode_pattern(country) is None or country == "IE"


def _is_name_first(lines: Sequence[str], country: str) -> bool:
    """Whether a person or a company seems to stand above the street: not sure which is which."""
    first = lines[0]
    return (
        country not in _HOUSE_NAMES
        and len(lines) > 1
        and not (is_of_street(first) or _STREET.search(first))
    )


def _districts(pieces: Sequence[str]) -> Iterator[str]:
    """The pieces with "123 - Consolação" as number and district, as Brazil writes it."""
    for piece in pieces:
        match = re.fullmatch(r"(\d{1,5}\w?) [-–] (\D+)", piece)
        yield from match.groups() if match else (piece,)


def _has_number(lines: Sequence[str]) -> bool:
    """A house number with a street, or a post office box."""
    text = " ".join(lines)
    return bool(re.search(r"\d", text) and re.search(r"[^\W\d_]{2}", text)) or bool(
        BOX.search(text)
    )

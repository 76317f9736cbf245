"""A whole address in one cell, taken apart where it is sure; and a town with more than the town.

Sure is: the country is named, given, or told by the form of its postcode, also beside its word for
a street; the postcode fits it; a state is one of its states, and the postcode's; the street has a
number or is a post office box. Whatever else is left alone: half an address in the wrong parts is
worse than one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailroom.address import normalise
from mailroom.countries import country_code
from mailroom.envelope import format_of_country
from mailroom.model import Address
from mailroom.postcodes import POSTCODE_SIGNS, fits, postcode_pattern
from mailroom.regions import has_regions, lies_in, region_of

#: Countries whose last line is told by its form alone: a state and its ZIP, "SW1A 2AA" ...
_TOLD_BY_FORM = ("US", "CA", "GB", "AU", "NL", "BR", "JP", "IE", "PL", "PT")
#: Whose streets have such words beside such a postcode, where nothing else tells the country.
_TOLD_BY_STREET = (
    (
        "DE",
        re.compile(r"(?:stra(?:ß|ss)e|\wstr\.|[\w-](?:allee|weg|platz|gasse|damm|ufer))\s*\d"),
        5,
    ),
    ("AT", re.compile(r"straße\s*\d"), 4),  # the Swiss have no ß
    ("FR", re.compile(r"\d.*\b(?:rue|avenue|boulevard|chemin|allée|impasse|quai|cours)\b"), 5),
    ("IT", re.compile(r"^(?:via|viale|corso|piazza|piazzale|largo|vicolo)\b.*\d"), 5),
)
#: Stricter than the post's own pattern, which words would fit.
_EIRCODE = r"[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}"
#: "Praha 2", "Bratislava 1": towns with a district.
_WITH_DISTRICT = re.compile(r"[^\W\d]+(?:[ -][^\W\d]+)* \d{1,2}")
_BOX = re.compile(
    r"\b(?:p\.?\s*o\.?\s*box|postfach|casella postale|bo[iî]te postale|b\.?p\.?|apartado"
    r"|postbus|c\.?p\.?|gpo box|caixa postal)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:suite|ste|apt|apartment|unit|floor|flat|room|rm|bldg|building|c/o|attn|tower|block)\b",
    re.IGNORECASE,
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
#: Bern 14, Praha 1, Dublin 2.
_TOWN = re.compile(r"\D*(?: \d{1,2})?")
_CEDEX = re.compile(r"\bcedex(?:\s+\d{1,2})?$", re.IGNORECASE)
#: Counties that people write between post town and postcode; the post does without.
_COUNTIES = re.compile(
    r"co(?:unty|\.)? \w+|(?:(?:north|south|east|west) )?\w+shire|(?:(?:east|west) )?sussex"
    r"|west midlands|greater (?:london|manchester)|(?:mid|south|west) glamorgan|tyne (?:and|&) wear"
    r"|surrey|kent|essex|norfolk|suffolk|devon|cornwall|somerset|dorset|cumbria|middlesex"
    r"|merseyside|northumberland|rutland|fermanagh|tyrone|gwynedd|powys|dyfed|gwent|clwyd|fife"
    r"|isle of wight|berks|bucks|herts|hants|lancs|leics|lincs|northants|notts|oxon|staffs|warks"
    r"|wilts|worcs|yorks|cambs|beds|glos",
    re.IGNORECASE,
)
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
    place = _place(pieces, country)
    if place is None or place.before:
        return None
    split = (place.city, place.region, place.postcode)
    if not place.city or split == (text, "", ""):
        return None
    return split


@dataclass(frozen=True, kw_only=True)
class _Place:
    """The end of an address: town, region and postcode; `before` are the pieces above."""

    before: tuple[str, ...]
    city: str
    region: str = ""
    postcode: str = ""


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
    """The country whose word for a street and length of a postcode these are."""
    postcode = re.match(r"(\d+) [^\W\d_]", last)
    street = above[0].lower() if above else ""
    for code, words, digits in _TOLD_BY_STREET:
        if postcode and len(postcode[1]) == digits and words.search(street):
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
    pattern = _postcode_in(code) if code else None
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
    place = _place(pieces, country)
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
        and not (_number(first) or _STREET.search(first))
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
        _BOX.search(text)
    )


# Town, region, postcode ---------------------------------------------------------------------


def _place(pieces: Sequence[str], country: str) -> _Place | None:
    """Read the end of an address as the country writes it; None where it does not fit."""
    if country == "JP" and (place := _japanese(pieces)):
        return place
    if postcode_pattern(country) is None:
        return _town_at_the_end(pieces, country)
    for index in range(len(pieces) - 1, max(-1, len(pieces) - 4), -1):
        if found := _cut_postcode(pieces[index], country, alone=len(pieces) == 1):
            left, postcode, right = found
            return _around(pieces, index, left, postcode, right, country)
    return _town_at_the_end(pieces, country)


def _around(
    pieces: Sequence[str], index: int, left: str, postcode: str, right: str, country: str
) -> _Place | None:
    """What stands beside the postcode: `left` and `right` in its own piece, others around."""
    above, below = list(pieces[:index]), list(pieces[index + 1 :])
    first = _is_first(country)
    if right and not first:
        return None
    if right and left:  # "Musterstr. 1 10115 Berlin": only with the number before it
        if not re.search(r"[^\W\d_]{3}.*\d|^\d.*[^\W\d_]{3}", left):
            return None
        above.append(left)
        left = ""
    town = right or left
    region = ""
    if below and not town and first:
        town = below.pop(0)
    if len(below) > 1 or (below and not _is_region(below[0], postcode, country)):
        return None
    if below:
        region = below[0]
    if not town and above:
        town = above.pop()
        if not region and not first and _is_alone(town, above, postcode, country):
            region, town = town, above.pop()
        elif not region:
            town, region = _cut_region(town, postcode, country)
        # What stands before may be the town, and this a province that no list has.
        if not region and first and above and not _number(above[-1]):
            return None
    elif town and not region:
        if not first and _is_region(town, postcode, country):
            region = town
            town = above.pop() if above and not _number(above[-1]) else town
        else:
            town, region = _cut_region(town, postcode, country)
    if len(town) < 4 and town.isupper() and _is_region(town, "", country):
        return None
    if country == "GB" and len(above) > 1 and _COUNTIES.fullmatch(town) and not _number(above[-1]):
        region, town = town, above.pop()
    if country == "IE" and region == town:
        region = ""  # "Cork T12 X8P2" names the county no more than the town
    return _Place(before=tuple(above), city=town, region=region, postcode=postcode)


def _is_alone(piece: str, above: Sequence[str], postcode: str, country: str) -> bool:
    """Whether it is a region in a piece of its own, with the town in the piece before."""
    return bool(above) and not _number(above[-1]) and _is_region(piece, postcode, country)


def _number(piece: str) -> bool:
    """Whether it is part of a street: a number, a box, a unit."""
    return bool(re.search(r"\d", piece) or _BOX.search(piece) or _UNIT.match(piece))


def _town_at_the_end(pieces: Sequence[str], country: str) -> _Place | None:
    """Without a postcode: the last piece is the town, or the region with the town before."""
    *above, last = pieces
    if not _TOWN.fullmatch(_CEDEX.sub("", last)):
        return None
    if above and _is_region(last, "", country):
        if not _number(above[-1]):
            town = above.pop()
            return _Place(before=tuple(above), city=town, region=last)
        return _Place(before=tuple(above), city=last, region=last)
    town, region = _cut_region(last, "", country)
    return _Place(before=tuple(above), city=town, region=region)


def _cut_postcode(piece: str, country: str, *, alone: bool) -> tuple[str, str, str] | None:
    """What stands before the postcode, the postcode, and what stands behind it."""
    pattern = _postcode_in(country)
    found = list(pattern.finditer(piece)) if pattern else []
    if not found:
        return None
    match = found[-1]
    left, right = piece[: match.start()].strip(" -–"), piece[match.end() :].strip(" -–")
    if _CEDEX.sub("", right) != right and not _CEDEX.sub("", right):
        return None
    town = _CEDEX.sub("", right)
    is_town = bool(_TOWN.fullmatch(town)) or (not left and bool(_WITH_DISTRICT.fullmatch(right)))
    if not is_town or (left and right and not alone):
        return None
    if not right and re.search(r"\d", left):
        return None  # "Keizersgracht 1015": part of a street
    return left, match[1], right


@lru_cache(maxsize=300)
def _postcode_in(country: str) -> re.Pattern[str] | None:
    """The country's postcode as a word in a line, with the prefix of its country or without."""
    pattern = _EIRCODE if country == "IE" else postcode_pattern(country)
    if pattern is None:
        return None
    sign = "|".join(POSTCODE_SIGNS.get(country, ()))
    prefix = rf"(?:(?:{sign})[- ]?)?" if sign else "〒?" if country == "JP" else ""
    return re.compile(rf"(?<![\w-]){prefix}({pattern})(?![\w-])", re.IGNORECASE)


@lru_cache(maxsize=300)
def _is_first(country: str) -> bool:
    """Whether the country writes the postcode before the town, as Hungarians do, too."""
    layout = format_of_country(country)
    return country == "HU" or 0 <= layout.find("%Z") < layout.find("%C")


def _is_region(piece: str, postcode: str, country: str) -> bool:
    region = region_of(piece.strip("() "), country)
    return bool(region) and (not postcode or lies_in(postcode, region, country))


def _cut_region(town: str, postcode: str, country: str) -> tuple[str, str]:
    """A region behind the town: "Portland OR", "Milano (MI)", "São Paulo - SP", "Zürich ZH"."""
    if match := re.fullmatch(r"(.+?)\s*(?:\(([^()]+)\)|\s[-–/]\s*(.+)|/(.+))", town):
        name = match[2] or match[3] or match[4]
        if _is_region(name, postcode, country) or (country == "CH" and _CANTONS.fullmatch(name)):
            return match[1].strip(), name
    words = town.split()
    for count in range(min(4, len(words) - 1), 0, -1):
        name = " ".join(words[-count:])
        is_code = count == 1 and name.isupper() and len(name) <= 3
        if country == "CH" and is_code and _CANTONS.fullmatch(name):
            return " ".join(words[:-1]), name
        # A name without a comma is only sure beside a postcode: "Fort Washington", "Iowa City".
        sure = is_code or (postcode and country in ("US", "CA", "AU"))
        if has_regions(country) and sure and _is_region(name, postcode, country):
            return " ".join(words[:-count]), name
    return town, ""


_CANTONS = re.compile(
    "AG|AI|AR|BE|BL|BS|FR|GE|GL|GR|JU|LU|NE|NW|OW|SG|SH|SO|SZ|TG|TI|UR|VD|VS|ZG|ZH"
)


def _japanese(pieces: Sequence[str]) -> _Place | None:
    """〒150-0001 東京都渋谷区神宮前2-14-6: the prefecture is sure, town and block stay together."""
    text = " ".join(pieces)
    match = re.match(r"(?:日本\s*)?〒?\s*(\d{3}-?\d{4})\s+(.+)", text)
    if not match:
        return None
    for length in (3, 4):
        prefecture, rest = match[2][:length], match[2][length:].strip()
        if prefecture[-1:] in "都道府県" and region_of(prefecture, "JP"):
            return _Place(before=(rest,), city="", region=prefecture, postcode=match[1])
    return None

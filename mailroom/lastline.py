"""The end of an address, as its country writes it: town, region and postcode in its last pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailroom.envelope import format_of_country
from mailroom.postcodes import POSTCODE_SIGNS, postcode_pattern
from mailroom.regions import has_regions, lies_in, region_of

#: Stricter than the post's own pattern, which words would fit.
_EIRCODE = r"[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}"
#: "Praha 2", "Bratislava 1": towns with a district.
_WITH_DISTRICT = re.compile(r"[^\W\d]+(?:[ -][^\W\d]+)* \d{1,2}")
BOX = re.compile(
    r"\b(?:p\.?\s*o\.?\s*box|postfach|casella postale|bo[iî]te postale|b\.?p\.?|apartado"
    r"|postbus|c\.?p\.?|gpo box|caixa postal)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:suite|ste|apt|apartment|unit|floor|flat|room|rm|bldg|building|c/o|attn|tower|block)\b",
    re.IGNORECASE,
)
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


@dataclass(frozen=True, kw_only=True)
class Place:
    """The end of an address: town, region and postcode; `before` are the pieces above."""

    before: tuple[str, ...]
    city: str
    region: str = ""
    postcode: str = ""


def place_of(pieces: Sequence[str], country: str) -> Place | None:
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
) -> Place | None:
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
    if below and not town and first:
        town = below.pop(0)
    if len(below) > 1 or (below and not _is_region(below[0], postcode, country)):
        return None
    region = below[0] if below else ""
    if not town and above:
        town, region = _from_above(above, region, postcode, country)
        # What stands before may be the town, and this a province that no list has.
        if not region and first and above and not is_of_street(above[-1]):
            return None
    elif town and not region:
        town, region = _with_region(town, above, postcode, country)
    if len(town) < 4 and town.isupper() and _is_region(town, "", country):
        return None
    return _as_written(above, town, region, postcode, country)


def _from_above(above: list[str], region: str, postcode: str, country: str) -> tuple[str, str]:
    """Town and region of the pieces above a postcode that stands alone; they are taken from it."""
    town = above.pop()
    if region:
        return town, region
    if not _is_first(country) and _is_alone(town, above, postcode, country):
        return above.pop(), town
    return _cut_region(town, postcode, country)


def _with_region(town: str, above: list[str], postcode: str, country: str) -> tuple[str, str]:
    """Town and region of the piece beside a postcode, which may be the region alone."""
    if _is_first(country) or not _is_region(town, postcode, country):
        return _cut_region(town, postcode, country)
    return (above.pop() if above and not is_of_street(above[-1]) else town), town


def _as_written(above: list[str], town: str, region: str, postcode: str, country: str) -> Place:
    """With a British county out of the town, and no Irish one that only says the town again."""
    is_county = country == "GB" and len(above) > 1 and bool(_COUNTIES.fullmatch(town))
    if is_county and not is_of_street(above[-1]):
        region, town = town, above.pop()
    if country == "IE" and region == town:
        region = ""  # "Cork T12 X8P2" names the county no more than the town
    return Place(before=tuple(above), city=town, region=region, postcode=postcode)


def _is_alone(piece: str, above: Sequence[str], postcode: str, country: str) -> bool:
    """Whether it is a region in a piece of its own, with the town in the piece before."""
    return bool(above) and not is_of_street(above[-1]) and _is_region(piece, postcode, country)


def is_of_street(piece: str) -> bool:
    """Whether it is part of a street: a number, a box, a unit."""
    return bool(re.search(r"\d", piece) or BOX.search(piece) or _UNIT.match(piece))


def _town_at_the_end(pieces: Sequence[str], country: str) -> Place | None:
    """Without a postcode: the last piece is the town, or the region with the town before."""
    *above, last = pieces
    if not _TOWN.fullmatch(_CEDEX.sub("", last)):
        return None
    if above and _is_region(last, "", country):
        if not is_of_street(above[-1]):
            town = above.pop()
            return Place(before=tuple(above), city=town, region=last)
        return Place(before=tuple(above), city=last, region=last)
    town, region = _cut_region(last, "", country)
    return Place(before=tuple(above), city=town, region=region)


def _cut_postcode(piece: str, country: str, *, alone: bool) -> tuple[str, str, str] | None:
    """What stands before the postcode, the postcode, and what stands behind it."""
    pattern = postcode_in(country)
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
def postcode_in(country: str) -> re.Pattern[str] | None:
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


def _japanese(pieces: Sequence[str]) -> Place | None:
    """〒150-0001 東京都渋谷区神宮前2-14-6: the prefecture is sure, town and block stay together."""
    text = " ".join(pieces)
    match = re.match(r"(?:日本\s*)?〒?\s*(\d{3}-?\d{4})\s+(.+)", text)
    if not match:
        return None
    for length in (3, 4):
        prefecture, rest = match[2][:length], match[2][length:].strip()
        if prefecture[-1:] in "都道府県" and region_of(prefecture, "JP"):
            return Place(before=(rest,), city="", region=prefecture, postcode=match[1])
    return None

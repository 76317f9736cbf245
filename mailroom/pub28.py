"""US addresses in the form of USPS Publication 28: capitals, no punctuation, standard words.

Suffixes, unit designators and directionals are in `pub28.toml` (Appendix C1 and C2 and section
233); boxes, routes and military mail as in sections 24 to 28, highways as in Appendix F.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources

from mailroom.model import Address
from mailroom.regions import region_of

#: A line that is rewritten whole; the first that fits counts.
_LINES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"(?:P ?O|POST(?:AL)? OFFICE) ?(?:BOX|DRAWER|BIN)? ?(?:NO |NUMBER |# ?)?(\S*\d\S*|[A-Z])",
         r"PO BOX \1"),
        (r"(?:POB|CALLER|FIRM CALLER|LOCK ?BOX|DRAWER|BIN) ?(?:NO |# ?)?(\d\S*|[A-Z])",
         r"PO BOX \1"),
        (r"(?:RR|R R|RFD|RD|RT|RURAL (?:RTE|ROUTE|RT)|RFD (?:RTE|ROUTE))"
         r" ?(?:NO |# ?)?(\d+) (?:BOX|BX|#) ?(?:NO |# ?)?(\S+)", r"RR \1 BOX \2"),
        (r"(?:HC|H C|HCR|HIGHWAY CONTRACT(?: ROUTE)?|STAR (?:RTE|ROUTE|RT))"
         r" ?(?:NO |# ?)?(\d+) (?:BOX|BX|#) ?(?:NO |# ?)?(\S+)", r"HC \1 BOX \2"),
        (r"(\d+)(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)", r"FL \1"),
        (r"(PSC|CMR|UNIT) ?(\d+) (?:BOX|BX) ?(\S+)", r"\1 \2 BOX \3"),
    )
)  # fmt: skip
#: A highway's words, after the house number; the number follows.
_HIGHWAYS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"^(\S+ |)(?:{pattern}) ?(?:NO |# ?)?(?=\d)"), rf"\1{form} ")
    for pattern, form in (
        (r"(?:CO|CNTY|COUNTY) (?:HWY|HIGHWAY|HIWAY)", "COUNTY HIGHWAY"),
        (r"(?:CO|CNTY|COUNTY) (?:RD|ROAD)|CR", "COUNTY ROAD"),
        (r"(?:ST|STATE) (?:HWY|HIGHWAY|HIWAY)", "STATE HIGHWAY"),
        (r"(?:ST|STATE) (?:RD|ROAD)", "STATE ROAD"),
        (r"(?:ST|STATE) (?:RTE|RT|ROUTE)", "STATE ROUTE"),
        (r"U ?S (?:HWY|HIGHWAY|HIWAY|RTE|RT|ROUTE)|US", "US HIGHWAY"),
        (r"INTERSTATE(?: (?:HWY|HIGHWAY))?|I[ -]?(?=\d{1,3}\b)", "INTERSTATE"),
        (r"(?:FARM TO MARKET|F M|FM)(?: (?:RD|ROAD))?", "FM"),
        (r"(?:TWP|TOWNSHIP|TSP) (?:RD|ROAD)|TSR", "TOWNSHIP ROAD"),
        (r"(?:HWY|HIGHWAY|HIWAY)", "HIGHWAY"),
    )
)
#: What every line of those begins with, so that the others need not be tried one by one.
_PERHAPS_HIGHWAY = re.compile(
    r"(?:\S+ )?(?:CO|CNTY|COUNTY|CR|ST|STATE|U|US|I|INTERSTATE|F|FM|FARM|T\w+|HWY|HIGHWAY|HIWAY)\b"
)
_DELIVERY = re.compile(
    r"\d\S* .*[A-Z]{2}|\d\S* [A-Z] |PO BOX |RR \d|HC \d|(?:PSC|CMR|UNIT) \d+ BOX"
)
_BARE_UNIT = re.compile(r"(?:# ?)?([A-Z]?-?\d{1,5}-?[A-Z]?|[A-Z])")
#: RR 4, Box 87A: one line, whatever stands between.
_ROUTE_AND_BOX = re.compile(
    r"(\b(?:R\.?R\.?|H\.?C\.?|RFD|rural route|route|psc|cmr|unit) ?#? ?\d+)\s*[,\n]\s*(?=box\b)",
    re.IGNORECASE,
)
#: Pennsylvania Avenue, N.W.: the comma is no end.
_DIRECTION_BEHIND = re.compile(
    r",\s*(?=(?:[NS]\.?\s?[EW]\.?|(?:north|south)(?:east|west)?|east|west)\s*(?:[,;\n]|$))",
    re.IGNORECASE,
)
#: Designators that need no number.
_ALONE = frozenset({"BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPR"})
_NAME_ONLY = frozenset({"KEY", "SIDE", "FRNT", "NO", "STOP", "PIER", "SLIP", "LOT"})
#: After these what follows is a name: never taken apart.
_CARE = re.compile(r"(?:C/O|ATTN|ATTENTION|CARE OF|URB)\b")


def standard(address: Address) -> Address:
    """The address in Publication 28's form; as it is, where it is not of the US.

    `line1` is the delivery line with its unit, `line2` what stands above it (C/O, a building, an
    urbanization). Two delivery lines (a street and a box) stay in their order. Twice is once,
    and no digit is lost.
    """
    if address.country not in US:
        return address
    written = _ROUTE_AND_BOX.sub(r"\1 ", f"{address.line1}\n{address.line2}")
    written = _DIRECTION_BEHIND.sub(" ", written)
    pieces = [piece for part in re.split(r"[,;\n]", written) if (piece := _piece(part))]
    if len(pieces) == 1:
        pieces = [re.sub(r"^BOX (?=\S+$)", "PO BOX ", pieces[0])]
    line1, line2 = _placed(pieces)
    for _ in range(3):  # pieces that are joined may make a street
        pieces = [piece for line in (line1, line2) if (piece := _piece(line))]
        line1, line2 = _placed(pieces)
    region = region_of(address.region, "US") or _plain(address.region)
    return replace(
        address,
        line1=line1,
        line2=line2,
        city=_plain(address.city),
        region=region,
        postcode=_zip(address.postcode),
    )


US = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"})


def lines(address: Address) -> tuple[str, ...]:
    """Delivery lines and last line, top first, as they stand on a piece (section 211)."""
    form = standard(address)
    street = [form.line1, form.line2]
    if form.line2 and not is_delivery(form.line2):
        street.reverse()
    region = form.region or (form.country if form.country != "US" else "")
    last = " ".join(part for part in (form.city, region, form.postcode) if part)
    return tuple(line for line in (*street, last) if line)


def is_delivery(line: str) -> bool:
    """Whether it is a street with its number, a box or a route, in standard form."""
    return bool(_DELIVERY.match(line)) and not _CARE.match(line)


def _placed(pieces: list[str]) -> tuple[str, str]:
    """The pieces as two lines: units behind their street, whatever else above it."""
    streets = [piece for piece in pieces if is_delivery(piece)]
    if len(streets) != 1:
        return (pieces[0], " ".join(pieces[1:])) if pieces else ("", "")
    (street,) = streets
    units = [unit for piece in pieces if piece != street and (unit := _unit(piece))]
    above = [piece for piece in pieces if piece != street and not _unit(piece)]
    return " ".join((street, *units)), " ".join(above)


def _unit(piece: str) -> str:
    """The piece as a secondary unit, or empty."""
    if match := _BARE_UNIT.fullmatch(piece):
        return f"# {match[1]}"
    words = piece.split()
    known = words[0] in _units().values()
    short = len(words) <= 4 and (len(words) > 1 or words[0] in _ALONE)
    numbered = any(re.fullmatch(r"#|[A-Z]|\S*\d\S*", word) for word in words[1:])
    return piece if known and short and (numbered or len(words) == 1) else ""


def _piece(text: str) -> str:
    """A line, or what stands between two commas, in standard words."""
    line = _plain(text)
    if not line[:1].isdigit() or line.endswith(("FL", "FLR", "FLOOR")):
        for pattern, form in _LINES:
            if match := pattern.fullmatch(line):
                return match.expand(form)
    if _CARE.match(line):
        return line
    for pattern, form in _HIGHWAYS if _PERHAPS_HIGHWAY.match(line) else ():
        line, found = pattern.subn(form, line)
        if found:
            words = line.split()
            words[-1] = _directions().get(words[-1], words[-1])
            return _with_units(words, street=False)
    if _units().get(line) in _ALONE:
        return _units()[line]
    return _with_units(line.split(), street=bool(re.match(r"\d", line)))


def _with_units(words: list[str], *, street: bool) -> str:
    """The words with the unit behind the street in its short form, then the street itself."""
    at = _unit_at(words, street=street)
    unit = words[at:]
    if unit:
        unit[0] = _units().get(unit[0], unit[0])
        if len(unit) > 2 and unit[0] != "#" and unit[1] in ("#", "NO"):
            del unit[1]  # APT # 5
        unit = [_units().get(word, word) if i else word for i, word in enumerate(unit)]
        if unit[0] == "NO":
            unit[0] = "#"
    head = _street(words[:at]) if street else words[:at]
    return " ".join((*head, *unit))


def _unit_at(words: list[str], *, street: bool) -> int:
    """Where the unit begins: at the first designator with a number behind it."""
    start = 2 if street else 0
    for index in range(start, len(words)):
        word, behind = words[index], words[index + 1 : index + 3]
        if word == "#" and behind:
            return index
        form = _units().get(word, "")
        if not form or (form in _NAME_ONLY and not (behind and re.search(r"\d", behind[0]))):
            continue
        if behind and (re.fullmatch(r"#|NO|[A-Z]|\S*\d\S*", behind[0])):
            return index
        if not behind and street and index > start and form in _ALONE:
            return index
    return len(words)


def _street(words: list[str]) -> list[str]:
    """House number, directions, name, suffix; only the last suffix is shortened (233, 234)."""
    number, name = words[:1], words[1:]
    while len(name) > 1 and re.fullmatch(r"\d+/\d+|[A-Z]?\d+-\d+", name[0]):
        number.append(name.pop(0))
    directions, suffixes = _directions(), _suffixes()
    after: list[str] = []
    if len(name) > 2 and name[-1] in directions and name[-2] in suffixes:
        after = [directions[name.pop()]]
    tail: list[str] = []
    if len(name) > 1 and name[-1] in suffixes:
        tail = [suffixes[name.pop()]]
    before: list[str] = []
    if len(name) > 2 and name[0] + name[1] in directions:
        before = [directions[name.pop(0) + name.pop(0)]]
    elif len(name) > 1 and name[0] in directions:
        before = [directions[name.pop(0)]]
    return [*number, *before, *name, *tail, *after]


def _plain(text: str) -> str:
    """Capitals without accents and punctuation; a hyphen, a slash, #, & and 39.2 stay."""
    plain = text.upper()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\w)['’](?=\w)", "", plain)  # O'HARA
    plain = re.sub(r"\b([A-Z])\.\s?(?=[A-Z]\.)", r"\1", plain)  # P.O., N.W.
    plain = re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w\s./&#-]|_", " ", plain)
    return " ".join(plain.replace("#", " # ").split()).strip("-/ ")


def _zip(text: str) -> str:
    match = re.fullmatch(r"(\d{5})[\s-]?(\d{4})", text.strip())
    return f"{match[1]}-{match[2]}" if match else text.strip()


def has_special(street: str) -> bool:
    """Whether there is more to it than short words: a box, a route, a highway, a unit first."""
    return bool(_SPECIAL.search(street))


_SPECIAL = re.compile(
    r"\b(?:box|p\.? ?o\.?b?|post office|drawer|caller|rr|r\.r|rural|hc|star|route|rte|county|cr"
    r"|state|interstate|hwy|highway|floor)\b|^\s*(?:apt|apartment|suite|ste|unit|#)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def short_words() -> Mapping[str, str]:
    """Suffixes and directions in every spelling -> the standard one, all in lower case."""
    words = {**_suffixes(), **_directions()}
    return {word.lower(): form.lower() for word, form in words.items()}


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("mailroom").joinpath("pub28.toml").read_text("utf-8")
    return {
        name: {word: form for form, words in table.items() for word in (form, *words.split())}
        for name, table in tomllib.loads(text).items()
    }


def _suffixes() -> Mapping[str, str]:
    return _tables()["suffixes"]


def _units() -> Mapping[str, str]:
    return _tables()["units"]


def _directions() -> Mapping[str, str]:
    return _tables()["directions"]

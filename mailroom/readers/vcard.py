"""vCards 2.1, 3.0 and 4.0: each card of a file becomes a row under one fixed header.

What the properties mean is in RFC 6350, RFC 2426 and the vCard 2.1 specification of versit;
beside them stands what Apple, Google and Outlook write. A card that cannot be read is a Finding,
the others go on. Pictures, sounds and keys are passed over line by line and never kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mailroom.model import Finding, Severity
from mailroom.readers import Row
from mailroom.readers.cards import Card, Property, broken_card, cards_of
from mailroom.readers.text import Text

#: So many e-mail addresses, telephones and addresses of a card are read, the preferred first.
PLACES = 3

ADDRESS_PARTS = (
    "type", "street", "extended", "PO box", "city", "region", "postcode", "country", "whole",
)  # fmt: skip

COLUMNS: Mapping[str, str] = {
    "UID": "what the address book calls the card",
    "FN": "the name as it is shown; empty for a company",
    "N family": "family names",
    "N given": "given names",
    "N additional": "additional names, with blanks between them",
    "N prefix": "Mr., Dr.",
    "N suffix": "Jr., M.D., with commas between them",
    "NICKNAME": "with commas between them",
    "ORG name": "the company; of a company's own card (KIND:org, X-ABSHOWAS:COMPANY) its name",
    "ORG units": "department and team, with commas between them",
    "TITLE": "the job",
    "ROLE": "the part played in it",
    **{f"EMAIL {n}{part}": "" for n in range(1, PLACES + 1) for part in ("", " type")},
    **{f"TEL {n}{part}": "" for n in range(1, PLACES + 1) for part in ("", " type")},
    **{f"ADR {n} {part}": "" for n in range(1, PLACES + 1) for part in ADDRESS_PARTS},
    "BDAY": "1990-05-02, or --05-02 where there is no year; as it is where it is no such date",
    "ANNIVERSARY": "likewise",
    "DEATHDATE": "likewise (RFC 6474)",
    "LANG": "the preferred language",
    "SPOUSE": "as text: RELATED, X-ABRELATEDNAMES, X-SPOUSE",
    "GENDER": "as the card has it",
    "CATEGORIES": "with semicolons between them",
    "NOTE": "",
    "KIND": "individual or org",
    "REV": "when the card was changed last",
    "other": "whatever else is text, as NAME: value",
}
"""The header of every row, and what stands there. "ADR 1 whole" is a whole address in one cell:
Google puts it into one component of ADR, others into LABEL. Where there is no street, what
stands in the other components in front of the city takes its place."""

_BEGIN = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*BEGIN\s*:\s*VCARD", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"\\.|[;,]", re.DOTALL)
_DATE = re.compile(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:[T ].*)?\Z")
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_\Z")
_NO_YEAR = "1604"  #: what Apple writes for a birthday without a year
_ANNIVERSARIES = frozenset(
    {"ANNIVERSARY", "X-ANNIVERSARY", "X-MS-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY"}
    | {"X-KADDRESSBOOK-X-ANNIVERSARY"}
)
_SPOUSES = frozenset(
    {"X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-MS-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"}
)
_PARTNERS = frozenset({"spouse", "partner", "wife", "husband", "ehepartner", "ehepartnerin"})
_TAKEN = _ANNIVERSARIES | _SPOUSES | {
    "ADR", "BDAY", "CATEGORIES", "DEATHDATE", "EMAIL", "FN", "GENDER", "KIND", "LABEL",
    "LANG", "MEMBER", "N", "NICKNAME", "NOTE", "ORG", "RELATED", "REV", "ROLE", "TEL",
    "TITLE", "UID", "X-ABADR", "X-ABDATE", "X-ABLABEL", "X-ABRELATEDNAMES", "X-ABSHOWAS",
    "X-ADDRESSBOOKSERVER-KIND", "X-MS-OL-DEFAULT-POSTAL-ADDRESS"
}  # fmt: skip
#: One of them is filled, or the card is nobody's.
_SOMEBODY = ("FN", "N family", "N given", "ORG name", "EMAIL 1", "ADR 1 street", "ADR 1 whole")
#: Outlook's preferred address, by the number it writes.
_DEFAULT_ADDRESS = {"1": "home", "2": "work"}


def identify(path: Path) -> bool:
    """Whether the file begins with a card, in whatever encoding."""
    with path.open("rb") as file:
        start = file.read(1 << 12).replace(b"\0", b"")
    return bool(_BEGIN.match(start)) or (
        path.suffix.casefold() in (".vcf", ".vcard") and b"BEGIN:VCARD" in start.upper()
    )


def rows(path: Path) -> Iterator[Row | Finding]:
    """The header, then a row a card, with the line on which the card begins."""
    text = Text(path)
    yield Row(1, tuple(COLUMNS))
    for card in cards_of(text):
        if isinstance(card, Finding):
            yield card
        else:
            yield from _row(text.name, card)
    yield from text.findings()


def notes(path: Path) -> tuple[Finding, ...]:
    """None: what there is to say is said at its line."""
    return ()


# Values -------------------------------------------------------------------------------------


def _plain(value: str) -> str:
    """Without the escapes of RFC 6350, 3.4, and of those who escape more than they need."""
    if "\\" in value:
        value = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return value.strip()


def _split(value: str, mark: str) -> list[str]:
    """The parts between marks that are not escaped, their escapes left in."""
    if "\\" not in value:
        return value.split(mark)
    marks = [found.start() for found in _PIECE.finditer(value) if found[0] == mark]
    return [value[a:b] for a, b in zip([0, *(m + 1 for m in marks)], [*marks, None], strict=True)]


def _listed(value: str, mark: str = ",", between: str = ", ") -> str:
    return between.join(filter(None, map(_plain, _split(value, mark))))


def _parts(value: str, count: int) -> list[str]:
    """The components of N and ADR, as many as there must be."""
    return (_split(value, ";") + [""] * count)[:count]


def _date(value: str, *no_years: str) -> str:
    """1990-05-02 or --05-02 for what RFC 6350, 4.3 or an Apple has, else the text as it is."""
    found = _DATE.match(value)
    if found is None:
        return value
    year, month, day = found.groups()
    return f"--{month}-{day}" if year in ("--", _NO_YEAR, *no_years) else f"{year}-{month}-{day}"


# A row --------------------------------------------------------------------------------------


def _row(name: str, card: Card) -> Iterator[Row | Finding]:
    by_name: dict[str, list[Property]] = {}
    for each in card.properties:
        by_name.setdefault(each.name, []).append(each)
    for found in by_name.values():
        found.sort(key=lambda each: each.preference)  # stable: else in the order of the card
    kind = _first(by_name, "KIND", "X-ADDRESSBOOKSERVER-KIND").casefold() or "individual"
    if kind not in ("individual", "org"):
        message = f"this card is of a {kind[:20]}, not of a person; it was passed over"
        yield broken_card(name, card.line, message, Severity.NOTE)
        return
    cells = dict.fromkeys(COLUMNS, "")
    for fill in _FILLS:
        fill(by_name, cells)
    if kind == "org" or _first(by_name, "X-ABSHOWAS").upper() == "COMPANY":
        _as_company(cells)
    cells["KIND"] = kind
    if not any(cells[column] for column in _SOMEBODY):
        yield broken_card(name, card.line, "the card names nobody", Severity.WARNING)
        return
    yield Row(card.line, tuple(cells.values()))


_ByName = Mapping[str, Sequence[Property]]


def _first(by_name: _ByName, *names: str) -> str:
    """The first value of the first name that has one, as plain text."""
    for name in names:
        for each in by_name.get(name, ()):
            if value := _plain(each.value):
                return value
    return ""


def _fill_names(by_name: _ByName, cells: dict[str, str]) -> None:
    family, given, additional, prefix, suffix = _parts(_raw(by_name, "N"), 5)
    cells["FN"] = _first(by_name, "FN")
    cells["N family"] = _listed(family, between=" ")
    cells["N given"] = _listed(given, between=" ")
    cells["N additional"] = _listed(additional, between=" ")
    cells["N prefix"] = _listed(prefix, between=" ")
    cells["N suffix"] = _listed(suffix)
    cells["NICKNAME"] = _listed(_raw(by_name, "NICKNAME"))
    name, *units = map(_plain, _split(_raw(by_name, "ORG"), ";"))
    cells["ORG name"], cells["ORG units"] = name, ", ".join(filter(None, units))


def _raw(by_name: _ByName, name: str) -> str:
    return next((each.value for each in by_name.get(name, ()) if each.value.strip(" ;")), "")


def _as_company(cells: dict[str, str]) -> None:
    """The card is the company's own: nobody's name is to be read out of its FN."""
    person = f"{cells['N given']} {cells['N family']}".strip()
    cells["ORG name"] = cells["ORG name"] or cells["FN"] or person
    for column in ("FN", "N family", "N given", "N additional", "N prefix", "N suffix"):
        cells[column] = ""


def _fill_texts(by_name: _ByName, cells: dict[str, str]) -> None:
    for column in ("UID", "TITLE", "ROLE", "GENDER", "NOTE", "REV"):
        cells[column] = _first(by_name, column)
    cells["LANG"] = _first(by_name, "LANG")
    cells["CATEGORIES"] = _listed(_raw(by_name, "CATEGORIES"), between="; ")
    no_year = {each.parameters.get("X-APPLE-OMIT-YEAR", "") for each in by_name.get("BDAY", ())}
    cells["BDAY"] = _date(_first(by_name, "BDAY"), *no_year)
    cells["DEATHDATE"] = _date(_first(by_name, "DEATHDATE"))
    dates = _first(by_name, *_ANNIVERSARIES) or _labelled(by_name, "X-ABDATE", {"anniversary"})
    cells["ANNIVERSARY"] = _date(dates)
    cells["SPOUSE"] = _spouse(by_name)
    cells["other"] = "; ".join(
        f"{name}: {value}"
        for name, found in by_name.items()
        if name not in _TAKEN
        for each in found
        if (value := _plain(each.value))
    )


def _labelled(by_name: _ByName, name: str, labels: frozenset[str] | set[str]) -> str:
    """The value whose group has one of the labels, as in item1.X-ABLabel:_$!<Anniversary>!$_."""
    groups = {}
    for each in by_name.get("X-ABLABEL", ()):
        label = _plain(each.value)
        found = _APPLE_LABEL.match(label)
        groups[each.group] = (found[1] if found else label).casefold()
    for each in by_name.get(name, ()):
        if (each.group and groups.get(each.group) in labels) or labels & set(each.types):
            return _plain(each.value)
    return ""


def _spouse(by_name: _ByName) -> str:
    if named := _labelled(by_name, "X-ABRELATEDNAMES", _PARTNERS) or _first(by_name, *_SPOUSES):
        return named
    for each in by_name.get("RELATED", ()):
        value = _plain(each.value)
        if _PARTNERS & set(each.types) and not re.match(r"[a-z]+:", value):  # text, not a URI
            return value
    return ""


def _fill_lists(by_name: _ByName, cells: dict[str, str]) -> None:
    for name, scheme in (("EMAIL", "mailto:"), ("TEL", "tel:")):
        filled = [each for each in by_name.get(name, ()) if each.value.strip()]
        for n, each in enumerate(filled[:PLACES], start=1):
            cells[f"{name} {n}"] = _plain(each.value).removeprefix(scheme)
            cells[f"{name} {n} type"] = " ".join(each.types)
        _add_others(cells, name, [_plain(each.value) for each in filled[PLACES:]])


def _add_others(cells: dict[str, str], name: str, values: Sequence[str]) -> None:
    more = [f"{name}: {value}" for value in values]
    cells["other"] = "; ".join(filter(None, (cells["other"], *more)))


def _fill_addresses(by_name: _ByName, cells: dict[str, str]) -> None:
    default = _DEFAULT_ADDRESS.get(_first(by_name, "X-MS-OL-DEFAULT-POSTAL-ADDRESS"), "")
    found = sorted(by_name.get("ADR", ()), key=lambda each: bool(default) > (default in each.types))
    addresses = [address for each in found if any((address := _address(each)).values())]
    if not addresses:
        addresses = [
            {"type": " ".join(each.types), "whole": _plain(each.value)}
            for each in by_name.get("LABEL", ())
            if each.value.strip()
        ]
    for n, address in enumerate(addresses[:PLACES], start=1):
        for part, value in address.items():
            cells[f"ADR {n} {part}"] = value
    others = [", ".join(filter(None, address.values())) for address in addresses[PLACES:]]
    _add_others(cells, "ADR", others)


def _address(adr: Property) -> dict[str, str]:
    """An ADR by its parts (RFC 6350, 6.3.1), without its type where nothing else is there."""
    box, extended, street, city, region, postcode, country = (
        _listed(part) for part in _parts(adr.value, 7)
    )
    if re.fullmatch(r"\d+", box):
        box = f"PO Box {box}"
    before = [part for part in (street, extended, box) if part]
    whole = ""
    if not (city or postcode) and len(before) == 1 and re.search(r"[\n,]", before[0]):
        whole, before = before[0], []
    elif not (before or city or postcode):
        whole = adr.parameters.get("LABEL", "").replace("^n", "\n").replace("\\n", "\n").strip()
    lines = [street, extended, box] if street and before else [*before, "", "", ""]
    if not (whole or any(lines) or city or region or postcode or country):
        return {}
    return {
        "type": " ".join(adr.types),
        "street": lines[0],
        "extended": lines[1],
        "PO box": lines[2],
        "city": city,
        "region": region,
        "postcode": postcode,
        "country": country,
        "whole": whole,
    }


_FILLS: tuple[Callable[[_ByName, dict[str, str]], None], ...] = (
    _fill_names,
    _fill_texts,
    _fill_lists,
    _fill_addresses,
)

"""vCards 2.1, 3.0 and 4.0: each card of a file becomes a row under one fixed header.

Content lines as in RFC 6350, 3.2 and 3.3, RFC 2426 and the vCard 2.1 specification of versit;
beside them what Apple, Google and Outlook write. A card that cannot be read is a Finding, the
others go on. Pictures, sounds and keys are passed over line by line and never kept.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailroom.model import Finding, Severity
from mailroom.readers import Row
from mailroom.readers.text import UNREAD, Text

#: So many e-mail addresses, telephones and addresses of a card are read, the preferred first.
PLACES = 3
#: Characters in one card, without its pictures.
MAX_CARD = 1 << 20

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
_FRAME = re.compile(r"\s*(BEGIN|END)\s*:\s*VCARD\s*\Z", re.IGNORECASE)
_HEAD = re.compile(
    r'(?:(?P<group>[\w-]+)\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;(?:[^":]|"[^"]*")*)?):'
)
_PARAMETER = re.compile(r'(?:[^;"]|"[^"]*")+')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"(?:\\.|[^\\])", re.DOTALL)
_DATE = re.compile(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:[T ].*)?\Z")
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_\Z")
_NO_YEAR = "1604"  #: what Apple writes for a birthday without a year
_FOLDED_AT = 70  #: characters; a line that long without a proper end has been folded
_QUOTED = frozenset({"QUOTED-PRINTABLE", "Q"})
_BASE64 = frozenset({"BASE64", "B"})
#: Not text, or nothing that a letter needs; AGENT may hold a card within the card.
_PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT", "VERSION", "PRODID"})
_KNOWN = frozenset(
    {
        "ADR", "AGENT", "ANNIVERSARY", "BDAY", "BIRTHPLACE", "CALADRURI", "CALURI",
        "CATEGORIES", "CLASS", "CLIENTPIDMAP", "CONTACT-URI", "CREATED", "DEATHDATE",
        "DEATHPLACE", "EMAIL", "EXPERTISE", "FBURL", "FN", "GENDER", "GEO", "GRAMGENDER",
        "HOBBY", "IMPP", "INTEREST", "KEY", "KIND", "LABEL", "LANG", "LANGUAGE", "LOGO",
        "MAILER", "MEMBER", "N", "NAME", "NICKNAME", "NOTE", "ORG", "ORG-DIRECTORY", "PHOTO",
        "PRODID", "PROFILE", "PRONOUNS", "RELATED", "REV", "ROLE", "SOCIALPROFILE",
        "SORT-STRING", "SOUND", "SOURCE", "TEL", "TITLE", "TZ", "UID", "URL", "VERSION", "XML"
    }
)  # fmt: skip
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
    for card in _cards(text):
        if isinstance(card, Finding):
            yield card
        else:
            yield from _row(text.name, card)
    yield from text.findings()


def notes(path: Path) -> tuple[Finding, ...]:
    """None: what there is to say is said at its line."""
    return ()


# Content lines ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Property:
    """One content line, as it grows over its folded lines."""

    name: str
    group: str
    types: tuple[str, ...]  #: in lower case
    parameters: Mapping[str, str]
    parts: list[str]

    @property
    def kept(self) -> bool:
        return self.name not in _PASSED_OVER

    @property
    def is_soft(self) -> bool:
        """Whether the line ends with the soft line break of quoted-printable."""
        encoded = self.parameters.get("ENCODING", "").upper() in _QUOTED
        return encoded and bool(self.parts) and self.parts[-1].endswith("=")

    @property
    def value(self) -> str:
        """The whole value, decoded, with its escapes."""
        encoding = self.parameters.get("ENCODING", "").upper()
        charset = self.parameters.get("CHARSET", "utf-8")
        text = "".join(self.parts).replace(UNREAD, "")
        if encoding in _QUOTED:
            # Escaped as bytes, so that a letter of its own encoding does no harm.
            return _decoded(quopri.decodestring(text.encode()), charset)
        if encoding in _BASE64:
            try:
                return _decoded(base64.b64decode(text, validate=False), charset)
            except (binascii.Error, ValueError):
                return ""
        if "CHARSET" in self.parameters and not text.isascii():
            try:  # a line that is not UTF-8 has been read as Windows-1252
                return text.encode("cp1252").decode(charset)
            except (UnicodeError, LookupError):
                return text
        return text

    @property
    def preference(self) -> int:
        """RFC 6350, 5.3: 1 is preferred, 100 is not; the older TYPE=pref is as good as 1."""
        if "pref" in self.types:
            return 1
        preference = self.parameters.get("PREF", "")
        return int(preference) if re.fullmatch(r"\d{1,3}", preference, re.ASCII) else 101


@dataclass(slots=True)
class _Card:
    line: int
    properties: list[_Property] = field(default_factory=list)
    size: int = 0
    nested: int = 0  #: cards within the card, which are passed over
    broken: int = 0  #: the first line that is no content line, else 0


def _decoded(data: bytes, charset: str) -> str:
    for codec in (charset, "utf-8"):
        try:
            return data.decode(codec)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _cards(text: Text) -> Iterator[_Card | Finding]:
    """Each card of the file; what is none is a Finding."""
    card: _Card | None = None
    number, outside = 0, False
    for block in text.blocks():
        for number, physical in enumerate(block, text.lines - len(block) + 1):
            line = physical.rstrip("\r\n")
            frame = _FRAME.match(line)
            if frame is None:
                if card is not None:
                    _take(card, line, number)
                elif line.strip() and not outside:
                    outside = True
                    yield _broken(text.name, number, "this stands outside of any card")
                continue
            begins = frame[1].upper() == "BEGIN"
            if card is None or (begins and not _holds_another(card)):
                if card is not None:
                    yield _broken(text.name, card.line, "the card has no END:VCARD")
                elif not begins:
                    yield _broken(text.name, number, "a card ends here that has not begun")
                card, outside = _Card(number) if begins else None, False
            elif begins:
                card.nested += 1
            elif card.nested:
                card.nested -= 1
            else:
                yield from _finished(text.name, card)
                card = None
    if card is not None:
        yield _broken(text.name, card.line, "the file ends within this card")


def _holds_another(card: _Card) -> bool:
    """Whether a card that begins here belongs to an AGENT of this one (vCard 2.1)."""
    last = card.properties[-1] if card.properties else None
    return card.nested > 0 or (last is not None and last.name == "AGENT")


def _finished(name: str, card: _Card) -> Iterator[_Card | Finding]:
    if card.size > MAX_CARD:
        yield _broken(name, card.line, f"the card is longer than {MAX_CARD:,} characters")
        return
    if card.broken:
        yield _broken(
            name,
            card.broken,
            "this line is no property of a card, so it was added to the one before it",
            Severity.WARNING,
        )
    yield card


def _take(card: _Card, line: str, number: int) -> None:
    """One physical line: a property, or more of the last one."""
    last = card.properties[-1] if card.properties else None
    if card.nested or not line or line.strip() == UNREAD:
        return
    if last is not None and (line[0] in " \t" or last.is_soft):
        if last.is_soft:
            last.parts[-1] = last.parts[-1][:-1]
            _add(card, last, line)
        else:
            _add(card, last, line[1:])
        return
    head = _HEAD.match(line)
    name = head["name"].upper() if head else ""
    if head is None or not (name in _KNOWN or name.startswith("X-")):
        if last is not None and line.strip():
            if last.kept:  # the lines of a picture may well have lost their blank
                card.broken = card.broken or number
            folded = bool(last.parts) and len(last.parts[-1]) >= _FOLDED_AT
            _add(card, last, line if folded else f"\\n{line}")
        elif line.strip():
            card.broken = card.broken or number
        return
    types, parameters = _parameters(head["parameters"])
    found = _Property(name, (head["group"] or "").casefold(), types, parameters, [])
    _add(card, found, line[head.end() :])
    card.properties.append(found)


def _add(card: _Card, to: _Property, text: str) -> None:
    card.size += len(text) if to.kept else 0
    if to.kept and card.size <= MAX_CARD:
        to.parts.append(text)


def _parameters(text: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The types, and the other parameters by name; a bare word is a type or an encoding (2.1)."""
    types: list[str] = []
    others: dict[str, str] = {}
    for parameter in _PARAMETER.findall(text):
        name, sign, value = parameter.partition("=")
        name, value = name.strip().upper(), value.replace('"', "").strip()
        if not sign:
            name, value = ("ENCODING" if name in _QUOTED | _BASE64 else "TYPE"), name
        if name == "TYPE":
            types += [word.strip().casefold() for word in value.split(",")]
        else:
            others.setdefault(name, value)
    return tuple(dict.fromkeys(filter(None, types))), others


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
    parts = [""]
    for piece in _PIECE.findall(value):
        if piece == mark:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


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


def _row(name: str, card: _Card) -> Iterator[Row | Finding]:
    by_name: dict[str, list[_Property]] = {}
    for each in card.properties:
        if each.kept:
            by_name.setdefault(each.name, []).append(each)
    for found in by_name.values():
        found.sort(key=lambda each: each.preference)  # stable: else in the order of the card
    kind = _first(by_name, "KIND", "X-ADDRESSBOOKSERVER-KIND").casefold() or "individual"
    if kind not in ("individual", "org"):
        message = f"this card is of a {kind}, not of a person; it was passed over"
        yield _broken(name, card.line, message, Severity.NOTE)
        return
    cells = dict.fromkeys(COLUMNS, "")
    for fill in _FILLS:
        fill(by_name, cells)
    if kind == "org" or _first(by_name, "X-ABSHOWAS").upper() == "COMPANY":
        _as_company(cells)
    cells["KIND"] = kind
    if not any(cells[column] for column in _SOMEBODY):
        yield _broken(name, card.line, "the card names nobody", Severity.WARNING)
        return
    yield Row(card.line, tuple(cells.values()))


_ByName = Mapping[str, Sequence[_Property]]


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


def _address(adr: _Property) -> dict[str, str]:
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


def _broken(name: str, line: int, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        rule="broken-card",
        severity=severity,
        message=message,
        where=f"{name}:{line}",
        hint="" if severity is Severity.NOTE else "export the contacts again, or mend the card",
    )

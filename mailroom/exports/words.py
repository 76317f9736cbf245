"""Which field a column fills by its header alone, whoever has written the export.

The words are those of `intake/columns.toml`; here is what people do with them: "Name (First)",
"contact.email", "Billing Street", "Straße (2)".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mailroom.exports.catalogue import Crm, plain
from mailroom.intake.columns import column_words, known_headers, squash

#: Whose address it is, in the order in which mail should go there; "" is an address as such.
_ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "mailing": ("mailing", "postal", "correspondence", "post", "versand", "korrespondencyjny",
                "postanschrift", "postadres", "postadresse"),
    "": ("primary", "default", "preferred", "main", "contact", "customer", "client", "member",
         "person", "kunde", "kunden", "kontakt", "haupt", "principal", "current"),
    "home": ("home", "private", "privat", "personal", "residential", "domicile", "personnel",
             "prive", "casa", "domicilio", "hemma", "domowy", "privatadresse", "woonadres"),
    "work": ("work", "business", "office", "company", "firma", "geschaftlich", "dienstlich",
             "buro", "bureau", "professionnel", "trabajo", "lavoro", "werk", "zakelijk", "arbete",
             "sluzbowy", "firmenadresse", "werkadres"),
    "billing": ("billing", "bill", "invoice", "card", "rechnung", "rechnungs", "facturation",
                "facturacion", "fatturazione", "factuur", "fakturering", "rechnungsadresse",
                "rechnungsanschrift", "factuuradres"),
    "shipping": ("shipping", "delivery", "ship", "liefer", "lieferung", "livraison", "envio",
                 "spedizione", "bezorg", "levering", "lieferadresse", "lieferanschrift",
                 "afleveradres", "bezorgadres"),
    "other": ("other", "alternate", "alternative", "secondary", "physical", "visiting", "weitere",
              "autre", "otra", "bezoekadres", "besuchsadresse"),
}  # fmt: skip
_LABELS = {word: label for label, words in _ADDRESSES.items() for word in words}
_RANKS = {label: rank for rank, label in enumerate(_ADDRESSES)}
#: In "Billing Address City" it says nothing.
_OF_ADDRESSES = frozenset({"address", "adresse", "addr", "to"})
#: Beside them a street is only a street.
_OF_A_STREET = frozenset({"address.city", "address.postcode", "address.line2", "address.line1+"})
_MOST = 3  #: addresses of a row
_LONGEST = 150  #: characters of a header; what is longer is a text

_TOKENS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
_SEGMENTS = re.compile(r"\s+-\s+|[.:/|>]+")
_PARENTHESES = re.compile(r"^(.*?)\((.*)\)[\s*:]*$")

#: The last name where a column of first names stands beside it; else the whole name.
_NAME = frozenset({"name", "naam", "namn", "names", "firmaname"})
#: The first name where a column of last names stands beside it; else the whole name.
_GIVEN = frozenset({"nombre", "nombres", "nome"})
#: At a company whom one talks to, where no other column names a person; else who looks after it.
_TALKED_TO = frozenset({"ansprechpartner"})
#: Beside them the birth "day" is only the day.
_OF_BIRTHS = frozenset({"birthmonth", "geburtsmonat", "moisdenaissance"})
_NAMES = ("first_name", "last_name", "full_name")
#: The first name where no other column has it: initials, and what somebody is called by.
_INITIALS = frozenset({"voorletters", "voorletter", "initialen", "initials", "initialer"})
_CALLED = frozenset({"roepnaam", "kaldenavn", "tilltalsnamn"})
#: What words that mean many things mean beside a column of that field.
_BESIDE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("numero", "no", "n", "nr", "num", "number", "nummer", "cislo", "nro", "番号"),
        ("address.line1+", "address.line1"),
    ),
    **dict.fromkeys(("bus", "portal", "planta"), ("address.line1+", "address.line1+")),
    **dict.fromkeys(("kod", "kodpoczt"), ("address.postcode", "address.city")),
}
#: The block, behind the quarter where another column has that: 神宮前 1-2-3.
_BLOCK = frozenset({"番地"})
#: A salutation where a column of prefixes stands beside it: "Ada and Tom", and no Mrs.
_PREFIXES = frozenset({"prefix", "nameprefix"})
#: A part of a town, where another column has the town: it stands in the line above.
_SMALLER = frozenset({"locality", "suburb", "village", "localite", "localidad", "ortschaft"})


@dataclass(frozen=True)
class _Found:
    """What a header says: the field, whose address, the how manieth of its name."""

    field: str
    label: str = ""
    nth: int = 1
    fixed: bool = False  #: a CRM says so


def fields_of(headers: Iterable[str], crm: Crm | None = None) -> dict[str, str | None]:
    """Each header with the field it fills, or None; the CRM's own words go before."""
    headers = tuple(headers)
    found = {header: _find(header, crm) for header in headers}
    _use_neighbours(found)
    fields = {header: one.field if one else None for header, one in found.items()}
    fields |= _addresses({header: one for header, one in found.items() if one})
    return {header: field or None for header, field in fields.items()}


def is_known(header: str) -> bool:
    """Is the header a word that we know, for whatever field?"""
    return bool(field_of(header)[0])


@lru_cache(maxsize=65536)
def field_of(header: str) -> tuple[str, str]:
    """The field of a header and whose address it is; empty where no reading of it is known."""
    name = plain(header)
    if len(name) > _LONGEST:
        return "", ""
    for label, text in _readings(name):
        if found := known_headers().get(squash(text)) or _by_tokens().get(_bag(text)):
            if not label or found.startswith("address.") or _LABELS[label] == "":
                return found, _LABELS.get(label, "")
            if found in ("email", "phone", *_NAMES, "company"):
                return found, ""
    return "", ""


def _readings(name: str) -> Iterator[tuple[str, str]]:
    """What may be meant, the likeliest first: a label such as "billing", and the rest."""
    yield "", name
    tokens = [squash(token) for token in _TOKENS.findall(_CAMEL.sub(" ", name))]
    if tokens and tokens[0] in _OF_ADDRESSES:  # "_address_company", not "Company Address"
        yield "", " ".join(tokens[1:])
    for label in tokens:
        if label in _LABELS and len(tokens) > 1:
            rest = [token for token in tokens if token != label]
            yield label, " ".join(rest)
            yield label, " ".join(token for token in rest if token not in _OF_ADDRESSES)
    if name.endswith("1"):
        yield "", name[:-1]
    if match := _PARENTHESES.match(name):
        yield "", match[2]
        yield "", match[1]
    segments = [part for part in _SEGMENTS.split(name) if part.strip()]
    if len(segments) > 1:
        yield "", segments[-1]
        yield "", " ".join(segments[1:])


def _find(header: str, crm: Crm | None) -> _Found | None:
    counted = re.search(r" \((\d+)\)$", header)
    nth = int(counted[1]) if counted else 1
    if crm and (field := crm.field_of(header)) is not None:
        return _Found(field, "", nth, fixed=True) if field else None
    field, label = field_of(header)
    return _Found(field, label, nth) if field else None


def _use_neighbours(found: dict[str, _Found | None]) -> None:
    """Some words mean one thing beside a certain column and another without it."""
    _beside(found)
    fields = {one.field for one in found.values() if one}
    is_town = any(
        one and one.field == "address.city" and squash(plain(header)) not in _SMALLER
        for header, one in found.items()
    )
    is_street = sum(one.field == "address.line1" for one in found.values() if one) > 1
    for header, one in found.items():
        word = squash(plain(header))
        if one is None:
            if word in _INITIALS and not fields & {"first_name", "full_name"}:
                found[header] = _Found("first_name")
            continue
        if one.fixed:
            continue
        if one.field == "birthday" and any(squash(h) in _OF_BIRTHS for h in found):
            found[header] = None
        elif word in _NAME and "first_name" in fields and "last_name" not in fields:
            found[header] = _Found("last_name")
        elif word in _CALLED and not fields & {"first_name", "full_name"}:
            found[header] = _Found("first_name")
            fields.add("first_name")
        elif word == "salutation" and not _PREFIXES.isdisjoint(map(squash, found)):
            found[header] = None
        elif word in _BLOCK and is_street:
            found[header] = _Found("address.line1+", one.label, one.nth)
        elif word in _SMALLER and is_town:
            found[header] = _Found("address.line3", one.label, one.nth)
        elif (word in _GIVEN and "last_name" not in fields) or (
            word in _TALKED_TO and not fields & {*_NAMES}
        ):
            found[header] = _Found("full_name")


def _beside(found: dict[str, _Found | None]) -> None:
    """The words that only the column before or behind them explains."""
    headers = tuple(found)
    for place, header in enumerate(headers):
        field, other = _BESIDE.get(squash(plain(header)), ("", ""))
        if not field or found[header] is not None:
            continue
        beside = (found[name] for name in headers[max(0, place - 1) : place + 2])
        one = next((one for one in beside if one and one.field == other), None)
        if one and not one.fixed:
            found[header] = _Found(field, one.label, one.nth)


def _addresses(found: Mapping[str, _Found]) -> dict[str, str]:
    """The parts of each address of the row: `address.city`, `address2.city`, ...

    The second column of a name belongs to a second address only where that has a street of its
    own; HubSpot's only town may be the company's.
    """
    parts = {h: one for h, one in found.items() if one.field.startswith("address.")}
    streets = {
        (one.label, one.nth)
        for one in parts.values()
        if one.field in ("address.line1", "address.whole")
    }
    groups: dict[tuple[str, int], dict[str, str]] = {}
    for header, one in parts.items():
        key = (one.label, one.nth)
        if key not in streets:
            key = (one.label, 1) if (one.label, 1) in streets else min(streets, default=key)
        groups.setdefault(key, {})[header] = one.field
    ordered = sorted(groups, key=lambda key: (key[1], _RANKS[key[0]]))
    fields: dict[str, str] = {}
    for number, key in enumerate(ordered, start=1):
        fixed = any(found[header].fixed for header in groups[key])
        group = groups[key] if fixed else _one_cell(groups[key])
        for header, field in group.items():
            prefix = "address" if number == 1 else f"address{number}"
            fields[header] = field.replace("address", prefix, 1) if number <= _MOST else ""
    return fields


def _one_cell(group: dict[str, str]) -> dict[str, str]:
    """A street without a town has both in its cell; a whole address beside its town has not."""
    fields = {*group.values()}
    if not fields & _OF_A_STREET:
        return {h: "address.whole" if f == "address.line1" else f for h, f in group.items()}
    if "address.line1" not in fields and "address.city" in fields:
        return {h: "address.line1" if f == "address.whole" else f for h, f in group.items()}
    return group


@lru_cache(maxsize=1)
def _by_tokens() -> Mapping[frozenset[str], str]:
    """The words of more than one token, whatever their order: "Name, First"."""
    bags: dict[frozenset[str], str] = {}
    for field, words in column_words().items():
        for word in words:
            if len(bag := _bag(word)) > 1:
                bags.setdefault(bag, field)
    return bags


def _bag(text: str) -> frozenset[str]:
    return frozenset(squash(token) for token in _TOKENS.findall(_CAMEL.sub(" ", text)))

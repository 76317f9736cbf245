"""What an unknown column seems to hold, by its values: a proposal, never a mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailroom.countries import country_code
from mailroom.exports.catalogue import plain
from mailroom.intake.columns import known_headers, squash

#: Of the filled cells, so many must look alike.
_MOST = 0.8
_FEWEST = 3  #: filled cells
_COLUMNS = 100  #: that are looked at
_LONGEST = 100  #: characters of a cell
_LIKE = 0.86  #: of a word we know, where somebody may have mistyped it

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSTCODE = re.compile(
    r"\d{4,5}|\d{5}-\d{4}|\d{2}-\d{3}|\d{3} ?\d{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?!\d{1,2}[./-]\d{1,2}[./-]\d{4}\b|\d{4}[./-]\d\d?[./-]\d\d?\b)"  # a day is no number
    r"(?=(?:\D*\d){7})\+?[\d\s().\-/]{7,20}(?:x|ext\.?)?\s?\d*",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19[2-9]\d|200\d)-\d\d-\d\d.*|\d{1,2}[./-]\d{1,2}[./-](?:19[2-9]\d|200\d)")
_STREET = re.compile(r"(?=.*\d)(?=.*[^\W\d_]{3}).*\s.*")
_SALUTATIONS = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "m", "mme", "mlle", "monsieur"}
    | {"madame", "sr", "sra", "señor", "señora", "sig", "sigra", "signor", "signora", "dhr", "mevr"}
    | {"pan", "pani", "fru"}
)


def _is_salutation(text: str) -> bool:
    return text.rstrip(".").casefold() in _SALUTATIONS


def _is_country(text: str) -> bool:
    return bool(country_code(text))


#: In this order: a postcode looks like a phone number to the next.
_LOOKS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("email", _EMAIL.fullmatch, "e-mail addresses"),
    ("salutation", _is_salutation, "salutations"),
    ("birthday", _DATE.fullmatch, "dates of birth"),
    ("address.country", _is_country, "countries"),
    ("address.postcode", _POSTCODE.fullmatch, "postcodes"),
    ("phone", _PHONE.fullmatch, "phone numbers"),
    ("address.line1", _STREET.fullmatch, "streets with a number"),
)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A field that nobody fills yet, and the column that may be meant for it."""

    header: str
    field: str
    why: str  #: "98 of 100 look like e-mail addresses"


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


#: Field -> what a value of it is never like, in words: told where most values are.
_UNLIKE: Mapping[str, tuple[Callable[[str], object], str]] = {
    **dict.fromkeys(
        ("first_name", "middle_name", "last_name", "full_name", "partner_name"),
        (lambda text: _has_digit(text) or "@" in text, "have digits or an @, as no name has"),
    ),
    "address.city": (_has_digit, "have digits, as no town has"),
    "address.line1": (lambda text: not _has_digit(text), "have no number, as streets have"),
    "address.postcode": (lambda text: not _has_digit(text), "have no digit, as postcodes have"),
    "address.country": (lambda text: not _is_country(text), "are no country that is known"),
    "email": (lambda text: "@" not in text, "have no @"),
    "phone": (lambda text: not _has_digit(text), "have no digit, as phone numbers have"),
    **dict.fromkeys(
        ("birthday", "anniversary", "customer_since", "stage_since", "hold_until"),
        (lambda text: not _has_digit(text), "have no digit, as dates have"),
    ),
}


def doubts(columns: Mapping[str, str | None], sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """In words, the columns most of whose first values are nothing like the field they fill."""
    found = []
    for place, (header, field) in enumerate(columns.items()):
        kind = re.sub(r"^address\d\.", "address.", field or "")
        cells = [row[place].strip() for row in sample if place < len(row) and row[place].strip()]
        if kind in _UNLIKE and cells:
            unlike, words = _UNLIKE[kind]
            number = sum(bool(unlike(cell[:_LONGEST])) for cell in cells)
            if 2 * number > len(cells):
                found.append(f"{header} as {field}: {number} of {len(cells)} {words}")
    return tuple(found)


def propose(
    columns: Mapping[str, str | None], sample: Sequence[Sequence[str]], known: Iterable[str] = ()
) -> tuple[Proposal, ...]:
    """For the columns that nobody reads; `known` are those whose CRM says so."""
    taken = {field for field in columns.values() if field}
    if "address.whole" in taken:
        taken |= {"address.line1", "address.postcode", "address.country"}
    known = {*known}
    found: list[Proposal] = []
    unread = [place for place, (h, field) in enumerate(columns.items()) if not field]
    headers = tuple(columns)
    for place in unread[:_COLUMNS]:
        header = headers[place]
        if header in known:
            continue
        cells = [
            row[place][:_LONGEST].strip()
            for row in sample
            if place < len(row) and row[place].strip()
        ]
        if proposal := _by_name(header, taken) or _by_values(header, cells, taken):
            taken.add(proposal.field)
            found.append(proposal)
    return tuple(found)


def _by_values(header: str, cells: Sequence[str], taken: set[str]) -> Proposal | None:
    if len(cells) < _FEWEST:
        return None
    for field, looks, what in _LOOKS:
        if field in taken:
            continue
        number = sum(bool(looks(cell)) for cell in cells)
        if number >= _MOST * len(cells):
            why = f"{number} of {len(cells)} look like {what}"
            return Proposal(header=header, field=field, why=why)
    return None


def _by_name(header: str, taken: set[str]) -> Proposal | None:
    """A word of ours with a letter missing."""
    name = squash(plain(header))
    if not 5 <= len(name) <= _LONGEST:
        return None
    near = difflib.get_close_matches(name, known_headers(), n=1, cutoff=_LIKE)
    if not near or (field := known_headers()[near[0]]) in taken:
        return None
    return Proposal(header=header, field=field, why=f"it is written nearly like {near[0]!r}")

"""From the rows of an export to Recipients: mapping, repair, findings with file and line.

Everything is text. What can only be meant one way is mended and noted, before -> after; what
keeps a card from arriving becomes an error that will hold the piece. Nothing is dropped, and
nothing is guessed about a person: no gender, no language from a name.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from mailroom import address as addresses
from mailroom.errors import InputError
from mailroom.model import Address, Finding, Recipient, Severity, digest
from mailroom.readers import Row, Table

#: What people and databases write where they mean nothing.
NOTHING = frozenset({"null", "none", "nil", "n/a", "#n/a", "na", "-", "--", "—", "?", "undefined"})
#: Of those, what people are really called, written so; a person has to tell.
PERHAPS_NAMES = frozenset({"Null", "Na", "Nil"})
#: No surname, whoever typed it.
NO_NAMES = frozenset(
    {"unknown", "main account", "test", "tbd", "unbekannt", "inconnu", "xxx", "preview user"}
)
#: In a flag column; anything else but these and an empty cell counts as set, to be safe.
NO = frozenset({"no", "n", "false", "0", "nein", "non", "falsch", "faux", "off"})

_ADDRESS = "address."
_PARTS = frozenset(f"{_ADDRESS}{part.name}" for part in fields(Address))
_NAMES = frozenset({"first_name", "last_name", "full_name"})
_PERSON = ("salutation", "first_name", "last_name", "suffix", "company", "email", "phone", "owner")
_FLAGS: Mapping[str, str] = {
    "deceased": "deceased",
    "do_not_mail": "do not mail",
    "opt_out": "opted out",
    "deleted": "deleted in the CRM",
}
_MOST_SHOWN = 60  #: characters of a cell in a message
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\u200b]")
_DEAD = re.compile(
    r"(†|\(?\b(?:deceased|verstorben|décédée?|estate of|the late)\b\)?)", re.IGNORECASE
)
_HAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PARTICLES = frozenset(
    {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "la", "le", "mac"}
    | {"san", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur"}
)


HOLDS: Mapping[str, tuple[str, bool]] = {
    "no-name": ("there is a name or a company", False),
    "email-as-name": ("the name is no e-mail address", False),
    "placeholder-name": ("the name is not Unknown, Test or Null", True),
    "garbled-name": ("the name has its letters, not those of a wrong encoding", True),
    "odd-name": ("the name has no signs that no name has", True),
    "no-address": ("there is an address", False),
    "no-street": ("there is a street", False),
    "no-city": ("there is a town", False),
    "no-country": ("there is a country", False),
    "unknown-country": ("the country is one we know", False),
    "no-region": ("there is a state, where the country's addresses have one", False),
    "bad-region": ("the state is one of the country's", True),
    "no-postcode": ("there is a postcode, where the country has them", False),
    "bad-postcode": ("the postcode looks like the country's", True),
    "duplicate-id": ("no other record has the same id", True),
    "long-row": ("the row has no more cells than the header", False),
}
"""What holds a piece because of its record: what a good one is like, and whether a person
who knows better may accept it with a reason. An address must be whole."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What one export file holds."""

    source: str
    file: str
    rows: int
    recipients: tuple[Recipient, ...]
    columns: Mapping[str, str | None]  #: header -> field, or None where nobody reads it
    findings: tuple[Finding, ...]  #: of the file first, then row by row


@dataclass(frozen=True, kw_only=True)
class Change:
    """A person who is in two snapshots, and what is different: field, before, after."""

    recipient: Recipient
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a new snapshot of a source brings."""

    new: tuple[Recipient, ...]
    changed: tuple[Change, ...]
    gone: tuple[Recipient, ...]


def read(
    table: Table, *, source: str, columns: Mapping[str, str] | None = None, country: str = ""
) -> Intake:
    """Read a whole table.

    `columns` is the source's own mapping, header -> field, and wins over the known names;
    an empty field leaves a column alone. `country` is taken where a row has none. InputError
    where no column is known, or where the file breaks half-way: then nothing is taken.
    """
    mapping = map_columns(table.headers, columns, where=f"{table.path.name}:{table.header_line}")
    reading = _Reading(file=table.path.name, source=source, mapping=mapping, country=country)
    recipients = tuple(unique_keys(map(reading.recipient, filter(_is_filled, table.rows))))
    findings = [*table.notes, *(f for person in recipients for f in person.findings)]
    return Intake(
        source=source,
        file=table.path.name,
        rows=len(recipients),
        recipients=recipients,
        columns=mapping,
        findings=tuple(findings),
    )


def map_columns(
    headers: Iterable[str], own: Mapping[str, str] | None = None, *, where: str = ""
) -> dict[str, str | None]:
    """Each header with the field it fills, or None; InputError where nothing fits at all."""
    headers = tuple(headers)
    _check_own(headers, own or {}, where)
    known, own = _known_headers(), {_squash(h): name for h, name in (own or {}).items()}
    mapping: dict[str, str | None] = {}
    for header in headers:
        plain = _squash(re.sub(r" \(\d+\)$", "", header))
        mapping[header] = own.get(_squash(header), known.get(plain, "")) or None
    if not any(mapping.values()):
        raise InputError(
            f"no column is known: {', '.join(headers[:6])}",
            where=where,
            hint="is the first row a header? If so, say which column is what: "
            'in mailroom.toml, [sources.NAME.columns] "Their header" = "last_name"',
        )
    return mapping


def known_fields() -> tuple[str, ...]:
    """The fields a column can be mapped to."""
    return tuple(_column_words())


def diff(old: Iterable[Recipient], new: Iterable[Recipient]) -> Changes:
    """What is new, changed (field by field) and gone between two snapshots of a source."""
    before = {person.key: person for person in old}
    after = {person.key: person for person in new}
    changed = []
    for key, person in after.items():
        if key in before and (differences := _differences(before[key], person)):
            changed.append(Change(recipient=person, fields=differences))
    return Changes(
        new=tuple(person for key, person in after.items() if key not in before),
        changed=tuple(changed),
        gone=tuple(person for key, person in before.items() if key not in after),
    )


def unique_keys(people: Iterable[Recipient]) -> Iterator[Recipient]:
    """The people with keys told apart; one record id for two rows is an error on the later."""
    seen: dict[str, str] = {}
    count: Counter[str] = Counter()
    for person in people:
        first = seen.setdefault(person.key, person.where)
        count[person.key] += 1
        if count[person.key] == 1:
            yield person
            continue
        finding = Finding(
            rule="duplicate-id",
            severity=Severity.ERROR,
            message=f"{person.key} is already the record of {first}",
            where=person.where,
            hint="two rows cannot be one record: export again, or map another column to id",
        )
        key = f"{person.key}#{count[person.key]}"
        yield replace(person, key=key, findings=(*person.findings, finding))


# Columns ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _column_words() -> Mapping[str, tuple[str, ...]]:
    text = resources.files("mailroom").joinpath("columns.toml").read_text("utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text).items()}


@lru_cache(maxsize=1)
def _known_headers() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for name, words in _column_words().items():
        for word in words:
            known.setdefault(_squash(word), name)
    return known


def _check_own(headers: tuple[str, ...], own: Mapping[str, str], where: str) -> None:
    present = {_squash(header) for header in headers}
    for header, name in own.items():
        if _squash(header) not in present:
            raise InputError(
                f"the mapping names a column that is not there: {header!r}",
                where=where,
                hint=f"the file has: {', '.join(headers)}. Has the export changed?",
            )
        if name and name not in _column_words():
            near = difflib.get_close_matches(name, known_fields(), n=3, cutoff=0.4)
            raise InputError(
                f"the column {header!r} is mapped to {name!r}, which is no field",
                where=where,
                hint=f"did you mean {' or '.join(near)}?"
                if near
                else f"the fields are: {', '.join(known_fields())}",
            )


def _squash(header: str) -> str:
    """A header without case, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", header.casefold())
    return "".join(c for c in plain if c.isalnum())


# One row ------------------------------------------------------------------------------------


def _is_filled(row: Row) -> bool:
    return any(cell and not cell.isspace() for cell in row.cells)


class _Reading:
    """One pass over a file: what is the same for all its rows."""

    def __init__(
        self, *, file: str, source: str, mapping: Mapping[str, str | None], country: str
    ) -> None:
        self.file = file
        self.source = source
        self.country = country
        self.columns = tuple(mapping.items())

    def recipient(self, row: Row) -> Recipient:
        """The person of one row, with all that was found."""
        notes = _Notes(f"{self.file}:{row.line}")
        values, others = self._values(row, notes)
        _mend_name(values, notes)
        place = self._address(values, notes)
        person: dict[str, Any] = {name: values.get(name, "") for name in _PERSON}
        _check_name(person, values, notes)
        return Recipient(
            key=f"{self.source}:{values.get('id') or _record_digest(person, place)}",
            source=self.source,
            where=notes.where,
            language=_language(values.get("language", ""), notes),
            address=place,
            suppressed=_suppressed(values, person, notes),
            fields=others,
            findings=tuple(notes.findings),
            **person,
        )

    def _values(self, row: Row, notes: _Notes) -> tuple[dict[str, str], dict[str, str]]:
        """The cells by field, and those of no field by header."""
        cells = row.cells
        if len(cells) != len(self.columns):
            cells = _fit(cells, len(self.columns), notes)
        values: dict[str, str] = {}
        others: dict[str, str] = {}
        for (header, name), cell in zip(self.columns, cells, strict=True):
            text = _clean(cell, header, name, notes)
            if name and text:
                values.setdefault(name, text)
            if text and (name is None or _is_extra(name)):
                others[header] = text
                if name:
                    others.setdefault(name, text)
        return values, others

    def _address(self, values: Mapping[str, str], notes: _Notes) -> Address:
        parts = {name.removeprefix(_ADDRESS): v for name, v in values.items() if name in _PARTS}
        if not any(parts.values()):
            notes.error("no-address", "there is no address", "complete the address in the CRM")
            return Address()
        parts["country"] = self._country(parts.get("country", ""), notes)
        parts |= _two_lines(parts)
        place, repairs = addresses.normalise(Address(**parts))
        for repair in repairs:
            notes.note(repair.rule, f"{repair.part}: {repair.before} -> {repair.after}")
        found = addresses.validate(place, where=notes.where)
        # A country nobody knows is one fault, not two.
        unknown = any(finding.rule == "unknown-country" for finding in notes.findings)
        notes.findings += [f for f in found if not (unknown and f.rule == "no-country")]
        return place

    def _country(self, text: str, notes: _Notes) -> str:
        if not text:
            if self.country:
                notes.note("country-assumed", f"no country, so {self.country} is assumed")
            return self.country
        code = addresses.country_code(text)
        if text.upper() == "NA":
            hint = "if the export writes NA for nothing, empty the cell"
            notes.warn("country-na", "country: NA is read as Namibia", hint)
        elif not code:
            hint = "write the country's English name or its two-letter code"
            notes.error("unknown-country", f"{text!r} is no country we know", hint)
        elif code != text and not addresses.is_country_name(text):
            notes.note("country-word", f"country: {text} -> {code}")
        return code


class _Notes:
    """The findings of one row, as they gather."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.findings: list[Finding] = []

    def note(self, rule: str, message: str) -> None:
        self._add(rule, Severity.NOTE, message, "")

    def warn(self, rule: str, message: str, hint: str) -> None:
        self._add(rule, Severity.WARNING, message, hint)

    def error(self, rule: str, message: str, hint: str) -> None:
        self._add(rule, Severity.ERROR, message, hint)

    def _add(self, rule: str, severity: Severity, message: str, hint: str) -> None:
        self.findings.append(
            Finding(rule=rule, severity=severity, message=message, where=self.where, hint=hint)
        )


def _fit(cells: tuple[str, ...], width: int, notes: _Notes) -> tuple[str, ...]:
    """A row as wide as the header; too wide is an error, since its cells may have shifted."""
    if len(cells) < width:
        message = f"{len(cells)} cells where the header has {width}; the rest is empty"
        notes.warn("short-row", message, "is there a line break in a cell without quotes?")
        return cells + ("",) * (width - len(cells))
    extra = cells[width:]
    if any(cell.strip() for cell in extra):
        message = f"{len(cells)} cells where the header has {width}: columns may have shifted"
        notes.error("long-row", message, "put quotes round the cell with the delimiter in it")
    return cells[:width]


def _clean(cell: str, header: str, name: str | None, notes: _Notes) -> str:
    """A cell as it is meant: NFC, no stray blanks, no spreadsheet apostrophe, no `null`."""
    if not cell or (_is_plain(cell) and not (len(cell) < 10 and cell.casefold() in NOTHING)):
        return cell
    text = _CONTROL.sub("", unicodedata.normalize("NFC", cell)).strip()
    if len(text) > 1 and text[0] == "'" and (text[1].isdigit() or text[1] in "+-=@"):
        text = text[1:]
    if name is None:
        return text
    if text.casefold() in NOTHING and not _has_meaning(text, name):
        message = f"{header}: {text} -> (empty)"
        if name in _NAMES:
            notes.warn("emptied", message, "if it is a name, write it as a name: Null, not null")
        else:
            notes.note("emptied", message)
        return ""
    if text != cell:
        notes.note("cleaned", f"{header}: {_short(cell)!r} -> {_short(text)!r}")
    return text


def _short(cell: str) -> str:
    """A novel in a cell is not printed whole: both ends, where most is mended."""
    half = _MOST_SHOWN // 2
    return cell if len(cell) <= _MOST_SHOWN else f"{cell[:half]}…{cell[-half:]}"


def _has_meaning(text: str, name: str) -> bool:
    """NA is Namibia's code, and there are people called Na and Null."""
    if name == f"{_ADDRESS}country":
        return text.upper() == "NA"
    return name in _NAMES and text in PERHAPS_NAMES


def _is_plain(cell: str) -> bool:
    """Whether there is nothing to mend: true of nearly all cells, hence asked first."""
    return cell.isascii() and cell.isprintable() and cell[0] not in "' " and cell[-1] != " "


def _is_extra(name: str) -> bool:
    return name not in _PARTS and name not in _NOT_EXTRA


_NOT_EXTRA = frozenset(
    {*_PERSON, *_FLAGS, "id", "title", "full_name", "language", "mail_ok", "email_opt_out"}
)


def _two_lines(parts: Mapping[str, str]) -> dict[str, str]:
    """A street of several lines in one cell, as Salesforce has it, in our two."""
    lines = [
        text
        for cell in (parts.get("line1", ""), parts.get("line2", ""))
        for line in re.split(r"[\r\n\v]+", cell)
        if (text := " ".join(line.split()))
    ]
    return {"line1": lines[0] if lines else "", "line2": ", ".join(lines[1:])}


# Names --------------------------------------------------------------------------------------


def _mend_name(values: dict[str, str], notes: _Notes) -> None:
    """Split a full name where nothing else is there, and keep a title with the salutation."""
    full = values.get("full_name", "")
    if full and not (values.get("first_name") or values.get("last_name")) and "@" not in full:
        first, last = split_name(full)
        values |= {"first_name": first, "last_name": last}
        notes.note("name-split", f"name: {full} -> {first or '(none)'} + {last or '(none)'}")
    elif full and not (values.get("first_name") or values.get("last_name")):
        values["last_name"] = full
    if title := values.get("title", ""):
        values["salutation"] = f"{values.get('salutation', '')} {title}".strip()
    for name in ("first_name", "last_name", "company", "suffix", "salutation"):
        if name in values:
            values[name] = " ".join(values[name].split())


def split_name(full: str) -> tuple[str, str]:
    """First and last name of "Anna de la Vega" or "de la Vega, Anna".

    A single word is taken as the first name, as people who type one word do, save in a script
    that puts no blank between the two.
    """
    last, comma, first = (part.strip() for part in full.partition(","))
    if comma and first:
        return first, last
    words = last.split()
    if len(words) == 1:
        return ("", last) if _HAN.search(last) else (last, "")
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


# UTF-8 read as cp1252 ("JosÃ©", "Oâ€™Neill"), and letters that an encoding did not have.
_GARBLED = re.compile("[ÃÂ][\u0080-\u00bf\u2018-\u203a\u0152-\u0178€™]|â€|\ufffd|\\w\\?\\w|^\\?\\w")
_NO_LETTER = re.compile(r"[{}<>=|\\\[\]/]|\.\.")


def _check_name(person: Mapping[str, str], values: Mapping[str, str], notes: _Notes) -> None:
    first, last = person["first_name"], person["last_name"]
    for text in (first, last):
        if "@" in text:
            hint = "write the person's name into the CRM"
            notes.error("email-as-name", f"the name is an e-mail address: {text}", hint)
        elif text.casefold() in NO_NAMES:
            hint = "write the person's name into the CRM"
            notes.error("placeholder-name", f"{text!r} is not a name", hint)
        elif text and text.casefold() in NOTHING:
            hint = "if it is the name, accept placeholder-name; else empty the cell in the CRM"
            notes.error("placeholder-name", f"{text!r} may be a name or may mean nothing", hint)
        elif _GARBLED.search(text):
            hint = "the export was read or saved in a wrong encoding: export it again as UTF-8"
            notes.error("garbled-name", f"{text!r} has lost its letters on the way", hint)
        elif _NO_LETTER.search(text):
            hint = "correct it in the CRM, or accept odd-name if it is really written so"
            notes.error("odd-name", f"{text!r} is not how a name is written", hint)
    if not (first or last or person["company"] or values.get("addressee")):
        notes.error("no-name", "there is no name", "write a name or a company into the CRM")
    elif last and not first and not person["salutation"]:
        hint = "without first name and salutation the greeting names nobody"
        notes.warn("no-first-name", f"{last} has no first name", hint)
    full = f"{first} {last}".strip()
    if len(full) > 3 and full.isupper() and full.lower() != full:
        notes.note("all-caps-name", f"{full} is written in capitals; it stays so")


def _record_digest(person: Mapping[str, str], place: Address) -> str:
    """A key for a row without an id; it changes when the name, e-mail or postcode does."""
    parts = (person["first_name"], person["last_name"], person["company"], person["email"])
    return digest(*(part.casefold() for part in parts), place.postcode)[:12]


# Flags and language -------------------------------------------------------------------------


def _suppressed(
    values: Mapping[str, str], person: Mapping[str, str], notes: _Notes
) -> tuple[str, ...]:
    """Why no mail may go there; a flag that says anything but no counts."""
    reasons = [
        reason for name, reason in _FLAGS.items() if values.get(name, "no").casefold() not in NO
    ]
    if values.get("mail_ok", "yes").casefold() in NO:
        reasons.append("opted out")
    for name in ("first_name", "last_name", "suffix"):
        if match := _DEAD.search(person[name]):
            reasons.append("deceased")
            hint = "set the deceased flag in the CRM"
            notes.warn("deceased-in-name", f"{match[0]!r} stands in the name", hint)
    return tuple(dict.fromkeys(reasons))


def _language(text: str, notes: _Notes) -> str:
    if not text:
        return ""
    code = language_code(text)
    if not code:
        hint = "write a code such as de; until then the country decides"
        notes.warn("unknown-language", f"{text!r} is no language we know", hint)
    elif code != text and text.casefold() not in _language_names("en"):
        notes.note("language-word", f"language: {text} -> {code}")
    return code


@lru_cache(maxsize=1024)
def language_code(text: str) -> str:
    """ISO 639-1 for "de", "de-AT", "German", "Deutsch (Österreich)", "allemand"; else empty."""
    word = re.split(r"[(,;]", text.casefold())[0].strip()
    code = re.split(r"[-_]", word)[0]
    if len(code) == 2 and code in _language_names("en").values():
        return code
    if code in (aliases := get_global("language_aliases")):
        return str(aliases[code])
    for language in ("en", "de", "fr", code, *_TONGUES):
        if found := _language_names(language).get(word, ""):
            return found
    return ""


#: Whose own word for their language we know as well: "español", "日本語".
_TONGUES = ("es", "it", "nl", "pt", "pl", "el", "ru", "uk", "ja", "zh", "ko", "tr", "sv", "da")


@lru_cache(maxsize=64)
def _language_names(language: str) -> Mapping[str, str]:
    try:
        names: Mapping[str, str] = Locale.parse(language).languages
    except (UnknownLocaleError, ValueError):
        return {}
    return {name.casefold(): code for code, name in names.items() if len(code) == 2}


# Differences --------------------------------------------------------------------------------


def _differences(old: Recipient, new: Recipient) -> tuple[tuple[str, str, str], ...]:
    before, after = dict(flat(old)), dict(flat(new))
    names = dict.fromkeys((*after, *before))
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple((name, a, b) for name, a, b in pairs if a != b)


def flat(person: Recipient) -> Iterator[tuple[str, str]]:
    """Everything the CRM says of a person, by field name; not where it stands in a file."""
    for name in (*_PERSON, "language"):
        yield name, getattr(person, name)
    for part in fields(Address):
        yield f"{_ADDRESS}{part.name}", getattr(person.address, part.name)
    yield "suppressed", ", ".join(person.suppressed)
    yield from person.fields.items()

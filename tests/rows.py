"""A whole export read in one go, for tests that look at all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailroom import exports, intake
from mailroom.exports.words import fields_of
from mailroom.model import Decision, Finding, Recipient
from mailroom.readers import Row

WHOLE = {
    "Record ID": "7",
    "First Name": "Ada",
    "Last Name": "Hill",
    "Street Address": "1 Elm Street",
    "City": "Boston",
    "State/Region": "MA",
    "Postal Code": "02134",
    "Country": "US",
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows, and which field each of their columns fills."""

    columns: Mapping[str, str | None]
    rows: Iterable[Row | Finding]
    file: str = "contacts.csv"
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Export:
    """What one file holds."""

    columns: Mapping[str, str | None]
    recipients: tuple[Recipient, ...]
    findings: tuple[Finding, ...]  #: of the file first, then row by row

    @property
    def rows(self) -> int:
        return len(self.recipients)


def read_all(
    table: Table,
    *,
    source: str = "crm",
    columns: Mapping[str, str] | None = None,
    country: str = "",
    answers: Mapping[str, str] | None = None,
    reason: str = "",
) -> Export:
    """The table surveyed and read; `answers` is subject -> answer, `columns` header -> field."""
    rows = tuple(table.rows)
    fields = {**table.columns, **(columns or {})}
    found = tuple(
        intake.read(
            rows,
            file=table.file,
            source=source,
            columns=fields,
            survey=intake.survey(rows, fields),
            decisions={
                subject: Decision(subject=subject, answer=answer, by="Ruth", at="2026-12-01")
                for subject, answer in (answers or {}).items()
            },
            country=country,
            reason=reason,
        )
    )
    people = tuple(person for person in found if isinstance(person, Recipient))
    broken = tuple(finding for finding in found if isinstance(finding, Finding))
    about = tuple(finding for person in people for finding in person.findings)
    return Export(columns=fields, recipients=people, findings=(*table.notes, *broken, *about))


def table_of(*records: Mapping[str, str]) -> Table:
    """An export with these records; what one of them lacks is empty."""
    headers = tuple(dict.fromkeys(header for record in records for header in record))
    rows = (
        Row(line, tuple(record.get(header, "") for header in headers))
        for line, record in enumerate(records, start=2)
    )
    return Table(columns=fields_of(headers), rows=rows)


def table_in(path: Path) -> Table:
    """The export in a file, as it is recognised."""
    export = exports.recognise(path)
    rows = exports.rows_of(path, export)
    return Table(columns=export.columns, rows=rows, file=path.name, notes=export.notes)


def rows_of(
    *records: Mapping[str, str], country: str = "", answers: Mapping[str, str] | None = None
) -> Export:
    """These records, read."""
    return read_all(table_of(*records), country=country, answers=answers)


def one_of(answers: Mapping[str, str] | None = None, /, **changes: str) -> Recipient:
    """The recipient of a whole row with some cells changed; underscores are blanks."""
    cells = {name.replace("_", " "): value for name, value in changes.items()}
    return rows_of(WHOLE | cells, answers=answers).recipients[0]

"""Exports: whose a file is, where its header stands, and which field each column fills.

    path -> recognise: Export (kind, header, columns, why) -> rows_of: the people's rows only

A CRM is a TOML of this folder: its header words by field, and the signatures that give each of
its exports away. What no CRM is known to have written is mapped by the words of
`intake/columns.toml`. Values are looked at only to propose, never to map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from mailroom.errors import InputError
from mailroom.exports.catalogue import Match, best_match, crms, plain
from mailroom.exports.header import WITHIN, Header, find_header, is_filled, is_footer
from mailroom.exports.roles import LISTED, PEOPLE, SUPPRESSION, Role, role_of
from mailroom.exports.values import Proposal, propose
from mailroom.exports.words import fields_of
from mailroom.intake.columns import check_own, squash
from mailroom.model import Finding, Severity, digest
from mailroom.readers import Row, open_rows, unique_headers

#: Rows that are looked at to tell what a file is.
SAMPLE = 300
#: How sure the words alone can be, whoever has written the file.
_BY_WORDS = 0.8

UNKNOWN = "a list with headers of its own"


@dataclass(frozen=True, kw_only=True)
class Export:
    """What a file is, and how it is read."""

    file: str
    kind: str  #: "hubspot-contacts"; empty: nobody's that we know
    title: str  #: for people: "HubSpot, contacts with companies"
    sure: float  #: 0..1
    why: str  #: "26 of 27 headers are HubSpot headers, among them Record ID - Contact"
    role: str = PEOPLE  #: or SUPPRESSION: everybody in it gets no mail
    reason: str = ""  #: of a suppression: why
    doubt: str = ""  #: what may make it one, so that a person should say: "its name"
    headers: tuple[str, ...]  #: unique, in the file's order
    columns: Mapping[str, str | None]  #: header -> field, or None where nobody reads it
    header_line: int
    skip: int  #: rows up to the first one of data
    proposals: tuple[Proposal, ...] = ()
    sample: tuple[Row, ...] = ()  #: the first rows of data
    notes: tuple[Finding, ...] = ()  #: about the file as a whole

    @property
    def unread(self) -> tuple[str, ...]:
        """The headers of the columns that fill no field."""
        return tuple(header for header, field in self.columns.items() if not field)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.headers)

    def mapped(self, columns: Mapping[str, str | None]) -> Export:
        """The same with other fields for its headers."""
        fields = {header: columns.get(header) for header in self.headers}
        proposals = tuple(one for one in self.proposals if not fields[one.header])
        return replace(self, columns=fields, proposals=proposals)

    def used_as(self, role: str) -> Export:
        """The same in the role that a person has said."""
        reason = (self.reason or LISTED) if role == SUPPRESSION else ""
        return replace(self, role=role, reason=reason, doubt="")


def recognise(path: Path, own: Mapping[str, str] | None = None) -> Export:
    """What the file is; `own` is a person's mapping, header -> field, and wins.

    Looks at the first rows only. InputError where it cannot be read or has no header.
    """
    opened = open_rows(path)
    broken: Finding | None = None
    head: list[Row] = []
    for item in islice(opened.rows, WITHIN + SAMPLE):
        if isinstance(item, Row):
            head.append(item)
        elif not head:
            broken = broken or item
    if broken and not any(map(is_filled, head)):
        raise InputError(broken.message, where=broken.where, hint=broken.hint)
    header = find_header(head, path, tuple(own or ()))
    headers = unique_headers(_without_tail(header.row.cells))
    check_own(headers, own or {}, f"{path.name}:{header.row.line}")
    match = best_match(name for name in headers if not name.startswith("column "))
    columns = fields_of(headers, match.crm if match else None)
    mine = {squash(name): field or None for name, field in (own or {}).items()}
    columns |= {name: mine[squash(name)] for name in headers if squash(name) in mine}
    sure, why = _why(match, columns)
    rows = (row for row in head[header.skip :] if is_filled(row) and not is_footer(row.cells))
    sample = tuple(islice(rows, SAMPLE))
    role = _role(path, match, columns, sample)
    known = [h for h in headers if match and match.crm.field_of(h) is not None]
    known += [name for name in headers if squash(name) in mine]
    return Export(
        file=path.name,
        kind=match.shape.kind if match else "",
        title=match.shape.title if match else UNKNOWN,
        sure=sure,
        why=why,
        role=role.role,
        reason=role.reason,
        doubt=role.doubt,
        headers=headers,
        columns=columns,
        header_line=header.row.line,
        skip=header.skip,
        proposals=propose(columns, [row.cells for row in sample], known),
        sample=sample,
        notes=(*_notes(path, header, has_rows=bool(sample)), *opened.notes),
    )


def _role(
    path: Path, match: Match | None, columns: Mapping[str, str | None], sample: Sequence[Row]
) -> Role:
    if match and match.shape.role == SUPPRESSION:
        return Role(role=SUPPRESSION, reason=match.shape.reason)
    return role_of(path.name, columns, [row.cells for row in sample], known=match is not None)


def title_of(kind: str) -> str:
    """A kind of export, for people."""
    titles = {shape.kind: shape.title for crm in crms() for shape in crm.shapes}
    return titles.get(kind, UNKNOWN)


def are_two(kind: str, other: str) -> bool:
    """Are exports of these kinds surely not of one source: of two CRMs, or of two roles?

    Of an unknown kind it cannot be said, but it is no list of whom not to write to.
    """
    one, two = kind.partition("-")[0], other.partition("-")[0]
    return bool(one and two and one != two) or _role_of(kind) != _role_of(other)


def _role_of(kind: str) -> str:
    roles = {shape.kind: shape.role for crm in crms() for shape in crm.shapes}
    return roles.get(kind, PEOPLE)


def rows_of(path: Path, export: Export) -> Iterator[Row | Finding]:
    """The rows of people below the header; a Finding for what is passed over, as for what is none.

    Blank rows are dropped without a word.
    """
    passed = 0
    header = export.headers
    for row in open_rows(path).rows:
        if isinstance(row, Finding):
            yield row
            continue
        passed += 1
        if passed <= export.skip:
            continue
        cells = row.cells
        if cells[0] == header[0] and _is_header(cells, header):
            yield _passed_over(path, row, "repeated-header", "the header again")
        elif cells[1:2] and cells[1] and any(cells[2:]):
            yield row  # nearly every one
        elif not is_filled(row):
            continue
        elif len(header) > 2 and is_footer(cells):
            text = " ".join(cell.strip() for cell in cells if cell.strip())
            yield _passed_over(path, row, "report-footer", f"{text[:60]!r} is the report's end")
        else:
            yield row


def fingerprint(headers: Sequence[str]) -> str:
    """The same for the same header; the order counts only where two columns share a name."""
    twice = any(plain(header) != header for header in headers)
    return digest(*(headers if twice else sorted(headers)))


def _why(match: Match | None, columns: Mapping[str, str | None]) -> tuple[float, str]:
    """How sure we are, and why."""
    if match:
        name, among = match.crm.name, ", ".join(match.signature[:2])
        share = f"{match.known} of {match.total} headers are {name} headers"
        return match.sure, f"{share}, among them {among}"
    named = [header for header in columns if not header.startswith("column ")]
    known = sum(bool(columns[header]) for header in named)
    words = f"{known} of {len(named)} headers are words that we know"
    return _BY_WORDS * known / max(len(named), 1), words


def _without_tail(cells: Sequence[str]) -> tuple[str, ...]:
    """The header without empty cells at its end, which spreadsheets leave."""
    end = len(cells)
    while end > 1 and not cells[end - 1].strip():
        end -= 1
    return tuple(cells[:end])


def _is_header(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Is the row the header's? Of one column it might be a person's name."""
    same = (
        plain(name) == " ".join(cell.split()) for cell, name in zip(cells, header, strict=False)
    )
    return len(header) > 1 and all(same)


def _notes(path: Path, header: Header, *, has_rows: bool) -> Iterator[Finding]:
    if header.before:
        start, end = header.before[0].line, header.before[-1].line
        lines = f"line {start} stands" if start == end else f"lines {start}-{end} stand"
        first = next(cell.strip() for cell in header.before[0].cells if cell.strip())
        message = f"{lines} above the header: {first[:60]!r}"
        yield _note(path, start, "preamble", message)
    if header.second:
        yield _note(path, header.second.line, "second-header", "a second line of column names")
    if not has_rows:
        yield Finding(
            rule="no-rows",
            severity=Severity.WARNING,
            message="there is a header and nobody below it",
            where=path.name,
            hint="was the export filtered?",
        )


def _passed_over(path: Path, row: Row, rule: str, what: str) -> Finding:
    return _note(path, row.line, rule, f"{what}; passed over")


def _note(path: Path, line: int, rule: str, message: str) -> Finding:
    return Finding(rule=rule, severity=Severity.NOTE, message=message, where=f"{path.name}:{line}")


__all__ = [
    "PEOPLE",
    "SUPPRESSION",
    "UNKNOWN",
    "Export",
    "Proposal",
    "are_two",
    "fingerprint",
    "recognise",
    "rows_of",
    "title_of",
]

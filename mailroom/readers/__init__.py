"""Readers: what turns an export file into rows of text; one file per kind of file.

A reader is a module or object that answers `identify(path)` and `rows(path)`. It never
guesses what a cell means: a ZIP of 00501 stays the text "00501". Others are added by an
entry point in the group `mailroom.readers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from mailroom.errors import InputError
from mailroom.model import Finding

#: Asked in this order; a module is loaded only when its turn comes. `delimited` takes any
#: text and therefore comes last.
READERS: Mapping[str, str] = {
    "workbook": "mailroom.readers.workbook",
    "delimited": "mailroom.readers.delimited",
}

#: A row with more cells than this is no row of a CRM export.
MAX_CELLS = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record and the line of the file on which it begins (1-based)."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """An open export: its header, and its rows, which are read only as they are asked for.

    `headers` are stripped and unique: the second "Phone" is "Phone (2)", a column without a
    name is "column 3". `rows` can be walked once and raises InputError where the file breaks.
    """

    path: Path
    headers: tuple[str, ...]
    header_line: int
    rows: Iterator[Row]
    notes: tuple[Finding, ...] = ()  #: about the whole file, such as its encoding


class Reader(Protocol):
    """The seam: what a kind of file must be able to do."""

    def identify(self, path: Path) -> bool:
        """Whether the file is of this kind; looks at its first bytes only."""
        ...

    def rows(self, path: Path) -> Iterator[Row]:
        """Every record, the header first; InputError where the file cannot be read."""
        ...

    def notes(self, path: Path) -> tuple[Finding, ...]:
        """What a person should know about the file as a whole."""
        ...


def open_table(path: Path) -> Table:
    """The table in `path`, with the reader that fits; InputError if there is none in it."""
    check_readable(path)
    reader = _reader_for(path)
    rows = _bounded(path, reader.rows(path))
    header = next((row for row in rows if any(cell.strip() for cell in row.cells)), None)
    if header is None:
        raise InputError(
            "the file is empty",
            where=path.name,
            hint="export the contacts again, with a header row",
        )
    _check_header(path, header)
    return Table(
        path=path,
        headers=unique_headers(header.cells),
        header_line=header.line,
        rows=rows,
        notes=reader.notes(path),
    )


def check_readable(path: Path) -> None:
    """InputError unless `path` is a file we may read."""
    if path.is_dir():
        hint = f"name a file, such as {path / 'contacts.csv'}"
        raise InputError("this is a folder, not a file", where=str(path), hint=hint)
    if path.exists() and not path.is_file():
        raise InputError("this is no ordinary file", where=str(path), hint="save the export first")
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        hint = "check the spelling, or give the full path"
        raise InputError("there is no such file", where=str(path), hint=hint) from None
    except OSError as error:
        hint = f"check its rights: ls -l {path}"
        message = f"the file cannot be read ({error.strerror or error})"
        raise InputError(message, where=str(path), hint=hint) from None


def unique_headers(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The header's names stripped and told apart by their position, as in "Phone (2)"."""
    names: dict[str, None] = {}
    taken = {cell.strip() for cell in cells}
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {position}"
        count, candidate = 1, name
        while candidate in names or (count > 1 and candidate in taken):
            count += 1
            candidate = f"{name} ({count})"
        names[candidate] = None
    return tuple(names)


def _reader_for(path: Path) -> Reader:
    plugged = {point.name: point.value for point in entry_points(group="mailroom.readers")}
    for where in {**plugged, **READERS}.values():
        module, _, attribute = where.partition(":")
        reader: Reader = import_module(module)
        if attribute:
            reader = getattr(reader, attribute)
        if reader.identify(path):
            return reader
    raise InputError(
        "this is not a kind of file that mailroom reads",
        where=path.name,
        hint="export as CSV (UTF-8) or as an Excel workbook (.xlsx)",
    )


def _check_header(path: Path, header: Row) -> None:
    """Say so at once when the first row is a person: the mapping would make no sense."""
    if any("@" in cell and "." in cell.rpartition("@")[2] for cell in header.cells):
        raise InputError(
            "the first row holds an e-mail address, so it is not a header",
            where=f"{path.name}:{header.line}",
            hint="export again with column names, or add a first line that names the columns",
        )


def _bounded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if len(row.cells) > MAX_CELLS:
            raise InputError(
                f"a row has {len(row.cells)} cells",
                where=f"{path.name}:{row.line}",
                hint="is this really an export of contacts? Check the delimiter and the quotes",
            )
        yield row

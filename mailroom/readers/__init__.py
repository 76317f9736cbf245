"""Readers: what turns an export file into rows of text; one file per kind of file.

A reader is a module or object that answers `identify(path)` and `rows(path)`. It never
guesses what a cell means: a ZIP of 00501 stays the text "00501". A place in the file that
cannot be read is a Finding between the rows, and the rest of the file goes on; only what is
no list of contacts at all is an InputError. Others are added by an entry point in the group
`mailroom.readers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from mailroom.errors import InputError
from mailroom.files import as_text, is_text
from mailroom.model import Finding, Severity

#: Asked in this order; a module is loaded only when its turn comes. `delimited` takes any
#: text and therefore comes last.
READERS: Mapping[str, str] = {
    "opendocument": "mailroom.readers.opendocument",
    "spreadsheetml": "mailroom.readers.spreadsheetml",
    "workbook": "mailroom.readers.workbook",
    "vcard": "mailroom.readers.vcard",
    "jsonl": "mailroom.readers.jsonl",
    "webpage": "mailroom.readers.webpage",
    "delimited": "mailroom.readers.delimited",
}

#: No CRM export has more columns; what stands beyond is not read.
MAX_CELLS = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record and the line of the file on which it begins (1-based)."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """An open export: its records as they come, the header among them, read only as asked for.

    `rows` can be walked once. A Finding in it is a place in the file that is no row.
    """

    path: Path
    rows: Iterator[Row | Finding]
    notes: tuple[Finding, ...] = ()  #: about the whole file, such as other sheets


class Reader(Protocol):
    """The seam: what a kind of file must be able to do."""

    def identify(self, path: Path) -> bool:
        """Whether the file is of this kind; looks at its first bytes only."""
        ...

    def rows(self, path: Path) -> Iterator[Row | Finding]:
        """Every record, the header first; a Finding, with `file:line`, where there is none.

        InputError where the file as a whole is none of this kind.
        """
        ...

    def notes(self, path: Path) -> tuple[Finding, ...]:
        """What a person should know about the file as a whole before it is read."""
        ...


def open_rows(path: Path) -> Rows:
    """The records in `path`, with the reader that fits; InputError if it cannot be read at all."""
    check_readable(path)
    reader = _reader_for(path)
    return Rows(path=path, rows=_bounded(path, reader.rows(path)), notes=reader.notes(path))


def check_readable(path: Path) -> None:
    """InputError unless `path` is an ordinary file we may read, whose name can be written down."""
    if not is_text(path.name):
        hint = "rename it, with letters of UTF-8"
        raise InputError("the file's name is not UTF-8", where=as_text(str(path)), hint=hint)
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


@lru_cache(maxsize=1)  # all packages that are installed are looked through for it
def _plugged() -> Mapping[str, str]:
    """The readers of other packages."""
    return {point.name: point.value for point in entry_points(group="mailroom.readers")}


def _reader_for(path: Path) -> Reader:
    for where in {**_plugged(), **READERS}.values():
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


def _bounded(path: Path, rows: Iterator[Row | Finding]) -> Iterator[Row | Finding]:
    """No row is wider than MAX_CELLS; the first that is, is named."""
    told = False
    for row in rows:
        if isinstance(row, Row) and len(row.cells) > MAX_CELLS:
            if not told:
                yield Finding(
                    rule="too-many-columns",
                    severity=Severity.WARNING,
                    message=f"a row has {len(row.cells):,} cells; the first {MAX_CELLS:,} are read",
                    where=f"{path.name}:{row.line}",
                    hint="is this really an export of contacts? Check the delimiter and the quotes",
                )
            told = True
            yield Row(row.line, row.cells[:MAX_CELLS])
        else:
            yield row

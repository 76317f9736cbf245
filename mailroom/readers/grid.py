"""Sheets that are written as marked-up text, row by row: what all of their readers have in common.

A module of such a kind of file hands out what it comes upon (`Event`). It is walked twice: once
to learn how far each sheet reaches and what a table of values does not show, once for its rows.
"""

from __future__ import annotations

import csv
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

from mailroom.errors import InputError
from mailroom.model import Finding, Severity
from mailroom.readers import MAX_CELLS as MAX_COLUMNS
from mailroom.readers import Row
from mailroom.readers.extent import MAX_BYTES, MAX_CELLS, MAX_TEXT, Places, Sheet, column_name

#: Characters of one cell; what is longer costs its row.
LONGEST = csv.field_size_limit()
#: Characters that a parser keeps while it waits for the end of a tag.
LONGEST_TOKEN = 1 << 20
_INEXACT = 2**53
_WHOLE = re.compile(r"-?\d+")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?.*)?")


@dataclass(slots=True)
class Line:
    """A row of a sheet; `cells` are without those behind the last filled one."""

    number: int
    cells: list[str]
    times: int = 1  #: so often, one below the other
    is_hidden: bool = False
    errors: list[int] = field(default_factory=list)  #: columns, from 1
    unworked: list[int] = field(default_factory=list)
    inexact: list[int] = field(default_factory=list)
    tall: list[tuple[int, int]] = field(default_factory=list)  #: column, rows it is merged over


@dataclass(slots=True)
class Begun:
    """A sheet begins; what follows is of it."""

    name: str


@dataclass(slots=True)
class Hidden:
    """Columns of the sheet that are hidden, or (without any) the sheet itself."""

    first: int = 0
    last: int = 0


Event = Begun | Hidden | Line
Walk = Callable[[Path], Iterator[Event]]


@dataclass(frozen=True, kw_only=True)
class Book:
    """What a first walk has seen: each sheet by its name, and which of them is read."""

    sheets: Mapping[str, Sheet]
    used: str
    others: tuple[str, ...] = ()  #: visible, with rows
    inexact: Places


def book_of(path: Path, walk: Walk, *, largest: bool = False) -> Book:
    """What a first walk through the file sees; kept for who asks for the same file next."""
    found = path.stat()
    return _book(path, walk, largest, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _book(path: Path, walk: Walk, largest: bool, size: int, changed: int) -> Book:
    return survey(path, walk(path), largest)


def survey(path: Path, events: Iterator[Event], largest: bool = False) -> Book:
    """A first walk; the first visible sheet with rows is used, or the `largest`.

    InputError where a sheet takes too much room, or none has rows.
    """
    sheets: dict[str, Sheet] = {}
    inexact: dict[str, Places] = {}
    hidden: set[str] = set()
    sizes: dict[str, int] = {}
    texts: dict[str, int] = {}
    name = ""
    for event in events:
        if isinstance(event, Begun):
            name = event.name
            sheets.setdefault(name, Sheet())  # it may go on, after a table in a cell of its own
            inexact.setdefault(name, Places())
            sizes.setdefault(name, 0)
            texts.setdefault(name, 0)
        elif isinstance(event, Hidden) and not event.first:
            hidden.add(name)
        elif isinstance(event, Hidden):
            ends = dict.fromkeys((column_name(event.first), column_name(event.last)))
            sheets[name].hidden_columns.add(" to ".join(ends))
        else:
            _see(sheets[name], inexact[name], event)
            sizes[name] += event.times * len(event.cells)
            texts[name] += event.times * sum(map(len, event.cells))
            if sizes[name] > MAX_CELLS or texts[name] > MAX_TEXT:
                raise _too_large(path)
    visible = [name for name in sheets if name not in hidden and sheets[name].rows]
    if not visible:
        hint = "export the contacts again, with a header row"
        raise InputError("there is no visible sheet with rows in it", where=path.name, hint=hint)
    used = max(visible, key=sizes.__getitem__) if largest else visible[0]
    others = tuple(name for name in visible if name != used)
    return Book(sheets=sheets, used=used, others=others, inexact=inexact[used])


def _see(sheet: Sheet, inexact: Places, line: Line) -> None:
    if line.cells or line.errors or line.unworked:
        sheet.rows = line.number + line.times - 1
        sheet.columns = max(sheet.columns, len(line.cells))
        if line.is_hidden:
            sheet.hidden_rows.add(str(line.number))
    for columns, places in (
        (line.errors, sheet.errors), (line.unworked, sheet.unworked), (line.inexact, inexact),
    ):  # fmt: skip
        for column in columns:
            places.add(f"{column_name(column)}{line.number}")
    for column, rows in line.tall:
        letters = column_name(column)
        sheet.tall.add(f"{letters}{line.number}:{letters}{line.number + rows - 1}")


def _too_large(path: Path) -> InputError:
    return InputError(
        f"a sheet has more than {MAX_CELLS:,} cells or {MAX_TEXT:,} characters",
        where=path.name,
        hint="is it a list of contacts? Export it as CSV (UTF-8)",
    )


def rows(path: Path, events: Iterator[Event], book: Book) -> Iterator[Row | Finding]:
    """The rows of the sheet that is used, each as wide as the sheet."""
    width = min(book.sheets[book.used].columns, MAX_COLUMNS)
    name = ""
    for event in events:
        if isinstance(event, Begun):
            name = event.name
        if name != book.used or not isinstance(event, Line) or not event.cells:
            continue
        if max(map(len, event.cells)) >= LONGEST:
            yield _endless(path, event.number)
            continue
        cells = (*event.cells, *[""] * (width - len(event.cells)))
        for number in range(event.number, event.number + event.times):
            yield Row(number, cells)
    if book.inexact.count:
        yield Finding(
            rule="inexact-number",
            severity=Severity.WARNING,
            message=f"the last digits of a number are lost in cell {book.inexact}",
            where=path.name,
            hint="if it is an id, export as CSV: a workbook keeps 15 digits of a number",
        )


def _endless(path: Path, line: int) -> Finding:
    return Finding(
        rule="broken-row",
        severity=Severity.ERROR,
        message=f"a cell in this row is longer than {LONGEST:,} characters; it was not read",
        where=f"{path.name}:{line}",
        hint="is a whole file pasted into a cell?",
    )


def number(text: str) -> str:
    """A number as a person sees it: 2134.0 is "2134"."""
    if len(text) > 40 or _WHOLE.fullmatch(text):
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value or value in (float("inf"), float("-inf")):
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def is_inexact(text: str) -> bool:
    """Whether a number is beyond the integers that a workbook can keep."""
    return len(text) > 15 and text.lstrip("-").isdecimal() and int(text[:40]) >= _INEXACT


def day(text: str) -> str:
    """A date of XML as a person sees it: a midnight is only its day."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    return match[1] if match[2] in (None, "00:00") else f"{match[1]} {match[2]}"


def trimmed(cells: list[str]) -> list[str]:
    """The cells without the empty ones at the end, no more than any export has."""
    end = min(len(cells), MAX_COLUMNS + 1)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


# XML -------------------------------------------------------------------------------------------


class Markup(ABC):
    """Handlers of one kind of XML; what they come upon is put into `found`."""

    def __init__(self) -> None:
        self.found: list[Event] = []

    @abstractmethod
    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    @abstractmethod
    def end(self, name: str) -> None: ...

    @abstractmethod
    def text(self, data: str) -> None: ...


def walk(path: Path, chunks: Iterator[bytes], markup: Markup) -> Iterator[Event]:
    """What the handlers find, as it comes. No entity is declared or fetched.

    InputError where it is damaged; names are without their namespace's prefix.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: markup.start(
        name.rpartition(":")[2], {key.rpartition(":")[2]: text for key, text in attributes.items()}
    )
    parser.EndElementHandler = lambda name: markup.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = markup.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        for chunk in chunks:
            fed += len(chunk)
            if fed > MAX_BYTES:
                raise _too_large(path)
            parser.Parse(chunk)
            if fed - parser.CurrentByteIndex > 8 * LONGEST_TOKEN:
                raise ValueError("there is a tag without an end in it")
            yield from markup.found
            markup.found.clear()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise damaged(path, error) from None
    yield from markup.found


def damaged(path: Path, error: object) -> InputError:
    """The workbook cannot be read."""
    return InputError(
        f"the workbook is damaged or locked ({error})",
        where=path.name,
        hint="open it and save it again as .xlsx without a password, or export as CSV (UTF-8)",
    )


def _refuse_doctype(*_: object) -> None:
    raise ValueError("there is a document type in it")


Events = Callable[[Path], Iterator[Event]]

"""OpenDocument spreadsheets (.ods), of LibreOffice and others: a ZIP archive with one XML part.

The value of a cell is the one that is stored beside what is shown (OpenDocument 1.3 part 3, 19.383
to 19.389): 2134 stays "2134", a date is 2026-12-24. Formulas are never worked out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from mailroom.model import Finding
from mailroom.readers import MAX_CELLS as MAX_COLUMNS
from mailroom.readers import Row, grid, told
from mailroom.readers.extent import MAX_BYTES
from mailroom.readers.grid import LONGEST, Begun, Event, Hidden, Line

_ARCHIVE = b"PK\x03\x04"
_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_HIDDEN = frozenset({"collapse", "filter"})
_MOST_ROWS = 1 << 20
_CHUNK = 1 << 20


def identify(path: Path) -> bool:
    """By its kind, which stands in clear at the archive's beginning (part 2, 3.3)."""
    with path.open("rb") as file:
        start = file.read(512)
    return start.startswith(_ARCHIVE) and _KIND in start


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every row of the first sheet that is visible and not empty, hidden ones among them."""
    yield from grid.rows(path, _events(path), grid.book_of(path, _events))


def notes(path: Path) -> tuple[Finding, ...]:
    """Other sheets, what is hidden, merged or an error."""
    book = grid.book_of(path, _events)
    return told.notes(path, book.used, book.others, book.sheets[book.used])


def _events(path: Path) -> Iterator[Event]:
    return grid.walk(path, _content(path), _Spreadsheet())


def _content(path: Path) -> Iterator[bytes]:
    try:
        with ZipFile(path) as archive:
            part = archive.getinfo("content.xml")
            part.file_size = MAX_BYTES + 2 * _CHUNK  # what the directory says may be a lie
            with archive.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
    except (zlib.error, BadZipFile, KeyError, EOFError, OSError, RuntimeError) as error:
        raise grid.damaged(path, error) from None


class _Spreadsheet(grid.Markup):
    """The elements of `content.xml` (part 3, 9)."""

    def __init__(self) -> None:
        super().__init__()
        self.style = ""
        self.unseen: set[str] = set()  # styles of sheets that are not displayed
        self.depth = 0  # of tables; one in a cell is no sheet
        self.row = self.column = 0
        self.line = Line(0, [])
        self.paragraphs: list[str] | None = None
        self.size = 0
        self.aside = 0  # in a remark on a cell
        self.attributes: Mapping[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "style":
            self.style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self.unseen.add(self.style)
        elif name == "table":
            self._table(attributes)
        elif self.depth != 1 or self.aside:
            self.aside += name in ("annotation", "shape")
        elif name == "table-column":
            times = _times(attributes, "number-columns-repeated", MAX_COLUMNS)
            if attributes.get("visibility") in _HIDDEN:
                self.found.append(Hidden(self.column + 1, self.column + times))
            self.column += times
        elif name == "table-row":
            times = _times(attributes, "number-rows-repeated", _MOST_ROWS)
            is_hidden = attributes.get("visibility") in _HIDDEN
            self.line = Line(self.row + 1, [], times, is_hidden)
        elif name in _CELLS:
            self.attributes, self.paragraphs, self.size = attributes, [], 0
        elif name in ("annotation", "shape"):
            self.aside = 1
        elif self.paragraphs is not None:
            self._in_text(name, attributes)

    def _table(self, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self.row = self.column = 0
            self.found.append(Begun(attributes.get("name", "")))
            if attributes.get("style-name") in self.unseen:
                self.found.append(Hidden())

    def _in_text(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "p":
            self.paragraphs = [*(self.paragraphs or []), ""]
        elif name == "s":
            self.text(" " * _times(attributes, "c", LONGEST))
        elif name in ("tab", "line-break"):
            self.text("\t" if name == "tab" else "\n")

    def text(self, data: str) -> None:
        if self.paragraphs and not self.aside and self.size < LONGEST:
            self.paragraphs[-1] += data
            self.size += len(data)

    def end(self, name: str) -> None:
        if name == "table":
            self.depth -= 1
        elif name in ("annotation", "shape"):
            self.aside = max(0, self.aside - 1)
        elif self.depth != 1 or self.aside:
            return
        elif name in _CELLS:
            self._cell()
        elif name == "table-row":
            self.line.cells = grid.trimmed(self.line.cells)
            self.found.append(self.line)
            self.row += self.line.times

    def _cell(self) -> None:
        attributes, line = self.attributes, self.line
        text = _value(attributes, "\n".join(self.paragraphs or []))
        self.paragraphs = None
        column = len(line.cells) + 1
        kind = attributes.get("value-type", "")
        is_worked = kind == "string" or any(key.endswith("value") for key in attributes)
        if attributes.get("formula") and not is_worked:
            line.unworked.append(column)
            text = ""
        elif attributes.get("formula") and text.startswith(("#", "Err:")):
            line.errors.append(column)
            text = ""
        if kind in _NUMBERS and grid.is_inexact(text):
            line.inexact.append(column)
        rows = _times(attributes, "number-rows-spanned", _MOST_ROWS)
        if rows > 1 and text:
            line.tall.append((column, rows))
        times = _times(attributes, "number-columns-repeated", MAX_COLUMNS)
        room = MAX_COLUMNS + 1 - len(line.cells)
        line.cells += [text] * min(times, room)


_NUMBERS = frozenset({"float", "percentage", "currency"})


def _value(attributes: Mapping[str, str], shown: str) -> str:
    """What is stored of a cell, else what is shown."""
    kind = attributes.get("value-type", "")
    if kind in _NUMBERS and "value" in attributes:
        return grid.number(attributes["value"])
    if kind == "date" and "date-value" in attributes:
        return grid.day(attributes["date-value"])
    if kind == "boolean" and "boolean-value" in attributes:
        return attributes["boolean-value"]
    return shown or attributes.get("string-value", "")


def _times(attributes: Mapping[str, str], name: str, most: int) -> int:
    text = attributes.get(name, "1")
    return min(max(int(text[:9]), 1), most) if text.isdecimal() else 1

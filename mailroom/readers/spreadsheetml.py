"""Excel's XML of 2003 (SpreadsheetML), which reports and shops still write, mostly called .xls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mailroom.model import Finding
from mailroom.readers import MAX_CELLS as MAX_COLUMNS
from mailroom.readers import Row, grid, told
from mailroom.readers.grid import LONGEST, Begun, Event, Hidden, Line

_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_MOST_ROWS = 1 << 20
_CHUNK = 1 << 17
_SAMPLE = 1 << 12
_TRUE = {"1": "true", "0": "false"}


def identify(path: Path) -> bool:
    """By the namespace of its first element."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE).replace(b"\0", b"")
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and (
        _NAMESPACE.encode() in start and b"Workbook" in start
    )


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every row of the first sheet that is visible and not empty, hidden ones among them."""
    yield from grid.rows(path, _events(path), grid.book_of(path, _events))


def notes(path: Path) -> tuple[Finding, ...]:
    """Other sheets, what is hidden, merged or an error."""
    book = grid.book_of(path, _events)
    return told.notes(path, book.used, book.others, book.sheets[book.used])


def _events(path: Path) -> Iterator[Event]:
    return grid.walk(path, _chunks(path), _Workbook())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(_CHUNK), b"")


class _Workbook(grid.Markup):
    """Its elements; an index says where a row or a cell stands if some were left out."""

    def __init__(self) -> None:
        super().__init__()
        self.row = self.column = self.before = 0
        self.line = Line(0, [])
        self.kind = ""
        self.pieces: list[str] | None = None
        self.size = 0
        self.aside = False
        self.is_visible: list[str] | None = None
        self.attributes: Mapping[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Worksheet":
            self.row = self.column = 0
            self.found.append(Begun(attributes.get("Name", "")))
        elif name == "Column":
            self.column = _index(attributes, self.column, MAX_COLUMNS)
            last = self.column + _number(attributes, "Span", MAX_COLUMNS)
            if attributes.get("Hidden") == "1":
                self.found.append(Hidden(self.column, last))
            self.column = last
        elif name == "Row":
            self.row = _index(attributes, self.row, _MOST_ROWS)
            self.line = Line(self.row, [], is_hidden=attributes.get("Hidden") == "1")
            self.before = 0
        elif name == "Cell":
            self.attributes, self.pieces, self.size, self.kind = attributes, [], 0, ""
        elif name == "Comment":
            self.aside = True
        elif name == "Data" and not self.aside:
            self.kind = attributes.get("Type", "")
        elif name == "Visible":
            self.is_visible = []

    def text(self, data: str) -> None:
        if self.is_visible is not None:
            self.is_visible.append(data)
        elif self.pieces is not None and self.kind and not self.aside and self.size < LONGEST:
            self.pieces.append(data)
            self.size += len(data)

    def end(self, name: str) -> None:
        if name == "Comment":
            self.aside = False
        elif name == "Cell":
            self._cell()
        elif name == "Row":
            self.line.cells = grid.trimmed(self.line.cells)
            self.found.append(self.line)
        elif name == "Visible":
            if "".join(self.is_visible or []).strip() in ("SheetHidden", "SheetVeryHidden"):
                self.found.append(Hidden())
            self.is_visible = None

    def _cell(self) -> None:
        attributes, line = self.attributes, self.line
        column = _index(attributes, self.before, MAX_COLUMNS + 1)
        text = _value("".join(self.pieces or []), self.kind)
        self.pieces = None
        if self.kind == "Error":
            line.errors.append(column)
        elif attributes.get("Formula") and not self.kind:
            line.unworked.append(column)
        if self.kind == "Number" and grid.is_inexact(text):
            line.inexact.append(column)
        if (down := _number(attributes, "MergeDown", _MOST_ROWS)) and text:
            line.tall.append((column, down + 1))
        line.cells += [""] * (column - 1 - len(line.cells))
        if len(line.cells) == column - 1:
            line.cells.append(text)
        self.before = column + _number(attributes, "MergeAcross", MAX_COLUMNS)


def _value(text: str, kind: str) -> str:
    match kind:
        case "Number":
            return grid.number(text.strip())
        case "DateTime":
            return grid.day(text.strip())
        case "Boolean":
            return _TRUE.get(text.strip(), text)
        case "Error":
            return ""
    return text


def _index(attributes: Mapping[str, str], before: int, most: int) -> int:
    """Where it stands: where it says, else behind the one before."""
    return min(max(_number(attributes, "Index", most), before + 1), most)


def _number(attributes: Mapping[str, str], name: str, most: int) -> int:
    text = attributes.get(name, "0")
    return min(int(text[:9]), most) if text.isdecimal() else 0

"""Tables of a web page (HTML), which many reports are, mostly called .xls; Salesforce's among them.

The largest table is read; one in another's cell is a table of its own. Nothing is fetched, no
script is looked at. A row's number is its place in the table, as a spreadsheet would show it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

from mailroom.errors import InputError
from mailroom.model import Finding
from mailroom.readers import MAX_CELLS as MAX_COLUMNS
from mailroom.readers import Row, grid, told
from mailroom.readers.grid import LONGEST, LONGEST_TOKEN, Begun, Book, Event, Hidden, Line

_SAMPLE = 1 << 12
_CHUNK = 1 << 16
_DEEPEST = 50  #: tables in one another's cells
_MOST_ROWS = 1 << 20
_BEGINS = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype html|html|head|meta|body|table|thead|tbody|tr|div|center|style|title)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What pages may declare; under the name of Latin-1 they mean Windows-1252 (WHATWG, Encoding 4.2).
_DECLARED = re.compile(
    r"utf-8|cp125\d|iso8859-\d+|koi8-[ru]|shift_jis|cp932|euc_jp|euc_kr|cp949|gb2312|gbk|gb18030|big5"
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_UNSEEN = frozenset({"script", "style", "title", "noscript", "template"})
_BREAKS = frozenset({"br", "p", "div", "li"})


def identify(path: Path) -> bool:
    """By its first tag."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    text = start.decode(_codec(start), "replace").lstrip("\ufeff \t\r\n")
    return bool(_BEGINS.match(text))


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every row of the largest table, hidden ones among them."""
    yield from grid.rows(path, _events(path), _book(path))


def notes(path: Path) -> tuple[Finding, ...]:
    """Other tables, what is hidden or merged."""
    book = _book(path)
    others = [name for name in book.others if _is_list(book, name)]
    return told.notes(path, book.used, others, book.sheets[book.used])


def _is_list(book: Book, name: str) -> bool:
    """Whether it may be another list, and is not only there for the looks of the page."""
    return book.sheets[name].rows > 1 and book.sheets[name].columns > 1


def _book(path: Path) -> Book:
    try:
        return grid.book_of(path, _events, largest=True)
    except InputError as error:
        if "no visible sheet" not in error.message:
            raise
        hint = "export the contacts as CSV (UTF-8) or as .xlsx"
        message = "this is a web page (HTML) without a table, not a list of contacts"
        raise InputError(message, where=path.name, hint=hint) from None


def _events(path: Path) -> Iterator[Event]:
    page = _Page()
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
        file.seek(0)
        decoder = codecs.getincrementaldecoder(_codec(start))("replace")
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            page.feed(decoder.decode(chunk))
            if len(page.rawdata) > LONGEST_TOKEN:
                raise grid.damaged(path, "there is a tag without an end in it")
            yield from page.found
            page.found.clear()
    page.feed(decoder.decode(b"", True))
    page.close()
    page.ended()
    yield from page.found


def _codec(start: bytes) -> str:
    """By its mark, else as the page says, else UTF-8, or Windows-1252 where it cannot be that."""
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return codec
    if match := _CHARSET.search(start):
        try:
            name = codecs.lookup(match[1].decode("ascii")).name
        except (LookupError, UnicodeDecodeError):
            name = ""
        if _DECLARED.fullmatch(name):
            return "cp1252" if name == "iso8859-1" else name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class _Table:
    """A table whose end has not come yet."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0  # of the last row
        self.line: Line | None = None
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.below: dict[int, int] = {}  # column -> rows that a cell above still takes
        self.size = 0


class _Page(HTMLParser):
    """What stands in the page's tables. A tag that is left out is put in, as browsers do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Event] = []
        self.tables: list[_Table] = []
        self.named = ""  # the table that was spoken of last
        self.count = 0
        self.unseen = ""
        self.rawdata: str = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        table = self.tables[-1] if self.tables else None
        attributes = {name: text or "" for name, text in attrs}
        if tag in _UNSEEN:
            self.unseen = tag
        elif tag == "table" and len(self.tables) < _DEEPEST:
            self.count += 1
            self.tables.append(_Table(f"table {self.count}"))
            if _is_hidden(attributes):
                self._tell(self.tables[-1], Hidden())
        elif table is None:
            return
        elif tag == "tr":
            self._row(table, attributes)
        elif tag in ("td", "th"):
            self._cell(table, attributes)
        elif tag in _BREAKS and table.cell is not None:
            table.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        table = self.tables[-1] if self.tables else None
        if tag == self.unseen:
            self.unseen = ""
        elif table is None:
            return
        elif tag in ("td", "th"):
            self._end_cell(table)
        elif tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row(table)
        elif tag == "table":
            self._end_row(table)
            self.tables.pop()
        elif tag in _BREAKS and table.cell is not None:
            table.cell.append("\n")

    def handle_data(self, data: str) -> None:
        table = self.tables[-1] if self.tables else None
        if table and table.cell is not None and not self.unseen and table.size < LONGEST:
            table.cell.append(_BLANKS.sub(" ", data.replace("\0", "")))
            table.size += len(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Word's and Excel's `<![if …]>` is nothing; no other is either."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    def ended(self) -> None:
        """The page ends, whatever is still open."""
        while self.tables:
            self._end_row(self.tables[-1])
            self.tables.pop()

    # Rows -----------------------------------------------------------------------------------

    def _tell(self, table: _Table, event: Event) -> None:
        if self.named != table.name:
            self.found.append(Begun(table.name))
            self.named = table.name
        self.found.append(event)

    def _row(self, table: _Table, attributes: dict[str, str]) -> None:
        self._end_row(table)
        table.number += 1
        table.line = Line(table.number, [], is_hidden=_is_hidden(attributes))

    def _cell(self, table: _Table, attributes: dict[str, str]) -> None:
        self._end_cell(table)
        if table.line is None:
            self._row(table, {})
        table.cell, table.size = [], 0
        across = _number(attributes.get("colspan", ""), MAX_COLUMNS)
        table.spans = (across, _number(attributes.get("rowspan", ""), _MOST_ROWS))

    def _end_cell(self, table: _Table) -> None:
        line = table.line
        if table.cell is None or line is None:
            return
        text = "\n".join(filter(None, map(str.strip, "".join(table.cell).split("\n"))))
        table.cell = None
        while len(line.cells) in table.below:  # a cell above takes this place
            line.cells.append("")
        across, down = table.spans
        if len(line.cells) > MAX_COLUMNS:
            return
        if down > 1:
            table.below |= dict.fromkeys(range(len(line.cells), len(line.cells) + across), down)
            if text:
                line.tall.append((len(line.cells) + 1, down))
        line.cells += [text, *[""] * (across - 1)]

    def _end_row(self, table: _Table) -> None:
        self._end_cell(table)
        if table.line is None:
            return
        table.line.cells = grid.trimmed(table.line.cells)
        self._tell(table, table.line)
        table.line = None
        table.below = {place: rows - 1 for place, rows in table.below.items() if rows > 1}


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))


def _number(text: str, most: int) -> int:
    return min(max(int(text[:9]), 1), most) if text.isdecimal() else 1

"""How much room a workbook will take, told before anybody makes that room.

A cell A1 and a cell XFD1048576 are 5 kB of file and, as the table a reader makes of them, half
a terabyte: the process ends before there is an exception to catch. So each part is unpacked
once in a stream, and only where its farthest cell lies is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from mailroom.errors import InputError

#: Of all parts, unpacked; 100,000 people with 50 columns take some 150 MB.
MAX_BYTES = 200_000_000
#: Rows times columns of one sheet, empty cells among them.
MAX_CELLS = 5_000_000

_CHUNK = 1 << 20
_SHEET = b"sheetData"
#: What makes a cell more than a frame round nothing (ECMA-376 part 1, 18.3.1.4).
_FILLED = frozenset({"v", "is"})
_OTHER_KINDS = frozenset({"content.xml", "xl/workbook.bin"})


def check_extent(path: Path) -> None:
    """InputError where the .xlsx unpacks to too much; whatever zipfile raises where it is none."""
    unpacked = 0
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":  # ZipFile would look for an archive further down
            raise BadZipFile("it is not a ZIP archive")
    with ZipFile(path) as archive:
        if _OTHER_KINDS & {name.casefold() for name in archive.namelist()}:
            hint = "save it as .xlsx, or export as CSV (UTF-8)"
            raise InputError("this is another kind of workbook", where=path.name, hint=hint)
        for part in archive.infolist():
            sheet = _Sheet(path.name)
            for chunk in _chunks(archive, part):
                unpacked += len(chunk)
                if unpacked > MAX_BYTES:
                    raise InputError(
                        f"the workbook unpacks to over {MAX_BYTES // 1_000_000} MB",
                        where=path.name,
                        hint="export as CSV (UTF-8): that is read in a stream",
                    )
                sheet.feed(chunk)
            sheet.close()


def _chunks(archive: ZipFile, part: ZipInfo) -> Iterator[bytes]:
    part.file_size = MAX_BYTES + 1  # what the directory says may be a lie: read to the very end
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Sheet:
    """One part, which may be a sheet: how far its filled cells reach.

    A cell without a reference follows the one before it. What is no XML is no sheet, unless it
    says it is: then another parser might read what ours cannot.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.row = self.column = 0  # of the cell we are in
        self.rows = self.columns = 0  # the farthest
        self.tail = b""
        self.is_sheet = False
        self.broken: Exception | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, chunk: bytes, final: bool = False) -> None:
        self.is_sheet = self.is_sheet or _SHEET in self.tail + chunk
        self.tail = chunk[-len(_SHEET) :]
        if self.broken is None:
            try:
                self.parser.Parse(chunk, final)
            except (expat.ExpatError, ValueError) as error:
                self.broken = error

    def close(self) -> None:
        self.feed(b"", final=True)
        if self.broken and self.is_sheet:
            raise self.broken

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._cell(attributes.get("r", ""))
        elif name in _FILLED:
            if self.column > self.columns or self.row > self.rows:
                self._reach()
        elif name == "row":
            self.row, self.column = int(attributes.get("r") or self.row + 1), 0
        elif ":" in name:
            self._start(name.rpartition(":")[2], attributes)

    def _cell(self, reference: str) -> None:
        if not reference:
            self.column += 1
            return
        letters = reference.rstrip("0123456789")
        self.row, self.column = int(reference[len(letters) :]), _column(letters)

    def _reach(self) -> None:
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        if self.rows * self.columns > MAX_CELLS:
            raise InputError(
                f"a sheet reaches to row {self.rows:,} and column {self.columns:,}: "
                f"more than {MAX_CELLS:,} cells",
                where=self.file,
                hint="delete what stands far beyond the list (in Excel, Ctrl+End goes there), "
                "or export as CSV (UTF-8)",
            )


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """16384 for XFD; ValueError for what is no column."""
    number = 0
    for letter in letters:
        number = number * 26 + int(letter, 36) - 9
    return number


def _refuse_doctype(*_: object) -> None:
    raise ValueError("there is a document type in it")

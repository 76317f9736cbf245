"""How much room a workbook will take, told before anybody makes that room.

A cell A1 and a cell XFD1048576 are 5 kB of file and, as the table a reader makes of them, half
a terabyte: the process ends before there is an exception to catch. So each part is unpacked
once in a stream, and only where its farthest cell lies is remembered; and beside it what a
table of values does not show: what is hidden, what is an error, what was never worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from posixpath import join, normpath
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from mailroom.errors import InputError

#: Of all parts, unpacked; 100,000 people with 50 columns take some 150 MB.
MAX_BYTES = 200_000_000
#: Rows times columns of one sheet, empty cells among them.
MAX_CELLS = 5_000_000
#: Characters in the cells of one sheet, where one shared text may stand in a million cells.
MAX_TEXT = 200_000_000
#: Files in the archive; a workbook has one a sheet and some ten more.
MAX_PARTS = 2_000

_CHUNK = 1 << 20
#: Bytes that a parser keeps while it waits for the end of a tag; Excel writes some hundred.
_LONGEST_TOKEN = 8 << 20
_SHEET = b"sheetData"
#: What makes a cell more than a frame round nothing (ECMA-376 part 1, 18.3.1.4).
_FILLED = frozenset({"v", "is"})
_LONGEST_NUMBER = 20
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ$"
_TRUE = frozenset({"1", "true"})
_MOST_NAMED = 5
_OTHER_KINDS = frozenset({"content.xml", "xl/workbook.bin"})


@dataclass(slots=True)
class Places:
    """How many there are of something, and where the first few are."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        self.count += 1
        if len(self.first) < _MOST_NAMED:
            self.first.append(place)

    def __str__(self) -> str:
        return ", ".join(self.first) + (" and more" if self.count > len(self.first) else "")


@dataclass(slots=True)
class Sheet:
    """What was seen of a sheet in passing (ECMA-376 part 1, 18.3.1)."""

    rows: int = 0  #: the farthest with something in it
    shared: int = 0  #: cells whose text stands among the shared ones
    columns: int = 0
    hidden_rows: Places = field(default_factory=Places)  #: by number, those with something in them
    hidden_columns: Places = field(default_factory=Places)  #: "C" or "C to E"
    errors: Places = field(default_factory=Places)  #: cells such as #N/A
    unworked: Places = field(default_factory=Places)  #: cells with a formula and no value
    tall: Places = field(default_factory=Places)  #: merged cells over several rows, "A4:A6"


def check_extent(path: Path) -> Mapping[str, Sheet]:
    """What there is to see of each sheet, by name; InputError where it unpacks to too much.

    Whatever zipfile and expat raise where it is no workbook.
    """
    unpacked = 0
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":  # ZipFile would look for an archive further down
            raise BadZipFile("it is not a ZIP archive")
    seen: dict[str, _Part] = {}
    with ZipFile(path) as archive:
        if _OTHER_KINDS & {name.casefold() for name in archive.namelist()}:
            hint = "save it as .xlsx, or export as CSV (UTF-8)"
            raise InputError("this is another kind of workbook", where=path.name, hint=hint)
        if len(archive.infolist()) > MAX_PARTS:
            hint = "save the sheet with the contacts as a file of its own"
            raise InputError("the workbook has too many parts", where=path.name, hint=hint)
        _check_bytes(path, sum(info.file_size for info in archive.infolist()))
        for info in archive.infolist():
            part = _Part(path.name)
            for chunk in _chunks(archive, info):
                unpacked += len(chunk)
                _check_bytes(path, unpacked)
                part.feed(chunk)
            part.close()
            seen[info.filename.casefold()] = part
        texts = [length for part in seen.values() for length in part.texts]
        for info in archive.infolist():
            if seen[info.filename.casefold()].sheet.shared * max(texts, default=0) > MAX_TEXT:
                _check_texts(path, _chunks(archive, info), texts)
    return _by_name(seen)


def _check_bytes(path: Path, unpacked: int) -> None:
    """By what the directory says, at once; and, since that may be a lie, by what there is."""
    if unpacked > MAX_BYTES:
        raise InputError(
            f"the workbook unpacks to over {MAX_BYTES // 1_000_000} MB",
            where=path.name,
            hint="export as CSV (UTF-8): that is read in a stream",
        )


def _check_texts(path: Path, chunks: Iterator[bytes], texts: Sequence[int]) -> None:
    """Refuse a sheet whose cells, each with a copy of its text, would hold too much of it."""
    total, value = 0, ""

    def start(*_: object) -> None:
        nonlocal value
        value = ""

    def characters(data: str) -> None:
        nonlocal value
        value = (value + data)[:_LONGEST_NUMBER]

    def end(name: str) -> None:
        nonlocal total
        if name.rpartition(":")[2] == "v" and value.strip().isdecimal():
            number = int(value)
            total += texts[number] if number < len(texts) else 0

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    for chunk in chunks:
        parser.Parse(chunk)
        if total > MAX_TEXT:
            raise InputError(
                f"the cells of a sheet hold over {MAX_TEXT:,} characters",
                where=path.name,
                hint="is it a list of contacts? Export it as CSV (UTF-8)",
            )


def _by_name(seen: Mapping[str, _Part]) -> Mapping[str, Sheet]:
    """The sheets by the names that the workbook gives them (18.2.19 and part 2, 9.3)."""
    book = seen.get("xl/workbook.xml")
    relations = seen.get("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {}
    found = {}
    for name, relation in book.names.items():
        target = relations.targets.get(relation, "").replace("\\", "/")
        part = normpath(join("/xl", target)).lstrip("/").casefold()
        if part in seen:
            found[name] = seen[part].sheet
    return found


def _chunks(archive: ZipFile, part: ZipInfo) -> Iterator[bytes]:
    # What the directory says may be a lie: read to the very end, or until it is too much; the
    # checksum of a part that is cut off must not be what is told.
    part.file_size = MAX_BYTES + 2 * _CHUNK
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Part:
    """One part, which may be a sheet: how far its filled cells reach.

    A cell without a reference follows the one before it. What is no XML is no sheet, unless it
    says it is: then another parser might read what ours cannot.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.row = self.column = 0  # of the cell we are in
        self.sheet = Sheet()
        self.names: dict[str, str] = {}  # of sheets, with their relations
        self.targets: dict[str, str] = {}  # of relations
        self.texts: list[int] = []  # lengths of shared texts
        self.tail = b""
        self.fed = 0  # bytes
        self.is_sheet = False
        self.broken: Exception | None = None
        self.is_hidden = False  # the row we are in, as long as nothing in it was seen
        self.formula = ""  # the cell whose value is awaited
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, chunk: bytes, final: bool = False) -> None:
        self.is_sheet = self.is_sheet or _SHEET in self.tail + chunk
        self.tail = chunk[-len(_SHEET) :]
        if self.broken is None:
            try:
                self.parser.Parse(chunk, final)
                self.fed += len(chunk)
                if self.fed - self.parser.CurrentByteIndex > _LONGEST_TOKEN:
                    raise ValueError("there is a tag or a value without an end in it")
            except (expat.ExpatError, ValueError) as error:
                self.broken = error

    def close(self) -> None:
        self.feed(b"", final=True)
        self._end_formula()
        if self.broken and self.is_sheet:
            raise self.broken

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._cell(attributes.get("r", ""))
            kind = attributes.get("t")
            if kind == "s":
                self.sheet.shared += 1
            elif kind == "e":
                self.sheet.errors.add(self._reference())
        elif name in _FILLED:
            if self.column > self.sheet.columns or self.row > self.sheet.rows:
                self._reach()
            if self.is_hidden:
                self.sheet.hidden_rows.add(str(self.row))
                self.is_hidden = False
            if self.formula:
                self.parser.CharacterDataHandler = self._value
        elif name == "f":
            self.formula = self._reference()
        elif name == "row":
            self.row, self.column = int(attributes.get("r") or self.row + 1), 0
            self.is_hidden = attributes.get("hidden") in _TRUE
        elif name == "col":
            if attributes.get("hidden") in _TRUE:
                first, last = (int(attributes.get(end, "0")) for end in ("min", "max"))
                names = dict.fromkeys((column_name(first), column_name(last)))
                self.sheet.hidden_columns.add(" to ".join(names))
        elif name == "mergeCell":
            reference = attributes.get("ref", "")
            top, bottom = (end.lstrip(_LETTERS) for end in (reference + ":").split(":")[:2])
            if bottom and top != bottom:
                self.sheet.tall.add(reference)
        elif name == "si":
            self.texts.append(0)
            self.parser.CharacterDataHandler = self._shared
        elif name == "sheet":
            relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            self.names.setdefault(attributes.get("name", ""), relation)
        elif name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif ":" in name:
            self._start(name.rpartition(":")[2], attributes)

    def _cell(self, reference: str) -> None:
        if self.formula:
            self._end_formula()
        if not reference:
            self.column += 1
            return
        letters = reference.rstrip("0123456789")
        self.row, self.column = int(reference[len(letters) :]), _column(letters)

    def _reference(self) -> str:
        return f"{column_name(self.column)}{self.row}"

    def _shared(self, text: str) -> None:
        self.texts[-1] += len(text)

    def _value(self, _: str) -> None:
        self.formula = ""
        self.parser.CharacterDataHandler = None

    def _end_formula(self) -> None:
        """No text has come since: the formula was written by a program and never worked out."""
        if self.formula:
            self.sheet.unworked.add(self.formula)
            self._value("")

    def _reach(self) -> None:
        sheet = self.sheet
        sheet.rows, sheet.columns = max(sheet.rows, self.row), max(sheet.columns, self.column)
        if sheet.rows * sheet.columns > MAX_CELLS:
            raise InputError(
                f"a sheet reaches to row {sheet.rows:,} and column {sheet.columns:,}: "
                f"more than {MAX_CELLS:,} cells",
                where=self.file,
                hint="delete what stands far beyond the list (in Excel, Ctrl+End goes there), "
                "or export as CSV (UTF-8)",
            )


def column_name(number: int) -> str:
    """XFD for 16384."""
    letters = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """16384 for XFD; ValueError for what is no column."""
    number = 0
    for letter in letters:
        number = number * 26 + int(letter, 36) - 9
    return number


def _refuse_doctype(*_: object) -> None:
    raise ValueError("there is a document type in it")

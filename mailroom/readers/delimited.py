"""Comma, semicolon, tab or pipe separated text, streamed; a thin coat over the stdlib's csv.

The encoding is never guessed: a byte order mark decides, else the text is UTF-8, else it is
Windows-1252, and then we say so. Guessing turned "Muñoz" into "Muńoz" in print.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from mailroom.errors import InputError
from mailroom.model import Finding, Severity
from mailroom.readers import Row

DELIMITERS = ",;\t|"

#: Characters in one line. The widest real export seen has some 20,000.
MAX_LINE = 1 << 20
#: Characters in one record, whose cells may run over many lines.
MAX_RECORD = 1 << 22

_CHUNK = 1 << 20
_SAMPLE_RECORDS = 25
#: UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x1f\x8b": "a compressed file",
}


def identify(path: Path) -> bool:
    """Any file; `rows` says what is wrong with one that is not text."""
    return path.is_file()


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every record with the line on which it begins; blank lines are passed over."""
    encoding = encoding_of(path)
    delimiter, skip = _delimiter_of(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        yield from _records(path.name, file, delimiter, skip)


def notes(path: Path) -> tuple[Finding, ...]:
    """A note when the text is not Unicode: then names with accents want a look."""
    encoding = encoding_of(path)
    if encoding != "cp1252":
        return ()
    return (
        Finding(
            rule="not-unicode",
            severity=Severity.NOTE,
            message="not UTF-8, so it was read as Windows-1252",
            where=path.name,
            hint="look at the names with accents; if one is wrong, export as CSV UTF-8",
        ),
    )


def encoding_of(path: Path) -> str:
    """The codec that reads the whole file; InputError says where none does."""
    with path.open("rb") as file:
        start = file.read(8)
    for magic, kind in _FOREIGN.items():
        if start.startswith(magic):
            hint = "export the contacts as CSV (UTF-8) or as .xlsx"
            raise InputError(f"this is {kind}, not a CSV file", where=path.name, hint=hint)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            _survey(path, encoding)
            return encoding
    try:
        _survey(path, "utf-8")
    except UnicodeDecodeError:
        _survey(path, "cp1252")
        return "cp1252"
    return "utf-8"


def _survey(path: Path, encoding: str) -> None:
    """Decode the whole file in pieces, so that nothing breaks after the first rows are used.

    UnicodeDecodeError only for UTF-8 without a mark, where there is another codec to try.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line, open_line = 1, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                if encoding == "utf-8":
                    raise
                line += chunk[: error.start].count(b"\n")
                raise _undecodable(path, line, encoding) from None
            open_line = _check_chunk(path, text, line, open_line)
            line += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if encoding == "utf-8":
            raise
        raise _undecodable(path, line, encoding) from None


def _check_chunk(path: Path, text: str, line: int, open_line: int) -> int:
    """Refuse NUL and endless lines; the length of the line still open at the chunk's end."""
    if "\0" in text:
        line += text[: text.index("\0")].count("\n")
        hint = "is it the right file? Export the contacts as CSV (UTF-8)"
        raise InputError("there are NUL bytes: not text", where=f"{path.name}:{line}", hint=hint)
    end = max(text.rfind("\n"), text.rfind("\r"))
    open_line = open_line + len(text) if end < 0 else len(text) - end - 1
    if open_line > MAX_LINE:
        raise _too_long(path.name, line + text.count("\n"))
    return open_line


def _undecodable(path: Path, line: int, encoding: str) -> InputError:
    name = {"cp1252": "UTF-8 or Windows-1252", "utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    return InputError(
        f"the text is not {name}",
        where=f"{path.name}:{line}",
        hint="save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8)",
    )


def _too_long(name: str, line: int) -> InputError:
    return InputError(
        f"a line or record is longer than {MAX_LINE:,} characters",
        where=f"{name}:{line}",
        hint="is a quotation mark missing, or is this not a list of contacts?",
    )


class _Lines:
    """The physical lines of a file, none longer than we can hold, and how many went by."""

    def __init__(self, name: str, file: TextIO) -> None:
        self.name = name
        self.number = 0
        self.record = 0  #: characters since the record began
        self.ended = False
        self._file = file

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE + 1)
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        self.record += len(line)
        if len(line) > MAX_LINE or self.record > MAX_RECORD:
            raise _too_long(self.name, self.number)
        return line


def _records(name: str, file: TextIO, delimiter: str, skip: int) -> Iterator[Row]:
    lines = _Lines(name, file)
    for _ in islice(lines, skip):
        pass
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        begin, lines.record = lines.number + 1, 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            hint = "is a quotation mark missing on this line?"
            raise InputError(f"{error}", where=f"{name}:{begin}", hint=hint) from None
        if cells is None:
            return
        if lines.ended:
            # csv hands over what it has: everybody below would silently be part of one cell.
            raise InputError(
                "a quotation mark opens in this record and is never closed",
                where=f"{name}:{begin}",
                hint='close it, or double it ("") where it is meant as a character',
            )
        if cells:
            yield Row(begin, tuple(cells))


def _delimiter_of(path: Path, encoding: str) -> tuple[str, int]:
    """The delimiter, and how many lines Excel's `sep=;` takes before the header."""
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(1 << 16)
    declared = sample.partition("\n")[0].strip("\r").casefold()
    if len(declared) == 5 and declared.startswith("sep=") and declared[4] in DELIMITERS:
        return declared[4], 1
    return max(DELIMITERS, key=lambda mark: _fit(sample, mark)), 0


def _fit(sample: str, delimiter: str) -> tuple[int, int]:
    """How many sample records are as wide as the first one, and how wide that is.

    A delimiter that never occurs makes one column of everything, so it fits worst.
    """
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = [len(cells) for cells in islice(reader, _SAMPLE_RECORDS) if cells]
    except csv.Error:
        return (0, 0)
    if not widths or widths[0] < 2:
        return (0, 0)
    return (Counter(widths)[widths[0]], widths[0])

"""Comma, semicolon, tab or pipe separated text, streamed; a thin coat over the stdlib's csv.

RFC 4180, read with patience: a quotation mark that is never closed, a NUL byte or an endless
cell costs the row in which it stands. The lines after it are read anew, as far as that is not
more work than the file itself.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from mailroom.model import Finding, Severity
from mailroom.readers import Row
from mailroom.readers.text import UNREAD, Text

DELIMITERS = ",;\t|"

#: Characters in one record, whose cells may run over many lines. A cell has at most the 131,072
#: characters of `csv.field_size_limit`, which is as much as Salesforce's longest field.
MAX_RECORD = 1 << 22

#: Is in no text: then a line is one cell.
_NO_DELIMITER = "\x1f"
_SAMPLE_LINES = 400
_SAMPLE_CHARACTERS = 1 << 16
_PATIENCE = 8  #: times the file's length that is read anew after stray quotation marks
#: So many cells in a quoted stretch of lines that are as wide as rows are no chance.
_SURELY_ROWS = 8

_STRAY = "a quotation mark opens in this row and is never closed"
_STRAY_HINT = 'close it, or double it ("") where it is meant as a character'
_LONG_HINT = "is a quotation mark missing, or a whole file pasted into a cell?"


def identify(path: Path) -> bool:
    """Any file; `rows` says what is wrong with one that is not text."""
    return path.is_file()


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every record with the line on which it begins; blank lines are passed over."""
    text = Text(path)
    blocks = text.blocks()
    first = next(blocks, [])
    delimiter, width, skip = _delimiter_of(first)
    records = _Records(text.name, delimiter, width, skip)
    yield from records.read(chain((first,), blocks))
    yield from text.findings()


def notes(path: Path) -> tuple[Finding, ...]:
    """None: what there is to say is known only at the end."""
    return ()


class _Records:
    """One pass over a file's lines. `at` and `end` are indices into the lines at hand."""

    def __init__(self, name: str, delimiter: str, width: int, skip: int = 0) -> None:
        self.name = name
        self.delimiter = delimiter
        self.width = width  #: of most rows
        self.first = 1  #: the number of the first line at hand
        self._skip = skip
        self._in_cell = False  #: in one too long to be kept, until it closes
        self._seen = self._again = 0  #: characters read, and read anew

    def read(self, blocks: Iterator[list[str]]) -> Iterator[Row | Finding]:
        lines: list[str] = []
        for block in blocks:
            self._seen += sum(map(len, block))
            lines += block
            lines = yield from self._walk(lines)
        yield from self._walk(lines, last=True)

    def _walk(
        self, lines: list[str], last: bool = False
    ) -> Generator[Row | Finding, None, list[str]]:
        """The records of some lines; the lines of one that is still open at their end."""
        count = len(lines)
        damaged = any(UNREAD in line for line in lines)
        lines.append("\n")  # which only a cell that is still open at the end would take
        at, self._skip = min(self._skip, count), 0
        if self._in_cell:
            at = self._end_of_cell(lines, at)
        while at < count:
            start, first = at, self.first
            reader = csv.reader(
                map(lines.__getitem__, range(start, count + 1)), delimiter=self.delimiter
            )
            try:
                for cells in reader:
                    end = start + reader.line_num
                    if end - at > 1 or (damaged and at < count):
                        if end > count and not last and self._may_grow(lines, at):
                            self.first += at
                            return lines[at:count]
                        if fault := self._fault(lines, at, end, cells):
                            finding, at = fault
                            yield finding
                            break
                    if cells:
                        yield Row(first + at, tuple(cells))
                    at = end
            except csv.Error:  # a cell beyond the limit
                finding, at = self._too_long(lines, at, start + reader.line_num)
                yield finding
        self.first += count
        return []

    def _may_grow(self, lines: Sequence[str], at: int) -> bool:
        return sum(map(len, islice(lines, at, None))) <= MAX_RECORD

    def _fault(
        self, lines: Sequence[str], at: int, end: int, cells: Sequence[str]
    ) -> tuple[Finding, int] | None:
        """What is wrong with a record of several lines or with NUL, and where to go on."""
        if end >= len(lines):
            if self._may_grow(lines, at):
                return self._stray(lines, at, len(lines) - 1)
            return self._too_long(lines, at, len(lines) - 1)
        if end - at > 1 and not self._is_closed(lines[at:end]):
            return self._stray(lines, at, end)
        if UNREAD not in "".join(cells):
            return None
        if lines[at].strip('\r\n"') == UNREAD:
            return self._broken(at, end, "the line is too long", _LONG_HINT), end
        hint = "is the file damaged? Export it again"
        return self._broken(at, end, "there are bytes in this row that are not text", hint), end

    def _is_closed(self, lines: Sequence[str]) -> bool:
        """Whether the quotation marks of a record of several lines are where they belong.

        A stray one takes in what follows until the next, which mostly opens a cell: then a
        letter comes after it, not a delimiter. Or whole rows stand in one cell.
        """
        try:
            list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        return self.width < 4 or not self._are_rows(lines[1:-1])

    def _are_rows(self, lines: Sequence[str]) -> bool:
        alike = sum(line.count(self.delimiter) == self.width - 1 for line in lines)
        return alike * 2 > len(lines) and alike * self.width >= _SURELY_ROWS

    def _stray(self, lines: Sequence[str], at: int, end: int) -> tuple[Finding, int]:
        """Only the line is lost in which it opens, unless all was read again too often."""
        self._again += sum(map(len, islice(lines, at + 1, end)))
        follow = at + 1 if self._again <= self._seen * _PATIENCE else end
        return self._broken(at, follow, _STRAY, _STRAY_HINT), follow

    def _too_long(self, lines: Sequence[str], at: int, end: int) -> tuple[Finding, int]:
        """A cell without end: what it holds is passed over, unless that looks like rows."""
        limit = csv.field_size_limit()
        message = f"a cell in this row is longer than {limit:,} characters"
        if end - at == 1:
            return self._broken(at, end, message, _LONG_HINT), end
        if self._are_rows(lines[at + 1 : end - 1]):
            return self._stray(lines, at, end)
        return self._broken(at, at + 1, message, _LONG_HINT), self._end_of_cell(lines, end - 1)

    def _end_of_cell(self, lines: Sequence[str], at: int) -> int:
        """Behind the next line with a quotation mark that has no other to go with it."""
        stop = len(lines) - 1
        close = next((i for i in range(at, stop) if lines[i].count('"') % 2), stop)
        self._in_cell = close == stop
        return min(close + 1, stop)

    def _broken(self, at: int, end: int, message: str, hint: str) -> Finding:
        line, last = self.first + at, self.first + end - 1
        if last > line:
            message += f" (up to line {last})"
        return Finding(
            rule="broken-row",
            severity=Severity.ERROR,
            message=f"{message}; it was not read",
            where=f"{self.name}:{line}",
            hint=hint,
        )


def _delimiter_of(lines: Sequence[str]) -> tuple[str, int, int]:
    """The delimiter, the width of most rows, and how many lines Excel's `sep=;` takes.

    That one under which the most rows are equally wide, however many lines of a title stand
    before them. Where none makes two columns of the first line, it is one column.
    """
    sample = _sample(lines)
    declared = sample[0].rstrip("\r\n").casefold() if sample else ""
    if len(declared) == 5 and declared.startswith("sep=") and declared[4] in DELIMITERS:
        return declared[4], _fit(sample[1:], declared[4])[1], 1
    fits = {mark: _fit(sample, mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: fits[mark])
    if fits[best][1] < 2:
        return _NO_DELIMITER, 1, 0
    return best, fits[best][1], 0


def _sample(lines: Sequence[str]) -> list[str]:
    sample: list[str] = []
    size = 0
    for line in islice(lines, _SAMPLE_LINES):
        size += len(line)
        if sample and size > _SAMPLE_CHARACTERS:
            break
        sample.append(line)
    return sample


def _fit(sample: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many sample records are of the width that most have, and what that is.

    A delimiter that never occurs makes one column of everything, so it fits worst.
    """
    found = _Records("", delimiter, 0).read(iter([list(sample)]))
    widths = [len(row.cells) for row in found if isinstance(row, Row)]
    common = Counter(width for width in widths if width > 1).most_common()
    if not common:
        return (0, 1)
    return max((count, width) for width, count in common)

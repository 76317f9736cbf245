"""Comma, semicolon, tab or pipe separated text, streamed; a thin coat over the stdlib's csv.

RFC 4180, read with patience: a quotation mark that is never closed, a NUL byte or an endless
cell costs the row in which it stands. The lines after it are read anew, as far as that is not
more work than the file itself.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailroom.model import Finding, Severity
from mailroom.readers import Row
from mailroom.readers.text import UNREAD, Text

if TYPE_CHECKING:
    from _csv import Reader

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
    records = _Records(text.name, *_form_of(first))
    yield from records.read(chain((first,), blocks))
    yield from text.findings()


def notes(path: Path) -> tuple[Finding, ...]:
    """None: what there is to say is known only at the end."""
    return ()


class _Form(NamedTuple):
    """How the cells of a file are told apart."""

    delimiter: str
    escape: str | None = None
    spaced: bool = False  #: blanks between a delimiter and a quotation mark are nothing


class _Records:
    """One pass over a file's lines. `at` and `end` are indices into the lines at hand."""

    def __init__(self, name: str, form: _Form, width: int = 0, skip: int = 0) -> None:
        self.name = name
        self.form = form
        self.width = width  #: of most rows
        self._before = width  #: of the row before one with too long a cell
        self.first = 1  #: the number of the first line at hand
        self._skip = skip
        self._in_cell = False  #: in one too long to be kept, until it closes
        self._begun = 0  #: the number of the line on which its row begins
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
        if was_in_cell := self._in_cell:
            at = self._end_of_cell(lines, at)
        if was_in_cell and not self._in_cell:
            yield self._endless(at)
        before: Sequence[str] = ()
        while at < count:
            start, first = at, self.first
            reader = self._reader(map(lines.__getitem__, range(start, count + 1)))
            try:
                for cells in reader:
                    end = start + reader.line_num
                    if end - at > 1 or (damaged and at < count):
                        if end > count and not last and self._may_grow(lines, at):
                            self.first += at
                            self._before = len(before) or self._before
                            return lines[at:count]
                        if fault := self._fault(lines, at, end, cells):
                            finding, at = fault
                            if finding:
                                yield finding
                            break
                    if cells:
                        yield Row(first + at, tuple(cells))
                        before = cells
                    at = end
            except csv.Error:  # a cell beyond the limit
                self._before = len(before) or self._before
                finding, at = self._too_long(lines, at, start + reader.line_num)
                if finding:
                    yield finding
        if last and self._in_cell:
            yield self._endless(count)
        self.first += count
        self._before = len(before) or self._before
        return []

    def _reader(self, lines: Iterable[str], strict: bool = False) -> Reader:
        delimiter, escape, spaced = self.form
        return csv.reader(
            lines, delimiter=delimiter, escapechar=escape, skipinitialspace=spaced, strict=strict
        )

    def _may_grow(self, lines: Sequence[str], at: int) -> bool:
        return sum(map(len, islice(lines, at, None))) <= MAX_RECORD

    def _fault(
        self, lines: Sequence[str], at: int, end: int, cells: Sequence[str]
    ) -> tuple[Finding | None, int] | None:
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
            list(self._reader(lines, strict=True))
        except csv.Error:
            return False
        return self.width < 4 or not self._are_rows(lines[1:-1], self.width)

    def _are_rows(self, lines: Sequence[str], width: int) -> bool:
        alike = sum(line.count(self.form.delimiter) == width - 1 for line in lines)
        return alike * 2 > len(lines) and alike * width >= _SURELY_ROWS

    def _stray(self, lines: Sequence[str], at: int, end: int) -> tuple[Finding, int]:
        """Only the line is lost in which it opens, unless all was read again too often."""
        self._again += sum(map(len, islice(lines, at + 1, end)))
        follow = at + 1 if self._again <= self._seen * _PATIENCE else end
        return self._broken(at, follow, _STRAY, _STRAY_HINT), follow

    def _too_long(self, lines: Sequence[str], at: int, end: int) -> tuple[Finding | None, int]:
        """A cell without end: what it holds is passed over, unless that looks like rows.

        Nothing is said before it is known how far that goes.
        """
        if end - at > 1 and self._are_rows(lines[at + 1 : end - 1], self._before):
            return self._stray(lines, at, end)
        self._begun = self.first + at
        follow = end if end - at == 1 else self._end_of_cell(lines, end - 1)
        return None if self._in_cell else self._endless(follow), follow

    def _endless(self, end: int) -> Finding:
        message = f"a cell in this row is longer than {csv.field_size_limit():,} characters"
        return self._broken(self._begun - self.first, end, message, _LONG_HINT)

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


def _form_of(lines: Sequence[str]) -> tuple[_Form, int, int]:
    """The form, the width of most rows, and how many lines Excel's `sep=;` takes.

    That delimiter under which the most rows are equally wide, however many lines of a title
    stand before them. Where none fits, it is one column.
    """
    sample = _sample(lines)
    declared = sample[0].strip('\r\n"').casefold() if sample else ""
    skip = int(len(declared) == 5 and declared.startswith("sep=") and declared[4] in DELIMITERS)
    marks = declared[4] if skip else DELIMITERS
    fits = {form: _fit(sample[skip:], form) for mark in marks for form in _forms(sample, mark)}
    form = max(fits, key=lambda form: fits[form])
    if fits[form][1] < 2 and not skip:
        return _Form(_NO_DELIMITER), 1, 0
    return form, fits[form][1], skip


def _forms(sample: Sequence[str], delimiter: str) -> Iterator[_Form]:
    """As RFC 4180 has it, and as MySQL, PHP and people write it, if there is one mark so."""
    if sum(f'{delimiter} "' in line for line in sample) * 2 > len(sample):
        yield _Form(delimiter, spaced=True)
    yield _Form(delimiter)
    if any('\\"' in line for line in sample):
        yield _Form(delimiter, "\\")


def _sample(lines: Sequence[str]) -> list[str]:
    sample: list[str] = []
    size = 0
    for line in islice(lines, _SAMPLE_LINES):
        size += len(line)
        if sample and size > _SAMPLE_CHARACTERS:
            break
        sample.append(line)
    return sample


def _fit(sample: Sequence[str], form: _Form) -> tuple[int, int]:
    """How many sample records are of the width that most have, and what that is.

    A delimiter that never occurs makes one column of everything, so it fits worst. So does a
    comma in a column of addresses: the header has none, and what follows begins with a number
    or is now so wide, now so.
    """
    found = _Records("", form).read(iter([list(sample)]))
    cells = [row.cells for row in found if isinstance(row, Row)]
    common = Counter(len(row) for row in cells if len(row) > 1)
    if not common:
        return (0, 1)
    count, width = max((count, width) for width, count in common.items())
    if len(cells[0]) == 1:
        head = next(row for row in cells if len(row) == width)
        if count * 2 <= common.total() or any(cell.lstrip()[:1].isdigit() for cell in head):
            return (0, 1)
    return (count, width)

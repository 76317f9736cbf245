"""JSON: one object a line, objects one after another, or an array of them; streamed.

RFC 8259. Nested objects are flattened with dots ("address.city"), lists of words are joined
with semicolons, a list of objects counts its own ("emails.1.value"). Numbers are kept as they
are written, so an id of twenty digits stays one. A record that is broken is a Finding, and the
next one is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from mailroom.model import Finding, Severity
from mailroom.readers import MAX_CELLS, Row
from mailroom.readers.text import characters

#: Characters in one record.
MAX_RECORD = 1 << 20
#: The header has the keys of so many records; keys that come later stand in the column "other".
HEADER_RECORDS = 500
OTHER = "other"

_HEAD = 1 << 12  #: characters in which the list of records begins
_MOST_OBJECTS = 10  #: of a list of objects that get columns of their own
_DEEPEST = 12
_DEEP = 1 << 12  #: characters looked at, at a guess, before the nesting was too deep
_BEHIND = 1 << 14  #: characters kept of what has been read
_PATIENCE = 8  #: times the file's length that is read anew after damage
_START = re.compile(rb'\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x1e]*(?:\[\s*)*\{\s*["}]')
_BETWEEN = re.compile(r"[\s,\[\]\x1e\ufeff]*")
#: The list of records in an answer of some server: {"total": 3, "results": [{...
_WRAPPER = re.compile(
    r'"(?:contacts|connections|customers|data|elements|entries|items|list|members|people|persons|'
    r'records|results|rows|users|values?)"\s*:\s*\[\s*(?=\{)'
)
_FIRST_KEY = re.compile(r'\{\s*"[^"\\]{0,80}"')
_SURROGATE = re.compile("[\ud800-\udfff]")

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def identify(path: Path) -> bool:
    """Whether the file begins with an object, or an array of them, in whatever encoding."""
    with path.open("rb") as file:
        return bool(_START.match(file.read(1 << 12).replace(b"\0", b"")))


def rows(path: Path) -> Iterator[Row | Finding]:
    """The keys as a header, then a row a record with the line on which it begins."""
    records = _Stream(path).records()
    first: list[tuple[int, dict[str, str]] | Finding] = []
    first += islice(records, HEADER_RECORDS)
    keys = dict.fromkeys(key for each in first if isinstance(each, tuple) for key in each[1])
    header = tuple(islice(keys, MAX_CELLS - 1))
    if not header:
        yield from (each for each in first if isinstance(each, Finding))
        return
    yield Row(1, (*header, OTHER))
    known = frozenset(header)
    late = {key: 0 for key in keys if key not in known}
    for found in chain(first, records):
        if isinstance(found, Finding):
            yield found
            continue
        line, record = found
        more = [key for key in record if key not in known]
        if len(late) < MAX_CELLS:
            late.update(dict.fromkeys(more, 0))
        rest = "; ".join(f"{key}: {record[key]}" for key in more if record[key])
        yield Row(line, (*(record.get(key, "") for key in header), rest))
    if late:
        some = ", ".join(key[:40] for key in islice(late, 5))
        yield Finding(
            rule="later-keys",
            severity=Severity.WARNING,
            message=f"{len(late)} keys are not in the first {HEADER_RECORDS} records, so they "
            f"have no columns: {some}{' and more' if len(late) > 5 else ''}",
            where=path.name,
            hint=f"what they hold stands in the column {OTHER!r}",
        )


def notes(path: Path) -> tuple[Finding, ...]:
    """None: what there is to say is said at its line."""
    return ()


class _Stream:
    """One pass over a file, of which never more than two records' room is held."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._pieces = characters(path)
        self._buffer = ""
        self._at = 0
        self._line = 1
        self._ended = False
        self._wrapped = False  #: the records stand in a list of one big object
        self._seen = self._again = 0  #: characters read, and looked at more than once

    def records(self) -> Iterator[tuple[int, dict[str, str]] | Finding]:
        """Each record, flat, with its line."""
        self._enter()
        told = False  # that what stands here is no object
        while self._skip():
            line = self._line
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                yield self._broken(line, error)
                if not self._resume(getattr(error, "pos", self._at + _DEEP)):
                    yield _finding(self.name, line, "the file is too damaged to be read further")
                    return
                continue
            self._move(end)
            if isinstance(value, dict):
                told = False
                if value:
                    yield line, _flat(value)
            elif not told:
                told = True
                yield _finding(self.name, line, "this is no object with names and values")

    def _enter(self) -> None:
        """Step into the list of records where all of the file is one object round it."""
        if not self._skip():
            return
        found = _WRAPPER.search(self._buffer, self._at, self._at + _HEAD)
        if found is None:
            return
        try:
            _, end = _DECODER.raw_decode(self._buffer, self._at)
            is_one = self._ended and not self._buffer[end:].strip()
        except (ValueError, RecursionError):
            is_one = not self._ended and "\n{" not in self._buffer
        if is_one:
            self._wrapped = True
            self._move(found.end())

    def _fill(self) -> None:
        """Have a record's room ahead, or all there is."""
        if self._ended or len(self._buffer) - self._at >= MAX_RECORD:
            return
        pieces = [self._buffer[self._at :]]
        size = len(pieces[0])
        self._at = 0
        while size < MAX_RECORD * 2:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            pieces.append(piece)
            size += len(piece)
            self._seen += len(piece)
        self._buffer = "".join(pieces)

    def _skip(self) -> bool:
        """To the next value; False at the end."""
        while True:
            self._fill()
            found = _BETWEEN.match(self._buffer, self._at)
            end = found.end() if found else self._at
            closed = self._wrapped and "]" in self._buffer[self._at : end]
            self._move(end)
            if closed:
                return False
            if self._at < len(self._buffer):
                return True
            if self._ended:
                return False

    def _move(self, to: int) -> None:
        to = len(self._buffer) if to < 0 else to
        self._line += self._buffer.count("\n", self._at, to)
        self._at = to

    def _broken(self, line: int, error: Exception) -> Finding:
        if self._ended and getattr(error, "pos", 0) >= len(self._buffer):
            return _finding(self.name, line, "the file ends within this record")
        if isinstance(error, RecursionError):
            return _finding(self.name, line, "the record is nested too deeply")
        message = getattr(error, "msg", "it is no JSON")
        where = f", character {getattr(error, 'pos', self._at) - self._at + 1:,} of the record"
        return _finding(self.name, line, f"the record is broken ({message}{where})")

    def _resume(self, broken: int) -> bool:
        """Go to where the next record seems to begin; False where it was tried too often.

        It stands on a line as far to the right as this one did, or begins with the same key.
        """
        self._again += max(broken - self._at, 0)
        if self._again > self._seen * _PATIENCE:
            return False
        if (past := self._at - _BEHIND) > _BEHIND:  # json counts all lines before an error
            self._buffer, self._at = self._buffer[past:], _BEHIND
        start = self._buffer.rfind("\n", 0, self._at) + 1
        indent = self._buffer[start : self._at]
        key = _FIRST_KEY.match(self._buffer, self._at)
        if not indent.strip():
            next_one = re.compile(rf"\n{indent}(?=\{{)")
        else:
            next_one = re.compile(r"[}\]]\s*,\s*(?=" + re.escape(key[0] if key else "{") + ")")
        while True:
            if found := next_one.search(self._buffer, self._at + 1):
                self._move(found.end())
                return True
            self._move(max(len(self._buffer) - 100, self._at + 1))
            if self._ended:
                self._move(len(self._buffer))
                return True
            self._fill()


def _flat(record: dict[str, Any]) -> dict[str, str]:
    """The record's texts by their dotted names."""
    flat: dict[str, str] = {}
    waiting: list[tuple[str, Any, int]] = [("", record, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        if isinstance(value, dict) and value and depth < _DEEPEST:
            before = f"{name}." if name else ""
            waiting += [(before + key, each, depth + 1) for key, each in reversed(value.items())]
        elif _is_list_of_objects(value) and depth < _DEEPEST:
            waiting += [
                (f"{name}.{n}", each, depth + 1)
                for n, each in reversed(list(enumerate(value[:_MOST_OBJECTS], start=1)))
            ]
            if len(value) > _MOST_OBJECTS:
                waiting.insert(0, (f"{name}.more", _dumped(value[_MOST_OBJECTS:]), depth))
        else:
            flat[_clean(name)] = _text(value)
    return flat


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _clean(value)
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ";".join(filter(None, map(_text, value)))
    return _clean(_dumped(value))


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply)"


def _clean(text: str) -> str:
    """Without halves of characters and NUL, which may be written as escapes."""
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\0", "")


def _finding(name: str, line: int, message: str) -> Finding:
    return Finding(
        rule="broken-line",
        severity=Severity.ERROR,
        message=f"{message}; it was not read",
        where=f"{name}:{line}",
        hint="export the contacts again, or mend the line",
    )

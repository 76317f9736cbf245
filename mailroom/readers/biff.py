"""How much room an old Excel workbook (.xls) will take, and what of it a table does not show.

Two cells far apart in each of a thousand sheets are a small file and, as tables, the end of the
process. So the records are walked once before anybody makes tables of them ([MS-XLS] 2.3), out
of the sectors in which they lie ([MS-CFB] 2). No value is read here, and no formula ever.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mailroom.errors import InputError
from mailroom.readers.extent import MAX_BYTES, MAX_CELLS, MAX_TEXT, Sheet, column_name

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END = 0xFFFFFFFA  #: this and above is no sector ([MS-CFB] 2.1)
_STREAMS = ("Workbook", "Book")
_OTHERS = {"WordDocument": "a Word document", "PowerPoint Document": "a presentation",
           "__properties_version1.0": "an e-mail of Outlook"}  # fmt: skip
_LOCKED = "it has a password"
#: Records of one cell: its row and column stand first.
_CELLS = frozenset({0x0203, 0x0003, 0x0204, 0x0004, 0x027E, 0x007E, 0x00FD, 0x00D6})
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
_BOOLERRS = frozenset({0x0205, 0x0005})
_MULRK, _LABELSST, _ROW, _COLINFO, _MERGED = 0x00BD, 0x00FD, 0x0208, 0x007D, 0x00E5
_DIMENSIONS = 0x0200
_MOST = 1 << 24
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _SST, _CONTINUE = 0x0809, 0x000A, 0x0085, 0x002F, 0x00FC, 0x003C


def check(path: Path) -> Mapping[str, Sheet]:
    """What there is to see of each sheet, by name; InputError where it takes too much room.

    ValueError and struct.error where it is damaged.
    """
    if path.stat().st_size > MAX_BYTES:
        hint = "export as CSV (UTF-8): that is read in a stream"
        raise InputError("the workbook is too large", where=path.name, hint=hint)
    return _Walk(path.name).sheets_of(_stream(path))


# Sectors ---------------------------------------------------------------------------------------


def _stream(path: Path) -> bytes:
    """The workbook's records; InputError where the file has none of a workbook."""
    data = path.read_bytes()
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("its sectors have no size")
    directory_at, _, cutoff, mini_fat_at = struct.unpack_from("<IIII", data, 48)
    fat = _fat(data, shift)
    directory = _chain(data, fat, directory_at, shift)
    entries = list(_entries(directory))
    names = {name for name, *_ in entries}
    if "EncryptedPackage" in names:
        raise ValueError(_LOCKED)
    for name, kind in _OTHERS.items():
        if name in names:
            hint = "export the contacts as CSV (UTF-8) or as .xlsx"
            raise InputError(f"this is {kind}, not a list of contacts", where=path.name, hint=hint)
    found = next((entry for name in _STREAMS for entry in entries if entry[0] == name), None)
    if found is None:
        raise ValueError("there is no workbook in it")
    _, start, size = found
    if size >= cutoff:
        return _chain(data, fat, start, shift)[:size]
    mini = _chain(data, fat, entries[0][1], shift)
    mini_fat = struct.iter_unpack("<I", _chain(data, fat, mini_fat_at, shift))
    return _chain(mini, [number for (number,) in mini_fat], start, mini_shift, first=0)[:size]


def _fat(data: bytes, shift: int) -> list[int]:
    """Each sector's next one ([MS-CFB] 2.3, 2.5)."""
    first, count = struct.unpack_from("<II", data, 68)
    places = list(struct.unpack_from("<109I", data, 76))
    each = (1 << shift) // 4
    if count > len(data) >> shift:
        raise ValueError("its sectors have no end")
    while first < _END and count > 0:
        more = struct.unpack_from(f"<{each}I", data, (first + 1) << shift)
        places += more[:-1]
        first, count = more[-1], count - 1
    if first < _END:
        raise ValueError("its sectors have no end")
    places = [place for place in places if place < _END]
    if len(places) > (len(data) >> shift) // each + 1:
        raise ValueError("it tells of more sectors than it has")
    fat: list[int] = []
    for place in places:
        fat += struct.unpack_from(f"<{each}I", data, (place + 1) << shift)
    return fat


def _chain(data: bytes, fat: Sequence[int], at: int, shift: int, first: int = 1) -> bytes:
    """The sectors from `at` on; ValueError where they go in a circle or out of the file."""
    pieces: list[bytes] = []
    for _ in range(len(fat) + 1):
        if at >= _END:
            return b"".join(pieces)
        if at >= len(fat):
            break
        pieces.append(data[(at + first) << shift : (at + first + 1) << shift])
        at = fat[at]
    raise ValueError("its sectors have no end")


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, first sector and size of what is in it; the first is the root ([MS-CFB] 2.6)."""
    for at in range(0, len(directory) - 127, 128):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<II", directory, at + 116)
        yield name, start, size


# Records ---------------------------------------------------------------------------------------


class _Walk:
    """A walk through the records of a workbook: what is common to it, then each of its sheets."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.begins: dict[str, int] = {}  # of each sheet
        self.texts: list[int] = []  # lengths of the shared ones
        self.text = 0  # characters in the cells so far
        self.room = 0  # cells of the sheets before
        self.hidden: set[int] = set()
        self.seen: set[int] = set()

    def sheets_of(self, data: bytes) -> Mapping[str, Sheet]:
        """By name, in their order; each is walked from where it says that it begins."""
        is_old = False
        for kind, body, at in _records(data, 0):
            if kind == _BOF:
                is_old = body[1] < 6
            elif kind == _FILEPASS:
                raise ValueError(_LOCKED)
            elif kind == _BOUNDSHEET:
                (place,) = struct.unpack_from("<I", body)
                self.begins[_name(body, is_old)] = place
            elif kind == _SST:
                self.texts = list(_lengths(_with_rest(data, at)))
        if not self.begins:
            raise ValueError("there is no sheet in it")
        return {name: self._sheet(data, place) for name, place in self.begins.items()}

    def _sheet(self, data: bytes, place: int) -> Sheet:
        sheet, depth = Sheet(), 0
        self.hidden, self.seen = set(), set()
        for kind, body, _ in _records(data, place, depth=0):
            depth += (kind == _BOF) - (kind == _EOF)
            if depth == 1:  # not in a chart on it
                self._in_sheet(kind, body, sheet)
        for row in sorted(self.hidden & self.seen):
            sheet.hidden_rows.add(str(row + 1))
        self.room += sheet.rows * sheet.columns
        return sheet

    def _in_sheet(self, kind: int, body: bytes, sheet: Sheet) -> None:
        if kind in _CELLS or kind in _FORMULAS or kind in _BOOLERRS:
            row, column = struct.unpack_from("<HH", body)
            self._reach(sheet, row, column)
            if kind == _LABELSST:
                (number,) = struct.unpack_from("<I", body, 6)
                self._count(self.texts[number] if number < len(self.texts) else 0)
            elif _is_error(kind, body):
                sheet.errors.add(f"{column_name(column + 1)}{row + 1}")
        elif kind == _MULRK:
            row, _ = struct.unpack_from("<HH", body)
            (last,) = struct.unpack_from("<H", body, len(body) - 2)
            self._reach(sheet, row, last)
        elif kind == _DIMENSIONS:
            _, rows, _, columns = struct.unpack_from("<IIHH" if len(body) > 12 else "<HHHH", body)
            if rows * columns > _MOST:  # the room that is made before any cell is read
                raise ValueError("a sheet says that it is larger than any can be")
        elif kind == _ROW:
            row, flags = struct.unpack_from("<H10xH", body)
            if flags & 0x20:
                self.hidden.add(row)
        elif kind == _COLINFO:
            first, last, flags = struct.unpack_from("<HH4xH", body)
            if flags & 1:
                names = dict.fromkeys((column_name(first + 1), column_name(min(last, 255) + 1)))
                sheet.hidden_columns.add(" to ".join(names))
        elif kind == _MERGED:
            for top, bottom, left, right in struct.iter_unpack(
                "<4H", body[2 : 2 + len(body) // 8 * 8]
            ):
                if top != bottom:
                    corners = (
                        f"{column_name(left + 1)}{top + 1}:{column_name(right + 1)}{bottom + 1}"
                    )
                    sheet.tall.add(corners)

    def _reach(self, sheet: Sheet, row: int, column: int) -> None:
        self.seen.add(row)
        if row >= sheet.rows or column >= sheet.columns:
            sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
            if self.room + sheet.rows * sheet.columns > MAX_CELLS:
                raise InputError(
                    f"a sheet reaches to row {sheet.rows:,} and column {sheet.columns:,}: with the "
                    f"sheets before it more than {MAX_CELLS:,} cells",
                    where=self.file,
                    hint="delete what stands far beyond the list (in Excel, Ctrl+End goes there), "
                    "or export as CSV (UTF-8)",
                )

    def _count(self, length: int) -> None:
        self.text += length
        if self.text > MAX_TEXT:
            raise InputError(
                f"the cells hold over {MAX_TEXT:,} characters",
                where=self.file,
                hint="is it a list of contacts? Export it as CSV (UTF-8)",
            )


def _records(data: bytes, at: int, depth: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """Kind, content and place of each record up to the end of the part that begins at `at`."""
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + size], at
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        at += 4 + size


def _with_rest(data: bytes, at: int) -> Sequence[bytes]:
    """The content of a record and of those in which it goes on."""
    parts: list[bytes] = []
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        if parts and kind != _CONTINUE:
            break
        parts.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return parts


def _name(body: bytes, is_old: bool) -> str:
    """Of a sheet; before 1997 without a word on how wide its letters are."""
    length = body[6]
    if is_old:
        return body[7 : 7 + length].decode("cp1252", "replace")
    wide = body[7] & 1
    return body[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")


def _is_error(kind: int, body: bytes) -> bool:
    """Whether the cell shows an error such as #N/A ([MS-XLS] 2.4.24, 2.5.133)."""
    if kind in _BOOLERRS:
        return len(body) > 7 and body[7] == 1
    return kind in _FORMULAS and len(body) > 13 and (body[12:14], body[6]) == (b"\xff\xff", 2)


def _lengths(parts: Sequence[bytes]) -> Iterator[int]:
    """Characters of each shared text ([MS-XLS] 2.4.265, 2.5.293)."""
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    data, breaks = b"".join(parts), iter([*ends[1:], ends[-1]])
    end, at = next(breaks), 8
    while at + 3 <= len(data):
        length, flags = struct.unpack_from("<HB", data, at)
        at += 3
        runs = struct.unpack_from("<H", data, at)[0] if flags & 8 else 0
        at += 2 if flags & 8 else 0
        more = struct.unpack_from("<I", data, at)[0] if flags & 4 else 0
        at += 4 if flags & 4 else 0
        left = length
        while True:  # a record that goes on says again how wide its letters are
            while at >= end and end < len(data):
                end = next(breaks)
            width = 1 + (flags & 1)
            here = min(left, (end - at) // width)
            left -= here
            at += here * width
            if not left or end >= len(data):
                break
            at, flags = end + 1, data[end]
            end = next(breaks)
        yield length
        at += 4 * runs + more

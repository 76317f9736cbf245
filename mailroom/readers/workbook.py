"""Excel workbooks (.xlsx, .xls), read by python-calamine: 100,000 rows in a third of a second.

A workbook has types of its own; they are written back as the text a person sees, so that
2134 stays "2134" (and intake mends the ZIP) and a date is 2026-12-24.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.errors import InputError
from mailroom.model import Finding, Severity
from mailroom.readers import Row, biff, told
from mailroom.readers.extent import Places, Sheet, check_extent, column_name

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

SUFFIXES = frozenset({".xlsx", ".xlsm"})
_OLD = frozenset({".xls"})

_ARCHIVE = b"PK\x03\x04"
#: The first integer of which the next one is the same number (IEEE 754, binary64).
_INEXACT = 2**53


def identify(path: Path) -> bool:
    """A workbook by its first bytes, or by its name where those may be something else."""
    with path.open("rb") as file:
        start = file.read(1 << 12)
    if start.startswith(_ARCHIVE) and (b"xl/" in start or b"[Content_Types].xml" in start):
        return True
    if start.startswith(biff.MAGIC[:4]):  # .xls, or .xlsx that a password locks
        return True
    return path.suffix.casefold() in SUFFIXES and start.startswith(_ARCHIVE)


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every row of the first sheet that is visible and not empty, hidden ones among them."""
    inexact = Places()
    with _open(path) as workbook:
        data = workbook.get_sheet_by_name(_first_sheet(path, workbook))
        for line, cells in enumerate(data.iter_rows(), start=1):
            for column, cell in enumerate(cells, start=1):
                if isinstance(cell, float) and abs(cell) >= _INEXACT:
                    inexact.add(f"{column_name(column)}{line}")
            yield Row(line, tuple([_text(cell) for cell in cells]))
    if inexact.count:
        yield told.about(
            path,
            "inexact-number",
            Severity.WARNING,
            f"Excel has lost the last digits of {told.cells(inexact)}",
            "if it is an id, export as CSV: a workbook keeps 15 digits of a number",
        )


def notes(path: Path) -> tuple[Finding, ...]:
    """What a table of values does not show: other sheets, what is hidden, merged or an error."""
    with _open(path) as workbook:
        used = _first_sheet(path, workbook)
        visible = _visible(workbook)
        others = [name for name in visible if name != used and _has_rows(path, workbook, name)]
    return told.notes(path, used, others, _sheets(path).get(used, Sheet()))


@contextmanager
def _open(path: Path) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineWorkbook

    try:
        _sheets(path)
        with path.open("rb") as file:
            is_old = file.read(len(biff.MAGIC)) == biff.MAGIC
            file.seek(0)
            if path.suffix.casefold() in (_OLD if is_old else SUFFIXES):
                opened = CalamineWorkbook.from_path(path)
            else:  # of a path it goes by the suffix, which is wrong
                opened = CalamineWorkbook.from_filelike(file)
            with opened as workbook:
                yield workbook
    except (InputError, GeneratorExit, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a damaged file; what panics in Rust is no Exception
        raise InputError(
            f"the workbook is damaged or locked ({error})",
            where=path.name,
            hint="open it in Excel and save it again as .xlsx without a password, or export as CSV",
        ) from None


def _sheets(path: Path) -> Mapping[str, Sheet]:
    found = path.stat()
    return _checked(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _checked(path: Path, size: int, changed: int) -> Mapping[str, Sheet]:
    """Once a file, though it is opened for its rows and for its notes."""
    with path.open("rb") as file:
        is_old = file.read(len(biff.MAGIC)) == biff.MAGIC
    return biff.check(path) if is_old else check_extent(path)


def _visible(workbook: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _first_sheet(path: Path, workbook: CalamineWorkbook) -> str:
    name = next((name for name in _visible(workbook) if _has_rows(path, workbook, name)), None)
    if name is None:
        hint = "export the contacts again, with a header row"
        raise InputError("the workbook has no visible sheet with rows", where=path.name, hint=hint)
    return name


def _has_rows(path: Path, workbook: CalamineWorkbook, name: str) -> bool:
    sheet = _sheets(path).get(name)
    return workbook.get_sheet_by_name(name).height > 0 if sheet is None else sheet.rows > 0


def _text(cell: object) -> str:
    """What a person sees in the cell: 2134.0 is "2134", a midnight is only its day."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "minutes")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)

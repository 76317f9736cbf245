"""Excel workbooks (.xlsx), read by python-calamine: 100,000 rows in a third of a second.

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
from mailroom.readers import Row
from mailroom.readers.extent import Places, Sheet, check_extent, column_name

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

SUFFIXES = frozenset({".xlsx", ".xlsm"})

_ARCHIVE, _LOCKED = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # the second where a password locks it
#: The first integer of which the next one is the same number (IEEE 754, binary64).
_INEXACT = 2**53


def identify(path: Path) -> bool:
    """A workbook by its first bytes, or by its name where those may be something else."""
    with path.open("rb") as file:
        start = file.read(1 << 12)
    if start.startswith(_ARCHIVE) and (b"xl/" in start or b"[Content_Types].xml" in start):
        return True
    return path.suffix.casefold() in SUFFIXES and start.startswith((_ARCHIVE, _LOCKED))


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
        yield _about(
            path,
            "inexact-number",
            Severity.WARNING,
            f"Excel has lost the last digits of {_cells(inexact)}",
            "if it is an id, export as CSV: a workbook keeps 15 digits of a number",
        )


def notes(path: Path) -> tuple[Finding, ...]:
    """What a table of values does not show: other sheets, what is hidden, merged or an error."""
    with _open(path) as workbook:
        used = _first_sheet(path, workbook)
        visible = _visible(workbook)
        others = [name for name in visible if name != used and _has_rows(path, workbook, name)]
    sheet, found = _sheets(path).get(used, Sheet()), []
    for places, rule, severity, message, hint in (
        (_other_sheets(others), "other-sheets", Severity.WARNING,
         f"only the sheet {used!r} was read; there are also {', '.join(others)}",
         "save a sheet as a file of its own to read it too"),
        (sheet.hidden_rows, "hidden-rows", Severity.WARNING,
         f"hidden rows, by a filter perhaps, were read too: {sheet.hidden_rows.count:,} of them, "
         f"in line {sheet.hidden_rows}",
         "if nobody is to write to them, delete them or suppress them"),
        (sheet.hidden_columns, "hidden-columns", Severity.NOTE,
         f"hidden columns were read too: {sheet.hidden_columns}",
         ""),
        (sheet.errors, "error-cells", Severity.WARNING,
         f"there is an error in {_cells(sheet.errors)}, which counts as empty",
         "mend it in the workbook and save it again"),
        (sheet.unworked, "no-value", Severity.WARNING,
         f"there is a formula but no value in {_cells(sheet.unworked)}, which counts as empty",
         "open the workbook in Excel, save it and read it again"),
        (sheet.tall, "merged-cells", Severity.WARNING,
         f"merged cells have their value in the first row only: {sheet.tall}",
         "unmerge them and fill the rows below"),
    ):  # fmt: skip
        if places.count:
            found.append(_about(path, rule, severity, message, hint))
    return tuple(found)


def _about(path: Path, rule: str, severity: Severity, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=severity, message=message, where=path.name, hint=hint)


def _cells(places: Places) -> str:
    return f"{places.count} cell{'s'[: places.count > 1]} ({places})"


def _other_sheets(names: list[str]) -> Places:
    return Places(len(names), names)


@contextmanager
def _open(path: Path) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineWorkbook

    try:
        _sheets(path)
        with CalamineWorkbook.from_path(path) as workbook:
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
    return check_extent(path)


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

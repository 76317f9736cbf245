"""Excel workbooks (.xlsx), read by python-calamine: 100,000 rows in a third of a second.

A workbook has types of its own; they are written back as the text a person sees, so that
2134 stays "2134" (and intake mends the ZIP) and a date is 2026-12-24.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.errors import InputError
from mailroom.model import Finding, Severity
from mailroom.readers import Row
from mailroom.readers.extent import check_extent

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

SUFFIXES = frozenset({".xlsx", ".xlsm"})

_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the second where a password locks it


def identify(path: Path) -> bool:
    """A workbook by its name and its first bytes."""
    if path.suffix.casefold() not in SUFFIXES:
        return False
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


def rows(path: Path) -> Iterator[Row | Finding]:
    """Every row of the first sheet that is visible and not empty."""
    with _open(path) as workbook:
        data = workbook.get_sheet_by_name(_first_sheet(path, workbook))
        for line, cells in enumerate(data.iter_rows(), start=1):
            yield Row(line, tuple(_text(cell) for cell in cells))


def notes(path: Path) -> tuple[Finding, ...]:
    """A warning when other sheets hold rows too: somebody may be missing."""
    with _open(path) as workbook:
        visible = _visible(workbook)
        used = _first_sheet(path, workbook)
        others = [name for name in visible if name != used and _height(workbook, name)]
    if not others:
        return ()
    return (
        Finding(
            rule="other-sheets",
            severity=Severity.WARNING,
            message=f"only the sheet {used!r} was read; there are also {', '.join(others)}",
            where=path.name,
            hint="save a sheet as a file of its own to read it too",
        ),
    )


@contextmanager
def _open(path: Path) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineWorkbook

    try:
        _check(path, path.stat().st_size, path.stat().st_mtime_ns)
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except InputError:
        raise
    except Exception as error:  # whatever the parsers of ZIP and XML make of a damaged file
        raise InputError(
            f"the workbook is damaged or locked ({error})",
            where=path.name,
            hint="open it in Excel and save it again as .xlsx without a password, or export as CSV",
        ) from None


@lru_cache(maxsize=1)
def _check(path: Path, size: int, changed: int) -> None:
    """Once a file, though it is opened for its rows and for its notes."""
    check_extent(path)


def _visible(workbook: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _first_sheet(path: Path, workbook: CalamineWorkbook) -> str:
    visible = _visible(workbook)
    name = next((name for name in visible if _height(workbook, name)), None)
    if name is None:
        hint = "export the contacts again, with a header row"
        raise InputError("the workbook has no visible sheet with rows", where=path.name, hint=hint)
    return name


def _height(workbook: CalamineWorkbook, name: str) -> int:
    return workbook.get_sheet_by_name(name).height


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

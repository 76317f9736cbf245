"""What a table of values does not show of a workbook: other sheets, what is hidden or an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailroom.model import Finding, Severity
from mailroom.readers.extent import Places, Sheet


def notes(path: Path, used: str, others: Sequence[str], sheet: Sheet) -> tuple[Finding, ...]:
    """The findings about the file as a whole: the sheet that was read and those that were not."""
    found = []
    for places, rule, severity, message, hint in (
        (Places(len(others), [*others]), "other-sheets", Severity.WARNING,
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
         f"there is an error in {cells(sheet.errors)}, which counts as empty",
         "mend it in the workbook and save it again"),
        (sheet.unworked, "no-value", Severity.WARNING,
         f"there is a formula but no value in {cells(sheet.unworked)}, which counts as empty",
         "open the workbook in Excel, save it and read it again"),
        (sheet.tall, "merged-cells", Severity.WARNING,
         f"merged cells have their value in the first row only: {sheet.tall}",
         "unmerge them and fill the rows below"),
    ):  # fmt: skip
        if places.count:
            found.append(about(path, rule, severity, message, hint))
    return tuple(found)


def about(path: Path, rule: str, severity: Severity, message: str, hint: str) -> Finding:
    """A finding about the file as a whole."""
    return Finding(rule=rule, severity=severity, message=message, where=path.name, hint=hint)


def cells(places: Places) -> str:
    """`2 cells (B2, B3)`."""
    return f"{places.count} cell{'s'[: places.count > 1]} ({places})"

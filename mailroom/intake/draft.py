"""One row on its way to a Recipient: its values by field, and what was found and mended."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.intake.repairs import ASK, REFUSE, RULES
from mailroom.model import Finding, Severity

_MOST_SHOWN = 60  #: characters of a cell in a message
_NO_FINDINGS: tuple[Finding, ...] = ()


class Draft:
    """What the steps of an intake work on, one after the other."""

    __slots__ = (
        "before",
        "cells",
        "file",
        "findings",
        "headers",
        "line",
        "source",
        "values",
        "ways",
    )

    def __init__(
        self,
        *,
        file: str,
        line: int,
        source: str,
        cells: tuple[str, ...],
        headers: Mapping[str, tuple[tuple[int, str], ...]],
        ways: Mapping[str, str],
    ) -> None:
        """`headers` is field -> its columns (place, header); `ways` rule -> take, ask, refuse."""
        self.file = file
        self.line = line
        self.source = source
        self.cells = cells
        self.headers = headers
        self.ways = ways
        self.values: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.findings: list[Finding] = []

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    def get(self, name: str) -> str:
        """A field's value, or nothing."""
        return self.values.get(name, "")

    def header(self, name: str) -> str:
        """The column that a field's value comes from, as the file calls it."""
        return self._column(name)[1]

    def put(self, **values: str) -> None:
        """Values under their fields; an empty one takes the field away."""
        for name, text in values.items():
            if text:
                self.values[name] = text
            else:
                self.values.pop(name, None)

    # What was found ---------------------------------------------------------------------

    def note(self, rule: str, message: str) -> None:
        """What was mended or noticed."""
        self._add(rule, Severity.NOTE, message, "")

    def warn(self, rule: str, message: str, hint: str) -> None:
        """What a person should look at; the piece goes on."""
        self._add(rule, Severity.WARNING, message, hint)

    def error(self, rule: str, message: str, hint: str) -> None:
        """What holds the piece."""
        self._add(rule, Severity.ERROR, message, hint)

    def _add(self, rule: str, severity: Severity, message: str, hint: str) -> None:
        self.findings.append(
            Finding(rule=rule, severity=severity, message=message, where=self.where, hint=hint)
        )

    # Repairs ----------------------------------------------------------------------------

    def may(
        self, rule: str, names: tuple[str, ...], before: str, after: str, *, label: str = ""
    ) -> bool:
        """Whether a repair is to be made: then it is noted and the original cells are kept.

        `names` are the fields whose cells it changes. Where nobody has answered it is asked.
        """
        way = self.ways[rule]
        if way == REFUSE:
            return False
        what = label or self.header(names[0])
        message = f"{what}: {shown(before)} -> {shown(after) or '(empty)'}"
        if way == ASK:
            repair = RULES[rule]
            hint = f"mailroom decide {self.source} {rule}=take --by YOU (or {rule}=refuse)"
            tell = self.error if repair.holds else self.warn
            tell(rule, f"{message}?", hint)
            return False
        self.keep(*names)
        self.note(rule, message)
        return True

    def keep(self, *names: str) -> None:
        """The cells of these fields as the export has them, in `before`."""
        for name in names:
            place, header = self._column(name)
            if 0 <= place < len(self.cells):
                self.before.setdefault(header, self.cells[place])

    def _column(self, name: str) -> tuple[int, str]:
        columns = self.headers.get(name, ())
        filled = (c for c in columns if c[0] < len(self.cells) and self.cells[c[0]].strip())
        return next(filled, columns[0] if columns else (-1, name))


def shown(cell: str) -> str:
    """A cell in a message: on one line, and of a novel only both ends, where most is mended."""
    text = cell.replace("\n", " ⏎ ")
    half = _MOST_SHOWN // 2
    return text if len(text) <= _MOST_SHOWN else f"{text[:half]}…{text[-half:]}"

"""One row on its way to a Recipient: its values by field, and what was found and mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mailroom.intake.columns import squash
from mailroom.intake.quick import quick
from mailroom.intake.repairs import ASK, REFUSE, RULES, ways
from mailroom.intake.words import words_of
from mailroom.model import Decision, Finding, Severity

#: At the end of a field: the column is one more piece of it, not another value for it.
MORE = "+"
_MOST_SHOWN = 60  #: characters of a cell in a message

#: Headers whose cell counts only where no other column has the field.
_YIELDING = frozenset(map(squash, words_of("yielding")))


class Plan(NamedTuple):
    """What is the same for all rows of a file."""

    file: str
    source: str
    headers: tuple[str, ...]
    names: tuple[str | None, ...]  #: the field of each column, or None where nobody reads it
    mapped: tuple[tuple[int, str], ...]  #: the columns that fill a field of their own, with it
    places: Mapping[str, tuple[int, ...]]  #: field -> its columns, by their place
    ways: Mapping[str, str]  #: rule -> take, ask, refuse
    answers: Mapping[str, str]  #: subject of a question -> what somebody has answered
    doubt: str = ""  #: why no country is assumed where a row has none
    last_first: bool = False  #: as `Survey` has it
    letters: str = ""
    told: str = ""  #: the country that rows without one seem to be of; asked about

    @classmethod
    def of(
        cls,
        columns: Mapping[str, str | None],
        decisions: Mapping[str, Decision],
        *,
        file: str,
        source: str,
        doubt: str,
        last_first: bool,
        letters: str,
        told: str,
    ) -> Plan:
        """From `columns` (header -> field, in the order of the cells) and people's answers."""
        names = tuple(columns.values())
        wanted = [(p, n) for p, n in enumerate(names) if n and not n.endswith(MORE)]
        headers = tuple(columns)
        mapped = tuple(sorted(wanted, key=lambda one: squash(headers[one[0]]) in _YIELDING))
        places: dict[str, tuple[int, ...]] = {}
        for place, name in mapped:
            places[name] = (*places.get(name, ()), place)
        return cls(
            file=file,
            source=source,
            headers=headers,
            names=names,
            mapped=mapped,
            places=places,
            ways=ways(decisions),
            answers={subject: decision.answer for subject, decision in decisions.items()},
            doubt=doubt,
            last_first=last_first,
            letters=letters,
            told=told,
        )


class Draft:
    """What the steps of an intake work on, one after the other."""

    __slots__ = ("before", "cells", "findings", "line", "plan", "values")

    def __init__(self, line: int, cells: tuple[str, ...], plan: Plan) -> None:
        self.line = line
        self.cells = cells
        self.plan = plan
        self.values: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.findings: list[Finding] = []

    @property
    def where(self) -> str:
        return f"{self.plan.file}:{self.line}"

    def get(self, name: str) -> str:
        """A field's value, or nothing."""
        return self.values.get(name, "")

    def header(self, name: str) -> str:
        """The column that a field's value comes from, as the file calls it."""
        place = self._place(name)
        return name if place < 0 else self.plan.headers[place]

    def put(self, **values: str) -> None:
        """Values under their fields; an empty one takes the field away."""
        for name, text in values.items():
            if text:
                self.values[name] = text
            else:
                self.values.pop(name, None)

    # What was found ---------------------------------------------------------------------

    def note(self, rule: str, message: str, hint: str = "") -> None:
        """What was mended or noticed."""
        self._add(rule, Severity.NOTE, message, hint)

    def warn(self, rule: str, message: str, hint: str) -> None:
        """What a person should look at; the piece goes on."""
        self._add(rule, Severity.WARNING, message, hint)

    def error(self, rule: str, message: str, hint: str) -> None:
        """What holds the piece."""
        self._add(rule, Severity.ERROR, message, hint)

    def _add(self, rule: str, severity: Severity, message: str, hint: str) -> None:
        self.findings.append(
            quick(
                Finding,
                {
                    "rule": rule,
                    "severity": severity,
                    "message": message,
                    "where": f"{self.plan.file}:{self.line}",
                    "hint": hint,
                    "page": 0,
                    "box": None,
                },
            )
        )

    # Repairs ----------------------------------------------------------------------------

    def may(
        self,
        rule: str,
        names: tuple[str, ...],
        before: str,
        after: str,
        *,
        label: str = "",
        holds: bool = False,
    ) -> bool:
        """Whether a repair is to be made: then it is noted and the original cells are kept.

        `names` are the fields whose cells it changes. Where nobody has answered it is asked;
        `holds`: no mail until then.
        """
        found = tuple(place for name in names if (place := self._place(name)) >= 0)
        label = label or self.header(names[0])
        return self.may_at(rule, found, before, after, label=label, holds=holds)

    def may_at(
        self,
        rule: str,
        places: tuple[int, ...],
        before: str,
        after: str,
        *,
        label: str = "",
        holds: bool = False,
    ) -> bool:
        """The same of the cells at these places; `holds`: no mail until it is answered."""
        plan = self.plan
        way = plan.ways[rule]
        if way == REFUSE:
            return False
        label = label or plan.headers[places[0]]
        message = f"{label}: {shown(before)} -> {shown(after) or '(empty)'}"
        if way == ASK:
            hint = f"mailroom decide {plan.source} {rule}=take --by YOU (or =refuse)"
            tell = self.error if holds or RULES[rule].holds else self.warn
            tell(rule, f"{message}?", hint)
            return False
        for place in places:
            self.before.setdefault(plan.headers[place], self.cells[place])
        self.note(rule, message)
        return True

    def keep(self, name: str) -> None:
        """The cell of a field as the export has it, in `before`."""
        place = self._place(name)
        if place >= 0:
            self.before.setdefault(self.plan.headers[place], self.cells[place])

    def _place(self, name: str) -> int:
        """The column that a field's value comes from: the first that is filled; -1: none."""
        places = self.plan.places.get(name, ())
        if len(places) == 1:
            return places[0]
        cells = self.cells
        return next((p for p in places if cells[p].strip()), places[0] if places else -1)


def shown(cell: str) -> str:
    """A cell in a message: on one line, and of a novel only both ends, where most is mended."""
    text = cell.replace("\n", " ⏎ ")
    half = _MOST_SHOWN // 2
    return text if len(text) <= _MOST_SHOWN else f"{text[:half]}…{text[-half:]}"

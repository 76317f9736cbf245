"""The dates of a row: in their normal form, or what has to be asked before they are used."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.intake import dates
from mailroom.intake.draft import Draft, Plan, shown
from mailroom.intake.survey import Survey


class Days:
    """Reads the dates of a file's rows, by what the whole file and people have told of them."""

    def __init__(self, plan: Plan, survey: Survey) -> None:
        self._plan = plan
        self._shared = survey.shared
        self._orders: Mapping[str, str] = {
            header: plan.answers.get(f"dates:{header}") or survey.orders.get(header, "")
            for header in plan.headers
        }
        there = {*plan.places}
        self._fields = tuple(sorted((there & dates.FIELDS) - {"hold_until"}))
        self._order_of = {
            name: self._orders[plan.headers[plan.places[name][0]]]
            for name in there & dates.FIELDS
            if len(plan.places[name]) == 1
        }

    def fill(self, draft: Draft, others: dict[str, str]) -> None:
        """The dates in their normal form under their word; without one that has to be asked."""
        for name in self._fields:
            text = draft.values.get(name)
            if not text:
                continue
            is_doubtful = name == "birthday" and self._shared and self._is_shared(text)
            if dates.is_normal(text) and not is_doubtful:
                others[name] = text
                continue
            others.pop(name, None)
            if day := self.day(draft, name, text):
                others[name] = day
            elif draft.header(name) == name:
                draft.keep(name)

    def day(self, draft: Draft, name: str, text: str) -> str:
        """The day that a cell means, or nothing while it has to be asked."""
        order = self._order_of.get(name)
        if order is None:
            order = self._orders.get(draft.header(name), "")
        reading = dates.read_date(text, order)
        day = reading.value
        if day[:1] == "-" and name not in dates.YEARLY:
            day = ""
        if reading.doubt:
            day = self._doubted(draft, name, text, day, reading)
        if day and name == "birthday" and self._shared:
            return self._unless_shared(draft, draft.header(name), day)
        return day

    def _doubted(self, draft: Draft, name: str, text: str, day: str, reading: dates.Reading) -> str:
        """What can be used of a date that has to be asked about first."""
        header = draft.header(name)
        if reading.doubt == "dates":
            subject = f"dates:{header}"
            message = f"{header}: {text} may have the day or the month first; it is not used yet"
            answers = f'"{subject}=day-first" --by YOU (or =month-first)'
            draft.warn(subject, message, f"mailroom decide {self._plan.source} {answers}")
        elif reading.doubt == "bad-date":
            hint = "correct it in the CRM; until then it is not used"
            draft.warn("bad-date", f"{header}: {shown(text)} is no day of the calendar", hint)
        elif draft.may(reading.doubt, (name,), text, reading.meant):
            return reading.meant
        return day

    def _is_shared(self, day: str) -> bool:
        return day in self._shared or f"--{day[-5:]}" in self._shared

    def _unless_shared(self, draft: Draft, header: str, day: str) -> str:
        """The birthday, unless so many have it that it stands for "not known"."""
        if not self._is_shared(day):
            return day
        key = day if day in self._shared else f"--{day[-5:]}"
        subject = f"shared-date:{key}"
        answer = self._plan.answers.get(subject, "")
        if answer == "real":
            return day
        if not answer:
            message = f"{header}: {day}; is it a birthday, or does it stand for none?"
            if (people := self._shared[key]) > 1:
                message = f"{header}: {people} people share {key.removeprefix('--')}"
            hint = f"mailroom decide {self._plan.source} {subject}=placeholder --by YOU (or =real)"
            draft.warn(subject, message, hint)
        return ""

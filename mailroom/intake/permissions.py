"""Whether post may go to the person of a row: flags, permissions, holds, records out of use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailroom.intake import flags
from mailroom.intake.days import Days
from mailroom.intake.draft import Draft, Plan, shown
from mailroom.model import Recipient

#: Fields of columns that may say that a record is no longer in use.
STATES = frozenset({"active", "inactive", "stage"})


class Permissions:
    """Reads what the columns of a file say against post."""

    def __init__(self, plan: Plan, days: Days, reason: str) -> None:
        """`reason`: why everybody in the file gets no mail; empty: it is no such list."""
        self._plan = plan
        self._days = days
        self._reason = reason
        self._usual = tuple((n, usual) for n, usual in flags.USUAL.items() if n in plan.places)
        self._states = tuple((p, n) for p, n in plan.mapped if n in STATES)

    def are_usual(self, values: Mapping[str, str]) -> bool:
        """Whether nothing can be said against post, as of nearly everybody."""
        for name, usual in self._usual:
            if values.get(name, "") not in usual:
                return False
        return not self._reason

    def suppressed(self, draft: Draft, others: dict[str, str], *, is_dead: bool) -> tuple[str, ...]:
        """Why no mail may go there."""
        values = draft.values
        reasons = [self._reason] if self._reason else []
        for name, reason in flags.FLAGS.items():
            if flags.is_set(name, values.get(name, "")):
                reasons.append(reason)
                _doubt(draft, name, f"yes: {reason}")
        reasons += self._permissions(draft, others)
        if "hold_until" in values:
            reasons += self._held(draft, others)
        if is_dead:
            reasons.append("deceased")
        return tuple(dict.fromkeys(reasons))

    def _permissions(self, draft: Draft, others: dict[str, str]) -> Iterator[str]:
        """What is said of post; and of e-mail, which is asked about, once."""
        values, plan = draft.values, self._plan
        allowed = values.get("mail_ok", "")
        if flags.denies(allowed):
            yield "opted out"
        elif flags.is_doubtful(allowed):
            yield "opted out"
            _doubt(draft, "mail_ok", "no")
        if not flags.says_no_email(values):
            return
        others["email_opt_out"] = "yes"
        answer = plan.answers.get("email-opt-out", "")
        if answer == "suppress":
            yield "opted out of e-mail"
        elif not answer:
            name = "email_opt_out" if values.get("email_opt_out") else "email_ok"
            message = f"wants no e-mail ({draft.header(name)}: {shown(values[name])}); post goes on"
            hint = f"mailroom decide {plan.source} email-opt-out=mail --by YOU (or =suppress)"
            draft.note("email-opt-out", message, hint)

    def _held(self, draft: Draft, others: dict[str, str]) -> Iterator[str]:
        """A day until which no mail may go; for good where the day cannot be read, to be safe."""
        text = draft.values["hold_until"]
        day = self._days.day(draft, "hold_until", text)
        if day and day[0] != "-":
            others["hold_until"] = day
            yield f"on hold until {day}"
        elif text.casefold() not in flags.NO:
            yield f"on hold until {shown(text)}"

    def if_in_use(self, person: Recipient, draft: Draft, texts: tuple[str, ...]) -> Recipient:
        """The person; of a record that nobody uses any more it is asked, once, about post."""
        said = self._not_in_use(texts)
        if not said:
            return person
        answer = self._plan.answers.get("inactive", "")
        if answer == "suppress":
            return replace(person, suppressed=(*person.suppressed, flags.INACTIVE))
        if answer:
            return person
        hint = f"mailroom decide {self._plan.source} inactive=suppress --by YOU (or =mail)"
        draft.error("inactive", f"the CRM does not count it as active ({said})", hint)
        return replace(person, findings=tuple(draft.findings))

    def _not_in_use(self, texts: tuple[str, ...]) -> str:
        """The column that says that the record is no longer in use, with its word; of few."""
        for place, name in self._states:
            if flags.is_not_in_use(name, text := texts[place]):
                return f"{self._plan.headers[place]}: {shown(text)}"
        return ""


def _doubt(draft: Draft, name: str, meant: str) -> None:
    """A flag that says neither yes nor no counts for no mail, and is told."""
    text = draft.values[name]
    if flags.is_doubtful(text):
        message = f"{draft.header(name)}: {shown(text)} counts as {meant}"
        draft.warn("doubtful-flag", message, "write yes or no in the CRM")

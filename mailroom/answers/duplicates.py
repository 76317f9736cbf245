"""duplicates: two records side by side, with what differs marked."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mailroom.answers import say_more
from mailroom.terminal import count, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.model import Recipient
    from mailroom.pipeline.duplicates import Confirmed, Doubt, DuplicatesReport

_SHOWN = 5
"""Doubts in a list that nobody can answer one by one."""
_FIELDS = (
    ("name", lambda p: " ".join(filter(None, (p.first_name, p.middle_name, p.last_name)))),
    ("suffix", lambda p: p.suffix),
    ("company", lambda p: p.company),
    ("street", lambda p: ", ".join(filter(None, (p.address.line1, p.address.line2)))),
    ("town", lambda p: " ".join(filter(None, (p.address.postcode, p.address.city)))),
    ("country", lambda p: p.address.country),
    ("e-mail", lambda p: p.email),
    ("phone", lambda p: p.phone),
    ("birthday", lambda p: p.fields.get("birthday", "")),
    ("no mail", lambda p: ", ".join(p.suppressed)),
    ("from", lambda p: p.where),
)


def print_duplicates(report: DuplicatesReport) -> None:
    """How many are one person for sure, the doubts, the answers, and how to give one."""
    records = count(report.records, "record")
    heading(f"{records} of {count(report.people, 'person', 'people')}")
    if report.several:
        have = "person has" if report.several == 1 else "people have"
        say(f"  {report.several:,} {have} more than one record (`mailroom why WHO` says why)")
    if report.answered:
        say(f"  {count(len(report.answered), 'answer')} remembered")
    for line in report.told:
        table([("!", line)])
    for number, doubt in enumerate(report.unsure[:_SHOWN], start=1):
        print_doubt(doubt, f"{number} of {len(report.unsure)}")
        keys = shlex.join((doubt.a.key, doubt.b.key))
        say(f"    mailroom duplicates --same {keys} --by YOUR-NAME   (or --apart)")
    say_more(len(report.unsure), _SHOWN)
    if report.unsure:
        next_steps("mailroom duplicates --by YOUR-NAME")
    else:
        say("  Nobody is in doubt.")


def print_confirmed(answers: Iterable[Confirmed], report: DuplicatesReport) -> None:
    """A line for each answer, what it contradicts, and how many doubts there still are."""
    for given in answers:
        say(harmless(given.words))
    for line in report.told:
        table([("!", line)])
    if report.unsure:
        next_steps(f"mailroom duplicates   ({count(len(report.unsure), 'doubt')} left)")


def print_doubt(doubt: Doubt, place: str) -> None:
    """The two records; a line that differs has a mark, one that is empty in both is left out."""
    heading(f"{place}: the same person?   {doubt.score:.2f}")
    table([("", doubt.why)], indent=0)
    table(list(_side_by_side(doubt.a, doubt.b)), ("", "", doubt.a.key, doubt.b.key))
    table([("", _effect(doubt))], indent=0)


def _side_by_side(a: Recipient, b: Recipient) -> Iterator[tuple[str, str, str, str]]:
    for label, read in _FIELDS:
        one, other = read(a), read(b)
        if one or other:
            differs = one.casefold() != other.casefold() and label != "from"
            yield "≠" if differs else "", label, one or "-", other or "-"


def _effect(doubt: Doubt) -> str:
    if doubt.no_mail:
        return "If they are one person, the other gets no mail either."
    if doubt.pieces == 2:
        return "As it is, each gets a piece."
    if len(doubt.held) == 2:
        return "As it is, nothing goes out: both records are held until they are mended."
    if doubt.held:
        (held,) = doubt.held
        other = doubt.b.key if held == doubt.a.key else doubt.a.key
        return f"As it is, {other} gets a piece and that of {held} is held."
    return "One piece goes there either way; both are named on it."

"""due, watch: who is due and why; what was taken from the inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mailroom.answers import LISTED, say_more
from mailroom.answers.exports import paragraph
from mailroom.terminal import count, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.due import DuePerson, DueReport, HeldBack, ProgrammeDue
    from mailroom.pipeline.watch import Event, TakenIn


def print_due(report: DueReport) -> None:
    """Each programme: who is due, who is not and why, what comes; last what to type."""
    say(f"Due on {report.day:%A}, {report.day.day} {report.day:%B %Y}")
    if not report.programmes:
        say("  there are no programmes: docs/programmes.md makes one")
        return
    for programme in report.programmes:
        _print_programme(programme, report.days_ahead)
    if report.twice:
        heading("Several on one day")
        table((one.name, one.recipient, " and ".join(one.programmes)) for one in report.twice)
    next_steps(*(one.next for one in report.programmes))


def _print_programme(one: ProgrammeDue, days: int) -> None:
    heading(harmless(f"{one.title}   {one.edition}"))
    if one.problem:
        table([("not readable", f"{one.problem}; {one.hint}" if one.hint else one.problem)])
        return
    _print_no_mail(one.no_mail)
    say(f"  {count(len(one.due), 'person is', 'people are')} due" if one.due else "  nobody is due")
    _print_people(one.due)
    _print_held_back("held back", one.held_back)
    _print_held_back("passed over", one.passed_over)
    if one.unreadable:
        shown = ", ".join(person.name for person in one.unreadable[:3])
        more = f" and {len(one.unreadable) - 3} more" if len(one.unreadable) > 3 else ""
        say(f"\n  no date that is understood: {harmless(shown)}{more}")
    if one.coming:
        say(f"\n  {count(len(one.coming), 'more comes', 'more come')} in the next {days} days")
        rows = [(f"{p.hand_over.day} {p.hand_over:%b}", p.name, p.occasion) for p in one.coming]
        table(rows[:LISTED], indent=4)
        say_more(len(rows))


def _print_no_mail(people: Sequence[HeldBack]) -> None:
    """In one line, by reason: nothing is to be done about them."""
    if people:
        kinds = Counter(one.why.split(", says ")[0] for one in people)
        words = ", ".join(f"{number} {why}" for why, number in kinds.most_common(LISTED))
        who = count(len(people), "person gets", "people get")
        paragraph(f"{who} no mail, whatever the day: {words}")


def _print_people(people: Sequence[DuePerson]) -> None:
    table(((p.name, p.recipient, _why(p)) for p in people[:LISTED]), indent=4)
    say_more(len(people))


def _why(person: DuePerson) -> str:
    words = [person.why]
    if person.together_with:
        words.append(f"together with {', '.join(person.together_with)}")
    if person.had_from:
        words.append(f"had it from {person.had_from} already: to be accepted (twice)")
    if person.waits_in:
        words.append(
            f"waits in {', '.join(person.waits_in)}, too: whichever is sent first gives it"
        )
    return "; ".join(words)


def _print_held_back(what: str, people: Sequence[HeldBack]) -> None:
    if not people:
        return
    say(f"\n  {count(len(people), 'person', 'people')} {what}")
    table(_rows(people[:LISTED]), indent=4)
    say_more(len(people))


def _rows(people: Iterable[HeldBack]) -> Iterable[tuple[str, str, str]]:
    for one in people:
        between = " " if one.why.endswith("?") else "; "
        yield one.name, one.recipient, between.join(filter(None, (one.why, one.hint)))


def print_event(event: Event) -> None:
    """What `watch` has just done, or found out."""
    if event.event == "due":
        _print_due_briefly(event.report)
    elif event.event == "taken":
        _print_taken(event)
    elif event.event == "refused":
        say(f"{harmless(event.file)}: refused")
        table([("why", event.why), *(("", line) for line in event.hint.splitlines())])
        say(f"  it lies in {harmless(event.now_at)}")
    else:
        say(f"not now: {harmless(event.why)}")
        say(f"  {harmless(event.hint)}; the next look tries again")


def _print_taken(taken: TakenIn) -> None:
    file = harmless(taken.file)
    if taken.unchanged:
        say(f"{file}: the same as what was read of {taken.source} last; nothing is new")
    else:
        say(f"{file}: {count(taken.people, 'person', 'people')} of {taken.source}")
        say(f"  {taken.new} new, {taken.changed} changed, {taken.gone} gone since the last time")
    say(f"  it lies in {harmless(taken.now_at)}")


def _print_due_briefly(report: DueReport) -> None:
    """A line a programme; `mailroom due` tells the rest."""
    rows = []
    for one in report.programmes:
        held = f"{len(one.held_back)} held back" if one.held_back else ""
        words = one.problem or one.next or ("nobody is due" if not one.due else "")
        rows.append((one.title, f"{len(one.due)} due", held, words))
    if rows:
        say(f"Due on {report.day}")
        table(rows)

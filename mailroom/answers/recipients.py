"""intake: who has come in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.answers import LISTED, minute
from mailroom.answers.exports import names, paragraph, percent, print_proposals, print_records
from mailroom.terminal import (
    columns,
    count,
    grid,
    harmless,
    heading,
    next_steps,
    say,
    shorten,
    table,
)

if TYPE_CHECKING:
    from mailroom.model import Finding, Recipient
    from mailroom.pipeline.clean import CleanList, Listed
    from mailroom.pipeline.take_all import Batch
    from mailroom.pipeline.take_in import IntakeReport, Question

SUPPRESSION = "suppression"
_PLACES = 5  #: rows that are named one by one
_HINTS = 4  #: of what to type, before one stands for all


def placed(finding: Finding) -> dict[str, Any]:
    """The finding with its place as a program wants it: file and line apart."""
    file, _, line = finding.where.rpartition(":")
    place = {"file": file, "line": int(line)} if line.isdigit() else {"file": finding.where}
    return {"line": None, **place, **vars(finding)}


def print_intake(report: IntakeReport, notes: Sequence[str] = (), *, show: bool = False) -> None:
    """What came in, whose export it is, what nobody reads, what was found, what is asked."""
    heading(harmless(f"{', '.join(report.files)} as {report.source}"))
    for read in report.exports:
        name = f"{read.file}: " if len(report.exports) > 1 else ""
        paragraph(f"{name}{read.title}, {percent(read.sure)} sure: {read.why}")
        if read.role == SUPPRESSION:
            say("  a list of whom not to write to: everybody in it gets no mail")
    _print_notes(notes)
    _print_counts(report)
    for read in report.exports:
        if show or read.first_time:
            say()
            print_records(read.columns, read.records)
    unread = [header for header, field in report.columns.items() if field is None]
    if unread:
        table([("columns for layouts only:", names(unread))])
    for read in report.exports:
        print_proposals(report.source, read.proposals)
    _print_findings(report)
    print_questions(report.source, report.questions)
    next_steps("mailroom people", "mailroom prepare MAILING")


def print_batch(batch: Batch, counted: tuple[int, int] | None, *, show: bool = False) -> None:
    """Several exports: one table, who cannot be mailed and why, what went wrong.

    `counted`: how many people can be mailed and how many cannot, whatever file they are from;
    None where they are too many to be counted in passing.
    """
    for report in batch.reports if show else ():
        heading(harmless(f"{', '.join(report.files)} as {report.source}"))
        for read in report.exports:
            print_records(read.columns, read.records)
    if batch.reports:
        heading("Exports")
        _print_table(batch.reports)
    for title, files in (("Left aside", batch.aside), ("Not taken in", batch.failed)):
        if files:
            heading(title)
            table(
                (harmless(one.file), harmless("; ".join(filter(None, (one.message, one.hint)))))
                for one in files
            )
    _print_notes(batch.notes)
    say()
    if batch.lost:
        places = [place for report in batch.reports for place in report.lost_at]
        paragraph(_lost(batch.lost, places), indent=0)
        say(f'`mailroom why "{harmless(places[0])}"` says why')
    if counted:
        _print_can(*counted)
    else:
        records = sum(report.mailable for report in batch.reports)
        say(f"{count(batch.people, 'record')}, {records:,} of which are fit to be mailed")
        say("`mailroom people -o clean.csv` counts everybody once")
    asked = [report.source for report in batch.reports if report.questions]
    if asked:
        one = f" {asked[0]}" if len(asked) == 1 else ""
        next_steps(f"mailroom decide{one}", "mailroom people -o clean.csv")
    else:
        next_steps("mailroom people -o clean.csv", "mailroom people --left-out")


def print_people(found: Sequence[Listed]) -> None:
    """A line a record, with why it cannot be mailed, if it cannot."""
    if not found:
        say("Nobody: nothing has been read yet, or nobody is like that.")
        next_steps("mailroom intake", "mailroom people")
        return
    room = columns() if any(one.reason for one in found) else 3 * columns()  # a third for why
    table(
        (
            (
                shorten(_called(one.recipient), room // 4),
                shorten(_firm(one.recipient), room // 6),
                shorten(one.recipient.address.city, room // 7),
                one.recipient.address.country,
                _in_short(one.reason),
            )
            for one in found
        ),
        ("name", "company", "town", "", "cannot be mailed"),
        wraps=False,
    )
    good = sum(not one.reason for one in found)
    say(f"\n{count(len(found), 'record')}, {good:,} can be mailed")
    if example := next((one.recipient for one in found if one.reason), None):
        next_steps(f'mailroom why "{harmless(example.name_or_key)}"', "mailroom people --left-out")


def _called(person: Recipient) -> str:
    return person.name or person.fields.get("addressee", "(no name)")


def _firm(person: Recipient) -> str:
    return person.company if person.company != person.name else ""


def _in_short(reason: str) -> str:
    """The first of several reasons, and how many there are."""
    parts = reason.split(", ")
    return f"{len(parts)} reasons: {parts[0]}" if len(parts) > 1 else reason


def print_clean(listed: CleanList, output: Path | None, *, left_out: bool) -> None:
    """How many can be mailed and how many cannot, by reason; or those, one by one."""
    if not (listed.people or listed.left_out or output):
        print_people(())
        return
    if left_out and not output:
        who = (columns() - 6) * 3 // 10
        grid(
            (
                (one.recipient.name_or_key, one.recipient.where, one.reason)
                for one in listed.left_out
            ),
            ("who", "row", "cannot be mailed"),
            (who, who, columns() - 6 - 2 * who),
        )
    reasons = Counter(
        "duplicate" if one.reason.startswith("duplicate of") else one.reason.split(", says ")[0]
        for one in listed.left_out
    )
    if not left_out:
        heading("Cannot be mailed")
        table((f"{n:,}", harmless(reason)) for reason, n in reasons.most_common(LISTED))
    say()
    can, cannot = len(listed.people), len(listed.left_out)
    _print_can(can, cannot)
    if output:
        written = count(cannot if left_out else can, "person", "people")
        say(f"{written} written to {output}")
    next_steps("" if left_out else "mailroom people --left-out", "mailroom prepare MAILING")


def _print_can(can: int, cannot: int) -> None:
    say(f"{count(can, 'person', 'people')} can be mailed, {cannot:,} cannot")


def _print_notes(notes: Sequence[str]) -> None:
    for note in dict.fromkeys(notes):
        say()
        paragraph(note)


def _lost(number: int, places: Sequence[str]) -> str:
    """`2 rows could not be read: contacts.csv:3, contacts.csv:9`."""
    more = ", ..." if number > _PLACES else ""
    return f"{count(number, 'row')} could not be read: {', '.join(places[:_PLACES])}{more}"


def print_questions(source: str, questions: Sequence[Question]) -> None:
    """What is left as it is until somebody answers, and what to type."""
    if not questions:
        return
    heading("Open questions")
    table(
        ((f"{one.count:,}", one.subject, harmless(one.example)) for one in questions),
        ("", "question", "for example"),
    )
    hints = list(dict.fromkeys(one.hint for one in questions if "mailroom decide" in one.hint))
    say()
    for hint in hints[:_HINTS] or [f"mailroom decide {source}"]:
        say(f"  {harmless(hint)}")
    if len(hints) > _HINTS:
        say(f"  mailroom decide {source}")


def _print_counts(report: IntakeReport) -> None:
    if report.unchanged:
        say(f"  the same as on {minute(report.at)}: nothing is new since; --again reads it anew")
    say(f"  {count(report.recipients, 'person', 'people')} in {count(report.rows, 'row')}")
    back = f", {report.back} back" if report.back else ""
    say(
        f"  {report.new} new, {report.changed} changed, {report.gone} gone{back} "
        "since the last time"
    )
    if report.lost:
        paragraph(_lost(report.lost, report.lost_at))
    why = _why_not(report)
    paragraph(f"{report.mailable:,} can be mailed" + (f"; cannot: {why}" if why else ""))


def _print_findings(report: IntakeReport) -> None:
    examples: dict[str, Finding] = {}
    for finding in report.findings:
        examples.setdefault(f"{finding.severity.value} {finding.rule}", finding)
    if not examples:
        return
    heading("Findings")
    table(
        (
            (
                str(report.rules.get(name, 1)),
                *name.split(" ", 1),
                harmless(f"{found.where}: {found.message}"),
            )
            for name, found in sorted(examples.items())
        ),
        ("", "", "rule", "for example"),
    )


def _print_table(reports: Sequence[IntakeReport]) -> None:
    """A line a file, and below it who cannot be mailed and why; all of it within the screen."""
    room = columns() - 2 - 2 * 5 - 6 - 6 - 6 - 4
    widths = (room - room // 2, room // 2, 6, 6, 6, 4)
    header = ("file", "recognised as", "sure", "people", "mail", "ask")
    grid((), header, widths)
    for report in reports:
        row = (
            ", ".join(report.files),
            ", ".join(dict.fromkeys(read.title for read in report.exports)),
            percent(min((read.sure for read in report.exports), default=0)),
            f"{report.recipients:,}",
            f"{report.mailable:,}",
            f"{len(report.questions)}" if report.questions else "",
        )
        grid((row,), (), widths)
        if report.lost:
            paragraph(_lost(report.lost, report.lost_at), indent=6)
        if report.source != _slug(report.files[0]):
            grid((("source:", report.source),), (), (7, columns() - 2 - 4 - 9), indent=6)
        if why := _why_not(report):
            grid((("cannot:", why),), (), (7, columns() - 2 - 4 - 9), indent=6)
    say("\n  mail: records that nothing keeps from being mailed; ask: open questions")


def _slug(file: str) -> str:
    """The file's name as a source would be called."""
    return re.sub(r"[^a-z0-9]+", "-", Path(file).stem.casefold()).strip("-")


def _why_not(report: IntakeReport) -> str:
    """How many people cannot be mailed, for each reason; somebody may have several."""
    most = sorted(report.cannot.items(), key=lambda item: -item[1])
    return ", ".join(f"{number:,} {harmless(reason)}" for reason, number in most)

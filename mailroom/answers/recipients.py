"""intake, why: who has come in, and what is known of one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.answers import LISTED, minute
from mailroom.answers.exports import names, paragraph, percent, print_proposals, print_records
from mailroom.terminal import columns, count, grid, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.model import Finding
    from mailroom.pipeline.clean import CleanList
    from mailroom.pipeline.take_all import Batch
    from mailroom.pipeline.take_in import IntakeReport, Question

SUPPRESSION = "suppression"
_HINTS = 4  #: of what to type, before one stands for all


def placed(finding: Finding) -> dict[str, Any]:
    """The finding with its place as a program wants it: file and line apart."""
    file, _, line = finding.where.rpartition(":")
    place = {"file": file, "line": int(line)} if line.isdigit() else {"file": finding.where}
    return {"line": None, **place, **vars(finding)}


def print_intake(report: IntakeReport, *, show: bool = False) -> None:
    """What came in, whose export it is, what nobody reads, what was found, what is asked."""
    heading(f"{', '.join(report.files)} as {report.source}")
    for read in report.exports:
        name = f"{read.file}: " if len(report.exports) > 1 else ""
        paragraph(f"{name}{read.title}, {percent(read.sure)} sure: {read.why}")
        if read.role == SUPPRESSION:
            say("  a list of whom not to write to: everybody in it gets no mail")
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


def print_batch(batch: Batch, *, show: bool = False) -> None:
    """Several exports: one table, who cannot be mailed and why, what went wrong."""
    for report in batch.reports if show else ():
        heading(f"{', '.join(report.files)} as {report.source}")
        for read in report.exports:
            print_records(read.columns, read.records)
    if batch.reports:
        heading("Exports")
        _print_table(batch.reports)
    for title, files in (("Left aside", batch.aside), ("Not taken in", batch.failed)):
        if files:
            heading(title)
            table((one.file, "; ".join(filter(None, (one.message, one.hint)))) for one in files)
    say()
    say(f"{count(batch.people, 'person', 'people')}, {batch.mailable:,} of them can be mailed")
    asked = next((report for report in batch.reports if report.questions), None)
    if asked:
        next_steps(f"mailroom decide {asked.source}", "mailroom people -o clean.csv")
    else:
        next_steps("mailroom people -o clean.csv", "mailroom people --left-out")


def print_clean(listed: CleanList, output: Path | None, *, left_out: bool) -> None:
    """How many can be mailed and how many cannot, by reason; or those, one by one."""
    if left_out and not output:
        table(
            (
                (one.recipient.name_or_key, one.recipient.where, harmless(one.reason))
                for one in listed.left_out
            ),
            ("who", "row", "cannot be mailed"),
        )
    reasons = Counter(
        "duplicate" if one.reason.startswith("duplicate of") else one.reason
        for one in listed.left_out
    )
    if not left_out:
        heading("Cannot be mailed")
        table((f"{n:,}", harmless(reason)) for reason, n in reasons.most_common(LISTED))
    say()
    can, cannot = len(listed.people), len(listed.left_out)
    say(f"{count(can, 'person', 'people')} can be mailed, {cannot:,} cannot")
    if output:
        say(f"{cannot if left_out else can:,} of them are in {output}")
    next_steps("" if left_out else "mailroom people --left-out", "mailroom prepare MAILING")


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
        say(f"  {hint}")
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
                f"{found.where}: {harmless(found.message)}",
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
        if why := _why_not(report):
            grid((("cannot:", why),), (), (7, columns() - 2 - 4 - 9), indent=6)
    say("\n  mail: people who can be mailed; ask: open questions")


def _why_not(report: IntakeReport) -> str:
    """How many people cannot be mailed, for each reason; somebody may have several."""
    most = sorted(report.cannot.items(), key=lambda item: -item[1])
    return ", ".join(f"{number:,} {harmless(reason)}" for reason, number in most)


def print_why(answer: Mapping[str, Any]) -> None:
    """One person: the findings, then each mailing with the greeting and its sources."""
    heading(f"{answer['name'] or '(no name)'}   {answer['recipient']}, {answer['source']}")
    for finding in answer["findings"]:
        say(f"  {finding['severity']}: {finding['message']}")
    if word := answer.get("vouched"):
        say(f"  {word['by']} vouches for the address, {word['at'][:10]}: {word['reason']}")
    for part in answer["mailings"]:
        say(f"\n  {part['title']}: {'in' if part['in'] else 'left out'} ({part['reason']})")
        if "piece" in part:
            say(f"    piece {part['piece']:04d} is {part['status']}")
        greeting = part.get("greeting", {})
        table(
            (
                (name.replace("_", " "), derived["text"], f"from {derived['source']}")
                for name, derived in greeting.items()
            ),
            indent=4,
        )
        if part.get("together_with"):
            say(f"    together with {', '.join(part['together_with'])}")
        if "address" in part:
            say(f"    address: {' / '.join(part['address'])}")
            say(f"    signed by {part['signed_by']}, in {part['language']}")
        _print_verdict(part.get("verdict"))
        for event in part.get("history", ()):
            say(f"    {minute(event['at'])}  {event['now']}  {event['note']}")
        for news in part.get("news", ()):
            say(f"    {minute(news['at'])}  told: {news['word']}  {news['note']}".rstrip())


def _print_verdict(verdict: Mapping[str, Any] | None) -> None:
    """What the post said of the address and when, and who has vouched for it."""
    if not verdict:
        return
    if verdict["at"]:
        words = verdict["said"].replace("_", " ")
        about = f"; {verdict['message']}" if verdict["message"] else ""
        late = "" if verdict["counts"] else " (too long ago to count)"
        say(f"    the post said on {verdict['at'][:10]}: {words}{about}{late}")
    if override := verdict.get("override"):
        say(f"    vouched for by {override['by']}, {override['at'][:10]}: {override['reason']}")

"""intake, why: who has come in, and what is known of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailroom.answers import minute
from mailroom.terminal import count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.model import Finding
    from mailroom.pipeline.collect import IntakeReport


def placed(finding: Finding) -> dict[str, Any]:
    """The finding with its place as a program wants it: file and line apart."""
    file, _, line = finding.where.rpartition(":")
    place = {"file": file, "line": int(line)} if line.isdigit() else {"file": finding.where}
    return {"line": None, **place, **vars(finding)}


def print_intake(report: IntakeReport) -> None:
    """What came in, what nobody reads, what was found, by rule with an example."""
    heading(f"{', '.join(report.files)} as {report.source}")
    say(f"  {count(report.recipients, 'person', 'people')} in {count(report.rows, 'row')}")
    say(f"  {report.new} new, {report.changed} changed, {report.gone} gone since the last time")
    unread = [header for header, field in report.columns.items() if field is None]
    if unread:
        table([("columns for layouts only:", ", ".join(unread))])
    by_rule: dict[tuple[str, str], list[Any]] = {}
    for finding in report.findings:
        by_rule.setdefault((finding.severity.value, finding.rule), []).append(finding)
    if by_rule:
        heading("Findings")
        table(
            (
                (str(len(found)), severity, rule, f"{found[0].where}: {found[0].message}")
                for (severity, rule), found in sorted(by_rule.items())
            ),
            ("", "", "rule", "for example"),
        )
    next_steps("mailroom people", "mailroom prepare MAILING")


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

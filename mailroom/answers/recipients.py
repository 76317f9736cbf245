"""intake: who has come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

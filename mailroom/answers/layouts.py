"""layout check: is a layout sound, and what does it fail on?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mailroom.terminal import count, heading, next_steps, say, table


def layout_report(report: Any) -> dict[str, Any]:
    """What `layout check --json` prints."""
    return {
        "layout": report.layout.name,
        "ok": report.ok,
        "findings": report.findings,
        "trials": [
            {
                "person": trial.person.title,
                "format": trial.format.name,
                "language": trial.language,
                "held_by": trial.held_by,
                "expected": trial.expected,
                "findings": trial.findings,
            }
            for trial in report.trials
        ],
        "pages": [
            {
                "format": use.format,
                "page": use.page,
                "pieces": use.pieces,
                "stamped": use.stamped,
                "laid_out": [
                    {"reason": reason, "pieces": number, "where": use.wheres[reason]}
                    for reason, number in use.laid_out.items()
                ],
            }
            for use in report.pages
        ],
        "compared": report.compared,
        "pieces_per_second": round(report.pieces_per_second, 1),
    }


def print_layout_report(name: str, report: Any) -> None:
    """Whether a layout is sound, and what it fails on."""
    heading(f"{name}: {'sound' if report.ok else 'not sound'}")
    people_tried = len({trial.person.title for trial in report.trials})
    say(
        f"  {count(len(report.trials), 'piece')}: {count(people_tried, 'person', 'people')} in "
        f"{', '.join(report.layout.formats)}, {', '.join(report.layout.languages)}"
    )
    say(f"  {count(len(report.expected_holds), 'piece')} held as they must be")
    say(f"  {report.pieces_per_second:.0f} pieces a second, with all checks")
    if report.compared:
        say(f"  {count(report.compared, 'stamped page')} laid beside the reference's")
    _print_pages(report.pages)
    table((f.severity, f.where, f"{f.message}; {f.hint}") for f in report.findings)
    _print_failures(report.failures)
    next_steps(f"mailroom layout preview {name}")


def _print_pages(pages: Iterable[Any]) -> None:
    """Which pages are stamped, and what keeps the others from it."""
    heading("Pages")
    rows = []
    for use in pages:
        how = "stamped" if use.stamped == use.pieces else f"{use.stamped} of {use.pieces} stamped"
        rows.append((use.format, use.page, how if use.stamped else "laid out each time", ""))
        for reason, number in use.laid_out.items():
            where = use.wheres[reason]
            why = f"{reason} ({where})" if where else reason
            rows.append(("", "", f"{number} laid out", why))
    table(rows)


def _print_failures(failures: Iterable[Any]) -> None:
    """Each rule once, with the person it hits first and how many more it holds."""
    by_rule: dict[str, list[tuple[Any, Any]]] = {}
    for trial in failures:
        for finding in trial.findings:
            if finding.severity == "error":
                by_rule.setdefault(finding.rule, []).append((trial, finding))
    for rule, hits in by_rule.items():
        trial, finding = hits[0]
        heading(f"{rule}: holds {count(len({id(t) for t, _ in hits}), 'piece')}")
        where = f"{trial.person.title}, {trial.format.name}, {trial.language}"
        rows = [("for example", f"{where}: {finding.message}"), ("", finding.hint)]
        table([*rows, ("", f"it stands in {finding.where}")] if ":" in finding.where else rows)

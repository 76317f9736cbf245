"""sheets, labels, calibrate: what was set out on which paper, and what is known of the machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailroom.answers import minute
from mailroom.terminal import count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.labels import LabelsReport
    from mailroom.pipeline.sheets import SheetsReport
    from mailroom.providers.calibration import Measured


def print_sheets(report: SheetsReport) -> None:
    """What the job is, how to cut and stack it, where the files are."""
    heading(f"Press sheets of {report.mailing}")
    table(report.facts)
    heading("How it is made")
    table((str(number), step) for number, step in enumerate(report.steps, 1))
    if not report.slug:
        say("\n  There is no room for the sheets' and pieces' numbers outside the trim; the page")
        say("  labels of the PDF have them.")
    say()
    for path in report.files:
        say(f"  {path}")
    if not report.approved:
        say("\nNot approved yet, as every sheet says: to be looked at, not to be printed.")
        next_steps(f"mailroom proof {report.mailing}")


def print_labels(report: LabelsReport) -> None:
    """How many labels on which sheets, who is left out, where to begin the next time."""
    heading(f"Labels of {report.mailing}   {report.title}")
    words = f"{count(report.labels, 'label')} on {count(report.sheets, 'sheet')}"
    say(f"  {words}, the first one is label {report.start}")
    if report.next_start > 1:
        say(f"  the last sheet can be used on: --start {report.next_start}")
    if report.left_out:
        heading("Left out")
        rows = ((f"{x.piece:04}", x.recipient, x.finding.message) for x in report.left_out)
        table(rows)
    say(f"\n  {report.file}")
    say("\nPrint at 100%, one sheet on plain paper first: hold it against the labels.")


def print_measured(known: Sequence[Measured], printer: str) -> None:
    """What is remembered, and so taken back."""
    from mailroom.pipeline.calibrate import name_of

    if not known:
        say(f"Nothing was measured of {printer or 'any printer'} yet.")
        return
    heading("How far they print off the mark, in mm to the right and down")
    table(
        (
            (
                name_of(item.printer),
                item.stock or "every stock",
                "landscape" if item.lying else "upright",
                str(item.offsets.front),
                str(item.offsets.back),
                minute(item.at),
            )
            for item in known
        ),
        ("printer", "stock", "page", "front", "back", "measured"),
    )

"""Exports and their columns, for people: real records side by side, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mailroom.terminal import columns, count, grid, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.exports.drift import Drift
    from mailroom.pipeline.mapping import Sheet
    from mailroom.pipeline.take_in import IntakeReport

_NARROWEST = 13  #: of a record's column
_MOST_NAMED = 40  #: headers in a list


def percent(sure: float) -> str:
    """How sure, as `98 %`."""
    return f"{sure * 100:.0f} %"


def names(headers: Sequence[str]) -> str:
    """Headers in a line; of very many the first."""
    more = len(headers) - _MOST_NAMED
    listed = ", ".join(map(harmless, headers[:_MOST_NAMED]))
    return f"{listed} and {more:,} more" if more > 0 else listed


def paragraph(text: str) -> None:
    """Words in as many lines as they need."""
    grid(((text,),), (), (columns() - 2,))


def print_records(
    fields: Mapping[str, str | None], records: Sequence[Sequence[str]], *, every: bool = False
) -> None:
    """Real records side by side: each column with the field it fills and what stands in it.

    Columns that nobody reads are left out unless `every`; a record whose column would be too
    narrow stands below.
    """
    headers = list(fields)
    shown = [
        place
        for place, header in enumerate(headers)
        if every or (fields[header] and any(record[place] for record in records))
    ]
    if not records or not shown:
        return
    label = min(24, max(len(headers[place]) for place in shown))
    field = min(16, max(len(fields[headers[place]] or "-") for place in shown))
    room = columns() - 2 - label - 2 - field
    fit = max(1, min(len(records), room // (_NARROWEST + 2)))
    width = room // fit - 2
    for start in range(0, len(records), fit):
        block = records[start : start + fit]
        numbers = [f"record {start + n + 1}" for n in range(len(block))]
        grid(
            (
                (
                    headers[place],
                    fields[headers[place]] or "-",
                    *(_cut(record[place], width) for record in block),
                )
                for place in shown
            ),
            ("column", "field", *numbers),
            (label, field, *[width] * len(block)),
        )
        say()


def print_proposals(source: str, proposals: Sequence[Mapping[str, str]]) -> None:
    """Columns that seem to be something: a person says whether they are."""
    for one in proposals:
        say(f"  {harmless(one['header'])}: {one['why']}")
        say(f'    mailroom mapping {source} --set "{harmless(one["header"])}={one["field"]}"')


def print_sheets(sheets: Sequence[Sheet]) -> None:
    """A source's files: five records each, the field of each column, what nobody reads."""
    for sheet in sheets:
        state = "waits for a word" if sheet.waits else "read so"
        heading(f"{sheet.file}, {sheet.source}: {sheet.title}, {percent(sheet.sure)} sure")
        paragraph(sheet.why)
        by = f" (said by {sheet.by})" if sheet.by else ""
        say(f"  {state}{by}\n")
        if sheet.drift:
            print_drift(sheet.drift)
            say()
        print_records(sheet.columns, sheet.records)
        unread = [header for header, field in sheet.columns.items() if not field]
        rows = [("nobody reads:", names(unread))] if unread else []
        rows += [("mailroom.toml decides:", names(sheet.fixed))] if sheet.fixed else []
        table(rows)
        print_proposals(sheet.source, [vars(one) for one in sheet.proposals])
    name = sheets[0].source
    if any(sheet.drift for sheet in sheets):
        next_steps(f"mailroom mapping {name} --accept", f"mailroom intake FILE --source {name}")
    else:
        example = next(iter(sheets[0].columns), "Header")
        next_steps(f'mailroom mapping {name} --set "{harmless(example)}=FIELD"')


def print_again(report: IntakeReport) -> None:
    """What reading the last files once more has brought."""
    say()
    say(
        f"{', '.join(report.files)} was read again: {report.new} new, {report.changed} changed, "
        f"{report.gone} gone; {report.mailable:,} of {report.recipients:,} can be mailed"
    )


def print_drift(drift: Drift) -> None:
    """Old -> new, with what is lost by it."""
    table(
        (
            *(
                ("renamed", f"{one.old} -> {one.new}", one.field or "-", one.why)
                for one in map(_harmless, drift.renamed)
            ),
            *(("new", harmless(header), field or "-", "") for header, field in drift.added),
            *(("gone", harmless(header), field or "-", "") for header, field in drift.gone),
        ),
        ("", "column", "field", ""),
    )
    if not (drift.renamed or drift.added or drift.gone):
        say("  the same columns in another order")
    if drift.lost:
        say(f"  nobody would have: {', '.join(drift.lost)}")


def print_sources(found: Sequence[Mapping[str, Any]]) -> None:
    """Every source with the files it was read from."""
    room = columns() - 2 - 2 * 3 - 16
    widths = (room // 3, room // 3, room - 2 * (room // 3), 16)
    grid(
        ((one["source"], one["title"], one["files"], one["state"]) for one in found),
        ("source", "recognised as", "files", ""),
        widths,
    )
    say(f"\n{count(len(found), 'source')}")
    next_steps("mailroom mapping SOURCE" if found else "mailroom intake FILE")


def _harmless(one: Any) -> Any:
    from dataclasses import replace

    return replace(one, old=harmless(one.old), new=harmless(one.new))


def _cut(text: str, width: int) -> str:
    """At most three lines of a cell."""
    text = " ".join(text.split())
    return text if len(text) <= 3 * width else f"{text[: 3 * width - 1]}…"

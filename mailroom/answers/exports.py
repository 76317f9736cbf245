"""Exports and their columns, for people: real records side by side, and what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mailroom.terminal import columns, count, grid, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.exports.drift import Drift
    from mailroom.pipeline.mapping import Sheet
    from mailroom.pipeline.reading import Forecast
    from mailroom.pipeline.take_in import IntakeReport

_NARROWEST = 10  #: of a record's column
_MOST_NAMED = 40  #: headers in a list
_MOST_CHANGED = 12  #: columns that are new, and that are gone, one by one


def percent(sure: float) -> str:
    """How sure, as `98 %`."""
    return f"{sure * 100:.0f} %"


def names(headers: Sequence[str]) -> str:
    """Headers in a line; of very many the first."""
    more = len(headers) - _MOST_NAMED
    listed = ", ".join(map(harmless, headers[:_MOST_NAMED]))
    return f"{listed} and {more:,} more" if more > 0 else listed


def paragraph(text: str, indent: int = 2) -> None:
    """Words in as many lines as they need."""
    grid(((text,),), (), (columns() - indent,), indent=indent)


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
    for sheet in [sheet for sheet in sheets if sheet.drift] or sheets:
        state = "not read yet" if sheet.waits else "read so"
        state = "waits for a word" if sheet.drift else state
        heading(
            f"{harmless(sheet.file)}, {sheet.source}: {sheet.title}, {percent(sheet.sure)} sure"
        )
        paragraph(sheet.why)
        by = f" (said by {sheet.by})" if sheet.by else ""
        say(f"  {state}{by}\n")
        if sheet.drift:
            print_drift(sheet.drift, sheet.forecast)
            say()
        print_records(sheet.columns, sheet.records)
        unread = [header for header, field in sheet.columns.items() if not field]
        rows = [("nobody reads:", names(unread))] if unread else []
        rows += [("mailroom.toml decides:", names(sheet.fixed))] if sheet.fixed else []
        rows += [("look again:", doubt) for doubt in sheet.doubts]
        table(rows)
        print_proposals(sheet.source, [vars(one) for one in sheet.proposals])
    name = sheets[0].source
    if any(sheet.drift for sheet in sheets):
        say("\n  --accept takes it in; an export of something else is another source's")
        next_steps(
            f"mailroom mapping {name} --accept --by YOUR-NAME",
            "mailroom intake FILE --source ANOTHER-NAME",
        )


def print_again(report: IntakeReport, sheets: Sequence[Sheet] = ()) -> None:
    """What reading the last files once more has brought, and what of their columns looks wrong."""
    say()
    say(
        f"{', '.join(map(harmless, report.files))} was read: {report.new} new, "
        f"{report.changed} changed, {report.gone} gone; "
        f"{report.mailable:,} of {report.recipients:,} can be mailed"
    )
    if doubts := [doubt for sheet in sheets for doubt in sheet.doubts]:
        table(("look again:", doubt) for doubt in doubts)
    next_steps(f"mailroom mapping {report.source}", "mailroom people --left-out")


def print_drift(drift: Drift, forecast: Forecast | None = None) -> None:
    """Old -> new, what is lost by it, and how many could be mailed then."""
    table(
        (
            *(
                ("renamed", f"{one.old} -> {one.new}", one.field or "-", one.why)
                for one in map(_harmless, drift.renamed)
            ),
            *_few("new", drift.added),
            *_few("gone", drift.gone),
        ),
        ("", "column", "field", ""),
    )
    if not (drift.renamed or drift.added or drift.gone):
        say("  the same columns in another order")
    for field in drift.lost:
        was = ", ".join(harmless(header) for header, name in drift.gone if name == field)
        paragraph(f"warning: no column is left for {field}, which was {was}")
    if forecast and forecast.of_now:
        paragraph(
            f"{'warning: ' if forecast.is_worse else ''}can be mailed: "
            f"{forecast.can_now:,} of {forecast.of_now:,} the last time -> "
            f"{forecast.can:,} of {forecast.of:,} with these columns"
        )


def _few(what: str, headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Those that fill a field, and of the others the first."""
    ordered = sorted(headers, key=lambda one: not one[1])
    for header, field in ordered[:_MOST_CHANGED]:
        yield what, harmless(header), field or "-", ""
    if more := len(ordered[_MOST_CHANGED:]):
        yield what, f"and {more:,} more", "", ""


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

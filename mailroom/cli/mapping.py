"""mapping: which column of an export fills which field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mailroom.answers.exports import print_again, print_sheets, print_sources
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import Refused, UsageError

if TYPE_CHECKING:
    from mailroom.ledger.mappings import Remembered
    from mailroom.pipeline.take_in import IntakeReport
    from mailroom.workspace import Workspace


@click.command()
@click.argument("source", default="")
@click.option(
    "--set",
    "fields",
    multiple=True,
    metavar='"HEADER=FIELD"',
    help="The column fills that field; with nothing after the = it fills none.",
)
@click.option("--accept", is_flag=True, help="What waits is right as it is shown: take it in.")
@click.option("--gone", type=int, help="So many people may be gone by it, where it is over half.")
@click.option("--by", default="", help="Your name; it is kept with the mapping.")
@json_option
@click.pass_context
def mapping(
    ctx: click.Context,
    source: str,
    fields: tuple[str, ...],
    accept: bool,
    gone: int | None,
    by: str,
    as_json: bool,
) -> None:
    """Show or set which column fills which field.

    Five real records stand side by side. It is remembered for each header of the source; one
    that has changed waits until it is accepted, and is taken in then. [sources.NAME.columns] in
    mailroom.toml wins. Without SOURCE, all sources are listed.
    """
    from mailroom import pipeline

    if not source and (fields or accept):
        raise UsageError("of which source?", hint="type `mailroom mapping SOURCE --set ...`")
    with opened(ctx) as ws:
        if not source:
            found = pipeline.list_sources(ws)
            print_json(found) if as_json else print_sources(found)
            return
        if fields or accept:
            wanted = dict(map(_parsed, fields))
            before = pipeline.remembered(ws, source)
            pipeline.set_columns(ws, source, wanted, accept=accept, by=by.strip())
            report = _read(ws, source, before, gone, accept=accept)
        else:
            report = None
        sheets = pipeline.mapping(ws, source)
    if as_json:
        print_json(sheets)
        return
    if report:
        print_again(report, sheets)
    else:
        print_sheets(sheets)


def _read(
    ws: Workspace, source: str, before: Sequence[Remembered], gone: int | None, *, accept: bool
) -> IntakeReport | None:
    """What waits or was read last is read with the new mapping.

    Where that is refused a mapping that was set is as it was before; one that was accepted is
    that of another header, and stays.
    """
    from mailroom import pipeline
    from mailroom.pipeline.mapping import Drifted, Unmapped

    try:
        return pipeline.read_waiting(ws, source, gone)
    except (Drifted, Unmapped):
        raise
    except Refused as error:
        if not accept:
            pipeline.restore(ws, before)
        error.message += f"; the mapping is {'remembered' if accept else 'as it was'}"
        error.args = (error.message,)
        raise


def _parsed(text: str) -> tuple[str, str]:
    """`Header=field`; a header may have a = in it, a field has none."""
    header, equals, field = text.rpartition("=")
    if not equals or not header.strip():
        raise UsageError(
            f"{text!r} says of no column what it is", hint='write --set "Their header=last_name"'
        )
    return header.strip(), field.strip()

"""mapping: which column of an export fills which field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailroom.answers.exports import print_again, print_sheets, print_sources
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import UsageError

if TYPE_CHECKING:
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
@click.option("--accept", is_flag=True, help="A header that has changed is right as it is shown.")
@click.option("--by", default="", help="Your name; it is kept with the mapping.")
@json_option
@click.pass_context
def mapping(
    ctx: click.Context, source: str, fields: tuple[str, ...], accept: bool, by: str, as_json: bool
) -> None:
    """Show or set which column fills which field.

    Five real records stand side by side. It is remembered for each header of the source; one
    that has changed waits until it is accepted. [sources.NAME.columns] in mailroom.toml wins.
    Without SOURCE, all sources are listed.
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
            sheets = pipeline.set_columns(ws, source, wanted, accept=accept, by=by.strip())
            report = _read_again(ws, source)
        else:
            sheets, report = pipeline.mapping(ws, source), None
    if as_json:
        print_json(sheets)
        return
    print_sheets(sheets)
    if report:
        print_again(report)


def _read_again(ws: Workspace, source: str) -> IntakeReport | None:
    """What was read already is read with the new mapping; a file that waits is not."""
    from mailroom import pipeline

    if not pipeline.was_read(ws, source):
        return None
    return pipeline.read_again(ws, source)


def _parsed(text: str) -> tuple[str, str]:
    """`Header=field`; a header may have a = in it, a field has none."""
    header, equals, field = text.rpartition("=")
    if not equals or not header.strip():
        raise UsageError(
            f"{text!r} says of no column what it is", hint='write --set "Their header=last_name"'
        )
    return header.strip(), field.strip()

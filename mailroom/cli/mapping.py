"""mapping: which column of an export fills which field."""

from __future__ import annotations

import click

from mailroom.answers.exports import print_again, print_sheets, print_sources
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import UsageError


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
@click.option("--by", default="", help="Your name; it is kept with the mapping.")
@json_option
@click.pass_context
def mapping(
    ctx: click.Context, source: str, fields: tuple[str, ...], accept: bool, by: str, as_json: bool
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
            pipeline.set_columns(ws, source, wanted, accept=accept, by=by.strip())
            report = pipeline.read_waiting(ws, source)
        else:
            report = None
        sheets = pipeline.mapping(ws, source)
    if as_json:
        print_json(sheets)
        return
    if report:
        print_again(report)
    else:
        print_sheets(sheets)


def _parsed(text: str) -> tuple[str, str]:
    """`Header=field`; a header may have a = in it, a field has none."""
    header, equals, field = text.rpartition("=")
    if not equals or not header.strip():
        raise UsageError(
            f"{text!r} says of no column what it is", hint='write --set "Their header=last_name"'
        )
    return header.strip(), field.strip()

"""due, watch: what standing rules want, and the folder that exports are put into."""

from __future__ import annotations

import datetime as dt

import click

from mailroom.answers.programmes import print_due
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import ExitCode


@click.command()
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Another day than today, like 2026-12-01.",
)
@json_option
@click.pass_context
def due(ctx: click.Context, day: dt.datetime | None, as_json: bool) -> int:
    """Tell who is due, by the programmes.

    Who gets something today and why, who is held back or passed over and why, what comes in
    the next days, and what to type. Nothing is made or sent by it.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        report = pipeline.due(ws, day.date() if day else None)
    if as_json:
        print_json(report)
    else:
        print_due(report)
    if any(one.problem for one in report.programmes):
        return ExitCode.CONFIG
    return ExitCode.HELD if any(one.held_back for one in report.programmes) else ExitCode.DONE

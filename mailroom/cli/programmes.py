"""due, watch: what standing rules want, and the folder that exports are put into."""

from __future__ import annotations

import datetime as dt
import json
import time

import click

from mailroom.answers.programmes import print_due, print_event
from mailroom.cli.arguments import Day, ended_by_sigterm, json_option, opened, print_json
from mailroom.errors import ExitCode
from mailroom.terminal import say


@click.command()
@click.option(
    "--date",
    "day",
    type=Day(),
    help="Another day than today, like 2026-12-01.",
)
@json_option
@click.pass_context
def due(ctx: click.Context, day: dt.date | None, as_json: bool) -> int:
    """Tell who is due, by the programmes.

    Who gets something today and why, who is held back or passed over and why, what comes in
    the next days, and what to type. Nothing is made or sent by it.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        report = pipeline.due(ws, day)
    if as_json:
        print_json(report)
    else:
        print_due(report)
    if any(one.problem for one in report.programmes):
        return ExitCode.CONFIG
    return ExitCode.HELD if any(one.held_back for one in report.programmes) else ExitCode.DONE


@click.command()
@click.option("--once", is_flag=True, help="Look once and end: for cron.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.01, max=3600),
    default=5,
    show_default=True,
    help="Seconds between two looks. A file that has not changed in between is complete.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
@click.pass_context
def watch(ctx: click.Context, once: bool, every: float, as_json: bool) -> int:
    """Take exports from the inbox folder, until Ctrl-C.

    Each complete file once: into the ledger, then to inbox/done, or to inbox/refused with a text
    that says why. Then tells who is due by the programmes. Nothing is deleted or sent.
    """
    from mailroom import pipeline
    from mailroom.ledger.records import to_json

    refused = False
    with opened(ctx) as ws, ended_by_sigterm():
        if not (once or as_json):
            say(f"Watching {ws.settings.inbox}, every {every:g} s, until Ctrl-C")
        for event in pipeline.watch(ws, once=once, pause=lambda: time.sleep(every)):
            refused = refused or event.event == "refused"
            if as_json:
                say(json.dumps(to_json(event), ensure_ascii=False))
            else:
                print_event(event)
    return ExitCode.HELD if refused else ExitCode.DONE

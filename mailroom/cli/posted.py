"""track, cancel, returns: what becomes of what was sent."""

from __future__ import annotations

import sys

import click

from mailroom.answers.posted import print_cancelled, print_returns, print_tracked
from mailroom.cli.arguments import (
    json_option,
    mailing_argument,
    opened,
    print_json,
    test_option,
)
from mailroom.errors import ExitCode
from mailroom.terminal import Progress, count, say


@click.command()
@mailing_argument(required=False)
@test_option
@json_option
@click.pass_context
def track(ctx: click.Context, mailing: str | None, test: bool, as_json: bool) -> int:
    """Fetch what has become of what was sent.

    Brings to an end what was interrupted, asks the provider for news, and compares what it has
    with the ledger. Without MAILING: all that have something on its way.
    """
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        names = (mailing,) if mailing else pipeline.under_way(ws)
        reports = [pipeline.track(ws, name) for name in names]
    if as_json:
        print_json(reports[0] if mailing else reports)
    elif not reports:
        say("Nothing is on its way.")
    else:
        for report in reports:
            print_tracked(report)
    return ExitCode.DONE if all(report.is_well for report in reports) else ExitCode.HELD


@click.command()
@mailing_argument()
@click.argument("pieces", nargs=-1, metavar="[PIECE]...")
@click.option("--by", default="", help="Your name; it is kept with the pieces.")
@click.option("--confirm", type=int, help="The number of pieces that will be called back.")
@test_option
@json_option
@click.pass_context
def cancel(
    ctx: click.Context,
    mailing: str,
    pieces: tuple[str, ...],
    by: str,
    confirm: int | None,
    test: bool,
    as_json: bool,
) -> int:
    """Call back what is not being made yet.

    PIECE is a number or a range such as 10-20; without it, all that can be called back. Can be
    repeated: what was called back stays so, and `mailroom prepare MAILING --cancelled` plans it
    again.
    """
    from mailroom import pipeline

    def ask(number: int, provider: str) -> int | None:
        if confirm is not None or not sys.stdin.isatty():
            return confirm
        question = f"{count(number, 'piece')} will be called back from {provider}. Type the number"
        return int(click.prompt(question, type=int, err=True))

    with opened(ctx, test=test, mailing=mailing) as ws:
        progress = Progress("asked")
        report = pipeline.cancel(ws, mailing, pieces, by=by.strip(), confirm=ask, progress=progress)
    if as_json:
        print_json(report)
    else:
        print_cancelled(report)
    return ExitCode.DONE if report.is_done else ExitCode.HELD


@click.command()
@mailing_argument(required=False)
@test_option
@json_option
@click.pass_context
def returns(ctx: click.Context, mailing: str | None, test: bool, as_json: bool) -> None:
    """List what the post has brought back.

    With the addresses to correct in the CRM. `mailroom track` fetches the news.
    """
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        names = (mailing,) if mailing else pipeline.all_mailings(ws)
        found = [item for name in names for item in pipeline.returns(ws, name)]
    if as_json:
        print_json(found)
    else:
        print_returns(found)

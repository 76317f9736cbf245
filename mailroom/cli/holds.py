"""hold, suppress, release, holds: who gets no mail because somebody has said so."""

from __future__ import annotations

import datetime as dt

import click

from mailroom.answers.holds import print_held, print_holds, print_released
from mailroom.cli.arguments import by_option, json_option, opened, print_json

_reason = click.option("--reason", required=True, help="Why; it is kept, and `why` shows it.")
_household = click.option("--household", is_flag=True, help="Everybody at the same address.")


@click.command()
@click.argument("who")
@click.option(
    "--until",
    required=True,
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day on which mail may go again, such as 2027-01-15.",
)
@_reason
@by_option("hold")
@_household
@json_option
@click.pass_context
def hold(
    ctx: click.Context,
    who: str,
    until: dt.datetime,
    reason: str,
    by: str,
    household: bool,
    as_json: bool,
) -> None:
    """Let nothing go to somebody until a day.

    WHO is a name, an e-mail address, the key of the CRM or FILE:LINE, and must mean one person.
    It counts for all their records, in every mailing, up to the moment before a piece is
    posted; others at the same address get theirs, unless --household holds them, too.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        day = until.date()
        held = pipeline.hold(ws, who, until=day, reason=reason, by=by, household=household)
    if as_json:
        print_json(held)
    else:
        print_held(held)


@click.command()
@click.argument("who")
@_reason
@by_option("suppression")
@click.option("--postcode", default="", help="Of WHO; also for somebody who is in no export yet.")
@_household
@json_option
@click.pass_context
def suppress(
    ctx: click.Context,
    who: str,
    reason: str,
    by: str,
    postcode: str,
    household: bool,
    as_json: bool,
) -> None:
    """Let nothing go to somebody for good.

    Like `hold`, without an end. Somebody who is in no export yet is remembered by e-mail
    address, or by name and --postcode, and gets nothing once they come in.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        held = pipeline.suppress(
            ws, who, reason=reason, by=by, postcode=postcode, household=household
        )
    if as_json:
        print_json(held)
    else:
        print_held(held)


@click.command()
@click.argument("who")
@_reason
@by_option("release")
@_household
@json_option
@click.pass_context
def release(
    ctx: click.Context, who: str, reason: str, by: str, household: bool, as_json: bool
) -> None:
    """Let mail go to somebody again.

    Ends their holds, and lifts what an export or the post says of them, until it says so anew.
    WHO may be a hold's number, such as #3. That somebody has died only the CRM can take back.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        released = pipeline.release(ws, who, reason=reason, by=by, household=household)
    if as_json:
        print_json(released)
    else:
        print_released(released)


@click.command()
@click.option("--all", "ended", is_flag=True, help="Also those that are over.")
@json_option
@click.pass_context
def holds(ctx: click.Context, ended: bool, as_json: bool) -> None:
    """List who is held, why, by whom and until when.

    What exports say themselves is not listed: `mailroom people` shows it.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        found = pipeline.holds(ws, ended=ended)
    if as_json:
        print_json(found)
    else:
        print_holds(found, ended=ended)

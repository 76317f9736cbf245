"""prepare, proof, approve, send, status: the main job."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.answers.mailings import (
    print_pieces,
    print_prepared,
    print_sent,
    print_status,
    talk_posting,
)
from mailroom.cli.arguments import (
    by_option,
    json_option,
    mailing_argument,
    opened,
    print_json,
    test_option,
)
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import Progress, count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.send import Posting


@click.command()
@mailing_argument()
@click.option("--cancelled", is_flag=True, help="Plan again what was called back.")
@json_option
@click.pass_context
def prepare(ctx: click.Context, mailing: str, cancelled: bool, as_json: bool) -> int:
    """Choose, merge, render and check every piece.

    Free and repeatable. Ends with counts, who is left out, what is held, and a quote.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        report = pipeline.prepare(ws, mailing, Progress("pieces"), cancelled=cancelled)
    if as_json:
        print_json(report)
    else:
        print_prepared(report)
    return ExitCode.HELD if report.held else ExitCode.DONE


@click.command()
@mailing_argument()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Copy the PDF there as well.")
@json_option
@click.pass_context
def proof(ctx: click.Context, mailing: str, output: Path | None, as_json: bool) -> None:
    """Show the pieces most likely to be wrong.

    A contact sheet as PDF and PNG: longest name and address, each language, country and
    script, first, last, held. Look at it before you approve.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        made = pipeline.proof(ws, mailing, output)
    if as_json:
        print_json(made)
        return
    heading(f"Proof of {mailing}   {made.digest[:12]}")
    say(f"  {count(len(made.chosen), 'piece')} of {made.pieces}, the ones most likely to be wrong:")
    table((f"{item.piece:04d}", item.recipient, item.reasons) for item in made.chosen)
    say()
    for path in made.files:
        say(f"  {path}")
    next_steps(f"mailroom approve {mailing} --by YOU")


@click.command()
@mailing_argument()
@by_option("approval")
@click.option(
    "--accept",
    multiple=True,
    metavar="RULE=REASON",
    help="Send what RULE holds all the same, and say why; can be given again.",
)
@json_option
@click.pass_context
def approve(
    ctx: click.Context, mailing: str, by: str, accept: tuple[str, ...], as_json: bool
) -> None:
    """Say that what was proofed may be sent.

    The approval is for exactly this: any change of people, words or layout voids it.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        approval = pipeline.approve(ws, mailing, by, dict(_split_accept(text) for text in accept))
        counts = pipeline.status(ws, mailing)["counts"]
    if as_json:
        print_json(approval)
        return
    ready, held = count(counts.get("ready", 0), "piece"), counts.get("held", 0)
    say(f"{mailing} {approval.digest[:12]} is approved by {approval.by}: {ready}, {held} held.")
    for rule, reason in approval.accepted.items():
        say(f"  {rule} is accepted: {reason}")
    next_steps(f"mailroom send {mailing}", f"mailroom send {mailing} --live")


def _split_accept(text: str) -> tuple[str, str]:
    rule, equals, reason = text.partition("=")
    if not equals:
        raise UsageError(f"--accept {text!r} has no reason", hint="write --accept RULE='REASON'")
    return rule.strip(), reason.strip()


@click.command()
@mailing_argument()
@click.option("--live", is_flag=True, help="Really post. Without it: a trial.")
@click.option("--confirm", type=int, help="The number of pieces that will be posted.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many pieces this time.")
@json_option
@click.pass_context
def send(
    ctx: click.Context,
    mailing: str,
    live: bool,
    confirm: int | None,
    limit: int | None,
    as_json: bool,
) -> int:
    """Hand over the approved pieces, each once.

    Without --live nothing is posted: the provider's test mode is tried where it has one, else
    it is a rehearsal with files only. Interrupted or repeated, it goes on where it was and posts
    nothing twice.
    """
    from mailroom import pipeline

    def ask(posting: Posting) -> int | None:
        if confirm is None and not sys.stdin.isatty():
            return None
        talk_posting(posting)
        if confirm is not None:
            return confirm
        what = f"{count(posting.pieces, 'piece')} will be posted through {posting.provider}"
        return int(click.prompt(f"{what}. Type the number", type=int, err=True))

    with opened(ctx) as ws:
        progress = Progress("posted" if live else "tried")
        report = pipeline.send(
            ws, mailing, live=live, confirm=ask, limit=limit or 0, progress=progress
        )
    if as_json:
        print_json(report)
    else:
        print_sent(report)
    bad = any(o.status in ("failed", "unknown", "ready") for o in report.outcomes)
    return ExitCode.HELD if report.mode != "rehearsal" and bad else ExitCode.DONE


@click.command()
@mailing_argument(required=False)
@test_option
@json_option
@click.pass_context
def status(ctx: click.Context, mailing: str | None, test: bool, as_json: bool) -> None:
    """Tell where every piece is.

    Without MAILING: how each mailing stands.
    """
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        names = (mailing,) if mailing else pipeline.all_mailings(ws)
        found = [pipeline.status(ws, name) for name in names]
    if as_json:
        print_json(found[0] if mailing else found)
        return
    for answer in found:
        print_status(answer)
        if mailing:
            print_pieces(answer)
    steps = [answer["next"] for answer in found if answer["next"]]
    steps += [_about_held(answer) for answer in found if answer["held"]]
    if steps:
        next_steps(*steps)


def _about_held(answer: Mapping[str, Any]) -> str:
    """How to learn more of the first piece that did not go."""
    held = next(p["recipient"] for p in answer["pieces"] if p["status"] == "held")
    return f"mailroom why {shlex.quote(held)} {answer['mailing']}"

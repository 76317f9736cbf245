"""verify: are the addresses those of the post?"""

from __future__ import annotations

import shlex

import click

from mailroom.answers.addresses import print_verified
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import Progress


@click.command()
@mailing_argument()
@click.option("--live", is_flag=True, help="Ask for real, with a live key; it may cost money.")
@click.option("--again", is_flag=True, help="Ask about all, also what was looked up lately.")
@click.option(
    "--override",
    multiple=True,
    metavar="WHO=REASON",
    help="WHO's address is right as it is, and why; can be given again.",
)
@click.option("--by", default="", help="Your name; it is kept with the override.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    mailing: str,
    live: bool,
    again: bool,
    override: tuple[str, ...],
    by: str,
    as_json: bool,
) -> int:
    """Look up the addresses of a mailing.

    In the data of the post, at the mailing's provider. With --live what it says counts: the
    address is printed as the post has it, or the piece is held. Without it a test key is used:
    nobody looks, and nothing is changed. With --override nobody is asked.
    """
    from mailroom import pipeline
    from mailroom.explain import find_people

    said = [_split_override(text, by) for text in override]
    with opened(ctx) as ws:
        if said:
            words = [(find_people(ws, who), reason) for who, reason in said]
            pipeline.vouch(ws, mailing, words, by.strip(), live=live)
            report = pipeline.verified_so_far(ws, mailing, live=live)
        else:
            progress = Progress("addresses")
            report = pipeline.verify(ws, mailing, live=live, again=again, progress=progress)
    if as_json:
        print_json(report)
    else:
        print_verified(report)
    return ExitCode.HELD if report.held else ExitCode.DONE


def _split_override(text: str, by: str) -> tuple[str, str]:
    who, equals, reason = text.partition("=")
    if not (equals and who.strip() and reason.strip()):
        hint = "write --override WHO='WHY IT IS RIGHT'"
        raise UsageError(f"--override {text!r} has no name or no reason", hint=hint)
    if not by.strip():
        override = shlex.quote(text)
        hint = f"type `mailroom verify MAILING --override {override} --by YOUR-NAME`"
        raise UsageError("an override needs a name", hint=hint)
    return who.strip(), reason.strip()

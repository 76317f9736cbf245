"""verify, vouch: are the addresses those of the post? And who says that they are right?"""

from __future__ import annotations

import shlex

import click

from mailroom.answers.addresses import print_verified, print_vouched
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import Progress


@click.command()
@mailing_argument()
@click.option("--live", is_flag=True, help="Ask for real, with a live key; it may cost money.")
@click.option("--again", is_flag=True, help="Ask about all, also what was looked up lately.")
@click.option(
    "--vouch",
    multiple=True,
    metavar="WHO=REASON",
    help="WHO's address is right as it is, and why; can be given again.",
)
@click.option("--by", default="", help="Your name; it is kept with the word.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    mailing: str,
    live: bool,
    again: bool,
    vouch: tuple[str, ...],
    by: str,
    as_json: bool,
) -> int:
    """Look up the addresses of a mailing.

    In the data of the post, at the mailing's provider. With --live what it says counts: the
    address is printed as the post has it, or the piece is held. Without it a test key is used:
    nobody looks, and nothing is changed. With --vouch nobody is asked.
    """
    from mailroom import pipeline
    from mailroom.explain import find_people

    said = [_split_word(text, by) for text in vouch]
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


@click.command()
@click.argument("who")
@click.option("--reason", default="", help="Why it is right; kept with your name.")
@click.option("--by", required=True, help="Your name.")
@click.option("--withdraw", is_flag=True, help="Take the word back.")
@json_option
@click.pass_context
def vouch(ctx: click.Context, who: str, reason: str, by: str, withdraw: bool, as_json: bool) -> int:
    """Say that an address is right as it stands.

    WHO is a key, an e-mail address or a name. The postcode or state that the rules do not know,
    and what the post says of the address, hold it no more; it goes as the CRM has it. The word
    belongs to the address: once that changes, it is looked at anew. A street, a town or a
    country that is missing cannot be vouched for.
    """
    from mailroom import pipeline
    from mailroom.explain import find_people

    if not by.strip():
        raise UsageError("that needs a name", hint="add --by YOUR-NAME")
    if withdraw and reason:
        raise UsageError("--withdraw needs no --reason", hint="leave one of the two away")
    with opened(ctx) as ws:
        people = find_people(ws, who)
        if withdraw:
            said = pipeline.withdraw_word(ws, people, by)
        else:
            said = pipeline.vouch_for(ws, people, reason, by)
    if as_json:
        print_json(said)
    else:
        print_vouched(said)
    return ExitCode.DONE


def _split_word(text: str, by: str) -> tuple[str, str]:
    who, equals, reason = text.partition("=")
    if not (equals and who.strip() and reason.strip()):
        hint = "write --vouch WHO='WHY IT IS RIGHT'"
        raise UsageError(f"--vouch {text!r} has no name or no reason", hint=hint)
    if not by.strip():
        word = shlex.quote(text)
        hint = f"type `mailroom verify MAILING --vouch {word} --by YOUR-NAME`"
        raise UsageError("a word for an address needs a name", hint=hint)
    return who.strip(), reason.strip()

"""duplicates: who may be one person twice."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from mailroom.answers.duplicates import print_confirmed, print_doubt, print_duplicates
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import UsageError
from mailroom.terminal import count, say

if TYPE_CHECKING:
    from mailroom.workspace import Workspace

_KEYS = {"s": "same", "a": "apart", "l": "", "q": None}


@click.command()
@click.option("--same", nargs=2, metavar="A B", help="The two records are one person.")
@click.option("--apart", nargs=2, metavar="A B", help="They are two people.")
@click.option("--together", nargs=2, metavar="A B", help="They are two, and share one piece.")
@click.option("--separate", nargs=2, metavar="A B", help="They are two, and get a piece each.")
@click.option("--by", default="", help="Your name; it is kept with the answer.")
@click.option("--reason", default="", help="Why; it is kept, too.")
@json_option
@click.pass_context
def duplicates(
    ctx: click.Context,
    /,
    by: str,
    reason: str,
    as_json: bool,
    **answers: tuple[str, str] | None,
) -> None:
    """Show who may be one person twice, and answer it.

    Records that are surely one person are taken together; these are the doubts, and until
    somebody answers both stay. A and B are keys as they are listed, or names that mean one
    person; of two with nothing in common a --reason says why they are one. An answer is
    remembered; the opposite one takes it back. With --by in a terminal the doubts are asked one
    after the other.
    """
    from mailroom import pipeline

    given = [(word, pair) for word, pair in answers.items() if pair]
    if given and not by.strip():
        word, pair = given[0]
        hint = f"type `mailroom duplicates --{word} {shlex.join(pair)} --by YOUR-NAME`"
        raise UsageError("an answer needs a name", hint=hint)
    with opened(ctx) as ws:
        answered = [
            pipeline.answer_doubt(ws, *pair, word, by=by.strip(), reason=reason)
            for word, pair in given
        ]
        if by.strip() and not given and not as_json and sys.stdin.isatty():
            _ask(ws, by.strip())
            return
        report = pipeline.duplicates(ws)
    if as_json:
        print_json(report)
    elif answered:
        print_confirmed(answered, report)
    else:
        print_duplicates(report)


def _ask(ws: Workspace, by: str) -> None:
    """One doubt after the other, until all are answered or somebody has had enough."""
    from mailroom import pipeline

    report = pipeline.duplicates(ws)
    answered = 0
    for number, doubt in enumerate(report.unsure, start=1):
        print_doubt(doubt, f"{number} of {len(report.unsure)}")
        word = _word()
        if word is None:
            break
        if word:
            pipeline.answer_doubt(ws, doubt.a.key, doubt.b.key, word, by=by)
            answered += 1
    say(f"\n{count(answered, 'answer')} kept, {count(len(report.unsure) - answered, 'doubt')} left")


def _word() -> str | None:
    """What was chosen; None to end it, empty for later."""
    while True:
        key = click.prompt("[s]ame, [a]part, [l]ater, [q]uit", prompt_suffix=" ", default="l")
        if (first := key.strip()[:1].lower()) in _KEYS:
            return _KEYS[first]

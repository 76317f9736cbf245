"""decide: what an intake asks, answered once a rule."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mailroom.answers.decisions import print_answered, print_asked, print_question
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import UsageError

if TYPE_CHECKING:
    from mailroom.pipeline.decide import Asked
    from mailroom.workspace import Workspace


@click.command()
@click.argument("source", default="")
@click.argument("answers", nargs=-1, metavar="[RULE=ANSWER]...")
@click.option("--by", default="", help="Your name; it is kept with the answers.")
@json_option
@click.pass_context
def decide(
    ctx: click.Context, source: str, answers: tuple[str, ...], by: str, as_json: bool
) -> None:
    """Answer what an intake asks about a source.

    Without answers: what is asked and what was mended, rule by rule, with examples; on a
    terminal one question after the other. With answers they are kept, and the source's last
    files are read again at once. An answer can be changed at any time.
    """
    from mailroom import pipeline

    if "=" in source:
        source, answers = "", (source, *answers)
    said = dict(map(_split, answers))
    with opened(ctx) as ws:
        if said:
            source = source or _only_source(ws)
            report = pipeline.answer(ws, source, said, _name(by))
            if as_json:
                print_json(report)
            else:
                print_answered(report, said)
            return
        found = pipeline.asked(ws, source)
        if as_json:
            print_json(found)
            return
        is_open = [one for one in found if one.state == "open"]
        if is_open and sys.stdin.isatty() and sys.stdout.isatty():
            _ask(ws, is_open, by)
        else:
            print_asked(found)


def _split(text: str) -> tuple[str, str]:
    rule, equals, said = text.rpartition("=")
    if not (equals and rule.strip() and said.strip()):
        hint = "write RULE=ANSWER, such as all-caps-name=take"
        raise UsageError(f"{text!r} is no answer", hint=hint)
    return rule.strip(), said.strip()


def _name(by: str) -> str:
    if not by.strip():
        raise UsageError("an answer needs a name", hint="add --by YOUR-NAME")
    return by.strip()


def _only_source(ws: Workspace) -> str:
    from mailroom import pipeline

    sources = {one.source for one in pipeline.asked(ws)}
    if len(sources) == 1:
        return sources.pop()
    hint = f"mailroom decide SOURCE RULE=ANSWER (sources: {', '.join(sorted(sources)) or 'none'})"
    raise UsageError("it is not said of which source", hint=hint)


def _ask(ws: Workspace, questions: Sequence[Asked], by: str) -> None:
    """One question after the other; what was answered counts, also where Ctrl-C ends it."""
    from mailroom import pipeline

    said: dict[str, dict[str, str]] = {}
    try:
        for one in questions:
            print_question(one)
            choices = click.Choice([*one.choices, "later"])
            answer = click.prompt(f"  {one.rule}", type=choices, default="later")
            if answer != "later":
                said.setdefault(one.source, {})[one.rule] = answer
    except click.Abort:
        click.echo()
    if not said:
        return
    by = by or click.prompt("  Your name")
    for source, answers in said.items():
        print_answered(pipeline.answer(ws, source, answers, _name(by)), answers)

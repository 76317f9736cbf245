"""decide: what is asked about the data, and what came of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mailroom.terminal import count, harmless, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.decide import Asked
    from mailroom.pipeline.take_in import IntakeReport


def print_asked(found: Sequence[Asked]) -> None:
    """The open questions with examples and what to type; then in lines what was done already."""
    if not found:
        say("Nothing was mended and nothing is asked.")
        next_steps("mailroom intake", "mailroom people")
        return
    is_open = [one for one in found if one.state == "open"]
    if is_open:
        heading("Open questions: nothing is changed until somebody answers")
    for one in is_open:
        print_question(one)
    decided = [one for one in found if one.state == "decided"]
    if decided:
        heading("Answered")
        table((one.source, one.rule, one.answer, f"{one.by}, {one.at[:10]}") for one in decided)
    mended = [one for one in found if one.state == "by default"]
    if mended:
        heading("Mended, since it can only be meant one way; undone with RULE=refuse")
        table(
            [(str(one.count), one.source, one.rule, _examples(one)) for one in mended],
            ("", "", "rule", "for example"),
        )
    next_steps(_command(is_open[0]) if is_open else "mailroom people")


def print_question(one: Asked) -> None:
    """A question: how often it comes up, what it is, three examples, what to type."""
    say(f"\n  {harmless(one.rule)}   {count(one.count, 'time')} in {one.source}")
    table([("", f"{one.title[0].upper()}{one.title[1:]}")], indent=2)
    table([(example.where, example.message) for example in one.examples], indent=6)
    table([("", f"answer: {' or '.join(_word(one, choice) for choice in one.choices)}")], indent=2)


def _examples(one: Asked) -> str:
    """Of different messages the first ones."""
    return "; ".join(dict.fromkeys(example.message for example in one.examples))


def print_answered(report: IntakeReport, said: Mapping[str, str]) -> None:
    """What the answers have changed."""
    heading(f"{count(len(said), 'answer')} kept; {report.source} was read again")
    say(f"  {report.changed} changed, {report.new} new, {report.gone} gone")
    say(f"  {report.mailable} of {count(report.recipients, 'person', 'people')} can be mailed")
    left = len(report.questions)
    say(f"  {count(left, 'question')} left" if left else "  no question is left")
    next_steps(f"mailroom decide {report.source}" if left else "", "mailroom people")


def _word(one: Asked, choice: str) -> str:
    word = harmless(f"{one.rule}={choice}")
    return f'"{word}"' if " " in word else word


def _command(one: Asked) -> str:
    return f"mailroom decide {one.source} {_word(one, one.choices[0])} --by YOU"

"""What the commands answer, for people to read; `--json` prints the reports themselves.

Aligned, in few lines, what matters last: counts, then what is held, then what to type next.
A module for each of `cli`; here is what several of them say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mailroom.terminal import count, heading, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.whereabouts import Noted

LISTED = 20
"""Told one by one; of single pieces there are thousands, all but a few alike."""


def minute(at: str) -> str:
    """A moment of the ledger, in UTC, for people."""
    return at[:16].replace("T", " ")


def without_repeats(rows: Iterable[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    """The first column only where it changes."""
    before = ""
    for first, *rest in rows:
        yield ("" if first == before else first, *rest)
        before = first


def trial_mark(live: bool) -> str:
    """Before the heading of everything that is not real."""
    return "" if live else "TEST  "


def as_typed(command: str, live: bool) -> str:
    """The command for what is real, or the same for its trial."""
    return command if live else f"{command} --test"


def say_more(number: int, told: int = LISTED) -> None:
    """That there were too many to be told one by one."""
    if number > told:
        say(f"  and {number - told} more: --json lists them all")


def print_noted(title: str, items: Sequence[Noted]) -> None:
    """Pieces that somebody should look at; what to do once for all that need the same."""
    if not items:
        return
    heading(f"{title}: {count(len(items), 'piece')}")
    hints = dict.fromkeys(item.hint for item in items)
    same = len(hints) == 1
    alike = same and len(items) > 1 and len({item.what for item in items}) == 1
    for item in items[:LISTED]:
        who = f"{item.piece:04d}  {item.recipient}" if item.piece else "(no number)"
        say(f"  {who}   {item.ref}".rstrip())
        words = item.what if same or not item.hint else f"{item.what}; {item.hint}"
        if not alike:
            table([("-", words)], indent=6)
    say_more(len(items))
    if alike:
        table([("", items[0].what)], indent=0)
    if same and items[0].hint:
        table([("", items[0].hint)], indent=0)

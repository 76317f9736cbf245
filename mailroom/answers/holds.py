"""hold, suppress, release, holds: who gets no mail, why, and who has said so."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailroom.terminal import count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.holds import HeldReport, ReleaseReport


def print_held(held: HeldReport) -> None:
    """Who gets nothing from now on, until when, and what to type for mail to go again."""
    end = f"until {held.until}" if held.until else "for good"
    heading(f"{held.who} gets no mail {end}")
    say(f"  {held.reason} ({held.by})")
    if held.scope == "not in any export":
        say("  Nobody in the exports is meant; it is remembered, and counts once they come in.")
    if held.scope == "household":
        say("  Everybody there is held, also who comes to live there.")
    for piece in held.under_way:
        say(f"  A piece was handed over already: `mailroom cancel {piece}` may still call it back.")
    next_steps("mailroom holds")


def print_released(released: ReleaseReport) -> None:
    """What no longer keeps mail back, and what still does."""
    heading(f"{released.who}: released")
    table(("", reason) for reason in released.released)
    if released.left:
        heading("Mail is still kept back")
        table(("", reason) for reason in released.left)
    next_steps(f"mailroom why {shlex.quote(released.recipient)}")


def print_holds(holds: Sequence[HeldReport], *, ended: bool) -> None:
    """One a line; with `ended` how each has ended."""
    if not holds:
        ever = "was ever" if ended else "is"
        say(f"Nobody {ever} held by a person's word.")
        say("What `mailroom prepare` holds of a mailing, and why, is in its status.")
        next_steps("mailroom status MAILING", "mailroom why WHO")
        return
    heading(f"{count(len(holds), 'hold')}")
    table(
        ((f"#{held.number}", held.who, _until(held), held.by, _why(held)) for held in holds),
        ("", "who", "until", "by", "why"),
    )
    next_steps("mailroom release WHO --by YOU --reason WHY")


def _until(held: HeldReport) -> str:
    return held.until.isoformat() if held.until else "for good"


def _why(held: HeldReport) -> str:
    if held.ended_at:
        return f"{held.reason}; ended {held.ended_at[:10]} by {held.ended_by}: {held.ended_why}"
    return held.reason if held.counts else f"{held.reason}; over"

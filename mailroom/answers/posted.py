"""track, cancel, returns: what becomes of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailroom.answers import LISTED, as_typed, minute, print_noted, say_more, trial_mark
from mailroom.terminal import count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.cancel import CancelReport
    from mailroom.pipeline.returns import Return
    from mailroom.pipeline.track import TrackReport


def print_tracked(report: TrackReport) -> None:
    """How a mailing stands at its provider, and what is odd."""
    providers = ", ".join(report.providers)
    heading(f"{trial_mark(report.live)}{report.mailing}   {providers}".rstrip())
    table((str(number), status) for status, number in report.counts.items())
    if report.providers:
        moved = ", ".join(f"{n} {status}" for status, n in report.moved.items())
        say(f"  {report.heard} new since the last time{f': {moved}' if moved else ''}")
    if report.settled:
        say(f"  {count(report.settled, 'batch', 'batches')} of earlier runs settled")
    print_noted("Missing at the provider", report.missing)
    print_noted("Unknown to the ledger", report.extra)
    print_noted("Failed", report.failed)
    print_noted("Silent", report.silent)
    if report.words:
        heading("Words that mailroom does not know; they are kept")
        table((str(number), word) for word, number in report.words.items())
    steps = [f"mailroom status {report.mailing}"]
    if report.counts.get("returned"):
        steps.append(f"mailroom returns {report.mailing}")
    if report.counts.get("unknown"):
        steps.append(f"mailroom batch list {report.mailing}")
    next_steps(*(as_typed(step, report.live) for step in steps))


def print_cancelled(report: CancelReport) -> None:
    """How many were called back, and each one that was not."""
    if not report.pieces:
        heading(f"{report.mailing}: there is nothing to call back")
        next_steps(as_typed(f"mailroom status {report.mailing}", report.live))
        return
    back = count(report.cancelled, "piece")
    heading(f"{trial_mark(report.live)}{report.mailing}: {back} called back")
    others = [one for one in report.pieces if one.message]
    table((f"{one.piece:04d}", one.recipient, one.end, one.message) for one in others[:LISTED])
    say_more(len(others))
    steps = [as_typed(f"mailroom status {report.mailing}", report.live)]
    if report.cancelled and report.live:
        steps.append(f"mailroom prepare {report.mailing} --cancelled")
    next_steps(*steps)


def print_returns(found: Sequence[Return]) -> None:
    """Who it was, the address that was wrong, when it came back; what to do."""
    if not found:
        say("Nothing has come back.")
        return
    for name in dict.fromkeys(item.mailing for item in found):
        mine = [item for item in found if item.mailing == name]
        heading(f"{name}: {count(len(mine), 'piece')} came back")
        for item in mine:
            say(f"  {item.piece:04d}  {item.recipient}   {item.key}, {item.source}")
            back = f"{minute(item.at)}  {item.word}  {item.ref}"
            table([("address", " / ".join(item.address)), ("back", back)], indent=6)
    say()
    say("  correct these addresses in the CRM, or mark the people as not to be mailed")
    next_steps("mailroom intake")

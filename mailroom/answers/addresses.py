"""verify, vouch: what the post said, and whom to ask for another address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailroom.answers import LISTED, say_more
from mailroom.terminal import count, heading, next_steps, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.verify import VerifyReport
    from mailroom.pipeline.vouching import Vouched

_MAGIC = 5
"""Doubts that are listed with a test key: it has one about every real address."""


def print_verified(report: VerifyReport) -> None:
    """Counts by what was said, then each address that is not plainly deliverable."""
    many = f"{count(report.pieces, 'piece')}, {count(report.addresses, 'address', 'addresses')}"
    heading(f"{report.mode.upper()}  {report.mailing}: {many} at {report.provider}")
    if report.mode == "test":
        say("  Nobody has looked: with a test key only magic words are answered, and no plan is")
        say("  changed by it. With --live and a live key the post is asked, and may charge for it.")
    table((str(n), (w or "nothing said").replace("_", " ")) for w, n in report.counts.items())
    if report.rewritten:
        say(f"  {report.rewritten} of them the post writes otherwise")
    say(f"  asked about {report.asked}, {report.remembered} from memory")
    if report.not_asked:
        say(f"  {report.not_asked} more are held by what their record lacks, and were not asked")
    _print_doubts(report)
    live = f"mailroom verify {report.mailing} --live"
    next_steps(live if report.mode == "test" else f"mailroom prepare {report.mailing}")


def print_vouched(said: Vouched) -> None:
    """The address as it goes, and what holds it no more."""
    if said.withdrawn:
        heading(f"{said.recipient}: nobody vouches for the address any more")
    else:
        heading(f"{said.recipient}: {said.by} says that the address is right")
        say(f"  {said.reason}")
    say(f"  {said.address}")
    table([("-", f"no longer counts: {f.message}") for f in said.findings], indent=4)
    next_steps("mailroom prepare MAILING")


def _print_doubts(report: VerifyReport) -> None:
    """Person, address, what is wrong, what to do, and what to type if it is right."""
    if not report.doubts:
        return
    word = "held" if report.mode == "live" else "would be held"
    held = f": {count(report.held, 'piece')} {word}" if report.held else ""
    heading(f"Not plainly deliverable{held}")
    most = LISTED if report.mode == "live" else _MAGIC
    for doubt in report.doubts[:most]:
        say(f"  {doubt.recipient}   {doubt.source}")
        say(f"    {doubt.address}")
        if doubt.message:
            about = f"{doubt.message}; {doubt.hint}" if doubt.hint else doubt.message
            table([("-", about)], indent=4)
        if doubt.vouched:
            said = f"{doubt.vouched.by} says that it is right: {doubt.vouched.reason}"
            table([("-", said)], indent=4)
        elif doubt.rule:
            say(f"    if it is right: {doubt.vouch_with}")
    say_more(len(report.doubts), most)

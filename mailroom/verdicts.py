"""What the post's word, and a person's, do to an address: values in, values out.

A verdict that is good makes the address be written as the post has it, all of it; one that is
not holds the piece; a person who has vouched for the address as it stands lets it through. What
is too old counts for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mailroom.address import VOUCHABLE
from mailroom.envelope import envelope_lines
from mailroom.model import Address, Finding, Household, Recipient, Severity, Verdict
from mailroom.sameplace import same_place, same_town

HOLDS: Mapping[str, str] = {
    "missing-unit": "the number of the flat or suite is there, where a house has them",
    "incorrect-unit": "the post knows the flat or suite",
    "undeliverable": "the post delivers to the address",
    "unverified": "the post could tell whether it delivers there",
}
"""What holds a piece because of the post's word: what a good address is like. Nobody accepts
these for a whole mailing; a person vouches for one address at a time."""

DAYS = 90
"""For so long a verdict counts, where the provider has no setting of its own."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A verdict and the moment it is of."""

    verdict: Verdict
    at: str

    @property
    def day(self) -> str:
        return self.at[:10]


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """A person's word that an address is right."""

    by: str
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of one address."""

    kept: Kept | None = None
    old: bool = False  #: the verdict counts no longer
    vouched: Vouched | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, if it counts."""
        return self.kept.verdict if self.kept and not self.old else None

    @property
    def holds(self) -> str:
        """The rule that holds a piece to this address; empty: it may go."""
        return self.verdict.rule if self.verdict and not self.vouched else ""

    @property
    def to_ask(self) -> bool:
        """Nobody has vouched for it, and the post has not told, or not lately."""
        told = self.verdict is not None and self.verdict.rule != "unverified"
        return not (told or self.vouched)


NOTHING = Known()


def is_old(at: str, now: dt.datetime, days: int) -> bool:
    """Was it said more than so many days ago?"""
    return now - dt.datetime.fromisoformat(at) > dt.timedelta(days=days)


def as_the_post_has_it(
    household: Household, known: Known, sender_country: str = ""
) -> tuple[Household, tuple[Finding, ...]]:
    """The household with its head's address as it is to be printed, and what is to be said of it.

    Where a person has vouched for it, what intake found of it is no more than a note.

    The address is the verified one or the CRM's, whole, never parts of both.
    """
    head = household.head
    if known.vouched:
        members = tuple(
            replace(member, findings=vouched_for(member.findings, known.vouched))
            if member.address == head.address
            else member
            for member in household.members
        )
        note = _note(head, known.vouched, known.verdict)
        return replace(household, members=members), (note,)
    verdict = known.verdict
    if verdict is None:
        return household, ()
    if verdict.rule:
        return household, (_held(head, verdict, known.kept.day if known.kept else ""),)
    if verdict.verified == head.address:
        return household, ()
    verified = replace(head, address=verdict.verified)
    told = (_written_otherwise(head, verdict.verified, sender_country),)
    changed = replace(household, members=(verified, *household.members[1:]))
    return changed, told if differs(head.address, verdict.verified) else ()


def vouched_for(findings: Iterable[Finding], word: Vouched | None) -> tuple[Finding, ...]:
    """The findings with those about the address as notes, where a person has vouched for it."""
    if word is None:
        return tuple(findings)
    says = f"; {word.by} says that it is right: {word.reason}"
    return tuple(
        replace(f, severity=Severity.NOTE, message=f.message + says, hint="")
        if f.rule in VOUCHABLE
        else f
        for f in findings
    )


def differs(before: Address, after: Address) -> bool:
    """Is it more than case, punctuation, the usual short forms and a longer ZIP?"""
    return (
        same_place(before) != same_place(after)
        or same_town(before) != same_town(after)
        or before.region.casefold() != after.region.casefold()
    )


def one_line(address: Address, sender_country: str = "") -> str:
    """The address as the envelope has it, in one line."""
    return ", ".join(envelope_lines((), address, sender_country))


def _held(head: Recipient, verdict: Verdict, day: str) -> Finding:
    hint = "mend it in the CRM; who knows better vouches for it with `mailroom vouch`"
    return Finding(
        rule=verdict.rule,
        severity=Severity.ERROR,
        message=f"{verdict.message} (asked on {day})",
        where=head.where,
        hint=f"{verdict.hint}, and {hint}" if verdict.hint else hint,
    )


def _note(head: Recipient, word: Vouched, verdict: Verdict | None) -> Finding:
    against = f", though {verdict.message}" if verdict and verdict.message else ""
    return Finding(
        rule="address-vouched-for",
        severity=Severity.NOTE,
        message=f"{word.by} says that the address is right{against}: {word.reason}",
        where=head.where,
    )


def _written_otherwise(head: Recipient, verified: Address, sender_country: str) -> Finding:
    return Finding(
        rule="address-verified",
        severity=Severity.NOTE,
        message=f"the post writes it {one_line(verified, sender_country)}; so it is printed",
        where=head.where,
        hint="take it over into the CRM",
    )

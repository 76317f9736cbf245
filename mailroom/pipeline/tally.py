"""Everybody of a mailing, counted once: the numbers that `prepare` and `status` tell add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.model import Household, Status

HAD_ALREADY = "has had this mailing already"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Where the people are; all but `people` are its parts."""

    people: int
    left_out: int
    held: int
    ready: int
    handed_over: int  #: posted, under way or called back: all that is never planned again
    failed: int
    sharing: int  #: who get a piece together with somebody counted already


def tally(left_out: Iterable[str], pieces: Iterable[tuple[Household, Status]]) -> Tally:
    """The sum of it; `left_out` are keys of records.

    Who has had the piece and is left out by now is counted with the piece.
    """
    homes = list(pieces)
    members = [member.key for home, _ in homes for member in home.members]
    had = frozenset(members)
    left = sum(key not in had for key in left_out)
    by = Counter(status for _, status in homes)
    waiting = by[Status.HELD] + by[Status.READY] + by[Status.FAILED]
    return Tally(
        people=left + len(members),
        left_out=left,
        held=by[Status.HELD],
        ready=by[Status.READY],
        handed_over=len(homes) - waiting,
        failed=by[Status.FAILED],
        sharing=len(members) - len(homes),
    )

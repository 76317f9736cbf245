"""What may become of a piece: the one table of status transitions.

held <-> ready -> sending -> accepted -> printed -> mailed -> in_transit -> delivered
                     |          |           |         `-> returned
                     |          `-> cancelled, failed, unknown
                     |-> ready (provably not taken)
                     |-> failed (refused for good)
                     `-> unknown (perhaps taken: a person decides)

What a provider tells comes twice, late and out of order. Whatever it tells leads to the same
status, for among these each may become every later one and none an earlier one:

    accepted, printed, failed, cancelled, mailed, in_transit, delivered, returned

Paper that the post has seen is paper, also where it was said to have failed or been called back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from mailroom.model import Status

_S = Status
_POSTED = (_S.MAILED, _S.IN_TRANSIT, _S.DELIVERED, _S.RETURNED)

TRANSITIONS: dict[Status, frozenset[Status]] = {
    _S.HELD: frozenset({_S.READY}),
    _S.READY: frozenset({_S.HELD, _S.SENDING}),
    _S.SENDING: frozenset({_S.READY, _S.ACCEPTED, _S.PRINTED, _S.FAILED, _S.CANCELLED, _S.UNKNOWN}),
    _S.ACCEPTED: frozenset({_S.PRINTED, _S.FAILED, _S.CANCELLED, _S.UNKNOWN, *_POSTED}),
    _S.PRINTED: frozenset({_S.FAILED, _S.CANCELLED, *_POSTED}),
    _S.MAILED: frozenset({_S.IN_TRANSIT, _S.DELIVERED, _S.RETURNED}),
    _S.IN_TRANSIT: frozenset({_S.DELIVERED, _S.RETURNED}),
    _S.DELIVERED: frozenset({_S.RETURNED}),
    _S.RETURNED: frozenset(),
    _S.FAILED: frozenset({_S.READY, _S.HELD, _S.CANCELLED, *_POSTED}),
    _S.CANCELLED: frozenset({_S.HELD, *_POSTED}),  # held: a person has it planned again
    _S.UNKNOWN: frozenset({_S.READY, _S.ACCEPTED, _S.PRINTED, _S.FAILED, _S.CANCELLED}),
}

UNSENT = frozenset({_S.HELD, _S.READY, _S.FAILED})
"""Nothing of the piece has left the house: it may be planned anew."""


TOLD = (_S.ACCEPTED, _S.PRINTED, _S.FAILED, _S.CANCELLED, *_POSTED)
"""What a provider may tell of a piece it has taken, from the first to the last."""

NOTHING_MADE = frozenset({_S.FAILED, _S.CANCELLED})
"""The provider has ended it, and there is no paper."""

ON_ITS_WAY = frozenset({_S.ACCEPTED, _S.PRINTED, _S.MAILED, _S.IN_TRANSIT})
"""Somebody else has the piece, and it has not arrived: there should be news of it."""

Told = TypeVar("Told")
"""Whatever it is that says so: news, a row of them."""


def follow(now: Status, told: Iterable[tuple[Told, Status]]) -> Iterator[tuple[Told, Status]]:
    """The steps a piece takes by what was told of it, in the order it happened.

    What says nothing new, or comes late and would lead back, is passed over.
    """
    for news, status in told:
        if status is not now and status in TOLD and may_become(now, status):
            yield news, status
            now = status


def stands(told: Sequence[Status]) -> Status:
    """Where a piece is that was accepted, by all that was told of it."""
    steps = [status for _, status in follow(Status.ACCEPTED, zip(told, told, strict=True))]
    return steps[-1] if steps else Status.ACCEPTED


def may_become(now: Status, then: Status) -> bool:
    """Is this a step that a piece may take?"""
    return then in TRANSITIONS[now]

"""What may become of a piece: the one table of status transitions.

held <-> ready -> sending -> accepted -> printed -> mailed -> in_transit -> delivered
                     |          |           |         `-> returned
                     |          `-> cancelled, failed, unknown
                     |-> ready (provably not taken)
                     |-> failed (refused for good)
                     `-> unknown (perhaps taken: a person decides)
"""

from __future__ import annotations

from mailroom.model import Status

_S = Status

TRANSITIONS: dict[Status, frozenset[Status]] = {
    _S.HELD: frozenset({_S.READY}),
    _S.READY: frozenset({_S.HELD, _S.SENDING}),
    _S.SENDING: frozenset({_S.READY, _S.ACCEPTED, _S.PRINTED, _S.FAILED, _S.CANCELLED, _S.UNKNOWN}),
    _S.ACCEPTED: frozenset(
        {
            _S.PRINTED,
            _S.MAILED,
            _S.IN_TRANSIT,
            _S.DELIVERED,
            _S.RETURNED,
            _S.FAILED,
            _S.CANCELLED,
            _S.UNKNOWN,
        }
    ),
    _S.PRINTED: frozenset({_S.MAILED, _S.IN_TRANSIT, _S.DELIVERED, _S.RETURNED}),
    _S.MAILED: frozenset({_S.IN_TRANSIT, _S.DELIVERED, _S.RETURNED}),
    _S.IN_TRANSIT: frozenset({_S.DELIVERED, _S.RETURNED}),
    _S.DELIVERED: frozenset({_S.RETURNED}),
    _S.RETURNED: frozenset(),
    _S.FAILED: frozenset({_S.READY, _S.HELD}),
    _S.CANCELLED: frozenset(),
    _S.UNKNOWN: frozenset({_S.READY, _S.ACCEPTED, _S.PRINTED, _S.FAILED, _S.CANCELLED}),
}

UNSENT = frozenset({_S.HELD, _S.READY, _S.FAILED})
"""Nothing of the piece has left the house: it may be planned anew."""


def may_become(now: Status, then: Status) -> bool:
    """Is this a step that a piece may take?"""
    return then in TRANSITIONS[now]

from __future__ import annotations

from mailroom.model import Status
from mailroom.track import TRANSITIONS, UNSENT, may_become

AWAY = set(Status) - UNSENT


def reachable(start: Status, without: set[Status]) -> set[Status]:
    seen, waiting = set(), [start]
    while waiting:
        for then in TRANSITIONS[waiting.pop()] - seen:
            seen.add(then)
            if then not in without:
                waiting.append(then)
    return seen


def test_every_status_has_its_row() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_what_a_provider_has_can_never_be_sent_again_unless_a_person_settles_a_doubt() -> None:
    ended = {Status.UNKNOWN, Status.FAILED, Status.CANCELLED}
    for status in AWAY - {Status.SENDING, Status.UNKNOWN, Status.CANCELLED}:
        assert Status.SENDING not in reachable(status, without=ended)


def test_a_returned_piece_stays_so_and_a_cancelled_one_can_only_be_planned_anew() -> None:
    assert not TRANSITIONS[Status.RETURNED]
    assert TRANSITIONS[Status.CANCELLED] == {Status.HELD}


def test_only_a_ready_piece_may_be_sent() -> None:
    assert [s for s in Status if may_become(s, Status.SENDING)] == [Status.READY]

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailroom.model import Status
from mailroom.track import TOLD, TRANSITIONS, UNSENT, may_become, stands

AWAY = set(Status) - UNSENT
POSTED = {Status.MAILED, Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED}


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
    """Or have been posted all the same."""
    assert not TRANSITIONS[Status.RETURNED]
    assert TRANSITIONS[Status.CANCELLED] == {Status.HELD, *POSTED}


def test_what_a_provider_tells_leads_from_each_status_to_every_later_one_only() -> None:
    for place, status in enumerate(TOLD):
        later = set(TOLD[place + 1 :])
        impossible = {Status.FAILED, Status.CANCELLED} if status in POSTED else set()
        assert TRANSITIONS[status] & set(TOLD) == later - impossible


@given(
    st.lists(st.sampled_from(TOLD), max_size=8).flatmap(
        lambda x: st.tuples(st.just(x), st.permutations(x))
    )
)
def test_the_order_in_which_it_is_told_does_not_matter(
    told: tuple[list[Status], list[Status]],
) -> None:
    in_time, shuffled = told
    last = max(map(TOLD.index, in_time), default=0)
    assert stands(in_time) is stands(shuffled) is stands(shuffled * 2) is TOLD[last]


def test_only_a_ready_piece_may_be_sent() -> None:
    assert [s for s in Status if may_become(s, Status.SENDING)] == [Status.READY]

"""More than last time, and a few first."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.volume import first_few, has_grown, last_time


@pytest.mark.parametrize(
    ("name", "sent", "found"),
    [
        ("christmas-2026", ["christmas-2025"], "christmas-2025"),
        ("christmas-2026", ["christmas-2024", "christmas-2025"], "christmas-2025"),
        ("christmas-2026", ["christmas-2025", "christmas-2024"], "christmas-2024"),
        ("christmas-2026", ["christmas-2025", "easter-2026"], "christmas-2025"),
        ("christmas-9", ["christmas-10"], "christmas-10"),
        ("christmas-2026", ["christmas-2026", "easter-2026"], ""),
        ("christmas", ["christmas-2025", "christmas"], ""),
        ("christmas-2026", [], ""),
    ],
)
def test_last_time_is_the_newest_that_differs_in_digits_only(
    name: str, sent: list[str], found: str
) -> None:
    assert last_time(name, sent) == found


@pytest.mark.parametrize(("pieces", "grown"), [(562, False), (563, True), (500, False), (1, False)])
def test_an_eighth_more_is_still_as_usual(pieces: int, grown: bool) -> None:
    assert has_grown(pieces, 500, Decimal("12.5")) is grown


def test_the_first_few_go_and_then_all_the_others() -> None:
    assert first_few(500, 0, 10) == 10
    assert first_few(490, 10, 10) == 490


def test_the_few_are_filled_up_where_some_of_them_did_not_go() -> None:
    assert first_few(493, 7, 10) == 3


def test_without_a_pause_all_go_at_once() -> None:
    assert first_few(500, 0, 0) == 500


counts = st.integers(0, 1000)


@given(counts, counts, counts)
def test_never_more_than_wait_and_nobody_is_kept_for_ever(
    waiting: int, sent: int, pause: int
) -> None:
    few = first_few(waiting, sent, pause)
    assert 0 <= few <= waiting
    assert few + first_few(waiting - few, sent + few, pause) == waiting

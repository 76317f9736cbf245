"""Lengths and boxes: arithmetic that holds for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.units import (
    Box,
    Size,
    inch,
    mm,
    to_hundredths_mm,
    to_mm,
)

lengths = st.floats(-10_000, 10_000, allow_nan=False)
sides = st.floats(0, 10_000, allow_nan=False)
boxes = st.builds(Box, lengths, lengths, sides, sides)


def test_an_inch_is_72_points_and_25_4_millimetres() -> None:
    assert inch(1) == 72 == pytest.approx(mm(25.4))
    assert to_mm(inch(1)) == pytest.approx(25.4)


@given(lengths)
def test_millimetres_go_there_and_back(value: float) -> None:
    assert to_mm(mm(value)) == pytest.approx(value)


@given(st.integers(0, 1_000_000))
def test_ipp_hundredths_survive_the_way_through_points(hundredths: int) -> None:
    assert to_hundredths_mm(mm(hundredths / 100)) == hundredths


def test_paper_is_named_as_people_name_it() -> None:
    assert Size(inch(5), inch(7)).in_mm() == "127 x 177.8 mm"
    assert Size(mm(210), mm(297)).rotated().in_mm() == "297 x 210 mm"
    box = Box(mm(12.5), mm(40), mm(80), mm(5))
    assert box.in_mm() == "12.5 mm from the left, 40 mm from the top, 80 x 5 mm"


@given(boxes)
def test_a_box_contains_itself_and_all_it_is_inset_to(box: Box) -> None:
    assert box.contains(box)
    assert box.inset(-1).contains(box)
    assert not box.inset(1).contains(box)


@given(boxes, st.floats(-50, 50))
def test_an_inset_can_be_taken_back(box: Box, by: float) -> None:
    back = box.inset(by).inset(-by)
    for name in ("x", "y", "width", "height"):
        assert getattr(back, name) == pytest.approx(getattr(box, name), abs=1e-6)


@given(boxes, boxes)
def test_overlap_is_mutual(one: Box, other: Box) -> None:
    assert one.overlaps(other) == other.overlaps(one)


@given(boxes, boxes)
def test_a_box_inside_another_overlaps_it(one: Box, other: Box) -> None:
    if one.contains(other) and min(other.width, other.height) > 1e-6:
        assert one.overlaps(other)


@given(boxes, st.floats(0.001, 1000))
def test_boxes_side_by_side_do_not_overlap(box: Box, gap: float) -> None:
    beside = Box(box.right + gap, box.y, box.width, box.height)
    assert not box.overlaps(beside)
    assert not box.contains(beside)
    assert box.contains(beside, tolerance=gap + box.width + 1)


@given(boxes, boxes)
def test_what_two_boxes_have_in_common_lies_in_both_and_is_there_where_they_overlap(
    one: Box, other: Box
) -> None:
    shared = one.intersection(other)
    assert (shared.width > 0 and shared.height > 0) == one.overlaps(other)
    if one.overlaps(other):
        assert one.contains(shared, 1e-6) and other.contains(shared, 1e-6)


def test_a_size_is_told_in_inches() -> None:
    assert Size(inch(5.25), inch(7)).in_inches() == "5.25 x 7 in"
    assert Size(mm(210), mm(297)).in_inches() == "8.268 x 11.69 in"

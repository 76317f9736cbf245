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
    parse_length,
    pt,
    to_hundredths_mm,
    to_mm,
)

lengths = st.floats(-10_000, 10_000, allow_nan=False)
sides = st.floats(0, 10_000, allow_nan=False)
boxes = st.builds(Box, lengths, lengths, sides, sides)


def test_an_inch_is_72_points_and_25_4_millimetres() -> None:
    assert inch(1) == pt(72) == pytest.approx(mm(25.4))
    assert to_mm(inch(1)) == pytest.approx(25.4)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("72pt", 72),
        ("1 in", 72),
        (" 0.125in ", 9),
        ("25.4 mm", 72),
        ("2.54cm", 72),
        ("-3 mm", -8.504),
    ],
)
def test_a_length_is_read_in_any_unit(text: str, points: float) -> None:
    assert parse_length(text) == pytest.approx(points, abs=1e-3)


@pytest.mark.parametrize("text", ["", "3", "mm", "3 px", "1,5 mm", "1e3mm", "3 mm mm", "٣ mm x"])
def test_what_is_no_length_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write it like '3 mm'"):
        parse_length(text)


@given(st.decimals(-9999, 9999, places=3), st.sampled_from(["pt", "mm", "cm", "in"]))
def test_a_written_length_comes_back_as_it_was(value: object, unit: str) -> None:
    per_unit = {"pt": 1.0, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0}[unit]
    assert parse_length(f"{value} {unit}") == pytest.approx(float(str(value)) * per_unit)


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

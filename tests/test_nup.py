"""Press sheets as data: how many pieces, where, in which order, and what is in the margins."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mailroom.errors import ConfigError
from mailroom.formats import FORMATS, SHEETS, Format, Sheet
from mailroom.sheets.margins import LEAST_MARK, LEAST_SLUG, MARK_LENGTH, MARK_OFFSET
from mailroom.sheets.nup import (
    EDGE,
    LONG_EDGE,
    SHORT_EDGE,
    Plan,
    flat_of,
    placed,
    plan,
    sheet_named,
)
from mailroom.sheets.panels import Line
from mailroom.sheets.stacking import cut_and_stack, in_reading_order, lifts_of
from mailroom.units import Box, Size, mm

CARD, FOLDED, LETTER = (FORMATS[n] for n in ("card-5x7", "card-a6-folded", "letter-a4"))
TENT = dataclasses.replace(
    FOLDED, fold="tent", pages=("front", "inside-top", "inside-bottom", "back")
)
FLIPS = (LONG_EDGE, SHORT_EDGE)
NEAR = 1e-5


@st.composite
def formats(draw: st.DrawFn) -> Format:
    """Flat and folded ones, high and wide, that turn over either edge."""
    fmt = draw(st.sampled_from([CARD, FOLDED, TENT, LETTER]))
    return dataclasses.replace(
        fmt,
        trim=Size(mm(draw(st.floats(40, 210))), mm(draw(st.floats(40, 297)))),
        bleed=mm(draw(st.sampled_from([0, 1, 3, 3.175, 5]))),
        folds=(),
        sides=draw(st.sampled_from(FLIPS)) if not fmt.fold else fmt.sides,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    sheet = draw(st.sampled_from([*SHEETS.values()]))
    marks, flip = draw(st.booleans()), draw(st.sampled_from(FLIPS))
    try:
        return plan(draw(formats()), sheet, marks=marks, flip=flip)
    except ConfigError:
        assume(False)
        raise


def boxes(made: Plan, side: int) -> list[Box]:
    """What is printed of each piece, bleed and all."""
    return [
        placed(panel, slot, made.flat).shown
        for slot in made.faces[side].slots
        for panel in made.panels(side)
    ]


def ink(mark: Line) -> Box:
    left, top = min(mark.x1, mark.x2), min(mark.y1, mark.y2)
    return Box(left, top, abs(mark.x2 - mark.x1), abs(mark.y2 - mark.y1))


# Where the pieces lie ------------------------------------------------------------------------


@given(plans())
def test_no_piece_prints_over_another_nor_where_the_machine_cannot(made: Plan) -> None:
    # Letters keep their ink away from their own edges; the paper is the sheet's.
    blank = EDGE if made.flat.bleed else max(0.0, EDGE - made.flat.safe)
    prints = Box(0, 0, made.sheet.width, made.sheet.height).inset(blank)
    for side in range(len(made.faces)):
        for box in boxes(made, side):
            assert prints.contains(box, NEAR)
        for one, other in combinations(boxes(made, side), 2):
            assert not one.overlaps(other, NEAR)


@given(plans())
def test_neighbours_keep_twice_the_bleed_between_them(made: Plan) -> None:
    slots = [slot.box for slot in made.front.slots]
    for column in range(1, made.columns):
        gutter = slots[column].x - slots[column - 1].right
        assert gutter == pytest.approx(2 * made.flat.bleed, abs=NEAR)
    for row in range(1, made.rows):
        gutter = slots[row * made.columns].y - slots[(row - 1) * made.columns].bottom
        assert gutter == pytest.approx(2 * made.flat.bleed, abs=NEAR)


@given(formats(), st.sampled_from([*SHEETS.values()]), st.booleans())
def test_not_one_piece_more_would_fit_in_a_grid_either_way(
    fmt: Format, sheet: Sheet, marks: bool
) -> None:
    try:
        made = plan(fmt, sheet, marks=marks)
    except ConfigError:
        assume(False)
        raise
    flat = flat_of(fmt)
    if marks:
        around = EDGE + max(MARK_OFFSET - flat.bleed, 0) + LEAST_MARK
    else:
        around = EDGE if flat.bleed else max(0, EDGE - flat.safe)
    wide, high = (n - 2 * around for n in sorted((sheet.size.width, sheet.size.height)))
    each = [n + 2 * flat.bleed for n in (flat.size.width, flat.size.height)]
    assert made.up == max(
        int((wide + 1e-6) // across) * int((high + 1e-6) // down)
        for across, down in (each, each[::-1])
    )


@given(plans())
def test_the_sheet_is_upright_and_the_pieces_are_in_its_middle(made: Plan) -> None:
    assert made.sheet.width <= made.sheet.height
    assert made.trim.x == pytest.approx(made.sheet.width - made.trim.right, abs=NEAR)
    assert made.trim.y == pytest.approx(made.sheet.height - made.trim.bottom, abs=NEAR)


@pytest.mark.parametrize(
    ("fmt", "sheet", "up"),
    [
        ("card-5x7", "a4", 2), ("card-5x7", "letter", 2), ("card-5x7", "sra3", 4),
        ("card-5x7", "12x18", 4), ("card-a6-folded", "a3", 2), ("card-a6-folded", "sra3", 4),
        ("letter-a4", "sra3", 2), ("letter-us", "12x18", 2),
    ],
)  # fmt: skip
def test_what_a_printer_expects_of_the_usual_sheets(fmt: str, sheet: str, up: int) -> None:
    assert plan(FORMATS[fmt], SHEETS[sheet]).up == up


def test_letters_without_marks_share_their_cut_on_a_sheet_of_twice_their_size() -> None:
    made = plan(LETTER, SHEETS["a3"], marks=False)
    assert made.up == 2
    across, down = made.cuts()
    assert down == pytest.approx([0, mm(210), mm(420)], abs=NEAR)
    assert across == pytest.approx([0, mm(297)], abs=NEAR)


def test_a_sheet_too_small_is_refused_in_millimetres_and_with_larger_ones() -> None:
    with pytest.raises(ConfigError, match=r"210 x 297 mm, one piece .* needs 228 x 315 mm") as told:
        plan(LETTER, SHEETS["a4"])
    assert "sra3" in told.value.hint


def test_a_sheet_that_is_none_is_refused_with_those_there_are() -> None:
    assert sheet_named("SRA3").name == "sra3"
    with pytest.raises(ConfigError, match="no sheet 'b1'") as told:
        sheet_named("b1")
    assert "12x18" in told.value.hint


# Front and back ------------------------------------------------------------------------------


@given(plans(), st.data())
def test_every_back_lies_behind_its_front_however_the_sheet_is_turned(
    made: Plan, data: st.DataObject
) -> None:
    """A corner of the piece is followed: through its front, and through its back turned over."""
    assume(made.back)
    assert made.back
    flat = made.flat
    x = data.draw(st.floats(0, flat.size.width))
    y = data.draw(st.floats(0, flat.size.height))
    # The same place of the paper, seen from behind by somebody who turns the piece over.
    behind = (flat.size.width - x, y) if flat.sideways else (x, flat.size.height - y)
    for front, back in zip(made.front.slots, made.back.slots, strict=True):
        seen = spot(back.box, back.turn, behind)
        over = (made.sheet.width - seen[0], seen[1])
        if made.sides == SHORT_EDGE:
            over = (seen[0], made.sheet.height - seen[1])
        assert spot(front.box, front.turn, (x, y)) == pytest.approx(over, abs=1e-3)


def spot(box: Box, turn: int, at: tuple[float, float]) -> tuple[float, float]:
    """A place on a piece, from its own corner, as it lies on the sheet; by hand, as a judge."""
    x, y = at
    return {
        0: (box.x + x, box.y + y),
        90: (box.right - y, box.y + x),
        180: (box.right - x, box.bottom - y),
        270: (box.x + y, box.bottom - x),
    }[turn]


@given(plans())
def test_marks_of_the_back_lie_behind_those_of_the_front(made: Plan) -> None:
    assume(made.back)
    assert made.back

    def over(x: float, y: float) -> tuple[float, float]:
        long_edge = made.sides == LONG_EDGE
        return (made.sheet.width - x, y) if long_edge else (x, made.sheet.height - y)

    def ends(marks: tuple[Line, ...], turn: bool) -> set[tuple[float, ...]]:
        found = set()
        for mark in marks:
            a, b = (mark.x1, mark.y1), (mark.x2, mark.y2)
            a, b = (over(*a), over(*b)) if turn else (a, b)
            found.add(tuple(round(n, 3) + 0.0 for n in (*a, *b)))
        return found

    assert ends(made.back.marks, turn=True) == ends(made.front.marks, turn=False)
    targets = {(round(t.x, 3), round(t.y, 3)) for t in made.front.targets}
    assert {tuple(round(n, 3) for n in over(t.x, t.y)) for t in made.back.targets} == targets


# Margins -------------------------------------------------------------------------------------


@given(plans())
def test_marks_stand_outside_the_bleed_off_the_trim_and_where_it_prints(made: Plan) -> None:
    prints = Box(0, 0, made.sheet.width, made.sheet.height).inset(EDGE)
    clear = made.trim.inset(-max(made.flat.bleed, MARK_OFFSET))
    for face in made.faces:
        for mark in face.marks:
            assert not clear.overlaps(ink(mark).inset(-0.125), 0.125 + NEAR)
            assert prints.contains(ink(mark), NEAR)
            assert LEAST_MARK - NEAR <= ink(mark).width + ink(mark).height <= MARK_LENGTH + NEAR
        for target in face.targets:
            assert not clear.overlaps(target.box, NEAR)
            assert prints.contains(target.box, NEAR)


@given(plans())
def test_every_cut_is_marked_at_both_ends_and_every_fold_is_dashed(made: Plan) -> None:
    assume(made.front.marks)
    xs, ys = made.cuts()
    cuts = [m for m in made.front.marks if not m.fold]
    assert sorted(m.x1 for m in cuts if m.x1 == m.x2) == pytest.approx(sorted(xs * 2), abs=NEAR)
    assert sorted(m.y1 for m in cuts if m.y1 == m.y2) == pytest.approx(sorted(ys * 2), abs=NEAR)
    folds = {round(m.y1 if m.y1 == m.y2 else m.x1, 3) for m in made.front.marks if m.fold}
    panels = [placed(made.flat.front[0], slot, made.flat).box for slot in made.front.slots]
    if made.flat.level_folds:  # of a tent: the first panel lies above the fold
        inner = {round(p.x if made.turned else p.bottom, 3) for p in panels}
    else:
        inner = {round(p.bottom if made.turned else p.right, 3) for p in panels}
    assert folds == (inner if len(made.flat.front) > 1 else set())


@given(plans())
def test_nothing_in_the_margins_runs_into_anything_else(made: Plan) -> None:
    prints = Box(0, 0, made.sheet.width, made.sheet.height).inset(EDGE)
    for face in made.faces:
        things = [ink(mark).inset(-0.125) for mark in face.marks]
        things += [target.box for target in face.targets]
        if face.slug:
            assert prints.contains(face.slug.box, NEAR)
            assert not made.bleed.overlaps(face.slug.box, NEAR)
            assert face.slug.height >= LEAST_SLUG - NEAR
            assert not any(face.slug.box.overlaps(thing, NEAR) for thing in things)
        for target in face.targets:
            assert not any(
                target.box.overlaps(thing, NEAR) for thing in things if thing != target.box
            )


# Order ---------------------------------------------------------------------------------------

counts = st.integers(0, 500)
ups = st.integers(1, 40)


@given(counts, ups, st.integers(0, 30))
def test_cut_and_stacked_the_pieces_are_in_order_and_what_is_blank_comes_last(
    pieces: int, up: int, lift: int
) -> None:
    sheets = [*cut_and_stack(pieces, up, lift)]
    whole: list[int] = []
    for size in lifts_of(pieces, up, lift):
        here, sheets = sheets[:size], sheets[size:]
        pile = [sheet[slot] for slot in range(up) for sheet in here]  # stack upon stack
        printed = [n for n in pile if n is not None]
        assert pile[: len(printed)] == printed, "a blank lies between two pieces"
        whole += printed
    assert whole == [*range(pieces)]
    assert not sheets


@given(counts, ups, st.integers(0, 30))
def test_no_order_takes_more_sheets_than_needed(pieces: int, up: int, lift: int) -> None:
    fewest = -(-pieces // up)
    assert len([*in_reading_order(pieces, up)]) == fewest
    assert len([*cut_and_stack(pieces, up, lift)]) == fewest == sum(lifts_of(pieces, up, lift))


@given(counts, ups)
def test_in_reading_order_sheet_follows_sheet(pieces: int, up: int) -> None:
    flat = [n for sheet in in_reading_order(pieces, up) for n in sheet]
    assert flat[:pieces] == [*range(pieces)]
    assert set(flat[pieces:]) <= {None}


def test_ten_pieces_four_up_as_a_printer_would_write_them_down() -> None:
    assert [*cut_and_stack(10, 4)] == [(0, 3, 6, 9), (1, 4, 7, None), (2, 5, 8, None)]

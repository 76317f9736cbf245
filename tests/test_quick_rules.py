"""The rules find what an obvious formulation of them finds, slowly, on any page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small import ALL_FONTS, CARD, LETTER, a_piece

from mailroom.fonts import missing_glyphs
from mailroom.formats import Format
from mailroom.identity import identities_of, tokens_of
from mailroom.model import Artwork, FrameBox, Line, Piece
from mailroom.preflight.case import Case, Fault, Standard
from mailroom.preflight.pages import page_size
from mailroom.preflight.places import address_zone, frames_overlap, overflow, safe_zone
from mailroom.preflight.words import missing_glyph, own_recipient
from mailroom.readback import Page
from mailroom.units import Box

FONTS = tuple(font for font in ALL_FONTS if font.family == "Alegreya")
BLEED = float(CARD.bleed)
Corners = tuple[float, float, float, float]

# Places near the edges that rules measure from, now and then by a hair more or less.
zone, clear = LETTER.address_zone, LETTER.clear_zone
assert zone and clear
edges = [
    edge for box in (CARD.safe_box, zone, clear) for edge in (box.x, box.y, box.right, box.bottom)
]
places = st.tuples(
    st.sampled_from([0.0, *edges]),
    st.sampled_from([0.0, 0.5, 1.0, 1.25, 2.0, 3.0, 3.5, 40.0]),
    st.sampled_from([-1, 1]),
    st.sampled_from([0.0, 1e-6, -1e-6, 0.125]),
).map(lambda part: part[0] + part[1] * part[2] + part[3])
spans = st.tuples(places, places).map(sorted)
boxes = st.builds(lambda x, y: Box(x[0], y[0], x[1] - x[0], y[1] - y[0]), spans, spans)
lines = st.builds(
    lambda text, box: Line(text, box.x, box.y, box.right, box.bottom),
    st.sampled_from(["Anna", "Berger"]),
    boxes,
)
frames = st.builds(
    FrameBox,
    name=st.sampled_from(["address", "note", "imprint"]),
    page=st.integers(1, 2),
    box=boxes,
    content=boxes,
)
hairs = st.sampled_from([0.0, 1e-6, -1e-6, 0.2, -0.2])
safe = CARD.safe_box
steps = st.tuples(st.sampled_from([-0.5, 0.0, 0.5]), hairs).map(sum)
lines_near_the_edge = st.builds(
    lambda left, top, right, bottom: Line(
        "Anna", safe.x + left, safe.y + top, safe.right + right, safe.bottom + bottom
    ),
    *[steps] * 4,
)
grid = st.tuples(st.sampled_from([0.0, 10.0]), hairs).map(sum)
lengths = st.tuples(st.just(13.0), hairs).map(sum) | st.sampled_from([0.0, 3.0])
small_boxes = st.builds(Box, st.just(0.0) | grid, grid, st.just(13.0) | lengths, lengths)
small_frames = st.builds(
    FrameBox,
    name=st.sampled_from(["note", "imprint"]),
    page=st.sampled_from([1, 1, 1, 2]),
    box=small_boxes,
    content=small_boxes,
)
corners = st.tuples(*[st.sampled_from([0.0, 0.05, 0.11, BLEED, 378.0, 396.0, 540.0, 531.0])] * 4)
standards = {
    fmt.name: Standard(format=fmt, fonts=FONTS, others=identities_of(())) for fmt in (CARD, LETTER)
}


def page_of(*some: Line, sizes: tuple[Corners, Corners, Corners] | None = None) -> Page:
    whole, trim = standards[CARD.name].corners
    media, bleed, cut = sizes or (whole, whole, trim)
    return Page(
        media=media,
        trim=cut,
        bleed=bleed,
        rotation=0,
        text="",
        lines=some,
        pictures=(),
        fonts=(),
        blanks=(),
        stain=None,
        spills=(),
    )


def case_of(fmt: Format, pages: list[Page], some: list[FrameBox], *words: str) -> Case:
    artwork = Artwork(
        piece="winter:1", path=Path(), first_page=0, pages=2, sha256="", frames=tuple(some)
    )
    return Case(a_piece(), artwork, tuple(pages), words, standards[fmt.name])


def told(faults: Iterator[Fault]) -> list[tuple[int, Box | None, str]]:
    return [(fault.page, fault.box, fault.message) for fault in faults]


def beyond(outer: Box, inner: Box) -> bool:
    return (
        max(
            outer.x - inner.x,
            inner.right - outer.right,
            outer.y - inner.y,
            inner.bottom - outer.bottom,
        )
        > 0.5
    )


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(lines_near_the_edge, max_size=8), st.lists(lines, max_size=3))
def test_lines_near_the_edge_are_those_outside_the_safe_box(
    first: list[Line], second: list[Line]
) -> None:
    case = case_of(CARD, [page_of(*first), page_of(*second)], [])
    wanted = [
        (number, line.box)
        for number, some in ((1, first), (2, second))
        for line in some
        if beyond(CARD.safe_box, line.box)
    ]
    assert [(fault.page, fault.box) for fault in safe_zone(case)] == wanted


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(small_frames, max_size=6) | st.lists(frames, max_size=6))
def test_frames_overflow_and_overlap_as_their_boxes_do(some: list[FrameBox]) -> None:
    case = case_of(CARD, [], some)
    long = [
        frame.content
        for frame in some
        if beyond(frame.box, frame.content)
        and not (frame.content.width <= 0 and frame.content.height <= 0)
    ]
    assert [fault.box for fault in overflow(case)] == long
    filled = [frame for frame in some if frame.content.width > 0]
    over = [
        (two.page, two.content, f"{two.name!r} is printed over {one.name!r}")
        for one, two in combinations(filled, 2)
        if one.page == two.page and one.content.overlaps(two.content, 3)
    ]
    assert told(frames_overlap(case)) == over


@given(st.lists(lines, max_size=8), st.lists(frames, max_size=4), st.none() | boxes)
def test_the_window_is_judged_line_by_line(
    some: list[Line], around: list[FrameBox], stain: Box | None
) -> None:
    page = page_of(*some)._replace(stain=stain)
    case = case_of(LETTER, [page], around)
    own = [frame for frame in around if frame.name == "address" and frame.page == 1]
    areas = [area for frame in own for area in (frame.box, frame.content)]

    def is_inside(line: Line) -> bool:
        return any(area.contains(line.box, tolerance=1) for area in areas)

    stray = [line.box for line in some if line.box.overlaps(clear) and not is_inside(line)]
    wanted = stray or ([stain] if stain else [])
    wanted += [line.box for line in some if beyond(zone, line.box) and is_inside(line)]
    if not any(frame.name == "address" for frame in around):
        wanted.append(zone)
    assert [fault.box for fault in address_zone(case)] == wanted


@given(corners, corners, corners)
def test_every_page_box_is_measured(media: Corners, bleed: Corners, trim: Corners) -> None:
    case = case_of(CARD, [page_of(), page_of(sizes=(media, bleed, trim))], [])
    whole, cut = case.standard.corners
    pairs = {"MediaBox": (media, whole), "BleedBox": (bleed, whole), "TrimBox": (trim, cut)}
    wanted = [
        (2, name)
        for name, (found, right) in pairs.items()
        if max(abs(a - b) for a, b in zip(found, right, strict=True)) > 0.1
    ]
    faults = list(page_size(case))
    assert [(fault.page, fault.message.split()[1]) for fault in faults] == wanted


@given(st.lists(st.text() | st.text("aZéЖαß \n\xa0\u0301\u00ad小\U0001f384"), max_size=2))
@example(["x\u0301", "e\u0301"])
def test_letters_without_a_glyph_are_all_that_no_font_has(some: list[str]) -> None:
    case = case_of(CARD, [], [], *some)
    faults = list(missing_glyph(case))
    missing = [(number, missing_glyphs(text, FONTS)) for number, text in enumerate(some, 1)]
    assert [fault.page for fault in faults] == [number for number, chars in missing if chars]
    for fault, chars in zip(faults, [chars for _, chars in missing if chars], strict=True):
        assert repr(chars[0]) in fault.message


names = st.sampled_from(["Ann", "Lee", "ANN LEE", "Ann Lee", "Mrs. Ann Lee", "Heron Street", "7"])
texts = st.lists(names | st.sampled_from([", ", "\n", " and "]), max_size=8).map(" ".join)


@given(st.lists(st.tuples(names, names), min_size=1, max_size=5), texts, st.data())
def test_strangers_are_all_identities_but_the_own_ones(
    people: list[tuple[str, str]], text: str, data: st.DataObject
) -> None:
    pieces = [a_piece(number, *name) for number, name in enumerate(people, 1)]
    note, common = data.draw(texts), data.draw(texts)
    piece = dataclasses.replace(data.draw(st.sampled_from(pieces)))
    member = dataclasses.replace(piece.recipient, fields={"Note": note})
    household = dataclasses.replace(piece.household, members=(member,))
    piece = dataclasses.replace(piece, household=household)
    others = identities_of(pieces)
    standard = Standard(format=CARD, fonts=FONTS, others=others, common=(common,))
    own = tokens_of(piece) | others.within([*own_texts(piece), note, common])
    wanted = [" ".join(tokens) for tokens in sorted(others.found_in(text) - own)]
    case = case_of(CARD, [page_of()._replace(text=text)], [])._replace(
        piece=piece, standard=standard
    )
    faults = [fault.message for fault in own_recipient(case)]
    found = [message for message in faults if "belongs to another" in message]
    assert found == [f"{name!r} belongs to another piece of this mailing" for name in wanted]


def own_texts(piece: Piece) -> Iterator[str]:
    greeting = piece.greeting
    yield from (greeting.envelope_name.text, greeting.salutation.text, greeting.informal.text)
    yield from (*piece.address_lines, piece.recipient.name)

"""FORMATS is data: what has to be true of every row."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import ConfigError
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Envelope, Format, format_named
from mailroom.sheets.panels import impose
from mailroom.units import Box, Size, inch, mm

every_format = pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS.keys())


every_row = pytest.mark.parametrize(
    "row",
    [*FORMATS.values(), *ENVELOPES.values()],
    ids=lambda row: f"{type(row).__name__}-{row.name}",
)
WINDOWS = [name for name, fmt in FORMATS.items() if fmt.envelope and fmt.folds]
each_window = pytest.mark.parametrize("name", WINDOWS)
slips = st.tuples(st.floats(0, 1), st.floats(0, 1))


def paper_of(fmt: Format) -> Box:
    return Box(0, 0, fmt.trim.width, fmt.trim.height)


def window_on_sheet(fmt: Format, right: float, down: float) -> Box:
    """What the window shows of the unfolded sheet, which lies so far into its envelope.

    Told the other way round than `formats` does: the sheet is folded up from its foot, panel by
    panel, and the packet is put down in the envelope; 0 is far left and high, 1 far right and low.
    """
    envelope = ENVELOPES[fmt.envelope]
    assert envelope.window
    panels = [b - a for a, b in pairwise((0.0, *fmt.folds, fmt.trim.height))]
    packet = Size(fmt.trim.width, max(panels))
    x = right * (envelope.size.width - packet.width)
    y = down * (envelope.size.height - packet.height)
    top_of_sheet = y + packet.height - panels[0]  # the first fold is the foot of the packet
    window = envelope.window
    return Box(window.x - x, window.y - top_of_sheet, window.width, window.height)


@every_row
def test_a_row_says_where_its_figures_were_read(row: Format | Envelope) -> None:
    assert row.title and len(row.source) >= 7 and not row.source.endswith(".")
    assert row.confidence in ("high", "medium", "low")
    assert ("not found in a source" in row.source) == (row.confidence == "low")


@every_row
def test_a_media_name_says_its_size_in_the_units_of_its_name(row: Format | Envelope) -> None:
    size = row.size if isinstance(row, Envelope) else row.trim
    if not row.media:
        return
    match = re.fullmatch(r"[a-z]+_[a-z0-9-]+_([\d.]+)x([\d.]+)(mm|in)", row.media)
    assert match, row.media
    per = mm(1) if match[3] == "mm" else inch(1)
    named = sorted((float(match[1]) * per, float(match[2]) * per))
    assert named == pytest.approx(sorted((size.width, size.height)), abs=0.01)


@each_window
@given(slip=slips)
def test_whatever_the_sheets_slip_what_is_seen_lies_in_the_clear_zone(
    name: str, slip: tuple[float, float]
) -> None:
    fmt = FORMATS[name]
    assert fmt.clear_zone
    assert fmt.clear_zone.contains(window_on_sheet(fmt, *slip), tolerance=1e-6)


@each_window
def test_the_clear_zone_is_no_larger_than_it_must_be(name: str) -> None:
    fmt = FORMATS[name]
    seen = [window_on_sheet(fmt, right, down) for right in (0, 1) for down in (0, 1)]
    left, top = min(box.x for box in seen), min(box.y for box in seen)
    right, bottom = max(box.right for box in seen), max(box.bottom for box in seen)
    zone = fmt.clear_zone
    assert zone
    assert (zone.x, zone.y, zone.right, zone.bottom) == pytest.approx((left, top, right, bottom))


@pytest.mark.parametrize("name", [name for name in WINDOWS if name != "letter-a4"])
@given(slip=slips)
def test_whatever_the_sheets_slip_the_window_shows_the_whole_address_zone(
    name: str, slip: tuple[float, float]
) -> None:
    fmt = FORMATS[name]
    assert fmt.address_zone
    assert window_on_sheet(fmt, *slip).contains(fmt.address_zone, tolerance=0.01)
    assert fmt.address_zone.width >= mm(68) and fmt.address_zone.height >= mm(19)


def test_of_din_5008_b_only_the_senders_own_line_can_be_hidden() -> None:
    letter = FORMATS["letter-a4"]
    assert letter.address_zone
    return_line = mm(5)  # the uppermost of the field (DIN 5008)
    for down in (0.0, 1.0):
        seen = window_on_sheet(letter, 0.0, down)
        assert seen.y <= letter.address_zone.y + return_line + 0.01
        assert seen.bottom >= letter.address_zone.bottom - 0.01


def test_din_5008_a_and_b_lie_alike_in_their_envelope() -> None:
    a, b = FORMATS["letter-a4-din-a"], FORMATS["letter-a4"]
    assert a.clear_zone and b.clear_zone and a.envelope == b.envelope
    assert b.clear_zone.y - a.clear_zone.y == pytest.approx(mm(18))
    assert b.folds[0] - a.folds[0] == pytest.approx(mm(18))


@every_format
def test_what_nobody_has_vouched_for_is_told(fmt: Format) -> None:
    rows = [fmt, *([ENVELOPES[fmt.envelope]] if fmt.envelope else [])]
    low = [row.name for row in rows if row.confidence == "low"]
    assert len(fmt.doubts) == len(low)
    assert all(name in doubt for name, doubt in zip(low, fmt.doubts, strict=True))


def test_the_british_window_is_doubted() -> None:
    (doubt,) = FORMATS["letter-a4-uk"].doubts
    assert doubt.startswith("envelope dl-window-uk: ") and "not found in a source" in doubt
    assert FORMATS["letter-a4"].doubts == ()


@pytest.mark.parametrize(
    ("name", "long", "short"),
    [
        ("card-5x7", inch(7.25), inch(5.25)),
        ("card-dl", mm(220), mm(110)),
        ("letter-us", inch(9.5), inch(4.125)),
        ("postcard-a6", mm(148), mm(105)),
        ("self-mailer-6x18", inch(9), inch(6)),
        ("self-mailer-11x9", inch(9), inch(6)),
    ],
)
def test_the_post_sees_the_envelope_or_the_folded_piece_its_long_side_first(
    name: str, long: float, short: float
) -> None:
    outline = FORMATS[name].outline
    assert (outline.width, outline.height) == pytest.approx((long, short))


def test_only_the_back_of_a_postcard_bears_the_address() -> None:
    card = FORMATS["postcard-a6"]
    assert card.address_page == 2
    assert card.clear_zone_on(1) is None and card.clear_zone_on(2) == card.address_zone
    for zone in card.ink_free_on(2):
        assert card.address_zone and not zone.box.overlaps(card.address_zone, 0.01)


def test_the_tables_are_keyed_by_name() -> None:
    for table in (FORMATS, ENVELOPES, SHEETS):
        assert [row.name for row in table.values()] == list(table)  # type: ignore[attr-defined]


@every_format
def test_a_format_fits_its_envelope(fmt: Format) -> None:
    if not fmt.envelope:
        assert fmt.ink_free  # a card without one: the post prints on it
        return
    if fmt.addressed_by_provider:
        return  # its own, and it folds
    envelope = ENVELOPES[fmt.envelope].size
    height = max(b - a for a, b in pairwise((0, *fmt.folds, fmt.trim.height)))
    flat = Size(fmt.trim.width, height)
    assert any(
        side.width < envelope.width and side.height < envelope.height
        for side in (flat, flat.rotated())
    )


@every_format
def test_panels_fit_twice_on_their_sheet(fmt: Format) -> None:
    if fmt.sheet:
        plan = impose(fmt)  # refuses what does not fit, with its marks
        assert plan.sheet in (SHEETS[fmt.sheet].size, SHEETS[fmt.sheet].size.rotated())
        assert len(fmt.pages) == 4
    assert bool(fmt.sheet) == bool(fmt.fold)


@every_format
def test_the_address_is_printed_in_exactly_one_place(fmt: Format) -> None:
    places = (bool(fmt.address_zone), fmt.addressed_envelope, fmt.addressed_by_provider)
    assert sum(places) == 1
    assert fmt.ink_free or not fmt.addressed_by_provider


@every_format
def test_the_zones_lie_on_the_paper(fmt: Format) -> None:
    paper = paper_of(fmt)
    assert paper.contains(fmt.safe_box)
    if fmt.address_zone:
        assert paper.contains(fmt.address_zone)
        assert fmt.clear_zone is not None
        assert fmt.clear_zone.contains(fmt.address_zone, tolerance=0.01)
    assert list(fmt.folds) == sorted(fmt.folds)
    assert all(0 < fold < fmt.trim.height for fold in fmt.folds)


@every_format
def test_zones_without_ink_and_creases_lie_on_pages_of_the_format(fmt: Format) -> None:
    edge = float(fmt.bleed)
    file = Box(-edge, -edge, fmt.media_box.width, fmt.media_box.height)
    assert all(zone.page in fmt.pages and file.contains(zone.box) for zone in fmt.ink_free)
    assert sum(map(len, map(fmt.ink_free_on, range(1, len(fmt.pages) + 1)))) == len(fmt.ink_free)
    for crease in fmt.creases:
        assert crease.page in fmt.pages
        assert 0 < crease.at < (fmt.trim.width if crease.upright else fmt.trim.height)


@pytest.mark.parametrize(
    ("name", "trim", "block"),
    [
        ("postcard-4x6", (6, 4), 3.2835),
        ("postcard-6x9", (9, 6), 4),
        ("postcard-6x11", (11, 6), 4),
    ],
)
def test_a_postcards_address_block_is_measured_from_the_bleed_file(
    name: str, trim: tuple[float, float], block: float
) -> None:
    card = FORMATS[name]
    (zone,) = card.ink_free_on(2)
    assert card.ink_free_on(1) == ()
    width, height = trim
    assert (card.trim.width, card.trim.height) == (width * 72, height * 72)
    assert (card.media_box.width, card.media_box.height) == (width * 72 + 18, height * 72 + 18)
    assert zone.box.right / 72 == pytest.approx(width - 0.15)
    assert zone.box.bottom / 72 == pytest.approx(height - 0.125)
    assert (zone.box.width / 72, zone.box.height / 72) == pytest.approx((block, 2.375))


@pytest.mark.parametrize("name", ["letter-lob", "letter-lob-2"])
def test_a_letter_keeps_the_address_box_and_the_scan_code_of_every_sheet_free(name: str) -> None:
    letter = FORMATS[name]
    address, code = (zone.box for zone in letter.ink_free_on(1))
    assert (address.x, address.y) == pytest.approx((0.6 * 72, 0.84 * 72))
    assert (address.right, address.bottom) == pytest.approx((3.75 * 72, 2.84 * 72))
    assert code.x == pytest.approx(letter.trim.height - code.bottom) == pytest.approx(0.087 * 72)
    assert code.y == pytest.approx(letter.trim.height - 2.25 * 72)
    assert [zone.name for zone in letter.ink_free[2:]] == ["scan code"] * (len(letter.pages) - 1)


@pytest.mark.parametrize("name", ["6x18", "11x9", "12x9"])
def test_the_address_block_of_a_self_mailer_stays_on_one_side_of_the_crease(name: str) -> None:
    mailer = FORMATS[f"self-mailer-{name}"]
    (zone,) = mailer.ink_free_on(1)
    (outside,) = (crease for crease in mailer.creases if crease.page == "outside")
    near = zone.box.right if outside.upright else zone.box.bottom
    assert outside.at - near == pytest.approx(0.15 * 72, abs=0.01)
    assert zone.box.width == 4 * 72 and zone.box.height >= 2.375 * 72


def test_a_page_that_is_not_there_has_no_zones() -> None:
    card = FORMATS["postcard-4x6"]
    assert card.ink_free_on(0) == card.ink_free_on(3) == ()


def test_the_address_of_the_us_letter_stays_in_the_window_however_the_sheet_slips() -> None:
    letter, envelope = FORMATS["letter-us"], ENVELOPES["10-window"]
    zone, window = letter.address_zone, envelope.window
    assert zone and window
    for right in (0.0, envelope.size.width - letter.trim.width):
        for down in (0.0, envelope.size.height - letter.folds[0]):
            slipped = Box(zone.x + right, zone.y + down, zone.width, zone.height)
            assert window.contains(slipped, tolerance=0.01)


def test_the_clear_zone_is_what_the_window_may_ever_show() -> None:
    letter = FORMATS["letter-a4"]
    window = ENVELOPES["dl-window"].window
    assert window and letter.clear_zone
    # The sheet is 10 mm narrower and 5 mm lower than its envelope.
    assert letter.clear_zone.x == pytest.approx(window.x - mm(10))
    assert letter.clear_zone.bottom == pytest.approx(window.bottom)
    assert FORMATS["card-5x7"].clear_zone is None


def test_the_media_box_is_trim_and_bleed() -> None:
    card = FORMATS["card-5x7"]
    assert (card.media_box.width, card.media_box.height) == (5.25 * 72, 7.25 * 72)


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        format_named("card-5x8", where="mailings/winter.toml")
    assert str(caught.value) == "mailings/winter.toml: there is no format 'card-5x8'"
    assert "card-5x7" in caught.value.hint
    assert format_named("card-5x7") is FORMATS["card-5x7"]

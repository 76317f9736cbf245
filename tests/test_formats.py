"""FORMATS is data: what has to be true of every row."""

from __future__ import annotations

import pytest

from mailroom.errors import ConfigError
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Format, format_named
from mailroom.units import Box, Size, mm

every_format = pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS.keys())


def test_the_tables_are_keyed_by_name() -> None:
    for table in (FORMATS, ENVELOPES, SHEETS):
        assert [row.name for row in table.values()] == list(table)  # type: ignore[attr-defined]


@every_format
def test_a_format_fits_its_envelope(fmt: Format) -> None:
    if not fmt.envelope:
        assert fmt.addressed_by_provider  # a card without an envelope, or the provider's own
        return
    envelope = ENVELOPES[fmt.envelope].size
    height = fmt.folds[0] if fmt.folds else fmt.trim.height
    flat = Size(fmt.trim.width, height)
    assert any(
        side.width < envelope.width and side.height < envelope.height
        for side in (flat, flat.rotated())
    )


@every_format
def test_panels_fit_twice_on_their_sheet(fmt: Format) -> None:
    if fmt.sheet:
        sheet = SHEETS[fmt.sheet].size.rotated()
        assert 2 * fmt.trim.width <= sheet.width and fmt.trim.height <= sheet.height
        assert len(fmt.pages) == 4


@every_format
def test_the_address_is_printed_in_exactly_one_place(fmt: Format) -> None:
    places = (bool(fmt.address_zone), fmt.addressed_envelope, fmt.addressed_by_provider)
    assert sum(places) == 1
    assert bool(fmt.ink_free) == fmt.addressed_by_provider


@every_format
def test_the_zones_lie_on_the_paper(fmt: Format) -> None:
    paper = Box(0, 0, fmt.trim.width, fmt.trim.height)
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

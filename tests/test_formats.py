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
def test_a_format_either_shows_its_address_or_has_an_addressed_envelope(fmt: Format) -> None:
    assert bool(fmt.address_zone) != fmt.addressed_envelope


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

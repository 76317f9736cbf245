"""What `mailroom init` hands out is sound: it loads, and its signatures are fit to print."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from PIL import Image

from mailroom.config import load_mailing, load_programme, load_settings
from mailroom.layout import load_layout
from mailroom.plan import check_mailing
from mailroom.shipped import LAYOUTS, SAMPLE

SIGNATURES = sorted((SAMPLE / "signatures").glob("*.png"))
MAILINGS = sorted(path.stem for path in (SAMPLE / "mailings").glob("*.toml"))
PROGRAMMES = sorted(path.stem for path in (SAMPLE / "programmes").glob("*.toml"))


def test_the_sample_workspace_loads_and_its_colleagues_can_sign() -> None:
    settings = load_settings(SAMPLE)
    assert set(settings.owners) == {"ruth", "tomas", "amina"}
    assert {owner.signature for owner in settings.owners.values()} == set(SIGNATURES)


@pytest.mark.parametrize("name", MAILINGS)
def test_a_sample_mailing_uses_a_layout_that_is_there(name: str) -> None:
    mailing = load_mailing(load_settings(SAMPLE), name, dt.date(2026, 12, 1))
    layout = load_layout(mailing.layout, [LAYOUTS])
    assert not mailing.format or mailing.format in layout.formats


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_sample_programme_has_words_that_its_layout_knows(name: str) -> None:
    settings = load_settings(SAMPLE)
    mailing = load_programme(settings, name).mailing
    check_mailing(load_layout(mailing.layout, [LAYOUTS]), mailing)
    for words in mailing.text.values():
        assert len(words["word"]) <= 14
        assert len(words["message"]) <= 420


def test_the_sample_mailings_show_every_shipped_layout() -> None:
    settings = load_settings(SAMPLE)
    used = {load_mailing(settings, name, dt.date(2026, 12, 1)).layout for name in MAILINGS}
    assert used == {path.parent.name for path in LAYOUTS.glob("*/layout.toml")}


def test_every_line_of_a_sample_mailing_is_explained() -> None:
    for path in (*SAMPLE.glob("mailings/*.toml"), *SAMPLE.glob("programmes/*.toml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "#" in line or not line.strip(), f"{path.name}: {line}"


@pytest.mark.parametrize("picture", SIGNATURES, ids=lambda path: path.stem)
def test_a_signature_is_ink_on_nothing_fit_to_print(picture: Path) -> None:
    with Image.open(picture) as image:
        assert image.mode == "RGBA"
        width_mm = image.width / 600 * 25.4
        assert 40 <= width_mm <= 50
        assert round(image.info["dpi"][0]) == 600
        assert image.getpixel((0, 0))[3] == 0
        assert image.getchannel("A").getextrema()[1] > 230
    assert picture.stat().st_size < 40_000

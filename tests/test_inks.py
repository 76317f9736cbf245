"""Colours of the screen become inks: black for grey, plates for spots, four for the rest."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from mailroom.errors import ConfigError
from mailroom.inks import SHIPPED, Inks, read_spots

INKS = Inks()
SHARE = st.floats(0, 1)
LIMIT = 3.0  # what the shipped profile is made for: 300 % in all


@settings(deadline=None)
@given(grey=SHARE)
def test_grey_is_black_ink_alone(grey: float) -> None:
    c, m, y, k = INKS.ink("rgb", (grey, grey, grey)).cmyk
    assert c == m == y == 0
    assert 0 <= k <= 1


@settings(deadline=None)
@given(one=SHARE, other=SHARE)
def test_a_darker_grey_never_has_less_ink(one: float, other: float) -> None:
    dark, light = sorted((one, other))
    assert INKS.ink("rgb", (dark,) * 3).cmyk[3] >= INKS.ink("rgb", (light,) * 3).cmyk[3]


def test_black_is_all_of_black_and_white_is_paper() -> None:
    assert INKS.ink("rgb", (0, 0, 0)).cmyk == (0, 0, 0, 1)
    assert INKS.ink("rgb", (0, 0, 0)).is_black
    assert INKS.ink("rgb", (1, 1, 1)).cmyk == (0, 0, 0, 0)
    assert not INKS.ink("rgb", (0.2, 0.2, 0.2)).is_black


@settings(deadline=None)
@given(colour=st.tuples(SHARE, SHARE, SHARE))
def test_no_colour_takes_more_ink_than_the_paper_does(colour: tuple[float, float, float]) -> None:
    assert sum(INKS.ink("rgb", colour).cmyk) <= LIMIT


@settings(deadline=None)
@given(colour=st.tuples(SHARE, SHARE, SHARE, SHARE))
def test_what_is_in_inks_stays_as_it_is(colour: tuple[float, ...]) -> None:
    assert INKS.ink("cmyk", colour).cmyk == colour


@pytest.mark.parametrize("colour", [(200, 40, 30), (20, 90, 160), (30, 120, 60), (240, 200, 80)])
def test_a_colour_looks_the_same_in_inks(colour: tuple[int, int, int]) -> None:
    """Held against Lab, by the profile's other direction: no more than 6 apart (CIE76)."""
    inks = INKS.ink("rgb", [part / 255 for part in colour]).cmyk
    profile = ImageCms.getOpenProfile(io.BytesIO(INKS.content()))
    back = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        "CMYK",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    dot = Image.new("CMYK", (1, 1), tuple(round(part * 255) for part in inks))
    shown = ImageCms.applyTransform(dot, back)
    assert shown is not None
    pixel = shown.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    assert max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) <= 30


def test_a_picture_without_colours_is_one_plate() -> None:
    grey = Image.linear_gradient("L").convert("RGB")
    picture = INKS.picture(grey)
    assert picture.mode == "L"
    assert picture.getextrema() == (0, 255)
    assert INKS.picture(Image.new("RGB", (4, 4), "teal")).mode == "CMYK"


# --- spots -------------------------------------------------------------------------------------

GOLD = {"name": "PANTONE 871 C", "colour": "#b08d57"}


def test_a_spot_is_its_own_plate_where_its_very_colour_is_painted() -> None:
    inks = Inks(spots=read_spots({"gold": GOLD}, "layout.toml"))
    spot = inks.ink("rgb", (0.690196, 0.552941, 0.341176)).spot  # as a PDF has it
    assert spot is not None
    assert spot.name == "PANTONE 871 C"
    assert inks.ink("rgb", (0.68, 0.55, 0.34)).spot is None
    assert inks.ink("cmyk", (0, 0, 0, 1)).spot is None


def test_a_spot_may_be_named_by_inks() -> None:
    varnish = {"name": "Varnish", "colour": "device-cmyk(0 1 0 0)", "overprint": True}
    inks = Inks(spots=read_spots({"varnish": varnish}, "layout.toml"))
    spot = inks.ink("cmyk", (0, 1, 0, 0)).spot
    assert spot is not None
    assert spot.overprints


@pytest.mark.parametrize(
    ("spots", "told"),
    [
        ({"gold": {"name": "Gold"}}, "has no name or no colour"),
        ({"gold": {**GOLD, "colour": "goldish"}}, "colour is none"),
        ({"gold": {**GOLD, "color": "red"}}, "'color' is not known"),
        ({"gold": {**GOLD, "overprint": "yes"}}, "not of its kind"),
        ({"gold": {**GOLD, "name": "Cyan"}}, "is no spot"),
        ({"gold": GOLD, "foil": {**GOLD, "colour": "red"}}, "is there already"),
        ({"gold": GOLD, "foil": {**GOLD, "name": "Foil"}}, "has that colour already"),
    ],
)
def test_a_spot_that_is_none_is_told(spots: dict[str, dict[str, object]], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_spots(spots, "layout.toml")


# --- profiles ----------------------------------------------------------------------------------


def test_inks_of_other_profiles_or_spots_are_told_apart(tmp_path: Path) -> None:
    other = tmp_path / "other.icc"
    other.write_bytes(SHIPPED.read_bytes() + b"\0")
    spots = read_spots({"gold": GOLD}, "layout.toml")
    digests = {INKS.digest, Inks(profile=other).digest, Inks(spots=spots).digest}
    assert len(digests) == 3


def test_a_profile_that_is_not_of_a_press_is_refused(tmp_path: Path) -> None:
    screen = tmp_path / "screen.icc"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    screen.write_bytes(profile.tobytes())
    with pytest.raises(ConfigError, match="a profile of RGB") as caught:
        Inks(profile=screen).content()
    assert "CMYK" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "told"), [(b"no profile" * 20, "it is no ICC profile"), (None, "not readable")]
)
def test_what_is_no_profile_is_refused(content: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.icc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        Inks(profile=path).content()


def test_a_profile_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.icc"
    path.write_bytes(SHIPPED.read_bytes()[:4000])
    with pytest.raises(ConfigError, match="not readable as an ICC profile"):
        Inks(profile=path).ink("rgb", (0.1, 0.5, 0.9))

"""mailroom/fonts.py: the manifest read, its files checked, their glyphs known."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import ALL_FONTS

from mailroom.errors import ConfigError
from mailroom.fonts import (
    Font,
    coverage,
    font_face_css,
    fonts_of,
    load_fonts,
    missing_glyphs,
)

ALEGREYA = fonts_of(ALL_FONTS, ["Alegreya"], "test")
ONE = ALL_FONTS[0]


def manifest_in(folder: Path, **changes: object) -> Path:
    shutil.copy(ONE.path, folder / "One.ttf")
    entry = {"family": "One", "file": "One.ttf", "weight": 400, "style": "normal", "role": "text"}
    lines = (
        f"{key} = {value!r}" for key, value in {**entry, "sha256": ONE.sha256, **changes}.items()
    )
    (folder / "fonts.toml").write_text("[[font]]\n" + "\n".join(lines).replace("'", '"'))
    return folder


def test_a_manifest_is_read(tmp_path: Path) -> None:
    [font] = load_fonts(manifest_in(tmp_path))
    assert (font.family, font.weight, font.style, font.path.name) == (
        "One",
        400,
        "normal",
        "One.ttf",
    )
    assert font.path.is_absolute()


def test_a_changed_font_file_is_refused(tmp_path: Path) -> None:
    folder = manifest_in(tmp_path)
    with (folder / "One.ttf").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ConfigError, match="not the file it was"):
        load_fonts(folder)


def test_a_missing_font_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Two\.ttf is missing") as caught:
        load_fonts(manifest_in(tmp_path, file="Two.ttf"))
    assert "restore the file" in caught.value.hint


def test_a_folder_without_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no font manifest"):
        load_fonts(tmp_path)


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe", b"font = 5", b'font = ["a"]', b"[[font]]\nfamily = 'A'", b"[[font"],
)
def test_a_broken_manifest_is_an_error_with_its_path(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "fonts.toml").write_bytes(text)
    with pytest.raises(ConfigError, match=r"fonts\.toml"):
        load_fonts(tmp_path)


def test_a_family_nobody_has_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no font 'Comic Sans'") as caught:
        fonts_of(ALL_FONTS, ["Alegreya", "Comic Sans"], "small/layout.toml")
    assert "Alegreya" in caught.value.hint and "small/layout.toml" in str(caught.value)
    assert {font.family for font in fonts_of(ALL_FONTS, ["Alegreya"], "")} == {"Alegreya"}


def test_missing_glyphs_are_told_once_each_and_in_order() -> None:
    assert missing_glyphs("Zoë 小龍 小 Ångström 🎄", ALEGREYA) == "小龍🎄"
    assert (
        missing_glyphs("soft\u00adhyphen, tab\t, zero\u200bwidth, no\u00a0break\u202f", ALEGREYA)
        == ""
    )


def test_a_letter_in_two_parts_is_the_letter() -> None:
    assert missing_glyphs(unicodedata.normalize("NFD", "Émilie Ångström"), ALEGREYA) == ""


def test_a_character_is_there_if_one_of_the_fonts_has_it() -> None:
    caveat = fonts_of(ALL_FONTS, ["Caveat"], "")
    assert missing_glyphs("Ελένη", caveat) != ""
    assert missing_glyphs("Ελένη", (*caveat, *ALEGREYA)) == ""
    assert missing_glyphs("a", ()) == "a"


@given(st.text())
def test_what_is_missing_is_in_no_font(text: str) -> None:
    missing = missing_glyphs(text, ALEGREYA)
    assert len(set(missing)) == len(missing)
    assert set(missing) <= set(unicodedata.normalize("NFC", text))
    assert not any(ord(char) in coverage(font.path) for char in missing for font in ALEGREYA)


def test_each_font_file_is_declared_to_the_renderer() -> None:
    font = Font(
        family="A B",
        path=Path("/fonts/a b.ttf"),
        weight=700,
        style="italic",
        role="text",
        sha256="",
    )
    css = font_face_css([font])
    assert 'font-family: "A B"' in css and "file:///fonts/a%20b.ttf" in css
    assert "font-weight: 700" in css and "font-style: italic" in css

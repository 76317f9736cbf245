"""The fonts are what their manifest says, may be given away, and can write what we write."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent.parent / "fonts"
ENTRIES: list[dict[str, Any]] = tomllib.loads((FONTS / "fonts.toml").read_text(encoding="utf-8"))[
    "font"
]
KEYS = {"family", "file", "weight", "style", "role", "version", "source", "licence", "sha256"}

BASIC_LATIN = {chr(code) for code in range(0x20, 0x7F)}
LATIN_1 = {chr(code) for code in range(0xA0, 0x100)}
# What names in our languages and in those next door are written with.
LATIN_EXTENDED_A = set(
    "ĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŌōŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
)
PUNCTUATION = set("‘’‚“”„‹›«»–—…·•€")
GREEK = set("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψωΆΈΉΊΌΎΏάέήίόύώϊϋΐΰ")
CYRILLIC = {chr(code) for code in range(0x410, 0x450)} | set("ЁёЄєІіЇїҐґЂђЋћЈјЉљЊњЏџЎў")

each_font = pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])


def _glyphs(entry: dict[str, Any]) -> set[str]:
    with TTFont(FONTS / entry["file"]) as font:
        return {chr(code) for code in font.getBestCmap()}


@each_font
def test_a_font_says_everything_about_itself(entry: dict[str, Any]) -> None:
    assert set(entry) == KEYS
    assert entry["role"] in {"text", "hand", "display", "plain"}
    assert entry["style"] in {"normal", "italic"}


@each_font
def test_a_font_file_is_the_one_that_was_chosen(entry: dict[str, Any]) -> None:
    content = (FONTS / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@each_font
def test_the_manifest_names_what_is_in_the_file(entry: dict[str, Any]) -> None:
    with TTFont(FONTS / entry["file"]) as font:
        assert font["name"].getBestFamilyName() == entry["family"]
        assert font["OS/2"].usWeightClass == entry["weight"]
        assert bool(font["post"].italicAngle) == (entry["style"] == "italic")
        assert font["name"].getDebugName(5).startswith(f"Version {entry['version']}")


@each_font
def test_a_font_has_truetype_outlines(entry: dict[str, Any]) -> None:
    # ReportLab does not read PostScript outlines.
    with TTFont(FONTS / entry["file"]) as font:
        assert "glyf" in font
        assert "CFF " not in font and "CFF2" not in font


@each_font
def test_a_font_may_be_embedded_and_given_away(entry: dict[str, Any]) -> None:
    licence = (FONTS / entry["file"]).parent / "OFL.txt"
    text = licence.read_text(encoding="utf-8")
    assert entry["licence"] == "OFL-1.1"
    assert text.startswith("Copyright")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    with TTFont(FONTS / entry["file"]) as font:
        assert font["OS/2"].fsType == 0  # OpenType: installable embedding


@each_font
def test_a_font_writes_our_languages(entry: dict[str, Any]) -> None:
    missing = (BASIC_LATIN | LATIN_1 | LATIN_EXTENDED_A | PUNCTUATION) - _glyphs(entry)
    assert not missing


@each_font
def test_a_font_for_reading_writes_greek_and_cyrillic(entry: dict[str, Any]) -> None:
    wanted = {"text": GREEK | CYRILLIC, "plain": GREEK | CYRILLIC, "hand": CYRILLIC}
    assert not wanted.get(entry["role"], set()) - _glyphs(entry)


def test_there_is_a_face_for_each_purpose() -> None:
    have = {(entry["role"], entry["style"]) for entry in ENTRIES}
    assert {("text", "normal"), ("text", "italic"), ("hand", "normal"), ("plain", "normal")} <= have


def test_handwriting_has_alternates_that_depend_on_the_neighbours() -> None:
    for entry in ENTRIES:
        if entry["role"] == "hand":
            with TTFont(FONTS / entry["file"]) as font:
                features = font["GSUB"].table.FeatureList.FeatureRecord
                assert "calt" in {record.FeatureTag for record in features}


def test_every_font_in_the_folder_is_in_the_manifest() -> None:
    files = {path.relative_to(FONTS).as_posix() for path in FONTS.rglob("*.?tf")}
    assert files == {entry["file"] for entry in ENTRIES}


def test_the_fonts_stay_small_enough_to_clone() -> None:
    total = sum(path.stat().st_size for path in FONTS.rglob("*") if path.is_file())
    assert total < 4_000_000

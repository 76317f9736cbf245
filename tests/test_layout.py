"""A layout's folder is read strictly: what is wrong is said with the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from small import layout_in

from mailroom.errors import ConfigError
from mailroom.layout import folder_digest, load_layout, read_layout

GOOD = """
title = "Plain"
formats = ["card-5x7"]
fonts = ["Alegreya"]
[pages]
front = "page.html"
back = "page.html"
[fields.note]
type = "text"
required = true
max_length = 180
column = "Personal note"
[words.en]
close = "Warm regards"
[words.de]
close = "Herzlich"
"""


def folder_with(tmp_path: Path, manifest: str) -> Path:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "page.html").write_text("x")
    (folder / "style.css").write_text("")
    (folder / "layout.toml").write_text(manifest, encoding="utf-8")
    return folder


def test_a_layout_is_read(tmp_path: Path) -> None:
    layout = read_layout(folder_with(tmp_path, GOOD))
    assert (layout.name, layout.title, layout.formats) == ("plain", "Plain", ("card-5x7",))
    assert layout.languages == ("en", "de")
    assert layout.fields["note"].column == "Personal note" and layout.fields["note"].required
    assert layout.style == ("style.css",)
    assert layout.folder.is_absolute()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('title = "Plain"', ""), "'title' is missing"),
        (('title = "Plain"', "title = 5"), "title must be a text"),
        (('["card-5x7"]', '"card-5x7"'), "formats must be a list"),
        (('["card-5x7"]', "[]"), "no format is named"),
        (('["card-5x7"]', '["card-9x9"]'), "no format 'card-9x9'"),
        (('["card-5x7"]', '["card-a6-folded"]'), "needs the pages"),
        (('["Alegreya"]', '"Alegreya"'), "fonts must be a list"),
        (('front = "page.html"', "front = 5"), "pages must be a table"),
        (('front = "page.html"', 'front = "gone.html"'), "no file 'gone.html'"),
        (('front = "page.html"', 'front = "../other/page.html"'), "outside the layout's folder"),
        (('front = "page.html"', 'front = "/etc/hostname"'), "outside the layout's folder"),
        (("max_length = 180", 'max_length = "180"'), "'max_length'"),
        (("max_length = 180", "colour = 'red'"), "'colour'"),
        (('type = "text"', 'type = "number"'), "no such type"),
        (('close = "Herzlich"', "close = 5"), "words must be tables of texts"),
        (("[fields.note]", "[field.note]"), "'field' is not known"),
        (("[fields.note]", "[fields"), "not readable"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    manifest = GOOD.replace(*change)
    assert manifest != GOOD
    with pytest.raises(ConfigError) as caught:
        read_layout(folder_with(tmp_path, manifest))
    assert told in caught.value.message
    assert caught.value.where == "plain/layout.toml"


def test_a_page_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    folder = folder_with(tmp_path, GOOD)
    (folder / "page.html").unlink()
    (folder / "page.html").symlink_to(tmp_path / "secret.html")
    with pytest.raises(ConfigError, match="outside the layout's folder"):
        read_layout(folder)


def test_a_manifest_in_another_encoding_is_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GOOD)
    (folder / "layout.toml").write_bytes('title = "Grüße"'.encode("cp1252"))
    with pytest.raises(ConfigError, match="not readable"):
        read_layout(folder)


def test_a_folder_named_earlier_hides_one_named_later(tmp_path: Path) -> None:
    mine = layout_in(tmp_path / "mine" / "small")
    layout_in(tmp_path / "shipped" / "small")
    layout_in(tmp_path / "shipped" / "other")
    folders = [tmp_path / "mine", tmp_path / "shipped", tmp_path / "none"]
    assert load_layout("small", folders).folder == mine.folder
    assert load_layout("other", folders).name == "other"


def test_a_misspelt_layout_is_guessed(tmp_path: Path) -> None:
    layout_in(tmp_path / "winter-window")
    with pytest.raises(ConfigError) as caught:
        load_layout("winter-windw", [tmp_path])
    assert caught.value.hint == "did you mean 'winter-window'?"
    with pytest.raises(ConfigError) as caught:
        load_layout("zzz", [tmp_path])
    assert "mailroom layout list" in caught.value.hint


def test_the_digest_is_of_every_file_and_nothing_else(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GOOD)
    before = folder_digest(folder)
    (folder / ".page.html.swp").write_text("an editor's")
    (folder / "page.html~").write_text("an editor's")
    assert folder_digest(folder) == before
    (folder / "art").mkdir()
    (folder / "art" / "bird.svg").write_text("<svg/>")
    with_art = folder_digest(folder)
    assert with_art != before
    (folder / "art" / "bird.svg").rename(folder / "art" / "wren.svg")
    assert folder_digest(folder) not in (before, with_art)

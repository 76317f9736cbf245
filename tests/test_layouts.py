"""Every shipped layout keeps the contract of layouts/README.md."""

from __future__ import annotations

import hashlib
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from jinja2 import meta, nodes

from mailroom.formats import FORMATS
from mailroom.layout import Layout, read_layout
from mailroom.merge import VARIABLES
from mailroom.sandbox import open_sandbox

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(path.parent for path in (ROOT / "layouts").glob("*/layout.toml"))
LAYOUTS = [read_layout(folder) for folder in FOLDERS]
LANGUAGES = {"en", "de", "fr"}
SVG = "{http://www.w3.org/2000/svg}"
DRAWING = {f"{SVG}{tag}" for tag in ("svg", "g", "path", "circle", "ellipse", "rect", "clipPath")}

each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.name for layout in LAYOUTS])
each_picture = pytest.mark.parametrize(
    "picture",
    [path for folder in FOLDERS for path in sorted(folder.glob("*.svg"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)


def _trees(layout: Layout) -> list[nodes.Template]:
    """Every template of the layout, parsed: its pages and its words."""
    environment = open_sandbox(layout.folder, frozenset(layout.pages.values()), {})
    sources = [(layout.folder / page).read_text(encoding="utf-8") for page in _pages(layout)]
    sources += [text for words in layout.words.values() for text in words.values()]
    return [environment.parse(source) for source in sources]


def _pages(layout: Layout) -> list[str]:
    return sorted(set(layout.pages.values()))


def _style(layout: Layout) -> str:
    return "\n".join((layout.folder / name).read_text(encoding="utf-8") for name in layout.style)


def _asked_of(layout: Layout, variable: str) -> set[str]:
    """The `x` of every `{{ variable.x }}`."""
    return {
        node.attr
        for tree in _trees(layout)
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == variable
    }


def test_there_is_a_flat_card_a_folded_one_a_letter_and_a_postcard_of_each_size() -> None:
    offered = {name for layout in LAYOUTS for name in layout.formats}
    assert {"card-5x7", "card-a6-folded", "letter-a4", "letter-us", "letter-lob"} <= offered
    assert {"postcard-4x6", "postcard-6x9", "postcard-6x11"} <= offered


@each_layout
def test_a_layout_introduces_itself(layout: Layout) -> None:
    assert layout.title and layout.summary
    assert len(layout.summary) <= 70  # one line of `mailroom layout list`


@each_layout
def test_every_page_of_every_format_has_a_template_and_none_is_left_over(layout: Layout) -> None:
    for name in layout.formats:
        assert set(layout.pages) == set(FORMATS[name].pages)


@each_layout
def test_every_file_is_used(layout: Layout) -> None:
    named = {"layout.toml", *layout.pages.values(), *layout.style}
    text = _style(layout) + "".join(
        (layout.folder / page).read_text(encoding="utf-8") for page in _pages(layout)
    )
    for path in layout.folder.iterdir():
        assert path.name in named or path.name in text, path.name


@each_layout
def test_every_picture_named_is_there(layout: Layout) -> None:
    for page in _pages(layout):
        text = (layout.folder / page).read_text(encoding="utf-8")
        for source in re.findall(r'src="([^"{]+)"', text):
            assert (layout.folder / source).is_file(), source


@each_layout
def test_every_family_is_one_of_ours_with_its_licence(layout: Layout) -> None:
    entries = tomllib.loads((ROOT / "fonts/fonts.toml").read_text(encoding="utf-8"))["font"]
    for family in layout.fonts:
        files = [ROOT / "fonts" / e["file"] for e in entries if e["family"] == family]
        sums = {e["sha256"] for e in entries if e["family"] == family}
        assert files, family
        assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in files} == sums
        assert all((file.parent / "OFL.txt").is_file() for file in files)


@each_layout
def test_the_style_uses_exactly_the_families_that_are_declared(layout: Layout) -> None:
    style = _style(layout)
    assert not re.search(r"\bfont\s*:", style)  # `font-family` is what `layout check` reads
    used = set(re.findall(r'"([^"]+)"', " ".join(re.findall(r"font-family:([^;]+)", style))))
    assert used == set(layout.fonts)


@each_layout
def test_templates_use_only_what_they_are_given(layout: Layout) -> None:
    used = set().union(*(meta.find_undeclared_variables(tree) for tree in _trees(layout)))
    assert used <= set(VARIABLES)


@each_layout
def test_declared_fields_are_the_fields_used(layout: Layout) -> None:
    assert _asked_of(layout, "fields") == set(layout.fields)


@each_layout
def test_every_field_is_explained(layout: Layout) -> None:
    for field in layout.fields.values():
        assert field.help and field.example
        assert len(field.example) <= field.max_length


@each_layout
def test_every_word_exists_in_every_language(layout: Layout) -> None:
    assert set(layout.words) >= LANGUAGES
    for language, words in layout.words.items():
        assert set(words) == _asked_of(layout, "text"), language
        assert all(text.strip() for text in words.values()), language


@each_layout
def test_words_are_set_as_a_typesetter_would(layout: Layout) -> None:
    for language, words in layout.words.items():
        for word, text in words.items():
            where = f"{language} {word}"
            assert "'" not in text and '"' not in text and "..." not in text, where
            assert not re.search(r" [–:;!?»]|« ", text), f"{where}: a blank that may break"
            assert "  " not in text and " - " not in text, where


@each_layout
def test_no_paragraph_ends_in_a_lonely_word(layout: Layout) -> None:
    for words in layout.words.values():
        for paragraph in words["message"].strip().split("\n\n"):
            assert "\u00a0" in paragraph.split(" ")[-1], paragraph


@each_layout
def test_no_company_is_written_into_a_layout(layout: Layout) -> None:
    for path in layout.folder.glob("*.*ml"):
        assert "Hartmann" not in path.read_text(encoding="utf-8")


@each_layout
def test_variable_text_stands_in_frames_only(layout: Layout) -> None:
    # Outside a frame stand the words of the language, the same for everybody.
    for page in _pages(layout):
        text = re.sub(r"\{%.*?%\}", "", (layout.folder / page).read_text(encoding="utf-8"))
        outside = re.sub(r"<(\w+)[^>]*data-frame=.*?\n?</\1>", "", text, flags=re.DOTALL)
        printed = set(re.findall(r"\{\{\s*(\w+)", outside))
        assert printed <= {"text"}, f"{page}: {printed}"


@each_layout
def test_every_frame_has_a_fixed_box(layout: Layout) -> None:
    style = _style(layout)
    for page in _pages(layout):
        text = (layout.folder / page).read_text(encoding="utf-8")
        for tag in re.findall(r"<[^>]*data-frame=[^>]*>", re.sub(r"\{%.*?%\}", "", text)):
            name = re.findall(r'class="(\w[\w-]*)', tag)[0]
            rules = re.findall(rf"\.{name}(?:,[^{{]*)?\s*\{{([^}}]*)\}}", style)
            box = " ".join(rules)
            for needed in ("position: absolute", "left:", "top:", "width:", "height:"):
                assert needed in box, f"{page} .{name} has no {needed}"


@each_layout
def test_the_style_reaches_for_nothing_outside_its_folder(layout: Layout) -> None:
    style = _style(layout)
    assert "@import" not in style
    for url in re.findall(r"url\(\s*['\"]?([^'\")]+)", style):
        path = (layout.folder / url).resolve()
        assert path.is_file() and path.is_relative_to(layout.folder.resolve()), url


@each_layout
def test_the_style_keeps_to_what_prints(layout: Layout) -> None:
    # Gradients band and fail in CMYK; WeasyPrint ignores or rasters the others.
    assert not re.search(r"gradient|filter|blend|opacity|rgba|hsla|shadow", _style(layout))


@each_layout
def test_templates_fetch_nothing_and_run_nothing(layout: Layout) -> None:
    for page in _pages(layout):
        text = (layout.folder / page).read_text(encoding="utf-8")
        assert not re.search(r"https?:|<script|<style|<link|\bon\w+=|\| *safe", text), page


@each_picture
def test_art_is_drawn_and_nothing_else(picture: Path) -> None:
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    tags = {element.tag for element in root.iter()}
    assert tags <= DRAWING, tags - DRAWING
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"href", "{http://www.w3.org/1999/xlink}href", "style", "filter"}


@each_picture
def test_art_is_light_enough_to_lay_out_for_everybody(picture: Path) -> None:
    assert picture.stat().st_size < 80_000
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    assert sum(1 for _ in root.iter()) < 400


@each_picture
def test_art_keeps_to_two_inks_and_the_paper(picture: Path) -> None:
    colours = set(re.findall(r"#[0-9a-fA-F]{3,6}", picture.read_text(encoding="utf-8")))
    assert len(colours - {"#fff", "#ffffff"}) <= 2


@each_picture
def test_no_line_is_too_thin_to_print(picture: Path) -> None:
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    # Cards drawn over 154 mm count in millimetres, all others in points.
    in_points = 72 / 25.4 if root.attrib["viewBox"].endswith(" 154") else 1.0
    for element in root.iter():
        width = element.attrib.get("stroke-width")
        assert width is None or float(width) * in_points >= 0.25

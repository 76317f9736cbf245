"""A layout is tried on everybody, its faults are named by file and line, a new one works."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mailroom.design import (
    LayoutReport,
    Trial,
    check_layout,
    inspect_layout,
    new_layout,
    picture,
    try_on,
)
from mailroom.errors import ConfigError, Refused, UsageError
from mailroom.fonts import load_fonts
from mailroom.formats import FORMATS
from mailroom.layout import read_layout
from mailroom.model import Severity
from mailroom.shipped import FONTS
from mailroom.torture import people

ALL_FONTS = load_fonts(FONTS)
CARD = FORMATS["card-5x7"]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A new flat card in English alone, so that a check is quick."""
    folder = new_layout("spring", tmp_path, CARD)
    manifest = folder / "layout.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text[: text.index("[words.de]")], "utf-8")
    return folder


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace `old` once; the line it stands on."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def check(folder: Path) -> LayoutReport:
    return check_layout(read_layout(folder), ALL_FONTS)


def trial_of(folder: Path, key: str, language: str = "en") -> Trial:
    person = next(each for each in people(language) if each.key == key)
    layout, target = read_layout(folder), folder.parent / f"{key}.pdf"
    return try_on(layout, CARD, ALL_FONTS, [person], language, target)[0]


def is_red(colour: tuple[int, ...]) -> bool:
    """Whatever the inks have made of it."""
    return colour[0] > 180 and max(colour[1:]) < 80


def colours(png: bytes) -> set[tuple[int, ...]]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return {colour for _, colour in image.getcolors(1 << 24) or ()}  # type: ignore[misc]


def text_of(trial: Trial, page: int) -> str:
    artwork = trial.made.artwork
    with pypdfium2.PdfDocument(artwork.path) as document:
        return document[artwork.first_page + page - 1].get_textpage().get_text_bounded()


def found(folder: Path) -> list[tuple[str, str]]:
    return [(f.rule, f.where) for f in inspect_layout(read_layout(folder), ALL_FONTS)]


# --- a new layout -------------------------------------------------------------------------


TIGHTEST = ["card-us-a2", "card-us-a2-folded", "card-a6-tent", "letter-a4-uk", "letter-a4-ch-left"]
"""Of every starter what has the least room; that the others can be made is tested elsewhere."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [*TIGHTEST, "postcard-a6", *(name for name, f in FORMATS.items() if f.addressed_by_provider)],
)
def test_a_new_layout_holds_nobody_without_need(name: str, tmp_path: Path) -> None:
    report = check(new_layout("fresh", tmp_path, FORMATS[name]))
    assert report.findings == ()
    assert [(t.person.key, t.language, t.held_by) for t in report.failures] == []
    assert report.ok


@pytest.mark.parametrize("name", FORMATS)
def test_there_is_a_new_layout_for_every_format(name: str, tmp_path: Path) -> None:
    layout = read_layout(new_layout("fresh", tmp_path, FORMATS[name]))
    assert (layout.formats, layout.languages) == ((name,), ("en", "de", "fr"))
    assert set(layout.pages) >= set(FORMATS[name].pages)


def test_a_new_layout_bears_its_own_title_and_format(tmp_path: Path) -> None:
    layout = read_layout(new_layout("spring-greeting", tmp_path / "layouts", FORMATS["letter-us"]))
    assert layout.title == "Spring greeting"
    assert layout.formats == ("letter-us",)
    assert layout.languages == ("en", "de", "fr")


def test_a_layout_that_is_there_is_not_overwritten(card: Path) -> None:
    before = read_layout(card).digest
    with pytest.raises(Refused) as refused:
        new_layout("spring", card.parent, CARD)
    assert str(card) in refused.value.where
    assert read_layout(card).digest == before
    assert [path.name for path in card.parent.iterdir()] == ["spring"]


@pytest.mark.parametrize("name", ["", "../up", "Spring", "a b", "a/b", ".hidden", "ü", "-a", "a\n"])
def test_a_name_that_will_not_do_as_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        new_layout(name, tmp_path, CARD)
    assert list(tmp_path.iterdir()) == []


# --- what the report says -----------------------------------------------------------------


@pytest.mark.slow
def test_kanji_and_arabic_are_held_and_that_is_no_fault_of_the_layout(card: Path) -> None:
    report = check(card)
    assert {trial.person.key for trial in report.expected_holds} == {"kanji", "right-to-left"}
    assert report.ok
    assert len(report.trials) == len(people("en"))
    assert report.pieces_per_second > 0


@pytest.mark.slow
def test_a_frame_that_is_too_small_is_found_with_file_line_and_person(card: Path) -> None:
    change(card, "style.css", "height: 50%", "height: 28%")
    line = change(card, "back.html", 'data-frame="message"', 'data-frame="message"')
    report = check(card)
    keys = {trial.person.key for trial in report.failures}
    assert "longest-fields" in keys
    assert "empty-fields" not in keys
    longest = next(t for t in report.failures if t.person.key == "longest-fields")
    overflow = next(f for f in longest.findings if f.rule == "overflow")
    assert overflow.where == f"spring/back.html:{line}"
    assert overflow.box is not None
    assert not report.ok


def test_a_required_field_that_is_empty_is_held_and_expected(card: Path) -> None:
    change(card, "layout.toml", 'type = "text"', 'type = "text"\nrequired = true')
    trial = trial_of(card, "empty-fields")
    assert "empty-field" in trial.held_by
    assert trial.expected


def test_a_picture_that_may_be_left_out_is_missing_for_the_person_with_empty_fields(
    card: Path,
) -> None:
    Image.new("RGB", (400, 400), "red").save(card / "photo.png", dpi=(300, 300))
    field = '[fields.photo]\ntype = "image"\nexample = "photo.png"\n\n'
    change(card, "layout.toml", "[fields.note]", f"{field}[fields.note]")
    shown = '{% if fields.photo %}<img class="photo" src="{{ fields.photo }}">{% endif %}\n'
    change(card, "front.html", "<p class", f"{shown}<p class")
    change(card, "style.css", ".wish", ".photo { width: 20mm }\n.wish")
    with_photo, without = (picture(trial_of(card, who), 1, 300) for who in ("one", "empty-fields"))
    assert any(map(is_red, colours(with_photo)))
    assert not any(map(is_red, colours(without)))
    assert found(card) == []


def test_what_a_customer_writes_is_printed_and_not_obeyed(card: Path) -> None:
    change(card, "back.html", "{{ greeting.salutation }}", "{{ recipient.company }}")
    assert "<b>Ironmongers</b>" in text_of(trial_of(card, "markup"), 2)


def test_the_same_person_makes_the_same_picture_each_time(card: Path) -> None:
    first = picture(trial_of(card, "one"), 2, 300)
    assert first == picture(trial_of(card, "one"), 2, 300)


# --- what reading finds -------------------------------------------------------------------

FAULTS: list[tuple[str, str, str, str, str]] = [
    ("unknown-name", "back.html", "{{ owner.name }}", "{{ ownr.name }}", "back.html"),
    ("undeclared-field", "back.html", "{{ fields.note }}", "{{ fields.nota }}", "back.html"),
    ("missing-word", "back.html", "{{ text.close }}", "{{ text.goodbye }}", "back.html"),
    ("style", "style.css", "margin: 0 0 .7em", "margn: 0 0 .7em", "style.css"),
    ("undeclared-font", "style.css", "font-family: Caveat", "font-family: Georgia", "style.css"),
    ("unused-font", "layout.toml", '"Caveat"]', '"Caveat", "Source Sans 3"]', "layout.toml"),
    ("unused-field", "layout.toml", "[fields.note]", "[fields.year]\n[fields.note]", "layout.toml"),
    ("unused-word", "layout.toml", 'wish = "', 'motto = "Go"\nwish = "', "layout.toml"),
]


@pytest.mark.parametrize(("rule", "file", "old", "new", "place"), FAULTS)
def test_a_fault_is_found_by_reading_with_file_and_line(
    card: Path, rule: str, file: str, old: str, new: str, place: str
) -> None:
    line = change(card, file, old, new)
    assert (rule, f"spring/{place}:{line}") in found(card)


def test_a_sound_layout_has_no_findings(card: Path) -> None:
    assert found(card) == []


def test_art_that_no_page_shows_is_found(card: Path) -> None:
    (card / "art" / "old.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert found(card) == [("unused-file", "spring/art/old.svg")]


def test_a_word_that_one_language_lacks_is_found(tmp_path: Path) -> None:
    folder = new_layout("spring", tmp_path, CARD)
    text = (folder / "layout.toml").read_text("utf-8")
    (folder / "layout.toml").write_text(text.replace('close = "Bien cordialement"', ""), "utf-8")
    (finding,) = inspect_layout(read_layout(folder), ALL_FONTS)
    assert finding.severity is Severity.ERROR
    assert "'fr'" in finding.message
    assert "[words.fr]" in finding.hint


def test_a_name_close_to_a_known_one_is_suggested(card: Path) -> None:
    change(card, "back.html", "{{ owner.name }}", "{{ ownr.name }}")
    (finding,) = inspect_layout(read_layout(card), ALL_FONTS)
    assert finding.hint == "did you mean 'owner'?"


def test_a_name_asked_for_with_is_defined_may_be_missing(card: Path) -> None:
    change(
        card,
        "back.html",
        "{{ text.close }}",
        "{% if text.ps is defined %}x{% endif %}{{ text.close }}",
    )
    assert found(card) == []


def test_names_known_only_when_filled_in_count_as_all_used(card: Path) -> None:
    change(
        card,
        "back.html",
        "{% if fields.note %}",
        "{% for n in ['note'] %}{{ fields[n] }}{% endfor %}{% if 0 %}",
    )
    change(card, "back.html", "{{ fields.note }}", "")
    assert found(card) == []


def test_a_branch_nobody_reaches_is_read_all_the_same(card: Path) -> None:
    line = change(
        card, "back.html", "{{ text.close }}", "{% if lang == 'xx' %}{{ nobody }}{% endif %}"
    )
    rules = found(card)
    assert ("unknown-name", f"spring/back.html:{line}") in rules


def test_a_typo_in_a_template_stops_with_file_and_line(card: Path) -> None:
    line = change(card, "back.html", "{% if fields.note %}", "{% if fields.note }")
    with pytest.raises(ConfigError) as error:
        trial_of(card, "one")
    assert error.value.where.startswith(f"spring/back.html:{line}")


# --- pictures -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return trial_of(new_layout("spring", tmp_path_factory.mktemp("layouts"), CARD), "one")


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


@settings(max_examples=12, deadline=None)
@given(pixels=st.integers(min_value=50, max_value=1600), bleed=st.booleans())
def test_a_picture_is_exactly_as_wide_as_asked_for(one: Trial, pixels: int, bleed: bool) -> None:
    ratio = CARD.media_box.height / CARD.media_box.width if bleed else 7 / 5
    width, height = size_of(picture(one, 1, pixels, bleed=bleed))
    assert width == pixels
    assert height == pytest.approx(pixels * ratio, abs=1.5)


def test_only_the_picture_with_bleed_shows_what_is_cut_off(one: Trial) -> None:
    paint: Callable[[bytes], object] = lambda png: Image.open(io.BytesIO(png)).getpixel((0, 0))  # noqa: E731
    assert paint(picture(one, 1, 378, bleed=True)) == paint(picture(one, 1, 360)) != (255, 255, 255)

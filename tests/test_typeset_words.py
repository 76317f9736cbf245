"""The quick way of the typesetter says what Pango says, or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_typeset import HAND, ITALIC, LETTER, SANS, SERIF, WORDS, texts
from typeset_reference import FONTS, numbers
from weasyprint.text.line_break import get_log_attrs

from mailroom.typeset.chars import COMMON_CHARS, ODD, describe, is_whole
from mailroom.typeset.founts import Fount
from mailroom.typeset.pango import Cut, Drawn
from mailroom.typeset.plain import cut_of, drawn
from mailroom.typeset.rules import Loose
from mailroom.typeset.setter import Setter
from mailroom.typeset.styles import Measure, Span, TextStyle
from mailroom.typeset.typesetter import Typesetter

LATIN = "".join(map(chr, [*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x180)]))
VIETNAMESE = "ẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẾếỀềỂểỄễỆệỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹ"
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώΐΰ"
CYRILLIC = "".join(map(chr, [*range(0x400, 0x460), *range(0x490, 0x4C0)]))
SIZES = st.sampled_from([7.0, 9.3333, 11.0, 13.3333, 15.3, 20.0, 41.77])

letters = st.sampled_from([LATIN, LATIN, VIETNAMESE, GREEK, CYRILLIC]).flatmap(
    lambda alphabet: st.text(st.sampled_from(alphabet), min_size=1, max_size=9)
)
punctuation = st.text(st.sampled_from(sorted(COMMON_CHARS)), max_size=2)
made_words = st.tuples(punctuation, letters, punctuation).map("".join)


@pytest.fixture(scope="module")
def setter() -> Setter:
    return Setter(FONTS)


def fount(setter: Setter, style: TextStyle) -> Fount:
    found = setter.fount(style)
    assert found is not None
    return found


def parsed(found: Drawn) -> list[tuple[Path, float, tuple[int | float, ...]]]:
    return [(run.font.path, run.rise, numbers(run.tj.decode())) for run in found.runs]


def same_drawing(setter: Setter, style: TextStyle, text: str, spacing: float) -> bool:
    """Compare; False where the quick way gives no answer."""
    quick = drawn(fount(setter, style), text, spacing)
    if quick is None:
        return False
    certain = setter.pango.draw(style, text, spacing)
    assert parsed(quick) == parsed(certain)
    assert quick.ink == certain.ink
    return True


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    line=st.lists(made_words, min_size=1, max_size=6).map(" ".join),
    style=st.sampled_from([SERIF, ITALIC, SANS, HAND]),
    size=SIZES,
    spacing=st.sampled_from([0.0, 0.0, 0.37, 2.0, 3.3333]),
)
def test_lines_of_any_words_have_the_glyphs_that_pango_gives_them(
    setter: Setter, line: str, style: TextStyle, size: float, spacing: float
) -> None:
    same_drawing(setter, dataclasses.replace(style, size=size), line, spacing)


@pytest.mark.parametrize("style", [SERIF, ITALIC, SANS], ids=lambda s: s.families[0] + s.slant)
def test_what_letters_are_written_with_is_set_the_quick_way(
    setter: Setter, style: TextStyle
) -> None:
    for text in (
        "Dear Anna Müller, it’s 12 – 14 well-known things; and “so” on.",
        "Αγαπητή Μαρία, καλημέρα!",
        "Дорогой Иван, ёлка №5",
        "Dear Μαρία, and Иван too",
        " within a sentence ",
        "12 Main Street, Apt. 4",
        "90210",
    ):
        assert same_drawing(setter, style, text, 0.0), text


def test_single_words_and_short_lines_of_a_handwriting_are_set_the_quick_way(
    setter: Setter,
) -> None:
    assert fount(setter, HAND).tied
    for text in ("Anna", "Dear Anna and Tom,", "Benedikta "):
        assert same_drawing(setter, HAND, text, 0.0)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    text=texts(WORDS, 30),
    style=st.sampled_from([SERIF, ITALIC, SANS, HAND]),
    size=SIZES,
    width=st.floats(20, 500),
    wrap=st.sampled_from(["normal", "normal", "nowrap"]),
    hyphens=st.sampled_from(["manual", "auto"]),
)
def test_lines_end_where_pango_ends_them(
    setter: Setter,
    text: str,
    style: TextStyle,
    size: float,
    width: float,
    wrap: str,
    hyphens: str,
) -> None:
    text = " ".join(text.split())
    style = dataclasses.replace(style, size=size, white_space=wrap, hyphens=hyphens)
    quick = cut_of(fount(setter, style), style, text, width)
    if quick is not None:
        assert quick == setter.pango.split(style, text, width, at_start=True)


@settings(max_examples=200, deadline=None)
@given(text=texts(WORDS, 30), style=st.sampled_from([SERIF, ITALIC, HAND]), words=st.integers(1, 8))
def test_a_line_that_just_fits_is_not_broken_and_one_that_just_does_not_is(
    setter: Setter, text: str, style: TextStyle, words: int
) -> None:
    tokens = text.split()
    line, text = " ".join(tokens[:words]), " ".join(tokens)
    exact = setter.pango.split(style, line, None, at_start=True).width
    for units in (-300, -1, 0, 1, 300):  # a space is kerned by some 270
        width = exact + units / 1024
        quick = cut_of(fount(setter, style), style, text, width)
        if quick is not None:
            assert quick == setter.pango.split(style, text, width, at_start=True)


def test_a_line_feed_ends_a_line(setter: Setter) -> None:
    style = dataclasses.replace(SANS, white_space="pre-line")
    for text in ("Jane Doe\n12 Main Street", "\nJane", "Jane\n"):
        quick = cut_of(fount(setter, style), style, text, 300.0)
        certain = setter.pango.split(style, text, 300.0, at_start=True)
        assert isinstance(quick, Cut)
        assert quick[:3] == certain[:3]


def test_nothing_changes_when_what_was_remembered_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    style = dataclasses.replace(SERIF, hyphens="auto")
    spans, measure = [Span(style=style, text=LETTER)], Measure(width=120, align="justify")
    expected = Typesetter(FONTS).lines(spans, measure, style)
    for module, name in (("founts", "_MOST_WORDS"), ("pairs", "_MOST")):
        monkeypatch.setattr(f"mailroom.typeset.{module}.{name}", 3)
    monkeypatch.setattr("mailroom.typeset.setter._MOST_FOUNTS", 1)
    forgetful = Typesetter(FONTS)
    for _ in range(3):
        other = [Span(style=SANS, text=LETTER)]
        assert forgetful.lines(other, measure, SANS)
        assert forgetful.lines(spans, measure, style) == expected
        style = dataclasses.replace(style)  # the same, but another object
        spans = [Span(style=style, text=LETTER)]


# --- words of pairs ----------------------------------------------------------------------

FEATURES = [{}, {"lnum": 1}, {"smcp": 1}, {"smcp": 1, "c2sc": 1}, {"tnum": 1, "salt": 2},
            {"dlig": 1}, {"frac": 1}, {"liga": 0}, {"onum": 1, "ss01": 1}]  # fmt: skip
LANGUAGES = ["en", "de", "tr", "ro", "pl", "nl", "ca", "es", "sr", "bg", "el", "ru"]
JOINED = "fflitjTh·ŀſíjÍJγγλλїіІЇ~E1/2.-!"  # what fonts have ligatures and contexts of
pair_words = st.one_of(
    made_words,
    st.text(st.sampled_from("0123456789.,:/-()"), min_size=1, max_size=9),
    *(
        st.text(st.sampled_from(letters + JOINED + ".,"), min_size=1, max_size=9)
        for letters in (LATIN + VIETNAMESE, "Tkajfiglaw", GREEK, CYRILLIC)
    ),
)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Setter, Setter]]:
    """One that puts words together from pairs, and one that has each of them shaped."""
    composing, shaping = Setter(FONTS), Setter(FONTS)
    with pytest.MonkeyPatch.context() as patched:
        for face in shaping.faces:
            patched.setattr(face.rules, "loose", lambda *_: Loose(frozenset(), frozenset()))
        yield composing, shaping


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(pair_words, min_size=5, max_size=30),
    style=st.sampled_from([SERIF, ITALIC, SANS]),
    size=SIZES,
    features=st.sampled_from(FEATURES),
    language=st.sampled_from(LANGUAGES),
)
def test_words_of_pairs_are_as_they_are_shaped_whole(
    both: tuple[Setter, Setter],
    words: list[str],
    style: TextStyle,
    size: float,
    features: dict[str, int],
    language: str,
) -> None:
    on = (("kern", 1), *features.items())
    style = dataclasses.replace(style, size=size, features=on, language=language)
    composed, shaped = (fount(setter, style) for setter in both)
    words = [word for word in words if composed.face.chars.issuperset(word)]
    assert list(map(composed.word, words)) == list(map(shaped.word, words))
    assert composed.slack >= shaped.slack
    assert composed.face.texts == shaped.face.texts


@pytest.mark.parametrize("style", [SERIF, ITALIC, SANS], ids=lambda s: s.families[0] + s.slant)
@pytest.mark.parametrize("features", [{}, {"lnum": 1}, {"smcp": 1}])
def test_a_word_of_pairs_seen_before_is_not_shaped(
    monkeypatch: pytest.MonkeyPatch, style: TextStyle, features: dict[str, int]
) -> None:
    style = dataclasses.replace(style, features=(("kern", 1), *features.items()))
    found = fount(Setter(FONTS), style)
    for word in ["Amina", "amarilla,", "1234", "43.", "Μαρία", "άμαρ.", "μία,", "Ирина", "на."]:
        found.word(word)
    monkeypatch.setattr(Fount, "_run", lambda *_: pytest.fail("it was shaped"))
    for word in ["Amarina", "amina,", "12343.", "Μαρία,", "άμαρία,", "Ирина."]:
        assert not found.word(word).flags & ODD


# --- where words may be broken -----------------------------------------------------------


def breaks(text: str, at: int) -> bool:
    return bool(get_log_attrs(text, "en")[at].is_line_break)


@settings(max_examples=400)
@given(word=made_words)
def test_whole_words_have_no_place_to_break(word: str) -> None:
    if not describe(word) & ODD and is_whole(word):
        assert not any(breaks(word, at) for at in range(1, len(word)))


@pytest.mark.parametrize("last", sorted(COMMON_CHARS | {"a"}))
def test_a_space_is_no_place_to_break_where_pango_says_so(setter: Setter, last: str) -> None:
    """Between any two characters: either the line may be broken there, or we do not say."""
    narrow = fount(setter, SERIF)
    for first in sorted(COMMON_CHARS | {"a"}):
        text = f"long{last} {first}word"
        quick = cut_of(narrow, SERIF, text, narrow.word(f"long{last}").advance / 1024 + 1)
        if quick is not None and quick.resume == len(f"long{last} "):
            assert breaks(text, quick.resume), text


def test_hyphens_and_slashes_are_places_to_break(setter: Setter) -> None:
    found = fount(setter, SERIF)
    assert found.word("well-known").breaks == (5,)
    assert found.word("and/or").breaks == (4,)
    assert found.word("Anna’s").breaks == ()


# --- which founts there are ---------------------------------------------------------------


def test_of_our_faces_only_the_handwriting_is_tied(setter: Setter) -> None:
    tied = {style.families[0]: fount(setter, style).tied for style in (SERIF, SANS, HAND)}
    assert tied == {"Alegreya": False, "Source Sans 3": False, "Caveat": True}
    assert not fount(setter, ITALIC).tied


def test_features_that_differ_between_scripts_make_punctuation_depend_on_its_neighbours(
    setter: Setter,
) -> None:
    assert fount(setter, SANS).uniform
    capitals = dataclasses.replace(SANS, features=(("kern", 1), ("smcp", 1)))
    assert not fount(setter, capitals).uniform


def test_styles_that_space_letters_are_left_to_pango(setter: Setter) -> None:
    assert setter.fount(dataclasses.replace(SERIF, letter_spacing=0.5)) is None
    assert setter.fount(dataclasses.replace(SERIF, word_spacing=0.5)) is None
    assert setter.fount(dataclasses.replace(SERIF, caps="small-caps")) is None
    assert setter.fount(dataclasses.replace(SERIF, weight=700)) is None

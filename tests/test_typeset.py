"""Paragraphs as the typesetter sets them, and as WeasyPrint does: they are the same."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typeset_reference import FONTS, ReferenceFails, as_pieces, reference, reference_strut

from mailroom.typeset.pango import Pango
from mailroom.typeset.styles import Measure, Span, TextStyle, Unsettable
from mailroom.typeset.typesetter import Typesetter

KERN = (("kern", 1),)
SERIF = TextStyle(families=("Alegreya",), size=15.3, features=KERN, language="en")
ITALIC = dataclasses.replace(SERIF, slant="italic")
SANS = dataclasses.replace(SERIF, families=("Source Sans 3",), size=11)
HAND = dataclasses.replace(SERIF, families=("Caveat", "Alegreya"), size=25.0)
LETTER = (
    "Dear Anna, it’s been a wonderful year; we wish you (and Mr. Łukasz Nguyễn, naturally) a"
    " well-known e-mail/letter “with” 12 – 14 T0 AVATAR: all the best! Call us on 555-0199 or"
    " write to shop@kingfisher.example — anything but office affairs."
)

_latin = "of the Anna José Müller Łukasz Nguyễn Ångström Straße Þór naïve office AVATAR To Te, W."
_more = "don’t it's Yes! What? well-known e-mail “quote” ‘single’ (paren) [x] a/b and/or – — …"
_odds = "12 1,234.56 12:30 2024-11-26 x@y.org https://example.org/foo?bar=1 & 50% $5 €10 «oui» „ja“"
_greek = "Αθήνα Γιώργος Μαρία, Καλημέρα! Иван Дмитрий, Ёлка «Москва» Щука extraordinarily ¿Qué?"
_rare = (
    "a\u00adb ex\u00adtra\u00adordinary ab\u200bcd x\u0323\u0301 n\u0308ive № ! ? : ) ( ” “ co‐op"
)
_long = "responsibility international, Donaudampfschifffahrt representative."
WORDS = f"{_long} {_latin} {_more} {_odds} 10\xa0km Mr.\xa0X".split(" ")
ALL = [*WORDS, *_greek.split(" "), *_rare.split(" "), "non‑break", "ελ-λα", "ж/д", "“", "(", "’tis"]


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(FONTS)


def words(pool: list[str], most: int = 25) -> st.SearchStrategy[str]:
    spaces = st.sampled_from([" "] * 8 + ["  ", "\n  ", "\t"])
    pair = st.tuples(st.sampled_from(pool), spaces).map("".join)
    return st.lists(pair, min_size=1, max_size=most).map("".join)


def texts(pool: list[str], most: int = 25) -> st.SearchStrategy[str]:
    return st.one_of(words(pool, most), words(pool, most).map(str.strip))


faces = st.sampled_from([SERIF, SERIF, ITALIC, SANS, SANS, HAND])
measures = st.builds(
    Measure,
    width=st.sampled_from([30, 60, 100, 150.5, 233.33, 300, 600]),
    indent=st.sampled_from([0.0, 0.0, 12.5]),
    align=st.sampled_from(["start", "justify", "center", "end", "left", "right"]),
    align_last=st.sampled_from(["auto", "auto", "justify", "center"]),
)


@st.composite
def styles(
    draw: st.DrawFn, language: str | None = None, white_space: str | None = None
) -> TextStyle:
    return dataclasses.replace(
        draw(faces),
        size=draw(st.sampled_from([8.0, 9.3333, 11.0, 13.3, 15.3, 20.0])),
        features=draw(st.sampled_from([(), (("lnum", 1),), (("smcp", 1),), (("tnum", 1),)])) + KERN,
        language=language or draw(st.sampled_from(["en", "en", "de", "el", "ru", "nl", "tr"])),
        white_space=white_space or draw(st.sampled_from(["normal"] * 4 + ["pre-line", "nowrap"])),
        overflow_wrap=draw(st.sampled_from(["normal", "normal", "anywhere", "break-word"])),
        hyphens=draw(st.sampled_from(["manual"] * 4 + ["auto", "none"])),
        letter_spacing=draw(st.sampled_from([None] * 5 + [0.5, 1.0])),
        word_spacing=draw(st.sampled_from([0.0] * 5 + [0.7])),
        line_height=draw(st.sampled_from([None, 20.0])),
    )


@st.composite
def paragraphs(draw: st.DrawFn) -> tuple[list[Span], TextStyle]:
    """Texts of the block, line breaks, and elements in styles of their own, by turns."""
    block = draw(styles())
    spans = [Span(style=block, text=draw(texts(ALL)))]
    inner = styles(language=block.language, white_space=block.white_space)
    for _ in range(draw(st.integers(0, 3))):
        element = draw(inner)
        if draw(st.booleans()):
            spans.append(Span(style=block, text="\n"))
        elif element != block:
            spans.append(Span(style=element, text=draw(texts(ALL, 8))))
        if spans[-1].text == "\n" or spans[-1].style is not block:
            spans.append(Span(style=block, text=draw(texts(ALL, 8))))
    return spans, block


@st.composite
def nested(draw: st.DrawFn) -> tuple[list[Span], TextStyle]:
    """Elements inside of an element, beside texts of its own."""
    block = draw(styles())
    outer, inner = (
        draw(styles(language=block.language, white_space=block.white_space)) for _ in range(2)
    )
    few = texts(ALL, 6)
    spans = [
        Span(style=outer, text=draw(few), inside=("a",)),
        Span(style=inner, text=draw(few), inside=("a", "b")),
        Span(style=outer, text=draw(few), inside=("a",)),
        Span(style=inner, text=draw(few), inside=("a", "c")),
    ]
    if draw(st.booleans()):
        spans.insert(draw(st.integers(1, 3)), Span(style=outer, text="\n", inside=("a",)))
    before, after = (Span(style=block, text=draw(few)) for _ in range(2))
    return [before, *spans, after], block


def check(typesetter: Typesetter, spans: list[Span], measure: Measure, block: TextStyle) -> None:
    try:
        lines = typesetter.lines(spans, measure, block)
    except Unsettable:
        return  # a promise not made
    assert as_pieces(lines) == reference(spans, measure, block)


@pytest.mark.parametrize(
    "style", [SERIF, ITALIC, SANS, HAND], ids=lambda s: s.families[0] + s.slant
)
@pytest.mark.parametrize("align", ["start", "justify", "center", "right"])
def test_a_letter_is_set_the_same_in_every_face_and_alignment(
    typesetter: Typesetter, style: TextStyle, align: str
) -> None:
    spans, measure = [Span(style=style, text=LETTER)], Measure(width=220, indent=9, align=align)
    lines = typesetter.lines(spans, measure, style)
    assert len(lines) > 3
    assert as_pieces(lines) == reference(spans, measure, style)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(text=texts(WORDS, 40), style=faces, measure=measures, hyphens=st.booleans())
def test_plain_paragraphs_are_set_the_same(
    typesetter: Typesetter, text: str, style: TextStyle, measure: Measure, hyphens: bool
) -> None:
    style = dataclasses.replace(style, hyphens="auto" if hyphens else "manual")
    check(typesetter, [Span(style=style, text=text)], measure, style)


MISSING = ["Γιώργος", "Μαρία", "Παπαδοπούλου", "ἀγάπη", "Άννα", "Ѳеодоръ", "ΐ", "Τά"]  # in Caveat


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    text=st.one_of(texts(MISSING, 8), texts(MISSING, 8), texts([*MISSING, "Anna", "12,"], 8)),
    families=st.sampled_from(
        [("Caveat", "Alegreya"), ("Caveat", "Source Sans 3", "Alegreya"), ("Caveat", "Nowhere")]
    ),
    measure=measures,
    hyphens=st.booleans(),
)
def test_letters_that_the_first_family_has_not_are_set_the_same(
    typesetter: Typesetter,
    text: str,
    families: tuple[str, ...],
    measure: Measure,
    hyphens: bool,
) -> None:
    hyphenation = "auto" if hyphens else "manual"
    style = dataclasses.replace(HAND, families=families, hyphens=hyphenation)
    check(typesetter, [Span(style=style, text=text)], measure, style)


def test_a_name_in_letters_of_the_second_family_is_set_the_quick_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typesetter, measure = Typesetter(FONTS), Measure(width=300, align="center")
    spans = [Span(style=HAND, text="Γιώργος Παπάς")]
    expected = reference(spans, measure, HAND)
    typesetter.lines([Span(style=SERIF, text="a")], measure, SERIF)  # it knows its languages now
    for slow in ("split", "draw"):
        monkeypatch.setattr(Pango, slow, lambda *_: pytest.fail("Pango was asked"))
    assert as_pieces(typesetter.lines(spans, measure, HAND)) == expected


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paragraph=st.one_of(paragraphs(), nested()), measure=measures)
def test_paragraphs_with_elements_are_set_the_same(
    typesetter: Typesetter, paragraph: tuple[list[Span], TextStyle], measure: Measure
) -> None:
    spans, block = paragraph
    with suppress(ReferenceFails):
        check(typesetter, spans, measure, block)


def test_elements_in_other_faces_and_sizes_stand_on_the_line_together(
    typesetter: Typesetter,
) -> None:
    spans = [
        Span(style=SERIF, text="One "),
        Span(style=ITALIC, text=" two italic words here"),
        Span(style=SERIF, text=", then"),
        Span(style=SERIF, text="\n"),
        Span(style=HAND, text=" Γιώργος & x\u0323\u0301 n\u030ce\u0301\u0331 "),
        Span(style=SERIF, text=" end. "),
    ]
    for width in (60, 120, 400):
        measure = Measure(width=width, align="center")
        assert as_pieces(typesetter.lines(spans, measure, SERIF)) == reference(
            spans, measure, SERIF
        )


def test_elements_inside_of_elements_are_broken_as_there(typesetter: Typesetter) -> None:
    spans = [
        Span(style=SERIF, text="One "),
        Span(style=ITALIC, text="two three", inside=("em",)),
        Span(style=SANS, text=" four-five", inside=("em", "b")),
        Span(style=ITALIC, text="six", inside=("em",)),
        Span(style=SERIF, text=", seven"),
    ]
    for width in (40, 70, 90, 120, 170):
        measure = Measure(width=width)
        lines = typesetter.lines(spans, measure, SERIF)
        assert as_pieces(lines) == reference(spans, measure, SERIF)


def test_an_address_keeps_its_lines(typesetter: Typesetter) -> None:
    block = dataclasses.replace(SANS, white_space="pre-line")
    spans = [Span(style=block, text="\n  Jane Doe\n12 Main Street,  Apt 4\n\nNew York, NY 10001\n")]
    lines = typesetter.lines(spans, Measure(width=300), block)
    assert ["".join(f.text for f in line.fragments) for line in lines] == [
        "", "Jane Doe", "12 Main Street, Apt 4", "", "New York, NY 10001",
    ]  # fmt: skip
    assert as_pieces(lines) == reference(spans, Measure(width=300), block)


def test_a_long_word_overflows_or_is_broken_as_the_style_says(typesetter: Typesetter) -> None:
    for wrap in ("normal", "anywhere"):
        style = dataclasses.replace(SANS, overflow_wrap=wrap)
        spans = [Span(style=style, text="to Donaudampfschifffahrtsgesellschaft now")]
        lines = typesetter.lines(spans, Measure(width=60), style)
        assert as_pieces(lines) == reference(spans, Measure(width=60), style)
        assert (max(line.width for line in lines) > 60) == (wrap == "normal")


def test_words_are_hyphenated_by_the_dictionary_of_the_language(typesetter: Typesetter) -> None:
    style = dataclasses.replace(SERIF, hyphens="auto", hyphenate_limit_chars=(6, 3, 3))
    spans = [Span(style=style, text=LETTER)]
    lines = typesetter.lines(spans, Measure(width=90), style)
    assert any(line.fragments[-1].text.endswith("‐") for line in lines)
    assert as_pieces(lines) == reference(spans, Measure(width=90), style)


@pytest.mark.parametrize("line_height", [None, 18.5])
@pytest.mark.parametrize(
    "style", [SERIF, ITALIC, SANS, HAND], ids=lambda s: s.families[0] + s.slant
)
def test_struts_are_the_same(
    typesetter: Typesetter, style: TextStyle, line_height: float | None
) -> None:
    style = dataclasses.replace(style, line_height=line_height)
    assert typesetter.strut(style) == reference_strut(style)


def test_a_weight_that_no_file_has_is_set_from_the_file_that_fontconfig_takes(
    typesetter: Typesetter,
) -> None:
    style = dataclasses.replace(SERIF, weight=700)
    spans = [Span(style=style, text="Bold and plain")]
    measure = Measure(width=300)
    ((ours,),) = as_pieces(typesetter.lines(spans, measure, style))
    ((theirs,),) = reference(spans, measure, style)
    ((name, rise, glyphs),) = theirs.shown
    assert name == "Alegreya-Bold"  # as it was asked for; the file has nothing bolder
    assert ours == theirs._replace(shown=(("Alegreya", rise, glyphs),))
    assert typesetter.strut(style) == reference_strut(style)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Anna 日本", "no font has '日'"),
        ("שלום", "from right to left"),
        ("Anna 🎄", "no font has '🎄'"),
    ],
)
def test_letters_that_cannot_be_set_are_named(typesetter: Typesetter, text: str, why: str) -> None:
    with pytest.raises(Unsettable, match=why):
        typesetter.lines([Span(style=SERIF, text=text)], Measure(width=300), SERIF)


@pytest.mark.parametrize("family", ["Alegreya", "Caveat"])  # which has none: they stay small
def test_small_capitals_are_those_of_the_font(typesetter: Typesetter, family: str) -> None:
    features = (*KERN, ("smcp", 1))
    style = dataclasses.replace(SERIF, families=(family,), caps="small-caps", features=features)
    spans, measure = [Span(style=style, text="Anna Иван, 12 & co")], Measure(width=80)
    assert as_pieces(typesetter.lines(spans, measure, style)) == reference(spans, measure, style)


def test_text_of_no_size_is_not_for_us(typesetter: Typesetter) -> None:
    style = dataclasses.replace(SERIF, size=0.0)
    with pytest.raises(Unsettable, match="font-size is 0"):
        typesetter.lines([Span(style=style, text="Anna")], Measure(width=80), style)


def test_white_space_that_is_kept_is_not_for_us(typesetter: Typesetter) -> None:
    style = dataclasses.replace(SERIF, white_space="pre-wrap")
    with pytest.raises(Unsettable, match="white-space"):
        typesetter.lines([Span(style=style, text="a  b")], Measure(width=300), style)


def test_glyphs_are_known_by_the_text_they_were_set_for() -> None:
    typesetter = Typesetter(FONTS)
    typesetter.lines([Span(style=SERIF, text="an office")], Measure(width=300), SERIF)
    (font,) = {f for f in FONTS if (f.family, f.style) == ("Alegreya", "normal")}
    assert {"a", "n", " ", "o", "f", "fi", "c", "e"} == set(typesetter.to_text(font).values())
    other = dataclasses.replace(font, family="Another", path=Path("another.ttf"))
    assert typesetter.to_text(other) == {}


def test_nothing_gives_no_lines(typesetter: Typesetter) -> None:
    assert typesetter.lines([], Measure(width=100), SERIF) == ()
    assert typesetter.lines([Span(style=SERIF, text=" \n ")], Measure(width=100), SERIF) == ()

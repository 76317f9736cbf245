"""What the rules of a font say of its letters, and of the space between words."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.feaLib.error import FeatureLibError
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mailroom.fonts import Font
from mailroom.typeset.chars import COMMON, CYRILLIC, GREEK, LATIN
from mailroom.typeset.faces import Face
from mailroom.typeset.founts import Fount
from mailroom.typeset.rules import Loose, Rules

CHARS = {" ": "space", "a": "a", "b": "b", "c": "c", "\u0301": "acute"}


def built(features: str) -> FontBuilder:
    """A font whose letters are boxes of different sizes."""
    builder = FontBuilder(1000, isTTF=True)
    names = [".notdef", "space", "a", "b", "c", "d", "acute"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): name for char, name in CHARS.items()})
    builder.setupGlyf({name: box(number) for number, name in enumerate(names)})
    widths = {name: (300 + 50 * number, 20 * number) for number, name in enumerate(names)}
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupPost()
    addOpenTypeFeaturesFromString(builder.font, features)
    return builder


def box(number: int) -> object:
    pen = TTGlyphPen(None)
    if number > 1:
        left, top = 20 * number, 400 + 60 * number
        pen.moveTo((left, 0))
        for point in ((left, top), (left + 250, top), (left + 250, 0)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def font_with(features: str) -> TTFont:
    data = io.BytesIO()
    built(features).save(data)
    return TTFont(data)


@pytest.mark.parametrize(
    ("features", "reaches"),
    [
        ("feature kern { pos a space -50; pos space b -20; } kern;", False),
        ("feature kern { pos a b -50; } kern;", False),
        ("feature kern { pos space <0 0 0 0> b <10 0 10 0>; } kern;", True),
        ("feature liga { sub a b by c; } liga;", False),
        ("feature liga { sub a space by c; } liga;", True),
        ("feature calt { sub a b' by c; } calt;", False),
        ("feature calt { sub space b' by c; } calt;", True),
        ("feature calt { sub [a space] b' by c; } calt;", True),
        ("feature calt { sub a' space by c; } calt;", True),
        ("feature calt { rsub space b' by c; } calt;", True),
        ("feature ss01 { sub space b' by c; } ss01;", False),
        ("feature kern { lookupflag IgnoreBaseGlyphs; pos a b -50; } kern;", True),
        ("feature kern { pos space' 10 b; } kern;", True),
    ],
)
def test_rules_that_look_across_a_space_are_seen(features: str, reaches: bool) -> None:
    rules = Rules(font_with(features))
    assert rules.reach_over_spaces(rules.system("latn", "en"), ()) == reaches


@pytest.mark.parametrize(
    ("features", "chars", "joined"),
    [
        ("feature kern { pos a b -50; } kern;", "abc", []),
        ("feature liga { sub a b c by d; } liga;", "abc", ["ab"]),
        ("feature liga { sub a acute by d; } liga;", "abc", []),
        ("feature ss01 { sub a b by d; } ss01;", "abc", []),
        ("feature locl { sub a by d; } locl; feature liga { sub d b by c; } liga;", "abc", ["ab"]),
        ("feature salt { sub a from [c d]; } salt; feature liga { sub d b by c; } liga;",
         "abc", []),
        ("feature ccmp { sub a by b c; } ccmp;", "bc", []),
        ("feature calt { sub a b' by c; } calt;", "abc", ["ab"]),
        ("feature calt { sub a [b c]' c by d; } calt;", "abc", ["ab", "ac"]),
        ("feature calt { sub a [b c]' a by d; } calt;", "abc", ["ab", "ac"]),
        ("feature calt { sub a b' acute by d; } calt;", "abc", []),
        ("feature calt { rsub a b' by d; } calt;", "abc", ["ab"]),
        ("feature kern { pos a' 10 b; } kern;", "abc", ["ab"]),
        ("feature kern { pos a 10; } kern;", "abc", []),
        ("feature curs { pos cursive b <anchor 0 0> <anchor 9 0>; } curs;", "ac", []),
        ("markClass acute <anchor 0 0> @TOP; feature mark { pos base a <anchor 1 1> mark @TOP; }"
         " mark;", "abc", []),
        ("markClass b <anchor 0 0> @TOP; feature mark { pos base a <anchor 1 1> mark @TOP; } mark;",
         "ac", []),
    ],
)  # fmt: skip
def test_letters_that_only_kerning_binds_are_told_from_the_rules(
    features: str, chars: str, joined: list[str]
) -> None:
    rules = Rules(font_with(features))
    loose = rules.loose(rules.system("latn", "en"), (), "abc")
    assert loose.chars == set(chars)
    assert {"".join(pair) for pair in loose.joined} == set(joined)


def test_rules_of_a_feature_count_where_it_is_switched_on() -> None:
    rules = Rules(font_with("feature ss01 { sub space b' by c; } ss01;"))
    assert rules.reach_over_spaces(rules.system("latn", "en"), ("ss01",))


# --- the same said by HarfBuzz ---------------------------------------------------------------

_SETS = ["a", "b", "c", "acute", "[a b]", "[b c]", "[a c acute]", "[b c]", "[a d]"]
sets = st.sampled_from(_SETS)
maybe = st.one_of(st.just(""), sets)
single = st.sampled_from("abcd")
actions = st.sampled_from([("sub", "S"), ("pos", "P")])
contexts = st.one_of(
    st.tuples(actions, sets, sets, maybe).map(
        lambda t: f"{t[0][0]} {t[1]} {t[2]}' lookup {t[0][1]} {t[3]};"
    ),
    st.tuples(actions, sets, maybe).map(lambda t: f"{t[0][0]} {t[1]}' lookup {t[0][1]} {t[2]};"),
    st.tuples(actions, sets, sets, maybe).map(
        lambda t: f"{t[0][0]} {t[1]}' lookup {t[0][1]} {t[2]}' {t[3] and t[3] + chr(39)};"
    ),
    st.tuples(sets, single, single, maybe).map(lambda t: f"rsub {t[0]} {t[1]}' {t[3]} by {t[2]};"),
)
rules = st.one_of(
    contexts,
    st.lists(contexts, min_size=2, max_size=6).map("\n".join),
    st.tuples(single, single).map(lambda t: f"sub {t[0]} by {t[1]};"),
    st.tuples(single, single).map(lambda t: f"sub {t[0]} from [{t[1]} d];"),
    st.tuples(single, single, single).map(lambda t: f"sub {t[0]} by {t[1]} {t[2]};"),
    st.tuples(single, single, single).map(lambda t: f"sub {t[0]} {t[1]} by {t[2]};"),
    st.tuples(single, single).map(lambda t: f"sub {t[0]} {t[1]} a by d;"),
    st.tuples(sets, sets).map(lambda t: f"pos {t[0]} {t[1]} -30;"),
    st.tuples(sets, single).map(lambda t: f"pos {t[0]} {t[1]} <7 0 -9 0>;"),
    st.tuples(single, single).map(lambda t: f"pos {t[0]} {t[1]} -45;"),
    st.tuples(single).map(lambda t: f"pos {t[0]} <0 0 15 0>;"),
    st.tuples(single).map(lambda t: f"pos cursive {t[0]} <anchor 9 0> <anchor 90 0>;"),
)
features = st.lists(
    st.tuples(st.sampled_from(["ccmp", "locl", "calt", "liga", "kern", "salt"]), rules),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(features=features, alternate=st.integers(0, 2))
def test_words_of_pairs_are_what_harfbuzz_makes_of_them_whatever_the_rules(
    tmp_path_factory: pytest.TempPathFactory, features: list[tuple[str, str]], alternate: int
) -> None:
    blocks = [f"feature {tag} {{\n{rule}\n}} {tag};\n" for tag, rule in features]
    try:
        builder = built(_HEAD + "".join(blocks))
    except FeatureLibError:
        assume(False)
    path = tmp_path_factory.mktemp("font") / "font.ttf"
    builder.save(path)
    composed, shaped = (fount_of(path, {"kern": 1, "salt": alternate}) for _ in range(2))
    assume(not composed.tied)
    shaped.face.rules.loose = lambda *_: Loose(frozenset(), frozenset())
    for length in (1, 2, 3, 4):
        for letters in product("abc", repeat=length):
            word = "".join(letters)
            assert composed.word(word) == shaped.word(word), word


_HEAD = "lookup S { sub [a b c] by [b c a]; } S;\nlookup P { pos [a b c d] 12; } P;\n"


def fount_of(path: Path, features: dict[str, int]) -> Fount:
    font = Font(
        family="Boxes", path=path, weight=400, style="normal", role="text", sha256=path.name
    )
    languages = dict.fromkeys((LATIN, GREEK, CYRILLIC, COMMON), "en")
    return Fount(Face(font), 20.0, features, languages, lambda _: ())

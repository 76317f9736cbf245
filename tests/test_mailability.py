"""As what a post takes a piece: the table is whole, and what is said follows from it."""

from __future__ import annotations

import dataclasses
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import ConfigError
from mailroom.formats import FORMATS, Format
from mailroom.mailability import (
    POSTS,
    Category,
    Item,
    Post,
    item_of,
    judge,
    judge_item,
    post_for,
    post_named,
    posts_of,
)
from mailroom.units import Size, inch, mm

CATEGORIES = [(post, category) for post in POSTS.values() for category in post.categories]
each_category = pytest.mark.parametrize(
    ("post", "category"),
    CATEGORIES,
    ids=[f"{post.name}-{category.name}" for post, category in CATEGORIES],
)
each_post = pytest.mark.parametrize("post", POSTS.values(), ids=POSTS.keys())
sizes = st.builds(
    lambda long, share: Size(mm(long), mm(long * share)),
    st.floats(50, 400),
    st.floats(0.2, 1),
)
items = st.builds(Item, size=sizes, card=st.booleans())


def words(name: str, post: str, grammage: float = 0.0) -> str:
    return judge(FORMATS[name], POSTS[post], grammage).words


# --- the table ----------------------------------------------------------------------------


@each_category
def test_a_service_says_where_its_limits_were_read(post: Post, category: Category) -> None:
    assert len(category.source) > 5
    assert category.confidence in ("high", "medium", "low")
    assert category.valid_from is None or category.valid_from <= category.read


@each_category
def test_the_limits_of_a_service_leave_room_between_them(post: Post, category: Category) -> None:
    smallest, largest = category.smallest, category.largest
    assert smallest.width <= largest.width and smallest.height <= largest.height
    assert largest.width >= largest.height and smallest.width >= smallest.height
    assert 0 <= category.thinnest < category.thickest
    lowest, highest = category.aspect
    assert 1 <= lowest < highest
    assert bool(category.misshapen) == bool(category.regular)


@each_post
def test_the_services_of_a_post_grow_from_the_cheapest_up(post: Post) -> None:
    letters = [category for category in post.categories if not category.card]
    areas = [category.largest.width * category.largest.height for category in letters]
    assert letters and areas == sorted(areas)
    assert [s.heaviest for s in letters] == sorted(s.heaviest for s in letters)


def test_the_posts_are_keyed_by_name_and_no_two_are_in_a_country() -> None:
    assert [post.name for post in POSTS.values()] == list(POSTS)
    assert len({post.country for post in POSTS.values()}) == len(POSTS)
    assert {fmt.post for fmt in FORMATS.values()} <= {"", *POSTS}


# --- as what it is taken -------------------------------------------------------------------

PLAIN = [
    ("card-5x7", "usps", "letter, machinable"),
    ("card-square", "usps", "letter; square: non-machinable, surcharge"),
    ("card-us-a2", "usps", "letter, machinable"),
    ("card-a5", "usps", "not as letter: 6.378 in high is over 6.125"),
    ("letter-us", "usps", "letter, machinable"),
    ("postcard-a6", "usps", "postcard"),
    ("postcard-4x6", "usps", "postcard"),
    (
        "postcard-6x11",
        "usps",
        "letter, machinable; no postcard: 11 in long is over 6 and 6 in high is over 4.25; "
        "no postcard at commercial First-Class prices: 11 in long is over 9",
    ),
    ("self-mailer-6x18", "usps", "letter, machinable"),
    ("card-5x7", "deutsche-post", "Großbrief; no Standardbrief: 133.3 mm high is over 125"),
    (
        "card-us-a2",
        "deutsche-post",
        "Kompaktbrief; no Standardbrief: 1.31 to 1, not at least 1.4 to 1",
    ),
    ("card-a6", "deutsche-post", "Standardbrief"),
    ("letter-a4", "deutsche-post", "Standardbrief"),
    ("postcard-a6", "deutsche-post", "Postkarte"),
    ("letter-us", "royal-mail", "large letter; no letter: 241.3 mm long is over 240"),
    ("card-square", "la-poste", "not as lettre: 139.7 mm long is under 140"),
    ("letter-a4-fr", "la-poste", "lettre"),
]


@pytest.mark.parametrize(("name", "post", "said"), PLAIN)
def test_it_is_said_in_plain_words(name: str, post: str, said: str) -> None:
    assert words(name, post) == said


HEAVY = [
    # 210 x 297 mm of 80 g/m2 are 5 g, an envelope of 220 x 110 mm nearly 6.
    ("letter-a4", "deutsche-post", 80, "Standardbrief"),
    ("letter-a4", "deutsche-post", 300, "Kompaktbrief; no Standardbrief: about 25 g is over 20"),
    ("card-a5-folded", "royal-mail", 350, "letter"),
    (
        "postcard-a6",
        "deutsche-post",
        120,
        "Standardbrief; no Postkarte: 120 g/m2 is not 150 to 500",
    ),
    # 7 thousandths of an inch are 0.178 mm: no paper of 120 g/m2 is so thick.
    (
        "postcard-a6",
        "usps",
        120,
        "not as letter: at most 0.0066 in thick is under 0.007",
    ),
    ("postcard-a6", "usps", 250, "postcard"),
]


@pytest.mark.parametrize(("name", "post", "grammage", "said"), HEAVY)
def test_where_the_paper_is_known_weight_and_thickness_are_judged(
    name: str, post: str, grammage: float, said: str
) -> None:
    assert words(name, post, grammage) == said


def test_what_lies_between_certainly_thin_and_certainly_thick_is_not_held_against_it() -> None:
    thin, thick = item_of(FORMATS["postcard-a6"], 180).thickness
    assert thin < inch(0.007) < thick
    assert words("postcard-a6", "usps", 180) == "postcard"


def test_a_folded_card_weighs_as_much_as_its_unfolded_sheet_and_its_envelope() -> None:
    grams = item_of(FORMATS["card-a6-folded"], 300).grams
    assert grams == pytest.approx(0.210 * 0.148 * 300 + 0.162 * 0.114 * 2.4 * 100)


def test_a_flat_page_that_is_printed_on_both_sides_is_weighed_once() -> None:
    assert item_of(FORMATS["postcard-a6"], 200).grams == pytest.approx(0.148 * 0.105 * 200)
    assert item_of(FORMATS["letter-a4"], 80).grams == pytest.approx(
        0.210 * 0.297 * 80 + 0.220 * 0.110 * 240
    )


@each_post
@given(item=items)
def test_what_is_taken_is_within_the_limits_of_the_category_that_takes_it(
    post: Post, item: Item
) -> None:
    taken = judge_item(item, post)
    if not taken.category:
        assert taken.reasons and not taken.surcharge
        return
    category = next(each for each in post.categories if each.name == taken.category)
    size, near = item.size, 0.02
    assert category.smallest.width - near <= size.width <= category.largest.width + near
    assert category.smallest.height - near <= size.height <= category.largest.height + near
    assert item.card or not category.card
    lowest, highest = category.aspect
    assert taken.surcharge == (not lowest <= item.aspect <= highest)
    assert not taken.surcharge or category.misshapen


@each_post
@given(item=items, heavier=st.floats(0, 5000), light=st.floats(0, 1))
def test_more_weight_is_never_taken_as_something_cheaper(
    post: Post, item: Item, heavier: float, light: float
) -> None:
    def place(grams: float) -> float:
        taken = judge_item(dataclasses.replace(item, grammage=300, grams=grams), post).category
        names = [category.name for category in post.categories]
        return names.index(taken) if taken else inf

    assert place(heavier * light) <= place(heavier)


@given(share=st.floats(0.2, 1), long=st.floats(130, 290))
def test_the_usps_asks_a_surcharge_exactly_outside_of_its_proportions(
    share: float, long: float
) -> None:
    size = Size(mm(long), mm(long * share))
    taken = judge_item(Item(size=size, card=False), POSTS["usps"])
    if taken.category:
        ratio = size.width / size.height
        assert taken.surcharge == (ratio < 1.3 or ratio > 2.5)
        assert taken.surcharge == any("surcharge" in reason for reason in taken.reasons)


# --- whose post ---------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS.keys())
def test_every_format_is_taken_by_its_post_or_by_somebodys(fmt: Format) -> None:
    posted = [judge(fmt, post) for post in posts_of(fmt)]
    assert any(taken.category for taken in posted)


def test_what_a_provider_posts_goes_by_its_post_whatever_the_senders_country() -> None:
    assert posts_of(FORMATS["postcard-6x9"]) == (POSTS["usps"],)
    assert post_for(FORMATS["postcard-6x9"], "DE") is POSTS["usps"]
    assert post_for(FORMATS["card-5x7"], "DE") is POSTS["deutsche-post"]
    assert post_for(FORMATS["card-5x7"], "NZ") is None


def test_an_unknown_post_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        post_named("pony-express")
    assert "usps" in caught.value.hint

"""Mailability: as what each post takes a piece, by its size, shape, weight and thickness.

POSTS is data: a row is a category of mail with its limits, where they were read and when.
Prices are elsewhere (`rates`); that something costs more is said here, how much is not.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from mailroom.errors import ConfigError
from mailroom.formats import ENVELOPES, Confidence, Format
from mailroom.units import Length, Size, inch, mm, to_mm

ENVELOPE_GRAMMAGE = 100.0
"""g/m2 of an envelope; usual ones have 80 to 120."""
ENVELOPE_PAPER = 2.4
"""An envelope's paper over its face: two faces, seams and flap."""
BULK = (0.8, 1.4)
"""cm3/g (ISO 534): a coated board and a bulky paper; what lies between cannot be told."""

_NO_SIZE, _NO_LENGTH, _ANY_LENGTH = Size(0, 0), Length(0.0), Length(inf)
_TOLERANCE = 0.01  # points
_NEARLY_SQUARE = 1.02


@dataclass(frozen=True, kw_only=True)
class Category:
    """What a post takes at one price, and its limits; sizes have their long side first."""

    name: str
    smallest: Size = _NO_SIZE
    largest: Size
    thinnest: Length = _NO_LENGTH
    thickest: Length = _ANY_LENGTH
    heaviest: float = inf  #: grams
    aspect: tuple[float, float] = (1.0, inf)  #: long side over short side
    misshapen: str = ""  #: what is said of another aspect; empty: it is not taken so
    regular: str = ""  #: what is said where nothing is
    card: bool = False  #: only what comes without an envelope
    grammage: tuple[float, float] = (0.0, inf)  #: g/m2, of cards
    note: str = ""
    source: str
    read: dt.date = dt.date(2026, 11, 23)
    valid_from: dt.date | None = None  #: where the source says since when
    confidence: Confidence = "high"


@dataclass(frozen=True, kw_only=True)
class Post:
    """A postal operator and its categories, the cheapest first."""

    name: str
    title: str
    country: str  #: ISO 3166
    unit: Literal["mm", "in"] = "mm"  #: what people there measure in
    categories: tuple[Category, ...]


@dataclass(frozen=True, kw_only=True)
class Mailability:
    """As what a post takes a piece, and why as nothing cheaper."""

    post: str  #: key of POSTS
    title: str
    category: str  #: empty: as nothing that we know the limits of
    regular: str = ""  #: "machinable"
    reasons: tuple[str, ...] = ()  #: "square: non-machinable, surcharge"
    surcharge: bool = False
    grams: float = 0.0  #: about what a piece weighs; 0 where its paper is not known
    source: str
    confidence: Confidence

    @property
    def words(self) -> str:
        """`Großbrief; no Standardbrief: 133.3 mm high is over 125`."""
        taken_as = ", ".join(filter(None, (self.category, self.regular)))
        return "; ".join(filter(None, (taken_as, *self.reasons)))


@dataclass(frozen=True, kw_only=True)
class Item:
    """What the post weighs and measures."""

    size: Size  #: long side first
    card: bool  #: without an envelope
    grammage: float = 0.0  #: g/m2; 0: not known, and so neither weight nor thickness
    grams: float = 0.0
    thickness: tuple[float, float] = (0.0, inf)  #: points, at least and at most

    @property
    def aspect(self) -> float:
        return self.size.width / self.size.height


def item_of(fmt: Format, grammage: float = 0.0) -> Item:
    """A piece of that format on paper of so many g/m2, as it is posted; its weight is estimated."""
    card = not fmt.envelope and not fmt.creases
    if grammage <= 0:
        return Item(size=fmt.outline, card=card)
    sheets = ceil(len(fmt.pages) / (1 if fmt.sides == "one-sided" else 2))
    grams = sheets * _square_metres(fmt.trim) * grammage
    layers = sheets * (1 + len(fmt.folds) + bool(fmt.creases))
    thin, thick = (grammage * layers * mm(bulk / 1000) for bulk in BULK)
    if fmt.envelope:
        face = _square_metres(ENVELOPES[fmt.envelope].size)
        grams += face * ENVELOPE_PAPER * ENVELOPE_GRAMMAGE
        thin += 2 * ENVELOPE_GRAMMAGE * mm(BULK[0] / 1000)
        thick += 2 * ENVELOPE_GRAMMAGE * mm(BULK[1] / 1000)
    return Item(
        size=fmt.outline, card=card, grammage=grammage, grams=grams, thickness=(thin, thick)
    )


def _square_metres(size: Size) -> float:
    return to_mm(size.width) * to_mm(size.height) / 1e6


def judge(fmt: Format, post: Post, grammage: float = 0.0) -> Mailability:
    """As what the post takes a piece of that format; `grammage` in g/m2, 0 where unknown."""
    return judge_item(item_of(fmt, grammage), post)


def judge_item(item: Item, post: Post) -> Mailability:
    """The first of the post's categories that takes it, and what cheaper ones say against it."""
    refused: dict[str, str] = {}  # why -> the cheapest category that says so
    for category in post.categories:
        if category.card and not item.card:
            continue
        against = _against(item, category, post.unit)
        if against:
            refused.setdefault(against, category.name)
            continue
        odd = _misshapen(item, category)
        cheaper = (f"no {name}: {why}" for why, name in refused.items())
        return dataclasses.replace(
            _mailability(item, post, category, *odd, *cheaper),
            category=category.name,
            regular="" if odd else category.regular,
            surcharge=bool(odd),
        )
    return _mailability(item, post, category, f"not as {category.name}: {against}")


def _mailability(item: Item, post: Post, category: Category, *reasons: str) -> Mailability:
    """Not taken yet."""
    return Mailability(
        post=post.name,
        title=post.title,
        category="",
        reasons=reasons,
        grams=item.grams,
        source=category.source,
        confidence=category.confidence,
    )


def _against(item: Item, category: Category, unit: str) -> str:
    """Why the category does not take it, in a few words; empty where it does.

    Who is told that a piece is too high need not be told that it is too heavy as well.
    """
    kinds = (
        _size(item.size, category, unit),
        _aspect(item, category),
        _heft(item, category, unit),
    )
    return next(filter(None, (" and ".join(kind) for kind in kinds)), "")


def _aspect(item: Item, category: Category) -> Iterator[str]:
    lowest, highest = category.aspect
    if not category.misshapen and not lowest <= item.aspect <= highest:
        wanted = f"at least {lowest:g}" if highest == inf else f"{lowest:g} to {highest:g}"
        yield f"{_shape(item)}, not {wanted} to 1"


def _heft(item: Item, category: Category, unit: str) -> Iterator[str]:
    if item.grams > category.heaviest:
        yield f"about {item.grams:.0f} g is over {category.heaviest:.0f}"
    thin, thick = item.thickness
    if thick < category.thinnest:
        yield f"at most {_length(thick, unit)} thick is under {_number(category.thinnest, unit)}"
    if thin > category.thickest:
        yield f"at least {_length(thin, unit)} thick is over {_number(category.thickest, unit)}"
    least, most = category.grammage
    if item.card and item.grammage and not least <= item.grammage <= most:
        yield f"{item.grammage:g} g/m2 is not {least:g} to {most:g}"


def _size(size: Size, category: Category, unit: str) -> Iterator[str]:
    smallest, largest = category.smallest, category.largest
    sides = (
        (size.width, "long", smallest.width, largest.width),
        (size.height, "high", smallest.height, largest.height),
    )
    for length, word, least, most in sides:
        if length > most + _TOLERANCE:
            yield f"{_length(length, unit)} {word} is over {_number(most, unit)}"
        elif length < least - _TOLERANCE:
            yield f"{_length(length, unit)} {word} is under {_number(least, unit)}"


def _misshapen(item: Item, category: Category) -> tuple[str, ...]:
    lowest, highest = category.aspect
    if not category.misshapen or lowest <= item.aspect <= highest:
        return ()
    return (f"{_shape(item)}: {category.misshapen}",)


def _shape(item: Item) -> str:
    if item.aspect < _NEARLY_SQUARE:
        return "square"
    return f"{item.aspect:.2f} to 1"


def _length(points: float, unit: str) -> str:
    return f"{_number(points, unit)} {unit}"


def _number(points: float, unit: str) -> str:
    if unit == "in":
        return f"{points / 72:.4g}" if points >= 72 else f"{points / 72:.2g}"
    return f"{to_mm(points):.1f}".removesuffix(".0")


def post_named(name: str) -> Post:
    """The post of that name; ConfigError lists what there is."""
    try:
        return POSTS[name]
    except KeyError:
        hint = f"use one of: {', '.join(POSTS)}"
        raise ConfigError(f"there is no post {name!r}", hint=hint) from None


def posts_of(fmt: Format) -> tuple[Post, ...]:
    """Those that may be given it: all, or the one that its provider hands it to."""
    return (POSTS[fmt.post],) if fmt.post else tuple(POSTS.values())


def post_for(fmt: Format, country: str) -> Post | None:
    """The post that gets a piece of that format from a sender in that country (ISO 3166)."""
    if fmt.post:
        return POSTS[fmt.post]
    return next((post for post in POSTS.values() if post.country == country), None)


_DMM = "DMM 101 and 201 (archives), qualityprintinginc.com"
_OFCOM = "ask.ofcom.org.uk"
_DEUTSCHE_POST = "zeit-heute.de of 2025-02, experto.de, helpster.de"
_POST_AT = "post.at, rate calculator formats"

POSTS = {
    post.name: post
    for post in (
        Post(
            name="usps",
            title="USPS",
            country="US",
            unit="in",
            categories=(
                Category(
                    name="postcard",
                    smallest=Size(inch(5), inch(3.5)),
                    largest=Size(inch(6), inch(4.25)),
                    thinnest=inch(0.007),
                    thickest=inch(0.016),
                    card=True,
                    source="DMM 101; the largest size from memory",
                    confidence="medium",
                ),
                Category(
                    name="postcard at commercial First-Class prices",
                    smallest=Size(inch(5), inch(3.5)),
                    largest=Size(inch(9), inch(6)),
                    thinnest=inch(0.007),
                    card=True,
                    source="DMM, since 2021, from memory",
                    confidence="medium",
                ),
                Category(
                    name="letter",
                    smallest=Size(inch(5), inch(3.5)),
                    largest=Size(inch(11.5), inch(6.125)),
                    thinnest=inch(0.007),
                    thickest=inch(0.25),
                    heaviest=99.2,  # 3.5 oz
                    aspect=(1.3, 2.5),
                    misshapen="non-machinable, surcharge",
                    regular="machinable",
                    source=_DMM,
                ),
            ),
        ),
        Post(
            name="royal-mail",
            title="Royal Mail",
            country="GB",
            categories=(
                Category(
                    name="letter",
                    largest=Size(mm(240), mm(165)),
                    thickest=mm(5),
                    heaviest=100,
                    source=_OFCOM,
                ),
                Category(
                    name="large letter",
                    largest=Size(mm(353), mm(250)),
                    thickest=mm(25),
                    heaviest=750,
                    source=_OFCOM,
                ),
            ),
        ),
        Post(
            name="deutsche-post",
            title="Deutsche Post",
            country="DE",
            categories=(
                Category(
                    name="Postkarte",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(235), mm(125)),
                    card=True,
                    grammage=(150, 500),
                    source="experto.de",
                    confidence="medium",
                ),
                Category(
                    name="Standardbrief",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(235), mm(125)),
                    thickest=mm(5),
                    heaviest=20,
                    aspect=(1.4, inf),
                    source=_DEUTSCHE_POST,
                    valid_from=dt.date(2025, 1, 1),
                ),
                Category(
                    name="Kompaktbrief",
                    smallest=Size(mm(100), mm(70)),
                    largest=Size(mm(235), mm(125)),
                    thickest=mm(10),
                    heaviest=50,
                    source=_DEUTSCHE_POST,
                    valid_from=dt.date(2025, 1, 1),
                ),
                Category(
                    name="Großbrief",
                    smallest=Size(mm(100), mm(70)),
                    largest=Size(mm(353), mm(250)),
                    thickest=mm(20),
                    heaviest=500,
                    source=_DEUTSCHE_POST,
                    valid_from=dt.date(2025, 1, 1),
                ),
                Category(
                    name="Maxibrief",
                    smallest=Size(mm(100), mm(70)),
                    largest=Size(mm(353), mm(250)),
                    thickest=mm(50),
                    heaviest=1000,
                    source=_DEUTSCHE_POST,
                    valid_from=dt.date(2025, 1, 1),
                ),
            ),
        ),
        Post(
            name="post-at",
            title="Österreichische Post",
            country="AT",
            categories=(
                Category(
                    name="Standard",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(235), mm(162)),
                    thickest=mm(5),
                    heaviest=50,
                    source=_POST_AT,
                    read=dt.date(2026, 11, 26),
                    confidence="medium",
                ),
                Category(
                    name="Maxi",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(324), mm(229)),
                    thickest=mm(20),
                    heaviest=500,
                    source=_POST_AT,
                    read=dt.date(2026, 11, 26),
                    confidence="medium",
                ),
            ),
        ),
        Post(
            name="swiss-post",
            title="Swiss Post",
            country="CH",
            categories=(
                Category(
                    name="letter",
                    largest=Size(mm(353), mm(250)),
                    thickest=mm(20),
                    heaviest=1000,
                    note="what is a standard, midi or large letter is not in this table",
                    source="post.ch, tips for domestic letters",
                    read=dt.date(2026, 11, 26),
                    confidence="medium",
                ),
            ),
        ),
        Post(
            name="la-poste",
            title="La Poste",
            country="FR",
            categories=(
                Category(
                    name="lettre",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(600), mm(370)),
                    thickest=mm(30),
                    heaviest=3000,
                    note="length, width and thickness together at most 1000 mm",
                    source="cnews.fr of 2023-12 after La Poste; the least size from a forum",
                    read=dt.date(2026, 11, 26),
                    confidence="medium",
                ),
            ),
        ),
        Post(
            name="bpost",
            title="bpost",
            country="BE",
            categories=(
                Category(
                    name="small format",
                    smallest=Size(mm(140), mm(90)),
                    largest=Size(mm(245), mm(165)),
                    note="weight and thickness are not in this table",
                    source="bpost masspost guide of 2025",
                ),
            ),
        ),
    )
}

"""Mailability: as what each post takes a piece, by its size, shape, weight and thickness.

The limits are data (`mailability.toml`), each with where it was read and when.
Prices are elsewhere (`rates`); that something costs more is said here, how much is not.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from math import ceil, inf
from typing import Any, Literal

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
    read: dt.date
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


def _post(name: str, row: Mapping[str, Any]) -> Post:
    """A post as the table has it, its lengths in points."""
    unit = row.get("unit", "mm")
    length = inch if unit == "in" else mm
    categories = (_category(dict(category), length) for category in row["categories"])
    return Post(
        name=name,
        title=row["title"],
        country=row["country"],
        unit=unit,
        categories=tuple(categories),
    )


def _category(row: dict[str, Any], length: Callable[[float], Length]) -> Category:
    for key in ("smallest", "largest"):
        if key in row:
            width, height = map(length, row[key])
            row[key] = Size(width, height)
    for key in ("thinnest", "thickest"):
        if key in row:
            row[key] = length(row[key])
    for key in ("aspect", "grammage"):
        if key in row:
            row[key] = tuple(row[key])
    return Category(**row)


def _posts() -> Mapping[str, Post]:
    text = resources.files("mailroom").joinpath("mailability.toml").read_text("utf-8")
    return {name: _post(name, row) for name, row in tomllib.loads(text).items()}


POSTS = _posts()
"""By name, the rows of `mailability.toml`."""

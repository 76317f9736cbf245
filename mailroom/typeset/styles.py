"""What the typesetter is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mailroom.fonts import Font


class Unsettable(Exception):  # says it as it is
    """A text that is not for the fast way; the message says why, in a designer's words."""


@dataclass(frozen=True, kw_only=True)
class TextStyle:
    """The computed style of a run of text (CSS names, used values, px)."""

    families: tuple[str, ...]  #: in the order of the style sheet
    size: float
    weight: int = 400
    slant: str = "normal"  #: font-style
    line_height: float | None = None  #: None: `normal`
    features: tuple[tuple[str, int], ...] = ()  #: OpenType, as WeasyPrint's font_features() gives
    caps: str = "normal"  #: font-variant-caps; what it switches on is in `features`, too
    language: str = ""  #: of the text (HTML lang)
    letter_spacing: float | None = None  #: None: `normal`
    word_spacing: float = 0.0
    white_space: str = "normal"  #: `normal`, `nowrap` or `pre-line`
    overflow_wrap: str = "normal"
    hyphens: str = "manual"
    hyphenate_character: str = "‐"
    hyphenate_limit_chars: tuple[int, int, int] = (5, 2, 2)  #: total, left, right
    hyphenate_limit_zone: float = 0.0
    colour: bytes = b"0 g"  #: the operator that sets it


@dataclass(frozen=True, kw_only=True)
class Span:
    """A run of text in one style; a `<br>` is a span of one line feed."""

    style: TextStyle
    text: str  #: white space as in the HTML source: it is collapsed here (CSS 2.1, 16.6.1)
    inside: tuple[object, ...] = ()
    """The inline elements that it stands in, from the outside in: any names that differ.

    None are needed for a `<br>` in the block itself, and for the only text of an element in the
    block where its style differs from the block's.
    """


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The column that a paragraph is set into."""

    width: float
    indent: float = 0.0  #: of the first line
    align: str = "start"  #: text-align-all: start, end, left, right, center, justify
    align_last: str = "auto"


class Run(NamedTuple):
    """Glyphs of one font: what stands between [ and ] of a TJ operator."""

    font: Font
    tj: bytes  #: `<00120034>14<0056>`: glyph ids in hexadecimal, kerning in 1/1000 em
    rise: float = 0.0  #: px, by which it is raised


class Fragment(NamedTuple):
    """A piece of one span on one line."""

    style: TextStyle
    text: str  #: as set: collapsed, with a hyphen where one was added
    x: float  #: of its origin, from the left edge of the column
    width: float
    height: float  #: of the fonts in it, as Pango's logical extents
    baseline: float  #: below the top of that height
    ink: tuple[float, float, float, float]  #: left, top, right, bottom, from origin and baseline
    runs: tuple[Run, ...]  #: drawn one after the other, each beginning where the last one ended


class Line(NamedTuple):
    """A line of a paragraph; without fragments where nothing stands between two breaks."""

    fragments: tuple[Fragment, ...]
    width: float

"""What stands in a frame, as CSS laid it out once: blocks, paragraphs, pictures.

Made by `compile` from a page that WeasyPrint has laid out; filled by `fill` for every person.
Lengths are CSS px, x from the frame's content box, y downwards.
"""

from __future__ import annotations

import re

from msgspec import Struct

from mailroom.typeset.styles import Measure, TextStyle

TAG = re.compile(r"(<[^>]*>)")
"""Values are escaped, so that in merged HTML every `<` opens a tag."""


class NotStamped(Exception):  # says it as it is
    """What the press does not do; the message is for the designer."""


class Place(Struct, frozen=True, kw_only=True):
    """A block's box in its container; every length is a used value.

    In the flow `x` is the content box's left edge from the container's. An absolute block has
    `inset` (top, right, bottom, left from its containing block's padding box; None: auto).
    """

    x: float
    width: float
    height: float | None = None
    margin_top: float = 0.0
    margin_bottom: float = 0.0
    padding_top: float = 0.0
    padding_bottom: float = 0.0
    padding_left: float = 0.0
    padding_right: float = 0.0
    end: float = 0.0  #: margin and padding at the right, of what is placed from there
    inset: tuple[float | None, float | None, float | None, float | None] | None = None
    positioned: bool = False  #: the containing block of what is absolute in it
    apart: bool = False  #: its margins do not collapse with its children's


class Bit(Struct, frozen=True, kw_only=True):
    """Inline text: a slot of the frame's content in one style."""

    style: TextStyle
    slot: int = -1  #: which text of the content; -1: a forced line break
    boxes: tuple[TextStyle, ...] = ()  #: the inline elements round it, the outermost first
    inside: tuple[int, ...] = ()  #: the same, as numbers that tell one from another


class Paragraph(Struct, frozen=True, kw_only=True, tag="paragraph"):
    """A block container with nothing but text in it."""

    place: Place
    style: TextStyle
    measure: Measure
    bits: tuple[Bit, ...]


class Words(Struct, frozen=True, kw_only=True, tag="words"):
    """A block container with nothing but inline-blocks in it, parted by spaces.

    Each is one line that is never broken.
    """

    place: Place
    style: TextStyle
    measure: Measure
    groups: tuple[tuple[Bit, ...], ...]


class Picture(Struct, frozen=True, kw_only=True, tag="picture"):
    """A replaced element; its size depends on the picture (CSS 2.1, 10.3.2 and 10.4)."""

    place: Place
    slot: int  #: which of the content's pictures
    width: float | None = None
    height: float | None = None
    max_width: float | None = None
    max_height: float | None = None
    min_width: float = 0.0
    min_height: float = 0.0
    fit: str = "fill"  #: object-fit: `fill`, `contain` or `cover`


class Block(Struct, frozen=True, kw_only=True, tag="block"):
    """A block container with blocks in it."""

    place: Place
    children: tuple[Block | Paragraph | Words | Picture, ...]
    column: bool = False  #: a flex column: its children's margins do not collapse
    spread: float = 0.0  #: of a column, how much of the free height is above: 0.5 is the middle


Node = Block | Paragraph | Words | Picture


class Flow(Struct, frozen=True, kw_only=True):
    """A frame's content for one sequence of tags."""

    root: Block
    blanks: tuple[int, ...] = ()  #: slots between blocks: there is nothing but white space in them

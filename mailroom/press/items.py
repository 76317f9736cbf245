"""PDF objects that know nothing of numbers: made anywhere, written once by whoever has the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from mailroom.fonts import Font
from mailroom.formats import Format

Glyphs = Mapping[str, Mapping[int, str]]
"""What is drawn of our fonts: sha256 of the font file -> glyph id -> the text it stands for."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """An indirect object (ISO 32000-1, 7.3.10) whose references are names, not numbers.

    `body` is the object as written, cut where a reference stands; `refs` has what is referred
    to, one fewer than `body`: the digest of another item, or `font:` and a font's sha256.
    A stream's dictionary has no /Length.
    """

    body: tuple[bytes, ...]
    refs: tuple[str, ...] = ()
    stream: bytes | None = None  #: as stored: its filters have been applied

    @cached_property
    def digest(self) -> str:
        """SHA-256 of it and, by its references, of all that it draws on."""
        total = hashlib.sha256(b"\0".join(self.body) + b"\0" + "\0".join(self.refs).encode())
        if self.stream is not None:
            total.update(b"\0stream\0" + self.stream)
        return total.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Art:
    """A finished drawing: an XObject, everything it draws on, and the glyphs in it."""

    xobject: str  #: digest of the form or image that draws it
    items: Mapping[str, Item]  #: by digest
    glyphs: Glyphs = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its resource name, the same in every file."""
        return art_name(self.xobject)


class Leaf(NamedTuple):
    """A page as it goes into the file."""

    content: bytes  #: operators, deflated (zlib format)
    arts: tuple[str, ...]  #: digests of the XObjects that it draws, by their names
    label: str  #: page label: "piece 0042 front"


Edges = tuple[float, float, float, float]
"""Left, bottom, right, top in points, y upwards (ISO 32000-1, 7.9.5)."""


class Boxes(NamedTuple):
    """The boxes of all pages of a file; MediaBox begins at 0,0 (ISO 32000-1, 14.11.2)."""

    media: Edges
    trim: Edges
    bleed: Edges


def boxes_of(fmt: Format) -> Boxes:
    """The boxes of an unfolded format: MediaBox and BleedBox are trim plus bleed."""
    media, bleed = fmt.media_box, float(fmt.bleed)
    whole = (0.0, 0.0, media.width, media.height)
    trim = (bleed, bleed, bleed + fmt.trim.width, bleed + fmt.trim.height)
    return Boxes(media=whole, trim=trim, bleed=whole)


def add_glyphs(known: dict[str, dict[int, str]], more: Glyphs) -> None:
    """Take `more` into `known`; in whatever order they come, the outcome is the same.

    A glyph may stand for several texts (space and no-break space): the shortest counts, of
    those the first by code points; no text at all counts least.
    """
    for font, texts in more.items():
        mine = known.setdefault(font, {})
        if mine.items() >= texts.items():
            continue
        for glyph, text in texts.items():
            old = mine.get(glyph, text)
            mine[glyph] = min(old, text, key=lambda one: (not one, len(one), one))


def art_name(digest: str) -> str:
    """The resource name of an XObject: `/X` and the beginning of its digest."""
    return f"X{digest[:16]}"


def font_name(font: Font) -> str:
    """The resource name of a font: `/F` and the beginning of its file's digest."""
    return f"F{font.sha256[:8]}"


def font_reference(font: Font) -> str:
    """What an item refers to instead of a font's digest, which only the whole file tells."""
    return f"font:{font.sha256}"

"""What the rules are given and what they give: a Case, and the Faults in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from mailroom.fonts import Font, coverage
from mailroom.formats import Format
from mailroom.identity import Identities, Tokens
from mailroom.matrix import Corners
from mailroom.model import Artwork, Piece
from mailroom.readback import Page
from mailroom.units import Box


@dataclass(frozen=True, kw_only=True)
class Standard:
    """What the pieces of a mailing are judged by; what follows from it is worked out once."""

    format: Format
    fonts: tuple[Font, ...]
    others: Identities  #: no page may show but its own
    common: tuple[str, ...] = ()  #: texts that stand on every piece, such as the sender's address

    @cached_property
    def families(self) -> tuple[str, ...]:
        return tuple({family(font.family) for font in self.fonts})

    @cached_property
    def corners(self) -> tuple[Corners, Corners]:
        """MediaBox and TrimBox: left, bottom, right, top."""
        fmt, bleed = self.format, float(self.format.bleed)
        whole = (0.0, 0.0, fmt.media_box.width, fmt.media_box.height)
        return whole, (bleed, bleed, bleed + fmt.trim.width, bleed + fmt.trim.height)

    @cached_property
    def safe_box(self) -> Box:
        return self.format.safe_box

    @cached_property
    def windows(self) -> tuple[Box | None, Box | None]:
        """What may be seen through the envelope, and where the address is printed."""
        return self.format.clear_zone, self.format.address_zone

    @cached_property
    def anybodys(self) -> set[Tokens]:
        """Names in the common texts: they may stand on every piece."""
        return self.others.within(self.common)

    @cached_property
    def strange_letter(self) -> re.Pattern[str]:
        """Finds what none of the fonts may have; `missing_glyphs` then knows."""
        return _strange_letter(tuple(font.path for font in self.fonts))


class Case(NamedTuple):
    """One piece before the rules: what it should be, and what its pages say.

    `words` are the texts that each page was to show, in any order, without markup.
    """

    piece: Piece
    artwork: Artwork
    pages: tuple[Page, ...]
    words: tuple[str, ...]
    standard: Standard

    def numbered(self) -> Iterator[tuple[int, Page]]:
        """The pages with their numbers, from 1."""
        return enumerate(self.pages, 1)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a rule found; the table gives it its name."""

    message: str
    page: int = 0
    box: Box | None = None
    hint: str = ""


def names_of(piece: Piece) -> list[tuple[str, str]]:
    """What is printed as a name, with a word for people that says which."""
    greeting = piece.greeting
    return [
        ("name on the envelope", greeting.envelope_name.text),
        ("salutation", greeting.salutation.text),
        ("informal greeting", greeting.informal.text),
        *[("address line", line) for line in piece.address_lines],
    ]


def box_of(page: Page, text: str) -> Box | None:
    """Where on the page a text stands, if it does in one line."""
    return next((line.box for line in page.lines if text in line.text), None)


def short(text: str) -> str:
    """A text as far as a message names it."""
    return text if len(text) <= 40 else text[:39] + "…"


def family(name: str) -> str:
    """A font's name to compare by: files and style sheets do not write it alike."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@lru_cache(maxsize=8)
def _strange_letter(fonts: tuple[Path, ...]) -> re.Pattern[str]:
    known = frozenset().union(*map(coverage, fonts))
    return re.compile(f"[^\\s{re.escape(''.join(map(chr, sorted(known))))}]")

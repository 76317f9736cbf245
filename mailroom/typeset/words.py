"""What is remembered of a word, once it is known how it is set."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from mailroom.typeset.chars import ODD, WILD

Ink = tuple[int, int, int, int]
"""Left, top, right, bottom; left beyond right: none."""
FAR = 1 << 40  #: further than any ink
NO_INK: Ink = (FAR, FAR, -FAR, -FAR)


Key = TypeVar("Key", bound=Hashable)


class Word(NamedTuple):
    """A word as set; lengths in Pango units, glyphs as inside the `<>` of a TJ string."""

    flags: int
    full: int  #: space before, glyphs, kerning with a space after
    advance: int  #: of the glyphs, with nothing after them
    tail: int  #: what a space after it adds to its last glyph: kerning
    gap: int  #: advance of a space before it, kerned
    alone: bytes
    first: bytes  #: before a space
    inner: bytes  #: after a space, and before one
    last: bytes  #: after a space
    left: int = 0  #: ink, from the origin, y downwards; beyond `right`: none
    top: int = 0
    right: int = 0
    bottom: int = 0
    breaks: tuple[int, ...] = ()  #: where it may be broken, in characters


ODD_WORD = Word(ODD, 0, 0, 0, 0, b"", b"", b"", b"")


def made(
    flags: int,
    breaks: tuple[int, ...],
    room: int,
    advance: int,
    tail: int,
    gap: int,
    space: bytes,
    alone: bytes,
    first: bytes,
    ink: Ink,
) -> Word:
    """A word whose ink may reach `room` beyond its advance, or else is WILD."""
    left, top, right, bottom = ink
    if left < -room or right > advance + room or right <= 0 or left >= advance or gap < room:
        flags |= WILD
    inner = space + first
    last = inner if alone is first else space + alone
    whole = (
        flags, gap + advance + tail, advance, tail, gap,
        alone, first, inner, last, left, top, right, bottom, breaks,
    )  # fmt: skip
    return tuple.__new__(Word, whole)  # half the time of Word(*whole)


class Words(dict[Key, Word], Generic[Key]):
    """Words, each made when it is first asked for; as soon as there are too many, all go."""

    def __init__(self, make: Callable[[Key], Word], most: int) -> None:
        self._make, self._most = make, most

    def __missing__(self, key: Key) -> Word:
        if len(self) >= self._most:
            self.clear()
        word = self[key] = self._make(key)
        return word

"""Words put together from pairs of letters: each pair is shaped once, a word is their sum.

In most fonts nothing happens between ordinary letters but kerning, which adds to the advance of
a letter what the next one asks for. Which letters these are is read from the font's rules
(`Rules.loose`); then the advances of a word are those of its pairs, space and all.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

from mailroom.typeset.rules import Loose

_MOST = 10_000
FAR = 1 << 40  #: further than any ink

Form = tuple[tuple[int, int, int, int, int], ...]
"""Of each glyph of a shaped text: its number, offset (x, y) and advance (x, y)."""
Ink = tuple[int, int, int, int]
"""Left, top, right, bottom; left beyond right: none."""
NO_INK: Ink = (FAR, FAR, -FAR, -FAR)


class Pair(NamedTuple):
    """A letter before another one; lengths in Pango units, y downwards."""

    tj: bytes  #: the letter as inside the `<>` of a TJ string, with its kerning
    advance: int
    left: int  #: its ink, from its origin
    top: int
    right: int
    bottom: int


class Sum(NamedTuple):
    """The pairs of a word with a space before and after it."""

    full: int  #: the advance of the space before the word, and of the word
    gap: int  #: of that space
    tail: int  #: what the space after the word adds to its last letter: kerning
    tjs: tuple[bytes, ...]  #: of the space before it, and of its letters
    end: bytes  #: its last letter without that kerning
    ink: Ink


class Pairs(dict[tuple[str, str], Pair]):
    """The pairs of one script seen so far; KeyError: these two have to be shaped in their word.

    `shape` tells the form of a text, `token` a glyph in a TJ string (glyph, advance, character).
    """

    def __init__(
        self,
        loose: Loose,
        shape: Callable[[str], Form],
        token: Callable[[int, int, str], tuple[bytes, int, int, int, int]],
    ) -> None:
        self._loose, self._shape, self._token = loose, shape, token
        self._alone: dict[str, Form] = {"": ()}
        self._never = set[tuple[str, str]]()
        self._most_left = self._most_right = 0  # how far ink reaches beyond a letter's own room

    def sum(self, text: str) -> Sum:
        """A word; KeyError where it has to be shaped."""
        tjs, advances, lefts, tops, rights, bottoms = zip(
            *map(self.__getitem__, pairwise(f" {text} ")), strict=True
        )
        full, gap, last = sum(advances), advances[0], advances[-1]
        end = self[text[-1], ""]
        left, right = lefts[1], rights[-1]
        if advances[1] + self._most_left < left or right < self._most_right:
            reach = list(accumulate(advances[1:-1], initial=0))
            left, right = min(map(add, reach, lefts[1:])), max(map(add, reach, rights[1:]))
        else:  # no other letter reaches beyond the first or the last one
            right += full - gap - last
        ink = left, min(tops), right, max(bottoms)
        return Sum(full, gap, last - end.advance, tjs, end.tj, ink)

    def __missing__(self, pair: tuple[str, str]) -> Pair:
        if pair in self._never:
            raise KeyError(pair)
        found = self._seen(*pair)
        if len(self) + len(self._never) >= _MOST:
            self.clear()
            self._never.clear()
        if found is None:
            self._never.add(pair)
            raise KeyError(pair)
        if found.left < found.right:
            self._most_left = min(self._most_left, found.left)
            self._most_right = max(self._most_right, found.right - found.advance)
        self[pair] = found
        return found

    def _seen(self, letter: str, following: str) -> Pair | None:
        """Shape a pair; None where more happens than kerning, or where more could happen."""
        chars, joined = self._loose
        if letter not in chars or following not in {"", *chars} or (letter, following) in joined:
            return None
        form = self._shape(letter + following)
        if form[1:] != self._form(following):
            return None
        (glyph, *offset, advance, rise), (own, *_) = form[0], self._form(letter)[0]
        if glyph != own or any(offset) or rise or advance <= 0:
            return None
        tj, *ink = self._token(glyph, advance, letter)
        if letter == " ":
            return Pair(tj, advance, *NO_INK)
        left, top, right, bottom = ink
        return Pair(tj, advance, left, top, right, bottom) if left < right else None

    def _form(self, char: str) -> Form:
        found = self._alone.get(char)
        if found is None:
            found = self._alone[char] = self._shape(char)
        return found

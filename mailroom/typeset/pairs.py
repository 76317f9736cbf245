"""Words put together from pairs of letters: each pair is shaped once, a word is their sum.

In most fonts nothing happens between ordinary letters but kerning, which adds to the advance of
a letter what the next one asks for. Which letters these are is read from the font's rules
(`Rules.loose`); then the advances of a word are those of its pairs, space and all.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import NamedTuple

from mailroom.typeset.rules import Loose
from mailroom.typeset.words import FAR, Word, made

_MOST = 10_000

Form = tuple[tuple[int, int, int, int, int], ...]
"""Of each glyph of a shaped text: its number, offset (x, y) and advance (x, y)."""


class Pair(NamedTuple):
    """A letter before another one; lengths in Pango units, y downwards."""

    tj: bytes  #: the letter as inside the `<>` of a TJ string, with its kerning
    advance: int
    top: int  #: of its ink
    bottom: int
    sides: tuple[int, int]  #: left and right of its ink, from its origin


class Pairs(dict[tuple[str, str], Pair]):
    """The pairs of one script seen so far; KeyError: these two have to be shaped in their word.

    `shape` tells the form of a text, `token` a glyph in a TJ string (glyph, advance, character),
    `kerned` is told of letters kerned with a space (tail and gap, as of a Word).
    """

    def __init__(
        self,
        loose: Loose,
        room: int,
        shape: Callable[[str], Form],
        token: Callable[[int, int, str], tuple[bytes, int, int, int, int]],
        kerned: Callable[[int, int], None],
    ) -> None:
        self._loose, self._room = loose, room
        self._shape, self._token, self._kerned = shape, token, kerned
        self._alone: dict[str, Form] = {"": ()}
        self._never = set[tuple[str, str]]()
        self._most_left = self._most_right = 0  # how far ink reaches beyond a letter's own room

    def word(self, text: str, flags: int, breaks: tuple[int, ...]) -> Word:
        """A word; KeyError where it has to be shaped."""
        # A list of its own: what is raised within the arguments of a call that has keywords, too,
        # costs Python 3.11 their dictionary for good.
        pairs = list(map(self.__getitem__, pairwise(f" {text} ")))
        tjs, advances, tops, bottoms, sides = zip(*pairs, strict=False)
        end = self[text[-1], ""]
        gap, last = advances[0], advances[-1]
        tail = last - end.advance
        reach = sum(advances) - gap
        left, right = sides[1][0], sides[-1][1]
        if advances[1] + self._most_left < left or right < self._most_right:
            places = list(accumulate(advances[1:-1], initial=0))
            left = min([x + side[0] for x, side in zip(places, sides[1:], strict=True)])
            right = max([x + side[1] for x, side in zip(places, sides[1:], strict=True)])
        else:  # no other letter reaches beyond the first or the last one
            right += reach - last
        first = alone = b"".join(tjs[1:])
        if tail:
            alone = first[: -len(tjs[-1])] + end.tj
        ink = left, min(tops), right, max(bottoms)
        return made(flags, breaks, self._room, reach - tail, tail, gap, tjs[0], alone, first, ink)

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
        self[pair] = found
        return found

    def _seen(self, letter: str, following: str) -> Pair | None:
        """Shape a pair; None where more happens than kerning, or where more could happen."""
        chars, joined = self._loose
        if letter not in chars or (following and following not in chars):
            return None
        if (letter, following) in joined:
            return None
        form = self._shape(letter + following)
        if form[1:] != self._form(following):
            return None
        (glyph, *offset, advance, rise), own = form[0], self._form(letter)[0]
        if glyph != own[0] or any(offset) or rise or advance <= 0:
            return None
        tj, left, top, right, bottom = self._token(glyph, advance, letter)
        if letter == " ":
            self._kerned(0, advance)  # no ink: it is not of the word
            return Pair(tj, advance, FAR, -FAR, (FAR, -FAR))
        if following == " ":
            self._kerned(advance - own[3], self._form(" ")[0][3])
        self._most_left = min(self._most_left, left)
        self._most_right = max(self._most_right, right - advance)
        return Pair(tj, advance, top, bottom, (left, right)) if left < right else None

    def _form(self, char: str) -> Form:
        found = self._alone.get(char)
        if found is None:
            found = self._alone[char] = self._shape(char)
        return found

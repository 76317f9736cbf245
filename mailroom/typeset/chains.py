"""Text of a face whose rules look across spaces: a handwriting that never writes a word twice.

What stands on a line can only be told by shaping the line. HarfBuzz says where a shaped text
may be parted without a change (HB_GLYPH_FLAG_UNSAFE_TO_BREAK), which saves most of it.
"""

from __future__ import annotations

from bisect import bisect_right

from mailroom.typeset.chars import (
    COMMON,
    DASH,
    NO_BREAK_SPACE,
    ODD,
    QUOTE,
    SCRIPTS,
    STICKY,
    describe,
    is_joined,
    is_whole,
)
from mailroom.typeset.founts import Fount, Gap
from mailroom.typeset.galleys import UNLIMITED, Ink, Taken, closed, exact_ink
from mailroom.typeset.styles import TextStyle


class Chain:
    """The words of a text, like a Galley's, but for a fount that is tied."""

    __slots__ = ("_script", "fount", "kinds", "tokens", "trailing")

    leading = False

    def __init__(
        self, fount: Fount, tokens: list[str], kinds: int, script: int, trailing: bool
    ) -> None:
        self.fount, self.tokens, self.kinds = fount, tokens, kinds
        self.trailing, self._script = trailing, script

    def take(self, start: int, limit: int, room: int) -> Taken | None:
        """As `Galley.take`."""
        tokens, fount = self.tokens, self.fount
        text = " ".join(tokens[start:])
        if len(text) < room or limit == UNLIMITED:
            word = fount.line(text, self._script, trailing=self.trailing)
            if word.flags & ODD:
                return None
            width = word.advance
            if width <= limit:
                more = word.tail + fount.space if self.trailing else 0
                return (len(tokens), 0, width, "") if width + more <= limit else None
        end = start + 1
        length = len(tokens[start])
        while end < len(tokens) and length < room:
            length += 1 + len(tokens[end])
            end += 1
        taken = self._take(start, end, limit)
        if taken is not None and taken[0] == end < len(tokens):
            taken = self._take(start, len(tokens), limit)  # all that was looked at fits
        return taken

    def _take(self, start: int, end: int, limit: int) -> Taken | None:
        """The words from `start` that fit, if `end` is as far as one looks."""
        measured = self.fount.stretch(" ".join(self.tokens[start:end]), self._script)
        reaches = [gap.reach for gap in measured]
        count = min(max(1, bisect_right(reaches, limit)), end - start)
        known: dict[int, int] = {}
        while True:
            width = self._width(start, count, measured, limit)
            if width is None:
                return None
            known[count] = width
            if width > limit:
                if count == 1:
                    return None
                if known.get(count - 1, limit + 1) <= limit:
                    # a word that may be broken inside is not for us
                    whole = is_whole(self.tokens[start + count - 1])
                    return (start + count - 1, 0, known[count - 1], "") if whole else None
                count -= 1
            elif count == end - start:
                return end, 0, width, ""
            elif count + 1 in known:
                whole = is_whole(self.tokens[start + count])
                return (start + count, 0, width, "") if whole else None
            else:
                count += 1

    def _width(self, start: int, count: int, measured: list[Gap], limit: int) -> int | None:
        """The width of so many words; None where Pango and WeasyPrint may disagree."""
        gap = measured[count - 1]
        final = start + count == len(self.tokens)
        if gap.is_safe() and not (final and self.trailing):
            return gap.reach
        text = " ".join(self.tokens[start : start + count])
        width = self.fount.length(text, self._script)
        if not final or self.trailing:
            spaced = self._ending(text) - gap.advance
            if (spaced > limit) != (width > limit):
                return None
        return width

    def _ending(self, text: str) -> int:
        return self.fount.length(text + " ", self._script)

    def hyphenated(
        self, start: int, taken: Taken, limit: int, room: float, style: TextStyle
    ) -> Taken | None:
        """As `Galley.hyphenated`: never here."""
        return None

    def rest(self) -> int:
        """How wide the space at the end is, if all is on one line."""
        word = self.fount.line(" ".join(self.tokens), self._script, trailing=True)
        return word.tail + self.fount.space

    def drop(self, taken: Taken) -> bool:
        """As `Galley.drop`: no word is cut here."""
        return not taken[1]

    def set(
        self, start: int, taken: Taken, spread: float = 0.0, trailing: bool = False
    ) -> tuple[bytes, Ink] | None:
        """As `Galley.set`."""
        tokens, fount = self.tokens[start : taken[0]], self.fount
        if spread:
            if self.kinds & NO_BREAK_SPACE:
                return None
            extra = int(spread * 1024)
            words = [fount.line(token, self._script, trailing=False) for token in tokens]
            if any(word.flags & ODD for word in words):
                return None
            apart = [word._replace(gap=fount.space + extra) for word in words]
            body = fount.spread_space(extra).join([word.alone for word in words])
            return closed(body), exact_ink(apart, 0)
        word = fount.line(" ".join(tokens), self._script, trailing=trailing)
        if word.flags & ODD:
            return None
        body = word.first + fount.space_tj if trailing else word.alone
        return closed(body), exact_ink([word], 0)


def chain(fount: Fount, text: str) -> Chain | None:
    """The words of a text; None where they are not for the quick way."""
    trailing = text[-1] == " "
    if trailing:
        text = text[:-1]
    if not text or text[0] == " " or not fount.face.chars.issuperset(text):
        return None
    tokens = text.split(" ")
    kinds = 0
    for token in tokens:
        kinds |= describe(token)
    scripts = kinds & SCRIPTS
    if kinds & (ODD | STICKY) or scripts & (scripts - 1):
        return None
    if kinds & COMMON and not fount.uniform:
        return None
    if kinds & (QUOTE | DASH) and is_joined(text, kinds):
        return None
    return Chain(fount, tokens, kinds, scripts or COMMON, trailing)

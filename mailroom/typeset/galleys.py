"""Text of one fount filled into lines: sums of words, compared as Pango compares them.

Everything here answers None where it is not certain; then Pango is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter

import pyphen

from mailroom.typeset.chars import (
    COMMON,
    DASH,
    LETTER_FIRST,
    NAME,
    NO_BREAK_SPACE,
    ODD,
    OPENS,
    QUOTE,
    SCRIPTS,
    STICKY,
    WILD,
    is_joined,
)
from mailroom.typeset.founts import Fount
from mailroom.typeset.styles import TextStyle
from mailroom.typeset.words import Word

_full, _inner = itemgetter(1), itemgetter(7)

UNLIMITED = 2**31 - 1
Taken = tuple[int, int, int, str]
"""What is on a line: words up to a number, so many characters of that one; how many Pango units
it is wide; the hyphen at its end.
"""
Ends = tuple[bool, bool]
"""Whether a space stands before the first word, and after the last."""
Ink = tuple[float, float, float, float]


class Galley:
    """The words of a text, and their lengths added up."""

    __slots__ = ("_inners", "_sums", "fount", "kinds", "leading", "tokens", "trailing", "words")

    def __init__(
        self, fount: Fount, tokens: list[str], words: list[Word], kinds: int, ends: Ends
    ) -> None:
        self.fount, self.tokens, self.words, self.kinds = fount, tokens, words, kinds
        self.leading, self.trailing = ends
        self._add_up()

    def _add_up(self) -> None:
        self._sums = list(accumulate(map(_full, self.words)))
        self._inners = list(map(_inner, self.words))

    def take(self, start: int, limit: int, room: int) -> Taken | None:
        """The words from `start` that fit into `limit` Pango units; None: not certain.

        `room`: of how many characters Pango is shown at first.
        """
        words, sums = self.words, self._sums
        first, last = words[start], len(words) - 1
        before = 0 if self.leading and not start else sums[start] - first[2] - first[3]
        if sums[last] - before > limit:
            end = bisect_right(sums, limit - self.fount.slack + before, start, last)
        else:
            end = last
        width = sums[end - 1] - before - words[end - 1][3] if end > start else 0
        while end <= last:
            reach = sums[end] - before - words[end][3]
            seen = self._seen_by_pango(end, reach)
            if reach > limit and seen > limit:
                return self._cut(start, end, width, limit, before)
            if (reach > limit or seen > limit) and not self._fits(start, end, reach, limit, room):
                return None
            width = reach
            end += 1
        return end, 0, width, ""

    def _seen_by_pango(self, number: int, reach: int) -> int:
        """The width if a line is broken after the word: without the space, but kerned with it."""
        words = self.words
        if number + 1 < len(words):
            return reach + words[number].tail - words[number + 1].gap + self.fount.space
        return reach + words[number].tail + self.fount.space if self.trailing else reach

    def _fits(self, start: int, end: int, reach: int, limit: int, room: int) -> bool:
        """Whether a word fits, of which Pango and WeasyPrint think differently."""
        word = self.words[end]
        if end + 1 == len(self.words) or word.breaks:
            return False
        if sum(map(len, self.tokens[start : end + 1])) + end + 1 - start >= room:
            return False  # they may not have seen what comes after it
        if reach > limit:  # Pango takes it; a little overflows once it is laid out alone
            return reach + word.tail <= limit
        return True  # WeasyPrint tries the next word without its space

    def _cut(self, start: int, end: int, width: int, limit: int, before: int) -> Taken | None:
        """The word `end` does not fit: as much of it as does."""
        word = self.words[end]
        if self.leading and not end:
            return None
        base = 0 if end == start else self._sums[end - 1] - before + word.gap
        token = self.tokens[end]
        for offset in reversed(word.breaks):
            piece = self.fount.words[token[:offset]]
            if piece.flags & ODD:
                return None
            if base + piece.advance <= limit:
                return end, offset, base + piece.advance, ""
        return None if end == start else (end, 0, width, "")

    def hyphenated(
        self, start: int, taken: Taken, limit: int, room: float, style: TextStyle
    ) -> Taken | None:
        """With as much of the next word as fits before a hyphen; None: not certain.

        `room` is `limit` in px, before it was cut to whole units.
        """
        end, cut, width, _ = taken
        word, token = self.words[end], self.tokens[end]
        if cut or end == start or not word.flags & NAME or (self.leading and not start):
            return None
        least, left, right = style.hyphenate_limit_chars
        letters = token.rstrip(".,")
        space = room - (width + self.words[end - 1].tail) / 1024
        if len(letters) < least or 0 <= space <= style.hyphenate_limit_zone:
            return taken
        base = width + self.words[end - 1].tail + word.gap
        own = self.fount.words[token]
        for part in _parts(letters, style.language, left, right):
            text = part + style.hyphenate_character
            piece = self.fount.words[text]
            if piece.flags & (ODD | COMMON) or piece.gap != own.gap:
                return None
            if base + piece.advance <= limit:
                return end, len(part), base + piece.advance, style.hyphenate_character
        return taken

    def rest(self) -> int:
        """How wide the space at the end is, if all is on one line."""
        return self.words[-1].tail + self.fount.space

    def drop(self, taken: Taken) -> bool:
        """Take the beginning of a cut word away; False where the rest is not for us."""
        end, offset, _, _ = taken
        rest = self.tokens[end][offset:]
        word = self.fount.words[rest]
        if word.flags & (ODD | STICKY):
            return False
        self.tokens[end], self.words[end] = rest, word
        self.kinds |= word.flags
        self._add_up()
        return True

    def set(
        self, start: int, taken: Taken, spread: float = 0.0, trailing: bool = False
    ) -> tuple[bytes, Ink] | None:
        """TJ operands and ink of a line; `spread`: px that each of its spaces is wider."""
        end, cut, width, hyphen = taken
        words = self.words[start:end]
        if cut:
            text = self.tokens[end][:cut] + hyphen
            piece = self.fount.words[text]
            if words and piece.gap != self.words[end].gap:  # it comes after another script
                piece = self.fount.unkerned[text]
            words.append(piece)
        if spread:
            return self._spread(words, int(spread * 1024))
        leading = self.leading and not start
        count = len(words)
        if count == 1 and not leading:
            body = words[0][6] if trailing else words[0][5]
        else:
            inners = self._inners[start : start + count]
            if not leading:
                inners[0] = words[0][6]
            inners[count - 1 :] = [words[-1][7] if trailing else words[-1][8]]
            body = b"".join(inners)
        if trailing:
            body += self.fount.space_tj
        x = words[0][4] if leading else 0
        if self.kinds & WILD or cut:
            return closed(body), exact_ink(words, x)
        left, right = x + words[0][9], width - words[-1][2] + words[-1][11]
        top, bottom = min([word[10] for word in words]), max([word[12] for word in words])
        return closed(body), (left / 1024, top / 1024, right / 1024, bottom / 1024)

    def _spread(self, words: list[Word], extra: int) -> tuple[bytes, Ink] | None:
        """With wider spaces Pango shapes words and spaces apart: nothing is kerned with them."""
        fount = self.fount
        if self.leading or self.kinds & NO_BREAK_SPACE:
            return None
        space = fount.spread_space(extra)
        gap = fount.space + extra
        apart = [word._replace(gap=gap, tail=0) for word in words]
        return closed(space.join([word[5] for word in words])), exact_ink(apart, 0)


@lru_cache(maxsize=20_000)
def _parts(word: str, language: str, left: int, right: int) -> tuple[str, ...]:
    """What may stand before a hyphen, the longest first."""
    known = pyphen.language_fallback(language)
    if not known:
        return ()
    pairs = pyphen.Pyphen(lang=known, left=left, right=right).iterate(word)
    return tuple(start for start, _ in pairs)


def galley(fount: Fount, text: str) -> Galley | None:
    """The words of a text without line feeds, its white space collapsed."""
    leading, trailing = text[0] == " ", text[-1] == " "
    if leading:
        text = text[1:]
    if trailing:
        text = text[:-1]
    if not text:
        return None
    tokens = text.split(" ")
    words = list(map(fount.words.__getitem__, tokens))
    kinds = 0
    for word in words:
        kinds |= word[0]
    if kinds & (ODD | STICKY):
        return None
    if kinds & COMMON and not fount.uniform:
        return None
    if kinds & (QUOTE | DASH) and is_joined(text, kinds):
        return None
    scripts = kinds & SCRIPTS
    if scripts & (scripts - 1):
        mixed = None if kinds & OPENS else _in_runs(tokens, words, fount)
        if mixed is None:
            return None
        words = mixed
    return Galley(fount, tokens, words, kinds, (leading, trailing))


def _in_runs(tokens: list[str], words: list[Word], fount: Fount) -> list[Word] | None:
    """Nothing is kerned where the script changes; punctuation belongs to what is before it."""
    found: list[Word] = []
    script = 0
    for token, word in zip(tokens, words, strict=True):
        own = word[0] & SCRIPTS
        if own and script and own != script:
            if not word[0] & LETTER_FIRST:
                return None
            found.append(fount.unkerned[token])
        else:
            found.append(word)
        script = own or script
    return found


def closed(body: bytes) -> bytes:
    """Glyphs as the operand of TJ."""
    return b"<" + body[:-1] if body[-1] == 60 else b"<" + body + b">"  # 60: <


def exact_ink(words: list[Word], x: int) -> Ink:
    """The box round what is black of words, the first of which stands at `x`."""
    x -= words[0].gap
    boxes: list[tuple[int, int, int, int]] = []
    for word in words:
        x += word.gap
        if word.left < word.right:
            boxes.append((x + word.left, word.top, x + word.right, word.bottom))
        x += word.advance + word.tail
    if not boxes:
        return 0.0, 0.0, 0.0, 0.0
    return (
        min(map(itemgetter(0), boxes)) / 1024,
        min(map(itemgetter(1), boxes)) / 1024,
        max(map(itemgetter(2), boxes)) / 1024,
        max(map(itemgetter(3), boxes)) / 1024,
    )

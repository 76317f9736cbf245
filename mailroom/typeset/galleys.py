"""Text of one fount filled into lines: sums of words, compared as Pango compares them.

Everything here answers None where it is not certain; then Pango is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import NamedTuple

from mailroom.typeset.chars import (
    BRACKET_FIRST,
    COMMON,
    DASH_FIRST,
    DASH_LAST,
    LETTER_FIRST,
    NO_BREAK_SPACE,
    ODD,
    OPENS,
    QUOTE_LAST,
    SCRIPTS,
    STICKY,
    WILD,
)
from mailroom.typeset.founts import Fount, Word

_full = itemgetter(1)


class Galley:
    """The words of a text, and their lengths added up."""

    __slots__ = ("_sums", "_tokens", "fount", "trailing", "words")

    def __init__(self, fount: Fount, tokens: list[str], words: list[Word], trailing: bool) -> None:
        self.fount, self._tokens, self.words, self.trailing = fount, tokens, words, trailing
        self._sums = list(accumulate(map(_full, words)))

    def take(self, start: int, limit: int) -> Taken | None:
        """The words from `start` that fit into `limit` Pango units; None: not certain.

        A break after a word is allowed by Pango where the word fits with its kerning to the
        space, and by WeasyPrint where it fits without. Where they differ we cannot tell.
        """
        words, sums = self.words, self._sums
        first, last = words[start], len(words) - 1
        before = sums[start] - first.advance - first.tail
        end = start
        if sums[last] - before > limit:
            end = bisect_right(sums, limit - self.fount.slack + before, start, last)
        else:
            end = last
        width = sums[end - 1] - before - words[end - 1].tail if end > start else 0
        while end <= last:
            reach = sums[end] - before - words[end].tail
            other = self._seen_by_pango(end, reach)
            if reach <= limit and other <= limit:
                width = reach
                end += 1
            elif reach <= limit or other <= limit:
                return None
            else:
                return self._cut(start, end, width, limit, before)
        return Taken(end, 0, width)

    def _seen_by_pango(self, number: int, reach: int) -> int:
        words = self.words
        if number + 1 < len(words):
            return reach + words[number].tail - words[number + 1].gap + self.fount.space
        return reach + words[number].tail + self.fount.space if self.trailing else reach

    def _cut(self, start: int, end: int, width: int, limit: int, before: int) -> Taken | None:
        """The word `end` does not fit: as much of it as does."""
        word = self.words[end]
        base = 0 if end == start else self._sums[end - 1] - before + word.gap
        token = self._tokens[end]
        for offset in reversed(word.breaks):
            piece = self.fount.words.get(token[:offset]) or self.fount.word(token[:offset])
            if piece.flags & ODD:
                return None
            if base + piece.advance <= limit:
                return Taken(end, offset, base + piece.advance)
        return None if end == start else Taken(end, 0, width)

    def pieces(self, start: int, taken: Taken) -> tuple[list[str], list[Word]]:
        """The words of a line; what is left of a word that was cut stays in the galley."""
        end, offset, _ = taken
        tokens, words = self._tokens[start:end], self.words[start:end]
        if offset:
            token = self._tokens[end]
            piece = self.fount.words[token[:offset]]
            if words and piece.gap != self.words[end].gap:  # after another script
                piece = _after_another_script(piece, self.fount)
            tokens.append(token[:offset])
            words.append(piece)
        return tokens, words

    def drop(self, taken: Taken) -> bool:
        """Take the beginning of a cut word away; False where the rest is not for us."""
        end, offset, _ = taken
        if offset:
            rest = self._tokens[end][offset:]
            word = self.fount.words.get(rest) or self.fount.word(rest)
            if word.flags & (ODD | STICKY):
                return False
            self._tokens[end], self.words[end] = rest, word
            self._sums = list(accumulate(map(_full, self.words)))
        return True


class Taken(NamedTuple):
    """What is on a line: words up to `end`, and `cut` characters of that one."""

    end: int
    cut: int
    width: int


def galley(fount: Fount, text: str) -> Galley | None:
    """The words of a text without line feeds, its white space collapsed."""
    trailing = text.endswith(" ")
    if trailing:
        text = text[:-1]
    if fount.tied and " " in text:
        tokens, words = [text], [fount.line(text)]
    else:
        tokens = text.split(" ")
        get = fount.words.get
        words = [get(token) or fount.word(token) for token in tokens]
    kinds = 0
    for word in words:
        kinds |= word[0]
    if kinds & (ODD | STICKY):
        return None
    if kinds & COMMON and not fount.uniform:
        return None
    if _joined(words, kinds):
        return None
    scripts = kinds & SCRIPTS
    if scripts & (scripts - 1):
        if kinds & OPENS:
            return None
        mixed = _in_runs(words, fount)
        if mixed is None:
            return None
        words = mixed
    return Galley(fount, tokens, words, trailing)


def _joined(words: Sequence[Word], kinds: int) -> bool:
    """Whether a space is no place to break, for the punctuation on both its sides."""
    for last, first in ((QUOTE_LAST, BRACKET_FIRST), (DASH_LAST, DASH_FIRST)):
        if kinds & last and kinds & first:
            for one, next_one in pairwise(words):
                if one[0] & last and next_one[0] & first:
                    return True
    return False


def _in_runs(words: Sequence[Word], fount: Fount) -> list[Word] | None:
    """Nothing is kerned where the script changes; punctuation belongs to what is before it."""
    found: list[Word] = []
    script = 0
    for word in words:
        own = word[0] & SCRIPTS
        if own and script and own != script:
            if not word[0] & LETTER_FIRST:
                return None
            word = _after_another_script(word, fount)
        script = own or script
        found.append(word)
    return found


def _after_another_script(word: Word, fount: Fount) -> Word:
    return word._replace(
        full=fount.space + word.advance + word.tail,
        gap=fount.space,
        inner=fount.space_tj + word.first,
        last=fount.space_tj + word.alone,
    )


def glyphs(words: Sequence[Word], fount: Fount, trailing: bool) -> bytes:
    """The TJ operands of words beside each other."""
    if len(words) == 1:
        parts = [words[0].first if trailing else words[0].alone]
    else:
        parts = [word[7] for word in words]
        parts[0] = words[0].first
        if not trailing:
            parts[-1] = words[-1].last
    body = b"".join(parts)
    if trailing:
        body += fount.space_tj
    return _closed(body)


def spread_glyphs(words: Sequence[Word], fount: Fount, extra: int) -> bytes:
    """The same with wider spaces: Pango then shapes words and spaces apart."""
    return _closed(fount.spread_space(extra).join([word[5] for word in words]))


def _closed(body: bytes) -> bytes:
    return b"<" + body[:-1] if body.endswith(b"<") else b"<" + body + b">"


def ink(
    words: Sequence[Word], fount: Fount, extra: int | None = None
) -> tuple[float, float, float, float]:
    """The box round all that is black, px; `extra`: by how much spaces are wider, justified."""
    left, top, right, bottom = words[0][9:13]
    if len(words) > 1 or words[0].flags & WILD:
        found: list[tuple[int, int, int, int]] = []
        x = -words[0].gap if extra is None else 0
        for number, word in enumerate(words):
            if extra is None:
                x += word.gap
            elif number:
                x += fount.space + extra
            if word.top != word.bottom:
                found.append((x + word.left, word.top, x + word.right, word.bottom))
            x += word.advance + (word.tail if extra is None else 0)
        if not found:
            return 0.0, 0.0, 0.0, 0.0
        lefts, tops, rights, bottoms = zip(*found, strict=True)
        left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    return left / 1024, top / 1024, right / 1024, bottom / 1024


def can_be_spread(words: Sequence[Word]) -> bool:
    """A no-break space inside a word is spread, too: not here."""
    return not any(word[0] & NO_BREAK_SPACE for word in words)

"""Words of one face and size, put together (`pairs`) or shaped by HarfBuzz, and remembered.

A fount is, as in a printer's case, all the type of one face in one size; here also of one
language and one set of OpenType features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import uharfbuzz as hb

from mailroom.typeset.chars import (
    COMMON,
    COMMON_CHARS,
    CYRILLIC,
    GREEK,
    LATIN,
    LETTERS,
    NAME,
    ODD,
    SCRIPTS,
    describe,
    is_whole,
)
from mailroom.typeset.faces import Face
from mailroom.typeset.pairs import Form, Pairs
from mailroom.typeset.rules import ALWAYS, System
from mailroom.typeset.words import NO_INK, ODD_WORD, Ink, Word, Words, made

_MOST_WORDS = 8_000
_SCRIPTS = {LATIN: "Latn", GREEK: "Grek", CYRILLIC: "Cyrl", COMMON: "Zyyy"}
_TAGS = {LATIN: "latn", GREEK: "grek", CYRILLIC: "cyrl", COMMON: "DFLT"}


_UNSAFE = hb.GlyphFlags.UNSAFE_TO_BREAK


_Token = tuple[bytes, int, int, int, int]
"""A glyph as in a TJ string, with its kerning, and its ink."""


class Gap(NamedTuple):
    """A space in a text that was shaped as a whole."""

    reach: int  #: the advance of all before it
    advance: int
    own: Any  #: hb.GlyphInfo of it, and of what follows; None at the end of the text
    following: Any

    def is_safe(self) -> bool:
        """Whether the text could be parted before and after the space without a change."""
        return self.own is None or not (self.own.flags | self.following.flags) & _UNSAFE


class _Shaped(NamedTuple):
    advance: int
    glyphs: list[bytes]
    ink: Ink
    last: tuple[int, int, int]  #: glyph, its advance, and the script


class Fount:
    """The type to set text with.

    `breaks` tells where a word may be broken, `languages` as what each script is shaped.
    """

    def __init__(
        self,
        face: Face,
        size: float,
        features: Mapping[str, int],
        languages: Mapping[int, str],
        breaks: Callable[[str], tuple[int, ...]],
    ) -> None:
        self.face, self.sized = face, face.sized(size)
        self.words = Words(self._word, _MOST_WORDS)
        self.unkerned = Words(self._unkerned, _MOST_WORDS)  #: with the space before them
        self._lines: Words[tuple[str, int, bool]] = Words(self._whole_line, _MOST_WORDS)
        self.slack = 0  #: no two words seen are kerned with a space between them by more
        self._features, self._languages, self._breaks = dict(features), languages, breaks
        self._buffer = hb.Buffer()
        self._buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS  # as Pango
        self._tokens: dict[tuple[int, int], _Token] = {}
        self._tails: dict[tuple[int, int, int], int] = {}
        self._pairs: dict[int, Pairs] = {}
        self._gap = 0
        self._most_tail = self._most_gap = 0
        self._space_glyph = self.sized.font.get_nominal_glyph(0x20)
        self.space: int = self.sized.font.get_glyph_h_advance(self._space_glyph)
        self.space_tj = self._token(self._space_glyph, self.space)[0]
        face.texts.setdefault(self._space_glyph, " ")
        self._overhang = self.space * 3 // 4  # at most that, and words are in order
        self.height = (self.sized.ascent + self.sized.descent) / 1024  #: px
        self.baseline = self.sized.ascent / 1024

    @cached_property
    def tied(self) -> bool:
        """Whether words change with their neighbours, so that only whole lines can be shaped."""
        rules = self.face.rules
        return any(rules.reach_over_spaces(system, self._features) for system in self._systems)

    @cached_property
    def uniform(self) -> bool:
        """Whether punctuation and digits are the same in every script."""
        systems = [
            {key: lookups for key, lookups in system.items() if key[1] in self._in_use}
            for system in self._systems
        ]
        if any(system != systems[0] for system in systems):
            return False
        for char in COMMON_CHARS & self.face.chars:
            forms = {self._form(char, script) for script in _SCRIPTS}
            if len(forms) > 1:
                return False
        return True

    @property
    def _systems(self) -> list[System]:
        return [self._system(script) for script in _TAGS]

    def _system(self, script: int) -> System:
        return self.face.rules.system(_TAGS[script], self._languages[script])

    @property
    def _in_use(self) -> frozenset[str]:
        return (ALWAYS | self._features.keys()) - {"locl"}

    def word(self, text: str) -> Word:
        """The word; flagged ODD where it is not for the quick way."""
        return self.words[text]

    def line(self, text: str, script: int, *, trailing: bool) -> Word:
        """A whole line as one word, for a fount that is tied; `trailing`: before a space."""
        return self._lines[text, script, trailing]

    def _whole_line(self, key: tuple[str, int, bool]) -> Word:
        return self._line(*key, key[1], ())

    def _unkerned(self, text: str) -> Word:
        word = self.words[text]
        return word._replace(
            full=self.space + word.advance + word.tail,
            gap=self.space,
            inner=self.space_tj + word.first,
            last=self.space_tj + word.alone,
        )

    def _line(
        self, text: str, script: int, trailing: bool, flags: int, breaks: tuple[int, ...]
    ) -> Word:
        alone = self._shape(text, script, text, 0)
        spaced = self._shape(text + " ", script, text, 1) if trailing else alone
        if alone is None or spaced is None:
            return ODD_WORD
        first, ending = b"".join(spaced.glyphs), b"".join(alone.glyphs)
        advance, tail = alone.advance, spaced.advance - alone.advance
        self._kerned(tail, self.space)
        return made(
            flags, breaks, self._overhang, advance, tail, self.space, self.space_tj,
            ending, first, spaced.ink,
        )  # fmt: skip

    def length(self, text: str, script: int) -> int:
        """The advance of a text."""
        self._run(text, script)
        return sum([place.x_advance for place in self._buffer.glyph_positions])

    def stretch(self, text: str, script: int) -> list[Gap]:
        """Where each word of a text ends, and the space after it."""
        self._run(text, script)
        infos, places = self._buffer.glyph_infos, self._buffer.glyph_positions
        space, x, found = self._space_glyph, 0, list[Gap]()
        for number, (info, place) in enumerate(zip(infos, places, strict=True)):
            advance = place.x_advance
            if info.codepoint == space and text[info.cluster] == " ":
                found.append(Gap(x, advance, info, infos[number + 1]))
            x += advance
        found.append(Gap(x, 0, None, None))
        return found

    def _word(self, text: str) -> Word:
        flags = describe(text)
        if flags & ODD:
            return ODD_WORD
        script = flags & SCRIPTS or COMMON
        breaks = () if flags & NAME or is_whole(text) else self._breaks(text)
        try:
            return self._pairs[script].word(text, flags, breaks)
        except KeyError:
            if not self.face.chars.issuperset(text):
                return ODD_WORD
        if self.tied:  # it is alone on its line
            return self._line(text, script, False, flags, breaks)
        if script not in self._pairs:
            self._pairs[script] = self._pairs_of(script)
            return self._word(text)
        return self._shaped(text, script, flags, breaks)

    def _shaped(self, text: str, script: int, flags: int, breaks: tuple[int, ...]) -> Word:
        shaped = self._shape(f" {text} ", script, text, 2)
        if shaped is None:
            return ODD_WORD
        last, gap = shaped.last, self._gap
        tail = self._tails.get(last)
        if tail is None:
            alone = self._shape(text, script, text, 0)
            tail = shaped.advance - alone.advance if alone else 0
            if last[1]:  # what is kerned beside a mark is the letter below it
                self._tails[last] = tail
        glyphs = shaped.glyphs
        first = ending = b"".join(glyphs)
        if tail:
            glyphs[-1] = self._token(last[0], last[1] - tail)[0]
            ending = b"".join(glyphs)
        space = self.space_tj if gap == self.space else self._token(self._space_glyph, gap)[0]
        advance = shaped.advance - tail
        self._kerned(tail, gap)
        return made(
            flags, breaks, self._overhang, advance, tail, gap, space, ending, first, shaped.ink
        )

    def _kerned(self, tail: int, gap: int) -> None:
        """Take notice of how a word is kerned with the spaces round it."""
        self._most_tail = max(self._most_tail, abs(tail))
        self._most_gap = max(self._most_gap, abs(gap - self.space))
        self.slack = self._most_tail + self._most_gap

    def _pairs_of(self, script: int) -> Pairs:
        chars = COMMON_CHARS.union(LETTERS.get(script, ()), " ") & self.face.chars - {"\xa0"}
        rules, system = self.face.rules, self._system(script)
        if self._form(" ", script)[0][0] != self._space_glyph:
            chars = frozenset()
        return Pairs(
            rules.loose(system, self._features, chars),
            self._overhang,
            lambda text: self._form(text, script),
            self._noted,
            self._kerned,
        )

    def _noted(self, glyph: int, advance: int, char: str) -> _Token:
        self.face.texts.setdefault(glyph, char)
        return self._token(glyph, advance)

    def _shape(self, text: str, script: int, word: str, spaces: int) -> _Shaped | None:
        """Shape a word, or one with a space after it (1), or one on both sides (2).

        None where a glyph is raised, or where a space is not what it is elsewhere.
        """
        self._run(text, script)
        buffer = self._buffer
        infos, places = buffer.glyph_infos, buffer.glyph_positions
        if spaces:
            if infos.pop().codepoint != self._space_glyph or places.pop().x_offset:
                return None
            if spaces == 2:
                place = places.pop(0)
                if infos.pop(0).codepoint != self._space_glyph or place.x_offset:
                    return None
                self._gap = place.x_advance
        return self._measured(infos, places, word, script, spaces == 2)

    def _run(self, text: str, script: int) -> None:
        """Have HarfBuzz shape a text in the buffer."""
        buffer = self._buffer
        buffer.clear_contents()
        buffer.add_str(text)
        buffer.direction = "ltr"
        buffer.script = _SCRIPTS[script]
        buffer.language = self._languages[script]
        hb.shape(self.sized.font, buffer, self._features)

    def _form(self, text: str, script: int) -> Form:
        """What glyphs a text has in a script, and where."""
        self._run(text, script)
        pairs = zip(self._buffer.glyph_infos, self._buffer.glyph_positions, strict=True)
        return tuple((info.codepoint, *place.position) for info, place in pairs)

    def _measured(
        self, infos: list[Any], places: list[Any], word: str, script: int, shift: bool
    ) -> _Shaped | None:
        tokens = self._tokens
        left, top, right, bottom = NO_INK
        x = glyph = advance = 0
        glyphs: list[bytes] = []
        for info, place in zip(infos, places, strict=True):
            glyph = info.codepoint
            offset, rise, advance, _ = place.position
            token = tokens.get((glyph, advance))
            if token is None:
                self._note(infos, word, shift)
                token = self._token(glyph, advance)
            tj, a, b, c, d = token
            at = x
            if offset or rise:
                if rise:
                    return None
                tj, at = self._moved(glyph, advance, offset), x + offset
            glyphs.append(tj)
            if at + a < left:
                left = at + a
            if b < top:
                top = b
            if at + c > right:
                right = at + c
            if d > bottom:
                bottom = d
            x += advance
        return _Shaped(x, glyphs, (left, top, right, bottom), (glyph, advance, script))

    def _note(self, infos: list[Any], word: str, shift: bool) -> None:
        """Remember what the glyphs of a word stand for."""
        texts = self.face.texts
        ends = [info.cluster - shift for info in infos[1:]] + [len(word)]
        for info, end in zip(infos, ends, strict=True):
            texts.setdefault(info.codepoint, word[info.cluster - shift : end])

    def _token(self, glyph: int, advance: int) -> _Token:
        """A glyph, and how far its advance is from the one in the font (draw/text.py)."""
        kerning = int(self.face.width(glyph) - advance * 1000 / 1024 / self.sized.size)
        tj = b"%04x" % glyph
        if kerning:
            tj += b">%d<" % kerning
        box = self.sized.ink(glyph) or NO_INK
        token = self._tokens[glyph, advance] = (tj, *box)
        return token

    def _moved(self, glyph: int, advance: int, offset: int) -> bytes:
        """A glyph that stands beside its place; the units are mixed up as in WeasyPrint."""
        moved = offset / self.sized.size
        kerning = int(self.face.width(glyph) + moved - advance * 1000 / 1024 / self.sized.size)
        tj = f">{-moved}<{glyph:04x}"
        if kerning:
            tj += f">{kerning}<"
        return tj.encode("ascii")

    def spread_space(self, extra: int) -> bytes:
        """A space that is `extra` wider: Pango puts half of it before the space."""
        before = extra // 2
        if not extra & 1023:
            before = (before + 512) & ~1023
        if before:
            return self._moved(self._space_glyph, self.space + extra, before)
        return self._token(self._space_glyph, self.space + extra)[0]

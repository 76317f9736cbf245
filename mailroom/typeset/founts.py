"""Words of one face and size, shaped by HarfBuzz once and remembered.

A fount is, as in a printer's case, all the type of one face in one size; here also of one
language and one set of OpenType features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import uharfbuzz as hb

from mailroom.typeset.chars import (
    COMMON,
    COMMON_CHARS,
    CYRILLIC,
    GREEK,
    LATIN,
    ODD,
    SCRIPTS,
    WILD,
    describe,
    is_whole,
)
from mailroom.typeset.faces import Face

_MOST_WORDS = 50_000
_SCRIPTS = {LATIN: "Latn", GREEK: "Grek", CYRILLIC: "Cyrl", COMMON: "Zyyy"}
_TAGS = {LATIN: "latn", GREEK: "grek", CYRILLIC: "cyrl", COMMON: "DFLT"}


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
    left: int = 0  #: ink, from the origin, y downwards
    top: int = 0
    right: int = 0
    bottom: int = 0
    breaks: tuple[int, ...] = ()  #: where it may be broken, in characters


_ODD = Word(ODD, 0, 0, 0, 0, b"", b"", b"", b"")


class _Shaped(NamedTuple):
    advance: int
    glyphs: list[bytes]
    ink: tuple[int, int, int, int] | None
    last_advance: int
    last_glyph: int


class Fount:
    """The type to set text with; `breaks` tells where a word may be broken, `languages` what
    language HarfBuzz is told for each script.
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
        self.words: dict[str, Word] = {}
        self.slack = 0  #: no two words seen are kerned with a space between them by more
        self._features, self._languages, self._breaks = dict(features), languages, breaks
        self._buffer = hb.Buffer()
        self._buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS  # as Pango
        self._tokens: dict[tuple[int, int], bytes] = {}
        self._tails: dict[int, int] = {}
        self._most_tail = self._most_gap = 0
        self._space_glyph = self.sized.font.get_nominal_glyph(0x20)
        self.space = self.sized.font.get_glyph_h_advance(self._space_glyph)
        self.space_tj = self._token(self._space_glyph, self.space)

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
            forms = [self._shape(char, script, 0, None) for script in _SCRIPTS]
            if any(form != forms[0] for form in forms):
                return False
        return True

    @property
    def _systems(self) -> list[Mapping[tuple[str, str], tuple[int, ...]]]:
        rules = self.face.rules
        return [rules.system(tag, self._languages[script]) for script, tag in _TAGS.items()]

    @property
    def _in_use(self) -> frozenset[str]:
        from mailroom.typeset.rules import ALWAYS

        return (ALWAYS | self._features.keys()) - {"locl"}

    def word(self, text: str) -> Word:
        """The word, from now on in `words`; flagged ODD where it is not for the quick way."""
        if len(self.words) >= _MOST_WORDS:
            self.words.clear()
        word = self.words[text] = self._word(text)
        return word

    def line(self, text: str) -> Word:
        """A whole line as one word: for a face that is tied."""
        key = text + "\n"  # no word has that
        return self.words.get(key) or self._remember(key, text)

    def _remember(self, key: str, text: str) -> Word:
        flags = 0
        for token in text.split(" "):
            flags |= describe(token)
        flags &= SCRIPTS | ODD | COMMON
        if flags & SCRIPTS not in (0, LATIN, GREEK, CYRILLIC):
            flags = ODD
        if flags & SCRIPTS:
            flags &= ~COMMON
        if len(self.words) >= _MOST_WORDS:
            self.words.clear()
        word = self.words[key] = self._set(text, flags, ()) if self._has(text, flags) else _ODD
        return word

    def _has(self, text: str, flags: int) -> bool:
        return not flags & ODD and self.face.chars.issuperset(text)

    def _word(self, text: str) -> Word:
        flags = describe(text)
        if not self._has(text, flags):
            return _ODD
        return self._set(text, flags, () if is_whole(text) else self._breaks(text))

    def _set(self, text: str, flags: int, breaks: tuple[int, ...]) -> Word:
        script = flags & SCRIPTS or COMMON
        if self.tied:
            shaped = self._shape(text + " ", script, 1, text)
            alone = self._shape(text, script, 0, text)
            if shaped is None or alone is None:
                return _ODD
            tail, gap, ending = shaped.advance - alone.advance, self.space, alone.glyphs
        else:
            shaped = self._shape(f" {text} ", script, 2, text)
            if shaped is None:
                return _ODD
            gap = self._gap
            known = self._tails.get(shaped.last_glyph)
            tail = self._tail(text, script, shaped) if known is None else known
            ending = shaped.glyphs
            if tail:
                cut = self._token(shaped.last_glyph, shaped.last_advance - tail)
                ending = [*shaped.glyphs[:-1], cut]
        kern = gap - self.space
        if tail or kern:
            self._most_tail = max(self._most_tail, abs(tail))
            self._most_gap = max(self._most_gap, abs(kern))
            self.slack = self._most_tail + self._most_gap
        first = b"".join(shaped.glyphs)
        alone_tj = b"".join(ending) if tail or self.tied else first
        space = self._token(self._space_glyph, gap) if kern else self.space_tj
        advance = shaped.advance - tail
        left, _top, right, _bottom = ink = shaped.ink or (0, 0, 0, 0)
        room = self.space // 2
        if not shaped.ink or left < -room or right > advance + room or right <= 0:
            flags |= WILD
        if left >= advance or gap < room:
            flags |= WILD
        return Word(
            flags, gap + shaped.advance, advance, tail, gap,
            alone_tj, first, space + first, space + alone_tj, *ink, breaks,
        )  # fmt: skip

    def _tail(self, text: str, script: int, shaped: _Shaped) -> int:
        alone = self._shape(text, script, 0, text)
        tail = shaped.advance - alone.advance if alone else 0
        if shaped.last_advance:  # kerning beside a mark depends on the letter below it
            self._tails[shaped.last_glyph] = tail
        return tail

    def _shape(self, text: str, script: int, spaces: int, word: str | None) -> _Shaped | None:
        """Shape a word, or one with a space after it (1), or one on both sides (2).

        None where a glyph is raised, or a space is not what it is elsewhere. What `word` is,
        is remembered of its glyphs.
        """
        buffer = self._buffer
        buffer.clear_contents()
        buffer.add_str(text)
        buffer.direction = "ltr"
        buffer.script = _SCRIPTS[script]
        buffer.language = self._languages[script]
        hb.shape(self.sized.font, buffer, self._features)
        infos, places = buffer.glyph_infos, buffer.glyph_positions
        if spaces:
            if infos[-1].codepoint != self._space_glyph or places[-1].x_offset:
                return None
            del infos[-1], places[-1]
            if spaces == 2:
                if infos[0].codepoint != self._space_glyph or places[0].x_offset:
                    return None
                self._gap = places[0].x_advance
                del infos[0], places[0]
        if not infos:
            return None
        if word is not None:
            self._note(infos, word, spaces == 2)
        return self._measure(infos, places)

    def _measure(self, infos: Sequence[Any], places: Sequence[Any]) -> _Shaped | None:
        tokens, known = self._tokens, self._sized_inks
        x = left = top = right = bottom = 0
        glyphs: list[bytes] = []
        inked = False
        glyph = advance = 0
        for info, place in zip(infos, places, strict=True):
            glyph, advance = info.codepoint, place.x_advance
            offset = place.x_offset
            if place.y_offset:
                return None
            ink = known[glyph] if glyph in known else self.sized.ink(glyph)
            if ink is not None:
                at = x + offset
                if not inked:
                    inked = True
                    left, top, right, bottom = at + ink[0], ink[1], at + ink[2], ink[3]
                else:
                    if at + ink[0] < left:
                        left = at + ink[0]
                    if at + ink[2] > right:
                        right = at + ink[2]
                    if ink[1] < top:
                        top = ink[1]
                    if ink[3] > bottom:
                        bottom = ink[3]
            if offset:
                glyphs.append(self._moved(glyph, advance, offset))
            else:
                token = tokens.get((glyph, advance))
                glyphs.append(self._token(glyph, advance) if token is None else token)
            x += advance
        return _Shaped(x, glyphs, (left, top, right, bottom) if inked else None, advance, glyph)

    @property
    def _sized_inks(self) -> dict[int, Any]:
        return self.sized.inks

    def _note(self, infos: Sequence[Any], word: str, spaced: bool) -> None:
        texts = self.face.texts
        for number, info in enumerate(infos):
            if info.codepoint not in texts:
                start = info.cluster - spaced
                following = infos[number + 1 :]
                end = following[0].cluster - spaced if following else len(word)
                texts[info.codepoint] = word[start:end]

    def _token(self, glyph: int, advance: int) -> bytes:
        """A glyph, and how far its advance is from the one in the font (draw/text.py)."""
        kerning = int(self.face.width(glyph) - advance * 1000 / 1024 / self.sized.size)
        token = b"%04x" % glyph
        if kerning:
            token += b">%d<" % kerning
        self._tokens[glyph, advance] = token
        return token

    def _moved(self, glyph: int, advance: int, offset: int) -> bytes:
        """A glyph that stands beside its place; the units are mixed up as in WeasyPrint."""
        moved = offset / self.sized.size
        kerning = int(self.face.width(glyph) + moved - advance * 1000 / 1024 / self.sized.size)
        token = f">{-moved}<{glyph:04x}"
        if kerning:
            token += f">{kerning}<"
        return token.encode("ascii")

    def spread_space(self, extra: int) -> bytes:
        """A space that is `extra` wider: Pango puts half of it before the space."""
        before = extra // 2
        if not extra & 1023:
            before = (before + 512) & ~1023
        if before:
            return self._moved(self._space_glyph, self.space + extra, before)
        return self._token(self._space_glyph, self.space + extra)

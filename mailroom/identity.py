"""Whose page is it? Names, numbers and addresses looked for in the text read back.

A piece's own name is looked for generously (a line break, a ligature, small capitals or
letter-spacing hide nothing), another's strictly (whole words in order), so that neither
"Ann Lee" is missed in her own greeting nor found in "Joann Leeds".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailroom.model import Piece

Tokens = tuple[str, ...]

_SOFT = dict.fromkeys([0x00AD, 0x0002, 0x200B, 0xFFFE, 0x200C, 0x200D, 0x2060])
_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+|[,;:!?()/|·•]")
_SHORT = 6


def words_of(text: str) -> list[str]:
    """The words of a text in order; a comma or the like stands between two of them."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).translate(_SOFT))


def is_printed(wanted: str, text: str) -> bool:
    """Does `text` carry `wanted`, whatever the line breaks, ligatures or capitals?"""
    sought = _squeezed(wanted)
    if not sought:
        return False
    if _contains(_folded(text), tuple(_folded(wanted))):
        return True
    # Letter-spacing comes back as spaces, a broken word in two: compare without any.
    return len(sought) >= _SHORT and sought in _squeezed(text)


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in words_of(text) if word[0].isalnum()]


def _squeezed(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).translate(_SOFT).casefold()
    return "".join(char for char in normal if char.isalnum())


def _contains(words: list[str], sought: Tokens) -> bool:
    count = len(sought)
    return any(
        words[at] == sought[0] and tuple(words[at : at + count]) == sought
        for at in range(len(words) - count + 1)
    )


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The names and street lines by which the pieces of a mailing are told apart."""

    tokens: frozenset[Tokens]
    first: frozenset[str]
    lengths: tuple[int, ...]

    def found_in(self, words: list[str]) -> set[Tokens]:
        """Those that stand in the words, in time that does not grow with the mailing."""
        found: set[Tokens] = set()
        for at, word in enumerate(words):
            if word in self.first:
                here = (tuple(words[at : at + count]) for count in self.lengths)
                found.update(self.tokens.intersection(here))
        return found

    def within(self, texts: Iterable[str]) -> set[Tokens]:
        """Those that stand in any of the texts."""
        return {tokens for text in texts for tokens in self.found_in(words_of(text))}


def identities_of(pieces: Iterable[Piece]) -> Identities:
    """The identities of the pieces; picklable, so that every worker can have all of them."""
    tokens = {tokens for piece in pieces for tokens in _tokens(piece)}
    return Identities(
        tokens=frozenset(tokens),
        first=frozenset(sequence[0] for sequence in tokens),
        lengths=tuple(sorted({len(sequence) for sequence in tokens})),
    )


def _tokens(piece: Piece) -> Iterator[Tokens]:
    names = [piece.greeting.envelope_name.text, *(m.name for m in piece.household.members)]
    # A line without a number is a town or a country: many share it, sentences name it.
    streets = [line for line in piece.address_lines if any(char.isdigit() for char in line)]
    for text in (*names, *streets):
        sequence = tuple(words_of(text))
        if len(sequence) >= 2:  # one word alone is no identity: "Rose", "Berlin"
            yield sequence
            yield tuple(word.upper() for word in sequence)

"""Whose page is it? Names, numbers and addresses looked for in the text read back.

A piece's own name is looked for generously (a line break, a ligature, small capitals or
letter-spacing hide nothing), another's strictly (whole words in order), so that neither
"Ann Lee" is missed in her own greeting nor found in "Joann Leeds".
"""

from __future__ import annotations

import json
import mmap
import os
import re
import tempfile
import unicodedata
import weakref
from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from hashlib import blake2b
from itertools import chain, compress, count
from operator import or_
from pathlib import Path

from mailroom.model import Piece

Tokens = tuple[str, ...]

_SOFT = dict.fromkeys([0x00AD, 0x0002, 0x200B, 0xFFFE, 0x200C, 0x200D, 0x2060])
_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+|[,;:!?()/|·•]")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W_]+")
_EDGES = " \r\n,.;:"  # neither part of a word nor, in NFKC, of the letter beside them
_SHORT = 6
_BUCKET = 4  # hashes in a bucket, more or less
_KNOWN_WORDS = 1 << 15


def words_of(text: str) -> list[str]:
    """The words of a text in order; a comma or the like stands between two of them."""
    if _is_plain(text.replace(" ", "")):
        return text.split()
    return list(chain.from_iterable(map(_known_words.__getitem__, text.split())))


class _KnownWords(dict[str, Tokens]):
    """What stands between two spaces -> the words in it: most texts are made of the same.

    White space ends a word and stays white space in NFKC, so that each can be looked at alone.
    """

    def __missing__(self, part: str) -> Tokens:
        if len(self) >= _KNOWN_WORDS:
            self.clear()
        words = (part,) if _is_plain(part) else tuple(_WORD.findall(_normal(part)))
        self[part] = words
        return words


_known_words = _KnownWords()


def _is_plain(part: str) -> bool:
    """Is it a word as it stands?"""
    return part.isalnum() and (part.isascii() or unicodedata.is_normalized("NFKC", part))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_SOFT)


def is_printed(wanted: str, text: str) -> bool:
    """Does `text` carry `wanted`, whatever the line breaks, ligatures or capitals?"""
    return _is_literal(wanted, text) or _is_disguised(wanted, text)


def is_one_printed(wanted: Iterable[str], text: str) -> bool:
    """Does `text` carry any of them? They are looked for as they are first."""
    tried = []
    for each in wanted:
        if _is_literal(each, text):
            return True
        tried.append(each)
    return any(_is_disguised(each, text) for each in tried)


def _is_literal(wanted: str, text: str) -> bool:
    """Is it there letter by letter, so that nothing need be taken apart to see it?"""
    if not wanted[:1].isalnum() or not unicodedata.is_normalized("NFKC", wanted):
        return False
    at = text.find(wanted)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(wanted) :][:1]
        if before in _EDGES and after in _EDGES:
            return True
        at = text.find(wanted, at + 1)
    return False


def _is_disguised(wanted: str, text: str) -> bool:
    sought = _squeezed(wanted)
    if not sought:
        return False
    words = _folded(wanted)
    if words.strip() and words in _folded(text):
        return True
    # Letter-spacing comes back as spaces, a broken word in two: compare without any.
    return len(sought) >= _SHORT and sought in _squeezed(text)


@lru_cache(maxsize=16)
def _folded(text: str) -> str:
    """The words, small and without what stands between them, a space round each."""
    return f" {' '.join(word.casefold() for word in words_of(text) if word[0].isalnum())} "


@lru_cache(maxsize=16)
def _squeezed(text: str) -> str:
    return "".join(_LETTERS.findall(_normal(text).casefold()))


# --- everybody's ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The names and street lines by which the pieces of a mailing are told apart.

    Kept as 64-bit BLAKE2b hashes in buckets, some ten bytes each. Of a text's words those
    are hashed that begin like one of them; in a million pieces that is so for some ten million
    sequences, each of which looks like a stranger's by chance once in 10^18 times.
    """

    starts: memoryview  #: of each bucket, and the end of the last; a power of two of them
    hashes: memoryview
    first: Mapping[str, int]  #: first word -> bit n: there is a sequence of n words

    def found_in(self, text: str, but: Container[str] = ()) -> set[Tokens]:
        """Those that stand in the text, in time that does not grow with the mailing.

        Those in `but`, with a space between their words, are not looked for.
        """
        parts, begins = text.split(), self._beginnings
        found: set[Tokens] = set()
        for at in compress(count(), map(begins.__getitem__, parts)):
            lengths = begins[parts[at]]
            words = parts[at : at + lengths[-1]]
            if len(lengths) == 1 and " ".join(words) in but:
                continue
            if not _is_plain("".join(words)):
                found.update(self._starting(parts, at, but))
                continue
            for length in lengths:
                sequence = " ".join(words[:length])
                if length <= len(words) and sequence not in but and self._has(sequence):
                    found.add(tuple(words[:length]))
        return found

    def within(self, texts: Iterable[str]) -> set[Tokens]:
        """Those that stand in any of the texts."""
        return {tokens for text in texts for tokens in self.found_in(text)}

    def _starting(self, parts: list[str], at: int, but: Container[str]) -> Iterator[Tokens]:
        """Those that begin with a word of the part of that number."""
        words = list(_known_words[parts[at]])
        for start, bits in enumerate([self.first.get(word, 0) for word in words]):
            while bits >> len(words) - start and at + 1 < len(parts):
                at += 1
                words += _known_words[parts[at]]
            for length in _lengths(bits):
                here = words[start : start + length]
                sequence = " ".join(here)
                if len(here) == length and sequence not in but and self._has(sequence):
                    yield tuple(here)

    @cached_property
    def _beginnings(self) -> _Beginnings:
        return _Beginnings(self.first)

    def _has(self, sequence: str) -> bool:
        number, starts = int.from_bytes(_hash(sequence), "little"), self.starts
        bucket = number & (len(starts) - 2)
        return number in self.hashes[starts[bucket] : starts[bucket + 1]]

    def __reduce__(self) -> tuple[Callable[[str, str], Identities], tuple[str, str]]:
        """A worker is sent the name of a file: all of it in every job would cost too much."""
        return _mapped, self._file

    @cached_property
    def _file(self) -> tuple[str, str]:
        """Name and digest of the file that has all of it; gone with this object."""
        first = json.dumps(self.first, ensure_ascii=False, separators=(",", ":")).encode()
        sizes = array("Q", [len(self.starts), len(self.hashes)])
        parts = (sizes.tobytes(), self.starts.cast("B"), self.hashes.cast("B"), first)
        digest = blake2b(digest_size=16)
        handle, name = tempfile.mkstemp(prefix="mailroom-", suffix=".names")
        weakref.finalize(self, Path(name).unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                digest.update(part)
                file.write(part)
        return name, digest.hexdigest()


class _Beginnings(dict[str, tuple[int, ...]]):
    """What stands between two spaces -> the lengths of the identities that its words begin."""

    def __init__(self, first: Mapping[str, int]) -> None:
        super().__init__()
        self._first = first

    def __missing__(self, part: str) -> tuple[int, ...]:
        if len(self) >= _KNOWN_WORDS:
            self.clear()
        first = self._first
        if _is_plain(part):
            bits = first.get(part, 0)
        else:
            bits = reduce(or_, [first.get(word, 0) for word in _known_words[part]], 0)
        self[part] = lengths = _lengths(bits)
        return lengths


@lru_cache(maxsize=2)
def _mapped(name: str, _digest: str) -> Identities:
    """What another process has written; its pages are shared by all that map them."""
    with Path(name).open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    buckets, hashes = whole[:16].cast("Q")
    ends = 16 + 4 * buckets, 16 + 4 * buckets + 8 * hashes
    return Identities(
        starts=whole[16 : ends[0]].cast("I"),
        hashes=whole[ends[0] : ends[1]].cast("Q"),
        first=json.loads(bytes(whole[ends[1] :])),
    )


def identities_of(pieces: Iterable[Piece]) -> Identities:
    """The identities of the pieces; pickled, they are the name of a file on this machine."""
    first: dict[str, int] = {}
    found = bytearray(_hash(""))  # of nobody: a view of nothing at all cannot be cast
    for piece in pieces:
        for words in _sequences(piece):
            first[words[0]] = first.get(words[0], 0) | 1 << len(words)
            text = " ".join(words)
            found += _hash(text)
            if text != (capitals := text.upper()):
                found += _hash(capitals)
    for word, bits in list(first.items()):
        first[word.upper()] = first.get(word.upper(), 0) | bits
    starts, hashes = _in_buckets(memoryview(found).cast("Q"))
    return Identities(starts=memoryview(starts), hashes=memoryview(hashes), first=first)


def _in_buckets(found: memoryview) -> tuple[array[int], array[int]]:
    """Sorted by their lowest bits, and where each bucket starts (a counting sort)."""
    buckets = 1 << (len(found) // _BUCKET).bit_length()
    mask = buckets - 1
    starts = array("I", bytes(4 * (buckets + 1)))
    for number in found:
        starts[number & mask] += 1
    total = 0
    for bucket, size in enumerate(starts):  # where it ends: it is filled from behind
        total += size
        starts[bucket] = total
    hashes = array("Q", bytes(8 * len(found)))
    for number in found:
        bucket = number & mask
        starts[bucket] -= 1
        hashes[starts[bucket]] = number
    return starts, hashes


def tokens_of(piece: Piece) -> set[Tokens]:
    """By what one piece is told apart: as it is written, and in capitals."""
    written = set(map(tuple, _sequences(piece)))
    return written | {tuple(map(str.upper, words)) for words in written}


def _sequences(piece: Piece) -> Iterator[list[str]]:
    names = [piece.greeting.envelope_name.text, *[m.name for m in piece.household.members]]
    # A line without a number is a town or a country: many share it, sentences name it.
    streets = [line for line in piece.address_lines if _has_digit(line)]
    for text in {*names, *streets}:
        words = words_of(text)
        if len(words) >= 2:  # one word alone is no identity: "Rose", "Berlin"
            yield words


def _has_digit(line: str) -> bool:
    return bool(_DIGIT.search(line)) or (not line.isascii() and any(map(str.isdigit, line)))


def _hash(sequence: str) -> bytes:
    return blake2b(sequence.encode("utf-8", "surrogatepass"), digest_size=8).digest()


@lru_cache(maxsize=1024)
def _lengths(bits: int) -> tuple[int, ...]:
    return tuple(length for length in range(bits.bit_length()) if bits >> length & 1)

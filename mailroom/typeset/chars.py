"""Which characters words are made of, and where such words may be broken (UAX 14).

Only what most names and letters are written with is known here; a word with anything else is
left to Pango, and so is where a word with punctuation inside may be broken.
"""

from __future__ import annotations

import re

LATIN, GREEK, CYRILLIC = 1, 2, 4
SCRIPTS = LATIN | GREEK | CYRILLIC
ODD = 8  #: not for the quick way
LETTER_FIRST = 16  #: begins with a letter of its script
OPENS = 32  #: has a bracket or quote that opens: what closes it is of the script before it
STICKY = 64  #: a space at one of its ends may be no place to break a line
QUOTE, DASH = 128, 4096  #: at its end, which a space may not part from the next (LB15, LB17)
NO_BREAK_SPACE = 256
WILD = 512  #: ink reaches far beyond its advance
NAME = 2048  #: letters, and perhaps a full stop or comma
COMMON = 1024  #: without letters: set in the script of what stands around it

_LETTERS = {  # Scripts.txt of Unicode 14, without what is no letter
    LATIN: r"A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1e00-\u1eff",
    GREEK: r"\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1"
    r"\u03a3-\u03e1\u1f00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b"
    r"\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3"
    r"\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc",
    CYRILLIC: r"\u0400-\u0481\u048a-\u052f",
}
_ALL = "".join(_LETTERS.values())
_MARKS = r"\u0300-\u0345"  # without the joiners and the doubles after them
COMMON_CHARS = frozenset(
    "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]_{|}~¡£§©«®°±²³´·¹»¼½¾¿×÷‐–—‘’‚“”„†‡•…‹›€№\xa0"
)
_COMMON = re.escape("".join(sorted(COMMON_CHARS)))
_KNOWN = re.compile(f"[{_ALL}{_COMMON}][{_ALL}{_MARKS}{_COMMON}]*")
_WHOLE = re.compile(rf"[¡¿“‘\"'«(\[{{„‚‹]*[0-9{_ALL}][0-9{_ALL}{_MARKS}’']*[.,;:!?)\]}}»”’\"'…›]*")
LETTERS = {
    bit: frozenset(re.findall(f"[{letters}]", "".join(map(chr, range(0x2000)))))
    for bit, letters in _LETTERS.items()
}
_NAME = {bit: re.compile(f"[{letters}]+[.,]?").fullmatch for bit, letters in _LETTERS.items()}
_NUMBER = re.compile("[0-9]+[.,]?").fullmatch
_ORDINARY = {  # by their first characters: the words most texts are made of
    **{char: (_NAME[bit], bit | LETTER_FIRST | NAME) for bit in LETTERS for char in LETTERS[bit]},
    **dict.fromkeys("0123456789", (_NUMBER, COMMON)),
}
_JOINED = re.compile("[\"'«»‘’“”‹›] [([{¡¿‚„]")
_SCRIPTED = {bit: re.compile(f"[{letters}]") for bit, letters in _LETTERS.items()}
_OPENING = frozenset("([{«‘‚“„‹<")
_QUOTES = frozenset("\"'«»‘’“”‹›")
_BRACKETS = frozenset("([{¡¿‚„")
_NEVER_FIRST = frozenset("!),./:;?]}")


def describe(word: str) -> int:
    """The flags of a word without spaces."""
    ordinary = _ORDINARY.get(word[:1])
    if ordinary and ordinary[0](word):
        return ordinary[1]
    if not _KNOWN.fullmatch(word):
        return ODD
    flags = 0
    for bit, letters in _SCRIPTED.items():
        if found := letters.search(word):
            flags |= bit
            if found.start() == 0:
                flags |= LETTER_FIRST
    if flags & SCRIPTS not in (0, LATIN, GREEK, CYRILLIC):
        return ODD  # more than one run
    if not flags:
        flags = COMMON
    if "\xa0" in word:
        flags |= NO_BREAK_SPACE
    first, last = word[0], word[-1]
    if first in _NEVER_FIRST or last in _BRACKETS:
        flags |= STICKY
    if last in _QUOTES:
        flags |= QUOTE
    if last == "—":
        flags |= DASH
    if not _OPENING.isdisjoint(word):
        flags |= OPENS
    return flags


def is_whole(word: str) -> bool:
    """Whether a word has no place where a line may be broken; False: Pango has to be asked."""
    return len(word) == 1 or _WHOLE.fullmatch(word) is not None


def is_joined(text: str, kinds: int) -> bool:
    """Whether a space is no place to break, for the punctuation on both its sides.

    `kinds`: the flags of all its words.
    """
    if kinds & DASH and "— —" in text:
        return True
    return kinds & QUOTE != 0 and _JOINED.search(text) is not None

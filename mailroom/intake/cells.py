"""A cell as it is meant: composed letters, no stray blanks, no spreadsheet's apostrophe.

Nearly all rows have nothing to mend, so a whole row is asked first, in a few calls.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

from mailroom.intake.words import words_of

#: What programs write where they have nothing, between marks too; half of a pair may be cut off.
_MARKED = frozenset(
    f"{before}{word}{behind}"
    for before, behind in product(("", *"<([{\"'*"), ("", *">)]}\"'*"))
    for word in words_of("nothing_of_programs")
    if before or behind
)
#: What people and databases write where they mean nothing.
NOTHING = _MARKED | words_of("nothing")
#: Written so by programs; Nan is a woman's name, and a town.
_NO_NUMBER = frozenset({"nan", "NaN", "NAN"})
LONGEST_NOTHING = max(map(len, NOTHING)) + 1
#: Of those, what people are really called, written so; a person has to tell.
PERHAPS_NAMES = frozenset({"Null", "Na", "Nil"})

#: Letters of no width and marks of direction; the joiners stay in scripts that need them.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    r"\ufff9-\ufffb\ud800-\udfff]|(?<![ÃÂâ])[\x7f-\x84\x86-\x9f\xad]"
    r"|(?:(?<=[\x00-\u024f])|^)[\u200c\u200d]"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
#: Not after a letter that a wrong encoding leaves: "Ã\xa0" was an à, and must be found as such.
_BLANKS = re.compile(r"(?<![ÃÂâ])\xa0|[\u1680\u2000-\u200a\u202f\u205f\t]")


def _cases(word: str) -> set[str]:
    """The word in every mixture of capitals, or, where those are many, in the usual ones."""
    if len(word) > 5:
        return {word, word.upper(), word.capitalize(), word.title()}
    return {"".join(letters) for letters in product(*({c, c.upper()} for c in word))}


NOTHING_IN_ANY_CASE = _NO_NUMBER | {text for word in NOTHING for text in _cases(word)}


def are_tidy(joined: str) -> bool:
    """Whether no cell of a row, `joined` by strokes, has a sign or a blank to mend.

    A cell that holds a stroke itself may be looked at in vain; words for nothing are another
    matter (`NOTHING_IN_ANY_CASE`).
    """
    return (
        joined.isprintable()
        and " |" not in joined
        and "| " not in joined
        and ("'" not in joined or ("|'" not in joined and joined[0] != "'"))
        and joined[0] != " "
        and joined[-1] != " "
        and (joined.isascii() or unicodedata.is_normalized("NFC", joined))
    )


def is_plain(cell: str) -> bool:
    """The same of one cell that is not empty, which holds one value too."""
    return (
        cell.isascii()
        and cell.isprintable()
        and cell[0] not in "' "
        and cell[-1] != " "
        and ";" not in cell
        and "::" not in cell
        and cell not in NOTHING_IN_ANY_CASE
    )


def tidy(cell: str) -> str:
    """The cell in NFC without what nobody sees; line breaks inside stay."""
    if cell.isascii() and cell.isprintable():
        return cell.strip()
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", cell))
    return _BLANKS.sub(" ", _LINE_ENDS.sub("\n", text)).strip()


def without_apostrophe(text: str) -> str:
    """What stands behind the apostrophe that keeps a spreadsheet from counting, or the text."""
    if len(text) > 1 and text[0] == "'" and (text[1].isdigit() or is_formula(text[1:])):
        return text[1:]
    return text


def is_formula(text: str) -> bool:
    """Would a spreadsheet calculate it, blanks or not, or if an apostrophe were taken away?

    The wide signs of East Asia count as well; and a line break or tab at the beginning, behind
    which another program may look.
    """
    if text[:1] in ("\t", "\r", "\n"):
        return True
    start = next((c for c in text if c != "'" and unicodedata.category(c)[0] not in "ZC"), "")
    return bool(start) and unicodedata.normalize("NFKC", start)[0] in "=+-@"


def is_nothing(text: str) -> bool:
    """Whether it is a word for nothing, wherever it stands."""
    return len(text) < LONGEST_NOTHING and (text in _NO_NUMBER or text.casefold() in NOTHING)


def means_nothing(text: str, name: str | None) -> bool:
    """Whether the cell of a field stands for an empty one.

    NA is Namibia's code and that of Naples (`places` tells), and people are called Na and Null.
    """
    if not is_nothing(text):
        return False
    if text.upper() == "NA" and name and name.endswith((".country", ".region")):
        return False
    return not (name in {"first_name", "last_name", "full_name"} and text in PERHAPS_NAMES)

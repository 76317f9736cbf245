"""The cells of a row as they are meant: tidied, emptied, one value where there should be one.

Nearly all rows have nothing to mend, so a whole row is asked first, in a few calls.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mailroom.intake import cells, dates, flags, people, places
from mailroom.intake.draft import Draft, Plan
from mailroom.intake.fields import NAMES, PRINTED, picker
from mailroom.intake.repairs import REFUSE

#: Fields in which several values have their place, or line breaks belong.
_MANY = frozenset({"tag", *PRINTED})
#: Fields of which no value begins with an apostrophe, as names do: 't Hooft.
_BARE = frozenset(
    {"id", "email", "phone", *dates.FIELDS}
    | {f"{prefix}{part}" for prefix in places.PREFIXES for part in ("postcode", "country")}
)
_LINES = frozenset(name for name in places.FIELDS if name.endswith(("line1", "line2", "whole")))
_FALSE = frozenset({"false", "False", "FALSE"})
#: Fields that hold words: none of them is answered by yes or no.
_TEXTS = places.FIELDS | {
    *("salutation", "title", "first_name", "middle_name", "last_name", "full_name", "suffix"),
    *("company", "department", "email", "phone", "language", "owner", "nickname", *people.PARTNER),
    *("note", "tag", "addressee", "postal_greeting", "birthday", "anniversary"),
}
#: Another record as Odoo's API has it, its number and its name.
_NUMBERED = re.compile(r"\d+;\s*(\S.*)")
_SEVERAL = re.compile(r"\s*(?:::+|;(?<!&amp;)(?<!&nbsp;)|\n)\s*")
_SEVERAL_EMAILS = re.compile(r"\s*(?:::+|[;,\n])\s*|(?<=[^\s*])\s+(?=\S+@)")
_SEVERAL_PHONES = re.compile(r"\s*(?:::+|\n|;(?=\s*[+(\d]))\s*")
_SEVERAL_STREETS = re.compile(r"\s*:::+\s*")


def fit(texts: tuple[str, ...], width: int, draft: Draft) -> tuple[str, ...]:
    """A row as wide as the header; too wide is an error, since its cells may have shifted."""
    if len(texts) < width:
        message = f"{len(texts)} cells where the header has {width}; the rest is empty"
        draft.warn("short-row", message, "is there a line break in a cell without quotes?")
        return texts + ("",) * (width - len(texts))
    if any(cell.strip() for cell in texts[width:]):
        message = f"{len(texts)} cells where the header has {width}: columns may have shifted"
        draft.error("long-row", message, "put quotes round the cell with the delimiter in it")
    return texts[:width]


class Tidying:
    """Mends the cells of a file's rows, by decision."""

    def __init__(self, plan: Plan, telling: Collection[str]) -> None:
        """`telling`: cells that somebody else wants to see (`is_done` is false for such a row)."""
        self._plan = plan
        self._singles = picker([p for p, n in plan.mapped if n not in _MANY])
        self._remarkable = frozenset((*cells.NOTHING_IN_ANY_CASE, *_FALSE, *telling))

    def is_done(self, texts: tuple[str, ...], joined: str) -> bool:
        """Whether there is nothing to do in a row; `joined` is all of it between strokes."""
        return (
            self._remarkable.isdisjoint(texts)
            and cells.are_tidy(joined)
            and not ((";" in joined or "::" in joined) and self._has_several(texts))
        )

    def tidied(self, texts: tuple[str, ...], joined: str, draft: Draft) -> tuple[str, ...]:
        """Every cell of a row as it is meant."""
        if (
            not cells.are_tidy(joined)
            or not cells.NOTHING_IN_ANY_CASE.isdisjoint(texts)
            or self._has_several(texts)
        ):
            texts = tuple(
                text if not text or cells.is_plain(text) else self._tidy(text, place, draft)
                for place, text in enumerate(texts)
            )
        return self._without_false(texts, draft) if "alse" in joined else texts

    def _has_several(self, texts: tuple[str, ...]) -> bool:
        """Whether a column that should have one value has what stands between two."""
        singles = "|".join(self._singles(texts))
        return ";" in singles or "::" in singles

    def _without_false(self, texts: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
        """Where a text should be, Odoo has `false` for nothing; of a flag it is the answer."""
        return tuple(
            ""
            if text in _FALSE and name in _TEXTS and draft.may_at("emptied", (place,), text, "")
            else text
            for place, (text, name) in enumerate(zip(texts, self._plan.names, strict=True))
        )

    def _tidy(self, cell: str, place: int, draft: Draft) -> str:
        """One cell as it is meant; of a column that nobody reads nothing is said."""
        name = self._plan.names[place]
        text = cells.tidy(cell)
        if name is None:
            return cells.without_apostrophe(text)
        if cells.means_nothing(text, name) and not (
            (name in flags.FLAGS or name == "mail_ok") and flags.is_doubtful(text)
        ):
            return self._emptied(text, name, place, draft)
        if name in NAMES and "\n" not in text:
            text = " ".join(text.split())
        is_clean = text in (cell, cell.replace("\r\n", "\n"))
        if not (is_clean or draft.may_at("cleaned", (place,), repr(cell), repr(text))):
            return cell.encode("utf-8", "replace").decode()  # half a letter cannot be kept
        bare = text[1:] if text[:1] == "'" and name in _BARE else cells.without_apostrophe(text)
        if bare != text and draft.may_at("apostrophe", (place,), text, bare):
            text = bare
        if self._plan.headers[place].endswith("_id") and (pair := _NUMBERED.fullmatch(text)):
            return pair[1]
        return self._single(text, name, place, draft)

    def _single(self, text: str, name: str, place: int, draft: Draft) -> str:
        """The value that counts of several in one cell, if that was decided."""
        first = _first_of_several(text, name)
        if first == text:
            return text
        holds = name in NAMES or name in places.FIELDS
        may = draft.may_at("several-values", (place,), text, first, holds=holds)
        return first if may else text

    def _emptied(self, text: str, name: str, place: int, draft: Draft) -> str:
        """A word that means nothing, taken away; of a name a person should look."""
        if self._plan.ways["emptied"] == REFUSE:
            return text
        if name not in NAMES:
            draft.may_at("emptied", (place,), text, "")
            return ""
        header = self._plan.headers[place]
        draft.before[header] = draft.cells[place]
        hint = "if it is a name, write it as a name: Null, not null"
        draft.warn("emptied-name", f"{header}: {text} -> (empty)", hint)
        return ""


def _first_of_several(text: str, name: str) -> str:
    """Of several values in a cell the one with a star, else the first; else the cell."""
    if name in _MANY:
        return text
    pattern = _SEVERAL
    if name in _LINES:
        pattern = _SEVERAL_STREETS
    elif name in ("email", "phone"):
        pattern = _SEVERAL_EMAILS if name == "email" else _SEVERAL_PHONES
    values = [value for value in pattern.split(text) if value]
    if len(values) < 2:
        return text
    starred = (value for value in values if value.startswith("* "))
    return next(starred, values[0]).removeprefix("* ")

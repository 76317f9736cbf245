"""Where the header stands: below a title, above a second header, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import InputError
from mailroom.exports.catalogue import best_match, is_word_of_a_crm
from mailroom.exports.words import is_known
from mailroom.intake.columns import squash
from mailroom.readers import Row

#: Rows among which the header is looked for.
WITHIN = 60
_NUMBER = r"[\d.,\s]*\d[\d.,\s]*"
#: What reports write below their rows.
_FOOTER = re.compile(
    r"(?:(?:sub|grand|sum)?\s?totals?|count|sum(?:me)?|gesamt(?:summe|zahl)?|total général"
    rf"|anzahl(?: datensätze)?|records|rows)\b[\s:=]*(?:\(?{_NUMBER}.*)?"
    rf"|{_NUMBER} (?:records?|rows?|contacts?|results?|datensätze|kontakte|lignes|contactos)\b.*"
    r"|(?:total|number) (?:of )?(?:records|rows|contacts).*"
    r"|(?:copyright|©|\(c\)) .*(?:\d{4}|rights? reserved|inc\.?|gmbh|ltd\.?).*"
    r"|confidential information\b.*|(?:report )?generated (?:by|on|at)\b.*"
    r"|exported (?:by|on|from)\b.*"
    r"|end of (?:report|file|export)\b.*|all rights reserved.*|(?:filtered by|as of|run date)[: ].*"
    r"|(?:erstellt|exportiert) (?:am|von)\b.*|exporté le\b.*|page \d+ (?:of|von|sur|de) \d+"
    r"|do not distribute.*",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\S+@\S+\.\S+|\+?\(?\d[\d\s().\-/]{5,}|'?\d{4,}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|https?://.*"
    r"|.*\b\d{4,}\b.*|[\d.,]+%?"
)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The header's row, and how many rows there are up to the first one of data."""

    row: Row
    skip: int
    before: tuple[Row, ...] = ()  #: a title and the like above it
    second: Row | None = None  #: another line of headers below it


def find_header(rows: Sequence[Row], path: Path, own: Sequence[str] = ()) -> Header:
    """The header among a file's first rows; `own` are headers that a person has named.

    InputError where there is none: where the first rows are people already, or nothing at all.
    """
    filled = [row for row in rows[:WITHIN] if is_filled(row)]
    if not filled:
        raise InputError(
            "the file is empty",
            where=path.name,
            hint="export the contacts again, with a header row",
        )
    named = {squash(header) for header in own}
    scores = [_score(row, named) for row in filled]
    best = max(scores)
    place = scores.index(best) if best else _unknown_header(filled, path)
    header = filled[place]
    after = filled[place + 1] if place + 1 < len(filled) else None
    second = after if after and _is_second_header(header, after) else None
    last = second or header
    return Header(
        row=header, skip=rows.index(last) + 1, before=tuple(filled[:place]), second=second
    )


def is_filled(row: Row) -> bool:
    """Is there anything in the row?"""
    return any(cell and not cell.isspace() for cell in row.cells)


def is_footer(cells: Sequence[str]) -> bool:
    """Is it a line of a report's end: a total, a copyright, who made it?

    Only where at most two cells are filled, so that a person called Total stays one.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or len(filled) > 2:
        return False
    return bool(_FOOTER.fullmatch(filled[0])) and all(
        re.fullmatch(_NUMBER, cell) or _FOOTER.fullmatch(cell) for cell in filled[1:]
    )


def _score(row: Row, own: set[str]) -> int:
    """How many cells are headers that we know; none where there is data among them."""
    cells = _named(row)
    known = sum(is_word_of_a_crm(cell) or is_known(cell) or squash(cell) in own for cell in cells)
    data = sum(_is_data(cell) and not is_word_of_a_crm(cell) for cell in cells)
    if data * 4 > len(cells) or any("@" in cell for cell in cells):
        return 0
    if known * 4 < len(cells) and known < 3 and not best_match(cells):
        return 0
    return known


def _unknown_header(filled: Sequence[Row], path: Path) -> int:
    """The first row that could be a header though no word of it is known."""
    width = max(len(_named(row)) for row in filled)
    for place, row in enumerate(filled):
        cells = _named(row)
        if len(cells) * 2 < width:
            continue  # a title above the table
        if any(map(_is_data, cells)):
            raise _no_header(path, row)
        return place
    raise _no_header(path, filled[0])


def _no_header(path: Path, row: Row) -> InputError:
    example = next((cell for cell in _named(row) if "@" in cell), "")
    example = example or next(filter(_is_data, _named(row)), "")
    told = "an e-mail address" if "@" in example else f"{example[:40]!r}"
    return InputError(
        f"the first row holds {told}, so it is not a header",
        where=f"{path.name}:{row.line}",
        hint="export again with column names, or add a first line that names the columns: "
        "First Name, Last Name, Street, City, Postcode, Country",
    )


def _is_second_header(header: Row, row: Row) -> bool:
    """Names for programs below the names for people, as surveys and some ERPs have them."""
    cells = _named(row)
    if len(cells) < 2 or any(map(_is_data, cells)):
        return False
    if [cell.casefold() for cell in cells] == [cell.casefold() for cell in _named(header)]:
        return True
    known = sum(is_known(cell) or is_word_of_a_crm(cell) for cell in cells)
    return known >= 3 and known * 3 >= len(cells) * 2


def _named(row: Row) -> list[str]:
    return [cell.strip() for cell in row.cells if cell.strip()]


def _is_data(cell: str) -> bool:
    return bool(_DATA.fullmatch(cell.strip()))

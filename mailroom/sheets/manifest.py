"""`manifest.csv`: which piece is where, for whoever prints, folds, stuffs and counts.

One row a piece, in the order of the stack. A cell that a spreadsheet would take for a
formula is given an apostrophe (OWASP, CSV injection): names come from customers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailroom.formats import Format
from mailroom.model import Planned

if TYPE_CHECKING:
    from mailroom.sheets.press_sheets import Run

COLUMNS = {
    "number": "sequence number, printed on the piece and on its envelope",
    "piece": "permanent key of the piece",
    "recipient": "key of the person in the CRM",
    "name": "as on the envelope",
    "address": "the lines below the name, separated by ` / `",
    "country": "ISO 3166",
    "signed_by": "the colleague who signs",
    "file": "print file",
    "first_page": "first page of the piece in it, from 1",
    "pages": "how many pages it has there",
    "sheet": "which sheet of paper of the run, from 1",
    "stack": "position in the stack, from the top",
    "envelope_page": "page in envelopes.pdf; empty where none is printed",
    "sha256": "of the content streams of the piece's pages only; SHA256SUMS has the files'",
    "slot": "its place on a press sheet, as the cut plan counts them; empty where it is alone",
}
"""The columns and what they hold; docs/outbox.md is made from it."""


def manifest(
    pieces: Sequence[Planned],
    fmt: Format,
    print_file: str,
    *,
    last_first: bool = False,
    run: Run | None = None,
) -> str:
    """The manifest as text; `pages` counts sheet sides where panels are imposed.

    `last_first`: the envelopes are printed from the last to the first. `run`: how the pieces
    are set out on press sheets.
    """
    sides = 2 if fmt.sheet else len(fmt.pages)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    places = _places(run) if run else {}
    for position, item in enumerate(pieces, 1):
        place = places.get(position - 1) or Place(
            first_page=(position - 1) * sides + 1, pages=sides, sheet=position
        )
        envelope = len(pieces) + 1 - position if last_first else position
        page = envelope if fmt.addressed_envelope else ""
        writer.writerow(_safe(_row(item, position, place, print_file, page)))
    return out.getvalue()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the print file a piece is."""

    first_page: int
    pages: int
    sheet: int
    slot: int | str = ""


def _places(run: Run) -> dict[int, Place]:
    """By piece, counted from 0."""
    sides = len(run.plan.faces)
    return {
        piece: Place(first_page=sheet * sides + 1, pages=sides, sheet=sheet + 1, slot=slot)
        for sheet, slots in enumerate(run)
        for slot, piece in enumerate(slots, 1)
        if piece is not None
    }


def _row(
    item: Planned, position: int, place: Place, print_file: str, envelope: int | str
) -> Iterable[str | int]:
    piece, lines = item.piece, item.piece.address_lines
    return (
        f"{piece.number:04d}",
        piece.key,
        piece.recipient.key,
        piece.greeting.envelope_name.text,
        " / ".join(lines[1:]),
        piece.recipient.address.country,
        piece.owner.name,
        print_file,
        place.first_page,
        place.pages,
        place.sheet,
        position,
        envelope,
        item.artwork.sha256 if item.artwork else "",
        place.slot,
    )


def _safe(cells: Iterable[str | int]) -> list[str | int]:
    return [f"'{c}" if isinstance(c, str) and _is_formula(c) else c for c in cells]


def _is_formula(cell: str) -> bool:
    text = cell.lstrip()  # of blanks of every kind
    blanks = cell[: len(cell) - len(text)]
    return text[:1] in _FORMULA or "\t" in blanks or "\r" in blanks


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

"""`manifest.csv`: which piece is where, for whoever prints, folds, stuffs and counts.

One row a piece, in the order of the stack. A cell that a spreadsheet would take for a
formula is given an apostrophe (OWASP, CSV injection): names come from customers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from mailroom.formats import Format
from mailroom.model import Planned

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
}
"""The columns and what they hold; docs/outbox.md is made from it."""


def manifest(
    pieces: Sequence[Planned], fmt: Format, print_file: str, *, last_first: bool = False
) -> str:
    """The manifest as text; `pages` counts sheet sides where panels are imposed.

    `last_first`: the envelopes are printed from the last to the first.
    """
    sides = 2 if fmt.sheet else len(fmt.pages)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for position, item in enumerate(pieces, 1):
        envelope = len(pieces) + 1 - position if last_first else position
        row = _row(item, position, sides, fmt, print_file, envelope)
        writer.writerow(_safe(row))
    return out.getvalue()


def _row(
    item: Planned, position: int, sides: int, fmt: Format, print_file: str, envelope: int
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
        (position - 1) * sides + 1,
        sides,
        position,
        position,
        envelope if fmt.addressed_envelope else "",
        item.artwork.sha256 if item.artwork else "",
    )


def _safe(cells: Iterable[str | int]) -> list[str | int]:
    return [f"'{c}" if isinstance(c, str) and _is_formula(c) else c for c in cells]


def _is_formula(cell: str) -> bool:
    text = cell.lstrip()  # of blanks of every kind
    blanks = cell[: len(cell) - len(text)]
    return text[:1] in _FORMULA or "\t" in blanks or "\r" in blanks


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

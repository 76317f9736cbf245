"""The files of a batch: print file, envelopes, manifest; the same pieces, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailroom.errors import RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.formats import ENVELOPES, Format
from mailroom.model import Artwork, Batch, Mailing, Planned, PrintTicket, Sender
from mailroom.providers.tickets import envelope_ticket, sheet_ticket
from mailroom.sheets.envelopes import write_envelopes
from mailroom.sheets.imposition import write_cards
from mailroom.sheets.manifest import manifest

ENVELOPES_FILE = "envelopes.pdf"
MANIFEST_FILE = "manifest.csv"


def print_file_name(fmt: Format) -> str:
    """What the office calls the file: folded cards come as sheets."""
    if fmt.sheet:
        return "sheets.pdf"
    return "letters.pdf" if fmt.folds else "cards.pdf"


def write_batch(
    pieces: Sequence[Planned],
    key: str,
    mailing: Mailing,
    fmt: Format,
    sender: Sender,
    fonts: Sequence[Font],
    folder: Path,
    *,
    trimmed: bool,
) -> Batch:
    """Write everything of a batch into `folder`.

    `trimmed`: flat pages without their bleed, for stock that is cut already. RenderError
    where a piece has no finished pages.
    """
    cards = [(item.piece, _artwork(item)) for item in pieces]
    print_file = folder / print_file_name(fmt)
    write_cards(cards, fmt, print_file, fonts=fonts, trimmed=trimmed)
    media: dict[str, PrintTicket] = {print_file.name: sheet_ticket(fmt)}
    files = [print_file]
    ticket = envelope_ticket(fmt)
    if ticket:
        target = folder / ENVELOPES_FILE
        write_envelopes([p for p, _ in cards], ENVELOPES[fmt.envelope], sender, fonts, target)
        media[target.name] = ticket
        files.append(target)
    table = folder / MANIFEST_FILE
    write_whole(table, manifest(pieces, fmt, print_file.name).encode("utf-8-sig"))
    return Batch(
        key=key,
        mailing=mailing.name,
        pieces=tuple(item.piece for item in pieces),
        files=(*files, table),
        media=media,
    )


def _artwork(item: Planned) -> Artwork:
    if item.artwork is None:
        where = f"piece {item.piece.number:04d}"
        raise RenderError("it has no finished pages", where=where, hint="prepare it again")
    return item.artwork

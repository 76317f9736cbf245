"""The files of a batch: print file, envelopes, manifest; the same pieces, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mailroom.errors import RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Format
from mailroom.model import Artwork, Batch, Planned, PrintTicket
from mailroom.providers import Capabilities
from mailroom.providers.tickets import envelope_ticket, sheet_ticket
from mailroom.sheets.manifest import manifest
from mailroom.units import Size

ENVELOPES_FILE = "envelopes.pdf"
MANIFEST_FILE = "manifest.csv"


def print_file_name(fmt: Format) -> str:
    """What the office calls the file: folded cards come as sheets."""
    if fmt.sheet:
        return "sheets.pdf"
    return "letters.pdf" if fmt.folds else "cards.pdf"


def batch_media(fmt: Format) -> dict[str, PrintTicket]:
    """How each of a batch's files is to be printed; the manifest is not."""
    media = {print_file_name(fmt): sheet_ticket(fmt)}
    envelope = envelope_ticket(fmt)
    return {**media, ENVELOPES_FILE: envelope} if envelope else media


def write_batch(
    pieces: Sequence[Planned], batch: Batch, fonts: Sequence[Font], folder: Path, can: Capabilities
) -> Batch:
    """Write everything of a batch into `folder`; the batch, with its files.

    RenderError where a piece has no finished pages.
    """
    # Here: whoever only looks at batches need not wait for what draws them.
    from mailroom.sheets.envelopes import write_envelopes
    from mailroom.sheets.imposition import write_cards
    from mailroom.sheets.single import write_single

    fmt = FORMATS[batch.format]
    cards = [(item.piece, _artwork(item)) for item in pieces]
    print_file = folder / print_file_name(fmt)
    if len(cards) == 1 and not fmt.sheet and not can.trimmed:
        write_single(*cards[0], fmt, print_file)
    else:
        offsets = can.handling.of(_page(fmt))
        write_cards(cards, fmt, print_file, fonts=fonts, trimmed=can.trimmed, offsets=offsets)
    files, feed = [print_file], can.handling.feed
    if fmt.addressed_envelope and can.paperwork:
        assert batch.sender
        target = folder / ENVELOPES_FILE
        write_envelopes(
            [piece for piece, _ in cards],
            ENVELOPES[fmt.envelope],
            batch.sender,
            fonts,
            target,
            feed=feed,
            offset=can.handling.envelopes.front,
        )
        files.append(target)
    numbers = [piece.number for piece, _ in cards]
    _check_numbers(print_file, numbers, pages=2 if fmt.sheet else len(fmt.pages))
    for path in files[1:]:
        _check_numbers(path, numbers[::-1] if feed.face_up else numbers, pages=1)
    if can.paperwork:
        table = folder / MANIFEST_FILE
        rows = manifest(pieces, fmt, print_file.name, last_first=feed.face_up)
        write_whole(table, rows.encode("utf-8-sig"))
        files.append(table)
    return replace(batch, files=tuple(files), media=batch_media(fmt))


def _page(fmt: Format) -> Size:
    """What a page of the print file measures: folded cards lie on a sheet that is wide."""
    size = SHEETS[fmt.sheet].size if fmt.sheet else fmt.trim
    return size.rotated() if fmt.sheet and size.height > size.width else size


def _check_numbers(path: Path, numbers: Sequence[int], pages: int) -> None:
    """Read the finished file back: the n-th piece's pages must carry the n-th number.

    One card in another's envelope is the fault that nobody forgives.
    """
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        if len(document) != len(numbers) * pages:
            message = f"{len(document)} pages for {len(numbers)} pieces"
            raise RenderError(message, where=path.name)
        for position, number in enumerate(numbers):
            own = range(position * pages, (position + 1) * pages)
            text = "".join(document[n].get_textpage().get_text_bounded() for n in own)
            if f"{number:04d}" not in text:
                where = f"{path.name}, page {own.start + 1}"
                raise RenderError(f"it does not carry the number {number:04d}", where=where)


def _artwork(item: Planned) -> Artwork:
    if item.artwork is None:
        where = f"piece {item.piece.number:04d}"
        raise RenderError("it has no finished pages", where=where, hint="prepare it again")
    return item.artwork

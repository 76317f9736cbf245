"""The files of a batch: print file, envelopes, manifest; the same pieces, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.errors import ConfigError, RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.formats import ENVELOPES, FORMATS, Format
from mailroom.model import Artwork, Batch, Planned, PrintTicket
from mailroom.providers import Capabilities
from mailroom.providers.tickets import NO_OPTIONS, envelope_ticket, sheet_ticket
from mailroom.sheets.manifest import manifest
from mailroom.sheets.panels import impose
from mailroom.sheets.stacking import ORDERS
from mailroom.units import Box, Size

if TYPE_CHECKING:
    from mailroom.sheets.imposition import Cards
    from mailroom.sheets.press_sheets import Run

ENVELOPES_FILE = "envelopes.pdf"
MANIFEST_FILE = "manifest.csv"
CUT_PLAN_FILE = "cut-plan.pdf"


def print_file_name(fmt: Format, options: Mapping[str, Any] = NO_OPTIONS) -> str:
    """What the office calls the file: folded cards come as sheets, as does what a mailing says."""
    if fmt.sheet or options.get("sheet"):
        return "sheets.pdf"
    return "letters.pdf" if fmt.folds else "cards.pdf"


def batch_media(fmt: Format, options: Mapping[str, Any] = NO_OPTIONS) -> dict[str, PrintTicket]:
    """How each of a batch's files is to be printed; the manifest and the cut plan are not."""
    media = {print_file_name(fmt, options): sheet_ticket(fmt, options)}
    envelope = envelope_ticket(fmt)
    return {**media, ENVELOPES_FILE: envelope} if envelope else media


def write_batch(
    pieces: Sequence[Planned], batch: Batch, fonts: Sequence[Font], folder: Path, can: Capabilities
) -> Batch:
    """Write everything of a batch into `folder`; the batch, with its files.

    RenderError where a piece has no finished pages.
    """
    fmt = FORMATS[batch.format]
    cards = [(item.piece, _artwork(item)) for item in pieces]
    numbers = [piece.number for piece, _ in cards]
    run = press_run(fmt, batch.options, numbers)
    files = _write_pieces(cards, run, batch, fonts, folder, can)
    _check_pieces(files[0], fmt, run, numbers)
    feed = can.handling.feed
    if fmt.addressed_envelope and can.paperwork:
        files.append(_write_envelopes(cards, batch, fonts, folder, can))
        _check_numbers(files[-1], numbers[::-1] if feed.face_up else numbers, pages=1)
    if can.paperwork:
        table = folder / MANIFEST_FILE
        rows = manifest(pieces, fmt, files[0].name, last_first=feed.face_up, run=run)
        write_whole(table, rows.encode("utf-8-sig"))
        files.append(table)
    return replace(batch, files=tuple(files), media=batch_media(fmt, batch.options))


def _write_pieces(
    cards: Cards,
    run: Run | None,
    batch: Batch,
    fonts: Sequence[Font],
    folder: Path,
    can: Capabilities,
) -> list[Path]:
    """The print file; with its cut plan where it is a press run."""
    # Here: whoever only looks at batches need not wait for what draws them.
    from mailroom.sheets.cut_plan import write_cut_plan
    from mailroom.sheets.imposition import write_cards
    from mailroom.sheets.press_sheets import write_press_sheets
    from mailroom.sheets.single import write_single

    fmt = FORMATS[batch.format]
    target = folder / print_file_name(fmt, batch.options)
    if run:
        offsets = can.handling.of(run.plan.sheet)
        write_press_sheets(cards, fmt, run, target, fonts=fonts, offsets=offsets)
        plan = write_cut_plan(run, fmt, batch.mailing, fonts, folder / CUT_PLAN_FILE)
        return [target, plan]
    if len(cards) == 1 and not fmt.sheet and not can.trimmed:
        return [write_single(*cards[0], fmt, target)]
    offsets = can.handling.of(_page(fmt))
    write_cards(cards, fmt, target, fonts=fonts, trimmed=can.trimmed, offsets=offsets)
    return [target]


def _write_envelopes(
    cards: Cards, batch: Batch, fonts: Sequence[Font], folder: Path, can: Capabilities
) -> Path:
    from mailroom.sheets.envelopes import write_envelopes

    assert batch.sender
    return write_envelopes(
        [piece for piece, _ in cards],
        ENVELOPES[FORMATS[batch.format].envelope],
        batch.sender,
        fonts,
        folder / ENVELOPES_FILE,
        options=batch.options,
        feed=can.handling.feed,
        offset=can.handling.envelopes.front,
    )


def press_run(fmt: Format, options: Mapping[str, Any], numbers: Sequence[int]) -> Run | None:
    """How a mailing's [options] set the pieces out on press sheets; None where they do not.

    ConfigError for a word that is none, and where no piece fits the sheet.
    """
    if not options.get("sheet"):
        return None
    from mailroom.sheets.nup import LONG_EDGE, SHORT_EDGE, plan, sheet_named
    from mailroom.sheets.press_sheets import Run

    order = options.get("order", ORDERS[0])
    flip = f"two-sided-{options.get('flip', 'long-edge')}"
    for key, word, may in (("order", order, ORDERS), ("flip", flip, (LONG_EDGE, SHORT_EDGE))):
        if word not in may:
            hint = f"write one of: {', '.join(each.removeprefix('two-sided-') for each in may)}"
            said = word.removeprefix("two-sided-")
            raise ConfigError(f"{said!r} is none", where=f"[options] {key}", hint=hint)
    set_out = plan(fmt, sheet_named(options["sheet"]), marks=options.get("marks", True), flip=flip)
    lift = max(0, options.get("lift", 0))
    return Run(plan=set_out, numbers=tuple(numbers), order=order, lift=lift)


def _page(fmt: Format) -> Size:
    """What a page of the print file measures."""
    return impose(fmt).sheet if fmt.sheet else fmt.trim


def _check_pieces(path: Path, fmt: Format, run: Run | None, numbers: Sequence[int]) -> None:
    if run:
        _check_slots(path, run)
    else:
        _check_numbers(path, numbers, pages=2 if fmt.sheet else len(fmt.pages))


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


def _check_slots(path: Path, run: Run) -> None:
    """The same of press sheets: a number must stand in its own slot, on one side or the other."""
    import pypdfium2

    plan = run.plan
    with pypdfium2.PdfDocument(path) as document:
        pages, sides = iter(document), len(plan.faces)
        for sheet, slots in enumerate(run):
            texts = [next(pages).get_textpage() for _ in range(sides)]
            for slot, index in enumerate(slots):
                boxes = [_edges(face.slots[slot].box, plan.sheet) for face in plan.faces]
                said = "".join(
                    text.get_text_bounded(*box) for text, box in zip(texts, boxes, strict=True)
                )
                if index is not None and f"{run.numbers[index]:04d}" not in said:
                    where = f"{path.name}, sheet {sheet + 1}, place {slot + 1}"
                    message = f"it does not carry the number {run.numbers[index]:04d}"
                    raise RenderError(message, where=where)


def _edges(box: Box, sheet: Size) -> tuple[float, float, float, float]:
    return box.x, sheet.height - box.bottom, box.right, sheet.height - box.y


def _artwork(item: Planned) -> Artwork:
    if item.artwork is None:
        where = f"piece {item.piece.number:04d}"
        raise RenderError("it has no finished pages", where=where, hint="prepare it again")
    return item.artwork

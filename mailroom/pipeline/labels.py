"""labels: the addresses of prepared pieces on sheets of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import Refused, UsageError
from mailroom.model import Finding, Piece
from mailroom.pipeline.calibrate import address_of
from mailroom.pipeline.sheets import chosen, make_folder
from mailroom.providers.calibration import Offset, read_calibration
from mailroom.sheets.grids import Grid, grid_named
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class LabelsWanted:
    """What is asked of `labels`."""

    grid: str
    start: int = 1  #: the first label that is still on the sheet
    with_sender: bool = False
    pieces: tuple[int, ...] = ()
    printer: str = ""
    stock: str = ""


@dataclass(frozen=True, kw_only=True)
class NoLabel:
    """A piece whose address cannot be printed on such a label."""

    piece: int
    recipient: str
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class LabelsReport:
    """Sheets of labels that were written."""

    mailing: str
    grid: str
    title: str
    source: str
    confidence: str
    start: int
    labels: int
    sheets: int
    next_start: int  #: the first label that is left on the last sheet; 1: none is
    left_out: tuple[NoLabel, ...]
    file: Path


def labels(
    ws: Workspace, name: str, wanted: LabelsWanted, output: Path | None = None
) -> LabelsReport:
    """Write a label for each piece, in the order of their numbers.

    An address that does not fit or cannot be drawn is left out and told; its number is missing
    on the sheet, so that cards and labels can still be held against each other.
    """
    from mailroom.sheets.labels import write_labels

    grid = grid_named(wanted.grid)
    if not 1 <= wanted.start <= grid.labels:
        hint = f"a sheet of {grid.title} has labels 1 to {grid.labels}"
        raise UsageError(f"there is no label {wanted.start}", hint=hint)
    pieces = [item.piece for item in chosen(ws, name, wanted.pieces)]
    sender = ws.settings.sender if wanted.with_sender else None
    good, left_out = _sorted_out(ws, pieces, wanted, grid)
    target = output or ws.settings.folder / "sheets" / f"{name}-{grid.name}.pdf"
    make_folder(target.parent)
    write_labels(
        good,
        grid,
        ws.fonts,
        target,
        sender=sender,
        start=wanted.start,
        offset=_offset(ws, wanted),
    )
    used = wanted.start - 1 + len(good)
    return LabelsReport(
        mailing=name,
        grid=grid.name,
        title=grid.title,
        source=grid.source,
        confidence=grid.confidence,
        start=wanted.start,
        labels=len(good),
        sheets=-(-used // grid.labels),
        next_start=used % grid.labels + 1,
        left_out=left_out,
        file=target,
    )


def _sorted_out(
    ws: Workspace, pieces: Sequence[Piece], wanted: LabelsWanted, grid: Grid
) -> tuple[list[Piece], tuple[NoLabel, ...]]:
    """Those whose label can be printed, and the others with the reason; Refused where none can."""
    from mailroom.sheets.labels import findings

    sender = ws.settings.sender if wanted.with_sender else None
    good, out = [], []
    for piece in pieces:
        found = findings(piece, grid, ws.fonts, sender)
        if found:
            name = piece.recipient.name_or_key
            out.append(NoLabel(piece=piece.number, recipient=name, finding=found[0]))
        else:
            good.append(piece)
    if not good:
        first = out[0].finding
        where = f"piece {out[0].piece:04}"
        raise Refused(f"no label can be printed: {first.message}", where=where, hint=first.hint)
    return good, tuple(out)


def _offset(ws: Workspace, wanted: LabelsWanted) -> Offset:
    known = read_calibration(ws.state)
    return known.offsets(address_of(ws, wanted.printer), wanted.stock).front

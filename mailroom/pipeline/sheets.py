"""sheets: prepared pieces set out on press sheets, for a print shop or a machine in the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import EnvironmentProblem, Refused, UsageError
from mailroom.formats import Format
from mailroom.model import Artwork, Piece, Planned, Status
from mailroom.pipeline.calibrate import address_of
from mailroom.pipeline.frozen import check_files, last_plan, located, may_go
from mailroom.providers.calibration import Offsets, read_calibration
from mailroom.providers.tickets import unaddressed
from mailroom.sheets.nup import EDGE, LONG_EDGE, plan, sheet_named
from mailroom.sheets.stacking import ORDERS
from mailroom.units import to_mm
from mailroom.workspace import Workspace

NOT_APPROVED = "not approved"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of `sheets`; lengths in points."""

    sheet: str
    order: str = ORDERS[0]
    marks: bool = True
    flip: str = LONG_EDGE
    lift: int = 0  #: sheets that are cut at once; 0: all
    edge: float = EDGE
    pieces: tuple[int, ...] = ()  #: only these numbers; also some that were sent
    printer: str = ""  #: whose offsets are taken back
    stock: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetsReport:
    """A run of press sheets that was written; lengths in millimetres."""

    mailing: str
    approved: bool
    facts: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]
    sheet: str
    up: int
    columns: int
    rows: int
    pieces: int
    sheets: int
    lifts: tuple[int, ...]
    sides: str
    cuts_from_left: tuple[float, ...]
    cuts_from_top: tuple[float, ...]
    offsets: Offsets
    slug: bool  #: is there room for the line that names sheet and pieces?
    files: tuple[Path, ...]


def sheets(ws: Workspace, name: str, wanted: Wanted, output: Path | None = None) -> SheetsReport:
    """Write the pieces that wait, or those asked for, as a print file and a cut plan.

    Nothing is written down in the ledger: that is `send`. ConfigError where they do not fit.
    """
    from mailroom.sheets.cut_plan import facts, steps, write_cut_plan
    from mailroom.sheets.press_sheets import Run, write_press_sheets

    found = last_plan(ws, name)
    mailing = ws.mailing(name)
    fmt = ws.setup(mailing).format
    _check_addressed(fmt, name)
    cards = _cards(ws, name, wanted.pieces)
    set_out = plan(
        fmt, sheet_named(wanted.sheet), marks=wanted.marks, flip=wanted.flip, edge=wanted.edge
    )
    numbers = tuple(piece.number for piece, _ in cards)
    run = Run(plan=set_out, numbers=numbers, order=wanted.order, lift=wanted.lift)
    check_files(ws, found)
    approved = ws.ledger.approval(name, found.digest) is not None
    remark = "" if approved else NOT_APPROVED
    offsets = read_calibration(ws.state).offsets(address_of(ws, wanted.printer), wanted.stock)
    target = output or ws.settings.folder / "sheets" / f"{name}-{set_out.name}.pdf"
    make_folder(target.parent)
    write_press_sheets(cards, fmt, run, target, fonts=ws.fonts, offsets=offsets, remark=remark)
    paper = target.with_name(f"{target.stem}-cut-plan.pdf")
    write_cut_plan(run, fmt, mailing.title, ws.fonts, paper, remark)
    xs, ys = set_out.cuts()
    return SheetsReport(
        mailing=name,
        approved=approved,
        facts=facts(run, fmt),
        steps=steps(run),
        sheet=set_out.name,
        up=set_out.up,
        columns=set_out.columns,
        rows=set_out.rows,
        pieces=len(cards),
        sheets=run.sheets,
        lifts=run.lifts,
        sides=set_out.sides,
        cuts_from_left=tuple(round(to_mm(x), 2) for x in xs),
        cuts_from_top=tuple(round(to_mm(y), 2) for y in ys),
        offsets=offsets,
        slug=set_out.front.slug is not None,
        files=(target, paper),
    )


def _check_addressed(fmt: Format, name: str) -> None:
    for reason in unaddressed(fmt):
        raise Refused(
            f"it is not for press sheets: {reason}",
            where=f"format {fmt.name}",
            hint=f"`mailroom send {name}` has it made and posted",
        )


def chosen(ws: Workspace, name: str, numbers: Sequence[int]) -> tuple[Planned, ...]:
    """The pieces that may be printed, by number: those that wait, or those of `numbers`.

    Of `numbers` those that are held are left out and told. UsageError where a number is none;
    Refused where nothing is left to print.
    """
    found = last_plan(ws, name)
    approval = ws.ledger.approval(name, found.digest)
    accepted = approval.accepted if approval else {}
    items = sorted(ws.ledger.pieces(name), key=lambda item: item.piece.number)
    if numbers:
        by_number = {item.piece.number: item for item in items}
        missing = [number for number in numbers if number not in by_number]
        if missing:
            hint = f"the last one is {items[-1].piece.number:04}" if items else ""
            raise UsageError(f"{name} has no piece {missing[0]:04}", hint=hint)
        asked = [by_number[number] for number in sorted(set(numbers))]
        held = [i for i in asked if i.status is Status.HELD and not may_go(i, accepted)]
        if len(held) == len(asked):
            raise _held(held[0], name)
        for item in held:
            ws.tell(f"piece {item.piece.number:04} is held and left out: {_why_held(item)}")
        return tuple(item for item in asked if item not in held)
    ready = tuple(item for item in items if may_go(item, accepted))
    if not ready:
        hint = "name pieces that were sent with --pieces; `mailroom status` lists them"
        raise Refused(f"no piece of {name} waits to be printed", hint=hint)
    return ready


def _why_held(item: Planned) -> str:
    return next((finding.message for finding in item.piece.findings), "it was pulled")


def _held(item: Planned, name: str) -> Refused:
    return Refused(
        f"it is held: {_why_held(item)}",
        where=f"piece {item.piece.number:04}",
        hint=f"mend it and type `mailroom prepare {name}`",
    )


def _cards(ws: Workspace, name: str, numbers: Sequence[int]) -> list[tuple[Piece, Artwork]]:
    cards = []
    for item in chosen(ws, name, numbers):
        artwork = located(ws, item).artwork
        if artwork is None:
            where = f"piece {item.piece.number:04}"
            raise Refused("it has no finished pages", where=where, hint="prepare it again")
        cards.append((item.piece, artwork))
    return cards


def make_folder(folder: Path) -> None:
    """Make it where it is not there; EnvironmentProblem where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make the folder: {error.strerror}"
        raise EnvironmentProblem(message, where=str(folder)) from None

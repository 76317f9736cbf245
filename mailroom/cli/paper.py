"""sheets, labels, calibrate: paper as it goes through machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.answers.paper import print_labels, print_measured, print_sheets
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import next_steps, say

if TYPE_CHECKING:
    from mailroom.providers.calibration import Offset, Offsets

FLIPS = ("long-edge", "short-edge")

pieces_option = click.option(
    "--pieces", metavar="NUMBERS", default="", help="Only these, like 3,17-20; also sent ones."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write."
)


@click.command()
@mailing_argument()
@click.option("--on", "sheet", required=True, metavar="SHEET", help="a3, sra3, 12x18, ...")
@click.option("--stack/--no-stack", default=True, help="Cut and stack, or reading order.")
@click.option("--marks/--no-marks", default=True, help="Crop, fold and registration marks.")
@click.option(
    "--flip", type=click.Choice(FLIPS), default=FLIPS[0], help="Over which edge it is turned."
)
@click.option("--lift", type=click.IntRange(min=0), default=0, help="Sheets cut at once; 0: all.")
@click.option("--edge", type=float, default=4.0, help="Millimetres the machine leaves blank.")
@pieces_option
@click.option("--printer", default="", help="Whose measured offsets are taken back.")
@click.option("--stock", default="", help="The stock they were measured with.")
@output_option
@json_option
@click.pass_context
def sheets(
    ctx: click.Context,
    mailing: str,
    sheet: str,
    stack: bool,
    marks: bool,
    flip: str,
    lift: int,
    edge: float,
    pieces: str,
    printer: str,
    stock: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Set pieces out on press sheets, with a cut plan.

    As many as fit the sheet with bleed and marks, backs behind their fronts, in an order in
    which the cut stacks put on each other are in the order of the numbers. For a print shop or
    an office machine; what is to be posted still goes by `mailroom send`.
    """
    from mailroom import pipeline
    from mailroom.pipeline.sheets import Wanted
    from mailroom.sheets.stacking import ORDERS
    from mailroom.units import mm

    if not 0 <= edge <= 30:
        raise UsageError(f"an edge of {edge:g} mm", hint="write millimetres, 0 to 30")
    wanted = Wanted(
        sheet=sheet,
        order=ORDERS[0] if stack else ORDERS[1],
        marks=marks,
        flip=f"two-sided-{flip}",
        lift=lift,
        edge=mm(edge),
        pieces=numbers_in(pieces),
        printer=printer,
        stock=stock,
    )
    with opened(ctx) as ws:
        report = pipeline.sheets(ws, mailing, wanted, output)
    if as_json:
        print_json(report)
    else:
        print_sheets(report)


@click.command()
@mailing_argument()
@click.option("--grid", required=True, metavar="GRID", help="avery-l7160, avery-5160, ...")
@click.option("--start", type=click.IntRange(min=1), default=1, help="First label still there.")
@click.option("--sender", is_flag=True, help="Your address in small type above each.")
@pieces_option
@click.option("--printer", default="", help="Whose measured offset is taken back.")
@click.option("--stock", default="", help="The stock it was measured with.")
@output_option
@json_option
@click.pass_context
def labels(
    ctx: click.Context,
    mailing: str,
    grid: str,
    start: int,
    sender: bool,
    pieces: str,
    printer: str,
    stock: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """Set the addresses on sheets of labels.

    In the order of the cards, each label with its card's number. --start begins on a sheet
    some of whose labels are used up: counted from 1, row by row. An address that does not fit
    its label is left out and told.
    """
    from mailroom import pipeline
    from mailroom.pipeline.labels import LabelsWanted

    wanted = LabelsWanted(
        grid=grid,
        start=start,
        with_sender=sender,
        pieces=numbers_in(pieces),
        printer=printer,
        stock=stock,
    )
    with opened(ctx) as ws:
        report = pipeline.labels(ws, mailing, wanted, output)
    if as_json:
        print_json(report)
    else:
        print_labels(report)
    return ExitCode.HELD if report.left_out else ExitCode.DONE


@click.command()
@click.argument("printer", default="")
@click.option("--stock", default="", metavar="NAME", help="Stock; else all but envelopes.")
@click.option("--sheet", default="a4", show_default=True, help="Its paper, or an envelope.")
@click.option("--landscape", is_flag=True, help="Of pages wider than high.")
@click.option("--print", "printing", is_flag=True, help="Print the calibration sheet there.")
@output_option
@click.option("--check", is_flag=True, help="See if what is remembered is right.")
@click.option("--front", metavar="RIGHT,DOWN", help="How far off the front is, in mm.")
@click.option("--back", metavar="RIGHT,DOWN", help="How far off the back is, as one sees it.")
@click.option("--forget", is_flag=True, help="As if it had never been measured.")
@json_option
@click.pass_context
def calibrate(
    ctx: click.Context,
    printer: str,
    stock: str,
    sheet: str,
    landscape: bool,
    printing: bool,
    output: Path | None,
    check: bool,
    front: str | None,
    back: str | None,
    forget: bool,
    as_json: bool,
) -> None:
    """Measure how far a printer prints off the mark.

    PRINTER is a CUPS queue, an ipp:// address, any name for a machine elsewhere, or `printer`
    for the one of mailroom.toml. Without options: what is remembered. With --print or -o: a
    sheet that says what to measure. With --front and --back: what was measured is remembered,
    and taken back side by side whenever something is made for that printer.
    """
    from mailroom.pipeline import calibrate as steps

    subject = steps.Subject(printer=printer, stock=stock, lying=landscape)
    acts = printing or output or front or back or forget
    if acts and not printer:
        raise UsageError("no printer is named", hint="write `mailroom calibrate PRINTER ...`")
    with opened(ctx) as ws:
        subject = steps.on(ws, subject, sheet)
        if forget:
            steps.forget(ws, subject)
        if front or back:
            before = steps.remembered(ws, subject)
            steps.calibrate(ws, subject, _measured(front, back, before))
        if output:
            steps.draw_sheet(ws, subject, sheet, output, check=check)
        if printing:
            steps.print_sheet(ws, subject, sheet, check=check)
        known = steps.calibrations(ws, printer)
    if as_json:
        print_json(known)
        return
    print_measured(known, printer)
    if output:
        say(f"\n  {output}")
    if (output or printing) and not check:
        next_steps(steps.as_typed(subject, sheet))
    elif (front or back) and not check:
        next_steps(steps.check_as_typed(subject, sheet))
    elif not acts and not known:
        next_steps(f"mailroom calibrate {printer or 'PRINTER'} --print")


def numbers_in(text: str) -> tuple[int, ...]:
    """`3,17-20` as numbers; UsageError where it is anything else."""
    found: list[int] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise UsageError(f"--pieces {part!r} is no number", hint="write 3,17-20")
        low, high = int(first), int(last or first)
        if low > high or high - low > 1_000_000:
            raise UsageError(
                f"--pieces {part!r} leads nowhere", hint="write the lower number first"
            )
        found += range(low, high + 1)
    return tuple(found)


def _measured(front: str | None, back: str | None, before: Offsets) -> Offsets:
    """What was typed; a side that was not measured now stays as it was."""
    from mailroom.providers.calibration import Offsets

    return Offsets(
        front=_offset("--front", front) if front else before.front,
        back=_offset("--back", back) if back else before.back,
    )


def _offset(option: str, text: str) -> Offset:
    from mailroom.providers.calibration import MOST, Offset

    hint = f"write {option} 0.5,-0.3: millimetres to the right, then down, with a point"
    try:
        right, down = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is not two numbers", hint=hint) from None
    if not (abs(right) <= MOST and abs(down) <= MOST):
        hint = f"what lies more than {MOST:g} mm off is not the printer: does the paper lie right?"
        raise UsageError(f"{option} {text} is too far", hint=hint)
    return Offset(right=right, down=down)

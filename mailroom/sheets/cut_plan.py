"""The cut plan: a page that tells whoever prints and cuts what to do, in words and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from mailroom.canvas import face, font_for, open_canvas
from mailroom.files import write_whole
from mailroom.fonts import Font
from mailroom.formats import A4, SHEETS, US_LETTER, Format
from mailroom.sheets.drawing import BLACK, GREY, TINT, Drawing
from mailroom.sheets.nup import SHORT_EDGE
from mailroom.sheets.press_sheets import Run
from mailroom.sheets.stacking import ORDERS
from mailroom.units import Box, Size, mm, to_mm

_MARGIN = mm(16)
_COLUMN = mm(60)  # of the words, right of the drawing


def facts(run: Run, fmt: Format) -> tuple[tuple[str, str], ...]:
    """What the job is, as label and words; all lengths in millimetres."""
    plan = run.plan
    pieces = f"{len(run.numbers)}, {plan.up} on a sheet ({plan.columns} across, {plan.rows} down)"
    return (
        ("pieces", pieces),
        ("size", f"{plan.flat.size.in_mm()}{_flat_words(fmt)}, bleed {_mm(plan.flat.bleed)} mm"),
        ("sheet", f"{plan.name}, {plan.sheet.in_mm()}, upright"),
        ("sheets", str(run.sheets)),
        ("print", f"{_sides(run)}, at 100% (not fitted to the page)"),
        ("order", _ORDER_WORDS[run.order]),
    )


def _flat_words(fmt: Format) -> str:
    return f" unfolded ({fmt.trim.in_mm()} folded)" if fmt.fold else ""


def _sides(run: Run) -> str:
    if run.plan.back is None:
        return "one side"
    edge = "short" if run.plan.sides == SHORT_EDGE else "long"
    return f"both sides, turned over the {edge} edge"


_ORDER_WORDS = {
    ORDERS[0]: "cut and stack",
    ORDERS[1]: "sheet by sheet, from left to right and from top to bottom",
}


def steps(run: Run) -> tuple[str, ...]:
    """What to do, in the order in which it is done."""
    plan, lifts = run.plan, run.lifts
    xs, ys = plan.cuts()
    told = [
        f"Print all {run.sheets} sheets. Sheet 1 lies on top, its front up."
        if run.sheets > 1
        else "Print the sheet. Its front lies up.",
        f"Cut from the left edge at {in_mm(xs)} and from the top edge at {in_mm(ys)}: "
        "at the solid marks.",
    ]
    if plan.up > 1 and run.order == ORDERS[0]:
        last = f"{lifts[-1]} in the last one" if lifts[-1] != lifts[0] else ""
        if len(lifts) > 1:
            told[1] = f"Cut {lifts[0]} sheets at once{f' ({last})' if last else ''}. " + told[1]
        more = {2: "", 3: ", both on stack 3"}.get(plan.up, f", and so on to stack {plan.up}")
        told.append(f"Put the stacks on each other as the drawing counts them: 1 on 2{more}.")
        whole = "Each such pile" if len(lifts) > 1 else "The pile"
        blank = " What is blank is at its very end." if len(run.numbers) % plan.up else ""
        told.append(f"{whole} is in the order of the numbers.{blank}")
    if plan.flat.upright_folds or plan.flat.level_folds:
        told.append("Crease at the dashed marks before they are cut off; fold afterwards.")
    return tuple(told)


def write_cut_plan(
    run: Run, fmt: Format, title: str, fonts: Sequence[Font], target: Path, remark: str = ""
) -> Path:
    """Draw the plan of a run on one page, A4 or Letter as the sheet is, and return `target`."""
    page = US_LETTER if run.plan.name in _AMERICAN else A4
    font = font_for("plain", tuple(fonts))
    out = BytesIO()
    canvas = open_canvas(out, page, font, f"Cut plan {title}")
    words = Drawing(canvas, page, face(font))
    words.text(_MARGIN, mm(22), title, 17)
    words.text(_MARGIN, mm(29), "Cut plan" + (f", {remark}" if remark else ""), 11, GREY)
    room = Box(_MARGIN, mm(42), page.width - 2 * _MARGIN - _COLUMN - mm(13), mm(176))
    _draw_sheet(words, run, room)
    _draw_words(words, run, fmt, page)
    canvas.showPage()
    canvas.save()
    write_whole(target, out.getvalue())
    return target


_AMERICAN = {name for name, sheet in SHEETS.items() if not sheet.media.startswith("iso_")}


def _draw_sheet(words: Drawing, run: Run, room: Box) -> None:
    """The front of the first sheet: what lies where, and the cuts with their millimetres."""
    plan = run.plan
    scale = min(room.width / plan.sheet.width, room.height / plan.sheet.height)

    def at(box: Box) -> Box:
        return Box(
            room.x + box.x * scale, room.y + box.y * scale, box.width * scale, box.height * scale
        )

    words.canvas.setStrokeColor(BLACK)
    whole = at(Box(0, 0, plan.sheet.width, plan.sheet.height))
    words.box(whole)
    words.canvas.setStrokeColor(GREY)
    for place, (slot, number) in enumerate(zip(plan.front.slots, run.sheet(0), strict=True), 1):
        box = at(slot.box)
        words.box(box, fill=TINT)
        middle, size = box.y + box.height / 2, min(26.0, box.height / 3, box.width / 4)
        words.text(box.x + box.width / 2, middle, str(place), size, align=0.5)
        piece = "blank" if number is None else f"{number:04}"
        small = max(4.0, size / 2.6)
        words.text(box.x + box.width / 2, middle + 1.3 * small, piece, small, GREY, align=0.5)
    _draw_cuts(words, run, whole, scale)
    words.paragraph(room.x, whole.bottom + mm(3), _CAPTIONS[run.order], room.width, 8)


_CAPTIONS = {
    ORDERS[0]: "Front of sheet 1: the number of the stack, below it the piece that lies on top.",
    ORDERS[1]: "Front of sheet 1: the number of the place, below it the piece that lies there.",
}


def _draw_cuts(words: Drawing, run: Run, whole: Box, scale: float) -> None:
    """Every cut as a line through the sheet; figures that would touch go into a second row."""
    xs, ys = run.plan.cuts()
    words.canvas.setStrokeColor(BLACK)
    words.canvas.setDash([3, 2])
    for x in xs:
        words.line(whole.x + x * scale, whole.y, whole.x + x * scale, whole.bottom, 0.4)
    for y in ys:
        words.line(whole.x, whole.y + y * scale, whole.right, whole.y + y * scale, 0.4)
    words.canvas.setDash([])
    last, raised = -99.0, False
    for x in xs:
        place = whole.x + x * scale
        raised = place - last < mm(9) and not raised
        words.text(place, whole.y - mm(4.6 if raised else 1.4), _mm(x), 6.5, align=0.5)
        last = place
    last = -99.0
    for y in ys:
        place = max(whole.y + y * scale, last + 7.5)
        words.text(whole.right + mm(1.2), place + 2.3, _mm(y), 6.5)
        last = place


def _draw_words(words: Drawing, run: Run, fmt: Format, page: Size) -> None:
    left, y = page.width - _MARGIN - _COLUMN, float(mm(42))
    for label, text in facts(run, fmt):
        words.text(left, y + 8, label, 8, GREY)
        y = words.paragraph(left, y + 9, text, _COLUMN) + mm(2.2)
    y += mm(4)
    for number, step in enumerate(steps(run), 1):
        words.text(left, y + 9 * 1.35, f"{number}", 9)
        y = words.paragraph(left + mm(5), y, step, _COLUMN - mm(5)) + mm(2.4)


def in_mm(lengths: Sequence[float]) -> str:
    """`12.3, 139.3, 145.6 mm`."""
    return f"{', '.join(map(_mm, lengths))} mm"


def _mm(length: float) -> str:
    return f"{to_mm(length):.1f}".removesuffix(".0")

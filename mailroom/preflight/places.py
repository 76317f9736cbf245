"""Rules on where things stand: frames, edges, windows, and places that stay bare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from mailroom import marks
from mailroom.formats import Format
from mailroom.marks import ADDRESS
from mailroom.model import FrameBox, Line
from mailroom.preflight.case import Case, Fault, short
from mailroom.readback import Page
from mailroom.units import Box, to_mm

_SLACK = 0.5  # points; what rounding in the renderer and the file may make of a fit
_TOUCH = 3.0  # points; a signature may swing a little into its neighbour
_RIM = 1.0  # points; letters may touch the edge of the frame they stand in


def overflow(case: Case) -> Iterator[Fault]:
    """Content that reaches out of its frame."""
    for frame in case.artwork.frames:
        beyond = _beyond(frame.box, frame.content, _SLACK)
        if beyond and not _is_bare(frame):
            yield Fault(
                message=f"the text of {frame.name!r} is too long for its frame: it reaches "
                f"{_sides(beyond)}",
                page=frame.page,
                box=frame.content,
                hint="shorten the text or show its pictures smaller, or ask the designer for a "
                "larger frame",
            )


def frames_overlap(case: Case) -> Iterator[Fault]:
    """Two texts printed over each other: a frame without a height, or one in the wrong place."""
    filled = [
        (frame.content.y, frame.content.bottom, frame)
        for frame in case.artwork.frames
        if frame.content.width > 0
    ]
    for (top, bottom, first), (below, end, second) in combinations(filled, 2):
        if bottom - below <= _TOUCH or end - top <= _TOUCH or first.page != second.page:
            continue
        if first.content.overlaps(second.content, _TOUCH):
            yield Fault(
                message=f"{second.name!r} is printed over {first.name!r}",
                page=second.page,
                box=second.content,
                hint="give both frames a place and a size of their own in the style sheet",
            )


def _is_bare(frame: FrameBox) -> bool:
    return frame.content.width <= 0 and frame.content.height <= 0


def _beyond(outer: Box, inner: Box, slack: float) -> list[tuple[str, float]]:
    """On which sides, and how many points, `inner` reaches out of `outer`."""
    left, right = outer.x - inner.x, inner.x + inner.width - (outer.x + outer.width)
    top, bottom = outer.y - inner.y, inner.y + inner.height - (outer.y + outer.height)
    if left <= slack and right <= slack and top <= slack and bottom <= slack:
        return []
    sides = {"left": left, "right": right, "top": top, "bottom": bottom}
    return [(side, by) for side, by in sides.items() if by > slack]


def _sides(beyond: Iterable[tuple[str, float]]) -> str:
    return " and ".join(f"{to_mm(by):.1f} mm beyond the {side}" for side, by in beyond)


def safe_zone(case: Case) -> Iterator[Fault]:
    """Text so near to the edge that the knife may take it."""
    safe, fmt = case.standard.safe_box, case.standard.format
    left, top, right, bottom = safe.x, safe.y, safe.right, safe.bottom
    for number, page in case.numbered():
        for line in page.lines:
            _, x, y, end, foot = line
            across = left - x <= _SLACK and end - right <= _SLACK
            if across and top - y <= _SLACK and foot - bottom <= _SLACK:
                continue
            beyond = _beyond(safe, line.box, _SLACK)
            yield Fault(
                message=f"{short(line.text)!r} is {_distances(fmt, beyond)}; text keeps "
                f"{to_mm(fmt.safe):.1f} mm away",
                page=number,
                box=line.box,
                hint="move it inwards; lettering that may be cut is drawn as a path, not as text",
            )


def _distances(fmt: Format, beyond: Iterable[tuple[str, float]]) -> str:
    """How far from the edge, for people; outside the trim it is said in words."""
    parts = []
    for side, by in beyond:
        inside = fmt.safe - by
        far = f"{to_mm(abs(inside)):.1f} mm"
        parts.append(f"{far} from the {side} edge" if inside >= 0 else f"cut {far} at the {side}")
    return " and ".join(parts)


def address_zone(case: Case) -> Iterator[Fault]:
    """The window shows the address, all of it, and nothing else."""
    clear, zone = case.standard.windows
    if not clear or not zone:
        return
    for number, page in case.numbered():
        if number != case.standard.format.address_page:
            continue
        frames = [f for f in case.artwork.frames if f.name == ADDRESS and f.page == number]
        areas = [area.inset(-_RIM) for frame in frames for area in (frame.box, frame.content)]
        stray, inside = _seen_through(clear, areas, page.lines)
        yield from _stray(page, number, stray)
        for line in inside:
            beyond = _beyond(zone, line.box, _SLACK)
            if beyond:
                yield Fault(
                    message=f"the address line {line.text!r} reaches {_sides(beyond)} of the "
                    "address zone",
                    page=number,
                    box=line.box,
                    hint="shorten the line, or ask the designer for a smaller address",
                )
    if not any(frame.name == ADDRESS for frame in case.artwork.frames):
        yield Fault(
            message=f"nothing is in the address zone ({zone.in_mm()})",
            box=zone,
            hint='the layout needs an element with data-frame="address" there',
        )


def _seen_through(
    clear: Box, areas: Sequence[Box], lines: Iterable[Line]
) -> tuple[list[Line], list[Line]]:
    """The lines in the clear zone that are in none of the areas, and those that are in one."""
    top = min(box.y for box in (clear, *areas))
    bottom = max(box.bottom for box in (clear, *areas))
    corners = [(area.x, area.y, area.right, area.bottom) for area in areas]
    stray, inside = [], []
    for line in lines:
        _, left, high, right, low = line
        if low < top or high > bottom:
            continue
        if any(left >= a and high >= b and right <= c and low <= d for a, b, c, d in corners):
            inside.append(line)
        elif line.box.overlaps(clear):
            stray.append(line)
    return stray, inside


def _stray(page: Page, number: int, stray: Sequence[Line]) -> Iterator[Fault]:
    hint = "only the address may be seen through the window: move it away"
    for line in stray:
        message = f"{short(line.text)!r} stands where the window shows the address"
        yield Fault(message=message, page=number, box=line.box, hint=hint)
    if page.stain and not stray:
        message = f"something is printed where the window shows the address: {page.stain.in_mm()}"
        yield Fault(message=message, page=number, box=page.stain, hint=hint)


def ink_free(case: Case) -> Iterator[Fault]:
    """The provider prints its own white box over what is there, or a machine cannot read it."""
    fmt = case.standard.format
    if not fmt.ink_free:
        return
    whose = "the provider prints" if fmt.addressed_by_provider else "the post needs"
    for number, page in case.numbered():
        zones = fmt.ink_free_on(number)
        for zone, ink in zip(zones, page.spills, strict=True):
            if ink:
                lines = (line.text for line in page.lines if line.box.overlaps(zone.box))
                what = next((repr(short(text)) for text in lines), "something")
                yield Fault(
                    message=f"{what} is printed in the {zone.name}: {ink.in_mm()}; without any "
                    f"ink stays {zone.box.in_mm()}",
                    page=number,
                    box=ink,
                    hint=f"{whose} the {zone.name}: ask the designer to move it away, tints too",
                )


def postal_mark(case: Case) -> Iterator[Fault]:
    """A mark where its post does not look for it, or with something else beside it."""
    frames = case.artwork.frames
    refused = [finding.box for finding in case.artwork.findings if finding.rule == "code"]
    for frame in frames:
        if not frame.code or frame.box in refused or frame.page > len(case.pages):
            continue
        if marks.post_of(frame):
            page = case.pages[frame.page - 1]
            shown = [picture.box for picture in page.pictures]
            beside = marks.crowded(frame, frames, page.lines, shown, filter(None, page.smudges))
            for message, hint in (*beside, *marks.misplaced(frame, frames, case.standard.format)):
                yield Fault(message=message, page=frame.page, box=frame.content, hint=hint)

"""Where posts want their marks on a piece, as data.

A mark is a code that a post's machines read (`codes.Kind.post`), with its quiet zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mailroom.codes import KINDS, quiet
from mailroom.errors import ConfigError
from mailroom.formats import ENVELOPES, Format
from mailroom.model import FrameBox, Line, Piece
from mailroom.units import Box, Size, inch, mm, to_mm

ADDRESS = "address"  #: the frame that carries the postal address
OPTION = "postal_mark"  #: of a mailing: which mark is printed on its envelopes
ON_ENVELOPES = ("imb", "rm4scc", "kix", "mailmark-c", "mailmark-l")
"""Marks that stand with the address; where a 2D Mailmark may stand is agreed with its post."""

BELOW = ("kix",)
"""Those that are the last line of the address (TNT Post, "De KIX"); the others are its first."""

MOST_BETWEEN = inch(0.625 - 0.028)
"""From the address to the quiet zone of its Intelligent Mail barcode (USPS DMM 202.5)."""

_TOUCH = 0.3  # points; what may reach into a quiet zone, as letters are measured
_SLACK = 0.1  # points; what rounding may make of a place that is just right


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a mark may stand; boxes from the piece's top left corner."""

    name: str
    box: Box  #: the mark and its quiet zone lie in it
    begins: tuple[float, float] | None = None  #: where its quiet zone begins, from the left
    by_address: bool = False  #: not further from the address than `MOST_BETWEEN`


def post_of(frame: FrameBox) -> str:
    """Whose mark the frame is; empty where it is none, or shows nothing."""
    kind = KINDS.get(frame.code)
    return kind.post if kind and frame.content.width > 0 else ""


def is_address(frame: FrameBox) -> bool:
    """May a window show it: the address, or the mark that its post reads with it?"""
    return frame.name == ADDRESS or bool(frame.code and post_of(frame))


def quiet_zones(frames: Iterable[FrameBox]) -> tuple[Box, ...]:
    """The four sides of each mark among the frames of a page."""
    found = [frame for frame in frames if frame.code and post_of(frame)]
    return tuple([side for mark in found for side in _sides(mark.code, mark.content)])


@lru_cache(maxsize=256)
def _sides(code: str, whole: Box) -> tuple[Box, ...]:
    beside, above = quiet(code)
    x, y, width, height = whole.x, whole.y, whole.width, whole.height
    return (
        Box(x, y, beside, height),
        Box(x + width - beside, y, beside, height),
        Box(x, y, width, above),
        Box(x, y + height - above, width, above),
    )


def crowded(
    mark: FrameBox,
    frames: Iterable[FrameBox],
    lines: Iterable[Line],
    pictures: Iterable[Box],
    ink: Iterable[Box],
) -> Iterator[tuple[str, str]]:
    """What else stands where only the mark may: what is wrong, what to do.

    `ink` is what is dark in the quiet zones of the page; of text, bitmaps and other codes it is
    told what they are.
    """
    own, title = mark.content, KINDS[mark.code].title
    inner = own.inset(_TOUCH)
    x, y, end, foot = inner.x, inner.y, inner.right, inner.bottom
    texts = [
        repr(text)
        for text, left, top, right, bottom in lines
        if top < foot and bottom > y and left < end and right > x
    ]
    shown = ["a picture" for box in pictures if box.overlaps(own, _TOUCH)]
    others = [
        KINDS[other.code].title
        for other in frames
        if other.code in KINDS and other is not mark and other.page == mark.page
        if other.content.overlaps(own, _TOUCH)
    ]
    dark = ["something" for box in ink if box.overlaps(own)]
    for what in dict.fromkeys((*texts, *shown, *others) or dark):
        yield (
            f"{what} stands in the quiet zone of {title} ({own.in_mm()})",
            "nothing else may be printed there: ask the designer to move one of them",
        )


def misplaced(mark: FrameBox, frames: Iterable[FrameBox], fmt: Format) -> Iterator[tuple[str, str]]:
    """Is the mark in none of its places: what is wrong, what to do."""
    title = KINDS[mark.code].title
    if fmt.addressed_by_provider:
        yield (
            f"{title} is printed, and whoever posts it prints the address with its own mark",
            "leave it out of this layout",
        )
        return
    wrong = [_wrong(mark, place, frames) for place in places(mark, fmt)]
    if wrong and all(wrong):
        yield (
            f"{title} ({mark.content.in_mm()}) is not where its post looks for it:"
            f" {', and '.join(wrong)}",
            "ask the designer to move its frame there",
        )


def _wrong(mark: FrameBox, place: Place, frames: Iterable[FrameBox]) -> str:
    """What keeps the mark out of the place; empty if nothing does."""
    own = mark.content
    if not place.box.contains(own, _SLACK):
        return f"not within {place.name} ({place.box.in_mm()})"
    if place.begins and not place.begins[0] - _SLACK <= own.x <= place.begins[1] + _SLACK:
        left, right = map(to_mm, place.begins)
        return f"in {place.name} it would begin {left:.1f} to {right:.1f} mm from the left"
    if place.by_address:
        gaps = [
            max(own.y - frame.content.bottom, frame.content.y - own.bottom)
            for frame in frames
            if frame.name == ADDRESS and frame.page == mark.page and frame.content.height > 0
        ]
        far = min(gaps, default=0.0) - MOST_BETWEEN
        if far > _SLACK:
            return f"{to_mm(far):.1f} mm too far from the address"
    return ""


def places(mark: FrameBox, fmt: Format) -> tuple[Place, ...]:
    """Where the mark may stand on a format that we address; none where nothing is known.

    A card in a closed envelope is read by nobody: what is printed on it is not looked at.
    """
    if fmt.addressed_envelope:
        return ()
    seen = _always_seen(fmt)
    if seen:
        name = "what the window shows however the sheet slips"
        return (Place(name=name, box=seen, by_address=post_of(mark) == "usps"),)
    face = _FACES.get(post_of(mark))
    return face(fmt.trim) if face else ()


def _always_seen(fmt: Format) -> Box | None:
    """What of a sheet is in the window wherever it lies in its envelope; None without one.

    What may be seen (`Format.clear_zone`) is larger than the window by as much as it slips, and
    this is smaller by that.
    """
    envelope, ever = ENVELOPES.get(fmt.envelope), fmt.clear_zone
    if not envelope or not envelope.window or not ever:
        return None
    window = envelope.window
    right, down = ever.width - window.width, ever.height - window.height
    return Box(ever.x + right, ever.y + down, window.width - right, window.height - down)


def check_option(options: Mapping[str, Any], fmt: Format, where: str) -> None:
    """ConfigError where a mailing asks for a mark that no envelope of its format can have."""
    kind = options.get(OPTION, "")
    if kind and kind not in ON_ENVELOPES:
        hint = f"use one of: {', '.join(ON_ENVELOPES)}"
        raise ConfigError(f"no {kind!r} is printed on envelopes", where=where, hint=hint)
    if kind and not fmt.addressed_envelope:
        hint = f'make a frame with data-code="{kind}" in the layout'
        message = f"{fmt.name} has no envelope to print the {OPTION} on"
        raise ConfigError(message, where=where, hint=hint)


def on_envelope(piece: Piece, options: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and payload of the mark on a piece's envelope; empty where it has none.

    The mailing's option names the kind, the export's column of that name says what is in it.
    """
    kind = str(options.get(OPTION, ""))
    fields = piece.recipient.fields if kind else {}
    said = (value for name, value in fields.items() if name.casefold() == kind)
    return kind, next(said, "").strip()


def _usps(face: Size) -> tuple[Place, ...]:
    """DMM 202.2.1 (OCR read area) and 202.5 (lower right corner), for letters and cards."""
    width, height = face.width, face.height
    beside = inch(0.125)
    return (
        Place(
            name="the address block",
            box=Box(inch(0.5), height - inch(2.75), width - inch(1), inch(2.75 - 0.625)),
            by_address=True,
        ),
        Place(
            name="the barcode clear zone",
            box=Box(width - inch(4.75), height - inch(0.625), inch(4.75), inch(0.625)),
            begins=(width - inch(4.25) - beside, width - inch(3.5) - beside),
        ),
    )


def _royal_mail(face: Size) -> tuple[Place, ...]:
    """Mailsort user guide: 15 mm from the other edges, 18 to 120 mm from the bottom."""
    top = max(mm(15), face.height - mm(120))
    return (
        Place(
            name="the area that the Royal Mail reads",
            box=Box(mm(15), top, face.width - mm(30), face.height - mm(18) - top),
        ),
    )


_FACES: Mapping[str, Callable[[Size], tuple[Place, ...]]] = {
    "usps": _usps,
    "royal-mail": _royal_mail,
}

"""Artwork + Format -> Findings: every finished page is read back and judged.

One small function a rule, all of them in `RULES`. A rule yields faults; what a fault is
called, how bad it is and whether a person may accept it stands in the table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from mailroom import frames, marks
from mailroom.fonts import Font, coverage, missing_glyphs
from mailroom.formats import Format
from mailroom.identity import (
    Identities,
    Tokens,
    identities_of,
    is_one_printed,
    is_printed,
    tokens_of,
)
from mailroom.marks import ADDRESS
from mailroom.model import Artwork, Finding, FrameBox, Line, Merged, Piece, Severity
from mailroom.placeholders import field_left_open, placeholder_names, placeholder_text
from mailroom.readback import Corners, Page, Readback
from mailroom.units import Box, to_mm

_SLACK = 0.5  # points; what rounding in the renderer and the file may make of a fit
_SAME_SIZE = 0.1  # points
_TOUCH = 3.0  # points; a signature may swing a little into its neighbour
_RIM = 1.0  # points; letters may touch the edge of the frame they stand in
_NAMED = 6  # characters a finding names before it only counts


@dataclass(frozen=True, kw_only=True)
class Standard:
    """What the pieces of a mailing are judged by; what follows from it is worked out once."""

    format: Format
    fonts: tuple[Font, ...]
    others: Identities  #: no page may show but its own
    common: tuple[str, ...] = ()  #: texts that stand on every piece, such as the sender's address

    @cached_property
    def families(self) -> tuple[str, ...]:
        return tuple({_family(font.family) for font in self.fonts})

    @cached_property
    def corners(self) -> tuple[Corners, Corners]:
        """MediaBox and TrimBox: left, bottom, right, top."""
        fmt, bleed = self.format, float(self.format.bleed)
        whole = (0.0, 0.0, fmt.media_box.width, fmt.media_box.height)
        return whole, (bleed, bleed, bleed + fmt.trim.width, bleed + fmt.trim.height)

    @cached_property
    def safe_box(self) -> Box:
        return self.format.safe_box

    @cached_property
    def windows(self) -> tuple[Box | None, Box | None]:
        """What may be seen through the envelope, and where the address is printed."""
        return self.format.clear_zone, self.format.address_zone

    @cached_property
    def anybodys(self) -> set[Tokens]:
        """Names in the common texts: they may stand on every piece."""
        return self.others.within(self.common)

    @cached_property
    def strange_letter(self) -> re.Pattern[str]:
        """Finds what none of the fonts may have; `missing_glyphs` then knows."""
        return _strange_letter(tuple(font.path for font in self.fonts))


class Case(NamedTuple):
    """One piece before the rules: what it should be, and what its pages say.

    `words` are the texts that each page was to show, in any order, without markup.
    """

    piece: Piece
    artwork: Artwork
    pages: tuple[Page, ...]
    words: tuple[str, ...]
    standard: Standard

    def numbered(self) -> Iterator[tuple[int, Page]]:
        """The pages with their numbers, from 1."""
        return enumerate(self.pages, 1)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a rule found; the table gives it its name."""

    message: str
    page: int = 0
    box: Box | None = None
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of preflight: a row of `RULES`."""

    name: str
    meaning: str  #: what a good piece is like
    check: Callable[[Case], Iterable[Fault]]
    severity: Severity = Severity.ERROR
    acceptable: bool = True  #: may a person accept it, with a reason, at approval?


def preflight(
    checks: Sequence[tuple[Piece, Merged, Artwork]],
    fmt: Format,
    layout_fonts: Sequence[Font],
    *,
    others: Identities | None = None,
    common: Iterable[str] = (),
) -> dict[str, tuple[Finding, ...]]:
    """Judge every piece; findings by piece key, an empty tuple where all is well.

    `others` are the identities no page may show but its own; without it those of the
    pieces in `checks`. `common` are texts of the whole mailing (the sender's lines, the
    layout's words) that may hold such a name by chance. Every file is opened once.
    RenderError where a file is no PDF.
    """
    standard = Standard(
        format=fmt,
        fonts=tuple(layout_fonts),
        others=others or identities_of(piece for piece, _, _ in checks),
        common=tuple(common),
    )
    cases = []
    with ExitStack() as stack:
        files = {
            path: stack.enter_context(Readback(path))
            for path in dict.fromkeys(artwork.path for _, _, artwork in checks)
        }
        for piece, merged, artwork in checks:
            pages = _pages(files[artwork.path], artwork, fmt)
            words = tuple(map(frames.text, merged.pages))
            cases.append(Case(piece, artwork, pages, words, standard))
    found = zip(cases, judge(cases), strict=True)
    return {case.piece.key: tuple(findings) for case, findings in found}


def judge(cases: Sequence[Case]) -> list[list[Finding]]:
    """What the rules find in each of several pieces, in the order of the table."""
    findings: list[list[Finding]] = [[] for _ in cases]
    for rule in RULES:  # one after the other over all pieces, which is kind to the processor
        for case, found in zip(cases, findings, strict=True):
            for fault in rule.check(case):
                found.append(_finding(rule, case.piece, fault))
    return findings


def _finding(rule: Rule, piece: Piece, fault: Fault) -> Finding:
    where = f"piece {piece.number:04d}"
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        message=fault.message,
        where=f"{where}, page {fault.page}" if fault.page else where,
        hint=fault.hint,
        page=fault.page,
        box=fault.box,
    )


def is_acceptable(rule: str) -> bool:
    """May a person accept this finding at approval? A rule nobody knows: no."""
    return any(known.name == rule and known.acceptable for known in RULES)


def _pages(file: Readback, artwork: Artwork, fmt: Format) -> tuple[Page, ...]:
    last = min(artwork.first_page + artwork.pages, len(file))
    return tuple(
        file.page(
            artwork.first_page + number - 1,
            fmt.clear_zone_on(number),
            _address_boxes(artwork, number),
            tuple(zone.box for zone in fmt.ink_free_on(number)),
            marks.quiet_zones(frame for frame in artwork.frames if frame.page == number),
        )
        for number in range(1, last - artwork.first_page + 1)
    )


def _address_boxes(artwork: Artwork, page: int) -> tuple[Box, ...]:
    return tuple(
        box
        for frame in artwork.frames
        if frame.page == page and marks.is_address(frame)
        for box in (frame.box, frame.content)
    )


# --- the rules ------------------------------------------------------------------------------


def empty_frame(case: Case) -> Iterator[Fault]:
    """A frame that nothing was put into."""
    for frame in case.artwork.frames:
        if frame.empty:
            yield Fault(
                message=f"the frame {frame.name!r} is empty ({frame.box.in_mm()})",
                page=frame.page,
                box=frame.box,
                hint="fill the column it is read from; a frame that may stay empty is marked "
                "data-optional in the layout",
            )


def unresolved_field(case: Case) -> Iterator[Fault]:
    """`{{ first_name }}`, `«First_Name»`, `%FNAME%` on paper."""
    for number, page in case.numbered():
        found = field_left_open(page.text)
        if found:
            yield Fault(
                message=f"a field was not filled in: {found}",
                page=number,
                box=_box_of(page, found),
                hint="mailroom fills in {{ name }} only in a layout and its words, not in the "
                "data: correct the text it stands in",
            )


def placeholder_word(case: Case) -> Iterator[Fault]:
    """`null`, `undefined`, "insert name", "Dear ,"."""
    names = _names(case.piece)
    in_names = placeholder_names([text for _, text in names])
    for (kind, text), found in zip(names, in_names, strict=True) if any(in_names) else ():
        if found:
            yield Fault(
                message=f"the {kind} reads {text!r}: {found!r} is a placeholder, not data",
                hint=f"correct it in the CRM ({case.piece.recipient.where}), then run intake again",
            )
    for number, page in case.numbered():
        found = placeholder_text(page.text, case.piece.language)
        if found:
            yield Fault(
                message=f"{found!r} looks like a placeholder that was never replaced",
                page=number,
                box=_box_of(page, found),
                hint="correct the text, or accept it with a reason at approval",
            )


def _names(piece: Piece) -> list[tuple[str, str]]:
    """What is printed as a name, with a word for people that says which."""
    greeting = piece.greeting
    return [
        ("name on the envelope", greeting.envelope_name.text),
        ("salutation", greeting.salutation.text),
        ("informal greeting", greeting.informal.text),
        *[("address line", line) for line in piece.address_lines],
    ]


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


def missing_glyph(case: Case) -> Iterator[Fault]:
    """Characters that would print as nothing: asked of the fonts, then seen on the page."""
    told: set[str] = set()
    for number, text in enumerate(case.words, 1):
        if not case.standard.strange_letter.search(unicodedata.normalize("NFC", text)):
            continue
        chars = missing_glyphs(text, case.standard.fonts)
        told.update(chars)
        if chars:
            yield _no_glyph(case.piece, tuple(chars), number)
    for number, page in case.numbered():
        seen = tuple(char for char in page.blanks if not char or not told.issuperset(char))
        if seen:
            yield _no_glyph(case.piece, seen, number)


@lru_cache(maxsize=8)
def _strange_letter(fonts: tuple[Path, ...]) -> re.Pattern[str]:
    known = frozenset().union(*map(coverage, fonts))
    return re.compile(f"[^\\s{re.escape(''.join(map(chr, sorted(known))))}]")


def _no_glyph(piece: Piece, chars: tuple[str, ...], page: int) -> Fault:
    named = [_with_code(char) for char in chars[:_NAMED]]
    more = f" and {len(chars) - _NAMED} more" if len(chars) > _NAMED else ""
    needing = (kind_text for kind_text in _names(piece) if set("".join(chars)) & set(kind_text[1]))
    who = next((f", needed by the {kind} {text!r}" for kind, text in needing), "")
    return Fault(
        message=f"no font of the layout can draw {', '.join(named)}{more}{who}",
        page=page,
        hint="write it in letters the fonts have, or add a font with its script to fonts/ and "
        "to the layout",
    )


def _with_code(char: str) -> str:
    codes = " ".join(f"U+{ord(part):04X}" for part in char)
    return f"{char!r} ({codes})" if char else "one of the characters"


def code(case: Case) -> Iterator[Fault]:
    """A code that cannot be made of what it is to say."""
    for finding in case.artwork.findings:
        if finding.rule == "code":
            yield Fault(
                message=finding.message,
                page=finding.page,
                box=finding.box,
                hint=finding.hint or "correct the column that the code is made of",
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


def shrunk(case: Case) -> Iterator[Fault]:
    """Text that had to be set in the smallest size its frame allows."""
    for finding in case.artwork.findings:
        if finding.rule == "shrunk":
            yield Fault(
                message=finding.message, page=finding.page, box=finding.box, hint=finding.hint
            )


def ink(case: Case) -> Iterator[Fault]:
    """More ink in one place than the paper takes: it smears, and comes off on the next sheet."""
    for finding in case.artwork.findings:
        if finding.rule == "ink":
            yield Fault(message=finding.message, page=finding.page, hint=finding.hint)


def image_missing(case: Case) -> Iterator[Fault]:
    """A picture that could not be shown."""
    for finding in case.artwork.findings:
        if finding.rule == "image-missing" or _is_lost_picture(finding):
            yield Fault(
                message=finding.message,
                page=finding.page,
                box=finding.box,
                hint="put the picture into the layout's folder, as PNG, JPEG or SVG",
            )


def _is_lost_picture(finding: Finding) -> bool:
    return finding.rule == "renderer" and "load image" in finding.message


def renderer(case: Case) -> Iterator[Fault]:
    """Whatever the layout engine warned of."""
    for finding in case.artwork.findings:
        if finding.rule == "renderer" and not _is_lost_picture(finding):
            yield Fault(
                message=finding.message,
                page=finding.page,
                box=finding.box,
                hint=finding.hint or "tell the designer of the layout",
            )


def image_resolution(case: Case) -> Iterator[Fault]:
    """A bitmap that would print coarse."""
    least = case.standard.format.min_dpi
    for number, page in case.numbered():
        for picture in page.pictures:
            if picture.dpi < least - 0.5:
                yield Fault(
                    message=f"a picture is printed with {picture.dpi:.0f} dpi, {least} are needed "
                    f"({picture.box.in_mm()})",
                    page=number,
                    box=picture.box,
                    hint=f"use one with {least / max(picture.dpi, 1):.1f} times as many pixels "
                    "each way, or show it smaller",
                )


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
                message=f"{_short(line.text)!r} is {_distances(fmt, beyond)}; text keeps "
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
        message = f"{_short(line.text)!r} stands where the window shows the address"
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
                what = next((repr(_short(text)) for text in lines), "something")
                yield Fault(
                    message=f"{what} is printed in the {zone.name}: {ink.in_mm()}; without any "
                    f"ink stays {zone.box.in_mm()}",
                    page=number,
                    box=ink,
                    hint=f"{whose} the {zone.name}: ask the designer to move it away, tints too",
                )


def page_count(case: Case) -> Iterator[Fault]:
    """As many pages as the format has."""
    wanted, hint = len(case.standard.format.pages), "shorten the text, or ask the designer to look"
    if len(case.pages) != wanted:
        yield Fault(message=f"{len(case.pages)} pages instead of {wanted}", hint=hint)
    for finding in case.artwork.findings:
        if finding.rule == "page-count":
            yield Fault(message=finding.message, page=finding.page, hint=finding.hint or hint)


def page_size(case: Case) -> Iterator[Fault]:
    """MediaBox, BleedBox and TrimBox as the format says (ISO 15930-7, 6.10)."""
    whole, trim = case.standard.corners
    for number, page in case.numbered():
        for name, found, wanted in _other_sizes(page.media, page.bleed, page.trim, whole, trim):
            yield Fault(
                message=f"the {name} is {_in_mm(found)}, not {_in_mm(wanted)} (left, bottom, "
                "right, top)",
                page=number,
                hint=f"make it anew for the format {case.standard.format.name}",
            )
        if page.rotation:
            yield Fault(message=f"the page is turned by {page.rotation} degrees", page=number)


@lru_cache(maxsize=64)
def _other_sizes(
    media: Corners, bleed: Corners, trim: Corners, whole: Corners, wanted: Corners
) -> tuple[tuple[str, Corners, Corners], ...]:
    boxes = ("MediaBox", media, whole), ("BleedBox", bleed, whole), ("TrimBox", trim, wanted)
    return tuple(
        (name, found, right)
        for name, found, right in boxes
        if any(abs(a - b) > _SAME_SIZE for a, b in zip(found, right, strict=True))
    )


def _in_mm(corners: Iterable[float]) -> str:
    return " ".join(f"{to_mm(value):.1f}" for value in corners) + " mm"


def fonts_embedded(case: Case) -> Iterator[Fault]:
    """Only our own fonts, and each of them in the file."""
    families = case.standard.families
    for number, page in case.numbered():
        for font in page.fonts:
            if not font.embedded:
                yield Fault(
                    message=f"the font {font.name} is not in the file: the press would choose one",
                    page=number,
                    hint="make the pages anew; if it stays, report it",
                )
            elif not _is_of(font.name, families):
                yield Fault(
                    message=f"{font.name} is not a font of this layout",
                    page=number,
                    hint="name only families of fonts/ in the style sheet; a character that they "
                    "lack makes the renderer choose another font",
                )


@lru_cache(maxsize=256)
def _is_of(name: str, families: tuple[str, ...]) -> bool:
    return _family(name).startswith(families)


def _family(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def own_recipient(case: Case) -> Iterator[Fault]:
    """Promise 2: its own name, number and address, and nobody else's."""
    piece, text = case.piece, "\n".join([page.text for page in case.pages])
    if not is_one_printed(_own_names(piece), text):
        yield Fault(
            message=f"the pages do not carry the name {piece.greeting.envelope_name.text!r}",
            hint="do not send it: the page may belong to somebody else",
        )
    if not is_printed(f"{piece.number:04d}", text):
        yield Fault(
            message=f"the pages do not carry the number {piece.number:04d}",
            hint="the layout prints {{ piece.number }} in its imprint",
        )
    fmt = case.standard.format
    if fmt.address_zone and not fmt.addressed_envelope:
        for line in piece.address_lines:
            if not is_printed(line, text):
                yield Fault(
                    message=f"the address line {line!r} is not on the piece",
                    hint="the layout prints all of address_lines in its frame 'address'",
                )
    own = {piece.greeting.envelope_name.text, *piece.address_lines}
    if case.standard.others.found_in(text, but=own):
        yield from _strangers(case)


def _own_names(piece: Piece) -> Iterator[str]:
    greeting, recipient = piece.greeting, piece.recipient
    yield from (greeting.salutation.text, greeting.envelope_name.text, greeting.informal.text)
    yield from (recipient.name, recipient.last_name, recipient.first_name)


def _strangers(case: Case) -> Iterator[Fault]:
    """Identities of other pieces; what stands in this person's own data is their own."""
    others = case.standard.others
    for number, page in case.numbered():
        found = others.found_in(page.text)
        found = found and found - tokens_of(case.piece) - case.standard.anybodys
        found = found and found - others.within(_own_texts(case.piece))
        if found:  # no name begins in one paragraph and ends in the next
            found = found & others.within(page.text.split("\n\n"))
        for tokens in sorted(found):
            name = " ".join(tokens)
            yield Fault(
                message=f"{name!r} belongs to another piece of this mailing",
                page=number,
                box=_box_of(page, name),
                hint="do not send it: the page may belong to somebody else",
            )


def _own_lines(piece: Piece) -> Iterator[str]:
    yield from (text for _, text in _names(piece))
    yield from (member.name for member in piece.household.members)


def _own_texts(piece: Piece) -> Iterator[str]:
    yield from (*_own_lines(piece), piece.owner.name, piece.owner.role)
    for member in piece.household.members:
        yield from (member.company, *member.fields.values())


def _box_of(page: Page, text: str) -> Box | None:
    return next((line.box for line in page.lines if text in line.text), None)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


RULES = (
    Rule(name="empty-frame", meaning="no frame is empty", check=empty_frame),
    Rule(
        name="unresolved-field",
        meaning="no field is left open, such as {{ name }}",
        check=unresolved_field,
    ),
    Rule(
        name="placeholder-word",
        meaning="no null, undefined, or 'insert name' is printed",
        check=placeholder_word,
    ),
    Rule(name="overflow", meaning="all text fits its frame", check=overflow),
    Rule(name="frames-overlap", meaning="no text stands on another", check=frames_overlap),
    Rule(
        name="missing-glyph",
        meaning="the fonts can draw every character",
        check=missing_glyph,
        acceptable=False,
    ),
    Rule(
        name="code",
        meaning="every code can be made of its text, and says it",
        check=code,
        acceptable=False,
    ),
    Rule(
        name="postal-mark",
        meaning="a postal code stands where its post looks for it, with its quiet zone free",
        check=postal_mark,
    ),
    Rule(
        name="shrunk",
        meaning="no text has to be set in the smallest size of its frame",
        check=shrunk,
        severity=Severity.WARNING,
    ),
    Rule(
        name="ink",
        meaning="no place has more ink than the paper takes (`[print] max_ink`)",
        check=ink,
    ),
    Rule(
        name="image-missing",
        meaning="every picture is there",
        check=image_missing,
        acceptable=False,
    ),
    Rule(
        name="image-resolution",
        meaning="every bitmap has the resolution the format asks for",
        check=image_resolution,
    ),
    Rule(name="safe-zone", meaning="text keeps away from the edge", check=safe_zone),
    Rule(
        name="address-zone",
        meaning="the window shows the whole address and nothing else",
        check=address_zone,
    ),
    Rule(
        name="ink-free",
        meaning="nothing is printed where a provider prints the address or its scan code, or the "
        "post needs bare paper",
        check=ink_free,
        acceptable=False,
    ),
    Rule(
        name="page-count",
        meaning="as many pages as the format has",
        check=page_count,
        acceptable=False,
    ),
    Rule(
        name="page-size",
        meaning="page boxes are exactly those of the format",
        check=page_size,
        acceptable=False,
    ),
    Rule(
        name="fonts-embedded",
        meaning="every font is embedded and one of ours",
        check=fonts_embedded,
        acceptable=False,
    ),
    Rule(
        name="own-recipient",
        meaning="the page carries its own recipient and nobody else",
        check=own_recipient,
        acceptable=False,
    ),
    Rule(name="renderer", meaning="the layout engine had no complaint", check=renderer),
)
"""Every rule, in the order in which findings are told."""

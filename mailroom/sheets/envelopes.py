"""Envelopes: a page a piece, in the order of the cards, with the same number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import CMYKColor
from reportlab.pdfbase import pdfmetrics

from mailroom import codes, marks
from mailroom.canvas import clean, face, font_for, needs_shaping, open_canvas
from mailroom.codes import CodeError
from mailroom.envelope import envelope_lines
from mailroom.errors import RenderError
from mailroom.files import write_whole
from mailroom.fonts import Font, coverage, missing_glyphs
from mailroom.formats import Envelope
from mailroom.model import Finding, Piece, Sender, Severity
from mailroom.providers.calibration import ON_THE_MARK, Offset
from mailroom.providers.handling import AS_DRAWN, Feed
from mailroom.units import Box, Size, inch, mm, to_mm

CAP_HEIGHT = mm(2.8)
"""Of the address; posts read capitals of 2.3 to 4.7 mm (Deutsche Post, machine-readable mail)."""
MIN_SIZE = 10.0  #: points; a long line is set narrower rather than smaller than this
LEAST_SIZE = 9.0  #: points; what a line that is still too long may be set in
LEAST_WIDTH = 0.8  #: how far a line may be narrowed
_LEADING = 1.25
_RETURN_SIZE = 8.0
_NUMBER_SIZE = 6.0
NO_OPTIONS: Mapping[str, Any] = {}
_BLACK = CMYKColor(0, 0, 0, 1)
_GREY = CMYKColor(0, 0, 0, 0.6)


@dataclass(frozen=True, kw_only=True)
class Zones:
    """Where things may stand on the face of an envelope, from its top left corner."""

    address: Box
    sender: Box
    number: Box
    postage: Box  #: nothing of ours: stamp, franking, postmark
    barcode: Box  #: nothing of ours: the posts spray their code here


def zones(envelope: Envelope) -> Zones:
    """The zones that satisfy both the USPS and Deutsche Post, and so nearly everybody.

    USPS DMM 202.2: the address within the OCR read area (0.5 in from the sides, 0.625 to
    2.75 in from the bottom), barcode clear zone 4.75 x 0.625 in bottom right. Deutsche Post:
    address at least 40 mm from the top, 15 mm from sides and bottom, at most 100 mm wide;
    franking 74 x 40 mm top right; coding zone 150 x 15 mm bottom right.
    """
    width, height = envelope.size.width, envelope.size.height
    foot = max(inch(0.625), mm(15))
    top = max(height - inch(2.75), mm(42))
    side = mm(15)
    left = min(0.38 * width, width - side - mm(85))  # long lines on a narrow envelope
    free = width - mm(150) >= mm(11)  # left of the coding zone, else above it
    return Zones(
        address=Box(left, top, min(width - side - left, mm(100)), height - foot - top),
        sender=Box(mm(10), mm(9), width - mm(74) - mm(14), mm(24)),
        number=Box(mm(5), height - (mm(9) if free else foot + mm(5)), mm(6), mm(4)),
        postage=Box(width - mm(74), 0, mm(74), mm(40)),
        barcode=Box(max(0.0, width - mm(150)), height - foot, min(width, mm(150)), foot),
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text ready to be set."""

    text: str
    face: str  #: ReportLab's name of the font
    size: float
    squeeze: float = 1.0  #: horizontal scale


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines that fit their zone, or the findings that say why they cannot be printed."""

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def height(self) -> float:
        return sum(line.size * _LEADING for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A code of a post above the address, or below it."""

    kind: str
    payload: str
    left: float  #: of its quiet zone
    size: Size  #: with its quiet zone

    @property
    def is_below(self) -> bool:
        return self.kind in marks.BELOW

    def beside(self, zone: Box) -> Box:
        """What is left of the address zone; lines begin where the bars do."""
        begins = self.left + codes.quiet(self.kind)[0]
        top = zone.y if self.is_below else zone.y + self.size.height
        return Box(begins, top, zone.right - begins, zone.height - self.size.height)


def write_envelopes(
    pieces: Sequence[Piece],
    envelope: Envelope,
    sender: Sender,
    fonts: Sequence[Font],
    target: Path,
    *,
    options: Mapping[str, Any] = NO_OPTIONS,
    feed: Feed = AS_DRAWN,
    offset: Offset = ON_THE_MARK.front,
) -> Path:
    """Write one page a piece to `target`, in the order given, and return it.

    `options` are the mailing's: a mark of a post may be asked for (`marks.on_envelope`).
    `feed` is how they go through the machine: turned in the page, since which way a printer
    turns a page by itself nobody knows; those that come out face up are written from the last
    to the first. `offset` is how far the machine prints off the mark, which is taken back.
    RenderError where an envelope has a finding of severity error: `EnvelopeCheck` holds
    such a piece long before. EnvironmentProblem where the file cannot be written.
    """
    faces = tuple(fonts)
    buffer = BytesIO()
    title = f"Envelopes {envelope.name}"
    canvas = open_canvas(buffer, feed.page(envelope.size), font_for("plain", faces), title)
    right, up = offset.correction
    for piece in reversed(pieces) if feed.face_up else pieces:
        canvas.translate(right, up)
        canvas.transform(*feed.matrix(envelope.size))
        _draw(canvas, piece, envelope, sender, faces, options)
        canvas.showPage()
    canvas.save()
    write_whole(target, buffer.getvalue())
    return target


class EnvelopeCheck:
    """Looks at the envelopes of a whole mailing; what is the same for many is known at once."""

    def __init__(
        self,
        envelope: Envelope,
        sender: Sender,
        fonts: Sequence[Font],
        options: Mapping[str, Any] = NO_OPTIONS,
    ) -> None:
        self._area, self._sender, self._fonts = zones(envelope), sender, tuple(fonts)
        self._envelope, self._options = envelope, options
        self._widths = _usual_widths(self._fonts)
        self._backs: dict[str, tuple[Finding, ...]] = {}

    def findings(self, piece: Piece) -> tuple[Finding, ...]:
        """What would be wrong with the piece's; nothing is drawn."""
        country = piece.recipient.address.country
        back = self._backs.get(country)
        if back is None:
            lines = return_lines(piece, self._sender)
            block = fit_block(lines, self._area.sender, self._fonts, _RETURN_SIZE)
            back = self._backs[country] = block.findings
        try:
            mark = _mark(piece, self._options, self._envelope)
        except CodeError as error:
            hint = "correct the column that the code is made of"
            return (_finding("code", f"envelope: {error}", hint), *back)
        zone = mark.beside(self._area.address) if mark else self._area.address
        if self._fits_easily(piece.address_lines, zone):
            return back
        return (*fit_block(piece.address_lines, zone, self._fonts).findings, *back)

    def _fits_easily(self, lines: Sequence[str], zone: Box) -> bool:
        """Is there nothing to find, as with most addresses? They fit in the size that is read."""
        if len(lines) * MIN_SIZE * _LEADING > zone.height:
            return False
        width_of, most = self._widths.__getitem__, zone.width / MIN_SIZE
        try:
            return all(sum(map(width_of, line)) <= most for line in lines)
        except KeyError:
            return False


@lru_cache(maxsize=4)
def _usual_widths(fonts: tuple[Font, ...]) -> dict[str, float]:
    """Of the letters that are drawn as they are, in the font that is asked first, in em."""
    font = _font_of("a", fonts)
    if font is None:
        return {}
    usual = (
        char
        for char in map(chr, coverage(font.path))
        if not needs_shaping(char) and clean(char) == char
    )
    return {char: _width(char, font, 1.0) for char in usual}


def return_lines(piece: Piece, sender: Sender) -> tuple[str, ...]:
    """The sender's address as its own post wants it; with the country on mail abroad."""
    reader = piece.recipient.address.country or sender.address.country
    return envelope_lines((sender.company,), sender.address, reader)


def _mark(piece: Piece, options: Mapping[str, Any], envelope: Envelope) -> Mark | None:
    """The mark that a mailing wants on the piece's envelope, if the record has one.

    CodeError where it cannot be made.
    """
    kind, payload = marks.on_envelope(piece, options)
    if not payload:
        return None
    width, height, _ = codes.size(kind, payload)
    zone = zones(envelope).address
    # It begins where the lines usually do, unless it is so long that it would come near the edge
    left = min(zone.x - codes.quiet(kind)[0], zone.right - width)
    return Mark(kind=kind, payload=payload, left=left, size=Size(width, height))


def _draw(
    canvas: Any,
    piece: Piece,
    envelope: Envelope,
    sender: Sender,
    fonts: tuple[Font, ...],
    options: Mapping[str, Any],
) -> None:
    area, where = zones(envelope), f"piece {piece.number:04}, envelope"
    try:
        mark = _mark(piece, options, envelope)
    except CodeError as error:
        raise RenderError(str(error), where=where, hint="prepare it again") from error
    zone = mark.beside(area.address) if mark else area.address
    address = fit_block(piece.address_lines, zone, fonts)
    back = fit_block(return_lines(piece, sender), area.sender, fonts, _RETURN_SIZE)
    for finding in (*address.findings, *back.findings):
        raise RenderError(finding.message, where=where, hint=finding.hint)
    middle = zone.y + (zone.height - address.height) / 2
    draw_block(canvas, address, zone.x, middle, envelope.size)
    if mark:
        _draw_mark(canvas, mark, middle, address.height, envelope.size)
    draw_block(canvas, back, area.sender.x, area.sender.y, envelope.size)
    canvas.setFont(face(font_for("plain", fonts)), _NUMBER_SIZE)
    canvas.setFillColor(_GREY)
    foot = envelope.size.height - area.number.bottom + 1
    canvas.drawString(area.number.x, foot, f"{piece.number:04}")


def _draw_mark(canvas: Any, mark: Mark, top: float, height: float, sheet: Size) -> None:
    """Directly above or below an address of that height."""
    y = top + height if mark.is_below else top - mark.size.height
    box = (mark.left, sheet.height - y - mark.size.height, mark.size.width, mark.size.height)
    canvas.setFillColor(_BLACK)
    canvas.addLiteral(codes.path(mark.kind, mark.payload, box).decode())


def draw_block(canvas: Any, block: Block, x: float, y: float, sheet: Size) -> None:
    """Set the lines in black, the first one below `y`, from the top left corner of `sheet`."""
    text = canvas.beginText()
    text.setFillColor(_BLACK)
    for line in block.lines:
        y += line.size * _LEADING
        text.setTextOrigin(x, sheet.height - y + line.size * (_LEADING - 1))
        text.setFont(line.face, line.size)
        text.setHorizScale(line.squeeze * 100)
        text.textOut(line.text)
    text.setHorizScale(100)
    canvas.drawText(text)


def fit_block(
    lines: Sequence[str],
    zone: Box,
    fonts: tuple[Font, ...],
    size: float = 0.0,
    *,
    least: float = LEAST_SIZE,
    place: str = "envelope",
) -> Block:
    """Set the lines as large as they fit the zone: first smaller, then narrower.

    `size` is the largest type size in points; 0 takes the one that gives CAP_HEIGHT. `least`
    is the smallest. `place` is what the findings call that which they are printed on.
    The result has findings where characters cannot be drawn or a line is too long.
    """
    texts = [clean(line) for line in lines]
    chosen = [font for text in texts if (font := _font_of(text, fonts))]
    findings = tuple(_undrawable(texts, fonts))
    if findings:
        return Block(findings=findings)
    largest = size or max(MIN_SIZE, *(_size_for_caps(font) for font in chosen))
    for attempt, narrowest in _attempts(largest, least):
        block = _block(texts, chosen, attempt, narrowest, zone)
        if block and block.height <= zone.height:
            return block
    return Block(findings=tuple(_overflows(texts, chosen, zone, min(largest, least), place)))


def _attempts(largest: float, least: float) -> Iterator[tuple[float, float]]:
    """Type sizes to try, each with how far its lines may be narrowed."""
    size = largest
    while size > MIN_SIZE:
        yield size, 1.0
        size -= 0.5
    size = min(largest, MIN_SIZE)
    while size >= min(largest, least):
        yield size, LEAST_WIDTH
        size -= 1


def _block(
    texts: Sequence[str], fonts: Sequence[Font], size: float, least: float, zone: Box
) -> Block | None:
    lines = []
    for text, font in zip(texts, fonts, strict=True):
        width = _width(text, font, size)
        squeeze = min(1.0, zone.width / width) if width else 1.0
        if squeeze < least:
            return None
        lines.append(Line(text=text, face=face(font), size=size, squeeze=squeeze))
    return Block(lines=tuple(lines))


def _overflows(
    texts: Sequence[str], fonts: Sequence[Font], zone: Box, size: float, place: str
) -> Iterator[Finding]:
    for text, font in zip(texts, fonts, strict=True):
        over = _width(text, font, size) * LEAST_WIDTH - zone.width
        if over > 0:
            yield _finding(
                "envelope-overflow",
                f"the line {text!r} is {to_mm(over):.1f} mm too long for the {place}",
                "shorten it, or part it into two lines",
            )
    over = len(texts) * size * _LEADING - zone.height
    if over > 0:
        yield _finding(
            "envelope-overflow",
            f"{len(texts)} lines are {to_mm(over):.1f} mm too high for the {place}",
            "leave out a line",
        )


def _undrawable(texts: Sequence[str], fonts: tuple[Font, ...]) -> Iterator[Finding]:
    for text in texts:
        unshaped = "".join(dict.fromkeys(char for char in text if needs_shaping(char)))
        missing = missing_glyphs(text, fonts)
        if unshaped:
            yield _finding(
                "envelope-script",
                f"{text!r} has letters that must be joined or run from the right: {unshaped}",
                "write the address in Latin letters as well, or address this one by hand",
            )
        elif missing or not _font_of(text, fonts):
            what = f"the characters {missing}" if missing else "all characters"
            yield _finding(
                "missing-glyph",
                f"no font has {what} of {text!r}",
                "write the address in other letters, or add a font that has them",
            )


def _finding(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)


def _font_of(text: str, fonts: tuple[Font, ...]) -> Font | None:
    """The first face that has the whole line: plain, then text, then whatever there is."""
    order = sorted(fonts, key=lambda font: (font.role != "plain", font.style != "normal"))
    return next((font for font in order if not missing_glyphs(text, [font])), None)


def _width(text: str, font: Font, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, face(font), size))


@lru_cache(maxsize=64)
def _size_for_caps(font: Font) -> float:
    """The size, in half points, whose capitals are CAP_HEIGHT high."""
    measured: Any = pdfmetrics.getFont(face(font))
    cap_height = float(measured.face.capHeight) / 1000
    return round(2 * CAP_HEIGHT / cap_height) / 2

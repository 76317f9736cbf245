"""The plates of a page: every stream is rewritten for one plate at a time and drawn by PDFium.

In the rewritten page ink is black, so that what lies over or under what, clips, tints, blends and
overprint (PDF 32000-1, 8.6.7 and 11.7.4) come out as PDFium composes them. What is RGB or Lab is
drawn as paper: nobody knows its ink before a profile has been chosen.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pikepdf

from mailroom.inspection.colours import (
    BLACK,
    CMYK,
    GRAY,
    PROCESS,
    RGB,
    Colour,
    Ink,
    Space,
    first_colour,
    space_of,
)
from mailroom.inspection.document import Document, PageBoxes, inherited
from mailroom.inspection.raster import Raster, draw, upright
from mailroom.inspection.samples import plates_of

DPI = 72
_MAX_DEPTH = 16
_DEVICE = {"g": GRAY, "rg": RGB, "k": CMYK}
_WITHOUT = {  # what is painted where the fill, or the stroke, leaves this plate alone
    "fill": {"f": "n", "F": "n", "f*": "n", "B": "S", "B*": "S", "b": "s", "b*": "s"},
    "stroke": {"S": "n", "s": "n", "B": "f", "B*": "f*", "b": "f", "b*": "f*"},
}
_SHOW = {"Tj", "TJ", "'", '"'}
_KEPT_PICTURES = 8
_EMPTY: Mapping[str, Any] = {}


class Plates(NamedTuple):
    """What each plate prints, as gray pictures: 255 is full ink."""

    raster: Raster  #: any of them, to know where a pixel lies
    inks: Mapping[str, Any]

    def total(self) -> Any:
        """The sum of all plates at each pixel, 255 for each hundred per cent."""
        from PIL import ImageMath

        total: Any = None
        for ink in self.inks.values():
            layer = ink.convert("I")
            total = layer if total is None else ImageMath.lambda_eval(_add, a=total, b=layer)
        return total


def _add(given: Any) -> Any:
    return given["a"] + given["b"]


class _State(NamedTuple):
    fill: Colour = BLACK
    stroke: Colour = BLACK
    over_fill: bool = False
    over_stroke: bool = False
    only_ink: bool = False  #: OPM 1: what a CMYK colour has nothing of is left alone
    text: int = 0


class Separator:
    """Makes the plates of pages; pictures are taken apart once."""

    def __init__(self) -> None:
        self._pictures: dict[bytes, dict[str, Any]] = {}

    def plates(self, document: Document, number: int, spots: Sequence[str]) -> Plates:
        """The four of the process, and each of `spots`, of the page of that number (from 1)."""
        import pypdfium2

        boxes, copy = document.boxes[number - 1], pikepdf.new()
        parts = _Parts(copy, self._separated)
        parts.collect(document.pdf, document.pdf.pages[number - 1], boxes)
        inks, raster = {}, None
        for plate in (*PROCESS, *spots):
            parts.write(plate)
            target = io.BytesIO()
            copy.save(target, static_id=True, compress_streams=False)
            with pypdfium2.PdfDocument(target.getvalue()) as drawing:
                raster = _drawn(drawing[0], boxes)
            inks[plate] = raster.image
        assert raster
        return Plates(raster, inks)

    def _separated(self, source: Any, space: Space) -> dict[str, Any]:
        told = repr((space, source.get("/Decode"), source.get("/Width"), source.get("/Filter")))
        key = hashlib.sha256(source.read_raw_bytes() + told.encode()).digest()
        if key not in self._pictures:
            if len(self._pictures) >= _KEPT_PICTURES:
                self._pictures.pop(next(iter(self._pictures)))
            self._pictures[key] = plates_of(source, space, (1200, 1200))
        return self._pictures[key]


def _drawn(page: Any, boxes: PageBoxes) -> Raster:
    from PIL import ImageChops

    upright(page, boxes)
    light = draw(page, boxes, DPI, gray=True)
    return Raster(ImageChops.invert(light.image), light.origin, light.scale * 72)


class _Parts:
    """What a page is made of, each part with how it is rewritten."""

    def __init__(self, pdf: pikepdf.Pdf, separated: Any) -> None:
        self._pdf, self._separated = pdf, separated
        self._streams: list[tuple[Any, Any, list[Any]]] = []
        self._pictures: list[tuple[Any, dict[str, Any], tuple[int, int]]] = []
        self._shadings: list[tuple[Any, Space | None]] = []
        self._seen: set[tuple[int, int]] = set()

    def collect(self, pdf: pikepdf.Pdf, page: pikepdf.Page, boxes: PageBoxes) -> None:
        """Copy what a page is made of, without notes and links."""
        source = inherited(page.obj, "/Resources")
        if source is None:
            source = pikepdf.Dictionary()
        if not source.is_indirect:
            source = pdf.make_indirect(source)
        resources = self._pdf.copy_foreign(source)
        blank = self._pdf.add_blank_page(page_size=(100, 100)).obj
        blank["/MediaBox"] = pikepdf.Array(boxes.media)
        blank["/Resources"] = resources
        blank["/Contents"] = self._pdf.make_stream(b"")
        steps = list(pikepdf.parse_content_stream(page))
        self._streams.append((blank["/Contents"], resources, steps))
        self._resources(resources, 0)

    def _resources(self, resources: Any, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        for source in _values(resources, "/XObject"):
            self._once(source, resources, depth)
        for source in _values(resources, "/Pattern"):
            self._pattern(source, resources, depth)
        for source in _values(resources, "/Shading"):
            self._shading(source, resources)

    def _once(self, source: Any, resources: Any, depth: int) -> None:
        if not isinstance(source, pikepdf.Stream) or source.objgen in self._seen:
            return
        self._seen.add(source.objgen)
        if str(source.get("/Subtype")) == "/Image":
            self._image(source, resources)
            return
        own = source.get("/Resources", resources)
        self._streams.append((source, own, list(pikepdf.parse_content_stream(source))))
        self._resources(own, depth + 1)

    def _pattern(self, source: Any, resources: Any, depth: int) -> None:
        if int(source.get("/PatternType", 0)) == 2:
            self._shading(source.get("/Shading"), resources)
        else:
            self._once(source, resources, depth)

    def _shading(self, source: Any, resources: Any) -> None:
        if source is not None:
            self._shadings.append((source, space_of(source.get("/ColorSpace"), resources)))

    def _image(self, source: Any, resources: Any) -> None:
        if source.get("/ImageMask", False):
            return
        space = space_of(source.get("/ColorSpace"), resources)
        plates = self._separated(source, space) if space else {}
        size = next((p.size for p in plates.values()), (1, 1))
        for key in ("/Decode", "/DecodeParms", "/Filter", "/Mask", "/Intent", "/Metadata"):
            if key in source:
                del source[key]
        source["/Width"], source["/Height"] = size
        source["/BitsPerComponent"], source["/ColorSpace"] = 8, pikepdf.Name.DeviceGray
        self._pictures.append((source, plates, size))

    def write(self, plate: str) -> None:
        """Rewrite every part for one plate."""
        for target, resources, steps in self._streams:
            target.write(b"\n".join(_rewritten(steps, resources, plate)))
        for target, plates, size in self._pictures:
            ink = plates.get(plate)
            data = ink.tobytes() if ink else bytes(size[0] * size[1])
            target.write(data.translate(_NEGATIVE))
        for target, space in self._shadings:
            target["/ColorSpace"] = self._gray_of(space, plate)

    def _gray_of(self, space: Space | None, plate: str) -> Any:
        """A colour space of as many components that shows one plate as gray."""
        size = space.size if space else 1
        names = [pikepdf.Name(f"/Part{n}") for n in range(size)]
        function = self._pdf.make_stream(_tint(space, plate).encode())
        function["/FunctionType"] = 4
        function["/Domain"], function["/Range"] = [0, 1] * size, [0, 1]
        return pikepdf.Array([pikepdf.Name.DeviceN, names, pikepdf.Name.DeviceGray, function])


_NEGATIVE = bytes(range(255, -1, -1))


def _values(resources: Any, kind: str) -> list[Any]:
    found = resources.get(kind, _EMPTY)
    return [found[name] for name in found.keys()]  # noqa: SIM118  # a PDF's dictionary


def _tint(space: Space | None, plate: str) -> str:
    """A PostScript calculator (PDF 32000-1, 7.10.5) from a colour to the light of one plate."""
    if space is None or plate not in space.plates:
        return "{ " + "pop " * (space.size if space else 1) + "1 }"
    if space.counts_light:
        return "{ }"
    size, at = space.size, space.plates.index(plate)
    return "{ " + f"{size - 1 - at} index 1 exch sub {size + 1} 1 roll " + "pop " * size + "}"


def _rewritten(steps: list[Any], resources: Any, plate: str) -> Iterator[bytes]:
    """The stream for one plate; `_State` follows colours and overprint through q and Q."""
    state, stack = _State(), []
    for step in steps:
        if isinstance(step, pikepdf.ContentStreamInlineImage):
            if step.iimage.image_mask:
                yield pikepdf.unparse_content_stream([step])
            continue
        operator, operands = str(step.operator), step.operands
        if operator == "q":
            stack.append(state)
        elif operator == "Q":
            state = stack.pop() if stack else state
        elif operator == "Tr":
            state = state._replace(text=int(operands[0]))
        elif operator == "gs":
            state = _overprint(state, _named(resources, "/ExtGState", operands[0]))
        changed = _coloured(state, operator, operands, resources)
        if changed is not None:
            before, state = state, changed
            yield _as_gray(before, state, operator, operands, plate)
            continue
        plain = pikepdf.unparse_content_stream([step])
        yield _painted(state, operator, operands, plain, plate)


def _named(resources: Any, kind: str, name: Any) -> Any:
    return resources.get(kind, _EMPTY).get(str(name), _EMPTY)


def _overprint(state: _State, entries: Any) -> _State:
    if "/OP" in entries:
        both = bool(entries["/OP"])
        state = state._replace(over_stroke=both, over_fill=both)
    if "/op" in entries:
        state = state._replace(over_fill=bool(entries["/op"]))
    if "/OPM" in entries:
        state = state._replace(only_ink=int(entries["/OPM"]) == 1)
    return state


def _coloured(state: _State, operator: str, operands: Any, resources: Any) -> _State | None:
    """The state after an operator that sets a colour; None where it sets none."""
    lower = operator.lower()
    fills = operator == lower
    if lower in _DEVICE:
        colour = Colour(_DEVICE[lower], tuple(float(value) for value in operands))
    elif lower == "cs":
        colour = first_colour(space_of(operands[0], resources) or RGB)
    elif lower in ("sc", "scn"):
        space = (state.fill if fills else state.stroke).space
        colour = Colour(space, tuple(float(v) for v in operands if not isinstance(v, pikepdf.Name)))
    else:
        return None
    return state._replace(fill=colour) if fills else state._replace(stroke=colour)


def _as_gray(before: _State, state: _State, operator: str, operands: Any, plate: str) -> bytes:
    fill = operator == operator.lower()
    if len(operands) == 1 and isinstance(operands[-1], pikepdf.Name) and operator[-1] in "nN":
        name = pikepdf.unparse_content_stream([(operands, pikepdf.Operator(operator))])
        return b"/Pattern %b " % (b"cs" if fill else b"CS") + name
    colour = state.fill if fill else state.stroke
    ink = colour.ink if colour.space.family != "Pattern" else _under(colour)
    return b"%.4f %b" % (1 - min(1.0, max(0.0, ink.get(plate, 0.0))), b"g" if fill else b"G")


def _under(colour: Colour) -> Ink:
    """The colour that an uncoloured pattern is painted in."""
    return Colour(colour.space.base, colour.tint).ink if colour.space.base else {}


def _painted(state: _State, operator: str, operands: Any, plain: bytes, plate: str) -> bytes:
    """What paints is left out where it overprints and has nothing for this plate."""
    spares_fill = state.over_fill and _spares(state.fill, state.only_ink, plate)
    spares_stroke = state.over_stroke and _spares(state.stroke, state.only_ink, plate)
    if not spares_fill and not spares_stroke:
        return plain
    if operator in _SHOW and (spares_stroke if state.text == 1 else spares_fill):
        return b"3 Tr %b %d Tr" % (plain, state.text)
    instead = operator
    for spares, way in ((spares_fill, "fill"), (spares_stroke, "stroke")):
        if spares:
            instead = _WITHOUT[way].get(instead, instead)
    return plain if instead == operator else instead.encode()


def _spares(colour: Colour, only_ink: bool, plate: str) -> bool:
    """Does a colour that overprints leave this plate as it is?"""
    if colour.space.family in ("Separation", "DeviceN"):
        return plate not in colour.ink
    if plate not in PROCESS:
        return True
    return only_ink and colour.space.family == "DeviceCMYK" and not colour.ink.get(plate)

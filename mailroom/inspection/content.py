"""The interpreter of content streams (PDF 32000-1, 8 and 9): state, matrices, clips, forms.

It draws nothing. Clips are taken as upright rectangles around them, which is right for nearly all
and never too small. What a soft mask is made of is not ink and is not read.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from mailroom.inspection.colours import (
    BLACK,
    CMYK,
    GRAY,
    PATTERN,
    RGB,
    Colour,
    Space,
    first_colour,
    space_of,
)
from mailroom.inspection.document import NONSENSE, inherited
from mailroom.inspection.letters import Typeface
from mailroom.inspection.marks import Bitmap, Mark, Run
from mailroom.matrix import (
    EVERYWHERE,
    IDENTITY,
    Corners,
    Matrix,
    Point,
    around,
    around_box,
    common,
    corners_in,
    grown,
    matrix_in,
    moved,
    numbers,
    scale,
    times,
)

_MAX_DEPTH = 16
_MOST_STEPS = 2_000_000  # on a page; forms that paint forms that paint forms never end
_SLIVER = 0.3  # points; what is filled and thinner than this was meant as a line
_LINE = 3.0  # points; shorter slivers are details of a drawing
_INVISIBLE = (3, 7)
_UNKNOWN = Space("unknown", 0)
_DESCENT, _ASCENT = -0.22, 0.75  # ems; about where a glyph is


@dataclass(slots=True)
class _State:
    """The graphics state that `q` keeps (PDF 32000-1, tables 52 and 53, and 9.3)."""

    matrix: Matrix = IDENTITY
    clip: Corners = EVERYWHERE
    fill: Colour = BLACK
    stroke: Colour = BLACK
    line: float = 1.0
    face: Typeface | None = None
    size: float = 0.0
    char: float = 0.0
    word: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0
    over_fill: bool = False
    over_stroke: bool = False
    clear: set[str] = field(default_factory=set)


class Trouble(Exception):  # it is told as a finding, not as an error of ours
    """The page's operators cannot be read."""


class Interpreter:
    """Reads pages of one file; fonts are read once."""

    def __init__(self) -> None:
        self._faces: dict[object, Typeface] = {}

    def marks(self, page: Any) -> list[Mark]:
        """Everything the page paints; Trouble where its content makes no sense."""
        walk = _Walk(self._faces)
        try:
            resources = inherited(page, "/Resources")
            walk.stream(page, {} if resources is None else resources, _State(), 0)
        except NONSENSE as error:
            raise Trouble(str(error).partition("\n")[0]) from error
        return walk.marks


class _Walk:
    """One page being read."""

    def __init__(self, faces: dict[object, Typeface]) -> None:
        self.marks: list[Mark] = []
        self._faces = faces
        self._state = _State()
        self._resources: Any = {}
        self._path: list[Point] = []
        self._pieces = 0  # of the path
        self._clipping = False
        self._line_matrix: Matrix = IDENTITY
        self._text_matrix: Matrix = IDENTITY
        self._depth = 0
        self._steps = 0
        self._tiled: set[tuple[int, int]] = set()

    def stream(self, source: Any, resources: Any, state: _State, depth: int) -> None:
        """Read a page, a form, a pattern or a glyph with a state to begin with."""
        if depth > _MAX_DEPTH:
            return
        before = self._state, self._resources, self._depth, self._path
        self._state, self._resources, self._depth, self._path = state, resources, depth, []
        stack: list[_State] = []
        for step in pikepdf.parse_content_stream(source):
            if isinstance(step, pikepdf.ContentStreamInlineImage):
                self._inline(step)
                continue
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise ValueError(f"it has more than {_MOST_STEPS:,} operators")
            operator = str(step.operator)
            if operator == "q":
                stack.append(self._kept())
            elif operator == "Q":
                self._state = stack.pop() if stack else self._state
            elif operator in _OPERATORS:
                try:
                    _OPERATORS[operator](self, list(step.operands))
                except (IndexError, AttributeError) as error:
                    raise ValueError(f"operator {operator} with the wrong operands") from error
        self._state, self._resources, self._depth, self._path = before

    def _kept(self) -> _State:
        kept = copy.copy(self._state)
        self._state.clear = set(self._state.clear)
        return kept

    # --- state

    def _concat(self, operands: list[Any]) -> None:
        matrix = matrix_in(operands)
        if matrix is None:
            raise ValueError("cm without six numbers")
        self._state.matrix = times(matrix, self._state.matrix)

    def _line_width(self, operands: list[Any]) -> None:
        self._state.line = abs(float(operands[0]))

    def _external(self, operands: list[Any]) -> None:
        """ExtGState: width, overprint, transparency, font (PDF 32000-1, table 58)."""
        entries = self._named("/ExtGState", operands[0])
        if entries is None:
            return
        state = self._state
        if "/LW" in entries:
            state.line = abs(float(entries["/LW"]))
        if "/OP" in entries:
            state.over_stroke = bool(entries["/OP"])
            state.over_fill = state.over_stroke
        if "/op" in entries:
            state.over_fill = bool(entries["/op"])
        if "/Font" in entries:
            self._set_face(entries["/Font"][0], float(entries["/Font"][1]))
        self._transparency(entries)

    def _transparency(self, entries: Any) -> None:
        told = {
            "ca": "/ca" in entries and float(entries["/ca"]) < 1,
            "CA": "/CA" in entries and float(entries["/CA"]) < 1,
            "BM": "/BM" in entries and _mode(entries["/BM"]) not in ("/Normal", "/Compatible"),
            "SMask": "/SMask" in entries and str(entries["/SMask"]) != "/None",
        }
        for key, clear in told.items():
            if f"/{key}" in entries:
                (self._state.clear.add if clear else self._state.clear.discard)(key)

    # --- colour

    def _device(self, space: Space, *, stroke: bool) -> Callable[[list[Any]], None]:
        def set_colour(operands: list[Any]) -> None:
            tint = numbers(operands, space.size)
            if tint is None:
                raise ValueError(f"a colour of {space.family} without {space.size} numbers")
            self._set(Colour(space, tint), stroke)

        return set_colour

    def _set(self, colour: Colour, stroke: bool) -> None:
        if stroke:
            self._state.stroke = colour
        else:
            self._state.fill = colour

    def _space(self, operands: list[Any], *, stroke: bool) -> None:
        space = space_of(operands[0], self._resources) or _UNKNOWN
        self._set(first_colour(space), stroke)

    def _colour(self, operands: list[Any], *, stroke: bool) -> None:
        space = (self._state.stroke if stroke else self._state.fill).space
        if operands and isinstance(operands[-1], pikepdf.Name):
            self._pattern(operands, space, stroke)
            return
        tint = tuple(float(value) for value in operands)
        self._set(Colour(space, tint), stroke)

    def _pattern(self, operands: list[Any], space: Space, stroke: bool) -> None:
        """A tiling pattern's own marks count once; a shading has its colour space."""
        pattern = self._named("/Pattern", operands[-1])
        under = space.base if space.family == "Pattern" else None
        found: Space = PATTERN._replace(base=under)
        if pattern is not None and int(pattern.get("/PatternType", 0)) == 2:
            shading = pattern.get("/Shading", {})
            inner = space_of(shading.get("/ColorSpace"), self._resources)
            found = PATTERN._replace(base=inner or _UNKNOWN)
        elif isinstance(pattern, pikepdf.Stream) and pattern.objgen not in self._tiled:
            self._tiled.add(pattern.objgen)
            self._tile(pattern)
        self._set(Colour(found, ()), stroke)

    def _tile(self, pattern: Any) -> None:
        """Where a tile comes to lie is not followed up: it is looked at as if it lay anywhere."""
        state = _State(fill=self._state.fill, stroke=self._state.stroke)
        first = len(self.marks)
        self.stream(pattern, pattern.get("/Resources", self._resources), state, self._depth + 1)
        size = around_box(_matrix_of(pattern), EVERYWHERE)
        self.marks[first:] = [
            mark._replace(corners=size, run=None)
            for mark in self.marks[first:]
            if mark.kind != "text"
        ]

    # --- paths

    def _to(self, *points: Point, begins: bool = False) -> None:
        self._pieces += begins
        self._path += [moved(self._state.matrix, x, y) for x, y in points]

    def _points(self, operands: list[Any], *, begins: bool = False) -> None:
        values = [float(value) for value in operands]
        self._to(*zip(values[::2], values[1::2], strict=True), begins=begins)

    def _rectangle(self, operands: list[Any]) -> None:
        x, y, width, height = (float(value) for value in operands)
        self._to((x, y), (x + width, y), (x + width, y + height), (x, y + height), begins=True)

    def _clip(self, _: list[Any]) -> None:
        self._clipping = True

    def _paint(self, *, fill: bool = False, stroke: bool = False) -> None:
        corners = around(self._path)
        if corners and fill:
            self._filled(corners)
        if corners and stroke:
            self._stroked(corners)
        if self._clipping:
            empty = (0.0, 0.0, -1.0, -1.0)
            self._state.clip = common(self._state.clip, corners or empty) or empty
        self._path, self._pieces, self._clipping = [], 0, False

    def _filled(self, corners: Corners) -> None:
        state = self._state
        width, height = corners[2] - corners[0], corners[3] - corners[1]
        thin = min(width, height)
        line = self._pieces == 1 and len(self._path) <= 5 and thin < _SLIVER
        sliver = thin if line and max(width, height) > _LINE else 0.0
        self._add("fill", corners, state.fill, state.over_fill, width=sliver)

    def _stroked(self, corners: Corners) -> None:
        state = self._state
        width = state.line * scale(state.matrix)
        self._add("stroke", grown(corners, width / 2), state.stroke, state.over_stroke, width=width)

    def _add(
        self, kind: str, corners: Corners, colour: Colour | None, over: bool, **more: Any
    ) -> None:
        seen = common(corners, self._state.clip)
        if seen:
            space = more.pop("space", colour.space if colour else None)
            clear = bool(self._state.clear)
            self.marks.append(Mark(kind, seen, colour, space, overprint=over, clear=clear, **more))

    def _shading(self, operands: list[Any]) -> None:
        shading = self._named("/Shading", operands[0])
        if shading is not None:
            space = space_of(shading.get("/ColorSpace"), self._resources) or _UNKNOWN
            self._add("shading", self._state.clip, None, self._state.over_fill, space=space)

    # --- objects

    def _named(self, kind: str, name: Any) -> Any:
        return self._resources.get(kind, {}).get(str(name))

    def _object(self, operands: list[Any]) -> None:
        source = self._named("/XObject", operands[0])
        if source is None or not isinstance(source, pikepdf.Stream):
            raise ValueError(f"{operands[0]} is painted and is not in the file")
        kind = str(source.get("/Subtype"))
        if kind == "/Image":
            self._image(source)
        elif kind == "/Form":
            self._form(source)

    def _form(self, source: Any) -> None:
        state = self._kept()
        state.clear = set(state.clear)
        state.matrix = times(_matrix_of(source), state.matrix)
        bounds = corners_in(source.get("/BBox", ()))
        if bounds:
            box = around_box(state.matrix, bounds)
            state.clip = common(state.clip, box) or (0.0, 0.0, -1.0, -1.0)
        resources = source.get("/Resources", self._resources)
        self.stream(source, resources, state, self._depth + 1)

    def _image(self, source: Any) -> None:
        width, height = int(source.get("/Width", 0)), int(source.get("/Height", 0))
        mask = bool(source.get("/ImageMask", False))
        space = None if mask else self._image_space(source)
        bits = 1 if mask else int(source.get("/BitsPerComponent", 8))
        self._placed(source, width, height, space, bits)

    def _image_space(self, source: Any) -> Space:
        """A JPEG 2000 may leave its colour space to what is in the picture itself."""
        named = source.get("/ColorSpace")
        if named is None and "/JPXDecode" in repr(source.get("/Filter")):
            return _of_jpeg2000(source)
        return space_of(named, self._resources) or _UNKNOWN

    def _inline(self, step: Any) -> None:
        image = step.iimage
        mask = bool(image.image_mask)
        named = None if mask else image.obj.get("/ColorSpace", image.obj.get("/CS"))
        space = None if mask else space_of(named, self._resources) or _UNKNOWN
        bits = 1 if mask else int(image.bits_per_component or 8)
        self._placed(None, int(image.width), int(image.height), space, bits)

    def _placed(self, source: Any, width: int, height: int, space: Space | None, bits: int) -> None:
        """An image fills the unit square of its matrix (PDF 32000-1, 8.9.5)."""
        matrix = self._state.matrix
        a, b, c, d, _, _ = matrix
        across, up = (a * a + b * b) ** 0.5 / 72, (c * c + d * d) ** 0.5 / 72
        dpi = min(width / across if across else 1e9, height / up if up else 1e9)
        bitmap = Bitmap(source, width, height, space, bits, dpi)
        colour = self._state.fill if space is None else None
        corners = around_box(matrix, (0, 0, 1, 1))
        more = {"bitmap": bitmap, "space": space or self._state.fill.space}
        self._add("image", corners, colour, self._state.over_fill, **more)

    # --- text

    def _begin_text(self, _: list[Any]) -> None:
        self._text_matrix = self._line_matrix = IDENTITY

    def _face(self, operands: list[Any]) -> None:
        self._set_face(self._named("/Font", operands[0]), float(operands[1]))

    def _set_face(self, source: Any, size: float) -> None:
        self._state.size = size
        self._state.face = None
        if source is not None:
            key = source.objgen if source.is_indirect else id(source)
            if key not in self._faces or not source.is_indirect:
                self._faces[key] = Typeface(source)
            self._state.face = self._faces[key]

    def _set_text(self, name: str, factor: float = 1.0) -> Callable[[list[Any]], None]:
        def set_value(operands: list[Any]) -> None:
            setattr(self._state, name, float(operands[0]) * factor)

        return set_value

    def _mode(self, operands: list[Any]) -> None:
        self._state.mode = int(operands[0])

    def _set_matrix(self, operands: list[Any]) -> None:
        matrix = matrix_in(operands)
        if matrix is None:
            raise ValueError("Tm without six numbers")
        self._text_matrix = self._line_matrix = matrix

    def _next_line(self, operands: list[Any], *, leads: bool = False) -> None:
        x, y = (float(value) for value in operands)
        if leads:
            self._state.leading = -y
        self._line_matrix = times((1, 0, 0, 1, x, y), self._line_matrix)
        self._text_matrix = self._line_matrix

    def _new_line(self, _: list[Any]) -> None:
        self._next_line([0, -self._state.leading])

    def _show(self, operands: list[Any]) -> None:
        self._shown([operands[0]])

    def _show_array(self, operands: list[Any]) -> None:
        self._shown(list(operands[0]))

    def _quote(self, operands: list[Any]) -> None:
        if len(operands) == 3:
            self._state.word, self._state.char = float(operands[0]), float(operands[1])
        self._new_line([])
        self._shown([operands[-1]])

    def _shown(self, parts: list[Any]) -> None:
        state, glyphs = self._state, []
        if state.face is None:
            raise ValueError("text is shown in a font that is not in the file")
        for part in parts:
            if isinstance(part, pikepdf.String):
                glyphs += list(self._glyphs(state.face, bytes(part)))
            else:
                self._advance(-float(part) / 1000 * state.size * state.stretch)
        if not glyphs or state.mode in _INVISIBLE:
            return
        size = state.size * scale(times(self._text_matrix, state.matrix))
        run = Run(state.face, tuple(glyphs), abs(size))
        stroke = state.mode in (1, 5)
        colour = state.stroke if stroke else state.fill
        over = state.over_stroke if stroke else state.over_fill
        ends = [corners for _, corners in glyphs]
        whole = (
            min(c[0] for c in ends), min(c[1] for c in ends),
            max(c[2] for c in ends), max(c[3] for c in ends),
        )  # fmt: skip
        self._add("text", whole, colour, over, run=run)

    def _glyphs(self, face: Typeface, text: bytes) -> Iterator[tuple[int, Corners]]:
        state = self._state
        for code in face.codes(text):
            width = face.width(code)
            own = (state.size * state.stretch, 0.0, 0.0, state.size, 0.0, state.rise)
            matrix = times(times(own, self._text_matrix), state.matrix)
            yield code, around_box(matrix, (0, _DESCENT, width, _ASCENT))
            space = state.word if code == 32 and not face.composite else 0.0
            self._advance((width * state.size + state.char + space) * state.stretch)

    def _advance(self, by: float) -> None:
        self._text_matrix = times((1, 0, 0, 1, by, 0), self._text_matrix)


def _of_jpeg2000(source: Any) -> Space:
    from PIL import Image

    try:
        mode = Image.open(io.BytesIO(source.read_raw_bytes())).mode
    except OSError:
        return _UNKNOWN
    return {"L": GRAY, "LA": GRAY, "CMYK": CMYK, "RGB": RGB, "RGBA": RGB}.get(mode, _UNKNOWN)


def _mode(value: Any) -> str:
    """A blend mode, or the first of several."""
    return str(value[0]) if isinstance(value, pikepdf.Array) and len(value) else str(value)


def _matrix_of(source: Any) -> Matrix:
    return matrix_in(source.get("/Matrix", IDENTITY)) or IDENTITY


_Operator = Callable[[_Walk, list[Any]], None]


def _painting(*, fill: bool = False, stroke: bool = False) -> _Operator:
    return lambda walk, _: walk._paint(fill=fill, stroke=stroke)


def _device(space: Space, stroke: bool) -> _Operator:
    return lambda walk, operands: walk._device(space, stroke=stroke)(operands)


def _text(name: str, factor: float = 1.0) -> _Operator:
    return lambda walk, operands: walk._set_text(name, factor)(operands)


_OPERATORS: Mapping[str, _Operator] = {
    "cm": _Walk._concat, "w": _Walk._line_width, "gs": _Walk._external,
    "g": _device(GRAY, False), "G": _device(GRAY, True),
    "rg": _device(RGB, False), "RG": _device(RGB, True),
    "k": _device(CMYK, False), "K": _device(CMYK, True),
    "cs": lambda walk, given: walk._space(given, stroke=False),
    "CS": lambda walk, given: walk._space(given, stroke=True),
    "sc": lambda walk, given: walk._colour(given, stroke=False),
    "SC": lambda walk, given: walk._colour(given, stroke=True),
    "scn": lambda walk, given: walk._colour(given, stroke=False),
    "SCN": lambda walk, given: walk._colour(given, stroke=True),
    "m": lambda walk, given: walk._points(given, begins=True),
    "l": lambda walk, given: walk._points(given),
    "c": lambda walk, given: walk._points(given),
    "v": lambda walk, given: walk._points(given),
    "y": lambda walk, given: walk._points(given),
    "re": _Walk._rectangle, "W": _Walk._clip, "W*": _Walk._clip,
    "n": _painting(),
    "f": _painting(fill=True), "F": _painting(fill=True), "f*": _painting(fill=True),
    "S": _painting(stroke=True), "s": _painting(stroke=True),
    "B": _painting(fill=True, stroke=True), "B*": _painting(fill=True, stroke=True),
    "b": _painting(fill=True, stroke=True), "b*": _painting(fill=True, stroke=True),
    "sh": _Walk._shading, "Do": _Walk._object,
    "BT": _Walk._begin_text, "Tf": _Walk._face, "Tm": _Walk._set_matrix, "Tr": _Walk._mode,
    "Td": lambda walk, given: walk._next_line(given),
    "TD": lambda walk, given: walk._next_line(given, leads=True),
    "T*": _Walk._new_line,
    "Tc": _text("char"), "Tw": _text("word"), "Tz": _text("stretch", 0.01),
    "TL": _text("leading"), "Ts": _text("rise"),
    "Tj": _Walk._show, "TJ": _Walk._show_array, "'": _Walk._quote, '"': _Walk._quote,
}  # fmt: skip

"""The operators of one content stream, written again in inks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name

from mailroom.errors import RenderError
from mailroom.inks import Ink, Inks
from mailroom.press.operators import KNOCK_OUT, OVERPRINT, number, painted

DEVICES = {"gray": Name.DeviceGray, "rgb": Name.DeviceRGB, "cmyk": Name.DeviceCMYK}
_SPACES = {str(name): space for space, name in DEVICES.items()}
_BY_CHANNELS = {1: "gray", 3: "rgb", 4: "cmyk"}
_INITIAL = {"gray": (0.0,), "rgb": (0.0, 0.0, 0.0), "cmyk": (0.0, 0.0, 0.0, 1.0)}
_OF_FILLS = {"g": "gray", "rg": "rgb", "k": "cmyk"}
_OF_STROKES = {"G": "gray", "RG": "rgb", "K": "cmyk"}
_TEXT = {"Tj", "TJ", "'", '"'}
_PATHS = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do"}
_STROKES = {"S", "s"}

GRAPHICS_STATES = {
    OVERPRINT: b"<</Type/ExtGState/OP true/op true/OPM 1>>",
    KNOCK_OUT: b"<</Type/ExtGState/OP false/op false/OPM 0>>",
}
"""ISO 32000-1, 8.6.7; mode 1: what has none of a colour leaves that plate as it is."""


def spot_space(ink: Ink) -> bytes:
    """The colour space of a spot's plate (ISO 32000-1, 8.6.6.4)."""
    assert ink.spot
    name = bytes(Name("/" + ink.spot.name).unparse())
    full = b" ".join(map(number, ink.cmyk))
    tint = b"<</FunctionType 2/Domain[0 1]/C0[0 0 0 0]/C1[%s]/N 1>>" % full
    return b"[/Separation%s/DeviceCMYK%s]" % (name, tint)


class _Colour(NamedTuple):
    """Of fills or strokes."""

    space: str  #: "gray", "rgb", "cmyk"; another's resource name
    ink: Ink | None = None


class _State(NamedTuple):
    """What of the graphics state matters here; of a form it is its caller's and unknown."""

    fill: _Colour = _Colour("gray")
    stroke: _Colour = _Colour("gray")
    overprints: bool = False
    font: str = ""


class Painter:
    """Takes the operators of one content stream and writes them in inks."""

    def __init__(self, inks: Inks, resources: Any, refused: Callable[[str], RenderError]) -> None:
        self.lines: list[bytes] = []
        self.ink = 0.0  #: the most that is painted with
        self._inks, self._resources, self._refused = inks, resources, refused
        self._state = _State()
        self._stack: list[_State] = []
        self._spots: dict[str, Ink] = {}
        self._chosen: dict[str, list[int]] = {}  #: lines that choose a font
        self._shown = {""}  #: fonts that something is drawn of
        self._has_states = False

    def take(self, operands: Sequence[Any], operator: str) -> None:
        if operator == "q":
            self._stack.append(self._state)
        elif operator == "Q" and self._stack:
            self._state = self._stack.pop()
        elif operator in _OF_FILLS or operator in _OF_STROKES:
            space = _OF_FILLS.get(operator) or _OF_STROKES[operator]
            return self._set(space, operands, stroke=operator in _OF_STROKES)
        elif operator in ("cs", "CS"):
            return self._choose(operands[0], stroke=operator == "CS")
        elif operator in ("sc", "scn", "SC", "SCN"):
            colour = self._state.stroke if operator.isupper() else self._state.fill
            if colour.space in DEVICES:
                return self._set(colour.space, operands, stroke=operator.isupper())
        elif operator in _TEXT or operator in _PATHS:
            self._overprint(self._does_overprint(operator))
        elif operator == "ET":
            self._overprint(False)
        elif operator == "gs" and str(operands[0])[1:] in GRAPHICS_STATES:  # separated before
            over = str(operands[0])[1:] == OVERPRINT
            self._state = self._state._replace(overprints=over)
        elif operator == "Tf":
            self._state = self._state._replace(font=str(operands[0]))
            self._chosen.setdefault(self._state.font, []).append(len(self.lines))
        if operator in _TEXT:
            self._shown.add(self._state.font)
        self._write(operands, operator)
        return None

    def _write(self, operands: Sequence[Any], operator: str) -> None:
        self.lines.append(b" ".join([*map(_written, operands), operator.encode()]))

    def _set(self, space: str, operands: Sequence[Any], *, stroke: bool) -> None:
        ink = self._inks.ink(space, [float(value) for value in operands])
        if ink.spot:
            self._spots[ink.spot.resource] = ink
        else:
            self.ink = max(self.ink, sum(ink.cmyk))
        self.lines.append(painted(ink, stroke=stroke))
        self._keep(_Colour(space, ink), stroke)

    def _choose(self, name: Any, *, stroke: bool) -> None:
        chosen: Any = name
        if str(name) not in _SPACES and str(name) != "/Pattern":
            chosen = self._resources.get("/ColorSpace", {}).get(str(name), name)
        space = space_of(chosen)
        if space in DEVICES:  # its first colour is black (ISO 32000-1, 8.6.5.2)
            return self._set(space, _INITIAL[space], stroke=stroke)
        if isinstance(chosen, Array):
            self._check(chosen)
        self._keep(_Colour(str(name)), stroke)
        self._write([name], "CS" if stroke else "cs")
        return None

    def _check(self, space: Any) -> None:
        """Of a plate of its own what stands for it must be in inks, too."""
        kind = str(space[0])
        beneath = {"/Separation": 2, "/DeviceN": 2, "/Pattern": 1, "/Indexed": 1}.get(kind)
        if beneath is not None and len(space) > beneath and space_of(space[beneath]) == "rgb":
            raise self._refused(f"a colour space {kind[1:]} that stands for RGB")

    def _keep(self, colour: _Colour, stroke: bool) -> None:
        state = self._state
        self._state = state._replace(stroke=colour) if stroke else state._replace(fill=colour)

    def _does_overprint(self, operator: str) -> bool:
        """Black letters do, so that no white shows round them, and varnish."""
        colour = self._state.stroke if operator in _STROKES else self._state.fill
        ink = colour.ink
        if ink is None or operator in ("sh", "Do"):
            return False
        if ink.spot:
            return ink.spot.overprints
        return operator in _TEXT and ink.is_black

    def _overprint(self, wanted: bool) -> None:
        if wanted != self._state.overprints:
            self._state = self._state._replace(overprints=wanted)
            self._has_states = True
            self.lines.append(b"/%s gs" % (OVERPRINT if wanted else KNOCK_OUT).encode())

    def finish(self) -> bytes:
        """The operators; what was added is put into the resources.

        Some programmes choose Helvetica on every page, draw nothing of it and do not embed it.
        """
        for name in self._chosen.keys() - self._shown:
            for line in self._chosen[name]:
                self.lines[line] = b""
        if self._has_states:
            states = self._category("/ExtGState")
            for name, body in GRAPHICS_STATES.items():
                states["/" + name] = pikepdf.Object.parse(body)
        if self._spots:
            spaces = self._category("/ColorSpace")
            for name, ink in self._spots.items():
                spaces["/" + name] = pikepdf.Object.parse(spot_space(ink))
        return b"\n".join(filter(None, self.lines)) + b"\n"

    def _category(self, name: str) -> Any:
        if name not in self._resources:
            self._resources[name] = Dictionary()
        return self._resources[name]


def _written(operand: Any) -> bytes:
    """Strings in hexadecimal: harvest reads them so."""
    if isinstance(operand, pikepdf.String):
        return b"<%s>" % bytes(operand).hex().encode()
    if isinstance(operand, Array):
        return b"[%s]" % b" ".join(map(_written, operand))
    if isinstance(operand, pikepdf.Object):
        return bytes(operand.unparse())
    return number(operand) if not isinstance(operand, bool) else str(operand).lower().encode()


def space_of(space: Any) -> str:
    """One of DEVICES; another's family; empty where there is none."""
    if space is None:
        return ""
    if not isinstance(space, Array):
        return _SPACES.get(str(space), str(space))
    family = str(space[0])
    if family == "/ICCBased":
        return _BY_CHANNELS.get(int(space[1].N), family)
    if family in ("/CalRGB", "/CalGray"):
        return "rgb" if family == "/CalRGB" else "gray"
    if family == "/Indexed":
        return "rgb" if space_of(space[1]) == "rgb" else family
    return _SPACES.get(family, family)

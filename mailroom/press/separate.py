"""A drawn page in the inks it is printed with: cyan, magenta, yellow, black and spot plates.

Whatever is in RGB is converted, black letters overprint, and what cannot be separated is
refused (ISO 15930-7, 6.2: with an output condition of CMYK, device RGB may not be used).
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import ImageChops

from mailroom.errors import RenderError
from mailroom.inks import Ink, Inks
from mailroom.press.harvest import content_of
from mailroom.press.operators import KNOCK_OUT, OVERPRINT, number, painted

_SPACES = {"/DeviceGray": "gray", "/DeviceRGB": "rgb", "/DeviceCMYK": "cmyk"}
_DEVICES = {"gray": Name.DeviceGray, "rgb": Name.DeviceRGB, "cmyk": Name.DeviceCMYK}
_BY_CHANNELS = {1: "gray", 3: "rgb", 4: "cmyk"}
_INITIAL = {"gray": (0.0,), "rgb": (0.0, 0.0, 0.0), "cmyk": (0.0, 0.0, 0.0, 1.0)}
_OF_FILLS = {"g": "gray", "rg": "rgb", "k": "cmyk"}
_OF_STROKES = {"G": "gray", "RG": "rgb", "K": "cmyk"}
_TEXT = {"Tj", "TJ", "'", '"'}
_PATHS = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do"}
_STROKES = {"S", "s"}
_SAMPLES = 64  # of a gradient
_QUALITY = 95
_MOST_PICTURES = 16
_SPECK = 4  # dots: what is smaller than that does not smear
_HINT = "save it in CMYK, or as RGB without it"

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


class Separator:
    """Separates PDFs in place; pictures that come again are not converted again."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self._pictures: OrderedDict[bytes, tuple[bytes, Dictionary]] = OrderedDict()

    def separate(self, pdf: pikepdf.Pdf, where: str) -> list[float]:
        """All pages; gives of each how much ink lies in one place, 4 being all of four inks.

        What lies on each other and shows through counts for itself alone. RenderError with
        `where` for what cannot be separated.
        """
        return _Plates(pdf, self._inks, self._converted, where).pages()

    def _converted(self, image: Any, space: Any, where: str) -> tuple[bytes, Dictionary]:
        """Data and entries of an RGB image in inks."""
        raw = image.read_raw_bytes()
        key = hashlib.sha256(raw + repr((image.Width, image.Height, str(space))).encode()).digest()
        if key not in self._pictures:
            self._pictures[key] = _in_inks(image, self._inks, where)
            if len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]


class _Plates:
    """One PDF being separated: every object once, however many refer to it."""

    def __init__(self, pdf: pikepdf.Pdf, inks: Inks, converted: Any, where: str) -> None:
        self._pdf, self._inks, self._converted, self._where = pdf, inks, converted, where
        self._done: dict[tuple[int, int], float] = {}  #: and how much ink is in it

    def pages(self) -> list[float]:
        return [self._page(page) for page in self._pdf.pages]

    def _page(self, page: pikepdf.Page) -> float:
        for key in ("/Annots", "/AA"):
            if key in page.obj:
                del page.obj[key]
        self._group(page.obj)
        content, ink = self._content(content_of(page.obj), page.resources)
        page.obj.Contents = self._pdf.make_stream(content)
        return max(ink, self._resources(page.resources))

    def _once(self, value: Any, how: Callable[[Any], float]) -> float:
        """Done where it has not been; what is direct has but one owner."""
        if not value.is_indirect:
            return how(value)
        if value.objgen not in self._done:
            self._done[value.objgen] = 0.0
            self._done[value.objgen] = how(value)
        return self._done[value.objgen]

    def _resources(self, resources: Any, *, mask: bool = False) -> float:
        """All that content may draw with; ink in masks is none."""
        form = partial(self._form, mask=mask)
        inks = [0.0]
        for drawn in _values(resources, "/XObject"):
            how = self._image if drawn.get("/Subtype") == "/Image" else form
            inks.append(self._once(drawn, how))
        for pattern in _values(resources, "/Pattern"):
            if isinstance(pattern, Stream):
                inks.append(self._once(pattern, self._form))
            elif "/Shading" in pattern:
                self._once(pattern.Shading, self._shading)
        for shading in _values(resources, "/Shading"):
            self._once(shading, self._shading)
        for state in _values(resources, "/ExtGState"):
            for function in ("/TR", "/TR2", "/HTP"):  # ISO 15930-7, 6.5: may not be there
                if function in state:
                    del state[function]
            if isinstance(state.get("/SMask"), Dictionary) and "/G" in state.SMask:
                self._once(state.SMask.G, partial(self._form, mask=True))
        return max(inks)

    def _form(self, form: Any, *, mask: bool = False) -> float:
        self._group(form, mask=mask)
        if "/Resources" not in form:
            form.Resources = Dictionary()
        content, ink = self._content(form.read_bytes(), form.Resources)
        form.write(content)
        below = self._resources(form.Resources, mask=mask)
        return 0.0 if mask else max(ink, below)

    def _group(self, owner: Any, *, mask: bool = False) -> None:
        group = owner.get("/Group")
        if group is not None and _space_of(group.get("/CS")) in ("rgb", "gray", "cmyk"):
            group.CS = Name.DeviceGray if mask else Name.DeviceCMYK

    # --- pictures and gradients ---

    def _image(self, image: Any) -> float:
        if image.get("/ImageMask"):
            return 0.0
        if "/SMaskInData" in image or isinstance(image.get("/Mask"), Array):
            raise self._refused("a picture whose transparency is one of its colours")
        space = _space_of(image.get("/ColorSpace"))
        if space in ("gray", "cmyk"):
            image.ColorSpace = _DEVICES[space]
        elif space == "rgb":
            data, entries = self._converted(image, space, self._where)
            for key in ("/DecodeParms", "/Decode", "/ColorSpace", "/Intent"):
                if key in image:
                    del image[key]
            image.write(data, filter=entries.Filter)
            for key, value in entries.items():
                if key != "/Filter":
                    image[key] = value
        elif space == "":
            raise self._refused("a picture that names no colour space")
        return _most_ink(image) if space == "cmyk" else 0.0  # of RGB it is as the profile has it

    def _shading(self, shading: Any) -> float:
        space = _space_of(shading.ColorSpace)
        if space in ("gray", "cmyk"):
            shading.ColorSpace = _DEVICES[space]
        elif space == "rgb":
            if int(shading.ShadingType) not in (2, 3):
                raise self._refused("a gradient mesh in RGB")
            domain = [float(value) for value in shading.get("/Domain", [0, 1])]
            shading.Function = self._sampled(shading.Function, domain)
            shading.ColorSpace = Name.DeviceCMYK
            if "/Background" in shading:
                cmyk = self._inks.ink("rgb", [float(v) for v in shading.Background]).cmyk
                shading.Background = Array(cmyk)
        return 0.0

    def _sampled(self, function: Any, domain: Sequence[float]) -> Any:
        """A gradient's function of RGB as one of CMYK (ISO 32000-1, 7.10.2)."""
        low, high = domain
        steps = [low + (high - low) * n / (_SAMPLES - 1) for n in range(_SAMPLES)]
        try:
            colours = [_value(function, step) for step in steps]
        except (_NoFunction, AttributeError, KeyError):
            raise self._refused("a gradient in RGB of an unusual kind") from None
        inks = [self._inks.ink("rgb", colour).cmyk for colour in colours]
        data = bytes(round(part * 255) for ink in inks for part in ink)
        return self._pdf.make_stream(
            data,
            FunctionType=0,
            Domain=Array([low, high]),
            Range=Array([0, 1] * 4),
            Size=Array([_SAMPLES]),
            BitsPerSample=8,
        )

    # --- operators ---

    def _content(self, content: bytes, resources: Any) -> tuple[bytes, float]:
        painter = _Painter(self._inks, resources, self._refused)
        for one in pikepdf.parse_content_stream(self._pdf.make_stream(content)):
            if isinstance(one, pikepdf.ContentStreamInlineImage):
                raise self._refused("a picture among the operators of a page (an inline image)")
            painter.take(list(one.operands), str(one.operator))
        return painter.finish(), painter.ink

    def _refused(self, what: str) -> RenderError:
        return RenderError(f"{what} cannot be separated", where=self._where, hint=_HINT)


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


class _Painter:
    """Takes the operators of one content stream and writes them in inks."""

    def __init__(self, inks: Inks, resources: Any, refused: Any) -> None:
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
            if colour.space in _DEVICES:
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
        space = _space_of(chosen)
        if space in _DEVICES:  # its first colour is black (ISO 32000-1, 8.6.5.2)
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
        if beneath is not None and len(space) > beneath and _space_of(space[beneath]) == "rgb":
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


# --- values ---


def _values(resources: Any, category: str) -> Iterator[Any]:
    entries = resources.get(category)
    return iter([value for _, value in entries.items()] if entries is not None else ())


def _space_of(space: Any) -> str:
    """One of _DEVICES; another's family; empty where there is none."""
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
        return "rgb" if _space_of(space[1]) == "rgb" else family
    return _SPACES.get(family, family)


class _NoFunction(Exception):
    """One that nobody works out here."""


def _value(function: Any, x: float) -> list[float]:
    """What a function of one number gives (ISO 32000-1, 7.10.3 and 7.10.4)."""
    if isinstance(function, Array):
        return [part for each in function for part in _value(each, x)]
    low, high = (float(value) for value in function.Domain)
    x = min(max(x, low), high)
    kind = int(function.FunctionType)
    if kind == 2:
        first = [float(value) for value in function.get("/C0", [0])]
        last = [float(value) for value in function.get("/C1", [1])]
        part = x ** float(function.N) if x > 0 else 0.0
        return [a + part * (b - a) for a, b in zip(first, last, strict=True)]
    if kind == 3:
        bounds = [float(value) for value in function.Bounds]
        at = sum(x >= bound for bound in bounds)
        edges = [low, *bounds, high]
        start, end = edges[at], edges[at + 1]
        to = [float(value) for value in function.Encode][2 * at : 2 * at + 2]
        part = (x - start) / (end - start) if end > start else 0.0
        return _value(function.Functions[at], to[0] + part * (to[1] - to[0]))
    raise _NoFunction


def _in_inks(image: Any, inks: Inks, where: str) -> tuple[bytes, Dictionary]:
    """A picture in RGB as data and entries in inks; what was a JPEG remains one."""
    found = pikepdf.PdfImage(image)
    try:
        brought = found.as_pil_image().convert("RGB")
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError) as error:
        message = f"a picture that cannot be separated: {error}"
        raise RenderError(message, where=where, hint=_HINT) from None
    picture = inks.picture(brought, _profile_of(image.ColorSpace))
    space = Name.DeviceGray if picture.mode == "L" else Name.DeviceCMYK
    if "/DCTDecode" in str(image.get("/Filter", "")):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
        entries = Dictionary(Filter=Name.DCTDecode, ColorSpace=space, BitsPerComponent=8)
        if space == Name.DeviceCMYK:  # Adobe's way to write CMYK, and Pillow's: 255 is no ink
            entries.Decode = Array([1, 0] * 4)
        return out.getvalue(), entries
    data = zlib.compress(picture.tobytes(), 9)
    return data, Dictionary(Filter=Name.FlateDecode, ColorSpace=space, BitsPerComponent=8)


def _most_ink(image: Any) -> float:
    """How much ink a picture in CMYK has where it has most; single dots do not count."""
    try:
        picture = pikepdf.PdfImage(image).as_pil_image()
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError):
        return 0.0  # one that we cannot read is for the one who prints it to judge
    if picture.mode != "CMYK":
        return 0.0
    picture = picture.reduce(min(_SPECK, *picture.size))
    cyan, magenta, yellow, black = picture.split()
    colours = ImageChops.add(ImageChops.add(cyan, magenta, 2), ImageChops.add(yellow, black, 2), 2)
    _, most = colours.getextrema()
    return most / 255 * 4  # type: ignore[operator]


def _profile_of(space: Any) -> bytes | None:
    if isinstance(space, Array) and str(space[0]) == "/ICCBased":
        return bytes(space[1].read_bytes())
    return None

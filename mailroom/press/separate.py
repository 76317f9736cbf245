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
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import ImageChops

from mailroom.errors import RenderError
from mailroom.inks import Inks
from mailroom.press.harvest import content_of
from mailroom.press.painter import DEVICES, Painter, space_of

_SAMPLES = 64  # of a gradient
_QUALITY = 95
_MOST_PICTURES = 16
_SPECK = 4  # dots: what is smaller than that does not smear
_HINT = "save it in CMYK, or as RGB without it"


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
        if group is not None and space_of(group.get("/CS")) in ("rgb", "gray", "cmyk"):
            group.CS = Name.DeviceGray if mask else Name.DeviceCMYK

    # --- pictures and gradients ---

    def _image(self, image: Any) -> float:
        if image.get("/ImageMask"):
            return 0.0
        if "/SMaskInData" in image or isinstance(image.get("/Mask"), Array):
            raise self._refused("a picture whose transparency is one of its colours")
        space = space_of(image.get("/ColorSpace"))
        if space in ("gray", "cmyk"):
            image.ColorSpace = DEVICES[space]
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
        space = space_of(shading.ColorSpace)
        if space in ("gray", "cmyk"):
            shading.ColorSpace = DEVICES[space]
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
        painter = Painter(self._inks, resources, self._refused)
        for one in pikepdf.parse_content_stream(self._pdf.make_stream(content)):
            if isinstance(one, pikepdf.ContentStreamInlineImage):
                raise self._refused("a picture among the operators of a page (an inline image)")
            painter.take(list(one.operands), str(one.operator))
        return painter.finish(), painter.ink

    def _refused(self, what: str) -> RenderError:
        return RenderError(f"{what} cannot be separated", where=self._where, hint=_HINT)


# --- values ---


def _values(resources: Any, category: str) -> Iterator[Any]:
    entries = resources.get(category)
    return iter([value for _, value in entries.items()] if entries is not None else ())


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
    return most / 255 * 4  # type: ignore[operator]  # of one band it is a number


def _profile_of(space: Any) -> bytes | None:
    if isinstance(space, Array) and str(space[0]) == "/ICCBased":
        return bytes(space[1].read_bytes())
    return None

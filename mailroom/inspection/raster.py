"""Pages as PDFium draws them, and where ink is on them."""

from __future__ import annotations

import math
from typing import Any

from mailroom.inspection.document import PageBoxes
from mailroom.units import Box

FAINT = 3  #: of 255; PDFium's white is 255 exactly, and a hundredth of yellow is not
_MOST_PIXELS = 40_000_000  # of one picture; A2 at 300 dpi


class Raster:
    """A page, or a part of it, as a picture; boxes are in points from the TrimBox."""

    def __init__(self, image: Any, origin: tuple[float, float], dpi: float) -> None:
        self.image = image
        self.origin = origin  #: of the picture's top left corner, from the TrimBox
        self.scale = dpi / 72

    def pixels(self, box: Box) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the pixels that a box touches, within the picture."""
        x, y = self.origin
        left, top = round((box.x - x) * self.scale), round((box.y - y) * self.scale)
        right = round((box.right - x) * self.scale)
        bottom = round((box.bottom - y) * self.scale)
        width, height = self.image.size
        return (
            min(max(left, 0), width), min(max(top, 0), height),
            max(min(right, width), 0), max(min(bottom, height), 0),
        )  # fmt: skip

    def box(self, pixels: tuple[float, float, float, float]) -> Box:
        """The box of pixels: left, top, right, bottom."""
        left, top, right, bottom = (value / self.scale for value in pixels)
        return Box(left + self.origin[0], top + self.origin[1], right - left, bottom - top)

    def turned(self) -> Raster:
        """A quarter clockwise, about the TrimBox's corner: x is what -y was, y what x was."""
        from PIL import Image

        image = self.image.transpose(Image.Transpose.ROTATE_270)
        origin = (-self.origin[1] - self.image.height / self.scale, self.origin[0])
        return Raster(image, origin, self.scale * 72)

    def darkness(self, box: Box) -> Any:
        """A gray picture of how far the part is from white, 0 to 255; None where it is empty."""
        left, top, right, bottom = self.pixels(box)
        if right <= left or bottom <= top:
            return None
        return darkness(self.image.crop((left, top, right, bottom)))

    def inked(self, box: Box, but: tuple[Box, ...] = ()) -> Box | None:
        """The smallest box around all ink in a part of the page, however faint, outside `but`."""
        from PIL import ImageDraw

        found = self.darkness(box)
        if found is None:
            return None
        left, top, _, _ = self.pixels(box)
        draw = ImageDraw.Draw(found)
        for other in but:
            x, y, right, bottom = self.pixels(other)
            if right > x and bottom > y:
                draw.rectangle((x - left, y - top, right - left - 1, bottom - top - 1), fill=0)
        seen = found.point(lambda ink: 255 if ink > FAINT else 0).getbbox()
        if not seen:
            return None
        return self.box((seen[0] + left, seen[1] + top, seen[2] + left, seen[3] + top))


def turned_back(box: Box) -> Box:
    """A box of the picture that was turned as it lies on the page."""
    return Box(box.y, -box.right, box.height, box.width)


def darkness(image: Any) -> Any:
    """The strongest of the colours at each pixel, as a gray picture; white is 0."""
    from PIL import ImageChops

    if image.mode == "L":
        return ImageChops.invert(image)
    red, green, blue = ImageChops.invert(image).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def draw(
    page: Any,
    boxes: PageBoxes,
    dpi: float,
    *,
    part: Box | None = None,
    gray: bool = False,
) -> Raster:
    """Draw a page of PDFium, or a part of it, without what lies on it to be clicked."""
    (left, bottom, right, top), trim = boxes.media, boxes.cut
    size = (part.width, part.height) if part else (right - left, top - bottom)
    dpi = _bearable(dpi, *size)
    origin = (left - trim[0], trim[3] - top)
    crop = (0.0, 0.0, 0.0, 0.0)
    if part:
        x, y = max(part.x, origin[0]), max(part.y, origin[1])
        width, height = right - left, top - bottom
        inside = (x - origin[0], y - origin[1])
        crop = (
            min(inside[0], width - 1),
            max(0.0, height - inside[1] - (part.bottom - y)),
            max(0.0, width - inside[0] - (part.right - x)),
            min(inside[1], height - 1),
        )
        origin = (origin[0] + crop[0], origin[1] + crop[3])
    bitmap = page.render(
        scale=dpi / 72, crop=crop, may_draw_forms=False, draw_annots=False, grayscale=gray
    )
    image = bitmap.to_pil()
    mode = "L" if gray else "RGB"
    return Raster(image if image.mode == mode else image.convert(mode), origin, dpi)


def _bearable(dpi: float, width: float, height: float) -> float:
    """The resolution at which a page of ten metres still fits into memory."""
    pixels = max(width, 1) * max(height, 1) * (dpi / 72) ** 2
    return dpi * min(1.0, math.sqrt(_MOST_PIXELS / pixels))


def upright(page: Any, boxes: PageBoxes) -> None:
    """Put /Rotate and CropBox of a page of PDFium aside: it is drawn as it is printed."""
    page.set_rotation(0)
    page.set_cropbox(*boxes.media)

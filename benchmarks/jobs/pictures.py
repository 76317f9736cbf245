"""The pictures of the jobs, drawn: the same bytes from the same Pillow."""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from benchmarks.jobs.customers import OWNERS

_ART = (1575, 2175)  # 5.25 x 7.25 in at 300 dpi
_HAND = (600, 200)  # 120 x 40 pt at 360 dpi
_INK = (28, 50, 104)


def draw_art(path: Path) -> None:
    """A night of hills and snow with the grain of a photograph: a JPEG of about 300 kB."""
    width, height = _ART
    dice = random.Random(7)
    sky = Image.linear_gradient("L").resize(_ART)
    red, green, blue = (
        sky.point([round(a + (b - a) * n / 255) for n in range(256)])
        for a, b in ((22, 196), (38, 150), (74, 128))
    )
    art = Image.merge("RGB", (red, green, blue))
    draw = ImageDraw.Draw(art)
    for layer in range(6):
        base, shade = height * (0.45 + 0.1 * layer), 110 - 16 * layer
        waves = [(dice.uniform(0.001, 0.006), dice.uniform(0, 6), dice.uniform(20, 70))] * 2
        ridge = [
            (x, base + sum(math.sin(x * f + at) * size for f, at, size in waves))
            for x in range(0, width + 20, 20)
        ]
        draw.polygon([(0, height), *ridge, (width, height)], fill=(shade // 2, shade, shade + 30))
    for _ in range(900):
        x, y, r = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(1, 7)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(236, 240, 244))
    grain = Image.frombytes("L", (525, 725), dice.randbytes(525 * 725)).resize(_ART)
    art = Image.blend(art.filter(ImageFilter.GaussianBlur(1.2)), grain.convert("RGB"), 0.06)
    art.save(path, quality=70, dpi=(300, 300))


def draw_signatures(folder: Path) -> None:
    """A PNG with alpha for each owner: a pen's line that swings."""
    for number, owner in enumerate(OWNERS):
        dice = random.Random(number)
        picture = Image.new("RGBA", _HAND, (*_INK, 0))
        draw = ImageDraw.Draw(picture)
        loops, tall = dice.uniform(7, 12), dice.uniform(50, 80)
        line = [
            (
                40 + 500 * t + 40 * math.sin(loops * 6.283 * t + number),
                100 + tall * (1 - 0.6 * t) * math.sin(loops * 6.283 * t * (1 + number / 20)),
            )
            for t in (n / 800 for n in range(801))
        ]
        draw.line(line, fill=(*_INK, 255), width=6, joint="curve")
        picture.filter(ImageFilter.GaussianBlur(0.8)).save(folder / f"{owner}.png", dpi=(360, 360))

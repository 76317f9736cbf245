"""A signature on paper, scanned or photographed -> its ink alone.

A pixel is taken for a mixture of ink and paper. How light the paper is there is estimated from
its neighbourhood, so that a shadow across a phone's photo does not matter; dividing by it
gives the scan as it would be on white paper in even light. What is darker than the paper's own
grain is ink: how opaque by how dark, of the colour that on white gives what was scanned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from PIL import Image, ImageChops, ImageFilter, ImageMath

from mailroom.pictures.bitmaps import Unfit, has_alpha

_OVERVIEW = 1600  # pixels of the long side of the picture in which the ink is looked for
_PAPER = 160  # and of the one in which the paper is estimated
_WINDOW = 21  # of its pixels a side: between the strokes there is paper in a fifth of that
_LIGHT = 90  # levels of 255: darker paper is none
_SHADOW = 0.35  # of the lightest paper: what is darker is no shadow, but another thing
_GRAIN = 5  # times as dark as half of the paper is: that is no grain of it any more
_FAINTEST = 20  # levels of darkness below which nothing is ink
_DARKEST = 100  # and above which all is, however grainy the paper
_OPAQUE = 0.7  # of the ink's usual darkness
_MOST = 0.6  # of the picture may be ink
_MOST_RUNS = 500_000  # of dark pixels; a signature has some ten thousand
_LEAST = 24  # pixels of the largest stroke, and this share of the picture:
_LEAST_SHARE = 0.00005  # less is a grain of noisy paper
_SPECK = 0.4  # of a square as wide as a stroke: smaller spots are dust, larger the dots of an i
_EDGE = 0.5  # of a side of the picture: what is dark along so much of it is not written
_MARGIN = 0.02  # of the long side

_Box = tuple[int, int, int, int]  # left, top, right, bottom
_HINT = "scan dark ink on light paper, in even light, with nothing else in the picture"


def on_white(picture: Image.Image) -> Image.Image:
    """In RGB; what little of it is transparent lies on white."""
    if picture.mode == "RGB":
        return picture
    if not has_alpha(picture):
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def cut_out(scan: Image.Image, longest: int) -> Image.Image:
    """The ink of an RGB scan in RGBA, cropped to it, at most `longest` pixels a side.

    Unfit where there is no ink, or no paper round it.
    """
    small = _reduced(scan, _OVERVIEW, Image.Resampling.BOX)
    paper = _paper(small)
    found = _ink(_whitened(small, paper, (0, 0, *small.size), small.size)).box
    scale = scan.width / small.width
    left, top, right, bottom = (round(edge * scale) for edge in _widened(found, small.size))
    crop = (left, top, min(right, scan.width), min(bottom, scan.height))
    part = _reduced(scan.crop(crop), longest, Image.Resampling.LANCZOS)
    white = _whitened(part, paper, crop, scan.size)
    ink = _ink(white)
    return _unmixed(white, ink).crop(_widened(ink.box, part.size))


def _reduced(picture: Image.Image, longest: int, how: Image.Resampling) -> Image.Image:
    scale = min(1.0, longest / max(picture.size))
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    return picture.resize((size[0], size[1]), how)


def _widened(box: _Box, size: tuple[int, int]) -> _Box:
    """With a small margin, as far as the picture reaches."""
    left, top, right, bottom = box
    margin = max(2, round(_MARGIN * max(right - left, bottom - top)))
    return (
        max(0, left - margin),
        max(0, top - margin),
        min(size[0], right + margin),
        min(size[1], bottom + margin),
    )


# --- paper -----------------------------------------------------------------------------------


def _paper(scan: Image.Image) -> Image.Image:
    """How light the paper is, in a few pixels: what is narrow and dark is filled up.

    That is a morphological closing, which leaves the edge of a shadow where it is, with ranks
    for the extremes, since those are noise. Where there is no ink the scan itself knows better.
    """
    tiny = _reduced(scan, _PAPER, Image.Resampling.BOX)
    area = _WINDOW * _WINDOW
    lightest = ImageFilter.RankFilter(_WINDOW, area * 4 // 5)
    darkest = ImageFilter.RankFilter(_WINDOW, area // 5)
    filled = [channel.filter(lightest).filter(darkest) for channel in tiny.split()]
    guess = Image.merge("RGB", filled)
    shades = guess.convert("L")
    if _level(shades.histogram(), 0.5) < _LIGHT:
        raise Unfit("there is no light paper round the ink", _HINT)
    seen = [level for level, count in enumerate(shades.histogram()) if count]
    if seen[0] < _SHADOW * seen[-1]:
        raise Unfit("a large part of it is dark, but neither ink nor shadow", _HINT)
    darkness = _darkness(_whitened(tiny, guess, (0, 0, *tiny.size), tiny.size))
    low = _grain(darkness)
    inked = darkness.point([0] * low + [255] * (256 - low)).filter(ImageFilter.MaxFilter(3))
    return Image.composite(guess, tiny, inked).filter(ImageFilter.GaussianBlur(1))


def _whitened(
    part: Image.Image, paper: Image.Image, crop: _Box, size: tuple[int, int]
) -> Image.Image:
    """The part `crop` of a scan of that size, as on white paper in even light."""
    across, down = paper.width / size[0], paper.height / size[1]
    left, top, right, bottom = crop
    box = (left * across, top * down, right * across, bottom * down)
    below = paper.resize(part.size, Image.Resampling.BICUBIC, box)
    channels = zip(part.split(), below.split(), strict=True)
    return Image.merge("RGB", [_computed(_divided, x=x, paper=p) for x, p in channels])


def _divided(of: dict[str, Any]) -> Any:
    paper = of["max"](of["paper"], 1)
    return (of["x"] * 255 + paper / 2) / paper


def _computed(formula: Any, **images: Image.Image) -> Image.Image:
    """A channel worked out of others in whole numbers, kept within 0 and 255."""
    result = ImageMath.lambda_eval(lambda of: of["convert"](formula(of), "L"), **images)
    assert isinstance(result, Image.Image)
    return result


def _darkness(white: Image.Image) -> Image.Image:
    """How far each pixel is from white, in the channel in which it is farthest."""
    red, green, blue = white.split()
    return ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))


def _grain(darkness: Image.Image) -> int:
    """The level beyond which a pixel is ink; most of the picture is paper."""
    usual = _level(darkness.histogram(), 0.5)
    return min(_DARKEST, max(_FAINTEST, _GRAIN * usual))


def _level(histogram: Sequence[int], share: float) -> int:
    """The level that so large a share of the pixels does not exceed."""
    wanted, seen = share * sum(histogram), 0
    for level, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return level
    return 255


# --- ink -------------------------------------------------------------------------------------


class _Run(NamedTuple):
    """Dark pixels side by side."""

    y: int
    left: int
    right: int


@dataclass(kw_only=True)
class _Spot:
    """Dark pixels that hang together."""

    runs: list[_Run] = field(default_factory=list)
    peak: int = 0  #: the darkest of them

    @property
    def area(self) -> int:
        return sum(run.right - run.left for run in self.runs)

    def is_edge(self, width: int, height: int) -> bool:
        """Is it the shadow beside the paper, or the scanner's lid?"""
        top = sum(run.right - run.left for run in self.runs if run.y == 0)
        bottom = sum(run.right - run.left for run in self.runs if run.y == height - 1)
        left = sum(run.left == 0 for run in self.runs)
        right = sum(run.right == width for run in self.runs)
        return max(top, bottom) > _EDGE * width or max(left, right) > _EDGE * height


@dataclass(frozen=True, kw_only=True)
class _Ink:
    """Where the ink is, and how dark."""

    opacity: Image.Image
    box: _Box
    colour: tuple[int, int, int]  #: of most of it


def _ink(white: Image.Image) -> _Ink:
    """What of a scan on white paper is written."""
    darkness = _darkness(white)
    low = _grain(darkness)
    strokes = _strokes(darkness, low)
    if not strokes:
        raise Unfit("there is no ink on the paper", _HINT)
    if sum(spot.area for spot in strokes) > _MOST * white.width * white.height:
        raise Unfit("there is more ink than paper", _HINT)
    mask = _drawn(strokes, white.size)
    usual = _level(darkness.histogram(mask), 0.7)
    high = max(low + 1, round(_OPAQUE * usual))
    ramp = [min(255, max(0, (d - low) * 255 // (high - low))) for d in range(256)]
    opacity = ImageChops.darker(darkness.point(ramp), mask)
    box = opacity.getbbox()
    assert box is not None
    core = opacity.point([0] * 255 + [255])
    red, green, blue = (_level(channel.histogram(core), 0.5) for channel in white.split())
    return _Ink(opacity=opacity, box=box, colour=(red, green, blue))


def _strokes(darkness: Image.Image, low: int) -> list[_Spot]:
    """The spots that somebody has written: no dust, no grain, no edge of the paper."""
    spots = [s for s in _spots(darkness, low) if not s.is_edge(*darkness.size)]
    largest = max(spots, key=lambda spot: spot.area, default=_Spot())
    if largest.area < _LEAST + _LEAST_SHARE * darkness.width * darkness.height:
        return []
    width = largest.area / len(largest.runs)
    dark = (low + largest.peak) // 2
    return [spot for spot in spots if spot.peak >= dark and spot.area >= _SPECK * width * width]


def _spots(darkness: Image.Image, low: int) -> list[_Spot]:
    """Runs of pixels darker than `low`, joined where they touch, corners included."""
    width, levels = darkness.width, darkness.tobytes()
    dark = re.compile(b"[" + re.escape(bytes([low + 1])) + rb"-\xff]+", re.DOTALL)
    roots: list[int] = []
    runs: list[_Run] = []
    above: range = range(0)
    for y in range(darkness.height):
        found = [
            _Run(y, m.start() - y * width, m.end() - y * width)
            for m in dark.finditer(levels, y * width, (y + 1) * width)
        ]
        here = range(len(runs), len(runs) + len(found))
        runs += found
        roots += here
        if len(runs) > _MOST_RUNS:
            raise Unfit("the paper is too grainy to tell the ink from it", _HINT)
        _join(roots, runs, above, here)
        above = here
    spots: dict[int, _Spot] = {}
    for number, run in enumerate(runs):
        spot = spots.setdefault(_root(roots, number), _Spot())
        spot.runs.append(run)
        spot.peak = max(spot.peak, *levels[run.y * width + run.left : run.y * width + run.right])
    return list(spots.values())


def _join(roots: list[int], runs: list[_Run], above: range, here: range) -> None:
    """Give what touches in two rows one root; both rows are walked once."""
    upper, lower = above.start, here.start
    while upper < above.stop and lower < here.stop:
        if runs[upper].left <= runs[lower].right and runs[lower].left <= runs[upper].right:
            one, other = _root(roots, upper), _root(roots, lower)
            roots[max(one, other)] = min(one, other)
        if runs[upper].right < runs[lower].right:
            upper += 1
        else:
            lower += 1


def _root(roots: list[int], number: int) -> int:
    while roots[number] != number:
        roots[number] = roots[roots[number]]
        number = roots[number]
    return number


def _drawn(spots: Sequence[_Spot], size: tuple[int, int]) -> Image.Image:
    """White where the spots are."""
    width, height = size
    levels = bytearray(width * height)
    for spot in spots:
        for y, left, right in spot.runs:
            levels[y * width + left : y * width + right] = b"\xff" * (right - left)
    return Image.frombytes("L", size, bytes(levels))


def _unmixed(white: Image.Image, ink: _Ink) -> Image.Image:
    """The ink's own colour, so that on white paper it looks as scanned.

    Where next to none of it is left the colour cannot be told: the usual one is taken, for a
    renderer that scales colour and opacity one by one lets it shine through.
    """
    channels = [
        _computed(_without_white, x=channel, opacity=ink.opacity) for channel in white.split()
    ]
    faint = ink.opacity.point([255] * 64 + [0] * 192)
    picture = Image.composite(
        Image.new("RGB", white.size, ink.colour), Image.merge("RGB", channels), faint
    )
    picture.putalpha(ink.opacity)
    return picture


def _without_white(of: dict[str, Any]) -> Any:
    opacity = of["max"](of["opacity"], 1)
    return 255 - ((255 - of["x"]) * 255 + opacity / 2) / opacity

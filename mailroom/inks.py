"""Colours as a screen has them -> the inks of a press: cyan, magenta, yellow, black and spots.

What a file is printed with is its output condition: an ICC profile says which inks make a
colour there (ISO 15930-7, 6.2). Grey becomes black ink alone, so that no letter is made of
four plates.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mailroom.errors import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image

Cmyk = tuple[float, float, float, float]
"""Cyan, magenta, yellow, black: 0 is none, 1 all of it."""

SHIPPED = Path(__file__).parent / "profiles" / "ISOcoated_v2_300_bas.icc"
CONDITION = "FOGRA39"
"""What the shipped profile is of, as the ICC's registry of characterizations names it."""

_PROCESS = ("Cyan", "Magenta", "Yellow", "Black", "All", "None")  # ISO 32000-1, 8.6.6.4
_NEUTRAL = 0.002  # as far as channels may be apart and be grey: less than half a step of 255
_SAME = 0.002  # of two colours in a style sheet, likewise


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A plate of its own: a metallic, a fluorescent, white, foil or varnish.

    It is printed wherever a layout paints with exactly `colour`.
    """

    name: str  #: as the printer knows it: "PANTONE 871 C"
    space: str  #: of `colour`: "rgb" or "cmyk"
    colour: tuple[float, ...]  #: also what a screen and a press without that ink show
    overprints: bool = False  #: varnish lies on what is printed, foil takes its place

    @property
    def resource(self) -> str:
        """The name of its colour space in a page's resources."""
        return f"s{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


class Ink(NamedTuple):
    """What a place is painted with."""

    cmyk: Cmyk  #: of a spot: what stands for it
    spot: Spot | None = None

    @property
    def is_black(self) -> bool:
        """All of black and nothing else: what lies under it may stay."""
        return self.spot is None and self.cmyk == (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Inks:
    """The inks that a mailing is printed with."""

    profile: Path = SHIPPED
    condition: str = CONDITION  #: OutputConditionIdentifier (ISO 15930-7, 6.2.2); empty: its name
    limit: float = 300.0  #: total ink that the paper takes, in per cent
    spots: tuple[Spot, ...] = ()

    def content(self) -> bytes:
        """The profile; ConfigError where it is none of a press with four inks."""
        return _profile(self.profile)

    @property
    def description(self) -> str:
        """What the profile calls itself; ConfigError as for `content`."""
        return _conversion(self.profile).description

    @cached_property
    def digest(self) -> str:
        """Tells inks from others: all that is drawn depends on them."""
        total = hashlib.sha256(self.content())
        total.update(repr((self.condition, self.limit, self.spots)).encode())
        return total.hexdigest()

    @property
    def plates(self) -> tuple[Ink, ...]:
        """The spots with what stands for them."""
        return tuple(self.ink(spot.space, spot.colour) for spot in self.spots)

    def ink(self, space: str, values: Sequence[float]) -> Ink:
        """What a colour is painted with; `space` is "gray", "rgb" or "cmyk", values 0 to 1."""
        for spot in self.spots:
            if spot.space == space and _is_same(spot.colour, values):
                return Ink(_conversion(self.profile).cmyk(space, tuple(values)), spot)
        return Ink(_conversion(self.profile).cmyk(space, tuple(values)))

    def picture(self, picture: Image, source: bytes | None = None) -> Image:
        """A picture in RGB as CMYK or, where all of it is grey, as grey that is black ink.

        `source` is the ICC profile of its RGB; without one it is sRGB.
        """
        return _conversion(self.profile).picture(picture, source)


def _is_same(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=4)
def _profile(path: Path) -> bytes:
    where = path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"not readable: {error.strerror}", where=str(path)) from None
    if content[36:40] != b"acsp":
        raise ConfigError("it is no ICC profile", where=where, hint="ask your printer for one")
    if content[12:16] != b"prtr" or content[16:20] != b"CMYK":
        kind = content[16:20].decode("ascii", "replace").strip()
        message = f"it is a profile of {kind}, not of a press with four inks"
        hint = "take the CMYK output profile of your printer, such as PSOcoated_v3.icc"
        raise ConfigError(message, where=where, hint=hint)
    return content


@lru_cache(maxsize=4)
def _conversion(path: Path) -> _Conversion:
    return _Conversion(_profile(path), path.name)


class _Conversion:
    """Relative colorimetric with black point compensation, by Little CMS."""

    def __init__(self, content: bytes, where: str) -> None:
        from PIL import ImageCms

        try:
            self._profile = ImageCms.getOpenProfile(io.BytesIO(content))
            self._by_source: dict[bytes, Any] = {}
            self._from_rgb()
        except (ImageCms.PyCMSError, OSError) as error:
            raise ConfigError(f"not readable as an ICC profile: {error}", where=where) from None
        self.description = str(self._profile.profile.profile_description or where).strip()
        self._known: dict[tuple[str, tuple[float, ...]], Cmyk] = {}

    def cmyk(self, space: str, values: tuple[float, ...]) -> Cmyk:
        found = self._known.get((space, values))
        if found is None:
            found = self._known[space, values] = self._worked_out(space, values)
        return found

    def _worked_out(self, space: str, values: tuple[float, ...]) -> Cmyk:
        from PIL import Image

        if space == "cmyk":
            c, m, y, k = values
            return (c, m, y, k)
        if space == "gray":  # in PDF it is of a device: what is missing to white is black ink
            return (0.0, 0.0, 0.0, 1 - values[0])
        if max(values) - min(values) < _NEUTRAL:
            return (0.0, 0.0, 0.0, self._black_of(sum(values) / len(values)))
        dot = Image.new("RGB", (1, 1), tuple(round(value * 255) for value in values))
        pixel: Any = self._convert(dot, None).getpixel((0, 0))
        c, m, y, k = (round(part / 255, 3) for part in pixel)
        return (c, m, y, k)

    def picture(self, picture: Image, source: bytes | None) -> Image:
        red, green, blue = picture.split()
        if red.tobytes() == green.tobytes() == blue.tobytes():
            return red.point(self._tones)
        return self._convert(picture, source)

    @cached_property
    def _tones(self) -> list[int]:
        """For each of 256 greys of the screen DeviceGray: how much paper is left."""
        return [round(255 * (1 - self._black_of(value / 255))) for value in range(256)]

    def _black_of(self, grey: float) -> float:
        """How much black alone is as light as this grey of the screen; 0 stays white."""
        if grey <= 0 or grey >= 1:
            return 1.0 if grey <= 0 else 0.0
        blacks, target = self._blacks, self._lightness_of_grey(grey)
        paper, full = blacks[0], blacks[-1]
        wanted = full + (paper - full) * target  # black point and paper compensated for
        at = next(n for n, lightness in enumerate(blacks) if lightness <= wanted)
        if at == 0:
            return 0.0
        above, below = blacks[at - 1], blacks[at]
        part = (above - wanted) / (above - below) if above > below else 0.0
        return round((at - 1 + part) / 255, 3)

    @staticmethod
    def _lightness_of_grey(grey: float) -> float:
        """CIE L* of a grey in sRGB, 0 to 1 (IEC 61966-2-1; CIE 15)."""
        light = grey / 12.92 if grey <= 0.04045 else ((grey + 0.055) / 1.055) ** 2.4
        return (116 * light ** (1 / 3) - 16) / 100 if light > 0.008856 else light * 9.033

    @cached_property
    def _blacks(self) -> list[float]:
        """L* of so many 255ths of black alone, never rising."""
        from PIL import Image, ImageCms

        ramp = Image.new("CMYK", (256, 1))
        ramp.putdata([(0, 0, 0, black) for black in range(256)])
        lab = ImageCms.createProfile("LAB")
        to_lab = ImageCms.buildTransform(
            self._profile, lab, "CMYK", "LAB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        measured: Any = ImageCms.applyTransform(ramp, to_lab)
        found = list[float]()
        for lightness in measured.getchannel(0).tobytes():
            found.append(min(lightness / 2.55, found[-1] if found else 100.0))
        return found

    def _convert(self, picture: Image, source: bytes | None) -> Image:
        from PIL import ImageCms

        key = source or b""
        if key not in self._by_source:
            try:
                self._by_source[key] = self._from_rgb(source)
            except (ImageCms.PyCMSError, OSError):  # a broken profile: as if there were none
                self._by_source[key] = self._from_rgb()
        converted = ImageCms.applyTransform(picture, self._by_source[key])
        assert converted is not None
        return converted

    def _from_rgb(self, source: bytes | None = None) -> Any:
        from PIL import ImageCms

        rgb = ImageCms.getOpenProfile(io.BytesIO(source)) if source else _srgb()
        return ImageCms.buildTransform(
            rgb,
            self._profile,
            "RGB",
            "CMYK",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )


def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


_SPOT_KEYS: Mapping[str, type] = {"name": str, "colour": str, "overprint": bool}


def read_spots(data: Mapping[str, Mapping[str, Any]], where: str) -> tuple[Spot, ...]:
    """The tables `[spots.gold]` of a layout.

    ConfigError where a colour is none, or two plates have one name or stand for one colour.
    """
    found: list[Spot] = []
    for key, entry in data.items():
        spot = _spot(key, entry, where)
        for other in found:
            if spot.name == other.name:
                raise ConfigError(f"[spots.{key}] {spot.name!r} is there already", where=where)
            if spot.space == other.space and _is_same(spot.colour, other.colour):
                message = f"[spots.{key}] {other.name!r} has that colour already"
                raise ConfigError(message, where=where, hint="change one of them a little")
        found.append(spot)
    return tuple(found)


def _spot(key: str, entry: Mapping[str, Any], where: str) -> Spot:
    from tinycss2.color5 import parse_color

    for name, value in entry.items():
        if not isinstance(value, _SPOT_KEYS.get(name, ())):
            hint = f"a spot has: {', '.join(f'{k} ({t.__name__})' for k, t in _SPOT_KEYS.items())}"
            raise ConfigError(
                f"[spots.{key}] {name!r} is not known or not of its kind", where=where, hint=hint
            )
    if not entry.get("name") or not entry.get("colour"):
        hint = 'such as name = "PANTONE 871 C" and colour = "#b08d57"'
        raise ConfigError(f"[spots.{key}] has no name or no colour", where=where, hint=hint)
    if entry["name"] in _PROCESS:
        hint = "a spot is an ink of its own; use device-cmyk() for these"
        raise ConfigError(f"[spots.{key}] {entry['name']!r} is no spot", where=where, hint=hint)
    colour: Any = parse_color(entry["colour"])
    spaces = {"srgb": "rgb", "device-cmyk": "cmyk"}
    if colour is None or colour == "currentcolor" or colour.space not in spaces:
        hint = "#b08d57 or device-cmyk(0 0.2 0.6 0.4), and the same in the style sheet"
        raise ConfigError(f"[spots.{key}] colour is none", where=where, hint=hint)
    return Spot(
        name=entry["name"],
        space=spaces[colour.space],
        colour=tuple(float(value) for value in colour.coordinates),
        overprints=entry.get("overprint", False),
    )

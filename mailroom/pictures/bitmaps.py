"""Bitmaps from anywhere: what is refused, and the few kinds that all others are made into.

This is the one place for the limits: a layout's own pictures are held to them, too.
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

MAX_FILE = 100_000_000
"""Bytes of a file that is read at all."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
_ORIENTATION = 0x0112  # Exif: 1 is upright
_SIXTEEN = ("I;16", "I;16L", "I;16B", "I;16N")
_SAME = 2  # levels of 255 by which a profile may differ from sRGB and still be called that
_CLEAR = 0.01  # of the pixels: fewer that are transparent are a rounded corner, or dust
_PILLOW = threading.Lock()


class Unfit(ValueError):
    """A picture that cannot be used; `hint` is what to do about it."""

    def __init__(self, message: str, hint: str = "save it as PNG or JPEG once more") -> None:
        super().__init__(message)
        self.hint = hint


def check(content: bytes, *, bitmap: bool) -> None:
    """Unfit where it is a bitmap that is broken or grows without measure when unpacked.

    What is not said to be a `bitmap` may be something else. Pillow's own limit
    (`Image.MAX_IMAGE_PIXELS`) is an A3 page with bleed at 600 dpi and some.
    """
    something_else = () if bitmap else (UnidentifiedImageError,)
    with (
        _strict(),
        contextlib.suppress(*something_else),
        Image.open(io.BytesIO(content)) as picture,
    ):
        picture.verify()


def open_bitmap(content: bytes) -> Image.Image:
    """The picture, unpacked to the last pixel; Unfit says why it is not one for us."""
    with _strict():
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
        frames = getattr(picture, "n_frames", 1)
        if frames > 1 and picture.format != "MPO":  # which is a JPEG with others behind it
            raise Unfit(f"it has {frames} pages or frames", "save the one that is meant as PNG")
        picture.load()
    return picture


@contextlib.contextmanager
def _strict() -> Iterator[None]:
    """Whatever Pillow stumbles over is Unfit, a file that was cut off among it.

    WeasyPrint tells Pillow for the whole process to fill up what is missing with grey.
    """
    with _PILLOW, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        except Unfit:
            raise
        except UnidentifiedImageError:
            raise Unfit("it is not a picture that can be read") from None
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            most = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
            message = f"the picture is too large: it has more than {most} million pixels"
            raise Unfit(message, "save it smaller") from None
        except Exception as error:  # of a damaged file Pillow raises all there is
            raise Unfit(f"the picture is damaged: {error}") from None
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def is_plain_jpeg(picture: Image.Image) -> bool:
    """Can its pixels be printed as they are stored?"""
    return (
        picture.format in ("JPEG", "MPO")
        and picture.mode in ("L", "RGB", "CMYK")
        and _orientation(picture) in (None, 1)
        and (picture.mode != "RGB" or _to_srgb(picture) is None)
    )


def _orientation(picture: Image.Image) -> object:
    with _strict():
        return picture.getexif().get(_ORIENTATION)


def plain(picture: Image.Image) -> Image.Image:
    """Upright in L, LA, RGB (sRGB), RGBA or CMYK; alpha only where it is used.

    Unfit where its numbers have no agreed meaning: floating point, 32 bits.
    """
    with _strict():
        ImageOps.exif_transpose(picture, in_place=True)
    picture = _eight_bits(picture)
    if has_alpha(picture) and picture.getextrema()[-1] == (255, 255):
        picture = picture.convert(picture.mode[:-1])
    if picture.mode not in ("RGB", "RGBA"):
        return picture
    to_srgb = _to_srgb(picture)
    if to_srgb is None:
        return picture
    colours = ImageCms.applyTransform(picture.convert("RGB"), to_srgb)
    assert colours is not None
    if has_alpha(picture):
        colours.putalpha(picture.getchannel("A"))
    return colours


def _eight_bits(picture: Image.Image) -> Image.Image:
    mode = picture.mode
    if mode in _SIXTEEN:
        return picture.point(lambda level: level * (1 / 257)).convert("L")
    if "transparency" in picture.info or mode in ("PA", "La", "RGBa"):
        return picture.convert("LA" if mode in ("L", "1", "La") else "RGBA")
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return picture
    if mode in ("1", "P", "RGBX", "YCbCr"):
        return picture.convert("L" if mode == "1" else "RGB")
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
        assert made is not None
        return made
    raise Unfit(f"it has pixels of an unusual kind ({mode})", "save it with 8 bits a channel")


def has_alpha(picture: Image.Image) -> bool:
    """Does its last channel say how opaque it is?"""
    return picture.mode in ("LA", "RGBA")


def is_transparent(picture: Image.Image) -> bool:
    """Has somebody taken the paper away already?"""
    if not has_alpha(picture):
        return False
    clear = sum(picture.getchannel("A").histogram()[:8])
    return clear >= _CLEAR * picture.width * picture.height


def _to_srgb(picture: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """What brings its colours from its own profile to sRGB; None where there is nothing to do.

    A profile that is broken or of another colour space is as good as none. Whether one is
    sRGB, under whatever name, is tried out on colours from all over the cube.
    """
    content = picture.info.get("icc_profile")
    if not content:
        return None
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(content))
        transform = ImageCms.buildTransform(
            own,
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None
    levels = range(0, 256, 51)
    cube = bytes(level for r in levels for g in levels for b in levels for level in (r, g, b))
    colours = Image.frombytes("RGB", (len(cube) // 3, 1), cube)
    tried = ImageCms.applyTransform(colours, transform)
    assert tried is not None
    moved = max(abs(old - new) for old, new in zip(cube, tried.tobytes(), strict=True))
    return transform if moved > _SAME else None

"""Pictures made ready for print once: bitmaps as they will be embedded, cached by content.

What a prepared file is, so that a renderer may embed it as it stands: a PNG of 8 bits a
channel in L, LA, RGB or RGBA, without palette, interlacing and metadata; or a JPEG in grey,
YCbCr or CMYK without metadata; upright, its RGB in sRGB. Or an SVG, as it was brought.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from enum import StrEnum
from pathlib import Path

from PIL import Image

from mailroom.errors import ConfigError, EnvironmentProblem
from mailroom.files import write_whole
from mailroom.pictures.bitmaps import (
    MAX_FILE,
    Unfit,
    check,
    has_alpha,
    is_plain_jpeg,
    is_transparent,
    open_bitmap,
    plain,
)
from mailroom.pictures.jpeg import without_metadata
from mailroom.pictures.scan import cut_out, on_white

LONGEST = 4200
"""Pixels of the long side: 600 dpi over seven inches, and more than any press can show."""

_SUFFIXES = (".png", ".jpg", ".svg")
_QUALITY = 92
_DEARER = 1.5  # a PNG that is so many times as large as the JPEG is of a photo, not of line art


class Purpose(StrEnum):
    """What a picture is for."""

    PHOTO = "photo"  #: shown as it is: a photo, a logo, a drawing
    SIGNATURE = "signature"  #: its ink alone, without the paper


_RECIPES = {Purpose.PHOTO: 1, Purpose.SIGNATURE: 1}
"""Counted up when the same picture would come out otherwise: then old files are not used."""


def prepare(path: Path, folder: Path, purpose: Purpose) -> Path:
    """The file in `folder` that is to be embedded in place of `path`; made where it is missing.

    It is named after what `path` holds, the purpose and the recipe, so that a picture that was
    changed is another file, and one that was moved is the same. Several processes may do this
    at once. ConfigError says what is wrong with the picture, EnvironmentProblem where `folder`
    cannot be written.
    """
    try:
        content = _content(path)
        key = f"{purpose}/{_RECIPES[purpose]}/".encode()
        name = hashlib.sha256(key + content).hexdigest()
        for suffix in _SUFFIXES:
            ready = folder / f"{name}{suffix}"
            if ready.is_file():
                return ready
        suffix, made = _made(content, path.suffix.lower(), purpose)
    except Unfit as unfit:
        raise ConfigError(str(unfit), where=str(path), hint=unfit.hint) from None
    ready = folder / f"{name}{suffix}"
    _keep(ready, made)
    return ready


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise Unfit(f"the file is larger than {MAX_FILE // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Unfit(
            f"it cannot be read: {reason}", "correct the name, or who may read it"
        ) from None


def _made(content: bytes, kind: str, purpose: Purpose) -> tuple[str, bytes]:
    if kind == ".svg":
        check(content, bitmap=False)
        return ".svg", content
    brought = open_bitmap(content)
    lossy = brought.format in ("JPEG", "MPO")
    if purpose is Purpose.PHOTO and max(brought.size) <= LONGEST and is_plain_jpeg(brought):
        bare = without_metadata(content)
        if bare:
            return ".jpg", bare
    picture = plain(brought)
    if has_alpha(picture) and not picture.getchannel("A").getbbox():
        raise Unfit("nothing can be seen of it: all of it is transparent")
    if purpose is Purpose.SIGNATURE and not is_transparent(picture):
        picture, lossy = cut_out(on_white(picture), LONGEST), False
    if max(picture.size) > LONGEST:
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return _encoded(picture, lossy=lossy)


def _encoded(picture: Image.Image, *, lossy: bool) -> tuple[str, bytes]:
    """As PNG where it has alpha or is line art, else as JPEG; PNG knows no CMYK."""
    picture.info = {}  # or Pillow would write the profile and the like once more
    if has_alpha(picture):
        return ".png", _png(picture)
    photo = io.BytesIO()
    picture.save(photo, "JPEG", quality=_QUALITY, subsampling=0)
    jpeg = photo.getvalue()
    if lossy or picture.mode == "CMYK":
        return ".jpg", jpeg
    png = _png(picture)
    return (".png", png) if len(png) <= _DEARER * len(jpeg) else (".jpg", jpeg)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _keep(target: Path, content: bytes) -> None:
    """Write it under a name of our own first: another process may be at the same picture."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as scratch:
            draft = Path(scratch) / target.name
            write_whole(draft, content)
            draft.replace(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EnvironmentProblem(
            f"cannot write there: {reason}", where=str(target.parent), hint="make room"
        ) from None

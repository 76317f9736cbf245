"""The pixels of an image as ink: one gray picture for each plate."""

from __future__ import annotations

import io
from typing import Any

import pikepdf

from mailroom.inspection.colours import ALL, NONE, PROCESS, Ink, Space, ink_of

_RAW = {1: "L;1", 2: "L;2", 4: "L;4", 8: "L"}
_PALETTE = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}


def plates_of(source: Any, space: Space, most: tuple[int, int]) -> dict[str, Any]:
    """Plate -> gray picture, 255 where it prints fully; empty where nobody knows.

    A picture of more pixels than `most` is made smaller by whole steps, which is quick.
    """
    if not space.printable:
        return {}
    try:
        return _plates(source, space, most)
    except (OSError, ValueError, NotImplementedError, pikepdf.PdfError, IndexError):
        return {}


def _plates(source: Any, space: Space, most: tuple[int, int]) -> dict[str, Any]:
    if space.family == "Indexed":
        return _of_palette(source, space, most)
    channels = [_smaller(channel, most) for channel in _channels(source, space.size, most)]
    if space.counts_light:
        return {"Black": _inverted(channels[0])}
    found: dict[str, Any] = {}
    for plate, channel in zip(space.plates, channels, strict=True):
        for each in PROCESS if plate == ALL else () if plate == NONE else (plate,):
            found[each] = channel
    return found


def _smaller(picture: Any, most: tuple[int, int]) -> Any:
    factor = min(picture.width // max(most[0], 1), picture.height // max(most[1], 1))
    return picture.reduce(factor) if factor > 1 else picture


def _inverted(picture: Any) -> Any:
    from PIL import ImageChops

    return ImageChops.invert(picture)


def _channels(source: Any, size: int, most: tuple[int, int]) -> list[Any]:
    """The components as they count after /Decode, 0 to 255."""
    from PIL import Image

    width, height = int(source["/Width"]), int(source["/Height"])
    upside_down = _decodes_backwards(source)
    if _filter(source) in ("/DCTDecode", "/JPXDecode"):
        picture = Image.open(io.BytesIO(source.read_raw_bytes()))
        picture.draft(picture.mode, most)
        # Adobe writes CMYK upside down; Pillow takes every JPEG for Adobe's and turns it round.
        turned = picture.mode == "CMYK" and picture.format == "JPEG"
        channels = list(picture.split())
        return [_inverted(c) for c in channels] if upside_down != turned else channels
    data = source.read_bytes()
    bits = int(source.get("/BitsPerComponent", 8))
    if size == 1 and bits in _RAW and bits < 8:
        mode = "1" if bits == 1 else "L"
        raw = "1" if bits == 1 else _RAW[bits]
        channels = [Image.frombytes(mode, (width, height), data, "raw", raw).convert("L")]
    else:
        step = size * (2 if bits == 16 else 1)
        stride = step // size
        parts = [data[n * stride :: step][: width * height] for n in range(size)]
        channels = [Image.frombytes("L", (width, height), part) for part in parts]
    return [_inverted(c) for c in channels] if upside_down else channels


def _of_palette(source: Any, space: Space, most: tuple[int, int]) -> dict[str, Any]:
    from PIL import Image

    width, height = int(source["/Width"]), int(source["/Height"])
    raw = _PALETTE[int(source.get("/BitsPerComponent", 8))]
    picture = Image.frombytes("P", (width, height), source.read_bytes(), "raw", raw)
    indices = Image.frombytes("L", (width, height), picture.tobytes())
    inks: list[Ink] = [ink_of(space, (float(n),)) for n in range(256)]
    plates = {plate for ink in inks for plate in ink}
    return {
        plate: _smaller(indices.point([round(255 * ink.get(plate, 0)) for ink in inks]), most)
        for plate in plates
    }


def _filter(source: Any) -> str:
    found = source.get("/Filter")
    if isinstance(found, pikepdf.Array):
        return str(found[0]) if len(found) == 1 else ""
    return str(found)


def _decodes_backwards(source: Any) -> bool:
    decode = source.get("/Decode")
    return decode is not None and len(decode) > 1 and float(decode[0]) > float(decode[1])

"""What a JPEG file says beside its picture: where it was taken, by whom, how it looked before."""

from __future__ import annotations

import re

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_TABLES_AND_FRAMES = (0xC0, 0xC1, 0xC2, 0xC4)  # of the kinds that PDF knows (ISO 32000-1, 7.4.8)
_SCAN, _LAST = 0xDA, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker after a scan: FF00 is a stuffed byte of its data, FFD0 to FFD7 restart it."""


def without_metadata(content: bytes) -> bytes:
    """The same picture, bit for bit, without metadata and what follows its end.

    Kept of the application segments are JFIF's and Adobe's, which say how colour is stored.
    Empty where the file is not built by the book (ITU-T T.81, annex B), or PDF has no such JPEG.
    """
    parts, at = [_SOI], 2
    if content[:2] != _SOI:
        return b""
    while content[at : at + 2] != _EOI:
        if content[at : at + 1] != b"\xff" or len(content) < at + 4:
            return b""
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker not in _TABLES_AND_FRAMES and not _SCAN <= marker <= _LAST:
            return b""
        end = at + 2 + length
        if marker == _SCAN:
            following = _NEXT.search(content, end)
            if following is None:
                return b""
            end = following.start()
        if not _is_metadata(marker, content[at + 4 : at + 9]):
            parts.append(content[at:end])
        at = end
    return b"".join((*parts, _EOI))


def _is_metadata(marker: int, label: bytes) -> bool:
    if marker in _APPLICATION:
        return (marker, label) not in ((0xE0, b"JFIF\0"), (0xEE, b"Adobe"))
    return marker == _COMMENT

"""One flat piece as a file of its own, for providers that take pieces singly.

It is taken out of the finished pages as it is; nothing is laid out or drawn again.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from mailroom.errors import EnvironmentProblem, RenderError
from mailroom.files import write_whole
from mailroom.formats import Format
from mailroom.model import Artwork, Piece
from mailroom.press.extract import PrintFile

_AGAIN = "run `mailroom prepare` again"
_ONE_AT_A_TIME = threading.Lock()  # an open PDF is not for two threads


def write_single(piece: Piece, artwork: Artwork, fmt: Format, target: Path) -> Path:
    """Write the piece's pages, bleed and all, to `target` and return it.

    RenderError where the artwork is another's or not of that format, EnvironmentProblem where
    it cannot be read or the file cannot be written.
    """
    where = f"piece {piece.number:04}"
    if artwork.piece != piece.key:
        raise RenderError(f"the artwork is that of {artwork.piece}", where=where, hint=_AGAIN)
    if artwork.pages != len(fmt.pages):
        message = f"{fmt.name} has {len(fmt.pages)} pages, the artwork {artwork.pages}"
        raise RenderError(message, where=where, hint=_AGAIN)
    with _ONE_AT_A_TIME:
        data = _opened(artwork.path).extract(artwork.first_page, artwork.pages)
    write_whole(target, data)
    return target


def _opened(path: Path) -> PrintFile:
    try:
        return _source(path, path.stat().st_mtime_ns)
    except (OSError, RenderError) as error:
        message = f"the artwork cannot be read: {error}"
        raise EnvironmentProblem(message, where=str(path), hint=_AGAIN) from None


@lru_cache(maxsize=4)
def _source(path: Path, _changed_at: int) -> PrintFile:
    """Opening a file of a thousand pieces takes as long as taking ten out of it."""
    return PrintFile(path)

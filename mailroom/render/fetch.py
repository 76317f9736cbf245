"""The only door through which a page gets at files: the layout, the fonts, the pictures.

A page that asks for anything else (another folder, the network, a device) is refused, and
so is one whose picture is missing: WeasyPrint would print a blank and go on.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import urllib.parse
from collections.abc import Iterable
from pathlib import Path

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from mailroom.pictures.bitmaps import MAX_FILE, check

_MAX_DATA_URL = 1_000_000


class Door(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serves what is below `folders`, these very `files`, short base64 `data:` pictures.

    `refused` collects what was asked for in vain: inside an SVG WeasyPrint swallows even
    the fatal error, so the caller looks here after drawing.
    """

    def __init__(self, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)
        self._folders = tuple(folder.resolve() for folder in folders)
        self._files = frozenset(file.resolve() for file in files)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The file's bytes; FatalURLFetchingError (a BaseException) where it may not be had."""
        try:
            return self._data(url) if url.startswith("data:") else self._file(url)
        except (OSError, ValueError) as error:
            self.refused.append(f"{url[:200]}: {error}")
            raise FatalURLFetchingError(self.refused[-1]) from None

    def _file(self, url: str) -> URLFetcherResponse:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise ValueError("only files of the layout, the fonts and the mailing are used")
        # Symbolic links first, then the check: a link inside the folder may point outside.
        path = Path(urllib.parse.unquote(parts.path)).resolve()
        if path not in self._files and not any(map(path.is_relative_to, self._folders)):
            raise ValueError("the file lies outside the layout's folder")
        if not path.is_file():
            raise ValueError("there is no such file")
        if path.stat().st_size > MAX_FILE:
            raise ValueError(f"the file is larger than {MAX_FILE // 1_000_000} MB")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        content = path.read_bytes()
        check(content, bitmap=_is_bitmap(kind))
        return URLFetcherResponse(path.as_uri(), content, {"Content-Type": kind})

    def _data(self, url: str) -> URLFetcherResponse:
        head, _, body = url.partition(",")
        if len(url) > _MAX_DATA_URL or not head.endswith(";base64"):
            raise ValueError("a data: URL must be short and in base64")
        kind = head.removeprefix("data:").removesuffix(";base64")
        try:
            content = base64.b64decode(urllib.parse.unquote(body), validate=True)
        except binascii.Error:
            raise ValueError("a data: URL that is no base64") from None
        check(content, bitmap=_is_bitmap(kind))
        return URLFetcherResponse("data:", content, {"Content-Type": kind})


def _is_bitmap(kind: str) -> bool:
    return kind.startswith("image/") and kind != "image/svg+xml"

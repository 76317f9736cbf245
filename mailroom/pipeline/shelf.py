"""Our own copies of the exports: `.mailroom/exports/SOURCE/DIGEST/NAME`, for nobody else to read.

A file is read from its copy, so that nothing changes it between two looks; and `decide` and
`mapping` can read it again when the download is long gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import EnvironmentProblem
from mailroom.ledger.people import files_read
from mailroom.readers import check_readable
from mailroom.workspace import Workspace

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A copy of an export."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name


def keep(ws: Workspace, source: str, path: Path) -> Kept:
    """Copy the file; InputError where it cannot be read, EnvironmentProblem where there is no room.

    What the source has waiting besides, and what was not read last, goes when `tidy` is called.
    """
    check_readable(path)
    folder = _folder(ws, source)
    part = folder / "incoming.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = _copy(path, part)
        target = folder / digest[:16] / path.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"cannot keep a copy of {path.name}: {(error.strerror or str(error)).lower()}",
            where=str(folder),
            hint="make room there, or let mailroom write to it",
        ) from None
    return Kept(path=target, sha256=digest)


def kept(ws: Workspace, source: str) -> tuple[Kept, ...]:
    """The copies of what was read last of a source, in its order; those that are still there."""
    found = []
    for name, digest in files_read(ws.ledger, source).items():
        path = _folder(ws, source) / digest[:16] / name
        if path.is_file():
            found.append(Kept(path=path, sha256=digest))
    return tuple(found)


def waiting(ws: Workspace, source: str) -> tuple[Kept, ...]:
    """Copies of what was not read, since somebody has to say something first."""
    read = {digest[:16] for digest in files_read(ws.ledger, source).values()}
    files = sorted(
        file
        for file in _folder(ws, source).glob("*/*")
        if file.is_file() and file.parent.name not in read
    )
    return tuple(Kept(path=file, sha256=file.parent.name) for file in files)


def tidy(ws: Workspace, source: str, using: Iterable[Kept] = ()) -> None:
    """Drop every copy but those read last and those in use."""
    needed = {file.sha256[:16] for file in (*kept(ws, source), *using)}
    with contextlib.suppress(OSError):  # what cannot be dropped now is dropped the next time
        for folder in _folder(ws, source).iterdir():
            if folder.is_dir() and folder.name not in needed:
                shutil.rmtree(folder)


def _folder(ws: Workspace, source: str) -> Path:
    return ws.state / "exports" / source


def _copy(path: Path, target: Path) -> str:
    """The digest of what was copied."""
    digest = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with path.open("rb") as file, os.fdopen(handle, "wb") as copy:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()

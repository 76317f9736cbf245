"""Our own copies of the exports: `.mailroom/exports/SOURCE/DIGEST/NAME`, for nobody else to read.

A file is read from its copy, so that nothing changes it between two looks; and `decide` and
`mapping` can read it again when the download is long gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mailroom.errors import EnvironmentProblem
from mailroom.files import sha256
from mailroom.ledger.people import files_read
from mailroom.readers import check_readable
from mailroom.workspace import Workspace

_CHUNK = 1 << 20
_TO_READ = "waiting.json"  #: beside the copies: all files of the reading that waits


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A copy of an export."""

    path: Path
    sha256: str
    origin: str = ""  #: where it was copied from, if that is known

    @property
    def typed(self) -> str:
        """The file as one types it."""
        return shlex.quote(self.origin or self.name)

    @property
    def name(self) -> str:
        return self.path.name


def keep(ws: Workspace, source: str, path: Path) -> Kept:
    """Copy the file; InputError where it cannot be read, EnvironmentProblem where there is no room.

    What the source has waiting besides, and what was not read last, goes when `tidy` is called.
    """
    check_readable(path)
    folder = _folder(ws, source)
    if path.parent.parent == folder:  # it is one of them
        origins = {file.path: file.origin for file in to_read(ws, source)}
        return Kept(path=path, sha256=sha256(path), origin=origins.get(path, ""))
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
    return Kept(path=target, sha256=digest, origin=str(path))


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


def set_aside(ws: Workspace, source: str, files: Iterable[Kept]) -> None:
    """Remember all files that were to be read when one of them had to wait."""
    told = [[file.sha256, file.name, file.origin] for file in files]
    (_folder(ws, source) / _TO_READ).write_text(json.dumps(told), encoding="utf-8")


def to_read(ws: Workspace, source: str) -> tuple[Kept, ...]:
    """The files that are to be read as soon as somebody has said how; empty if none wait."""
    try:
        told = json.loads((_folder(ws, source) / _TO_READ).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none wait, or it was being written
        return ()
    files = (
        Kept(path=_folder(ws, source) / digest[:16] / name, sha256=digest, origin=origin)
        for digest, name, origin in told
    )
    return tuple(file for file in files if file.path.is_file())


def tidy(ws: Workspace, source: str, using: Iterable[Kept] = ()) -> None:
    """Drop every copy but those read last and those in use; nothing waits any more."""
    needed = {file.sha256[:16] for file in (*kept(ws, source), *using)}
    with contextlib.suppress(OSError):  # what cannot be dropped now is dropped the next time
        (_folder(ws, source) / _TO_READ).unlink(missing_ok=True)
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

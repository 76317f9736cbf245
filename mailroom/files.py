"""Files are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from mailroom.errors import EnvironmentProblem


def write_whole(target: Path, data: bytes) -> None:
    """Write `data` to `target` by way of a temporary name in the same folder.

    A reader sees the old file or the new one, never half of one. EnvironmentProblem
    where the disk is full or the folder cannot be written; nothing is left then.
    """
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = f"{_free(target.parent)}; make room, or choose another folder"
        raise EnvironmentProblem(
            f"cannot write {in_words(len(data))}: {reason}", where=str(target), hint=hint
        ) from None
    finally:
        _forget(part)


def sync(path: Path) -> None:
    """Onto the disk, not only into its cache; of a folder, the names in it. May raise OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The file's digest, in hexadecimal; may raise OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_words(size: int) -> str:
    """Bytes for people: `340 bytes`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def _free(folder: Path) -> str:
    try:
        return f"{in_words(shutil.disk_usage(folder).free)} are free in {folder}"
    except OSError:
        return f"{folder} cannot be read"


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself cannot be reached, so there is nothing to forget

"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from mailroom.errors import EnvironmentProblem


class WholeFile:
    """A file that is at `target` once `commit` has been called, and until then nowhere.

    What is written goes to a temporary name in the same folder: a reader sees the old file or
    the new one, never half of one. EnvironmentProblem where the disk is full or the folder
    cannot be written; nothing is left then, nor when the `with` block is left uncommitted.
    """

    def __init__(self, target: Path) -> None:
        self.size = 0  #: bytes given to it so far
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        self.size += len(data)
        with self._reported():
            if self._file is None:
                self._file = self._part.open("wb")
            self._file.write(data)

    def commit(self) -> None:
        """Onto the disk, and only then to its name."""
        with self._reported():
            if self._file is None:
                self._file = self._part.open("wb")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk says so again
                self._file.close()
        _forget(self._part)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.__exit__()
            reason = (error.strerror or str(error)).lower()
            hint = f"{_free(self._target.parent)}; make room, or choose another folder"
            raise EnvironmentProblem(
                f"cannot write {in_words(self.size)}: {reason}",
                where=str(self._target),
                hint=hint,
            ) from None


def cache_folder(name: str) -> Path:
    """Where what can be made again is kept for this user, whatever the workspace.

    MAILROOM_CACHE names another folder than the desktop's (XDG Base Directory, 3).
    """
    own = os.environ.get("MAILROOM_CACHE")
    if own:
        return Path(own) / name
    desktop = os.environ.get("XDG_CACHE_HOME")
    return (Path(desktop) if desktop else Path.home() / ".cache") / "mailroom" / name


def write_whole(target: Path, data: bytes) -> None:
    """Write `data` to `target`, as a WholeFile."""
    with WholeFile(target) as file:
        file.write(data)
        file.commit()


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


def as_text(name: str) -> str:
    """A file's name as it can be written down: what is no UTF-8 in it (PEP 383) is `?`."""
    return name.encode("utf-8", "replace").decode()


def harmless(text: str, keep: str = "") -> str:
    """What a file has in a cell or is called, so that it moves no cursor."""
    return "".join(char if char.isprintable() or char in keep else " " for char in text)


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8, so that a ledger and a terminal can take it."""
    return as_text(name) == name


def resolved(path: Path) -> Path:
    """The path without links; of one that leads in a circle the path itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # Python 3.13 no longer raises the second
        return path.absolute()


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

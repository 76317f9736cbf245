"""The `outbox` provider: a folder a batch, for a print shop, a colleague or a hot folder.

A batch appears whole or not at all: it is written under a name that starts with `.part-`
and renamed when everything is in it and on the disk. Its key is part of the folder's name,
so the same batch is never put there twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, Quote, Receipt, Status
from mailroom.providers import Capabilities, Tell, rates

SUMS = "SHA256SUMS"


class Outbox:
    """Puts every batch into a folder of its own."""

    name = "outbox"

    def __init__(self, settings: Mapping[str, Any], workspace: Path, tell: Tell) -> None:
        self._settings = settings
        self._folder = workspace / settings.get("folder", "outbox")

    def capabilities(self) -> Capabilities:
        pieces = int(self._settings.get("batch", 0))
        return Capabilities(formats=tuple(FORMATS), max_pieces=pieces or None)

    def check(self, fmt: Format) -> None:
        """A folder takes every format; it must be possible to write into it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self._folder, error) from error
        if not os.access(self._folder, os.W_OK):
            hint = "change its rights, or correct [providers.outbox] folder"
            raise EnvironmentProblem(
                "the outbox is not writable", where=str(self._folder), hint=hint
            )

    def quote(self, pieces: int, domestic: int, abroad: int) -> Quote:
        return rates.quote(self._settings, self.name, pieces, domestic, abroad)

    def submit(self, batch: Batch) -> Receipt:
        """Copy, sync, rename; a full disk leaves nothing behind."""
        done = self.find(batch.key)
        if done:
            return done
        target = self._folder / f"{batch.mailing}-{batch.pieces[0].number:04d}-{_short(batch.key)}"
        part = self._folder / f".part-{_short(batch.key)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            _fill(part, batch)
            part.rename(target)
            _sync(self._folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise _cannot_write(self._folder, error) from error
        return _receipt(target)

    def find(self, key: str) -> Receipt | None:
        """The folder, if the rename was reached; what is half-written never counts."""
        for target in self._folder.glob(f"*-{_short(key)}"):
            if not target.name.startswith("."):
                return _receipt(target)
        return None

    def follow(self, ref: str) -> Receipt:
        """What happens to the folder afterwards is the print shop's business."""
        target = self._folder / ref
        if not target.is_dir():
            raise ProviderError("the batch is no longer in the outbox", where=str(target))
        return _receipt(target)

    def cancel(self, ref: str) -> Receipt:
        raise ProviderError(
            "what is in the outbox cannot be called back",
            where=str(self._folder / ref),
            hint="remove the folder before the print shop fetches it, and tell them",
        )


def _fill(part: Path, batch: Batch) -> None:
    for file in batch.files:
        shutil.copyfile(file, part / file.name)
    sums = "".join(f"{digest}  {name}\n" for name, digest in _sums(part))
    (part / SUMS).write_text(sums, encoding="utf-8")
    for path in part.iterdir():
        _sync(path)
    _sync(part)


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        yield path.name, hashlib.sha256(path.read_bytes()).hexdigest()


def _sync(path: Path) -> None:
    """Onto the disk, not only into its cache: a rename must not outlive its contents."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _short(key: str) -> str:
    return key[:16]


def _receipt(target: Path) -> Receipt:
    return Receipt(ref=target.name, status=Status.ACCEPTED, raw=str(target), folder=str(target))


def _cannot_write(folder: Path, error: OSError) -> EnvironmentProblem:
    free = shutil.disk_usage(folder if folder.is_dir() else folder.anchor).free // 1_000_000
    return EnvironmentProblem(
        f"the batch cannot be written: {error.strerror} ({free} MB free)",
        where=str(folder),
        hint="make room or correct [providers.outbox] folder; nothing was posted, send again",
    )

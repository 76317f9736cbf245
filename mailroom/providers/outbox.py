"""The `outbox` provider: a folder a batch, for a print shop, a colleague or a hot folder.

A batch appears whole or not at all: it is written under a name that starts with `.part-`
and renamed when everything is in it and on the disk. Its key is part of the folder's name,
so the same batch is never put there twice; and since the folder may be taken away at once,
the workspace's note says before the rename that it is coming, and after it that it came.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, MailroomError, ProviderError, Unsupported
from mailroom.files import sha256, sync
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, Finding, Order, Piece, Quote, Receipt, Status
from mailroom.providers import Capabilities, Office
from mailroom.providers.note import Note, read_note
from mailroom.providers.tickets import unaddressed
from mailroom.rates import load_rates, quote

SUMS = "SHA256SUMS"
MANIFEST = "manifest.csv"
NOTES = Path(".mailroom") / "outbox"


class Outbox:
    """Puts every batch into a folder of its own."""

    name = "outbox"
    home = ""

    def __init__(self, office: Office) -> None:
        self._settings = office.settings
        self._workspace = office.folder
        self._place = Path(office.settings.get("folder", "outbox"))
        self._notes = office.folder / NOTES
        self._read: set[str] = set()  # folders whose manifest was read; each is read once
        self._posted: dict[str, list[str]] = {}  # piece -> the folders it lies in

    @property
    def _folder(self) -> Path:
        return self._workspace / self._place

    def capabilities(self) -> Capabilities:
        pieces = int(self._settings.get("batch", 0))
        able = tuple(name for name, fmt in FORMATS.items() if not unaddressed(fmt))
        return Capabilities(formats=able, max_pieces=pieces or None)

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """A folder takes every format with an address; it must be possible to write into it."""
        for reason in unaddressed(fmt):
            raise Unsupported(
                f"the outbox cannot take this: {reason}",
                where=f"format {fmt.name}",
                hint=f"use one of: {', '.join(self.capabilities().formats)}",
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self._folder, error) from error
        if not os.access(self._folder, os.W_OK):
            hint = "change its rights, or correct [providers.outbox] folder"
            raise EnvironmentProblem(
                "the outbox is not writable", where=str(self._folder), hint=hint
            )

    def judge(self, piece: Piece, fmt: Format, options: Mapping[str, Any]) -> Iterable[Finding]:
        return ()

    def quote(self, order: Order) -> Quote:
        return quote(load_rates(self._workspace), order)

    def submit(self, batch: Batch) -> Receipt:
        """Copy, sync, rename; a full disk leaves nothing behind."""
        note = read_note(self._notes, batch.key)
        if note.cancelled:
            return self.cancel(batch.key)
        try:
            files = {path.name: sha256(path) for path in batch.files}
            there = self._find(note)
            if there is None:
                return self._put_there(note, self._written(note, batch, files))
        except OSError as error:
            raise _cannot_write(self._folder, error) from error
        if note.known:
            note.compare(files)
        return there

    def find(self, key: str) -> Receipt | None:
        """The folder, if the rename was reached; what is half-written never counts."""
        return self._find(read_note(self._notes, key))

    def cancel(self, key: str) -> Receipt:
        """Take the folder out of everybody's sight; somebody may have fetched it before."""
        note = read_note(self._notes, key)
        note.cancel()
        try:
            part, target = self._part(note), self._target(note)
            if _moved(part, part.with_name(f".cancelled-{_short(key)}")):
                note.clear()  # it never was under a name that anybody looks at
                shutil.rmtree(part.with_name(f".cancelled-{_short(key)}"))
            elif target:
                note.begin(target.name)
                _moved(target, target.with_name(f".cancelled-{target.name}"))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = f"the batch cannot be taken out of the outbox: {reason}"
            raise ProviderError(message, where=str(self._folder), retryable=True) from error
        return _stopped(note)

    # --- where it is ----------------------------------------------------------------------

    def _find(self, note: Note) -> Receipt | None:
        target = self._target(note)
        unseen = note.begun and self._part(note).is_dir()  # the rename was never reached
        if note.cancelled:
            waits = target or unseen
            return _receipt(self._noted(note), Status.SENDING) if waits else _stopped(note)
        if target:
            return _arrived(note, target)
        if note.done:
            return _receipt(self._noted(note))
        if note.begun and not unseen:
            raise ProviderError(
                "the batch is no longer in the outbox, and may have been fetched from there",
                where=str(self._noted(note)),
                hint="ask whoever fetches it, then type `mailroom batch list`",
                unknown=True,
            )
        return None

    def _target(self, note: Note) -> Path | None:
        """The batch's folder, wherever it was put; also where its note is lost."""
        if note.begun and self._noted(note).is_dir():
            return self._noted(note)
        found = (name for name in self._batches() if name.endswith(_ending(note.key)))
        return next((self._folder / name for name in found), None)

    def _noted(self, note: Note) -> Path:
        return self._workspace / note.place

    def _part(self, note: Note) -> Path:
        folder = self._noted(note).parent if note.begun else self._folder
        return folder / f".part-{_short(note.key)}"

    # --- how it gets there ----------------------------------------------------------------

    def _written(self, note: Note, batch: Batch, files: Mapping[str, str]) -> Path:
        """All but the rename; where it is to go. OSError, and then nothing is left."""
        self._refuse_what_was_posted(batch)
        self._forget_part(note)
        part = self._part(note)
        name = f"{batch.mailing}-{batch.pieces[0].number:04d}{_ending(batch.key)}"
        try:
            part.mkdir(parents=True)
            _fill(part, batch, files)
            note.expect(str(self._place / name), files)
        except (OSError, MailroomError):
            shutil.rmtree(part, ignore_errors=True)
            raise
        return self._folder / name

    def _forget_part(self, note: Note) -> None:
        """The note first: a part that vanishes under a note looks like a batch that was fetched."""
        part = self._part(note)
        if note.begun:
            note.clear()
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(self._part(note), ignore_errors=True)  # the outbox may be elsewhere now

    def _put_there(self, note: Note, target: Path) -> Receipt:
        """The rename, after which anybody may fetch it."""
        part = self._part(note)
        note.begin(target.name)
        if note.cancelled:
            return self.cancel(note.key)
        try:
            part.rename(target)
        except OSError as error:
            if not part.is_dir():  # a network folder may do it and say that it has not
                raise _in_doubt(target, error) from error
            self._forget_part(note)
            raise
        return _arrived(note, target)

    # --- what is there already ------------------------------------------------------------

    def _refuse_what_was_posted(self, batch: Batch) -> None:
        """A ledger that was lost or restored does not know what it has posted; the folder does."""
        names = {name for name in self._batches() if not name.endswith(_ending(batch.key))}
        for name in names - self._read:
            for key in _pieces_in(self._folder / name / MANIFEST):
                self._posted.setdefault(key, []).append(name)
        self._read |= names
        numbers: dict[str, list[int]] = {}
        for piece in batch.pieces:
            for name in names & {*self._posted.get(piece.key, ())}:
                numbers.setdefault(name, []).append(piece.number)
        for name in sorted(numbers):
            raise _posted_before(self._folder / name, numbers[name])

    def _batches(self) -> list[str]:
        try:
            with os.scandir(self._folder) as found:
                return [entry.name for entry in found if not entry.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EnvironmentProblem(
                f"the outbox cannot be read: {reason}", where=str(self._folder)
            ) from None


def _arrived(note: Note, target: Path) -> Receipt:
    """It counts once its name is on the disk; also the name a crashed process has given it."""
    try:
        if not note.done:
            sync(target.parent)
        if note.begun and not note.done:
            note.finish()
    except (OSError, MailroomError) as error:
        raise _in_doubt(target, error) from error
    return _receipt(target)


def _posted_before(folder: Path, numbers: Sequence[int]) -> ProviderError:
    first = ", ".join(f"{number:04d}" for number in numbers[:5])
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return ProviderError(
        f"these pieces are in the outbox already: {first}{more}",
        where=str(folder),
        hint="was the ledger lost or restored? look there; type `mailroom batch confirm` for "
        "what was posted, or take that folder away to have it made anew",
    )


def _pieces_in(manifest: Path) -> list[str]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            column = next(rows, []).index("piece")
            return [row[column].removeprefix("'") for row in rows if len(row) > column]
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return []  # not one of ours


def _moved(path: Path, target: Path) -> bool:
    try:
        path.rename(target)
    except FileNotFoundError:
        return False
    sync(target.parent)
    return True


def _fill(part: Path, batch: Batch, files: Mapping[str, str]) -> None:
    for file in batch.files:
        shutil.copyfile(file, part / file.name)
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    (part / SUMS).write_text(sums, encoding="utf-8")
    for path in part.iterdir():
        sync(path)
    sync(part)


def _ending(key: str) -> str:
    return f"-{_short(key)}"


def _short(key: str) -> str:
    return key[:16]


def _receipt(target: Path, status: Status = Status.ACCEPTED) -> Receipt:
    return Receipt(ref=target.name, status=status, raw=str(target), folder=str(target))


def _stopped(note: Note) -> Receipt:
    """Called back before it was there, or after, when somebody may have fetched it."""
    if note.begun:
        place = note.place or note.begun[0]
        return Receipt(ref=Path(place).name, status=Status.UNKNOWN, raw=f"taken out of {place}")
    return Receipt(ref="", status=Status.CANCELLED, raw="it was never in the outbox")


def _in_doubt(target: Path, error: Exception) -> ProviderError:
    return ProviderError(
        f"it is not certain that the batch is in the outbox: {error}",
        where=str(target),
        hint="look there, then type `mailroom send` again",
        unknown=True,
    )


def _cannot_write(folder: Path, error: OSError) -> EnvironmentProblem:
    free = shutil.disk_usage(folder if folder.is_dir() else folder.anchor).free // 1_000_000
    return EnvironmentProblem(
        f"the batch cannot be written: {error.strerror} ({free} MB free)",
        where=str(folder),
        hint="make room or correct [providers.outbox] folder; nothing was posted, send again",
    )

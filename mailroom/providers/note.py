"""What this workspace has begun at a provider, written down before it is begun.

A provider forgets: CUPS drops old jobs, a small printer every job when it is switched off,
and a hot folder takes batches away. The note still knows whether anything may have been
made. It is a file a batch; without one the batch was never begun from this workspace.

That a batch is cancelled is a file of its own, which nothing ever takes back: a process
that still works on the batch cannot overwrite it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.files import sync, write_whole
from mailroom.model import digest


@dataclass(kw_only=True)
class Note:
    """The files of a batch; each change is on the disk before the method returns."""

    path: Path
    key: str
    known: bool = False  #: this workspace has worked on the batch
    place: str = ""  #: the queue or folder it was begun at
    files: dict[str, str] = field(default_factory=dict)  #: what is handed over: name -> sha256
    begun: list[str] = field(default_factory=list)  #: of these something may have been made
    given_up: list[str] = field(default_factory=list)  #: whatever the queue says of these
    done: bool = False  #: the provider has all of it

    def expect(self, place: str, files: Mapping[str, str]) -> None:
        """These files will be handed over there."""
        self._write(place=place, files=dict(files))

    def compare(self, files: Mapping[str, str]) -> None:
        """ProviderError where the batch was begun with other files than these."""
        if files != self.files:
            changed = ", ".join(sorted(dict(files.items() ^ self.files.items())))
            raise ProviderError(
                f"the batch was begun with other files than these: {changed}",
                where=self.place,
                hint="nothing was sent; have it called back before it is made anew",
            )

    def begin(self, what: str) -> None:
        """From now on something may be made of it."""
        if what not in self.begun:
            self._write(begun=[*self.begun, what])

    def withdraw(self, what: str) -> None:
        """It was not taken after all."""
        if what in self.begun:
            self._write(begun=[each for each in self.begun if each != what])

    def give_up(self, what: str) -> None:
        """The device did not bring it to its end, and may soon have forgotten that."""
        if what not in self.given_up:
            self._write(given_up=[*self.given_up, what])

    def finish(self) -> None:
        """It is all there."""
        self._write(done=True)

    def clear(self) -> None:
        """Nothing of the batch was made and nothing of it is left anywhere."""
        self._write(place="", files={}, begun=[], given_up=[], done=False)

    def cancel(self) -> None:
        """From now on nothing more of the batch may be begun, by nobody."""
        _make_folder(self.path.parent)
        write_whole(self._mark, self.key.encode())
        sync(self.path.parent)

    @property
    def cancelled(self) -> bool:
        """Asks the disk: another process may have cancelled meanwhile."""
        return self._mark.exists()

    @property
    def _mark(self) -> Path:
        return self.path.with_suffix(".cancelled")

    def _write(self, **changes: Any) -> None:
        """The disk first: what could not be written down does not count."""
        names = ("key", "place", "files", "begun", "given_up", "done")
        content = {name: getattr(self, name) for name in names} | changes
        _make_folder(self.path.parent)
        write_whole(self.path, json.dumps(content, indent=1).encode())
        sync(self.path.parent)
        self.known = True
        for name, value in changes.items():
            setattr(self, name, value)


def read_note(folder: Path, key: str) -> Note:
    """The note of a batch; an empty one where nothing was begun yet.

    ProviderError (`unknown`) where it cannot be read.
    """
    path = folder / f"{digest(key)[:32]}.json"
    try:
        content = json.loads(path.read_bytes())
        return Note(
            path=path,
            key=key,
            known=True,
            place=str(content["place"]),
            files=dict(content["files"]),
            begun=list(content["begun"]),
            given_up=list(content.get("given_up", ())),
            done=bool(content["done"]),
        )
    except FileNotFoundError:
        return Note(path=path, key=key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = "the note of what was begun is not readable"
        raise ProviderError(message, where=str(path), unknown=True) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EnvironmentProblem(f"cannot be made: {reason}", where=str(folder)) from None

"""What this workspace has begun at the printer, written down before it is begun.

A printer forgets: CUPS drops old jobs, a small printer every job when it is switched off.
Where the queue no longer knows a job, the note still knows whether paper may have been
made of it. A note is a file a batch; without one the batch was never taken to a printer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.files import write_whole
from mailroom.model import digest


@dataclass(kw_only=True)
class Note:
    """The files of a batch; each change is on the disk before the method returns."""

    path: Path
    key: str
    files: list[str] = field(default_factory=list)  #: what of the batch is to be printed
    begun: list[str] = field(default_factory=list)  #: of these paper may have been made
    cancelled: bool = False  #: we asked for it

    def expect(self, files: list[str]) -> None:
        """These files will be taken to the printer."""
        self._refresh()
        self.files = files
        self._write()

    def begin(self, file: str) -> None:
        """From now on paper may be made of this file."""
        self._refresh()
        if file not in self.begun:
            self.begun.append(file)
            self._write()

    def withdraw(self, file: str) -> None:
        """The printer did not take it after all."""
        self._refresh()
        self.begun = [each for each in self.begun if each != file]
        self._write()

    def cancel(self) -> None:
        """Whatever is canceled from now on was canceled by us."""
        self._refresh()
        self.cancelled = True
        self._write()

    def _refresh(self) -> None:
        """Another process may have cancelled meanwhile."""
        now = read_note(self.path.parent, self.key)
        self.files, self.begun, self.cancelled = now.files, now.begun, now.cancelled

    def _write(self) -> None:
        content = {
            "key": self.key,
            "files": self.files,
            "begun": self.begun,
            "cancelled": self.cancelled,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EnvironmentProblem(f"cannot be made: {reason}", where=str(self.path)) from None
        write_whole(self.path, json.dumps(content, indent=1).encode())


def read_note(folder: Path, key: str) -> Note:
    """The note of a batch; an empty one where nothing was begun yet."""
    path = folder / f"{digest(key)[:32]}.json"
    try:
        content = json.loads(path.read_bytes())
        return Note(
            path=path,
            key=key,
            files=list(content["files"]),
            begun=list(content["begun"]),
            cancelled=bool(content["cancelled"]),
        )
    except FileNotFoundError:
        return Note(path=path, key=key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = "the note of what was begun at the printer is not readable"
        raise ProviderError(message, where=str(path), unknown=True) from error

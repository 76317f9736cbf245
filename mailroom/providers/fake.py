"""The `fake` provider: takes one piece at a time and posts nothing, for rehearsals and tests.

Every batch is a JSON file in a folder; its name is the key's digest, so that the same batch
has one place only, whoever submits it how often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.files import write_whole
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, Quote, Receipt, Status, digest
from mailroom.providers import Capabilities, Tell, rates

DEFAULT_FOLDER = Path(".mailroom") / "fake"


class Fake:
    """Keeps what it is given and says it has been accepted."""

    name = "fake"

    def __init__(self, settings: Mapping[str, Any], workspace: Path, tell: Tell) -> None:
        self._settings = settings
        self._folder = workspace / (settings.get("folder") or DEFAULT_FOLDER)

    def capabilities(self) -> Capabilities:
        return Capabilities(formats=tuple(FORMATS), max_pieces=1)

    def check(self, fmt: Format) -> None:
        """Every format is as good as another where nothing is printed."""

    def quote(self, pieces: int, domestic: int, abroad: int) -> Quote:
        return rates.quote(self._settings, self.name, pieces, domestic, abroad)

    def submit(self, batch: Batch) -> Receipt:
        """Write the batch down, unless it is written down already."""
        if len(batch.pieces) != 1:
            raise ProviderError(f"takes one piece a batch, not {len(batch.pieces)}")
        found = self.find(batch.key)
        if found:
            return found
        self._write(self._path(batch.key), _record(batch))
        return self.follow(self._path(batch.key).stem)

    def find(self, key: str) -> Receipt | None:
        path = self._path(key)
        return self.follow(path.stem) if path.exists() else None

    def follow(self, ref: str) -> Receipt:
        record = self._read(ref)
        return Receipt(ref=ref, status=Status(record["status"]), raw=json.dumps(record))

    def cancel(self, ref: str) -> Receipt:
        """Possible for ever, since nothing is ever posted."""
        record = {**self._read(ref), "status": Status.CANCELLED.value}
        self._write(self._folder / f"{ref}.json", record)
        return self.follow(ref)

    def _path(self, key: str) -> Path:
        return self._folder / f"{digest(key)[:32]}.json"

    def _read(self, ref: str) -> dict[str, Any]:
        path = self._folder / f"{ref}.json"
        try:
            record: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise ProviderError(f"there is no batch {ref!r}", where=str(self._folder)) from None
        except (OSError, ValueError) as error:
            message = f"what was kept is not readable: {error}"
            raise ProviderError(message, where=str(path), unknown=True) from error
        return record

    def _write(self, path: Path, record: Mapping[str, Any]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EnvironmentProblem(
                f"cannot be made: {reason}",
                where=str(path.parent),
                hint="correct [providers.fake] folder",
            ) from None
        write_whole(path, json.dumps(record, indent=1, ensure_ascii=False).encode())


def _record(batch: Batch) -> dict[str, Any]:
    (piece,) = batch.pieces
    return {
        "key": batch.key,
        "mailing": batch.mailing,
        "piece": piece.key,
        "number": piece.number,
        "address": list(piece.address_lines),
        "files": {path.name: _sha256(path) for path in batch.files},
        "status": Status.ACCEPTED.value,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The `fake` provider: takes one piece at a time and posts nothing, for tests of programs.

It is nobody's choice for a mailing: without `posts_nothing = true` it takes nothing, so that
no piece is ever called posted that is not. Every batch is a JSON file in a folder; its name
is the key's digest, so that the same batch has one place only, whoever submits it how often.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.files import sha256, write_whole
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, Finding, Order, Piece, Quote, Receipt, Status, digest
from mailroom.providers import Capabilities, Office
from mailroom.rates import load_rates, quote

DEFAULT_FOLDER = Path(".mailroom") / "fake"


class Fake:
    """Keeps what it is given and says it has been accepted."""

    name = "fake"
    home = ""

    def __init__(self, office: Office) -> None:
        self._settings = office.settings
        self._workspace = office.folder
        self._folder = office.folder / (office.settings.get("folder") or DEFAULT_FOLDER)

    def capabilities(self) -> Capabilities:
        return Capabilities(formats=tuple(FORMATS), max_pieces=1)

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """Every format is as good as another where nothing is printed."""

    def judge(self, piece: Piece, fmt: Format, options: Mapping[str, Any]) -> Iterable[Finding]:
        return ()

    def quote(self, order: Order) -> Quote:
        return quote(load_rates(self._workspace), order)

    def submit(self, batch: Batch) -> Receipt:
        """Write the batch down, unless it is written down already."""
        if self._settings.get("posts_nothing") is not True:
            raise ProviderError(
                "the provider `fake` posts nothing: no card would ever leave",
                where="[providers.fake] posts_nothing",
                hint='write provider = "outbox" or provider = "printer"',
            )
        if len(batch.pieces) != 1:
            raise ProviderError(f"takes one piece a batch, not {len(batch.pieces)}")
        files = {path.name: sha256(path) for path in batch.files}
        found = self._read(batch.key)
        if not found:
            self._write(batch.key, _record(batch, files))
        elif found["files"] not in (files, {}):
            raise ProviderError("the batch was taken with other files", where=batch.key)
        return _receipt(self._read(batch.key))

    def find(self, key: str) -> Receipt | None:
        record = self._read(key)
        return _receipt(record) if record else None

    def cancel(self, key: str) -> Receipt:
        """Possible for ever, since nothing is ever posted."""
        record = self._read(key) or {"key": key, "files": {}}
        self._write(key, {**record, "status": Status.CANCELLED.value})
        return _receipt(self._read(key))

    def _path(self, key: str) -> Path:
        return self._folder / f"{digest(key)[:32]}.json"

    def _read(self, key: str) -> dict[str, Any]:
        path = self._path(key)
        try:
            record: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            message = f"what was kept is not readable: {error}"
            raise ProviderError(message, where=str(path), unknown=True) from error
        return record

    def _write(self, key: str, record: Mapping[str, Any]) -> None:
        path = self._path(key)
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


def _record(batch: Batch, files: Mapping[str, str]) -> dict[str, Any]:
    (piece,) = batch.pieces
    return {
        "key": batch.key,
        "mailing": batch.mailing,
        "piece": piece.key,
        "number": piece.number,
        "address": list(piece.address_lines),
        "files": dict(files),
        "status": Status.ACCEPTED.value,
    }


def _receipt(record: Mapping[str, Any]) -> Receipt:
    ref = digest(record["key"])[:32]
    return Receipt(ref=ref, status=Status(record["status"]), raw=json.dumps(record))

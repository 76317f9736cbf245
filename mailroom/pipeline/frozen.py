"""What `prepare` has frozen, and where it lies: read by every later verb."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from mailroom.errors import ApprovalError, EnvironmentProblem, Refused
from mailroom.files import sha256
from mailroom.ledger import Plan
from mailroom.model import (
    Planned,
    Severity,
    Status,
)
from mailroom.model import digest as digest_of
from mailroom.produce import Setup
from mailroom.rates import RATES_FILE, load_rates, valid_rates
from mailroom.workspace import Workspace

Progress = Callable[[int, int], None]
"""Told how many of how many pieces are done."""


def no_progress(_done: int, _all: int) -> None:
    """Nobody waits."""


def last_plan(ws: Workspace, name: str) -> Plan:
    """The last `prepare`; Refused if there was none."""
    ws.mailing(name)
    found = ws.ledger.plan(name)
    if found is None:
        raise Refused(f"{name} is not prepared yet", hint=f"type `mailroom prepare {name}`")
    return found


def proof_files(ws: Workspace, name: str, digest: str) -> tuple[Path, Path]:
    """Where the proof of exactly this digest is kept: PDF and PNG."""
    stem = ws.state / "proofs" / f"{name}-{digest[:12]}"
    return stem.with_suffix(".pdf"), stem.with_suffix(".png")


def batch_folder(ws: Workspace, mailing: str, key: str) -> Path:
    """Where our own copy of what was handed over is kept."""
    return ws.sent / mailing / key[:16]


def waits(item: Planned) -> bool:
    """Has it not left the house?"""
    return item.status in (Status.READY, Status.HELD)


def located(ws: Workspace, item: Planned) -> Planned:
    """The ledger keeps paths relative, so that a workspace can be moved."""
    if item.artwork is None:
        return item
    artwork = dataclasses.replace(item.artwork, path=ws.state / item.artwork.path)
    return dataclasses.replace(item, artwork=artwork)


def fresh_folder(folder: Path, *, exact: bool = False) -> Path:
    """An empty folder to write into: a part of `folder`, or `folder` itself."""
    target = folder if exact else folder / ".part"
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot write there: {error.strerror}", where=str(target), hint="make room"
        ) from error
    return target


def inputs(ws: Workspace, setup: Setup) -> dict[str, str]:
    """What is the same for all pieces, so that one can tell later which of it has changed."""
    # The date may be today's: where it is printed the pieces differ, elsewhere it does not matter.
    mailing = dataclasses.replace(setup.mailing, date=dt.date.min)
    rates = load_rates(ws.settings.folder)
    return {
        f"the layout {setup.layout.name}": setup.layout.digest,
        "a font or a signature": setup.assets,
        "the sender": digest_of(setup.sender),
        mailing.file: digest_of(mailing),
        f"[providers.{mailing.provider}]": digest_of(ws.settings.providers.get(mailing.provider)),
        RATES_FILE: digest_of(valid_rates(rates, mailing.provider, ws.today)),
    }


def check_files(ws: Workspace, found: Plan) -> None:
    """The finished pages must be the ones that were approved, byte for byte."""
    for file in found.report["files"]:
        path = ws.state / found.folder / file["name"]
        if not path.is_file() or sha256(path) != file["sha256"]:
            raise ApprovalError(
                "a finished file is not the one that was approved",
                where=str(path),
                hint=f"type `mailroom prepare {found.mailing}` and approve again",
            )


def may_go(item: Planned, accepted: Mapping[str, str]) -> bool:
    """It waits, and what is wrong with it has been accepted by this very approval."""
    errors = [f.rule for f in item.piece.findings if f.severity is Severity.ERROR]
    if item.status is Status.HELD and not errors:
        return False  # it was pulled; `prepare` decides anew
    return waits(item) and all(rule in accepted for rule in errors)

"""Small programmes for tests, beside `workspaces`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailroom import pipeline
from mailroom.model import Approval
from mailroom.pipeline.send import SendReport
from mailroom.workspace import Workspace, open_workspace
from tests.workspaces import HEADER, make_workspace, say_yes, write_export, write_files

BIRTHDAY = """\
title = "Birthday cards"
layout = "plain"
owner = "ruth"
[trigger]
on = "birthday"
"""

WELCOME = """\
title = "Welcome cards"
layout = "plain"
owner = "ruth"
[trigger]
on = "stage"
to = ["won", "customer"]
"""

NEW = """\
title = "Hello cards"
layout = "plain"
owner = "ruth"
[trigger]
on = "new"
"""

COLUMNS = (*HEADER, "birthday", "stage", "anniversary")


def day(text: str) -> dt.date:
    """`2026-12-01` as a date."""
    return dt.date.fromisoformat(text)


def with_programmes(
    folder: Path,
    people: Sequence[Mapping[str, str]],
    programmes: Mapping[str, str],
    *,
    batch: int = 1,
) -> Path:
    """A workspace with these programmes, and its people's export written."""
    make_workspace(folder, [], batch=batch)
    write_files(folder, {f"programmes/{name}.toml": text for name, text in programmes.items()})
    write_export(folder, people, COLUMNS)
    return folder


@contextmanager
def on(folder: Path, date: str) -> Iterator[Workspace]:
    """The workspace as it is opened on a day."""
    now = dt.datetime.combine(day(date), dt.time(9), dt.UTC)
    with open_workspace(folder, clock=lambda: now, zone=dt.UTC) as ws:
        yield ws


def take_in(folder: Path, date: str, people: Sequence[Mapping[str, str]]) -> None:
    """Another export, read on a day."""
    write_export(folder, people, COLUMNS)
    with on(folder, date) as ws:
        pipeline.take_in(ws, (), "crm", again=True)


def approved_edition(folder: Path, date: str, name: str) -> None:
    """Prepare, and have it approved without drawing a proof."""
    with on(folder, date) as ws:
        digest = pipeline.prepare(ws, name).digest
        word = Approval(
            mailing=name, digest=digest, by="Ruth", at=ws.clock(), accepted={"volume": "a test"}
        )
        ws.ledger.approve(word)


def sent_edition(folder: Path, date: str, name: str) -> SendReport:
    """The same, and post it."""
    approved_edition(folder, date, name)
    return post(folder, date, name)


def post(folder: Path, date: str, name: str) -> SendReport:
    """Send what was approved."""
    with on(folder, date) as ws:
        return pipeline.send(ws, name, live=True, confirm=say_yes)


def due_names(folder: Path, date: str) -> dict[str, list[str]]:
    """Who is due on a day, by programme."""
    with on(folder, date) as ws:
        report = pipeline.due(ws)
    return {one.programme: [p.recipient for p in one.due] for one in report.programmes}

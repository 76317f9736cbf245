"""The inbox: a folder that exports are put into, by people or by another program.

    inbox/crm-2026-11-26.csv             waits
    inbox/done/2026-11-26/...            was taken in
    inbox/refused/... and ....txt        was not: the text says why, and what to type

Nothing is ever deleted or written over. A file is complete when its size and its time have not
changed between two looks, and no program has given it a name of something unfinished.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mailroom.errors import EnvironmentProblem
from mailroom.files import harmless, write_whole
from mailroom.workspace import Workspace

DONE, REFUSED = "done", "refused"

_UNFINISHED = re.compile(
    r"\..*|~.*|.*~|.*\.(?:part|partial|filepart|crdownload|download|opdownload|tmp|temp|swp|bak)",
    re.IGNORECASE,
)
"""Names of downloads, copies under way, locks of office suites and backups of editors."""

_NOBODYS = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
"""What desktops leave in every folder."""


class Stamp(NamedTuple):
    """By what one sees that a file has changed."""

    size: int  #: bytes
    changed: int  #: nanoseconds


class Waiting(NamedTuple):
    """A file of the inbox at one look."""

    path: Path
    stamp: Stamp


def files(ws: Workspace) -> tuple[Waiting, ...]:
    """What lies in the inbox, but for what is unfinished by its name; the oldest first.

    Folders in it are nobody's business, nor are links: they might lead out of the workspace.
    EnvironmentProblem where the folder cannot be read.
    """
    folder = ws.settings.inbox
    try:
        found = list(_files(folder)) if folder.exists() else []
    except OSError as error:
        hint = f"check its rights, or [inbox] folder: ls -ld {folder}"
        message = f"the inbox cannot be read: {(error.strerror or str(error)).lower()}"
        raise EnvironmentProblem(message, where=str(folder), hint=hint) from None
    return tuple(sorted(found, key=lambda one: (one.stamp.changed, one.path.name)))


def stamp(path: Path) -> Stamp | None:
    """None where it has gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def _files(folder: Path) -> Iterator[Waiting]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_unfinished(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            path = Path(entry.path)
            if found := stamp(path):
                yield Waiting(path=path, stamp=found)


def _is_unfinished(name: str) -> bool:
    return bool(_UNFINISHED.fullmatch(name)) or name.casefold() in _NOBODYS


def put_away(ws: Workspace, path: Path) -> Path:
    """Into today's folder of what was taken in; where it is now."""
    return _move(path, ws.settings.inbox / DONE / ws.today.isoformat())


def set_aside(ws: Workspace, path: Path, what: str, why: str) -> Path:
    """Among the refused, with a text beside it that says why; where it is now.

    The text comes first: a file that lies there is never without it.
    """
    folder = ws.settings.inbox / REFUSED
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder / path.name)
    told = why.replace(str(path), str(target))
    text = "\n\n".join(harmless(one, "\n") for one in (what.replace("\n", " ") + ".", told))
    write_whole(target.with_name(target.name + ".txt"), f"{text}\n".encode())
    return path.rename(target)


def refused_path(ws: Workspace, path: Path) -> Path:
    """Where a file would lie among the refused."""
    return _free(ws.settings.inbox / REFUSED / path.name)


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return path.rename(_free(folder / path.name))


def _free(target: Path) -> Path:
    """A name that nobody has: rename(2) would write over what is there. One watcher is at work."""
    number, free = 2, target
    while free.exists() or free.is_symlink():
        free = target.with_stem(f"{target.stem}-{number}")
        number += 1
    return free

"""`mailroom init`: a workspace that works at once, with invented people in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from mailroom.config import WORKSPACE_FILE
from mailroom.errors import Refused
from mailroom.shipped import SAMPLE

FILES = {
    "mailroom.toml": WORKSPACE_FILE,
    "contacts.csv": "exports/contacts.csv",
    "mailings": "mailings",
    "signatures": "signatures",
}
"""What is copied from the sample, and where to."""


def make_workspace(folder: Path) -> tuple[Path, ...]:
    """Fill `folder` with the sample; Refused, and nothing written, where one exists."""
    if (folder / WORKSPACE_FILE).exists():
        raise Refused(
            "there is a workspace already",
            where=str(folder),
            hint=f"work in it (`mailroom -C {folder} people`), or name another folder",
        )
    if folder.exists() and not folder.is_dir():
        raise Refused("that is a file", where=str(folder), hint="name a folder")
    taken = [target for target in FILES.values() if (folder / target).exists()]
    if taken:
        hint = "name a new folder"
        raise Refused(f"it holds {', '.join(taken)} already", where=str(folder), hint=hint)
    for source, target in FILES.items():
        _copy(SAMPLE / source, folder / target)
    (folder / "layouts").mkdir(exist_ok=True)
    (folder / ".gitignore").write_text(".mailroom/\noutbox/\nexports/\n", encoding="utf-8")
    return tuple(folder / target for target in FILES.values())


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)

"""`mailroom init`: a workspace that works at once, with invented people in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from mailroom.config import WORKSPACE_FILE
from mailroom.errors import EnvironmentProblem, Refused
from mailroom.rates import RATES_FILE
from mailroom.shipped import SAMPLE

FILES = {
    "mailroom.toml": WORKSPACE_FILE,
    "rates.toml": RATES_FILE,
    "contacts.csv": "exports/contacts.csv",
    "mailings": "mailings",
    "programmes": "programmes",
    "signatures": "signatures",
}
"""What is copied from the sample, and where to."""


def make_workspace(folder: Path) -> tuple[Path, ...]:
    """Fill `folder` with the sample; Refused, and nothing written, where one exists.

    EnvironmentProblem where it cannot be written whole; nothing is left of it then.
    """
    _check_free(folder)
    existed = folder.exists()
    made = tuple(folder / target for target in FILES.values())
    try:
        for source, target in zip(FILES, made, strict=True):
            _copy(SAMPLE / source, target)
        (folder / "layouts").mkdir(exist_ok=True)
        _ignore_what_is_private(folder / ".gitignore")
    except OSError as error:
        _remove(made if existed else (folder,))
        raise EnvironmentProblem(
            f"cannot write there: {error.strerror or 'not every file could be copied'}",
            where=str(folder),
            hint="make room, or name another folder",
        ) from None
    return made


def _check_free(folder: Path) -> None:
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


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _ignore_what_is_private(file: Path) -> None:
    """Customers' data stays out of Git; what a folder has of its own is not touched."""
    if not file.exists():
        file.write_text(".mailroom/\noutbox/\nexports/\ninbox/\nsheets/\n", encoding="utf-8")


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

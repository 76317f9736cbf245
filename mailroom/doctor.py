"""`mailroom doctor`: is everything in place, and what to type where it is not."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.errors import EnvironmentProblem, MailroomError, Unsupported

if TYPE_CHECKING:
    from mailroom.config import Settings

_LOW_DISK = 500_000_000
_AT_A_GLANCE = 8  # formats of a provider that are named one by one


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    state: str  #: "ok", "warning" or "failed"
    detail: str
    hint: str = ""


def examine(start: Path) -> tuple[Check, ...]:
    """Look at the machine, the shipped files and the workspace round `start`."""
    return (*_machine(), *_shipped(), *_workspace(start))


def _machine() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(name="Python", state="ok", detail=version)
    yield _tried("page layout", _weasyprint, "apt install libpango-1.0-0 libpangoft2-1.0-0")


def _weasyprint() -> str:
    import weasyprint

    return f"WeasyPrint {weasyprint.__version__} with Pango"


def _shipped() -> Iterator[Check]:
    yield _tried("fonts", _fonts, "restore fonts/ from the project")
    yield _tried("layouts", _layouts, "`mailroom layout check NAME` tells more")


def _fonts() -> str:
    from mailroom.fonts import load_fonts
    from mailroom.shipped import FONTS

    fonts = load_fonts(FONTS)
    return f"{len(fonts)} files, {', '.join(dict.fromkeys(font.family for font in fonts))}"


def _layouts() -> str:
    from mailroom.layout import find_layouts, read_layout
    from mailroom.shipped import LAYOUTS

    return ", ".join(read_layout(folder).name for folder in find_layouts([LAYOUTS]).values())


def _workspace(start: Path) -> Iterator[Check]:
    from mailroom.config import load_settings

    try:
        settings = load_settings(start)
    except MailroomError as error:
        yield Check(name="workspace", state="failed", detail=str(error), hint=error.hint)
        return
    yield Check(name="workspace", state="ok", detail=str(settings.folder))
    free = shutil.disk_usage(settings.folder).free
    state = "ok" if free > _LOW_DISK else "warning"
    yield Check(name="disk", state=state, detail=f"{free // 1_000_000:,} MB free", hint="make room")
    yield _tried("ledger", partial(_ledger, settings.ledger_url), "is the file writable?")
    for name in settings.mailings:
        yield _tried(f"mailing {name}", partial(_mailing, start, name), "correct the file")
        yield from _doubts(settings, name)
    for edition, name in zip(settings.editions(dt.date.min), settings.programmes, strict=True):
        yield _tried(f"programme {name}", partial(_mailing, start, edition), "correct the file")
    for file in settings.misnamed:
        yield _tried(f"mailing {file}", partial(_misnamed, file), "rename the file")
    yield from _providers(start, settings)


def _providers(start: Path, settings: Settings) -> Iterator[Check]:
    """One that no mailing uses may be switched off: that is worth a warning and no more."""
    used = _used_providers(settings)
    for name in dict.fromkeys((*settings.providers, *used)):
        check = _tried(f"provider {name}", partial(_provider, start, name), "")
        unused = check.state == "failed" and name not in used
        yield dataclasses.replace(check, state="warning") if unused else check


def _used_providers(settings: Settings) -> tuple[str, ...]:
    from mailroom.config import load_mailing

    used = []
    for name in (*settings.mailings, *settings.editions(dt.date.min)):
        with contextlib.suppress(MailroomError):  # its own check has told what is wrong
            used.append(load_mailing(settings, name, dt.date.min).provider)
    return tuple(used)


def _ledger(url: str) -> str:
    from mailroom.ledger import open_ledger
    from mailroom.workspace import utc_now

    with contextlib.closing(open_ledger(url, utc_now().isoformat())) as ledger:
        file = ledger.file
        if file:
            _check_writable(file.parent, *(Path(f"{file}{end}") for end in ("", "-wal", "-shm")))
        return ledger.describe()


def _check_writable(*paths: Path) -> None:
    for path in paths:
        if path.exists() and not os.access(path, os.W_OK):
            hint = f"check its rights: ls -ld {path}"
            raise EnvironmentProblem("it is not writable", where=str(path), hint=hint)


def _mailing(start: Path, name: str) -> str:
    from mailroom.workspace import open_workspace

    with open_workspace(start) as ws:
        mailing = ws.mailing(name)
        setup = ws.setup(mailing)
        try:
            ws.provider(mailing.provider).check(setup.format, mailing.options)
        except Unsupported:
            raise
        except MailroomError:
            pass  # the provider's own check tells what is wrong with it
        return f"{setup.layout.name}, {setup.format.name}, {mailing.provider}"


def _doubts(settings: Settings, name: str) -> Iterator[Check]:
    """What of the mailing's format nobody has vouched for."""
    from mailroom.config import load_mailing
    from mailroom.formats import format_named
    from mailroom.layout import find_layouts, read_layout

    with contextlib.suppress(MailroomError, KeyError):  # its own check has told what is wrong
        mailing = load_mailing(settings, name, dt.date.min)
        folder = find_layouts(settings.layout_folders)[mailing.layout]
        fmt = format_named(mailing.format or read_layout(folder).formats[0])
        for doubt in fmt.doubts:
            hint = "try one before you print them all"
            yield Check(name=f"mailing {name}", state="warning", detail=doubt, hint=hint)


def _misnamed(file: str) -> str:
    from mailroom.config import check_mailing_name

    check_mailing_name(Path(file).stem)
    return ""


def _provider(start: Path, name: str) -> str:
    from mailroom.workspace import open_workspace

    with open_workspace(start) as ws:
        can = ws.provider(name).capabilities()
        lacks = f"; {can.lacks}" if can.lacks else ""
        many = len(can.formats) > _AT_A_GLANCE
        named = f"{len(can.formats)} formats" if many else ", ".join(can.formats)
        return f"can make {named or 'nothing'}{lacks}"


def _tried(name: str, look: Callable[[], str], hint: str) -> Check:
    try:
        return Check(name=name, state="ok", detail=look())
    except MailroomError as error:
        return Check(name=name, state="failed", detail=str(error), hint=error.hint or hint)
    except (OSError, ImportError) as error:
        return Check(name=name, state="failed", detail=str(error), hint=hint)

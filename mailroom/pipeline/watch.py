"""watch: complete files of the inbox into the ledger, each once; then what they make due.

It looks again and again, since network folders tell nobody of changes. What is killed half-way
goes on: a file that was read and not yet put away is found to be what was read last.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from mailroom import exports
from mailroom.errors import EnvironmentProblem, MailroomError, Refused
from mailroom.files import as_text
from mailroom.ledger.mappings import mapped_sources, mappings_of
from mailroom.pipeline import inbox
from mailroom.pipeline.due import DueReport, due
from mailroom.pipeline.take_all import SUFFIXES
from mailroom.pipeline.take_in import take_in
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """A file that was read; `watch --json` prints it as a line."""

    event: Literal["taken"] = "taken"
    file: str
    source: str
    people: int
    new: int
    changed: int
    gone: int
    unchanged: bool  #: it is what was read last, so that nothing came of it
    now_at: str


@dataclass(frozen=True, kw_only=True)
class NotTaken:
    """A file that was not read, and lies among the refused."""

    event: Literal["refused"] = "refused"
    file: str
    why: str
    hint: str
    now_at: str


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that may be better at the next look: a full disk, a server that is away."""

    event: Literal["trouble"] = "trouble"
    why: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Due:
    """What the programmes want, after something has come in or a new day has begun."""

    event: Literal["due"] = "due"
    report: DueReport


Event = TakenIn | NotTaken | Trouble | Due


def watch(ws: Workspace, *, once: bool, pause: Callable[[], None]) -> Iterator[Event]:
    """Take what is complete, look by look with a `pause` between; `once`: after one pause no more.

    Refused where another watcher is at work. Trouble ends it only if it is to look `once`.
    """
    with ws.locks.hold("watch:the inbox"):
        before, told = _stamps(ws), dt.date.min
        while True:
            pause()
            news = False
            try:
                for event in _take_complete(ws, before):
                    news = news or isinstance(event, TakenIn)
                    yield event
                before = _stamps(ws)
                if news or told < ws.today:
                    told = ws.today
                    yield Due(report=due(ws))
            except (EnvironmentProblem, OSError) as error:
                if once:
                    raise _as_ours(error, ws) from None
                yield _trouble(error)
            if once:
                return


def _take_complete(ws: Workspace, before: Mapping[Path, inbox.Stamp]) -> Iterator[Event]:
    """What has not changed since the last look is complete: it is taken."""
    for found in inbox.files(ws):
        complete = before.get(found.path) == found.stamp and found.stamp.size
        if complete and (event := _take(ws, found)):
            yield event


def waiting(ws: Workspace) -> tuple[str, ...]:
    """The names of files in the inbox that nobody has read yet; empty ones say nothing."""
    return tuple(found.path.name for found in inbox.files(ws) if found.stamp.size)


def _stamps(ws: Workspace) -> dict[Path, inbox.Stamp]:
    with suppress(EnvironmentProblem):  # told at the next look
        return {found.path: found.stamp for found in inbox.files(ws)}
    return {}


def _trouble(error: Exception) -> Trouble:
    hint = error.hint if isinstance(error, MailroomError) else ""
    return Trouble(why=str(error), hint=hint)


def _as_ours(error: Exception, ws: Workspace) -> MailroomError:
    if isinstance(error, MailroomError):
        return error
    return EnvironmentProblem(str(error), where=str(ws.settings.inbox), hint="check its rights")


def _take(ws: Workspace, found: inbox.Waiting) -> Event | None:
    """Read one file and put it away; None where it has changed while it was read."""
    path, source = found.path, ""
    try:
        source = source_of(ws, path)
        report = take_in(ws, [path], source)
    except EnvironmentProblem:
        raise
    except MailroomError as error:
        if inbox.stamp(path) != found.stamp:
            return None
        target = inbox.refused_path(ws, path)
        hint = _what_to_type(ws, error, path, target, source)
        where = inbox.set_aside(ws, path, f"{path.name} was not taken in", f"{error}\n\n{hint}")
        why, name = as_text(str(error)), as_text(path.name)
        return NotTaken(file=name, why=why, hint=hint, now_at=_from(ws, where))
    if inbox.stamp(path) != found.stamp:
        return None
    where = inbox.put_away(ws, path)
    return TakenIn(
        file=as_text(path.name),
        source=source,
        people=report.recipients,
        new=report.new,
        changed=report.changed,
        gone=report.gone,
        unchanged=report.unchanged,
        now_at=_from(ws, where),
    )


def _from(ws: Workspace, path: Path) -> str:
    """As one would type it in the workspace."""
    folder = ws.settings.folder
    return as_text(str(path.relative_to(folder) if path.is_relative_to(folder) else path))


def _what_to_type(
    ws: Workspace, error: MailroomError, path: Path, target: Path, source: str
) -> str:
    """The error's own hint, and the command that reads the file from where it lies now."""
    now = shlex.quote(_from(ws, target))
    words = ["mailroom intake", now, f"--source {source or 'NAME'}"]
    words += _OPTION.findall(error.hint)
    hint = error.hint.replace(shlex.quote(str(path)), now)
    return f"{hint or 'look at the file'}\nTo read it then: {' '.join(words)}"


_OPTION = re.compile(r"--(?:(?:gone|changed) \d+|again)\b")
"""What an intake asks to be typed besides, where it is right all the same."""


# --- whose it is --------------------------------------------------------------------------


def source_of(ws: Workspace, path: Path) -> str:
    """The source whose export it is: by the pattern of its name, or by its remembered header.

    Refused where nobody has said so, or several sources might have it: never guessed, for a
    source is replaced by what is read.
    """
    known, name = ws.settings.sources.values(), path.name.casefold()
    by_pattern = [s.name for s in known if s.inbox and fnmatchcase(name, s.inbox.casefold())]
    if by_pattern:
        return _only(by_pattern, "its name is one of", "make the patterns in mailroom.toml differ")
    by_name = [s.name for s in known if name in {file.name.casefold() for file in s.files}]
    if by_name:
        return _only(by_name, "its name is one of", "add [sources.NAME] inbox = ... to one of them")
    if path.suffix.casefold() not in SUFFIXES:
        raise Refused("it is no export by its name", hint="exports are .csv, .xlsx, .vcf, .jsonl")
    print_ = exports.recognise(path).fingerprint
    by_header = [
        source
        for source in mapped_sources(ws.ledger)
        if any(one.fingerprint == print_ for one in mappings_of(ws.ledger, source))
    ]
    hint = 'write into mailroom.toml which names are whose: [sources.crm] inbox = "crm-*.csv"'
    return _only(by_header, "its columns are those of", hint)


def _only(sources: list[str], what: str, hint: str) -> str:
    if len(sources) == 1:
        return sources[0]
    if sources:
        raise Refused(f"{what} several sources: {', '.join(sources)}", hint=hint)
    raise Refused("nobody has said of which source it is an export", hint=hint)

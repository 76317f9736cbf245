"""intake of several files or a folder: whose export each is, and one table at the end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from mailroom import exports
from mailroom.config import Source, is_name
from mailroom.errors import InputError, MailroomError, Refused, UsageError
from mailroom.files import as_text, is_text, resolved, sha256
from mailroom.ledger.mappings import mappings_of
from mailroom.ledger.snapshots import Snapshot, newest_snapshots
from mailroom.pipeline.clean import is_ours
from mailroom.pipeline.mapping import Drifted
from mailroom.pipeline.take_in import IntakeReport, take_in
from mailroom.readers import check_readable
from mailroom.workspace import Workspace

#: What exports are called; any file may be named by hand.
SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"}
    | {".vcf", ".vcard", ".json", ".jsonl", ".ndjson"}
)
#: Files of programs at work: locks of office suites, half downloads, copies of editors.
_AT_WORK = re.compile(r"~\$.*|\.~lock.*|.*\.(?:tmp|temp|part|crdownload|download|swp|bak)|.*~")
_DATE = re.compile(
    r"(?:19|20)\d\d[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])"
    r"(?:[-_ T.]*(?:[01]\d|2[0-3])[-_.:h ]?[0-5]\d(?:[-_.:m ]?[0-5]\d)?(?:Z|UTC)?)?"
    r"|(?:0[1-9]|[12]\d|3[01])[-_.](?:0[1-9]|1[0-2])[-_.](?:19|20)\d\d"
)
_COPY = re.compile(
    r"\s*\((\d{1,3})\)$|[-_ ](?:copy|kopie|copie)(?:[-_ ]?(\d{1,3}))?$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?<=[^\W\d_])[-_]\d{4,}[-_]\d{1,3}$")
_MADE_UP = re.compile(r"\d{4,}|(?=[a-f]*\d)[0-9a-f]{8,}")  #: numbers that a CRM gives its downloads


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A file of which nothing was taken in."""

    file: str
    message: str
    hint: str = ""
    source: str = ""  #: that it was to be read as


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What came of several exports."""

    reports: tuple[IntakeReport, ...]
    failed: tuple[Failed, ...] = ()
    aside: tuple[Failed, ...] = ()  #: files that need not be read: twice there, or no exports

    notes: tuple[str, ...] = ()  #: of files that are not of the source that one might think

    @property
    def people(self) -> int:
        return sum(report.recipients for report in self.reports)

    @property
    def lost(self) -> int:
        """Rows that could not be read."""
        return sum(report.lost for report in self.reports)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Files to be read as one source."""

    source: str
    files: tuple[Path, ...]


Progress = Callable[[int, int, str], None]
"""Told the number of the file whose turn it is (0: not yet), of how many, and its name."""


def take_all(
    ws: Workspace,
    paths: Sequence[Path],
    gone: int | None = None,
    changed: int | None = None,
    *,
    again: bool = False,
    role: str = "",
    progress: Progress = lambda done, total, file: None,
) -> Batch:
    """Read every export of `paths`, files and folders; what cannot be read stops no other.

    Without paths: the files of every source of mailroom.toml. Refused where nothing was taken in;
    of a single file the very error is raised. `progress` is told before each file is read, and
    before they are looked at. `role` is what a person says that all of them are.
    """
    aside: list[Failed] = []
    notes: list[str] = []
    files = list(_files(paths, aside))
    progress(0, len(files), "")
    jobs = _jobs(ws, files, aside, notes) if paths else _own(ws)
    reports: list[IntakeReport] = []
    failed: list[Failed] = []
    for number, job in enumerate(jobs, start=1):
        progress(number, len(jobs), as_text(", ".join(file.name for file in job.files)))
        try:
            made = job.source not in ws.settings.sources and bool(job.files)
            read = take_in(
                ws, job.files, job.source, gone, changed, again=again, made=made, role=role
            )
            reports.append(read)
        except (Refused, UsageError) as error:
            if len(jobs) == 1 and not aside:
                raise
            names = ", ".join(as_text(file.name) for file in job.files)
            if isinstance(error, Drifted):
                _waits_no_more(failed, job.source, names)
            failed.append(
                Failed(file=names, message=_said(error, names), hint=error.hint, source=job.source)
            )
    if not (reports or failed or aside):
        raise _nothing_there(paths)
    return Batch(
        reports=tuple(reports), failed=tuple(failed), aside=tuple(aside), notes=tuple(notes)
    )


def _said(error: MailroomError, file: str) -> str:
    """What went wrong, without the file's name before it: that stands beside it."""
    text = str(error)
    if not text.startswith(f"{file}:"):
        return text
    rest = text.removeprefix(f"{file}:").lstrip()
    return f"line {rest}" if rest[:1].isdecimal() else rest


def _waits_no_more(failed: list[Failed], source: str, newer: str) -> None:
    """Of several exports of a source with a new header the newest one waits."""
    for place, one in enumerate(failed):
        if one.source == source:
            failed[place] = replace(one, message=f"{newer} of the same source waits", hint="")


def exports_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files of `paths`, with the exports in its folders; InputError where there are none."""
    found = tuple(_files(paths, []))
    if paths and not found:
        raise _nothing_there(paths)
    return found


def _nothing_there(paths: Sequence[Path]) -> InputError:
    hint = "an export is CSV, Excel (.xlsx), vCard or JSON lines"
    return InputError("there is no export in it", where=", ".join(map(str, paths)), hint=hint)


def _own(ws: Workspace) -> list[Job]:
    sources = [source for source in ws.settings.sources.values() if source.files]
    return [Job(source=source.name, files=source.files) for source in sources] or [
        Job(source=next(iter(ws.settings.sources), "crm"), files=())
    ]


# Which files --------------------------------------------------------------------------------


def _files(paths: Iterable[Path], aside: list[Failed]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from _inside(path, path, aside)
        else:
            yield path


def _inside(folder: Path, root: Path, aside: list[Failed]) -> Iterator[Path]:
    """Every export of a folder and the folders in it, by name; hidden ones are passed over."""
    try:
        there = sorted(folder.iterdir(), key=lambda path: path.name.casefold())
    except OSError as error:
        aside.append(Failed(file=folder.name, message=(error.strerror or str(error)).lower()))
        return
    for path in there:
        if path.name.startswith(".") or _AT_WORK.fullmatch(path.name):
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _inside(path, root, aside)
        elif message := _why_not(path, root):
            aside.append(Failed(file=as_text(path.name), message=message))
        else:
            yield path


def _why_not(path: Path, root: Path) -> str:
    """Why what lies in a folder is not read, or nothing; only ordinary files are ever opened."""
    if not is_text(path.name):
        return "its name is not UTF-8: rename it"
    if path.is_symlink() and not resolved(path).is_relative_to(resolved(root)):
        return "a link out of the folder; name the file itself to read it"
    if not path.is_file():
        return "a link to nothing" if path.is_symlink() else "no ordinary file"
    if is_ours(path):
        return "mailroom's own list; name the file itself to read it"
    return "" if path.suffix.casefold() in SUFFIXES else "no export by its name"


# Whose ---------------------------------------------------------------------------------------


def _jobs(ws: Workspace, files: Sequence[Path], aside: list[Failed], notes: list[str]) -> list[Job]:
    """Each file with its source; a source of mailroom.toml is read whole."""
    read = newest_snapshots(ws.ledger)
    seen: dict[str, Path] = {}
    named: dict[str, list[Path]] = {}
    jobs: list[Job] = []
    for path in files:
        if not _is_readable(path):
            jobs.append(Job(source=_called(path), files=(path,)))  # told when its turn comes
            continue
        source = _source_of(ws, path, read, named, notes)
        if (first := _same_content(path, seen)) is not None:
            aside.append(Failed(file=path.name, message=f"the same as {first.name}"))
        elif (other := _read_as(path, read)) not in ("", source):
            message = f"the same as what was read as {other!r}"
            aside.append(Failed(file=path.name, message=message))
        else:
            named.setdefault(source, []).append(path)
    for source, mine in named.items():
        own = ws.settings.sources.get(source)
        if own and {resolved(file) for file in mine} <= {resolved(file) for file in own.files}:
            jobs.append(Job(source=source, files=own.files))
        else:  # exports of one source from several days: one after the other
            jobs += [Job(source=source, files=(path,)) for path in sorted(mine, key=_age)]
    return jobs


def _is_readable(path: Path) -> bool:
    try:
        check_readable(path)
    except InputError:
        return False
    return True


def _same_content(path: Path, seen: dict[str, Path]) -> Path | None:
    try:
        digest = sha256(path)
    except OSError:
        return None  # told when its turn comes
    first = seen.setdefault(digest, path)
    return None if first is path else first


def _read_as(path: Path, read: Mapping[str, Snapshot]) -> str:
    """The source whose newest reading has this very content."""
    try:
        digest = sha256(path)
    except OSError:
        return ""
    return next((name for name, last in read.items() if digest in last.files.values()), "")


def _source_of(
    ws: Workspace,
    path: Path,
    read: Mapping[str, Snapshot],
    named: Mapping[str, Sequence[Path]],
    notes: list[str],
) -> str:
    """Named in mailroom.toml, or read under this file's name before, or made from it.

    Many exports are called contacts.csv: one of the name that mailroom.toml has for a source is
    that source's only with its header.
    """
    own = ws.settings.sources
    for source in own.values():
        if resolved(path) in {resolved(file) for file in source.files}:
            return source.name
    for source in own.values():
        if path.name not in {file.name for file in source.files}:
            continue
        if _has_its_header(ws, source, path):
            notes.append(f"{path.name} is read as {source.name!r}: it has that source's header")
            return source.name
        notes.append(
            f"{path.name} is not read as {source.name!r}, whose file mailroom.toml calls so too: "
            f"its header is another (--source {source.name} says that it is)"
        )
    called = _called(path)
    rivals = named.get(called, ())
    first = not rivals or (_parts(path.stem)[1] and _alike(path, rivals[0]))
    if first and (name := _remembered(ws, path, called, read, named)):
        return name
    for name in _names(path, called):
        mine = named.get(name, ())
        of_several_days = mine and _parts(path.stem)[1] and _alike(path, mine[0])
        if (not mine or of_several_days) and not _is_of_another(ws, name, path):
            if name != called and called in read and name not in read:
                notes.append(
                    f"{path.name} is read as {name!r}: {called!r} has exports of another kind "
                    f"(--source {called} says that it is one of them)"
                )
            return name
    raise AssertionError("names are endless")


def _remembered(
    ws: Workspace,
    path: Path,
    called: str,
    read: Mapping[str, Snapshot],
    named: Mapping[str, Sequence[Path]],
) -> str:
    """The source that had a file of this name or this header before; empty where none had."""
    own = ws.settings.sources
    before = [name for name, last in read.items() if path.name in last.files and name not in own]
    if called not in before and len(before) == 1 and before[0] not in named:
        called = before[0]
    return "" if _is_of_another(ws, called, path) else called


def _names(path: Path, called: str) -> Iterator[str]:
    """What a file's source may be called: after it, and its CRM, folder, ending, or a number."""
    folder, ending, crm = _slug(path.parent.name), path.suffix[1:].lower(), _crm(path)
    more = (f"{called}-{crm}",) if crm and crm not in called.split("-") else ()
    yield called
    yield from filter(is_name, (*more, f"{folder}-{called}", f"{called}-{ending}"))
    yield from (f"{called}-{number}" for number in count(2))


def _is_of_another(ws: Workspace, name: str, path: Path) -> bool:
    """Has the source exports of quite another kind? One of mailroom.toml has its own header."""
    if name in ws.settings.sources:
        return not _has_its_header(ws, ws.settings.sources[name], path)
    known = mappings_of(ws.ledger, name)
    if not known or _fingerprint(path) in {one.fingerprint for one in known}:
        return False
    kind = _kind(path)
    return all(exports.are_two(one.kind, kind) for one in known)


def _has_its_header(ws: Workspace, source: Source, path: Path) -> bool:
    """Whether the file's header is one that was read of the source, or stands in its own file."""
    header = _fingerprint(path)
    if not header:
        return False
    known = {one.fingerprint for one in mappings_of(ws.ledger, source.name)}
    return header in known or header in map(_fingerprint, source.files)


def _alike(path: Path, other: Path) -> bool:
    """Whether two exports may be of one source: of one CRM, or with much the same columns."""
    try:
        one, two = exports.recognise(path), exports.recognise(other)
    except MailroomError:
        return True  # told when its turn comes
    shared = {*one.headers} & {*two.headers}
    few = min(len(one.headers), len(two.headers))
    return one.kind == two.kind and bool(one.kind or 2 * len(shared) >= few)


def _kind(path: Path) -> str:
    """Of which kind the export is; empty where it is nobody's, or cannot be read."""
    try:
        return exports.recognise(path).kind
    except MailroomError:
        return ""


def _crm(path: Path) -> str:
    """The first word of what the file is: `zoho`."""
    return _kind(path).partition("-")[0]


def _fingerprint(path: Path) -> str:
    """Of the file's header; empty where it cannot be read."""
    try:
        return exports.recognise(path).fingerprint
    except MailroomError:
        return ""


def _called(path: Path) -> str:
    """A source's name from a file's: `Contacts export (2) 2026-11-25.csv` is `contacts-export`."""
    if _NUMBERED.search(path.stem):  # the number of an account and that of a download
        return next(filter(is_name, (_kind(path), _slug(path.stem))), "export")
    name = _slug(_parts(path.stem)[0])
    return name if is_name(name) else f"{name}-export".strip("-")


def _parts(stem: str) -> tuple[str, tuple[str, int] | None]:
    """The name without what changes from day to day, and that: a date, the number of a copy."""
    dates = "".join(re.sub(r"\D", "", found) for found in _DATE.findall(stem))
    rest = _DATE.sub(" ", stem).strip(" -_.")
    copy = _COPY.search(rest)
    number = int(copy[1] or copy[2] or 1) if copy else 0
    rest = _COPY.sub("", rest)
    words = [word for word in re.split(r"[\W_]+", rest) if word]
    kept = [re.sub(r"\d{6,}$", "", w) for w in words if not _MADE_UP.fullmatch(w.casefold())]
    changes = bool(dates or number or kept != words)
    return " ".join(filter(None, kept)), (dates, number) if changes else None


def _age(path: Path) -> tuple[object, ...]:
    """Older ones first: by the date in the name, the number of the copy, the file's own date."""
    changing = _parts(path.stem)[1] or ("", 0)
    try:
        touched = path.stat().st_mtime_ns
    except OSError:
        touched = 0
    return (*changing, touched, path.name)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:60].strip("-")

"""intake of several files or a folder: whose export each is, and one table at the end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.config import is_name
from mailroom.errors import InputError, Refused, UsageError
from mailroom.files import sha256
from mailroom.ledger.snapshots import Snapshot, newest_snapshots
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
_MADE_UP = re.compile(r"\d{4,}|(?=[a-f]*\d)[0-9a-f]{8,}")  #: numbers that a CRM gives its downloads


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A file of which nothing was taken in."""

    file: str
    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What came of several exports."""

    reports: tuple[IntakeReport, ...]
    failed: tuple[Failed, ...] = ()
    aside: tuple[Failed, ...] = ()  #: files that need not be read: twice there, or no exports

    @property
    def people(self) -> int:
        return sum(report.recipients for report in self.reports)

    @property
    def mailable(self) -> int:
        return sum(report.mailable for report in self.reports)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Files to be read as one source."""

    source: str
    files: tuple[Path, ...]


def take_all(
    ws: Workspace,
    paths: Sequence[Path],
    gone: int | None = None,
    *,
    again: bool = False,
) -> Batch:
    """Read every export of `paths`, files and folders; what cannot be read stops no other.

    Without paths: the files of every source of mailroom.toml. Refused where nothing was taken in;
    of a single file the very error is raised.
    """
    aside: list[Failed] = []
    files = list(_files(paths, aside))
    jobs = _jobs(ws, files, aside) if paths else _own(ws)
    reports: list[IntakeReport] = []
    failed: list[Failed] = []
    for job in jobs:
        try:
            made = job.source not in ws.settings.sources and bool(job.files)
            reports.append(take_in(ws, job.files, job.source, gone, again=again, made=made))
        except (Refused, UsageError) as error:
            if len(jobs) == 1 and not aside:
                raise
            names = ", ".join(file.name for file in job.files)
            failed.append(Failed(file=names, message=str(error), hint=error.hint))
    if not (reports or failed or aside):
        listed = ", ".join(map(str, paths))
        hint = "an export is CSV, Excel (.xlsx), vCard or JSON lines"
        raise InputError("there is no export in it", where=listed, hint=hint)
    return Batch(reports=tuple(reports), failed=tuple(failed), aside=tuple(aside))


def exports_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files of `paths`, with the exports in its folders."""
    return tuple(_files(paths, []))


def _own(ws: Workspace) -> list[Job]:
    sources = [source for source in ws.settings.sources.values() if source.files]
    return [Job(source=source.name, files=source.files) for source in sources] or [
        Job(source=next(iter(ws.settings.sources), "crm"), files=())
    ]


# Which files --------------------------------------------------------------------------------


def _files(paths: Iterable[Path], aside: list[Failed]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from _inside(path, aside)
        else:
            yield path


def _inside(folder: Path, aside: list[Failed]) -> Iterator[Path]:
    """Every export of a folder and the folders in it, by name; hidden ones are passed over."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name.casefold()):
        if path.name.startswith(".") or _AT_WORK.fullmatch(path.name):
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _inside(path, aside)
        elif path.suffix.casefold() in SUFFIXES:
            yield path
        else:
            message = "no export by its name"
            aside.append(Failed(file=path.name, message=message))


# Whose ---------------------------------------------------------------------------------------


def _jobs(ws: Workspace, files: Sequence[Path], aside: list[Failed]) -> list[Job]:
    """Each file with its source; a source of mailroom.toml is read whole."""
    read = newest_snapshots(ws.ledger)
    seen: dict[str, Path] = {}
    named: dict[str, list[Path]] = {}
    for path in files:
        source = _source_of(ws, path, read, named)
        if (first := _same_content(path, seen)) is not None:
            aside.append(Failed(file=path.name, message=f"the same as {first.name}"))
        elif (other := _read_as(path, read)) not in ("", source):
            message = f"the same as what was read as {other!r}"
            aside.append(Failed(file=path.name, message=message))
        else:
            named.setdefault(source, []).append(path)
    jobs = []
    for source, mine in named.items():
        own = ws.settings.sources.get(source)
        if own and {file.resolve() for file in mine} <= {file.resolve() for file in own.files}:
            jobs.append(Job(source=source, files=own.files))
        else:  # exports of one source from several days: one after the other
            jobs += [Job(source=source, files=(path,)) for path in sorted(mine, key=_age)]
    return jobs


def _same_content(path: Path, seen: dict[str, Path]) -> Path | None:
    try:
        check_readable(path)
        digest = sha256(path)
    except InputError:
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
) -> str:
    """Named in mailroom.toml, or read under this file's name before, or made from it."""
    for source in ws.settings.sources.values():
        if path.resolve() in {file.resolve() for file in source.files}:
            return source.name
    for source in ws.settings.sources.values():
        if path.name in {file.name for file in source.files}:
            return source.name
    called = _called(path)
    if called not in named or _parts(path.stem)[1]:
        remembered = [name for name, last in read.items() if path.name in last.files]
        if called not in remembered and len(remembered) == 1 and remembered[0] not in named:
            return remembered[0]
        return called
    # two files of one name that no date tells apart are of two sources
    for name in (f"{_slug(path.parent.name)}-{called}", f"{called}-{path.suffix[1:].lower()}"):
        if is_name(name) and name not in named:
            return name
    return next(n for i in range(2, 1000) if (n := f"{called}-{i}") not in named)


def _called(path: Path) -> str:
    """A source's name from a file's: `Contacts export (2) 2026-11-25.csv` is `contacts-export`."""
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

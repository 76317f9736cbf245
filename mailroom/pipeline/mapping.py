"""mapping: which column of a source fills which field, remembered by the header's fingerprint.

A header that was seen before is read as it was then. Another one of the same source waits until a
person has looked at it: nothing is guessed silently.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailroom import exports
from mailroom.config import Source
from mailroom.errors import Refused, UsageError
from mailroom.exports import Export, Proposal
from mailroom.exports.drift import Drift, compare, nearest
from mailroom.intake import known_fields
from mailroom.intake.columns import squash
from mailroom.ledger.mappings import Remembered, mapped_sources, mappings_of, remember
from mailroom.ledger.snapshots import newest_snapshots
from mailroom.pipeline import shelf
from mailroom.pipeline.shelf import Kept
from mailroom.workspace import Workspace

#: Real records shown beside the columns.
SHOWN = 5


class Drifted(Refused):
    """The header of a source is another than the last time, and nobody has looked at it yet."""

    def __init__(self, source: str, export: Export, drift: Drift) -> None:
        super().__init__(
            f"the columns are not those of {source!r} the last time; nothing was taken in",
            where=f"{export.file}:{export.header_line}",
            hint=f"if that is right, type `mailroom mapping {source} --accept`; "
            f"if it is the export of something else, add --source NAME",
        )
        self.source, self.export, self.drift = source, export, drift


class Unmapped(Refused):
    """No column of the file is known by its name."""

    def __init__(self, source: str, export: Export) -> None:
        found = [f'--set "{one.header}={one.field}"' for one in export.proposals[:3]]
        example = " ".join(found) or f'--set "{export.headers[0]}=last_name"'
        super().__init__(
            f"no column is known: {', '.join(export.headers[:6])}",
            where=f"{export.file}:{export.header_line}",
            hint=f"say which column is what: mailroom mapping {source} {example}",
        )
        self.source, self.export = source, export


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One file of a source as its columns are read: what `mailroom mapping` shows."""

    source: str
    file: str
    title: str
    sure: float
    why: str
    waits: bool  #: nobody has said yet that this header is right
    by: str  #: who has said how it is read; empty: nobody had to
    columns: Mapping[str, str | None]
    fixed: tuple[str, ...]  #: headers that mailroom.toml decides
    records: tuple[tuple[str, ...], ...]  #: the first ones, as wide as the header
    proposals: tuple[Proposal, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """An export with the mapping that counts for it."""

    export: Export
    new: bool  #: never seen before: to be remembered once it is read


def settle(ws: Workspace, source: Source, file: Kept) -> Settled:
    """How the file's columns are read; Drifted or Unmapped where a person has to say."""
    export = exports.recognise(file.path, source.columns)
    known = mappings_of(ws.ledger, source.name)
    if same := _remembered(known, export):
        return Settled(export=_with(export, same.columns, source), new=False)
    if known:
        raise Drifted(source.name, export, _drift(ws, source, known, export))
    if not any(export.columns.values()):
        raise Unmapped(source.name, export)
    return Settled(export=export, new=True)


def keep_in_mind(ws: Workspace, source: str, export: Export, by: str = "") -> None:
    """Remember how the export's header is read."""
    remember(
        ws.ledger,
        Remembered(
            source=source,
            fingerprint=export.fingerprint,
            kind=export.kind,
            columns=export.columns,
            by=by,
            at=ws.now(),
        ),
    )


def mapping(ws: Workspace, name: str) -> tuple[Sheet, ...]:
    """The files of a source that were read last, and those that wait for a word."""
    source = _source(ws, name)
    return tuple(_sheet(ws, source, file) for file in _files(ws, source))


def sources(ws: Workspace) -> tuple[str, ...]:
    """Every source that there is: named in mailroom.toml, read, or waiting for its mapping."""
    folder = ws.state / "exports"
    waiting = sorted(path.name for path in folder.glob("*") if any(path.glob("*/*")))
    read = newest_snapshots(ws.ledger)
    return tuple(dict.fromkeys((*ws.settings.sources, *read, *mapped_sources(ws.ledger), *waiting)))


def list_sources(ws: Workspace) -> tuple[dict[str, str], ...]:
    """Every source: whose exports it has, its files, and whether something waits."""
    read = newest_snapshots(ws.ledger)
    found = []
    for name in sources(ws):
        known = mappings_of(ws.ledger, name)
        titles = dict.fromkeys(exports.title_of(one.kind) for one in known)
        files = read[name].files if name in read else ()
        waits = any(shelf.waiting(ws, name))
        state = (
            "waits for a word" if waits else f"read {read[name].at[:10]}" if files else "not read"
        )
        found.append(
            {
                "source": name,
                "title": ", ".join(titles),
                "files": ", ".join(files),
                "state": state,
            }
        )
    return tuple(found)


def set_columns(
    ws: Workspace, name: str, fields: Mapping[str, str], *, accept: bool = False, by: str = ""
) -> tuple[Sheet, ...]:
    """Write down which field a column fills (empty: none), and that a new header is right.

    UsageError where no file of the source has such a column, or there is no such field.
    """
    source = _source(ws, name)
    files = _files(ws, source)
    sheets = [_sheet(ws, source, file) for file in files]
    _check_fields(fields)
    _check_headers(name, fields, sheets, source)
    if not accept and any(sheet.drift for sheet in sheets):
        hint = f"look at it with `mailroom mapping {name}`, then add --accept"
        raise Refused(f"the header of {name!r} has changed; nobody has accepted it", hint=hint)
    wanted = {squash(header): field or None for header, field in fields.items()}
    for file, sheet in zip(files, sheets, strict=True):
        mine = {h: wanted[squash(h)] for h in sheet.columns if squash(h) in wanted}
        if mine or sheet.drift:
            export = exports.recognise(file.path, source.columns)
            keep_in_mind(ws, name, export.mapped({**sheet.columns, **mine}), by)
    return mapping(ws, name)


def _remembered(known: Sequence[Remembered], export: Export) -> Remembered | None:
    return next((one for one in known if one.fingerprint == export.fingerprint), None)


def _with(export: Export, columns: Mapping[str, str | None], source: Source) -> Export:
    """The export read by these columns, and by what mailroom.toml says besides."""
    own = {squash(header): field or None for header, field in source.columns.items()}
    return export.mapped({h: own.get(squash(h), columns.get(h)) for h in export.headers})


def _drift(ws: Workspace, source: Source, known: Sequence[Remembered], export: Export) -> Drift:
    old = nearest((one.columns for one in known), export.headers)
    assert old is not None
    rows = _sample_of(ws, source, tuple(old))
    drift = compare(old, export.columns, rows, [row.cells for row in export.sample])
    own = {squash(header): field or None for header, field in source.columns.items()}
    columns = {h: own.get(squash(h), field) for h, field in drift.columns.items()}
    return replace(drift, columns=columns)


def _sample_of(ws: Workspace, source: Source, headers: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows of the file that was read last with this header; none where it is no longer kept."""
    for file in shelf.kept(ws, source.name):
        export = exports.recognise(file.path)
        if {*export.headers} == {*headers}:
            places = [export.headers.index(header) for header in headers]
            rows = (row.cells for row in export.sample)
            return [tuple(r[p] if p < len(r) else "" for p in places) for r in rows]
    return []


def _sheet(ws: Workspace, source: Source, file: Kept) -> Sheet:
    export = exports.recognise(file.path, _there(source, file))
    known = mappings_of(ws.ledger, source.name)
    same = _remembered(known, export)
    drift = None
    if same:
        export = _with(export, same.columns, source)
    elif known:
        drift = _drift(ws, source, known, export)
        export = export.mapped(drift.columns)
    own = {squash(header) for header in source.columns}
    width = len(export.headers)
    return Sheet(
        source=source.name,
        file=export.file,
        title=export.title,
        sure=export.sure,
        why=export.why,
        waits=same is None,
        by=same.by if same else "",
        columns=export.columns,
        fixed=tuple(header for header in export.headers if squash(header) in own),
        records=tuple(
            (*row.cells[:width], *[""] * (width - len(row.cells))) for row in export.sample[:SHOWN]
        ),
        proposals=export.proposals,
        drift=drift,
    )


def _there(source: Source, file: Kept) -> Mapping[str, str]:
    """Of mailroom.toml's columns, those that the file has: it is looked at, not read."""
    there = {squash(header) for header in exports.recognise(file.path).headers}
    return {h: field for h, field in source.columns.items() if squash(h) in there}


def _files(ws: Workspace, source: Source) -> tuple[Kept, ...]:
    files = (*shelf.kept(ws, source.name), *shelf.waiting(ws, source.name))
    if not files and source.files:
        files = tuple(shelf.keep(ws, source.name, path) for path in source.files)
    if not files:
        hint = f"type `mailroom intake FILE --source {source.name}`"
        raise Refused(f"no file of {source.name!r} was looked at yet", hint=hint)
    return files


def _source(ws: Workspace, name: str) -> Source:
    known = sources(ws)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        hint += f"there are: {', '.join(known) or 'none'}"
        raise UsageError(f"there is no source {name!r}", hint=hint)
    return ws.settings.sources.get(name, Source(name=name))


def _check_fields(fields: Mapping[str, str]) -> None:
    for header, field in fields.items():
        if field and field not in known_fields():
            near = difflib.get_close_matches(field, known_fields(), n=3, cutoff=0.4)
            raise UsageError(
                f"{field!r}, for the column {header!r}, is no field",
                hint=f"did you mean {' or '.join(near)}?"
                if near
                else f"the fields are: {', '.join(known_fields())}",
            )


def _check_headers(
    name: str, fields: Mapping[str, str], sheets: Sequence[Sheet], source: Source
) -> None:
    there = {squash(header): header for sheet in sheets for header in sheet.columns}
    own = {squash(header) for header in source.columns}
    for header in fields:
        if squash(header) not in there:
            near = difflib.get_close_matches(header, there.values(), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"type `mailroom mapping {name}`"
            raise UsageError(f"{name!r} has no column {header!r}", hint=hint)
        if squash(header) in own:
            raise Refused(
                f"mailroom.toml says what the column {header!r} is",
                where=f"[sources.{name}.columns]",
                hint="change it there, or delete it there",
            )

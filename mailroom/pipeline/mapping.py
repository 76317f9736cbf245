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
from mailroom.exports.values import doubts
from mailroom.intake import known_fields
from mailroom.intake.columns import squash
from mailroom.ledger.mappings import Remembered, mapped_sources, mappings_of, remember
from mailroom.ledger.snapshots import newest_snapshots
from mailroom.pipeline import shelf
from mailroom.pipeline.reading import Forecast, forecast
from mailroom.pipeline.shelf import Kept
from mailroom.workspace import Workspace

#: Real records shown beside the columns.
SHOWN = 5


class Drifted(Refused):
    """The header of a source is another than the last time, and nobody has looked at it yet."""

    def __init__(
        self, source: str, file: Kept, export: Export, drift: Drift, forecast: Forecast, was: str
    ) -> None:
        """`was`: the kind of export that the source had until now."""
        self.source, self.export, self.drift, self.forecast = source, export, drift, forecast
        self.is_another = drift.is_another or exports.are_two(export.kind, was)
        crm = export.kind.partition("-")[0] if export.kind != was else ""
        apart = f"`mailroom intake {file.typed} --source {f'{source}-{crm}' if crm else 'NAME'}`"
        accept = f"`mailroom mapping {source} --accept --by YOUR-NAME`"
        if self.is_another:
            what = f"this is {export.title}; the source {source!r} was {exports.title_of(was)}"
            if export.kind == was:
                what = f"this has hardly a column of {source!r}"
            hint = f"to read it as a source of its own, type {apart}; "
            hint += f"`mailroom mapping {source}` shows what would become of {source!r}"
        else:
            what = f"the columns are not those of {source!r} the last time"
            what += _cost(drift, forecast)
            hint = f"if that is right, type {accept}, and it is taken in; "
            hint += f"if it is the export of something else, type {apart}"
        super().__init__(
            f"{what}; nothing was taken in",
            where=f"{export.file}:{export.header_line}",
            hint=hint,
        )


def _cost(drift: Drift, forecast: Forecast) -> str:
    """What accepting it would cost; empty where nothing."""
    lost = f", no column is left for {', '.join(drift.lost)}" if drift.lost else ""
    if forecast.is_worse:
        lost += f", {forecast.can:,} of {forecast.of:,} could be mailed with them"
        lost += f" (it was {forecast.can_now:,} of {forecast.of_now:,})"
    return lost


class Unmapped(Refused):
    """No column of the file is known by its name."""

    def __init__(self, source: str, export: Export) -> None:
        found = [f'--set "{one.header}={one.field}"' for one in export.proposals[:3]]
        example = " ".join(found) or f'--set "{export.headers[0]}=last_name"'
        hint = f"say which column is what: mailroom mapping {source} {example}"
        if len(export.headers) == 1 and not found:
            hint = "if it is no list of people, leave it out; " + hint
        super().__init__(
            f"no column is known: {', '.join(export.headers[:6])}",
            where=f"{export.file}:{export.header_line}",
            hint=hint,
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
    doubts: tuple[str, ...] = ()  #: columns whose values are not like their field, in words
    drift: Drift | None = None
    forecast: Forecast | None = None  #: where the header has changed: what would come of it


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
        return Settled(export=_with(export, same, source), new=False)
    if known:
        drift, was = _drift(ws, source, known, export)
        trial = forecast(ws, source.name, file, export.mapped(drift.columns))
        raise Drifted(source.name, file, export, drift, trial, was)
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
) -> None:
    """Write down which field a column fills (empty: none), and that a new header is right.

    UsageError where no file of the source has such a column, or there is no such field.
    """
    source = _source(ws, name)
    files = _files(ws, source)
    sheets = [_sheet(ws, source, file) for file in files]
    _check_fields(fields)
    _check_headers(name, fields, sheets, source)
    if accept and not (fields or any(sheet.waits for sheet in sheets)):
        raise Refused(
            f"nothing of {name!r} waits to be accepted",
            hint=f"`mailroom mapping {name}` shows how it is read",
        )
    if not accept and any(sheet.drift for sheet in sheets):
        hint = f"look at it with `mailroom mapping {name}`, then type the same with --accept"
        raise Refused(f"the header of {name!r} has changed; nobody has accepted it", hint=hint)
    wanted = {squash(header): field or None for header, field in fields.items()}
    for file, sheet in zip(files, sheets, strict=True):
        mine = {h: wanted[squash(h)] for h in sheet.columns if squash(h) in wanted}
        if mine or (accept and sheet.waits):
            export = exports.recognise(file.path, source.columns)
            keep_in_mind(ws, name, export.mapped({**sheet.columns, **mine}), by)


def remembered(ws: Workspace, name: str) -> tuple[Remembered, ...]:
    """How each header of a source is read."""
    return mappings_of(ws.ledger, name)


def restore(ws: Workspace, before: Sequence[Remembered]) -> None:
    """Read the headers again as they were: what was said of them since would lose people."""
    for one in before:
        remember(ws.ledger, replace(one, at=ws.now()))


def _remembered(known: Sequence[Remembered], export: Export) -> Remembered | None:
    return next((one for one in known if one.fingerprint == export.fingerprint), None)


def _with(export: Export, same: Remembered, source: Source) -> Export:
    """The export read as it was before, and by what mailroom.toml says besides."""
    own = {squash(header): field or None for header, field in source.columns.items()}
    columns = {h: own.get(squash(h), same.columns.get(h)) for h in export.headers}
    if export.kind:
        return export.mapped(columns)
    why = f"read as {same.by} has said" if same.by else f"read as the last time; {export.why}"
    return replace(export.mapped(columns), sure=1.0 if same.by else export.sure, why=why)


def _drift(
    ws: Workspace, source: Source, known: Sequence[Remembered], export: Export
) -> tuple[Drift, str]:
    """What has become of the header that is most like it, and the kind of export that was."""
    old = nearest((one.columns for one in known), export.headers)
    assert old is not None
    was = next(one.kind for one in known if one.columns is old)
    rows = _sample_of(ws, source, tuple(old))
    drift = compare(old, export.columns, rows, [row.cells for row in export.sample])
    own = {squash(header): field or None for header, field in source.columns.items()}
    columns = {h: own.get(squash(h), field) for h, field in drift.columns.items()}
    return replace(drift, columns=columns), was


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
    drift = trial = None
    if same:
        export = _with(export, same, source)
    elif known:
        drift, _ = _drift(ws, source, known, export)
        export = export.mapped(drift.columns)
        trial = forecast(ws, source.name, file, export)
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
        doubts=doubts(export.columns, [row.cells for row in export.sample]),
        drift=drift,
        forecast=trial,
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

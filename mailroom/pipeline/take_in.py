"""intake: the exports of a source into the ledger, as a stream.

    copy -> recognise -> mapping -> survey -> rows -> people -> snapshot

Nothing is held but one row, and of the findings the first of each rule.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailroom import exports, intake
from mailroom.config import Source, is_name
from mailroom.errors import MailroomError, Refused, UsageError
from mailroom.exports import Export
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.people import Counts, take_snapshot
from mailroom.ledger.records import to_json
from mailroom.ledger.snapshots import Snapshot, newest_snapshots, read_before
from mailroom.model import Finding, Recipient, Severity, digest
from mailroom.pipeline import shelf
from mailroom.pipeline.mapping import SHOWN, Drifted, Unmapped, keep_in_mind, settle
from mailroom.pipeline.shelf import Kept
from mailroom.reasons import in_words, why_not
from mailroom.workspace import Workspace

#: Findings of one rule that are kept word for word; all are counted.
MOST_FINDINGS = 500


@dataclass(frozen=True, kw_only=True)
class Read:
    """One file that was read: whose export it is, and the first people of it."""

    file: str
    kind: str
    title: str
    sure: float
    why: str
    role: str
    columns: Mapping[str, str | None]
    first_time: bool  #: its header was never seen before
    records: tuple[tuple[str, ...], ...] = ()
    proposals: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is left as it is until somebody has answered."""

    subject: str  #: as `mailroom decide` wants it
    count: int
    example: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class IntakeReport:
    """What an intake found; `--json` prints it."""

    source: str
    files: tuple[str, ...]
    rows: int
    recipients: int
    columns: Mapping[str, str | None]
    findings: tuple[Finding, ...]  #: of each rule the first MOST_FINDINGS
    new: int
    changed: int
    gone: int
    back: int = 0
    first: bool = False  #: of its source
    unchanged: bool = False  #: the same files were read already, the same way
    at: str = ""  #: when they were
    rules: Mapping[str, int] = field(default_factory=dict)  #: "error no-street" -> how many
    exports: tuple[Read, ...] = ()
    mailable: int = 0  #: people whose record keeps no mail from them
    cannot: Mapping[str, int] = field(default_factory=dict)  #: reason, in words -> people
    questions: tuple[Question, ...] = ()
    reading: str = ""  #: digest of everything, but the files, that the answer depends on

    @property
    def findings_total(self) -> int:
        return sum(self.rules.values())


def take_in(
    ws: Workspace,
    files: Sequence[Path],
    source: str,
    gone: int | None = None,
    *,
    again: bool = False,
    made: bool = False,
) -> IntakeReport:
    """Read the exports of one source into a snapshot; all of them or, on error, none.

    Where more than half of its people would be gone it is refused, unless `gone` is their
    number: it may be another file, or half of one. Files that were read last, read the same way,
    are not read again; files of an earlier snapshot are refused, unless `again`. Drifted where
    the header is another than the last time. `made`: the source's name was made from a file's.
    """
    known = Source(name=source) if made else source_named(ws, source, files)
    paths = tuple(files) or known.files
    copies = [shelf.keep(ws, source, path) for path in paths] or list(shelf.kept(ws, source))
    if not copies:
        hint = f"type `mailroom intake FILE`, or set [sources.{source}] files in mailroom.toml"
        raise UsageError(f"no file to read for the source {source!r}", hint=hint)
    kept = _once(copies)
    shelf.tidy(ws, source, kept)
    last = newest_snapshots(ws.ledger).get(source)
    try:
        settled = [settle(ws, known, copy) for copy in kept]
        read = [one.export for one in settled]
        reading = _reading_digest(ws, source, read)
        if last and not again and _is_read(last, kept):
            if last.report.get("reading") == reading:
                return _as_it_was(last, read)
        elif last and not again:
            _check_older(ws, source, kept)
        report = _snapshot(ws, source, kept, read, reading, gone)
    except (Drifted, Unmapped):
        raise  # the copy waits: `mailroom mapping` shows it
    except MailroomError:
        shelf.tidy(ws, source)
        raise
    for one in settled:
        if one.new:
            keep_in_mind(ws, source, one.export)
    shelf.tidy(ws, source)
    notes = [_same_file(file, first) for file, first in _twice(copies)]
    return dataclasses.replace(
        report,
        findings=(*notes, *report.findings),
        exports=tuple(_told(one.export, first_time=one.new) for one in settled),
    )


def read_again(ws: Workspace, source: str) -> IntakeReport:
    """The files that were read last, once more: somebody has answered a question about them."""
    copies = shelf.kept(ws, source)
    if not copies:
        hint = f"type `mailroom intake FILE --source {source}`"
        raise Refused(f"no copy of the last export of {source!r} is there", hint=hint)
    return take_in(ws, [copy.path for copy in copies], source)


def was_read(ws: Workspace, source: str) -> bool:
    """Is there a copy of what was read last, so that it can be read again?"""
    return bool(shelf.kept(ws, source))


def source_named(ws: Workspace, name: str, files: Sequence[Path] = ()) -> Source:
    """The source of that name; with files to read it may be a new one, if its name is like none."""
    known = ws.settings.sources
    if name in known:
        return known[name]
    read = newest_snapshots(ws.ledger)
    if name in read:
        return Source(name=name)
    near = difflib.get_close_matches(name, (*known, *read), n=1)
    if files and not near:
        if not is_name(name):
            raise UsageError(
                f"{name!r} is no name for a source", hint="use small letters, digits, - and _"
            )
        return Source(name=name)
    hint = f"did you mean {near[0]!r}? " if near else ""
    hint += f'a new one is made by [sources.{name}] files = ["..."] in mailroom.toml'
    raise UsageError(f"there is no source {name!r}", hint=hint)


# Has it been read? --------------------------------------------------------------------------


def _once(copies: Iterable[Kept]) -> list[Kept]:
    """Each content once, whatever its files are called."""
    return list({copy.sha256: copy for copy in reversed([*copies])}.values())[::-1]


def _twice(copies: Iterable[Kept]) -> Iterator[tuple[Kept, Kept]]:
    first: dict[str, Kept] = {}
    for copy in copies:
        if first.setdefault(copy.sha256, copy) is not copy:
            yield copy, first[copy.sha256]


def _same_file(copy: Kept, first: Kept) -> Finding:
    return Finding(
        rule="same-file",
        severity=Severity.NOTE,
        message=f"the same as {first.name}, so it was read once",
        where=copy.name,
    )


def _is_read(last: Snapshot, copies: Iterable[Kept]) -> bool:
    return {*last.files.values()} == {copy.sha256 for copy in copies}


def _reading_digest(ws: Workspace, source: str, read: Iterable[Export]) -> str:
    """What, besides the files, decides what comes of them."""
    columns = [[export.kind, list(export.columns.items())] for export in read]
    answers = sorted((d.subject, d.answer) for d in decisions_of(ws.ledger, source).values())
    return digest(columns, answers, ws.settings.sender.address.country, _words(ws).digest)


def _words(ws: Workspace) -> intake.Content:
    """The words that must not be printed, those of the workspace's own content.toml too."""
    return intake.load_content(ws.settings.folder / "content.toml")


def _check_older(ws: Workspace, source: str, copies: Sequence[Kept]) -> None:
    if at := read_before(ws.ledger, source, [copy.sha256 for copy in copies]):
        names = ", ".join(copy.name for copy in copies)
        raise Refused(
            f"{names} was read on {at[:10]} already, and a newer export of {source!r} since; "
            "nothing was taken in",
            hint="if the older one is right, type the same with --again",
        )


def _as_it_was(last: Snapshot, read: Sequence[Export]) -> IntakeReport:
    """What was told when the files were read: nothing is new since."""
    told = dict(last.report)
    findings = tuple(Finding(**{**one, "severity": Severity(one["severity"]), "box": None})
                     for one in told.get("findings", ()))  # fmt: skip
    questions = tuple(Question(**one) for one in told.get("questions", ()))
    return IntakeReport(
        source=last.source,
        files=tuple(told["files"]),
        rows=told["rows"],
        recipients=told["recipients"],
        columns=told["columns"],
        findings=findings,
        new=0,
        changed=0,
        gone=0,
        unchanged=True,
        at=last.at,
        rules=told.get("rules", {}),
        exports=tuple(_told(export, first_time=False) for export in read),
        mailable=told.get("mailable", 0),
        cannot=told.get("cannot", {}),
        questions=questions,
        reading=told.get("reading", ""),
    )


# Reading ------------------------------------------------------------------------------------


class Tally:
    """What goes by, counted: findings by rule, who can be mailed and who cannot."""

    def __init__(self) -> None:
        self.people = 0
        self.mailable = 0
        self.cannot: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.findings: dict[str, list[Finding]] = {}
        self.questions: dict[str, list[Any]] = {}

    def person(self, person: Recipient) -> None:
        """Somebody of the file, with what was found in the row."""
        self.people += 1
        for finding in person.findings:
            self.finding(finding)
        reasons = why_not(person)
        self.mailable += not reasons
        self.cannot.update(reasons)

    def finding(self, finding: Finding) -> None:
        rule = f"{finding.severity.value} {finding.rule}"
        self.rules[rule] += 1
        if self.rules[rule] <= MOST_FINDINGS:
            self.findings.setdefault(rule, []).append(finding)
        if subject := intake.question_of(finding):
            if subject in self.questions:
                self.questions[subject][0] += 1
            else:
                self.questions[subject] = [1, finding]

    def again(self, counts: Counts) -> None:
        """Rows whose record number another row has: told when everybody is in."""
        self.rules["error duplicate-id"] += counts.twice - len(counts.findings)
        for finding in counts.findings:
            self.finding(finding)
        if counts.twice:
            self.mailable = max(0, self.mailable - counts.twice)
            self.cannot[in_words("duplicate-id")] += counts.twice

    def in_order(self) -> tuple[Finding, ...]:
        """The findings kept: those of a file as they came, of each rule the first ones."""
        return tuple(finding for found in self.findings.values() for finding in found)

    def asked(self) -> tuple[Question, ...]:
        return tuple(
            Question(subject=subject, count=number, example=f.message, hint=f.hint)
            for subject, (number, f) in self.questions.items()
        )


def _snapshot(
    ws: Workspace,
    source: str,
    copies: Sequence[Kept],
    read: Sequence[Export],
    reading: str,
    gone: int | None,
) -> IntakeReport:
    tally = Tally()
    for export in read:
        for note in export.notes:
            tally.finding(note)
    reports: list[IntakeReport] = []

    def report(counts: Counts) -> Mapping[str, Any]:
        tally.again(counts)
        told = IntakeReport(
            source=source,
            files=tuple(copy.name for copy in copies),
            rows=tally.people,
            recipients=counts.people,
            columns={header: name for export in read for header, name in export.columns.items()},
            findings=tally.in_order(),
            new=counts.new,
            changed=counts.changed,
            gone=counts.gone,
            back=counts.back,
            first=counts.first,
            rules={rule: number for rule, number in tally.rules.items() if number},
            mailable=tally.mailable,
            cannot=dict(tally.cannot.most_common()),
            questions=tally.asked(),
            reading=reading,
        )
        reports.append(told)
        data: dict[str, Any] = to_json(told)
        return data

    people = _people(ws, source, copies, read, tally)
    named = [(copy.name, copy.sha256) for copy in copies]
    take_snapshot(ws.ledger, source, named, people, report, ws.now(), gone)
    return reports[-1]


def _people(
    ws: Workspace, source: str, copies: Sequence[Kept], read: Sequence[Export], tally: Tally
) -> Iterator[Recipient]:
    """Everybody of all files, as they come."""
    decisions = decisions_of(ws.ledger, source)
    country = ws.settings.sender.address.country
    content = _words(ws)
    for copy, export in zip(copies, read, strict=True):
        seen = intake.survey(exports.rows_of(copy.path, export), export.columns)
        rows = exports.rows_of(copy.path, export)
        for item in intake.read(
            rows,
            file=copy.name,
            source=source,
            columns=export.columns,
            survey=seen,
            decisions=decisions,
            country=country,
            reason=export.reason,
            content=content,
        ):
            if isinstance(item, Finding):
                tally.finding(item)
            else:
                tally.person(item)
                yield item


def _told(export: Export, *, first_time: bool) -> Read:
    width = len(export.headers)
    return Read(
        file=export.file,
        kind=export.kind,
        title=export.title,
        sure=round(export.sure, 3),
        why=export.why,
        role=export.role,
        columns=export.columns,
        first_time=first_time,
        records=tuple(
            (*row.cells[:width], *[""] * (width - len(row.cells))) for row in export.sample[:SHOWN]
        ),
        proposals=tuple(dataclasses.asdict(one) for one in export.proposals),
    )

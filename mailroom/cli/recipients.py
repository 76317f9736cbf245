"""intake, people: who is there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.answers.exports import print_drift
from mailroom.answers.recipients import (
    placed,
    print_batch,
    print_clean,
    print_intake,
    print_people,
)
from mailroom.cli.arguments import json_option, opened, print_json
from mailroom.errors import ExitCode
from mailroom.terminal import harmless, heading, say, talk

if TYPE_CHECKING:
    from mailroom.pipeline.mapping import Drifted
    from mailroom.pipeline.take_in import IntakeReport
    from mailroom.workspace import Workspace


_MANY_FILES = 10
_FILES_A_LINE = 50


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER]...")
@click.option("--source", default="", help="Its name; else from mailroom.toml or the file's name.")
@click.option("--gone", type=int, help="So many people may be gone, where it is over half.")
@click.option("--changed", type=int, help="So many may be others or elsewhere, if over half.")
@click.option("--again", is_flag=True, help="Read what was read before, also an older export.")
@click.option(
    "--as",
    "role",
    type=click.Choice(["people", "suppression"]),
    help="What the files are: people, or a list of whom not to write to. Kept for the source.",
)
@click.option("--show", is_flag=True, help="Show five records side by side, as at the first time.")
@json_option
@click.pass_context
def intake(
    ctx: click.Context,
    files: tuple[Path, ...],
    source: str,
    gone: int | None,
    changed: int | None,
    again: bool,
    role: str | None,
    show: bool,
    as_json: bool,
) -> int:
    """Read CRM exports: CSV, Excel, vCard, JSON lines.

    A FOLDER stands for all in it; without any, the files of mailroom.toml are read. Tells whose
    export each is and how sure that is, what nobody reads, what was mended, who cannot be mailed
    and why, what is asked, and what is new. A source is replaced by what is read; a header that
    has changed waits for `mailroom mapping`.
    """
    from mailroom import pipeline
    from mailroom.pipeline.mapping import Drifted

    with opened(ctx) as ws:
        try:
            if source:
                paths = pipeline.exports_in(files)
                report = pipeline.take_in(
                    ws, paths, source, gone, changed, again=again, role=role or ""
                )
                batch = pipeline.Batch(reports=(report,))
            else:
                batch = pipeline.take_all(
                    ws, files, gone, changed, again=again, role=role or "", progress=_progress
                )
        except Drifted as drifted:
            report = _ask(ws, drifted, files, (gone, changed), as_json=as_json)
            batch = pipeline.Batch(reports=(report,))
        alone = len(batch.reports) == 1 and not (batch.failed or batch.aside)
        alone = alone and not any(file.is_dir() for file in files)
        counted = None if alone else pipeline.count_all(ws)
    if as_json:
        told = [_told(report) for report in batch.reports]
        can, cannot = counted or (None, None)
        rest: dict[str, Any] = {"failed": batch.failed, "aside": batch.aside, "notes": batch.notes}
        rest |= {"records": batch.people, "lost": batch.lost, "can": can, "cannot": cannot}
        print_json(told[0] if alone else {"exports": told, **rest})
    elif alone:
        print_intake(batch.reports[0], batch.notes, show=show)
    else:
        print_batch(batch, counted, show=show)
    if batch.failed and not batch.reports:
        return ExitCode.REFUSED
    return ExitCode.HELD if batch.failed or batch.lost else ExitCode.DONE


def _progress(number: int, total: int, file: str) -> None:
    """A line a file on a terminal, else one for every so many; of a few files none."""
    if total < _MANY_FILES:
        return
    if not number:
        talk(f"{total:,} files: looking whose they are")
    elif sys.stderr.isatty() or number % _FILES_A_LINE == 0 or number == total:
        talk(f"{number:,} of {total:,}  {harmless(file)}")


def _told(report: IntakeReport) -> dict[str, Any]:
    findings = [*map(placed, report.findings)]
    more = {"findings_total": report.findings_total, "lost": report.lost}
    return {**vars(report), "findings": findings, **more}


def _ask(
    ws: Workspace,
    drifted: Drifted,
    files: Sequence[Path],
    confirmed: tuple[int | None, int | None],
    *,
    as_json: bool,
) -> IntakeReport:
    """Show old -> new; on a terminal a person may say at once that it is right."""
    from mailroom import pipeline

    if as_json:
        told = {"drift": drifted.drift, "forecast": drifted.forecast}
        print_json({"source": drifted.source, **told})
        raise drifted
    if drifted.is_another:
        raise drifted
    heading(f"{harmless(drifted.export.file)} as {drifted.source}: the columns have changed")
    print_drift(drifted.drift, drifted.forecast)
    say()
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or not click.confirm(
        "Is that right, and from now on to be read so?", err=True
    ):
        raise drifted
    pipeline.set_columns(ws, drifted.source, {}, accept=True)
    return pipeline.take_in(ws, pipeline.exports_in(files), drifted.source, *confirmed)


@click.command()
@click.argument("where", default="")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write a CSV there.")
@click.option("--overwrite", is_flag=True, help="Also over a file that is no list of mailroom's.")
@click.option("--left-out", is_flag=True, help="Those who cannot be mailed, with the reason.")
@json_option
@click.pass_context
def people(
    ctx: click.Context,
    where: str,
    output: Path | None,
    overwrite: bool,
    left_out: bool,
    as_json: bool,
) -> None:
    """List who is there, or write the clean list.

    The clean list (-o) is everybody, once, who can be mailed. WHERE is a filter such as:
    country = DE and not company; tag = vip; owner ~ ruth. The CSV is safe to open in a
    spreadsheet, and `mailroom intake` reads it back.
    """
    from mailroom import pipeline
    from mailroom.ledger.records import to_json

    with opened(ctx) as ws:
        if output or left_out:
            output = output and pipeline.list_path(ws, output, overwrite=overwrite)
            listed = pipeline.clean_list(ws, where)
            if output:
                listed.write(output, left_out=left_out)
            if as_json:
                print_json(iter(listed.left_out if left_out else listed.people))
            else:
                print_clean(listed, output, left_out=left_out)
            return
        found = pipeline.people(ws, where)
    if as_json:
        print_json({**to_json(one.recipient), "cannot": one.reason} for one in found)
    else:
        print_people(found)

"""intake, people, why: who is there."""

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
    print_why,
)
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json
from mailroom.errors import ExitCode
from mailroom.reasons import why_not
from mailroom.terminal import count, heading, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.mapping import Drifted
    from mailroom.pipeline.take_in import IntakeReport
    from mailroom.workspace import Workspace


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER]...")
@click.option("--source", default="", help="Its name; else from mailroom.toml or the file's name.")
@click.option("--gone", type=int, help="So many people may be gone, where it is over half.")
@click.option("--again", is_flag=True, help="Read what was read before, also an older export.")
@click.option("--show", is_flag=True, help="Show five records side by side, as at the first time.")
@json_option
@click.pass_context
def intake(
    ctx: click.Context,
    files: tuple[Path, ...],
    source: str,
    gone: int | None,
    again: bool,
    show: bool,
    as_json: bool,
) -> int:
    """Read CRM exports: CSV, Excel, vCard, JSON lines; a FOLDER with all in it.

    Without FILES, those of mailroom.toml. Tells whose export each is and how sure that is, what
    nobody reads, what was mended, who cannot be mailed and why, what is asked, and what is new.
    A source is replaced by what is read; a header that has changed waits for `mailroom mapping`.
    """
    from mailroom import pipeline
    from mailroom.pipeline.mapping import Drifted

    with opened(ctx) as ws:
        try:
            if source:
                report = pipeline.take_in(ws, pipeline.exports_in(files), source, gone, again=again)
                batch = pipeline.Batch(reports=(report,))
            else:
                batch = pipeline.take_all(ws, files, gone, again=again)
        except Drifted as drifted:
            report = _ask(ws, drifted, files, gone, as_json=as_json)
            batch = pipeline.Batch(reports=(report,))
    alone = len(batch.reports) == 1 and not (batch.failed or batch.aside)
    alone = alone and not any(file.is_dir() for file in files)
    if as_json:
        told = [_told(report) for report in batch.reports]
        people = {"people": batch.people, "mailable": batch.mailable}
        rest = {"failed": batch.failed, "aside": batch.aside, **people}
        print_json(told[0] if alone else {"exports": told, **rest})
    elif alone:
        print_intake(batch.reports[0], show=show)
    else:
        print_batch(batch, show=show)
    if batch.failed:
        return ExitCode.HELD if batch.reports else ExitCode.REFUSED
    return ExitCode.DONE


def _told(report: IntakeReport) -> dict[str, Any]:
    findings = [*map(placed, report.findings)]
    return {**vars(report), "findings": findings, "findings_total": report.findings_total}


def _ask(
    ws: Workspace, drifted: Drifted, files: Sequence[Path], gone: int | None, *, as_json: bool
) -> IntakeReport:
    """Show old -> new; on a terminal a person may say at once that it is right."""
    from mailroom import pipeline

    if as_json:
        print_json({"source": drifted.source, "drift": drifted.drift})
        raise drifted
    heading(f"{drifted.export.file} as {drifted.source}: the columns have changed")
    print_drift(drifted.drift)
    say()
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or not click.confirm(
        "Is that right, and from now on to be read so?", err=True
    ):
        raise drifted
    pipeline.set_columns(ws, drifted.source, {}, accept=True)
    return pipeline.take_in(ws, pipeline.exports_in(files), drifted.source, gone)


@click.command()
@click.argument("where", default="")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write a CSV there.")
@click.option("--left-out", is_flag=True, help="Those who cannot be mailed, with the reason.")
@json_option
@click.pass_context
def people(
    ctx: click.Context, where: str, output: Path | None, left_out: bool, as_json: bool
) -> None:
    """List who is there; with -o write the clean list: everybody once who can be mailed.

    WHERE is a filter such as: country = DE and not company; tag = vip; owner ~ ruth. The CSV
    is safe to open in a spreadsheet, and `mailroom intake` reads it back.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        if output or left_out:
            listed = pipeline.clean_list(ws, where)
            if output:
                listed.write(output, left_out=left_out)
            if as_json:
                print_json(listed.left_out if left_out else listed.people)
            else:
                print_clean(listed, output, left_out=left_out)
            return
        found = pipeline.people(ws, where)
    if as_json:
        print_json(found)
        return
    table(
        (
            (
                p.name or "(no name)",
                p.company if p.company != p.name else "",
                p.address.city,
                p.address.country,
                "; ".join(why_not(p)),
            )
            for p in found
        ),
        ("name", "company", "town", "", ""),
    )
    say(f"\n{count(len(found), 'person', 'people')}")


@click.command()
@click.argument("who")
@mailing_argument(required=False)
@json_option
@click.pass_context
def why(ctx: click.Context, who: str, mailing: str | None, as_json: bool) -> None:
    """Tell why somebody is in, out or held.

    And where each part of the greeting comes from. WHO is a name, an e-mail address or the
    key of the CRM; without MAILING, every mailing is looked at.
    """
    from mailroom.explain import find_people
    from mailroom.explain import why as explain

    with opened(ctx) as ws:
        names = (mailing,) if mailing else ws.settings.mailings
        found = [explain(ws, person, names) for person in find_people(ws, who)]
    if as_json:
        print_json(found)
        return
    for answer in found:
        print_why(answer)

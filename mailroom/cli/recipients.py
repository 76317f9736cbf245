"""intake, people, why: who is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.answers.recipients import placed, print_intake, print_why
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json
from mailroom.errors import UsageError
from mailroom.terminal import count, say, table

if TYPE_CHECKING:
    from mailroom.config import Source


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--source", default="", help="Its name in mailroom.toml; else the first there.")
@click.option("--gone", type=int, help="So many people may be gone, where it is over half.")
@json_option
@click.pass_context
def intake(
    ctx: click.Context, files: tuple[Path, ...], source: str, gone: int | None, as_json: bool
) -> None:
    """Read CRM exports: CSV, TSV, xlsx.

    Without FILES, those that mailroom.toml names for the source; FILES that it does not name
    need --source, since a source is replaced by what is read. Shows the columns that
    only a layout can ask for, what was mended, what is wrong, and what is new since the last time.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
        name = source or _source_of(ws.settings.sources, files)
        report = pipeline.take_in(ws, files, name, gone)
    if as_json:
        print_json({**vars(report), "findings": [*map(placed, report.findings)]})
    else:
        print_intake(report)


def _source_of(sources: Mapping[str, Source], files: Sequence[Path]) -> str:
    """The source that names these files; a stray one might replace everybody of another."""
    if not files:
        return next(iter(sources), "crm")
    wanted = {file.resolve() for file in files}
    naming = [s.name for s in sources.values() if wanted <= {file.resolve() for file in s.files}]
    if len(naming) == 1:
        return naming[0]
    listed = ", ".join(file.name for file in files)
    raise UsageError(
        f"mailroom.toml does not tell whose export {listed} is",
        hint=f"add --source NAME ({', '.join(sources) or 'after adding [sources.NAME] there'})",
    )


@click.command()
@click.argument("where", default="")
@json_option
@click.pass_context
def people(ctx: click.Context, where: str, as_json: bool) -> None:
    """List who is there.

    WHERE is a filter such as: country = DE and not company; tag = vip; owner ~ ruth.
    """
    from mailroom import pipeline

    with opened(ctx) as ws:
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
                "; ".join((*p.suppressed, *(f.rule for f in p.findings if f.severity == "error"))),
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
        known = ws.settings
        names = (mailing,) if mailing else (*known.mailings, *known.editions(ws.today))
        found = [explain(ws, person, names) for person in find_people(ws, who)]
    if as_json:
        print_json(found)
        return
    for answer in found:
        print_why(answer)

"""The command line: parse, call the pipeline, print. No decisions are made here.

Everything heavy is imported inside the commands, so that `mailroom --help` is quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom import __version__, answers
from mailroom.errors import EXIT_MEANINGS, ExitCode, UsageError
from mailroom.terminal import (
    Progress,
    count,
    heading,
    next_steps,
    say,
    table,
    talk,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mailroom.workspace import Workspace

EPILOG = "Exit codes: " + "; ".join(f"{c.value} {m}" for c, m in EXIT_MEANINGS.items()) + "."


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`: the answer for programs, on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")(
        command
    )


def _start(ctx: click.Context) -> Path:
    """Where to look for the workspace while a command is still being typed."""
    return Path(ctx.find_root().params.get("workspace") or ".").resolve()


def _mailing_names(ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    """What the shell offers when a mailing's name is being typed."""
    from mailroom.config import find_workspace
    from mailroom.errors import MailroomError

    try:
        folder = find_workspace(_start(ctx)) / "mailings"
    except MailroomError:
        return []
    return [p.stem for p in sorted(folder.glob("*.toml")) if p.stem.startswith(incomplete)]


mailing_argument = click.argument("mailing", shell_complete=_mailing_names)


@click.group(epilog=EPILOG, context_settings={"max_content_width": 96})
@click.option(
    "-C",
    "workspace",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The workspace; without it the nearest folder upwards with a mailroom.toml.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show a traceback when something fails.")
@click.version_option(__version__, prog_name="mailroom")
@click.pass_context
def cli(ctx: click.Context, workspace: Path | None, verbose: bool) -> None:
    """From a CRM export to approved, print-ready cards and letters, posted once.

    One verb a stage: intake, prepare, proof, approve, send. Everything before approve is
    free and can be repeated; nothing is ever posted without --live.
    """
    ctx.obj = workspace or Path.cwd()


def _open(ctx: click.Context) -> AbstractContextManager[Workspace]:
    from mailroom.workspace import open_workspace

    return open_workspace(ctx.obj, tell=talk)


def _print_json(value: object) -> None:
    from mailroom.ledger.records import to_json

    say(json.dumps(to_json(value), ensure_ascii=False, indent=2))


# --- the workspace ------------------------------------------------------------------------


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a workspace that works at once.

    It holds the config, a sample CRM export with invented people, and sample mailings.
    """
    from mailroom.starter import make_workspace

    make_workspace(folder)
    say(f"A workspace with invented customers is in {folder}")
    table(
        [
            ("mailroom.toml", "who you are, who signs, where things go"),
            ("exports/contacts.csv", "a CRM export with the usual dirt in it"),
            ("mailings/", "three mailings to try: edit, copy, rename them"),
        ]
    )
    next_steps(f"cd {folder}", "mailroom intake", "mailroom prepare christmas-2026")


@cli.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> int:
    """Is everything in place?

    Looks at the machine, the fonts and layouts, the workspace and its providers.
    """
    from mailroom.doctor import examine

    checks = examine(ctx.obj)
    failed = any(check.state == "failed" for check in checks)
    if as_json:
        _print_json(checks)
    else:
        table([(c.state, c.name, c.detail) for c in checks], ("", "what", "found"))
        for check in checks:
            if check.state != "ok" and check.hint:
                say(f"\n{check.name}: {check.hint}")
    return ExitCode.CONFIG if failed else ExitCode.DONE


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    For bash: eval "$(mailroom completion bash)" in ~/.bashrc.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - the choices above are click's own
        raise UsageError(f"no completion for {shell}")
    say(kind(cli, {}, "mailroom", "_MAILROOM_COMPLETE").source())


# --- people -------------------------------------------------------------------------------


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--source", default="", help="The name of the export; without it the first in the config."
)
@json_option
@click.pass_context
def intake(ctx: click.Context, files: tuple[Path, ...], source: str, as_json: bool) -> None:
    """Read CRM exports: CSV, TSV, xlsx.

    Without FILES, those that mailroom.toml names for the source. Shows the columns nobody
    reads, what was mended, what is wrong, and what is new since the last time.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        name = source or next(iter(ws.settings.sources), "crm")
        report = pipeline.take_in(ws, files, name)
    if as_json:
        _print_json({**vars(report), "findings": [*map(answers.placed, report.findings)]})
    else:
        answers.print_intake(report)


@cli.command()
@click.argument("where", default="")
@json_option
@click.pass_context
def people(ctx: click.Context, where: str, as_json: bool) -> None:
    """List who is there.

    WHERE is a filter such as: country = DE and not company; tag = vip; owner ~ ruth.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        found = pipeline.people(ws, where)
    if as_json:
        _print_json(found)
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


@cli.command()
@click.argument("who")
@click.argument("mailing", required=False, shell_complete=_mailing_names)
@json_option
@click.pass_context
def why(ctx: click.Context, who: str, mailing: str | None, as_json: bool) -> None:
    """Tell why somebody is in, out or held.

    And where each part of the greeting comes from. WHO is a name, an e-mail address or the
    key of the CRM; without MAILING, every mailing is looked at.
    """
    from mailroom.explain import find_people
    from mailroom.explain import why as explain

    with _open(ctx) as ws:
        names = (mailing,) if mailing else ws.settings.mailings
        found = [explain(ws, person, names) for person in find_people(ws, who)]
    if as_json:
        _print_json(found)
        return
    for answer in found:
        answers.print_why(answer)


# --- the main job -------------------------------------------------------------------------


@cli.command()
@mailing_argument
@json_option
@click.pass_context
def prepare(ctx: click.Context, mailing: str, as_json: bool) -> int:
    """Choose, merge, render and check every piece.

    Free and repeatable. Ends with counts, who is left out, what is held, and a quote.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        report = pipeline.prepare(ws, mailing, Progress("pieces"))
    if as_json:
        _print_json(report)
    else:
        answers.print_prepared(report)
    return ExitCode.HELD if report.held else ExitCode.DONE


@cli.command()
@mailing_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Copy the PDF there as well.")
@json_option
@click.pass_context
def proof(ctx: click.Context, mailing: str, output: Path | None, as_json: bool) -> None:
    """Show the pieces most likely to be wrong.

    A contact sheet as PDF and PNG: longest name and address, each language, country and
    script, first, last, held. Look at it before you approve.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        made = pipeline.proof(ws, mailing, output)
    if as_json:
        _print_json(made)
        return
    heading(f"Proof of {mailing}   {made.digest[:12]}")
    say(f"  {count(len(made.chosen), 'piece')} of {made.pieces}, the ones most likely to be wrong:")
    table((f"{item.piece:04d}", item.recipient, item.reasons) for item in made.chosen)
    say()
    for path in made.files:
        say(f"  {path}")
    next_steps(f"mailroom approve {mailing} --by YOU")


@cli.command()
@mailing_argument
@click.option("--by", required=True, help="Your name; it is kept with the approval.")
@click.option(
    "--accept",
    multiple=True,
    metavar="RULE=REASON",
    help="Send what RULE holds all the same, and say why; can be given again.",
)
@json_option
@click.pass_context
def approve(
    ctx: click.Context, mailing: str, by: str, accept: tuple[str, ...], as_json: bool
) -> None:
    """Say that what was proofed may be sent.

    The approval is for exactly this: any change of people, words or layout voids it.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        approval = pipeline.approve(ws, mailing, by, dict(_split_accept(text) for text in accept))
    if as_json:
        _print_json(approval)
        return
    say(f"{mailing} {approval.digest[:12]} is approved by {approval.by}.")
    for rule, reason in approval.accepted.items():
        say(f"  {rule} is accepted: {reason}")
    next_steps(f"mailroom send {mailing}", f"mailroom send {mailing} --live")


def _split_accept(text: str) -> tuple[str, str]:
    rule, equals, reason = text.partition("=")
    if not equals:
        raise UsageError(f"--accept {text!r} has no reason", hint="write --accept RULE='REASON'")
    return rule.strip(), reason.strip()


@cli.command()
@mailing_argument
@click.option("--live", is_flag=True, help="Really post. Without it: a rehearsal.")
@click.option("--confirm", type=int, help="The number of pieces that will be posted.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many pieces this time.")
@json_option
@click.pass_context
def send(
    ctx: click.Context,
    mailing: str,
    live: bool,
    confirm: int | None,
    limit: int | None,
    as_json: bool,
) -> int:
    """Hand over the approved pieces, each once.

    Without --live it is a rehearsal: everything but the posting. Interrupted or repeated,
    it goes on where it was and posts nothing twice.
    """
    from mailroom import pipeline

    def ask(pieces: int, provider: str) -> int | None:
        if confirm is not None or not sys.stdin.isatty():
            return confirm
        question = f"{count(pieces, 'piece')} will be posted through {provider}. Type the number"
        return int(click.prompt(question, type=int, err=True))

    with _open(ctx) as ws:
        progress = Progress("posted" if live else "rehearsed")
        report = pipeline.send(
            ws, mailing, live=live, confirm=ask, limit=limit or 0, progress=progress
        )
    if as_json:
        _print_json(report)
    else:
        answers.print_sent(report)
    bad = any(o.status in ("failed", "unknown", "ready") for o in report.outcomes)
    return ExitCode.HELD if live and bad else ExitCode.DONE


@cli.command()
@click.argument("mailing", required=False, shell_complete=_mailing_names)
@json_option
@click.pass_context
def status(ctx: click.Context, mailing: str | None, as_json: bool) -> None:
    """Tell where every piece is.

    Without MAILING: how each mailing stands.
    """
    from mailroom import pipeline

    with _open(ctx) as ws:
        names = (mailing,) if mailing else ws.settings.mailings
        found = [pipeline.status(ws, name) for name in names]
    if as_json:
        _print_json(found[0] if mailing else found)
        return
    for answer in found:
        answers.print_status(answer)
        if mailing:
            heading("Pieces")
            table(
                (
                    (f"{p['piece']:04d}", p["recipient"], p["status"], p["provider_ref"])
                    for p in answer["pieces"]
                ),
                ("no.", "who", "status", "at the provider"),
            )
    steps = [answer["next"] for answer in found if answer["next"]]
    if steps:
        next_steps(*steps)


# --- the print room -----------------------------------------------------------------------


@cli.group()
def batch() -> None:
    """Settle what a provider could not tell."""


@batch.command("list")
@mailing_argument
@json_option
@click.pass_context
def batch_list(ctx: click.Context, mailing: str, as_json: bool) -> None:
    """List the batches of a mailing and what became of them."""
    from mailroom import pipeline

    with _open(ctx) as ws:
        lines = pipeline.batches(ws, mailing)
    if as_json:
        _print_json(lines)
        return
    if not lines:
        say(f"Nothing of {mailing} has been handed over yet.")
    table(
        ((x.key[:8], x.state, str(len(x.pieces)), x.provider, x.ref or x.raw[:60]) for x in lines),
        ("batch", "state", "pieces", "provider", "at the provider"),
    )
    doubtful = [line.key[:8] for line in lines if line.state == "unknown"]
    if doubtful:
        say("\nIt is not known whether those marked unknown were made: look in the tray.")
        name = f"{mailing} {doubtful[0]} --by YOU"
        next_steps(f"mailroom batch confirm {name}", f"mailroom batch reprint {name}")


batch_argument = click.argument("key", metavar="BATCH")
by_option = click.option("--by", required=True, help="Your name; it is kept with the answer.")


@batch.command("confirm")
@mailing_argument
@batch_argument
@by_option
@click.pass_context
def batch_confirm(ctx: click.Context, mailing: str, key: str, by: str) -> None:
    """Say that a doubtful batch was made."""
    _settle(ctx, mailing, key, by, made=True)
    next_steps(f"mailroom status {mailing}")


@batch.command("reprint")
@mailing_argument
@batch_argument
@by_option
@click.pass_context
def batch_reprint(ctx: click.Context, mailing: str, key: str, by: str) -> None:
    """Say that it was not made; it goes again."""
    _settle(ctx, mailing, key, by, made=False)
    next_steps(f"mailroom send {mailing} --live")


def _settle(ctx: click.Context, mailing: str, key: str, by: str, *, made: bool) -> None:
    from mailroom import pipeline

    with _open(ctx) as ws:
        line = pipeline.settle(ws, mailing, key, made=made, by=by)
    stands = "was made" if made else "was not made and will go again"
    say(f"Batch {line.key[:8]} with {count(len(line.pieces), 'piece')} {stands}.")


@cli.command()
@json_option
@click.pass_context
def printers(ctx: click.Context, as_json: bool) -> int:
    """Tell what the printers can do.

    The printer of mailroom.toml, or where none is named every queue of this machine: its
    paper and trays, and which formats it can print.
    """
    from mailroom.config import load_settings
    from mailroom.providers.printers import printers as ask

    settings = load_settings(ctx.obj)
    found = ask(settings.providers.get("printer", {}), settings.folder)
    if as_json:
        _print_json(found)
    elif not found:
        say("There is no printer here.")
        next_steps("write [providers.printer] uri into mailroom.toml; docs/printing.md tells how")
    else:
        for printer in found:
            answers.print_printer(printer)
    return ExitCode.REFUSED if any(printer.problem for printer in found) else ExitCode.DONE


# --- layouts ------------------------------------------------------------------------------


@cli.group()
def layout() -> None:
    """The designer's side: list, new, check, preview."""


def _layout_folders(ctx: click.Context) -> tuple[Path, ...]:
    """The workspace's own layouts before the shipped ones; the latter alone outside of one."""
    from mailroom.config import WORKSPACE_FILE, find_workspace, load_settings
    from mailroom.errors import ConfigError
    from mailroom.shipped import LAYOUTS

    try:
        find_workspace(ctx.obj.resolve())
    except ConfigError:
        if ctx.find_root().params.get("workspace"):
            raise UsageError(f"{ctx.obj} has no {WORKSPACE_FILE}") from None
        return (LAYOUTS,)
    return load_settings(ctx.obj).layout_folders


def _layout_names(ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    from mailroom.config import load_settings
    from mailroom.errors import MailroomError
    from mailroom.layout import find_layouts
    from mailroom.shipped import LAYOUTS

    try:
        folders = load_settings(_start(ctx)).layout_folders
    except MailroomError:
        folders = (LAYOUTS,)
    return [name for name in find_layouts(folders) if name.startswith(incomplete)]


layout_argument = click.argument("name", shell_complete=_layout_names)


@layout.command("list")
@json_option
@click.pass_context
def layout_list(ctx: click.Context, as_json: bool) -> None:
    """List the layouts there are."""
    from mailroom.layout import find_layouts, read_layout

    found = [read_layout(folder) for folder in find_layouts(_layout_folders(ctx)).values()]
    if as_json:
        keys = ("name", "title", "summary", "formats", "languages", "fonts", "folder", "digest")
        _print_json([{key: getattr(item, key) for key in keys} for item in found])
        return
    table(
        ((x.name, ", ".join(x.formats), " ".join(x.languages), x.summary) for x in found),
        ("name", "format", "languages", ""),
    )
    next_steps("mailroom layout preview NAME")


@layout.command("new")
@layout_argument
@click.option("--format", "fmt", default="card-5x7", show_default=True, help="What it is for.")
@click.pass_context
def layout_new(ctx: click.Context, name: str, fmt: str) -> None:
    """Start a layout of your own in the workspace."""
    from mailroom.config import load_settings
    from mailroom.design import new_layout
    from mailroom.formats import format_named

    target = new_layout(name, load_settings(ctx.obj).layout_folders[0], format_named(fmt))
    say(f"A layout that works is in {target}; change what you like.")
    next_steps(f"mailroom layout preview {name}", f"mailroom layout check {name}")


@layout.command("check")
@layout_argument
@json_option
@click.pass_context
def layout_check(ctx: click.Context, name: str, as_json: bool) -> int:
    """Try a layout on the nastiest people."""
    from mailroom.design import check_layout
    from mailroom.fonts import load_fonts
    from mailroom.layout import load_layout
    from mailroom.shipped import FONTS

    report = check_layout(load_layout(name, _layout_folders(ctx)), load_fonts(FONTS))
    if as_json:
        _print_json(answers.layout_report(report))
    else:
        answers.print_layout_report(name, report)
    return ExitCode.DONE if report.ok else ExitCode.REFUSED


@layout.command("preview")
@layout_argument
@click.option("--port", default=0, help="Without it a free one is taken.")
@click.pass_context
def layout_preview(ctx: click.Context, name: str, port: int) -> None:
    """Show a layout in the browser while you draw it."""
    from mailroom.web.preview import serve_preview

    serve_preview(name, _layout_folders(ctx), port=port, say=talk)


if __name__ == "__main__":
    cli()

"""init, doctor, completion: a workspace before there is work."""

from __future__ import annotations

from pathlib import Path

import click

from mailroom.cli.arguments import json_option, print_json
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import next_steps, say, table


@click.command()
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
            ("mailings/", "four mailings to try: edit, copy, rename them"),
            ("programmes/", "standing rules: birthday cards, a welcome; `mailroom due`"),
        ]
    )
    next_steps(f"cd {folder}", "mailroom intake", "mailroom prepare christmas-2026")


@click.command()
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
        print_json(checks)
    else:
        table([(c.state, c.name, c.detail) for c in checks], ("", "what", "found"))
        for check in checks:
            if check.state != "ok" and check.hint:
                say(f"\n{check.name}: {check.hint}")
    return ExitCode.CONFIG if failed else ExitCode.DONE


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    For bash: eval "$(mailroom completion bash)" in ~/.bashrc.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - the choices above are click's own
        raise UsageError(f"no completion for {shell}")
    say(kind(ctx.find_root().command, {}, "mailroom", "_MAILROOM_COMPLETE").source())

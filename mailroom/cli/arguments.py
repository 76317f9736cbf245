"""What the commands have in common: their arguments, the workspace, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.errors import UsageError
from mailroom.terminal import say, talk

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mailroom.workspace import Workspace


def start(ctx: click.Context) -> Path:
    """Where to look for the workspace while a command is still being typed."""
    return Path(ctx.find_root().params.get("workspace") or ".").resolve()


def mailing_names(ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    """What the shell offers when a mailing's name is being typed."""
    from mailroom.config import load_settings
    from mailroom.errors import MailroomError

    try:
        names = load_settings(start(ctx)).mailings
    except MailroomError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _checked_name(_ctx: object, _param: object, name: str | None) -> str | None:
    """A name becomes part of paths, also of those of a mailing whose file is gone."""
    from mailroom.config import check_mailing_name

    if name is not None:
        check_mailing_name(name)
    return name


def mailing_argument(*, required: bool = True) -> Callable[..., Any]:
    """MAILING, its name checked."""
    return click.argument(
        "mailing", required=required, callback=_checked_name, shell_complete=mailing_names
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


def _somebody(_ctx: object, _param: object, name: str) -> str:
    if not name.strip():
        raise UsageError("--by names nobody", hint="write --by YOUR-NAME")
    return name.strip()


def by_option(kept_with: str) -> Callable[..., Any]:
    """`--by`: who it is that decides."""
    told = f"Your name; it is kept with the {kept_with}."
    return click.option("--by", required=True, callback=_somebody, help=told)


def opened(ctx: click.Context) -> AbstractContextManager[Workspace]:
    """The workspace that is meant, for the length of a `with`."""
    from mailroom.workspace import open_workspace

    return open_workspace(ctx.obj, tell=talk)


def print_json(value: object) -> None:
    """The answer for programs, on stdout."""
    from mailroom.ledger.records import to_json

    say(json.dumps(to_json(value), ensure_ascii=False, indent=2))

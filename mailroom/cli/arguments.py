"""What the commands have in common: their arguments, the workspace, JSON."""

from __future__ import annotations

import datetime as dt
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from mailroom.errors import Refused, UsageError
from mailroom.terminal import say, talk

if TYPE_CHECKING:
    from mailroom.workspace import Workspace


def start(ctx: click.Context) -> Path:
    """Where to look for the workspace while a command is still being typed."""
    return Path(ctx.find_root().params.get("workspace") or ".").resolve()


def mailing_names(ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    """What the shell offers when a mailing's name is being typed."""
    from mailroom.config import load_settings
    from mailroom.errors import MailroomError

    try:
        settings = load_settings(start(ctx))
        names = (*settings.mailings, *settings.editions(dt.datetime.now(dt.UTC).date()))
    except MailroomError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def format_names(_ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    """What the shell offers when a format's name is being typed."""
    from mailroom.formats import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


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


class Words(click.types.StringParamType):
    """A text that has to be given; where it is missing, an example is."""

    def __init__(self, example: str) -> None:
        self._example = example

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        return f"For example: {self._example}"


class Day(click.ParamType):  # type: ignore[type-arg]  # generic in newer clicks only
    """A day in any usual form: 2027-01-15, 15.01.2027, 15 January 2027; never a guess."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        from mailroom.intake.dates import read_date

        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(read_date(str(value)).value)
        except ValueError:
            self.fail(f"{value!r} may be several days, or none; write it like 2027-01-15")

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        return f"For example: {param.opts[0]} 2027-01-15"


def by_option(kept_with: str) -> Callable[..., Any]:
    """`--by`: who it is that decides."""
    told = f"Your name; it is kept with the {kept_with}."
    by = Words("--by Ruth")
    return click.option("--by", required=True, type=by, callback=_somebody, help=told)


test_option = click.option("--test", is_flag=True, help="Look at the trial, not at what is real.")


@contextmanager
def opened(
    ctx: click.Context, *, test: bool = False, mailing: str | None = None
) -> Iterator[Workspace]:
    """The workspace that is meant, for the length of a `with`; with `test` its trial.

    Refused where nothing was tried yet, or nothing of `mailing`.
    """
    from mailroom.workspace import open_workspace

    with open_workspace(ctx.obj, tell=talk) as ws:
        if not test:
            yield ws
            return
        if not ws.was_tried:
            raise _not_tried(mailing)
        with ws.trial() as trial:
            if mailing and trial.ledger.plan(mailing) is None:
                raise _not_tried(mailing)
            yield trial


def _not_tried(mailing: str | None) -> Refused:
    return Refused(
        f"no trial of {mailing or 'any mailing'} was made yet",
        hint=f"type `mailroom send {mailing or 'MAILING'}`; only a provider with a test mode "
        "has trials",
    )


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """For servers: being told to end is the same as Ctrl-C."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def print_json(value: object) -> None:
    """The answer for programs, on stdout; of an iterator one after the other, as a list."""
    from mailroom.ledger.records import to_json

    def text(part: object) -> str:
        return json.dumps(to_json(part), ensure_ascii=False, indent=2)

    if not isinstance(value, Iterator):
        say(text(value))
        return
    before = ""
    for part in value:  # of a million people the whole text would fill the memory
        say(f"{before},") if before else say("[")
        before = f"  {text(part)}".replace("\n", "\n  ")
    say(f"{before}\n]" if before else "[]")

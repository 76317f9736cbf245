"""layout list, new, check, preview: the designer's side."""

from __future__ import annotations

from pathlib import Path

import click

from mailroom.answers.layouts import layout_report, print_layout_report
from mailroom.cli.arguments import format_names, json_option, print_json, start
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import next_steps, say, table, talk


@click.group()
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
        folders = load_settings(start(ctx)).layout_folders
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
        print_json([{key: getattr(item, key) for key in keys} for item in found])
        return
    table(
        ((x.name, ", ".join(x.formats), " ".join(x.languages), x.summary) for x in found),
        ("name", "format", "languages", ""),
    )
    next_steps("mailroom layout preview NAME")


@layout.command("new")
@layout_argument
@click.option(
    "--format",
    "fmt",
    default="card-5x7",
    show_default=True,
    shell_complete=format_names,
    help="What it is for; `mailroom formats` lists them.",
)
@click.pass_context
def layout_new(ctx: click.Context, name: str, fmt: str) -> None:
    """Start a layout of your own in the workspace."""
    from mailroom.config import load_settings
    from mailroom.design import new_layout
    from mailroom.formats import format_named

    chosen = format_named(fmt)
    target = new_layout(name, load_settings(ctx.obj).layout_folders[0], chosen)
    say(f"A layout that works is in {target}; change what you like.")
    for doubt in chosen.doubts:
        talk(f"{doubt}: try one before you print them all")
    next_steps(f"mailroom layout preview {name}", f"mailroom layout check {name}")


@layout.command("check")
@layout_argument
@click.option(
    "--oracle", is_flag=True, help="Lay every page out, too: is what is stamped the same?"
)
@json_option
@click.pass_context
def layout_check(ctx: click.Context, name: str, oracle: bool, as_json: bool) -> int:
    """Try a layout on the nastiest people.

    It says which pages are stamped, and why the others are laid out for everybody.
    """
    from mailroom.design import check_layout
    from mailroom.fonts import load_fonts
    from mailroom.layout import load_layout
    from mailroom.shipped import FONTS

    layout = load_layout(name, _layout_folders(ctx))
    report = check_layout(layout, load_fonts(FONTS), oracle=oracle)
    if as_json:
        print_json(layout_report(report))
    else:
        print_layout_report(name, report)
    return ExitCode.DONE if report.ok else ExitCode.REFUSED


@layout.command("preview")
@layout_argument
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Without it a free one is taken."
)
@click.pass_context
def layout_preview(ctx: click.Context, name: str, port: int) -> None:
    """Show a layout in the browser while you draw it."""
    from mailroom.web.preview import serve_preview

    serve_preview(name, _layout_folders(ctx), port=port, say=talk)

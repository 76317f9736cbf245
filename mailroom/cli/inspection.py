"""preflight: look into a finished PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.answers.inspection import inspection_report, print_inspection
from mailroom.cli.arguments import json_option, print_json
from mailroom.errors import ExitCode, UsageError
from mailroom.terminal import Progress, talk

if TYPE_CHECKING:
    from mailroom.inspection.inspect import Report

_FEW = 12


def _format_names(_ctx: object, _param: object, incomplete: str) -> list[str]:
    from mailroom.formats import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "fmt",
    metavar="NAME",
    shell_complete=_format_names,
    help="What it is to be; without it that is told by its TrimBox.",
)
@click.option(
    "--ink",
    type=click.FloatRange(100, 400),
    default=300,
    show_default=True,
    metavar="PERCENT",
    help="The most that all plates together may print.",
)
@click.option("--pdfx", is_flag=True, help="It must be PDF/X-4: what is not is an error.")
@click.option("--all", "all_pages", is_flag=True, help="Look into every page, however many.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT.png",
    help="Write the pages there with what is wrong marked in red.",
)
@json_option
def preflight(
    file: Path,
    fmt: str | None,
    ink: float,
    pdfx: bool,
    all_pages: bool,
    picture: Path | None,
    as_json: bool,
) -> int:
    """Look into a finished PDF: is it fit to print?

    Any PDF, whoever made it. A good one is told why it is good, a bad one what to change, with
    pages and millimetres. Errors cost the run; warnings print worse than they could. PDF/X-4 is
    checked by mailroom itself: no open validator exists.
    """  # fmt: skip
    from mailroom.formats import format_named
    from mailroom.inspection.inspect import LOOKED_AT, inspect

    wanted = format_named(fmt, "--format") if fmt else None
    if picture and picture.suffix.lower() != ".png":
        raise UsageError(f"--picture writes a PNG, and {picture.name} does not end in .png")
    most = 1_000_000_000 if all_pages else LOOKED_AT
    report = inspect(file, fmt=wanted, ink=ink, pdf_x=pdfx, most=most, progress=_progress())
    if as_json:
        print_json(inspection_report(report))
    else:
        print_inspection(report, painted=picture is not None)
    if picture:
        _paint(report, picture)
    return ExitCode.DONE if report.ok else ExitCode.REFUSED


def _progress() -> Callable[[int, int], None]:
    """A few pages are looked into before one has read the line."""
    bar = Progress("pages")
    return lambda done, total: bar(done, total) if total > _FEW else None


def _paint(report: Report, target: Path) -> None:
    """The picture is beside the answer: where it is, is said on stderr."""
    from mailroom.inspection.picture import paint

    pages = paint(report, target)
    talk(f"\nMarked in red: {target}" if pages else "\nNothing of it can be drawn: no picture.")

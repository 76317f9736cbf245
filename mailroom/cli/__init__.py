"""The command line: parse, call the pipeline, print. No decisions are made here.

Everything heavy is imported inside the commands, so that `mailroom --help` is quick.
"""

from __future__ import annotations

from pathlib import Path

import click

from mailroom import __version__
from mailroom.cli.addresses import verify, vouch
from mailroom.cli.decisions import decide
from mailroom.cli.dev import dev
from mailroom.cli.duplicates import duplicates
from mailroom.cli.formats import formats
from mailroom.cli.holds import hold, holds, release, suppress
from mailroom.cli.inspection import preflight
from mailroom.cli.layouts import layout
from mailroom.cli.mailings import approve, prepare, proof, send, status
from mailroom.cli.mapping import mapping
from mailroom.cli.paper import calibrate, labels, sheets
from mailroom.cli.posted import cancel, returns, track
from mailroom.cli.printroom import batch, printers
from mailroom.cli.programmes import due, watch
from mailroom.cli.recipients import intake, people
from mailroom.cli.serve import serve
from mailroom.cli.why import why
from mailroom.cli.workspaces import completion, doctor, init
from mailroom.errors import EXIT_MEANINGS

EPILOG = "Exit codes: " + "; ".join(f"{c.value} {m}" for c, m in EXIT_MEANINGS.items()) + "."


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

    One verb a stage: intake, prepare, proof, approve, send, track. Everything before approve is
    free (but verify --live) and can be repeated; nothing is ever posted without --live.
    """
    ctx.obj = workspace or Path.cwd()


for command in (
    *(init, doctor, completion),
    *(intake, mapping, decide, people, duplicates, why, verify, vouch),
    *(hold, suppress, release, holds),
    *(due, watch),
    *(prepare, proof, approve, send, status),
    *(track, cancel, returns),
    *(sheets, labels, calibrate, batch, printers, serve),
    *(layout, formats, preflight, dev),
):
    cli.add_command(command)

"""serve: what providers tell by themselves."""

from __future__ import annotations

import signal
from contextlib import nullcontext
from types import FrameType

import click

from mailroom.cli.arguments import opened
from mailroom.terminal import heading, say, table


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8025,
    show_default=True,
    metavar="N",
    help="Where to listen; 0 takes a free one.",
)
@click.option("--test", is_flag=True, help="Webhooks of the test mode, for the trial's ledger.")
@click.pass_context
def serve(ctx: click.Context, port: int, test: bool) -> None:
    """Take providers' webhooks into the ledger, until Ctrl-C.

    It listens on this machine only; docs/webhooks.md tells how calls get there. Without it
    `mailroom track` asks the provider.
    """
    from mailroom.web.serving import serve_webhooks

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with opened(ctx) as ws, ws.trial() if test else nullcontext(ws) as place:
            came = serve_webhooks(place, port=port)
    finally:
        signal.signal(signal.SIGTERM, before)
    if not came:
        say("Nothing has come in.")
        return
    heading("What has come in")
    table([(f"{number:,}", what) for what, number in came.items()])


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Being told to end is the same as Ctrl-C."""
    raise KeyboardInterrupt

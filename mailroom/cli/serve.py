"""serve: what providers tell by themselves."""

from __future__ import annotations

from contextlib import nullcontext

import click

from mailroom.cli.arguments import ended_by_sigterm, opened
from mailroom.terminal import heading, say, table
from mailroom.web.loopback import WEBHOOKS


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=WEBHOOKS,
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

    with (
        ended_by_sigterm(),
        opened(ctx) as ws,
        ws.trial() if test else nullcontext(ws) as place,
    ):
        came = serve_webhooks(place, port=port)
    if not came:
        say("Nothing has come in.")
        return
    heading("What has come in")
    table([(f"{number:,}", what) for what, number in came.items()])

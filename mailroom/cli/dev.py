"""dev: what rehearsals and developers need."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from mailroom.cli.arguments import ended_by_sigterm
from mailroom.terminal import heading, say, table, talk

if TYPE_CHECKING:
    from mailroom.dev.fakelob import Lob

QUIET = 5.0
"""Seconds between two lines about the same thing."""


@click.group()
def dev() -> None:
    """Rehearse: services that behave like the real ones."""


@dev.command("fake-lob")
@click.option("--port", default=0, metavar="N", help="Where to listen; 0 takes a free port.")
@click.option("--rate", default=150, show_default=True, help="Requests in 5 s and endpoint.")
@click.option("--faults", "share", default=0.0, metavar="SHARE", help="0.2: every fifth fails.")
@click.option(
    "--fault",
    "named",
    multiple=True,
    metavar="NAME[:SHARE]",
    help="One fault, shipped or a file of your own; repeatable.",
)
@click.option("--seed", default=1, show_default=True, help="Other faults for another number.")
@click.option("--webhook", default="", metavar="URL", help="Where events go, on this machine.")
@click.option(
    "--render-seconds",
    default=1.0,
    show_default=True,
    help="How long a piece stays `processed`.",
)
def fake_lob(
    port: int,
    rate: int,
    share: float,
    named: tuple[str, ...],
    seed: int,
    webhook: str,
    render_seconds: float,
) -> None:
    """Be Lob, on this machine: take pieces, post nothing.

    Ctrl-C ends it and shows what came of the rehearsal. Webhooks are signed with the
    secret in LOB_WEBHOOK_SECRET.
    """
    from mailroom.dev import fakelob, injector, summary

    options = fakelob.Options(
        port=port,
        rate=rate,
        share=share,
        named=dict(map(injector.read_share, named)),
        seed=seed,
        webhook=webhook,
        secret=os.environ.get("LOB_WEBHOOK_SECRET", ""),
        render_seconds=render_seconds,
    )
    with ended_by_sigterm(), fakelob.running(options) as fake:
        _say_how(fake.base_url)
        try:
            _watch(fake.lob)
        except KeyboardInterrupt:
            heading("What came of it")
            table(summary.rows(fake.lob.stats()))


def _say_how(base_url: str) -> None:
    say(f"A fake Lob listens at {base_url}; it posts nothing. In mailroom.toml:")
    say()
    say(f'    [providers.lob]\n    base_url = "{base_url}"')
    say("\nand in the shell that sends:\n\n    export LOB_API_KEY=test_anything\n")
    say("Ctrl-C ends it.")


def _watch(lob: Lob) -> None:
    """A line for each kind of event every few seconds, and none while nothing happens."""
    from mailroom.dev import summary

    before = lob.stats()
    while True:
        time.sleep(QUIET)
        now = lob.stats()
        for line in summary.news(before, now):
            talk(f"  {line}")
        before = now

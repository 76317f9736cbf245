"""batch, printers: the print room."""

from __future__ import annotations

from collections import Counter

import click

from mailroom.answers import as_typed
from mailroom.answers.printroom import print_batch, print_printer
from mailroom.cli.arguments import (
    by_option,
    json_option,
    mailing_argument,
    opened,
    print_json,
    test_option,
)
from mailroom.errors import ExitCode
from mailroom.terminal import count, next_steps, say, table


@click.group()
def batch() -> None:
    """Settle what a provider could not tell; show evidence."""


@batch.command("list")
@mailing_argument()
@test_option
@json_option
@click.pass_context
def batch_list(ctx: click.Context, mailing: str, test: bool, as_json: bool) -> None:
    """List the batches of a mailing and what became of them."""
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        lines = pipeline.batches(ws, mailing)
    if as_json:
        print_json(lines)
        return
    if not lines:
        say(f"Nothing of {mailing} has been handed over yet.")
    odd = [line for line in lines if line.state not in ("done", "cancelled")]
    told = lines if len(lines) <= _AT_A_GLANCE else odd
    table(
        ((x.key[:8], x.state, str(len(x.pieces)), x.provider, x.ref or x.raw[:60]) for x in told),
        ("batch", "state", "pieces", "provider", "at the provider"),
    )
    if len(told) < len(lines):
        rest = Counter(line.state for line in lines if line not in odd)
        say(
            f"  and {', '.join(f'{n} {state}' for state, n in rest.items())}: --json lists them all"
        )
    doubtful = [line.key[:8] for line in lines if line.state == "unknown"]
    if doubtful:
        say("\nIt is not known whether those marked unknown were made: look in the tray.")
        name = as_typed(f"{mailing} {doubtful[0]} --by YOU", not test)
        next_steps(f"mailroom batch confirm {name}", f"mailroom batch reprint {name}")


_AT_A_GLANCE = 100
"""Batches that are listed one by one, whatever became of them."""

batch_argument = click.argument("key", metavar="BATCH")


@batch.command("show")
@mailing_argument()
@batch_argument
@test_option
@json_option
@click.pass_context
def batch_show(ctx: click.Context, mailing: str, key: str, test: bool, as_json: bool) -> None:
    """Show all that is kept of a batch, as evidence.

    BATCH is its key, or how that begins: when it was handed over, what the provider answered to
    each call, under which number it finds the call, and what it has told since.
    """
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        kept = pipeline.batch(ws, mailing, key)
    if as_json:
        print_json(kept)
    else:
        print_batch(kept)


@batch.command("confirm")
@mailing_argument()
@batch_argument
@by_option("answer")
@test_option
@click.pass_context
def batch_confirm(ctx: click.Context, mailing: str, key: str, by: str, test: bool) -> None:
    """Say that a doubtful batch was made."""
    _settle(ctx, mailing, key, by, made=True, test=test)
    next_steps(as_typed(f"mailroom status {mailing}", not test))


@batch.command("reprint")
@mailing_argument()
@batch_argument
@by_option("answer")
@test_option
@click.pass_context
def batch_reprint(ctx: click.Context, mailing: str, key: str, by: str, test: bool) -> None:
    """Say that it was not made; it goes again."""
    _settle(ctx, mailing, key, by, made=False, test=test)
    next_steps(f"mailroom send {mailing}{' --live' * (not test)}")


def _settle(ctx: click.Context, mailing: str, key: str, by: str, *, made: bool, test: bool) -> None:
    from mailroom import pipeline

    with opened(ctx, test=test, mailing=mailing) as ws:
        line = pipeline.settle(ws, mailing, key, made=made, by=by)
    stands = "was made" if made else "was not made and will go again"
    say(f"Batch {line.key[:8]} with {count(len(line.pieces), 'piece')} {stands}.")


@click.command()
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
        print_json(found)
    elif not found:
        say("There is no printer here.")
        next_steps("write [providers.printer] uri into mailroom.toml; docs/printing.md tells how")
    else:
        for printer in found:
            print_printer(printer)
    return ExitCode.REFUSED if any(printer.problem for printer in found) else ExitCode.DONE

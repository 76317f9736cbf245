"""why: everything that is known of somebody."""

from __future__ import annotations

import click

from mailroom.answers.why import print_why
from mailroom.cli.arguments import json_option, mailing_argument, opened, print_json


@click.command()
@click.argument("who")
@mailing_argument(required=False)
@json_option
@click.pass_context
def why(ctx: click.Context, who: str, mailing: str | None, as_json: bool) -> None:
    """Tell why somebody is in, out or held.

    Where they come from, what was mended and found, who keeps mail from them, who they may be
    a duplicate of, what has changed, and where each part of the greeting comes from. WHO is a
    name, an e-mail address, the key of the CRM, or a line of an export such as contacts.csv:14,
    also one that could not be read. Without MAILING, every mailing is looked at, and those that
    do not select the person are named in one line.
    """
    from mailroom.explain import explain

    with opened(ctx) as ws:
        known = ws.settings
        names = (mailing,) if mailing else (*known.mailings, *known.editions(ws.today))
        found = explain(ws, who, names)
    if as_json:
        print_json(found)
        return
    for answer in found:
        print_why(answer, whole=bool(mailing))

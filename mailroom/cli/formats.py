"""formats: the products there are, and as what each post takes them."""

from __future__ import annotations

import click

from mailroom.answers.formats import format_report, print_format, print_formats
from mailroom.cli.arguments import format_names, json_option, print_json


def _post_names(_ctx: click.Context, _param: object, incomplete: str) -> list[str]:
    from mailroom.mailability import POSTS

    return [name for name in POSTS if name.startswith(incomplete)]


@click.command()
@click.argument("name", required=False, shell_complete=format_names)
@click.option("--post", shell_complete=_post_names, help="As what this post takes them: usps ...")
@click.option(
    "--grammage", metavar="G", type=click.IntRange(20, 1000), help="The paper, in g/m2: its weight."
)
@json_option
def formats(name: str | None, post: str | None, grammage: int | None, as_json: bool) -> None:
    """List the cards, letters and postcards there are.

    With NAME: its sizes, zones, envelope and sheet, where these were read, and as what each
    post takes it.
    """
    from mailroom.formats import FORMATS, format_named
    from mailroom.mailability import judge, post_named, posts_of

    asked = post_named(post) if post else None
    if name:
        shown = [format_named(name)]
    else:
        shown = [fmt for fmt in FORMATS.values() if not asked or asked in posts_of(fmt)]
    answers = []
    for fmt in shown:
        posts = (asked,) if asked else posts_of(fmt)
        answers.append((fmt, [judge(fmt, each, grammage or 0) for each in posts]))
    if as_json:
        reports = [format_report(fmt, posted) for fmt, posted in answers]
        print_json(reports[0] if name else reports)
    elif name:
        print_format(*answers[0])
    else:
        print_formats(answers, asked.title if asked else "")

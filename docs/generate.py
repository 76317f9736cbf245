"""The parts of the documents that are made from tables of the code; `make docs` writes them.

Each function returns Markdown. cog calls them from the documents themselves.
"""

from __future__ import annotations

from math import inf
from pathlib import Path

import click

from mailroom.cli import cli
from mailroom.config import MAILING_SETTINGS, SETTINGS, Setting
from mailroom.errors import ConfigError, ExitCode
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Format, Sheet
from mailroom.inspection.rules import RULES as INSPECTION_RULES
from mailroom.intake import HOLDS
from mailroom.intake import RULES as REPAIRS
from mailroom.intake.content import sections
from mailroom.intake.repairs import QUESTIONS, TAKE
from mailroom.mailability import POSTS, Category
from mailroom.preflight import RULES
from mailroom.providers import PROVIDERS, Office, Teller, Verifier, open_provider
from mailroom.providers.settings import default_of
from mailroom.sheets.grids import GRIDS
from mailroom.sheets.manifest import COLUMNS
from mailroom.sheets.nup import plan
from mailroom.verdicts import HOLDS as VERDICT_HOLDS


def _rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def exit_codes() -> str:
    """The table of the README."""
    return _rows(("code", "means"), [(str(code.value), code.meaning) for code in ExitCode])


def _default(setting: Setting) -> str:
    if setting.required:
        return "needed"
    return "" if setting.default in (None, "", ()) else f"`{setting.default}`"


_TYPES = {str: "text", int: "number", list: "list", bool: "true or false"}


def settings(table: tuple[Setting, ...] = SETTINGS) -> str:
    """Every key of mailroom.toml."""
    rows = [(f"`{s.key}`", _TYPES.get(s.type, s.type.__name__), _default(s), s.help) for s in table]
    return _rows(("key", "type", "default", "what"), rows)


def mailing_settings() -> str:
    """Every key of a mailing."""
    return settings(MAILING_SETTINGS)


def rules() -> str:
    """Every rule of preflight."""
    rows = [
        (f"`{r.name}`", r.meaning, r.severity.value, "yes" if r.acceptable else "never")
        for r in RULES
    ]
    return _rows(("rule", "a good piece", "severity", "may be accepted"), rows)


def inspection_rules() -> str:
    """Every rule for finished PDFs."""
    rows = [
        (f"`{r.name}`", r.wants, "; ".join(filter(None, (r.severity.value, r.sometimes))))
        for r in INSPECTION_RULES
    ]
    return _rows(("rule", "a good file", "severity"), rows)


def intake_rules() -> str:
    """What holds a piece because of its record in the CRM."""
    rows = [
        (f"`{rule}`", meaning, "yes" if acceptable else "never")
        for rule, (meaning, acceptable) in HOLDS.items()
    ]
    return _rows(("rule", "a good record", "may be accepted"), rows)


def repairs() -> str:
    """Every repair of an intake."""
    rows = [
        (
            f"`{name}`",
            repair.title,
            f"`{repair.before}`",
            f"`{repair.after}`",
            "taken" if repair.default == TAKE else "asked, held" if repair.holds else "asked",
        )
        for name, repair in REPAIRS.items()
    ]
    return _rows(("rule", "what is done", "before", "after", "by default"), rows)


def questions() -> str:
    """Every question of an intake that is no repair."""
    subjects = {"dates": "dates:HEADER", "shared-date": "shared-date:DAY"}
    rows = [
        (
            f"`{subjects.get(name, name)}`",
            question.title.format(subjects.get(name, name).partition(":")[2]),
            " or ".join(f"`{answer}`" for answer in question.answers),
        )
        for name, question in QUESTIONS.items()
    ]
    return _rows(("question", "what is asked", "answers"), rows)


def words() -> str:
    """What is searched for in everything that is printed."""
    rows = [
        (
            f"`{rule.name}`",
            rule.title if rule.name == "obscenity" else f"{rule.title}: {', '.join(examples)}",
            ", ".join(sorted(rule.where)),
            "holds" if rule.holds else "told",
        )
        for rule, examples in sections()
    ]
    return _rows(("rule", "what it means, for example", "where", ""), rows)


def verdict_rules() -> str:
    """What holds a piece because of what the post says of its address."""
    rows = [(f"`{rule}`", meaning) for rule, meaning in VERDICT_HOLDS.items()]
    return _rows(("rule", "a good address"), rows)


def formats() -> str:
    """Every format."""
    rows = [
        (
            f"`{f.name}`",
            f.title,
            f"{f.trim.in_mm()}, {f.trim.in_inches()}",
            f"{f.bleed / 72 * 25.4:.1f}, {f.safe / 72 * 25.4:.1f}",
            ", ".join(f.pages),
            f"`{f.envelope}`" if f.envelope else "",
            f.sheet,
            f"{f.source} ({f.confidence})",
        )
        for f in FORMATS.values()
    ]
    header = ("format", "", "trim", "bleed, safe zone (mm)", "pages", "envelope", "sheet", "source")
    return _rows(header, rows)


def address_zones() -> str:
    """Where letters and stamped postcards bear the address, and what their windows may show."""
    rows = [
        (
            f"`{f.name}`",
            f.address_zone.in_mm(),
            f.clear_zone.in_mm() if f.clear_zone != f.address_zone else "the same",
            ", ".join(f"{fold / 72 * 25.4:.4g}" for fold in f.folds),
        )
        for f in FORMATS.values()
        if f.address_zone and f.clear_zone
    ]
    return _rows(("format", "address zone", "clear zone", "folded at (mm)"), rows)


def envelopes() -> str:
    """Every envelope and its window."""
    rows = [
        (
            f"`{e.name}`",
            e.title,
            f"{e.size.in_mm()}, {e.size.in_inches()}",
            e.window.in_mm() if e.window else "",
            f"{e.source} ({e.confidence})",
        )
        for e in ENVELOPES.values()
    ]
    return _rows(("envelope", "", "size", "window, from its top left corner", "source"), rows)


def posts() -> str:
    """What each post takes, and as what."""
    rows = [
        (
            post.title,
            category.name + (", without an envelope" if category.card else ""),
            category.smallest.in_mm() if category.smallest.width else "",
            category.largest.in_mm(),
            _between(category.thinnest / 72 * 25.4, category.thickest / 72 * 25.4),
            f"{category.heaviest:g}" if category.heaviest < inf else "",
            _between(*category.aspect, least=1),
            "; ".join(filter(None, (_card_paper(category), category.misshapen, category.note))),
            _read_in(category),
        )
        for post in POSTS.values()
        for category in post.categories
    ]
    header = ("post", "category", "least", "most", "thick (mm)", "g", "long : high", "", "source")
    return _rows(header, rows)


def _between(least_of: float, most: float, least: float = 0) -> str:
    low = f"{least_of:.3g} to " if least_of > least else ""
    if most == inf:
        return f"at least {low.removesuffix(' to ')}" if low else ""
    return f"{low}{most:.3g}"


def _read_in(category: Category) -> str:
    since = f"; valid since {category.valid_from}" if category.valid_from else ""
    return f"{category.source}; read {category.read}{since} ({category.confidence})"


def _card_paper(category: Category) -> str:
    least, most = category.grammage
    return f"{least:g} to {most:g} g/m2" if most < inf else ""


def providers() -> str:
    """What each provider can do; a device is asked when it is there."""
    rows = [_provider(name) for name in PROVIDERS]
    header = ("provider", "formats", "pieces a batch", "test mode", "holds back", "tells news")
    return _rows((*header, "verifies", "knows a key"), rows)


def _provider(name: str) -> tuple[str, ...]:
    environ = {"LOB_API_KEY": "test_documents"}
    settings = {"uri": "ipp://printer.example/"} if name == "printer" else {}
    office = Office(settings=settings, folder=Path("nowhere"), environ=environ, live=False)
    provider: object = open_provider(name, office)
    news, verifies = isinstance(provider, Teller), isinstance(provider, Verifier)
    if name == "printer":
        size = f"{default_of(name, 'batch')}, as set"
        return (f"`{name}`", "the device is asked", size, *(["no"] * 4), "for ever")
    can = open_provider(name, office).capabilities()
    return (
        f"`{name}`",
        _all_of(can.formats),
        f"{can.max_pieces}" if can.max_pieces else "all, or as set",
        *(_yes(each) for each in (can.test_mode, can.holds_back, news, verifies)),
        f"{can.key_lifetime.total_seconds() / 3600:g} h" if can.key_lifetime else "for ever",
    )


def _all_of(names: tuple[str, ...]) -> str:
    """A few are named; of all, or of all that can be, it is said."""
    if set(names) == set(FORMATS):
        return "all"
    if set(names) == {name for name, fmt in FORMATS.items() if not fmt.addressed_by_provider}:
        return "all that bear an address or have an envelope"
    return ", ".join(f"`{name}`" for name in names)


def _yes(able: bool) -> str:
    return "yes" if able else "no"


def manifest() -> str:
    """The columns of manifest.csv."""
    return _rows(("column", "holds"), [(f"`{name}`", what) for name, what in COLUMNS.items()])


def grids() -> str:
    """Every grid of labels."""
    rows = [
        (f"`{g.name}`", g.title, f"{g.labels} ({g.columns} x {g.rows})", g.confidence, g.source)
        for g in GRIDS.values()
    ]
    return _rows(("grid", "", "labels", "confidence", "source"), rows)


def ups() -> str:
    """How many pieces of the formats anybody can make go on which sheet, with marks."""
    rows = [
        (f"`{fmt.name}`", *(_up(fmt, sheet) for sheet in SHEETS.values()))
        for fmt in FORMATS.values()
        if not fmt.addressed_by_provider
    ]
    return _rows(("format", *(f"`{name}`" for name in SHEETS)), rows)


def _up(fmt: Format, sheet: Sheet) -> str:
    try:
        return str(plan(fmt, sheet).up)
    except ConfigError:
        return "-"


def commands() -> str:
    """The help of every command, as the terminal shows it."""
    return "\n\n".join(_help(cli, "mailroom"))


def _help(command: click.Command, path: str) -> list[str]:
    context = click.Context(command, info_name=path, max_content_width=80, terminal_width=80)
    parts = [f"## {path}\n\n```\n{command.get_help(context)}\n```"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child
            parts += _help(child, f"{path} {name}")
    return parts

"""The parts of the documents that are made from tables of the code; `make docs` writes them.

Each function returns Markdown. cog calls them from the documents themselves.
"""

from __future__ import annotations

from math import inf
from pathlib import Path

import click

from mailroom.cli import cli
from mailroom.config.keys import MAILING_SETTINGS, PROGRAMME_SETTINGS, SETTINGS, Numbers, Setting
from mailroom.errors import ConfigError, ExitCode
from mailroom.exports.catalogue import crms
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Format, Sheet
from mailroom.inspection.rules import RULES as INSPECTION_RULES
from mailroom.intake import HOLDS, known_fields
from mailroom.intake import RULES as REPAIRS
from mailroom.intake.content import sections
from mailroom.intake.repairs import QUESTIONS, TAKE, Repair
from mailroom.mailability import POSTS, Category
from mailroom.preflight import RULES
from mailroom.providers import PROVIDERS, Office, Teller, Verifier, open_provider
from mailroom.providers.settings import default_of
from mailroom.sheets.grids import GRIDS
from mailroom.sheets.manifest import COLUMNS
from mailroom.sheets.nup import plan
from mailroom.suppression import REASONS
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


_TYPES = {
    str: "text",
    int: "number",
    list: "list",
    Numbers: "list of numbers",
    bool: "true or false",
}


def settings(table: tuple[Setting, ...] = SETTINGS) -> str:
    """Every key of mailroom.toml."""
    rows = [(f"`{s.key}`", _TYPES.get(s.type, s.type.__name__), _default(s), s.help) for s in table]
    return _rows(("key", "type", "default", "what"), rows)


def mailing_settings() -> str:
    """Every key of a mailing."""
    return settings(MAILING_SETTINGS)


def programme_settings() -> str:
    """What a programme says beside a mailing."""
    return settings(tuple(s for s in PROGRAMME_SETTINGS if s.key.startswith("trigger.")))


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
            _by_default(repair),
        )
        for name, repair in REPAIRS.items()
    ]
    return _rows(("rule", "what is done", "before", "after", "by default"), rows)


def questions() -> str:
    """Every question of an intake that is no repair."""
    subjects = {
        "dates": "dates:HEADER",
        "country": "country:CODE",
        "shared-date": "shared-date:DAY",
        "remark": "remark:WORDS",
    }
    rows = [
        (
            f"`{subjects.get(name, name)}`",
            question.title.format(subjects.get(name, name).partition(":")[2]),
            " or ".join(f"`{answer}`" for answer in question.answers),
        )
        for name, question in QUESTIONS.items()
    ]
    return _rows(("question", "what is asked", "answers"), rows)


def _by_default(repair: Repair) -> str:
    if repair.default == TAKE:
        return "taken"
    where = f" {repair.held_where}" if repair.held_where else ""
    return f"asked, held{where}" if repair.holds or where else "asked"


def words() -> str:
    """What is searched for in everything that is printed."""
    rows = [
        (
            f"`{rule.name}`",
            rule.title if rule.name == "obscenity" else f"{rule.title}: {', '.join(examples)}",
            ", ".join(sorted(rule.where)),
            "asked as `remark:WORDS`, holds"
            if rule.where & {"notes", "cells"}
            else "holds"
            if rule.holds
            else "told",
        )
        for rule, examples in sections()
    ]
    return _rows(("rule", "what it means, for example", "where", ""), rows)


def verdict_rules() -> str:
    """What holds a piece because of what the post says of its address."""
    rows = [(f"`{rule}`", meaning) for rule, meaning in VERDICT_HOLDS.items()]
    return _rows(("rule", "a good address"), rows)


def suppressions() -> str:
    """Why somebody gets no mail, and how that ends."""
    rows = [
        (word, known.means, "yes" if known.lift else "never", known.ends)
        for word, known in REASONS.items()
    ]
    return _rows(("reason", "means", "may be released", "until"), rows)


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


def exports() -> str:
    """Every kind of export that is recognised."""
    rows = []
    for crm in sorted(crms(), key=lambda crm: crm.name.casefold()):
        titles = [shape.title.removeprefix(f"{crm.name}, ") for shape in crm.shapes]
        rows.append((crm.name, "; ".join(title for title in titles if title != crm.name) or "-"))
    return _rows(("from", "exports"), rows)


_WHO = "salutation first_name middle_name last_name suffix nickname"
_PLACE = "line1 line2 line3 city region postcode country whole line1+"
#: Fields, separated by blanks, and what a column of them holds.
_MEANINGS: tuple[tuple[str, str], ...] = (
    ("id", "the number of the record, by which it is known again from export to export"),
    ("salutation title", "Ms, Herr, Mme; Dr., Prof."),
    ("first_name middle_name last_name suffix", "the parts of the name; Jr., PhD"),
    ("last_name+", "one more piece of the last name: a particle, a second surname"),
    ("full_name", "the whole name in one cell"),
    ("nickname", "what the person is called by; a layout may print it"),
    ("kind", "what the record is of: a person, a company, a household"),
    ("company department", "where the person works"),
    ("email phone", "never printed; by them a person is known again"),
    ("language", "of the greeting; else the country's"),
    ("owner", "the colleague who signs"),
    (" ".join(f"partner_{part}" for part in _WHO.split()), "who is written to together with them"),
    ("partner_name", "the same in one cell"),
    (
        " ".join(f"partner{n}_{part}" for n in (2, 3) for part in _WHO.split()),
        "a second and a third partner",
    ),
    (
        " ".join(f"colleague{n}_{part}_name" for n in range(1, 6) for part in ("first", "last")),
        "others at a firm: the first is written to if nobody else is named, the rest are told",
    ),
    ("birthday anniversary customer_since", "days on which a programme may write"),
    ("stage stage_since", "how far somebody is, and since when: a programme may wait for it"),
    (" ".join(f"address.{part}" for part in _PLACE.split()), "the address; `whole`: in one cell"),
    (
        " ".join(f"address{n}.{part}" for n in (2, 3) for part in _PLACE.split()),
        "a second and a third address: the first one that is whole is used",
    ),
    ("deceased do_not_mail opt_out deleted left_company returned_mail", "yes: no mail goes there"),
    ("mail_ok", "no: no mail goes there"),
    ("active inactive", "whether the CRM still uses the record: where not, it is asked about once"),
    ("hold_until", "no mail before that day"),
    ("email_opt_out email_ok", "a wish about e-mail: it stops no post, but it is asked about once"),
    ("formality", "formal or informal: Sie or du, vous or tu"),
    ("postal_greeting", "the greeting word for word; it is printed as it is"),
    ("addressee", "the name on the envelope word for word; it is printed as it is"),
    (
        "note",
        "a line **for** the customer, which layouts print: *The oak table is ready*. The remarks "
        "of the office **about** a customer are none; a column is one by the name Personal note",
    ),
    ("tag", "groups, by which a mailing chooses: `tag = vip`"),
)


def intake_fields() -> str:
    """What a column can be mapped to, and what it holds; every field must be there once."""
    told = [field for names, _ in _MEANINGS for field in names.split()]
    assert sorted(told) == sorted(known_fields()), {*told} ^ {*known_fields()}
    return _rows(("field", "what it is"), [(_ticked(names), said) for names, said in _MEANINGS])


def _ticked(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split())

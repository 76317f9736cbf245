"""Layout + Piece -> Merged: the words filled in, sandboxed, strict and autoescaped.

What comes from a customer is only ever a *value*: never template source, never a path,
never markup. An undefined variable is the layout's fault and stops the run with the
template's file and line; a required field that is empty is the person's data and becomes
a Finding.
"""

from __future__ import annotations

import re
import traceback
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from markupsafe import Markup, escape

from mailroom.errors import ConfigError, MailroomError
from mailroom.formats import Format
from mailroom.layout import Field, Layout
from mailroom.model import Finding, Mailing, Merged, Piece, Recipient, Sender, Severity
from mailroom.sandbox import open_sandbox

_JINJA = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)

VARIABLES = (
    "lang",
    "format",
    "recipient",
    "greeting",
    "address_lines",
    "owner",
    "sender",
    "text",
    "fields",
    "piece",
    "date",
)
"""What a template may use; documented in layouts/README.md."""

_NOTHING_PREPARED: Mapping[Path, Path] = {}


@dataclass(frozen=True, kw_only=True)
class Templates:
    """A layout made ready to be merged for one mailing: what is the same for everybody."""

    layout: Layout
    format: Format
    mailing: Mailing
    sender: Sender
    sender_lines: tuple[str, ...]
    workspace: Path
    environment: jinja2.Environment
    prepared: Mapping[Path, Path]  #: what is shown in a picture's place


def compile_templates(
    layout: Layout,
    fmt: Format,
    mailing: Mailing,
    sender: Sender,
    sender_lines: tuple[str, ...],
    workspace: Path,
    prepared: Mapping[Path, Path] = _NOTHING_PREPARED,
) -> Templates:
    """Compile every page and word of the layout once.

    ConfigError carries the template's file and line.
    """
    environment = _environment(layout, mailing)
    for name in environment.list_templates():
        with _located(layout, mailing, name):
            environment.get_template(name)
    return Templates(
        layout=layout,
        format=fmt,
        mailing=mailing,
        sender=sender,
        sender_lines=sender_lines,
        workspace=workspace,
        environment=environment,
        prepared=prepared,
    )


def merge(templates: Templates, piece: Piece) -> tuple[Merged, tuple[Finding, ...]]:
    """Fill the layout's pages with one piece's values.

    The findings are about the person's data (a required field that is empty, a text that
    is longer than the layout allows); what is wrong with the layout is a ConfigError.
    """
    fields, findings = _fields(templates, piece)
    context = _context(templates, piece, fields)
    context["text"] = _words(templates, piece.language, context)
    pages = tuple(
        _page(templates, name, piece.language, context) for name in templates.format.pages
    )
    return Merged(piece=piece.key, language=piece.language, pages=pages), findings


def _page(templates: Templates, name: str, language: str, context: Mapping[str, Any]) -> str:
    """One page as a document of its own, so that equal pages are equal strings."""
    body = _fill(templates, templates.layout.pages[name], context)
    classes = f"page {name} {templates.format.name} lang-{language}"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<body class="{classes}">{body}</body></html>'
    )


def _context(templates: Templates, piece: Piece, fields: Mapping[str, Any]) -> dict[str, Any]:
    owner, sender = piece.owner, templates.sender
    return {
        "lang": piece.language,
        "format": templates.format.name,
        "recipient": _recipient(piece.recipient),
        "greeting": {
            "envelope_name": piece.greeting.envelope_name.text,
            "salutation": piece.greeting.salutation.text,
            "informal": piece.greeting.informal.text,
        },
        "address_lines": list(piece.address_lines),
        "owner": {
            "name": owner.name,
            "role": owner.role,
            "phone": owner.phone,
            "signature": _picture(templates, owner.signature) if owner.signature else "",
        },
        "sender": {
            "company": sender.company,
            "email": sender.email,
            "phone": sender.phone,
            "website": sender.website,
            "address_lines": list(templates.sender_lines),
        },
        "fields": fields,
        "piece": {"number": f"{piece.number:04d}", "mailing": templates.mailing.title},
        "date": format_date(
            templates.mailing.date, "long", locale=_locale(piece, templates.sender)
        ),
    }


def _locale(piece: Piece, sender: Sender) -> Locale:
    """The piece's language as it is written where the sender lives: 1 December in Otley."""
    try:
        return Locale.parse(f"{piece.language}_{sender.address.country}")
    except UnknownLocaleError:
        return Locale.parse(piece.language)


def _recipient(recipient: Recipient) -> dict[str, Any]:
    """Plain values only: no object of ours with methods reaches a template."""
    names = ("salutation", "first_name", "last_name", "suffix", "company", "email", "phone")
    parts = ("line1", "line2", "city", "region", "postcode", "country")
    return {
        **{name: _clean(getattr(recipient, name)) for name in names},
        "name": _clean(recipient.name),
        "address": {part: _clean(getattr(recipient.address, part)) for part in parts},
    }


def _clean(value: str) -> str:
    """NFC, since a font has the composed letter and a CRM may hold the parts."""
    return unicodedata.normalize("NFC", value)


def _fields(templates: Templates, piece: Piece) -> tuple[dict[str, str], tuple[Finding, ...]]:
    values: dict[str, str] = {}
    findings: list[Finding] = []
    for contract in templates.layout.fields.values():
        value = _field_value(templates, contract, piece.recipient)
        values[contract.name] = value
        findings += _check_field(contract, value, piece)
    return values, tuple(findings)


def _field_value(templates: Templates, contract: Field, recipient: Recipient) -> str:
    """The person's own value, else the mailing's.

    An image is only ever taken from the mailing: a customer's data is never a path.
    """
    common = templates.mailing.fields.get(contract.name, "")
    if contract.type == "image":
        return _picture(templates, (templates.workspace / common).resolve()) if common else ""
    wanted = (contract.column or contract.name).casefold()
    own = next((v for k, v in recipient.fields.items() if k.casefold() == wanted), "")
    return _clean(own.strip() or common.strip())


def _picture(templates: Templates, path: Path) -> str:
    return templates.prepared.get(path, path).as_uri()


def _check_field(contract: Field, value: str, piece: Piece) -> Iterator[Finding]:
    where, column = piece.recipient.where, contract.column or contract.name
    if contract.required and not value:
        yield Finding(
            rule="empty-field",
            severity=Severity.ERROR,
            message=f"{contract.name} is empty and the layout needs it",
            where=where,
            hint=f"fill the column {column!r} or set [fields] in the mailing",
        )
    if contract.max_length and contract.type != "image" and len(value) > contract.max_length:
        yield Finding(
            rule="field-too-long",
            severity=Severity.ERROR,
            message=f"{contract.name} has {len(value)} characters, the layout takes "
            f"{contract.max_length}",
            where=where,
            hint=f"shorten it in the column {column!r}",
        )


def _words(templates: Templates, language: str, context: Mapping[str, Any]) -> dict[str, Markup]:
    return {
        # Filled in by the autoescaping environment: every value in it is escaped already.
        word: Markup(_fill(templates, _word_name(language, word), context))  # noqa: S704
        for word in _all_words(templates.layout, templates.mailing, language)
    }


def _all_words(layout: Layout, mailing: Mailing, language: str) -> dict[str, str]:
    """The layout's words, which may hold markup, under the mailing's, which are plain text."""
    own = mailing.text.get(language, {})
    return {
        **layout.words.get(language, {}),
        **{word: _as_text(text) for word, text in own.items()},
    }


def _as_text(text: str) -> str:
    """Escape what is not Jinja: an office writes `<3` and `A & B`, not HTML."""
    parts = _JINJA.split(text)
    return "".join(part if n % 2 else str(escape(part)) for n, part in enumerate(parts))


def _environment(layout: Layout, mailing: Mailing) -> jinja2.Environment:
    words = {
        _word_name(language, word): text
        for language in {*layout.words, *mailing.text}
        for word, text in _all_words(layout, mailing, language).items()
    }
    return open_sandbox(layout.folder, frozenset(layout.pages.values()), words)


def _word_name(language: str, word: str) -> str:
    return f"words/{language}/{word}"


def _fill(templates: Templates, name: str, context: Mapping[str, Any]) -> str:
    with _located(templates.layout, templates.mailing, name):
        return templates.environment.get_template(name).render(context)


class _located:  # noqa: N801  # reads as a verb: `with _located(...)`
    """Turn Jinja's errors into a ConfigError that says file and line."""

    def __init__(self, layout: Layout, mailing: Mailing, name: str) -> None:
        self._layout, self._mailing, self._name = layout, mailing, name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        ours = isinstance(error, MailroomError | MemoryError)
        if isinstance(error, Exception) and not ours:  # whatever a template may stumble over
            raise self._explain(error) from error

    def _explain(self, error: BaseException) -> ConfigError:
        line: int | None = getattr(error, "lineno", None)
        if line is None:
            line = self._line_in_template(error)
        hint = f"a template may use: {', '.join(VARIABLES)}; see layouts/README.md"
        return ConfigError(str(error), where=self._where(line or 1), hint=hint)

    def _where(self, line: int) -> str:
        """The file to open: a word may be the mailing's or the layout's."""
        if not self._name.startswith("words/"):
            return f"{self._layout.name}/{self._name}:{line}"
        _, language, word = self._name.split("/", 2)
        if word in self._mailing.text.get(language, {}):
            return f"mailings/{self._mailing.name}.toml [text.{language}] {word}, line {line}"
        return f"{self._layout.name}/layout.toml [words.{language}] {word}, line {line}"

    def _line_in_template(self, error: BaseException) -> int | None:
        """Jinja rewrites tracebacks so that the template's own lines stand in them."""
        own = {str(self._layout.folder / page) for page in self._layout.pages.values()}
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename in own or frame.filename == "<template>"
        ]
        return lines[-1] if lines else None

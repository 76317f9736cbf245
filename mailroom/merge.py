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
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from markupsafe import Markup, escape

from mailroom.errors import ConfigError, MailroomError
from mailroom.formats import Format
from mailroom.layout import Field, Layout
from mailroom.model import Finding, Mailing, Merged, Owner, Piece, Recipient, Sender, Severity
from mailroom.sandbox import open_sandbox

_JINJA = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)

_MOST = 20_000
"""Characters of a field: no page holds so many, and some would take a renderer hours."""

_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\f\r"} | {0x0B: " "}
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # of characters: no font has that one
_ODD = {**_CONTROLS, **_HALVES}

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


class _Language(NamedTuple):
    """What is the same for all pieces in one language."""

    date: str
    words: dict[str, Markup]
    differ: Mapping[str, jinja2.Template]  #: of these words, those that values are filled into
    pages: tuple[tuple[str, jinja2.Template], ...]  #: each after what makes a document of it


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What a mailing gives for an image field: one for all, or a folder to choose from."""

    common: str = ""  #: URL of the one for all
    folder: str = ""  #: as the mailing names it
    named: Mapping[str, str] = field(default_factory=dict)  #: folded name or stem -> URL

    def of(self, name: str) -> str:
        """URL of the picture that a person gets whose column says `name`; empty: none."""
        return self.named.get(_folded(name), "") if self.folder and name else self.common


@dataclass(frozen=True, kw_only=True)
class Templates:
    """A layout made ready to be merged for one mailing: what is the same for everybody."""

    layout: Layout
    format: Format
    mailing: Mailing
    sender: Sender
    environment: jinja2.Environment
    pictures: Mapping[str, Pictures]  #: by image field
    common: Mapping[str, Any]  #: variables that are the same for all pieces
    prepared: Mapping[Path, Path]  #: what is shown in a picture's place
    languages: dict[str, _Language] = field(default_factory=dict)  #: made as they are met
    owners: dict[Owner, dict[str, str]] = field(default_factory=dict)  #: likewise


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

    `prepared` are the pictures that may be shown, each with the file that is shown in its
    place: where the mailing names a folder for an image field, a person's picture is looked up
    by name among those in it. ConfigError carries the template's file and line.
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
        environment=environment,
        pictures={
            name: _pictures(mailing.fields.get(name, ""), workspace, prepared)
            for name, contract in layout.fields.items()
            if contract.type == "image"
        },
        common={**environment.globals, "format": fmt.name, "sender": _sender(sender, sender_lines)},
        prepared=prepared,
    )


def _pictures(given: str, workspace: Path, prepared: Mapping[Path, Path]) -> Pictures:
    path = (workspace / given).resolve()
    if not given or not path.is_dir():
        return Pictures(common=prepared.get(path, path).as_uri() if given else "")
    inside = [(file, shown.as_uri()) for file, shown in prepared.items() if file.parent == path]
    by_stem = _unambiguous((_folded(file.stem), url) for file, url in inside)
    by_name = _unambiguous((_folded(file.name), url) for file, url in inside)
    return Pictures(folder=given, named=by_stem | by_name)


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    pairs = tuple(pairs)
    times = Counter(name for name, _ in pairs)
    return {name: url for name, url in pairs if times[name] == 1}


def _folded(name: str) -> str:
    """A file system may keep accents apart, and Windows knows no capitals."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def merge(templates: Templates, piece: Piece) -> tuple[Merged, tuple[Finding, ...]]:
    """Fill the layout's pages with one piece's values; what is in their frames is marked.

    The findings are about the person's data (a required field that is empty, a text that is
    longer than the layout allows); what is wrong with the layout is a ConfigError.
    """
    language = templates.languages.get(piece.language)
    if language is None:
        language = templates.languages[piece.language] = _language(templates, piece.language)
    fields, findings = _fields(templates, piece.recipient)
    context = _context(templates, piece, language, fields)
    context["text"] = _words(templates, language, context)
    pages = tuple(
        f"{head}{_fill(templates, template, context)}</body></html>"
        for head, template in language.pages
    )
    return Merged(piece=piece.key, language=piece.language, pages=pages), tuple(findings)


def _language(templates: Templates, language: str) -> _Language:
    layout, mailing, environment = templates.layout, templates.mailing, templates.environment
    words, differ = dict[str, Markup](), dict[str, jinja2.Template]()
    for word, text in _all_words(layout, mailing, language).items():
        template = environment.get_template(_word_name(language, word))
        if "{" in text:
            words[word], differ[word] = Markup(), template
        else:
            words[word] = Markup(template.render())  # noqa: S704  # _all_words() has escaped it
    return _Language(
        date=format_date(mailing.date, "long", locale=_locale(language, templates.sender)),
        words=words,
        differ=differ,
        pages=tuple(
            (_head(page, templates.format, language), environment.get_template(layout.pages[page]))
            for page in templates.format.pages
        ),
    )


def _head(page: str, fmt: Format, language: str) -> str:
    """Each page is a document of its own, so that equal pages are equal strings."""
    classes = f"page {page} {fmt.name} lang-{language}"
    return f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body class="{classes}">'


# --- the values: plain ones only, no object of ours with methods reaches a template ---------


def _context(
    templates: Templates, piece: Piece, language: _Language, fields: Mapping[str, str]
) -> dict[str, Any]:
    greeting = piece.greeting
    return {
        **templates.common,
        "lang": piece.language,
        "recipient": _recipient(piece.recipient),
        "greeting": {
            "envelope_name": _clean(greeting.envelope_name.text),
            "salutation": _clean(greeting.salutation.text),
            "informal": _clean(greeting.informal.text),
        },
        "address_lines": [_clean(line) for line in piece.address_lines],
        "owner": templates.owners.get(piece.owner) or _owner(templates, piece.owner),
        "fields": fields,
        "piece": {"number": f"{piece.number:04d}", "mailing": _clean(templates.mailing.title)},
        "date": language.date,
    }


def _locale(language: str, sender: Sender) -> Locale:
    """The piece's language as it is written where the sender lives: 1 December in Otley."""
    try:
        return Locale.parse(f"{language}_{sender.address.country}")
    except UnknownLocaleError:
        return Locale.parse(language)


def _recipient(recipient: Recipient) -> dict[str, Any]:
    address = recipient.address
    return {
        "salutation": _clean(recipient.salutation),
        "first_name": _clean(recipient.first_name),
        "last_name": _clean(recipient.last_name),
        "suffix": _clean(recipient.suffix),
        "company": _clean(recipient.company),
        "email": _clean(recipient.email),
        "phone": _clean(recipient.phone),
        "name": _clean(recipient.name),
        "address": {
            "line1": _clean(address.line1),
            "line2": _clean(address.line2),
            "city": _clean(address.city),
            "region": _clean(address.region),
            "postcode": _clean(address.postcode),
            "country": _clean(address.country),
        },
    }


def _owner(templates: Templates, owner: Owner) -> dict[str, str]:
    signature = owner.signature and templates.prepared.get(owner.signature, owner.signature)
    values = templates.owners[owner] = {
        "name": _clean(owner.name),
        "role": _clean(owner.role),
        "phone": _clean(owner.phone),
        "signature": signature.as_uri() if signature else "",
    }
    return values


def _sender(sender: Sender, lines: Iterable[str]) -> dict[str, Any]:
    return {
        "company": _clean(sender.company),
        "email": _clean(sender.email),
        "phone": _clean(sender.phone),
        "website": _clean(sender.website),
        "address_lines": [_clean(line) for line in lines],
    }


def _clean(value: str) -> str:
    """NFC, since a font has the composed letter and a CRM may hold the parts; no controls.

    HTML has no place for them (HTML, 13.2.3.5), and two of them mark frames.
    """
    if value.isprintable() and (value.isascii() or unicodedata.is_normalized("NFC", value)):
        return value
    return unicodedata.normalize("NFC", value).translate(_ODD)


def _fields(templates: Templates, recipient: Recipient) -> tuple[dict[str, str], list[Finding]]:
    """The person's own values, else the mailing's.

    An image is only ever one that the mailing gives: a customer's data is never a path, but
    may be the name of one of the files in the mailing's folder.
    """
    values: dict[str, str] = {}
    findings: list[Finding] = []
    headers = tuple(recipient.fields)
    for contract in templates.layout.fields.values():
        name = contract.name
        column = _column(headers, contract.column or name)
        own = "" if column is None else _clean(recipient.fields[column]).strip()
        if contract.type == "image":
            values[name] = templates.pictures[name].of(own)
        else:
            values[name] = own or _clean(templates.mailing.fields.get(name, "")).strip()
        findings += _check_field(templates, contract, own, values[name], recipient.where)
        values[name] = values[name][:_MOST]  # its piece is held
    return values, findings


@lru_cache(maxsize=1024)
def _column(headers: tuple[str, ...], wanted: str) -> str | None:
    """The first of an export's headers that is the one wanted, whatever its capitals."""
    return next((header for header in headers if header.casefold() == wanted.casefold()), None)


def _check_field(
    templates: Templates, contract: Field, own: str, value: str, where: str
) -> Iterator[Finding]:
    name, column = contract.name, contract.column or contract.name
    if contract.type == "image" and not value and own:
        folder = templates.pictures[name].folder
        if folder:
            yield Finding(
                rule="empty-field",
                severity=Severity.ERROR if contract.required else Severity.WARNING,
                message=f"{name} is empty: no picture is called {own!r} in {folder}",
                where=where,
                hint=f"correct the column {column!r}, or put the picture there; its name may be "
                "given without the ending where no other has the same",
            )
            return
    if contract.required and not value:
        yield Finding(
            rule="empty-field",
            severity=Severity.ERROR,
            message=f"{name} is empty and the layout needs it",
            where=where,
            hint=f"fill the column {column!r} or set [fields] in the mailing",
        )
    most = min(contract.max_length or _MOST, _MOST)
    if contract.type != "image" and len(value) > most:
        yield Finding(
            rule="field-too-long",
            severity=Severity.ERROR,
            message=f"{name} has {len(value)} characters, the layout takes {most}",
            where=where,
            hint=f"shorten it in the column {column!r}",
        )


# --- the words ------------------------------------------------------------------------------


def _words(
    templates: Templates, language: _Language, context: dict[str, Any]
) -> Mapping[str, Markup]:
    if not language.differ:
        return language.words
    # Filled in by the autoescaping environment: every value in it is escaped already.
    filled = {
        word: Markup(_fill(templates, template, context))  # noqa: S704
        for word, template in language.differ.items()
    }
    return language.words | filled


def _all_words(layout: Layout, mailing: Mailing, language: str) -> dict[str, str]:
    """The layout's words, which may hold markup, under the mailing's, which are plain text."""
    own = mailing.text.get(language, {})
    words = {
        **layout.words.get(language, {}),
        **{word: _as_text(text) for word, text in own.items()},
    }
    return {word: text.translate(_CONTROLS) for word, text in words.items()}


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


def _fill(templates: Templates, template: jinja2.Template, values: dict[str, Any]) -> str:
    """What Template.render() does, without copying the values for every page and word."""
    environment = templates.environment
    try:
        context = environment.context_class(
            environment,
            values,
            template.name,
            template.blocks,
        )
        return "".join(template.root_render_func(context))
    except Exception:
        with _located(templates.layout, templates.mailing, template.name or ""):
            environment.handle_exception()


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
            return f"{self._mailing.file} [text.{language}] {word}, line {line}"
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

"""What a layout declares against what it uses: read, not rendered.

A render shows only the branches that somebody's data reaches; reading shows them all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import meta, nodes

from mailroom.fonts import Font
from mailroom.layout import Layout
from mailroom.merge import VARIABLES
from mailroom.model import Finding, Severity
from mailroom.sandbox import open_sandbox

_FAMILY = re.compile(r"font-family\s*:\s*([^;}]+)")
_GENERIC = {"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "inherit"}
_TEXT_FILES = {".html", ".css", ".svg"}
_NO_ART = {".md", ".txt", ".toml", ".html", ".css"}


@dataclass(frozen=True, kw_only=True)
class _Use:
    """A template names something."""

    of: str  #: "fields", "text", or "" for a variable of its own
    name: str
    where: str
    optional: bool = False  #: asked for with `is defined`
    language: str = ""  #: a word's own language; empty: a page, so all of them


def check_usage(layout: Layout, fonts: Iterable[Font]) -> tuple[Finding, ...]:
    """Unknown names, fields and words that are missing or never used, fonts, stray files.

    `where` is `NAME/file:line`. The templates must compile (`merge.compile_templates`).
    """
    uses = tuple(_uses(layout))
    return (
        *_unknown_names(layout, uses),
        *_unused_fields(layout, uses),
        *_missing_words(layout, uses),
        *_unused_words(layout, uses),
        *_check_fonts(layout, {font.family for font in fonts}),
        *_unused_files(layout),
    )


# --- who uses what ------------------------------------------------------------------------


def _uses(layout: Layout) -> Iterator[_Use]:
    for page in dict.fromkeys(layout.pages.values()):
        source = (layout.folder / page).read_text(encoding="utf-8")
        yield from _uses_of(layout, source, page)
    for language, words in layout.words.items():
        for word, text in words.items():
            line = toml_line(layout, f"words.{language}", word)
            for use in _uses_of(layout, text, "layout.toml", line):
                yield _Use(of=use.of, name=use.name, where=use.where, language=language)


def _uses_of(layout: Layout, source: str, file: str, line: int = 0) -> Iterator[_Use]:
    tree = open_sandbox(layout.folder, frozenset(), {}).parse(source)
    tested = {id(test.node) for test in tree.find_all(nodes.Test) if test.name == "defined"}
    unbound = meta.find_undeclared_variables(tree) - {"range"}

    def where(node: nodes.Node) -> str:
        return f"{layout.name}/{file}:{line or node.lineno}"

    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name in unbound:
            yield _Use(of="", name=name.name, where=where(name))
    asked_for: list[nodes.Getattr | nodes.Getitem] = [
        *tree.find_all(nodes.Getattr),
        *tree.find_all(nodes.Getitem),
    ]
    for node in asked_for:
        if isinstance(node.node, nodes.Name) and node.node.name in ("fields", "text"):
            optional = id(node) in tested
            of, asked = node.node.name, _attribute(node)
            yield _Use(of=of, name=asked, where=where(node), optional=optional)


def _attribute(node: nodes.Getattr | nodes.Getitem) -> str:
    """The name asked for; `*` where it is only known when the page is filled in."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else "*"


def toml_line(layout: Layout, table: str, key: str = "") -> int:
    """The line of `[table]`, or of `key` in it; 1 where it is written in some other way."""
    text = (layout.folder / "layout.toml").read_text(encoding="utf-8")
    in_table, found = not table, 1
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            in_table = stripped.startswith(f"[{table}]")
            found = number if in_table else found
        elif in_table and key and re.match(rf"{re.escape(key)}\s*=", stripped):
            return number
    return found


# --- what is wrong with that --------------------------------------------------------------


def _finding(rule: str, severity: Severity, message: str, where: str, hint: str = "") -> Finding:
    return Finding(rule=rule, severity=severity, message=message, where=where, hint=hint)


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def _unknown_names(layout: Layout, uses: Iterable[_Use]) -> Iterator[Finding]:
    for use in uses:
        if not use.of and use.name not in VARIABLES:
            hint = _near(use.name, VARIABLES, f"a template may use: {', '.join(VARIABLES)}")
            message = f"{use.name!r} is nothing a template may use"
            yield _finding("unknown-name", Severity.ERROR, message, use.where, hint)
        if use.of == "fields" and use.name not in {*layout.fields, "*"} and not use.optional:
            hint = _near(use.name, layout.fields, f"add [fields.{use.name}] to layout.toml")
            message = f"fields.{use.name} is used but not declared"
            yield _finding("undeclared-field", Severity.ERROR, message, use.where, hint)


def _unused_fields(layout: Layout, uses: Iterable[_Use]) -> Iterator[Finding]:
    used = {use.name for use in uses if use.of == "fields"}
    for name in layout.fields:
        if not used & {name, "*"}:
            where = f"{layout.name}/layout.toml:{toml_line(layout, f'fields.{name}')}"
            message = f"the field {name!r} is declared, and no page shows it"
            hint = f"write {{{{ fields.{name} }}}} on a page, or remove it"
            yield _finding("unused-field", Severity.WARNING, message, where, hint)


def _missing_words(layout: Layout, uses: Iterable[_Use]) -> Iterator[Finding]:
    seen = set()
    for use in uses:
        if use.of != "text" or use.optional or use.name == "*":
            continue
        for language in (use.language,) if use.language else layout.languages:
            if use.name not in layout.words[language] and (use.name, language) not in seen:
                seen.add((use.name, language))
                hint = f"add {use.name} = ... under [words.{language}] in layout.toml"
                message = f"text.{use.name} has no words in {language!r}"
                yield _finding("missing-word", Severity.ERROR, message, use.where, hint)


def _unused_words(layout: Layout, uses: Iterable[_Use]) -> Iterator[Finding]:
    used = {use.name for use in uses if use.of == "text"}
    for language, words in layout.words.items():
        for word in words:
            if not used & {word, "*"}:
                line = toml_line(layout, f"words.{language}", word)
                message = f"the word {word!r} is never used"
                hint = f"write {{{{ text.{word} }}}} on a page, or remove it"
                where = f"{layout.name}/layout.toml:{line}"
                yield _finding("unused-word", Severity.WARNING, message, where, hint)


def _check_fonts(layout: Layout, known: set[str]) -> Iterator[Finding]:
    where = f"{layout.name}/layout.toml:{toml_line(layout, '', 'fonts')}"
    named = tuple(_families(layout))
    families = {family for family, _ in named}
    for family in layout.fonts:
        if family not in families:
            message = f"the font {family!r} is declared, and no style sheet uses it"
            yield _finding("unused-font", Severity.WARNING, message, where, "remove it from fonts")
    for family, place in named:
        if family not in layout.fonts and family not in _GENERIC:
            message = f"the font {family!r} is not declared, so another one is printed"
            hint = f"add it to fonts in layout.toml: {', '.join(sorted(known))}"
            yield _finding("undeclared-font", Severity.ERROR, message, place, hint)


def _families(layout: Layout) -> Iterator[tuple[str, str]]:
    for style in layout.style:
        text = (layout.folder / style).read_text(encoding="utf-8")
        for match in _FAMILY.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            for family in match[1].split(","):
                yield family.strip().strip("'\""), f"{layout.name}/{style}:{line}"


def _unused_files(layout: Layout) -> Iterator[Finding]:
    files = [path for path in sorted(layout.folder.rglob("*")) if path.is_file()]
    mentioned = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in files
        if path.suffix in _TEXT_FILES
    )
    named = [*(field.example for field in layout.fields.values()), *layout.art.values()]
    mentioned += "\n".join(named)
    for path in files:
        if not path.name.startswith(".") and not _is_used(layout, path, mentioned):
            file = path.relative_to(layout.folder).as_posix()
            message = f"{file} is not used by any page"
            where, hint = f"{layout.name}/{file}", "use it or delete it"
            yield _finding("unused-file", Severity.WARNING, message, where, hint)


def _is_used(layout: Layout, path: Path, mentioned: str) -> bool:
    file = path.relative_to(layout.folder).as_posix()
    if path.suffix in {".html", ".css"}:
        return file in {*layout.pages.values(), *layout.style} or path.name in mentioned
    return path.suffix in _NO_ART or path.name in mentioned

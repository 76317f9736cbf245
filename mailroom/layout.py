"""Load `layouts/NAME`: its pages, its field contract, its words, its digest.

A layout is one folder: `layout.toml`, one HTML template a page, a style sheet, art.
`layouts/README.md` is the designer's manual of it.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError
from mailroom.formats import FORMATS, format_named
from mailroom.inks import Spot, read_spots

FIELD_TYPES = ("line", "text", "image")

_FIELD_KEYS: Mapping[str, type] = {
    "type": str,
    "required": bool,
    "max_length": int,
    "example": str,
    "help": str,
    "column": str,
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a layout asks to be told about a person."""

    name: str
    type: str = "line"
    required: bool = False
    max_length: int = 0  #: characters; 0: as many as fit the frame
    example: str = ""
    help: str = ""
    column: str = ""  #: column of the export it is read from


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One design."""

    name: str
    title: str
    summary: str
    folder: Path
    formats: tuple[str, ...]
    pages: Mapping[str, str]  #: page name of the format -> template file
    style: tuple[str, ...]
    fonts: tuple[str, ...]  #: families of fonts/fonts.toml
    fields: Mapping[str, Field]
    words: Mapping[str, Mapping[str, str]]  #: language -> word -> text
    digest: str  #: over every file of the folder
    art: Mapping[str, str] = field(default_factory=dict)
    """Page, or format/page -> a finished PDF or SVG beneath it; `art.pdf#2` is its second page."""
    spots: tuple[Spot, ...] = ()  #: plates beside cyan, magenta, yellow and black

    def art_of(self, format_name: str, page: str) -> tuple[str, int]:
        """File and number of the page that is drawn beneath a page; empty: none is."""
        named = self.art.get(f"{format_name}/{page}") or self.art.get(page, "")
        file, _, number = named.partition("#")
        return file, int(number or 1)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.words)


def find_layouts(folders: Iterable[Path]) -> dict[str, Path]:
    """Every layout's folder by name; a folder named earlier hides one named later."""
    found: dict[str, Path] = {}
    for folder in folders:
        for manifest in sorted(folder.glob("*/layout.toml")):
            found.setdefault(manifest.parent.name, manifest.parent)
    return found


def load_layout(name: str, folders: Iterable[Path], where: str = "") -> Layout:
    """The layout of that name from the first folder that has it.

    ConfigError names the file and what is wrong with it; `where` is the one that wants it.
    """
    found = find_layouts(folders)
    if name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else "`mailroom layout list` shows what there is"
        )
        raise ConfigError(f"there is no layout {name!r}", where=where, hint=hint)
    return read_layout(found[name])


def read_layout(folder: Path) -> Layout:
    """The layout in `folder`."""
    folder = folder.resolve()
    manifest = folder / "layout.toml"
    where = f"{folder.name}/layout.toml"
    try:
        data = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "it is TOML: texts stand in quotes, lists in [ ]"
        raise ConfigError(f"not readable: {error}", where=where, hint=hint) from None
    except OSError as error:
        raise ConfigError(f"not readable: {error.strerror}", where=where) from None
    layout = _layout(folder, data, where)
    _check_formats(layout, where)
    _check_files(layout, where)
    return layout


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())


def _is_words(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_table, value.values()))


_KEYS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "title": (_is_text, 'a text, such as "Winter window"'),
    "summary": (_is_text, "a text"),
    "formats": (_is_list, 'a list of texts, such as ["card-5x7"]'),
    "pages": (_is_table, 'a table such as front = "front.html"'),
    "style": (_is_list, 'a list of texts, such as ["style.css"]'),
    "fonts": (_is_list, 'a list of texts, such as ["Alegreya"]'),
    "fields": (_is_tables, "tables, such as [fields.note]"),
    "words": (_is_words, "tables of texts, such as [words.en]"),
    "art": (_is_table, 'a table such as front = "front.pdf"'),
    "spots": (_is_tables, "tables, such as [spots.gold]"),
}


def _check_shape(data: dict[str, Any], where: str) -> None:
    for key, value in data.items():
        if key not in _KEYS:
            hint = f"a layout has: {', '.join(_KEYS)}"
            raise ConfigError(f"{key!r} is not known", where=where, hint=hint)
        fits, shape = _KEYS[key]
        if not fits(value):
            raise ConfigError(f"{key} must be {shape}", where=where)


def _layout(folder: Path, data: dict[str, Any], where: str) -> Layout:
    _check_shape(data, where)
    try:
        return Layout(
            name=folder.name,
            title=data["title"],
            summary=data.get("summary", ""),
            folder=folder,
            formats=tuple(data["formats"]),
            pages=dict(data["pages"]),
            style=tuple(data.get("style", ["style.css"])),
            fonts=tuple(data["fonts"]),
            fields={
                name: _field(name, contract, where)
                for name, contract in data.get("fields", {}).items()
            },
            words=data.get("words", {}),
            digest=folder_digest(folder),
            art=data.get("art", {}),
            spots=read_spots(data.get("spots", {}), where),
        )
    except KeyError as error:
        raise ConfigError(f"{error.args[0]!r} is missing", where=where) from None


def _field(name: str, contract: dict[str, Any], where: str) -> Field:
    wrong = [k for k, v in contract.items() if type(v) is not _FIELD_KEYS.get(k)]
    if wrong or contract.get("type", "line") not in FIELD_TYPES:
        problem = f"{wrong[0]!r} is not known or not of its kind" if wrong else "has no such type"
        keys = ", ".join(f"{key} ({kind.__name__})" for key, kind in _FIELD_KEYS.items())
        hint = f"a field has: {keys}; type is one of {', '.join(FIELD_TYPES)}"
        raise ConfigError(f"[fields.{name}] {problem}", where=where, hint=hint)
    return Field(**contract, name=name)


def _check_formats(layout: Layout, where: str) -> None:
    for name in layout.formats:
        pages = format_named(name, where).pages
        missing = [page for page in pages if page not in layout.pages]
        if missing:
            hint = "name a template for each under [pages]"
            raise ConfigError(f"{name} needs the pages {missing}", where=where, hint=hint)
    if not layout.formats:
        raise ConfigError("no format is named", where=where, hint="`mailroom formats` lists them")


def _check_files(layout: Layout, where: str) -> None:
    _check_art(layout, where)
    art = [name.partition("#")[0] for name in layout.art.values()]
    for file in (*layout.pages.values(), *layout.style, *art):
        path = (layout.folder / file).resolve()
        if not path.is_relative_to(layout.folder):
            raise ConfigError(f"{file} lies outside the layout's folder", where=where)
        if not path.is_file():
            raise ConfigError(f"there is no file {file!r}", where=where, hint="correct its name")


def _check_art(layout: Layout, where: str) -> None:
    pages = {page for name in layout.formats for page in FORMATS[name].pages}
    known = {*pages, *(f"{name}/{page}" for name in layout.formats for page in FORMATS[name].pages)}
    for page, named in layout.art.items():
        if page not in known:
            hint = f"a page, or a format and a page: {', '.join(sorted(known))}"
            raise ConfigError(f"[art] there is no page {page!r}", where=where, hint=hint)
        file, _, number = named.partition("#")
        if Path(file).suffix.lower() not in (".pdf", ".svg") or (number and not number.isdecimal()):
            hint = '"front.pdf", "art.pdf#2" for its second page, or "front.svg"'
            raise ConfigError(f"[art] {named!r} is no PDF or SVG", where=where, hint=hint)


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not _is_scratch(p)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def _is_scratch(path: Path) -> bool:
    """Editors' swap and backup files are not part of a design."""
    return path.name.startswith((".", "#")) or path.name.endswith("~")

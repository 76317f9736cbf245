"""The only fonts we embed: `fonts/fonts.toml` read, its files checked, their glyphs known."""

from __future__ import annotations

import hashlib
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Font:
    """One file of a family."""

    family: str
    path: Path
    weight: int
    style: str  #: "normal" or "italic"
    role: str  #: "text", "hand" or "display"
    sha256: str


def load_fonts(folder: Path) -> tuple[Font, ...]:
    """The fonts of `folder/fonts.toml`, in its order.

    ConfigError where the manifest is missing, a file is missing or is not the one that
    the manifest's sha256 names: a changed font would change approved pages.
    """
    manifest = folder / "fonts.toml"
    try:
        entries = tomllib.loads(manifest.read_text(encoding="utf-8"))["font"]
        return tuple(_font(folder.resolve(), manifest, entry) for entry in entries)
    except FileNotFoundError:
        raise ConfigError(
            "there is no font manifest", where=str(manifest), hint="restore fonts/ from the project"
        ) from None
    except (ValueError, TypeError, KeyError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise ConfigError(f"not a font manifest: {error}", where=str(manifest)) from None


def _font(folder: Path, manifest: Path, entry: dict[str, Any]) -> Font:
    try:
        path = folder / entry["file"]
        font = Font(
            family=entry["family"],
            path=path,
            weight=int(entry["weight"]),
            style=entry["style"],
            role=entry["role"],
            sha256=entry["sha256"],
        )
    except KeyError as error:
        raise ConfigError(f"a [[font]] has no {error}", where=str(manifest)) from None
    if not path.is_file():
        hint = "restore the file from the project, or remove its [[font]] entry"
        raise ConfigError(
            f"the font file {entry['file']} is missing", where=str(manifest), hint=hint
        )
    if _sha256(path, path.stat().st_mtime_ns) != font.sha256:
        hint = f"restore it, or write its new sha256 into {manifest.name}"
        raise ConfigError(f"{entry['file']} is not the file it was", where=str(manifest), hint=hint)
    return font


def fonts_of(fonts: Iterable[Font], families: Iterable[str], where: str) -> tuple[Font, ...]:
    """The files of these families; ConfigError names a family that is not in the manifest."""
    fonts, families = tuple(fonts), tuple(families)
    known = dict.fromkeys(font.family for font in fonts)
    for family in families:
        if family not in known:
            hint = f"use one of: {', '.join(known)}; or add it to fonts/fonts.toml"
            raise ConfigError(f"there is no font {family!r}", where=where, hint=hint)
    return tuple(font for font in fonts if font.family in families)


@lru_cache(maxsize=64)
def _sha256(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=64)
def coverage(path: Path) -> frozenset[int]:
    """The code points a font file has glyphs for."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def missing_glyphs(text: str, fonts: Iterable[Font]) -> str:
    """The characters of `text` that none of `fonts` can draw, each once, in order.

    The renderer prints such a character as nothing at all and text extraction still finds
    it (facts of WeasyPrint 70), so it is looked for before anything is drawn.
    """
    known = _joint_coverage(tuple(font.path for font in fonts))
    chars = dict.fromkeys(unicodedata.normalize("NFC", text))
    return "".join(c for c in chars if ord(c) not in known and not _is_invisible(c))


@lru_cache(maxsize=64)
def _joint_coverage(paths: tuple[Path, ...]) -> frozenset[int]:
    return frozenset().union(*(coverage(path) for path in paths))


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}


def font_face_css(fonts: Iterable[Font]) -> str:
    """One `@font-face` rule a file, for the renderer."""
    return "\n".join(
        f'@font-face {{ font-family: "{font.family}"; src: url("{font.path.as_uri()}"); '
        f"font-weight: {font.weight}; font-style: {font.style}; }}"
        for font in fonts
    )

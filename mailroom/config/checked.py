"""A TOML file -> its values, each checked by the table of keys that may stand in it."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from mailroom.config.keys import SETTINGS, Numbers, Setting
from mailroom.errors import ConfigError
from mailroom.providers import settings as providers

_SECRET = re.compile(r"password|secret|token|(^|_)key$", re.IGNORECASE)

_WANTED: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number from 0",
    list: 'a list of texts, like ["one", "two"]',
    Numbers: "a list of whole numbers, like [1, 5, 10]",
    bool: "true or false",
    dt.date: "a date, like 2026-12-01",
}


def read_checked(path: Path, settings: Sequence[Setting]) -> dict[str, Any]:
    """The values of a file; ConfigError names file and key, and what is nearly called so."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = f"check its rights: ls -l {path}"
        raise ConfigError(f"not readable: {error.strerror}", where=str(path), hint=hint) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "it is TOML: texts stand in quotes, lists in [ ]"
        raise ConfigError(f"not readable: {error}", where=str(path), hint=hint) from None
    for key, value in _flat(values):
        _check(path, key, value, settings)
    for setting in settings:
        if setting.required and "*" not in setting.key and _look_up(values, setting.key) is None:
            hint = f"{setting.key}: {setting.help}"
            raise ConfigError(f"{setting.key} is missing", where=path.name, hint=hint)
    return values


def _flat(values: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, (*prefix, key))
        else:
            yield "\0".join((*prefix, key)), value


def _check(path: Path, key: str, value: Any, settings: Sequence[Setting]) -> None:
    parts = key.split("\0")
    name = ".".join(parts)
    for setting in settings:
        if _matches(setting.key.split("."), parts):
            if not _fits(value, setting.type):
                hint = f"{setting.key}: {setting.help}"
                wanted = _WANTED[setting.type]
                raise ConfigError(f"{name} must be {wanted}", where=path.name, hint=hint)
            return
    if _is_a_guests(parts):
        return
    if parts[0] == "providers" and parts[-1] in providers.MOVED:
        hint = "prices stand in rates.toml now: docs/money.md tells how"
        raise ConfigError(f"{name} is not a setting", where=path.name, hint=hint)
    near = difflib.get_close_matches(name, [s.key for s in settings], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists every key"
    raise ConfigError(f"{name} is not a setting", where=path.name, hint=hint)


def _is_a_guests(parts: list[str]) -> bool:
    """Keys of a provider from another package are its own to check, but for secrets."""
    guests = {entry.name for entry in entry_points(group="mailroom.providers")}
    if _SECRET.search(parts[-1]):
        return False
    if parts[0] == "options":
        return bool(guests)
    return parts[0] == "providers" and len(parts) >= 3 and parts[1] in guests


def _fits(value: Any, kind: type) -> bool:
    if kind is Numbers:
        return type(value) is list and all(_fits(item, int) for item in value)
    if type(value) is not kind:  # exactly: true is no number, a time of day no date
        return False
    match value:
        case list():
            return all(_fits(item, str) for item in value)
        case str():
            return "\0" not in value  # it may become a path
        case int():
            return value >= 0
    return True


def _matches(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(
        wanted in ("*", part) for wanted, part in zip(pattern, parts, strict=True)
    )


def _look_up(values: Mapping[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def value_of(values: Mapping[str, Any], key: str) -> Any:
    """What `mailroom.toml` says under a dotted key, else the default of SETTINGS."""
    found = _look_up(values, key)
    return next(s.default for s in SETTINGS if s.key == key) if found is None else found

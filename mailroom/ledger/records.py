"""The frozen nouns as JSON and back, so that a row holds exactly what was frozen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """A value of our nouns as plain JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Path | Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def from_json(kind: type[T], value: Any) -> T:
    """The noun of type `kind` that `to_json` made this of; unknown keys are left alone."""
    return typing.cast("T", _read(kind, value))


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType or origin is typing.Union:
        inner = next(a for a in arguments if a is not type(None))
        return None if value is None else _read(inner, value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_read(arguments[0], item) for item in value)
        return tuple(_read(a, item) for a, item in zip(arguments, value, strict=True))
    if origin is not None and isinstance(value, dict):
        return {key: _read(arguments[1], item) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return _read_noun(kind, value)
    return _read_plain(kind, value)


def _read_noun(kind: Any, value: dict[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{k: _read(hints[k], v) for k, v in value.items() if k in hints})


@functools.lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read_plain(kind: Any, value: Any) -> Any:
    if kind is dt.datetime or kind is dt.date:
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum | Path | Decimal):
        return kind(value)
    return value

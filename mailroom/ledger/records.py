"""The frozen nouns as JSON and back, so that a row holds exactly what was frozen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import sys
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """A value of our nouns as plain JSON types."""
    kind = type(value)
    if kind in _PLAIN:  # nearly everything of a million people is a text
        return value
    if names := _fields(typing.cast("typing.Hashable", kind)):
        return {name: to_json(getattr(value, name)) for name in names}
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


_PLAIN = frozenset({str, int, float, bool, type(None)})


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    """The names of a noun's fields; none of any other type."""
    is_noun = dataclasses.is_dataclass(kind)
    return tuple(field.name for field in dataclasses.fields(kind)) if is_noun else ()


def from_json(kind: type[T], value: Any) -> T:
    """The noun of type `kind` that `to_json` made this of; unknown keys are left alone."""
    return typing.cast("T", _reader(typing.cast("typing.Hashable", kind))(value))


Read = Callable[[Any], Any]


@functools.cache
def _reader(kind: Any) -> Read:
    """What reads values of that type; made once, for a ledger is read a hundred thousand times."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType or origin is typing.Union:
        inner = _reader(next(a for a in arguments if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is not None and len(arguments) == 2:
        return _mapping_reader(_reader(arguments[1]))
    return _noun_reader(kind) if dataclasses.is_dataclass(kind) else _plain_reader(kind)


def _tuple_reader(arguments: tuple[Any, ...]) -> Read:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        one = _reader(arguments[0])
        return lambda value: tuple(map(one, value))
    each = [_reader(argument) for argument in arguments]
    return lambda value: tuple(read(item) for read, item in zip(each, value, strict=True))


def _mapping_reader(one: Read) -> Read:
    """The headers of an export are the same for all its people, and are kept once."""

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {sys.intern(key): one(item) for key, item in value.items()}

    return read


def _noun_reader(kind: Any) -> Read:
    readers = {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}

    def read(value: dict[str, Any]) -> Any:
        return kind(**{k: readers[k](v) for k, v in value.items() if k in readers})

    return read


def _plain_reader(kind: Any) -> Read:
    if kind is dt.datetime or kind is dt.date:
        return lambda value: kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum | Path | Decimal):
        return kind
    return lambda value: value

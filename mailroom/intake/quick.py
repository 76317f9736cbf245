"""Frozen nouns by the hundred thousand."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

_new, _set = object.__new__, object.__setattr__


def quick(kind: type[T], values: dict[str, object]) -> T:
    """A frozen dataclass of all its fields, in a tenth of the time its own constructor takes.

    That one sets field by field past its own lock; nothing else is left out, as none of our
    nouns has a `__post_init__`. Every field must be given: no default is filled in. The noun
    keeps `values`, so nobody else may.
    """
    noun = _new(kind)
    _set(noun, "__dict__", values)
    return noun

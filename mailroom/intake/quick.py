"""Frozen nouns by the hundred thousand."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def quick(kind: type[T], **values: Any) -> T:
    """A frozen dataclass of all its fields, in a tenth of the time its own constructor takes.

    That one sets field by field past its own lock; nothing else is left out, as none of our
    nouns has a `__post_init__`. Every field must be given: no default is filled in.
    """
    noun = object.__new__(kind)
    noun.__dict__.update(values)
    return noun

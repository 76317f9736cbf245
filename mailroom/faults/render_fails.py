"""Accepted with 200, and afterwards it cannot be rendered: nothing is ever mailed."""

from collections.abc import Mapping
from typing import Any


def rendering(order: Mapping[str, Any]) -> str | None:
    """The reason that Lob gives in `failure_reason`."""
    return "The file could not be rendered"

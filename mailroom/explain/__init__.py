"""`mailroom why`: everything that is known of somebody, in, out, gone or never readable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mailroom.errors import UsageError
from mailroom.explain.mailings import in_mailings
from mailroom.explain.person import about, about_line
from mailroom.model import Recipient
from mailroom.pipeline.who import find_people
from mailroom.workspace import Workspace

__all__ = ["explain", "find_people", "why"]


def explain(ws: Workspace, who: str, mailings: Iterable[str]) -> list[dict[str, Any]]:
    """What `why --json` prints of everybody who is meant; UsageError where nobody is.

    A row that could not be read is meant by its place: `contacts.csv:14`.
    """
    names = tuple(mailings)
    try:
        found = find_people(ws, who)
    except UsageError:
        if line := about_line(ws, who):
            return [line]
        raise
    return [why(ws, person, names) for person in found]


def why(ws: Workspace, person: Recipient, mailings: Iterable[str]) -> dict[str, Any]:
    """Everything that is known of one record."""
    return {**about(ws, person), "mailings": in_mailings(ws, person, mailings)}

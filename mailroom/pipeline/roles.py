"""What a source's files are for: people to write to, or whom not to write to.

What the file does not tell for sure a person says once, and it is kept for the source.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from mailroom import exports
from mailroom.errors import Refused
from mailroom.exports import Export
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.model import Decision
from mailroom.workspace import Workspace

_SUBJECT = "role"


class Unclear(Refused):
    """The file may be a list of whom not to write to, and nobody has said yet."""

    def __init__(self, source: str, export: Export, paths: Iterable[Path] = ()) -> None:
        named = (str(path) for path in paths if path.name == export.file)
        file = shlex.quote(next(named, export.file))
        typed = f"mailroom intake {file} --source {source} --as"
        super().__init__(
            f"by {export.doubt} it may be a list of whom not to write to; nothing was taken in",
            where=export.file,
            hint=f"if nobody in it is to get mail, type `{typed} {exports.SUPPRESSION}`; "
            f"if they are people to write to, `{typed} {exports.PEOPLE}`",
        )
        self.source, self.export = source, export


def settle_role(ws: Workspace, source: str, export: Export) -> Export:
    """The export in the role that counts for its source; Unclear where a person has to say."""
    said = decisions_of(ws.ledger, source).get(_SUBJECT)
    if said:
        return export.used_as(said.answer)
    if export.doubt:
        raise Unclear(source, export)
    return export


def keep_role(ws: Workspace, source: str, role: str, by: str = "") -> None:
    """Remember what the files of a source are."""
    said = Decision(subject=_SUBJECT, answer=role, by=by, at=ws.now(), source=source)
    decide(ws.ledger, [said])

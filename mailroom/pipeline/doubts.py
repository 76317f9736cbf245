"""What is still to be decided about the names on pieces that are ready: told, it holds nothing."""

from __future__ import annotations

from collections.abc import Iterable

from mailroom.intake.repairs import OF_NAMES, question_of
from mailroom.model import Piece
from mailroom.workspace import Workspace


def tell_open_names(ws: Workspace, pieces: Iterable[Piece]) -> None:
    """How many of these pieces, none of them held, carry a name that somebody is asked about."""
    found = [sources for piece in pieces if (sources := _asked(piece))]
    if not found:
        return
    commands = [f"`mailroom decide {source}`" for source in dict.fromkeys(sum(found, ()))]
    what = "1 piece carries a name with an open question, printed as it is"
    if len(found) > 1:
        what = f"{len(found)} pieces carry names with open questions, printed as they are"
    ws.tell(f"{what}: {', '.join(commands)}")


def _asked(piece: Piece) -> tuple[str, ...]:
    """The sources whose people have to answer for the names of a piece."""
    return tuple(
        dict.fromkeys(
            person.source
            for person in piece.household.members
            if any(question_of(finding) in OF_NAMES for finding in person.findings)
        )
    )

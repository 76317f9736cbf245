"""returns: the pieces that the post has brought back, and what to correct in the CRM."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.ledger.told import told_of
from mailroom.model import News, Planned, Status
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Return:
    """A piece that came back; `--json` prints it."""

    mailing: str
    piece: int
    recipient: str
    key: str  #: of the person in the CRM
    source: str  #: file and line of the export
    address: tuple[str, ...]  #: as it was on the piece
    at: str  #: when it came back, as the provider says
    word: str  #: the provider's own
    ref: str
    hint: str


def returns(ws: Workspace, name: str) -> tuple[Return, ...]:
    """Every returned piece of a mailing, by its number."""
    back = [item for item in ws.ledger.pieces(name) if item.status is Status.RETURNED]
    if not back:
        return ()
    told = told_of(ws.ledger, name)
    return tuple(_returned(name, item, told.get(item.provider_ref, ())) for item in back)


def _returned(name: str, item: Planned, told: Iterable[News]) -> Return:
    last = next((news for news in told if news.status is Status.RETURNED), None)
    person = item.piece.recipient
    return Return(
        mailing=name,
        piece=item.piece.number,
        recipient=person.name_or_key,
        key=person.key,
        source=person.where,
        address=item.piece.address_lines,
        at=last.at if last else "",
        word=last.word if last else "",
        ref=item.provider_ref,
        hint=f"correct the address of {person.key} in the CRM, or mark it as not to be mailed",
    )

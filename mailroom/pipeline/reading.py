"""The people of one export as its columns are mapped, and how many another mapping would keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from mailroom import exports, intake
from mailroom.exports import Export
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.snapshots import newest_snapshots
from mailroom.model import Decision, Finding, Recipient
from mailroom.pipeline.shelf import Kept
from mailroom.reasons import why_not
from mailroom.workspace import Workspace

#: The kind of export that `mailroom people -o` writes.
OURS = "mailroom-people"
#: Rows that are read to tell what a mapping would do.
MOST_TRIED = 20_000


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """How many can be mailed of a file that waits, against those of the one that was read last."""

    can: int
    of: int
    can_now: int
    of_now: int

    @property
    def is_worse(self) -> bool:
        """Is it a smaller part of the people, by more than one in twenty?"""
        return self.can * self.of_now < 0.95 * self.can_now * self.of


def read_people(
    ws: Workspace,
    source: str,
    copy: Kept,
    export: Export,
    content: intake.Content,
    most: int | None = None,
) -> Iterator[Recipient | Finding]:
    """Everybody of a file, as they come, with what is no person; `most` rows of it, or all."""
    rows = islice(exports.rows_of(copy.path, export), most)
    return intake.read(
        islice(exports.rows_of(copy.path, export), most),
        file=copy.name,
        source=source,
        columns=export.columns,
        survey=intake.survey(rows, export.columns),
        decisions={**_settled(export), **decisions_of(ws.ledger, source)},
        country=country_of(ws, source),
        reason=export.reason,
        content=content,
    )


def _settled(export: Export) -> Mapping[str, Decision]:
    """What is not asked again of mailroom's own list: its partners were said to be ones."""
    if export.kind != OURS:
        return {}
    subject = "repair:partner"
    return {subject: Decision(subject=subject, answer="take", by="mailroom", at="")}


def country_of(ws: Workspace, source: str) -> str:
    """Of the source's addresses without one."""
    known = ws.settings.sources.get(source)
    return (known.country if known else "") or ws.settings.sender.address.country


def words(ws: Workspace) -> intake.Content:
    """The words that must not be printed, those of the workspace's own content.toml too."""
    return intake.load_content(ws.settings.folder / "content.toml")


def forecast(ws: Workspace, source: str, copy: Kept, export: Export) -> Forecast:
    """What would come of the file, by its first MOST_TRIED rows."""
    read = read_people(ws, source, copy, export, words(ws), MOST_TRIED)
    reasons = [bool(why_not(item)) for item in read if isinstance(item, Recipient)]
    last = newest_snapshots(ws.ledger).get(source)
    told = last.report if last else {}
    return Forecast(
        can=reasons.count(False),
        of=len(reasons),
        can_now=told.get("mailable", 0),
        of_now=told.get("recipients", 0),
    )

"""people -o: the clean list, everybody once who can be mailed, and who cannot with the reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from mailroom import audience
from mailroom.address import VOUCHABLE
from mailroom.files import WholeFile
from mailroom.intake.cells import is_formula
from mailroom.ledger import postal
from mailroom.ledger.people import gone_people, people_of
from mailroom.model import Address, LeftOut, Recipient, Severity
from mailroom.pipeline.holds import known_reasons
from mailroom.reasons import in_words
from mailroom.workspace import Workspace

#: Header -> what is written below it; `exports/mailroom.toml` reads it back.
_COLUMNS = (
    "salutation",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "company",
    "email",
    "phone",
    "language",
    "owner",
)
_ADDRESS = {"line1": "address line 1", "line2": "address line 2"}
#: Of `Recipient.fields`, what mailroom itself reads.
_FIELDS = (
    "nickname",
    "department",
    "formality",
    "postal_greeting",
    "addressee",
    "note",
    "tag",
    "stage",
    "stage_since",
    "customer_since",
    "birthday",
    "anniversary",
)


@dataclass(frozen=True, kw_only=True)
class CleanList:
    """Everybody who was asked for is in exactly one of the two."""

    people: tuple[Recipient, ...]
    left_out: tuple[LeftOut, ...]

    def write(self, target: Path, *, left_out: bool = False) -> None:
        """A CSV in UTF-8 with a byte order mark, whole or not at all."""
        people = [one.recipient for one in self.left_out] if left_out else list(self.people)
        reasons = [one.reason for one in self.left_out] if left_out else None
        with WholeFile(target) as file:
            file.write(b"\xef\xbb\xbf")
            for line in _lines(people, reasons):
                file.write(line.encode("utf-8", "surrogatepass"))
            file.commit()


def clean_list(ws: Workspace, where: str = "") -> CleanList:
    """Who of the latest exports can be mailed today, each person once; and who cannot, and why."""
    chosen = audience.choose(
        people_of(ws.ledger),
        where=where,
        gone=gone_people(ws.ledger),
        one_per_household=False,
        known=known_reasons(ws),
    )
    vouched = postal.overrides(ws.ledger, "live")
    people, left_out = [], [x for x in chosen.left_out if not x.reason.startswith("not selected")]
    for person in (member for home in chosen.households for member in home.members):
        sure = bool(vouched) and postal.address_key(person.address) in vouched
        errors = dict.fromkeys(
            finding.rule
            for finding in person.findings
            if finding.severity is Severity.ERROR and not (sure and finding.rule in VOUCHABLE)
        )
        if errors:
            left_out.append(LeftOut(recipient=person, reason=", ".join(map(in_words, errors))))
        else:
            people.append(person)
    return CleanList(people=tuple(people), left_out=tuple(left_out))


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: with an apostrophe before it.

    What begins with an apostrophe, and would be read back without it, gets one more.
    """
    return f"'{text}" if is_formula(text) else text


def _lines(people: Sequence[Recipient], reasons: Sequence[str] | None) -> Iterator[str]:
    extra = [name for name in _FIELDS if any(name in person.fields for person in people)]
    parts = [part.name for part in fields(Address)]
    header = ["mailroom key", "source", *(name.replace("_", " ") for name in _COLUMNS)]
    header += [_ADDRESS.get(part, part) for part in parts]
    header += [name.replace("_", " ") for name in extra] + ["row"]
    if reasons is not None:
        header.append("left out because")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for place, person in enumerate(people):
        cells = [person.key, person.source, *(getattr(person, name) for name in _COLUMNS)]
        cells += [getattr(person.address, part) for part in parts]
        cells += [person.fields.get(name, "") for name in extra] + [person.where]
        if reasons is not None:
            cells.append(reasons[place])
        writer.writerow(map(safe_cell, cells))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()

"""people -o: the clean list, everybody once who can be mailed, and who cannot with the reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from mailroom import audience
from mailroom.address import VOUCHABLE
from mailroom.errors import Refused, UsageError
from mailroom.files import WholeFile, resolved, sha256
from mailroom.intake.cells import is_formula
from mailroom.ledger import postal
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.people import gone_people, people_of
from mailroom.ledger.snapshots import newest_snapshots
from mailroom.model import Address, LeftOut, Name, Recipient, Severity
from mailroom.pipeline.holds import known_reasons
from mailroom.pipeline.matches import matches_of
from mailroom.reasons import in_words
from mailroom.workspace import Workspace

#: How every list begins that is written here.
OURS = b"\xef\xbb\xbfmailroom key,"
#: Records up to which everybody is counted once at the end of an intake: ten seconds of work.
MOST_COUNTED = 25_000
#: People of one row, beside the first, that have columns; a letter has no room for more.
MOST_PARTNERS = 3
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
    return _clean_list(ws, people_of(ws.ledger), where)


def _clean_list(ws: Workspace, there: Sequence[Recipient], where: str) -> CleanList:
    decisions = decisions_of(ws.ledger, "")
    chosen = audience.choose(
        there,
        where=where,
        gone=gone_people(ws.ledger),
        one_per_household=False,
        known=known_reasons(ws),
        decisions=decisions,
        matches=matches_of(ws, decisions),
    )
    vouched = postal.vouched(ws.ledger, "live")
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


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A record that is there, and why it cannot be mailed; empty: it can."""

    recipient: Recipient
    reason: str


def people(ws: Workspace, where: str = "") -> tuple[Listed, ...]:
    """All records of the people the filter lets in, in the exports' order, as `clean_list` says."""
    there = people_of(ws.ledger)
    listed = _clean_list(ws, there, where)
    reasons = {one.recipient.key: one.reason for one in listed.left_out}
    reasons |= dict.fromkeys((person.key for person in listed.people), "")
    return tuple(
        Listed(recipient=person, reason=reasons[person.key])
        for person in there
        if person.key in reasons
    )


def list_path(ws: Workspace, target: Path, *, overwrite: bool = False) -> Path:
    """The full path at which a list may be written; a relative one is from where the user stands.

    UsageError where a folder or a device is, Refused where a file is that is no earlier list, or
    that was read as an export, unless it is to be overwritten.
    """
    path = target.absolute()
    if path.is_symlink() or (path.exists() and not path.is_file()):
        hint = "name a new file, such as clean.csv"
        raise UsageError("there is something that is no ordinary file", where=str(path), hint=hint)
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent), hint="make it first")
    if overwrite or not path.exists():
        return path
    own = {resolved(file) for source in ws.settings.sources.values() for file in source.files}
    read = {one for last in newest_snapshots(ws.ledger).values() for one in last.files.values()}
    if resolved(path) in own or sha256(path) in read:
        raise _there("this is an export that mailroom reads", path)
    if not is_ours(path):
        raise _there("there is a file that is no list of mailroom's", path)
    return path


def _there(what: str, path: Path) -> Refused:
    hint = "choose another name, or add --overwrite"
    return Refused(f"{what}; it is left as it is", where=str(path), hint=hint)


def is_ours(path: Path) -> bool:
    """A list that was written here: as an export it would keep whom the exports have no more."""
    try:
        with path.open("rb") as file:
            return file.read(len(OURS)) == OURS
    except OSError:
        return False


def count_all(ws: Workspace) -> tuple[int, int] | None:
    """How many people `clean_list` has, and how many it leaves out; None where that takes long."""
    read = newest_snapshots(ws.ledger).values()
    there = sum(snapshot.report.get("recipients", 0) for snapshot in read)
    if there > MOST_COUNTED:
        return None
    listed = clean_list(ws)
    return len(listed.people), len(listed.left_out)


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: with an apostrophe before it.

    What begins with an apostrophe, and would be read back without it, gets one more.
    """
    return f"'{text}" if is_formula(text) else text


def _partner_columns(place: int) -> list[str]:
    """The headers of a partner's name: `partner first name`, `partner 2 first name`."""
    who = f"partner {place + 1}" if place else "partner"
    return [f"{who} {part.name.replace('_', ' ')}" for part in fields(Name)]


def _lines(people: Sequence[Recipient], reasons: Sequence[str] | None) -> Iterator[str]:
    extra = [name for name in _FIELDS if any(name in person.fields for person in people)]
    parts = [part.name for part in fields(Address)]
    header = ["mailroom key", "source", *(name.replace("_", " ") for name in _COLUMNS)]
    header += [_ADDRESS.get(part, part) for part in parts]
    partners = min(MOST_PARTNERS, max((len(person.partners) for person in people), default=0))
    header += [column for place in range(partners) for column in _partner_columns(place)]
    header += [name.replace("_", " ") for name in extra] + ["row"]
    if reasons is not None:
        header.append("left out because")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for place, person in enumerate(people):
        cells = [person.key, person.source, *(getattr(person, name) for name in _COLUMNS)]
        cells += [getattr(person.address, part) for part in parts]
        for place in range(partners):
            one = person.partners[place] if place < len(person.partners) else Name()
            cells += vars(one).values()
        cells += [person.fields.get(name, "") for name in extra] + [person.where]
        if reasons is not None:
            cells.append(reasons[place])
        writer.writerow(map(safe_cell, cells))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()

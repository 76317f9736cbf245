"""The print jobs of a batch: how they are named, found again and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mailroom.errors import ProviderError
from mailroom.model import Receipt, Status, digest
from mailroom.providers.ipp import Attributes
from mailroom.providers.ippclient import Client
from mailroom.providers.note import Note

PREFIX = "mailroom"
MAX_KEY = 120
"""Octets of a key in a job-name, which has room for 255 (RFC 8011, 5.3.5)."""

WANTED = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "number-of-documents",
    "time-at-processing",
)

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)
"""job-state (RFC 8011, 5.3.7)."""

STATES = {
    PENDING: "waits its turn",
    HELD: "is held",
    PROCESSING: "is printing",
    STOPPED: "has stopped",
    CANCELED: "was cancelled",
    ABORTED: "was given up by the printer",
    COMPLETED: "is printed",
}

INCOMPLETE = {"job-incoming", "job-data-insufficient"}
"""job-state-reasons of a job whose document has not arrived (RFC 8011, 5.3.8)."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A print job as the queue knows it."""

    number: int
    file: str
    attempt: int
    state: int
    empty: bool = False  #: no document has arrived
    started: bool = False  #: the printer has worked on it, or does not say that it has not
    unsent: bool = False  #: we have just created it, and its document is still with us
    impressions: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state >= CANCELED

    @property
    def held(self) -> bool:
        """It has everything it needs and waits for us to release it."""
        return self.state == HELD and not self.empty and not self.started

    def may_be_made(self, begun: bool, holds: bool) -> bool:
        """May there be paper of it? Without CUPS only if its document was sent."""
        return self.state == COMPLETED or (self.started and (begun or holds))

    def standing(self, begun: bool, holds: bool) -> Status | None:
        """Our word for it; `begun`: we let it go, `holds`: jobs can be kept back there.

        None: nothing was made of it and nothing of it waits. SENDING: it waits for us.
        Who cancels a job behind our back has a reason we do not know, and a printer that
        gives up in the middle has made some of the paper: both are for a person to decide.
        """
        if self.state == COMPLETED:
            return Status.PRINTED
        if not self.ended:
            waits = self.held or self.empty if holds else self.empty and not begun
            return Status.SENDING if waits else Status.ACCEPTED
        if not begun and not self.may_be_made(begun, holds):
            return None
        if self.state == ABORTED and not self.started:
            return Status.FAILED  # the printer would not even begin it
        return Status.UNKNOWN

    def to_be_made_anew(self, begun: bool, holds: bool) -> bool:
        """Nothing can be printed of it any more, or it never got its document."""
        status = self.standing(begun, holds)
        return status in (None, Status.FAILED) or (status is Status.SENDING and self.empty)

    def words(self) -> str:
        """`cards.pdf: job 12 is printed`."""
        return f"{self.file}: job {self.number} {STATES.get(self.state, 'is in an unknown state')}"


def job_title(key: str, file: str, attempt: int) -> str:
    """The job-name, which is the file's idempotency key: `mailroom:KEY:FILE:aN`."""
    short = key if len(key.encode()) <= MAX_KEY else digest(key)
    return f"{PREFIX}:{short}:{file}:a{attempt}"


def all_jobs(client: Client, key: str) -> Iterator[Job]:
    """Every job of a batch, of all attempts.

    Waiting jobs are asked for first: one that ends meanwhile is then among the ended.
    """
    for which in ("not-completed", "completed"):
        for found in client.jobs(which, *WANTED):
            job = _read_job(key, found)
            if job:
                yield job


def find_jobs(client: Client, key: str) -> dict[str, Job]:
    """The newest job of each file of a batch, by file name."""
    newest: dict[str, Job] = {}
    for job in all_jobs(client, key):
        if job.attempt >= _attempt(newest.get(job.file)):
            newest[job.file] = job
    return newest


def given_up(device: Client | None, key: str, found: Mapping[str, Job]) -> list[str]:
    """The files of a batch that the queue calls printed and its device does not.

    The backend of CUPS 2.4 learns that a printer has given up from a thread beside the one
    that waits for the end; where the end is seen first, the job is called completed. A
    device that cannot be asked, or has forgotten the job, contradicts nobody.
    """
    printed = {(job.file, job.attempt) for job in found.values() if job.state == COMPLETED}
    if device is None or not printed:
        return []
    with suppress(ProviderError):
        told = [
            job
            for each in device.jobs("completed", *WANTED)
            if (job := _read_job(key, each)) and (job.file, job.attempt) in printed
        ]
        come_out = {job.file for job in told if job.state == COMPLETED}
        return sorted({job.file for job in told} - come_out)
    return []


def read_state(client: Client, job: Job) -> Job:
    """The job as it stands now."""
    return _job(job.file, job.attempt, client.job(job.number, *WANTED), job.number)


def receipt(note: Note, found: Mapping[str, Job], holds: bool) -> Receipt | None:
    """What the jobs of a batch amount to; None where nothing of it was made and nothing waits.

    ProviderError (`unknown`) where the queue has forgotten a job, a document perhaps did
    not arrive, or the jobs are those of another workspace.
    """
    if found and not note.known:
        message = "another workspace has sent this batch, or the notes of this one are lost"
        raise ProviderError(message, unknown=True)
    whole = _together([_standing(note, file, found.get(file), holds) for file in note.files])
    return _answer(note, found, whole) if whole else None


def stopped(note: Note, found: Mapping[str, Job], holds: bool) -> Receipt:
    """How a batch stands that was called back; SENDING where that is not done yet."""

    def may_be_made(job: Job) -> bool:
        return job.may_be_made(job.file in note.begun or not note.known, holds)

    jobs = found.values()
    if any(not job.ended and not may_be_made(job) for job in jobs):
        return _answer(note, found, Status.SENDING)
    printed = {job.file for job in jobs if job.state == COMPLETED}
    if printed and printed == {*note.files}:
        return _answer(note, found, Status.PRINTED)
    lost = any(file not in found for file in note.begun)
    made = lost or any(map(may_be_made, jobs))
    return _answer(note, found, Status.UNKNOWN if made else Status.CANCELLED)


def forgotten(note: Note, file: str) -> ProviderError:
    """The queue knows nothing of a job that we have let go."""
    return ProviderError(
        f"the printer no longer knows what became of {file}; it may have been printed",
        where=note.place,
        hint="look at the paper, then type `mailroom batch list`",
        unknown=True,
    )


def _standing(note: Note, file: str, job: Job | None, holds: bool) -> Status | None:
    begun = file in note.begun
    if job is None and begun:
        raise forgotten(note, file)
    if job and begun and job.empty and job.state == HELD:
        raise ProviderError(
            f"the document of {job.words()} may not have arrived",
            where=note.place,
            hint=f"cancel job {job.number} at the printer and look at the paper",
            unknown=True,
        )
    return job.standing(begun, holds) if job else None


def _together(all_files: Sequence[Status | None]) -> Status | None:
    """One word for the files of a batch; what one of them lacks is still to be done."""
    found = {status for status in all_files if status}
    if not found:
        return None
    if Status.UNKNOWN in found:
        return Status.UNKNOWN
    if Status.FAILED in found and found & {Status.ACCEPTED, Status.PRINTED}:
        return Status.UNKNOWN
    if found == {Status.FAILED}:
        return Status.FAILED
    if None in all_files or found & {Status.SENDING, Status.FAILED}:
        return Status.SENDING
    return Status.ACCEPTED if Status.ACCEPTED in found else Status.PRINTED


def _answer(note: Note, found: Mapping[str, Job], status: Status) -> Receipt:
    jobs = [found[file] for file in note.files if file in found]
    numbers = "+".join(str(job.number) for job in jobs)
    nothing = "its jobs are not known any more" if note.begun else "no job was made of it"
    words = "; ".join(job.words() for job in jobs) or nothing
    return Receipt(ref=f"{numbers}:{note.key}", status=status, raw=words)


def _attempt(job: Job | None) -> int:
    return job.attempt if job else 0


def _read_job(key: str, found: Attributes) -> Job | None:
    title, _, attempt = found.text("job-name").rpartition(":a")
    start = job_title(key, "", 0).removesuffix(":a0")
    if not title.startswith(start) or not attempt.isdecimal():
        return None
    return _job(title.removeprefix(start), int(attempt), found, found.integer("job-id"))


def _job(file: str, attempt: int, found: Attributes, number: int) -> Job:
    reasons = found.texts("job-state-reasons")
    documents = found.integer("number-of-documents", 0 if INCOMPLETE & set(reasons) else 1)
    never = "time-at-processing" in found and not found.integers("time-at-processing")
    return Job(
        number=number,
        file=file,
        attempt=attempt,
        state=found.integer("job-state"),
        empty=documents == 0,
        started=not never,
        impressions=found.integer("job-impressions-completed"),
        reasons=reasons,
    )

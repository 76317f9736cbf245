"""The print jobs of a batch: how they are named, found again and judged."""

from __future__ import annotations

from collections.abc import Mapping
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

    @property
    def refused(self) -> bool:
        """The printer would not even begin it, so that another attempt is harmless."""
        return self.state == ABORTED and not self.started

    def void(self, note: Note, holds: bool) -> bool:
        """Is it certain that nothing was and nothing will be printed of it?"""
        if note.cancelled:
            return False  # that it is gone is what was asked for
        if not holds:
            return self.file not in note.begun  # its document was never sent
        if self.state == HELD:
            return self.empty
        return self.state in (CANCELED, ABORTED) and not self.started and not self._begun(note)

    def _begun(self, note: Note) -> bool:
        return self.file in note.begun

    def status(self, note: Note) -> Status:
        """Our word for it.

        Who cancels a job behind our back has a reason we do not know, and a printer that
        gives up in the middle has made some of the paper: both are for a person to decide.
        """
        if self.state == COMPLETED:
            return Status.PRINTED
        if self.refused:
            return Status.FAILED
        if self.state == CANCELED and note.cancelled and not self.started:
            return Status.CANCELLED
        return Status.UNKNOWN if self.ended else Status.ACCEPTED

    def words(self) -> str:
        """`cards.pdf: job 12 is printed`."""
        return f"{self.file}: job {self.number} {STATES.get(self.state, 'is in an unknown state')}"


def job_title(key: str, file: str, attempt: int) -> str:
    """The job-name, which is the file's idempotency key: `mailroom:KEY:FILE:aN`."""
    short = key if len(key.encode()) <= MAX_KEY else digest(key)
    return f"{PREFIX}:{short}:{file}:a{attempt}"


def find_jobs(client: Client, key: str) -> dict[str, Job]:
    """The newest job of each file of a batch, by file name.

    Waiting jobs are asked for first: one that ends meanwhile is then among the ended.
    """
    newest: dict[str, Job] = {}
    for which in ("not-completed", "completed"):
        for found in client.jobs(which, *WANTED):
            job = _read_job(key, found)
            if job and job.attempt >= _attempt(newest.get(job.file)):
                newest[job.file] = job
    return newest


def read_state(client: Client, job: Job) -> Job:
    """The job as it stands now."""
    return _job(job.file, job.attempt, client.job(job.number, *WANTED), job.number)


def receipt(note: Note, found: Mapping[str, Job], holds: bool) -> Receipt | None:
    """What the jobs of a batch amount to; None where something is still to be submitted.

    ProviderError with `unknown` where a document was sent and perhaps did not arrive.
    """
    expected = note.files or sorted(found)
    jobs = [found[file] for file in expected if file in found]
    taken = [job for job in jobs if not job.void(note, holds) and not job.held]
    for job in taken:
        if job.empty and job.state == HELD:
            raise ProviderError(
                f"the document of {job.words()} may not have arrived",
                hint=f"cancel job {job.number} at the printer and look at the paper",
                unknown=True,
            )
    whole = _together([job.status(note) for job in taken], missing=len(expected) - len(taken))
    if whole is None:
        return None
    numbers = "+".join(str(job.number) for job in taken)
    words = "; ".join(job.words() for job in jobs)
    return Receipt(ref=f"{numbers}:{note.key}", status=whole, raw=words)


def _together(statuses: list[Status], missing: int) -> Status | None:
    """One word for several jobs: the worst of them; None while a good one is missing."""
    if Status.UNKNOWN in statuses:
        return Status.UNKNOWN
    if Status.FAILED in statuses:
        return Status.FAILED
    if Status.CANCELLED in statuses:
        return Status.CANCELLED if set(statuses) == {Status.CANCELLED} else Status.UNKNOWN
    if missing or not statuses:
        return None
    return Status.ACCEPTED if Status.ACCEPTED in statuses else Status.PRINTED


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

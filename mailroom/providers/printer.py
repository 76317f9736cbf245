"""The `printer` provider: a CUPS queue or an IPP printer in the house.

A file of a batch is a print job, and the job's name is its identity:
`mailroom:KEY:FILE:aN`. On CUPS every job of a batch is created *held*, and only when all
have arrived is one after the other released and followed to its end. A crash therefore
leaves held jobs, which `submit` finds and goes on with. A printer that cannot hold jobs
may begin to print as soon as it gets a document; there the workspace's note decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from mailroom.errors import MailroomError, ProviderError, Unsupported
from mailroom.files import sha256
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, Finding, Order, Piece, PrintTicket, Quote, Receipt, Status
from mailroom.providers import Capabilities, Office
from mailroom.providers.calibration import read_calibration
from mailroom.providers.handling import Handling, read_handling
from mailroom.providers.ippclient import Answer, IppRefused
from mailroom.providers.jobs import (
    ABORTED,
    COMPLETED,
    HELD,
    Job,
    all_jobs,
    find_jobs,
    forgotten,
    given_up,
    job_title,
    read_state,
    receipt,
    stopped,
)
from mailroom.providers.note import Note, read_note
from mailroom.providers.queue import Queue, QueueSettings, open_queue
from mailroom.providers.tickets import NO_OPTIONS, tickets, unaddressed
from mailroom.providers.waiting import wait_for_job, while_busy
from mailroom.rates import load_rates, quote

STATE = Path(".mailroom")
NOTES = STATE / "printer"


class Printer:
    """Prints a batch and stays with it until the paper is out."""

    name = "printer"
    home = ""

    def __init__(self, office: Office) -> None:
        self._workspace = office.folder
        self._written = office.settings
        self._settings = QueueSettings.read(office.settings, office.folder)
        self._notes = office.folder / NOTES
        self._tell = office.tell

    def capabilities(self) -> Capabilities:
        queue = open_queue(self._settings)
        able = [name for name, fmt in FORMATS.items() if not self._refusals(queue, fmt)]
        return Capabilities(
            formats=tuple(able),
            max_pieces=self._settings.batch or None,
            trimmed=True,
            handling=self._handling(),
        )

    def _handling(self) -> Handling:
        known = read_calibration(self._workspace / STATE)
        return read_handling(self._settings.uri, self._written, known)

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """Raise Unsupported with every reason why the device cannot print the format."""
        queue = open_queue(self._settings)
        self._refuse(queue, f"format {fmt.name}", self._refusals(queue, fmt, options))

    def judge(self, piece: Piece, fmt: Format, options: Mapping[str, Any]) -> Iterable[Finding]:
        return ()

    def quote(self, order: Order) -> Quote:
        return quote(load_rates(self._workspace), order)

    def submit(self, batch: Batch) -> Receipt:
        """Print what of the batch has not been printed yet, and wait for its end."""
        note = read_note(self._notes, batch.key)
        if note.cancelled:
            return self.cancel(batch.key)
        with self._in_doubt_once_begun(note):
            sums = {path.name: sha256(path) for path in printed(batch)}
            queue = self._queue(note)
            now = self._receipt(queue, note)
        if now and now.status is not Status.FAILED:
            note.compare(sums)
            if now.status in (Status.PRINTED, Status.UNKNOWN):
                return now
        with self._in_doubt_once_begun(note):
            if now is None and note.place not in ("", self._settings.uri):
                queue = open_queue(self._settings)
            files = self._checked(queue, batch)
            note.expect(queue.uri, sums)
            return self._go_on(queue, note, files)

    def find(self, key: str) -> Receipt | None:
        """What the queue knows of the batch, weighed against the note."""
        note = read_note(self._notes, key)
        return self._receipt(self._queue(note), note)

    def cancel(self, key: str) -> Receipt:
        """Cancel what has not ended; what had begun to print is a person's business."""
        note = read_note(self._notes, key)
        note.cancel()
        try:
            queue = self._queue(note)
        except IppRefused as error:
            if not note.place or error.status != Answer.NOT_FOUND:
                raise
            return stopped(note, {}, holds=True)  # its queue was removed, and the jobs with it
        self._call_back(queue, all_jobs(queue.client, key))
        found = stopped(note, self._jobs(queue, note), queue.holds)
        if found.status is Status.SENDING:
            raise ProviderError(
                f"{found.raw}; not all of it is gone", where=queue.uri, retryable=True
            )
        return found if found.status is Status.CANCELLED else replace(found, status=Status.UNKNOWN)

    # --- before anything is sent ----------------------------------------------------------

    def _queue(self, note: Note) -> Queue:
        """Where the batch was begun, whatever the settings name now."""
        if note.place in ("", self._settings.uri):
            return open_queue(self._settings)
        try:
            return open_queue(replace(self._settings, uri=note.place))
        except ProviderError as error:
            error.hint = (
                f"the batch was begun there; if that printer is gone for good, look at the "
                f"paper and delete {note.path}"
            )
            raise

    def _refusals(
        self, queue: Queue, fmt: Format, options: Mapping[str, Any] = NO_OPTIONS
    ) -> tuple[str, ...]:
        wanted = map(self._settings.complete, tickets(fmt, options))
        device = queue.device.format_refusals(wanted)
        return (*unaddressed(fmt), *device)

    def _refuse(self, queue: Queue, what: str, reasons: Sequence[str]) -> None:
        if reasons:
            raise Unsupported(
                f"the printer cannot print this: {'; '.join(reasons)}",
                where=what,
                hint=f"{queue.title} prints: {queue.offer()}",
            )

    def _checked(self, queue: Queue, batch: Batch) -> list[tuple[Path, PrintTicket]]:
        """The batch's files with tickets; refused while nothing has been sent yet."""
        files = [(path, self._settings.complete(batch.media[path.name])) for path in printed(batch)]
        for path, ticket in files:
            self._refuse(queue, path.name, queue.device.refusals(ticket))
            if not queue.device.is_loaded(ticket):
                size = queue.device.choose(ticket).words()
                self._tell(f"{path.name}: load {size}; the printer says it is not loaded")
        return files

    # --- the jobs -------------------------------------------------------------------------

    def _go_on(
        self, queue: Queue, note: Note, files: Sequence[tuple[Path, PrintTicket]]
    ) -> Receipt:
        """Print file after file; stop at the first that does not come to its end."""
        if queue.holds:
            for path, ticket in files:
                self._place(queue, note, path, ticket)
        for path, ticket in files:
            if not self._print(queue, note, path, ticket):
                return self._stop(queue, note)
        done = self._receipt(queue, note)
        if done is None or done.status is Status.SENDING:
            raise ProviderError("a job was put on hold again", where=queue.uri, unknown=True)
        return done

    def _place(self, queue: Queue, note: Note, path: Path, ticket: PrintTicket) -> Job:
        """The job of a file, found or created; on a queue that holds, its document is in it."""
        found = find_jobs(queue.client, note.key).get(path.name)
        if found and not found.to_be_made_anew(path.name in note.begun, queue.holds):
            return found
        if not found and path.name in note.begun:
            raise forgotten(note, path.name)
        if found and not found.ended:
            _cancel(queue, found)
        note.withdraw(path.name)
        attempt = found.attempt + 1 if found else 1
        title = job_title(note.key, path.name, attempt)
        number = while_busy(
            lambda: queue.client.create(title, queue.wishes(ticket)),
            self._settings.timeout,
            self._tell,
        )
        if queue.holds:
            queue.client.send(number, path, queue.mime_type)
        return Job(
            number=number, file=path.name, attempt=attempt, state=HELD, unsent=not queue.holds
        )

    def _print(self, queue: Queue, note: Note, path: Path, ticket: PrintTicket) -> bool:
        """Let paper be made of one file, unless it was already; wait for the end. Is it printed?"""
        job = self._place(queue, note, path, ticket)
        if job.held or job.unsent:
            note.begin(path.name)
            if note.cancelled:  # by another process, which could not see this job yet
                note.withdraw(path.name)
                return False
            try:
                self._let_go(queue, job, path)
            except ProviderError as error:
                if _surely_not_taken(queue, job, error):
                    note.withdraw(path.name)
                raise
        if wait_for_job(queue, job, self._settings.timeout, self._tell).state != COMPLETED:
            return False
        return path.name in self._jobs(queue, note) and path.name not in note.given_up

    def _let_go(self, queue: Queue, job: Job, path: Path) -> None:
        """The step after which paper may be made."""
        if queue.holds:
            queue.client.release(job.number)
        else:
            queue.client.send(job.number, path, queue.mime_type)

    def _stop(self, queue: Queue, note: Note) -> Receipt:
        """A file was not printed to its end: nothing more of the batch is let go."""
        if note.cancelled:
            return self.cancel(note.key)
        self._call_back(queue, self._waiting(queue, note))
        found = self._receipt(queue, note)
        if found is None or found.status is Status.SENDING:
            raise ProviderError(
                "the batch is not printed to its end", where=queue.uri, unknown=True
            )
        return found

    def _receipt(self, queue: Queue, note: Note) -> Receipt | None:
        found = self._jobs(queue, note)
        return (stopped if note.cancelled else receipt)(note, found, queue.holds)

    def _jobs(self, queue: Queue, note: Note) -> dict[str, Job]:
        """The jobs as the queue tells, but for what the device behind it has given up."""
        found = find_jobs(queue.client, note.key)
        if note.known:
            for file in given_up(queue.behind, note.key, found):
                note.give_up(file)
        return {
            file: replace(job, state=ABORTED) if file in note.given_up else job
            for file, job in found.items()
        }

    def _waiting(self, queue: Queue, note: Note) -> list[Job]:
        """The jobs nothing can have been printed of yet."""
        return [
            job
            for job in all_jobs(queue.client, note.key)
            if job.standing(job.file in note.begun, queue.holds) is Status.SENDING
        ]

    def _call_back(self, queue: Queue, jobs: Iterable[Job]) -> None:
        """Cancel them all; where some cannot be, the others are all the same."""
        refused: list[ProviderError] = []
        for job in [job for job in jobs if not job.ended]:
            try:
                _cancel(queue, job)
            except ProviderError as error:
                refused.append(error)
        if refused:
            raise refused[0]

    # --- when it goes wrong ---------------------------------------------------------------

    @contextmanager
    def _in_doubt_once_begun(self, note: Note) -> Iterator[None]:
        """What fails before paper may have been made is taken back; later it is unknown."""
        try:
            yield
        except Exception as error:
            in_doubt = bool(note.begun) or not self._taken_back(note)
            if isinstance(error, ProviderError):
                error.retryable = not in_doubt and (error.retryable or error.unknown)
                error.unknown = in_doubt
            elif in_doubt:
                raise ProviderError(str(error), where=note.place, unknown=True) from error
            raise

    def _taken_back(self, note: Note) -> bool:
        """Take back what waits in the queue; False where something of it may stay there."""
        if not note.files:
            return True
        try:
            queue = self._queue(note)
            self._call_back(queue, self._waiting(queue, note))
            if self._receipt(queue, note) is not None:
                return False
            note.clear()
        except MailroomError as error:
            self._tell(f"jobs of this batch may still be in the queue: {error}")
            return False
        return True


def printed(batch: Batch) -> list[Path]:
    """The files that have a ticket; ProviderError where there is nothing to print."""
    files = [path for path in batch.files if path.name in batch.media]
    if not files:
        raise ProviderError("the batch has no file to print", where=batch.mailing)
    for path in files:
        if not path.is_file() or not path.stat().st_size:
            raise ProviderError("the print file is missing or empty", where=str(path))
    return files


def _cancel(queue: Queue, job: Job) -> None:
    try:
        queue.client.cancel(job.number)
    except IppRefused as error:
        if error.status not in (Answer.NOT_POSSIBLE, Answer.NOT_FOUND):
            raise


def _surely_not_taken(queue: Queue, job: Job, error: ProviderError) -> bool:
    """A release is also refused where somebody was quicker and the job prints already."""
    if error.unknown or (isinstance(error, IppRefused) and error.status >= 0x0500):
        return False
    return not queue.holds or read_state(queue.client, job).held

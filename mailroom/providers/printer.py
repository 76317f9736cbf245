"""The `printer` provider: a CUPS queue or an IPP printer in the house.

A file of a batch is a print job, and the job's name is its identity:
`mailroom:KEY:FILE:aN`. On CUPS every job of a batch is created *held*, and only when all
have arrived is one after the other released and followed to its end. A crash therefore
leaves held jobs, which `submit` finds and goes on with. A printer that cannot hold jobs
may begin to print as soon as it gets a document; there the workspace's note decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mailroom.errors import ProviderError, Unsupported
from mailroom.formats import FORMATS, Format
from mailroom.model import Batch, PrintTicket, Quote, Receipt, Status
from mailroom.providers import Capabilities, Tell, rates
from mailroom.providers.ippclient import Answer, IppRefused
from mailroom.providers.jobs import HELD, Job, find_jobs, job_title, receipt
from mailroom.providers.note import Note, read_note
from mailroom.providers.queue import Queue, QueueSettings, open_queue
from mailroom.providers.tickets import tickets
from mailroom.providers.waiting import wait_for_job, while_busy

NOTES = Path(".mailroom") / "printer"


class Printer:
    """Prints a batch and stays with it until the paper is out."""

    name = "printer"

    def __init__(self, settings: Mapping[str, Any], workspace: Path, tell: Tell) -> None:
        self._prices = settings
        self._settings = QueueSettings.read(settings, workspace)
        self._notes = workspace / NOTES
        self._tell = tell

    def capabilities(self) -> Capabilities:
        queue = open_queue(self._settings)
        able = [name for name, fmt in FORMATS.items() if not self._refusals(queue, fmt)]
        return Capabilities(
            formats=tuple(able),
            max_pieces=self._settings.batch or None,
            trimmed=True,
        )

    def check(self, fmt: Format) -> None:
        """Raise Unsupported with every reason why the device cannot print the format."""
        queue = open_queue(self._settings)
        self._refuse(queue, f"format {fmt.name}", self._refusals(queue, fmt))

    def quote(self, pieces: int, domestic: int, abroad: int) -> Quote:
        return rates.quote(self._prices, self.name, pieces, domestic, abroad)

    def submit(self, batch: Batch) -> Receipt:
        """Print what of the batch has not been printed yet, and wait for its end."""
        queue = open_queue(self._settings)
        files = self._printed_files(queue, batch)
        note = read_note(self._notes, batch.key)
        note.expect([path.name for path, _ in files])
        with self._in_doubt_once_begun(queue, note):
            if queue.holds:
                for path, ticket in files:
                    self._place(queue, note, path, ticket)
            for path, ticket in files:
                self._print(queue, note, path, ticket)
                done = self._receipt(queue, batch.key)
                if done and done.status not in (Status.ACCEPTED, Status.PRINTED):
                    return done
            done = self._receipt(queue, batch.key)
        if done is None:
            raise ProviderError("the job was put on hold again", where=queue.uri, unknown=True)
        return done

    def find(self, key: str) -> Receipt | None:
        """What the queue knows of the batch, weighed against the note."""
        queue = open_queue(self._settings)
        return self._receipt(queue, key)

    def follow(self, ref: str) -> Receipt:
        _, _, key = ref.partition(":")
        found = self.find(key)
        if found is None:
            raise ProviderError("its jobs are not in the queue", where=self._settings.uri)
        return found

    def cancel(self, ref: str) -> Receipt:
        """Cancel what has not ended; what had begun to print becomes a person's business."""
        _, _, key = ref.partition(":")
        queue = open_queue(self._settings)
        note = read_note(self._notes, key)
        note.cancel()
        for job in find_jobs(queue.client, key).values():
            if not job.ended:
                _cancel(queue, job)
        return self.follow(ref)

    # --- before anything is sent ----------------------------------------------------------

    def _refusals(self, queue: Queue, fmt: Format) -> tuple[str, ...]:
        return queue.device.format_refusals(map(self._settings.complete, tickets(fmt)))

    def _refuse(self, queue: Queue, what: str, reasons: Sequence[str]) -> None:
        if reasons:
            raise Unsupported(
                f"the printer cannot print this: {'; '.join(reasons)}",
                where=what,
                hint=f"{queue.title} prints: {queue.offer()}",
            )

    def _printed_files(self, queue: Queue, batch: Batch) -> list[tuple[Path, PrintTicket]]:
        """The batch's files with tickets; refused while nothing has been sent yet."""
        files = [
            (path, self._settings.complete(batch.media[path.name]))
            for path in batch.files
            if path.name in batch.media
        ]
        if not files:
            raise ProviderError("the batch has no file to print", where=batch.mailing)
        for path, ticket in files:
            self._refuse(queue, path.name, queue.device.refusals(ticket))
            if not path.is_file() or not path.stat().st_size:
                raise ProviderError("the print file is missing or empty", where=str(path))
            if not queue.device.is_loaded(ticket):
                size = queue.device.choose(ticket).words()
                self._tell(f"{path.name}: load {size}; the printer says it is not loaded")
        return files

    # --- the job --------------------------------------------------------------------------

    def _place(self, queue: Queue, note: Note, path: Path, ticket: PrintTicket) -> Job:
        """The job of a file, found or created; on a queue that holds, its document is in it."""
        found = find_jobs(queue.client, note.key).get(path.name)
        if found and not found.void(note, queue.holds) and not found.refused:
            return found
        if not found and path.name in note.begun:
            raise _forgotten(queue, path.name)
        if found and not found.ended:
            _cancel(queue, found)
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

    def _print(self, queue: Queue, note: Note, path: Path, ticket: PrintTicket) -> None:
        """Let paper be made of one file, unless it was made already; wait for the end."""
        job = self._place(queue, note, path, ticket)
        if job.held or job.unsent:
            note.begin(path.name)
            try:
                self._let_go(queue, job, path)
            except ProviderError as error:
                if _surely_not_taken(error):
                    note.withdraw(path.name)
                raise
        wait_for_job(queue, job, self._settings.timeout, self._tell)

    def _let_go(self, queue: Queue, job: Job, path: Path) -> None:
        """The step after which paper may be made."""
        if queue.holds:
            queue.client.release(job.number)
        else:
            queue.client.send(job.number, path, queue.mime_type)

    def _receipt(self, queue: Queue, key: str) -> Receipt | None:
        note, found = read_note(self._notes, key), find_jobs(queue.client, key)
        if found and not note.files and not queue.holds:
            message = "another workspace has printed this batch; its files are not known here"
            raise ProviderError(message, where=queue.uri, unknown=True)
        for file in note.begun:
            if file not in found:
                raise _forgotten(queue, file)
        return receipt(note, found, queue.holds)

    @contextmanager
    def _in_doubt_once_begun(self, queue: Queue, note: Note) -> Iterator[None]:
        """What fails before paper may have been made can be tried again; later it is unknown."""
        try:
            yield
        except ProviderError as error:
            if note.begun:
                error.unknown, error.retryable = True, False
            else:
                error.unknown, error.retryable = False, error.retryable or error.unknown
                self._clear(queue, note)
            raise
        except Exception as error:
            if not note.begun:
                raise
            raise ProviderError(str(error), where=queue.uri, unknown=True) from error

    def _clear(self, queue: Queue, note: Note) -> None:
        """Take back jobs nothing was printed of, so that nobody releases them by hand."""
        with suppress(ProviderError):
            for job in find_jobs(queue.client, note.key).values():
                if (job.held or job.empty) and not job.ended:
                    _cancel(queue, job)


def _cancel(queue: Queue, job: Job) -> None:
    try:
        queue.client.cancel(job.number)
    except IppRefused as error:
        if error.status not in (Answer.NOT_POSSIBLE, Answer.NOT_FOUND):
            raise


def _surely_not_taken(error: ProviderError) -> bool:
    if isinstance(error, IppRefused):
        return error.status < 0x0500
    return not error.unknown


def _forgotten(queue: Queue, file: str) -> ProviderError:
    return ProviderError(
        f"the printer no longer knows what became of {file}; it may have been printed",
        where=queue.uri,
        hint="look at the paper, then type `mailroom batch list`",
        unknown=True,
    )

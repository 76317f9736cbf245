"""One file printed now, outside of any mailing: a calibration sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mailroom.errors import ProviderError, Unsupported
from mailroom.model import PrintTicket
from mailroom.providers import Tell
from mailroom.providers.jobs import COMPLETED, HELD, Job
from mailroom.providers.queue import QueueSettings, open_queue
from mailroom.providers.waiting import wait_for_job, while_busy

_ONE_SIDED = "one-sided"


def print_once(settings: QueueSettings, path: Path, ticket: PrintTicket, tell: Tell) -> None:
    """Print `path` and stay with it to its end; on one side only where the device has no other.

    Unsupported where the device cannot, with what it offers; ProviderError where the job does
    not come to its end.
    """
    queue = open_queue(settings)
    device = queue.device
    if ticket.sides not in device.sides and _ONE_SIDED in device.sides:
        tell("the printer prints on one side only: the back comes on a sheet of its own")
        ticket = replace(ticket, sides=_ONE_SIDED)
    reasons = device.refusals(ticket)
    if reasons:
        message = f"the printer cannot print this: {'; '.join(reasons)}"
        hint = f"{queue.title} prints: {queue.offer()}"
        raise Unsupported(message, where=path.name, hint=hint)
    title = f"mailroom:{path.name}"
    number = while_busy(
        lambda: queue.client.create(title, queue.wishes(ticket)), settings.timeout, tell
    )
    queue.client.send(number, path, queue.mime_type)
    if queue.holds:
        queue.client.release(number)
    job = Job(number=number, file=path.name, attempt=1, state=HELD, unsent=False)
    if wait_for_job(queue, job, settings.timeout, tell).state != COMPLETED:
        raise ProviderError("the printer has given up the job", where=queue.uri)

"""Staying with a print job until it ends, and telling the person why it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from mailroom.errors import ProviderError
from mailroom.providers import Tell
from mailroom.providers.ippclient import Answer, IppRefused
from mailroom.providers.jobs import Job, read_state
from mailroom.providers.queue import Queue

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
CONTENT = 6
"""A printer that does not complain may be silent so many times longer: it prints, or others do."""

Answered = TypeVar("Answered")


@dataclass(kw_only=True)
class Patience:
    """How long nothing has changed; every change is told once."""

    tell: Tell
    seconds: float
    seen: object = None
    since: float = field(default_factory=time.monotonic)
    pause: float = FIRST_PAUSE

    def see(self, news: object, words: str) -> None:
        """Start anew where there is news; `words` go to the person."""
        if news != self.seen:
            self.seen, self.since, self.pause = news, time.monotonic(), FIRST_PAUSE
            if words:
                self.tell(words)

    def exhausted(self, factor: int = 1) -> bool:
        return time.monotonic() - self.since > self.seconds * factor

    def rest(self) -> None:
        time.sleep(min(self.pause, self.seconds / 4))
        self.pause = min(self.pause * 1.5, LONGEST_PAUSE)


def wait_for_job(queue: Queue, job: Job, seconds: float, tell: Tell) -> Job:
    """Poll until the job has ended; `seconds` without any news are too many.

    ProviderError with `unknown`: it stands still, or cannot be reached, or is forgotten.
    """
    patience = Patience(tell=tell, seconds=seconds)
    troubles: tuple[str, ...] = ()
    while True:
        try:
            job = read_state(queue.client, job)
            if job.ended:
                return job
            troubles = queue.complaints()
            news = (job.state, job.reasons, job.impressions, troubles)
            patience.see(news, _trouble(job, troubles))
        except IppRefused as error:
            error.unknown, error.retryable = True, False
            raise
        except ProviderError as error:
            troubles = (error.message,)
            patience.see(troubles, _trouble(job, troubles))
        if patience.exhausted(1 if troubles else CONTENT):
            raise _stuck(queue, job, troubles)
        patience.rest()


def while_busy(ask: Callable[[], Answered], seconds: float, tell: Tell) -> Answered:
    """Ask again while a printer that takes one job at a time is busy with another."""
    patience = Patience(tell=tell, seconds=seconds)
    while True:
        try:
            return ask()
        except IppRefused as error:
            if error.status != Answer.BUSY or patience.exhausted():
                raise
            patience.see(error.status, "the printer is busy with another job; waiting")
        patience.rest()


def _trouble(job: Job, troubles: tuple[str, ...]) -> str:
    return f"{job.file}: the printer waits: {', '.join(troubles)}" if troubles else ""


def _stuck(queue: Queue, job: Job, troubles: tuple[str, ...]) -> ProviderError:
    why = ", ".join(troubles) or "it says nothing is wrong"
    return ProviderError(
        f"{job.words()}, but nothing moves any more: {why}",
        where=queue.uri,
        hint="put it right and the job goes on; cancel the job before you have it printed anew",
        unknown=True,
    )

"""Submitting again where that is safe: same batch, same key, after a pause.

Only for providers whose keys make a repetition harmless while they live. What comes of it is
always one of three: accepted (a receipt), rejected, unknown (an error that says so). A question
that changes nothing may be asked again in any case.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from mailroom.errors import MailroomError, ProviderError
from mailroom.model import Batch, Receipt, Reply
from mailroom.providers import Provider

T = TypeVar("T")

TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 20.0
_LONGEST_WAIT = 60.0
"""However long a provider asks to be left alone: its clock may be wrong, and ours."""

Pause = Callable[[float], bool]
"""Waits so many seconds; true where the person has had enough and nothing more may be tried."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of a batch: a receipt or the last error, and the replies beside the receipt's."""

    receipt: Receipt | None = None
    error: ProviderError | None = None
    replies: tuple[Reply, ...] = field(default=())


def submit(provider: Provider, batch: Batch, pause: Pause) -> Tried:
    """Hand the batch over; where its key allows that, up to `TRIES` times."""
    tries = TRIES if provider.capabilities().key_lifetime else 1
    return attempt(lambda: provider.submit(batch), pause, tries)


def attempt(call: Callable[[], Receipt], pause: Pause, tries: int = TRIES) -> Tried:
    """Call up to so many times, until there is a receipt or a refusal.

    An error that is not the provider's (`MailroomError`) is raised, unless an earlier try has
    left a doubt: then that is what counts.
    """
    replies: list[Reply] = []
    doubt: ProviderError | None = None
    for number in range(1, tries + 1):
        try:
            return Tried(receipt=call(), replies=tuple(replies))
        except ProviderError as error:
            last = error
        except MailroomError as error:
            if doubt is None:
                raise
            last = ProviderError(error.message, where=error.where, hint=error.hint)
        replies += last.replies
        doubt = doubt or (last if last.unknown else None)
        if number == tries or not _may_pass(last) or pause(_pause(number, last)):
            break
    return Tried(error=_worst(last, doubt), replies=tuple(replies))


def sleep(seconds: float) -> bool:
    """A pause that nobody cuts short."""
    time.sleep(seconds)
    return False


def ask(question: Callable[[], T], pause: Pause = sleep) -> T:
    """The answer to a question that changes nothing, asked up to `TRIES` times."""
    for number in range(1, TRIES):
        try:
            return question()
        except ProviderError as error:
            if not _may_pass(error) or pause(_pause(number, error)):
                raise
    return question()


def _may_pass(error: ProviderError) -> bool:
    return error.unknown or error.retryable


def _worst(last: ProviderError, doubt: ProviderError | None) -> ProviderError:
    """Once it may have been taken, no later refusal makes that untrue."""
    if doubt is None or last.unknown:
        return last
    message = f"{last}; an earlier try ended with: {doubt}"
    return ProviderError(message, where=last.where, hint=last.hint, raw=last.raw, unknown=True)


def _pause(number: int, error: ProviderError) -> float:
    """Twice as long each time, and never the same for all: they would come back together."""
    longest = min(_FIRST_PAUSE * 2 ** (number - 1), _LONGEST_PAUSE)
    own = random.uniform(longest / 2, longest)  # noqa: S311 - no secret, only spread
    return max(own, min(error.retry_after, _LONGEST_WAIT))

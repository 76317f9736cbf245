"""Submitting again where that is safe: same batch, same key, after a pause.

Only for providers whose keys make a repetition harmless while they live. What comes of it is
always one of three: accepted (a receipt), rejected, unknown (an error that says so).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from mailroom.errors import ProviderError
from mailroom.model import Batch, Receipt, Reply
from mailroom.providers import Provider

TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 20.0

Pause = Callable[[float], bool]
"""Waits so many seconds; true where the person has had enough and nothing more may be tried."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of a batch: a receipt or the last error, and every reply on the way."""

    receipt: Receipt | None = None
    error: ProviderError | None = None
    replies: tuple[Reply, ...] = field(default=())


def submit(provider: Provider, batch: Batch, pause: Pause) -> Tried:
    """Hand the batch over; where its key allows that, up to `TRIES` times.

    An error that is not the provider's (`MailroomError`) is raised.
    """
    tries = TRIES if provider.capabilities().key_lifetime else 1
    replies: list[Reply] = []
    doubt: ProviderError | None = None
    for number in range(1, tries + 1):
        try:
            receipt = provider.submit(batch)
            return Tried(receipt=receipt, replies=(*replies, *receipt.replies))
        except ProviderError as error:
            last = error
        replies += last.replies
        doubt = doubt or (last if last.unknown else None)
        if number == tries or not (last.unknown or last.retryable):
            break
        if pause(max(_pause(number), last.retry_after)):
            break
    return Tried(error=_worst(last, doubt), replies=tuple(replies))


def _worst(last: ProviderError, doubt: ProviderError | None) -> ProviderError:
    """Once it may have been taken, no later refusal makes that untrue."""
    if doubt is None or last.unknown:
        return last
    message = f"{last}; an earlier try ended with: {doubt}"
    return ProviderError(message, where=last.where, hint=last.hint, raw=last.raw, unknown=True)


def _pause(number: int) -> float:
    """Twice as long each time, and never the same for all: they would come back together."""
    longest = min(_FIRST_PAUSE * 2 ** (number - 1), _LONGEST_PAUSE)
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret, only spread

"""A storm of 429: whoever asks, and asks again at once, is told to slow down."""

import dataclasses
import time

from mailroom.faults import Answer, Call, refusal

LASTS = 4


def before(call: Call) -> Answer | None:
    """Refused, with a window that is used up for another second."""
    answer = refusal(429, "rate_limit_exceeded", "Rate limit exceeded. Please wait 1 second.")
    used_up = {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(int(time.time()) + 1)}
    return dataclasses.replace(answer, headers={**answer.headers, **used_up})

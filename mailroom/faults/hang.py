"""Accepted, then silence for a while, then a reset connection."""

import dataclasses

from mailroom.faults import RESET, Answer, Call

SECONDS = 1.5


def after(call: Call, answer: Answer) -> Answer:
    """It was done; who waits waits in vain."""
    return dataclasses.replace(RESET, wait=SECONDS)

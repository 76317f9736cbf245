"""Accepted, and the answer takes its time."""

import dataclasses

from mailroom.faults import Answer, Call

SECONDS = 0.7


def after(call: Call, answer: Answer) -> Answer:
    """The right answer, late."""
    return dataclasses.replace(answer, wait=SECONDS)

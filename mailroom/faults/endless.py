"""Accepted, and the answer is larger than anything that was asked for."""

import dataclasses

from mailroom.faults import Answer, Call

BODY = b" " * 24_000_000


def after(call: Call, answer: Answer) -> Answer:
    """It was done; the answer is for whoever has the memory."""
    return dataclasses.replace(answer, body=BODY)

"""Accepted, and the answer is 200 with nothing in it."""

import dataclasses

from mailroom.faults import Answer, Call


def after(call: Call, answer: Answer) -> Answer:
    """It was done; the body got lost on the way."""
    return dataclasses.replace(answer, body=b"")

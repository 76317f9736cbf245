"""Accepted, and the answer breaks off in the middle of its body."""

import dataclasses

from mailroom.faults import Answer, Call


def after(call: Call, answer: Answer) -> Answer:
    """Half of the body, under a Content-Length that promises all of it."""
    return dataclasses.replace(answer, cut=len(answer.body) // 2)

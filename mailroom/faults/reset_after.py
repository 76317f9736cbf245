"""The connection is reset after the piece was accepted."""

from mailroom.faults import RESET, Answer, Call


def after(call: Call, answer: Answer) -> Answer:
    """It was done and nothing comes back."""
    return RESET

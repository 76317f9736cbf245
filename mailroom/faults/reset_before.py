"""The connection is reset before anything was accepted."""

from mailroom.faults import RESET, Answer, Call


def before(call: Call) -> Answer | None:
    """Nothing was done and nothing comes back."""
    return RESET

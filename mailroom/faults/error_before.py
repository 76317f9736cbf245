"""500 before anything was accepted."""

from mailroom.faults import Answer, Call, refusal


def before(call: Call) -> Answer | None:
    """Nothing was done, and the answer does not say so."""
    return refusal(500, "internal_server_error", "something went wrong on our side")

"""500 although the piece was accepted: the answer that makes careless programs send twice."""

from mailroom.faults import Answer, Call, refusal


def after(call: Call, answer: Answer) -> Answer:
    """It was done, and the answer says that something went wrong."""
    return refusal(500, "internal_server_error", "something went wrong on our side")

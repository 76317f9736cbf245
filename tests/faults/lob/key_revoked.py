"""From now on the key is not let in any more."""

from mailroom.faults import Answer, Call, refusal


def before(call: Call) -> Answer | None:
    return refusal(401, "invalid_api_key", "Your API key is not valid")

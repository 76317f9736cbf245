"""A list is answered with 200 and something that is no list."""

from mailroom.faults import Answer, Call, as_json


def before(call: Call) -> Answer | None:
    return as_json(200, {"object": "list"}) if call.method == "GET" else None

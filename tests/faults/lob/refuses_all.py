"""Lob refuses every piece, each for a reason of its own."""

from __future__ import annotations

import json

from mailroom.faults import Answer, Call

ERROR = {"message": "address is not known", "status_code": 422, "code": "invalid"}


def before(call: Call) -> Answer | None:
    if call.method != "POST":
        return None
    return Answer(status=422, body=json.dumps({"error": ERROR}).encode())

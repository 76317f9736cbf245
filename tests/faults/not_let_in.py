"""Lob does not know the key any more (it was revoked)."""

from __future__ import annotations

import json

from mailroom.faults import Answer, Call

ERROR = {"message": "Your API key is not valid.", "status_code": 401, "code": "invalid_api_key"}


def before(call: Call) -> Answer | None:
    return Answer(status=401, body=json.dumps({"error": ERROR}).encode())

"""The right answer with fields that no document knows, as when Lob adds something new."""

import dataclasses
import json

from mailroom.faults import Answer, Call, as_json


def after(call: Call, answer: Answer) -> Answer:
    """It was done; whoever reads only what he knows is not disturbed."""
    content = {**json.loads(answer.body), "carbon": {"grams": 18}, "paper": ["recycled", None]}
    return dataclasses.replace(answer, body=as_json(200, content).body)

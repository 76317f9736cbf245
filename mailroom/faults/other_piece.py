"""Accepted, and the answer is about somebody else's piece."""

import dataclasses
import json

from mailroom.faults import Answer, Call, as_json


def after(call: Call, answer: Answer) -> Answer:
    """It was done; the ids and the metadata in the answer are another's."""
    content = json.loads(answer.body)
    if "metadata" in content:
        others = {name: f"another {name}" for name in content["metadata"]}
        content.update(id="psc_0000000000000000", metadata=others)
    return dataclasses.replace(answer, body=as_json(200, content).body)

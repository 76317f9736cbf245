"""A list that was not filtered: what it holds is not what was asked for."""

import dataclasses
import json

from mailroom.faults import Answer, Call, as_json


def after(call: Call, answer: Answer) -> Answer:
    content = json.loads(answer.body)
    for each in content.get("data", ()):
        each["metadata"] = {name: f"another {name}" for name in each["metadata"]}
    return dataclasses.replace(answer, body=as_json(200, content).body)

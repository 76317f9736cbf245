"""What the simulated printer does with a document: keep it, or fail as it is told to.

ippeveprinter calls this with the document's path; every job attribute is in the environment
as IPP_NAME. Lines on stderr change what the printer says of itself.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

ROOM = Path(os.environ["PRINT_ROOM"])
CLEAR = "media-empty,media-needed,media-jam,cover-open"


def control() -> dict:
    try:
        return json.loads((ROOM / "control.json").read_text())
    except OSError:
        return {}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    if control().get("state"):
        say(f"STATE: +{control()['state']}")
    time.sleep(control().get("delay", 0))
    while control().get("stuck"):
        time.sleep(0.02)
    say(f"STATE: -{CLEAR}")
    if control().get("exit"):
        say("ERROR: the simulated printer gives up")
        return int(control()["exit"])
    job = {
        key[4:].lower().replace("_", "-"): value
        for key, value in os.environ.items()
        if key.startswith("IPP_")
    }
    target = ROOM / "out" / f"{job.get('job-id', 'x')}-{time.time_ns()}.doc"
    shutil.copyfile(sys.argv[1], target)
    part = target.with_suffix(".part")
    part.write_text(json.dumps(job))
    part.replace(target.with_suffix(".json"))
    say("ATTR: job-impressions-completed=1")
    return 0


if __name__ == "__main__":
    sys.exit(main())

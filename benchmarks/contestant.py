"""One contestant in a process of its own: makes the pieces, prints what it took as JSON.

    .venv/bin/python -m benchmarks.contestant WAY JOB COUNT FOLDER TARGET [--no-codes]

In the clock is everything from opening fonts, templates and the customers' file to the last
file closed. Not in it: the interpreter's start, imports, and the data in `FOLDER`.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import time
from pathlib import Path

from benchmarks.jobs.job import Job
from benchmarks.peers import WAYS


def cpu_seconds() -> float:
    """User and system time of this process, its threads, and the children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def peak() -> int:
    """Most bytes resident of this process so far; `ru_maxrss` would count its parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    way, name, count, folder, target, *rest = sys.argv[1:]
    job = Job(name=name, folder=Path(folder), count=int(count), codes="--no-codes" not in rest)
    make = importlib.import_module(f"benchmarks.peers.{WAYS[way].module}").make
    wall, cpu = time.perf_counter(), cpu_seconds()
    make(job, Path(target), **WAYS[way].options)
    took = {"wall": time.perf_counter() - wall, "cpu": cpu_seconds() - cpu}
    print(json.dumps({**took, "peak": peak()}))


if __name__ == "__main__":
    main()

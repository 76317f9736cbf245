"""How fast mailroom's press is beside what else there is: the reference card and letter.

    .venv/bin/python -m pip install -c constraints.txt -e ".[dev,bench]"
    .venv/bin/python -m benchmarks.press [--pieces 10000] [--rounds 3] [--write docs/performance.md]
    .venv/bin/python -m benchmarks.press --scaling

docs/performance.md says what is made, what is measured and why that is fair. Every contestant runs
in a process of its own, in turn with the others; the medians of the rounds are told. Whoever has
not made the same pieces is told to be wrong and is not timed. Quote the ratios: absolute figures
are the machine's. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import check
from benchmarks.jobs import design
from benchmarks.jobs.job import PAGES, Job
from benchmarks.peers import WAYS

ROOT = Path(__file__).parents[1]
SCALES = (1_000, 10_000, 100_000, 1_000_000)
GOALS = (
    # job, way, at least so many times the CPU time of mailroom's one process
    ("card", "typst", 5),
    ("card", "batches", 100),
    ("card", "one-by-one", 300),
    ("letter", "batches", 40),
)
MOST_BYTES, MOST_MEGABYTES, MOST_DEARER = 3_000, 300, 1.1
_EVERY = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a contestant took for so many pieces."""

    count: int
    wall: float  #: seconds
    cpu: float  #: seconds, user and system, children too
    peak: int  #: bytes resident, children too
    size: int  #: bytes of all its files

    @property
    def milliseconds(self) -> float:
        """CPU time a piece."""
        return self.cpu / self.count * 1000


class Wrong(Exception):  # says what it is
    """A contestant that did not make the pieces; the message says why."""


def run(way: str, job: Job, *, checked: bool) -> Taken:
    """Let a contestant make the pieces once, in a process of its own."""
    target = job.folder / "out" / way
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    words = [way, job.name, str(job.count), str(job.folder), str(target)]
    words += [] if job.codes else ["--no-codes"]
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.contestant", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak, out = 0, None
    while out is None:
        try:
            out, errors = child.communicate(timeout=_EVERY)
        except subprocess.TimeoutExpired:
            peak = max(peak, resident(child.pid))
    try:
        if child.returncode:
            raise Wrong((errors.strip().splitlines() or ["it failed"])[-1])
        for fault in check.faults(job, target) if checked else ():
            raise Wrong(fault)
        took = json.loads(out.splitlines()[-1])
        size = sum(path.stat().st_size for path in target.rglob("*.pdf"))
    finally:
        shutil.rmtree(target)
    peak = max(peak, took["peak"])
    return Taken(count=job.count, wall=took["wall"], cpu=took["cpu"], peak=peak, size=size)


def resident(pid: int) -> int:
    """Bytes resident of a process and its children; what they share counts for each."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0
    return pages * os.sysconf("SC_PAGESIZE") + sum(resident(int(child)) for child in children)


def median(rounds: list[Taken]) -> Taken:
    """Of each figure by itself."""
    return Taken(
        count=rounds[0].count,
        wall=statistics.median(taken.wall for taken in rounds),
        cpu=statistics.median(taken.cpu for taken in rounds),
        peak=round(statistics.median(taken.peak for taken in rounds)),
        size=round(statistics.median(taken.size for taken in rounds)),
    )


def compare(
    name: str, ways: list[str], pieces: int, rounds: int, folder: Path, *, codes: bool
) -> tuple[dict[str, Taken], dict[str, str]]:
    """All ways in turn, several times over: medians, and what was wrong with whom."""
    jobs = {
        way: Job(name=name, folder=folder, count=WAYS[way].count(pieces), codes=codes)
        for way in ways
    }
    for job in jobs.values():
        job.make_ready()
    taken: dict[str, list[Taken]] = {way: [] for way in ways}
    wrong: dict[str, str] = {}
    for number in range(rounds):
        for way in ways:
            if way not in wrong:
                print(f"{name}, round {number + 1}, {WAYS[way].title}", file=sys.stderr)
                try:
                    taken[way].append(run(way, jobs[way], checked=number == 0))
                except Wrong as error:
                    wrong[way] = str(error)
    return {way: median(taken[way]) for way in ways if way not in wrong}, wrong


# --- what is told ---------------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def results(medians: dict[str, Taken], wrong: dict[str, str]) -> str:
    """A row for each contestant."""
    ours = medians.get("press")
    rows = [
        [
            WAYS[way].title,
            f"{taken.count:,}",
            f"{taken.count / taken.wall:,.0f}",
            f"{taken.milliseconds:.3g}",
            f"{taken.milliseconds / ours.milliseconds:.3g}" if ours else "",
            f"{taken.peak / 1e6:.0f}",
            f"{taken.size / taken.count:,.0f}",
        ]
        for way, taken in medians.items()
    ]
    rows += [[WAYS[way].title, f"wrong: {why}", *[""] * 5] for way, why in wrong.items()]
    head = ["way", "N", "pieces/s", "CPU ms/piece", "x mailroom's CPU", "peak MB", "bytes/piece"]
    return table(head, rows)


def goals(medians: dict[str, dict[str, Taken]]) -> str:
    """What was promised, and what was measured."""
    kept = []
    for job, way, least in GOALS:
        ours, theirs = (medians.get(job, {}).get(name) for name in ("press", way))
        if ours and theirs:
            ratio = theirs.milliseconds / ours.milliseconds
            what = f"{job}: CPU time beside {WAYS[way].title}"
            kept.append((what, f"at least {least} x less", f"{ratio:.3g} x", ratio >= least))
    for job, ways in medians.items():
        if ours := ways.get("press"):
            size = ours.size / ours.count
            what = f"{job}: bytes a piece, art included"
            kept.append((what, f"at most {MOST_BYTES:,}", f"{size:,.0f}", size <= MOST_BYTES))
    return promises(kept) if kept else ""


def scaling(counts: list[int], job: str, folder: Path) -> str:
    """Mailroom alone with more and more pieces: a table, and what it means for the goals."""
    taken = []
    for count in counts:
        print(f"{job}, {count:,} pieces", file=sys.stderr)
        work = Job(name=job, folder=folder, count=count)
        work.make_ready()
        try:
            taken.append(run("press", work, checked=True))
        except Wrong as error:
            raise SystemExit(f"{job}, {count:,} pieces: {error}") from None
    rows = [
        [f"{t.count:,}", f"{t.peak / 1e6:.0f}", f"{t.milliseconds:.3g}", f"{t.size / t.count:,.0f}"]
        for t in taken
    ]
    told = table(["N", "peak MB", "CPU ms/piece", "bytes/piece"], rows)
    peak = max(t.peak for t in taken) / 1e6
    kept = [("peak memory", f"under {MOST_MEGABYTES} MB", f"{peak:.0f} MB", peak < MOST_MEGABYTES)]
    known = [t.milliseconds for t in taken if t.count >= 10_000]
    if len(known) > 1:
        dearer = known[-1] / known[0]
        what = f"CPU time a piece at {taken[-1].count:,} beside that at 10,000"
        kept.append((what, f"at most {MOST_DEARER} x", f"{dearer:.2f} x", dearer <= MOST_DEARER))
    return f"{told}\n\n{promises(kept)}"


def promises(kept: list[tuple[str, str, str, bool]]) -> str:
    """What, how it was promised, how it was measured, and whether that is kept."""
    rows = [[*told, "yes" if met else "**no**"] for *told, met in kept]
    return table(["goal", "promised", "measured", "met"], rows)


def machine(date: str, rounds: int) -> str:
    """Where and when this was measured."""
    cpus = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    names = ("weasyprint", "reportlab", "typst", "uharfbuzz", "isal", "pypdfium2")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return (
        f"{date}, {os.cpu_count()} x {cpus[0] if cpus else platform.machine()}, Python "
        f"{platform.python_version()}, {versions}; medians of {rounds} interleaved rounds."
    )


def put(page: Path, block: str, text: str) -> None:
    """Replace what stands in a page between `<!-- [block] -->` and `<!-- [/block] -->`."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(f"<!-- [{block}] -->\n")
    _, end, after = rest.partition(f"<!-- [/{block}] -->")
    if not end:
        raise SystemExit(f"{page} has no <!-- [{block}] --> and <!-- [/{block}] -->")
    page.write_text(f"{before}{begin}{text}\n{end}{after}", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=10_000, help="slow ways make fewer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", nargs="+", choices=PAGES, default=list(PAGES))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--no-codes", action="store_true", help="a card without QR and IMb")
    parser.add_argument("--scaling", nargs="*", type=int, metavar="N", help="mailroom alone")
    parser.add_argument("--date", default=dt.date.today().isoformat())  # noqa: DTZ011
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "benchmark")
    parser.add_argument("--write", type=Path, help="a page with marked blocks for the tables")
    return parser.parse_args()


def fresh(folder: Path) -> Path:
    """A folder for these very jobs: data made by another version is not theirs."""
    sources = sorted(path for path in design.LAYOUTS.rglob("*") if path.suffix not in ("", ".pyc"))
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
    (folder / mark).mkdir(parents=True, exist_ok=True)
    return (folder / mark).resolve()


def main() -> int:
    typed = arguments()
    folder = fresh(typed.folder)
    told: list[str] = []
    failed = False
    if typed.scaling is None:
        block, medians = "benchmark", {}
        for job in typed.jobs:
            medians[job], wrong = compare(
                job, typed.ways, typed.pieces, typed.rounds, folder, codes=not typed.no_codes
            )
            failed = failed or bool(wrong)
            told.append(f"**{job}**\n\n{results(medians[job], wrong)}")
        told.append(goals(medians))
    else:
        block, typed.rounds = "scaling", 1
        counts = typed.scaling or list(SCALES)
        told += [f"**{job}**\n\n{scaling(counts, job, folder)}" for job in typed.jobs]
    text = "\n\n".join(filter(None, [machine(typed.date, typed.rounds), *told]))
    print(text)
    if typed.write:
        put(typed.write, block, text)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

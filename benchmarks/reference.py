"""How fast the shipped layouts are, laid out by the reference and stamped, every check included.

    .venv/bin/python benchmarks/reference.py [--pieces 400]

Prints a table: layout, way, pieces a second, CPU milliseconds and bytes a piece. A press has
everything to learn in each run, which few pieces pay for. Nothing is asserted; quote the
ratios, since absolute figures are the machine's.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mailroom import executors, exports, intake, plan, presswork, produce
from mailroom.address import envelope_lines
from mailroom.audience import choose
from mailroom.fonts import load_fonts
from mailroom.formats import FORMATS
from mailroom.layout import find_layouts, read_layout
from mailroom.model import Household, Mailing, Piece, Recipient
from mailroom.produce import Setup
from mailroom.shipped import FONTS, LAYOUTS, SAMPLE
from mailroom.torture import OWNERS, SENDER

RUNS = 3


def setup_for(name: str, workspace: Path) -> Setup:
    """A mailing of a shipped layout in its first format."""
    layout = read_layout(find_layouts([LAYOUTS])[name])
    fmt = FORMATS[layout.formats[0]]
    mailing = Mailing(
        name="benchmark",
        title="Benchmark",
        layout=name,
        format=fmt.name,
        provider="outbox",
        owner=next(iter(OWNERS)),
        date=dt.date(2026, 12, 1),
    )
    return Setup(
        mailing=mailing,
        layout=layout,
        format=fmt,
        fonts=load_fonts(FONTS),
        sender=SENDER,
        sender_lines=envelope_lines((), SENDER.address, SENDER.address.country),
        workspace=workspace,
        pictures=tuple(o.signature for o in OWNERS.values() if o.signature),
    )


def people(count: int) -> list[Household]:
    """The sample's people again and again, each time with another name: no page is known."""
    path = SAMPLE / "contacts.csv"
    export = exports.recognise(path)
    rows = exports.rows_of(path, export)
    found = intake.read(rows, file=path.name, source="crm", columns=export.columns)
    homes = choose([person for person in found if isinstance(person, Recipient)]).households
    return [_renamed(homes[n % len(homes)], n) for n in range(count)]


def _renamed(home: Household, number: int) -> Household:
    turn = "abcdefghij"[number % 10] * (number // len("abcdefghij") % 5 + 1)

    def rename(person: Recipient) -> Recipient:
        return dataclasses.replace(person, last_name=f"{person.last_name}{turn}")

    return Household(key=f"{home.key}{number}", members=tuple(map(rename, home.members)))


def measure(setup: Setup, pieces: Sequence[Piece], kind: str) -> tuple[float, float, int]:
    """Make them all: wall seconds, CPU seconds of this process and its workers, bytes written."""
    presswork.press_of.cache_clear()
    wall, before = time.perf_counter(), _cpu()
    with tempfile.TemporaryDirectory() as folder:
        done = executors.run(kind, 2, presswork.make, produce.chunks(setup, pieces))
        for _ in presswork.bind(setup, Path(folder), done, len(pieces)):
            pass
        took = time.perf_counter() - wall, _cpu() - before
        return *took, sum(path.stat().st_size for path in Path(folder).iterdir())


def _cpu() -> float:
    own, workers = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=400)
    count = parser.parse_args().pieces
    print(f"{count} pieces, median of {RUNS} runs, merge + press + preflight + binding\n")
    print(f"{'layout':14} {'way':22} {'pieces/s':>9} {'CPU ms':>7} {'bytes':>7}")
    for name in find_layouts([LAYOUTS]):
        setup = setup_for(name, Path.cwd())
        pieces = [
            plan.make_piece(home, n + 1, setup.mailing, setup.layout, setup.sender, OWNERS)
            for n, home in enumerate(people(count))
        ]
        for way, kind, stamp in (
            ("laid out", "inline", False),
            ("stamped", "inline", True),
            ("stamped, 2 processes", "processes", True),
        ):
            stamped = dataclasses.replace(setup, stamp=stamp)
            results = [measure(stamped, pieces, kind) for _ in range(RUNS)]
            wall, cpu, size = (statistics.median(column) for column in zip(*results, strict=True))
            row = f"{count / wall:9.1f} {cpu * 1000 / count:7.1f} {size / count:7.0f}"
            print(f"{name:14} {way:22} {row}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\npeak memory of the parent: {peak} MB")


if __name__ == "__main__":
    main()

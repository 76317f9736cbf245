"""Is every piece posted once when senders are killed and Lob fails? The long run.

    .venv/bin/python -m benchmarks.chaos --pieces 20000 --kills 200 --faults 0.2 --senders 2

A fake Lob in a process of its own fails at that share of all requests; the senders are real
processes, killed at random moments. Prints a table, and ends with 1 where anything was lost or
came twice. `--ledger` takes an empty database; without it the ledger is a file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos import Desk, fault_arguments, run
from tests.lob_fixtures import fake_lob_in_its_own_process

PACE = 30  # pieces a second, more or less: it only spreads the kills over the run


def main() -> int:
    typed = arguments()
    most = 2 * typed.pieces / PACE / max(typed.kills, 1)
    faults = fault_arguments(typed.faults, typed.seed)
    with tempfile.TemporaryDirectory() as folder, fake_lob_in_its_own_process(*faults) as fake:
        url = typed.ledger or f"sqlite:///{folder}/ledger.db"
        desk = Desk(folder=Path(folder), url=url, base_url=fake.base_url)
        desk.prepare(typed.pieces)
        found = run(
            desk,
            senders=typed.senders,
            kills=typed.kills,
            seed=typed.seed,
            every=(0.2, max(most, 0.4)),
            longest=typed.pieces + 300.0,
        )
    print(f"seed {typed.seed}, {typed.senders} senders, {typed.faults:.0%} faults\n\n{found}")
    try:
        found.check(f"seed {typed.seed}")
    except AssertionError as error:
        print(f"\nNOT ONCE: {error}", file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", default="", metavar="URL")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

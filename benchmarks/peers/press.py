"""mailroom as it is used: records -> Pieces -> merge, stamp, check, bind. Everything in the clock.

The records are read twice: once for the names that no other piece may carry, once to be made.
Neither they nor what is made of them pile up.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

# What is imported when it is first used: imports are in nobody's clock.
import mailroom.press.foundry  # noqa: F401
from benchmarks.jobs import design
from benchmarks.jobs.customers import OWNERS, Customer, read
from benchmarks.jobs.job import Job
from mailroom import executors, presswork, produce
from mailroom.fonts import load_fonts
from mailroom.formats import FORMATS
from mailroom.identity import identities_of
from mailroom.layout import read_layout
from mailroom.model import (
    Address,
    Derived,
    Greeting,
    Household,
    Mailing,
    Owner,
    Piece,
    Recipient,
    Sender,
    Severity,
)
from mailroom.produce import Setup
from mailroom.shipped import FONTS

PIECES_A_FILE = 10_000


def make(job: Job, target: Path, workers: int = 0) -> None:
    """Write PDFs into `target` that follow each other by name; no workers: in this process."""
    with tempfile.TemporaryDirectory() as cache:  # nothing is known from an earlier run
        setup = _setup(job, Path(cache))
        kind = "processes" if workers else "inline"
        done = executors.run(kind, workers, presswork.make, _chunks(job, setup))
        _no_piece_is_held(presswork.bind(setup, target, done, PIECES_A_FILE))


def _chunks(job: Job, setup: Setup) -> Iterator[produce.Chunk]:
    """The way that `mailroom prepare` goes, from a file of any length."""
    others = identities_of(_pieces(job, setup))
    return produce.portions(setup, _pieces(job, setup), others)


def _pieces(job: Job, setup: Setup) -> Iterator[Piece]:
    owners = _owners(job)
    return (_piece(customer, setup, owners, job) for customer in read(job.customers))


def _no_piece_is_held(made: Iterable[produce.Made]) -> None:
    """Whoever holds pieces back has less to draw."""
    for one in made:
        for finding in one.findings:
            if finding.severity is Severity.ERROR:
                raise SystemExit(f"{finding.where or one.piece.number}: {finding.message}")


def _setup(job: Job, cache: Path) -> Setup:
    layout = read_layout(job.layout)
    sender = Sender(company=design.COMPANY, address=Address(city="Oldham", country="GB"))
    return Setup(
        mailing=Mailing(
            name="benchmark",
            title="Benchmark",
            layout=layout.name,
            format=layout.formats[0],
            provider="outbox",
            owner=next(iter(OWNERS)),
            date=dt.date(2026, 12, 1),
        ),
        layout=layout,
        format=FORMATS[layout.formats[0]],
        fonts=load_fonts(FONTS),
        sender=sender,
        sender_lines=(design.COMPANY, "OLDHAM"),
        workspace=job.folder,
        pictures=tuple(job.signature(owner) for owner in OWNERS),
        cache=cache,
    )


def _owners(job: Job) -> dict[str, Owner]:
    return {
        key: Owner(key=key, name=name, signature=job.signature(key)) for key, name in OWNERS.items()
    }


def _piece(customer: Customer, setup: Setup, owners: dict[str, Owner], job: Job) -> Piece:
    fields = {"note": customer["note"]}
    if job.has_codes:
        fields["url"] = customer["url"]
        fields["imb"] = customer["imb_tracking"] + customer["imb_routing"]
    key = f"crm:{customer['number']}"
    person = Recipient(
        key=key,
        source="crm",
        where=f"customers.ndjson:{customer['number']}",
        first_name=customer["first"],
        last_name=customer["last"],
        company=customer["company"],
        address=Address(line1=customer["street"], city=customer["town"], country="GB"),
        fields=fields,
    )
    name = Derived(text=f"{customer['first']} {customer['last']}", source="First + Last name")
    return Piece(
        key=f"benchmark {key}",
        mailing=setup.mailing.name,
        number=customer["number"],
        household=Household(key=key, members=(person,)),
        greeting=Greeting(
            envelope_name=name,
            salutation=Derived(text=customer["salutation"], source="Salutation"),
            informal=Derived(text=f"Dear {customer['first']},", source="First name"),
        ),
        language="en",
        address_lines=tuple(customer["address"]),
        owner=owners[customer["owner"]],
    )

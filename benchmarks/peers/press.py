"""mailroom as it is used: records -> Pieces -> merge, stamp, check, write. Everything in the clock.

`WINDOW` pieces are in hand at a time, so that neither records nor results pile up.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

# What `produce` imports when it is first used: imports are in nobody's clock.
import mailroom.render.weasy
import mailroom.sheets.envelopes  # noqa: F401
from benchmarks.jobs import design
from benchmarks.jobs.customers import OWNERS, Customer, read
from benchmarks.jobs.job import Job
from mailroom import executors, produce
from mailroom.fonts import load_fonts
from mailroom.formats import FORMATS
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

WINDOW = 2_000  #: pieces


def make(job: Job, target: Path, workers: int = 0) -> None:
    """Write PDFs into `target` that follow each other by name; no workers: in this process."""
    setup = _setup(job)
    owners = _owners(job)
    records = read(job.customers)
    while window := list(itertools.islice(records, WINDOW)):
        pieces = [_piece(customer, setup, owners, job) for customer in window]
        folder = target / f"{window[0]['number']:09d}"
        folder.mkdir()
        _no_piece_is_held(_produce(setup, pieces, folder, workers))


def _produce(
    setup: Setup, pieces: list[Piece], folder: Path, workers: int
) -> Iterator[produce.Made]:
    """The way that `mailroom prepare` goes."""
    jobs = produce.chunks(setup, pieces, folder)
    kind = "processes" if workers else "inline"
    for _, made in executors.run(kind, workers, produce.make, jobs):
        yield from made


def _no_piece_is_held(made: Iterable[produce.Made]) -> None:
    """Whoever holds pieces back has less to draw."""
    for one in made:
        for finding in one.findings:
            if finding.severity is Severity.ERROR:
                raise SystemExit(f"{finding.where or one.piece.number}: {finding.message}")


def _setup(job: Job) -> Setup:
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

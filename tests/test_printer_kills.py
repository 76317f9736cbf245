"""kill -9 of a process that submits, at random moments: every file is printed exactly once.

KILL_SEED repeats the moments of a run that failed, KILL_ROUNDS makes more of them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mailroom.errors import ProviderError
from mailroom.model import Status
from mailroom.providers import Provider, open_provider
from mailroom.providers.ippclient import Client
from mailroom.providers.jobs import find_jobs, job_title
from tests.printing import batch
from tests.printlab import CardPrinter

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
SEED = int(os.environ.get("KILL_SEED", str(random.randrange(10**6))))


@pytest.mark.slow
def test_whenever_the_sender_is_killed_every_file_is_printed_exactly_once_by_cups(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    moments = random.Random(SEED)
    printer = open_provider("printer", {"uri": cups_queue, "timeout": 30}, tmp_path)
    keys = [f"batch{number:04d}" for number in range(ROUNDS)]
    killed = 0
    for key in keys:
        killed += _kill_after(_moment(moments), cups_queue, tmp_path, key)
        receipt = printer.find(key)
        if receipt is None or receipt.status is not Status.PRINTED:
            receipt = printer.submit(batch(tmp_path / "files", key=key))
        assert receipt.status is Status.PRINTED, key
    printed = Counter(sheet.title.rsplit(":", 1)[0] for sheet in card_printer.received())
    files = ("cards.pdf", "envelopes.pdf")
    wanted = {job_title(key, file, 1).rsplit(":", 1)[0]: 1 for key in keys for file in files}
    assert printed == wanted
    assert killed, "every process was done before it was killed: no moment was tried"


@pytest.mark.slow
def test_whenever_the_sender_is_killed_a_bare_printer_never_prints_twice(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    moments = random.Random(SEED)
    printer = open_provider("printer", {"uri": card_printer.uri, "timeout": 10}, tmp_path)
    for key in (f"batch{number:04d}" for number in range(ROUNDS)):
        _kill_after(_moment(moments), card_printer.uri, tmp_path, key)
        doubt = _finish(printer, tmp_path, key)
        titles = Counter(
            sheet.title.split(":")[2]
            for sheet in card_printer.received()
            if f":{key}:" in sheet.title
        )
        assert max(titles.values(), default=0) <= 1, key
        assert doubt or titles == {"cards.pdf": 1, "envelopes.pdf": 1}, key
        _clear_blocked_printer(card_printer, key)


def _finish(printer: Provider, workspace: Path, key: str) -> bool:
    """As the dispatch does: adopt, submit what was provably not sent, else ask a person."""
    try:
        receipt = printer.find(key)
        if receipt is None or receipt.status is Status.ACCEPTED:
            receipt = printer.submit(batch(workspace / "files", key=key))
    except ProviderError as error:
        if not error.unknown:
            raise
        return True
    return receipt.status is not Status.PRINTED


def _clear_blocked_printer(device: CardPrinter, key: str) -> None:
    """The person at the printer: cancels the job that never got its document."""
    client = Client(device.uri)
    for job in find_jobs(client, key).values():
        if not job.ended:
            client.cancel(job.number)


def _moment(moments: random.Random) -> float:
    """Often within the first requests, where it is most delicate; sometimes while it prints."""
    return moments.uniform(0, 0.06) if moments.random() < 0.7 else moments.uniform(0, 2)


def _kill_after(seconds: float, uri: str, workspace: Path, key: str) -> bool:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.submit_once", uri, str(workspace), key],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    time.sleep(seconds)
    was_running = process.poll() is None
    process.kill()
    process.communicate()
    return was_running

"""kill -9 of a process that submits, at random moments: every file is made exactly once.

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
from mailroom.model import Batch, Status
from mailroom.providers import Provider, open_provider
from mailroom.providers.ippclient import Client
from mailroom.providers.jobs import all_jobs, find_jobs, job_title
from tests.printing import batch, office
from tests.printlab import CardPrinter
from tests.submit_once import number

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
KEYS = [f"batch{each:04d}" for each in range(ROUNDS)]
SEED = int(os.environ.get("KILL_SEED", str(random.randrange(10**6))))


@pytest.mark.slow
def test_whenever_the_sender_is_killed_every_file_is_printed_exactly_once_by_cups(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path
) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    moments = random.Random(SEED)
    printer = open_provider("printer", office({"uri": cups_queue, "timeout": 30}, tmp_path))
    keys = KEYS
    killed = 0
    for key in keys:
        killed += _kill_after(_moment(moments), cups_queue, tmp_path, key)
        _check_found(printer, cups_queue, card_printer, key)
        receipt = printer.submit(_again(tmp_path, key))
        assert receipt.status is Status.PRINTED, key
    printed = Counter(sheet.title.rsplit(":", 1)[0] for sheet in card_printer.received())
    files = ("cards.pdf", "envelopes.pdf")
    wanted = {job_title(key, file, 1).rsplit(":", 1)[0]: 1 for key in keys for file in files}
    assert printed == wanted
    assert killed, "every process was done before it was killed: no moment was tried"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_whenever_the_sender_is_killed_the_batch_can_be_called_back(
    cups_queue: str, card_printer: CardPrinter, tmp_path: Path, way: str
) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    uri = cups_queue if way == "through CUPS" else card_printer.uri
    moments = random.Random(SEED)
    printer = open_provider("printer", office({"uri": uri, "timeout": 30}, tmp_path))
    card_printer.control(delay=0.2)
    for key in KEYS:
        _kill_after(_moment(moments), uri, tmp_path, key)
        stopped = printer.cancel(key)
        assert stopped.status in (Status.CANCELLED, Status.UNKNOWN), key
        assert all(job.ended or job.started for job in all_jobs(Client(uri), key)), key
        assert printer.submit(_again(tmp_path, key)).status in (stopped.status, Status.PRINTED)
        until_all_ended(uri, key)
        titles = [sheet.title for sheet in card_printer.received() if f":{key}:" in sheet.title]
        assert len(titles) == len(set(titles)), key
        assert not titles or stopped.status is Status.UNKNOWN, key


@pytest.mark.slow
def test_whenever_the_sender_is_killed_the_outbox_gets_every_batch_once(tmp_path: Path) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    moments = random.Random(SEED)
    outbox = open_provider("outbox", office({}, tmp_path))
    killed = 0
    keys = [f"batch{each:04d}" for each in range(3 * ROUNDS)]
    for key in keys:
        killed += _kill_after(moments.uniform(0, 0.01), "outbox", tmp_path, key)
        found = outbox.find(key)
        assert found is None or found.status is Status.ACCEPTED
        assert outbox.submit(_again(tmp_path, key)).status is Status.ACCEPTED
    batches = sorted(path.name for path in (tmp_path / "outbox").iterdir())
    assert [name[-9:] for name in batches] == keys
    assert killed, "every process was done before it was killed: no moment was tried"


@pytest.mark.slow
def test_whenever_the_sender_is_killed_a_bare_printer_never_prints_twice(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    print(f"repeat with KILL_SEED={SEED} KILL_ROUNDS={ROUNDS}")
    moments = random.Random(SEED)
    printer = open_provider("printer", office({"uri": card_printer.uri, "timeout": 10}, tmp_path))
    for key in KEYS:
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


def _again(workspace: Path, key: str) -> Batch:
    return batch(workspace / "files", key=key, first=number(key))


def _check_found(printer: Provider, uri: str, device: CardPrinter, key: str) -> None:
    """None only if nothing is there; else the batch is begun, accepted or printed."""
    found = printer.find(key)
    if found is None:
        assert all(job.ended for job in all_jobs(Client(uri), key)), key
        assert not [sheet for sheet in device.received() if f":{key}:" in sheet.title], key
    else:
        assert found.status in (Status.SENDING, Status.ACCEPTED, Status.PRINTED), key


def until_all_ended(uri: str, key: str) -> None:
    end = time.monotonic() + 60
    while not all(job.ended for job in all_jobs(Client(uri), key)):
        assert time.monotonic() < end, "a job never ends"
        time.sleep(0.05)


def _finish(printer: Provider, workspace: Path, key: str) -> bool:
    """As the dispatch does: adopt, submit what was provably not sent, else ask a person."""
    try:
        receipt = printer.find(key)
        if receipt is None or receipt.status in (Status.SENDING, Status.ACCEPTED):
            receipt = printer.submit(_again(workspace, key))
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

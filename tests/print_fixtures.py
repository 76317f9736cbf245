"""Fixtures of the print room; `tests/conftest.py` makes them known to every test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.printlab import Bus, CardPrinter, Cups, missing_tools


@pytest.fixture(scope="session")
def print_room() -> Iterator[Path]:
    """A folder for printers; skips where the tools are missing, fails where CI is set."""
    missing = missing_tools()
    if missing:
        message = f"not installed: {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="print-"))
    folder.chmod(0o755)  # a cupsd started by root runs as nobody and must get in
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def print_bus(print_room: Path) -> Iterator[Bus]:
    bus = Bus(print_room / "bus")
    yield bus
    bus.stop()


@pytest.fixture
def new_printer(print_room: Path, print_bus: Bus) -> Iterator[Callable[..., CardPrinter]]:
    """Makes simulated printers; what it is given are their abilities (`printlab.describe`)."""
    made: list[CardPrinter] = []

    def make(**abilities: Any) -> CardPrinter:
        folder = Path(tempfile.mkdtemp(prefix="p", dir=print_room))
        made.append(CardPrinter(folder, print_bus, **abilities))
        return made[-1]

    yield make
    for printer in made:
        printer.control()
        printer.stop()


@pytest.fixture
def card_printer(new_printer: Callable[..., CardPrinter]) -> CardPrinter:
    """A duplex card printer, spoken to directly: `card_printer.uri`."""
    return new_printer()


@pytest.fixture
def cups(print_room: Path) -> Iterator[Cups]:
    """A private print server without queues."""
    folder = Path(tempfile.mkdtemp(prefix="c", dir=print_room))
    folder.chmod(0o755)
    server = Cups(folder)
    yield server
    server.stop()


@pytest.fixture
def cups_queue(cups: Cups, card_printer: CardPrinter) -> str:
    """The address of a CUPS queue `cards` in front of `card_printer`."""
    return cups.add("cards", card_printer.uri)

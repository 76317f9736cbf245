"""The clerk: the one thread of a server that writes news into the ledger.

Deliveries come in bursts, and each commit waits for the disk. So whatever has come in while
the clerk was writing goes into the ledger together, in one transaction.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from mailroom.ledger import Ledger
from mailroom.ledger.told import take_news
from mailroom.model import News

_MOST = 200  # news in one transaction


class Tally:
    """Counts what happens, from any thread; `since` tells what is new."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._guard = threading.Lock()

    def add(self, what: str, number: int = 1) -> None:
        with self._guard:
            self._counts[what] += number

    def now(self) -> dict[str, int]:
        """Every count there is, in the order in which they began."""
        with self._guard:
            return {what: number for what, number in self._counts.items() if number}

    def since(self, before: dict[str, int]) -> list[str]:
        """One line for each kind of thing that came since: `lob postcard.mailed  +12  (48)`."""
        return [
            f"{what}  +{number - before.get(what, 0)}  ({number})"
            for what, number in self.now().items()
            if number != before.get(what, 0)
        ]


Asked = tuple[News, "Future[None]"]


class Clerk(threading.Thread):
    """Takes news into the ledger; a daemon, so that a locked ledger does not hold up Ctrl-C."""

    def __init__(self, ledger: Ledger, now: Callable[[], str], tally: Tally) -> None:
        super().__init__(name="clerk", daemon=True)
        self._ledger, self._now, self._tally = ledger, now, tally
        self._tray: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()

    def take(self, item: News) -> Future[None]:
        """Done once the news is on the disk; else it holds the error, and nothing was kept."""
        written: Future[None] = Future()
        self._tray.put((item, written))
        return written

    def stop(self, patience: float = 1.0) -> None:
        """Write what is in the tray, but do not wait longer than that."""
        self._tray.put(None)
        self.join(patience)

    def run(self) -> None:
        while first := self._tray.get():
            self._write([first, *self._waiting()])

    def _waiting(self) -> Iterator[Asked]:
        """What else is in the tray now."""
        for _ in range(_MOST - 1):
            try:
                asked = self._tray.get_nowait()
            except queue.Empty:
                return
            if asked is None:
                self._tray.put(None)
                return
            yield asked

    def _write(self, asked: Sequence[Asked]) -> None:
        """All of it in one transaction; what cannot be written does not take the rest along."""
        try:
            told = take_news(self._ledger, [item for item, _ in asked], self._now())
        except Exception as error:
            if len(asked) == 1:
                _answer(asked[0][1], error)
            else:
                for each in asked:
                    self._write([each])
            return
        self._tally.add("known already", len(asked) - told.new)
        for item, written in asked:
            self._tally.add(f"{item.provider} {item.word}")
            _answer(written, None)


def _answer(written: Future[None], error: Exception | None) -> None:
    """Whoever has hung up meanwhile is told nothing."""
    if not written.set_running_or_notify_cancel():
        return
    if error:
        written.set_exception(error)
    else:
        written.set_result(None)

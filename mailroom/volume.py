"""How many pieces go: more than last time, and a few first to be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal


def last_time(name: str, sent: Iterable[str]) -> str:
    """The newest of the mailings in `sent` whose name differs from this one in digits only.

    `sent` has the newest last. Empty where there is none.
    """
    alike = [other for other in sent if other != name and _digitless(other) == _digitless(name)]
    return alike[-1] if alike else ""


def _digitless(name: str) -> str:
    return re.sub(r"\d+", "0", name)


def has_grown(pieces: int, before: int, percent: Decimal) -> bool:
    """Are `pieces` more than those of last time by over so many per cent?"""
    return pieces * 100 > before * (100 + percent)


_LOOKED_AT = 10  # editions
_LOOKED_THROUGH = 50  # pieces
_A_GOOD_DAY = 20  # pieces


def has_jumped(pieces: int, editions: Sequence[int]) -> bool:
    """Are there far more than in any of the last editions of a programme, oldest first?

    One day has two birthdays and the next five: only what is over double the largest is odd,
    and at the first time what is more than a person looks through.
    """
    largest = max(editions[-_LOOKED_AT:], default=0)
    return pieces > max(2 * largest, _A_GOOD_DAY if largest else _LOOKED_THROUGH)


def first_few(waiting: int, sent: int, pause_after: int) -> int:
    """How many of the waiting pieces may go before somebody has looked at the first ones.

    `sent` is what has left the house of this mailing; a `pause_after` of 0 never pauses.
    """
    return min(waiting, pause_after - sent) if sent < pause_after else waiting

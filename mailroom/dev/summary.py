"""What a rehearsal came to: the numbers of `GET /_fake/stats` in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailroom.dev.fakestate import WINDOW_SECONDS

Stats = Mapping[str, Any]
Rows = list[tuple[str, str]]


def rows(stats: Stats) -> Rows:
    """The table at the end; nothing that is zero but the duplicates, which should be."""
    twice = sum(stats["duplicates"].values()) - len(stats["duplicates"])
    counts = stats["counts"]
    peak = max(stats["peaks"].values(), default=0)
    table = [
        *((f"{kind.replace('_', '-')} accepted", n) for kind, n in stats["by_kind"].items()),
        ("of them real mail", stats["physical"]),
        ("cancelled", stats["cancelled"]),
        ("failed to render", stats["failed"]),
        ("answered again by their key", counts.get("replayed", 0)),
        ("the same key for something else", counts.get("replayed with another body", 0)),
        *((name, number) for name, number in counts.items() if name.startswith("refused")),
        *((f"fault {name}", number) for name, number in sorted(stats["faults"].items())),
        *((f"webhooks {name}", stats["webhooks"].get(name, 0)) for name in _WEBHOOKS),
        ("told to slow down (429)", sum(stats["rate_limited"].values())),
        ("requests", sum(stats["requests"].values())),
        (f"most in any {WINDOW_SECONDS:g} s at one endpoint", peak),
    ]
    return [("duplicates", str(twice)), *((name, str(number)) for name, number in table if number)]


_WEBHOOKS = ("delivered", "tried again", "given up")


def news(before: Stats, now: Stats) -> list[str]:
    """One line for each kind of event that came since: `postcards accepted  +120  (480)`."""
    earlier = _numbers(before)
    return [
        f"{name}  +{number - earlier.get(name, 0)}  ({number})"
        for name, number in _numbers(now).items()
        if number != earlier.get(name, 0)
    ]


def _numbers(stats: Stats) -> dict[str, int]:
    accepted = {f"{kind.replace('_', '-')} accepted": n for kind, n in stats["by_kind"].items()}
    faults = {f"fault {name}": number for name, number in stats["faults"].items()}
    counts = {name: n for name, n in stats["counts"].items() if name != "accepted"}
    limited = {"told to slow down (429)": sum(stats["rate_limited"].values())}
    return {**accepted, **counts, **faults, **stats["webhooks"], **limited}

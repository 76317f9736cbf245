"""A process that submits one batch, to be killed at any moment.

usage: python -m tests.submit_once URI WORKSPACE KEY; `outbox` for URI is the outbox
"""

from __future__ import annotations

import sys
from pathlib import Path

from mailroom.providers import open_provider
from tests.printing import batch, office


def main(uri: str, workspace: Path, key: str) -> None:
    name = "outbox" if uri == "outbox" else "printer"
    settings = {} if uri == "outbox" else {"uri": uri, "timeout": 30}
    provider = open_provider(name, office(settings, workspace))
    sent = batch(workspace / "files", key=key, first=number(key))
    print("begin", flush=True)
    print(provider.submit(sent).status.value, flush=True)


def number(key: str) -> int:
    """The first piece of a batch called `batch0007`: every batch has people of its own."""
    return int(key.removeprefix("batch"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

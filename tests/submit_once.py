"""A process that submits one batch to a printer, to be killed at any moment.

usage: python -m tests.submit_once URI WORKSPACE KEY
"""

from __future__ import annotations

import sys
from pathlib import Path

from mailroom.providers import open_provider
from tests.printing import batch


def main(uri: str, workspace: Path, key: str) -> None:
    settings = {"uri": uri, "timeout": 30}
    printer = open_provider("printer", settings, workspace)
    sent = batch(workspace / "files", key=key)
    print("begin", flush=True)
    print(printer.submit(sent).status.value, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

"""Commands as somebody types them: in this process, in one of their own, on a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom.__main__ import run

PYTHON = (sys.executable, "-m", "mailroom")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command said: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer for programs; fails where anything else is on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def words(self) -> str:
        """The answer however it is wrapped, without the blanks of its columns."""
        return " ".join(self.out.split())


def typed(folder: Path | None, *words: str) -> Answer:
    """Type `mailroom WORDS` in a workspace, without a terminal."""
    out, err = io.StringIO(), io.StringIO()
    where = ("-C", str(folder)) if folder else ()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*where, *words])
    return Answer(code=code, out=out.getvalue(), err=err.getvalue())


def started(folder: Path, *words: str, **more: Any) -> subprocess.Popen[str]:
    """`mailroom WORDS` in a process and a process group of its own."""
    return subprocess.Popen(
        [*PYTHON, "-C", str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )


def finished(process: subprocess.Popen[str], patience: float = 120) -> Answer:
    out, err = process.communicate(timeout=patience)
    return Answer(code=process.returncode, out=out, err=err)


def on_a_terminal(
    command: Sequence[str], answers: Mapping[str, str], patience: float = 120
) -> tuple[int, str]:
    """Run `command` on a terminal of 80 columns; type each answer when its question is there.

    Returns the exit code and everything that was on the screen.
    """
    child, screen = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.environ.update(COLUMNS="80", TERM="xterm")
        os.execv(command[0], list(command))
    text, waiting, deadline = "", dict(answers), time.monotonic() + patience
    last = b""
    while time.monotonic() < deadline:
        if not select.select([screen], [], [], 10)[0]:
            if last == b"\x03":  # one that comes just before the prompt waits is not noticed
                os.write(screen, last)
            continue
        try:
            text += os.read(screen, 65536).decode(errors="replace")
        except OSError:  # the other side has closed it
            break
        for question in [q for q in waiting if q in text]:
            last = waiting.pop(question).encode()
            _let_it_wait(child)
            os.write(screen, last)
    os.close(screen)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), text


def _let_it_wait(process: int) -> None:
    """Until it sleeps, as it does while it waits for an answer."""
    stat = Path(f"/proc/{process}/stat")
    while stat.exists() and stat.read_text().rpartition(") ")[2][0] == "R":
        time.sleep(0.01)

"""What tests ask of the machine: a port where nobody listens, a process without privileges."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

_DROP = 24  # PR_CAPBSET_DROP of prctl(2)
_MAY_READ_AND_WRITE_ALL = (1, 2, 3)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
_MAY_GIVE_UP = 8  # CAP_SETPCAP


def own_port() -> int:
    """A port of the loopback for a server that the test starts; until then nobody listens there.

    It stays bound as long as this process lives, so that no other worker, and no connection that
    goes out, is given it before the server is there or while it starts anew. The server may
    listen all the same: it asks for SO_REUSEADDR, as all servers do.
    """
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    port = int(taken.getsockname()[1])
    taken.detach()
    return port


@pytest.fixture
def closed_port() -> int:
    """A port of the loopback where nobody listens."""
    return own_port()


def _give_up_privileges() -> None:
    """Let the rights of files count for root too, from the next exec on."""
    libc = ctypes.CDLL(None, use_errno=True)
    for privilege in _MAY_READ_AND_WRITE_ALL:
        if libc.prctl(_DROP, privilege, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


@pytest.fixture
def mortal() -> Callable[[], None]:
    """For `preexec_fn`: a process that is told no where a file's rights say no."""
    if os.geteuid() != 0:
        return lambda: None
    if not _has_privilege(_MAY_GIVE_UP):
        pytest.skip("root may not give up its privileges here, so no file's rights count")
    return _give_up_privileges


def _has_privilege(number: int) -> bool:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (effective,) = (line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> number & 1)

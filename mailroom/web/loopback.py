"""Where our servers listen: on this machine only."""

from __future__ import annotations

import socket

from mailroom.errors import EnvironmentProblem

HERE = "127.0.0.1"

WEBHOOKS = 8025
"""The port for webhooks: always the same, since the provider or a proxy has to know it."""


def listen(port: int, hint: str) -> socket.socket:
    """A socket on `port` of this machine, 0 for a free one; EnvironmentProblem with `hint`."""
    try:
        return socket.create_server((HERE, port))
    except OSError as error:
        message = f"cannot listen on {HERE}:{port}: {error.strerror}"
        raise EnvironmentProblem(message, hint=hint) from None


def missing(what: str, error: ImportError) -> EnvironmentProblem:
    """The extra `web` is not installed."""
    message = f"{what} needs {error.name}, which is not installed"
    return EnvironmentProblem(message, hint="pip install 'mailroom[web]'")

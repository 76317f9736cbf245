"""The error tree and the exit codes; imports nothing of ours.

    MailroomError
    |-- UsageError           2  the words typed do not make sense together
    |-- Refused              1  understood, and not done: nothing was changed
    |   |-- Taken               another sender has it in hand
    |   |-- InputError          a file that cannot be read
    |   `-- ApprovalError       no approval for exactly this digest
    |-- RenderError          1  the renderer could not make the page
    |-- ProviderError        1  the provider said no, or did not answer
    |   `-- Unsupported         the provider cannot do what the mailing asks for
    |-- ConfigError          4  mailroom.toml, a mailing, a layout or a font is wrong
    `-- EnvironmentProblem   4  disk, ledger, network or a missing package

A bad *row* is never an error: it becomes a `Finding` and its piece is held (see `model.py`).
Every error carries where it happened and what to type next.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the shell sees; the one table of exit codes."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    HELD = 3
    CONFIG = 4
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for the README and `mailroom --help`."""
        return EXIT_MEANINGS[self]


EXIT_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.REFUSED: "refused or failed, nothing half-done",
    ExitCode.USAGE: "the command line does not make sense",
    ExitCode.HELD: "done, but some pieces are held or failed",
    ExitCode.CONFIG: "configuration or environment is wrong",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}


class MailroomError(Exception):
    """Something stopped mailroom."""

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str = "", *, where: str = "", hint: str = "") -> None:
        """`where` is `file:line`, a piece or a page; `hint` is what to type next."""
        self.message = message or (self.__doc__ or "").partition("\n")[0]
        self.where = where
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(MailroomError):
    """The words typed do not make sense together."""

    exit_code = ExitCode.USAGE


class Refused(MailroomError):
    """Understood, and not done: nothing was changed."""


class Taken(Refused):
    """Another sender has it in hand."""


class Stale(Refused):
    """Somebody has said something since it was looked at: look again."""


class InputError(Refused):
    """The file cannot be read."""


class ApprovalError(Refused):
    """There is no approval for exactly what would be sent."""


class RenderError(MailroomError):
    """The page could not be made."""


class ProviderError(MailroomError):
    """The provider did not take the batch.

    `retryable`: trying the same thing again may work. `unknown`: the provider may
    have taken it all the same, so only `find` may decide what happens next. `retry_after`:
    seconds the provider asks to be left alone. `replies`: its answers, kept as proof.
    """

    def __init__(
        self,
        message: str = "",
        *,
        where: str = "",
        hint: str = "",
        retryable: bool = False,
        unknown: bool = False,
        raw: str = "",
        retry_after: float = 0,
        replies: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.retryable = retryable
        self.unknown = unknown
        self.raw = raw
        self.retry_after = retry_after
        self.replies = replies


class Unsupported(ProviderError):
    """The provider cannot do what the mailing asks for."""


class ConfigError(MailroomError):
    """A setting, a mailing, a layout or a font is wrong."""

    exit_code = ExitCode.CONFIG


class EnvironmentProblem(MailroomError):
    """The disk, the ledger, the network or a package is not as it must be."""

    exit_code = ExitCode.CONFIG

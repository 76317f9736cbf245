"""`mailroom` and `python -m mailroom`: run a command, turn every error into its exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import click

from mailroom.cli import cli
from mailroom.errors import EnvironmentProblem, ExitCode, MailroomError
from mailroom.terminal import explain, give_back, talk


def main() -> None:
    """Run the command line; the only place where exit codes are made."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `arguments` and return the exit code; a traceback only with -v."""
    verbose = any(word in ("-v", "--verbose") for word in arguments)
    with _private_files(), _noticing_ctrl_c() as pressed:
        try:
            code = cli.main(args=arguments, prog_name="mailroom", standalone_mode=False)
            return code if isinstance(code, int) else ExitCode.DONE
        except click.exceptions.Exit as stop:
            return stop.exit_code
        except click.ClickException as error:
            error.show()
            return ExitCode.USAGE
        except (KeyboardInterrupt, click.Abort):
            return _interrupted()
        except Exception as error:
            return _interrupted() if pressed else _failed(error, verbose)


@contextlib.contextmanager
def _private_files() -> Iterator[None]:
    """Nearly every file holds customers' names and addresses: nobody else reads them."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _noticing_ctrl_c() -> Iterator[list[int]]:
    """Remember that Ctrl-C was pressed.

    ReportLab swallows the KeyboardInterrupt in a bare `except` and fails with another error
    later; to the person it is still his own Ctrl-C.
    """
    pressed: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted() -> int:
    give_back()
    talk("\nmailroom: interrupted; nothing is half-done")
    talk("          type the same again and it goes on from here")
    return ExitCode.INTERRUPTED


def _failed(error: Exception, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    known = error if isinstance(error, MailroomError) else _known(error)
    explain(known)
    return known.exit_code


def _known(error: Exception) -> MailroomError:
    """An error nobody foresaw, in the same shape; the disk's own words where it was the disk."""
    if isinstance(error, OSError) and error.errno is not None:
        full = error.errno == errno.ENOSPC
        hint = "make room, then type the same again" if full else "`mailroom doctor` may tell more"
        where = str(error.filename or "")
        return EnvironmentProblem(error.strerror or str(error), where=where, hint=hint)
    hint = "this is a fault of mailroom: type the same with -v and report what it prints"
    return MailroomError(f"{type(error).__name__}: {error}", hint=hint)


if __name__ == "__main__":
    main()

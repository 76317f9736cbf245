"""What people see in a terminal: quiet, aligned, good in 80 columns and piped to a file.

stdout is the answer, stderr is the talk. Words come before colours; without a terminal
there are none.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import click

from mailroom.errors import MailroomError

ACCENT = "cyan"
_WIDEST = 34
_NO_WIDTH = {"Mn", "Me", "Cf"}
_NUMBER = re.compile(r"[\d.,]+( k?B)?")


def say(text: str = "") -> None:
    """A line of the answer, on stdout; `| head` may have seen enough of it."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def alert(text: str) -> str:
    """A word that looks like nothing else: money or paper is about to be spent."""
    return click.style(f" {text} ", fg="white", bg="red", bold=True)


def talk(text: str = "") -> None:
    """A line beside the answer, on stderr; where nobody listens the work goes on."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(text, err=True)


def heading(text: str) -> None:
    """A line in the one accent colour, with air above it."""
    say()
    say(click.style(text, fg=ACCENT, bold=True))


def next_steps(*commands: str) -> None:
    """What to type next: always the last lines; empty ones are left out."""
    commands = tuple(filter(None, commands))
    if commands:
        say()
    for number, command in enumerate(commands):
        label = "Next:  " if number == 0 else "       "
        say(label + click.style(command, bold=True))


def table(rows: Iterable[Sequence[str]], header: Sequence[str] = (), indent: int = 2) -> None:
    """Aligned columns; numbers to the right; the last column wraps within the terminal."""
    body = [(*map(_short, row[:-1]), str(row[-1])) for row in rows]
    if not body:
        return
    everything = [tuple(header), *body] if header else body
    widths = [max(map(_width, column)) for column in zip(*everything, strict=True)]
    right = [_is_of_numbers([row[n] for row in body]) for n in range(len(widths))]
    if header:
        say(click.style(_row(tuple(header), widths, right, indent), dim=True))
    for row in body:
        say(_row(row, widths, right, indent))


def grid(
    rows: Iterable[Sequence[str]], header: Sequence[str], widths: Sequence[int], indent: int = 2
) -> None:
    """Columns of these widths; every cell wraps in its own, and commands nothing.

    Numbers stand to the right. For a table whose columns are all text, or that shows what a file
    has in its cells as it stands.
    """
    body = [tuple(map(harmless, row)) for row in rows]
    right = [_is_of_numbers([row[n] for row in body]) for n in range(len(widths))] or ()
    for number, row in enumerate([tuple(header), *body] if header else body):
        cells = [_lines(cell, width) for cell, width in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            text = "  ".join(
                " " * (width - _width(part)) + part
                if to_right
                else part.ljust(width - _width(part) + len(part))
                for part, width, to_right in zip(parts, widths, right, strict=True)
            ).rstrip()
            say(click.style(" " * indent + text, dim=bool(header) and number == 0))


def harmless(text: str) -> str:
    """What a file has in a cell, so that it moves no cursor."""
    return "".join(char if char.isprintable() else " " for char in text)


def columns() -> int:
    """How wide an answer may be."""
    return _columns()


def _lines(text: str, width: int) -> list[str]:
    """The text in lines that are not wider, broken in a word only where one alone is.

    There, behind a hyphen or an underscore if there is one.
    """
    lines, line = [], ""
    for word in text.split():
        if line and _width(line) + 1 + _width(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while _width(line) > width:
            end = len(line)
            while _width(line[:end]) > width:
                end -= 1
            end = max(line.rfind(sign, width // 2, end) + 1 for sign in "-_@. ") or end
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line]


def _short(cell: str) -> str:
    """A long name must not push the last column off the screen."""
    if _width(cell) <= _WIDEST:
        return cell
    end = len(cell)
    while _width(cell[:end]) >= _WIDEST:
        end -= 1
    return cell[:end].rstrip() + "…"


def _row(row: Sequence[str], widths: Sequence[int], right: Sequence[bool], indent: int) -> str:
    cells = [
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(row[:-1], widths, right, strict=False)
    ]
    start = indent + sum(widths[:-1]) + 2 * (len(widths) - 1)
    last = row[-1].rjust(widths[-1]) if right[-1] else _wrapped(row[-1], start)
    return " " * indent + "  ".join([*cells, last]).rstrip()


def _wrapped(text: str, start: int) -> str:
    room = max(_columns() - start, 24)
    lines, line = [], ""
    for word in text.split(" "):
        if line and _width(line) + 1 + _width(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return ("\n" + " " * start).join([*lines, line])


def _columns() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two, marks and joiners none."""
    import unicodedata

    return sum(
        0
        if unicodedata.category(char) in _NO_WIDTH
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def _is_of_numbers(cells: Sequence[str]) -> bool:
    """A cell that is left empty makes no words of the numbers above it."""
    return any(cells) and all(_is_number(cell) for cell in cells if cell)


def _is_number(text: str) -> bool:
    """`12`, `1,200`, `0.62` and `283 kB` are written under one another from the right."""
    return bool(_NUMBER.fullmatch(text))


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 piece`, `68 pieces`, `12,400 people`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def money(amount: Decimal, currency: str) -> str:
    """`68.42 GBP`; what costs nothing says so."""
    return f"{amount:,.2f} {currency}".strip() if amount else "no price set"


def explain(error: MailroomError) -> None:
    """An error in words: what, where, what to type next."""
    talk(click.style("mailroom: ", fg="red", bold=True) + str(error))
    if error.hint:
        talk(f"          {error.hint}")


def give_back() -> None:
    """Leave a terminal as it was found: a bar that was not finished has hidden the cursor."""
    if sys.stderr.isatty():
        talk(_SHOW_CURSOR)


_SHOW_CURSOR = "\x1b[?25h"


class Progress:
    """A bar on a terminal; otherwise a plain line at the end of the work."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            if done == total:
                talk(f"{self._label}: {done} of {total}")
            return
        if self._bar is None:
            self._bar = click.progressbar(
                length=total, label=self._label, file=sys.stderr, fill_char="=", empty_char=" "
            )
        self._bar.update(done - self._done)
        self._done = done
        if done == total:
            self._bar.render_finish()

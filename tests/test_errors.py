"""The error tree: every error has an exit code of the one table, and words of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailroom.errors import EXIT_MEANINGS, ExitCode, MailroomError, ProviderError


def _tree(kind: type[MailroomError]) -> Iterator[type[MailroomError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)


ERRORS = [kind for kind in _tree(MailroomError) if kind.__module__ == "mailroom.errors"]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_has_an_exit_code_of_the_table(kind: type[MailroomError]) -> None:
    assert kind.exit_code in EXIT_MEANINGS
    assert kind.exit_code is not ExitCode.DONE


def test_the_table_is_the_one_people_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "REFUSED": 1,
        "USAGE": 2,
        "HELD": 3,
        "CONFIG": 4,
        "INTERRUPTED": 130,
    }
    assert all(code.meaning for code in ExitCode)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_without_words_says_what_its_class_is(kind: type[MailroomError]) -> None:
    assert kind.__doc__
    assert str(kind()) == kind.__doc__.splitlines()[0]


def test_an_error_is_told_with_its_place_before_it() -> None:
    error = MailroomError("no such thing", where="a.toml:3", hint="add it")
    assert str(error) == "a.toml:3: no such thing"
    assert str(MailroomError("no such thing")) == "no such thing"
    assert (error.where, error.hint) == ("a.toml:3", "add it")


def test_a_providers_error_says_whether_it_may_be_tried_again() -> None:
    plain = ProviderError("no")
    assert (plain.retryable, plain.unknown, plain.raw) == (False, False, "")
    busy = ProviderError("busy", retryable=True, unknown=True, raw="503")
    assert (busy.retryable, busy.unknown, busy.raw) == (True, True, "503")

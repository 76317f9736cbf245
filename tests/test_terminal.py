"""What people see: columns under one another in every script, plain words when piped."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import terminal
from mailroom.errors import ConfigError

# A terminal's columns of a character, written down by hand.
WIDE = dict.fromkeys("佐藤京ンダ한글！", 2)
NARROW = dict.fromkeys("abcXYZéßøñΩЖ.-'", 1)
MARKS = dict.fromkeys("\u0301\u0308\u0327\u0e34\ufe0f\u200d\u20dd", 0)
COLUMNS = {**WIDE, **NARROW, **MARKS, "…": 1, " ": 1}

words = st.text(st.sampled_from(sorted({**WIDE, **NARROW})), min_size=1, max_size=30)
marked = st.builds(lambda word, mark: word + mark, words, st.sampled_from(["", *sorted(MARKS)]))


@pytest.fixture(autouse=True, scope="module")
def eighty_columns() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        yield


def width(text: str) -> int:
    return sum(COLUMNS[char] for char in text)


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def printed(rows: list[tuple[str, ...]], header: tuple[str, ...] = ()) -> list[str]:
    """What `table` prints, without a terminal."""
    out, before = io.StringIO(), sys.stdout
    sys.stdout = out
    try:
        terminal.table(rows, header)
    finally:
        sys.stdout = before
    return out.getvalue().splitlines()


@given(st.lists(st.tuples(marked, marked, st.just("|")), min_size=1, max_size=6))
def test_columns_stand_under_one_another_in_every_script(rows: list[tuple[str, ...]]) -> None:
    places = {width(line[: line.rindex("|")]) for line in printed(rows)}
    assert len(places) == 1


@given(st.lists(words, min_size=1, max_size=40), st.integers(0, 20))
def test_the_last_column_wraps_within_the_terminal_and_loses_no_word(
    text: list[str], first: int
) -> None:
    lines = printed([("X" * first + "X", " ".join(text))])
    assert " ".join(lines).split()[1:] == text
    longest = max(map(width, text))
    assert all(width(line) <= max(80, 2 + first + 1 + 2 + longest) for line in lines)
    assert len({len(line) - len(line.lstrip()) for line in lines[1:]}) <= 1


@given(marked.filter(lambda text: width(text) > 0), st.integers(1, 4))
def test_a_very_long_cell_is_cut_and_says_so(text: str, times: int) -> None:
    (line,) = printed([(text * times * 3, "|")])
    cell = line.strip().removesuffix("|").rstrip()
    assert width(cell) <= terminal._WIDEST
    assert cell == (text * times * 3).strip() or cell.endswith("…")


def test_numbers_are_written_from_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table([("a", "9", "0.62"), ("b", "1,200", "37.20")])
    assert shown(capsys) == ["  a      9   0.62", "  b  1,200  37.20"]


def test_a_number_that_is_left_out_makes_no_words_of_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.table([("people", "500", "in"), ("held", "2", "no name"), ("approved", "", "by R")])
    assert shown(capsys) == [
        "  people    500  in",
        "  held        2  no name",
        "  approved       by R",
    ]


def test_a_column_with_words_among_its_numbers_is_a_column_of_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.table([("9", "x"), ("none", "y")])
    assert shown(capsys) == ["  9     x", "  none  y"]


def test_a_table_without_rows_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table([], ("no.", "who"))
    assert shown(capsys) == []


def test_what_is_piped_has_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.heading("Held")
    terminal.next_steps("mailroom proof cards", "mailroom approve cards --by YOU")
    terminal.table([("a", "b")], ("one", "two"))
    terminal.explain(ConfigError("wrong", where="a.toml:3", hint="mend it"))
    streams = capsys.readouterr()
    assert "\x1b" not in streams.out + streams.err
    assert "Next:  mailroom proof cards\n       mailroom approve cards" in streams.out


def test_an_error_says_what_where_and_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.explain(ConfigError("it is wrong", where="a.toml:3", hint="mend it"))
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == "mailroom: a.toml:3: it is wrong\n          mend it\n"


def test_an_error_without_a_hint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.explain(ConfigError("it is wrong"))
    assert capsys.readouterr().err == "mailroom: it is wrong\n"


def test_work_that_nobody_watches_is_told_once_at_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = terminal.Progress("pieces")
    for done in (25, 50, 60):
        progress(done, 60)
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", "pieces: 60 of 60\n")


class Screen(io.StringIO):
    """A terminal that keeps what was written on it."""

    def isatty(self) -> bool:
        return True


def test_work_on_a_terminal_has_a_bar_that_fills_up(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    progress = terminal.Progress("pieces")
    for done in (30, 60):
        progress(done, 60)
    assert "pieces" in screen.getvalue()
    assert "100%" in screen.getvalue()
    assert screen.getvalue().endswith("\n") or "\x1b[?25h" in screen.getvalue()


def test_a_bar_that_was_not_finished_gives_the_cursor_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.give_back()
    assert capsys.readouterr().err == ""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal.Progress("pieces")(30, 60)
    terminal.give_back()
    assert screen.getvalue().rstrip().endswith("\x1b[?25h")


class Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_talk_that_nobody_can_hear_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Closed())
    terminal.talk("batch 1 of an interrupted run: accepted")
    terminal.Progress("posted")(60, 60)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 pieces"), (1, "1 piece"), (68, "68 pieces"), (1200, "1,200 pieces")]
)
def test_things_are_counted_in_words(number: int, text: str) -> None:
    assert terminal.count(number, "piece") == text


def test_an_irregular_plural_is_given() -> None:
    assert terminal.count(2, "person", "people") == "2 people"
    assert terminal.count(1, "person", "people") == "1 person"


def test_money_is_to_the_cent_and_nothing_is_said_to_be_unset() -> None:
    assert terminal.money(Decimal("1234.5"), "GBP") == "1,234.50 GBP"
    assert terminal.money(Decimal("0.005") * 2, "EUR") == "0.01 EUR"
    assert terminal.money(Decimal(0), "GBP") == "no price set"


def test_no_cell_of_a_table_breaks_its_line_or_commands_the_terminal() -> None:
    lines = printed(
        [("Card\nno colon", "a\tb"), ("Ada\x1b[2J", "Boston\r\nMA")], header=("na\nme", "town")
    )
    assert [line.rstrip() for line in lines] == [
        "  na me          town",
        "  Card no colon  a b",
        "  Ada [2J        Boston  MA",
    ]


@given(st.text(st.sampled_from(sorted(COLUMNS)), max_size=60), st.integers(2, 40))
def test_what_is_shortened_is_no_wider_than_it_may_be(text: str, widest: int) -> None:
    short = terminal.shorten(text, widest)
    assert width(short) <= widest
    assert (short == text) == (width(text) <= widest)


def test_a_cell_of_a_megabyte_takes_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table([("Ada", "B" * 1_000_000, "LS1")])
    assert shown(capsys) == [f"  Ada  {'B' * 33}…  LS1"]
    terminal.grid([("B" * 200_000, "1")], ("name", "count"), (30, 5))
    assert len(shown(capsys)) == 6668

"""What came in is kept whole and compared: new, changed field by field, gone, back."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from mailroom.errors import InputError, Refused
from mailroom.ledger import Ledger, open_ledger, people
from mailroom.ledger.changes import (
    applied,
    changes_since,
    changes_to,
    fields_of,
)
from mailroom.ledger.incoming import BATCH, Spool
from mailroom.ledger.people import (
    Counts,
    files_read,
    gone_people,
    newest_snapshot,
    people_of,
    take_snapshot,
)
from mailroom.ledger.records import to_json
from mailroom.model import Address, Finding, Name, Recipient, Severity

NOW = "2026-11-23T09:00:00+00:00"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        yield ledger


def anna(number: int = 1, **changes: Any) -> Recipient:
    person = Recipient(
        key=f"crm:{number}", source="crm", where=f"a.csv:{number + 1}", first_name="Anna"
    )
    return replace(person, **changes)


def take(
    ledger: Ledger, people: Iterable[Recipient], *, source: str = "crm", gone: int | None = None
) -> Counts:
    named = [("a.csv", "1" * 64)]
    return take_snapshot(ledger, source, named, people, lambda _: {}, NOW, gone)


def brought(ledger: Ledger) -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    found = changes_since(ledger, newest_snapshot(ledger) - 1)
    return {b.change.recipient: (b.change.kind, dict(b.change.fields)) for b in found}


def keys(people: Iterable[Recipient]) -> list[str]:
    return [person.key for person in people]


def test_the_first_snapshot_of_a_source_is_counted_and_sets_nothing_off(ledger: Ledger) -> None:
    assert take(ledger, [anna(1), anna(2)]) == Counts(people=2, new=2, first=True)
    assert changes_since(ledger, 0) == ()
    assert take(ledger, [anna(9, key="web:9", source="web")], source="web").first


def test_who_is_new_is_new_with_everything_that_the_crm_says(ledger: Ledger) -> None:
    take(ledger, [anna(1)])
    counts = take(ledger, [anna(1), anna(2, fields={"stage": "won"}, suppressed=("deceased",))])
    assert counts == Counts(people=2, new=1)
    fields = {
        "first_name": ("", "Anna"),
        "suppressed": ("", "deceased"),
        "stage": ("", "won"),
    }
    assert brought(ledger) == {"crm:2": ("new", fields)}


def test_what_has_changed_is_kept_field_by_field(ledger: Ledger) -> None:
    take(ledger, [anna(1, address=Address(city="Otley"), fields={"stage": "lead", "Old": "x"})])
    now = anna(
        1,
        address=Address(city="Leeds"),
        fields={"stage": "won", "email": "a column of their own"},
        partners=(Name(first_name="Tom", last_name="Lang"),),
    )
    assert take(ledger, [now]) == Counts(people=1, changed=1)
    changed = {
        "address.city": ("Otley", "Leeds"),
        "stage": ("lead", "won"),
        "Old": ("x", ""),
        "column email": ("", "a column of their own"),
        "partners": ("", "Tom Lang"),
    }
    assert brought(ledger) == {"crm:1": ("changed", changed)}
    assert people_of(ledger) == (now,)


def test_another_line_of_the_file_is_no_change_but_is_known(ledger: Ledger) -> None:
    take(ledger, [anna(1), anna(2)])
    note = Finding(rule="r", severity=Severity.NOTE, message="m")
    moved = [anna(2, where="b.csv:2"), anna(1, where="b.csv:3", findings=(note,))]
    assert take(ledger, moved) == Counts(people=2)
    assert brought(ledger) == {}
    assert people_of(ledger) == tuple(moved)


def test_who_is_not_in_the_new_export_is_gone_but_not_forgotten(ledger: Ledger) -> None:
    take(ledger, [anna(1), anna(2)])
    assert take(ledger, [anna(2)]) == Counts(people=1, gone=1)
    assert brought(ledger) == {"crm:1": ("gone", {})}
    assert keys(people_of(ledger)) == ["crm:2"]
    assert keys(people_of(ledger, gone=True)) == ["crm:1", "crm:2"]
    assert keys(gone_people(ledger)) == ["crm:1"]


def test_who_comes_back_is_back_and_not_new(ledger: Ledger) -> None:
    take(ledger, [anna(1), anna(2)])
    take(ledger, [anna(2)])
    assert take(ledger, [anna(1, last_name="Berg"), anna(2)]) == Counts(people=2, back=1)
    assert brought(ledger) == {"crm:1": ("back", {"last_name": ("", "Berg")})}
    assert [b.change.kind for b in changes_to(ledger, "crm:1")] == ["gone", "back"]


def test_the_same_export_twice_brings_nothing(ledger: Ledger) -> None:
    people = [anna(number) for number in range(2 * BATCH + 1)]
    take(ledger, people)
    assert take(ledger, people) == Counts(people=len(people))
    assert len(people_of(ledger)) == len(people)
    assert changes_since(ledger, 0) == ()


def test_another_source_keeps_its_people(ledger: Ledger) -> None:
    take(ledger, [anna(1)])
    take(ledger, [anna(1, key="web:1", source="web")], source="web")
    assert keys(people_of(ledger, ["crm"])) == ["crm:1"]
    assert len(people_of(ledger)) == 2


def test_more_than_half_gone_is_refused_until_somebody_says_how_many(ledger: Ledger) -> None:
    take(ledger, [anna(1), anna(2), anna(3)])
    before = newest_snapshot(ledger)
    for said in (None, 1, 3):
        with pytest.raises(Refused, match=r"2 of the 3 people of 'crm' would be gone") as caught:
            take(ledger, [anna(3, last_name="Berg")], gone=said)
        assert caught.value.hint.endswith("--gone 2")
    assert (newest_snapshot(ledger), len(people_of(ledger))) == (before, 3)
    assert people_of(ledger)[2] == anna(3)
    assert take(ledger, [anna(3)], gone=2) == Counts(people=1, gone=2)


def test_a_file_that_breaks_half_way_changes_nothing(ledger: Ledger) -> None:
    take(ledger, [anna(1)])

    def broken() -> Iterator[Recipient]:
        yield anna(1, last_name="Berg")
        raise InputError("it is cut off", where="a.csv:3")

    with pytest.raises(InputError, match="cut off"):
        take(ledger, broken())
    assert people_of(ledger) == (anna(1),)
    assert newest_snapshot(ledger) == 1


def test_a_report_that_cannot_be_made_changes_nothing(ledger: Ledger) -> None:
    def wrong(_counts: Counts) -> Mapping[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        take_snapshot(ledger, "crm", [], [anna(1)], wrong, NOW)
    assert (people_of(ledger), newest_snapshot(ledger)) == ((), 0)


def test_while_a_file_is_read_the_ledger_is_free_for_others(ledger: Ledger) -> None:
    done = threading.Event()

    def write() -> None:
        take(ledger, [anna(1, key="web:1", source="web")], source="web")
        done.set()

    def slow() -> Iterator[Recipient]:
        yield anna(1)
        other = threading.Thread(target=write)
        other.start()
        assert done.wait(60)
        other.join()

    take(ledger, slow())
    assert len(people_of(ledger)) == 2


def test_two_rows_of_one_key_are_told_apart_and_the_later_is_held(ledger: Ledger) -> None:
    other = anna(1, where="a.csv:7", last_name="Berg")
    rows = [anna(1), other, anna(1, where="a.csv:2"), anna(1, where="a.csv:9")]
    counts = take(ledger, rows)
    _, berg, same, again = keys(people_of(ledger))
    assert len({berg, same, again}) == 3
    assert (again.startswith(f"{same}-"), berg.partition("#")[0]) == (True, "crm:1")
    take(ledger, [anna(1), anna(1, where="a.csv:9"), other])
    assert keys(people_of(ledger)) == ["crm:1", same, berg]  # not by their order
    take(ledger, rows)
    (finding,) = people_of(ledger)[1].findings
    assert (finding.rule, finding.severity, finding.where) == ("duplicate-id", "error", "a.csv:7")
    assert finding.message == "crm:1 is already the record of a.csv:2"
    assert counts.twice == 3
    assert [f.where for f in counts.findings] == ["a.csv:7", "a.csv:2", "a.csv:9"]


def test_a_file_of_nothing_but_one_key_is_told_apart_quickly(ledger: Ledger) -> None:
    counts = take(ledger, (anna(1, where=f"a.csv:{line}") for line in range(3000)))
    assert (counts.people, counts.twice, len(counts.findings)) == (3000, 2999, 100)


def test_the_report_is_kept_with_its_snapshot_and_the_files(ledger: Ledger) -> None:
    files = [("a.csv", "1" * 64), ("b.csv", "2" * 64)]
    seen: list[Counts] = []

    def report(counts: Counts) -> Mapping[str, Any]:
        seen.append(counts)
        return {"new": counts.new}

    take_snapshot(ledger, "crm", files, [anna(1)], report, NOW)
    assert seen == [Counts(people=1, new=1, first=True)]
    assert files_read(ledger, "crm") == dict(files)


# Any two snapshots --------------------------------------------------------------------------

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=4)
_PEOPLE = st.dictionaries(
    st.integers(1, 6),
    st.builds(
        dict,
        last_name=_TEXT,
        email=_TEXT,
        suppressed=st.sampled_from([(), ("deceased",), ("deceased", "opted out")]),
        address=st.builds(Address, city=_TEXT),
        fields=st.dictionaries(st.sampled_from(["stage", "email", "x"]), _TEXT, max_size=3),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with contextlib.closing(open_ledger(f"sqlite:///{file}", NOW)) as ledger:
        yield ledger


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PEOPLE, _PEOPLE)
def test_the_changes_applied_to_the_old_people_give_the_new_ones(
    shared: Ledger, old: dict[int, dict[str, Any]], new: dict[int, dict[str, Any]]
) -> None:
    source = f"s{newest_snapshot(shared)}"

    def people(of: dict[int, dict[str, Any]]) -> list[Recipient]:
        return [anna(n, key=f"{source}:{n}", source=source, **of[n]) for n in of]

    def flat(of: dict[int, dict[str, Any]]) -> dict[str, dict[str, str]]:
        return {person.key: fields_of(to_json(person)) for person in people(of)}

    take(shared, people(old), source=source)
    counts = take(shared, people(new), source=source, gone=len(old.keys() - new.keys()))
    state: dict[str, dict[str, str]] = flat(old)
    for found in changes_since(shared, newest_snapshot(shared) - 1):
        after = applied(found.change, state.pop(found.change.recipient, {}))
        if after is not None:
            state[found.change.recipient] = after
    assert state == flat(new)
    assert people_of(shared, [source]) == tuple(people(new))
    assert counts.new == len(new.keys() - old.keys())


def test_while_two_exports_are_compared_others_may_write(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(ledger, [anna(1), anna(2)])
    compared: list[int] = []
    compare = people._compared

    def interrupted(connection: Connection, source: str, spool: Spool) -> list[str]:
        left = compare(connection, source, spool)
        compared.append(spool.people)
        if len(compared) == 1:  # another export, while this one is looked at
            take(ledger, [anna(2), anna(3)])
        return left

    monkeypatch.setattr(people, "_compared", interrupted)
    counts = take(ledger, [anna(1), anna(2, first_name="Anne"), anna(4)], gone=1)
    assert compared == [3, 2, 3], "what was seen is no longer true: it is compared again"
    assert (counts.new, counts.changed, counts.back, counts.gone) == (1, 1, 1, 1)
    assert [person.key for person in people_of(ledger)] == ["crm:1", "crm:2", "crm:4"]


@pytest.mark.slow
def test_killed_before_the_last_word_a_snapshot_leaves_the_one_before(ledger_url: str) -> None:
    """Everybody is written down by then, in the ledger that nobody else sees yet."""

    def killed() -> None:
        def report(counts: Counts) -> Mapping[str, Any]:
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError("dead by now")

        crowd = [anna(n, first_name="Bob") for n in range(1, 2 * BATCH)]
        ledger = open_ledger(ledger_url, NOW)
        take_snapshot(ledger, "crm", [("b.csv", "2" * 64)], crowd, report, NOW)

    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        take(ledger, [anna(1), anna(2)])
    process = multiprocessing.get_context("fork").Process(target=killed)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        assert [person.first_name for person in people_of(ledger)] == ["Anna", "Anna"]
        assert take(ledger, [anna(1), anna(2), anna(3)]).new == 1, "and the next one is taken"

"""What was found of who is one person is used again, and never once anything has changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.ledger.people import everybody
from mailroom.matching import Matches, match
from mailroom.model import Decision, Recipient
from mailroom.pipeline import matches
from mailroom.pipeline.duplicates import answer
from mailroom.pipeline.who import one_person
from mailroom.workspace import Workspace
from tests.workspaces import copied, edit, make_workspace, opened, write_export
from tests.workspaces import person as row

ANNA = row(1, **{"First Name": "Katharina", "Last Name": "Sauerbruch"})
TWICE = [ANNA, {**ANNA, "Record ID": "7", "First Name": "Kathrarina"}]
OTHERS = [row(2), row(3)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read, and what was found is kept."""
    folder = make_workspace(tmp_path_factory.mktemp("matches"), [*TWICE, *OTHERS])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        assert len(found(ws).groups) == 1
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "w")


def found(ws: Workspace) -> Matches:
    return matches.matches_of(ws, decisions_of(ws.ledger, ""))


def anew(ws: Workspace) -> Matches:
    return match(everybody(ws.ledger), decisions_of(ws.ledger, ""), homes=ws.settings.homes)


def never(*_: object, **__: object) -> Matches:
    raise AssertionError("compared")


def read(ws: Workspace, people: list[dict[str, str]]) -> None:
    write_export(ws.settings.folder, people)
    pipeline.take_in(ws, (), "crm")


def said(ws: Workspace, word: str, by: str = "Ruth") -> None:
    answer(ws, "crm:101", "crm:7", word, by=by)


def test_what_was_found_is_used_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder) as ws:
        expected = anew(ws)
    monkeypatch.setattr(matches, "match", never)
    with opened(folder) as ws:
        assert found(ws) == expected
        assert found(ws).records == 4


CHANGES: dict[str, Callable[[Workspace], None]] = {
    "somebody new": lambda ws: read(ws, [*TWICE, *OTHERS, {**OTHERS[0], "Record ID": "9"}]),
    "another name": lambda ws: read(ws, [TWICE[0], {**TWICE[1], "Last Name": "Sauer"}, *OTHERS]),
    "another address": lambda ws: read(ws, [TWICE[0], {**TWICE[1], "City": "Leeds"}, *OTHERS]),
    "an answer": lambda ws: said(ws, "apart"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_is_seen(folder: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder) as ws:
        before = found(ws)
        CHANGES[change](ws)
        assert found(ws) == anew(ws)
        assert found(ws) != before or found(ws).records != before.records
    with opened(folder) as ws:
        expected = anew(ws)
        monkeypatch.setattr(matches, "match", never)
        assert found(ws) == expected


def test_an_answer_that_is_taken_back_or_given_by_another_is_another(folder: Path) -> None:
    with opened(folder) as ws:
        before = found(ws)
        said(ws, "apart")
        assert found(ws).groups == ()
        said(ws, "same")
        assert found(ws).groups == before.groups
        decide(ws.ledger, [Decision(subject="same:crm:101|crm:7", answer="apart", by="B", at="1")])
        decide(ws.ledger, [Decision(subject="same:crm:102|crm:7", answer="same", by="B", at="2")])
        decide(ws.ledger, [Decision(subject="same:crm:101|crm:102", answer="same", by="C", at="3")])
        told = found(ws).told
        assert "says C" in told[0]
        decide(ws.ledger, [Decision(subject="same:crm:101|crm:102", answer="same", by="D", at="3")])
        assert found(ws).told == anew(ws).told != told


def test_the_rules_for_lists_without_families_are_others(folder: Path) -> None:
    people = [TWICE[0], {**TWICE[0], "Record ID": "7", "First Name": "Robert"}]
    with opened(folder) as ws:
        read(ws, people)
        assert found(ws).groups == ()
    edit(folder / "mailroom.toml", "[owners.ruth]", "[duplicates]\nhomes = false\n[owners.ruth]")
    with opened(folder) as ws:
        assert ("crm:101", "crm:7") in found(ws).groups
        assert len(one_person(ws, "Sauerbruch")) == 2


def test_a_ledger_that_was_put_back_and_went_another_way_is_another(folder: Path) -> None:
    """Its snapshots have the same numbers and times."""
    ledger, kept = folder / ".mailroom" / "ledger.db", folder / "yesterday.db"
    shutil.copy(ledger, kept)
    with opened(folder) as ws:
        read(ws, [*TWICE, row(5)])
        assert len(found(ws).groups) == 1
    shutil.copy(kept, ledger)
    with opened(folder) as ws:
        read(ws, [TWICE[0], {**TWICE[1], "First Name": "Ute"}, row(5)])
        assert found(ws).groups == ()


def test_another_version_of_the_program_compares_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    (package / "matching").mkdir(parents=True)
    files = [package / "address.py", package / "matching" / "words.toml"]
    for file in files:
        file.write_text("one")
    seen = {matches.rules.__wrapped__(package)}
    for file in files:
        file.write_text("other")
        seen.add(matches.rules.__wrapped__(package))
    monkeypatch.setattr(matches, "version", lambda name: f"next {name}")
    seen.add(matches.rules.__wrapped__(package))
    assert len(seen) == 4
    monkeypatch.setattr(matches, "rules", lambda _: "other rules")
    monkeypatch.setattr(matches, "match", lambda *_, **__: Matches(told=("compared",)))
    with opened(folder) as ws:
        assert found(ws).told == ("compared",)


@pytest.mark.parametrize("harm", ["cut", "letter", "text", "gone", "folder"])
def test_a_file_that_is_not_whole_is_made_anew(folder: Path, harm: str) -> None:
    file = folder / ".mailroom" / matches.FILE
    whole = file.read_bytes()
    with opened(folder) as ws:
        expected = anew(ws)
    file.unlink()
    if harm == "cut":
        file.write_bytes(whole[:-9])
    elif harm == "letter":
        file.write_bytes(whole.replace(b"crm:101", b"crm:102"))
    elif harm == "text":
        file.write_bytes(b"nothing\xff\n\n")
    elif harm == "folder":
        file.mkdir()
    with opened(folder) as ws:
        assert found(ws) == expected
    assert harm == "folder" or file.read_bytes() == whole


def test_who_comes_in_while_people_are_read_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept counts for the people who were compared, not for those of a moment before."""
    real = matches.match

    def and_meanwhile(people: Iterator[Recipient], *args: Any, homes: bool) -> Matches:
        listed = [replace(one) for one in people]
        pipeline.take_in(ws, (), "crm")
        return real(listed, *args, homes=homes)

    with opened(folder) as ws:
        read(ws, [*TWICE, row(5)])
        write_export(folder, [{**TWICE[1], "First Name": "Ute"}, TWICE[0], row(5)])
        monkeypatch.setattr(matches, "match", and_meanwhile)
        assert len(found(ws).groups) == 1
        monkeypatch.setattr(matches, "match", real)
        assert found(ws).groups == ()

"""A person's word for an address: what intake found is a note then, until the address changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.errors import Refused, UsageError
from mailroom.explain import find_people, why
from mailroom.pipeline.clean import clean_list
from mailroom.pipeline.collect import plan_pieces
from mailroom.workspace import Workspace, open_workspace
from tests.commands import typed
from tests.workspaces import write_export, write_files

HEADER = ("Record ID", "First Name", "Last Name", "Street", "City", "State", "Zip", "Country")
ROWS = (
    ("1", "Ada", "Hill", "1 Elm Street", "Troy", "New Yorck", "12180", "US"),
    ("2", "Ben", "Roe", "2 Elm Street", "Troy", "NY", "1218", "US"),
    ("3", "Cy", "Lund", "", "Troy", "NY", "12180", "US"),
    ("4", "Dee", "Moor", "4 Elm Street", "Troy", "NY", "12180", "US"),
)
CONFIG = """\
[sender]
company = "Kiln"
[sender.address]
line1 = "1 Kiln Street"
city = "Troy"
region = "NY"
postcode = "12180"
country = "US"
[owners.ruth]
name = "Ruth"
[sources.crm]
files = ["exports/contacts.csv"]
"""
MAILING = 'title = "Cards"\nlayout = "plain"\nowner = "ruth"\n'
LAYOUT = """\
title = "Plain"
formats = ["postcard-4x6"]
fonts = ["Alegreya"]
[pages]
front = "front.html"
back = "back.html"
"""


@contextmanager
def opened(folder: Path) -> Iterator[Workspace]:
    now = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    with open_workspace(folder, clock=lambda: now, tell=lambda _line: None) as ws:
        yield ws


def export(folder: Path, rows: tuple[tuple[str, ...], ...] = ROWS) -> None:
    write_export(folder, [dict(zip(HEADER, row, strict=True)) for row in rows], HEADER)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "layouts/plain/layout.toml": LAYOUT,
        "layouts/plain/front.html": "<p>{{ greeting.salutation }}</p>",
        "layouts/plain/back.html": "",
        "layouts/plain/style.css": "",
        "mailings/cards.toml": MAILING,
        "mailroom.toml": CONFIG,
    }
    write_files(tmp_path, files)
    export(tmp_path)
    return tmp_path


def errors(folder: Path) -> dict[str, list[str]]:
    with opened(folder) as ws:
        pieces, _, _ = plan_pieces(ws, ws.setup(ws.mailing("cards")))
    held = {p.recipient.key: [f.rule for f in p.findings if f.severity == "error"] for p in pieces}
    return {key: rules for key, rules in held.items() if rules}


def vouch(folder: Path, who: str, reason: str = "she wrote to us") -> pipeline.vouching.Vouched:
    with opened(folder) as ws:
        return pipeline.vouch_for(ws, find_people(ws, who), reason, "Ruth")


def test_what_intake_holds_goes_once_a_person_has_vouched_for_it(folder: Path) -> None:
    before = {"crm:1": ["bad-region"], "crm:2": ["bad-postcode"], "crm:3": ["no-street"]}
    assert errors(folder) == before
    said = vouch(folder, "Ada Hill")
    assert [f.rule for f in said.findings] == ["bad-region"]
    assert errors(folder) == {key: before[key] for key in ("crm:2", "crm:3")}
    with opened(folder) as ws:
        (ada,) = find_people(ws, "crm:1")
        answer = why(ws, ada, ["cards"])
    (finding,) = (f for f in answer["findings"] if f["rule"] == "bad-region")
    assert finding["severity"] == "note"
    assert "Ruth says that it is right: she wrote to us" in finding["message"]
    assert answer["vouched"]["by"] == "Ruth"


def test_an_address_that_has_changed_is_looked_at_anew(folder: Path) -> None:
    vouch(folder, "Ada Hill")
    moved = ("1", "Ada", "Hill", "9 Elm Street", "Troy", "New Yorck", "12180", "US")
    export(folder, (moved, *ROWS[1:]))
    assert errors(folder)["crm:1"] == ["bad-region"]


def test_a_word_can_be_taken_back(folder: Path) -> None:
    vouch(folder, "Ada Hill")
    with opened(folder) as ws:
        pipeline.withdraw_word(ws, find_people(ws, "Ada Hill"), "Jan")
    assert errors(folder)["crm:1"] == ["bad-region"]
    with opened(folder) as ws, pytest.raises(Refused, match="nobody has vouched"):
        pipeline.withdraw_word(ws, find_people(ws, "Ada Hill"), "Jan")


def test_a_street_that_is_missing_cannot_be_vouched_for(folder: Path) -> None:
    with pytest.raises(Refused, match="there is no street"):
        vouch(folder, "crm:3")
    assert errors(folder)["crm:3"] == ["no-street"]


def test_a_word_needs_a_reason_and_one_address(folder: Path) -> None:
    with pytest.raises(UsageError, match="reason"):
        vouch(folder, "crm:1", " ")
    with pytest.raises(Refused, match=r"crm:1 Ada Hill; crm:2 Ben Roe"):
        vouch(folder, "crm")


def test_the_command_tells_what_counts_no_more(folder: Path) -> None:
    done = typed(folder, "vouch", "Ben Roe", "--reason", "asked at the post", "--by", "Ruth")
    assert done.code == 0
    assert "Ben Roe: Ruth says that the address is right" in done.out
    assert "'1218' is no postcode of US" in done.out
    assert "crm:2" not in errors(folder)
    told = typed(folder, "vouch", "crm:2", "--withdraw", "--by", "Jan", "--json")
    assert told.json["withdrawn"] is True
    assert "crm:2" in errors(folder)


def test_who_is_vouched_for_is_on_the_clean_list(folder: Path) -> None:
    def clean() -> set[str]:
        with opened(folder) as ws:
            return {person.key for person in clean_list(ws).people}

    assert clean() == {"crm:4"}
    vouch(folder, "Ada Hill")
    assert clean() == {"crm:1", "crm:4"}

"""`mailroom why`: found by any name, explained with every source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.errors import UsageError
from mailroom.explain import find_people, why
from tests.workspaces import (
    CARDS,
    MAILING,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    say_yes,
    write_export,
)

PEOPLE = [
    person(1, **{"First Name": "Zoë", "Last Name": "Brontë"}),
    person(2, **{"Last Name": "Quill", "Do not mail": "true"}),
    person(3, **{"Last Name": "Nowhere", "Street Address": ""}),
    person(4, **{"First Name": "Ada", "Last Name": "Kingsley"}),
    person(4, **{"Record ID": "105", "First Name": "Ben", "Last Name": "Kingsley"}),
]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people: sent to, opted out, held, and a couple at one address."""
    folder = approved(make_workspace(tmp_path_factory.mktemp("why") / "ws", PEOPLE))
    with opened(folder) as opened_ws:
        pipeline.send(opened_ws, MAILING, live=True, confirm=say_yes, limit=1)
    return folder


def keys(folder: Path, who: str) -> list[str]:
    with opened(folder) as ws:
        return [found.key for found in find_people(ws, who)]


def answer(folder: Path, who: str) -> dict[str, Any]:
    with opened(folder) as ws:
        return why(ws, find_people(ws, who)[0], [MAILING])


@pytest.mark.parametrize(
    "who",
    ["crm:101", "Zoë Brontë", "zoe bronte", "ZOË BRONTË", "bron", "Zoe\u0308 Bronte\u0308"],
)
def test_a_person_is_found_by_key_and_by_name_however_it_is_typed(ws: Path, who: str) -> None:
    assert keys(ws, who) == ["crm:101"]


def test_a_part_of_a_name_finds_everybody_who_has_it(ws: Path) -> None:
    assert keys(ws, "kingsley") == ["crm:104", "crm:105"]


def test_a_whole_name_is_not_mixed_up_with_longer_ones(ws: Path) -> None:
    assert keys(ws, "Ada Kingsley") == ["crm:104"]


def test_nobody_of_that_name_is_said_with_what_to_type(ws: Path) -> None:
    with pytest.raises(UsageError, match="nobody is called 'Moriarty'") as caught:
        keys(ws, "Moriarty")
    assert "mailroom people" in caught.value.hint


def test_who_has_had_a_piece_is_told_its_history(ws: Path) -> None:
    found = answer(ws, "crm:101")
    (part,) = found["mailings"]
    assert part["in"] and (part["piece"], part["status"]) == (1, "accepted")
    assert [event["now"] for event in part["history"]] == ["ready", "sending", "accepted"]
    assert found["source"] == "contacts.csv:2"


def test_every_part_of_a_greeting_says_where_it_comes_from(ws: Path) -> None:
    (part,) = answer(ws, "crm:101")["mailings"]
    assert set(part["greeting"]) == {"envelope_name", "salutation", "informal"}
    assert part["greeting"]["salutation"]["text"] == "Dear Ms\u00a0Brontë,"
    assert all(derived["source"] for derived in part["greeting"].values())
    assert part["address"][0] == "Ms Zoë Brontë"
    assert (part["signed_by"], part["language"]) == ("Ruth Hartmann", "en")


def test_who_opted_out_is_left_out_and_why(ws: Path) -> None:
    found = answer(ws, "Quill")
    (part,) = found["mailings"]
    assert found["suppressed"] == ["do not mail"]
    assert (part["in"], part["reason"]) == (False, "do not mail")
    assert "greeting" not in part


def test_who_is_held_is_told_the_rule_and_what_to_mend(ws: Path) -> None:
    found = answer(ws, "Nowhere")
    (part,) = found["mailings"]
    assert part["status"] == "held"
    assert part["reason"].startswith("no-street: ")
    (finding,) = (f for f in found["findings"] if f["rule"] == "no-street")
    assert (finding["severity"], bool(finding["hint"])) == ("error", True)


def test_a_couple_is_told_that_they_get_one_together(ws: Path) -> None:
    for one, other in (("Ada Kingsley", "Ben Kingsley"), ("Ben Kingsley", "Ada Kingsley")):
        (part,) = answer(ws, one)["mailings"]
        assert part["in"]
        assert part["together_with"] == [other]


def test_before_prepare_it_tells_what_would_be(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE[:1])
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    (part,) = answer(folder, "crm:101")["mailings"]
    assert part["reason"] == "selected; not prepared yet"
    assert part["greeting"]["salutation"]["text"] == "Dear Ms\u00a0Brontë,"
    assert "history" not in part and "piece" not in part


def after(tmp_path: Path, ready: Path, people: list[dict[str, str]]) -> Path:
    """The workspace of `ready` with another export taken in."""
    folder = copied(ready, tmp_path / "ws")
    write_export(folder, people)
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    return folder


def test_who_is_gone_is_left_out_whatever_was_planned(ws: Path, tmp_path: Path) -> None:
    folder = after(tmp_path, ws, PEOPLE[1:3] + PEOPLE[4:])
    (part,) = answer(folder, "crm:104")["mailings"]
    assert (part["in"], part["reason"]) == (False, "no longer in the export")
    assert "piece" not in part and "greeting" not in part
    (part,) = answer(folder, "crm:101")["mailings"]
    assert (part["in"], part["reason"]) == (False, "no longer in the export")
    assert (part["piece"], part["status"]) == (1, "accepted")
    assert part["history"]


def test_who_had_it_under_another_record_is_told_so(ws: Path, tmp_path: Path) -> None:
    again = {**PEOPLE[0], "Record ID": "190"}
    (part,) = answer(after(tmp_path, ws, [again, *PEOPLE[1:]]), "crm:190")["mailings"]
    assert (part["in"], part["reason"]) == (False, "the household has had its piece")


def test_who_is_beyond_the_limit_is_told_so(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE, mailing=CARDS + "limit = 1\n")
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    (part,) = answer(folder, "Ada Kingsley")["mailings"]
    assert (part["in"], part["reason"]) == (False, "beyond the limit of 1")


def test_a_mailing_with_a_fault_does_not_silence_the_others(ws: Path) -> None:
    broken = ws / "mailings" / "broken.toml"
    broken.write_text(CARDS + 'where = "tagg = vip"\n', encoding="utf-8")
    try:
        with opened(ws) as opened_ws:
            found = why(opened_ws, find_people(opened_ws, "Brontë")[0], ["broken", MAILING])
    finally:
        broken.unlink()
    assert "no field is called" in found["mailings"][0]["reason"]
    assert found["mailings"][1]["in"] is True

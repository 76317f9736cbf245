"""Addresses looked up before they are planned, with a real ledger and a real fake Lob."""

from __future__ import annotations

import dataclasses
import datetime as dt
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import pipeline, verdicts
from mailroom.dev.fakelob import Running
from mailroom.envelope import envelope_lines
from mailroom.errors import ApprovalError, EnvironmentProblem, ProviderError, Refused, UsageError
from mailroom.explain import find_people, why
from mailroom.intake import HOLDS
from mailroom.ledger import postal
from mailroom.ledger.people import people_of
from mailroom.model import Address, Household, Recipient, Status, Verdict
from mailroom.pipeline.collect import plan_pieces
from mailroom.pipeline.prepare import PrepareReport
from mailroom.pipeline.verify import ADDRESS_HOLDS, VerifyReport
from mailroom.workspace import Workspace, open_workspace
from tests.commands import typed
from tests.lob_batches import LIVE_KEY, TEST_KEY
from tests.lob_workspaces import CONFIG as LOB_OFFICE
from tests.workspaces import copied, kept, letters, say_yes, write_export, write_files

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
NAME = "cards"
CONFIG = LOB_OFFICE + "undo_hours = 0\n"
MAILING = 'title = "Cards"\nlayout = "plain"\nprovider = "lob"\nowner = "ruth"\n'
LAYOUT = """\
title = "Plain"
formats = ["postcard-4x6"]
fonts = ["Alegreya"]
[pages]
front = "front.html"
back = "back.html"
"""
FRONT = (
    '<div data-frame="greeting" class="greeting">{{ greeting.salutation }} {{ piece.number }}</div>'
)
STYLE = """\
body { font: 11pt/15pt "Alegreya"; }
.greeting { position: absolute; left: 15mm; width: 95mm; top: 20mm; height: 12mm; }
"""
HEADER = ("Record ID", "First Name", "Last Name", "Street Address", "Address Line 2", "City",
          "State/Region", "Postal Code", "Country/Region", "Do not mail")  # fmt: skip


def person(number: int, street: str = "", **changes: str) -> dict[str, str]:
    """Somebody in a street of her own; live, the fake Lob finds everybody but by its words."""
    row = dict.fromkeys(HEADER, "") | {
        "Record ID": str(100 + number),
        "First Name": f"Anna{letters(number)}",
        "Last Name": f"Berg{letters(number)}",
        "Street Address": street or f"{number} Mill Lane",
        "City": "Troy",
        "State/Region": "NY",
        "Postal Code": "12180",
        "Country/Region": "US",
    }
    return row | changes


PEOPLE = [
    person(1),
    person(2, "2 Missing Unit Road"),
    person(3, "3 Undeliverable Road"),
    person(4, "4 Kiln Street", **{"Do not mail": "true"}),
    person(5, "", **{"City": ""}),
    person(6, "4 Dyer Street"),
    person(
        6, "4 Dyer Street", **{"Record ID": "107", "First Name": "Ben", "Last Name": "Bergg-Zell"}
    ),
]
"""One deliverable, two that are not, one left out, one without a town, two homes in one house."""


def export(folder: Path, people: Sequence[Mapping[str, str]]) -> None:
    write_export(folder, people, HEADER)


def make(folder: Path, fake: Running, people: Sequence[Mapping[str, str]] = PEOPLE) -> Path:
    """A workspace that posts plain postcards through the fake Lob; its people are taken in."""
    files = {
        "layouts/plain/layout.toml": LAYOUT,
        "layouts/plain/front.html": FRONT,
        "layouts/plain/back.html": "",
        "layouts/plain/style.css": STYLE,
        f"mailings/{NAME}.toml": MAILING,
        "mailroom.toml": CONFIG.format(base_url=fake.base_url),
    }

    def fill(building: Path) -> None:
        write_files(building, files)
        export(building, people)
        with opened(building) as ws:
            pipeline.take_in(ws, (), "crm")

    return copied(kept(f"verify {files} {people}", fill), folder)


@contextmanager
def opened(
    folder: Path, key: str = LIVE_KEY, days: int = 0, told: list[str] | None = None
) -> Iterator[Workspace]:
    """The workspace so many days later, with this key in the environment."""
    later = NOW + dt.timedelta(days=days)
    tell = told.append if told is not None else lambda _line: None
    with open_workspace(folder, clock=lambda: later, tell=tell) as ws:
        yield dataclasses.replace(ws, environ={"LOB_API_KEY": key})


def verify(folder: Path, *, days: int = 0, **how: Any) -> VerifyReport:
    key = LIVE_KEY if how.setdefault("live", True) else TEST_KEY
    with opened(folder, key, days) as ws:
        return pipeline.verify(ws, NAME, **how)


def prepare(folder: Path, days: int = 0, told: list[str] | None = None) -> PrepareReport:
    with opened(folder, days=days, told=told) as ws:
        report = pipeline.prepare(ws, NAME)
        pipeline.proof(ws, NAME)
        return report


def vouch(folder: Path, who: str, *, live: bool = True, reason: str = "she wrote to us") -> None:
    with opened(folder) as ws:
        pipeline.vouch(ws, NAME, [(find_people(ws, who), reason)], "Ruth", live=live)


def addresses(folder: Path) -> dict[str, Address]:
    """Whose piece goes where, as it was prepared."""
    with opened(folder) as ws:
        return {
            item.piece.recipient.key: item.piece.recipient.address
            for item in ws.ledger.pieces(NAME)
        }


def held(folder: Path) -> dict[str, list[str]]:
    """By what pieces are held, as they were prepared."""
    with opened(folder) as ws:
        return {
            item.piece.recipient.key: [f.rule for f in item.piece.findings if f.severity == "error"]
            for item in ws.ledger.pieces(NAME)
            if item.status is Status.HELD
        }


def calls(fake: Running) -> int:
    return sum(n for name, n in fake.lob.stats()["requests"].items() if "verifications" in name)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace to be copied; the fake Lob of each test is put into it by `at`."""
    from mailroom.dev.fakelob import Options, running

    with running(Options()) as fake:
        yield make(tmp_path_factory.mktemp("house") / "ws", fake)


@pytest.fixture
def ws(house: Path, fake_lob: Running, tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    shutil.copytree(house, folder)
    config = CONFIG.format(base_url=fake_lob.base_url)
    (folder / "mailroom.toml").write_text(config, encoding="utf-8")
    return folder


# --- who is asked about -------------------------------------------------------------------


def test_only_those_are_asked_about_to_whom_a_piece_would_go(ws: Path, fake_lob: Running) -> None:
    report = verify(ws)
    assert (report.pieces, report.asked, report.remembered, report.not_asked) == (5, 4, 0, 1)
    assert calls(fake_lob) == 1
    with opened(ws) as told:
        left_out = next(p for p in people_of(told.ledger) if p.key == "crm:104")
        known = postal.verdicts(told.ledger, "lob", "live", [left_out.address])
    assert not known


def test_an_address_is_asked_about_once_and_no_more_while_the_answer_counts(
    ws: Path, fake_lob: Running
) -> None:
    verify(ws)
    report = verify(ws, days=90)
    assert (report.asked, report.remembered, calls(fake_lob)) == (0, 4, 1)
    assert verify(ws, days=91).asked == 4
    assert verify(ws, days=92).asked == 0
    assert verify(ws, days=92, again=True).asked == 4


def test_whoever_has_had_the_piece_is_not_asked_about(ws: Path, fake_lob: Running) -> None:
    prepare(ws)
    with opened(ws) as told:
        pipeline.approve(told, NAME, "Ruth", {})
        pipeline.send(told, NAME, live=True, confirm=lambda posting: posting.pieces)
    before = calls(fake_lob)
    report = verify(ws)
    assert (report.pieces, calls(fake_lob)) == (0, before)


def test_a_provider_that_verifies_nothing_is_refused_with_those_that_can(ws: Path) -> None:
    path = ws / "mailings" / f"{NAME}.toml"
    path.write_text(path.read_text().replace("lob", "outbox"), encoding="utf-8")
    with pytest.raises(Refused, match="outbox cannot verify addresses") as refused:
        verify(ws)
    assert refused.value.hint.endswith("can have it done: lob")


def test_a_key_of_the_other_kind_asks_nobody(ws: Path, fake_lob: Running) -> None:
    for live, key in ((True, TEST_KEY), (False, LIVE_KEY)):
        with opened(ws, key) as told, pytest.raises(EnvironmentProblem):
            pipeline.verify(told, NAME, live=live)
    assert calls(fake_lob) == 0


# --- nothing that was paid for is lost ----------------------------------------------------

CROWD = [person(n) for n in range(50)]


def test_what_was_said_before_a_kill_is_kept(fake_lob: Running, tmp_path: Path) -> None:
    folder = make(tmp_path / "ws", fake_lob, CROWD)

    def killed_after_forty(done: int, _all: int) -> None:
        if done == 40:
            os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(
        target=verify, args=(folder,), kwargs={"progress": killed_after_forty}
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    report = verify(folder)
    assert (report.asked, report.remembered, calls(fake_lob)) == (10, 40, 3)


def test_what_was_said_before_a_fault_is_kept_and_that_is_told(
    fake_lob: Running, tmp_path: Path
) -> None:
    folder = make(tmp_path / "ws", fake_lob, CROWD)

    def broken_after_twenty(done: int, _all: int) -> None:
        if done == 20:
            fake_lob.lob.faults.change(share=0, named={}, then=["html_503"])

    with pytest.raises(ProviderError) as stopped:
        verify(folder, progress=broken_after_twenty)
    assert "said of 20 addresses is kept; type the same again" in stopped.value.hint
    assert verify(folder).remembered == 20


# --- what is printed ----------------------------------------------------------------------


def test_the_verified_address_is_planned_and_given_to_the_provider(ws: Path) -> None:
    with opened(ws) as told:
        before = {piece.key for piece in plan_pieces(told, told.setup(told.mailing(NAME)))[0]}
    verify(ws)
    prepare(ws)
    found = addresses(ws)
    assert found["crm:101"].line1 == "1 MILL LN"
    assert found["crm:101"].postcode.startswith("12180-")
    assert found["crm:102"].line1 == "2 Missing Unit Road"
    with opened(ws) as told:
        pieces = {item.piece.recipient.key: item.piece for item in told.ledger.pieces(NAME)}
    assert "1 MILL LN" in pieces["crm:101"].address_lines
    assert {piece.key for piece in pieces.values()} == before, "the same pieces as ever"


def test_a_bad_address_holds_its_piece_with_what_to_do(ws: Path) -> None:
    verify(ws)
    report = prepare(ws)
    assert held(ws) == {
        "crm:102": ["missing-unit"],
        "crm:103": ["undeliverable"],
        "crm:105": ["no-city"],
    }
    reason = next(item for item in report.held if item.rule == "missing-unit")
    assert "asked on 2026-11-23" in reason.message
    assert "ask for the number of the flat or suite" in reason.hint
    assert "mailroom vouch" in reason.hint


def test_what_a_test_key_answers_changes_and_holds_nothing(ws: Path) -> None:
    before = prepare(ws)
    report = verify(ws, live=False)
    assert report.mode == "test" and report.counts == {"undeliverable": 5} and report.held == 5
    after = prepare(ws)
    assert (after.digest, after.held) == (before.digest, before.held)


def test_nobody_can_accept_a_bad_address_for_a_whole_mailing(ws: Path) -> None:
    verify(ws)
    prepare(ws)
    with opened(ws) as told, pytest.raises(Refused, match="each single address") as refused:
        pipeline.approve(told, NAME, "Ruth", {"undeliverable": "we like it"})
    assert "mailroom vouch" in refused.value.hint


def test_what_is_told_after_prepare_voids_it(ws: Path) -> None:
    prepare(ws)
    with opened(ws) as told:
        pipeline.approve(told, NAME, "Ruth", {})
    verify(ws)
    with opened(ws) as told, pytest.raises(ApprovalError) as refused:
        pipeline.send(told, NAME, live=True, confirm=lambda posting: posting.pieces)
    assert "piece 0001, 0005, 0006 would be printed differently" in str(refused.value)
    assert "piece 0002, 0003 would be held" in str(refused.value)


def test_a_verified_mailing_can_be_tried_and_posted(ws: Path, fake_lob: Running) -> None:
    verify(ws)
    prepare(ws)
    with opened(ws) as told:
        pipeline.approve(told, NAME, "Ruth", {})
    with opened(ws, TEST_KEY) as told:
        assert pipeline.send(told, NAME, live=False, confirm=say_yes).posted == 3
    with opened(ws) as told:
        sent = pipeline.send(told, NAME, live=True, confirm=lambda posting: posting.pieces)
    assert sent.posted == 3
    with opened(ws) as told:
        (first, *_) = [i for i in told.ledger.pieces(NAME) if i.status is Status.ACCEPTED]
    assert first.piece.recipient.address.line1 == "1 MILL LN"


def test_what_is_too_old_changes_nothing_and_is_told(ws: Path) -> None:
    before = prepare(ws)
    verify(ws)
    told: list[str] = []
    after = prepare(ws, days=91, told=told)
    assert after.held == before.held and addresses(ws)["crm:101"].line1 == "1 Mill Lane"
    line = "4 addresses are not verified (4 of them were, too long ago)"
    assert f"{line}: `mailroom verify {NAME} --live`" in told


def test_prepare_tells_how_many_are_not_verified_and_goes_on(ws: Path) -> None:
    told: list[str] = []
    assert prepare(ws, told=told).ready == 5
    assert f"4 addresses are not verified: `mailroom verify {NAME} --live`" in told
    verify(ws)
    told.clear()
    prepare(ws, told=told)
    assert not [line for line in told if "verified" in line]


# --- a person's word ----------------------------------------------------------------------


def test_who_is_vouched_for_goes_as_the_crm_has_it_and_why_tells_who_said_so(ws: Path) -> None:
    verify(ws)
    vouch(ws, "crm:103")
    prepare(ws)
    assert "crm:103" not in held(ws)
    assert addresses(ws)["crm:103"].line1 == "3 Undeliverable Road"
    with opened(ws) as told:
        (found,) = why(told, find_people(told, "crm:103")[0], [NAME])["mailings"]
        piece = next(
            i.piece for i in told.ledger.pieces(NAME) if i.piece.recipient.key == "crm:103"
        )
    verdict = found["verdict"]
    assert (verdict["said"], verdict["at"], verdict["rule"]) == (
        "undeliverable",
        NOW.isoformat(),
        "",
    )
    assert verdict["vouched"]["by"] == "Ruth"
    (note,) = [f for f in piece.findings if f.rule == "address-vouched-for"]
    assert note.severity == "note" and "she wrote to us" in note.message
    listed = next(d for d in verify(ws).doubts if d.key == "crm:103")
    assert listed.vouched and listed.vouched.reason == "she wrote to us" and not listed.rule


def test_whoever_moves_is_vouched_for_no_more(ws: Path) -> None:
    verify(ws)
    vouch(ws, "crm:103")
    moved = [row | ({"Street Address": "9 Undeliverable Road"} if row["Record ID"] == "103" else {})
             for row in PEOPLE]  # fmt: skip
    export(ws, moved)
    with opened(ws) as told:
        pipeline.take_in(told, (), "crm")
    assert verify(ws).asked == 1
    prepare(ws)
    assert held(ws)["crm:103"] == ["undeliverable"]


def test_a_word_given_in_a_trial_counts_for_nothing_outside_it(ws: Path) -> None:
    verify(ws, live=False)
    verify(ws)
    vouch(ws, "crm:103", live=False)
    with opened(ws) as told:
        assert pipeline.verified_so_far(told, NAME, live=False).held == 4
        assert pipeline.verified_so_far(told, NAME, live=True).held == 2
    prepare(ws)
    assert held(ws)["crm:103"] == ["undeliverable"]


def test_who_is_meant_must_be_plain_and_among_those_who_get_a_piece(ws: Path) -> None:
    with pytest.raises(Refused, match="nobody has looked up"):
        vouch(ws, "crm:103")
    verify(ws)
    with pytest.raises(UsageError, match="nobody is called"):
        vouch(ws, "Moriarty")
    with pytest.raises(Refused, match=r"that may be crm:101 Anna\w Bergb; crm:102 "):
        vouch(ws, "Anna")
    with pytest.raises(Refused, match="no piece of cards waits for Annae Berge"):
        vouch(ws, "crm:104")
    with pytest.raises(UsageError, match="needs a reason"):
        vouch(ws, "crm:103", reason=" ")
    vouch(ws, "bergg")  # two people, and one address


def test_of_several_words_all_are_taken_or_none(ws: Path) -> None:
    verify(ws)
    with opened(ws) as told:
        words = [(find_people(told, who), "it is right") for who in ("crm:103", "crm:104")]
        with pytest.raises(Refused):
            pipeline.vouch(told, NAME, words, "Ruth", live=True)
        assert not postal.vouched(told.ledger, "live")


# --- typed --------------------------------------------------------------------------------


def test_the_command_tells_all_and_ends_with_3_where_something_is_held(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOB_API_KEY", LIVE_KEY)
    answer = typed(ws, "verify", NAME, "--live")
    assert answer.code == 3
    assert "LIVE cards: 5 pieces, 4 addresses at lob" in answer.words
    assert "asked about 4, 0 from memory" in answer.words
    assert "3 Undeliverable Road, TROY NY 12180" in answer.words
    line = f"mailroom verify {NAME} --live --vouch crm:103='WHY' --by YOU"
    assert f"if it is right: {line}" in answer.words
    words = ("--live", "--vouch", "crm:103=it is new", "--by", "Ruth", "--json")
    again = typed(ws, "verify", NAME, *words)
    assert again.json["held"] == 1 and again.json["asked"] == 0
    assert "vouched for by Ruth" in typed(ws, "why", "crm:103", NAME).words
    assert typed(ws, "verify", NAME, "--vouch", "crm:103=it is new").code == 2
    assert typed(ws, "verify", NAME, "--vouch", "crm:103", "--by", "Ruth").code == 2


US_WORDS = {
    "deliverable": "deliverable",
    "commercial highrise": "deliverable",
    "residential highrise": "deliverable",
    "residential house": "deliverable",
    "po box": "deliverable",
    "rural route": "deliverable",
    "puerto rico": "deliverable",
    "military": "deliverable",
    "department of state": "deliverable",
    "missing unit": "deliverable_missing_unit",
    "incorrect unit": "deliverable_incorrect_unit",
    "unnecessary unit": "deliverable_unnecessary_unit",
    "undeliverable block match": "undeliverable",
    "undeliverable no match": "undeliverable",
}
ABROAD_WORDS = {
    "deliverable": "deliverable",
    "deliverable missing info": "deliverable_missing_info",
    "undeliverable": "undeliverable",
    "no match": "no_match",
}


def test_lob_s_magic_words_can_be_tried_through_the_whole_command(
    fake_lob: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = [person(n, word) for n, word in enumerate(US_WORDS)]
    there = {"State/Region": "", "Postal Code": "10115", "City": "Berlin", "Country/Region": "DE"}
    abroad = [person(50 + n, word, **there) for n, word in enumerate(ABROAD_WORDS)]
    folder = make(tmp_path / "ws", fake_lob, [*home, *abroad])
    monkeypatch.setenv("LOB_API_KEY", TEST_KEY)
    answer = typed(folder, "verify", NAME, "--json").json
    wanted = [*US_WORDS.values(), *ABROAD_WORDS.values()]
    assert answer["counts"] == {word: wanted.count(word) for word in wanted}
    assert answer["mode"] == "test" and answer["held"] == 7
    assert {d["rule"] for d in answer["doubts"]} - {""} == {*verdicts.HOLDS} - {"unverified"}
    told = typed(folder, "verify", NAME)
    assert "Nobody has looked" in told.out
    assert told.out.count("if it is right:") <= 5
    assert f"and {len(answer['doubts']) - 5} more: --json lists them all" in told.words


# --- the pure part ------------------------------------------------------------------------

words = st.text("abcXYZ 12-#ßé", max_size=12)
some_address = st.builds(
    Address,
    line1=words,
    line2=words,
    city=words,
    region=st.sampled_from(["", "NY", "CA"]),
    postcode=st.sampled_from(["", "12180", "12180-1234"]),
    country=st.sampled_from(["US", "DE", "PR"]),
)
rules = st.sampled_from(["", *verdicts.HOLDS])


@given(some_address, some_address, rules, st.booleans(), st.booleans(), st.booleans())
def test_what_is_printed_is_the_verified_address_or_the_crm_s_and_never_a_mix(
    crm: Address, post: Address, rule: str, told: bool, old: bool, vouched: bool
) -> None:
    head = Recipient(key="crm:1", source="crm", where="contacts.csv:2", address=crm)
    verdict = Verdict(address=crm, verified=post, word="w", rule=rule, message="m", hint="h")
    known = verdicts.Known(
        kept=verdicts.Kept(verdict=verdict, at=NOW.isoformat()) if told else None,
        old=old,
        vouched=verdicts.Vouched(by="R", reason="so", at="") if vouched else None,
    )
    home = Household(key="h", members=(head, head))
    planned, findings = verdicts.as_the_post_has_it(home, known)
    verified = told and not (old or vouched or rule)
    assert planned.head.address == (post if verified else crm)
    assert planned.key == home.key and planned.members[1] == head
    errors = [f.rule for f in findings if f.severity == "error"]
    assert errors == ([rule] if told and rule and not (old or vouched) else [])
    assert known.holds == (errors[0] if errors else "")
    lines = envelope_lines(("A",), planned.head.address, "US")
    assert lines in {envelope_lines(("A",), crm, "US"), envelope_lines(("A",), post, "US")}


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ({}, {"line1": "1 MILL LN", "city": "TROY", "postcode": "12180-4411"}, False),
        ({}, {"line1": "1 MILL LN APT 2"}, True),
        ({}, {"postcode": "12181"}, True),
        ({}, {"city": "ALBANY"}, True),
        ({}, {"region": "CT"}, True),
    ],
)
def test_only_what_is_visibly_otherwise_is_noted(
    before: dict[str, str], after: dict[str, str], differs: bool
) -> None:
    plain = Address(line1="1 Mill Lane", city="Troy", region="NY", postcode="12180", country="US")
    was, now = dataclasses.replace(plain, **before), dataclasses.replace(plain, **after)
    assert verdicts.differs(was, now) is differs


def test_the_rules_of_an_address_are_those_of_intake() -> None:
    assert set(HOLDS) >= ADDRESS_HOLDS
    assert not set(HOLDS) & set(verdicts.HOLDS)

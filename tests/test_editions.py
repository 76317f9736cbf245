"""An edition walks the path of any mailing, and an occasion is given once, whatever edition."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.config import load_mailing, load_programme, load_settings
from mailroom.errors import ApprovalError, ConfigError, Refused, Stale
from mailroom.ledger import occasions
from mailroom.ledger.decisions import decide
from mailroom.ledger.trial import copy_mailing
from mailroom.model import Batch, Decision, Dispatch, News, Planned, Receipt, Status
from mailroom.pipeline.alarms import alarms
from mailroom.pipeline.sender import Files, adopt_found, open_world, sign_in
from mailroom.plan import piece_key
from mailroom.providers import Capabilities
from mailroom.volume import has_jumped
from tests.killing import killed_on_its_way
from tests.programmes import (
    BIRTHDAY,
    NEW,
    WELCOME,
    approved_edition,
    day,
    due_names,
    on,
    post,
    sent_edition,
    take_in,
    with_programmes,
)
from tests.workspaces import copied, edit, kept, person, posted

ANNA = "anna@berg.example"
FIRST, SECOND = "birthday-2026-12-01", "birthday-2026-12-02"


def two_birthdays(folder: Path) -> None:
    people = [person(1, birthday="1980-12-08"), person(2, birthday="1981-12-09")]
    take_in(with_programmes(folder, people, {"birthday": BIRTHDAY}), "2026-11-20", people)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Anna is born on 8 December, to be handed over on the 1st; Berta on the 9th."""
    return copied(kept("two birthdays", two_birthdays), tmp_path / "ws")


def statuses(folder: Path, name: str) -> dict[str, int]:
    with on(folder, "2026-12-02") as ws:
        return dict(pipeline.status(ws, name)["counts"])


# --- the path -----------------------------------------------------------------------------


def test_an_edition_is_prepared_approved_sent_and_explained_like_any_mailing(folder: Path) -> None:
    from mailroom.explain import find_people, why

    with on(folder, "2026-12-01") as ws:
        report = pipeline.prepare(ws, FIRST)
        assert (report.pieces, report.left_out) == (1, ())
        assert ws.mailing(FIRST).date == ws.mailing(FIRST).send_on == day("2026-12-01")
        pipeline.proof(ws, FIRST)
        pipeline.approve(ws, FIRST, "Ruth", {})
    assert post(folder, "2026-12-01", FIRST).posted == 1
    assert post(folder, "2026-12-01", FIRST).posted == 0
    with on(folder, "2026-12-01") as ws:
        assert FIRST in pipeline.all_mailings(ws)
        assert pipeline.status(ws, FIRST)["title"] == "Birthday cards, 1 Dec 2026"
        [anna], [berta] = find_people(ws, "crm:101"), find_people(ws, "crm:102")
        [said], [other] = (why(ws, p, [FIRST])["mailings"] for p in (anna, berta))
    assert said["occasions"][0].startswith("birthday on 8 Dec, to arrive that day")
    assert not other["in"]
    assert other["reason"].startswith("not due yet: birthday on 9 Dec")


def test_who_was_missed_comes_with_the_next_edition_while_it_is_not_too_late(folder: Path) -> None:
    assert due_names(folder, "2026-11-30") == {"birthday": []}
    assert due_names(folder, "2026-12-01") == {"birthday": ["crm:101"]}
    assert due_names(folder, "2026-12-02") == {"birthday": ["crm:101", "crm:102"]}
    sent_edition(folder, "2026-12-02", SECOND)
    assert due_names(folder, "2026-12-03") == {"birthday": []}
    assert len(posted(folder)) == 2
    assert due_names(folder, "2027-12-01") == {"birthday": ["crm:101"]}  # next year's


def test_a_birthday_of_the_poorer_record_sends_a_card_to_the_better_one_once(
    tmp_path: Path,
) -> None:
    poor = person(
        1, birthday="1980-12-08", stage="customer", **{"Street Address": "", "Email": ANNA}
    )
    good = person(1, **{"Record ID": "901", "Email": ANNA})
    where = f'where = "stage = customer and country = GB"\n{BIRTHDAY}'
    made = with_programmes(tmp_path / "ws", [poor, good], {"birthday": where})
    take_in(made, "2026-11-20", [poor, good])
    assert due_names(made, "2026-12-01") == {"birthday": ["crm:901"]}
    sent_edition(made, "2026-12-01", FIRST)
    assert len(posted(made)) == 1
    with on(made, "2026-12-02") as ws:
        report = pipeline.prepare(ws, SECOND)
        assert (report.pieces, len(report.left_out)) == (0, 0)
    assert due_names(made, "2026-12-02") == {"birthday": []}


def test_an_edition_of_yesterday_does_not_send_what_is_too_late_today(folder: Path) -> None:
    approved_edition(folder, "2026-12-01", FIRST)
    report = post(folder, "2026-12-20", FIRST)
    assert report.posted == 0
    assert "too late since" in report.pulled[0].reason


def test_an_edition_far_ahead_is_refused_and_one_of_no_programme_unknown(folder: Path) -> None:
    with on(folder, "2026-12-01") as ws:
        with pytest.raises(Refused, match="more than 14 days ahead"):
            pipeline.prepare(ws, "birthday-2027-12-01")
        with pytest.raises(ConfigError, match="there is no mailing 'birthday'") as caught:
            ws.mailing("birthday")
        assert "mailroom due" in caught.value.hint
        with pytest.raises(ConfigError, match="there is no mailing"):
            ws.mailing("birthday-2026-02-30")


# --- once ---------------------------------------------------------------------------------


def test_two_editions_with_the_same_person_give_the_occasion_once(folder: Path) -> None:
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    with on(folder, "2026-12-02") as ws:
        [programme] = pipeline.due(ws).programmes
        assert {p.recipient: p.waits_in for p in programme.due} == {
            "crm:101": (FIRST,),
            "crm:102": (),
        }
        assert programme.next == f"mailroom status {SECOND}"
    assert post(folder, "2026-12-02", FIRST).posted == 1
    report = post(folder, "2026-12-02", SECOND)
    assert report.posted == 1
    assert [one.reason for one in report.pulled] == [
        f"not due: birthday 2026 given on 2 Dec ({FIRST})"
    ]
    assert len(posted(folder)) == 2


def test_the_claim_itself_refuses_what_another_edition_has_claimed(folder: Path) -> None:
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    with on(folder, "2026-12-02") as ws:
        [first], second = ws.ledger.pieces(FIRST), ws.ledger.pieces(SECOND)
        lines = [
            intent(ws.now(), item.piece.mailing, item.piece.key) for item in (first, second[0])
        ]
        ws.ledger.claim(lines[0], [first])
        with pytest.raises(Stale, match=f"birthday 2026 was given to crm:101 by {FIRST}"):
            ws.ledger.claim(lines[1], [second[0]])
        assert ws.ledger.pieces(SECOND)[0].status is Status.READY
        ws.ledger.release(lines[0].key, "it was never given", ws.now())
        ws.ledger.claim(lines[1], [second[0]])  # a released one is free again
        with pytest.raises(Stale):
            ws.ledger.claim(intent(ws.now(), FIRST, first.piece.key, "x"), [first])
        failed = Receipt(ref="", status=Status.FAILED)
        ws.ledger.finish(lines[1].key, failed, ws.now())
        ws.ledger.claim(intent(ws.now(), FIRST, first.piece.key, "y"), [first])  # a failed one too


def intent(now: str, mailing: str, piece: str, key: str = "") -> Dispatch:
    return Dispatch(
        key=key or f"key of {mailing}", mailing=mailing, provider="outbox", format="card-5x7",
        pieces=(piece,), files={}, intent_at=now,
    )  # fmt: skip


def test_what_was_called_back_is_not_given_again_unless_a_person_says_so(folder: Path) -> None:
    sent_edition(folder, "2026-12-01", FIRST)
    with on(folder, "2026-12-01") as ws:
        [line] = ws.ledger.dispatches(FIRST)
        ws.ledger.finish(line.key, Receipt(ref=line.ref, status=Status.CANCELLED), ws.now())
        assert statuses(folder, FIRST) == {"cancelled": 1}
        [programme] = pipeline.due(ws).programmes
        assert not programme.due
        assert programme.passed_over[0].hint.startswith(f"`mailroom prepare {FIRST} --cancelled`")
        assert pipeline.prepare(ws, FIRST, cancelled=True).ready == 1
    assert due_names(folder, "2026-12-01") == {"birthday": ["crm:101"]}


def test_of_a_person_with_two_records_one_is_given_and_both_are_claimed(tmp_path: Path) -> None:
    one = person(1, birthday="1980-12-08", Email="anna@example.org")
    two = {**person(1, birthday="", Email="anna@example.org"), "Record ID": "777"}
    folder = with_programmes(tmp_path / "ws", [one, two], {"birthday": BIRTHDAY})
    take_in(folder, "2026-11-20", [one, two])
    sent_edition(folder, "2026-12-01", FIRST)
    with on(folder, "2026-12-01") as ws:
        assert set(occasions.given(ws.ledger, "birthday")) == {"crm:101", "crm:777"}
    # now only the other record has the date, and another one
    take_in(folder, "2026-12-02", [{**one, "birthday": ""}, {**two, "birthday": "1980-12-09"}])
    assert due_names(folder, "2026-12-02") == {"birthday": []}
    # and one that has come in since is the same man: nothing either, and it is said
    three = {**two, "Record ID": "999", "birthday": "1980-12-09"}
    take_in(folder, "2026-12-02", [one, three])
    with on(folder, "2026-12-02") as ws:
        [programme] = pipeline.due(ws).programmes
    assert not programme.due
    assert any("who is the same" in one.why for one in programme.passed_over)


def test_two_birthdays_in_a_house_are_two_cards_unless_it_says_otherwise(tmp_path: Path) -> None:
    anna, tom = person(1, birthday="1980-12-08"), person(1, birthday="1981-12-08")
    tom |= {"Record ID": "900", "First Name": "Tom"}
    folder = with_programmes(tmp_path / "ws", [anna, tom], {"birthday": BIRTHDAY})
    take_in(folder, "2026-11-20", [anna, tom])
    with on(folder, "2026-12-01") as ws:
        assert pipeline.prepare(ws, FIRST).pieces == 2
    edit(folder / "programmes/birthday.toml", "[trigger]", "one_per_household = true\n[trigger]")
    with on(folder, "2026-12-01") as ws:
        assert pipeline.prepare(ws, FIRST).pieces == 1
        [item] = ws.ledger.pieces(FIRST)
    assert {one.recipient for one in item.piece.occasions} == {"crm:101", "crm:900"}


def test_who_is_given_to_while_the_files_are_made_is_pulled_and_the_others_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [person(1, birthday="1980-12-08"), person(2, birthday="1981-12-09")]
    folder = with_programmes(tmp_path / "ws", people, {"birthday": BIRTHDAY}, batch=0)
    take_in(folder, "2026-11-20", people)
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    build, meanwhile = Files.build, list[int]()

    def slow(self: Files, key: str, pieces: Sequence[Planned]) -> Batch:
        monkeypatch.setattr(Files, "build", build)
        meanwhile.append(post(folder, "2026-12-02", FIRST).posted)
        return build(self, key, pieces)

    monkeypatch.setattr(Files, "build", slow)
    report = post(folder, "2026-12-02", SECOND)
    assert (meanwhile[0], report.posted) == (1, 1)
    assert [one.reason for one in report.pulled] == [f"birthday 2026 was given by {FIRST}"]
    assert len(posted(folder)) == 2


class Post:
    """A provider that has the pieces of one edition, and tells so."""

    name = "lob"

    def __init__(self, edition: str, pieces: Sequence[str]) -> None:
        self.edition, self.pieces = edition, pieces

    def capabilities(self) -> Capabilities:
        return Capabilities(formats=("card-5x7",), max_pieces=1)

    def news(self, mailing: str) -> list[News]:
        return [
            News(
                id=key, provider="lob", mailing=mailing, piece=key, key=f"key {key}",
                ref=f"r{key}", word="created", status=Status.ACCEPTED, at="2026-12-01T09:00:00Z",
            )
            for key in self.pieces
            if mailing == self.edition
        ]  # fmt: skip

    def parse_webhook(self, *_: object) -> News:
        raise NotImplementedError


def test_what_a_restored_ledger_has_forgotten_of_another_edition_is_found_at_the_provider(
    folder: Path,
) -> None:
    approved_edition(folder, "2026-12-02", SECOND)
    with on(folder, "2026-12-02") as ws, sign_in(ws) as me:
        anna, _ = ws.ledger.pieces(SECOND)
        post_office = Post(FIRST, [piece_key(FIRST, anna.piece.household.key)])
        setup = ws.setup(ws.mailing(SECOND))
        world = open_world(ws, setup, post_office, lambda _: True, me)  # type: ignore[arg-type]
        [found] = adopt_found(world, post_office, SECOND, lambda _: None)  # type: ignore[arg-type]
        assert found.pieces == (anna,)
        assert [item.status for item in ws.ledger.pieces(SECOND)] == ["accepted", "ready"]
        assert occasions.given(ws.ledger, "birthday").keys() == {"crm:101"}


def test_a_trial_knows_what_was_really_given_and_gives_nothing(folder: Path) -> None:
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    post(folder, "2026-12-01", FIRST)
    with on(folder, "2026-12-02") as ws, ws.trial() as trial:
        for _ in range(2):
            copy_mailing(ws.ledger, trial.ledger, SECOND, ws.now())
            assert occasions.given(trial.ledger, "birthday").keys() == {"crm:101"}
            berta = pipeline.choose(trial, trial.mailing(SECOND)).households
            assert [home.head.key for home in berta] == ["crm:102"]
            item = trial.ledger.pieces(SECOND)[1]
            trial.ledger.claim(intent(ws.now(), SECOND, item.piece.key), [item])
        assert occasions.given(ws.ledger, "birthday").keys() == {"crm:101"}


@pytest.mark.slow
def test_a_ledger_on_a_server_claims_the_same(tmp_path: Path, postgres_url: str) -> None:
    people = [person(1, birthday="1980-12-08")]
    folder = with_programmes(tmp_path / "ws", people, {"birthday": BIRTHDAY, "welcome": WELCOME})
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as config:
        config.write(f'[ledger]\nurl = "{postgres_url}"\n')
    take_in(folder, "2026-11-20", [*people, person(2, stage="lead")])
    take_in(folder, "2026-11-24", [*people, person(2, stage="won")])
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    assert post(folder, "2026-12-02", FIRST).posted == 1
    assert post(folder, "2026-12-02", SECOND).posted == 0
    assert due_names(folder, "2026-12-02") == {"birthday": [], "welcome": ["crm:102"]}


# --- exports ------------------------------------------------------------------------------


def test_exports_that_come_again_or_out_of_order_set_nothing_off_twice(tmp_path: Path) -> None:
    lead, won = person(1, stage="lead"), person(1, stage="won")
    other = person(2, stage="won")
    folder = with_programmes(tmp_path / "ws", [lead], {"welcome": WELCOME, "new": NEW})
    take_in(folder, "2026-11-20", [lead, other])
    assert due_names(folder, "2026-11-20") == {"new": [], "welcome": []}  # the first says nothing
    take_in(folder, "2026-11-24", [won, other])
    take_in(folder, "2026-11-24", [won, other])
    assert due_names(folder, "2026-11-24") == {"new": [], "welcome": ["crm:101"]}
    sent_edition(folder, "2026-11-24", "welcome-2026-11-24")
    take_in(folder, "2026-11-25", [lead, other])  # last week's, by mistake
    take_in(folder, "2026-11-26", [won, other])
    assert due_names(folder, "2026-11-26") == {"new": [], "welcome": []}
    take_in(folder, "2026-11-26", [won])
    take_in(folder, "2026-11-26", [won, other])  # gone, and back
    third = person(3, stage="lead")
    take_in(folder, "2026-11-27", [won, other, third])
    assert due_names(folder, "2026-11-27") == {"new": ["crm:103"], "welcome": []}


def test_a_second_record_of_somebody_known_is_nobody_new(tmp_path: Path) -> None:
    anna = person(1, Email="anna@example.org")
    folder = with_programmes(tmp_path / "ws", [anna], {"new": NEW})
    take_in(folder, "2026-11-20", [anna, person(2)])
    take_in(folder, "2026-11-24", [{**anna, "Record ID": "555"}, anna, person(2)])
    with on(folder, "2026-11-24") as ws:
        [programme] = pipeline.due(ws).programmes
    assert not programme.due
    assert [one.why for one in programme.passed_over] == [
        "not new: crm:101 was there before and is the same"
    ]


# --- what is shown ------------------------------------------------------------------------


def test_who_is_held_back_is_shown_with_the_reason_and_what_to_do(tmp_path: Path) -> None:
    people = [
        person(1, birthday="1970-01-01"),
        person(2, birthday="1980-12-31", **{"Do not mail": "yes"}),
        person(3, birthday="1980-12-31", **{"Street Address": ""}),
        person(4, birthday="soon"),
    ]
    folder = with_programmes(tmp_path / "ws", people, {"birthday": BIRTHDAY})
    take_in(folder, "2026-11-20", people)
    with on(folder, "2026-12-23") as ws:
        [programme] = pipeline.due(ws).programmes
        assert not programme.due
        assert programme.next == ""
        assert [one.recipient for one in programme.held_back] == ["crm:101", "crm:103"]
        assert "shared-date:1970-01-01=real" in programme.held_back[0].hint
        assert [(p.recipient, p.why) for p in programme.no_mail] == [("crm:102", "do not mail")]
        assert not programme.passed_over
        assert [one.recipient for one in programme.unreadable] == ["crm:104"]
        real = Decision(
            subject="shared-date:1970-01-01", answer="real", by="Ruth", at=ws.now(), source="crm"
        )
        decide(ws.ledger, [real])
        [programme] = pipeline.due(ws).programmes
        assert [one.recipient for one in programme.due] == ["crm:101"]


def test_who_is_held_by_a_person_is_passed_over_until_the_hold_ends(folder: Path) -> None:
    with on(folder, "2026-12-01") as ws:
        until = day("2026-12-03")
        pipeline.hold(ws, "crm:101", until=until, reason="open complaint", by="Ruth")
        [programme] = pipeline.due(ws).programmes
        assert not programme.due
        assert "open complaint" in programme.no_mail[0].why
    assert due_names(folder, "2026-12-03") == {"birthday": ["crm:101", "crm:102"]}


def test_who_gets_no_mail_is_told_in_one_line_and_is_never_too_late(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mailroom.answers.programmes import print_due

    no = {"Do not mail": "yes"}
    people = [
        person(1, birthday="1980-12-08"),
        person(2, birthday="1981-12-07", **no),
        person(3, birthday="1982-12-09", Email="c@x.example", **no),
        person(3, birthday="1982-12-09", Email="c@x.example", **{"Record ID": "903"}),
    ]
    folder = with_programmes(tmp_path / "ws", people, {"birthday": BIRTHDAY})
    take_in(folder, "2026-11-20", people)
    for date, passed in (("2026-12-02", []), ("2026-12-14", ["crm:101"])):
        with on(folder, date) as ws:
            report = pipeline.due(ws)
        [programme] = report.programmes
        assert [one.recipient for one in programme.passed_over] == passed
        assert len(programme.no_mail) == 2
        print_due(report)
        assert "2 people get no mail, whatever the day: 2 do not mail" in capsys.readouterr().out


def test_who_is_due_in_two_programmes_gets_two_pieces_and_it_is_shown(tmp_path: Path) -> None:
    anna = person(1, birthday="1980-12-08", anniversary="2016-12-08")
    years = BIRTHDAY.replace("Birthday", "Anniversary").replace('"birthday"', '"anniversary"')
    folder = with_programmes(tmp_path / "ws", [anna], {"birthday": BIRTHDAY, "years": years})
    take_in(folder, "2026-11-20", [anna])
    with on(folder, "2026-12-01") as ws:
        [twice] = pipeline.due(ws).twice
    assert (twice.recipient, twice.programmes) == ("crm:101", ("birthday", "years"))


def test_a_copied_programme_gives_nothing_once_more_unless_somebody_says_so(
    tmp_path: Path,
) -> None:
    copy = BIRTHDAY.replace("Birthday cards", "More cards")
    other = BIRTHDAY.replace('on = "birthday"', 'on = "birthday"\nfield = "anniversary"')
    rules = {"birthday": BIRTHDAY, "copy": copy, "other": other.replace("Birthday", "Other")}
    anna = person(1, birthday="1980-12-08", anniversary="1980-12-08")
    folder = with_programmes(tmp_path / "ws", [anna], rules)
    take_in(folder, "2026-11-20", [anna])
    date = "2026-12-01"
    sent_edition(folder, date, f"birthday-{date}")
    with on(folder, date) as ws:
        report = {one.programme: one for one in pipeline.due(ws).programmes}
        assert [one.had_from for one in report["copy"].due] == [f"birthday-{date}"]
        assert [one.had_from for one in report["other"].due] == [""]
        assert not pipeline.prepare(ws, f"other-{date}").alarms
        (alarm,) = pipeline.prepare(ws, f"copy-{date}").alarms
        assert alarm.rule == "twice"
        assert alarm.message == f"1 person has had the same occasion already, by birthday-{date}"
        assert "a copy of birthday" in alarm.hint
    approved_edition(folder, date, f"copy-{date}")
    with pytest.raises(ApprovalError, match="the same occasion already"):
        post(folder, date, f"copy-{date}")
    (folder / "programmes" / "birthday.toml").unlink()
    with on(folder, date) as ws:
        assert [one.rule for one in pipeline.prepare(ws, f"copy-{date}").alarms] == ["twice"]


def test_a_programme_with_a_fault_does_not_silence_the_others(folder: Path) -> None:
    (folder / "programmes/broken.toml").write_text("title = 3", encoding="utf-8")
    wanting = BIRTHDAY.replace('"birthday"', '"birthday"\nfield = "birthdy"')
    (folder / "programmes/wanting.toml").write_text(wanting, encoding="utf-8")
    with on(folder, "2026-12-01") as ws:
        birthday, broken, wanting_field = pipeline.due(ws).programmes
    assert birthday.due
    assert "title must be a text" in broken.problem
    assert "no export has a field 'birthdy'" in wanting_field.problem
    assert "birthday" in wanting_field.hint


def test_a_programme_that_was_renamed_does_not_give_everything_once_more(folder: Path) -> None:
    sent_edition(folder, "2026-12-01", FIRST)
    (folder / "programmes/birthday.toml").rename(folder / "programmes/geburtstag.toml")
    with on(folder, "2026-12-01") as ws, pytest.raises(Refused, match="sent under the name"):
        pipeline.prepare(ws, "geburtstag-2026-12-01")


@pytest.mark.parametrize(
    ("pieces", "editions", "odd"),
    [
        (50, (), False),
        (51, (), True),
        (20, (1,), False),  # one birthday yesterday, twenty today: a few more are no alarm
        (21, (1,), True),
        (40, (3, 20, 5), False),
        (41, (3, 20, 5), True),
        (41, (30, *(20,) * 10), True),  # what was long ago does not count
    ],
)
def test_only_an_edition_that_is_far_larger_than_the_last_is_odd(
    pieces: int, editions: tuple[int, ...], odd: bool
) -> None:
    assert has_jumped(pieces, editions) == odd


def test_the_alarm_of_an_edition_names_the_largest_before(folder: Path) -> None:
    sent_edition(folder, "2026-12-01", FIRST)
    with on(folder, "2026-12-02") as ws:
        mailing = ws.mailing(SECOND)
        [piece] = (item.piece for item in ws.ledger.pieces(FIRST))
        assert alarms(ws, mailing, [piece] * 20, 0) == ()
        [alarm] = alarms(ws, mailing, [piece] * 21, 0)
    assert alarm.message == "21 pieces are far more than the 1 of the largest edition"


# --- files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('on = "easter"', "nothing is called 'easter'"),
        ('on = "birthday"\nyears = [1]', r"\[trigger\] years is not for birthday"),
        ('on = "stage"', r"\[trigger\] to is missing"),
        ('on = "birthday"\nleap = "2 March"', r"\[trigger\] leap"),
        ('on = "birthday"\nlate = 200', r"\[trigger\] late is 200"),
        ('on = "anniversary"\nyears = ["1"]', "must be a list of whole numbers"),
        ('field = "birthday"', "trigger.on is missing"),
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused_by_name(
    folder: Path, line: str, message: str
) -> None:
    path = folder / "programmes/birthday.toml"
    path.write_text(BIRTHDAY.replace('on = "birthday"', line), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_programme(load_settings(folder), "birthday")
    assert "birthday.toml" in caught.value.where


def test_a_programme_says_what_a_mailing_says_but_for_its_day(folder: Path) -> None:
    path = folder / "programmes/birthday.toml"
    path.write_text("date = 2026-12-01\n" + BIRTHDAY, encoding="utf-8")
    with pytest.raises(ConfigError, match="date is not a setting"):
        load_mailing(load_settings(folder), FIRST, day("2026-12-01"))


def test_a_mailing_that_is_called_like_an_edition_is_refused(folder: Path) -> None:
    edit(folder / "programmes/birthday.toml", "Birthday", "Birthdays")
    (folder / "mailings" / f"{FIRST}.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="is an edition of birthday, too"):
        load_mailing(load_settings(folder), FIRST, day("2026-12-01"))


# --- two at once --------------------------------------------------------------------------

_PEOPLE = 10


def _send(folder: Path, name: str) -> None:
    with contextlib.suppress(Refused):  # an earlier sender of it that was killed is followed first
        post(folder, "2026-12-02", name)


@pytest.mark.slow
def test_two_editions_that_are_sent_at_once_and_killed_give_everybody_one_card(
    tmp_path: Path,
) -> None:
    people = [
        person(n, birthday=f"19{70 + n}-{dt.date(2026, 11, 28) + dt.timedelta(n):%m-%d}")
        for n in range(_PEOPLE)
    ]
    folder = with_programmes(tmp_path / "ws", people, {"birthday": BIRTHDAY + "late = 20\n"})
    take_in(folder, "2026-11-20", people)
    for date, name in (("2026-12-01", FIRST), ("2026-12-02", SECOND)):
        approved_edition(folder, date, name)
    chance, kills = random.Random(6), 0
    context = multiprocessing.get_context("fork")
    for _ in range(60):
        senders = [context.Process(target=_send, args=(folder, name)) for name in (FIRST, SECOND)]
        for process in senders:
            process.start()
        for process in senders:
            kills += killed_on_its_way(process, folder, chance)
        with on(folder, "2026-12-02") as ws:
            left = [
                item
                for name in (FIRST, SECOND)
                for item in ws.ledger.pieces(name)
                if item.status in (Status.READY, Status.SENDING)
            ]
        if not left:
            break
    assert not left
    with on(folder, "2026-12-02") as ws:
        gone = [
            one.recipient
            for name in (FIRST, SECOND)
            for item in ws.ledger.pieces(name)
            if item.status is Status.ACCEPTED
            for one in item.piece.occasions
        ]
    assert sorted(gone) == sorted({f"crm:{100 + n}" for n in range(_PEOPLE)})
    assert len(posted(folder)) == len(set(posted(folder))) == _PEOPLE
    assert kills, "nobody was killed: too quick to mean anything"


def test_the_office_day_counts_not_that_of_greenwich(folder: Path) -> None:
    from mailroom.workspace import open_workspace

    late = dt.datetime(2026, 12, 1, 2, 0, tzinfo=dt.UTC)
    west = dt.timezone(dt.timedelta(hours=-8))
    with open_workspace(folder, clock=lambda: late, zone=west) as ws:
        assert pipeline.due(ws).day == day("2026-11-30")

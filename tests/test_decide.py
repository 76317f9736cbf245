from __future__ import annotations

import sys
from pathlib import Path

import pytest
from commands import on_a_terminal, typed

from mailroom.errors import Refused
from mailroom.intake import RULES
from mailroom.intake.repairs import ASK, TAKE, answers_of, title_of
from mailroom.pipeline.approve import _check_rule
from tests.workspaces import copied

EXPORT = """\
Record ID,First Name,Last Name,Email,Street Address,City,State,Postal Code,Country,Birthday,\
Email Opt Out
1,ADA,HILL,ada@example.com,1 Elm Street,Boston,Massachusetts,2134,USA,03/04/1990,Yes
2,BOB,DALE,bob@example.com,2 Elm Street,Boston,MA,02134,US,05/06/1991,No
3,Cy,"Hill, Di",cy@example.com,3 Elm Street,Boston,MA,02134,US,,No
4,,"Lang, Eva",eva@example.com,4 Elm Street,Boston,MA,02134,US,,No
"""
BY = ("--by", "Ruth")


@pytest.fixture
def folder(asking: Path, tmp_path: Path) -> Path:
    """A workspace that has read a source with questions, of which none is answered yet."""
    return copied(asking, tmp_path / "ws")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decide") / "ws"
    typed(None, "init", str(folder))
    export = folder / "clients.csv"
    export.write_text(EXPORT, encoding="utf-8")
    assert typed(folder, "intake", str(export), "--source", "clients").code in (0, 3)
    return folder


def names(folder: Path) -> dict[str, str]:
    people = typed(folder, "people", "--json").json
    return {p["key"]: f"{p['first_name']} {p['last_name']}" for p in people}


def asked(folder: Path) -> dict[str, dict[str, object]]:
    return {one["rule"]: one for one in typed(folder, "decide", "clients", "--json").json}


def test_each_rule_is_shown_with_its_number_examples_and_what_to_type(folder: Path) -> None:
    answer = typed(folder, "decide", "clients")
    assert answer.code == 0
    assert "all-caps-name 2 times in clients" in answer.words
    assert "name: ADA HILL -> Ada Hill" in answer.words
    assert "answer: all-caps-name=take or all-caps-name=refuse" in answer.words
    assert "dates:Birthday=day-first or dates:Birthday=month-first" in answer.words
    assert "lost-zip-zero Postal Code: 2134 -> 02134" in answer.words
    assert answer.lines[-1].startswith("Next:  mailroom decide clients ")


def test_for_programs_it_says_the_same(folder: Path) -> None:
    found = asked(folder)
    assert found["email-opt-out"]["state"] == "open"
    assert found["email-opt-out"]["choices"] == ["mail", "suppress"]
    assert found["country-word"]["state"] == "by default"
    assert found["all-caps-name"]["count"] == 2
    assert found["all-caps-name"]["examples"][0] == {  # type: ignore[index]
        "where": "clients.csv:2",
        "message": "name: ADA HILL -> Ada Hill",
    }


def test_an_answer_is_kept_and_the_file_is_read_again_at_once(folder: Path) -> None:
    assert names(folder)["clients:2"] == "BOB DALE"
    answer = typed(folder, "decide", "clients", "all-caps-name=take", *BY)
    assert answer.code == 0 and "1 answer kept; clients was read again" in answer.out
    assert names(folder)["clients:2"] == "Bob Dale"
    told = asked(folder)["all-caps-name"]
    assert (told["state"], told["answer"], told["by"]) == ("decided", "take", "Ruth")
    typed(folder, "decide", "clients", "all-caps-name=refuse", *BY)
    assert names(folder)["clients:2"] == "BOB DALE"
    assert asked(folder)["all-caps-name"]["answer"] == "refuse"


def test_several_answers_are_taken_together(folder: Path) -> None:
    words = ("last-first=take", "dates:Birthday=day-first", "email-opt-out=suppress")
    answer = typed(folder, "decide", "clients", *words, *BY, "--json")
    assert answer.json["changed"] == 3
    people = {p["key"]: p for p in typed(folder, "people", "--json").json}
    assert people["clients:4"]["first_name"] == "Eva"
    assert people["clients:2"]["fields"]["birthday"] == "1991-06-05"
    assert people["clients:1"]["suppressed"] == ["opted out of e-mail"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("clients", "all-cap-name=take", *BY), "did you mean 'all-caps-name'?"),
        (("clients", "all-caps-name=yes", *BY), "all-caps-name=take or all-caps-name=refuse"),
        (("clients", "all-caps-name=take"), "--by YOUR-NAME"),
        (("clients", "all-caps-name"), "RULE=ANSWER"),
        (("client", "all-caps-name=take", *BY), "did you mean 'clients'?"),
        (("clients", "dates:Nowhere=day-first", *BY), "nothing asks 'dates:Nowhere'"),
        (("nobody",), "mailroom intake"),
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_is_kept(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    before = asked(folder)
    answer = typed(folder, "decide", *words)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())
    assert asked(folder) == before


@pytest.mark.slow
def test_on_a_terminal_one_question_follows_the_other(folder: Path) -> None:
    export = folder / "others.csv"
    export.write_text(EXPORT, encoding="utf-8")
    typed(folder, "intake", str(export), "--source", "others")
    command = [sys.executable, "-m", "mailroom", "-C", str(folder), "decide", "others"]
    answers = {
        "all-caps-name (": "take\n",
        "dates:Birthday (": "month-first\n",
        "last-first (": "later\n",
        "email-opt-out (": "mail\n",
        "Your name": "Ruth\n",
    }
    _, screen = on_a_terminal(command, answers)
    assert "was read again" in screen
    assert names(folder)["others:2"] == "Bob Dale"


def test_every_rule_has_a_title_an_example_and_its_answers() -> None:
    for name, repair in RULES.items():
        assert title_of(name) == repair.title
        assert repair.before and repair.after and repair.default in {TAKE, ASK}
        assert answers_of(name) == ("take", "refuse")
        assert repair.default == ASK or not repair.holds
    assert answers_of("dates:Birthday") and not answers_of("dates")
    assert answers_of("email-opt-out") and not answers_of("email-opt-out:x")
    assert title_of("nothing") == ""


def test_a_note_in_the_crm_may_be_accepted_for_one_mailing() -> None:
    _check_rule("remark:died", {"remark:died"}, set())
    with pytest.raises(Refused, match="cannot be accepted by anybody"):
        _check_rule("country-from-region", {"country-from-region"}, set())


def test_what_nobody_was_asked_is_no_question_and_nobody_answers_in_two_ways(folder: Path) -> None:
    export = folder / "plain.csv"
    export.write_text(EXPORT.replace(",Yes", ",No"), encoding="utf-8")
    typed(folder, "intake", str(export), "--source", "plain")
    answer = typed(folder, "decide", "plain", "email-opt-out=mail", *BY)
    assert (answer.code, "nothing asks 'email-opt-out'" in answer.err) == (2, True)
    answer = typed(folder, "decide", "plain", "last-first=take", "last-first=refuse", *BY)
    assert (answer.code, "answered in two ways" in answer.err) == (2, True)
    assert {one["state"] for one in typed(folder, "decide", "plain", "--json").json} == {
        "open",
        "by default",
    }


@pytest.mark.slow
def test_a_mailing_says_of_how_many_pieces_the_names_are_in_question(tmp_path: Path) -> None:
    folder, mailing = tmp_path / "ws", "winter-postcard"
    typed(None, "init", str(folder))
    (contacts,) = folder.rglob("contacts.csv")
    text = contacts.read_text("utf-8").replace("Eleanor,Whitcomb", "ELEANOR,WHITCOMB")
    contacts.write_text(text, encoding="utf-8")
    typed(folder, "intake")
    said = "2 pieces carry names with open questions, printed as they are: `mailroom decide crm`"
    for verb in (("prepare",), ("proof",), ("approve", *BY), ("send",)):
        answer = typed(folder, verb[0], mailing, *verb[1:])
        assert (said in answer.err) is (verb[0] != "proof"), answer
    typed(folder, "decide", "crm", "all-caps-name=take", "two-people=take", *BY)
    assert "open question" not in typed(folder, "prepare", mailing).err

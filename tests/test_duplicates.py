"""Who is one person twice: what the order, a stranger and an answer do to it; the verb."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom import pipeline
from mailroom.audience import choose
from mailroom.errors import UsageError
from mailroom.matching import Matches, look, match, remembered, subject
from mailroom.matching.names import Like, fold_name, like_first, like_last, skeleton
from mailroom.model import Address, Decision, Name, Recipient
from tests.commands import PYTHON, on_a_terminal, typed
from tests.workspaces import MAILING, copied, make_workspace, opened, write_export
from tests.workspaces import person as row

ELM = Address(line1="1 Elm Street", city="Boston", region="MA", postcode="02134", country="US")
OAK = Address(line1="2 Oak Street", city="Austin", region="TX", postcode="78701", country="US")
NOWHERE = Address()


def person(key: str, name: str, place: Address = ELM, born: str = "", **more: str) -> Recipient:
    first, _, last = name.partition(" ")
    return Recipient(
        key=key,
        source="crm",
        where=f"contacts.csv:{key.rpartition(':')[2]}",
        first_name=first,
        last_name=last,
        address=place,
        fields={"birthday": born} if born else {},
        **more,  # type: ignore[arg-type]
    )


def said(word: str, *keys: str, at: str = "2026-11-01", kind: str = "same:") -> dict[str, Decision]:
    name = subject(*keys, kind) if len(keys) == 2 else keys[0]
    return {name: Decision(subject=name, answer=word, by="Ruth", at=at)}


NAMES = ("Anna Weber", "Ana Weber", "A Weber", "Anna", "Max Weber", "Tom Okonkwo", "Weber Anna",
         "Thomas Okonkwo", "Anna Okonkwo", "Anna Maria Weber", "Anna Weber Jr", "Tom Okonkwa",
         "")  # fmt: skip
PEOPLE = st.lists(
    st.builds(
        person,
        st.integers(1, 999).map("crm:{}".format),
        st.sampled_from(NAMES),
        st.sampled_from([ELM, OAK, NOWHERE, replace(ELM, line1="1 Elm St Apt 4")]),
        st.sampled_from(["", "1950-03-12", "1980-03-12", "1980-12-03"]),
        email=st.sampled_from(["", "a@example.com", "info@example.com"]),
        phone=st.sampled_from(["", "617 555 0123"]),
        company=st.sampled_from(["", "Acme", "Beta Bank"]),
    ),
    unique_by=lambda p: p.key,
    max_size=9,
)  # fmt: skip
quick = settings(max_examples=60, deadline=None)


@quick
@given(PEOPLE, st.randoms())
def test_the_order_in_which_people_come_does_not_matter(
    people: list[Recipient], chance: random.Random
) -> None:
    shuffled = people[:]
    chance.shuffle(shuffled)
    assert match(people) == match(shuffled)


@quick
@given(PEOPLE)
def test_who_is_like_whom_is_like_them_too(people: list[Recipient]) -> None:
    for one in people:
        for other in people:
            assert look(one, other) == look(other, one)


@quick
@given(PEOPLE)
def test_a_stranger_changes_nothing(people: list[Recipient]) -> None:
    far = Address(line1="9 Ulica", city="Kraków", postcode="30-001", country="PL")
    stranger = person("crm:1000", "Zbigniew Xylander", far, email="zx@example.pl")
    assert match([*people, stranger]) == match(people)


@quick
@given(PEOPLE)
def test_nobody_is_in_two_groups_and_pairs_are_in_order(people: list[Recipient]) -> None:
    found = match(people)
    members = [key for group in found.groups for key in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in found.groups)
    group_of = {key: group for group in found.groups for key in group}
    for pair in (*found.sure, *found.unsure):
        assert pair.a < pair.b and pair.why and 0 <= pair.score < 1
    assert all(group_of[pair.a] is group_of[pair.b] for pair in found.sure)
    assert all(
        group_of.get(pair.a, pair.a) != group_of.get(pair.b, pair.b) for pair in found.unsure
    )


@quick
@given(PEOPLE, st.data())
def test_what_was_decided_is_obeyed(people: list[Recipient], data: st.DataObject) -> None:
    if len(people) < 2:
        return
    keys = st.lists(st.sampled_from([p.key for p in people]), min_size=2, max_size=2, unique=True)
    decisions: dict[str, Decision] = {}
    for _ in range(data.draw(st.integers(1, 4))):
        decisions |= said(data.draw(st.sampled_from(["same", "apart"])), *data.draw(keys))
    found = match(people, decisions)
    groups = [{*group} for group in found.groups]
    for name, decision in decisions.items():
        one, other = name.removeprefix("same:").split("|")
        together = any({one, other} <= group for group in groups)
        if decision.answer == "apart":
            assert not together
        else:
            assert together or any(one in line and other in line for line in found.told)
        assert not any({pair.a, pair.b} == {one, other} for pair in found.unsure)


# Groups -------------------------------------------------------------------------------------


def test_an_initial_that_fits_two_people_is_given_to_neither() -> None:
    mail = {"email": "weber@example.com"}
    found = match(
        [
            person("crm:1", "A. Weber", **mail),
            person("crm:2", "Anna Weber", **mail),
            person("crm:3", "Andreas Weber", **mail),
        ]
    )
    assert found.groups == ()
    assert {(p.a, p.b) for p in found.unsure} == {("crm:1", "crm:2"), ("crm:1", "crm:3")}


def test_a_record_without_a_birthday_does_not_make_father_and_son_one() -> None:
    found = match(
        [
            person("crm:1", "Paul Okonkwo", born="1950-03-12"),
            person("crm:2", "Paul Okonkwo"),
            person("crm:3", "Paul Okonkwo", born="1980-11-30"),
        ]
    )
    assert found.groups == ()
    assert len(found.unsure) == 2


def test_the_surer_of_two_is_taken_where_both_cannot_be() -> None:
    found = match(
        [
            person("crm:1", "Paul Okonkwo", born="1950-03-12", email="paul@example.com"),
            person("crm:2", "Paul Okonkwo", email="paul@example.com"),
            person("crm:3", "Paul Okonkwo", born="1980-11-30"),
        ]
    )
    assert found.groups == (("crm:1", "crm:2"),)


def test_three_records_of_one_person_are_one_group_whatever_links_them() -> None:
    found = match(
        [
            person("crm:1", "Anna Weber", ELM),
            person("web:2", "Anna Weber", OAK, email="anna@example.com"),
            person("shop:3", "Anna Weber", ELM, email="anna@example.com"),
        ]
    )
    assert found.groups == (("crm:1", "shop:3", "web:2"),)


def test_two_groups_that_may_be_one_are_asked_about_once() -> None:
    people = [person(f"crm:{n}", "Anna Maier") for n in range(3)]
    people += [person(f"web:{n}", "Anna Meier") for n in range(3)]
    found = match(people)
    assert len(found.groups) == 2
    assert len(found.unsure) == 1


def test_it_is_said_why_in_words() -> None:
    one = person("crm:1", "Katharina Okonkwo", born="1980-05-02")
    found = match([one, person("crm:2", "Kathrarina Okonkwo", born="1980-05-02")])
    assert found.sure[0].why == "same street, postal code and birthday; first names 0.96"


KIEZ = Address(line1="Kiezstr. 40", city="Berlin", postcode="10999", country="DE")


@pytest.mark.parametrize(
    ("place", "born", "said"),
    [
        (replace(KIEZ, line1="Kiezstraße 40", country="GB"), "--11-28",
         "same street, postal code, birthday and e-mail address; same name; another country"),
        (replace(KIEZ, postcode="20359", city="Hamburg"), "1982-11-28",
         "same street, birthday and e-mail address; same name; another town"),
        (replace(KIEZ, line1="Kiezstr. 42"), "1982-11-29",
         "same postal code and e-mail address; same name; another house or unit; birthdays differ"),
        (replace(KIEZ, postcode="10111", line1="Kiezstr. 42"), "--11-29",
         "same town and e-mail address; same name; another house or unit; another postal code; "
         "birthdays differ"),
    ],
)  # fmt: skip
def test_what_differs_is_told_as_it_is(place: Address, born: str, said: str) -> None:
    """A birthday without a year is the same day; a street in a list of no country is the same."""
    one = person("crm:1", "Anna Sauerbruch", KIEZ, "1982-11-28", email="anna@example.com")
    pair = look(one, person("web:1", "Anna Sauerbruch", place, born, email="anna@example.com"))
    assert pair and pair.why == said


# Decisions ----------------------------------------------------------------------------------

SON = person("hubspot:2", "Robert Finch", suffix="Jr.", email="rob@finch.example")
COUPLE = [person("crm:1", "Anna Weber"), person("crm:2", "Max Weber"), person("crm:3", "Ana Weber")]


def test_apart_wins_over_what_others_have_said() -> None:
    decisions = said("same", "crm:1", "crm:2") | said("same", "crm:2", "crm:3")
    assert match(COUPLE, decisions).groups == (("crm:1", "crm:2", "crm:3"),)
    found = match(COUPLE, decisions | said("apart", "crm:1", "crm:3"))
    assert len(found.groups) == 1 and len(found.groups[0]) == 2
    assert len(found.told) == 1 and "Ruth" in found.told[0]


def test_an_answer_counts_for_all_records_of_the_two() -> None:
    people = [person("crm:1", "Anna Maier"), person("web:1", "Anna Maier")]
    people += [person("crm:2", "Anna Meier"), person("web:2", "Anna Meier")]
    assert len(match(people).unsure) == 1
    assert match(people, said("apart", "crm:1", "web:2")).unsure == ()
    (group,) = match(people, said("same", "crm:1", "web:2")).groups
    assert len(group) == 4


def test_an_answer_about_somebody_else_counts_no_more() -> None:
    one, other = person("crm:1", "Anna Maier"), person("crm:2", "Anna Meier")
    seen = said(remembered(one, other), "crm:1", "crm:2", kind="seen:")
    decisions = said("same", "crm:1", "crm:2") | seen
    assert match([one, other], decisions).groups == (("crm:1", "crm:2"),)
    married = replace(other, last_name="Okonkwo")
    assert match([one, married], decisions).groups == (("crm:1", "crm:2"),)
    assert match([one, person("crm:2", "Tim Braun")], decisions) == Matches()


@pytest.mark.parametrize("gone", [True, False])
def test_an_answer_counts_for_the_same_record_under_another_key(gone: bool) -> None:
    """The export that was called crm yesterday is called google today."""
    doubt = said("same", "crm:1", "hubspot:2")
    seen = remembered(person("crm:1", "Robert Finch", email="rob@finch.example"), SON)
    doubt |= said(seen, "crm:1", "hubspot:2", kind="seen:")
    there = [person("google:1", "Robert Finch", email="rob@finch.example"), SON]
    if not gone:
        there.append(person("crm:1", "Robert Finch", email="rob@finch.example"))
    assert match(there).unsure and not match(there, doubt).unsure
    (group,) = match(there, doubt).groups
    assert len(group) == len(there)
    apart = doubt | said("apart", "crm:1", "hubspot:2")
    assert not match(there, apart).unsure
    assert all("hubspot:2" not in group for group in match(there, apart).groups)
    otherwise = apart | said("same", "google:1", "hubspot:2")  # said of this very record
    assert match(there, otherwise).groups == (("google:1", "hubspot:2"),)


def test_an_answer_about_two_alike_says_nothing_of_a_third() -> None:
    one, two = person("crm:1", "Anna Weber", born="1980-05-02"), person("crm:2", "Anna Weber", OAK)
    two = replace(two, fields=one.fields)
    seen = said(remembered(one, two), "crm:1", "crm:2", kind="seen:")
    apart = said("apart", "crm:1", "crm:2") | seen
    assert match([one, two, replace(one, key="web:1")], apart).groups == (("crm:1", "web:1"),)


def test_an_answer_about_homes_counts_for_the_record_that_is_used() -> None:
    anna, ex = person("crm:1", "Anna Weber"), person("crm:2", "Max Weber")
    fuller = person("web:1", "Anna Weber", email="anna@example.com", phone="617 555 0123")
    fuller = replace(fuller, language="en")
    separate = said("apart", "crm:1", "crm:2", kind="home:")
    assert homes(anna, fuller, ex) == [["crm:2", "web:1"]]
    assert homes(anna, fuller, ex, decisions=separate) == [["crm:2"], ["web:1"]]


def test_an_answer_about_somebody_who_is_not_there_does_nothing() -> None:
    assert match(COUPLE, said("same", "crm:1", "crm:99")).groups == ()


def test_a_key_may_have_a_bar_in_it() -> None:
    people = [person("crm:1|2", "Anna Weber"), person("crm:3", "Max Weber")]
    assert match(people, said("same", "crm:1|2", "crm:3")).groups == (("crm:1|2", "crm:3"),)


# Names --------------------------------------------------------------------------------------


@settings(deadline=None)  # the first name reads the lists
@given(st.text(max_size=12), st.text(max_size=12))
@example("㏆", "")  # one letter for "C/kg"
def test_any_two_texts_can_be_compared_either_way_round(one: str, other: str) -> None:
    a, b = fold_name(one), fold_name(other)
    assert like_first(a, b) == like_first(b, a)
    assert like_last(a, b) == like_last(b, a)
    assert like_first(a, a) is (Like.SAME if a else Like.MISSING)
    assert fold_name(a) == a
    skeleton(a)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("tom", "thomas", Like.FORM),
        ("beth", "elizabeth", Like.FORM),
        ("alexander", "alexandra", Like.OTHER),
        ("martin", "marvin", Like.OTHER),
        ("martin", "martina", Like.OTHER),
        ("margaret", "margret", Like.FORM),
        ("christina", "christine", Like.LETTER),
        ("francis", "frances", Like.LETTER),
        ("t", "thomas", Like.INITIAL),
        ("thoams", "thomas", Like.SLIP),
        ("hans peter", "hanspeter", Like.FORM),
        ("hans peter", "hans", Like.PART),
    ],
)
def test_first_names_are_forms_slips_or_others(one: str, other: str, like: Like) -> None:
    assert like_first(one, other) is like


# Households ---------------------------------------------------------------------------------


def homes(*people: Recipient, **more: object) -> list[list[str]]:
    audience = choose(people, **more)  # type: ignore[arg-type]
    return [[member.key for member in home.members] for home in audience.households]


def test_who_is_named_in_a_row_lives_with_whom_it_is_about() -> None:
    beth = Name(first_name="Beth", last_name="Sanchez")
    jerry = replace(person("crm:1", "Jerry Smith"), partners=(beth,))
    other = person("crm:2", "Beth Sanchez")
    assert homes(jerry, other) == [["crm:1", "crm:2"]]
    assert homes(jerry, replace(other, address=OAK)) == [["crm:1"], ["crm:2"]]
    assert homes(jerry, person("crm:2", "Rosa Sanchez")) == [["crm:1"], ["crm:2"]]
    assert homes(jerry, other, one_per_household=False) == [["crm:1"], ["crm:2"]]


def test_a_home_keeps_its_key_when_a_partner_joins() -> None:
    jerry = person("crm:1", "Jerry Smith")
    (alone,) = choose([jerry]).households
    row = replace(jerry, partners=(Name(first_name="Beth", last_name="Sanchez"),))
    (both,) = choose([row, person("crm:0", "Beth Sanchez")]).households
    assert [member.key for member in both.members] == ["crm:0", "crm:1"]
    assert both.key == alone.key


def test_people_say_who_shares_a_home_and_who_does_not() -> None:
    anna, max_, tim = (
        person("crm:1", "Anna Weber"), person("crm:2", "Max Weber"), person("crm:3", "Tim Braun"),
    )  # fmt: skip
    ex = said("apart", "crm:1", "crm:2", kind="home:")
    assert homes(anna, max_, tim, decisions=ex) == [["crm:1"], ["crm:2"], ["crm:3"]]
    both = said("together", "crm:1", "crm:3", kind="home:")
    assert homes(anna, max_, tim, decisions=both) == [["crm:1", "crm:2", "crm:3"]]
    assert homes(anna, max_, tim, decisions=ex | both) == [["crm:1", "crm:3"], ["crm:2"]]
    before = {h.members[0].key: h.key for h in choose([anna, tim]).households}
    after = {h.members[0].key: h.key for h in choose([anna, max_, tim], decisions=ex).households}
    assert before.items() <= after.items()


SENIOR = person("crm:1", "Robert Finch", suffix="Sr.")
JUNIOR = person("crm:2", "Robert Finch", born="1972-08-19", suffix="Jr.", email="rob@finch.example")
SECOND = person("web:1", "Rob Finch", born="1972-08-19", email="rob@finch.example")


@pytest.mark.parametrize("born", ["", "1941-02-03"])
@pytest.mark.parametrize("one_per_household", [True, False])
def test_the_second_record_of_the_son_is_in_no_piece_with_his_father(
    born: str, one_per_household: bool
) -> None:
    father = replace(SENIOR, fields={"birthday": born})
    alone = [["crm:1"], ["crm:2"], ["web:1"]]
    assert homes(father, JUNIOR, SECOND, one_per_household=one_per_household) == alone
    found = match([father, JUNIOR, SECOND])
    assert found.groups == () and ("crm:2", "web:1") in {(p.a, p.b) for p in found.unsure}
    answered = said("same", "crm:2", "web:1")
    assert len(homes(father, JUNIOR, SECOND, decisions=answered)) == 2
    (group,) = match([father, JUNIOR, SECOND], answered).groups
    assert group == ("crm:2", "web:1")


def test_a_second_record_of_the_father_is_his_though_the_son_shares_the_mailbox() -> None:
    mail = {"email": "rob@finch.example"}
    father, again = replace(SENIOR, **mail), person("web:2", "Robert Finch", **mail)
    assert match([father, again, JUNIOR]).groups == (("crm:1", "web:2"),)


def test_who_may_be_somebody_of_another_home_is_alone_until_there_is_an_answer() -> None:
    anna, max_ = person("crm:1", "Anna Sauerbruch"), person("crm:2", "Max Sauerbruch")
    moved = person("web:3", "Anna Sauerbruch", replace(ELM, line1="3 Elm Street"))
    assert homes(anna, max_) == [["crm:1", "crm:2"]]
    assert homes(anna, max_, moved) == [["crm:1"], ["crm:2"], ["web:3"]]
    two = said("apart", "crm:1", "web:3")
    assert homes(anna, max_, moved, decisions=two) == [["crm:1", "crm:2"], ["web:3"]]
    both = said("together", "crm:1", "crm:2", kind="home:")  # a person has said so
    assert ["crm:1", "crm:2"] in homes(anna, max_, moved, decisions=both)


def test_who_is_named_in_a_row_and_in_doubt_does_not_join_it() -> None:
    row = replace(person("crm:1", "Jerry Smith"), partners=(Name(first_name="Beth"),))
    beth, other = person("crm:2", "Beth Smith"), person("web:3", "Beth Smith", OAK, "1980-05-02")
    assert homes(row, beth) == [["crm:1", "crm:2"]]
    doubted = replace(beth, fields={"birthday": "1980-05-02"})
    assert homes(row, doubted, other) == [["crm:1"], ["crm:2"], ["web:3"]]


def test_a_decision_that_two_are_one_gives_one_piece_with_both_records() -> None:
    people = [person("crm:1", "Anna Weber"), person("crm:2", "Nusha Weber")]
    (home,) = choose(people, decisions=said("same", "crm:1", "crm:2")).households
    assert len(home.members) == 1 and home.also == ("crm:2",)


# Size ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_thousands_of_one_name_in_one_postcode_are_no_square() -> None:
    """A block that big is never compared whole: that would be 12.5 million pairs."""
    people = [
        person(f"crm:{n}", f"Anna{n % 50} Weber", replace(ELM, line1=f"{n} Elm Street"))
        for n in range(5000)
    ]
    begun = time.process_time()
    match(people)
    assert time.process_time() - begun < 12


def test_thousands_of_equal_rows_are_one_group_at_once() -> None:
    found = match(person(f"crm:{n}", "Anna Weber") for n in range(3000))
    assert [len(group) for group in found.groups] == [3000]
    assert found.unsure == ()


# The verb -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two who are surely one, two who may be, a couple."""
    shared = {"Street Address": "1 Mill Lane", "Last Name": "Sauerbruch"}
    people = [
        row(1, **{"First Name": "Tom", "Email": "tom@example.org"}, **shared),
        row(2, **{"First Name": "Thomas", "Email": "tom@example.org"}, **shared),
        row(3, **{"First Name": "Ada", "Last Name": "Maier"}),
        row(4, **{"First Name": "Ada", "Last Name": "Meier", "Street Address": "3 Mill Lane"}),
        row(5, **{"First Name": "Ruth", "Last Name": "Maier", "Street Address": "3 Mill Lane"}),
    ]
    made = make_workspace(tmp_path_factory.mktemp("duplicates") / "ws", people)
    with opened(made) as ws:
        pipeline.take_in(ws, (), "crm")
    return made


def test_doubts_are_shown_answered_remembered_and_taken_back(folder: Path) -> None:
    first = typed(folder, "duplicates")
    assert first.code == 0
    assert "5 records of 4 people" in first.words
    assert "≠ name Ada Maier Ada Meier" in first.words
    assert "As it is, each gets a piece." in first.words
    assert "--same crm:103 crm:104" in first.words
    same = typed(folder, "duplicates", "--same", "crm:104", "Ada Maier", "--by", "Ruth")
    assert same.lines == [
        "crm:104 Ada Meier, LS21 1AB Otley and crm:103 Ada Maier, LS21 1AB Otley are one person, "
        "says Ruth."
    ]
    after = typed(folder, "duplicates").words
    assert "5 records of 3 people" in after and "Nobody is in doubt." in after
    assert "2 people have more than one record" in after
    report = typed(folder, "duplicates", "--json").json
    assert [(a["a"], a["b"], a["answer"], a["by"]) for a in report["answered"]] == [
        ("crm:103", "crm:104", "same", "Ruth")
    ]
    with opened(folder) as ws:
        chosen = pipeline.choose(ws, ws.mailing(MAILING))
        assert len(chosen.households) == 2 and chosen.unsure == ()
        pipeline.answer_doubt(ws, "crm:103", "crm:104", "apart", by="Ruth")
        chosen = pipeline.choose(ws, ws.mailing(MAILING))
        assert len(chosen.households) == 3
        assert pipeline.duplicates(ws).unsure == ()


def test_why_tells_of_other_records_and_of_answers_that_are_missing(folder: Path) -> None:
    answer = typed(folder, "why", "crm:101")
    assert "The same person as crm:102 Thomas" in answer.words
    assert "same street, postal code and e-mail address" in answer.words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--same", "crm:101", "crm:103"), "an answer needs a name"),
        (("--same", "crm:101", "crm:101", "--by", "Ruth"), "are the same record"),
        (("--same", "Ruth Maier", "crm:101", "--by", "Ruth"), "have nothing in common"),
        (("--same", "Sauerbruch", "Maier", "--by", "Ruth"), "'Maier' may be 2 people"),
        (("--apart", "crm:101", "Nobody Here", "--by", "Ruth"), "nobody is called"),
    ],
)
def test_an_answer_about_nothing_is_refused(
    folder: Path, words: tuple[str, ...], told: str
) -> None:
    answer = typed(folder, "duplicates", *words)
    assert answer.code == 2 and told in answer.err


@pytest.mark.slow
def test_in_a_terminal_the_doubts_are_asked_one_after_the_other(tmp_path: Path) -> None:
    people = [row(1, **{"Last Name": name}) for name in ("Maier", "Meier")]
    folder = make_workspace(tmp_path / "ws", [people[0], {**people[1], "Record ID": "102"}])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    command = (*PYTHON, "-C", str(folder), "duplicates", "--by", "Ruth")
    code, screen = on_a_terminal(command, {"1 of 1: the same person?": "x\na\n"})
    assert code == 0
    assert "1 answer kept, 0 doubts left" in screen
    assert typed(folder, "duplicates", "--json").json["answered"][0]["answer"] == "apart"


def test_nobody_is_asked_about_who_is_in_no_export_any_more(tmp_path: Path) -> None:
    rows = [row(1, **{"Last Name": "Maier"}), row(1, **{"Last Name": "Meier", "Record ID": "102"})]
    folder = make_workspace(tmp_path / "ws", rows)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        assert len(pipeline.duplicates(ws).unsure) == 1
        write_export(folder, rows[:1])
        pipeline.take_in(ws, (), "crm")
        report = pipeline.duplicates(ws)
    assert report.unsure == () and (report.records, report.people) == (1, 1)


def test_it_is_told_which_piece_goes_out_as_things_are(tmp_path: Path) -> None:
    """Held for want of a street; no mail because somebody has said so today."""
    rows = [row(1, **{"Last Name": "Sauerbruch"}),
            row(1, **{"Last Name": "Sauerbruch", "First Name": "A.", "Record ID": "102",
                      "Street Address": ""})]  # fmt: skip
    folder = make_workspace(tmp_path / "ws", rows)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        (doubt,) = pipeline.duplicates(ws).unsure
        assert (doubt.pieces, doubt.held, doubt.no_mail) == (1, ("crm:102",), ())
    told = typed(folder, "duplicates").words
    assert "crm:101 gets a piece and that of crm:102 is held." in told
    with opened(folder) as ws:
        pipeline.suppress(ws, "crm:101", reason="a competitor", by="Ruth")
        (doubt,) = pipeline.duplicates(ws).unsure
    assert (doubt.pieces, doubt.no_mail) == (0, ("crm:101",))
    with opened(folder) as ws:
        pipeline.suppress(ws, "crm:102", reason="a competitor", by="Ruth")
        assert pipeline.duplicates(ws).unsure == ()


def test_two_with_nothing_in_common_are_one_person_only_for_a_reason(folder: Path) -> None:
    with opened(copied(folder, folder.parent / "reason")) as ws:
        pipeline.answer_doubt(ws, "crm:101", "crm:105", "same", by="Ruth", reason="her stage name")
        pipeline.answer_doubt(ws, "crm:101", "crm:105", "apart", by="Ruth")
        given = {(one.a, one.b): one.answer for one in pipeline.duplicates(ws).answered}
    assert given["crm:101", "crm:105"] == "apart"


def test_prepare_tells_of_doubts_and_of_those_that_may_be_no_mail_at_all(tmp_path: Path) -> None:
    rows = [row(1, **{"Last Name": "Maier"}), row(1, **{"Last Name": "Meier", "Record ID": "102"})]
    folder = make_workspace(tmp_path / "ws", [rows[0], {**rows[1], "Do not mail": "yes"}])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    told = typed(folder, "prepare", MAILING).err
    assert "1 pair of records may be one person, 1 of them with somebody who gets no mail" in told


def test_an_unknown_answer_is_no_answer(folder: Path) -> None:
    with opened(folder) as ws, pytest.raises(UsageError):
        pipeline.answer_doubt(ws, "crm:101", "crm:101", "same", by="Ruth")

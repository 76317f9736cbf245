"""Who gets no mail: what exports, people and the post say, and until when it counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import suppression
from mailroom.audience import choose
from mailroom.model import Address, Hold, Name, Recipient
from mailroom.suppression import Known, Returned

DAY = dt.date(2026, 12, 1)
ELM = Address(line1="1 Elm Street", city="Boston", region="MA", postcode="02134", country="US")
OAK = replace(ELM, line1="2 Oak Street")
AT = "2026-11-23T09:00:00+00:00"


def person(number: int, name: str = "", place: Address = ELM, **more: object) -> Recipient:
    first, _, last = name.partition(" ")
    values = {"first_name": first, "last_name": last, "source": "crm", **more}
    return Recipient(
        key=f"{values['source']}:{number}",
        where=f"contacts.csv:{number}",
        address=place,
        **values,  # type: ignore[arg-type]
    )


ANNA, MAX, TIM = person(1, "Anna Weber"), person(2, "Max Weber"), person(3, "Tim Braun", OAK)


def held(target: str, reason: str = "open complaint", until: dt.date | None = None) -> Hold:
    return Hold(recipient=target, reason=reason, by="Ruth", at=AT, until=until)


def on(*holds: Hold, day: dt.date = DAY, **more: object) -> Known:
    return Known(today=day, holds=holds, **more)  # type: ignore[arg-type]


def reasons(
    people: list[Recipient], known: Known, gone: tuple[Recipient, ...] = ()
) -> dict[str, str]:
    audience = choose(people, gone=gone, known=known)
    return {left.recipient.key: left.reason for left in audience.left_out}


def test_a_hold_lets_mail_wait_until_its_day_and_no_longer() -> None:
    hold = held("crm:1", until=dt.date(2027, 1, 15))
    words = "on hold until 2027-01-15: open complaint (Ruth)"
    assert reasons([ANNA, TIM], on(hold, day=dt.date(2027, 1, 14))) == {"crm:1": words}
    assert reasons([ANNA, TIM], on(hold, day=dt.date(2027, 1, 15))) == {}


def test_a_hold_without_an_end_is_for_good() -> None:
    found = reasons([ANNA], on(held("crm:1", "a competitor"), day=dt.date(2099, 1, 1)))
    assert found == {"crm:1": "suppressed: a competitor (Ruth)"}


def test_a_hold_counts_for_all_records_of_the_person_also_where_the_held_one_is_gone() -> None:
    again = person(7, "Anna Weber", source="web")
    assert set(reasons([ANNA, again], on(held("crm:1")))) == {"crm:1", "web:7"}
    assert set(reasons([again], on(held("crm:1")), gone=(ANNA,))) == {"web:7"}


def test_a_hold_is_the_persons_and_the_others_at_home_get_theirs() -> None:
    audience = choose([ANNA, MAX], known=on(held("crm:1")))
    assert [[m.key for m in home.members] for home in audience.households] == [["crm:2"]]


def test_a_bereaved_household_is_held_as_a_whole() -> None:
    lodger = person(4, "Ute Nolte", replace(ELM, line1="1 ELM ST."))
    found = reasons([ANNA, MAX, TIM, lodger], on(held(suppression.home_target(ELM), "bereaved")))
    words = "suppressed: bereaved (Ruth; the whole household)"
    assert found == {"crm:1": words, "crm:2": words, "crm:4": words}


def test_somebody_who_was_in_no_export_is_known_by_e_mail_once_they_come_in() -> None:
    hold = held(suppression.email_target("Anna@Example.org "))
    assert set(reasons([replace(ANNA, email="anna@example.org"), MAX], on(hold))) == {"crm:1"}


@pytest.mark.parametrize(
    "found",
    [
        ANNA,
        replace(ANNA, first_name="ANNA", middle_name="M.", last_name="WEBER"),
        replace(ANNA, first_name="Weber", last_name="Anna"),
        replace(ANNA, address=OAK),
        replace(MAX, partners=(Name(first_name="Anna", last_name="Weber"),)),
    ],
)
def test_somebody_who_was_in_no_export_is_known_by_name_and_postcode(found: Recipient) -> None:
    hold = held(suppression.named_target("Anna Weber", " 0213 4"))
    assert list(reasons([found], on(hold))) == [found.key]


@pytest.mark.parametrize(
    "other", [MAX, replace(ANNA, address=replace(ELM, postcode="02135")), person(9, "Anna Weberin")]
)
def test_another_name_or_another_postcode_is_somebody_else(other: Recipient) -> None:
    assert reasons([other], on(held(suppression.named_target("Anna Weber", "02134")))) == {}


def test_a_company_is_known_by_its_name_too() -> None:
    firm = person(5, company="Müller & Söhne GmbH")
    hold = held(suppression.named_target("Mueller & Soehne GmbH", "02134"))
    assert set(reasons([firm], on(hold))) == {"crm:5"}


# Lists of mailboxes -------------------------------------------------------------------------

NOWHERE = Address()


def test_who_has_unsubscribed_elsewhere_closes_the_mailbox_for_all_who_have_it() -> None:
    box = person(1, "", NOWHERE, source="chimp", email="WEBER@example.org",
                 suppressed=("unsubscribed at Mailchimp",))  # fmt: skip
    people = [replace(ANNA, email="weber@example.org"), replace(MAX, email="weber@example.org")]
    words = "unsubscribed at Mailchimp, says chimp:1 (contacts.csv:1)"
    found = reasons([*people, TIM, box], on())
    assert found == {
        "crm:1": words, "crm:2": words, "chimp:1": "unsubscribed at Mailchimp",
    }  # fmt: skip
    later = reasons([*people, TIM], on(), gone=(box,))
    assert set(later) == {"crm:1", "crm:2"}


def test_a_mailbox_that_nobody_is_written_to_at_closes_its_record_too() -> None:
    two = replace(ANNA, email="a@example.org", fields={"other_emails": "b@home.example, W@x.org"})
    box = person(1, "", NOWHERE, source="chimp", email="w@x.org",
                 suppressed=("unsubscribed at Mailchimp",))  # fmt: skip
    assert set(reasons([two, TIM, box], on())) == {"crm:1", "chimp:1"}
    hold = held(suppression.email_target("B@home.example"))
    assert set(reasons([two, TIM], on(hold))) == {"crm:1"}
    both = replace(box, email="z@x.org", fields={"other_emails": "w@x.org"})
    assert set(reasons([two, TIM, both], on())) == {"crm:1", "chimp:1"}


def test_that_somebody_without_an_address_has_died_closes_nobody_elses_mailbox() -> None:
    dead = person(4, "Karl Weber", NOWHERE, email="w@example.org", suppressed=("deceased",))
    assert set(reasons([replace(ANNA, email="w@example.org"), dead], on())) == {"crm:4"}


# Lists of names and postcodes ---------------------------------------------------------------

LISTED = "on a list of whom not to write to"


def listed(name: str, postcode: str = "02134", reason: str = LISTED, email: str = "") -> Recipient:
    place = Address(postcode=postcode)
    return person(3, name, place, source="list", suppressed=(reason,), email=email)


@pytest.mark.parametrize(
    "row",
    [
        listed("Anna Weber"),
        listed("ANNA Wéber", " 0213 4"),
        listed("Anna Weber", reason="unsubscribed, as a list says"),
        listed("Anna Weber", email="old@example.org"),
    ],
)
def test_a_list_of_names_and_postcodes_closes_who_has_both(row: Recipient) -> None:
    words = f"{row.suppressed[0]}, says list:3 (contacts.csv:3)"
    found = reasons([ANNA, MAX, TIM, row], on())
    assert found == {"crm:1": words, "list:3": row.suppressed[0]}
    assert set(reasons([ANNA, MAX, TIM], on(), gone=(row,))) == {"crm:1"}
    lifted = on(released=frozenset({("list:3", row.suppressed[0])}))
    assert "crm:1" not in reasons([ANNA, row], lifted)


@pytest.mark.parametrize(
    "row",
    [
        listed("Anna Weber", ""),
        listed("Anna Weber", "02135"),
        listed("A. Weber"),
        listed("Weber"),
        listed("Anna Weber", reason="deceased"),
        listed("Anna Weber", reason="unsubscribed, as a list says", email="old@example.org"),
    ],
)
def test_a_list_closes_nobody_by_less_than_name_and_postcode(row: Recipient) -> None:
    assert set(reasons([ANNA, MAX, row], on())) == {"list:3"}


# What ends by itself, and what a person lifts ------------------------------------------------


def test_a_hold_of_the_crm_ends_on_its_day() -> None:
    waits = replace(ANNA, suppressed=("on hold until 2027-01-15",))
    assert reasons([waits], on()) == {"crm:1": "on hold until 2027-01-15"}
    assert reasons([waits], on(day=dt.date(2027, 1, 15))) == {}


def test_a_reason_that_a_person_has_lifted_counts_no_longer_but_others_do() -> None:
    closed = replace(ANNA, suppressed=("opted out", "deceased"))
    known = on(released={("crm:1", "opted out")})
    assert reasons([closed], known) == {"crm:1": "deceased"}
    assert reasons([replace(ANNA, suppressed=("opted out",))], known) == {}


def test_what_nobody_knows_counts_all_the_same() -> None:
    assert reasons([replace(ANNA, suppressed=("wants a fax",))], on()) == {"crm:1": "wants a fax"}
    assert suppression.reason_named("wants a fax") is suppression.OTHER


@pytest.mark.parametrize("word", [*suppression.REASONS, "returned mail (piece 4 of cards)"])
def test_every_reason_but_death_can_be_lifted_by_a_person(word: str) -> None:
    assert suppression.reason_named(word).lift == (word != "deceased")


@given(st.text(max_size=30), st.dates())
def test_no_reason_breaks_anything(word: str, day: dt.date) -> None:
    assert not suppression.ended(f"{word} until 2026-99-99", day)
    suppression.reason_named(word)
    assert suppression.ended(f"on hold until {day.isoformat()}", day)


@given(st.text(max_size=12), st.text(max_size=12), st.sampled_from([ELM, OAK, NOWHERE]))
def test_whoever_is_meant_can_be_said_in_words(name: str, code: str, place: Address) -> None:
    for target in (
        suppression.named_target(name, code),
        suppression.email_target(name),
        suppression.home_target(place),
    ):
        assert not suppression.in_words(target).startswith(("@email:", "@named:", "@home:"))


# Returned mail ------------------------------------------------------------------------------

BACK = Returned(recipient="crm:1", address=ELM, piece="piece 41 of christmas-2026", at=AT)


def test_an_address_from_which_mail_came_back_gets_none_until_it_changes() -> None:
    words = {"crm:1": "returned mail (piece 41 of christmas-2026)"}
    assert reasons([ANNA], on(returned=[BACK])) == words
    moved = replace(BACK, moved=True)
    assert reasons([ANNA], on(returned=[moved])) == words  # the old address again
    assert reasons([replace(ANNA, address=OAK)], on(returned=[moved])) == {}
    assert reasons([ANNA], on(returned=[BACK], released={("crm:1", BACK.reason)})) == {}


def test_the_posts_own_spelling_of_an_address_is_no_other_address() -> None:
    printed = replace(BACK, address=replace(ELM, line1="1 ELM ST APT 4", postcode="02134-0001"))
    assert set(reasons([ANNA], on(returned=[printed]))) == {"crm:1"}


def test_another_record_of_the_same_person_may_have_a_better_address() -> None:
    records = [
        replace(ANNA, email="anna@example.org"),
        person(7, "Anna Weber", OAK, source="web", email="anna@example.org"),
    ]
    audience = choose(records, known=on(returned=[BACK]))
    assert [home.head.key for home in audience.households] == ["web:7"]
    assert [left.recipient.key for left in audience.left_out] == ["crm:1"]
    same = [records[0], replace(records[1], address=ELM)]
    assert choose(same, known=on(returned=[BACK])).households == ()


# Why ----------------------------------------------------------------------------------------


def test_every_reason_is_told_with_who_says_so_the_records_own_first() -> None:
    records = [
        replace(ANNA, suppressed=("opted out",)),
        person(7, "Anna Weber", source="web", suppressed=("do not mail",)),
    ]
    hold = held("web:7", until=dt.date(2027, 1, 15))
    found = suppression.closed([records], records, {"crm:1", "web:7"}, on(hold))["crm:1"]
    assert [(word.reason, word.by) for word in found] == [
        ("opted out", "crm:1 (contacts.csv:1)"),
        ("do not mail, says web:7 (contacts.csv:7)", "web:7 (contacts.csv:7)"),
        ("open complaint", "Ruth"),
    ]
    assert (found[2].until, found[2].at) == (dt.date(2027, 1, 15), AT)

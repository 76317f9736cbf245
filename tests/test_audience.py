from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.audience import Audience, choose
from mailroom.errors import UsageError
from mailroom.model import Address, Decision, Finding, Recipient, Severity
from mailroom.where import parse

ELM = Address(line1="1 Elm Street", city="Boston", region="MA", postcode="02134", country="US")
OAK = replace(ELM, line1="2 Oak Street")


def person(number: int, name: str = "", place: Address = ELM, **more: object) -> Recipient:
    first, _, last = name.partition(" ")
    values = {"first_name": first, "last_name": last, "source": "crm", **more}
    return Recipient(
        key=f"{values['source']}:{number}",
        where=f"contacts.csv:{number}",
        address=place,
        **values,  # type: ignore[arg-type]
    )


def homes(audience: Audience) -> list[list[str]]:
    return [[member.key for member in home.members] for home in audience.households]


def reasons(audience: Audience) -> dict[str, str]:
    return {left.recipient.key: left.reason for left in audience.left_out}


def matching(where: str, *people: Recipient) -> list[str]:
    return [key for home in homes(choose(people, where=where)) for key in home]


# Households ---------------------------------------------------------------------------------


def test_one_place_and_one_last_name_are_one_household() -> None:
    audience = choose([person(1, "Anna Weber"), person(2, "Max Weber"), person(3, "Tim Braun")])
    assert homes(audience) == [["crm:1", "crm:2"], ["crm:3"]]
    assert audience.left_out == ()


def test_one_name_in_two_places_is_two_households() -> None:
    assert len(choose([person(1, "Anna Weber"), person(2, "Max Weber", OAK)]).households) == 2


def test_father_and_son_stay_apart_and_the_wife_lives_with_the_father() -> None:
    audience = choose(
        [
            person(1, "Paul Meyer", suffix="Sr."),
            person(2, "Paul Meyer", suffix="Jr."),
            person(3, "Ruth Meyer"),
        ]
    )
    assert homes(audience) == [["crm:1", "crm:3"], ["crm:2"]]


def test_a_suffix_typed_into_the_last_name_counts_too() -> None:
    audience = choose([person(1, "Paul Meyer"), person(2, "Paul Meyer Jr.")])
    assert homes(audience) == [["crm:1"], ["crm:2"]]


def test_people_without_a_street_share_no_home() -> None:
    nowhere = Address(city="Boston", country="US")
    people = [person(1, "Anna Weber", nowhere), person(2, "Max Weber", nowhere)]
    assert homes(choose(people)) == [["crm:1"], ["crm:2"]]


def test_people_without_a_last_name_share_no_home() -> None:
    assert len(choose([person(1, "Anna"), person(2, "Max")]).households) == 2


def test_everybody_gets_a_piece_where_households_are_not_wanted() -> None:
    audience = choose([person(1, "Anna Weber"), person(2, "Max Weber")], one_per_household=False)
    assert homes(audience) == [["crm:1"], ["crm:2"]]
    assert len({home.key for home in audience.households}) == 2


def test_the_key_of_a_household_comes_from_its_place_and_name_only() -> None:
    (one,) = choose([person(1, "Anna Weber")]).households
    street = replace(ELM, line1="1 ELM ST.", postcode="02134-9999")
    (other,) = choose([person(77, "Max WEBER", street)]).households
    assert one.key == other.key


def test_strangers_of_one_name_in_two_villages_of_one_postcode_are_two_households() -> None:
    adorf = replace(ELM, line1="Hauptstr. 1", city="Adorf", postcode="54655", country="DE")
    people = [
        person(1, "Anna Müller", adorf),
        person(2, "Karl Müller", replace(adorf, city="Zendscheid")),
        person(3, "Ute Mueller", replace(adorf, city="ADORF", line1="Hauptstraße 1")),
    ]
    assert homes(choose(people)) == [["crm:1", "crm:3"], ["crm:2"]]


def test_colleagues_of_one_name_in_one_tower_are_a_household_only_in_one_company() -> None:
    firms = ["Acme Law Inc.", "Beta Bank", "ACME LAW, LLC", "Acmé Law", ""]
    people = [person(n, f"P{n} Lee", company=firm) for n, firm in enumerate(firms, start=1)]
    assert homes(choose(people)) == [["crm:1", "crm:3", "crm:4"], ["crm:2"], ["crm:5"]]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Möbel Süd GmbH & Co. KG", "Mobel Sud"),
        ("Dupont S.A.R.L.", "Dupont SARL"),
        ("Hill & Sons Ltd.", "Hill & Sons Limited"),
        ("Limited", "LIMITED"),
    ],
)
def test_a_company_is_the_same_in_whatever_legal_form(one: str, two: str) -> None:
    people = [person(1, "Anna Weber", company=one), person(2, "Max Weber", company=two)]
    assert homes(choose(people)) == [["crm:1", "crm:2"]]


# Duplicates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Anna Weber", "ANNA WEBER"),
        ("Anna Weber", "Weber Anna"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Nicki A Panelli", "Nicki Panelli"),
        ("Dr. Anna Weber", "Anna Weber"),
    ],
)
def test_the_same_name_at_the_same_place_is_one_person(one: str, two: str) -> None:
    audience = choose([person(1, one), person(2, two)])
    assert homes(audience) == [["crm:1"]]
    assert reasons(audience) == {"crm:2": "duplicate of crm:1 (contacts.csv:1)"}


def test_the_same_email_and_last_name_is_one_person_wherever_it_lives() -> None:
    mail = {"email": "Tom@example.com"}
    audience = choose(
        [person(1, "Thomas Hill", **mail), person(2, "Tom Hill", OAK, email="tom@example.com")]
    )
    assert reasons(audience) == {"crm:2": "duplicate of crm:1 (contacts.csv:1)"}


def test_a_couple_with_one_mailbox_is_two_people() -> None:
    mail = {"email": "webers@example.com"}
    audience = choose([person(1, "Anna Weber", **mail), person(2, "Max Weber", **mail)])
    assert homes(audience) == [["crm:1", "crm:2"]]


def test_the_more_complete_record_stays() -> None:
    audience = choose([person(1, "Anna Weber"), person(2, "Anna Weber", owner="ruth")])
    assert reasons(audience) == {"crm:1": "duplicate of crm:2 (contacts.csv:2)"}


def test_a_record_with_an_error_is_the_less_complete_one() -> None:
    error = Finding(rule="bad-postcode", severity=Severity.ERROR, message="")
    broken = person(1, "Anna Weber", owner="ruth", findings=(error,))
    assert homes(choose([broken, person(2, "Anna Weber")])) == [["crm:2"]]


def test_two_exports_with_the_same_person_make_one_piece() -> None:
    audience = choose([person(1, "Anna Weber"), person(1, "Anna Weber", source="shop")])
    assert homes(audience) == [["crm:1"]]


def test_a_household_names_the_other_records_of_its_people() -> None:
    audience = choose(
        [
            person(1, "Anna Weber", salutation="Ms"),
            person(2, "Anna Weber"),
            person(3, "Max Weber"),
            person(3, "Max Weber", source="shop"),
        ],
        sources=("crm",),
        gone=[person(4, "Weber Max")],
    )
    (home,) = audience.households
    assert [member.key for member in home.members] == ["crm:1", "crm:3"]
    assert home.also == ("crm:2", "shop:3", "crm:4")


def also(new: Recipient, old: Recipient) -> tuple[str, ...]:
    """The records besides `new` of its person, when `old` is gone from the export."""
    (home,) = choose([new], gone=[old]).households
    return home.also


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Anna Webber", "Anna Weber"),
        ("Anna Bergb", "Anna Bergbb"),
        ("Anna Maier", "Anna Meier"),
        ("Anna Wbeer", "Anna Weber"),
    ],
)
def test_who_is_gone_and_comes_back_respelt_at_the_same_place_is_one_person(
    old: str, new: str
) -> None:
    assert also(person(2, new), person(1, old)) == ("crm:1",)


@pytest.mark.parametrize(
    ("old", "place"),
    [
        ("Anna Braun", ELM),
        ("Anne Webber", ELM),
        ("Anna Webber", OAK),
        ("Anna Webber Jr.", ELM),
        ("Anna Wedder", ELM),
    ],
)
def test_who_is_gone_is_nobody_else_who_lives_there(old: str, place: Address) -> None:
    assert also(person(2, "Anna Weber"), person(1, old, place)) == ()


def test_a_new_last_name_with_the_old_mailbox_is_no_new_person() -> None:
    mail = {"email": "anna@example.com"}
    old, new = person(1, "Anna Braun", **mail), person(2, "Anna Weber", OAK, **mail)
    assert also(new, old) == ("crm:1",)
    assert also(replace(new, first_name="Max"), old) == ()


def test_two_who_are_both_there_and_nearly_of_one_name_are_two() -> None:
    people = [person(1, "Anna Maier"), person(2, "Anna Meier")]
    audience = choose(people, gone=[person(3, "Anna Meyer"), person(4, "Anna Mayer")])
    assert homes(audience) == [["crm:1"], ["crm:2"]]
    assert [home.also for home in audience.households] == [("crm:4",), ("crm:3",)]


# Suppression --------------------------------------------------------------------------------


def test_whoever_wants_no_post_gets_none() -> None:
    audience = choose([person(1, "Anna Weber", suppressed=("deceased", "opted out"))])
    assert audience.households == ()
    assert reasons(audience) == {"crm:1": "deceased, opted out"}


def test_a_reason_holds_for_every_record_of_the_person() -> None:
    audience = choose([person(1, "Max Weber"), person(2, "Max Weber", suppressed=("deceased",))])
    assert audience.households == ()
    assert reasons(audience)["crm:1"] == "deceased, says crm:2 (contacts.csv:2)"


def test_a_reason_holds_even_from_a_record_that_is_not_selected() -> None:
    dead = person(2, "Max Weber", suppressed=("deceased",), source="old")
    audience = choose([person(1, "Max Weber"), dead], sources=("crm",))
    assert audience.households == ()


def test_a_reason_does_not_spread_to_the_spouse() -> None:
    people = [person(1, "Anna Weber"), person(2, "Max Weber", suppressed=("deceased",))]
    assert homes(choose(people)) == [["crm:1"]]


def test_a_reason_outlives_the_row_it_stood_in() -> None:
    gone = person(4, "Max Weber", suppressed=("opted out",))
    audience = choose([person(1, "Max Weber"), person(2, "Anna Weber")], gone=[gone])
    assert homes(audience) == [["crm:2"]]
    assert reasons(audience) == {"crm:1": "opted out (crm:4, no longer in the export)"}


def test_the_reason_of_a_record_that_is_there_is_named_before_that_of_one_that_is_gone() -> None:
    gone = person(1, "Max Weber", suppressed=("opted out",))
    dead = person(4, "Max Weber", suppressed=("deceased",))
    audience = choose([person(2, "Max Weber"), dead], gone=[gone])
    assert reasons(audience) == {
        "crm:2": "deceased, says crm:4 (contacts.csv:4)", "crm:4": "deceased",
    }  # fmt: skip


def test_who_is_gone_gets_nothing_and_is_not_listed() -> None:
    gone = [person(1, "Max Weber"), person(2, "Tim Braun", suppressed=("deceased",))]
    audience = choose([person(3, "Anna Weber")], gone=gone)
    assert homes(audience) == [["crm:3"]]
    assert reasons(audience) == {}


def test_who_is_there_again_is_not_gone() -> None:
    now = person(1, "Max Weber")
    audience = choose([now], gone=[replace(now, suppressed=("opted out",))])
    assert homes(audience) == [["crm:1"]]


def test_people_with_errors_stay_in_so_that_they_are_held_and_not_lost() -> None:
    error = Finding(rule="no-street", severity=Severity.ERROR, message="")
    audience = choose([person(1, "Anna Weber", Address(), findings=(error,))])
    assert homes(audience) == [["crm:1"]]


# Order, sources, limit ----------------------------------------------------------------------


def test_the_order_of_the_rows_does_not_matter() -> None:
    people = [person(n, f"Anna{n % 7} Weber{n % 5}", ELM if n % 2 else OAK) for n in range(40)]
    shuffled = people[:]
    random.Random(1).shuffle(shuffled)
    assert choose(people) == choose(shuffled)


def test_record_nine_comes_before_record_ten() -> None:
    audience = choose([person(10, "Anna Weber"), person(9, "Max Braun")])
    assert homes(audience) == [["crm:9"], ["crm:10"]]


def test_other_sources_are_left_out_with_the_reason() -> None:
    audience = choose(
        [person(1, "Anna Weber"), person(2, "Tim Braun", source="shop")], sources=("crm",)
    )
    assert reasons(audience) == {"shop:2": "not selected: source shop"}


@settings(deadline=None)  # the first name reads the lists
@given(
    st.lists(
        st.builds(
            person,
            st.integers(1, 9999),
            st.sampled_from(["", "Anna", "Anna Weber", "Max Weber", "Max Weber Jr."]),
            st.sampled_from([ELM, OAK, Address()]),
            email=st.sampled_from(["", "a@example.com"]),
            suppressed=st.sampled_from([(), ("deceased",)]),
        ),
        unique_by=lambda p: p.key,
    ),
    st.booleans(),
    st.integers(0, 3),
)
def test_everybody_is_in_exactly_one_place(
    people: list[Recipient], one_per_household: bool, absent: int
) -> None:
    gone, people = people[:absent], people[absent:]
    audience = choose(people, gone=gone, one_per_household=one_per_household)
    keys = [key for home in homes(audience) for key in home]
    keys += [left.recipient.key for left in audience.left_out]
    assert sorted(keys) == sorted(p.key for p in people)
    assert all(left.reason for left in audience.left_out)
    assert len({home.key for home in audience.households}) == len(audience.households)
    also = [key for home in audience.households for key in home.also]
    assert len(also) == len({*also} - {member for home in homes(audience) for member in home})


# Where --------------------------------------------------------------------------------------

PEOPLE = (
    person(
        1, "Anna Weber", replace(ELM, country="DE", city="Köln"),
        owner="Ruth Hartmann", fields={"tag": "customer; vip", "Client Grade": "A"},
    ),
    person(2, "Max Braun", OAK, company="Acme & Sons", fields={"tag": "customer"}),
    person(3, "Tim Rot", OAK, fields={"tag": "lead"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", [1, 2, 3]),
        ("tag = customer", [1, 2]),
        ("tag = VIP", [1]),
        ("tags = customer and country != US", [1]),
        ("company", [2]),
        ("not company", [1, 3]),
        ("company ~ acme", [2]),
        ('company = "Acme & Sons"', [2]),
        ("company = 'acme & sons'", [2]),
        ("owner ~ ruth or tag = lead", [1, 3]),
        ("tag = lead or tag = customer and country = DE", [1, 3]),
        ("(tag = lead or tag = customer) and country = DE", [1]),
        ("not (tag = lead or country = Germany)", [2]),
        ("not not company", [2]),
        ('"Client Grade" = A', [1]),
        ("client_grade = a", [1]),
        ("city = koln", [1]),
        ("zip = 02134", [1, 2, 3]),
        ("last_name !~ o", [1, 2]),
        ("key = crm:3", [3]),
        ("tag=lead", [3]),
        ('company = ""', [1, 3]),
    ],
)
def test_a_filter_chooses(where: str, expected: list[int]) -> None:
    assert matching(where, *PEOPLE) == [f"crm:{number}" for number in expected]


def test_whom_the_filter_does_not_choose_is_left_out_with_it() -> None:
    audience = choose(PEOPLE, where="tag = lead")
    assert reasons(audience)["crm:1"] == "not selected: tag = lead"


def test_a_held_or_suppressed_person_can_be_asked_for() -> None:
    error = Finding(rule="no-street", severity=Severity.ERROR, message="")
    held = replace(PEOPLE[0], findings=(error,))
    assert parse("held = no-street", fields=())(held)
    assert not parse("suppressed", fields=())(held)


@pytest.mark.parametrize(
    ("where", "column", "message"),
    [
        ("tag =", 6, "expected a value"),
        ("= customer", 1, "expected a field"),
        ("tag = a b", 9, "expected 'and'"),
        ("(tag = a", 9, "not closed"),
        ("tag = a)", 8, "expected 'and'"),
        ("tag = a and", 12, "expected a field"),
        ("tag = 'a", 7, "cannot be read"),
        ("tag = ! a", 7, "cannot be read"),
        ("(" * 60 + "tag", 52, "too many brackets"),
    ],
)
def test_a_filter_that_cannot_be_read_is_pointed_at(where: str, column: int, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        choose(PEOPLE, where=where)
    assert caught.value.where == f"where, column {column}"
    assert caught.value.message.endswith("\n  " + " " * (column - 1) + "^")
    assert caught.value.hint


def test_an_unknown_field_is_an_error_that_names_near_ones() -> None:
    with pytest.raises(UsageError, match="contry") as caught:
        choose(PEOPLE, where="tag = customer and contry = US")
    assert caught.value.where == "where, column 20"
    assert "country" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        choose(PEOPLE, where="clientgrad = A")
    assert '"Client Grade"' in caught.value.hint


def test_a_field_is_not_checked_where_no_export_is_known_yet() -> None:
    assert choose([], where="anything = x").households == ()


@given(st.text(st.sampled_from("tag =~!()'\" andornt,ü\n"), max_size=40))
def test_any_text_is_a_filter_or_a_usage_error(where: str) -> None:
    try:
        test = parse(where, fields=("tag",))
    except UsageError as error:
        where_it_is, hint = error.where, error.hint
        assert where_it_is.startswith("where, column ") and hint
    else:
        assert test(PEOPLE[0]) in (True, False)


NAMES = st.sampled_from(["tag", "company", "country"])
VALUES = st.text(max_size=8).map(lambda text: '"' + text.replace('"', '""') + '"')
TESTS = st.builds("{} {} {}".format, NAMES, st.sampled_from(["=", "!=", "~", "!~"]), VALUES)
FILTERS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not {}".format, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None)  # the first country's name reads them all
@given(FILTERS)
def test_a_filter_and_its_opposite_divide_everybody(where: str) -> None:
    yes, no = parse(where, fields=("tag",)), parse(f"not ({where})", fields=("tag",))
    assert all(yes(someone) != no(someone) for someone in PEOPLE)


# Perhaps somebody who gets no mail ------------------------------------------------------------

DEAD = person(2, "Siegfried Baumgartner", OAK, source="a", suppressed=("deceased",))
PERHAPS = person(2, "Sigfrid Baumgärtner", OAK, source="b")


def held(audience: Audience) -> dict[str, list[str]]:
    everybody = [member for home in audience.households for member in home.members]
    return {p.key: [f.message for f in p.findings] for p in everybody if p.findings}


def test_who_may_be_one_who_has_died_waits_until_somebody_has_looked() -> None:
    told = "may be a:2 Siegfried Baumgartner, who gets no mail: deceased"
    people = [DEAD, PERHAPS, person(3, "Ada Kingsley", OAK)]
    audience = choose(people)
    assert held(audience) == {"b:2": [told]}
    (finding,) = audience.households[0].head.findings
    assert (finding.rule, finding.severity) == ("perhaps-suppressed", "error")
    assert "--apart b:2 a:2" in finding.hint
    assert held(choose(people[1:], gone=[DEAD])) == {"b:2": [told]}
    said = Decision(subject="same:a:2|b:2", answer="apart", by="Ruth", at="2026-11-26")
    assert held(choose(people, decisions={said.subject: said})) == {}
    same = replace(said, answer="same")
    assert "b:2" in reasons(choose(people, decisions={said.subject: same}))


def test_the_record_that_is_kept_waits_for_a_doubt_about_its_duplicate() -> None:
    full = replace(PERHAPS, key="c:9", source="c", email="s@x.example", phone="1", language="de")
    audience = choose([DEAD, replace(PERHAPS, email="s@x.example"), full])
    assert [*held(audience)] == ["c:9"]


def test_a_record_thrown_away_or_a_closed_mailbox_holds_nobody_else() -> None:
    for word in ("deleted in the CRM", "unsubscribed at Mailchimp"):
        gone = replace(DEAD, suppressed=(word,))
        assert held(choose([gone, PERHAPS])) == {}
    assert [*held(choose([replace(gone, suppressed=("opted out",)), PERHAPS]))] == ["b:2"]

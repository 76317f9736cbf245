from __future__ import annotations

from dataclasses import replace

import pytest

from mailroom.audience import choose
from mailroom.lending import complete
from mailroom.model import Address, Borrowed, Finding, Recipient, Severity

HOME = Address(line1="Ring 5", postcode="50667", city="Köln", country="DE")
KEPT = Recipient(key="pipedrive:7", source="pipedrive", where="deals.csv:7", last_name="Maier")


def other(number: int = 12, **parts: object) -> Recipient:
    values = {"last_name": "Maier", **parts}
    key, where = f"outlook:{number}", f"outlook.csv:{number}"
    return Recipient(key=key, source="outlook", where=where, **values)  # type: ignore[arg-type]


def test_a_missing_salutation_with_its_title_comes_from_the_other_record() -> None:
    whole, borrowed = complete(KEPT, [other(salutation="Herr Dr.")])
    assert whole == replace(KEPT, salutation="Herr Dr.")
    assert borrowed == [Borrowed(recipient="pipedrive:7", field="salutation", lender="outlook:12")]


@pytest.mark.parametrize(
    ("field", "mine", "theirs", "whole"),
    [
        ("salutation", "Herr", ["Herr Dr."], "Herr Dr."),
        ("salutation", "", ["Herr", "Herr Prof."], "Herr Prof."),
        ("salutation", "Herr Dr.", ["Herr"], "Herr Dr."),
        ("salutation", "", ["Ms.", "Mrs."], ""),
        ("salutation", "Frau", ["Herr Dr."], "Frau"),
        ("salutation", "Mr", ["Mr & Mrs"], "Mr"),
        ("first_name", "J.", ["Jürgen"], "Jürgen"),
        ("first_name", "J", ["Jürgen", "jurgen"], "Jürgen"),
        ("first_name", "J.", ["Jürgen", "Jochen"], "J."),
        ("first_name", "J.", ["Karl"], "J."),
        ("first_name", "Jürgen", ["J."], "Jürgen"),
        ("first_name", "", ["Jürgen"], "Jürgen"),
        ("language", "", ["de"], "de"),
        ("language", "", ["de", "en"], ""),
        ("language", "en", ["de"], "en"),
        ("owner", "", ["ruth", "Ruth"], "ruth"),
    ],
)
def test_a_part_is_taken_only_where_no_record_contradicts_another(
    field: str, mine: str, theirs: list[str], whole: str
) -> None:
    kept = replace(KEPT, **{field: mine})  # type: ignore[arg-type]
    others = [other(number, **{field: value}) for number, value in enumerate(theirs)]
    assert getattr(complete(kept, others)[0], field) == whole


@pytest.mark.parametrize(
    ("mine", "theirs", "whole"),
    [
        ("", ["1982-11-28"], "1982-11-28"),
        ("--11-28", ["1982-11-28"], "1982-11-28"),
        ("", ["--11-28", "1982-11-28"], "1982-11-28"),
        ("", ["1982-11-28", "1982-11-29"], ""),
        ("--11-27", ["1982-11-28"], "--11-27"),
    ],
)
def test_a_birthday_gets_its_year_and_is_never_chosen_between_two(
    mine: str, theirs: list[str], whole: str
) -> None:
    kept = replace(KEPT, fields={"birthday": mine} if mine else {})
    others = [other(number, fields={"birthday": day}) for number, day in enumerate(theirs)]
    assert complete(kept, others)[0].fields.get("birthday", "") == whole


def test_the_address_is_never_taken_nor_a_name_in_which_something_may_be_wrong() -> None:
    doubt = Finding(rule="odd-name", severity=Severity.ERROR, message="what is that?")
    assert complete(KEPT, [other(address=HOME)]) == (KEPT, [])
    assert complete(KEPT, [other(first_name="J<b>", findings=(doubt,))]) == (KEPT, [])
    assert complete(KEPT, [other(first_name="Jürgen", last_name="Groß")]) == (KEPT, [])


def test_the_record_that_is_mailed_has_what_only_the_poorer_one_knows() -> None:
    kept = replace(
        KEPT, first_name="Jürgen", address=HOME, email="j@maier.example", company="Maier GmbH"
    )
    poor = other(salutation="Herr Dr.", first_name="Jürgen", email="j@maier.example")
    [home] = choose([poor, kept]).households
    assert (home.head.key, home.head.salutation) == ("pipedrive:7", "Herr Dr.")
    assert home.also == ("outlook:12",)
    assert [(one.field, one.lender) for one in home.borrowed] == [("salutation", "outlook:12")]
    alone = choose([kept]).households[0]
    assert alone.key == home.key  # its piece is the same one
    assert alone.borrowed == ()
    assert choose([kept], gone=[poor]).households[0].borrowed == ()  # it says so no longer


# A person has the tags of all their records -------------------------------------------------

SEAN = Recipient(
    key="hubspot:1", source="hubspot", where="hubspot.csv:2", first_name="Sean",
    last_name="Murphy", email="sean@murphy.example", address=HOME, fields={"Grade": "B"},
)  # fmt: skip
TAGGED = Recipient(
    key="mailchimp:9", source="mailchimp", where="list.csv:9", first_name="Sean",
    last_name="Murphy", email="sean@murphy.example", fields={"tag": "customer", "stage": "lead"},
    findings=(Finding(rule="no-address", severity=Severity.ERROR, message="no address"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "sources", "mailed"),
    [
        ("tag = customer", (), ["hubspot:1"]),
        ("tag = customer and Grade = B", (), ["hubspot:1"]),
        ("stage = lead and country = DE", (), ["hubspot:1"]),
        ("email ~ sean and not country", (), ["hubspot:1"]),  # what only the poorer one is
        ("tag = customer", ("hubspot",), ["hubspot:1"]),
        ("tag = customer", ("mailchimp",), ["mailchimp:9"]),
        ("tag != customer", (), []),  # not even though one record has no tag
        ("not tag", (), []),
        ("Grade = A", (), []),
    ],
)
def test_a_filter_lets_a_person_in_by_any_record_and_the_best_one_is_mailed(
    where: str, sources: tuple[str, ...], mailed: list[str]
) -> None:
    audience = choose([SEAN, TAGGED], where=where, sources=sources)
    assert [home.head.key for home in audience.households] == mailed
    assert len(audience.left_out) == 2 - len(mailed)


def test_of_two_whole_records_the_one_that_was_asked_for_is_mailed() -> None:
    abroad = replace(HOME, country="AT", postcode="1010", city="Wien")
    here = replace(SEAN, key="crm:5", source="crm", fields={}, phone="")
    there = replace(SEAN, key="crm:6", source="crm", address=abroad, phone="12345678")
    assert choose([here, there]).households[0].head.key == "crm:6"
    assert choose([here, there], where="country = DE").households[0].head.key == "crm:5"


def test_who_is_meant_by_one_record_is_mailed_by_the_best() -> None:
    audience = choose([SEAN, TAGGED], not_meant=lambda one: "" if one is TAGGED else "not due")
    assert [home.head.key for home in audience.households] == ["hubspot:1"]
    assert [left.reason[:9] for left in audience.left_out] == ["duplicate"]

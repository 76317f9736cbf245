"""Plan: permanent keys, numbers, who signs, in which language; digests that miss nothing."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import plan
from mailroom.errors import ConfigError
from mailroom.formats import FORMATS
from mailroom.layout import Layout
from mailroom.model import (
    Address,
    Household,
    Mailing,
    Merged,
    Owner,
    Piece,
    Quote,
    Recipient,
    Sender,
    Severity,
)
from tests.small import a_mailing, a_piece

SENDER = Sender(company="Kranich", address=Address(line1="3 Mill Lane", city="Otley", country="GB"))
RUTH = Owner(key="ruth", name="Ruth Hartmann")
TOMAS = Owner(key="tomas", name="Tomas Lowe")
OWNERS = {"ruth": RUTH, "tomas": TOMAS}
MAILING = a_mailing(owner="ruth")
WORDS = {"message": "Thank you"}
LAYOUT = Layout(
    name="plain",
    title="Plain",
    summary="",
    folder=Path("plain"),
    formats=("card-5x7",),
    pages={"front": "front.html", "back": "back.html"},
    style=("style.css",),
    fonts=("Alegreya",),
    fields={},
    words={"en": WORDS, "de": WORDS},
    digest="d" * 64,
)


def somebody(number: int = 1, **changes: Any) -> Recipient:
    address = Address(line1=f"{number} Mill Lane", city="Otley", postcode="LS21 1AB", country="GB")
    plain = Recipient(
        key=f"crm:{number}",
        source="crm",
        where=f"contacts.csv:{number + 1}",
        first_name="Anna",
        last_name=f"Berg{number}",
        address=address,
    )
    return dataclasses.replace(plain, **changes)


def home(number: int = 1, *more: Recipient, **changes: Any) -> Household:
    return Household(key=f"home-{number}", members=(somebody(number, **changes), *more))


def piece_of(household: Household, mailing: Mailing = MAILING, layout: Layout = LAYOUT) -> Piece:
    return plan.make_piece(household, 1, mailing, layout, SENDER, OWNERS)


def planned(known: plan.SentBefore, *households: Household) -> tuple[list[int], list[str]]:
    pieces, already, _ = plan.make_pieces(households, MAILING, LAYOUT, SENDER, OWNERS, known)
    return [piece.number for piece in pieces], [item.piece for item in already]


def lives_in(country: str) -> Address:
    return Address(line1="1 Some Street", city="Town", postcode="1", country=country)


# --- keys and numbers ---------------------------------------------------------------------


def test_a_piece_keeps_its_key_whatever_else_is_known_of_the_household() -> None:
    one = piece_of(home(1))
    moved = piece_of(home(1, last_name="Berg-Neu", address=lives_in("DE")))
    assert one.key == moved.key == plan.piece_key("winter", "home-1")


def test_two_mailings_and_two_households_have_keys_of_their_own() -> None:
    keys = {plan.piece_key(m, h) for m in ("winter", "spring") for h in ("home-1", "home-2")}
    assert len(keys) == 4


@given(st.text(), st.text(), st.text(), st.text())
def test_a_key_is_of_one_mailing_and_one_household_only(a: str, b: str, c: str, d: str) -> None:
    assert (plan.piece_key(a, b) == plan.piece_key(c, d)) == ((a, b) == (c, d))


def test_numbers_count_up_in_the_order_of_the_households() -> None:
    assert planned(plan.NOTHING_SENT, home(3), home(1), home(2)) == ([1, 2, 3], [])


@given(st.frozensets(st.integers(1, 30)), st.integers(0, 20))
def test_numbers_that_are_on_paper_are_never_given_again(taken: frozenset[int], size: int) -> None:
    known = plan.SentBefore(households={}, recipients={}, numbers=taken)
    numbers, _ = planned(known, *map(home, range(1, size + 1)))
    assert len(numbers) == size
    assert numbers == sorted(set(numbers) - taken)
    assert set(range(1, max(numbers, default=0) + 1)) == {*numbers} | {
        n for n in taken if n < max(numbers, default=0)
    }


def test_who_has_had_the_mailing_is_not_planned_again_and_takes_no_number() -> None:
    known = plan.SentBefore(households={"home-1": "piece-1"}, recipients={}, numbers=frozenset({1}))
    assert planned(known, home(1), home(2)) == ([2], ["piece-1"])


def test_who_has_moved_in_with_somebody_who_had_it_gets_no_second_one() -> None:
    known = plan.SentBefore(households={}, recipients={"crm:7": "piece-7"}, numbers=frozenset())
    assert planned(known, home(1, somebody(7))) == ([], ["piece-7"])


def test_who_had_it_under_another_record_gets_no_second_one() -> None:
    known = plan.SentBefore(households={}, recipients={"crm:7": "piece-7"}, numbers=frozenset({1}))
    twice = dataclasses.replace(home(1), also=("shop:1", "crm:7"))
    assert planned(known, twice, home(2)) == ([2], ["piece-7"])


@given(st.integers(1, 6), st.frozensets(st.integers(1, 9), max_size=8), st.integers(0, 6))
def test_a_limit_is_of_all_the_pieces_of_a_mailing(
    limit: int, sent: frozenset[int], size: int
) -> None:
    known = plan.SentBefore(households={}, recipients={}, numbers=sent)
    households = [home(n, somebody(n + 50)) for n in range(1, size + 1)]
    pieces, _, beyond = plan.make_pieces(
        households, a_mailing(owner="ruth", limit=limit), LAYOUT, SENDER, OWNERS, known
    )
    assert len(pieces) == min(size, max(0, limit - len(sent)))
    assert [left.recipient for left in beyond] == [
        member for household in households[len(pieces) :] for member in household.members
    ]
    assert {left.reason for left in beyond} <= {f"beyond the limit of {limit}"}
    for one in households:
        mine, _, left = plan.make_pieces(
            households,
            a_mailing(owner="ruth", limit=limit),
            LAYOUT,
            SENDER,
            OWNERS,
            known,
            of=one.head.key,
        )
        assert mine == tuple(piece for piece in pieces if piece.household == one)
        assert left == beyond


def test_who_has_had_it_is_not_beyond_the_limit() -> None:
    known = plan.SentBefore(households={"home-1": "piece-1"}, recipients={}, numbers=frozenset({1}))
    mailing = a_mailing(owner="ruth", limit=1)
    pieces, already, beyond = plan.make_pieces(
        [home(1), home(2)], mailing, LAYOUT, SENDER, OWNERS, known
    )
    assert (pieces, [item.piece for item in already]) == ((), ["piece-1"])
    assert [left.recipient.key for left in beyond] == ["crm:2"]


# --- language -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "country", "mailing", "expected"),
    [
        ("de", "GB", "en", "de"),  # the person's own first
        ("", "AT", "en", "de"),  # then the country's
        ("", "GB", "de", "en"),
        ("", "CH", "de", "de"),  # a country of several languages says nothing
        ("", "JP", "en", "en"),
        ("", "", "de", "de"),
        ("fr", "DE", "en", "en"),  # no words in it: the mailing's, not the country's
        ("", "FR", "en", "en"),
    ],
)
def test_a_piece_is_in_the_nearest_language_there_are_words_in(
    person: str, country: str, mailing: str, expected: str
) -> None:
    household = home(1, language=person, address=lives_in(country))
    assert piece_of(household, a_mailing(owner="ruth", language=mailing)).language == expected


def test_a_wish_that_cannot_be_met_is_noted_with_where_and_what_to_do() -> None:
    (finding,) = piece_of(home(1, language="fr")).findings
    assert (finding.rule, finding.severity) == ("other-language", Severity.NOTE)
    assert finding.where == "contacts.csv:2"
    assert "'fr'" in finding.message and "'en' is used" in finding.message
    assert finding.hint == "add [text.fr] to the mailing"


def test_a_country_whose_language_is_missing_is_not_worth_a_note() -> None:
    assert piece_of(home(1, address=lives_in("FR"))).findings == ()


def test_words_of_the_mailing_count_as_words() -> None:
    mailing = a_mailing(owner="ruth", text={"fr": WORDS})
    piece = piece_of(home(1, language="fr"), mailing)
    assert (piece.language, piece.findings) == ("fr", ())


@pytest.mark.parametrize(
    ("country", "expected"),
    [("ES", "es"), ("MX", "es"), ("IT", "it"), ("NL", "nl"), ("PL", "pl"), ("SE", "sv"),
     ("JP", "ja"),
     ("CA", "de"), ("BE", "de"), ("CH", "de"), ("LU", "de"), ("FI", "de"), ("BR", "de")],
)  # fmt: skip
def test_a_country_speaks_for_its_people_only_where_it_has_one_language(
    country: str, expected: str
) -> None:
    words = dict.fromkeys(("de", "en", "es", "fr", "it", "nl", "pl", "sv", "ja"), WORDS)
    layout = dataclasses.replace(LAYOUT, words=words)
    mailing = a_mailing(owner="ruth", language="de")
    assert piece_of(home(1, address=lives_in(country)), mailing, layout).language == expected


def test_a_layout_without_words_takes_every_language_of_the_mailing() -> None:
    plan.check_mailing(dataclasses.replace(LAYOUT, words={}), a_mailing(language="it"))


def test_the_mailings_own_language_must_have_words() -> None:
    with pytest.raises(ConfigError, match="Plain has no words in 'it'") as caught:
        plan.check_mailing(LAYOUT, a_mailing(language="it"))
    assert caught.value.where == "mailings/winter.toml"
    assert caught.value.hint == "write language = one of: en, de"
    plan.check_mailing(LAYOUT, a_mailing(language="it", text={"it": WORDS}))


# --- who signs ----------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["tomas", "TOMAS", "Tomas Lowe", " tomas lowe "])
def test_the_colleague_the_crm_names_signs(owner: str) -> None:
    piece = piece_of(home(1, owner=owner))
    assert (piece.owner, piece.findings) == (TOMAS, ())


def test_where_the_crm_names_nobody_the_mailings_owner_signs() -> None:
    piece = piece_of(home(1))
    assert (piece.owner, piece.findings) == (RUTH, ())


def test_a_colleague_nobody_knows_is_noted_and_the_mailings_owner_signs() -> None:
    piece = piece_of(home(1, owner="Greta Gone"))
    (finding,) = piece.findings
    assert piece.owner == RUTH
    assert (finding.rule, finding.severity) == ("unknown-owner", Severity.NOTE)
    assert "Greta Gone is not among [owners]; Ruth Hartmann signs" in finding.message
    assert (finding.where, finding.hint) == (
        "contacts.csv:2",
        "add the colleague to mailroom.toml",
    )


# --- the envelope -------------------------------------------------------------------------


def test_a_company_stands_below_the_name_and_not_twice() -> None:
    lines = piece_of(home(1, company="Boatworks")).address_lines
    assert lines[:2] == ("Anna Berg1", "Boatworks")
    alone = piece_of(home(1, first_name="", last_name="", company="Boatworks")).address_lines
    assert alone.count("Boatworks") == 1


def test_only_what_crosses_a_border_bears_its_country() -> None:
    at_home = piece_of(home(1))
    abroad = piece_of(home(2, address=lives_in("DE")))
    assert "UNITED KINGDOM" not in at_home.address_lines
    assert abroad.address_lines[-1] == "GERMANY"
    assert plan.count_abroad([at_home, abroad], SENDER.address.country) == 1


# --- digests ------------------------------------------------------------------------------


def content(
    piece: Piece | None = None,
    merged: Merged | None = None,
    layout: Layout = LAYOUT,
    sender: Sender = SENDER,
    assets: str = "assets",
) -> str:
    merged = merged or Merged(piece="winter:1", language="en", pages=("front", "back"))
    common = plan.common_digest(layout, sender, assets)
    return plan.content_digest(piece or a_piece(), merged.language, merged.pages, common)


def test_any_change_of_what_is_printed_changes_the_digest() -> None:
    piece = a_piece()
    merged = Merged(piece="winter:1", language="en", pages=("front", "back"))
    digests = [
        content(),
        content(dataclasses.replace(piece, key="winter:2")),
        content(dataclasses.replace(piece, number=2)),
        content(dataclasses.replace(piece, address_lines=("Anna Berger", "LEEDS"))),
        content(merged=dataclasses.replace(merged, pages=("front", "Back"))),
        content(merged=dataclasses.replace(merged, pages=("frontback",))),
        content(merged=dataclasses.replace(merged, pages=("fron", "tback"))),
        content(merged=dataclasses.replace(merged, pages=("front", "back", *piece.address_lines))),
        content(merged=dataclasses.replace(merged, language="de")),
        content(layout=dataclasses.replace(LAYOUT, digest="e" * 64)),
        content(sender=dataclasses.replace(SENDER, phone="+44 1")),
        content(sender=dataclasses.replace(SENDER, address=lives_in("DE"))),
        content(assets="other"),
    ]
    assert len(set(digests)) == len(digests)


def test_the_same_inputs_have_the_same_digest() -> None:
    assert content() == content(a_piece(), layout=dataclasses.replace(LAYOUT))


QUOTE = Quote(pieces=2, total=Decimal("3.06"), currency="GBP")
CONTENTS = (("a", "1", ()), ("b", "2", ("no-street",)))
ROUTE = {"cards.pdf": "sha"}


def test_an_approval_binds_to_every_piece_its_order_its_route_and_its_price() -> None:
    card, letter = FORMATS["card-5x7"], FORMATS["letter-a4"]
    digests = [
        plan.plan_digest(MAILING, card, CONTENTS, QUOTE, ROUTE),
        plan.plan_digest(a_mailing(name="spring"), card, CONTENTS, QUOTE, ROUTE),
        plan.plan_digest(a_mailing(provider="printer"), card, CONTENTS, QUOTE, ROUTE),
        plan.plan_digest(MAILING, letter, CONTENTS, QUOTE, ROUTE),
        plan.plan_digest(MAILING, card, CONTENTS[::-1], QUOTE, ROUTE),
        plan.plan_digest(MAILING, card, CONTENTS[:1], QUOTE, ROUTE),
        plan.plan_digest(MAILING, card, (("a", "1", ("overflow",)), CONTENTS[1]), QUOTE, ROUTE),
        plan.plan_digest(MAILING, card, (("a", "3", ()), CONTENTS[1]), QUOTE, ROUTE),
        plan.plan_digest(
            MAILING, card, CONTENTS, dataclasses.replace(QUOTE, total=Decimal(4)), ROUTE
        ),
        plan.plan_digest(
            MAILING, card, CONTENTS, dataclasses.replace(QUOTE, currency="EUR"), ROUTE
        ),
    ]
    assert len(set(digests)) == len(digests)
    assert digests[0] == plan.plan_digest(MAILING, card, list(CONTENTS), QUOTE, ROUTE)


def test_a_typo_in_a_mailings_words_is_refused_with_the_nearest() -> None:
    for text, message in (
        ({"en": {"mesage": "x"}}, "did you mean 'message'"),
        ({"en": {"message": "  "}}, "leave message out"),
    ):
        with pytest.raises(ConfigError) as caught:
            plan.check_mailing(LAYOUT, a_mailing(text=text))
        assert message in caught.value.hint


def test_a_new_language_needs_every_word() -> None:
    with pytest.raises(ConfigError, match=r"\[text\.english\] has no"):
        plan.check_mailing(LAYOUT, a_mailing(text={"english": {}}))


def test_a_field_that_the_layout_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="no field 'nte'"):
        plan.check_mailing(LAYOUT, a_mailing(fields={"nte": "x"}))


def test_pieces_that_print_the_layouts_words_are_counted_where_the_mailing_has_its_own() -> None:
    assert plan.own_words_only(a_mailing(), ()) == {}

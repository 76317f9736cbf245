"""The sample export holds every kind of dirt the issue names, and each is dealt with."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from rows import Export, read_all, table_in

from mailroom.audience import Audience, choose
from mailroom.config import load_mailing, load_settings
from mailroom.envelope import envelope_lines
from mailroom.layout import load_layout
from mailroom.model import Greeting, Household, Recipient, Severity
from mailroom.plan import make_piece
from mailroom.shipped import LAYOUTS, SAMPLE

PATH = SAMPLE / "contacts.csv"
SETTINGS = load_settings(SAMPLE)
DATE = dt.date(2026, 12, 1)


@pytest.fixture(scope="module")
def read() -> Export:
    return read_all(table_in(PATH), source="crm", country="GB")


@pytest.fixture(scope="module")
def audience(read: Export) -> Audience:
    return choose(read.recipients, where="tag = customer")


def person(read: Export, number: int) -> Recipient:
    return next(p for p in read.recipients if p.key == f"crm:{number}")


def home(audience: Audience, number: int) -> Household:
    return next(
        home for home in audience.households if f"crm:{number}" in {m.key for m in home.members}
    )


def greeting(audience: Audience, number: int) -> Greeting:
    household = home(audience, number)
    mailing = load_mailing(SETTINGS, "year-end-letter", DATE)
    layout = load_layout(mailing.layout, [LAYOUTS])
    return make_piece(household, 1, mailing, layout, SETTINGS.sender, SETTINGS.owners).greeting


def salutation(audience: Audience, number: int) -> str:
    return greeting(audience, number).salutation.text.replace("\N{NO-BREAK SPACE}", " ")


def reason(audience: Audience, number: int) -> str:
    return next(x.reason for x in audience.left_out if x.recipient.key == f"crm:{number}")


def errors(read: Export, number: int) -> list[str]:
    return [f.rule for f in person(read, number).findings if f.severity is Severity.ERROR]


def repairs(read: Export, number: int) -> list[str]:
    return [f.rule for f in person(read, number).findings if f.severity is Severity.NOTE]


# The file -----------------------------------------------------------------------------------


def test_it_has_the_shape_of_a_crm_export() -> None:
    with PATH.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert header.count("Phone Number") == header.count("Create Date") == 2
    assert {"Company Name", "Company name"} <= set(header)  # told apart by case only
    assert " Language" in header  # with a blank before it


def test_some_eighty_people_are_in_it_and_all_are_accounted_for(
    read: Export, audience: Audience
) -> None:
    assert read.rows == len(read.recipients) == 81
    members = sum(len(home.members) for home in audience.households)
    assert members + len(audience.left_out) == 81


def test_its_columns_are_understood(read: Export) -> None:
    assert read.columns["Phone Number (2)"] == "phone"
    assert read.columns["Language"] == "language"
    assert read.columns["Unsubscribed from all email"] == "email_opt_out"
    assert {header for header, field in read.columns.items() if field is None} == {
        "Job Title", "Create Date", "Last Activity Date", "Record ID - Company",
        "Create Date (2)", "Industry",
    }  # fmt: skip


def test_nobody_in_it_can_be_reached(read: Export) -> None:
    for someone in read.recipients:
        assert someone.email.endswith(("@example.com", "@example.org", "@example.net"))


def test_a_third_of_the_people_have_a_note_worth_printing(read: Export) -> None:
    notes = [text for p in read.recipients if (text := p.fields.get("note", ""))]
    assert len(notes) >= len(read.recipients) // 3
    assert all(text[0].isupper() and text[-1] in ".!?" and 40 < len(text) < 160 for text in notes)
    assert len(set(notes)) == len(notes)


def test_each_colleague_signs_for_somebody(read: Export) -> None:
    assert {p.owner for p in read.recipients} == {"Ruth Hartmann", "Tomas Lowe", "Amina Diallo"}


# Repaired -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "zip_code"),
    [(105, "02139"), (121, "06105"), (125, "05401"), (134, "02840"), (177, "08542")],
)
def test_lost_zip_zeros_are_put_back(read: Export, number: int, zip_code: str) -> None:
    assert person(read, number).address.postcode == zip_code
    assert "lost-zip-zero" in repairs(read, number)


def test_null_is_emptied_and_apostrophes_and_blanks_go(read: Export) -> None:
    assert person(read, 110).phone == person(read, 134).phone == ""
    assert person(read, 135).phone.startswith("+44")
    assert person(read, 130).name == "Victor Alvarado"


def test_countries_are_understood_in_many_words(read: Export) -> None:
    countries = {n: person(read, n).address.country for n in (103, 119, 136, 148, 165, 167, 170)}
    assert countries == {
        103: "US", 119: "US", 136: "GB", 148: "DE", 165: "DE", 167: "GR", 170: "JP",
    }  # fmt: skip


def test_languages_are_understood_in_many_words(read: Export) -> None:
    languages = {number: person(read, number).language for number in (147, 149, 157, 162, 167)}
    assert languages == {147: "de", 149: "de", 157: "de", 162: "fr", 167: "el"}


def test_a_decomposed_accent_is_composed(read: Export) -> None:
    assert person(read, 161).last_name == "Lefèvre"


def test_capitals_are_asked_about_and_kept(read: Export) -> None:
    assert "all-caps-name" in {f.rule for f in person(read, 111).findings}


# Held ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "rules"),
    [
        (110, ["email-as-name"]),
        (112, ["no-name"]),
        (128, ["no-street", "placeholder-name"]),
        (140, ["bad-postcode"]),
        (153, ["bad-postcode"]),
        (174, ["unknown-country"]),
        (180, ["no-street"]),
    ],
)
def test_who_cannot_be_reached_is_in_with_the_reason(
    read: Export, audience: Audience, number: int, rules: list[str]
) -> None:
    assert errors(read, number) == rules
    assert home(audience, number)


def test_nobody_else_is_held_at_intake(read: Export) -> None:
    held = {p.key for p in read.recipients if errors(read, int(p.key.partition(":")[2]))}
    assert held == {f"crm:{number}" for number in (110, 112, 128, 140, 153, 174, 180)}


# Left out -----------------------------------------------------------------------------------


def test_the_dead_and_the_unwilling_get_nothing(audience: Audience) -> None:
    assert reason(audience, 108) == "deceased"
    assert reason(audience, 120) == reason(audience, 156) == "opted out"


def test_who_wants_no_email_still_gets_a_card(audience: Audience) -> None:
    assert home(audience, 121)


def test_leads_are_not_selected(audience: Audience) -> None:
    assert reason(audience, 126) == "not selected: tag = customer"


@pytest.mark.parametrize(("number", "kept"), [(106, 104), (119, 118), (176, 175)])
def test_who_is_there_twice_gets_one_card(audience: Audience, number: int, kept: int) -> None:
    assert reason(audience, number).startswith(f"duplicate of crm:{kept} (contacts.csv:")
    assert home(audience, kept)


def test_couples_get_one_card_and_father_and_son_get_two(audience: Audience) -> None:
    for one, two in ((102, 103), (142, 143), (147, 148)):
        assert home(audience, one) is home(audience, two)
    assert home(audience, 113) is not home(audience, 114)


# Greeted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (101, "Dear Mrs. Whitcomb,"),
        (102, "Dear Mr. and Ms. Okafor,"),
        (109, "Dear Dr. Raman,"),
        (110, "Hello,"),
        (115, "Dear Bea,"),
        (117, "Dear all at Smith & <b>Sons</b> Interiors,"),
        (123, "Dear Nora,"),
        (124, "Dear Ms. Halvorsen,"),
        (131, "Dear Hannah,"),
        (139, "Dear Dr Nwosu,"),
        (142, "Dear Mr and Mrs Pemberton,"),
        (147, "Sehr geehrte Frau Weber, sehr geehrter Herr Weber,"),
        (149, "Sehr geehrter Herr Dr. Großmann,"),
        (150, "Hallo Katharina,"),
        (153, "Sehr geehrte Frau Professor Köhler,"),
        (154, "Liebes Team von Werkraum Süd GmbH,"),
        (159, "Guten Tag Jana Weiß,"),
        (160, "Madame,"),
        (162, "Bonjour Camille,"),
        (166, "Bonjour Docteur Marchand,"),
        (167, "Dear Ελένη Παπαδοπούλου,"),
        (168, "Dear Иван Петков,"),
        (178, "Dear Geoff & Linda,"),
    ],
)
def test_everybody_is_greeted_as_a_person(audience: Audience, number: int, expected: str) -> None:
    assert salutation(audience, number) == expected


def test_the_longest_name_has_54_characters(read: Export) -> None:
    longest = max(read.recipients, key=lambda p: len(p.name))
    assert (longest.key, len(longest.name)) == ("crm:151", 54)


# On the envelope ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        (118, ("715 East Pike Street", "Apt 5B", "SEATTLE WA 98122", "UNITED STATES")),
        (125, ("19 Church Street", "Second floor", "BURLINGTON VT 05401", "UNITED STATES")),
        (139, ("52 Clifton Park Road", "BRISTOL", "BS8 3HN")),
        (149, ("Türkenstraße 58", "80799 MÜNCHEN", "GERMANY")),
        (160, ("24 rue des Martyrs", "75009 PARIS", "FRANCE")),
        (167, ("Αναγνωστοπούλου 12", "106 73 ΑΘΗΝΑ", "GREECE")),
        (169, ("2-14-6 Jingumae", "SHIBUYA-KU, TOKYO 150-0001", "JAPAN")),
        (
            179,
            (
                "4200 boulevard Saint-Laurent",
                "MONTRÉAL QC\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}H2W 2R2",
                "CANADA",
            ),
        ),
    ],
)
def test_each_country_is_addressed_in_its_own_way(
    read: Export, number: int, lines: tuple[str, ...]
) -> None:
    someone = person(read, number)
    assert envelope_lines((someone.name,), someone.address, "GB")[1:] == lines


def test_the_address_in_kanji_keeps_its_script(read: Export, audience: Audience) -> None:
    someone = person(read, 170)
    name = greeting(audience, 170).envelope_name.text
    assert envelope_lines((name,), someone.address, "GB") == (
        "〒604-8172", "京都府京都市中京区", "烏丸通御池下る520", "佐藤 健一", "JAPAN",
    )  # fmt: skip

"""Plain words for "dead" and "no post": in the header of a column, and alone in a cell."""

from __future__ import annotations

import pytest
from rows import one_of

from mailroom.exports.words import field_of
from mailroom.intake.content import load_content
from mailroom.intake.flags import denies
from mailroom.model import Severity

FIELDS = {
    "deceased": (
        *("Passed Away", "Date décès", "Gestorben am", "Fecha de fallecimiento", "Data decesso"),
        *("Datum overlijden", "Zgon", "Dödsdatum", "死亡日"),
    ),
    "do_not_mail": (
        *("DNC", "Stop", "Postsperre", "Ne plus contacter", "No escribir", "Niente posta"),
        *("Niet aanschrijven", "Nie pisać", "Skicka inte", "郵送不要"),
    ),
    "opt_out": (
        *("Robinson", "HasOptedOutOfMail", "Widerspruch Post", "Opposition", "Lista Robinson"),
        *("Registro delle opposizioni", "Bezwaar", "Sprzeciw", "Opt-out date"),
    ),
    "mail_ok": (
        *("Direct Mail", "Marketing consent (post)", "Einwilligung Briefpost", "Courrier postal"),
        *(
            "Correo postal",
            "Consenso postale",
            "Toestemming post",
            "Zgoda pocztowa",
            "Vill ha post",
        ),
        *("Reklam via post", "Zgoda marketingowa", "Marketing Consent", "Werbeeinwilligung"),
        *("Consentement marketing", "Consenso marketing", "Samtycke"),
    ),
    "email_ok": ("Accepts Marketing", "Email Marketing Consent"),
    "inactive": (
        *("Opgezegd per", "Opgezegd", "Ausgetreten am", "Gekündigt am", "Résilié le"),
        *("Cancelled on", "Gearchiveerd", "Zarchiwizowany", "Arkiverad", "Disdetta", "退会日"),
    ),
    "deleted": (
        *("GDPR Delete Requested", "Löschantrag", "Droit à l'oubli", "Borrar", "Da cancellare"),
        *("Verwijderverzoek", "Do usunięcia", "Radera"),
    ),
}


@pytest.mark.parametrize(
    ("header", "field"), [(word, field) for field, words in FIELDS.items() for word in words]
)
def test_a_header_that_speaks_against_post_is_known(header: str, field: str) -> None:
    assert field_of(header)[0] == field


@pytest.mark.parametrize("text", ["Yes", "2024-03-05", "asked us in May", "x"])
def test_a_date_or_any_text_but_no_in_such_a_column_counts(text: str) -> None:
    assert one_of(Passed_Away=text).suppressed == ("deceased",)
    assert one_of(Postsperre=text).suppressed == ("do not mail",)
    assert one_of(Robinson=text).suppressed == ("opted out",)


def test_a_permission_that_is_denied_counts_and_one_that_is_given_does_not() -> None:
    assert one_of(Direct_Mail="No").suppressed == ("opted out",)
    assert one_of(Direct_Mail="Opted out").suppressed == ("opted out",)
    assert one_of(Direct_Mail="Yes").suppressed == ()
    assert one_of(DM="希望する").suppressed == ()
    for no in ("希望しない", "不可", "拒否", "いいえ"):
        assert one_of(DM=no).suppressed == ("opted out",), no
    assert one_of(Reklam_via_post="Nej").suppressed == ("opted out",)
    assert one_of(Zgoda_marketingowa="nie").suppressed == ("opted out",)
    assert denies("widerrufen")


@pytest.mark.parametrize("header", ["Opgezegd_per", "Ausgetreten_am", "Archived_on"])
def test_whose_membership_ended_on_a_day_is_asked_about(header: str) -> None:
    (asked,) = one_of(**{header: "1-1-2026"}).findings
    assert (asked.rule, asked.severity) == ("inactive", Severity.ERROR)
    assert one_of(**{header: ""}).findings == ()


@pytest.mark.parametrize(
    ("header", "text", "words"),
    [
        ("Status", "Deceased", "deceased"),
        ("Contact_Status", "DECEASED", "deceased"),
        ("Mailing_Preference", "Do not mail", "do not mail"),
        ("Preference", "do-not-mail", "do not mail"),
        ("Preference", "DoNotMail", "do not mail"),
        ("Vermerk", " Verstorben ", "verstorben"),
        ("Zustand", "Gesperrt", "gesperrt"),
        ("Ficha", "Inactivo", "inactivo"),
        ("Statut", "Décédé", "décédé"),
    ],
)
def test_a_cell_that_is_nothing_but_such_a_word_is_asked_about(
    header: str, text: str, words: str
) -> None:
    found = [f for f in one_of(**{header: text}).findings if f.rule.startswith("remark")]
    assert [(f.rule, f.severity) for f in found] == [(f"remark:{words}", Severity.ERROR)]
    assert f'mailroom decide crm "remark:{words}=hold"' in found[0].hint


@pytest.mark.parametrize(
    ("header", "text"),
    [
        *(("SMS_status", "Opted out"), ("Marital_status", "Dead"), ("Email_status", "Blocked")),
        *(("Job_title", "Dead Sea guide"), ("Last_Name", "Stop")),
    ],
)
def test_what_is_of_something_else_than_post_asks_nothing(header: str, text: str) -> None:
    rules = {f.rule for f in one_of(**{header: text}).findings}
    assert not any(rule.startswith("remark") for rule in rules)


def test_an_inactive_status_is_asked_about_once() -> None:
    assert [f.rule for f in one_of(Status="Inactive").findings] == ["inactive"]


def test_a_word_in_a_cell_is_one_however_it_is_written() -> None:
    cells = load_content().telling_cells
    forms = ("Do not mail", "DO NOT MAIL", "do_not_mail", "Do-Not-Mail", "DoNotMail")
    assert {cells[form] for form in forms} == {"do not mail"}

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import WHOLE, Export, Table, one_of, read_all, rows_of, table_in, table_of

from mailroom import exports
from mailroom.errors import InputError
from mailroom.exports.words import field_of, fields_of
from mailroom.intake import language_code
from mailroom.intake.homeland import Homeless, countries_of
from mailroom.intake.people import split_name
from mailroom.model import Recipient, Severity
from mailroom.readers import Row

CRM = Path(__file__).parent.parent.parent / "shared" / "data" / "crm"


def table(*records: dict[str, str]) -> Table:
    return table_of(*records)


def read(*records: dict[str, str], country: str = "") -> Export:
    return rows_of(*records, country=country)


def one(**changes: str) -> Recipient:
    return one_of(**changes)


def rules(person: Recipient, severity: Severity | None = None) -> list[str]:
    return [f.rule for f in person.findings if severity in (None, f.severity)]


# Mapping ------------------------------------------------------------------------------------


def test_a_whole_row_becomes_a_recipient_without_findings() -> None:
    person = one()
    assert person.key == "crm:7"
    assert person.where == "contacts.csv:2"
    assert person.name == "Ada Hill"
    assert person.address.line1 == "1 Elm Street"
    assert person.address.country == "US"
    assert person.findings == ()


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("First Name", "first_name"),
        (" first_name ", "first_name"),
        ("*FirstName", "first_name"),
        ("Vorname", "first_name"),
        ("Prénom", "first_name"),
        ("PLZ", "address.postcode"),
        ("Straße", "address.line1"),
        ("STRASSE", "address.line1"),
        ("Code postal", "address.postcode"),
        ("Country/Region (2)", "address.country"),
        ("Person - Name", "full_name"),
        ("Unsubscribed from all email", "email_opt_out"),
        ("Is Deceased", "deceased"),
        ("Note", None),
        ("Client Grade", None),
    ],
)
def test_known_headers_find_their_field(header: str, field: str | None) -> None:
    assert (field_of(header)[0] or None) == field


def own(folder: Path, fields: dict[str, str]) -> exports.Export:
    """An export that a person says something of."""
    path = folder / "contacts.csv"
    path.write_text("Wer,Name,First Name\nAda,Hill,Acme\n", encoding="utf-8")
    return exports.recognise(path, fields)


def test_an_own_mapping_wins_and_can_leave_a_column_alone(tmp_path: Path) -> None:
    found = own(tmp_path, {"Wer": "last_name", "Name": "", "First Name": "company"})
    assert found.columns == {"Wer": "last_name", "Name": None, "First Name": "company"}


def test_an_own_mapping_to_a_column_that_went_away_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Ort") as caught:
        own(tmp_path, {"Ort": "address.city"})
    assert caught.value.where == "contacts.csv:1"
    assert "Has the export changed?" in caught.value.hint


def test_an_own_mapping_to_an_unknown_field_is_refused_with_a_near_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="surname") as caught:
        own(tmp_path, {"Wer": "surname"})
    assert "last_name" in caught.value.hint


def test_unknown_columns_are_listed_and_their_values_kept() -> None:
    result = read(WHOLE | {"Client Grade": " A ", "Industry": ""})
    unread = [header for header, field in result.columns.items() if field is None]
    assert unread == ["Client Grade", "Industry"]
    assert result.recipients[0].fields == {"Client Grade": "A"}


def test_of_two_columns_for_one_field_the_first_that_is_filled_counts() -> None:
    first = read(WHOLE | {"Company Name": "", "Company name": "Acme", "Company": "Other"})
    assert first.recipients[0].company == "Acme"


def test_what_layouts_read_is_found_under_its_word_and_under_its_header() -> None:
    person = one(Personal_note="See you in May.", Tags="vip; trade")
    assert person.fields["note"] == person.fields["Personal note"] == "See you in May."
    assert person.fields["tag"] == "vip; trade"


# Repair -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zip_code", "mended"),
    [("2134", "02134"), ("2134.0", "02134"), ("2134-1000", "02134-1000"), ("02134", "02134")],
)
def test_a_lost_zip_zero_is_put_back(zip_code: str, mended: str) -> None:
    person = one(Postal_Code=zip_code)
    assert person.address.postcode == mended
    assert rules(person) == ([] if zip_code == mended else ["lost-zip-zero"])


def test_a_zip_zero_is_not_invented_for_another_state() -> None:
    person = one(Postal_Code="9021", **{"State/Region": "CA"})
    assert person.address.postcode == "9021"
    assert rules(person) == ["bad-postcode"]
    assert "09021" in person.findings[0].hint


def test_a_repair_names_what_was_and_what_is() -> None:
    (finding,) = one(Postal_Code="2134").findings
    assert finding.severity is Severity.NOTE
    assert finding.where == "contacts.csv:2"
    assert finding.message == "Postal Code: 2134 -> 02134"


@pytest.mark.parametrize(
    "nothing", ["null", "None", "N/A", "-", "NULL", " n/a ", "<null", "[none]", '"NULL"', "(empty)"]
)
def test_words_that_mean_nothing_are_emptied(nothing: str) -> None:
    person = one(Phone=nothing)
    assert person.phone == ""
    assert "emptied" in rules(person)


@pytest.mark.parametrize("nothing", ["null", "NULL", "None", "n/a", "#N/A", "-", "<Null>", "(nil"])
def test_a_name_that_means_nothing_is_emptied_with_a_warning(nothing: str) -> None:
    person = one(Last_Name=nothing)
    (finding,) = person.findings
    assert (person.name, finding.rule) == ("Ada", "emptied-name")
    assert finding.severity is Severity.WARNING
    assert finding.message == f"Last Name: {nothing} -> (empty)"
    assert finding.hint


@pytest.mark.parametrize("name", ["Null", "Na", "Nil"])
def test_a_name_that_some_people_have_is_kept_and_a_person_is_asked(name: str) -> None:
    for person in (one(Last_Name=name), one(First_Name="", Last_Name="", Name=f"Ada {name}")):
        assert person.name == f"Ada {name}"
        (finding,) = (f for f in person.findings if f.severity is Severity.ERROR)
        assert finding.rule == "placeholder-name"
        assert "accept placeholder-name" in finding.hint


def test_a_full_name_that_ends_in_null_is_asked_about() -> None:
    assert "placeholder-name" in rules(one(First_Name="", Last_Name="", Name="Ada null"))


@pytest.mark.parametrize("code", ["NA", "na", "Namibia"])
def test_namibia_is_a_country(code: str) -> None:
    place = {"City": "Windhoek", "State/Region": "", "Postal Code": "10005", "Country": code}
    (person,) = read(WHOLE | place, country="US").recipients
    assert person.address.country == "NA"
    assert rules(person) == (["country-na"] if len(code) == 2 else [])


@pytest.mark.parametrize("nothing", ["", "N/A", "null", "-"])
def test_a_country_that_is_missing_is_assumed_with_a_note(nothing: str) -> None:
    (person,) = read(WHOLE | {"Country": nothing}, country="US").recipients
    assert person.address.country == "US"
    assert "country-assumed" in rules(person, Severity.NOTE)


@pytest.mark.parametrize(
    ("cell", "text", "rule"),
    [
        ("'+44 20 7946 0000", "+44 20 7946 0000", "apostrophe"),
        ("  555  ", "555", "cleaned"),
        ("'0555", "0555", "apostrophe"),
        ("5\x00\u200b55", "555", "cleaned"),
    ],
)
def test_dirt_round_a_cell_is_removed_and_the_cell_kept(cell: str, text: str, rule: str) -> None:
    person = one(Phone=cell)
    assert person.phone == text
    assert rules(person) == [rule]
    assert person.before == {"Phone": cell}


def test_of_a_novel_in_a_cell_the_message_shows_both_ends() -> None:
    [finding] = one(Phone=f" {'5' * 100_000}9").findings
    assert finding.rule == "cleaned" and finding.message.endswith("559'")
    assert "…" in finding.message and len(finding.message) < 200


def test_an_apostrophe_that_belongs_to_the_name_stays() -> None:
    assert one(Last_Name="'t Hooft").last_name == "'t Hooft"
    assert one(Last_Name="O'Hara").findings == ()


def test_a_decomposed_accent_is_composed() -> None:
    assert one(Last_Name="Lefe\N{COMBINING GRAVE ACCENT}vre").last_name == "Lefèvre"


def test_capitals_are_asked_about_and_kept() -> None:
    person = one(First_Name="ADA", Last_Name="HILL")
    assert person.name == "ADA HILL"
    assert rules(person) == ["all-caps-name"]
    assert rules(one(First_Name="健一", Last_Name="佐藤")) == []


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("USA", "US"), ("u.s.", "US"), ("United States", "US"), ("England", "GB"),
        ("U.K.", "GB"), ("Deutschland", "DE"), ("allemagne", "DE"), ("FRA", "FR"),
        ("日本", "JP"), ("Ελλάδα", "GR"), ("ÖSTERREICH", "AT"), ("us", "US"),
    ],
)  # fmt: skip
def test_a_country_in_words_becomes_its_code(word: str, code: str) -> None:
    assert one(Country=word).address.country == code


def test_an_unknown_country_is_one_error() -> None:
    person = one(Country="Ruritania")
    assert rules(person, Severity.ERROR) == ["unknown-country"]


def test_a_missing_country_is_that_of_the_source_and_noted() -> None:
    (person,) = read(WHOLE | {"Country": ""}, country="US").recipients
    assert person.address.country == "US"
    assert rules(person) == ["country-assumed"]


def test_a_state_that_is_there_twice_leaves_the_town() -> None:
    person = one(City="Boston MA")
    assert person.address.city == "Boston"
    assert rules(person) == ["city-split"]


def test_an_e_mail_address_is_no_town() -> None:
    assert "odd-city" in rules(one(City="ada@example.com"), Severity.ERROR)


def test_blanks_in_a_street_are_single_in_both_lines() -> None:
    person = one(**{"Street Address": "1  Elm Street", "Street Address 2": "Apt  2"})
    assert (person.address.line1, person.address.line2) == ("1 Elm Street", "Apt 2")


def test_a_missing_country_without_a_default_is_an_error() -> None:
    assert "no-country" in rules(one(**{"State/Region": ""}, Country=""), Severity.ERROR)


def test_the_state_in_words_becomes_its_code() -> None:
    assert one(**{"State/Region": "Massachusetts"}).address.region == "MA"


def test_a_postcode_of_another_state_is_a_warning() -> None:
    assert rules(one(**{"State/Region": "NY"}), Severity.WARNING) == ["stray-postcode"]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("German", "de"), ("Deutsch", "de"), ("allemand", "de"), ("de-AT", "de"), ("fr_CA", "fr"),
        ("français", "fr"), ("EN", "en"), ("English (UK)", "en"), ("eng", "en"), ("日本語", "ja"),
        ("Klingonese", ""), ("", ""), ("xx", ""),
    ],
)  # fmt: skip
def test_a_language_in_words_becomes_its_code(word: str, code: str) -> None:
    assert language_code(word) == code


def test_an_unknown_language_is_a_warning_and_left_to_the_country() -> None:
    person = one(Language="Klingonese")
    assert person.language == ""
    assert rules(person) == ["unknown-language"]


def test_a_street_of_several_lines_is_kept_in_two() -> None:
    place = one(Street_Address="1 Elm Street\r\nApt 2\nRear").address
    assert (place.line1, place.line2) == ("1 Elm Street", "Apt 2, Rear")


# Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"First Name": "", "Last Name": ""}, "no-name"),
        ({"First Name": "null", "Last Name": "None"}, "no-name"),
        ({"First Name": "info@example.com"}, "email-as-name"),
        ({"Last Name": "ada@example.com"}, "email-as-name"),
        ({"Last Name": "Unknown"}, "placeholder-name"),
        ({"Last Name": "Null"}, "placeholder-name"),
        ({"First Name": "Na"}, "placeholder-name"),
        ({"Street Address": ""}, "no-street"),
        ({"City": ""}, "no-city"),
        ({"State/Region": ""}, "no-region"),
        ({"State/Region": "Bavaria"}, "bad-region"),
        ({"Postal Code": ""}, "no-postcode"),
        ({"Postal Code": "ABC"}, "bad-postcode"),
    ],
)
def test_what_keeps_a_piece_from_arriving_is_an_error_with_a_hint(
    cells: dict[str, str], rule: str
) -> None:
    (person,) = read(WHOLE | cells).recipients
    (error,) = [f for f in person.findings if f.severity is Severity.ERROR]
    assert error.rule == rule
    assert error.where == "contacts.csv:2"
    assert error.hint


def test_a_person_without_any_address_has_one_error() -> None:
    (person,) = read({"First Name": "Ada", "City": ""}, country="US").recipients
    assert rules(person) == ["no-address"]


def test_a_company_without_a_person_is_no_error() -> None:
    assert one(First_Name="", Last_Name="", Company="Acme").findings == ()


def test_a_short_row_is_filled_up_and_a_long_one_is_held() -> None:
    rows = iter([Row(2, ("Ada", "Hill")), Row(3, ("Bob", "Hill", "Acme", "more"))])
    headers = ("First Name", "Last Name", "Company")
    short, long = read_all(Table(columns=fields_of(headers), rows=rows), source="crm").recipients
    assert (short.name, rules(short, Severity.WARNING)) == ("Ada Hill", ["short-row"])
    assert long.name == "Bob Hill"
    assert "long-row" in rules(long, Severity.ERROR)


def test_rows_without_any_text_are_nobody() -> None:
    assert read(WHOLE, dict.fromkeys(WHOLE, " ")).rows == 1


def test_without_an_id_the_key_comes_from_name_email_and_postcode() -> None:
    anonymous = WHOLE | {"Record ID": ""}
    one, same, other = (
        read(anonymous | changes).recipients[0].key
        for changes in ({}, {"City": "Salem"}, {"First Name": "Bob"})
    )
    assert one == same != other


def test_father_and_son_have_keys_of_their_own() -> None:
    anonymous = WHOLE | {"Record ID": "", "Suffix": ""}
    changes = (
        {},
        {"Suffix": "Jr."},
        {"Last Name": "Hill sen."},
        {"Last Name": "Hill jun."},
    )
    found = read(*(anonymous | change for change in changes)).recipients
    assert len({person.key for person in found}) == 4


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("several-values", {"Email": "a@example.com ::: b@example.com"}),
        ("all-caps-name", {"First Name": "ADA", "Last Name": "HILL"}),
        ("last-first", {"First Name": "", "Last Name": "Hill, Ada"}),
        ("two-people", {"First Name": "Ada & Bob"}),
        ("lost-zip-zero", {"Postal Code": "2134"}),
        ("one-cell-address", {"Street Address": "1 Elm Street, Boston, MA 02134", "City": "",
                              "State/Region": "", "Postal Code": ""}),
    ],
)  # fmt: skip
def test_an_answer_changes_nobody_s_key(rule: str, changes: dict[str, str]) -> None:
    table = WHOLE | {"Record ID": ""} | changes
    keys = {
        rows_of(table, answers={f"repair:{rule}": answer} if answer else {}).recipients[0].key
        for answer in ("", "take", "refuse")
    }
    assert len(keys) == 1


def test_a_zero_that_a_spreadsheet_drops_makes_nobody_new() -> None:
    forms = ("02134", "2134", "2134.0", "'02134")
    found = [read(WHOLE | {"Record ID": "", "Postal Code": form}).recipients[0] for form in forms]
    assert len({person.key for person in found}) == 1


@pytest.mark.parametrize("answer", ["", "take", "refuse"])
def test_every_mailbox_of_a_row_is_kept(answer: str) -> None:
    cells = WHOLE | {"Email": "a@x.example ::: * b@x.example", "Email 2": "c@x.example"}
    found = rows_of(cells, answers={"repair:several-values": answer} if answer else {})
    (person,) = found.recipients
    boxes = {person.email, *person.fields["other_emails"].split(", ")}
    assert {"a@x.example", "b@x.example", "c@x.example"} <= boxes
    assert "other_emails" not in one(Email="a@x.example").fields


# Why no mail may go there -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cell", "reasons"),
    [
        ("Deceased", "Yes", ("deceased",)),
        ("Deceased", "2024-03-01", ("deceased",)),
        ("Deceased", "no", ()),
        ("Do Not Mail", "1", ("do not mail",)),
        ("Postal opt-out", "true", ("opted out",)),
        ("Postal opt-out", "false", ()),
        ("Postal opt-in", "no", ("opted out",)),
        ("Postal opt-in", "yes", ()),
        ("Send?", "no", ("opted out",)),
        ("Send?", "y", ()),
        ("Send?", "", ()),
        ("Email Opt Out", "yes", ()),
        ("Unsubscribed from all email", "true", ()),
        ("Is Deleted", "1", ("deleted in the CRM",)),
        ("Last Name", "Hill (deceased)", ("deceased",)),
        ("Last Name", "† Hill", ("deceased",)),
    ],
)
def test_post_is_stopped_by_what_is_said_of_post(
    header: str, cell: str, reasons: tuple[str, ...]
) -> None:
    assert read(WHOLE | {header: cell}).recipients[0].suppressed == reasons


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Ada Hill", ("Ada", "Hill")),
        ("Anna de la Vega", ("Anna", "de la Vega")),
        ("Ludwig van Beethoven", ("Ludwig", "van Beethoven")),
        ("Ada Mary Hill", ("Ada Mary", "Hill")),
        ("Van Morrison", ("Van", "Morrison")),
    ],
)
def test_a_full_name_is_split_where_it_must_be(full: str, parts: tuple[str, str]) -> None:
    assert split_name(full) == parts


def test_a_full_name_is_not_split_where_the_parts_are_there() -> None:
    assert one(Name="Somebody Else").name == "Ada Hill"


def test_a_split_is_noted() -> None:
    (person,) = read({"Name": "Ada Hill", "City": "Boston"}).recipients
    assert "name-split" in rules(person)


def test_the_academic_title_of_its_own_column_joins_the_salutation() -> None:
    assert one(Anrede="Frau", Titel="Dr.").salutation == "Frau Dr."


# Whatever comes -----------------------------------------------------------------------------


@settings(deadline=None)  # the names of all countries are read the first time
@given(st.lists(st.text(), min_size=10, max_size=10))
def test_no_cell_is_too_strange_to_be_read(cells: list[str]) -> None:
    headers = (*WHOLE, "Deceased", "Language")
    (*_, person) = read(WHOLE, dict(zip(headers, cells, strict=True)), country="US").recipients
    for finding in person.findings:
        assert finding.rule == finding.rule.lower()
        assert finding.where.startswith("contacts.csv:")
        assert finding.severity is not Severity.ERROR or finding.hint


def test_rows_are_read_in_a_stream() -> None:
    def rows() -> Iterator[Row]:
        for line in range(2, 3_002):
            yield Row(line, (str(line), *list(WHOLE.values())[1:]))

    tracemalloc.start()
    try:
        source = Table(columns=fields_of(WHOLE), rows=rows())
        result = read_all(source, source="crm")
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert result.rows == 3_000
    assert kept < 3_000 * 2_500


@pytest.mark.skipif(not CRM.is_dir(), reason="the real-shaped exports are not on this machine")
def test_the_real_shaped_hubspot_export_is_understood() -> None:
    path = CRM / "hubspot_real_mess_reconstructed.csv"
    result = read_all(table_in(path), source="hubspot", country="US")
    assert result.columns["Street Address"] == "address.line1"
    assert result.columns["Country/Region (2)"] == "address.country"
    found = {finding.rule for finding in result.findings}
    assert {"email-as-name", "no-name", "placeholder-name", "emptied", "no-address"} <= found
    assert all(person.key.startswith("hubspot:") for person in result.recipients)


@pytest.mark.skipif(not CRM.is_dir(), reason="the real-shaped exports are not on this machine")
def test_the_apostrophes_of_a_shop_export_are_removed() -> None:
    path = CRM / "shopify_customers_export_new_header.csv"
    result = read_all(table_in(path), source="shop")
    assert result.recipients[0].key == "shop:7210448301122"
    assert not [f for f in result.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(
    "name", ["JosÃ©", "GarcÃ\xada", "Oâ€™Neill", "O?eill", "?ukasz", "M\ufffdller"]
)
def test_a_name_that_lost_its_letters_is_held(name: str) -> None:
    (found,) = _rules_of_last_name(name)
    assert found == "garbled-name"


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "=cmd|x", "../../etc", "Anna/Ben", "<b>Bob"])
def test_a_name_with_signs_that_no_name_has_is_held(name: str) -> None:
    assert {"odd-name", "template-word"} & set(_rules_of_last_name(name))


@pytest.mark.parametrize(
    "name",
    ["Ångström", "Âgé", "O’Neill", "Ní Bhriain", "Müller", "d'Arc", "Ãlvares", "St. John", "佐藤"],
)
def test_a_name_with_unusual_letters_is_a_name(name: str) -> None:
    assert not {"garbled-name", "odd-name"} & set(_rules_of_last_name(name))


def _rules_of_last_name(name: str) -> list[str]:
    return rules(one(First_Name="Anna", Last_Name=name))


# The kind of a record ------------------------------------------------------------------------


def of_kind(kind: str, name: str, header: str = "Company Type") -> Recipient:
    address = {key: WHOLE[key] for key in list(WHOLE)[3:]}
    return read({header: kind, "Name": name} | address).recipients[0]


@pytest.mark.parametrize(
    ("header", "kind"),
    [("Company Type", "company"), ("Is a Company", "True"), ("Kontakttyp", "Organization")],
)
def test_the_full_name_of_a_company_s_record_is_the_company(header: str, kind: str) -> None:
    found = of_kind(kind, "Azure Interior", header)
    assert (found.company, found.first_name, found.last_name) == ("Azure Interior", "", "")
    assert found.fields["kind"] == kind
    assert not rules(found)


@pytest.mark.parametrize("kind", ["person", "Individual", "False", "0"])
def test_the_record_of_a_person_is_read_as_before(kind: str) -> None:
    found = of_kind(kind, "Azure Interior")
    assert (found.company, found.first_name, found.last_name) == ("", "Azure", "Interior")


@pytest.mark.parametrize("name", ["Okafor", "Okafor household", "The Okafor family"])
def test_a_household_s_name_is_that_of_a_family(name: str) -> None:
    found = of_kind("Household", name)
    assert (found.salutation.casefold(), found.last_name) == ("family", "Okafor")


def test_who_is_named_beside_the_company_stays_a_person() -> None:
    assert one(**{"Company Type": "company", "Company": "Hill Ltd"}).name == "Ada Hill"


@pytest.mark.parametrize("region", ["California (US)", "California", "CA"])
def test_a_state_with_its_country_behind_it_is_the_state(region: str) -> None:
    found = one(**{"State/Region": region, "Postal Code": "94538"})
    assert found.address.region == "CA"


@pytest.mark.parametrize(("state", "wants"), [("subscribed", True), ("not_subscribed", False)])
def test_a_shop_s_word_for_who_wants_e_mail_is_read(state: str, wants: bool) -> None:
    found = one(**{"Accepts Email Marketing": state})
    assert ("email_opt_out" not in found.fields) == wants


# What a part of an address tells of another ---------------------------------------------------


def told(rule: str, answer: str = "", **changes: str) -> Recipient:
    cells = WHOLE | {name.replace("_", " "): text for name, text in changes.items()}
    answers = {f"repair:{rule}": answer} if answer else {}
    return read_all(table_of(cells), country="GB", answers=answers).recipients[0]


def test_a_country_that_the_state_tells_is_asked_and_holds() -> None:
    rule = "country-from-region"
    asked = told(rule, Country="")
    assert (rules(asked, Severity.ERROR), asked.address.country) == ([rule], "")
    assert asked.findings[0].message == "country: no country, MA 02134 -> US?"
    taken = told(rule, "take", Country="")
    assert (rules(taken, Severity.ERROR), taken.address.country) == ([], "US")
    refused = told(rule, "refuse", Country="")
    assert (refused.address.country, rules(refused)) == ("", ["country:US", "no-country"])


def test_a_prefecture_tells_japan_and_no_town_is_missed() -> None:
    rule = "country-from-region"
    row = {"Street_Address": "大阪市北区梅田2-5-6", "City": "", "State/Region": "大阪府"}
    row |= {"Postal_Code": "5300001", "Country": ""}
    assert rules(told(rule, **row), Severity.ERROR) == [rule]
    taken = told(rule, "take", **row)
    assert (rules(taken, Severity.ERROR), taken.address.postcode) == ([], "530-0001")
    assert taken.address.country == "JP"


@pytest.mark.parametrize(
    ("postcodes", "street", "country"),
    [
        (("150-0001", "5300001"), "大阪府大阪市北区梅田2-5-6", "JP"),
        (("100004", "200000"), "朝阳区建国门外大街1号", ""),
        (("150-0001", "5300001"), "1 Elm St", ""),
    ],
)
def test_a_country_is_told_by_streets_beside_postcodes_that_fit(
    postcodes: tuple[str, ...], street: str, country: str
) -> None:
    places = Counter((postcode, "") for postcode in postcodes)
    streets = Counter(countries_of(street) * len(postcodes))
    assert Homeless(places=places, streets=streets, rows=2).likely() == country


def test_a_country_is_told_by_a_town_that_has_its_state_and_zip() -> None:
    row = {"City": "Boston, MA 02134", "State/Region": "", "Postal_Code": "", "Country": ""}
    assert told("country-from-region", "take", **row).address.country == "US"


def test_a_state_that_the_postcode_tells_is_asked() -> None:
    rule, row = "region-from-postcode", {"State/Region": ""}
    asked = told(rule, **row)
    assert set(rules(asked)) == {rule, "no-region"}
    assert "state: 02134 Boston -> MA?" in {f.message for f in asked.findings}
    taken = told(rule, "take", **row)
    assert (rules(taken), taken.address.region) == ([rule], "MA")


def test_a_zero_that_a_postcode_has_lost_is_asked() -> None:
    rule, row = "lost-postcode-zero", {"State/Region": "", "Country": "ES", "Postal_Code": "8001"}
    asked = told(rule, **row)
    assert set(rules(asked)) == {rule, "bad-postcode"}
    taken = told(rule, "take", **row)
    assert (rules(taken), taken.address.postcode) == ([rule], "08001")
    assert taken.before == {"Postal Code": "8001"}


@pytest.mark.parametrize("says", ["?", "??", "unknown", "never", "stop", "yes", "☠"])
def test_a_flag_that_says_anything_but_no_is_set(says: str) -> None:
    person = one(Do_not_mail=says)
    assert person.suppressed == ("do not mail",)
    doubtful = says in {"?", "??", "unknown"}
    assert ("doubtful-flag" in rules(person), "emptied" in rules(person)) == (doubtful, False)


def test_a_permission_that_nobody_can_read_is_none() -> None:
    person = one(**{"Christmas card?": "?"})
    assert person.suppressed == ("opted out",)
    assert "Christmas card?: ? counts as no" in [finding.message for finding in person.findings]


@pytest.mark.parametrize("says", ["", "no", "-", "n/a", "0"])
def test_a_flag_that_says_no_or_nothing_is_not_set(says: str) -> None:
    assert one(Do_not_mail=says).suppressed == ()


# Programs' ways -------------------------------------------------------------------------------


def test_what_is_false_is_an_answer_of_a_flag_and_nothing_of_a_text() -> None:
    found = one(**{"Address Line 2": "false", "Company": "False", "Deceased": "false"})
    assert (found.address.line2, found.company, found.suppressed) == ("", "", ())
    assert found.before == {"Address Line 2": "false", "Company": "False"}
    assert one(**{"Mail allowed": "false"}).suppressed == ("opted out",)


def test_another_record_with_its_number_is_its_name() -> None:
    cells = {"state_id": "13;Massachusetts (US)", "parent_id": "7; Hill Ltd", "tag": "1;3"}
    fields = {"state_id": "address.region", "parent_id": "company", "tag": "tag"}
    address = {key: text for key, text in WHOLE.items() if key != "State/Region"}
    (found,) = read_all(table_of(address | cells), columns=fields).recipients
    assert (found.address.region, found.company) == ("MA", "Hill Ltd")
    assert found.fields["tag"] == "1;3"
    assert not rules(found, Severity.ERROR)


@pytest.mark.parametrize("field", ["First Name", "Last Name", "Company", "Street Address", "City"])
def test_what_no_letter_could_print_in_a_line_is_held_and_cut(field: str) -> None:
    person = one(**{field: "B" * 100_000})
    assert "too-long" in rules(person, Severity.ERROR)
    (found,) = (f for f in person.findings if f.rule == "too-long")
    assert "100,000 characters, which no letter can print" in found.message
    parts = (*vars(person.address).values(), person.name, person.company)
    assert max(map(len, parts)) < 400


def test_a_company_of_a_hundred_letters_is_one() -> None:
    assert "too-long" not in rules(one(Company="Brown and Daughters " * 5))

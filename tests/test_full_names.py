"""Full names in one cell: which name stands first, what M. and D. are, who is half of a couple."""

from __future__ import annotations

import pytest
from rows import Table, one_of, read_all, rows_of

from mailroom import names
from mailroom.intake import survey
from mailroom.model import Recipient, Severity
from mailroom.readers import Row

NICE = {"City": "Nice", "Country": "France", "Postal Code": "06000"}
HOME = {"Street": "Via Po 9", "City": "Torino", "Postal Code": "10123", "Country": "Italy"}
ITALIAN = (
    "Sig.ra Rossi Maria",
    "Dott. Bruno Conti",
    "FERRARI LUIGI",
    "Esposito Carmela",
    "De Luca Anna Maria",
    "Xhosa Bianchi",
)


def people(*full: str, answers: dict[str, str] | None = None, **cells: str) -> list[Recipient]:
    return list(
        rows_of(*({**HOME, **cells, "Name": name} for name in full), answers=answers).recipients
    )


def parts(person: Recipient) -> tuple[str, str, str]:
    return person.salutation, person.first_name, person.last_name


def holding(person: Recipient) -> set[str]:
    return {finding.rule for finding in person.findings if finding.severity is Severity.ERROR}


def told(person: Recipient) -> set[str]:
    return {finding.rule for finding in person.findings}


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Rossi Maria", "last"),
        ("Sig.ra Rossi Maria", "last"),
        ("Maria Rossi", "first"),
        ("Nowak Małgorzata", "last"),
        ("Müller Hans-Jürgen", "last"),
        ("Sarah James", ""),
        ("Xu Yz", ""),
        ("Maria", ""),
    ],
)
def test_a_list_of_first_names_tells_which_name_stands_first(text: str, order: str) -> None:
    assert names.stands_first(text) == order


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("Sig.ra Rossi Maria", ("Sig.ra", "Maria", "Rossi")),
        ("De Luca Anna Maria", ("", "Anna Maria", "De Luca")),
        ("van der Berg Anna", ("", "Anna", "van der Berg")),
        ("Xu Yz", ("", "Yz", "Xu")),
        ("Abc Xyz Uvw", None),
        ("Rossi M.", None),
        ("Rossi e Maria", None),
    ],
)
def test_a_name_is_turned_round_where_it_is_certain_which_half_is_which(
    text: str, turned: tuple[str, str, str] | None
) -> None:
    found = names.turned_round(text)
    assert (found and (found.salutation, found.first_name, found.last_name)) == turned


def of_file(*texts: str) -> bool:
    rows = [Row(line, (text,)) for line, text in enumerate(texts, start=2)]
    return survey(rows, {"Cliente": "full_name"}).last_first


def test_a_file_has_its_last_names_first_where_more_of_them_do_than_not() -> None:
    assert of_file("Rossi Maria", "Esposito Carmela", "Bruno Conti")
    assert not of_file("Rossi Maria", "Bruno Conti")
    assert not of_file("Rossi Maria", "Esposito Carmela", "Bruno Conti", "Paolo Greco")
    assert not of_file("Rossi, Maria", "Esposito, Carmela")  # which is told without any list


def test_a_file_of_last_names_first_is_asked_about_once_and_held() -> None:
    waiting = people(*ITALIAN)
    turned = [person for person in waiting if "last-first-file" in holding(person)]
    assert [person.last_name for person in turned] == [n for n in ITALIAN if "Conti" not in n]
    assert parts(waiting[1]) == ("Dott.", "Bruno", "Conti") and not holding(waiting[1])


def test_one_answer_turns_all_names_of_the_file_but_those_that_stand_right() -> None:
    found = [parts(p) for p in people(*ITALIAN, answers={"repair:last-first-file": "take"})]
    assert found == [
        ("Sig.ra", "Maria", "Rossi"),
        ("Dott.", "Bruno", "Conti"),
        ("", "LUIGI", "FERRARI"),
        ("", "Carmela", "Esposito"),
        ("", "Anna Maria", "De Luca"),
        ("", "Bianchi", "Xhosa"),
    ]


def test_refused_they_stand_as_in_the_file() -> None:
    refused = people(*ITALIAN, answers={"repair:last-first-file": "refuse"})
    assert parts(refused[3]) == ("", "Esposito", "Carmela")
    assert not any(holding(person) for person in refused)


def test_a_name_that_cannot_be_a_last_name_is_asked_about_in_any_file() -> None:
    (person,) = people("Rossi Maria")
    assert holding(person) == {"last-first"}


@pytest.mark.parametrize(
    ("full", "cells", "found", "is_asked"),
    [
        ("M. Jean Dubois", NICE, ("M.", "Jean", "Dubois"), False),
        ("M. Jean Dubois", {"Language": "fr"}, ("M.", "Jean", "Dubois"), False),
        ("M. Jean Dubois", {}, ("", "M. Jean", "Dubois"), True),
        ("M. Dupont", NICE, ("", "M.", "Dupont"), True),
        ("M. Night Shyamalan", {}, ("", "M. Night", "Shyamalan"), False),
        ("D. Juan García", {"Language": "es"}, ("D.", "Juan", "García"), False),
        ("D. Juan García", {}, ("", "D. Juan", "García"), True),
        ("D. James Smith", {}, ("", "D. James", "Smith"), False),
    ],
)  # fmt: skip
def test_m_is_monsieur_and_d_is_don_where_their_language_is_written(
    full: str, cells: dict[str, str], found: tuple[str, str, str], is_asked: bool
) -> None:
    (person,) = people(full, **cells)
    assert parts(person) == found
    assert ("letter-salutation" in told(person)) is is_asked
    assert not holding(person)


def test_a_file_with_mme_in_it_writes_m_for_monsieur() -> None:
    assert parts(people("Mme Anne Petit", "M. Jean Dubois")[1]) == ("M.", "Jean", "Dubois")


def test_an_address_in_one_cell_tells_the_country_too() -> None:
    cells = {"Address": "12 bis rue de la Paix, 06000 Nice, France", "Name": "M. Jean Dubois"}
    (person,) = rows_of(cells, country="US").recipients
    assert parts(person) == ("M.", "Jean", "Dubois")


@pytest.mark.parametrize(
    ("first", "last", "suffix"),
    [
        ("John Q.", "Adams III", "III"),
        ("John", "Adams III", "III"),
        ("Robert", "Finch Sr.", "Sr."),
        ("Robert", "Finch, Jr.", "Jr."),
        ("Uwe", "Thiel sen.", "sen."),
        ("Junior", "Adams", ""),
    ],
)
def test_a_generation_goes_from_the_last_name_to_the_suffix(
    first: str, last: str, suffix: str
) -> None:
    person = one_of(First_Name=first, Last_Name=last)
    assert person.suffix == suffix
    assert person.last_name == last.split()[0].strip(",")


def couple(text: str) -> list[tuple[str, str, str]]:
    return [(n.salutation, n.first_name, n.last_name) for n in names.read_name(text)]


def test_who_stands_before_and_mrs_is_one_of_a_couple() -> None:
    assert couple("Ortiz y Sra.") == [("Sr.", "", "Ortiz"), ("Sra.", "", "Ortiz")]
    assert couple("Carlos Ortiz y Sra.") == [("Sr.", "Carlos", "Ortiz"), ("Sra.", "", "Ortiz")]
    assert couple("Dr. Max Weber und Frau") == [("Dr.", "Max", "Weber"), ("Frau", "", "Weber")]
    assert couple("Rossi e Signora") == [("Signor", "", "Rossi"), ("Signora", "", "Rossi")]
    assert couple("y Sra.") == []


def test_a_couple_waits_where_it_would_be_printed_as_one_person() -> None:
    assert holding(people("Giulia e Marco Ferri")[0]) == {"two-people"}
    assert holding(one_of(First_Name="Carlos", Last_Name="Ortiz y Sra.")) == {"two-people"}
    assert holding(one_of(Salutation="Mr.", First_Name="Tom & Lisa")) == {"two-people"}
    open_one = one_of(First_Name="Tom & Lisa", Last_Name="Brandt")  # right on paper as it is
    assert "two-people" in told(open_one) and not holding(open_one)


@pytest.mark.parametrize("name", ["Mom", "Oma und Opa", "maman", "Nonna", "Uncle"])
def test_what_somebody_is_called_at_home_is_no_name_for_an_envelope(name: str) -> None:
    assert holding(one_of(First_Name=name, Last_Name="")) == {"relative-name"}
    assert holding(one_of(First_Name="", Last_Name=name)) == {"relative-name"}
    assert "relative-name" in holding(people(name)[0])


def test_who_has_such_a_name_beside_another_is_a_person() -> None:
    assert not holding(one_of(First_Name="Nana", Last_Name="Mouskouri"))
    assert not holding(one_of(First_Name="Aunt", Last_Name="Rosa"))


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"First_Name": "Frau Anna", "Last_Name": "Weber"}, ("Frau", "Anna", "Weber")),
        ({"First_Name": "Sig.ra Maria", "Last_Name": "Rossi"}, ("Sig.ra", "Maria", "Rossi")),
        (
            {"Salutation": "Mr.", "First_Name": "Mr. John", "Last_Name": "Smith"},
            ("Mr.", "John", "Smith"),
        ),
        ({"First_Name": "", "Last_Name": "Familie Weber"}, ("Familie", "", "Weber")),
        ({"First_Name": "Anna", "Last_Name": "Dr. Weber"}, ("Dr.", "Anna", "Weber")),
        ({"First_Name": "Otto", "Last_Name": "Graf von Ow"}, ("", "Otto", "Graf von Ow")),
        ({"First_Name": "Don", "Last_Name": "Johnson"}, ("", "Don", "Johnson")),
        ({"First_Name": "Mr. and Mrs. John"}, ("", "Mr. and Mrs. John", "Hill")),
        ({"First_Name": "Mary Ann", "Last_Name": "Smith"}, ("", "Mary Ann", "Smith")),
    ],
)
def test_a_salutation_in_the_column_of_a_name_goes_before_it(
    cells: dict[str, str], found: tuple[str, str, str]
) -> None:
    assert parts(one_of(**cells)) == found


@pytest.mark.parametrize(
    "cells",
    [
        {"Salutation": "Herr", "First_Name": "Sander", "Last_Name": "Frau Wiebke"},
        {"Salutation": "Frau", "First_Name": "Herr Sander", "Last_Name": "Wiebke"},
        {"Salutation": "", "First_Name": "Miguel", "Last_Name": "Dr. & Mrs. Sandoval"},
    ],
)
def test_a_name_that_contradicts_the_salutation_is_held(cells: dict[str, str]) -> None:
    assert "odd-name" in holding(one_of(**cells))


@pytest.mark.parametrize("name", ["Invoice address", "Delivery address", "Rechnungsadresse"])
def test_an_address_is_no_person(name: str) -> None:
    assert "department" in holding(people(name)[0])


def test_a_comma_behind_the_first_name_says_that_it_may_be_the_last() -> None:
    cells = {"First_Name": "Hartley,", "Last_Name": "Joanna"}
    assert "last-first" in holding(one_of(**cells))
    assert parts(one_of({"repair:last-first": "take"}, **cells)) == ("", "Joanna", "Hartley")
    assert not holding(one_of(First_Name="Anna,", Last_Name="Weber"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Helen Papas", ("Helen", "Papas", "")),
        ("Ngaire & Tama Parata", ("Ngaire", "Parata", "")),
        ("Kew Bakery", ("", "", "Kew Bakery")),
    ],
)
def test_a_person_among_the_firms_of_xero_is_a_person(
    text: str, found: tuple[str, str, str]
) -> None:
    header = "*ContactName", "POAddressLine1", "POCity", "POCountry"
    cells = (text, "9 Wattle Grove", "Kew", "Australia")
    columns = dict(
        zip(header, ("company", "address.line1", "address.city", "address.country"), strict=True)
    )
    table = Table(columns=columns, rows=[Row(2, cells)])
    (person,) = read_all(table, answers={"repair:two-people": "take"}).recipients
    assert (person.first_name, person.last_name, person.company) == found


def test_a_title_that_salutation_and_name_both_have_is_written_once() -> None:
    (person,) = people("Dr. Luca Bianchi", Salutation="Doctor")
    assert parts(person) == ("Doctor", "Luca", "Bianchi")


@pytest.mark.parametrize(
    ("whole", "last", "found"),
    [
        ("Mark", "Hollis", ("Mark", "Hollis")),
        ("Mary Ann", "Hollis", ("Mary Ann", "Hollis")),
        ("Ken Nakamura", "Nakamura-Smith", ("Ken", "Nakamura")),
        ("Anna Weber", "Weber", ("Anna", "Weber")),
        ("Weber", "Weber", ("", "Weber")),
    ],
)
def test_a_full_name_beside_a_last_name_is_the_first_name_or_wins(
    whole: str, last: str, found: tuple[str, str]
) -> None:
    person = one_of(Name=whole, First_Name="", Last_Name=last)
    assert (person.first_name, person.last_name) == found


def test_who_is_marked_as_dead_beside_the_first_name_gets_nothing() -> None:
    assert one_of(First_Name="Walter (dec. 2025)").suppressed == ("deceased",)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"Display Name": "Acme, Ada Hill", "Name": "Ada Hill"}, ("Ada", "Hill")),
        ({"Display Name": "Ada Hill", "Name": ""}, ("Ada", "Hill")),
        ({"Nom de naissance": "Durand", "Nom d’usage": "Leroy", "Prénom": "Eve"}, ("Eve", "Leroy")),
        ({"Nom de naissance": "Durand", "Nom d'usage": "", "Prénom": "Eve"}, ("Eve", "Durand")),
    ],
)
def test_the_name_in_use_goes_before_the_other_column_of_it(
    cells: dict[str, str], found: tuple[str, str]
) -> None:
    (person,) = rows_of(HOME | cells).recipients
    assert (person.first_name, person.last_name) == found


def test_a_degree_goes_from_the_last_name_to_the_suffix() -> None:
    person = one_of(First_Name="Anna", Last_Name="Weber PhD")
    assert (person.last_name, person.suffix) == ("Weber", "PhD")


@pytest.mark.parametrize(
    ("text", "company", "person"),
    [
        ("Weber GmbH, z. Hd. Herrn Max Müller", "Weber GmbH", ("Herrn", "Max", "Müller")),
        ("Firma Weber, z.Hd. Frau Lang", "Firma Weber", ("Frau", "", "Lang")),
        ("Acme Inc. Attn: Jane Roe", "Acme Inc.", ("", "Jane", "Roe")),
        ("Verdi S.r.l., alla c.a. Dott. Luca Neri", "Verdi S.r.l.", ("Dott.", "Luca", "Neri")),
        ("Groupe Lambert SA, Koen De Smet", "Groupe Lambert SA", ("", "Koen", "De Smet")),
        ("Weber GmbH, Frau Dr. Lang", "Weber GmbH", ("Frau Dr.", "", "Lang")),
        ("Acme, Inc., Jane Roe", "Acme, Inc.", ("", "Jane", "Roe")),
    ],
)
def test_a_firm_and_for_whose_attention_it_is_are_told_apart_by_decision(
    text: str, company: str, person: tuple[str, str, str]
) -> None:
    (asked,) = people(text)
    assert asked.last_name == text and "company-as-name" in holding(asked)
    (taken,) = people(text, answers={"repair:company-as-name": "take"})
    assert (taken.company, parts(taken)) == (company, person)


def test_the_person_behind_a_firm_is_proposed_with_the_firm() -> None:
    cells = {"Company": "Lambert Frères Bruxelles", "City": "Bruxelles"}
    (asked,) = people("Lambert Frères Bruxelles, Nathalie Lambert", **cells)
    (said,) = (f.message for f in asked.findings if f.rule == "company-as-name")
    assert "-> Nathalie Lambert, company: Lambert Frères Bruxelles?" in said


TAKE = {"repair:company-as-name": "take"}


def test_the_firm_is_called_as_in_the_column_of_the_row() -> None:
    (taken,) = people("ACME Ltd, Jane Roe", answers=TAKE, Company="Acme Trading")
    assert (taken.company, parts(taken)) == ("Acme Trading", ("", "Jane", "Roe"))


@pytest.mark.parametrize("place", ["South Africa", "Hong Kong", "Villingen Schwenningen"])
def test_a_place_behind_a_firm_is_no_person(place: str) -> None:
    (taken,) = people(f"Weber GmbH, {place}", answers=TAKE, City="Villingen Schwenningen-Mitte")
    assert (taken.company, parts(taken)) == ("", ("", "", f"Weber GmbH, {place}"))


@pytest.mark.parametrize("text", ["Estate of John Smith", "Lord Smith of Finsbury"])
def test_what_names_nobody_is_not_cut_at_its_last_word(text: str) -> None:
    (person,) = people(text)
    assert parts(person) == ("", "", text)

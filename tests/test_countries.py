from __future__ import annotations

import pytest
from babel import Locale

from mailroom.countries import LANGUAGES, country_code, country_line, is_domestic, rules_of

TERRITORIES = [code for code in sorted(Locale("en").territories) if rules_of(code)]


def test_two_hundred_and_fifty_territories_have_rules() -> None:
    assert len(TERRITORIES) >= 250


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_is_known_by_its_name_in_nine_languages_and_more(language: str) -> None:
    names = Locale(language).territories
    wrong = {c: names[c] for c in TERRITORIES if country_code(names[c]) != c}
    assert wrong == {}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("US", "U.S", "U.S.", "USA", "U.S.A.", "usa ", "United States", "EE.UU.", "EEUU"), "US"),
        (("DE", "DEU", "Germany", "Deutschland", "Allemagne", "Alemania", "Niemcy"), "DE"),
        (("GB", "GBR", "UK", "U.K.", "England", "Scotland", "Wales", "Northern Ireland"), "GB"),
        (("FR", "FRA", "France", "Francia", "Frankreich", "Frankrijk", "フランス"), "FR"),
        (("NL", "Holland", "The Netherlands", "Nederland", "Pays-Bas", "Países Bajos"), "NL"),
        (("CZ", "Czech Republic", "Czechia", "Česko", "Tschechien"), "CZ"),
        (("TR", "Turkey", "Türkiye", "TÜRKİYE", "Türkei"), "TR"),
        (("CI", "Côte d'Ivoire", "Côte d’Ivoire", "Ivory Coast", "Elfenbeinküste"), "CI"),
        (("AE", "UAE", "U.A.E.", "United Arab Emirates"), "AE"),
        (("CH", "Schweiz", "Suisse", "Svizzera", "Switzerland", "Zwitserland"), "CH"),
        (("JP", "Japan", "日本", "Japón", "JAPAN"), "JP"),
        (("KR", "South Korea", "Korea, Republic of", "Republic of Korea", "대한민국"), "KR"),
        (("RU", "Russia", "Russian Federation", "Россия"), "RU"),
        (("CN", "China", "P.R. China", "中国"), "CN"),
        (("HK", "Hong Kong", "HKSAR", "Hong Kong SAR China"), "HK"),
        (("VN", "Vietnam", "Viet Nam"), "VN"),
        # ISO 3166's own names, which CLDR does not have
        (("Trinidad and Tobago", "Trinidad und Tobago", "Trinité-et-Tobago"), "TT"),
        (("Bosnia and Herzegovina", "Bosnien und Herzegowina", "Bosnia y Herzegovina"), "BA"),
        (("Saint Kitts and Nevis", "St. Kitts and Nevis"), "KN"),
        (("Republic of Poland", "the Republic of Poland"), "PL"),
        (("Kingdom of Spain", "Reino de España"), "ES"),
        (("Islamic Republic of Pakistan", "Pakistan"), "PK"),
        (("Democratic People's Republic of Korea", "North Korea", "PRK"), "KP"),
        (("Republic of the Congo", "Congo"), "CG"),
        (("Democratic Republic of the Congo", "COD"), "CD"),
        (("Republic of China", "Taiwan, Province of China"), "TW"),
        (("People's Republic of China",), "CN"),
        (("Micronesia, Federated States of",), "FM"),
    ],
)
def test_a_country_is_known_by_what_people_write(words: tuple[str, ...], code: str) -> None:
    assert {word: country_code(word) for word in words} == dict.fromkeys(words, code)


@pytest.mark.parametrize("word", ["", "1013", "?", "-", "world", "EU", "Europe", "XX", "ZZ", "N/A"])
def test_what_is_no_country_is_none(word: str) -> None:
    assert country_code(word) == ""


@pytest.mark.parametrize(
    ("country", "home"),
    [
        *(("PR", "US"), ("GU", "US"), ("JE", "GB"), ("IM", "GB"), ("RE", "FR"), ("NC", "FR")),
        *(("FO", "DK"), ("AX", "FI"), ("SJ", "NO"), ("CX", "AU")),
    ],
)
def test_a_territory_is_domestic_for_its_own_country_and_for_nobody_else(
    country: str, home: str
) -> None:
    assert is_domestic(country, home)
    assert not is_domestic(country, "BR")
    assert not is_domestic(home, country)


@pytest.mark.parametrize(
    ("country", "sender", "line"),
    [
        ("US", "FR", "ÉTATS-UNIS"),
        ("CH", "TR", "İSVİÇRE"),
        ("GB", "TR", "BİRLEŞİK KRALLIK"),
        ("HK", "DE", "HONG KONG"),
        ("MM", "US", "MYANMAR"),
        ("CD", "US", "DEMOCRATIC REPUBLIC OF THE CONGO"),
        ("DE", "UA", "GERMANY"),
        ("DE", "JP", "GERMANY"),
        ("AT", "SE", "ÖSTERRIKE"),
    ],
)
def test_the_country_line_is_what_the_senders_sorters_read(
    country: str, sender: str, line: str
) -> None:
    assert country_line(country, sender) == line

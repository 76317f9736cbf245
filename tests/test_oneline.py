from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.address import validate
from mailroom.model import Address
from mailroom.oneline import parse, split_city

WHOLE = [
    (
        "582 Sample Avenue, Lake Sample, Illinois 60045",
        "",
        "582 Sample Avenue||Lake Sample|IL|60045|US",
    ),
    (
        "Crescent moon drive\n555-asd\nNice Area, Albaney, New York 12345\nUnited States",
        "",
        "Crescent moon drive|555-asd, Nice Area|Albaney|NY|12345|US",
    ),
    ("405 Lexington Ave    New York  NY  10174  US", "", "405 Lexington Ave||New York|NY|10174|US"),
    (
        "405 Lexington Ave  Ste 2  New York  NY  10174  US",
        "",
        "405 Lexington Ave|Ste 2|New York|NY|10174|US",
    ),
    ("Musterstr. 1    München  Bayern  80331  DE", "", "Musterstr. 1||München|Bayern|80331|DE"),
    ("Musterstr. 1, 10115 Berlin", "DE", "Musterstr. 1||Berlin||10115|DE"),
    ("Musterstr. 1, 10115 Berlin", "", "Musterstr. 1||Berlin||10115|DE"),
    ("Schloßallee 1, 50667 Köln", "", "Schloßallee 1||Köln||50667|DE"),
    ("Karl-Marx-Allee 3, 10178 Berlin", "", "Karl-Marx-Allee 3||Berlin||10178|DE"),
    ("Mariahilfer Straße 5, 1060 Wien", "", "Mariahilfer Straße 5||Wien||1060|AT"),
    ("Storgatan 12, 114 55 Stockholm", "", "Storgatan 12||Stockholm||114 55|SE"),
    ("Sveavägen 44, 111 34 Stockholm", "", "Sveavägen 44||Stockholm||111 34|SE"),
    ("12 rue de la Paix, 75002 Paris", "", "12 rue de la Paix||Paris||75002|FR"),
    ("Via Manzoni 4, 00121 Roma", "", "Via Manzoni 4||Roma||00121|IT"),
    ("ul. Długa 5, 00-238 Warszawa", "", "ul. Długa 5||Warszawa||00-238|PL"),
    ("Rua Augusta 12, 1100-053 Lisboa", "", "Rua Augusta 12||Lisboa||1100-053|PT"),
    ("Vinohradska 12, 120 00 Praha 2", "CZ", "Vinohradska 12||Praha 2||120 00|CZ"),
    ("Karlova 3, 811 01 Bratislava 1", "SK", "Karlova 3||Bratislava 1||811 01|SK"),
    ("Váci utca 12, 1052 Budapest", "HU", "Váci utca 12||Budapest||1052|HU"),
    ("14 Main St  Cork  T12 X8P2 IE", "", "14 Main St||Cork||T12 X8P2|IE"),
    ("14 Main St  Cork  T12 X8P2 IE", "US", "14 Main St||Cork||T12 X8P2|IE"),
    ("14 Main St, Cork T12 X8P2", "IE", "14 Main St||Cork||T12 X8P2|IE"),
    ("5 Abbey St, Dublin 1, D01X2Y3", "", "5 Abbey St||Dublin 1||D01 X2Y3|IE"),
    ("Musterstr. 1 10115 Berlin", "DE", "Musterstr. 1||Berlin||10115|DE"),
    ("Musterstr. 1, D-10115 Berlin", "", "Musterstr. 1||Berlin||10115|DE"),
    ("Musterstr. 1, 10115 Berlin, Germany", "US", "Musterstr. 1||Berlin||10115|DE"),
    ("Musterstr. 1, 10115 Berlin, DE", "", "Musterstr. 1||Berlin||10115|DE"),
    ("10 Downing Street, London SW1A 2AA, UK", "", "10 Downing Street||London||SW1A 2AA|GB"),
    ("10 Downing Street, London SW1A 2AA", "", "10 Downing Street||London||SW1A 2AA|GB"),
    (
        "Flat 2, 10 High Street, Bath, Somerset, BA1 2LX",
        "GB",
        "Flat 2|10 High Street|Bath|Somerset|BA1 2LX|GB",
    ),
    (
        "Flat 2, 10 High Street, Oldtown, Bath, BA1 2LX",
        "",
        "Flat 2|10 High Street, Oldtown|Bath||BA1 2LX|GB",
    ),
    ("12 rue de la Paix, 75002 Paris, France", "", "12 rue de la Paix||Paris||75002|FR"),
    ("12, rue de la Paix, 75002 Paris", "FR", "12, rue de la Paix||Paris||75002|FR"),
    ("BP 123, 75008 Paris Cedex 08, France", "", "BP 123||Paris Cedex 08||75008|FR"),
    ("Keizersgracht 123, 1015 CJ Amsterdam", "", "Keizersgracht 123||Amsterdam||1015 CJ|NL"),
    (
        "Keizersgracht 123\n1015CJ Amsterdam\nNederland",
        "",
        "Keizersgracht 123||Amsterdam||1015 CJ|NL",
    ),
    ("Bahnhofstrasse 1, 8001 Zürich, Schweiz", "", "Bahnhofstrasse 1||Zürich||8001|CH"),
    ("Bahnhofstrasse 1, CH-8001 Zürich ZH", "", "Bahnhofstrasse 1||Zürich|ZH|8001|CH"),
    ("Via Roma 12, 20121 Milano (MI), Italia", "", "Via Roma 12||Milano|MI|20121|IT"),
    ("Via Roma, 12, 20121 Milano MI", "IT", "Via Roma, 12||Milano|MI|20121|IT"),
    ("Via Roma 12, 20121, Milano, MI, Italy", "", "Via Roma 12||Milano|MI|20121|IT"),
    ("123 Main St, Toronto, ON M5V 2T6", "", "123 Main St||Toronto|ON|M5V 2T6|CA"),
    ("123 Main St, Toronto, Ontario, M5V 2T6, Canada", "", "123 Main St||Toronto|ON|M5V 2T6|CA"),
    ("123 rue X, Montréal (Québec) H2W 2R2", "", "123 rue X||Montréal|QC|H2W 2R2|CA"),
    ("5 George St, Sydney NSW 2000", "", "5 George St||Sydney|NSW|2000|AU"),
    ("5 George St, Sydney, NSW, 2000, Australia", "", "5 George St||Sydney|NSW|2000|AU"),
    ("〒150-0001 東京都渋谷区神宮前2-14-6", "", "渋谷区神宮前2-14-6|||東京都|150-0001|JP"),
    (
        "2-14-6 Jingumae, Shibuya-ku, Tokyo 150-0001, Japan",
        "",
        "2-14-6 Jingumae||Shibuya-ku|Tokyo|150-0001|JP",
    ),
    (
        "Rua Augusta, 123, Consolação, São Paulo - SP, 01305-000, Brasil",
        "",
        "Rua Augusta, 123|Consolação|São Paulo|SP|01305-000|BR",
    ),
    (
        "Rua Augusta, 123 - Consolação, São Paulo - SP, 01305-000",
        "",
        "Rua Augusta, 123|Consolação|São Paulo|SP|01305-000|BR",
    ),
    (
        "Av. Paulista 1000, São Paulo/SP, 01310-100",
        "",
        "Av. Paulista 1000||São Paulo|SP|01310-100|BR",
    ),
    (
        "12 MG Road, Bengaluru 560001, Karnataka, India",
        "",
        "12 MG Road||Bengaluru|Karnataka|560001|IN",
    ),
    (
        "12 MG Road, Indiranagar, Bengaluru, Karnataka 560001, India",
        "",
        "12 MG Road|Indiranagar|Bengaluru|Karnataka|560001|IN",
    ),
    (
        "Calle 5 No. 12, Col. Centro, 06000 Ciudad de México, CDMX, México",
        "",
        "Calle 5 No. 12|Col. Centro|Ciudad de México|CDMX|06000|MX",
    ),
    ("Calle Mayor 5, 28013 Madrid, España", "", "Calle Mayor 5||Madrid||28013|ES"),
    ("PO Box 123, Dubai, UAE", "", "PO Box 123||Dubai|Dubai||AE"),
    ("Flat 5, 10 Queen's Road, Central, Hong Kong", "", "Flat 5|10 Queen's Road|Central|||HK"),
    (
        "12 Main Street, Ballina, Co. Mayo, F26 X2Y3, Ireland",
        "",
        "12 Main Street||Ballina|Co. Mayo|F26 X2Y3|IE",
    ),
    ("12 Elm, Springfield, 90210, CA", "", "12 Elm||Springfield|CA|90210|US"),
    (
        "ul. Marszałkowska 10/5, 00-590 Warszawa, Polska",
        "",
        "ul. Marszałkowska 10/5||Warszawa||00-590|PL",
    ),
    ("Sveavägen 10, 111 57 Stockholm, Sweden", "", "Sveavägen 10||Stockholm||111 57|SE"),
    ("Storgatan 1, S-111 57 Stockholm", "", "Storgatan 1||Stockholm||111 57|SE"),
    (
        "12 Queen St, Ponsonby, Auckland 1011, New Zealand",
        "",
        "12 Queen St|Ponsonby|Auckland||1011|NZ",
    ),
    ("1 Raffles Place, Singapore 048616", "SG", "1 Raffles Place||Singapore||048616|SG"),
    ("100 Some Ave, San Juan, PR 00901", "", "100 Some Ave||San Juan|PR|00901|US"),
    ("Rua Garrett 12, 1200-203 Lisboa, Portugal", "", "Rua Garrett 12||Lisboa||1200-203|PT"),
    ("10 Downing Street, London SW1A 2AA UK", "", "10 Downing Street||London||SW1A 2AA|GB"),
    ("PSC 3 Box 1234, APO AE 09021", "", "PSC 3 Box 1234||APO|AE|09021|US"),
    ("P.O. Box 12, Hazlet, NJ 07730, USA", "", "P.O. Box 12||Hazlet|NJ|07730|US"),
    ("10 rue de Rivoli 75001 PARIS FRANCE", "", "10 rue de Rivoli||PARIS||75001|FR"),
    ("Im Hof 3, 3000 Bern 14, Schweiz", "", "Im Hof 3||Bern 14||3000|CH"),
    ("1 Dame Street, Dublin 2, Ireland", "", "1 Dame Street||Dublin 2|||IE"),
    ("456 Oak Ave | Springfield | IL | 62701", "", "456 Oak Ave||Springfield|IL|62701|US"),
    (
        "The Old Rectory, 1 Church Lane, Nether Wallop, Stockbridge, Hampshire, SO20 8EZ",
        "GB",
        "The Old Rectory|1 Church Lane, Nether Wallop|Stockbridge|Hampshire|SO20 8EZ|GB",
    ),
    (
        "12 High St, Hateley Heath, West Bromwich B70 7AA",
        "GB",
        "12 High St|Hateley Heath|West Bromwich||B70 7AA|GB",
    ),
    ("1 Elm St., Troy, N.Y. 12180.", "", "1 Elm St.||Troy|NY|12180|US"),
    ("c/o Roth, Weg 3, 80336 München", "DE", "c/o Roth|Weg 3|München||80336|DE"),
    ("Apt 3, 1 W 72nd St, New York, NY 10023", "", "Apt 3|1 W 72nd St|New York|NY|10023|US"),
]
UNSURE = [
    ("Max Mustermann, Musterstr. 1, 10115 Berlin, Germany", ""),
    ("Wien, Stephansplatz 1, 1010", "AT"),
    ("see notes; Berlin 10115, Germany", ""),
    ("N/A", ""),
    ("123 Fake Street, Springfield, USA", ""),
    ("Musterstr. 1  München  Bayern  80331  DE", ""),
    ("Elm Street 5, 12345 Springfield", ""),
    ("Bahnhofstrasse 1, 8001 Zürich", ""),
    ("Schloßallee 1, 50667 Köln", "US"),
    ("Storgatan 12, 11455 Stockholm", ""),
    ("Norra vägen 12, 00100 Helsinki", ""),
    ("Masarykova 12, 114 55 Praha", ""),
    ("1 Oak Lane, Cork", ""),
    ("Via Roma 1  Bari  70121 BA", ""),
    ("5 State St  Dover  19901 DE", ""),
    ("123 Main St Springfield IL 62701", ""),
    ("Berlin", ""),
    ("1 Elm, Atlanta, GA 30303, Georgia", ""),
    ("1 Elm St, Atlanta, Georgia", ""),
    ("1 Elm St, Santa Fe, 87501 New Mexico", "US"),
    ("12 Elm St, Boston, MA 99999", ""),
    ("call me, 555-1234", ""),
    ("Jane Doe\n12 Elm St\nApt 4\nBoston, MA 02134-1000", ""),
    ("London SW1A 2AA UK", ""),
]


def flat(address: Address | None) -> str:
    assert address is not None
    parts = (address.line1, address.line2, address.city, address.region)
    return "|".join((*parts, address.postcode, address.country))


@pytest.mark.parametrize(("text", "country", "parts"), WHOLE)
def test_a_whole_address_in_one_cell_is_taken_apart(text: str, country: str, parts: str) -> None:
    assert flat(parse(text, country)) == parts


@pytest.mark.parametrize(("text", "country", "parts"), WHOLE)
def test_what_was_taken_apart_can_be_mailed(text: str, country: str, parts: str) -> None:
    address = parse(text, country)
    assert address is not None
    assert validate(address) == ()


@pytest.mark.parametrize(("text", "country"), UNSURE)
def test_what_is_not_sure_is_left_alone(text: str, country: str) -> None:
    assert parse(text, country) is None


@pytest.mark.parametrize(
    ("text", "country", "split"),
    [
        ("Hazlet, 07730", "US", ("Hazlet", "", "07730")),
        ("Edmond,", "US", ("Edmond", "", "")),
        ("Hazlet, NJ", "US", ("Hazlet", "NJ", "")),
        ("Miami, Florida", "US", ("Miami", "Florida", "")),
        ("Portland OR 97201", "US", ("Portland", "OR", "97201")),
        ("Port Washington NY 11050", "US", ("Port Washington", "NY", "11050")),
        ("Fort Washington 19034", "US", ("Fort Washington", "", "19034")),
        ("Washington DC", "US", ("Washington", "DC", "")),
        ("Washington, D.C.", "US", ("Washington", "D.C.", "")),
        ("Berlin 10115", "DE", ("Berlin", "", "10115")),
        ("D-10115 Berlin", "DE", ("Berlin", "", "10115")),
        ("75008 Paris Cedex 08", "FR", ("Paris Cedex 08", "", "75008")),
        ("Zürich ZH", "CH", ("Zürich", "ZH", "")),
        ("London SW1A 2AA", "GB", ("London", "", "SW1A 2AA")),
        ("1015 CJ Amsterdam", "NL", ("Amsterdam", "", "1015 CJ")),
        ("Milano (MI)", "IT", ("Milano", "MI", "")),
        ("Toronto, ON M5V 2T6", "CA", ("Toronto", "ON", "M5V 2T6")),
        ("São Paulo - SP", "BR", ("São Paulo", "SP", "")),
    ],
)
def test_a_town_with_more_than_the_town_is_divided(
    text: str, country: str, split: tuple[str, str, str]
) -> None:
    assert split_city(text, country) == split


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Paris Cedex 08", "FR"),
        ("Paris 8", "FR"),
        ("Dublin 4", "IE"),
        ("L.A.", "US"),
        ("St. Louis", "US"),
        ("Berlin", "DE"),
        ("10115", "DE"),
        ("New York", "US"),
        ("Iowa City", "US"),
        ("Miami Florida", "US"),
        ("Bath, Somerset", "GB"),
        ("", "US"),
    ],
)
def test_a_town_that_only_looks_like_more_stays(text: str, country: str) -> None:
    assert split_city(text, country) is None


@given(
    st.text("abc XYZäß東я12345 ,.-/\n()#|", max_size=80),
    st.sampled_from(["", "US", "DE", "JP", "AE"]),
)
def test_no_text_breaks_it_and_no_digit_is_lost(text: str, country: str) -> None:
    address = parse(text, country)
    if address is not None:
        assert sorted(filter(str.isdigit, flat(address))) == sorted(filter(str.isdigit, text))
    split_city(text, country)


@given(
    st.integers(1, 9999),
    st.sampled_from(["Elm Street", "Ashmont Ave", "W 3rd St"]),
    st.sampled_from([("Boston", "MA", "02134"), ("Salt Lake City", "UT", "84101")]),
    st.sampled_from([", ", "\n", "  "]),
    st.booleans(),
)
def test_parts_that_are_joined_come_apart_again(
    number: int, street: str, place: tuple[str, str, str], comma: str, named: bool
) -> None:
    city, region, postcode = place
    text = comma.join((f"{number} {street}", city, f"{region} {postcode}"))
    text += f"{comma}USA" if named else ""
    assert flat(parse(text)) == f"{number} {street}||{city}|{region}|{postcode}|US"

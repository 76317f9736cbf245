"""Addresses of the world, as they come in, and as they stand on an envelope; each read by eye."""

from __future__ import annotations

import pytest
from babel import Locale

from mailroom.address import normalise, validate
from mailroom.countries import country_line, data_of, is_domestic, rules_of
from mailroom.envelope import envelope_lines
from mailroom.letters import fold
from mailroom.model import Address
from mailroom.postcodes import fits
from mailroom.regions import area_rows, region_of

CASES = """\
1600 Pennsylvania Ave NW||Washington|District of Columbia|20500|US;DE
    1600 Pennsylvania Ave NW / WASHINGTON DC 20500 / VEREINIGTE STAATEN
350 5th Ave|Fl 34|New York|New York|101180110|US;US
    350 5th Ave / Fl 34 / NEW YORK NY 10118-0110
PSC 802 Box 74||APO|AE|09499-0074|US;US
    PSC 802 Box 74 / APO AE 09499-0074
URB Las Gladiolas|150 Calle A|San Juan|PR|926|US;US
    URB Las Gladiolas / 150 Calle A / SAN JUAN PR 00926
150 Calle A||San Juan||00926|PR;US
    150 Calle A / SAN JUAN PR 00926
150 Calle A||San Juan||00926|PR;DE
    150 Calle A / SAN JUAN PR 00926 / PUERTO RICO
PO Box 5||Hagåtña||96932|GU;US
    PO Box 5 / HAGÅTÑA GU 96932
111 Wellington St||Ottawa|Ontario|k1a0a9|CA;US
    111 Wellington St / OTTAWA ON  K1A 0A9 / CANADA
123 rue Sainte-Catherine|Appt 4|Montréal|Québec|H2X 1K4|CA;CA
    123 rue Sainte-Catherine / Appt 4 / MONTRÉAL QC  H2X 1K4
10 Downing Street||London||sw1a2aa|GB;GB
    10 Downing Street / LONDON / SW1A 2AA
10 Downing Street||London|Greater London|SW1A 2AA|GB;US
    10 Downing Street / LONDON / SW1A 2AA / UNITED KINGDOM
2 Donegall Square||Belfast|Co. Antrim|BT1 5GS|GB;IE
    2 Donegall Square / BELFAST / BT1 5GS / UNITED KINGDOM
2 Donegall Square||Belfast||BT1 5GS|GB;GB
    2 Donegall Square / BELFAST / BT1 5GS
1 Royal Square||St Helier||JE2 3WA|JE;GB
    1 Royal Square / ST HELIER / JERSEY / JE2 3WA
1 Royal Square||St Helier||JE2 3WA|JE;DE
    1 Royal Square / ST HELIER / JE2 3WA / JERSEY
Sir Charles Frossard House||St Peter Port||GY1 1FH|GG;GB
    Sir Charles Frossard House / ST PETER PORT / GUERNSEY / GY1 1FH
Douglas Borough Offices||Douglas||IM1 3DY|IM;US
    Douglas Borough Offices / DOUGLAS / IM1 3DY / ISLE OF MAN
GPO|O'Connell Street Lower|Dublin 1|Dublin|D01F5P2|IE;GB
    GPO / O'Connell Street Lower / DUBLIN 1 / D01 F5P2 / IRELAND
12 Main Street|Ballina|Ballina|County Mayo|F26 X2Y3|IE;IE
    12 Main Street / BALLINA / County Mayo / F26 X2Y3
Platz der Republik 1||Berlin||D-11011|DE;DE
    Platz der Republik 1 / 11011 Berlin
Platz der Republik 1||Berlin|Berlin|11011|DE;FR
    Platz der Republik 1 / 11011 BERLIN / ALLEMAGNE
55 rue du Faubourg Saint-Honoré||Paris||75008|FR;GB
    55 rue du Faubourg Saint-Honoré / 75008 PARIS / FRANCE
BP 123|12 rue X|Lyon Cedex 03||69003|FR;FR
    BP 123 / 12 rue X / 69003 LYON CEDEX 03
3 rue de Paris||Saint-Denis||97400|RE;FR
    3 rue de Paris / 97400 SAINT DENIS
3 rue de Paris||Saint-Denis||97400|RE;DE
    3 rue de Paris / 97400 SAINT DENIS / RÉUNION
2 Place du Palais||Monaco||98000|MC;IT
    2 Place du Palais / 98000 MONACO / MONACO
Bundesplatz 3||Bern|BE|CH-3005|CH;CH
    Bundesplatz 3 / 3005 Bern
Bundesplatz 3||Bern|BE|3005|CH;US
    Bundesplatz 3 / 3005 BERN / SWITZERLAND
Ballhausplatz 2||Wien||A-1010|AT;DE
    Ballhausplatz 2 / 1010 WIEN / ÖSTERREICH
Piazza di Spagna 1||Roma|Roma|00187|IT;IT
    Piazza di Spagna 1 / 00187 ROMA RM
Via Dante 4||Milano|MI|20121|IT;US
    Via Dante 4 / 20121 MILANO MI / ITALY
Calle Mayor 5|2º B|Madrid|Madrid|28013|ES;ES
    Calle Mayor 5 / 2º B / 28013 MADRID
Calle Real 3||Getafe|Madrid|28901|ES;US
    Calle Real 3 / 28901 GETAFE MADRID / SPAIN
Carrer de Mallorca 401||Barcelona|B|08013|ES;FR
    Carrer de Mallorca 401 / 08013 BARCELONA / ESPAGNE
Rua Garrett 12||Lisboa||1200203|PT;US
    Rua Garrett 12 / 1200-203 LISBOA / PORTUGAL
Keizersgracht 123||Amsterdam||1015cj|NL;NL
    Keizersgracht 123 / 1015 CJ  AMSTERDAM
Kaya Grandi 5||Kralendijk||0000|BQ;NL
    Kaya Grandi 5 / KRALENDIJK / 0000 / CARIBISCH NEDERLAND
Rue de la Loi 16||Bruxelles||B-1000|BE;NL
    Rue de la Loi 16 / 1000 BRUXELLES / BELGIË
Storgatan 1||Stockholm||11157|SE;SE
    Storgatan 1 / 111 57 STOCKHOLM
Storgatan 1||Stockholm||SE-11157|SE;DK
    Storgatan 1 / SE-111 57 STOCKHOLM / SVERIGE
Mannerheimintie 30||Helsinki||00100|FI;SE
    Mannerheimintie 30 / FI-00100 HELSINKI / FINLAND
Storgatan 5||Mariehamn||22100|AX;FI
    Storgatan 5 / 22100 MARIEHAMN / ÅLAND
Storgatan 5||Mariehamn||22100|AX;US
    Storgatan 5 / AX-22100 MARIEHAMN / ÅLAND / ÅLAND ISLANDS
Karl Johans gate 22||Oslo||N-0026|NO;DK
    Karl Johans gate 22 / 0026 OSLO / NORGE
Slotsholmsgade 10||København K||1216|DK;SE
    Slotsholmsgade 10 / 1216 KØBENHAVN K / DANMARK
Niels Finsens gøta 5||Tórshavn||FO-100|FO;DK
    Niels Finsens gøta 5 / FO-100 TÓRSHAVN
ul. Marszałkowska 10/5||Warszawa||00590|PL;PL
    ul. Marszałkowska 10/5 / 00-590 WARSZAWA
Vodičkova 18||Praha 1||11000|CZ;DE
    Vodičkova 18 / 110 00 PRAHA 1 / TSCHECHIEN
Andrássy út 60||Budapest||1062|HU;AT
    BUDAPEST / Andrássy út 60 / 1062 / UNGARN
Ερμού 15||Αθήνα||10563|GR;GR
    Ερμού 15 / 105 63 ΑΘΗΝΑ
Bulevardi 5||Tallinn|Harju|10115|EE;FI
    Bulevardi 5 / 10115 TALLINN HARJU / VIRO
Brīvības iela 30||Rīga||LV-1050|LV;US
    Brīvības iela 30 / RĪGA, LV-1050 / LATVIA
Gedimino pr. 9||Vilnius||LT-01103|LT;US
    Gedimino pr. 9 / LT-01103 VILNIUS / LITHUANIA
ул. Тверская, 7||Москва|Москва|125375|RU;US
    ул. Тверская, 7 / МОСКВА / 125375 / RUSSIA
вул. Хрещатик, 22||Київ|Київ|01001|UA;US
    вул. Хрещатик, 22 / КИЇВ / 01001 / UKRAINE
İstiklal Cad. 10||Beyoğlu|İstanbul|34430|TR;DE
    İstiklal Cad. 10 / 34430 BEYOĞLU/İSTANBUL / TÜRKEI
Atatürk Cad. 4||Denizli|Denizli|20100|TR;TR
    Atatürk Cad. 4 / 20100 DENİZLİ
Av. Paulista, 1000|Bela Vista|São Paulo|São Paulo|01310100|BR;BR
    Av. Paulista, 1000 / Bela Vista / SÃO PAULO-SP / 01310-100
Rua da Bahia, 12||Belo Horizonte|MG|30160-010|BR;US
    Rua da Bahia, 12 / BELO HORIZONTE-MG / 30160-010 / BRAZIL
Calle 5 1234|Piso 3|La Plata|Buenos Aires|B1900TTT|AR;US
    Calle 5 1234 / Piso 3 / B1900TTT LA PLATA / Buenos Aires / ARGENTINA
Paseo de la Reforma 296|Col. Juárez|Ciudad de México|CDMX|06600|MX;US
    Paseo de la Reforma 296 / Col. Juárez / 06600 CIUDAD DE MÉXICO, CDMX / MEXICO
Av. Vallarta 10||Guadalajara|Jalisco|44100|MX;MX
    Av. Vallarta 10 / 44100 GUADALAJARA, JAL.
Carrera 7 # 71-21||Bogotá|Bogotá|110231|CO;US
    Carrera 7 # 71-21 / BOGOTÁ, 110231 / COLOMBIA
Av. Libertador 100||Santiago||8340457|CL;US
    Av. Libertador 100 / 8340457 SANTIAGO / CHILE
12 MG Road|Indiranagar|Bengaluru|KA|560001|IN;IN
    12 MG Road / Indiranagar / BENGALURU 560001 / Karnataka
12 MG Road||Bengaluru|Karnataka|560001|IN;US
    12 MG Road / BENGALURU 560001 / Karnataka / INDIA
PO Box 123||Dubai|Dubai||AE;US
    PO Box 123 / DUBAI / UNITED ARAB EMIRATES
PO Box 123||Dubai|||AE;AE
    PO Box 123 / DUBAI
Flat 5|10 Queen's Road|Central|||HK;GB
    Flat 5 / 10 Queen's Road / CENTRAL / HONG KONG
中環皇后大道中10號|5樓||香港島||HK;HK
    香港島 / 中環皇后大道中10號 / 5樓
1 Raffles Place|#20-01|Singapore||048616|SG;US
    1 Raffles Place / #20-01 / SINGAPORE 048616 / SINGAPORE
12 Sukhumvit Rd|Khlong Toei|Bangkok|Bangkok|10110|TH;US
    12 Sukhumvit Rd / Khlong Toei / BANGKOK / 10110 / THAILAND
2-14-6 Jingumae||Shibuya-ku|Tokyo|1500001|JP;US
    2-14-6 Jingumae / SHIBUYA-KU, TOKYO 150-0001 / JAPAN
神宮前2-14-6||渋谷区|東京都|〒150-0001|JP;JP
    〒150-0001 / 東京都渋谷区 / 神宮前2-14-6
神宮前2-14-6||渋谷区|東京都|150-0001|JP;US
    〒150-0001 / 東京都渋谷区 / 神宮前2-14-6 / JAPAN
渋谷区神宮前1-2-3|メゾン神宮 302||東京都|1500001|JP;JP
    〒150-0001 / 東京都渋谷区神宮前1-2-3 / メゾン神宮 302
札幌市中央区大通西4|||北海道|060-0042|JP;US
    〒060-0042 / 北海道札幌市中央区大通西4 / JAPAN
세종대로 209||종로구|서울특별시|03171|KR;US
    서울특별시 종로구 / 세종대로 209 / 03171 / SOUTH KOREA
209 Sejong-daero||Jongno-gu|Seoul|03171|KR;US
    209 Sejong-daero / JONGNO-GU / SEOUL 03171 / SOUTH KOREA
建国门外大街1号||朝阳区|北京市|100004|CN;US
    100004 / 北京市朝阳区 / 建国门外大街1号 / CHINA
1 Jianguomenwai Ave||Chaoyang District|Beijing|100004|CN;US
    1 Jianguomenwai Ave / CHAOYANG DISTRICT / BEIJING, 100004 / CHINA
7 Xinyi Rd Sec 5||Xinyi District|Taipei City|110|TW;US
    7 Xinyi Rd Sec 5 / XINYI DISTRICT, TAIPEI CITY 110 / TAIWAN
5 George St||Sydney|New South Wales|2000|AU;AU
    5 George St / SYDNEY NSW 2000
5 George St||Sydney|NSW|2000|AU;NZ
    5 George St / SYDNEY NSW 2000 / AUSTRALIA
12 Queen St|Ponsonby|Auckland||1011|NZ;AU
    12 Queen St / Ponsonby / AUCKLAND 1011 / NEW ZEALAND
1 Long Street||Cape Town||8001|ZA;GB
    1 Long Street / CAPE TOWN / 8001 / SOUTH AFRICA
12 Kenyatta Ave||Nairobi||00100|KE;GB
    12 Kenyatta Ave / NAIROBI / 00100 / KENYA
12 Marina||Lagos|Lagos|101241|NG;GB
    12 Marina / LAGOS 101241 / NIGERIA
14 Rue de la Liberté||Dakar||12500|SN;FR
    14 Rue de la Liberté / 12500 DAKAR / SÉNÉGAL
25 rue de l'Église||Saint-Étienne-du-Rouvray|Normandie|76800|FR;DE
    25 rue de l'Église / 76800 SAINT ÉTIENNE DU ROUVRAY / FRANKREICH
5 rue Jean Jaurès||L'Haÿ-les-Roses||94240|FR;FR
    5 rue Jean Jaurès / 94240 L HAŸ LES ROSES
12 Main Street||Dublin 2|Co. Dublin|D02 X285|IE;US
    12 Main Street / DUBLIN 2 / D02 X285 / IRELAND
Mannerheimintie 30||Helsinki||FI-00100|FI;FI
    Mannerheimintie 30 / 00100 HELSINKI
Städtle 38||Vaduz||9490|LI;LI
    Städtle 38 / 9490 VADUZ
Städtle 38||Vaduz||FL-9490|LI;GB
    Städtle 38 / 9490 VADUZ / LIECHTENSTEIN
Ilica 10||Zagreb||HR-10000|HR;HR
    Ilica 10 / 10000 ZAGREB
Ilica 10||Zagreb||10000|HR;DE
    Ilica 10 / 10000 ZAGREB / KROATIEN
Ilica 10||Zagreb||10000|HR;GB
    Ilica 10 / HR-10000 ZAGREB / CROATIA
Storgatan 1||Stockholm||SE-11157|SE;DE
    Storgatan 1 / 111 57 STOCKHOLM / SCHWEDEN
71, route de Longwy||Bertrange||8080|LU;LU
    71, route de Longwy / L-8080 BERTRANGE
Stórhöfði 29||Reykjavík||110|IS;GB
    Stórhöfði 29 / 110 REYKJAVÍK / ICELAND
Av. Corrientes 1234||Buenos Aires|Ciudad Autónoma de Buenos Aires|C1043AAZ|AR;US
    Av. Corrientes 1234 / C1043AAZ BUENOS AIRES / ARGENTINA
10 Science Road||Nanshan District|GD|518057|CN;US
    10 Science Road / NANSHAN DISTRICT / GUANGDONG, 518057 / CHINA
Rothschild Blvd 16||Tel Aviv||6688119|IL;US
    Rothschild Blvd 16 / TEL AVIV 6688119 / ISRAEL
"""
"""Line 1, line 2, town, region, postcode, country; the sender's country; the envelope's lines."""

LINES = CASES.splitlines()
PAIRS = list(zip(LINES[::2], LINES[1::2], strict=True))
TERRITORIES = [code for code in sorted(Locale("en").territories) if rules_of(code)]


def read(text: str) -> Address:
    line1, line2, city, region, postcode, country = text.split("|")
    return Address(
        line1=line1, line2=line2, city=city, region=region, postcode=postcode, country=country
    )


@pytest.mark.parametrize(("written", "lines"), PAIRS)
def test_an_address_is_set_out_as_its_post_and_the_senders_want_it(
    written: str, lines: str
) -> None:
    text, sender = written.split(";")
    address, _ = normalise(read(text))
    printed = " / ".join(envelope_lines((), address, sender))
    assert printed.replace("\N{NO-BREAK SPACE}", " ") == lines.strip()
    assert validate(address) == (), "all of these can be mailed"
    assert normalise(address) == (address, ()), "mending twice mends nothing more"


def example(country: str, region: int = 0) -> Address:
    """An address of the country with its own postcode and one of its regions."""
    rows = area_rows(country)
    code, _, latin, _, _ = rows[region] if rows else ("",) * 5
    postcode = data_of(country).get("zipex", "").split(",")[0]
    return Address(
        line1="12 Quay", line2="Unit 3", city="Haven", region=latin or code, postcode=postcode,
        country=country,
    )  # fmt: skip


@pytest.mark.parametrize("country", TERRITORIES)
def test_each_territory_s_own_postcodes_fit_as_they_are_and_once_mended(country: str) -> None:
    for postcode in filter(None, data_of(country).get("zipex", "").split(",")):
        mended, _ = normalise(Address(postcode=postcode, country=country))
        assert fits(postcode, country)
        assert fits(mended.postcode, country)
        assert not {"bad-postcode", "no-postcode"} & {f.rule for f in validate(mended)}


@pytest.mark.parametrize("country", TERRITORIES)
def test_no_territory_s_envelope_loses_a_part_or_tells_the_country_at_home(country: str) -> None:
    address, rules = example(country), rules_of(country)
    assert rules is not None
    at_home = envelope_lines(("Ada Hill", "Acme"), address, country)
    abroad = envelope_lines(("Ada Hill", "Acme"), address, "DE" if country != "DE" else "FR")
    for lines in (at_home, abroad):
        printed = fold(" ".join(lines))
        for part in ("Ada Hill", "Acme", "12 Quay", "Unit 3", "Haven", address.postcode):
            assert fold(part) in printed
        assert len(lines) == len(set(lines))
        if "%S" in rules.address_latin_format:
            assert fold(address.region) in printed
    sender = "DE" if country != "DE" else "FR"
    if not is_domestic(country, sender):
        assert abroad[-1] == country_line(country, sender)
    own = {"AX": "ÅLAND", "GG": "GUERNSEY", "JE": "JERSEY"}  # what their posts want in it
    assert country_line(country, country) not in at_home or country in own


@pytest.mark.parametrize("country", [c for c in TERRITORIES if area_rows(c)])
def test_each_region_is_known_by_all_its_names_in_either_case(country: str) -> None:
    for code, name, latin, iso, _ in area_rows(country):
        for word in filter(None, (code, name, latin, iso)):
            assert region_of(word, country)
            assert region_of(word.upper(), country) == region_of(word, country)


@pytest.mark.parametrize("country", ["AE", "HK", "IE", "JM", "QA"])
def test_who_has_no_postcode_needs_none(country: str) -> None:
    address = Address(line1="1 Harbour Road", city="Haven", country=country)
    assert validate(address) == ()


def test_a_postcode_that_the_post_does_not_ask_for_holds_nothing() -> None:
    dublin = Address(line1="1 Dame Street", city="Dublin", postcode="Dublin 2", country="IE")
    assert normalise(dublin) == (dublin, ())
    (odd,) = validate(dublin)
    assert (odd.rule, odd.severity.value) == ("odd-postcode", "warning")


def test_a_box_in_the_emirates_needs_a_town_or_an_emirate() -> None:
    (held,) = validate(Address(line1="PO Box 5", country="AE"))
    assert held.rule == "no-city"
    assert validate(Address(line1="PO Box 5", region="Dubai", country="AE")) == ()
    assert validate(Address(line1="1 Queen's Road Central", country="HK")) == ()


def test_an_unknown_state_holds_a_piece_only_where_the_post_sorts_by_states() -> None:
    def found(region: str, postcode: str, country: str) -> list[tuple[str, str]]:
        address = Address(
            line1="1 Rua X", city="Y", region=region, postcode=postcode, country=country
        )
        return [(finding.rule, finding.severity.value) for finding in validate(address)]

    assert found("ZZ", "12180", "US") == [("bad-region", "error")]
    assert found("", "12180", "US") == [("no-region", "error")]
    assert found("Ruritania", "01310-100", "BR") == [("odd-region", "warning")]
    assert found("", "01310-100", "BR") == []
    assert found("RJ", "01310-100", "BR") == [("stray-postcode", "warning")]
    assert found("Lazio", "20121", "IT") == [("odd-region", "warning")]
    (bad,) = validate(
        Address(line1="1 Elm", city="Y", region="New Yorck", postcode="12180", country="US")
    )
    assert "did you mean New York? Then it is NY" in bad.hint
    assert found("Somerset", "BA1 2LX", "GB") == []

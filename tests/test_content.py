from __future__ import annotations

from pathlib import Path

import pytest
from rows import one_of

from mailroom.errors import ConfigError
from mailroom.intake import load_content
from mailroom.intake.content import ADDRESS, COMPANY, NAME, NOTE, Content
from mailroom.model import Severity

#: People who are called so, some of them famous.
PEOPLE = """
Killian|Murphy, Dick|Van Dyke, Anna|Dickson, James|Cockburn, Robin|Cook, John|Death, Anna|Null,
Ida|Tod, Eva|Killer, Sam|Dickinson, Tom|Hancock, Philip|Hitchcock, Jarvis|Cocker, Peter|Assmann,
Rolf|Kuntz, Stefan|Kuntz, Nina|Hussein, Moritz|Fuchs, Lena|Fick, Karl|Ficker, Otto|Wichmann,
Anna|Hurek, Paul|Bitcher, Eva|Slutsky, Ben|Shittu, Kim|Shitanda, Wayne|Shitferguson, Ann|Titmuss,
Mary|Titcomb, Graham|Butt, Lloyd|Old,
Robert (Bob)|Hill, Jenson|Button, Rob|Bottom, Hans|Sargnagel, Ida|Friedhof, Leo|Grab,
Max|Todd, Anna|Todt, Eva|Mord, Piet|Moordenaar, Dirk|Nowitzki, Dolores|Morte, Jean|Mortier,
Camille|Lamort, Thierry|Mortimer, Violette|Deuil, Olaf|Leiche, Eva|Sarg, Johnny|Depp, Jon|Tester,
Lisa|Gast, Christopher|Guest, Emily|Foo, Ken|Moroso, Ida|Hora, Pavel|Hora, Ann|Crook,
Erik|Spinner, Gertrud|Loser, Fritz|Dumm, Rose|Jerk, Bill|Prick, Alan|Slagg, Adolf|Loos, Ann|First,
Piet|Niemand, Carl|Kunde, Jesus|Garcia, Christian|Church, Mary|Gay, Marvin|Gaye, Tyson|Gay,
Peter|Bastard, Igor|Idiott, Ann|Moron, Luz|Morón, Jan|Dupe, Peter|Prospect, Mario|Rossi,
Jean|Dupont, John|Smith, Anna|Office, Wolf|Blitzer, Donald|Ducks, Mickey|Rourke, Homer|Hickam,
Bart|Simpson, Ann|Sales, Jane|Sellers, Ann|Manager-Smith, Eva|Owner-Hill, Paul|Buchhalter,
Eva|Empfänger, Tom|Oldman, Gary|Oldman, Sissy|Spacek, Kevin|Oldenburg, Jack|Black, Ruth|Late,
Petra|Witwer, Anna|Witwe, Marie|Veuve, Rip|Torn, Grace|Dent, Usain|Bolt, Vipin|Patel,
Ann|Asdfjorden, Ann|Testa, Franco|Testi, Ann|Testard, Unk|Nownes, Ann|Nones, Nona|Nil-Hill,
Ann|O'Nill, Jean-Claude|Van Damme, Seán|Ó Súilleabháin, Nguyễn|Thị Minh, José|García López,
Zoë|D'Souza, Björn|Ångström, Łukasz|Żółć, Jiří|Dvořák, Ağca|Şahin, 健一|佐藤, 伟|王, 민준|김,
Дмитрий|Шостакович, Ελένη|Παπαδοπούλου
""".replace("\n", " ")

PLACES = """
Scunthorpe, Penistone Road, Cock Lane, Cockfosters Road, Bell End, Slutshole Lane, Test Valley,
Moordorf, Killarney Street, Kill Road, Killing Lane, Dead Lane, Dead Horse Road, Deadwood Avenue,
Friedhofstraße 4, Kirchhofallee 7, Am Friedhof 3, Totengasse 2, Todtnau, Mordgasse 1,
Hurengasse 3, Galgenweg 9, Sterbfritz, Wankweg 3, Fuckersberg 2, Fuggerstraße 1, Titlow Road,
Titty Hill, Shitterton Lane, Twatt Road, Muff Road, Intercourse Pike, Blue Ball Road,
Coffin Street, Graves Road, Cemetery Road, Funeral Lane, Hell Lane, Devils Elbow, Bastard Lane,
Idiotenhügel 2, Old Road, Old Street, Oldham Road, New Address Street, VIP Street, Late Street,
Prospect Avenue, Complaint Lane, Billing Road, Accounting Alley, Office Park 3, Reception Road,
Manager Street, Owner Drive, Killer Hill Road, Rape Lane, Assen, Condom Road, Pussy Lane,
Rue du Mort, Rue des Morts, Route de la Mort, Impasse du Deuil, Calle Muerte, Via della Morte,
Via Putti, Ulica Kurowa, Storgatan 4, Begravningsgatan 2, Via Merda 1, Vergaderstraat 4,
Beslagstraat 4, Dublettenweg 1, Geschiedenisstraat 4, Unzustellgasse 3, Löschenrod, Inkassoweg 2,
Duplicate Road, 15 Null Street, Nilgiri Road, Naas Road, Test Street, Dummy Lane, Unknown Road
""".replace("\n", " ")

COMPANIES = """
Smith Funeral Home, Killer Coffee Ltd, Dead Good Books, Ugly Mug Coffee, Stupid Good Pies,
VIP Travel GmbH, Idiot Proof Software, Late Night Pizza, Estate Agents Ltd, Test Valley Council,
Inkasso Meier GmbH, Prospect Capital, Complaint Handling Ltd, Duplicate Systems, Moroso S.p.A.,
Deceptive Cadence, Hospice of the Valley, Suicide Prevention Line, Bestattungen Weber,
Pompes funèbres Martin, Bad Company Ltd, Old Spice, Nothing Ltd, None Such Books, Unknown Worlds,
O'Neill & Sons, Smith & Co., C&A, H&M, AT&T, 3M, 99 Cent Only, Yahoo!, Toys "R" Us, E*TRADE
""".replace("\n", " ")


def listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(", ") if entry.strip()]


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def test_there_are_two_hundred_innocent_names_and_places() -> None:
    assert len({*listed(PEOPLE), *listed(PLACES), *listed(COMPANIES)}) >= 200


@pytest.mark.parametrize("who", listed(PEOPLE))
def test_an_innocent_name_is_not_held(who: str) -> None:
    first, _, last = who.rstrip(",").partition("|")
    person = one_of(First_Name=first, Last_Name=last)
    held = [f for f in person.findings if f.severity is Severity.ERROR]
    # Of Null nobody can know: it is what a database writes, and somebody's name.
    assert [f.rule for f in held] == (["placeholder-name"] if last == "Null" else [])
    assert not person.suppressed


def test_an_innocent_address_is_not_held(content: Content) -> None:
    for place in listed(PLACES):
        assert not content.hits(ADDRESS, place.rstrip(",")), place
        assert not content.hits(NOTE, f"We met in {place.rstrip(',')}.") or "Address" in place


def test_an_innocent_company_is_not_held(content: Content) -> None:
    for company in listed(COMPANIES):
        assert not content.hits(COMPANY, company.rstrip(",")), company


@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        ("Mike", "Seay, Daughter Killed In Car Crash", "remark"),
        ("Anna", "Weber dead", "stray-remark"),
        ("Anna", "Weber, husband passed away", "bereavement"),
        ("Lisa Is A Slut", "McIntire", "obscenity"),
        ("Anna", "Weber (Nervensäge)", "insult"),
        ("Anna", "Weber - do not contact", "remark"),
        ("Anna", "Weber schlechter Zahler", "remark"),
        ("Anna", "Weber VIP!!", "stray-remark"),
        ("Anna", "Weber (old)", "stray-remark"),
        ("Anna (alt)", "Weber", "stray-remark"),
        ("Anna", "Weber see notes", "remark"),
        ("Preview", "User", "placeholder-name"),
        ("Test", "Hill", "placeholder-name"),
        ("asdf", "asdf", "placeholder-name"),
        ("Reseller", "", "placeholder-name"),
        ("Anna", "UNKNOWN", "placeholder-name"),
        ("Ada", "A", "placeholder-name"),
        ("Billing", "", "department"),
        ("Ada", "info@example.com", "email-as-name"),
        ("Ada", "www.example.com", "url-in-name"),
        ("Ada +44 20 7946 0000", "Hill", "phone-in-name"),
        ("{{first_name}}", "Hill", "template-word"),
        ("*|FNAME|*", "Hill", "template-word"),
        ("Ada", "<b>Hill</b>", "odd-name"),
        ("JosÃ©", "Hill", "garbled-name"),
    ],
)
def test_what_must_not_be_printed_in_a_name_holds_the_piece(
    first: str, last: str, rule: str
) -> None:
    person = one_of(First_Name=first, Last_Name=last)
    assert rule in [f.rule for f in person.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("first", "last", "rule"),
    [
        ("John", "Doe", "example-person"),
        ("Max", "Mustermann", "example-person"),
        ("Ada 🌸", "Hill", "emoji"),
        ("Ada2", "Hill", "number-in-name"),
        ("J.", "Hill", "initials"),
    ],
)
def test_what_is_only_odd_in_a_name_is_told(first: str, last: str, rule: str) -> None:
    person = one_of(First_Name=first, Last_Name=last)
    assert rule in [f.rule for f in person.findings if f.severity is Severity.WARNING]
    assert not [f for f in person.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"Company": "Hill & Sons DO NOT CONTACT"}, "remark"),
        ({"Street_Address": "1 Elm Street (old address)"}, "remark"),
        ({"Personal_note": "Her husband passed away in May."}, "bereavement"),
        ({"Personal_note": "Dear {{ first_name }}, see you soon"}, "template-word"),
        ({"Addressee": "That idiot Hill"}, "insult"),
    ],
)
def test_everything_that_is_printed_is_looked_at(cells: dict[str, str], rule: str) -> None:
    person = one_of(**cells)
    assert rule in [f.rule for f in person.findings if f.severity is Severity.ERROR]


def test_columns_that_nobody_prints_may_say_what_they_like() -> None:
    assert one_of(Internal_remarks="bad payer, deceased, do not contact").findings == ()


def test_a_workspace_adds_words_and_innocent_ones(tmp_path: Path) -> None:
    file = tmp_path / "content.toml"
    file.write_text('[remark]\nen = ["bought the farm"]\n[innocent]\nwords = ["killed bill"]\n')
    content = load_content(file)
    assert [hit.rule for hit in content.hits(NOTE, "He bought the farm.")] == ["remark"]
    assert content.name_hits("Killed Bill") == ()
    assert load_content().name_hits("Killed Bill")
    assert load_content(tmp_path / "none.toml").hits(NOTE, "He bought the farm.") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[nothing]\nen = []", "no rule of words"),
        ('[remark]\nen = "word"', "no list of words"),
        ('[remark]\nwhere = ["name"]', "cannot be changed"),
        ("[remark", "cannot be read"),
    ],
)
def test_a_wrong_file_of_words_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "content.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_content(file)
    assert caught.value.where == "content.toml"


def test_the_same_word_of_two_rules_is_told_by_both(content: Content) -> None:
    rules = {hit.rule for hit in content.name_hits("Daughter killed")}
    assert rules == {"stray-remark", "remark"}
    assert all(hit.hint for hit in content.hits(NAME, "Daughter killed"))

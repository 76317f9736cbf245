from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import one_of

from mailroom.errors import ConfigError
from mailroom.intake import load_content, question_of
from mailroom.intake.content import ADDRESS, COMPANY, NAME, NOTE, Content
from mailroom.intake.ordinary import is_plain, telling_words
from mailroom.model import Severity
from mailroom.reasons import in_words

#: People who are called so, some of them famous.
PEOPLE = """
Killian|Murphy, Dick|Van Dyke, Nan|Goldin, Piet|van Wijlen, Anna|Dickson,
James|Cockburn, Robin|Cook, John|Death, Anna|Null,
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
        ("Ada 🚫", "Hill", "emoji"),
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
        ({"Street_Address": "unknown"}, "placeholder-street"),
        ({"Street_Address": "ada@example.com"}, "placeholder-street"),
        *(
            ({"Street_Address": street}, "placeholder-street")
            for street in (
                "siehe Ehefrau",
                "see above",
                "Same as above",
                "wie oben",
                "s.o.",
                "S. o.",
                "idem",
                "voir ci-dessus",
                "(siehe Ehefrau)",
                "同上",
                "zie boven",
            )
        ),
        ({"Personal_note": "Her husband passed away in May."}, "bereavement"),
        ({"Personal_note": "Dear {{ first_name }}, see you soon"}, "template-word"),
        ({"Addressee": "That idiot Hill"}, "insult"),
    ],
)
def test_everything_that_is_printed_is_looked_at(cells: dict[str, str], rule: str) -> None:
    person = one_of(**cells)
    assert rule in [f.rule for f in person.findings if f.severity is Severity.ERROR]


def test_columns_that_nobody_prints_may_say_what_they_like_of_anything_but_post() -> None:
    assert one_of(Internal_remarks="pays late, likes gin, idiot of a husband").findings == ()
    assert one_of(Job_title="told us: do not contact").findings == ()


@pytest.mark.parametrize(
    ("header", "text", "words"),
    [
        ("Notes", "bad payer - do not contact", ["bad payer", "do not contact"]),
        ("Note", "Deceased 2024", ["deceased"]),
        ("Description", "daughter died in May, returned to sender", ["died", "returned to sender"]),
        ("Tags", "vip; do-not-mail", ["do not mail"]),
        ("Comments", "Moved to Leeds", ["moved"]),
        ("Bemerkungen", "unbekannt verzogen", ["verzogen"]),
        ("備考", "転居のため返送", ["転居", "返送"]),
        ("Notes", "the Dead Sea trip, deadline removed", []),
        ("Notizen", "VERSTORBEN im Mai, Witwer anrufen", ["verstorben", "witwer"]),
        ("Notizen", "bitte keine Post mehr schicken", ["keine post"]),
        ("Notes", "décédé", ["décédé"]),
        ("Description", "do not contact, daughter died in August", ["do not contact", "died"]),
        ("Description", "Passed away 3 Oct 2026 - inform sales", ["passed away"]),
        ("Note", "deceased per husband", ["deceased"]),
        ("Notes", "fell out with mum - never write", ["never write"]),
        ("Notes", "RIP 2025", ["rip"]),
        ("Notes", "R.I.P. 2025", ["r.i.p"]),
        ("Notizen", "† 12.3.2025", ["†"]),
        ("NOTE", "do not send anything", ["do not send"]),
        ("Osservazioni", "non mandare niente", ["non mandare"]),
        ("Notas", "não enviar nada", ["não enviar"]),
        (
            "Note",
            "customer asked to be removed from mailings 5/2026",
            ["asked to be removed", "removed from mailings"],
        ),
        ("Note", "Do not ship catalog", ["do not ship"]),
        ("Notes", "asked not to get cards", ["not to get"]),
        ("Notes", "no cards please", ["no cards please"]),
        ("Notizen", "bitte aus dem Verteiler nehmen", ["aus dem verteiler"]),
        ("Notes", "ne plus recevoir", ["ne plus recevoir"]),
        ("Notas", "sin tarjetas", ["sin tarjetas"]),
        ("Osservazioni", "niente biglietti", ["niente biglietti"]),
        ("Notes", "geen kerstkaarten", ["geen kerstkaarten"]),
        ("Notes", "bez kartek", ["bez kartek"]),
        ("Notes", "inga julkort", ["inga julkort"]),
        ("備考", "年賀状不要", ["年賀状不要"]),
        ("Notes", "shipped catalog, got her card", []),
        ("Notes", "trip to Ripley, rust. r. i. porter", []),
    ],
)
def test_what_the_office_s_notes_say_against_post_is_asked_for_each_of_its_words(
    header: str, text: str, words: list[str]
) -> None:
    found = [f for f in one_of(**{header: text}).findings if f.rule.startswith("remark:")]
    assert sorted(f.rule for f in found) == sorted(f"remark:{word}" for word in words)
    assert all(f.severity is Severity.ERROR and "mailroom decide" in f.hint for f in found)


def test_a_remark_is_answered_once_and_said_with_what_stands_around_it() -> None:
    notes = f"{'x' * 80} he died in May {'y' * 80}"
    asked = one_of(Notes=notes).findings[0]
    assert asked.message == f"Notes: …{'x' * 20} he died in May {'y' * 16}…"
    assert question_of(asked) == "remark:died"
    assert one_of({"remark:died": "mail"}, Notes=notes).findings == ()
    (held,) = one_of({"remark:died": "hold"}, Notes=notes).findings
    assert (held.rule, held.severity, question_of(held)) == ("remark", Severity.ERROR, "")
    assert in_words("remark:died") == "a note in the CRM that speaks against post: died"


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "{x}", "@SUM(1+1)", "-2+3+cmd|' /C'"],
)
@pytest.mark.parametrize("column", ["Street_Address", "City"])
def test_a_formula_or_code_for_a_street_or_a_town_is_held(text: str, column: str) -> None:
    found = one_of(**{column: text}).findings
    assert "odd-address" in [f.rule for f in found if f.severity is Severity.ERROR]


@pytest.mark.parametrize("street", ["-12 Elm Street", "Flat 3 | Elm House", "1/2 High St. (rear)"])
def test_a_street_may_have_signs(street: str) -> None:
    assert "odd-address" not in [f.rule for f in one_of(Street_Address=street).findings]


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


@pytest.mark.parametrize(
    "name",
    ["***KÜNDIGUNG***", "Vogel ***KÜNDIGUNG***", "Vogel KÜNDIGUNG", "*** Vogel", "##Vogel##",
     "Vogel!", "Vogel ???", "Vogel ~alt~", "Vogel -- gekündigt", "Vogel $$", "Vogel résilié"],
)  # fmt: skip
def test_signs_and_words_round_a_name_hold_the_piece(name: str) -> None:
    found = one_of(First_Name="Karin", Last_Name=name)
    assert {f.rule for f in found.findings if f.severity is Severity.ERROR} <= {
        "odd-name", "stray-remark", "template-word",
    }  # fmt: skip
    assert any(f.severity is Severity.ERROR for f in found.findings)


@pytest.mark.parametrize("name", ["O'Neill-Smith", "de l'Aube", "St. John", "Vogel *", "Müller"])
def test_signs_of_a_name_s_own_hold_nothing(name: str) -> None:
    found = one_of(First_Name="Karin", Last_Name=name)
    assert not any(f.severity is Severity.ERROR for f in found.findings)


@pytest.mark.parametrize(
    ("first", "last"),
    [("Walter (dec. 2025)", "Pratt"), ("Walter", "Pratt (dec. 2025)"), ("Ann", "Pratt (d. 2024)"),
     ("Walter", "Pratt (b. 1940, d. 2024)"), ("Walter (dec'd)", "Pratt"), ("Karl (verst.)", "Abt"),
     ("Karl", "Abt (†)"), ("Piet (overl.)", "Bos"), ("Luis", "Paz (fallecido)")],
)  # fmt: skip
def test_who_has_died_as_brackets_behind_the_name_say_gets_no_mail(first: str, last: str) -> None:
    person = one_of(First_Name=first, Last_Name=last)
    assert person.suppressed == ("deceased",)
    assert "deceased-in-name" in [finding.rule for finding in person.findings]


@pytest.mark.parametrize("last", ["Pratt (D.)", "Decker", "Pratt (Deco)"])
def test_brackets_behind_a_name_may_say_something_else(last: str) -> None:
    assert one_of(First_Name="Walter", Last_Name=last).suppressed == ()


@pytest.mark.parametrize(
    ("text", "first", "nickname"),
    [
        ('William "Bill"', "William", "Bill"),
        ("William “Bill” J.", "William", "Bill"),
        ('"Bill"', "Bill", ""),
        ('Bill "', "Bill", ""),
        ('William "Bill', 'William "Bill', ""),
        ("Sophie 🌸", "Sophie", ""),
        ("Sophie 👩\u200d🔧🏽 Ann", "Sophie Ann", ""),
    ],
)
def test_nicknames_and_pictures_are_taken_out_of_a_first_name_and_the_cell_is_kept(
    text: str, first: str, nickname: str
) -> None:
    person = one_of(First_Name=text, Last_Name="Bennett")
    assert person.first_name == first
    assert person.fields.get("nickname", "") == nickname
    assert (person.before.get("First Name") == text) is (first != text)


def test_pictures_are_taken_out_of_a_full_name_too() -> None:
    person = one_of(First_Name="", Last_Name="", Full_Name="Sophie 🌸 Bennett")
    assert (person.first_name, person.last_name) == ("Sophie", "Bennett")
    assert person.before["Full Name"] == "Sophie 🌸 Bennett"


LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9)
CONTENT = load_content()
TELLING = telling_words() | CONTENT.telling_words


def test_every_name_of_one_word_that_is_not_in_the_lists_is_ordinary() -> None:
    listed = {part for word in TELLING for part in word.split() if part.isalpha()}
    near = {f"{word}{end}" for word in listed if word.isascii() for end in ("s", "e", "")}
    for word in near - TELLING:
        name = word.title()
        if len(name) > 1:
            assert is_plain(name), name
            assert CONTENT.is_ordinary(name), name


@given(LETTERS)
def test_a_name_of_letters_only_is_ordinary_unless_it_is_in_the_lists(word: str) -> None:
    if word not in TELLING:
        assert is_plain(word.title())
        assert CONTENT.is_ordinary(word.title())


@given(
    st.lists(
        st.sampled_from(["Elm", "rip", "sorry", "for", "your", "loss", "12", "{{", "(", "ß"])
        | st.sampled_from(sorted(word for word in TELLING if " " not in word)),
        max_size=6,
    ),
    st.sampled_from([" ", ", ", "-", ".", "\n", "'", "_"]),
)
def test_a_text_is_as_innocent_with_a_sign_that_calls_for_the_pattern(
    words: list[str], between: str
) -> None:
    text = between.join(words)
    assert CONTENT.is_innocent(text) == CONTENT.is_innocent(f"{text}\n_")

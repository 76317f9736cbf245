from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.model import Name
from mailroom.names import at_firm, is_company, is_family, read_name, smart_case


def said(text: str) -> str:
    """The people in short: salutation/first/middle/last/suffix/nickname, empty parts left out."""
    marks = "s", "f", "m", "l", "x", "n"
    parts = "salutation", "first_name", "middle_name", "last_name", "suffix", "nickname"
    return "; ".join(
        " ".join(
            f"{m}:{value}"
            for m, part in zip(marks, parts, strict=True)
            if (value := getattr(name, part))
        )
        for name in read_name(text)
    )


ONE = {
    "Anna Weber": "f:Anna l:Weber",
    "anna weber": "f:anna l:weber",
    "Mary A. Smith": "f:Mary m:A. l:Smith",
    "Mary Ann Smith": "f:Mary Ann l:Smith",
    "Hillary Rodham Clinton": "f:Hillary m:Rodham l:Clinton",
    "J. R. R. Tolkien": "f:J. R. R. l:Tolkien",
    "J.R.R. Tolkien": "f:J.R.R. l:Tolkien",
    "R. A. Smith": "f:R. A. l:Smith",
    "J. Edgar Hoover": "f:J. Edgar l:Hoover",
    "TJ Smith": "f:TJ l:Smith",
    "Smith J. A.": "f:J. A. l:Smith",
    "M. Dupont": "f:M. l:Dupont",
    "Jean-Luc Picard": "f:Jean-Luc l:Picard",
    "Anna Müller-Weber": "f:Anna l:Müller-Weber",
    "Van Morrison": "f:Van l:Morrison",
    "Ben Smith": "f:Ben l:Smith",
    "Yo-Yo Ma": "f:Yo-Yo l:Ma",
    "YO-YO MA": "f:YO-YO l:MA",
    "Steffi Graf": "f:Steffi l:Graf",
    "Charlotte Church": "f:Charlotte l:Church",
    "Jennifer Null Meyer": "",
    # titles and salutations
    "Frau Weber": "s:Frau l:Weber",
    "Mr. M. Dupont": "s:Mr. f:M. l:Dupont",
    "Dr. Anna Weber": "s:Dr. f:Anna l:Weber",
    "Frau Prof. Dr. Anna Weber": "s:Frau Prof. Dr. f:Anna l:Weber",
    "Prof.Dr.Hans Müller": "s:Prof. Dr. f:Hans l:Müller",
    "Prof. Dr. h. c. Anna Weber": "s:Prof. Dr. h. c. f:Anna l:Weber",
    "Dr. H. C. Andersen": "s:Dr. f:H. C. l:Andersen",
    "Dr. med. Anna Weber": "s:Dr. med. f:Anna l:Weber",
    "Dipl.-Ing. (FH) Anna Weber": "s:Dipl.-Ing. (FH) f:Anna l:Weber",
    "Müller Prof. Dr. Hans": "s:Prof. Dr. f:Hans l:Müller",
    "Weber Anna Dr": "s:Dr f:Anna l:Weber",
    "Weber, Anna, Dr.": "s:Dr. f:Anna l:Weber",
    "Mag.a Anna Weber": "s:Mag.a f:Anna l:Weber",
    "Sir Paul McCartney": "s:Sir f:Paul l:McCartney",
    "Lord Byron": "",
    "Mme Veuve Dupont": "",
    "Sra. Ana García": "s:Sra. f:Ana l:García",
    "Gentile Dott.ssa Rossi": "s:Gentile Dott.ssa l:Rossi",
    "Dott.ssa Anna Rossi": "s:Dott.ssa f:Anna l:Rossi",
    "Mgr. Jan Novák": "s:Mgr. f:Jan l:Novák",
    "Don Juan García": "s:Don f:Juan l:García",
    "Sr. D. Juan García": "s:Sr. D. f:Juan l:García",
    "D.ª Ana López": "s:D.ª f:Ana l:López",
    "Dña. Ana López": "s:Dña. f:Ana l:López",
    "Don Johnson": "f:Don l:Johnson",
    "Don Robert Smith": "f:Don m:Robert l:Smith",
    "Sig Hansen": "f:Sig l:Hansen",
    "Sig. Mario Rossi": "s:Sig. f:Mario l:Rossi",
    # particles
    "Anna de la Vega": "f:Anna l:de la Vega",
    "Jan van der Berg": "f:Jan l:van der Berg",
    "Karl-Theodor von und zu Gutenberg": "f:Karl-Theodor l:von und zu Gutenberg",
    "Shane O'Neill": "f:Shane l:O'Neill",
    "Sinéad O’Connor": "f:Sinéad l:O’Connor",
    "Harun al-Rashid": "f:Harun l:al-Rashid",
    "Ali ibn Sina": "f:Ali l:ibn Sina",
    "Maria Clara da Silva": "f:Maria Clara l:da Silva",
    "Berg, Anna van der": "f:Anna l:van der Berg",
    "van der Berg, Anna": "f:Anna l:van der Berg",
    # suffixes
    "John Smith Jr.": "f:John l:Smith x:Jr.",
    "John A. Smith III": "f:John m:A. l:Smith x:III",
    "John Smith, MBA, PhD": "f:John l:Smith x:MBA, PhD",
    "Anna Weber M.Sc.": "f:Anna l:Weber x:M.Sc.",
    "Hans Müller MA": "f:Hans l:Müller x:MA",
    "Smith, J.P.": "f:J.P. l:Smith",
    "Smith JP": "",
    "John Smith, Esq.": "f:John l:Smith x:Esq.",
    "Smith, John, Jr.": "f:John l:Smith x:Jr.",
    "Smith Jr., John": "f:John l:Smith x:Jr.",
    # "Last, First"
    "Smith, John Michael": "f:John m:Michael l:Smith",
    "García López, María José": "f:María José l:García López",
    # two surnames: only where both are known to be some
    "María José García López": "f:María José l:García López",
    "Juan Carlos López": "f:Juan Carlos l:López",
    "Juan Pérez López": "f:Juan l:Pérez López",
    "María García de la Vega": "f:María l:García de la Vega",
    "José Ortega y Gasset": "f:José l:Ortega y Gasset",
    "Javier Huidobro López": "",
    "Pablo Ruiz Picasso": "",
    "Sra. García López": "s:Sra. l:García López",
    "García López": "",
    "María del Carmen Pérez": "f:María del Carmen l:Pérez",
    "María de los Ángeles Gómez Ruiz": "f:María de los Ángeles l:Gómez Ruiz",
    "Ana María": "",
    "Mary Ann": "",
    # family name first
    "NAGY Péter": "f:Péter l:Nagy",
    "Jean DUPONT": "f:Jean l:Dupont",
    "Jean DE LA TOUR": "f:Jean l:de la Tour",
    "佐藤 健一": "f:健一 l:佐藤",
    "佐藤健一": "l:佐藤健一",
    "小野寺健様": "s:様 l:小野寺健",
    "佐藤 健一様": "s:様 f:健一 l:佐藤",
    "김민준": "f:민준 l:김",
    "王小明": "l:王小明",
    "Nguyễn Văn An": "f:An m:Văn l:Nguyễn",
    "Tanaka Hiroshi": "f:Hiroshi l:Tanaka",
    "LI Wei": "",
    "Kim Min-jun": "f:Min-jun l:Kim",
    "Nguyen Van An": "f:An m:Van l:Nguyen",
    "Иванов Иван Иванович": "f:Иван m:Иванович l:Иванов",
    "Иван Иванович Иванов": "f:Иван m:Иванович l:Иванов",
    "สมชาย ใจดี": "f:สมชาย l:ใจดี",
    "राहुल शर्मा": "f:राहुल l:शर्मा",
    "Yao Ming": "",
    "Ming Yao": "f:Ming l:Yao",
    # nicknames
    'Robert "Bob" Smith': "f:Robert l:Smith n:Bob",
    "Robert (Bob) Smith": "f:Robert l:Smith n:Bob",
    "Anna Weber (Acme)": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), ONE.items())
def test_a_person_is_read_in_parts_or_not_at_all(text: str, parts: str) -> None:
    assert said(text) == parts


SEVERAL = {
    "Jerry and Beth Smith": "f:Jerry l:Smith; f:Beth l:Smith",
    "Jerry Smith & Beth Smith": "f:Jerry l:Smith; f:Beth l:Smith",
    "Jerry Smith / Beth Jones": "f:Jerry l:Smith; f:Beth l:Jones",
    "Smith, Jerry & Beth": "f:Jerry l:Smith; f:Beth l:Smith",
    "Smith, Jerry A. & Beth M.": "f:Jerry m:A. l:Smith; f:Beth m:M. l:Smith",
    "Weber, Anna und Lang, Tom": "f:Anna l:Weber; f:Tom l:Lang",
    "Dr. Anna Weber und Tom Lang": "s:Dr. f:Anna l:Weber; f:Tom l:Lang",
    "Anna u. Tom Lang": "f:Anna l:Lang; f:Tom l:Lang",
    "Mary Ann and Tom Smith": "f:Mary Ann l:Smith; f:Tom l:Smith",
    "Anna und Jan van der Berg": "f:Anna l:van der Berg; f:Jan l:van der Berg",
    "Herr und Frau Weber": "s:Herr l:Weber; s:Frau l:Weber",
    "Mr. and Mrs. John Smith": "s:Mr. f:John l:Smith; s:Mrs. l:Smith",
    "Dr. and Mrs. John Smith": "s:Dr. f:John l:Smith; s:Mrs. l:Smith",
    "M. et Mme Dupont": "s:M. l:Dupont; s:Mme l:Dupont",
    "Jean et Marie Dupont": "f:Jean l:Dupont; f:Marie l:Dupont",
    "Ana y Luis García": "f:Ana l:García; f:Luis l:García",
    "Dr. Weber und Anna Lang": "",
    "Sr. García y Sra. López": "s:Sr. l:García; s:Sra. l:López",
    "Herr Dr. Max und Frau Anna Weber": "s:Herr Dr. f:Max l:Weber; s:Frau f:Anna l:Weber",
    "Eheleute Weber": "s:Eheleute l:Weber",
    "Eheleute Max und Anna Weber": "f:Max l:Weber; f:Anna l:Weber",
    "Jerry, Beth & Tom Smith": "f:Jerry l:Smith; f:Beth l:Smith; f:Tom l:Smith",
    "Anna Weber, Tom Lang und Kim Braun": "f:Anna l:Weber; f:Tom l:Lang; f:Kim l:Braun",
    "Familie Anna und Max Weber": "f:Anna l:Weber; f:Max l:Weber",
    "Mr. & Mrs. Jerry and Beth Smith": "f:Jerry l:Smith; f:Beth l:Smith",
    "Sr. y Sra. García López": "s:Sr. l:García López; s:Sra. l:García López",
    "The Okafor family": "s:family l:Okafor",
    "Familie Weber": "s:Familie l:Weber",
    "Famille de la Tour": "s:Famille l:de la Tour",
    # could be read in two ways
    "Marks and Spencer": "",
    "Jerry Smith and Beth": "",
    "Herr/Frau Weber": "",
    "Juan García y María López": "f:Juan l:García; f:María l:López",
}  # fmt: skip


@pytest.mark.parametrize(("text", "people"), SEVERAL.items())
def test_several_people_in_one_text_are_told_apart_or_left_alone(text: str, people: str) -> None:
    assert said(text) == people


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "null", "Nora", "Weber", "info@example.com", "Test User", "Unknown",
    "+49 170 1234", "Anna 2",
     "Estate of John Smith", "Anna hates dogs", "{{ name }}", "=cmd|' /C calc'!A0",
     "Accounts Department", "Anna W.",
     "x" * 5000, "a b c d e f g h i j k", "Anna\nWeber\x00"],
)  # fmt: skip
def test_what_is_no_persons_name_is_nobody(text: str) -> None:
    assert read_name(text) == ()


@pytest.mark.parametrize(
    "text",
    ["Smith & Sons", "Weber und Söhne GmbH", "Acme, Inc.", "Müller GmbH & Co. KG", "BMW AG",
    "Deutsche Bank AG",
     "Hotel Sonne", "Dupont et Fils", "Nestlé S.A.", "Ferrovie S. p. A.", "Sportfreunde e. V.",
     "株式会社日立", "Weber & Partner", "Acme Co.",
     "García Hermanos y Cía S.L.", "Baker Law Office", "ACME LTD", "Gebrüder Weber",
     "Deutsche Bank", "Stadt Köln",
     "The Smith Family Trust"],
)  # fmt: skip
def test_a_firm_is_no_person(text: str) -> None:
    assert is_company(text)
    assert read_name(text) == ()
    assert not is_family(text)


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("Groupe Lambert SA, Invoice address", "Groupe Lambert SA"),
        ("Groupe Lambert SA, Delivery Address", "Groupe Lambert SA"),
        ("Groupe Lambert SA, Accounting", "Groupe Lambert SA"),
        ("Groupe Lambert SA, Accounts Payable", ""),
        ("Groupe Lambert SA, Rechnungsadresse", ""),
        ("Weber GmbH, Filiale Köln", ""),
        ("Weber GmbH, Max und Anna Weber", ""),
        ("Smith, Jones and Partners LLP", "Smith"),
        ("Müller, Weber & Co. KG", "Müller"),
        ("Weber, Anna", "Weber"),
        ("Weber, Anna Maria", "Weber"),
        ("Weber, Dr. Anna", "Weber"),
        ("SILVA SA, ANA MARIA", ""),
        ("Acme Foo, Jane Roe", ""),
        ("Weber GmbH,", ""),
        (", Jane Roe", ""),
    ],
)
def test_what_stands_behind_a_comma_is_not_always_a_person_at_a_firm(
    text: str, company: str
) -> None:
    assert at_firm(text, company) is None


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("GROUPE LAMBERT SA, JEAN THOMAS", "Groupe Lambert SA"),
        ("Acme Foo, Jane Roe", "acme foo"),
        ("Weber GmbH & Co. KG, Anna Lang", ""),
    ],
)
def test_a_person_stands_behind_the_comma_of_a_sure_firm(text: str, company: str) -> None:
    firm, person = text.split(", ")
    assert at_firm(text, company) == (firm, *read_name(person))


@pytest.mark.parametrize(
    "text",
    ["Anna Weber", "Charlotte Church", "Hana Se", "Maria Sia", "Yo-Yo Ma", "Smith, Anna",
    "Jerry and Beth Smith", "John Co", ""],
)  # fmt: skip
def test_a_person_is_no_firm(text: str) -> None:
    assert not is_company(text)


@pytest.mark.parametrize(
    "text",
    ["The Okafor family", "Okafor Family", "Familie Weber", "Fam. de Vries", "Familia García"],
)
def test_a_family_is_known_by_its_word(text: str) -> None:
    assert is_family(text)


CASES = {
    "MCDONALD": "McDonald", "MACDONALD": "MacDonald", "MACHADO": "Machado", "MACK": "Mack",
    "DE LA VEGA": "de la Vega", "ANNA DE LA VEGA": "Anna de la Vega", "LA FONTAINE": "La Fontaine",
    "VAN DER BERG": "van der Berg", "VON": "Von", "ORTEGA Y GASSET": "Ortega y Gasset",
    "O'NEILL": "O'Neill", "O’NEILL": "O’Neill", "D'ANGELO": "D'Angelo", "'T HOOFT": "'t Hooft",
    "JEAN-LUC": "Jean-Luc", "HARUN AL-RASHID": "Harun al-Rashid", "AL-RASHID": "Al-Rashid",
    "IJsbrand": "IJsbrand", "IJSBRAND": "IJsbrand", "ijsbrand": "IJsbrand",
    "GROß": "Groß", "GROẞ": "Groß", "ΠΑΠΑΔΟΠΟΥΛΟΣ": "Παπαδοπουλος",
    "IRMAK": "Irmak", "İBRAHİM": "İbrahim",
    "IBM": "IBM", "BMW AG": "BMW AG", "MÜLLER GMBH": "Müller GmbH",
    "SMITH & SONS LTD": "Smith & Sons Ltd",
    "AT&T": "AT&T", "KPMG": "KPMG", "NG": "Ng", "LEE": "Lee", "ANN LEE": "Ann Lee",
    "JOHN SMITH III": "John Smith III", "JOHN SMITH PHD": "John Smith PhD",
    "MR. JOHN SMITH": "Mr. John Smith",
    "J. R. R. TOLKIEN": "J. R. R. Tolkien", "anna weber": "Anna Weber", "McDONALD": "McDONALD",
    "佐藤": "佐藤", "": "", "42": "42", "ÅSA ÖBERG": "Åsa Öberg",
}  # fmt: skip


@pytest.mark.parametrize(("text", "cased"), CASES.items())
def test_capitals_become_the_case_in_which_a_name_is_written(text: str, cased: str) -> None:
    assert smart_case(text) == cased


def test_the_dotless_i_needs_a_language() -> None:
    assert smart_case("IŞIL IRMAK", "tr") == "Işıl Irmak"
    assert smart_case("İBRAHİM", "tr") == "İbrahim"
    assert smart_case("IŞIL", "de") == "Işil"


WORDS = st.sampled_from(
    ["Anna", "WEBER", "de", "la", "van", "und", "&", "y", "Dr.", "Prof.", "Mr.", "Mrs.", "Frau",
    ",", "Jr.", "III", "J.", "R.",
     "GmbH", "family", "The", "佐藤", "様", "김민준", "O'Neill", "(Bob)", '"Bob"', "/", "García",
     "h.", "c.", "M.D.", "ß", "İ", "-", "'"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=8).map(" ".join))


@given(TEXTS)
def test_whatever_comes_every_word_that_is_read_was_written(text: str) -> None:
    for name in read_name(text):
        assert isinstance(name, Name)
        assert name.first_name or name.last_name
        written = text.casefold()
        for part in (name.salutation, name.first_name, name.middle_name, name.last_name):
            assert all(word.casefold().strip(",") in written for word in part.split())


@given(TEXTS)
def test_the_case_is_settled_once_and_letters_stay(text: str) -> None:
    once = smart_case(text)
    assert smart_case(once) == once or once.casefold() == smart_case(once).casefold()
    if any(c.isupper() for c in text) and any(c.islower() and c != "ß" for c in text):
        assert once == text


PLAIN = st.sampled_from(
    ["Anna", "Weber", "Müller", "Sato", "Tanaka", "García", "Church", "Hotel", "Graf", "Ben", "Van"]
)


@given(PLAIN, PLAIN)
def test_a_plain_name_is_read_at_once_as_it_would_be_read_with_care(one: str, two: str) -> None:
    assert read_name(f"{one} {two}") == read_name(f" {one}  {two} ")

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.errors import ConfigError
from mailroom.explain import find_people, why
from mailroom.greeting import greet, languages
from mailroom.greetings import load_greetings, own_tables, shipped
from mailroom.model import Address, Household, Name, Recipient
from tests.workspaces import MAILING, make_workspace, opened
from tests.workspaces import person as row

ROOT = Path(__file__).parent.parent


def example() -> dict[str, Any]:
    """The worked example of the manual: what is printed there is what is tested here."""
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/greetings.md").read_text("utf-8"), re.S)
    return tomllib.loads(blocks[-1])


def person(salutation: str, first: str, last: str, **more: Any) -> Recipient:
    return Recipient(
        key="crm:1", source="crm", where="contacts.csv:2", salutation=salutation, first_name=first,
        last_name=last, address=Address(country=more.pop("country", "PT")), **more,
    )  # fmt: skip


def texts(tables: Any, *people: Recipient, language: str = "pt", tone: str = "") -> tuple[str, ...]:
    home = Household(key="h", members=people)
    found = greet(home, language=language, formality=tone, tables=tables)
    parts = (found.envelope_name, found.salutation, found.informal)
    return tuple(part.text.replace("\N{NO-BREAK SPACE}", " ") for part in parts)


def test_the_portuguese_of_the_manual_greets() -> None:
    tables = own_tables(example())
    assert "pt" in languages(tables) and "pt" not in languages()
    assert texts(tables, person("Sr.", "João", "Silva")) == (
        "Sr. João Silva", "Caro senhor Silva,", "João",
    )  # fmt: skip
    assert texts(tables, person("Exma. Senhora Doutora", "Ana", "Costa"))[:2] == (
        "Doutora Ana Costa", "Cara senhora Doutora Costa,",
    )  # fmt: skip
    assert texts(tables, person("", "Ana", "Costa"))[1] == "Olá, Ana Costa,"
    assert texts(tables, person("Sra.", "Ana", "Costa"), tone="informal")[1] == "Cara Ana,"
    couple = person("", "Ana", "Costa", partners=(Name(first_name="Rui", last_name="Costa"),))
    assert texts(tables, couple)[:2] == ("Ana e Rui Costa", "Olá, Ana e Rui Costa,")
    assert texts(tables, person("", "", "", company="Navio Lda"))[1] == "Olá, equipa da Navio Lda,"


def test_a_workspaces_own_words_take_the_place_of_what_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "greetings.toml").write_text(
        '[languages.en.formal]\ncompany = "Dear team of {company}"\n', "utf-8"
    )
    tables = load_greetings(tmp_path)
    firm = person("", "", "", company="Acme Ltd", country="US")
    assert texts(tables, firm, language="en")[1] == "Dear team of Acme Ltd,"
    assert texts(shipped(), firm, language="en")[1] == "Dear all at Acme Ltd,"
    anna = person("Ms.", "Anna", "Weber", country="US")
    assert texts(tables, anna, language="en")[1] == "Dear Ms. Weber,"


def test_without_an_own_file_the_shipped_words_hold(tmp_path: Path) -> None:
    assert load_greetings(tmp_path) is shipped()


def test_the_shipped_words_pass_their_own_check() -> None:
    own_tables({"languages": shipped()["languages"]})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("[language.pt]\nend = ','", "language is not known"),
        ("languages = 3", "languages must be a table"),
        ("[languages.Portuguese]\nend = ','", "languages.Portuguese is no language"),
        ("[languages.pt]\nend = ','", "languages.pt.order is missing"),
        (
            "[languages.en.formal]\nmr = 'Dear {lastname}'",
            "languages.en.formal.mr asks for {lastname}",
        ),
        ("[languages.en.formal]\nmr = 'Dear {last'", "languages.en.formal.mr has a brace too many"),
        ("[languages.en.formal]\nmr = 3", "languages.en.formal.mr must be a text"),
        ("[languages.en.formal]\nmr = []", "languages.en.formal.mr must be a text"),
        ("[languages.en.formal]\nmr = ' ~ '", "languages.en.formal.mr is empty"),
        (
            "[languages.en.formal]\nnobody = 'Dear {last}'",
            "languages.en.formal.nobody must need no",
        ),
        ("[languages.en.formal]\nnobody = '-'", "languages.en.formal.nobody must need no name"),
        ("[languages.en.formal]\nfull = 'Dear {names}'", "formal.full cannot have {names}"),
        ("[languages.en.envelope]\nnames = '{last}'", "envelope.names cannot have {last}"),
        ("[languages.en]\nedn = ';'", "languages.en.edn is not known"),
        ("[languages.en]\norder = 'title'", "languages.en.order must be a list"),
        ("[languages.en]\norder = ['title', 'form']", "languages.en.order must end with nobody"),
        ("[languages.en]\ntone = 'rude'", "languages.en.tone is `formal` or `informal`"),
        ("[languages.en]\norder = ['mrr', 'nobody']", "languages.en.order names 'mrr'"),
        ("[languages.en.formal]\nmrr = 'Dear {last}'", "languages.en.formal.mrr is not known"),
        ("[languages.en]\ntitles = { dr = 3 }", "languages.en.titles must hold texts"),
        ("[languages.en.in.GB.formal]\nnobody = '-'", "in.GB.formal.nobody must need no name"),
        ("[languages.en.in.Britain]\nend = ''", "languages.en.in.Britain is no country"),
        ("[languages.en.in.GB.formal]\nmr = '{x}'", "languages.en.in.GB.formal.mr asks for {x}"),
        ("[forms]\nmr = ['Senhor']", "forms.mr is not a list of such words"),
        ("[forms]\nmister = ['senhor']", "forms.mister is not known"),
        ("[languages.en", "not readable"),
    ],
)
def test_what_is_wrong_in_an_own_file_is_said_with_its_key(
    tmp_path: Path, change: str, key: str
) -> None:
    (tmp_path / "greetings.toml").write_text(change, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_greetings(tmp_path)
    assert caught.value.where == "greetings.toml"
    assert key in caught.value.message


def test_a_language_that_lacks_a_pattern_is_refused_key_by_key() -> None:
    for kind, key in (("formal", "names"), ("formal", "nobody"), ("envelope", "company")):
        own = example()
        del own["languages"]["pt"][kind][key]
        with pytest.raises(ConfigError, match=f"languages.pt.{kind}.{key} is missing"):
            own_tables(own)


def test_a_language_has_its_own_letters_and_its_own_unclear_words() -> None:
    tables = own_tables(
        {"languages": {"de": {"forms": {"unclear": ["mag"]}, "genders": {"ms": ["k"]}}}}
    )
    assert texts(tables, person("K", "Ida", "Holm"), language="de")[0] == "Frau Ida Holm"
    assert texts(tables, person("K.", "Ida", "Holm"), language="de")[0] == "Ida Holm"
    assert texts(tables, person("K", "Ida", "Holm"), language="en")[0] == "Ida Holm"
    for kind in ("forms", "genders"):
        with pytest.raises(ConfigError, match=f"languages.de.{kind}.mister is not known"):
            own_tables({"languages": {"de": {kind: {"mister": ["k"]}}}})


@pytest.mark.parametrize("salutation", ["Dr. and Mrs.", "Dr. & Mrs.", "Dr. & MRS"])
def test_a_doctor_and_mrs_are_two(salutation: str) -> None:
    found = texts(None, person(salutation, "John", "Smith", country="US"), language="en")
    assert found[:2] == ("Dr. and Mrs. John Smith", "Dear Dr. and Mrs. Smith,")


@pytest.mark.parametrize(
    ("salutation", "envelope"),
    [
        ("Mr. & Mrs.", "Mr. and Mrs. John Smith"),
        ("Mr. & Ms.", "Mr. and Mrs. John Smith"),
        ("Mr./Mrs.", "John Smith"),
        ("Mr / Mrs", "John Smith"),
        ("Herr/Frau", "John Smith"),
        ("Sr/Sra", "John Smith"),
        ("Sr(a).", "John Smith"),
        ("Sig./Sig.ra", "John Smith"),
        ("Pan/Pani", "John Smith"),
        ("Dhr./Mevr.", "John Smith"),
        ("M./Mme", "John Smith"),
    ],
)
def test_a_salutation_that_leaves_open_which_says_nothing(salutation: str, envelope: str) -> None:
    who = person(salutation, "John", "Smith", country="US")
    assert texts(None, who, language="en")[0] == envelope


def test_own_words_leave_the_shipped_tables_alone() -> None:
    before = repr(shipped())
    own_tables(example())
    assert repr(shipped()) == before


def test_what_a_person_is_told_is_in_the_workspaces_own_words(tmp_path: Path) -> None:
    zoe = row(1, **{"First Name": "Zoë", "Last Name": "Brontë"})
    folder = make_workspace(tmp_path / "ws", [zoe])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        (folder / "greetings.toml").write_text(
            '[languages.en.formal]\nms = "Warm greetings, {full}"\n', "utf-8"
        )
        told = why(ws, find_people(ws, "Zoë")[0], [MAILING])["mailings"][0]
        assert told["greeting"]["salutation"] == {
            "text": "Warm greetings, Zoë Brontë,",
            "source": "Salutation + First name + Last name, formal, en",
        }  # fmt: skip
        (folder / "greetings.toml").write_text('[languages.en]\nedn = ";"\n', "utf-8")
        with pytest.raises(ConfigError, match=re.escape("languages.en.edn is not known")):
            pipeline.prepare(ws, MAILING)

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailroom.errors import ConfigError
from mailroom.greeting import greet, languages
from mailroom.greetings import load_greetings, own_tables, shipped
from mailroom.model import Address, Household, Name, Recipient

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


def test_own_words_leave_the_shipped_tables_alone() -> None:
    before = repr(shipped())
    own_tables(example())
    assert repr(shipped()) == before

"""The words filled in: strict about the layout, harmless whatever the customer is called."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import BACK, FRONT, a_mailing, a_piece, layout_in, merged_of, templates_of

from mailroom.errors import ConfigError
from mailroom.layout import Layout
from mailroom.merge import merge
from mailroom.model import Address, Household

WORDS = """
[fields.note]
type = "text"
required = true
max_length = 20
column = "Personal note"
[words.en]
message = '''Thank you, {{ recipient.first_name }}.

See you.'''
close = "Warm regards"
[words.de]
message = "Danke, {{ recipient.first_name }}."
close = "Herzlich"
"""


class Text(HTMLParser):
    """What a browser would show, and which tags it would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.shown += data


def seen(page: str) -> Text:
    text = Text()
    text.feed(page)
    text.close()
    return text


@pytest.fixture
def worded(tmp_path: Path) -> Layout:
    back = (
        "{% for p in text.message | paragraphs %}<p>{{ p }}</p>{% endfor %}<i>{{ text.close }}</i>"
    )
    return layout_in(tmp_path / "small", {"front": FRONT, "back": back}, more=WORDS)


def test_every_page_is_a_document_of_its_own(tmp_path: Path) -> None:
    [merged] = merged_of(layout_in(tmp_path / "small"), a_piece(language="de"))
    assert [page.count("<html") for page in merged.pages] == [1, 1]
    assert '<body class="page back card-5x7 lang-de">' in merged.pages[1]
    assert "Dear Anna Berger," in merged.pages[1]


def test_pages_without_variables_are_the_same_for_everybody(tmp_path: Path) -> None:
    one, two = merged_of(layout_in(tmp_path / "small"), a_piece(1), a_piece(2, "Ben"))
    assert one.pages[0] == two.pages[0] and one.pages[1] != two.pages[1]


def test_words_are_filled_in_and_split_into_paragraphs(worded: Layout) -> None:
    english, german = merged_of(worded, a_piece(first="A<b>"), a_piece(first="Eva", language="de"))
    assert "<p>Thank you, A&lt;b&gt;.</p><p>See you.</p><i>Warm regards</i>" in english.pages[1]
    assert "<p>Danke, Eva.</p><i>Herzlich</i>" in german.pages[1]


def test_a_mailing_overrides_a_word(worded: Layout) -> None:
    templates = templates_of(worded, text={"en": {"close": "Cheers from {{ owner.name }}"}})
    merged, _ = merge(templates, a_piece())
    assert "<i>Cheers from Mara Holt</i>" in merged.pages[1]


def test_all_variables_of_the_contract_are_there(tmp_path: Path) -> None:
    names = (
        "lang format recipient.salutation recipient.first_name recipient.last_name "
        "recipient.company recipient.address.city greeting.envelope_name greeting.salutation "
        "greeting.informal address_lines owner.name owner.role owner.phone owner.signature "
        "sender.company sender.email sender.phone sender.website sender.address_lines "
        "piece.number piece.mailing date fields text"
    )
    template = " ".join(f"{{{{ {name} }}}}" for name in names.split())
    layout = layout_in(tmp_path / "small", {"front": template, "back": BACK})
    [merged] = merged_of(layout, a_piece(7, language="de"))
    assert "0007" in merged.pages[0] and "3. Dezember 2026" in merged.pages[0]


# --- the layout's faults --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "line", "told"),
    [
        ("a\nb {{ nmae }}", 2, "'nmae' is undefined"),
        ("{{ greeting.nope }}", 1, "no attribute 'nope'"),
        ("\n\n{{ fields.nope }}", 3, "no attribute 'nope'"),
        ("{% if %}", 1, "Expected an expression"),
        ("{% for x in y %}", 1, "'endfor'"),
        ("a\n{{ 1 / 0 }}", 2, "division by zero"),
        ("{{ 'a' | upcase }}", 1, "No filter named 'upcase'"),
        ("{{ text.nope }}", 1, "no attribute 'nope'"),
        ("\n{{ [][3] }}", 2, "no element 3"),
    ],
)
def test_a_fault_of_the_layout_is_told_with_file_and_line(
    tmp_path: Path, template: str, line: int, told: str
) -> None:
    layout = layout_in(tmp_path / "small", {"front": template, "back": BACK})
    with pytest.raises(ConfigError) as caught:
        merged_of(layout, a_piece())
    assert caught.value.where == f"small/front.html:{line}"
    assert told in caught.value.message
    assert "greeting" in caught.value.hint


def test_a_fault_in_the_words_names_the_word(tmp_path: Path) -> None:
    more = '[words.en]\nclose = "Bye {{ nmae }}"\n'
    layout = layout_in(tmp_path / "small", more=more + '[fields.note]\ncolumn="Note"')
    with pytest.raises(ConfigError) as caught:
        merged_of(layout, a_piece())
    assert "[words.en] close" in caught.value.where and "'nmae'" in caught.value.message


def test_a_template_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    (layout.folder / "front.html").write_bytes("Grüße".encode("cp1252"))
    with pytest.raises(ConfigError, match=r"small/front\.html: not UTF-8"):
        templates_of(layout)


# --- the person's data ----------------------------------------------------------------------


def test_a_required_field_that_is_empty_is_a_finding(worded: Layout) -> None:
    _, [found] = merge(templates_of(worded), a_piece(fields={"Personal note": "  "}))
    assert found.rule == "empty-field" and found.where == "contacts.csv:2"
    assert "'Personal note'" in found.hint


def test_a_field_that_is_too_long_is_a_finding(worded: Layout) -> None:
    _, [found] = merge(templates_of(worded), a_piece(fields={"personal NOTE": "x" * 21}))
    assert found.rule == "field-too-long" and "21 characters" in found.message


def test_the_mailings_own_value_fills_an_empty_field(worded: Layout) -> None:
    _, findings = merge(templates_of(worded, fields={"note": "For all"}), a_piece())
    assert findings == ()


def test_a_picture_is_never_taken_from_a_persons_data(tmp_path: Path) -> None:
    more = '[fields.photo]\ntype = "image"\ncolumn = "Photo"\n'
    layout = layout_in(tmp_path / "small", {"front": "{{ fields.photo }}|", "back": "x"}, more=more)
    piece = a_piece(fields={"Photo": "file:///etc/hostname", "photo": "/etc/hostname"})
    [merged] = merged_of(layout, piece)
    assert "hostname" not in merged.pages[0]
    merged, _ = merge(templates_of(layout, fields={"photo": "team.png"}), piece)
    assert f"{layout.folder.as_uri()}/team.png|" in merged.pages[0]


def test_letters_in_two_parts_become_one(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", {"front": "{{ recipient.name }}", "back": "x"})
    [merged] = merged_of(layout, a_piece(first="Ame\u0301lie"))
    assert "Am\u00e9lie Berger" in merged.pages[0]


TAGS_OF_A_CLEAN_PAGE = ["html", "meta", "body", "div", "div", "div"]


@given(name=st.text(min_size=1), note=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_and_note_is_only_ever_text(
    tmp_path_factory: pytest.TempPathFactory, name: str, note: str
) -> None:
    templates = _plain_templates(tmp_path_factory)
    merged, _ = merge(templates, a_piece(first=name, fields={"Note": note}))
    page = seen(merged.pages[1])
    assert page.tags == TAGS_OF_A_CLEAN_PAGE
    assert _normal(f"Dear {name} Berger,") in _normal(page.shown)
    assert _normal(note.strip()) in _normal(page.shown)


_made: list[object] = []


def _plain_templates(factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    if not _made:
        _made.append(templates_of(layout_in(factory.mktemp("merge") / "small")))
    return _made[0]


def _normal(text: str) -> str:
    import unicodedata

    return "".join(unicodedata.normalize("NFC", text).split())


def test_jinja_in_a_name_is_not_run(tmp_path: Path) -> None:
    name = "{{ 7 * 191 }}{% raw %}"
    [merged] = merged_of(layout_in(tmp_path / "small"), a_piece(first=name))
    assert "1337" not in merged.pages[1]
    assert name in seen(merged.pages[1]).shown


def test_a_template_sees_plain_values_only(tmp_path: Path) -> None:
    piece = a_piece()
    person = dataclasses.replace(piece.recipient, address=Address(city="Leeds"))
    home = Household(key="h", members=(person,))
    layout = layout_in(tmp_path / "small", {"front": "{{ recipient.address }}", "back": "x"})
    merged, _ = merge(templates_of(layout), dataclasses.replace(piece, household=home))
    assert "Leeds" in merged.pages[0] and "Address(" not in merged.pages[0]
    assert a_mailing().title == "Winter"

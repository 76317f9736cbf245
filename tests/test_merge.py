"""The words filled in: strict about the layout, harmless whatever the customer is called."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import BACK, FRONT, a_mailing, a_piece, layout_in, merged_of, templates_of

from mailroom import frames
from mailroom.errors import ConfigError
from mailroom.layout import Layout
from mailroom.merge import Templates, merge
from mailroom.model import Address, Derived, Finding, Household, Owner, Severity

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


def test_what_stands_in_a_frame_is_marked(tmp_path: Path) -> None:
    [merged] = merged_of(layout_in(tmp_path / "small"), a_piece(fields={"Note": "a\nb"}))
    assert frames.split(merged.pages[0]) == (merged.pages[0], ())
    cut = frames.split(merged.pages[1])
    assert cut and cut.contents == ("Dear Anna Berger,", "a\nb", "Kranich Joinery 0001")
    [other] = merged_of(layout_in(tmp_path / "small"), a_piece(2, "Eva"))
    again = frames.split(other.pages[1])
    assert again and again.static == cut.static


def test_frames_may_stand_in_loops_and_conditions(tmp_path: Path) -> None:
    page = (
        '{% for line in address_lines if line != "-" %}<p data-frame="line">{{ line }}</p>\n'
        "{% endfor %}"
    )
    layout = layout_in(tmp_path / "small", {"front": page, "back": BACK})
    pages = [merged.pages[0] for merged in merged_of(layout, a_piece(lines=("a", "-", "b")))]
    cut = frames.split(pages[0])
    assert cut and cut.contents == ("a", "b")


def test_words_with_values_in_them_are_each_persons_own(worded: Layout) -> None:
    one, two = merged_of(worded, a_piece(), a_piece(2, "Ben"))
    assert "Thank you, Anna." in one.pages[1] and "Thank you, Ben." in two.pages[1]
    assert all("<i>Warm regards</i>" in merged.pages[1] for merged in (one, two))


def test_a_field_may_be_called_as_a_method_of_a_table_is(tmp_path: Path) -> None:
    pages = {"front": "{{ fields.items }}|{{ fields['items'] }}", "back": "x"}
    layout = layout_in(tmp_path / "small", pages, more="[fields.items]\n")
    [merged] = merged_of(layout, a_piece(fields={"Items": "3 chairs"}))
    assert "3 chairs|3 chairs" in merged.pages[0]


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


def test_what_a_page_sets_is_not_known_on_the_next(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", {"front": "{% set x = 1 %}{{ x }}", "back": "{{ x }}"})
    with pytest.raises(ConfigError, match=r"small/back\.html:1: 'x' is undefined"):
        merged_of(layout, a_piece())


def test_a_fault_after_a_frame_is_told_with_its_line(tmp_path: Path) -> None:
    front = '<p\n  data-frame="a">\n{% if 1 %}\nx\n{% endif %}\n</p>\n{{ nmae }}'
    with pytest.raises(ConfigError, match=r"small/front\.html:7: 'nmae' is undefined"):
        merged_of(layout_in(tmp_path / "small", {"front": front, "back": BACK}), a_piece())


def test_a_code_belongs_into_a_frame(tmp_path: Path) -> None:
    front = '\n<p data-frame="a"><b data-code="qr">x</b></p>'
    with pytest.raises(ConfigError, match=r"small/front\.html:2: data-code stands where no frame"):
        templates_of(layout_in(tmp_path / "small", {"front": front, "back": BACK}))


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


def test_half_a_character_is_marked_for_what_it_is(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    broken = a_piece(first="An\ud800na", fields={"Note": "one \udc00"})
    page = merge(templates_of(layout), broken)[0].pages[1]
    assert "An\ufffdna" in page and "one \ufffd" in page


def test_a_field_that_no_page_can_hold_is_held_and_costs_nobody_hours(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    endless = a_piece(fields={"Note": "a\u00ad" * 100_000})
    merged, [found] = merge(templates_of(layout), endless)
    assert found.rule == "field-too-long" and "200000 characters" in found.message
    assert len(merged.pages[1]) < 21_000


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


# --- a picture for each person --------------------------------------------------------------

PHOTO = '[fields.photo]\ntype = "image"\ncolumn = "Photo"\n'
FILES = ("anna.jpg", "Ame\u0301lie.png", "ben.jpg", "ben.png", "v1.final.png")


def photo(
    folder: Path, name: str, *, more: str = PHOTO, given: str = "photos"
) -> tuple[str, tuple[Finding, ...]]:
    """URL of the picture that somebody gets whose column says `name`; what was found."""
    (folder / "small/photos").mkdir(parents=True)
    layout = layout_in(folder / "small", {"front": "{{ fields.photo }}", "back": ""}, more=more)
    files = [layout.folder / "photos" / name for name in FILES]
    elsewhere = layout.folder / "secret.png"
    templates = templates_of(layout, pictures=[*files, elsewhere], fields={"photo": given})
    merged, findings = merge(templates, a_piece(fields={"Photo": name}))
    return seen(merged.pages[0]).shown, findings


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("anna.jpg", "anna.jpg"),
        (" ANNA.JPG ", "anna.jpg"),
        ("Anna", "anna.jpg"),
        ("am\u00e9lie", "Ame%CC%81lie.png"),
        ("AME\u0301LIE.PNG", "Ame%CC%81lie.png"),
        ("ben.png", "ben.png"),
        ("v1.final", "v1.final.png"),
    ],
)
def test_a_persons_picture_is_looked_up_among_those_of_the_mailings_folder(
    name: str, file: str, tmp_path: Path
) -> None:
    url, findings = photo(tmp_path, name)
    assert url == f"{(tmp_path / 'small/photos').as_uri()}/{file}" and findings == ()


@pytest.mark.parametrize(
    "name",
    ["ben", "nobody", "../secret.png", "secret", "photos/anna.jpg", "./anna.jpg", "v1", "/", "*"],
)
def test_a_name_that_is_not_one_file_of_the_folder_is_no_picture(name: str, tmp_path: Path) -> None:
    url, [found] = photo(tmp_path, name)
    assert url == "" and found.severity is Severity.WARNING
    assert f"no picture is called {name!r} in photos" in found.message


def test_a_picture_that_is_needed_and_not_there_holds_the_piece(tmp_path: Path) -> None:
    url, [found] = photo(tmp_path, "nobody", more=PHOTO + "required = true\n")
    assert url == "" and found.rule == "empty-field" and found.severity is Severity.ERROR
    assert "'nobody' in photos" in found.message and "'Photo'" in found.hint
    assert found.where == "contacts.csv:2"


def test_whoever_has_no_picture_gets_none_and_is_held_where_one_is_needed(tmp_path: Path) -> None:
    assert photo(tmp_path / "a", " ") == ("", ())
    url, [found] = photo(tmp_path / "b", "", more=PHOTO + "required = true\n")
    assert url == "" and found.severity is Severity.ERROR
    assert "photo is empty and the layout needs it" in found.message


def test_one_picture_for_all_is_not_asked_of_the_person(tmp_path: Path) -> None:
    url, findings = photo(tmp_path, "anna", given="photos/ben.jpg")
    assert url.endswith("/small/photos/ben.jpg") and findings == ()


# --- whatever the customer is called --------------------------------------------------------


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
    """What is printed of it: no blanks, and no controls, for which HTML has no place."""
    return re.sub(r"[\x00-\x1f]", "", "".join(unicodedata.normalize("NFC", text).split()))


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


CONTROLS = st.text(alphabet=f"{frames.OPEN}{frames.CLOSE}\x00\x0b\x1b\x1fA<", max_size=4)


@given(name=CONTROLS, note=CONTROLS, office=CONTROLS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_value_can_put_a_mark_into_a_page(
    tmp_path_factory: pytest.TempPathFactory, name: str, note: str, office: str
) -> None:
    """Of a customer, a colleague, the sender or a mailing's words."""
    piece = a_piece(first=name, lines=(name, note), company=note, fields={"Note": note})
    piece = dataclasses.replace(
        piece,
        greeting=dataclasses.replace(piece.greeting, informal=Derived(text=note, source="")),
        owner=Owner(key="mara", name=office, role=name),
    )
    merged, _ = merge(_worded_templates(tmp_path_factory, office), piece)
    for page in merged.pages:
        cut = frames.split(page)
        assert cut and len(cut.contents) == 1
        assert not re.search(r"[\x00-\x08\x0b\x0e-\x1f]", cut.static + cut.contents[0])


def _worded_templates(factory: pytest.TempPathFactory, office: str) -> Templates:
    names = (
        "recipient greeting address_lines owner sender fields piece text "
        "recipient.name greeting.informal owner.name owner.role text.close text.message fields.note"
    )
    every = " ".join(f"{{{{ {name} }}}}" for name in names.split())
    pages = {"front": f"<div data-frame='a'>{every}</div>", "back": "<p data-frame=b>x</p>"}
    layout = layout_in(factory.mktemp("merge") / "small", pages, more=WORDS)
    text = {"en": {"close": office, "message": f"{office}{{{{ recipient.name }}}}"}}
    return templates_of(layout, text=text, title=office, fields={"note": office})


def test_a_control_is_dropped_and_a_line_break_of_word_is_a_blank(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", {"front": "{{ recipient.name }}", "back": "x"})
    [merged] = merged_of(layout, a_piece(first="An\x1bna\x0bMaria"))
    assert "Anna Maria Berger" in merged.pages[0]

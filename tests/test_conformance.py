"""PDF/X-4 as far as a file can be held against ISO 15930-7 here: no open validator exists."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from press_tools import leaf, ran, sound
from small import CARD, a_piece, draw, layout_in, merged_of

from mailroom.inks import SHIPPED, Inks
from mailroom.press.conformance import Document
from mailroom.press.items import boxes_of
from mailroom.press.writer import Writer

DAY = dt.date(2026, 12, 1)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("x4")
    layout = layout_in(folder / "layout")
    draw(layout, merged_of(layout, a_piece(1), a_piece(2)), folder / "print.pdf", stamp=True)
    return folder / "print.pdf"


@pytest.fixture
def pdf(printed: Path) -> Any:
    with pikepdf.open(printed) as opened:
        yield opened


def test_the_output_intent_says_which_press_it_is_for(pdf: pikepdf.Pdf) -> None:
    (intent,) = pdf.Root.OutputIntents
    assert (str(intent.Type), str(intent.S)) == ("/OutputIntent", "/GTS_PDFX")
    assert str(intent.OutputConditionIdentifier) == "FOGRA39"
    assert str(intent.RegistryName) == "http://www.color.org"
    assert int(intent.DestOutputProfile.N) == 4
    assert intent.DestOutputProfile.read_bytes() == SHIPPED.read_bytes()


def test_xmp_says_what_it_is(pdf: pikepdf.Pdf) -> None:
    stream = pdf.Root.Metadata
    assert "/Filter" not in stream  # found by programmes that do not read PDF
    with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
        assert xmp["{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion"] == "PDF/X-4"
        assert xmp["pdf:Trapped"] == "False"
        assert xmp["dc:title"] == "A test"
        for key in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
            assert xmp[key] == "2026-12-01T00:00:00Z"
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", xmp["xmpMM:DocumentID"])
        assert (xmp["xmpMM:VersionID"], xmp["xmpMM:RenditionClass"]) == ("1", "default")


def test_the_information_says_the_same(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.docinfo["/Trapped"]) == "/False"
    assert str(pdf.docinfo["/Title"]) == "A test"
    assert str(pdf.docinfo["/CreationDate"]) == "D:20261201000000Z"
    assert len(pdf.trailer.ID) == 2


def test_boxes_are_there_and_inside_each_other(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        media, bleed, trim = (
            [float(edge) for edge in page.obj[key]]
            for key in ("/MediaBox", "/BleedBox", "/TrimBox")
        )
        assert media[:2] == [0, 0]
        assert all(outer <= inner for outer, inner in zip(media[:2], bleed[:2], strict=True))
        assert all(outer < inner for outer, inner in zip(bleed[:2], trim[:2], strict=True))
        assert all(inner < outer for inner, outer in zip(trim[2:], bleed[2:], strict=True))
        assert "/ArtBox" not in page.obj
        assert "/Annots" not in page.obj


def test_the_version_is_the_one_that_the_standard_is_built_on(printed: Path) -> None:
    assert printed.read_bytes().startswith(b"%PDF-1.6\n")


def test_all_fonts_are_embedded(printed: Path) -> None:
    _, _, *rows = ran("pdffonts", printed).splitlines()
    assert rows
    assert all(re.search(r" yes yes yes +\d+ +0$", row) for row in rows)


def test_readers_that_are_not_ours_take_it(printed: Path) -> None:
    sound(printed)
    about = ran("pdfinfo", printed)
    assert re.search(r"Title: +A test", about)
    assert re.search(r"PDF version: +1\.6", about)


def test_equal_files_are_equal_whenever_they_are_made(tmp_path: Path) -> None:
    written = [written_with(tmp_path / f"{n}.pdf", Inks()).read_bytes() for n in range(2)]
    assert written[0] == written[1]


def test_other_contents_have_another_identity(tmp_path: Path) -> None:
    found = set()
    for content in (b"0 0 9 9 re f\n", b"0 0 8 8 re f\n"):
        path = written_with(tmp_path / f"{len(found)}.pdf", Inks(), content=content)
        with pikepdf.open(path) as pdf, pdf.open_metadata() as xmp:
            found.add(xmp["xmpMM:DocumentID"])
    assert len(found) == 2


def test_a_file_made_of_another_is_its_own_instance_and_names_the_other(tmp_path: Path) -> None:
    with pikepdf.open(written_with(tmp_path / "pages.pdf", Inks())) as pdf:
        source = pdf.Root.Metadata.read_bytes()
    found = set()
    for content in (b"0 0 9 9 re f\n", b"0 0 8 8 re f\n"):
        path = tmp_path / "sheets.pdf"
        with Writer(path, boxes_of(CARD), ()) as writer:
            writer.leaf(leaf(content))
            writer.metadata(source)
        with pikepdf.open(path) as pdf, pdf.open_metadata() as xmp:
            document = xmp["xmpMM:DocumentID"]
            assert document.encode() in source
            assert xmp["xmpMM:InstanceID"] != document
            assert xmp["dc:title"] == "A test"
            assert pdf.Root.Metadata.read_bytes().count(document.encode()) == 3
            found.add(xmp["xmpMM:InstanceID"])
    assert len(found) == 2


def test_a_printers_own_profile_is_named_by_its_own_name(tmp_path: Path) -> None:
    path = written_with(tmp_path / "own.pdf", Inks(condition=""))
    with pikepdf.open(path) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert str(intent.OutputConditionIdentifier).startswith("ISO Coated v2 300%")
        assert "/RegistryName" not in intent


def test_a_title_may_hold_anything(tmp_path: Path) -> None:
    title = 'Weihnachten & "Grüße" <2026> (Ω)'
    path = written_with(tmp_path / "title.pdf", Inks(), title=title)
    sound(path)
    with pikepdf.open(path) as pdf, pdf.open_metadata() as xmp:
        assert xmp["dc:title"] == title
        assert str(pdf.docinfo["/Title"]) == title


def written_with(
    path: Path, inks: Inks, title: str = "A test", content: bytes = b"0 0 9 9 re f\n"
) -> Path:
    document = Document(title=title, date=DAY, inks=inks)
    with Writer(path, boxes_of(CARD), (), inks.plates, document) as writer:
        writer.leaf(leaf(content))
    return path

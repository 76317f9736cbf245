"""kill -9 of a worker in the middle of `prepare`: the files are those of a run without it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from mailroom import pipeline, presswork, produce
from mailroom.files import sha256
from mailroom.produce import Chunk, Printed
from tests.workspaces import MAILING, edit, make_workspace, opened, person

pytestmark = pytest.mark.slow

PEOPLE, PER_FILE = 3 * produce.CHUNK + 50, 130
NAMES = ("Fidler", "Stifter", "Kaffka", "Öfflin", "Παππά", "Щукина")
make = presswork.make


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of a mailing that was prepared."""

    digest: str
    counts: dict[str, int]
    files: dict[str, str]  #: name -> SHA-256
    labels: dict[str, list[str]]  #: name -> of its pages
    places: list[tuple[str, int, int]]  #: each piece's file, first page, and how many


def make_and_die(chunk: Chunk) -> Printed:
    """`presswork.make`; whoever has the second chunk first is killed in it.

    Where, the file `deadly` says: at the thirtieth call of that function, or when all is made
    and nobody has been told.
    """
    deadly = chunk.setup.workspace / "deadly"
    if chunk.pieces[0].number != produce.CHUNK + 1 or not deadly.exists():
        return make(chunk)
    name = deadly.read_text("utf-8")
    deadly.unlink()
    work, calls = getattr(presswork, name), count(1)

    def dying(*args: Any) -> Any:
        if next(calls) == 30:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args)

    setattr(presswork, name, dying)
    make(chunk)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def prepared(folder: Path, executor: str, deadly: str = "") -> Run:
    """Prepare a mailing where no page has been seen before."""
    people = [
        person(n, **{"Last Name": f"{NAMES[n % len(NAMES)]} {person(n)['Last Name']}"})
        for n in range(PEOPLE)
    ]
    ws = make_workspace(folder / "ws", people)
    settings = f'kind = "{executor}"\nworkers = 2\n[press]\npieces_per_file = {PER_FILE}'
    edit(ws / "mailroom.toml", 'kind = "inline"', settings)
    if deadly:
        (ws / "deadly").write_text(deadly, "utf-8")
    with pytest.MonkeyPatch.context() as patch, opened(ws) as workspace:
        patch.setenv("MAILROOM_CACHE", str(folder / "cache"))
        if deadly:
            patch.setattr(presswork, "make", make_and_die)
        pipeline.take_in(workspace, (), "crm")
        report = pipeline.prepare(workspace, MAILING)
        counts = pipeline.status(workspace, MAILING)["counts"]
        artworks = [item.artwork for item in workspace.ledger.pieces(MAILING) if item.artwork]
    assert not (ws / "deadly").exists()
    (pages,) = (ws / ".mailroom" / "prepared" / MAILING).iterdir()
    return Run(
        digest=report.digest,
        counts=counts,
        files={path.name: sha256(path) for path in pages.iterdir()},
        labels={path.name: list(labels_of(path)) for path in sorted(pages.iterdir())},
        places=[(art.path.name, art.first_page, art.pages) for art in artworks],
    )


def labels_of(path: Path) -> Iterator[str]:
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            yield page.label


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Made in this very process."""
    return prepared(tmp_path_factory.mktemp("undisturbed"), "inline")


def test_undisturbed_every_piece_is_in_the_files_once_and_where_it_is_said_to_be(
    undisturbed: Run,
) -> None:
    run, numbers = undisturbed, range(1, PEOPLE + 1)
    assert run.counts == {"ready": PEOPLE}
    assert sorted(run.files) == list(run.labels) == [f"pages-{n:04}.pdf" for n in (1, 2, 3)]
    every = [label for labels in run.labels.values() for label in labels]
    assert every == [f"piece {n:04} {page}" for n in numbers for page in ("front", "back")]
    for number, (name, first, pages) in zip(numbers, run.places, strict=True):
        found = run.labels[name][first : first + pages]
        assert found == [f"piece {number:04} front", f"piece {number:04} back"]


@pytest.mark.parametrize("deadly", ["merge", "leaf", "make"])
def test_a_worker_killed_in_the_middle_costs_nothing(
    undisturbed: Run, tmp_path: Path, deadly: str
) -> None:
    """While it merges, while it stamps, and after all of it."""
    assert prepared(tmp_path, "processes", deadly) == undisturbed

"""docs/providers.md is run as it stands: the package is built, installed, tried and used."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mailroom.providers import provider_names
from tests.commands import Answer, typed
from tests.workspaces import CARDS, make_workspace, person, rates

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "providers.md"


def blocks() -> dict[str, str]:
    """The guide's files, by the name in their first line."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return dict(found)


def commands() -> list[list[str]]:
    """What the guide tells to type in the workspace."""
    text = GUIDE.read_text(encoding="utf-8")
    return [shlex.split(line)[1:] for line in re.findall(r"^    mailroom .*$", text, re.MULTILINE)]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's package in a folder of its own."""
    folder = tmp_path_factory.mktemp("mailroom-parcels")
    for name in ("pyproject.toml", "parcels.py", "test_parcels.py"):
        (folder / name).write_text(blocks()[name], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed: pip builds it, and asks no registry."""
    site = tmp_path_factory.mktemp("site")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir")
    command = [sys.executable, "-m", "pip", "install", "--quiet", *offline, "--target", site]
    subprocess.run([*map(str, command), str(package)], check=True, capture_output=True, text=True)
    return site


@pytest.mark.slow
def test_the_guide_s_provider_keeps_every_promise(package: Path, site: Path) -> None:
    (package / "parcels.py").unlink(missing_ok=True)  # the installed one is meant
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_parcels.py"],
        cwd=package,
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout
    assert re.search(r"^\d\d passed", answer.stdout, re.MULTILINE), answer.stdout


@pytest.fixture
def workspace(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people, and the settings that the guide shows."""
    monkeypatch.syspath_prepend(str(site))
    mailing = CARDS + blocks()["mailings/cards.toml"]
    folder = make_workspace(tmp_path / "ws", [person(1), person(2)], mailing=mailing)
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(blocks()["mailroom.toml"])
    (folder / "rates.toml").write_text(rates("parcels"), encoding="utf-8")
    (folder / "drop" / "taken").mkdir(parents=True)
    return folder


def typed_from_the_guide(folder: Path) -> list[Answer]:
    return [typed(folder, *words) for words in commands()]


@pytest.mark.slow
def test_the_guide_s_commands_post_a_mailing_through_it(workspace: Path) -> None:
    assert "parcels" in provider_names()
    answers = typed_from_the_guide(workspace)
    assert [answer.code for answer in answers] == [0] * len(answers), answers
    [parcel] = (workspace / "drop").glob("*.zip")
    with zipfile.ZipFile(parcel) as opened:
        assert {"cards.pdf", "manifest.csv"} <= {*opened.namelist()}
        assert opened.comment == b"paper=cream"
    assert "2 accepted" in answers[-1].words or "accepted 2" in answers[-1].words


@pytest.mark.slow
def test_its_own_checks_speak_in_the_commands(workspace: Path) -> None:
    mailing = workspace / "mailings" / "cards.toml"
    wrong = mailing.read_text("utf-8").replace('"cream"', '"green"\ngold = true')
    mailing.write_text(wrong, "utf-8")
    typed(workspace, "intake")
    refused = typed(workspace, "prepare", "cards")
    assert refused.code == 1
    assert "there is no option 'gold'; paper is one of: white, cream" in " ".join(
        refused.err.split()
    )


@pytest.mark.slow
def test_a_share_that_is_away_stops_the_run_and_nothing_is_lost(workspace: Path) -> None:
    *before, _send, _status = commands()
    for words in before:
        typed(workspace, *words)
    taken = workspace / "drop" / "taken"
    taken.rmdir()
    away = typed(workspace, "send", "cards", "--live", "--confirm", "2")
    assert away.code == 4 and "is the share mounted" in away.err
    taken.mkdir()
    assert typed(workspace, "send", "cards", "--live", "--confirm", "2").code == 0
    assert len([*workspace.glob("drop/*.zip")]) == 1

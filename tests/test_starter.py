"""`mailroom init`: a workspace that works at once, and never at the cost of another."""

from __future__ import annotations

import datetime as dt
import resource
from pathlib import Path

import pytest

from mailroom.config import load_mailing, load_settings
from mailroom.errors import EnvironmentProblem, Refused
from mailroom.starter import FILES, make_workspace


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_workspace_loads_and_holds_an_export_and_mailings(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "deep" / "ws")
    assert all(path.exists() for path in made)
    settings = load_settings(tmp_path / "deep" / "ws")
    assert settings.sources["crm"].files[0].is_file()
    assert settings.mailings
    for name in settings.mailings:
        assert load_mailing(settings, name, dt.date(2026, 11, 23)).owner in settings.owners


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    assert (tmp_path / "mailroom.toml").is_file()
    assert (tmp_path / "layouts").is_dir()


def test_what_is_private_is_kept_out_of_git(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    assert set((tmp_path / ".gitignore").read_text().split()) >= {".mailroom/", "exports/"}


def test_a_workspace_is_not_made_twice_and_nothing_in_it_changes(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    (tmp_path / "mailroom.toml").write_text("# mine", encoding="utf-8")
    before = everything(tmp_path)
    with pytest.raises(Refused, match="there is a workspace already") as caught:
        make_workspace(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert f"mailroom -C {tmp_path}" in caught.value.hint
    assert everything(tmp_path) == before


@pytest.mark.parametrize("target", FILES.values())
def test_nothing_that_is_there_is_overwritten(target: str, tmp_path: Path) -> None:
    mine = tmp_path / target
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(Refused):
        make_workspace(tmp_path)
    assert everything(tmp_path) == {target: b"mine"}


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "mine.csv").write_text("mine", encoding="utf-8")
    make_workspace(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert (tmp_path / "exports" / "mine.csv").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "ws").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="that is a file"):
        make_workspace(tmp_path / "ws")
    assert (tmp_path / "ws").read_text() == "mine"


@pytest.mark.parametrize("existed", [True, False])
def test_on_a_disk_without_room_nothing_is_left_of_it(existed: bool, tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    if existed:
        folder.mkdir()
        (folder / "mine").write_text("mine", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, before[1]))
    try:
        with pytest.raises(EnvironmentProblem, match="cannot write there") as caught:
            make_workspace(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "make room" in caught.value.hint
    assert folder.exists() == existed
    assert (everything(folder) if existed else {}) == ({"mine": b"mine"} if existed else {})

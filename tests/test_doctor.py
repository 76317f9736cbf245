"""`mailroom doctor`: every check, what it says when something is missing, what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom import shipped
from mailroom.doctor import Check, examine
from tests.postgres_fixtures import Server
from tests.workspaces import CARDS, edit, make_workspace, person


def checks(folder: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(folder)}


def failed(folder: Path) -> list[str]:
    return [check.name for check in examine(folder) if check.state == "failed"]


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "ws", [person(1)])


def test_a_workspace_that_is_in_order_has_no_failed_check(ws: Path) -> None:
    found = checks(ws)
    assert [check for check in found.values() if check.state == "failed"] == []
    assert list(found) == [
        "Python",
        "page layout",
        "fonts",
        "layouts",
        "workspace",
        "disk",
        "ledger",
        "mailing cards",
        "provider outbox",
    ]
    assert found["mailing cards"].detail == "plain, card-5x7, outbox"
    assert found["provider outbox"].detail.startswith("can make 2")
    assert "Pango" in found["page layout"].detail


def test_outside_of_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert found["workspace"].state == "failed"
    assert "mailroom init" in found["workspace"].hint
    assert "ledger" not in found


def test_fonts_that_are_gone_are_named(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FONTS", ws / "nowhere")
    check = checks(ws)["fonts"]
    assert (check.state, check.hint) == ("failed", "restore fonts/ from the project")


def test_a_broken_config_is_named_with_its_mistake(ws: Path) -> None:
    edit(ws / "mailroom.toml", "company", "compny")
    check = checks(ws)["workspace"]
    assert check.state == "failed"
    assert "sender.compny is not a setting" in check.detail
    assert check.hint == "did you mean sender.company?"


def test_a_mailing_that_is_wrong_does_not_hide_the_others(ws: Path) -> None:
    (ws / "mailings" / "other.toml").write_text(CARDS.replace("plain", "plian"), encoding="utf-8")
    found = checks(ws)
    assert found["mailing cards"].state == "ok"
    assert found["mailing other"].state == "failed"
    assert "there is no layout 'plian'" in found["mailing other"].detail
    assert found["mailing other"].hint == "did you mean 'plain'?"


def test_a_ledger_that_is_none_is_named(ws: Path) -> None:
    (ws / ".mailroom").mkdir()
    (ws / ".mailroom" / "ledger.db").write_text("no database" * 100, encoding="utf-8")
    check = checks(ws)["ledger"]
    assert check.state == "failed"
    assert "not a database" in check.detail
    assert check.hint


def test_a_printer_that_no_mailing_uses_may_be_switched_off(ws: Path, closed_port: int) -> None:
    config = ws / "mailroom.toml"
    uri = f"ipp://127.0.0.1:{closed_port}/ipp/print"
    config.write_text(f'{config.read_text()}\n[providers.printer]\nuri = "{uri}"\n')
    check = checks(ws)["provider printer"]
    assert check.state == "warning"
    assert str(closed_port) in check.detail
    assert check.hint
    assert failed(ws) == []
    (ws / "mailings" / "cards.toml").write_text(CARDS + 'provider = "printer"\n', encoding="utf-8")
    assert checks(ws)["provider printer"].state == "failed"


def test_a_provider_that_is_used_and_not_configured_is_looked_at(ws: Path) -> None:
    (ws / "mailings" / "cards.toml").write_text(CARDS + 'provider = "pigeon"\n', encoding="utf-8")
    check = checks(ws)["provider pigeon"]
    assert (check.state, check.detail) == ("failed", "there is no provider 'pigeon'")
    assert "outbox" in check.hint


def test_a_mailing_that_its_provider_cannot_make_is_told_before_anything_is_drawn(ws: Path) -> None:
    """Lob posts only within the United States without a sender there."""
    lob = CARDS + 'provider = "lob"\nformat = "letter-lob"\n'
    (ws / "mailings" / "cards.toml").write_text(lob.replace("plain", "letter"), encoding="utf-8")
    check = checks(ws)["mailing cards"]
    assert check.state == "failed"
    assert "sender.address" in check.detail


def test_a_file_that_is_no_mailing_for_its_name_is_told(ws: Path) -> None:
    (ws / "mailings" / "Spring Cards.toml").write_text(CARDS, encoding="utf-8")
    assert failed(ws) == ["mailing Spring Cards.toml"]
    assert "rename the file to spring-cards.toml" in checks(ws)["mailing Spring Cards.toml"].hint


def test_a_ledger_on_a_server_is_looked_at_and_its_password_not_shown(
    ws: Path, postgres_server: Server, postgres_url: str
) -> None:
    config = ws / "mailroom.toml"
    config.write_text(f'{config.read_text()}\n[ledger]\nurl = "{postgres_url}"\n')
    check = checks(ws)["ledger"]
    assert (check.state, check.hint) == ("failed", "set fsync = on in its postgresql.conf")
    postgres_server.settle("fsync", "on")
    try:
        found = checks(ws)
    finally:
        postgres_server.settle("fsync", "off")
    assert found["ledger"].state == "ok"
    assert found["ledger"].detail.startswith("PostgreSQL ")
    assert "at postgresql://mailroom@127.0.0.1:" in found["ledger"].detail
    assert "s3cret" not in f"{[*found.values()]}"

"""`mailroom.toml` and `mailings/*.toml`: every key checked, every mistake named."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.config import Settings, find_workspace, is_name, load_mailing, load_settings
from mailroom.config.keys import MAILING_SETTINGS, SETTINGS, Setting
from mailroom.errors import ConfigError, ExitCode
from mailroom.ledger import open_ledger
from mailroom.model import Mailing
from mailroom.providers.settings import OPTIONS
from mailroom.shipped import LAYOUTS

TODAY = dt.date(2026, 11, 23)

NEEDED = {
    "sender.company": '"Hartmann & Lowe"',
    "sender.address.line1": '"4 Mill Yard"',
    "sender.address.city": '"Otley"',
    "sender.address.country": '"GB"',
    "owners.ruth.name": '"Ruth Hartmann"',
}
MAILING = {"title": '"Cards"', "layout": '"winter-window"', "owner": '"ruth"'}

RIGHT = {str: '"text"', int: "3", list: '["text"]', bool: "true", dt.date: "2026-12-01"}
WRONG = {
    str: ("5", "true", "[1]", "2026-12-01"),
    int: ('"5"', "true", "1.5", "-1"),
    list: ('"a.csv"', "5", "[1, 2]", '[["a"]]'),
    bool: ('"yes"', "1"),
    dt.date: ('"2026-12-01"', "20261201"),
}
MEANT = {
    "options.postal_mark": '"imb"',
    "sender.address.country": '"DE"',
    "sources.*.country": '"IT"',
    "executor.kind": '"inline"',
    "ledger.url": '"postgresql://mailroom@db/mailroom"',
    "owners.*.signature": '"mark.png"',
    "budget.*.run": '"500.00"',
    "budget.*.day": '"800"',
    "budget.*.month": '"2000.00"',
    "alarm.volume": '"12.5"',
    "providers.lob.base_url": '"https://lob.example/v1"',
    "formality": '"informal"',
    "script": '"latin"',
    "us_form": '"standard"',
    "owner": '"ruth"',
}
LOBS = ("provider", '"lob"')


def written(lines: Mapping[str, str]) -> str:
    return "\n".join(f"{key} = {value}" for key, value in lines.items())


def workspace(folder: Path, text: str | None = None, **mailings: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "mailings").mkdir(exist_ok=True)
    (folder / "mark.png").write_bytes(b"")
    (folder / "mailroom.toml").write_text(text or written(NEEDED), encoding="utf-8")
    for name, body in mailings.items():
        (folder / "mailings" / f"{name}.toml").write_text(body, encoding="utf-8")
    return folder


def settings(folder: Path, changes: Mapping[str, str] | None = None, *left_out: str) -> Settings:
    lines = {k: v for k, v in {**NEEDED, **(changes or {})}.items() if k not in left_out}
    return load_settings(workspace(folder, written(lines)))


def mailing(folder: Path, changes: Mapping[str, str] | None = None, *left_out: str) -> Mailing:
    lines = {k: v for k, v in {**MAILING, **(changes or {})}.items() if k not in left_out}
    return load_mailing(load_settings(workspace(folder, cards=written(lines))), "cards", TODAY)


def refused(folder: Path, changes: Mapping[str, str], *left_out: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        settings(folder, changes, *left_out)
    return caught.value


def refused_mailing(folder: Path, changes: Mapping[str, str], *left_out: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        mailing(folder, changes, *left_out)
    return caught.value


def real(setting: Setting) -> str:
    """The key as somebody would write it."""
    key = setting.key.replace("owners.*", "owners.ruth").replace("budget.*", "budget.USD")
    return key.replace("*", "some")


by_key = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
by_mailing_key = pytest.mark.parametrize(
    "setting", MAILING_SETTINGS, ids=lambda setting: setting.key
)


def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.folder == tmp_path
    assert found.sender.company == "Hartmann & Lowe"
    assert found.sender.address.country == "GB"
    assert found.owners["ruth"].name == "Ruth Hartmann"
    assert found.owners["ruth"].signature is None
    assert (found.executor, found.workers) == ("processes", 0)
    assert found.ledger_url == f"sqlite:///{tmp_path}/.mailroom/ledger.db"
    assert found.layout_folders == (tmp_path / "layouts", LAYOUTS)
    assert found.mailings == ()
    assert found.pieces_per_file == 1000


@by_key
def test_a_setting_of_its_type_is_taken(setting: Setting, tmp_path: Path) -> None:
    value = MEANT.get(setting.key, RIGHT[setting.type])
    assert isinstance(settings(tmp_path, {real(setting): value}), Settings)


@by_key
def test_a_setting_of_another_type_is_named_and_explained(setting: Setting, tmp_path: Path) -> None:
    for value in WRONG[setting.type]:
        error = refused(tmp_path, {real(setting): value})
        assert error.message.startswith(f"{real(setting)} must be "), value
        assert error.where == "mailroom.toml"
        assert setting.help in error.hint


@by_key
def test_every_setting_says_what_it_is_for(setting: Setting) -> None:
    assert setting.help
    assert setting.type in RIGHT
    assert not (setting.required and setting.default)


@pytest.mark.parametrize("key", [s.key for s in SETTINGS if s.required and "*" not in s.key])
def test_a_setting_that_is_needed_is_asked_for(key: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {}, key)
    assert error.message == f"{key} is missing"
    assert error.where == "mailroom.toml"
    assert key in error.hint


@by_mailing_key
def test_a_mailings_setting_of_its_type_is_taken(setting: Setting, tmp_path: Path) -> None:
    value = MEANT.get(setting.key, RIGHT[setting.type])
    option = setting.key.removeprefix("options.")
    whose = dict([LOBS]) if option in {row[0] for row in OPTIONS["lob"]} else {}
    assert isinstance(mailing(tmp_path, {**whose, real(setting): value}), Mailing)


def test_an_option_of_another_provider_is_named(tmp_path: Path) -> None:
    error = refused_mailing(tmp_path, {"options.color": "true"})
    assert error.message == "[options] color is not for outbox"
    assert error.hint == "outbox has: postal_mark, sheet, order, flip, marks, lift"


@by_mailing_key
def test_a_mailings_setting_of_another_type_is_named(setting: Setting, tmp_path: Path) -> None:
    for value in WRONG[setting.type]:
        error = refused_mailing(tmp_path, {real(setting): value})
        assert error.message.startswith(f"{real(setting)} must be "), value
        assert error.where == "cards.toml"
        assert setting.help in error.hint


@pytest.mark.parametrize("key", [s.key for s in MAILING_SETTINGS if s.required])
def test_a_mailings_setting_that_is_needed_is_asked_for(key: str, tmp_path: Path) -> None:
    assert refused_mailing(tmp_path, {}, key).message == f"{key} is missing"


PLAIN_KEYS = [setting.key for setting in SETTINGS if "*" not in setting.key]


@given(st.sampled_from(PLAIN_KEYS), st.data())
def test_a_slip_of_the_pen_is_answered_with_the_key_that_was_meant(
    key: str, data: st.DataObject
) -> None:
    section, _, name = key.rpartition(".")
    place = data.draw(st.integers(0, len(name) - 1))
    slip = f"{section}.{name[:place]}{name[place + 1 :]}z"
    with tempfile.TemporaryDirectory() as folder:
        error = refused(Path(folder), {slip: '"x"'})
    assert error.message == f"{slip} is not a setting"
    assert error.hint.startswith("did you mean ")
    near = error.hint.removeprefix("did you mean ").rstrip("?")
    assert near in {setting.key for setting in SETTINGS}
    assert near.split(".")[0] == key.split(".")[0]


def test_a_key_like_no_other_points_at_the_list_of_settings(tmp_path: Path) -> None:
    error = refused(tmp_path, {"qqqq": "1"})
    assert error.message == "qqqq is not a setting"
    assert "docs/settings.md" in error.hint


def test_a_mailings_slip_is_answered_too(tmp_path: Path) -> None:
    error = refused_mailing(tmp_path, {"formallity": '"formal"'})
    assert error.hint == "did you mean formality?"


def test_a_name_with_dots_is_one_name(tmp_path: Path) -> None:
    found = settings(tmp_path, {'sources.crm.columns."E.g. this"': '"email"'})
    assert found.sources["crm"].columns == {"E.g. this": "email"}


@pytest.mark.parametrize(
    "text",
    [b"[sender", b"sender = ", b"a = 1\na = 2", b"\xff\xfe\x00", b"[sender]\ncompany = Kranich"],
)
def test_what_is_not_toml_is_said_with_the_file(text: bytes, tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    (folder / "mailroom.toml").write_bytes(text)
    with pytest.raises(ConfigError, match="not readable") as caught:
        load_settings(folder)
    assert caught.value.where == str(folder / "mailroom.toml")
    assert "TOML" in caught.value.hint


def test_a_colleague_without_a_name_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, {"owners.tomas.role": '"Joinery"'})
    assert error.message == "name is missing"
    assert error.where == "mailroom.toml [owners.tomas]"


@pytest.mark.parametrize("path", ["../mark.png", "/etc/passwd", "a/../../mark.png"])
def test_a_signature_outside_the_workspace_is_refused(path: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {"owners.ruth.signature": f'"{path}"'})
    assert error.message == "the signature lies outside the workspace"
    assert "copy the picture" in error.hint


def test_a_link_that_leads_out_of_the_workspace_is_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"")
    folder = workspace(tmp_path / "ws")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    error = refused(folder, {"owners.ruth.signature": '"link.png"'})
    assert "outside the workspace" in error.message


def test_a_signature_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, {"owners.ruth.signature": '"gone.png"'})
    assert error.message == "there is no file gone.png"
    assert error.where == "mailroom.toml [owners.ruth]"


@pytest.mark.parametrize("country", ["Germany", "gb", "XX", "GBR", ""])
def test_the_senders_country_is_two_letters_since_it_decides_what_is_abroad(
    country: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, {"sender.address.country": f'"{country}"'})
    assert "sender.address.country" in error.message
    assert error.where == "mailroom.toml"
    assert error.hint


def test_a_country_that_is_written_out_is_answered_with_its_letters(tmp_path: Path) -> None:
    assert '"DE"' in refused(tmp_path, {"sender.address.country": '"Germany"'}).hint


def test_an_executor_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, {"executor.kind": '"threads"'})
    assert error.message == "no executor 'threads'"
    assert error.hint == "write `inline` or `processes`"


def test_a_ledger_is_the_same_file_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = settings(tmp_path / "ws", {"ledger.url": '"sqlite:///books/ledger.db"'})
    assert found.ledger_url == f"sqlite:///{tmp_path}/ws/books/ledger.db"


@pytest.mark.parametrize("name", ["a b", "50%25", "why?", "q?mode=ro", "é#&@:"])
def test_a_ledger_stands_in_its_folder_whatever_that_is_called(name: str, tmp_path: Path) -> None:
    url = settings(tmp_path / name).ledger_url
    open_ledger(url, "2026-11-23T09:00:00+00:00").close()
    assert (tmp_path / name / ".mailroom" / "ledger.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///?mode=ro"]
)
def test_a_ledger_that_would_forget_is_refused(url: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {"ledger.url": f'"{url}"'})
    assert error.message == "ledger.url names no file"
    assert "sqlite:///FILE" in error.hint


def test_sources_and_providers_are_read(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        {
            "sources.crm.files": '["a.csv", "sub/b.xlsx"]',
            "providers.outbox.folder": '"/mnt/shop"',
            "ledger.url": '"sqlite:////var/ledger.db"',
            "layouts.folder": '"design"',
        },
    )
    assert found.sources["crm"].files == (tmp_path / "a.csv", tmp_path / "sub/b.xlsx")
    assert found.providers == {"outbox": {"folder": "/mnt/shop"}}
    assert found.ledger_url == "sqlite:////var/ledger.db"
    assert found.layout_folders == (tmp_path / "design", LAYOUTS)


@pytest.mark.parametrize(
    "url",
    [
        "https://lob.example/v1",
        "http://127.0.0.1:8399/v1",
        "http://localhost:1/v1",
        "http://[::1]:1",
    ],
)
def test_another_address_of_a_provider_is_encrypted_or_on_this_machine(
    tmp_path: Path, url: str
) -> None:
    found = settings(tmp_path, {"providers.lob.base_url": f'"{url}"'})
    assert found.providers["lob"]["base_url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://lob.example/v1",  # the key would go over the network in clear
        "http://10.0.0.7/v1",
        "http://127.0.0.1.example/v1",
        "ftp://127.0.0.1/v1",
        "127.0.0.1:8399/v1",
        "https://",
        "https://[::1/v1",
        "https://live_key:@lob.example/v1",  # it would be shown wherever the address is
        "https://lob.example/v1?key=live_key",
    ],
)
def test_a_key_is_never_sent_in_clear_nor_kept_in_an_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"\[providers\.lob\] base_url"):
        settings(tmp_path, {"providers.lob.base_url": f'"{url}"'})


def test_a_mailing_fills_in_what_it_does_not_say(tmp_path: Path) -> None:
    found = mailing(tmp_path)
    assert (found.name, found.title, found.date) == ("cards", "Cards", TODAY)
    assert (found.provider, found.language, found.formality) == ("outbox", "en", "")
    assert (found.where, found.sources, found.limit) == ("", (), 0)
    assert found.one_per_household


def test_a_mailing_says_what_it_wants(tmp_path: Path) -> None:
    found = mailing(
        tmp_path,
        {
            "date": "2026-12-06",
            "sources": '["crm", "shop"]',
            "one_per_household": "false",
            "fields.voucher": '"XMAS"',
            "text.en.message": '"Thank you."',
        },
    )
    assert found.date == dt.date(2026, 12, 6)
    assert found.sources == ("crm", "shop")
    assert not found.one_per_household
    assert found.fields == {"voucher": "XMAS"}
    assert found.text == {"en": {"message": "Thank you."}}


def test_a_mailing_nobody_signs_is_refused(tmp_path: Path) -> None:
    error = refused_mailing(tmp_path, {"owner": '"rut"'})
    assert error.message == "there is no owner 'rut'"
    assert (error.where, error.hint) == ("mailings/cards.toml", "use one of: ruth")


def test_a_mailing_is_formal_or_informal(tmp_path: Path) -> None:
    assert "formal" in refused_mailing(tmp_path, {"formality": '"casual"'}).message
    assert "latin" in refused_mailing(tmp_path, {"script": '"kana"'}).message
    assert "standard" in refused_mailing(tmp_path, {"us_form": '"short"'}).message


def test_a_mailing_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    found = load_settings(workspace(tmp_path, winter=written(MAILING), letter=written(MAILING)))
    assert found.mailings == ("letter", "winter")
    for name, hint in (
        ("wintr", "did you mean 'winter'?"),
        ("zzz", "mailings here: letter, winter"),
    ):
        with pytest.raises(ConfigError, match="there is no mailing") as caught:
            load_mailing(found, name, TODAY)
        assert caught.value.hint == hint


NO_NAMES = ["..", ".", "...", "../mailroom", "a/b", "a:b", "a b", "a.b", "", "-a", "_a", "con",
            "com1", "Cards", "Grüße", "cards\n", "кот", "a\0b"]  # fmt: skip


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_could_be_a_path_or_another_mailing_is_no_name(name: str, tmp_path: Path) -> None:
    found = load_settings(workspace(tmp_path, cards=written(MAILING)))
    with pytest.raises(ConfigError, match="is no name for a mailing") as caught:
        load_mailing(found, name, TODAY)
    assert "use small letters, digits, - and _" in caught.value.hint
    assert not is_name(name)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
def test_a_name_is_a_part_of_a_path_and_of_a_key_and_nothing_more(name: str) -> None:
    if is_name(name):
        assert (Path("mailings") / f"{name}.toml").name == f"{name}.toml"
        assert Path(name).parts == (name,)
        assert name.casefold() == name
        assert ":" not in name


def test_a_file_with_a_name_that_is_none_is_no_mailing_and_is_told(tmp_path: Path) -> None:
    folder = workspace(tmp_path, cards=written(MAILING), **{"Christmas 2026": written(MAILING)})
    found = load_settings(folder)
    assert (found.mailings, found.misnamed) == (("cards",), ("Christmas 2026.toml",))
    with pytest.raises(ConfigError) as caught:
        load_mailing(found, "Christmas 2026", TODAY)
    assert "rename the file to christmas-2026.toml" in caught.value.hint


def test_two_mailings_are_not_told_apart_by_capitals(tmp_path: Path) -> None:
    found = load_settings(workspace(tmp_path, cards=written(MAILING), Cards=written(MAILING)))
    with pytest.raises(ConfigError, match=r"Cards\.toml and cards\.toml differ in capitals only"):
        load_mailing(found, "cards", TODAY)


def test_a_mailing_whose_file_is_written_with_capitals_is_asked_to_be_renamed(
    tmp_path: Path,
) -> None:
    found = load_settings(workspace(tmp_path, Cards=written(MAILING)))
    with pytest.raises(ConfigError) as caught:
        load_mailing(found, "cards", TODAY)
    assert caught.value.hint == "rename Cards.toml to cards.toml"


@pytest.mark.parametrize("name", ['"a:b"', "CRM", '"../crm"', '""', '"a b"'])
def test_a_source_is_named_as_a_mailing_is(name: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {f"sources.{name}.files": '["a.csv"]'})
    assert "is no name for a source" in error.message
    assert "[sources." in error.hint


def test_only_what_a_user_may_choose_is_told_of_providers() -> None:
    told = " ".join(f"{s.key} {s.help}" for s in (*SETTINGS, *MAILING_SETTINGS))
    assert "providers.fake" not in told
    assert {"providers.outbox.folder", "providers.printer.uri"} <= {s.key for s in SETTINGS}


def test_a_workspace_is_looked_for_upwards(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    deep = folder / "mailings" / "old" / "2025"
    deep.mkdir(parents=True)
    assert find_workspace(deep) == folder
    assert load_settings(deep).folder == folder


def test_a_folder_without_a_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no mailroom\.toml here or above") as caught:
        find_workspace(tmp_path)
    assert caught.value.exit_code is ExitCode.CONFIG
    assert "mailroom init" in caught.value.hint


@pytest.mark.parametrize("word", ["password", "secret", "token", "api_key", "key"])
def test_no_setting_holds_a_secret_and_one_that_is_tried_is_refused(
    word: str, tmp_path: Path
) -> None:
    assert not [s.key for s in (*SETTINGS, *MAILING_SETTINGS) if s.key.endswith(f".{word}")]
    for provider in ("printer", "outbox", "lob"):
        error = refused(tmp_path, {f"providers.{provider}.{word}": '"sk_live_1"'})
        assert "is not a setting" in error.message
        assert "sk_live_1" not in f"{error} {error.hint}"


def test_a_dotenv_file_in_the_workspace_is_not_read(tmp_path: Path) -> None:
    (workspace(tmp_path) / ".env").write_text("LOB_API_KEY=sk_live_1\n", encoding="utf-8")
    before = dict(os.environ)
    assert "sk_live_1" not in repr(load_settings(tmp_path))
    assert dict(os.environ) == before


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"sender = 1")
@example(b"[owners]\nruth = 1")
@example(b"[[sender]]")
def test_whatever_stands_in_the_file_the_answer_is_a_config_error(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = workspace(Path(name))
        (folder / "mailroom.toml").write_bytes(text)
        with pytest.raises(ConfigError):
            load_settings(folder)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)


# TOML has no surrogates.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
values = st.recursive(
    texts | st.integers(-(2**40), 2**40) | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(SETTINGS), values)
@example(next(s for s in SETTINGS if s.key == "owners.*.signature"), "\0")
def test_whatever_a_setting_is_given_it_is_taken_or_a_config_error(
    setting: Setting, value: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ConfigError):
        settings(Path(folder), {real(setting): _toml(value)})


@given(st.sampled_from(MAILING_SETTINGS), values)
def test_whatever_a_mailing_is_given_it_is_taken_or_a_config_error(
    setting: Setting, value: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ConfigError):
        mailing(Path(folder), {real(setting): _toml(value)})


@pytest.mark.parametrize("amount", ["a lot", "1e3", "-5", "5,00", ""])
def test_a_budget_that_is_no_amount_is_named(tmp_path: Path, amount: str) -> None:
    error = refused(tmp_path, {"budget.USD.day": f'"{amount}"'})
    assert error.message == f"[budget.USD] day: {amount!r} is no amount"
    assert error.hint == 'write it with a point, like "500.00"'


def test_a_budget_is_of_a_currency(tmp_path: Path) -> None:
    error = refused(tmp_path, {"budget.dollars.day": '"5.00"'})
    assert "[budget.dollars] is of no currency" in error.message


def test_a_transit_of_ones_own_changes_what_is_written_and_no_more(tmp_path: Path) -> None:
    found = settings(tmp_path, {"transit.lob.domestic": "4", "transit.pigeon.abroad": "3"}).transit
    assert (found["lob"].production, found["lob"].domestic, found["lob"].abroad) == (2, 4, 12)
    assert found["pigeon"].abroad == 3 and found["pigeon"].domestic == found["post"].domestic


@pytest.mark.parametrize("key", ["currency", "print_price", "postage_domestic", "postage_abroad"])
@pytest.mark.parametrize("provider", ["outbox", "printer"])
def test_prices_of_old_are_told_where_they_stand_now(
    tmp_path: Path, provider: str, key: str
) -> None:
    error = refused(tmp_path, {f"providers.{provider}.{key}": '"0.50"'})
    assert error.hint == "prices stand in rates.toml now: docs/money.md tells how"


@pytest.mark.parametrize(("text", "better"), [("it", '"IT"'), ("Italien", '"IT"'), ("XY", "GB")])
def test_a_source_s_country_is_a_code(text: str, better: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {"sources.crm.country": f'"{text}"'})
    assert "sources.crm.country" in error.message and better in error.hint
    assert settings(tmp_path, {"sources.crm.country": '"IT"'}).sources["crm"].country == "IT"

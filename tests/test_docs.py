"""The documents are true: what they tell one to type can be typed, what they name is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mailroom.cli import cli
from mailroom.intake import HOLDS
from mailroom.intake import RULES as REPAIRS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "layouts" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_CODE = re.compile(r"```.*?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        if page.name == "cli.md":
            continue  # made from the program itself
        for block, inline in _CODE.findall(page.read_text(encoding="utf-8")):
            for line in (block or inline).splitlines():
                for typed in line.split("#")[0].split("&&"):
                    if typed.strip().startswith("mailroom "):
                        yield page.name, typed.strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_every_command_in_the_documents_can_be_typed(page: str, line: str) -> None:
    words = shlex.split(line.replace(" / ", "/"))
    command: click.Command = cli
    context = click.Context(cli, info_name="mailroom")
    rest = words[1:]
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0).split("/")[0]
        if name.startswith("-"):
            return
        found = command.get_command(context, name)
        assert found, f"{page}: there is no command {name!r} in {line!r}"
        command = found
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for word in rest:
        if word.startswith("--"):
            assert word.split("=")[0] in known | {"--help"}, f"{page}: no option {word} in {line!r}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_module_has_its_row_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_0-9]+)/?`", text))
    folder = ROOT / "mailroom"
    modules = {path.stem for path in folder.glob("*.py") if not path.name.startswith("__")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    # What a row needs no words for: helpers of the one module they stand beside.
    silent = {"shipped", "files", "canvas", "faults"}
    assert modules | packages <= named | silent, sorted((modules | packages) - named - silent)


def test_every_command_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in cli.commands:
        assert f"mailroom {name}" in text, f"CHANGELOG.md does not name mailroom {name}"


def test_every_rule_that_holds_a_record_is_in_the_table() -> None:
    folder = ROOT / "mailroom"
    files = (folder / "address.py", *(folder / "intake").glob("*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    errors = re.findall(
        r'(?:draft\.error\(|Hit\()\s*"([a-z-]+)"(?:, True)?|yield "(no-[a-z]+|bad-[a-z]+)"', source
    )
    named = {rule for pair in errors for rule in pair if rule}
    named |= {"duplicate-id", "perhaps-suppressed"}  # by the ledger, by who is chosen
    named -= set(re.findall(r'Hit\("([a-z-]+)", False', source))
    words = tomllib.loads((folder / "intake" / "content.toml").read_text(encoding="utf-8"))
    asked = {
        rule for rule, section in words.items() if section.get("where") in (["notes"], ["cells"])
    }
    named |= {rule for rule, section in words.items() if section.get("holds")} - asked
    named |= {rule for rule, repair in REPAIRS.items() if repair.holds or repair.held_where}
    named |= {"several-values"}
    assert named == set(HOLDS)

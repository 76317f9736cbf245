"""The house stays small: sizes, names and docstrings, measured over every module."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import mailroom

PACKAGE = Path(mailroom.__file__).parent
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "shipped"
)
NO_NAMES = re.compile(r"(Manager|Helper|Util|Utils|Service)$")
NO_MODULES = {"base", "utils", "util", "helpers", "helper", "manager", "service", "common", "misc"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

names = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix()
)


@dataclass(frozen=True, kw_only=True)
class Function:
    name: str
    where: str
    lines: int


@cache  # several tests look at each
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions() -> Iterator[Function]:
    for path in MODULES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, FUNCTIONS):
                where = f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Function(name=node.name, where=where, lines=lines)


def _longest(functions: list[Function], over: int) -> str:
    long = sorted((f for f in functions if f.lines > over), key=lambda f: -f.lines)
    return "\n".join(f"{f.lines:4} lines  {f.where} {f.name}" for f in long[:20])


def test_functions_are_short() -> None:
    functions = list(_functions())
    lengths = sorted(f.lines for f in functions)
    assert lengths[-1] <= 60, f"longer than 60 lines:\n{_longest(functions, 60)}"
    assert statistics.median(lengths) <= 12, f"half have more than 12:\n{_longest(functions, 12)}"
    nine_in_ten = lengths[int(len(lengths) * 0.9)]
    assert nine_in_ten <= 30, f"over a tenth have more than 30:\n{_longest(functions, 30)}"


@names
def test_a_module_is_at_most_800_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 800, f"{path} has {lines} lines: which second thing does it do?"


@names
def test_packages_are_at_most_two_deep(path: Path) -> None:
    assert len(path.relative_to(PACKAGE).parts) <= 2, f"{path} is too deep"


@names
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert path.stem not in NO_MODULES, f"{path} could hold anything"
    vague = [
        f"{path}:{node.lineno} {node.name}"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef) and NO_NAMES.search(node.name)
    ]
    assert not vague, f"what is it really? {vague}"


@names
def test_everything_public_says_what_it_is_for(path: Path) -> None:
    """Short methods of a documented class explain themselves, and so does an empty file."""
    tree = _tree(path)
    missing = [
        f"{path}:{node.lineno} {node.name}"
        for node in tree.body
        if isinstance(node, (*FUNCTIONS, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    if tree.body and not ast.get_docstring(tree):
        missing.insert(0, f"{path}:1")
    assert not missing, f"without a docstring: {missing}"

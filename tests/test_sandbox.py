"""The room templates run in: nothing gets out, nothing grows, nothing lasts."""

from __future__ import annotations

import time
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from small import BACK, a_piece, layout_in, merged_of

from mailroom.errors import ConfigError, RenderError
from mailroom.render.limits import deadline, memory_limit
from mailroom.sandbox import HARMLESS, paragraphs


def run(tmp_path: Path, template: str) -> str:
    layout = layout_in(tmp_path / "small", {"front": f"\n{template}", "back": BACK})
    with memory_limit(500, layout.name), deadline(1, layout.name):
        [merged] = merged_of(layout, a_piece())
    return merged.pages[0]


@pytest.mark.parametrize(
    "template",
    [
        "{{ recipient.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ (recipient|attr('__class__')).__mro__ }}",
        "{{ '{0.__class__}'.format(recipient) }}",
        "{{ '{0.__class__}'.format_map({'0': 1}) }}",
        "{{ fields.update(note='x') }}",
        "{{ address_lines.append('x') }}",
        "{% include '/etc/hostname' %}",
        "{% include '../other.html' %}",
        "{% include 'layout.toml' %}",
        "{% extends 'style.css' %}",
    ],
)
def test_a_template_cannot_get_out(tmp_path: Path, template: str) -> None:
    with pytest.raises(ConfigError, match=r"small/front\.html:\d"):
        run(tmp_path, template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * ['a'] }}",
        "{{ 9**9**9 }}",
        "{{ range(10**9) | list }}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% import 'front.html' as self %}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'a' | center(1000000000) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ ('x' * 90000) | replace('x', 'y' * 90000) }}",
    ],
)
def test_what_grows_without_measure_is_refused_quickly(tmp_path: Path, template: str) -> None:
    began = time.process_time()
    with pytest.raises((ConfigError, RenderError), match="small"):
        run(tmp_path, template)
    assert time.process_time() - began < 5


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_loops_in_loops_end_at_the_deadline(tmp_path: Path) -> None:
    loops = "{% for a in range(9999) %}" * 4 + "{% endfor %}" * 4
    with pytest.raises(RenderError, match="takes longer than 1 seconds"):
        run(tmp_path, loops)


def test_what_is_allowed_at_once_jinja_allows_too() -> None:
    strict = ImmutableSandboxedEnvironment()
    some = {str: "a", Markup: Markup("a"), LoopContext: LoopContext(["a"], jinja2.Undefined)}
    for kind, name in HARMLESS:
        value = getattr(some[kind], name)
        assert strict.is_safe_attribute(some[kind], name, value), (kind, name)
        assert strict.wrap_str_format(value) is None, (kind, name)
        assert strict.is_safe_callable(value), (kind, name)


def test_plain_arithmetic_and_short_loops_are_allowed(tmp_path: Path) -> None:
    page = run(tmp_path, "{{ 6 * 7 }} {{ '-' * 5 }} {% for i in range(3) %}{{ i }}{% endfor %}")
    assert "42 ----- 012" in page


def test_paragraphs_are_split_at_blank_lines_and_stay_escaped() -> None:
    assert paragraphs("a <b>\r\n\r\n\n c") == ["a &lt;b&gt;", "c"]
    assert paragraphs(Markup("<b>a</b>\n\nb")) == ["<b>a</b>", "b"]
    assert paragraphs(" \n\n ") == []


@given(st.text())
def test_a_paragraph_never_holds_markup(text: str) -> None:
    assert not any(set("<>\"'") & set(part) for part in paragraphs(text))

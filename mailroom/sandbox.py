"""The room templates run in: strict, autoescaped, and with no door to the machine.

Layouts are written by designers whom the office knows, yet a layout may come from anywhere:
it sees plain values, it reads its own pages, and it can neither loop nor grow for long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import BuiltinMethodType
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailroom import frames
from mailroom.errors import ConfigError

_MAX_REPEAT = 100_000
_MAX_LOOP = 10_000


def open_sandbox(
    folder: Path, pages: frozenset[str], words: Mapping[str, str]
) -> jinja2.Environment:
    """An environment that reads only `pages` of `folder` and the given `words`."""
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader([_PagesLoader(folder, pages), jinja2.DictLoader(dict(words))]),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals = {"range": _short_range}
    environment.filters["paragraphs"] = paragraphs
    return environment


HARMLESS = frozenset(
    (kind, name)
    for kind in (str, Markup, LoopContext)
    for name in dir(kind)
    if not name.startswith("_") and name not in ("format", "format_map")
)
"""Types and their attributes that need no look: what Jinja's sandbox allows of texts and loops."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with the doors closed through which time and memory leave.

    `'a' * 10**9` and `9**9**9` pass the sandbox of Jinja 3.1; here they do not. What templates
    do most (ask a dict, a text, a loop) is answered at once; everything else is looked into.
    """

    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        kind = type(obj)
        if kind is dict and attribute in obj:
            return obj[attribute]
        if (kind, attribute) in HARMLESS:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if type(__obj) is BuiltinMethodType and type(__obj.__self__) is str:
            kwargs.pop("_loop_vars", None)  # Jinja's own, for functions that take a context
            kwargs.pop("_block_vars", None)
            return __obj(*args, **kwargs)
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        if operator == "**":
            raise SecurityError("** is not allowed in a layout")
        for text, count in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and len(text) * int(count) > _MAX_REPEAT:
                raise SecurityError(f"a text repeated to more than {_MAX_REPEAT} characters")
        return super().call_binop(context, operator, left, right)


class _PagesLoader(jinja2.BaseLoader):
    """Only the page templates that layout.toml names; no path is ever made from data."""

    def __init__(self, folder: Path, pages: frozenset[str]) -> None:
        self._folder, self._pages = folder, pages

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._pages:
            raise jinja2.TemplateNotFound(template)
        path = self._folder / template
        try:
            source = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            where = f"{self._folder.name}/{template}"
            raise ConfigError("not UTF-8", where=where, hint="save the file as UTF-8") from None
        for line in frames.stray_codes(source):
            hint = "give it data-frame too, and its end tag in the same template and branch"
            where = f"{self._folder.name}/{template}:{line}"
            raise ConfigError("data-code stands where no frame is", where=where, hint=hint)
        for line, message, hint in frames.misspelt(source):
            raise ConfigError(message, where=f"{self._folder.name}/{template}:{line}", hint=hint)
        return frames.mark(source), str(path), lambda: True

    def list_templates(self) -> list[str]:
        return sorted(self._pages)


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > _MAX_LOOP:
        raise SecurityError(f"a loop of more than {_MAX_LOOP} turns")
    return numbers


def paragraphs(text: str) -> list[str]:
    """Split a text at its blank lines; what was escaped stays so."""
    parts = str(escape(text)).replace("\r\n", "\n").split("\n\n")
    return [Markup(part.strip()) for part in parts if part.strip()]  # noqa: S704  # escaped above

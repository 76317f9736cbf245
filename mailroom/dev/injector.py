"""Which request meets which fault: drawn by a seeded generator, from files of `mailroom.faults`.

A share is that part of all requests (or pieces, or webhooks) that meets the fault.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import mailroom.faults
from mailroom.errors import UsageError
from mailroom.faults import Webhook

DEFAULT_SHARE = 0.1
HOOKS = ("before", "after", "rendering", "deliver")


def shipped() -> tuple[str, ...]:
    """The names of the faults that come with mailroom."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(mailroom.faults.__path__)))


def load(name: str) -> ModuleType:
    """The fault of that name or file; UsageError where there is none."""
    if name in shipped():
        return importlib.import_module(f"mailroom.faults.{name}")
    path = Path(name)
    if path.suffix != ".py" or not path.is_file():
        hint = f"one of {', '.join(shipped())}; or a file that ends in .py"
        raise UsageError("there is no such fault", where=f"--fault {name}", hint=hint)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not any(hasattr(module, hook) for hook in HOOKS):
        hint = f"write a function named {', '.join(HOOKS[:-1])} or {HOOKS[-1]}"
        raise UsageError("is no fault", where=name, hint=hint)
    return module


def read_share(typed: str) -> tuple[str, float]:
    """`hang:0.05` -> name and share; without a number a tenth."""
    name, colon, number = typed.rpartition(":")
    try:
        share = float(number) if colon else DEFAULT_SHARE
    except ValueError:
        return typed, DEFAULT_SHARE
    return (name or typed), _share(share, f"--fault {typed}")


def _share(share: float, where: str) -> float:
    if not 0 <= share <= 1:
        raise UsageError("a share is a number from 0 to 1", where=where)
    return share


class Faults:
    """The faults that are on; `counts` says how often each struck."""

    def __init__(
        self, *, share: float = 0.0, named: Mapping[str, float] | None = None, seed: int = 1
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311 - drawn the same again
        self._lock = threading.Lock()
        self.change(share=share, named=named or {})

    def change(
        self, *, share: float = 0.0, named: Mapping[str, float], then: Iterable[str] = ()
    ) -> None:
        """Other faults from now on; `then` are those that the next requests meet, one each."""
        chosen = [(load(name), _share(part, name)) for name, part in named.items()]
        following = deque(load(name) for name in then)
        any_of = [load(name) for name in shipped()] if _share(share, "--faults") else []
        with self._lock:
            self._share = share
            self._any = [module for module in any_of if on_requests(module)]
            self._named = chosen
            self._next = following

    def draw(self) -> ModuleType | None:
        """The fault that the next request meets."""
        with self._lock:
            if self._next:
                return self._struck(self._next.popleft())
            for module, share in self._named:
                if on_requests(module) and self._random.random() < _chance([module], share):
                    return self._struck(module, lasts=True)
            if self._any and self._random.random() < _chance(self._any, self._share):
                return self._struck(self._random.choice(self._any), lasts=True)
        return None

    def rendering(self, order: Mapping[str, Any]) -> str | None:
        """Why the piece that was just accepted cannot be rendered; None: it can."""
        for module in self._meeting("rendering"):
            reason: str | None = module.rendering(order)
            if reason:
                self._struck(module)
                return reason
        return None

    def deliver(self, webhook: Webhook) -> Sequence[Webhook]:
        """What goes out instead of this webhook."""
        outgoing: Sequence[Webhook] = (webhook,)
        for module in self._meeting("deliver"):
            self._struck(module)
            outgoing = [each for before in outgoing for each in module.deliver(before)]
        return outgoing

    def _meeting(self, hook: str) -> list[ModuleType]:
        with self._lock:
            named = [pair for pair in self._named if hasattr(pair[0], hook)]
            return [module for module, share in named if self._random.random() < share]

    def _struck(self, module: ModuleType, *, lasts: bool = False) -> ModuleType:
        self.counts[_name(module)] += 1
        if lasts:
            self._next.extend([module] * (_lasts(module) - 1))
        return module


def _lasts(module: ModuleType) -> int:
    return int(getattr(module, "LASTS", 1))


def _chance(modules: Sequence[ModuleType], share: float) -> float:
    """How often one of them must begin so that `share` of the requests meets it.

    Between two beginnings lie 1/p - 1 requests without and `lasts` requests with the fault.
    """
    lasts = sum(map(_lasts, modules)) / len(modules)
    return share / (lasts - share * lasts + share)


def on_requests(module: ModuleType) -> bool:
    """Does it strike requests, rather than pieces or webhooks?"""
    return hasattr(module, "before") or hasattr(module, "after")


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def hook(module: ModuleType | None, name: str) -> Callable[..., Any] | None:
    """The function of that name in a fault; None where it has none."""
    return getattr(module, name, None)

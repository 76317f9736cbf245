"""Fixtures with a fake Lob; `tests/conftest.py` makes them known to every test.

`fake_lob` runs in this process, `fake_lob_process` in one of its own (it outlives senders that
are killed), `prism` checks both directions against Lob's own document.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest

from mailroom.dev.fakelob import Options, Running, running
from mailroom.errors import EnvironmentProblem
from tests.lob_batches import TEST_KEY
from tests.machine import own_port

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT.parent / "shared" / "data" / "lob-api.yml"
PRISM = ROOT / ".prism" / "node_modules" / ".bin" / "prism"
SECRET = "a secret of the tests"
_LISTENS = re.compile(r"listens at (http://\S+/v1)")


def pdf(width: float = 450, height: float = 306, pages: int = 1, **saving: Any) -> bytes:
    """Blank pages, sizes in points; a 4x6 postcard with bleed without further words."""
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(width, height))
    written = io.BytesIO()
    document.save(written, **saving)
    return written.getvalue()


FRONT = pdf()
LETTER = pdf(612, 792)


def address(role: str, **changes: str) -> dict[str, str]:
    """A US address as a form carries it; a change to "" leaves a field out."""
    fields = {
        "name": "Ann Lee",
        "address_line1": "12 Main Street",
        "address_city": "Troy",
        "address_state": "NY",
        "address_zip": "12180",
        **changes,
    }
    return {f"{role}[{name}]": value for name, value in fields.items() if value}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Caller:
    """A customer of Lob with a key: what the tests say in one line."""

    http: httpx.Client

    def post(
        self,
        resource: str = "postcards",
        *,
        key: str = "",
        files: dict[str, bytes] | None = None,
        to: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> httpx.Response:
        """Create a piece; without `files` a blank one of the right size."""
        wanted = {"letters": {"file": LETTER}, "postcards": {"front": FRONT, "back": FRONT}}
        chosen = files if files is not None else wanted[resource]
        sender = address("from") if resource == "letters" else {}
        data = {**address("to", **(to or {})), **sender, "use_type": "marketing", **fields}
        if resource == "letters":
            data.setdefault("color", "false")
        return self.http.post(
            f"/{resource}",
            data={name: value for name, value in data.items() if value},
            files={name: (f"{name}.pdf", data, "application/pdf") for name, data in chosen.items()},
            headers={**({"Idempotency-Key": key} if key else {}), **(headers or {})},
        )

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.http.get(path, params=params)

    def delete(self, path: str) -> httpx.Response:
        return self.http.delete(path)

    def verify(self, resource: str, content: Any) -> httpx.Response:
        return self.http.post(f"/{resource}", json=content)

    def control(self, verb: str, **content: Any) -> Any:
        """`POST /_fake/verb`, or `GET /_fake/stats`."""
        root = str(self.http.base_url).removesuffix("/").removesuffix("/v1")
        url = f"{root}/_fake/{verb}"
        answer = self.http.get(url) if verb == "stats" else self.http.post(url, json=content)
        answer.raise_for_status()
        return answer.json()


@contextlib.contextmanager
def calling(base_url: str, key: str = TEST_KEY, timeout: float = 60) -> Iterator[Caller]:
    """A connection of one's own; proxies of the environment are not asked."""
    with httpx.Client(
        base_url=base_url, auth=(key, ""), timeout=timeout, trust_env=False
    ) as client:
        yield Caller(http=client)


@pytest.fixture
def start_fake_lob() -> Iterator[Callable[..., Running]]:
    """Starts fake Lobs in this process: `start_fake_lob(rate=5, share=0.2)`."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Running:
            options = {"rate": 100_000, "secret": SECRET, "render_seconds": 0.0, **options}
            return stack.enter_context(running(Options(**options)))

        yield start


@pytest.fixture(scope="session")
def usual_port() -> int:
    """Where this process's fake Lobs listen, so that what is made for one does for the next."""
    return own_port()


@pytest.fixture
def fake_lob(start_fake_lob: Callable[..., Running], usual_port: int) -> Running:
    """A fake Lob in this process that never says 429: `fake_lob.base_url`, `fake_lob.state`."""
    try:
        return start_fake_lob(port=usual_port)
    except EnvironmentProblem:  # somebody has taken it in the meantime
        return start_fake_lob()


@pytest.fixture
def lob(fake_lob: Running) -> Iterator[Caller]:
    """Somebody with a test key at `fake_lob`."""
    with calling(fake_lob.base_url) as caller:
        yield caller


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnProcess:
    """A fake Lob in a process of its own."""

    base_url: str
    process: subprocess.Popen[str]

    def stop(self) -> str:
        """End it as Ctrl-C would and return what it said at the end."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=60)
        return said


@contextlib.contextmanager
def fake_lob_in_its_own_process(*arguments: str, secret: str = SECRET) -> Iterator[OwnProcess]:
    """`mailroom dev fake-lob ARGUMENTS` until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mailroom", "dev", "fake-lob", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "LOB_WEBHOOK_SECRET": secret, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        found = _LISTENS.search(line)
        assert found, f"it does not listen: {line!r}"
        yield OwnProcess(base_url=found[1], process=process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def fake_lob_process() -> Iterator[Callable[..., OwnProcess]]:
    """Starts fake Lobs in processes of their own: `fake_lob_process("--faults", "0.2")`."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> OwnProcess:
            return stack.enter_context(fake_lob_in_its_own_process(*arguments))

        yield start


@contextlib.contextmanager
def prism_in_front_of(base_url: str, folder: Path) -> Iterator[str]:
    """Stoplight Prism as a proxy that answers 4xx/5xx to whatever breaks Lob's document.

    Its address has no `/v1`: Prism drops what the document's `servers` end in.
    """
    port = own_port()
    log = folder / "prism.log"
    upstream = base_url.removesuffix("/v1")
    command = [PRISM, "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port), DOCUMENT, upstream]
    with log.open("w") as written:
        process = subprocess.Popen(
            list(map(str, command)), stdout=written, stderr=subprocess.STDOUT, cwd=folder
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"Prism does not answer: {log.read_text()}")


def missing_for_prism() -> str:
    """Why Lob's document cannot be checked against here; empty: it can."""
    absent: Sequence[tuple[bool, str]] = (
        (DOCUMENT.exists(), "Lob's document is not beside this checkout"),
        (PRISM.exists(), "Prism is not installed: `make test` does it"),
        (shutil.which("node") is not None, "node is not installed"),
    )
    return next((reason for there, reason in absent if not there), "")


@pytest.fixture(scope="session")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Running]]:
    """A fake Lob behind Prism: the address of Prism, and the fake itself.

    Skips where the document or Prism is missing; fails where only Prism is and CI is set.
    """
    if reason := missing_for_prism():
        if DOCUMENT.exists() and os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    options = Options(rate=100_000, secret=SECRET, render_seconds=0.0)
    with (
        running(options) as fake,
        prism_in_front_of(fake.base_url, tmp_path_factory.mktemp("prism")) as address,
    ):
        yield address, fake

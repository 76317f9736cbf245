"""Webhooks: a real server, the fake Lob that calls it, and what the ledger knows afterwards."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from mailroom import pipeline
from mailroom.dev.fakelob import Running
from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger import Ledger, open_ledger, tables
from mailroom.model import News, Status
from mailroom.providers import open_provider
from mailroom.providers.lob import Lob
from mailroom.web.clerk import Clerk, Tally
from mailroom.web.serving import serve_webhooks
from tests.commands import Answer, finished, started
from tests.lob_batches import LIVE_KEY
from tests.lob_fixtures import SECRET
from tests.printing import office
from tests.workspaces import CARDS, MAILING, make_workspace, opened, person, say_yes

DAY = 86_400
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
POSTCARDS = CARDS.replace('"plain"', '"kingfisher"') + 'format = "postcard-4x6"\nprovider = "lob"\n'
AMERICAN = {"City": "Troy", "State": "NY", "Postal Code": "12180", "Country/Region": "US"}
FAULTS = ("webhook_twice", "webhook_reordered", "webhook_forged", "webhook_stale")


def hmac_sha256(key: bytes, message: bytes) -> str:
    """RFC 2104 by hand, so that the signature is not checked against itself."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).hexdigest()


def signed(
    body: bytes, at: dt.datetime | str | None = None, secret: str = SECRET
) -> dict[str, str]:
    """The headers under which Lob would send it."""
    moment = at or dt.datetime.now(dt.UTC)
    stamp = moment if isinstance(moment, str) else str(int(moment.timestamp()))
    signature = hmac_sha256(secret.encode(), stamp.encode() + b"." + body)
    return {"lob-signature": signature, "lob-signature-timestamp": stamp}


def event(number: int = 1, word: str = "postcard.mailed", **resource: Any) -> bytes:
    body = {"id": f"psc_{number}", "object": "postcard", **resource}
    content = {
        "id": f"evt_{number}",
        "event_type": {"id": word},
        "body": body,
        "date_created": "2026-11-23T10:00:00.000Z",
    }
    return json.dumps(content).encode()


# --- what Lob's calls say -------------------------------------------------------------------


@pytest.fixture(scope="module")
def lob() -> Lob:
    told = office({}, Path("nowhere"), environ={"LOB_WEBHOOK_SECRET": SECRET})
    opened = open_provider("lob", told)
    assert isinstance(opened, Lob)
    return opened


def test_the_signature_by_hand_is_that_of_rfc_4231() -> None:
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert hmac_sha256(
        b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First"
    ) == ("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")


def test_a_signed_call_becomes_news(lob: Lob) -> None:
    body = event(metadata={"mailroom_piece": "p", "mailroom_mailing": "winter"})
    news = lob.parse_webhook(signed(body, NOON), body, NOON)
    assert (news.id, news.ref, news.word) == ("evt_1", "psc_1", "postcard.mailed")
    assert (news.status, news.piece, news.mailing) == (Status.MAILED, "p", "winter")
    assert news.at == "2026-11-23T10:00:00.000+00:00"


@pytest.mark.parametrize("stamp", ["1795435200", "1795435200000", "2026-11-23T12:00:00Z"])
def test_seconds_milliseconds_and_iso_8601_are_understood(lob: Lob, stamp: str) -> None:
    assert lob.parse_webhook(signed(event(), stamp), event(), NOON).id == "evt_1"


@pytest.mark.parametrize("minutes", [-6, 6, 60, -60 * 24 * 365])
def test_a_signature_of_another_time_is_refused(lob: Lob, minutes: int) -> None:
    then = NOON + dt.timedelta(minutes=minutes)
    with pytest.raises(Refused, match="another time"):
        lob.parse_webhook(signed(event(), then), event(), NOON)
    near = NOON + dt.timedelta(minutes=5 if minutes > 0 else -5)
    assert lob.parse_webhook(signed(event(), near), event(), NOON)


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "inf", "1e400", "-1e30", "٣"])
def test_a_signature_without_a_time_is_refused(lob: Lob, stamp: str) -> None:
    headers = signed(event(), NOON)
    headers["lob-signature-timestamp"] = stamp
    message = stamp.encode() + b"." + event()
    headers["lob-signature"] = hmac_sha256(SECRET.encode(), message)
    with pytest.raises(Refused):
        lob.parse_webhook(headers, event(), NOON)


def test_whatever_is_changed_on_the_way_is_refused(lob: Lob) -> None:
    body, good = event(), signed(event(), NOON)
    other = str(int(NOON.timestamp()) + 1)
    for headers, sent in (
        (good, body + b" "),
        (good | {"lob-signature-timestamp": other}, body),
        (good | {"lob-signature": good["lob-signature"][:-1]}, body),
        (good | {"lob-signature": ""}, body),
        (good | {"lob-signature": "é" * 64}, body),
        (signed(body, NOON, secret="another"), body),
        ({}, body),
    ):
        with pytest.raises(Refused, match="not Lob's"):
            lob.parse_webhook(headers, sent, NOON)


@pytest.mark.parametrize("secret", [None, "", "secret"])
def test_without_a_secret_of_its_own_it_says_what_to_set(secret: str | None) -> None:
    environ = {} if secret is None else {"LOB_WEBHOOK_SECRET": secret}
    unready = open_provider("lob", office({}, Path("nowhere"), environ=environ))
    assert isinstance(unready, Lob)
    with pytest.raises(EnvironmentProblem, match="LOB_WEBHOOK_SECRET") as problem:
        unready.parse_webhook(signed(event(), NOON, secret=secret or ""), event(), NOON)
    assert "export LOB_WEBHOOK_SECRET" in problem.value.hint


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = ("id", "event_type", "body", "date_created", "reference_id", "object")
_PARTS = ("id", "metadata", "failure_reason", "status", "deleted", "tracking_events", "url")
resources = st.dictionaries(st.sampled_from(_PARTS), json_values)
words = st.sampled_from(["postcard.failed", "letter.certified.issue", "new.thing", ""])
events = st.fixed_dictionaries(
    {"id": json_values},
    optional={
        "event_type": st.fixed_dictionaries({"id": words | json_values}) | json_values,
        "body": resources | json_values,
        "date_created": json_values,
        "reference_id": json_values,
    },
)


def is_news_or_refused(lob: Lob, body: bytes) -> None:
    try:
        news = lob.parse_webhook(signed(body, NOON), body, NOON)
    except Refused:
        return
    assert isinstance(news, News)
    told = "".join(value for value in vars(news).values() if isinstance(value, str))
    assert "\0" not in told and told.encode()  # no ledger refuses it


@settings(max_examples=300, deadline=None)
@given(st.binary())
def test_whatever_bytes_are_signed_are_news_or_refused(lob: Lob, body: bytes) -> None:
    is_news_or_refused(lob, body)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(events | json_values)
def test_whatever_json_is_signed_is_news_or_refused(lob: Lob, content: Any) -> None:
    is_news_or_refused(lob, json.dumps(content).encode())


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"id":' * 100_000, b"9" * 100_000])
def test_json_that_is_too_deep_or_too_long_is_refused(lob: Lob, body: bytes) -> None:
    with pytest.raises(Refused):
        lob.parse_webhook(signed(body, NOON), body, NOON)


# --- the server -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Serving:
    """`mailroom serve` in a process of its own."""

    process: subprocess.Popen[str]
    folder: Path
    url: str  #: where Lob is to call
    caller: httpx.Client
    said: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.url.removesuffix("/webhooks/lob")

    def post(self, body: bytes, headers: dict[str, str] | None = None, to: str = "") -> int:
        given = signed(body) if headers is None else headers
        return self.caller.post(to or self.url, content=body, headers=given).status_code

    @property
    def ledger(self) -> Path:
        return self.folder / ".mailroom" / "ledger.db"

    def ids(self, ledger: Path | None = None) -> list[str]:
        with contextlib.closing(sqlite3.connect(ledger or self.ledger)) as db:
            return [name for (name,) in db.execute("SELECT id FROM news ORDER BY id")]

    def stop(self, with_signal: int = signal.SIGINT) -> Answer:
        self.process.send_signal(with_signal)
        begun = time.monotonic()
        answer = finished(self.process)
        assert time.monotonic() - begun < 20, "it waited for the ledger, which takes half a minute"
        return answer


@contextlib.contextmanager
def serving(folder: Path, *words: str, secret: str = SECRET) -> Iterator[Serving]:
    environ = {**os.environ, "LOB_WEBHOOK_SECRET": secret}
    process = started(folder, "serve", "--port", "0", *words, env=environ)
    try:
        assert process.stderr
        line = process.stderr.readline()
        found = re.match(r"(http://127\.0\.0\.1:\d+/webhooks/lob) ", line)
        assert found, line + process.stderr.read()
        with httpx.Client(timeout=60, trust_env=False) as caller:
            yield Serving(process=process, folder=folder, url=found[1], caller=caller, said=[line])
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("bare") / "ws", [person(1)])


@pytest.fixture(scope="module")
def server(bare: Path) -> Iterator[Serving]:
    with serving(bare) as server:
        yield server


def test_what_is_signed_is_kept_and_what_is_not_is_refused(server: Serving) -> None:
    assert server.post(event(10)) == 200
    assert server.post(event(11), signed(event(11), secret="guessed")) == 401
    old = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    assert server.post(event(12), signed(event(12), old)) == 401
    assert server.post(event(13), {}) == 401
    assert server.post(b"{}", signed(b"{}")) == 401
    ids = server.ids()
    assert "evt_10" in ids
    assert not {"evt_11", "evt_12", "evt_13"} & {*ids}


def test_the_same_event_is_kept_once_however_often_it_comes(server: Serving) -> None:
    headers = signed(event(20))
    assert [server.post(event(20), headers) for _ in range(3)] == [200, 200, 200]
    assert server.ids().count("evt_20") == 1


def test_news_that_nobody_here_knows_is_kept_as_it_came(server: Serving) -> None:
    body = event(30, "postcard.teleported", metadata={"colour": "é"})
    assert server.post(body) == 200
    ledger = open_ledger(f"sqlite:///{server.ledger}", "2026-11-23T09:00:00+00:00")
    try:
        with ledger.reading() as connection:
            row = connection.execute(select(tables.news).where(tables.news.c.id == "evt_30")).one()
    finally:
        ledger.close()
    assert (row.word, row.status, row.piece) == ("postcard.teleported", "", "")
    assert json.loads(row.raw)["metadata"] == {"colour": "é"}


def test_many_deliveries_at_once_are_all_kept(server: Serving) -> None:
    with ThreadPoolExecutor(16) as callers:
        answers = [*callers.map(lambda n: server.post(event(1000 + n // 2)), range(200))]
    assert answers == [200] * 200
    assert {f"evt_{1000 + n}" for n in range(100)} <= {*server.ids()}


def test_a_body_that_is_too_big_is_refused_whether_it_says_so_or_not(server: Serving) -> None:
    big = event(40, filling="x" * 1_000_000)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(big), 50_000):
            yield big[start : start + 50_000]

    for content in (big, pieces()):
        try:
            answer = httpx.post(server.url, content=content, headers=signed(big), timeout=60)
        except httpx.TransportError:
            continue  # it hung up before all was sent: the answer can be lost then
        assert answer.status_code == 413
    assert "evt_40" not in server.ids()
    assert "too big<td>2" in server.caller.get(server.base).text
    assert server.post(event(41, filling="x" * 900_000)) == 200


def test_other_addresses_and_other_verbs_are_not_served(server: Serving) -> None:
    for path in ("/webhooks/pigeon", "/webhooks/outbox", "/webhooks/", "/webhooks/lob/x", "/x"):
        assert server.post(event(50), to=server.base + path) == 404, path
    assert server.caller.get(server.url).status_code == 405
    assert server.caller.put(server.url).status_code == 405
    assert server.caller.post(server.base).status_code == 405
    assert "evt_50" not in server.ids()


def test_the_page_tells_where_to_call_and_how_many_have_come(server: Serving) -> None:
    server.post(event(60, "postcard.<b>"))
    page = server.caller.get(server.base)
    assert server.url in page.text
    assert "postcard.&lt;b&gt;<td>1" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_through_a_tunnel_nobody_sees_the_page_but_calls_are_taken(server: Serving) -> None:
    there = {"Host": "mailroom.example"}
    assert server.caller.get(server.base, headers=there).status_code == 404
    assert server.post(event(70), {**signed(event(70)), **there}) == 200


def test_one_caller_that_is_slow_does_not_hold_up_the_others(server: Serving) -> None:
    with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as slow:
        slow.sendall(b"POST /webhooks/lob HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert server.post(event(80)) == 200


@pytest.mark.slow
def test_a_body_that_never_ends_is_hung_up_on(server: Serving) -> None:
    with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as slow:
        slow.sendall(b"POST /webhooks/lob HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        slow.settimeout(20)
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


@pytest.mark.slow
def test_it_ends_at_once_and_tells_what_has_come_in(bare: Path) -> None:
    with serving(bare) as server:
        server.post(event(90))
        server.post(event(90))
        server.post(event(91), {})
        with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as slow:
            slow.sendall(b"POST /webhooks/lob HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
            answer = server.stop()
    assert answer.code == 0
    assert "2 lob postcard.mailed" in answer.words
    assert "1 known already" in answer.words
    assert "1 refused for lob: the signature is not Lob's" in answer.words
    everything = answer.out + answer.err + "".join(server.said)
    assert SECRET not in everything and "psc_" not in everything and "Traceback" not in everything


@pytest.mark.slow
def test_to_be_told_to_end_is_the_same_as_ctrl_c(bare: Path) -> None:
    with serving(bare) as server:
        answer = server.stop(signal.SIGTERM)
    assert (answer.code, answer.out) == (0, "Nothing has come in.\n")


def test_calls_of_the_test_mode_go_to_the_trial_s_ledger(bare: Path) -> None:
    with serving(bare, "--test") as server:
        assert "trial's ledger (TEST)" in server.said[0]
        assert server.post(event(95)) == 200
        trial = bare / ".mailroom" / "test" / "ledger.db"
        assert server.ids(trial) == ["evt_95"] and "evt_95" not in server.ids()


@pytest.mark.slow
def test_without_a_secret_it_does_not_start(bare: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if "LOB" not in name}
    answer = finished(started(bare, "serve", "--port", "0", env=environ))
    assert answer.code == 4
    assert "LOB_WEBHOOK_SECRET is not set" in answer.err and "export" in answer.err


def test_a_port_that_is_taken_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOB_WEBHOOK_SECRET", SECRET)
    with opened(bare) as ws, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentProblem, match=str(port)):
            serve_webhooks(ws, port=port)


def test_without_the_extra_it_says_what_to_install(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with opened(bare) as ws, pytest.raises(EnvironmentProblem) as problem:
        serve_webhooks(ws)
    assert problem.value.hint == "pip install 'mailroom[web]'"


# --- the ledger -----------------------------------------------------------------------------


def test_while_the_ledger_cannot_be_written_the_call_has_to_come_again(server: Serving) -> None:
    with contextlib.closing(sqlite3.connect(server.ledger)) as db:
        db.execute("ALTER TABLE news RENAME TO away")
        assert server.post(event(100)) == 500
        db.execute("ALTER TABLE away RENAME TO news")
    assert server.post(event(100)) == 200
    assert server.ids().count("evt_100") == 1


def test_a_ledger_that_is_busy_for_a_moment_is_waited_for(server: Serving) -> None:
    with contextlib.closing(sqlite3.connect(server.ledger, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as caller:
            answer = caller.submit(server.post, event(110))
            time.sleep(0.3)
            assert not answer.done()
            db.execute("COMMIT")
            assert answer.result(60) == 200


@pytest.mark.slow
def test_it_ends_at_once_also_while_the_ledger_is_locked(bare: Path) -> None:
    with (
        serving(bare) as server,
        contextlib.closing(sqlite3.connect(server.ledger, isolation_level=None)) as db,
        httpx.Client() as client,
    ):
        db.execute("BEGIN IMMEDIATE")
        headers = signed(event(120))
        with contextlib.suppress(httpx.TimeoutException):
            client.post(server.url, content=event(120), headers=headers, timeout=0.5)
        assert server.stop().code == 0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", "2026-11-23T09:00:00+00:00")
    yield ledger
    ledger.close()


def test_what_comes_while_the_clerk_writes_goes_into_one_transaction(
    ledger: Ledger, lob: Lob
) -> None:
    clerk = Clerk(ledger, lambda: "2026-11-23T09:00:00+00:00", tally := Tally())
    bodies = [event(number % 30) for number in range(60)]
    asked = [clerk.take(lob.parse_webhook(signed(body, NOON), body, NOON)) for body in bodies]
    clerk.start()
    clerk.stop(60)
    assert all(written.result(0) is None for written in asked)
    with ledger.reading() as connection:
        moments = connection.scalar(select(func.count()).select_from(tables.news))
    assert moments == 30
    assert tally.now() == {"known already": 30, "lob postcard.mailed": 60}


def test_news_that_cannot_be_written_does_not_take_the_others_along(
    ledger: Ledger, lob: Lob
) -> None:
    bad = News(
        id="evt_bad\ud800", provider="lob", mailing="", piece="", key="", ref="psc_b", word="x",
        status=None, at="",
    )  # fmt: skip
    good = lob.parse_webhook(signed(event(1), NOON), event(1), NOON)
    clerk = Clerk(ledger, lambda: "2026-11-23T09:00:00+00:00", Tally())
    first, poison, last = clerk.take(good), clerk.take(bad), clerk.take(good)
    hung_up = clerk.take(good)
    assert hung_up.cancel()
    clerk.start()
    clerk.stop(60)
    assert first.result(0) is None and last.result(0) is None
    assert isinstance(poison.exception(0), UnicodeEncodeError)


# --- with Lob -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A mailing that the fake Lob has taken, live, and that tells what becomes of it."""

    serving: Serving
    fake: Running

    def later(self, days: int) -> None:
        """Move Lob's clock on."""
        base = self.fake.base_url.removesuffix("/v1")
        httpx.post(f"{base}/_fake/clock", json={"advance_seconds": days * DAY}).raise_for_status()

    def counts(self) -> dict[str, int]:
        with opened(self.serving.folder) as ws:
            return dict(pipeline.status(ws, MAILING)["counts"])

    def wait_for(self, counts: dict[str, int], patience: float = 120) -> None:
        end = time.monotonic() + patience
        while self.counts() != counts:
            assert time.monotonic() < end, self.counts()
            time.sleep(0.05)


@pytest.fixture
def post(
    tmp_path: Path, start_fake_lob: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Posted]]:
    """Three postcards to the US through the fake Lob, whose webhooks come to `mailroom serve`."""
    monkeypatch.setenv("LOB_API_KEY", LIVE_KEY)
    with contextlib.ExitStack() as stack:

        def post(**faults: float) -> Posted:
            folder = make_workspace(tmp_path / "ws", [], mailing=POSTCARDS)
            export([person(number, **AMERICAN) for number in range(3)], folder)
            server = stack.enter_context(serving(folder))
            fake = start_fake_lob(webhook=server.url, named=faults)
            configure(folder, fake)
            send(folder)
            return Posted(serving=server, fake=fake)

        yield post


def export(people: list[dict[str, str]], folder: Path) -> None:
    with (folder / "exports" / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(people[0]))
        writer.writeheader()
        writer.writerows(people)


def configure(folder: Path, fake: Running) -> None:
    lob = f'[providers.lob]\nbase_url = "{fake.base_url}"\nundo_hours = 0\n'
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(lob)
    rates = folder / "rates.toml"
    rates.write_text(rates.read_text("utf-8").replace("outbox", "lob"), "utf-8")


def send(folder: Path, *, live: bool = True) -> None:
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        report = pipeline.prepare(ws, MAILING)
        assert report.ready == 3, report.held
        pipeline.proof(ws, MAILING)
        pipeline.approve(ws, MAILING, "Ruth", {})
        assert pipeline.send(ws, MAILING, live=live, confirm=say_yes).posted == 3


@pytest.mark.slow
def test_pieces_are_followed_to_the_doormat_whatever_happens_to_the_calls(
    post: Callable[..., Posted],
) -> None:
    posted = post(**dict.fromkeys(FAULTS, 0.5))
    posted.later(30)
    posted.wait_for({"delivered": 3})
    faults = posted.fake.lob.stats()["faults"]
    assert {*faults} == {*FAULTS}, "not every fault was met"
    while len(posted.serving.ids()) < 3 * 8:  # from `created` to `delivered`
        time.sleep(0.05)
    assert len(posted.serving.ids()) == 3 * 8
    said = posted.serving.stop().words
    assert "refused for lob: the signature is not Lob's" in said
    assert "refused for lob: the signature is of another time" in said

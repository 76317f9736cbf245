"""Each fault of the fake Lob does what its name says; its webhooks are signed as Lob's are."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.dev import injector
from mailroom.dev.deliveries import loopback
from mailroom.dev.fakelob import Running
from mailroom.dev.injector import Faults, load, read_share, shipped
from mailroom.errors import UsageError
from mailroom.faults import webhook_reordered
from tests.lob_fixtures import SECRET, Caller, calling

DAY = 86_400


def next_is(lob: Caller, *faults: str) -> None:
    lob.control("faults", next=faults)


# Faults of requests


@pytest.mark.parametrize(
    ("fault", "status"), [("error_before", 500), ("html_503", 503), ("storm_429", 429)]
)
def test_some_faults_refuse_before_anything_is_done(lob: Caller, fault: str, status: int) -> None:
    next_is(lob, fault)
    assert lob.post(key="k").status_code == status
    stats = lob.control("stats")
    assert stats["accepted"] == 0
    assert stats["faults"] == {fault: 1}


def test_500_after_accepting_is_found_again_by_its_key(lob: Caller) -> None:
    next_is(lob, "error_after")
    assert lob.post(key="k", **{"metadata[p]": "1"}).status_code == 500
    (piece,) = lob.get("/postcards", **{"metadata[p]": "1"}).json()["data"]
    assert lob.post(key="k").json()["id"] == piece["id"]
    assert lob.control("stats")["accepted"] == 1


@pytest.mark.parametrize(("fault", "accepted"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_connection_says_nothing(lob: Caller, fault: str, accepted: int) -> None:
    next_is(lob, fault)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        lob.post(key="k")
    assert lob.control("stats")["accepted"] == accepted


@pytest.mark.slow
def test_hanging_outlasts_the_patient_and_then_resets(lob: Caller, fake_lob: Running) -> None:
    next_is(lob, "hang", "hang")
    with calling(fake_lob.base_url, timeout=0.3) as hasty, pytest.raises(httpx.ReadTimeout):
        hasty.post()
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        lob.post()
    assert lob.control("stats")["accepted"] == 2


def test_a_body_breaks_off_in_the_middle(lob: Caller) -> None:
    next_is(lob, "cut_off")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        lob.post(key="k")
    assert lob.control("stats")["accepted"] == 1


def test_503_is_html(lob: Caller) -> None:
    next_is(lob, "html_503")
    answer = lob.get("/postcards")
    assert answer.headers["content-type"] == "text/html"
    with pytest.raises(ValueError):
        answer.json()


def test_a_slow_answer_is_the_right_one(lob: Caller) -> None:
    next_is(lob, "slow")
    began = time.monotonic()
    assert lob.post().status_code == 200
    assert time.monotonic() - began > 0.5


def test_a_storm_goes_on_for_a_while(start_fake_lob: Callable[..., Running]) -> None:
    fake = start_fake_lob(named={"storm_429": 0.1})
    with calling(fake.base_url) as lob:
        statuses = "".join(
            "x" if lob.get("/postcards").status_code == 429 else "." for _ in range(300)
        )
    storms = [len(run) for run in statuses.strip("x").split(".") if run]
    assert storms
    assert all(length % 4 == 0 for length in storms)
    assert 0.05 < statuses.count("x") / 300 < 0.2


def test_a_piece_that_was_accepted_fails_to_render(start_fake_lob: Callable[..., Running]) -> None:
    with calling(start_fake_lob(named={"render_fails": 1.0}).base_url) as lob:
        made = lob.post().json()["id"]
        assert lob.get(f"/postcards/{made}").json()["status"] == "failed"
        stats = lob.control("stats")
        assert (stats["failed"], stats["physical"]) == (1, 0)


def test_faults_can_be_switched_off_again(start_fake_lob: Callable[..., Running]) -> None:
    with calling(start_fake_lob(named={"error_before": 1.0}).base_url) as lob:
        assert lob.get("/postcards").status_code == 500
        lob.control("faults", share=0)
        assert lob.get("/postcards").status_code == 200


def test_a_fault_of_ones_own_is_a_file(
    start_fake_lob: Callable[..., Running], tmp_path: Path
) -> None:
    own = tmp_path / "teapot.py"
    own.write_text(
        "from mailroom.faults import Answer\n"
        "def before(call):\n"
        "    return Answer(status=418) if call.method == 'POST' else None\n"
    )
    with calling(start_fake_lob(named={str(own): 1.0}).base_url) as lob:
        assert lob.post().status_code == 418
        assert lob.get("/postcards").status_code == 200
        assert lob.control("stats")["faults"] == {"teapot": 2}


def test_a_fault_file_with_a_fault_is_a_500_that_is_told(
    start_fake_lob: Callable[..., Running], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "broken.py"
    own.write_text("def before(call):\n    return 1 / 0\n")
    with calling(start_fake_lob(named={str(own): 1.0}).base_url) as lob:
        assert lob.post().status_code == 500
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_fault_has_a_hook_and_says_what_it_is(name: str) -> None:
    module = load(name)
    assert module.__doc__
    assert any(hasattr(module, hook) for hook in injector.HOOKS)


@pytest.mark.parametrize("typed", ["nonsense", "nonsense.py", "hang:2", "hang:-1"])
def test_a_fault_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        Faults(named=dict([read_share(typed)]))


def test_a_file_without_a_hook_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("X = 1\n")
    with pytest.raises(UsageError, match="is no fault"):
        load(str(tmp_path / "empty.py"))


def test_the_share_is_typed_behind_a_colon() -> None:
    assert read_share("hang:0.5") == ("hang", 0.5)
    assert read_share("hang") == ("hang", 0.1)
    assert read_share("C:/faults/own.py") == ("C:/faults/own.py", 0.1)


@pytest.mark.slow
@settings(max_examples=20)
@given(share=st.floats(0.05, 1.0), seed=st.integers(0, 1000))
def test_that_share_of_requests_meets_a_fault_whatever_lasts_longer(
    share: float, seed: int
) -> None:
    faults = Faults(share=share, seed=seed)
    met = sum(faults.draw() is not None for _ in range(4000))
    assert met == sum(faults.counts.values())
    assert abs(met / 4000 - share) < 0.06


def test_the_same_seed_draws_the_same_faults() -> None:
    def draws(seed: int) -> list[str]:
        faults = Faults(share=0.5, seed=seed)
        return [getattr(faults.draw(), "__name__", "") for _ in range(200)]

    assert draws(3) == draws(3) != draws(4)
    assert "mailroom.faults.reset_after" in draws(3)


@pytest.mark.parametrize(("careful", "expected"), [(True, False), (False, True)])
def test_who_sends_without_keys_sends_twice(
    start_fake_lob: Callable[..., Running], careful: bool, expected: bool
) -> None:
    """The reason for all of this: with keys every piece is there once, without some are twice."""
    named = {"reset_after": 0.1, "error_after": 0.1, "cut_off": 0.1, "storm_429": 0.1}
    with calling(start_fake_lob(named=named).base_url) as lob:
        for piece in map(str, range(60)):
            while not _is_taken(lob, piece, key=piece if careful else ""):
                pass
        lob.control("faults", share=0)
        stats = lob.control("stats")
    assert len(stats["pieces"]) == 60
    assert bool(stats["duplicates"]) == expected
    assert bool(stats["counts"].get("replayed")) == careful


def _is_taken(lob: Caller, piece: str, key: str) -> bool:
    try:
        return lob.post(key=key, **{"metadata[mailroom_piece]": piece}).status_code == 200
    except httpx.TransportError:
        return False


# Webhooks


class Receiver:
    """Somebody who is told what happens; says 500 as often as `refusals`."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.refusals = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.put(({k.lower(): v for k, v in self.headers.items()}, body))
                refused = outer.refusals > 0
                outer.refusals -= refused
                self.send_response(500 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks?a=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def events(self, number: int) -> list[dict[str, Any]]:
        """The next ones, their signatures checked."""
        taken = [self.got.get(timeout=60) for _ in range(number)]
        assert all(map(is_signed, taken))
        return [json.loads(body) for _, body in taken]


def is_signed(taken: tuple[dict[str, str], bytes]) -> bool:
    """As Lob's customers check it; written once more, so that the fake cannot agree with itself."""
    headers, body = taken
    said = headers["lob-signature-timestamp"] + "."
    expected = hmac.new(SECRET.encode(), said.encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers["lob-signature"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def told(
    receiver: Receiver, start_fake_lob: Callable[..., Running]
) -> Iterator[Callable[..., Caller]]:
    """Starts a fake Lob that tells `receiver`; it hangs up before the receiver stops."""
    with contextlib.ExitStack() as stack:

        def start(**named: float) -> Caller:
            fake = start_fake_lob(webhook=receiver.url, named=named)
            return stack.enter_context(calling(fake.base_url))

        yield start


def test_what_becomes_of_a_piece_is_told_from_beginning_to_end(
    told: Callable[..., Caller], receiver: Receiver
) -> None:
    lob = told()
    made = lob.post().json()["id"]
    begin = receiver.events(3)
    assert [e["event_type"]["id"] for e in begin] == [
        "postcard.created",
        "postcard.rendered_pdf",
        "postcard.rendered_thumbnails",
    ]
    lob.control("clock", advance_seconds=30 * DAY)
    events = receiver.events(5)
    assert [e["event_type"]["id"].partition(".")[2] for e in events] == [
        "mailed",
        "in_transit",
        "in_local_area",
        "processed_for_delivery",
        "delivered",
    ]
    assert len({e["id"] for e in begin + events}) == 8
    last = events[-1]
    assert last["reference_id"] == last["body"]["id"] == made
    assert last["body"]["tracking_events"][-1]["name"] == "Delivered"
    assert set(last["event_type"]) == {"id", "enabled_for_test", "resource", "object"}
    assert (last["object"], last["event_type"]["resource"]) == ("event", "postcards")


def test_calling_back_and_failing_are_told_and_nothing_after_it(
    told: Callable[..., Caller], receiver: Receiver
) -> None:
    lob = told()
    made = lob.post().json()["id"]
    receiver.events(3)
    lob.delete(f"/postcards/{made}")
    (deleted,) = receiver.events(1)
    assert deleted["event_type"]["id"] == "postcard.deleted"
    assert deleted["body"] == {"id": made, "deleted": True}
    lob.post("letters", description="render fails")
    _, failed = receiver.events(2)
    assert failed["event_type"]["id"] == "letter.failed"
    assert failed["body"]["failure_reason"]["remediation"]
    lob.control("clock", advance_seconds=30 * DAY)
    lob.post()
    assert receiver.events(1)[0]["event_type"]["id"] == "postcard.created"


def test_a_refused_webhook_comes_again_as_the_same_event(
    told: Callable[..., Caller], receiver: Receiver
) -> None:
    receiver.refusals = 2
    told().post(description="render fails")
    events = Counter(event["id"] for event in receiver.events(4))
    assert sorted(events.values()) in ([1, 3], [2, 2])


def test_every_webhook_comes_twice(told: Callable[..., Caller], receiver: Receiver) -> None:
    told(webhook_twice=1.0).post()
    events = Counter(event["id"] for event in receiver.events(6))
    assert set(events.values()) == {2}


@pytest.mark.slow
def test_later_webhooks_overtake_one_that_is_held_back(
    told: Callable[..., Caller], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_reordered, "SECONDS", 3)  # a busy machine takes some time
    lob = told(webhook_reordered=1.0)
    lob.post()
    while lob.control("stats")["faults"].get("webhook_reordered") != 3:
        time.sleep(0.01)
    lob.control("faults", named={})
    lob.post("letters")
    kinds = [event["event_type"]["id"].partition(".")[0] for event in receiver.events(6)]
    assert kinds == ["letter"] * 3 + ["postcard"] * 3


def test_forged_webhooks_have_a_bad_signature_and_the_true_ones_follow(
    told: Callable[..., Caller], receiver: Receiver
) -> None:
    told(webhook_forged=1.0).post(description="render fails")
    taken = [receiver.got.get(timeout=60) for _ in range(4)]
    assert [is_signed(each) for each in taken] == [False, True, False, True]
    assert taken[0][1] == taken[1][1]


def test_stale_webhooks_are_well_signed_and_an_hour_old(
    told: Callable[..., Caller], receiver: Receiver
) -> None:
    told(webhook_stale=1.0).post(description="render fails")
    taken = [receiver.got.get(timeout=60) for _ in range(4)]
    assert all(map(is_signed, taken))
    ages = [time.time() - float(headers["lob-signature-timestamp"]) for headers, _ in taken]
    assert [age > 3000 for age in ages] == [True, False, True, False]


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "http://10.0.0.1/", "127.0.0.1:80", "x"]
)
def test_webhooks_never_leave_this_machine(url: str) -> None:
    with pytest.raises(UsageError, match="no address of this machine"):
        loopback(url)


def test_webhooks_are_never_sent_unsigned(start_fake_lob: Callable[..., Running]) -> None:
    with pytest.raises(UsageError, match="need a secret"):
        start_fake_lob(webhook="http://127.0.0.1:1/", secret="")


def test_every_address_of_this_machine_may_be_told() -> None:
    for url in ("http://127.0.0.1:1/a", "http://localhost:8000/", "http://[::1]:9/"):
        assert loopback(url).port

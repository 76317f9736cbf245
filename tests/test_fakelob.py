"""The fake Lob remembers, refuses and moves on as the real one does."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.dev.bodies import read_body
from mailroom.dev.fakelob import Running
from mailroom.dev.fakestate import Kept, Keys, Window
from mailroom.dev.orders import POSTCARD, Order, read_order
from mailroom.dev.verifications import MAGIC, NOT_VERIFIED, verify_us
from tests.lob_batches import LIVE_KEY
from tests.lob_fixtures import (
    FRONT,
    LETTER,
    TEST_KEY,
    Caller,
    OwnProcess,
    address,
    calling,
    pdf,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400
BERLIN = {"address_state": "", "address_zip": "10115", "address_country": "DE"}


def code(answer: httpx.Response) -> str:
    """Lob's error code; the status in the body is that of the answer."""
    error = answer.json()["error"]
    assert error["status_code"] == answer.status_code
    return str(error["code"])


# Keys


def test_the_same_key_is_the_same_piece(lob: Caller) -> None:
    first, second = lob.post(key="k").json(), lob.post(key="k").json()
    assert first["id"] == second["id"]
    assert lob.control("stats")["accepted"] == 1


def test_a_key_belongs_to_one_resource_and_one_mode(fake_lob: Running, lob: Caller) -> None:
    with calling(fake_lob.base_url, LIVE_KEY) as live:
        made = [lob.post(key="k"), lob.post("letters", key="k"), live.post(key="k")]
    assert len({answer.json()["id"] for answer in made}) == 3


def test_a_key_is_forgotten_after_a_day(lob: Caller) -> None:
    first = lob.post(key="k").json()["id"]
    lob.control("clock", advance_seconds=24 * HOUR - MINUTE)
    assert lob.post(key="k").json()["id"] == first
    lob.control("clock", advance_seconds=2 * MINUTE)
    assert lob.post(key="k").json()["id"] != first


def test_keys_can_be_made_forgotten(lob: Caller) -> None:
    first = lob.post(key="k").json()["id"]
    assert lob.control("forget_keys") == {"forgotten": 1}
    assert lob.post(key="k").json()["id"] != first


def test_a_key_for_something_else_gives_the_first_piece_and_is_counted(lob: Caller) -> None:
    first = lob.post(key="k").json()["id"]
    assert lob.post(key="k", description="another").json()["id"] == first
    assert lob.control("stats")["counts"]["replayed with another body"] == 1


def test_a_refused_request_leaves_its_key_free(lob: Caller) -> None:
    assert lob.post(key="k", size="9x9").status_code == 422
    assert lob.post(key="k").status_code == 200


def test_many_at_once_with_one_key_make_one_piece(lob: Caller, fake_lob: Running) -> None:
    def post(_: int) -> str:
        with calling(fake_lob.base_url) as caller:
            made: str = caller.post(key="k").json()["id"]
            return made

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(post, range(16)))) == 1
    assert fake_lob.state.stats()["accepted"] == 1


def test_the_second_with_a_key_waits_for_the_first() -> None:
    keys, slot = Keys(), ("test", "postcards", "k")
    assert keys.claim(slot, 0.0) is None
    waited: list[Kept | None] = []
    second = threading.Thread(target=lambda: waited.append(keys.claim(slot, 0.0)))
    second.start()
    second.join(0.05)
    assert second.is_alive()
    keys.settle(slot, Kept(piece="psc_1", since=0.0, asked=""))
    second.join(60)
    assert waited[0]
    assert waited[0].piece == "psc_1"


def test_a_key_is_given_once_and_is_not_too_long(lob: Caller) -> None:
    assert code(lob.post(key="k" * 257)) == "invalid"
    assert code(lob.post(key="k", idempotency_key="k")) == "invalid"
    beside = lob.http.post("/postcards?idempotency_key=a", json={})
    assert beside.status_code == 422


# Cancelling and the clock


def test_without_a_send_date_there_are_five_minutes(lob: Caller) -> None:
    early, late = lob.post().json()["id"], lob.post().json()["id"]
    lob.control("clock", advance_seconds=4 * MINUTE)
    assert lob.delete(f"/postcards/{early}").json() == {"id": early, "deleted": True}
    lob.control("clock", advance_seconds=2 * MINUTE)
    assert code(lob.delete(f"/postcards/{late}")) == "not_deletable"


def test_with_a_send_date_there_is_time_until_then(lob: Caller, fake_lob: Running) -> None:
    tomorrow = dt.datetime.fromtimestamp(fake_lob.state.now() + DAY, dt.UTC).isoformat()
    early = lob.post(send_date=tomorrow).json()["id"]
    late = lob.post(send_date=tomorrow).json()["id"]
    lob.control("clock", advance_seconds=DAY - MINUTE)
    assert lob.delete(f"/postcards/{early}").status_code == 200
    lob.control("clock", advance_seconds=2 * MINUTE)
    assert code(lob.delete(f"/postcards/{late}")) == "not_deletable"


def test_a_clock_moved_on_makes_nobodys_send_date_past(lob: Caller, fake_lob: Running) -> None:
    """Five are posted, a week goes by, the others are posted: by a sender who lives today."""
    tomorrow = dt.datetime.fromtimestamp(fake_lob.state.now() + DAY, dt.UTC).isoformat()
    lob.control("clock", advance_seconds=7 * DAY)
    made = lob.post(send_date=tomorrow)
    assert made.status_code == 200
    lob.control("clock", advance_seconds=DAY - MINUTE)
    assert lob.delete(f"/postcards/{made.json()['id']}").status_code == 200
    long_ago = dt.datetime.fromtimestamp(fake_lob.state.now() - 20 * DAY, dt.UTC).isoformat()
    assert code(lob.post(send_date=long_ago)) == "invalid"


def test_what_was_called_back_is_shown_not_listed_and_never_mailed(lob: Caller) -> None:
    made = lob.post(**{"metadata[mailroom_piece]": "p"}).json()["id"]
    lob.delete(f"/postcards/{made}")
    assert lob.delete(f"/postcards/{made}").status_code == 200
    lob.control("clock", advance_seconds=30 * DAY)
    shown = lob.get(f"/postcards/{made}").json()
    assert shown["deleted"] is True
    assert shown["tracking_events"] == []
    assert lob.get("/postcards").json()["data"] == []
    stats = lob.control("stats")
    assert (stats["physical"], stats["cancelled"]) == (0, 1)


def test_the_mail_takes_its_days(lob: Caller) -> None:
    made = lob.post().json()["id"]
    seen = []
    for _ in range(8):
        lob.control("clock", advance_seconds=DAY)
        seen.append([e["name"] for e in lob.get(f"/postcards/{made}").json()["tracking_events"]])
    assert seen[0] == []
    assert seen[1] == ["Mailed"]
    assert seen[3] == ["Mailed", "In Transit"]
    assert seen[-1][-1] == "Delivered"
    assert all(later[: len(sooner)] == sooner for sooner, later in itertools.pairwise(seen))


def test_rendering_takes_its_time(start_fake_lob: Callable[..., Running]) -> None:
    with calling(start_fake_lob(render_seconds=60.0).base_url) as lob:
        good = lob.post().json()
        bad = lob.post(to={"address_line2": "render fails"}).json()
        assert (good["status"], bad["status"]) == ("processed", "processed")
        assert "failure_reason" not in bad
        lob.control("clock", advance_seconds=61)
        assert lob.get(f"/postcards/{good['id']}").json()["status"] == "rendered"
        failed = lob.get(f"/postcards/{bad['id']}").json()
        assert failed["status"] == "failed"
        assert set(failed["failure_reason"]) == {"failure_reason", "remediation", "errors"}
        assert lob.control("stats")["failed"] == 1


def test_duplicates_are_told_by_mailrooms_own_label(lob: Caller) -> None:
    for piece in ("a", "b", "b"):
        lob.post(**{"metadata[mailroom_piece]": piece})
    stats = lob.control("stats")
    assert stats["pieces"] == {"a": 1, "b": 2}
    assert stats["duplicates"] == {"b": 2}


# Lists


def _ids(answer: httpx.Response) -> list[str]:
    return [piece["id"] for piece in answer.json()["data"]]


def _pages(lob: Caller, url: str | None, name: str) -> Iterator[list[str]]:
    while url:
        answer = lob.http.get(url)
        yield _ids(answer)
        url = answer.json()[f"{name}_url"]


def test_a_list_is_newest_first_and_its_cursors_lead_there_and_back(lob: Caller) -> None:
    made = [lob.post().json()["id"] for _ in range(7)]
    forth = list(_pages(lob, f"{lob.http.base_url}postcards?limit=3", "next"))
    assert [len(page) for page in forth] == [3, 3, 1]
    assert [piece for page in forth for piece in page] == made[::-1]
    second = lob.get("/postcards", limit="3").json()["next_url"]
    last = lob.http.get(lob.http.get(second).json()["next_url"]).json()
    back = list(_pages(lob, last["previous_url"], "previous"))
    assert back == [forth[1], forth[0]]


def test_what_is_posted_in_between_does_not_shift_the_pages(lob: Caller) -> None:
    made = [lob.post().json()["id"] for _ in range(4)]
    first = lob.get("/postcards", limit="2").json()
    lob.post()
    assert _ids(lob.http.get(first["next_url"])) == [made[1], made[0]]


def test_metadata_finds_its_pieces_and_those_only(lob: Caller, fake_lob: Running) -> None:
    both = {"metadata[run]": "1", "metadata[piece]": "a"}
    wanted = lob.post(**both).json()["id"]
    lob.post(**{**both, "metadata[piece]": "b"})
    lob.post("letters", **both)
    with calling(fake_lob.base_url, LIVE_KEY) as live:
        live.post(**both)
    found = lob.get("/postcards", **both, **{"include[]": "total_count"})
    assert _ids(found) == [wanted]
    assert found.json()["total_count"] == 1
    assert _ids(lob.get("/postcards", **{"metadata[run]": "2"})) == []


def test_lists_are_filtered_by_status_size_and_date(lob: Caller) -> None:
    failed = lob.post(description="render fails").json()["id"]
    art = pdf(666, 450)
    big = lob.post(size="6x9", files={"front": art, "back": art}).json()["id"]
    assert _ids(lob.get("/postcards", status="failed")) == [failed]
    assert _ids(lob.get("/postcards", size="6x9")) == [big]
    assert _ids(lob.get("/postcards", scheduled="true")) == []
    assert len(_ids(lob.get("/postcards", **{"date_created[gt]": "2020-01-01"}))) == 2
    assert _ids(lob.get("/postcards", **{"date_created[lt]": "2020-01-01"})) == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "after=nonsense", "before=YQ==&after=YQ=="]
)
def test_a_page_that_cannot_be_is_refused(lob: Caller, query: str) -> None:
    assert code(lob.http.get(f"/postcards?{query}")) == "invalid"


# Who asks


def test_who_has_no_key_is_nobody(fake_lob: Running) -> None:
    with httpx.Client(base_url=fake_lob.base_url, trust_env=False) as nobody:
        assert code(nobody.get("/postcards")) == "unauthorized"
    with calling(fake_lob.base_url, "sk_123") as stranger:
        assert code(stranger.get("/postcards")) == "invalid_api_key"
    with calling(fake_lob.base_url, "test_pub_123") as publishable:
        assert code(publishable.post()) == "publishable_key_not_allowed"
        verified = publishable.verify("us_verifications", {"address": "deliverable"})
        assert verified.status_code == 200


def test_test_and_live_never_cross(fake_lob: Running, lob: Caller) -> None:
    made = lob.post().json()["id"]
    with calling(fake_lob.base_url, LIVE_KEY) as live:
        assert code(live.get(f"/postcards/{made}")) == "not_found"
        assert code(live.delete(f"/postcards/{made}")) == "not_found"
        assert _ids(live.get("/postcards")) == []


def test_it_answers_without_v1_and_knows_no_other_endpoints(lob: Caller, fake_lob: Running) -> None:
    with calling(fake_lob.base_url.removesuffix("/v1")) as bare:
        assert bare.get("/postcards").status_code == 200
    for path in ("/checks", "/postcards/psc_1/x", "/bulk/postcards", "/"):
        assert code(lob.get(path)) == "unrecognized_endpoint"
    assert code(lob.http.put("/postcards")) == "unrecognized_endpoint"


def test_every_answer_has_a_number_and_says_what_is_left(lob: Caller) -> None:
    answers = [lob.post(), lob.post(size="9x9"), lob.get("/postcards")]
    numbers = {answer.headers["request-id"] for answer in answers}
    assert len(numbers) == 3
    for answer in answers:
        assert answer.headers["x-request-id"] == answer.headers["request-id"]
        assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(
            answer.headers
        )


# The rate limit


def test_who_asks_too_often_is_told_so(start_fake_lob: Callable[..., Running]) -> None:
    with calling(start_fake_lob(rate=3).base_url) as lob:
        answers = [lob.get("/postcards") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert code(answers[-1]) == "rate_limit_exceeded"
        left = [answer.headers["x-rate-limit-remaining"] for answer in answers]
        assert left == ["2", "1", "0", "0", "0"]
        assert lob.post().status_code == 200
        stats = lob.control("stats")
        assert stats["rate_limited"] == {"GET /postcards": 2}
        assert stats["peaks"] == {"GET /postcards": 5, "POST /postcards": 1}


def test_verifying_may_be_asked_twice_as_often(start_fake_lob: Callable[..., Running]) -> None:
    with calling(start_fake_lob(rate=3).base_url) as lob:
        answer = lob.verify("us_verifications", {"address": "deliverable"})
        assert answer.headers["x-rate-limit-limit"] == "6"


@given(
    steps=st.lists(st.floats(0, 3, allow_nan=False), max_size=60),
    limit=st.integers(1, 8),
)
def test_no_five_seconds_ever_admit_more_than_the_limit(steps: list[float], limit: int) -> None:
    window, now, admitted, arrived = Window(limit), 1000.0, [], []
    for step in steps:
        now += step
        arrived.append(now)
        within = sum(now - 5 < at for at in admitted)
        allowance = window.take(now)
        assert allowance.allowed == (within < limit)
        if allowance.allowed:
            admitted.append(now)
        assert allowance.remaining == limit - sum(now - 5 < at for at in admitted)
    busiest = [sum(end - 5 < at <= end for at in arrived) for end in arrived]
    assert window.peak == max(busiest, default=0)
    assert all(sum(end - 5 < at <= end for at in admitted) <= limit for end in admitted)


def test_a_burst_across_the_edge_of_two_windows_is_caught() -> None:
    window = Window(150)
    before = [window.take(4.9).allowed for _ in range(150)]
    after = [window.take(5.1).allowed for _ in range(150)]
    assert (all(before), any(after)) == (True, False)


# What is refused


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"use_type": ""}, "mail_use_type_can_not_be_null"),
        ({"use_type": "spam"}, "invalid"),
        ({"size": "9x9"}, "invalid"),
        ({"to[name]": ""}, "invalid"),
        ({"to[name]": "x" * 41}, "invalid"),
        ({"to[address_line1]": ""}, "invalid"),
        ({"to[address_line1]": "x" * 65}, "invalid"),
        ({"to[address_line1]": "x" * 40, "to[address_line2]": "y" * 11}, "address_length"),
        ({"to[address_state]": "New York"}, "invalid"),
        ({"to[address_zip]": "1218"}, "invalid"),
        ({"to[address_country]": "PS"}, "invalid"),
        ({"to[shoe_size]": "9"}, "invalid"),
        ({"shoe_size": "9"}, "invalid"),
        ({"mail_type": "usps_standard"}, "invalid"),
        ({"mail_type": "pigeon"}, "invalid"),
        ({"fsc": "True"}, "invalid"),
        ({"send_date": "soon"}, "invalid"),
        ({"send_date": "2020-01-01"}, "invalid"),
        ({"send_date": "2999-01-01"}, "invalid"),
        ({"description": "x" * 256}, "invalid"),
        ({"metadata[a]": 'say "no"'}, "invalid"),
        ({"metadata[a]": "back\\slash"}, "invalid"),
        ({"metadata[a]": "x" * 501}, "invalid"),
        ({f"metadata[{'k' * 41}]": "x"}, "invalid"),
        ({f"metadata[{n}]": "x" for n in range(21)}, "invalid"),
        ({"merge_variables": "nonsense"}, "invalid"),
    ],
)
def test_wrong_fields_are_refused_with_lobs_codes(
    lob: Caller, fields: dict[str, str], expected: str
) -> None:
    answer = lob.post(**fields)
    assert answer.status_code == 422
    assert code(answer).startswith(expected)
    assert lob.control("stats")["accepted"] == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"from[name]": ""}, "invalid"),
        ({"from[address_country]": "DE"}, "foreign_return_address"),
        ({"color": ""}, "invalid"),
        ({"color": "True"}, "invalid"),
        ({"address_placement": "on_the_back"}, "invalid"),
        ({"return_envelope": "true"}, "invalid_perforation_return_envelope"),
        ({"perforated_page": "1"}, "invalid_perforation_return_envelope"),
        (
            {"return_envelope": "true", "perforated_page": "9"},
            "invalid_perforation_return_envelope",
        ),
        ({"extra_service": "certified", "mail_type": "usps_standard"}, "invalid"),
        ({"size": "us_letter"}, "invalid"),
        ({"custom_envelope": "env_1"}, "not_found"),
    ],
)
def test_wrong_letters_are_refused_with_lobs_codes(
    lob: Caller, fields: dict[str, str], expected: str
) -> None:
    defaults = {"color": "false"}
    files = {"file": ("l.pdf", LETTER, "application/pdf")}
    data = {**address("to"), **address("from"), "use_type": "marketing", **defaults, **fields}
    answer = lob.http.post("/letters", data={k: v for k, v in data.items() if v}, files=files)
    assert code(answer) == expected


def test_an_address_known_to_lob_only_is_not_found(lob: Caller) -> None:
    content = {"to": "adr_0123", "front": "<p>", "back": "<p>", "use_type": "marketing"}
    assert code(lob.http.post("/postcards", json=content)) == "not_found"


def test_abroad_go_small_postcards_and_short_letters(lob: Caller) -> None:
    sender = address("from")
    assert lob.post(to=BERLIN, **sender).json()["to"]["address_country"] == "GERMANY"
    assert code(lob.post(to=BERLIN)) == "invalid"
    art = {"front": pdf(810, 450), "back": pdf(810, 450)}
    big = lob.post(to=BERLIN, size="6x11", files=art, **sender)
    assert code(big) == "invalid_international_feature"
    assert lob.post("letters", to=BERLIN, files={"file": pdf(612, 792, 12)}).status_code == 200
    long = lob.post("letters", to=BERLIN, files={"file": pdf(612, 792, 13)})
    assert code(long) == "file_pages_exceed_max"
    sure = lob.post("letters", to=BERLIN, extra_service="certified")
    assert code(sure) == "invalid_international_feature"
    mailer = {"inside": pdf(1314, 450), "outside": pdf(1314, 450)}
    folded = lob.post("self_mailers", to=BERLIN, files=mailer, **sender)
    assert code(folded) == "invalid_international_feature"


def test_legal_paper_needs_the_newer_version_of_the_api(lob: Caller) -> None:
    file = {"file": pdf(612, 1008)}
    assert code(lob.post("letters", files=file, size="us_legal")) == "invalid"
    newer = {"Lob-Version": "2024-01-01"}
    answer = lob.post("letters", files=file, size="us_legal", headers=newer)
    assert answer.status_code == 200
    odd = lob.post("letters", headers={"Lob-Version": "latest"})
    assert code(odd) == "unsupported_lob_version"


@pytest.mark.parametrize(
    ("resource", "size", "page", "files"),
    [
        ("postcards", "4x6", (450, 306), ("front", "back")),
        ("postcards", "6x9", (666, 450), ("front", "back")),
        ("postcards", "6x11", (810, 450), ("front", "back")),
        ("letters", "", (612, 792), ("file",)),
        ("self_mailers", "6x18_bifold", (1314, 450), ("inside", "outside")),
        ("self_mailers", "11x9_bifold", (666, 810), ("inside", "outside")),
        ("self_mailers", "12x9_bifold", (666, 882), ("inside", "outside")),
    ],
)
def test_a_page_has_its_size_to_the_point_with_its_bleed(
    lob: Caller, resource: str, size: str, page: tuple[float, float], files: tuple[str, ...]
) -> None:
    width, height = page

    def post(width: float, height: float) -> httpx.Response:
        art = dict.fromkeys(files, pdf(width, height))
        return lob.post(resource, files=art, size=size)

    assert post(width + 0.6, height - 0.6).status_code == 200
    for wrong in ((width - 18, height - 18), (width + 2, height), (height, width)):
        assert code(post(*wrong)) == "invalid_file_dimensions"


def test_pages_that_are_turned_or_scaled_count_as_one_sees_them(lob: Caller) -> None:
    def altered(width: float, height: float, name: str, value: int) -> bytes:
        with pikepdf.open(io.BytesIO(pdf(width, height))) as document:
            document.pages[0].obj[name] = value
            written = io.BytesIO()
            document.save(written)
        return written.getvalue()

    for art in (altered(306, 450, "/Rotate", 90), altered(225, 153, "/UserUnit", 2)):
        assert lob.post(files={"front": art, "back": FRONT}).status_code == 200


def test_files_that_lob_cannot_print_are_refused(lob: Caller) -> None:
    def refused(art: bytes) -> str:
        return code(lob.post(files={"front": art, "back": FRONT}))

    locked = pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refused(locked) == "pdf_encrypted"
    assert refused(pdf(encryption=pikepdf.Encryption(owner="o", user=""))) == "pdf_encrypted"
    assert refused(FRONT[:200]) == "invalid_file"
    assert refused(b"<html>") == "invalid_file"
    assert refused(FRONT + b"\n" * 5_300_000) == "file_size_exceeds_limit"
    assert refused(pdf(pages=2)) == "file_pages_exceed_max"
    assert code(lob.post(files={"front": FRONT})) == "invalid"


def test_all_pages_of_a_letter_are_equal_and_not_too_many(lob: Caller) -> None:
    mixed = pikepdf.open(io.BytesIO(LETTER))
    mixed.add_blank_page(page_size=(612, 1008))
    written = io.BytesIO()
    mixed.save(written)
    mixed.close()

    def refused(file: bytes, **fields: str) -> str:
        return code(lob.post("letters", files={"file": file}, **fields))

    assert refused(written.getvalue()) == "inconsistent_page_dimensions"
    assert refused(pdf(612, 792, 121)) == "file_pages_exceed_max"
    assert refused(pdf(612, 792, 61), double_sided="false") == "file_pages_exceed_max"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>" + "x" * 10_000, "invalid"),
        ("https://example.com/front.pdf", "invalid_file_url"),
        ("tmpl_123", "not_found"),
    ],
)
def test_artwork_that_is_no_file_is_looked_at_too(lob: Caller, markup: str, expected: str) -> None:
    content = {"front": markup, "back": "<p>", "use_type": "marketing"}
    person = {name[3:-1]: value for name, value in address("to").items()}
    assert code(lob.http.post("/postcards", json={**content, "to": person})) == expected


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nno heading--b--"),
        ("application/x-www-form-urlencoded", b"to=adr_1&to[name]=Ann"),
        ("application/x-www-form-urlencoded", b"\xff"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(lob: Caller, kind: str, body: bytes) -> None:
    answer = lob.http.post("/postcards", content=body, headers={"Content-Type": kind})
    assert code(answer) == "bad_request"


@given(
    data=st.binary(max_size=200),
    name=st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n[]'), min_size=1),
)
def test_files_come_out_of_multipart_as_they_went_in(data: bytes, name: str) -> None:
    request = httpx.Request(
        "POST", "http://x", files={"a": (f"{name}.pdf", data)}, data={"b": name}
    )
    fields = read_body(request.headers["content-type"], request.read())
    assert fields == {"a": data, "b": name}


def test_the_order_keeps_what_was_said() -> None:
    person = {name[3:-1]: value for name, value in address("to").items()}
    fields = {"to": person, "front": FRONT, "back": FRONT, "use_type": "operational"}
    order: Order = read_order(POSTCARD, fields, now=0.0)
    assert order.to == person
    assert order.pages == 2
    assert not order.foreign


# Verification


@pytest.mark.parametrize("line", MAGIC)
def test_magic_values_are_answered_as_lob_says(lob: Caller, line: str) -> None:
    answer = lob.verify("us_verifications", {"primary_line": line.title(), "zip_code": "11111"})
    verdict = answer.json()
    expected = "undeliverable" if line.startswith("undeliverable") else "deliverable"
    if line.endswith(" unit"):
        expected = f"deliverable_{line.replace(' ', '_')}"
    assert verdict["deliverability"] == expected
    assert verdict["recipient"] == NOT_VERIFIED
    assert verdict["id"] == f"us_ver_{line.replace(' ', '_')}"


def test_a_test_key_verifies_nothing_else(lob: Caller) -> None:
    fields = {"primary_line": "210 King St", "zip_code": "94107"}
    verdict = lob.verify("us_verifications", fields).json()
    assert verdict["deliverability"] == "undeliverable"
    abroad = {"primary_line": "370 Water St", "country": "CA"}
    assert lob.verify("intl_verifications", abroad).json()["deliverability"] == "no_match"


def test_a_live_key_has_addresses_written_as_usps_does() -> None:
    fields = {
        "recipient": "Ann Lee",
        "primary_line": "210 n. King Street",
        "secondary_line": "Apartment 4",
        "city": "San Francisco",
        "state": "CA",
        "zip_code": "94107-1702",
    }
    verdict = verify_us(fields, live=True)
    assert verdict["primary_line"] == "210 N KING ST"
    assert verdict["secondary_line"] == "APT 4"
    assert verdict["last_line"] == "SAN FRANCISCO CA 94107-1702"
    assert verdict["components"]["street_predirection"] == "N"
    assert verdict["deliverability"] == "deliverable"
    one_line = verify_us({"address": "210 King St, San Francisco, CA 94107"}, live=True)
    assert one_line["components"]["zip_code"] == "94107"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 Missing Unit Way", "deliverable_missing_unit"),
        ("1 Incorrect Unit Way", "deliverable_incorrect_unit"),
        ("1 Undeliverable Street", "undeliverable"),
    ],
)
def test_a_live_address_says_itself_what_it_is(line: str, expected: str) -> None:
    verdict = verify_us({"primary_line": line, "zip_code": "94107"}, live=True)
    assert verdict["deliverability"] == expected
    assert verdict["valid_address"] == (expected != "undeliverable")


@pytest.mark.parametrize(
    "word", ["deliverable", "deliverable missing info", "undeliverable", "no match"]
)
def test_magic_values_abroad_are_answered_as_lob_says(lob: Caller, word: str) -> None:
    answer = lob.verify("intl_verifications", {"primary_line": word, "country": "DE"})
    assert answer.json()["deliverability"] == word.replace(" ", "_")


def test_in_bulk_each_stands_for_itself(lob: Caller) -> None:
    addresses = [{"primary_line": "deliverable", "zip_code": "11111"}, {"primary_line": "x"}]
    bulk = lob.verify("bulk/us_verifications", {"addresses": addresses}).json()
    assert bulk["errors"] is True
    assert bulk["addresses"][0]["deliverability"] == "deliverable"
    assert bulk["addresses"][1]["error"]["code"] == "invalid"
    for wrong in ([], addresses * 11, "text"):
        assert code(lob.verify("bulk/us_verifications", {"addresses": wrong})) == "invalid"


@pytest.mark.parametrize(
    "fields", [{}, {"primary_line": "1 A St"}, {"primary_line": "1 A St", "zip_code": "123"}]
)
def test_half_an_address_is_not_verified(lob: Caller, fields: dict[str, str]) -> None:
    assert code(lob.verify("us_verifications", fields)) == "invalid"


# The process


@pytest.mark.slow
def test_it_runs_as_a_command_and_ends_at_once_with_a_summary(
    fake_lob_process: Callable[..., OwnProcess],
) -> None:
    fake = fake_lob_process("--rate", "100000")
    with calling(fake.base_url, TEST_KEY) as lob:
        lob.post(key="k")
        lob.post(key="k")
        said = fake.stop()
    for line in ("duplicates +0", "postcards accepted +1", "answered again by their key +1"):
        assert re.search(line, said), said
    assert fake.process.returncode == 0


def test_curl_moves_the_clock_without_being_told_what_json_is(fake_lob: Running) -> None:
    before = fake_lob.state.now()
    root = fake_lob.base_url.removesuffix("/v1")
    body = '{"advance_seconds": 86400}'
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{root}/_fake/clock", content=body, headers=form).status_code == 200
    assert fake_lob.state.now() - before >= 86400
    assert httpx.post(f"{root}/_fake/clock", content="{", headers=form).is_client_error

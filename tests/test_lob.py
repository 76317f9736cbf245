"""What mailroom asks of Lob, what it refuses to ask, and what it makes of the answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import lob as package
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.dev.fakelob import Running
from mailroom.errors import ConfigError, EnvironmentProblem, ProviderError, Unsupported
from mailroom.formats import FORMATS
from mailroom.model import Address, Sender, Status
from mailroom.providers import open_provider
from mailroom.providers.lob import Lob
from mailroom.providers.lob_pieces import (
    BOTH_LINES,
    NAME_LENGTH,
    PRODUCTS,
    check_options,
    fields,
    judge,
    parts,
)
from tests.faults import not_let_in
from tests.lob_batches import HOME, LIVE_KEY, SENDER, TEST_KEY, pages, person, single
from tests.printing import office
from tests.workspaces import make_workspace
from tests.workspaces import opened as workspace_opened

ABROAD = Address(line1="12 Mill Lane", city="Otley", postcode="LS21 1AB", country="GB")
BRITISH = Sender(company="Hartmann & Lowe", address=ABROAD)
POSTCARD, BIG, LETTER = PRODUCTS["postcard-4x6"], PRODUCTS["postcard-6x9"], PRODUCTS["letter-lob"]


def opened(
    folder: Path, base_url: str = "", *, key: str = TEST_KEY, live: bool = False, **settings: Any
) -> Lob:
    environ = {"LOB_API_KEY": key} if key else {}
    told = office(
        {"base_url": base_url, "requests": 100_000, **settings},
        folder,
        sender=SENDER,
        live=live,
        environ=environ,
    )
    provider = open_provider("lob", told)
    assert isinstance(provider, Lob)
    return provider


# --- which key ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "live", "said"),
    [
        (LIVE_KEY, False, "a live key, and this is TEST mode"),
        (TEST_KEY, True, "a test key, and this is LIVE mode"),
        ("live_pub_1", False, "a live key"),
        ("secret", True, "no key of Lob's, and this is LIVE mode"),
        ("", True, "LOB_API_KEY is not set"),
        ("", False, "LOB_API_KEY is not set"),
    ],
)
def test_a_key_of_the_other_kind_calls_nobody_and_is_not_told(
    fake_lob: Running, tmp_path: Path, key: str, live: bool, said: str
) -> None:
    provider = opened(tmp_path, fake_lob.base_url, key=key, live=live)
    with pytest.raises(EnvironmentProblem, match=said) as refused:
        provider.submit(single(tmp_path / "files"))
    assert not key or key not in f"{refused.value} {refused.value.hint}"
    assert not fake_lob.lob.stats()["requests"]


def test_it_can_be_tried_only_where_there_is_a_key(tmp_path: Path) -> None:
    assert opened(tmp_path).capabilities().test_mode
    assert not opened(tmp_path, key="").capabilities().test_mode


def test_a_key_that_lob_does_not_let_in_stops_the_run(start_fake_lob: Any, tmp_path: Path) -> None:
    fake = start_fake_lob(named={str(Path(not_let_in.__file__)): 1.0})
    provider = opened(tmp_path, fake.base_url)
    with pytest.raises(EnvironmentProblem, match="does not let this key in") as refused:
        provider.submit(single(tmp_path / "files"))
    assert "LOB_API_KEY" in refused.value.hint


def test_the_key_stands_in_no_file_and_no_answer(fake_lob: Running, tmp_path: Path) -> None:
    secret = "test_very-secret-4711"
    receipt = opened(tmp_path, fake_lob.base_url, key=secret).submit(single(tmp_path / "files"))
    assert secret not in str(receipt)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [path for path in files if secret.encode() in path.read_bytes()]


# --- the package and the wire -------------------------------------------------------------


def test_the_packages_globals_are_left_alone(fake_lob: Running, tmp_path: Path) -> None:
    opened(tmp_path, fake_lob.base_url).submit(single(tmp_path / "files"))
    assert package.api_key is None
    assert package.api_base == "https://api.lob.com/v1"


def test_two_lobs_in_one_process_are_kept_apart(start_fake_lob: Any, tmp_path: Path) -> None:
    first, second = start_fake_lob(), start_fake_lob()
    opened(tmp_path / "1", first.base_url).submit(single(tmp_path / "files", "one"))
    opened(tmp_path / "2", second.base_url).submit(single(tmp_path / "files", "two"))
    assert [fake.lob.stats()["accepted"] for fake in (first, second)] == [1, 1]


def test_what_is_kept_of_an_answer_is_lob_s_number_and_no_link_to_the_piece(
    fake_lob: Running, tmp_path: Path
) -> None:
    receipt = opened(tmp_path, fake_lob.base_url).submit(single(tmp_path / "files"))
    (reply,) = receipt.replies
    assert (reply.call, reply.status) == ("POST /postcards", 200) and reply.request_id
    assert receipt.ref in reply.body
    assert "http" not in reply.body.replace("Hartmann", "") and "http" not in receipt.raw


def test_a_piece_of_somebody_else_under_our_key_is_a_doubt(
    fake_lob: Running, tmp_path: Path
) -> None:
    lob = opened(tmp_path, fake_lob.base_url)
    lob.submit(single(tmp_path / "1", "the same key", 1))
    with pytest.raises(ProviderError, match="another piece under this key") as refused:
        lob.submit(single(tmp_path / "2", "the same key", 2))
    assert refused.value.unknown


def test_two_offices_with_one_account_do_not_meet(fake_lob: Running, tmp_path: Path) -> None:
    ours = opened(tmp_path / "ours", fake_lob.base_url)
    somebody_else = dataclasses.replace(SENDER, company="Somebody Else")
    theirs = open_provider(
        "lob",
        office(
            {"base_url": fake_lob.base_url, "requests": 100_000},
            tmp_path / "theirs",
            sender=somebody_else,
            live=False,
            environ={"LOB_API_KEY": TEST_KEY},
        ),
    )
    batch = single(tmp_path / "files")
    first = ours.submit(batch)
    second = theirs.submit(dataclasses.replace(batch, sender=somebody_else))
    assert first.ref != second.ref
    found = theirs.find(batch.key)
    assert found and found.ref == second.ref


# --- what is asked ------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", PRODUCTS)
def test_every_format_is_taken_in_its_size(fake_lob: Running, tmp_path: Path, fmt: str) -> None:
    lob = opened(tmp_path, fake_lob.base_url)
    lob.check(FORMATS[fmt], {})
    assert lob.submit(single(tmp_path / "files", fmt=fmt)).status is Status.ACCEPTED


@pytest.mark.parametrize("fmt", PRODUCTS)
def test_a_file_has_one_page_of_the_format_or_all_of_a_letter(tmp_path: Path, fmt: str) -> None:
    batch = single(tmp_path, fmt=fmt)
    made = parts(PRODUCTS[fmt], batch)
    assert parts(PRODUCTS[fmt], batch) == made  # the same bytes each time
    wanted = FORMATS[fmt].pages if PRODUCTS[fmt].is_letter else ("one",)
    for _, content, kind in made.values():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert len(pdf.pages) == len(wanted)
        assert kind == "application/pdf"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    batch = single(tmp_path, fmt="letter-lob")
    batch.files[0].write_bytes(pages("letter-lob", "x") + b"%" * 5_000_000)
    with pytest.raises(ProviderError, match=r"5\.0 MB; Lob takes 5 MB") as refused:
        parts(LETTER, batch)
    assert not refused.value.unknown


def test_the_wrong_number_of_pages_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    batch = single(tmp_path)
    batch.files[0].write_bytes(pages("letter-lob", "one page"))
    with pytest.raises(ProviderError, match="1 pages, and Lob wants front, back"):
        parts(POSTCARD, batch)


def test_what_can_be_called_back_waits_for_its_moment(fake_lob: Running, tmp_path: Path) -> None:
    tomorrow = dt.datetime.fromtimestamp(fake_lob.state.now(), dt.UTC) + dt.timedelta(days=1)
    at = tomorrow.isoformat(timespec="seconds")
    lob = opened(tmp_path, fake_lob.base_url)
    lob.submit(single(tmp_path / "files", send_at=at))
    assert lob.cancel("0123456789abcdef").status is Status.CANCELLED


def test_too_late_it_stays_as_it_is(fake_lob: Running, tmp_path: Path) -> None:
    lob = opened(tmp_path, fake_lob.base_url)
    receipt = lob.submit(single(tmp_path / "files"))
    fake_lob.state.advance(3600)
    again = lob.cancel("0123456789abcdef")
    assert (again.status, again.ref) == (Status.ACCEPTED, receipt.ref)


def test_a_sender_outside_the_us_is_left_out_where_lob_may_leave_it_out(tmp_path: Path) -> None:
    asked = fields(POSTCARD, single(tmp_path, sender=BRITISH), {})
    assert "from" not in asked
    assert fields(POSTCARD, single(tmp_path), {})["from"]["company"] == "Hartmann & Lowe"


@pytest.mark.parametrize(
    "options",
    [
        {"extra_service": "certified"},
        {"extra_service": "certified_return_receipt"},
        {"extra_service": "registered"},
        {"return_envelope": True, "perforated_page": 1},
        {"billing_group_id": "bg_1234", "color": False},
    ],
)
def test_what_can_be_asked_of_a_letter_is_taken(
    fake_lob: Running, tmp_path: Path, options: dict[str, Any]
) -> None:
    lob = opened(tmp_path, fake_lob.base_url)
    lob.check(FORMATS["letter-lob"], options)
    receipt = lob.submit(single(tmp_path / "files", fmt="letter-lob", options=options))
    assert receipt.status is Status.ACCEPTED
    made = json.loads(receipt.raw)
    for name in ("extra_service", "return_envelope", "perforated_page", "color"):
        if name in options:
            asked, took = options[name], made.get(name)
            assert bool(took) is bool(asked) and (asked is True or took == asked), (name, took)


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fmt", "options", "said"),
    [
        ("postcard-4x6", {"color": True}, "color is for letters"),
        ("postcard-4x6", {"mail_type": "usps_standard"}, "4x6 go first class only"),
        ("letter-lob", {"return_envelope": True}, "go together"),
        ("letter-lob", {"perforated_page": 1}, "go together"),
        (
            "letter-lob",
            {"extra_service": "certified", "mail_type": "usps_standard"},
            "needs first class",
        ),
    ],
)
def test_what_lob_does_not_do_is_refused_at_plan_time(
    tmp_path: Path, fmt: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(Unsupported, match=said) as refused:
        opened(tmp_path).check(FORMATS[fmt], options)
    assert refused.value.where == fmt


def test_a_format_of_another_provider_is_refused_with_lob_s(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="does not make 'card-5x7'") as refused:
        opened(tmp_path).check(FORMATS["card-5x7"], {})
    assert "postcard-6x9" in refused.value.hint


def test_a_word_lob_does_not_know_is_named_with_those_it_does() -> None:
    with pytest.raises(ConfigError, match="mail_type cannot be 'pigeon'") as refused:
        list(check_options(BIG, {"mail_type": "pigeon"}))
    assert refused.value.hint == "it is usps_first_class or usps_standard"


def test_a_letter_needs_a_return_address_in_the_us(tmp_path: Path) -> None:
    provider = open_provider("lob", office({}, tmp_path, sender=BRITISH))
    with pytest.raises(Unsupported, match=r"\[sender\.address\] in the United States"):
        provider.check(FORMATS["letter-lob"], {})
    provider.check(FORMATS["postcard-6x9"], {})


@given(st.integers(1, 70), st.integers(0, 70), st.integers(1, 60))
def test_a_piece_is_held_exactly_where_lob_s_limits_are_passed(
    line1: int, line2: int, company: int
) -> None:
    made = person(1, dataclasses.replace(HOME, line1="x" * line1, line2="y" * line2))
    recipient = dataclasses.replace(made.recipient, company="c" * company)
    household = dataclasses.replace(made.household, members=(recipient,))
    piece = dataclasses.replace(made, household=household)
    found = {finding.rule for finding in judge(POSTCARD, SENDER, {}, piece)}
    assert ("lob-name-length" in found) == (company > NAME_LENGTH)
    assert ("lob-address-length" in found) == (line1 + line2 > BOTH_LINES)


@pytest.mark.parametrize(
    ("product", "sender", "options", "held"),
    [
        (POSTCARD, SENDER, {}, False),
        (POSTCARD, BRITISH, {}, True),
        (BIG, SENDER, {}, True),
        (LETTER, SENDER, {}, False),
        (LETTER, SENDER, {"extra_service": "certified"}, True),
        (LETTER, SENDER, {"mail_type": "usps_standard"}, True),
    ],
)
def test_what_goes_abroad_is_held_where_lob_would_refuse_it(
    product: Any, sender: Sender, options: dict[str, Any], held: bool
) -> None:
    found = [finding.rule for finding in judge(product, sender, options, person(1, ABROAD))]
    assert found == (["lob-abroad"] if held else [])


def test_lob_s_refusal_is_told_with_what_to_do(fake_lob: Running, tmp_path: Path) -> None:
    long = dataclasses.replace(HOME, line1="x" * 40, line2="y" * 20)
    with pytest.raises(ProviderError, match="Lob refuses it") as refused:
        opened(tmp_path, fake_lob.base_url).submit(single(tmp_path / "files", address=long))
    assert not refused.value.unknown and not refused.value.retryable
    assert refused.value.hint == "shorten street and unit to 50 characters together"
    assert refused.value.replies


def test_the_bodies_of_other_files_are_refused(fake_lob: Running, tmp_path: Path) -> None:
    wrong = single(tmp_path / "files", fmt="postcard-6x9", format="postcard-4x6")
    with pytest.raises(ProviderError, match="Lob refuses it") as refused:
        opened(tmp_path, fake_lob.base_url).submit(wrong)
    assert "not what Lob makes of it" in refused.value.hint


def test_no_key_is_in_what_is_written_of_an_office_or_of_a_workspace(tmp_path: Path) -> None:
    told = office({}, tmp_path, environ={"LOB_API_KEY": LIVE_KEY})
    with workspace_opened(make_workspace(tmp_path / "ws", [])) as ws:
        ours = dataclasses.replace(ws, environ={"LOB_API_KEY": LIVE_KEY})
        for written in (repr(told), repr(ours), str(ours)):
            assert LIVE_KEY not in written

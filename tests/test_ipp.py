"""The IPP codec: what goes in comes out, and no answer of a printer breaks it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.errors import ProviderError
from mailroom.providers import ipp
from mailroom.providers.ipp import (
    Attributes,
    Group,
    Localized,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
)

INT32 = st.integers(-(2**31), 2**31 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TEXT_TAGS = [0x41, 0x42, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4F, 0x5F]
UNKNOWN_TAGS = [0x20, 0x2F, 0x30, 0x31, 0x38, 0x3F, 0x60, 0x7F, 0xFF]

PLAIN = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), INT32),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.just(Tag.RANGE), st.builds(Range, INT32, INT32)),
    st.builds(
        Value, st.just(Tag.RESOLUTION), st.builds(Resolution, INT32, INT32, st.integers(-128, 127))
    ),
    st.builds(Value, st.sampled_from([0x35, 0x36]), st.builds(Localized, WORDS, WORDS)),
    st.builds(Value, st.sampled_from([0x10, 0x12, 0x13, 0x1F])),
    st.builds(Value, st.sampled_from([0x10, 0x13]), st.binary(min_size=1, max_size=9)),
    st.builds(Value, st.sampled_from(TEXT_TAGS), WORDS),
    st.builds(Value, st.sampled_from(UNKNOWN_TAGS), st.binary(max_size=40)),
)


def _attributes(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Attributes]:
    lists = st.lists(values, min_size=1, max_size=4).map(tuple)
    return st.dictionaries(NAMES, lists, max_size=4).map(Attributes)


VALUES = st.recursive(
    PLAIN, lambda inner: st.builds(Value, st.just(0x34), _attributes(inner)), max_leaves=8
)
MESSAGES = st.builds(
    Message,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.lists(st.tuples(st.sampled_from([0, 1, 2, 4, 5, 9, 15]), _attributes(VALUES))).map(tuple),
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
)


@pytest.mark.slow
@given(MESSAGES)
def test_what_is_encoded_is_decoded_unchanged(message: Message) -> None:
    assert ipp.decode(ipp.encode(message)) == message


@pytest.mark.slow
@given(MESSAGES, st.binary(max_size=20))
def test_a_document_after_the_message_is_not_looked_at(message: Message, document: bytes) -> None:
    assert ipp.decode(ipp.encode(message) + document) == message


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04\x34\x00\x01a\x00\x00")
@example(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04\x21\x00\x01a\x00\x02\x00\x01\x03")
def test_noise_is_refused_or_read_but_never_breaks_the_decoder(noise: bytes) -> None:
    _decode_or_refuse(noise)
    _decode_or_refuse(b"\x02\x00\x00\x00\x00\x00\x00\x01" + noise)


@pytest.mark.slow
@given(MESSAGES, st.data())
def test_an_answer_cut_off_anywhere_is_refused(message: Message, data: st.DataObject) -> None:
    whole = ipp.encode(message)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ProviderError, match="not readable IPP"):
        ipp.decode(whole[:cut])


@pytest.mark.slow
@given(MESSAGES, st.data())
def test_an_answer_with_one_octet_wrong_never_breaks_the_decoder(
    message: Message, data: st.DataObject
) -> None:
    whole = bytearray(ipp.encode(message))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    _decode_or_refuse(bytes(whole))


def test_collections_without_end_are_refused_and_not_followed_down() -> None:
    opening = b"\x4a\x00\x00\x00\x01m\x34\x00\x00\x00\x00"
    head = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04\x34\x00\x01a\x00\x00"
    with pytest.raises(ProviderError, match="nested more than 16 deep"):
        ipp.decode(head + opening * 5000)


def test_an_attribute_named_twice_keeps_all_its_values() -> None:
    once = ipp.encode(Message(0, 1, ((Group.JOB, ipp.attributes({"job-uuid": ipp.uri("a")})),)))
    twice = once[:-1] + once[9:-1] + b"\x03"
    assert ipp.decode(twice).group(Group.JOB).texts("job-uuid") == ("a", "a")


def test_a_broken_character_in_a_name_does_not_spoil_the_answer() -> None:
    message = Message(
        0, 1, ((Group.JOB, Attributes({"job-name": (Value(Tag.NAME, b"Z\xfcrich"),)})),)
    )
    assert ipp.decode(ipp.encode(message)).group(Group.JOB).text("job-name") == "Z\ufffdrich"


@pytest.mark.parametrize("value", [ipp.name("x" * 40_000), ipp.integer(2**31)])
def test_a_value_ipp_cannot_carry_is_refused_before_it_is_sent(value: Value) -> None:
    with pytest.raises(ValueError, match=r"longer than IPP allows|does not fit into 32 bits"):
        ipp.encode(Message(2, 1, ((Group.JOB, ipp.attributes({"a": value})),)))


def test_values_are_read_whatever_their_number_and_tag() -> None:
    found = ipp.attributes(
        {
            "name": Value(Tag.NAME_WITH_LANGUAGE, Localized("de", "Karten")),
            "copies-supported": Value(Tag.RANGE, Range(1, 99)),
            "x-dimension": ipp.integer(10500),
            "sides-supported": ipp.keywords("one-sided", "two-sided-long-edge"),
            "time-at-processing": Value(Tag.NO_VALUE),
        }
    )
    assert found.text("name") == "Karten"
    assert found.ranges("copies-supported") == (Range(1, 99),)
    assert found.ranges("x-dimension") == (Range(10500, 10500),)
    assert found.texts("sides-supported") == ("one-sided", "two-sided-long-edge")
    assert found.integers("time-at-processing") == () and "time-at-processing" in found
    assert found.integer("missing", 7) == 7 and found.text("missing") == ""


def _decode_or_refuse(data: bytes) -> None:
    with contextlib.suppress(ProviderError):
        message = ipp.decode(data)
        assert "\ufffd" in repr(message) or ipp.decode(ipp.encode(message)) == message

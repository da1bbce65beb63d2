"""Event messages as the common HTTP API sends them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.landing.messages import MOST_OF_BATCH, TYPES, decode, paths

RECEIVED = dt.datetime(2026, 11, 28, 12, 0, 0, tzinfo=dt.UTC)


def sent(*messages: Any, **beside: Any) -> bytes:
    return json.dumps({"batch": list(messages), **beside}).encode()


def test_a_batch_is_read_in_its_order_with_its_key():
    found = decode(
        sent(
            {"type": "track", "userId": "7", "event": "Product Viewed", "properties": {"price": 9.5}, "messageId": "a"},
            {"type": "page", "anonymousId": "x", "context": {"page": {"path": "/"}}},
            {"type": "identify", "userId": 12, "traits": {"email": "a@example.com"}},
            writeKey="key",
            context={"library": {"name": "test"}},
        ),
        RECEIVED,
    )
    assert found.write_key == "key" and not found.refused
    assert [(m.type, m.name, m.user_id, m.anonymous_id) for m in found.messages] == [
        ("track", "Product Viewed", "7", None),
        ("page", "Page Viewed", None, "x"),
        ("identify", None, "12", None),
    ]
    assert found.messages[0].properties == {"price": 9.5} and found.messages[0].message_id == "a"
    assert found.messages[1].context == {"library": {"name": "test"}, "page": {"path": "/"}}
    assert found.messages[2].properties == {"email": "a@example.com"}


def test_the_time_is_corrected_by_the_senders_clock():
    """A clock an hour slow: it says 10:58 of what happened two minutes before it sent, which was 11:00 to it and 12:00 to us."""
    body = sent({"type": "track", "event": "x", "userId": "1", "timestamp": "2026-11-28T10:58:00Z"}, sentAt="2026-11-28T11:00:00Z")
    assert decode(body, RECEIVED).messages[0].at == RECEIVED - dt.timedelta(minutes=2)


def test_without_a_time_of_sending_the_messages_own_counts_and_without_both_ours():
    body = sent({"type": "track", "event": "x", "userId": "1", "timestamp": "2026-11-28T10:58:00+02:00"}, {"type": "page", "userId": "1"})
    assert [m.at.hour for m in decode(body, RECEIVED).messages] == [8, 12]


@pytest.mark.parametrize(
    "given", [1_795_860_000, 1_795_860_000_000, 1_795_860_000.0, "2026-11-28t10:00:00z", " 2026-11-28T10:00:00.000+0000"]
)
def test_a_time_may_be_a_number_or_in_small_letters(given: Any):
    ten = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)
    assert decode(sent({"type": "page", "userId": "1", "timestamp": given}), RECEIVED).messages[0].at == ten
    late = decode(sent({"type": "page", "userId": "1", "timestamp": given}, sentAt=given), RECEIVED)
    assert late.messages[0].at == RECEIVED, "the sender's clock may be told so too"


def test_an_empty_time_is_none():
    assert decode(sent({"type": "page", "userId": "1", "timestamp": ""}), RECEIVED).messages[0].at == RECEIVED


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "track", "event": "x"}, "no_customer"),
        ({"type": "track", "event": "x", "userId": "", "anonymousId": " "}, "no_customer"),
        ({"type": "track", "userId": "1"}, "no_event"),
        ({"type": "buy", "userId": "1"}, "unknown_type"),
        ({"userId": "1"}, "unknown_type"),
        ({"type": "page", "userId": "1", "timestamp": "yesterday"}, "bad_time"),
        *(({"type": "page", "userId": "1", "timestamp": number}, "bad_time") for number in (20_261_128, 10**15, True, -1)),
        ({"type": "page", "userId": "1", "timestamp": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"type": "page", "userId": "1", "properties": {"x": "y" * 40_000}}, "too_large"),
        ("text", "no_message"),
        (None, "no_message"),
    ],
)
def test_what_cannot_be_used_is_kept_with_its_reason(message: Any, reason: str):
    found = decode(sent(message, {"type": "page", "userId": "1"}), RECEIVED)
    assert [item.reason for item in found.refused] == [reason]
    assert json.loads(found.refused[0].raw) == message
    assert len(found.messages) == 1, "its neighbour is none the worse"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"batch": 1}', b"[" * 100_000, b"x" * (MOST_OF_BATCH + 1), b"\xff\xfe"])
def test_a_body_that_is_no_batch_is_refused_whole(body: bytes):
    with pytest.raises(InputError):
        decode(body, RECEIVED)


def test_one_message_by_the_address_it_was_sent_to():
    found = decode(json.dumps({"userId": "1", "event": "x", "writeKey": "k"}).encode(), RECEIVED, kind="track")
    assert found.messages[0].name == "x" and found.write_key == "k"


def test_a_long_number_is_known_again_and_is_not_anothers():
    """A repeat must do no harm, however long its sender makes its numbers; what is no text or number is none."""
    given = ["m" * 400, "m" * 400, "m" * 399 + "n", {"a": 1}, True, "  ", 7]
    found = decode(sent(*({"type": "page", "userId": "1", "messageId": number} for number in given)), RECEIVED)
    first, again, other, *rest = [item.message_id for item in found.messages]
    assert first == again != other and first is not None and len(first) < 50
    assert rest == [None, None, None, "7"]


def test_what_is_nested_is_named_by_its_path():
    body = sent(
        {
            "type": "track",
            "event": "Order Completed",
            "userId": "1",
            "properties": {"total": 5, "address": {"city": "Oulu"}, "products": [{"sku": "a"}], "coupon": None},
            "context": {"page": {"path": "/kassa"}, "campaign": {"name": "syksy"}},
        }
    )
    row = dict(paths(decode(body, RECEIVED).messages[0]))
    assert row["total"] == 5 and row["address_city"] == "Oulu" and row["products"] == '[{"sku": "a"}]' and "coupon" not in row
    assert row["page_path"] == "/kassa" and row["utm_name"] == "syksy"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | _JSON,
        "userId": _JSON,
        "anonymousId": _JSON,
        "event": _JSON,
        "properties": _JSON,
        "traits": _JSON,
        "context": _JSON,
        "timestamp": _JSON | st.datetimes().map(str),
        "sentAt": _JSON | st.datetimes().map(str),
        "messageId": _JSON,
    },
)


@given(st.lists(_MESSAGES | _JSON, max_size=6), _JSON, _JSON)
def test_no_message_is_lost_whatever_it_is(messages: list[Any], context: Any, when: Any):
    found = decode(sent(*messages, context=context, sentAt=when), RECEIVED)
    assert len(found.messages) + len(found.refused) == len(messages)
    for message in found.messages:
        json.dumps(dict(paths(message)))

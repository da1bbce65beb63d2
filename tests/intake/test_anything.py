"""Whatever JSON is sent, every message is stored, known or rejected, the workspace goes on, and what cannot be understood at all stops nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.posting import send, shop, track
from lohko.engine.store import fingerprint
from lohko.landing.messages import TYPES
from lohko.steps import taking
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_rejected, events_retry
from lohko.steps.work import silent
from lohko.wiring import open_work

_TEXT = st.text(max_size=12) | st.sampled_from(
    ["yes", "2025-01-01", "1e400", "\x00", "ä" * 300, "a@b.fi", "0401234567", "'; DROP TABLE person; --", '"']
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    st.sampled_from(
        [
            "email",
            "phone",
            "birthday",
            "age",
            "tags",
            "company",
            "address",
            "consent_email",
            "optout_sms",
            "country",
            "price",
            "latitude",
            "joined",
            "rfm_group",
            "contact_count",
        ]
    )
    | _TEXT
)
_MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional={
        "userId": st.sampled_from(["u1", "u2", 7, ""]) | _JSON,
        "anonymousId": st.sampled_from(["b1", "b2"]),
        "previousId": st.sampled_from(["u1", "b1"]) | _JSON,
        "groupId": st.sampled_from(["g", 3]) | _JSON,
        "event": st.sampled_from(["Product Viewed", "order", "Own", "own"]) | _TEXT,
        "name": _JSON,
        "properties": st.dictionaries(_NAMES, _JSON, max_size=4) | _JSON,
        "traits": st.dictionaries(_NAMES, _JSON, max_size=4) | _JSON,
        "context": st.dictionaries(st.sampled_from(["page", "campaign", "token", "traits"]), _JSON, max_size=2) | _JSON,
        "timestamp": st.datetimes().map(str) | _JSON,
        "sentAt": st.datetimes().map(str) | _JSON,
        "messageId": st.sampled_from(["m1", "m2"]) | _JSON,
    },
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A workspace that takes anything; in the end it is made again from the log, and is the same."""
    path = tmp_path_factory.mktemp("anything") / "shop"
    with shop(path) as work:
        yield work
        before = fingerprint(work.store)
    with open_work(path, silent, again=True) as work:
        assert fingerprint(work.store) == before


@given(st.lists(_MESSAGES | _JSON, max_size=20), st.sampled_from(["server", "public"]), _JSON)
@settings(max_examples=settings.default.max_examples // 5, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_json_is_accounted_for(opened, messages, kind, beside):
    sent = send(opened, *messages, kind=kind, context=beside, sentAt=beside)
    assert sent["received"] == len(messages) == sent["stored"] + sent["duplicate"] + sent["rejected"]
    assert "failed" not in events_rejected(opened, silent)["by_reason"]
    assert events_books(opened, silent, recount=True)["total"]["balanced"]


def test_a_message_on_which_lohko_itself_fails_is_kept_and_stops_nothing(tmp_path, monkeypatch):
    with shop(tmp_path / "shop") as work:
        real = taking.understand

        def failing(message, **how):
            if message.name == "Poison":
                raise ZeroDivisionError
            return real(message, **how)

        monkeypatch.setattr(taking, "understand", failing)
        sent = send(work, track("Own", user="u1"), track("Poison", user="u1"), track("Own", user="u2"))
        assert (sent["stored"], sent["rejected"]) == (2, 1)
        assert events_rejected(work, silent)["by_reason"] == {"failed": 1}
        monkeypatch.undo()
        assert events_retry(work, silent)["used"] == 1
    with open_work(tmp_path / "shop", silent) as work:
        before = fingerprint(work.store)
    with open_work(tmp_path / "shop", silent, again=True) as work:
        assert fingerprint(work.store) == before

"""Order of arrival, batches and repeats change nothing: any sequence of messages gives what a slow, obvious reading of them says."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.posting import NOON, put, shop
from lohko.engine.sql import render
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_take
from lohko.steps.work import Work, silent
from lohko.steps.write_keys import event_key_add

_sources = itertools.count()
_USERS, _BROWSERS = st.sampled_from(["u1", "u2", "u3"]), st.sampled_from(["b1", "b2", "b3"])
_MESSAGES = st.one_of(
    st.fixed_dictionaries({"type": st.just("track"), "userId": _USERS}, optional={"anonymousId": _BROWSERS}),
    st.fixed_dictionaries({"type": st.just("track"), "anonymousId": _BROWSERS}, optional={"page": st.just(True), "userId": _USERS}),
    st.fixed_dictionaries(
        {"type": st.just("identify"), "userId": _USERS, "plan": st.sampled_from(["a", "b", "c"])}, optional={"anonymousId": _BROWSERS}
    ),
    st.fixed_dictionaries({"type": st.just("alias"), "userId": _USERS, "previousId": _USERS | _BROWSERS}),
)


def _bodies(drawn: list[dict[str, Any]], minutes: list[int]) -> list[tuple[str, dict[str, Any]]]:
    """Messages with a number and a time of their own, and the kind of key they come by."""
    found = []
    for number, (item, minute) in enumerate(zip(drawn, minutes, strict=True)):
        body = dict(item) | {"messageId": f"m{number}", "timestamp": (NOON - dt.timedelta(minutes=minute)).isoformat()}
        public = body.pop("page", False)
        if body["type"] == "track":
            body |= {"event": "Product Viewed", "properties": {"price": number}}
        if "plan" in body:
            body["traits"] = {"plan": body.pop("plan")}
        found.append(("public" if public else "server", body))
    return found


def _said(messages: list[tuple[str, dict[str, Any]]]) -> set[tuple[frozenset[str], int]]:
    """What the messages mean, read in the plainest way: each event with all the ids of its person."""
    groups: dict[str, set[str]] = {}

    def group(name: str) -> set[str]:
        return groups.setdefault(name, {name})

    def join(one: str, other: str) -> None:
        both = group(one) | group(other)
        for name in both:
            groups[name] = both

    vouched: dict[str, list[tuple[str, str]]] = {}
    for kind, body in messages:
        user, browser, before = (body.get(name) for name in ("userId", "anonymousId", "previousId"))
        if kind == "server" and user and browser:
            vouched.setdefault(browser, []).append((body["timestamp"], user))
        if body["type"] == "alias":
            vouched.setdefault(before, []).append((body["timestamp"], user))
            join(f"id {before}", f"id {user}")
    for browser, said in vouched.items():
        join(f"anonymous {browser}", f"id {min(said)[1]}")
    found = set()
    for kind, body in messages:
        if body["type"] == "track":
            user, browser = body.get("userId"), body.get("anonymousId")
            whose = f"id {user}" if kind == "server" and user else f"anonymous {browser}"
            found.add((frozenset(group(whose)), body["properties"]["price"]))
    return found


def _brought_in(work: Work, messages: list[tuple[str, dict[str, Any]]], cuts: list[int]) -> tuple[str, set[Any], list[Any]]:
    """Bring messages in as a source of their own, taken whenever `cuts` says; its events with the ids of their persons, and its attributes."""
    source = f"s{next(_sources)}"
    for kind in ("server", "public"):
        event_key_add(work, silent, source=source, kind=kind)
    for place, (kind, body) in enumerate(messages):
        put(work, body, kind=kind, source=source)
        if place in cuts:
            events_take(work, silent)
    events_take(work, silent)
    cursor = work.store.cursor()
    ids = "(SELECT list(n.kind || ' ' || n.value) FROM node AS n WHERE n.person = e.person)"
    events = set()
    if "product viewed" in work.schema().events:
        event = work.schema().event("Product Viewed")
        sql = render(f"SELECT {ids}, e.__p FROM __t AS e WHERE e.source = ?", {"__t": event.table, "__p": event.property("price").column})
        events = {(frozenset(names), int(price)) for names, price in cursor.execute(sql, [source]).fetchall()}
    plans: list[Any] = []
    if "plan" in work.schema().attributes:
        sql = render(
            f"SELECT list_sort({ids}), e.value, e.valid_from, e.valid_to FROM __t AS e JOIN node AS o ON o.node = e.node WHERE o.source = ? ORDER BY ALL",
            {"__t": work.schema().attribute("plan").table},
        )
        plans = cursor.execute(sql, [source]).fetchall()
    return source, events, plans


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with shop(tmp_path_factory.mktemp("order") / "shop") as work:
        yield work


@given(st.data())
@settings(max_examples=settings.default.max_examples // 10, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_any_batches_and_any_repeats_give_the_same(opened: Work, data: st.DataObject):
    drawn = data.draw(st.lists(_MESSAGES, min_size=1, max_size=8))
    messages = _bodies(drawn, data.draw(st.permutations(range(len(drawn)))))
    cuts = st.lists(st.integers(0, 8), max_size=2)
    source, events, plans = _brought_in(opened, messages, data.draw(cuts))
    assert events == _said(messages)
    again = data.draw(st.permutations([*messages, *data.draw(st.lists(st.sampled_from(messages), max_size=3))]))
    other, events_again, plans_again = _brought_in(opened, again, data.draw(cuts))
    assert (events_again, plans_again) == (events, plans)
    for name, sent in ((source, messages), (other, again)):
        total = events_books(opened, silent, source=name)["total"]
        assert (total["received"], total["stored"], total["balanced"]) == (len(sent), len(messages), True)

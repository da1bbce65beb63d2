"""What messages mean: by which key they came, whose they are, when they happened, and what becomes of each."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from intake.posting import NOON, identify, people, put, rows, send, shop, track, value
from lohko.landing import inbox
from lohko.landing.visitor_token import read_token
from lohko.state.inbox import read_through
from lohko.state.write_keys import token_secret, write_keys
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_rejected, events_retry, events_take
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_show
from lohko.steps.retention import retention_run, retention_set
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_allow, event_key_list


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A workspace with a source for each test, so that they do not meet."""
    names = (
        "web",
        "pages",
        "vouch",
        "token",
        "types",
        "again",
        "late",
        "books",
        "alias",
        "group",
        "consent",
        "poison",
        "traits",
        "two",
        "clock",
    )
    with shop(tmp_path_factory.mktemp("events") / "shop", *names) as work:
        yield work


def test_a_servers_messages_become_events_and_attributes_of_their_user(opened):
    send(
        opened,
        identify(
            "u1",
            email="Maija@Example.FI",
            firstName="Maija",
            birthday="1980-02-03",
            tags=["a", "b"],
            plan="gold",
            address={"city": "Oulu", "postalCode": "90100"},
        ),
    )
    send(opened, track("Order Seen", user="u1", total=19.99, pages=2, gift=True, context_free="x"))
    assert rows(opened, "Order Seen", "total", "pages", "gift") == [("u1", Decimal("19.99"), Decimal(2), True)]
    found = {name: value(opened, name)["u1"] for name in ("email", "first_name", "birthday", "tags", "plan", "city", "postcode")}
    assert found == {
        "email": "maija@example.fi",
        "first_name": "Maija",
        "birthday": dt.date(1980, 2, 3),
        "tags": ["a", "b"],
        "plan": "gold",
        "city": "Oulu",
        "postcode": "90100",
    }


def test_what_a_page_says_of_people_is_claimed_and_changes_nobody(opened):
    send(opened, identify("victim", email="victim@example.fi"), source="pages")
    before = people(opened)
    page = {"type": "identify", "userId": "victim", "anonymousId": "thief", "traits": {"email": "thief@example.fi"}, "messageId": "i"}
    sent = send(
        opened,
        page,
        track("Product Viewed", user="victim", anonymous="thief", number="t"),
        {"type": "alias", "userId": "victim", "previousId": "thief", "anonymousId": "thief", "messageId": "a"},
        {"type": "group", "groupId": "g", "userId": "victim", "anonymousId": "thief", "traits": {"name": "Oy"}, "messageId": "g"},
        kind="public",
        source="pages",
    )
    assert (sent["stored"], sent["joined"]) == (4, 0)
    assert value(opened, "email")["victim"] == "victim@example.fi" and people(opened) == sorted([*before, "thief"])
    claims = [json.loads(text) for (text,) in opened.store.cursor().execute("SELECT claimed FROM claim ORDER BY record").fetchall()]
    assert [claim["userId"] for claim in claims] == ["victim"] * 4 and claims[0]["traits"] == {"email": "thief@example.fi"}
    told = person_show(opened, silent, customer="thief")["claimed"]
    assert [item["said"] for item in told] == claims, "whoever asks what is known of them is told of it"


def test_a_page_has_to_say_whose_browser_it_is(opened):
    assert send(opened, track("Product Viewed", user="u1"), kind="public", source="pages")["rejected"] == 1


def test_a_servers_word_moves_what_a_browser_did_to_its_user(opened):
    send(opened, track("Cart Viewed", anonymous="b1"), track("Cart Viewed", anonymous="b2"), kind="public", source="vouch")
    sent = send(opened, identify("anna", anonymous="b1", at=NOON), source="vouch")
    assert sent["joined"] == 1
    assert [who for (who,) in rows(opened, "Cart Viewed")] == ["anna+b1", "b2"]
    send(opened, track("Cart Viewed", anonymous="b1"), kind="public", source="vouch")
    assert [who for (who,) in rows(opened, "Cart Viewed")].count("anna+b1") == 2


def test_a_browser_that_is_somebodys_does_not_become_anothers(opened):
    send(opened, track("Checkout Started", anonymous="shared"), kind="public", source="two")
    send(opened, identify("first", anonymous="shared", at=NOON), source="two")
    send(opened, identify("second", anonymous="shared", at=NOON + dt.timedelta(days=1)), source="two")
    assert rows(opened, "Checkout Started") == [("first+shared",)]
    send(opened, identify("earlier", anonymous="shared", at=NOON - dt.timedelta(days=1)), source="two")
    assert rows(opened, "Checkout Started") == [("earlier+shared",)], "who had it first is told by when it happened, not by what came first"
    assert {"first", "second"} <= set(people(opened))


def _token(work, source: str, **said) -> str:
    from joserfc import jwt
    from joserfc.jwk import OctKey

    with work.state.connect() as connection:
        key = next(key for key in write_keys(connection) if key.kind == "public" and key.source == source)
    secret = token_secret(work.folder.key.read_bytes(), key.id)
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(secret))


def test_a_token_that_the_shop_has_signed_vouches_for_a_visitor(opened):
    until = int(NOON.timestamp()) + 600
    good = _token(opened, "token", sub="liisa", exp=until, traits={"email": "liisa@example.fi"})
    late, other = _token(opened, "token", sub="liisa", exp=until - 900), _token(opened, "web", sub="liisa", exp=until)
    early = _token(opened, "token", sub="liisa", exp=until, nbf=until - 300)
    for token in (late, other, early, good + "x", "a.b.c", 7, None):
        message = track("Coupon Entered", anonymous="v") | {"context": {"token": token}, "userId": "liisa"}
        assert send(opened, message, kind="public", source="token")["joined"] == 0
    assert {who for (who,) in rows(opened, "Coupon Entered")} == {"v"}
    send(opened, track("Coupon Entered", anonymous="v") | {"context": {"token": good}}, kind="public", source="token")
    assert {who for (who,) in rows(opened, "Coupon Entered")} == {"liisa+v"} and value(opened, "email")["liisa"] == "liisa@example.fi"
    assert read_token(good, b"another", NOON) is None


def test_a_number_stays_a_number_whatever_a_page_says(opened):
    send(opened, track("Product Added", anonymous="p", price=10, note="n"), kind="public", source="poison")
    send(
        opened,
        track("Product Added", anonymous="p", price="dear", note="n"),
        track("Product Added", anonymous="p", price="12.5"),
        kind="public",
        source="poison",
    )
    assert [price for _, price in rows(opened, "Product Added", "price")] == [Decimal(10), None, Decimal("12.5")]
    assert "note" not in opened.schema().event("Product Added").properties
    send(opened, track("Product Added", user="u1", price="dear"), source="poison")
    assert opened.schema().event("Product Added").property("price").type == "text", "a server may say so"


def test_events_that_nobody_allowed_are_kept_and_used_when_somebody_does(opened):
    sent = send(opened, track("Catalogue ordered", anonymous="c", pages=40), kind="public", source="types")
    assert (sent["stored"], sent["rejected"]) == (0, 1)
    assert events_rejected(opened, silent, reason="unknown_event")["messages"][0]["message"]["event"] == "Catalogue ordered"
    assert events_retry(opened, silent)["used"] == 0
    key = next(key["id"] for key in event_key_list(opened, silent)["keys"] if (key["source"], key["kind"]) == ("types", "public"))
    event_key_allow(opened, silent, key=key)
    assert events_retry(opened, silent)["used"] == 1
    assert rows(opened, "Catalogue ordered", "pages") == [("c", Decimal(40))]
    assert events_books(opened, silent, source="types", recount=True)["total"] == {
        "received": 1,
        "stored": 1,
        "duplicate": 0,
        "rejected": 0,
        "suppressed": 0,
        "balanced": True,
    }


def test_the_same_message_again_is_known_and_another_under_its_number_is_kept(opened):
    message = track("Survey Sent", user="u1", number="same", score=1)
    first = send(opened, message, message, source="again", sentAt="2026-11-28T12:00:00Z")
    assert (first["stored"], first["duplicate"]) == (1, 1)
    again = send(
        opened,
        message,
        message | {"properties": {"score": 9}},
        source="again",
        sentAt="2026-11-28T12:30:00Z",
        at=NOON + dt.timedelta(minutes=30),
    )
    assert (again["stored"], again["duplicate"], again["rejected"]) == (0, 1, 1)
    assert events_rejected(opened, silent)["by_reason"]["changed_message"] == 1
    assert send(opened, message, source="books")["stored"] == 1, "a number is one of its source"


@pytest.mark.parametrize("number", [12, 0])
def test_a_number_of_a_message_is_the_same_written_as_a_number_and_as_a_text(opened, number):
    """Senders in several languages share a number: what came by it once is a repeat, and with another content it is reported."""
    as_number, as_text = (track("Survey Sent", user="u1", score=1) | {"messageId": one} for one in (number, str(number)))
    first = send(opened, as_number, as_text, source="again")
    assert (first["stored"], first["duplicate"], first["rejected"]) == (1, 1, 0)
    later = send(opened, as_text, as_number, as_text | {"properties": {"score": 9}}, source="again")
    assert (later["stored"], later["duplicate"], later["rejected"]) == (0, 2, 1)


def test_what_is_late_lands_at_its_own_time_by_our_clock(opened):
    hour = dt.timedelta(hours=1)
    slow = track("Slow Clock", user="u1", at=NOON - 3 * hour)  # to a clock two hours slow this happened an hour before it was sent
    send(opened, slow, source="clock", sentAt=(NOON - 2 * hour).isoformat())
    send(opened, track("Slow Clock", user="u1", at=NOON - dt.timedelta(days=400)), source="clock")
    event = opened.schema().event("Slow Clock")
    found = opened.store.cursor().execute(f'SELECT "at" FROM {event.table} ORDER BY 1').fetchall()
    assert [at.replace(tzinfo=dt.UTC) for (at,) in found] == [NOON - dt.timedelta(days=400), NOON - hour]


def test_alias_makes_an_earlier_id_the_users_own(opened):
    send(opened, track("Alias Seen", user="old"), track("Alias Seen", anonymous="temp"), source="alias")
    send(
        opened,
        {"type": "alias", "userId": "new", "previousId": "old", "messageId": "x1"},
        {"type": "alias", "userId": "new", "previousId": "temp", "messageId": "x2"},
        source="alias",
    )
    assert rows(opened, "Alias Seen") == [("new+old+old+temp+temp",)] * 2


def test_group_says_which_company_a_user_is_of_and_what_it_is_like(opened):
    message = {
        "type": "group",
        "userId": "boss",
        "groupId": "acme",
        "traits": {"name": "Acme Oy", "employees": 40, "industry": "Retail"},
        "messageId": "g1",
    }
    send(opened, message, source="group")
    assert value(opened, "account")["boss"] == "acme"
    assert opened.store.cursor().execute("SELECT name FROM account").fetchall() == [("Acme Oy",)]


def test_consent_that_a_server_tells_is_a_consent(opened):
    send(opened, identify("asked", consent_email=True, at=NOON), source="consent")
    send(opened, identify("asked", consent_email="no", at=NOON + dt.timedelta(days=1)), source="consent")
    sql = "SELECT purpose, given FROM consent AS c JOIN node AS n ON n.node = c.node WHERE n.value = 'asked' ORDER BY effective_at"
    assert opened.store.cursor().execute(sql).fetchall() == [("email", True), ("email", False)]


@pytest.fixture
def own(tmp_path):
    with shop(tmp_path / "shop") as work:
        yield work


def test_whoever_is_erased_leaves_no_byte_and_does_not_come_back(own):
    secret = "erased-Aku-Ankka@example.fi"
    send(own, track("Order Seen", user="stays", total=1), identify("stays", email="stays@example.fi"))
    send(
        own,
        identify("aku-47110815", anonymous="browser-47110815", email=secret),
        {"type": "track", "userId": "aku-47110815", "messageId": "no-event-47110815"},
    )
    send(
        own,
        track("Product Viewed", anonymous="browser-47110815", number="viewed-47110815"),
        {"type": "identify", "anonymousId": "other-browser", "userId": "aku-47110815", "traits": {"email": secret}, "messageId": "claims"},
        kind="public",
    )
    put(own, track("Order Seen", user="aku-47110815", total=2, number="waits-47110815"))
    done = person_erase(own, silent, customers=["aku-47110815"])
    assert done["checked"]["found_in"] == []
    found = [
        str(path)
        for path in own.folder.path.rglob("*")
        if path.is_file()
        for text in (secret, "aku-47110815", "browser-47110815", "47110815")
        if text.lower().encode() in path.read_bytes().lower()
    ]
    assert found == []
    assert people(own) == ["other-browser", "stays"]
    again = send(
        own,
        track("Order Seen", user="aku-47110815"),
        identify("someone", email=secret.upper()),
        track("Order Seen", anonymous="browser-47110815"),
    )
    assert (again["suppressed"], again["stored"]) == (3, 0)
    assert events_books(own, silent, recount=True)["total"]["balanced"]


def test_what_was_kept_long_enough_goes_with_what_was_claimed_beside_it(own):
    old, new = NOON - dt.timedelta(days=800), NOON
    for at, name in ((old, "claimed-long-ago"), (new, "claimed-lately")):
        send(own, track("Product Viewed", anonymous="b", user=name, at=at), kind="public")
    put(
        own,
        track("Product Viewed", anonymous="c", user="claimed-of-old", at=old),
        track("Product Viewed", anonymous="c", user="claimed-of-new", at=new),
        kind="public",
    )
    events_take(own, silent)
    retention_set(own, silent, source="web", event="Product Viewed", days=400)
    assert retention_run(own, silent)["rows"] == 2
    found = {
        text for path in own.folder.landing.rglob("claimed.parquet") for _, text in own.store.cursor().read_parquet(str(path)).fetchall()
    }
    assert sorted(json.loads(text)["userId"] for text in found) == ["claimed-lately", "claimed-of-new"]
    assert len(rows(own, "Product Viewed")) == 2


def test_personal_identity_codes_are_masked_before_they_lie_anywhere(own):
    put(own, track("Order Seen", user="u1", note="hetu 131052-308T", **{"131052-308T": 1}), identify("131052-308T", name="x"))
    assert b"308T" not in b"".join(path.read_bytes() for path in own.folder.inbox.glob("*.inbox"))
    events_take(own, silent)
    assert [path for path in own.folder.path.rglob("*") if path.is_file() and b"131052-308T" in path.read_bytes()] == []


def test_the_number_of_one_order_is_no_personal_identity_code(own):
    """Masked by chance, the orders of one day would become one; a code that stands there by mistake and ends in a letter is masked still."""
    put(
        own,
        track("Order Seen", user="u1", order_id="240126-1240", note="240126-1240"),
        track("Order Seen", user="u2", order_id="131052-308T"),
    )
    kept = b"".join(path.read_bytes() for path in own.folder.inbox.glob("*.inbox"))
    events_take(own, silent)

    assert b'"order_id":"240126-1240"' in kept and b'"note":"240126*****"' in kept and b"308T" not in kept
    column = own.schema().event("Order Seen").property("order_id").column
    held = own.store.cursor().sql(f'SELECT "{column}" FROM "{own.schema().event("Order Seen").table}"').fetchall()
    assert {text for (text,) in held} == {"240126-1240", "131052*****"}


def test_what_was_taken_does_not_wait_and_is_taken_once(own):
    put(own, track("Order Seen", user="u1"))
    put(own, "junk", track("Order Seen", user="u2"))
    assert events_take(own, silent)["received"] == 3 and events_take(own, silent)["received"] == 0
    with own.state.connect() as connection:
        assert inbox.waiting_bytes(own.folder.inbox, inbox.Position(*read_through(connection))) == 0

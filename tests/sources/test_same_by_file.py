"""What a system's API gives means the same as a file of its JSON, from a webhook, and when the source asks for it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lohko.base.errors import InputError
from lohko.sources.hooks import SCHEMES, understood
from lohko.sources.kind import Page
from lohko.state.workspace import Settings, create
from lohko.steps.books import books
from lohko.steps.ingest import ingest
from lohko.steps.sources import Intake, source_add, source_sync
from lohko.steps.work import Work, silent
from lohko.wiring import open_work
from sources.local_server import serving
from sources.playing import Played
from sources.playing_crms import HubSpot, Pipedrive
from sources.playing_newsletters import Brevo, Klaviyo, Mailchimp
from sources.playing_shops import Shopify, WooCommerce
from sources.pulling import small_pages

_PLACE = ("batch", "record", "person", "node")
"""Where a row came from, which differs by the way that it came."""


@contextmanager
def workspace(place: Path) -> Iterator[Work]:
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(place, silent) as work:
        yield work


def picture(work: Work) -> dict[str, list[str]]:
    """Every person with what is known of them: values, events with their money, consents; whatever their keys are."""
    cursor = work.store.cursor()
    whose = {node: (kind, value) for node, kind, value in cursor.execute("SELECT node, kind, value FROM node").fetchall()}
    found: dict[str, list[str]] = {}
    for (table,) in cursor.execute("SHOW TABLES").fetchall():
        if not re.match(r"(a|e)\d+_|consent$|line_row$|header_row$", table):
            continue
        answer = cursor.execute("SELECT * FROM query_table(?)", [table])
        names = [re.sub(r"^c\d+_", "", item[0]) for item in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        said = [
            {"who": whose[row["node"]], **{name: row[name] for name in sorted(row) if name not in _PLACE and row[name] is not None}}
            for row in rows
        ]
        found[re.sub(r"^(a|e)\d+_", "", table)] = sorted(json.dumps(row, default=str) for row in said if row)
    return {table: rows for table, rows in found.items() if rows}


def bring(work: Work, text: str, name: str = "saved.json", **more: Any) -> dict[str, Any]:
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name=name, **more)


def stirred(shop: Any) -> Any:
    """A shop with a refund, an order cancelled, one with many lines, and people who said yes, no and nothing."""
    shop.deeds[1].more = {"refunded": 10.0, "lines": 4}
    shop.deeds[2].state = "cancelled"
    for number, answer in ((1, True), (2, False), (3, None)):
        shop.people[number].subscribed = answer
    return shop


LISTED: dict[str, Callable[[str, list[Any]], str]] = {
    "enclosed": lambda name, items: json.dumps({name: items}),
    "on many lines": lambda name, items: json.dumps({"count": len(items), name: items}, indent=2),
    "a bare list": lambda _name, items: json.dumps(items),
    "a line each": lambda _name, items: "".join(json.dumps(item) + "\n" for item in items),
    "as GraphQL answers": lambda name, items: json.dumps({"data": {name: {"nodes": items, "pageInfo": {}}}, "extensions": {"cost": {}}}),
    "with edges": lambda name, items: json.dumps({"data": {name: {"edges": [{"cursor": "x", "node": item} for item in items]}}}),
}


@pytest.mark.parametrize("way", LISTED)
@pytest.mark.parametrize("system", [Shopify, WooCommerce], ids=lambda one: one.kind)
def test_a_file_of_the_api_is_what_the_source_brings(tmp_path, monkeypatch, system, way):
    """The same people, orders, lines, money and consents, however the objects are put together; saved again it is known."""
    shop = stirred(system())
    small_pages(shop, monkeypatch)
    with serving(shop.answer) as server, workspace(tmp_path / "asked") as work:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name=system.kind, kind=system.kind, settings=shop.settings(server))
        assert source_sync(work, silent)["ok"]
        wanted = picture(work)
    customers, orders = [shop.customer(one) for one in shop.people.values()], [shop.order(one) for one in shop.deeds.values()]
    with workspace(tmp_path / "filed") as work:
        brought = [bring(work, LISTED[way]("customers", customers)), bring(work, LISTED[way]("orders", orders))]
        assert [item["format"] for item in brought] == [f"{system.kind}-api-customers", f"{system.kind}-api-orders"]
        assert [item["rejected"] for item in brought] == [0, 0]
        assert picture(work) == wanted
        told = books(work, silent, recount=True)
        assert told["total"]["balanced"] and all(item["found"]["records"] == item["received"] for item in told["imports"])
        again = bring(work, LISTED[way]("orders", orders) + "\n")
        assert (again["accepted"], again["duplicate"], again["new_customers"]) == (0, again["received"], 0)


ADDRESS = {"address1": "Katu 1", "zip": "90100", "city": "Oulu", "country_code": "FI", "company": None}


def customer(number: int, **more: Any) -> dict[str, Any]:
    """A customer of Shopify's REST, as its webhooks have them too."""
    return {
        "id": number,
        "email": f"person{number}@example.fi",
        "first_name": "Anna",
        "last_name": f"Mäki{number}",
        "phone": f"+35840123450{number}",
        "tags": "vip, uusi",
        "verified_email": True,
        "created_at": "2025-01-01T10:00:00+02:00",
        "updated_at": f"2026-03-0{number}T10:00:00+02:00",
        "default_address": ADDRESS,
        "email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-01-02T10:00:00+02:00"},
        "sms_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-02-02T10:00:00+02:00"},
        **more,
    }


def order(number: int, **more: Any) -> dict[str, Any]:
    line = {"sku": "T1", "name": "Tent", "vendor": "Halti", "quantity": 2, "price": "62.75", "product_id": 9}
    return {
        "id": 900 + number,
        "name": f"#{number}",
        "email": "person1@example.fi",
        "created_at": "2026-03-01T12:00:00+02:00",
        "updated_at": "2026-03-01T12:00:00+02:00",
        "currency": "EUR",
        "financial_status": "partially_refunded",
        "subtotal_price": "178.25",
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "EUR"}},
        "total_tax": "37.24",
        "total_price": "183.25",
        "customer": customer(1),
        "line_items": [line, {**line, "sku": "M1", "quantity": 1, "discount_allocations": [{"amount": "10.00"}]}],
        "refunds": [{"transactions": [{"kind": "refund", "status": "success", "amount": "20.00"}]}],
        **more,
    }


CUSTOMERS, ORDERS = [customer(number) for number in (1, 2)], [order(1), order(2, cancelled_at="2026-03-02T12:00:00+02:00", refunds=[])]


def by_webhook(work: Work, told: Iterable[tuple[str, dict[str, Any]]], scratch: Path) -> None:
    """Bring in what webhooks of Shopify say."""
    hooks = [{"id": n, "topic": topic, "body": json.dumps(body), "received_at": ""} for n, (topic, body) in enumerate(told)]
    intake = Intake(
        work, silent, "shopify", scratch, {"received": 0, "accepted": 0, "duplicate": 0, "rejected": 0, "deleted": 0, "suppressed": 0}
    )
    with work.guard, work.state.begin() as connection:
        from lohko.state import sources as kept

        kept.add(connection, "shopify", "shopify", {}, "")
    for _, said in understood(SCHEMES["shopify"], hooks):
        assert said is not None
        intake.take(Page(said.stream, said.rows, {}))
    intake.flush()


def test_a_file_of_shopifys_rest_is_what_its_webhooks_say(tmp_path):
    """Lines with their discounts, what was given back, shipping and VAT, who cancelled, and the consents to both channels."""
    with workspace(tmp_path / "told") as work:
        by_webhook(work, [*(("customers/create", one) for one in CUSTOMERS), *(("orders/create", one) for one in ORDERS)], tmp_path)
        wanted = picture(work)
    with workspace(tmp_path / "filed") as work:
        bring(work, json.dumps({"customers": CUSTOMERS}))
        assert bring(work, json.dumps({"orders": ORDERS}))["received"] == 4
        assert picture(work) == wanted
    assert len(wanted["line_row"]) == 4 and len(wanted["consent"]) == 4 and len(wanted["refund"]) == 1


def test_an_order_that_cannot_be_read_costs_itself(work):
    """A line without a price, an order of which not all lines are here; the others are in, and the books hold."""
    bad = [order(3, line_items=[{"sku": "T1"}]), order(4, line_items="none"), {"customer": "other"}, order(5)]
    found = bring(work, json.dumps(ORDERS + bad))
    assert (found["received"], found["accepted"], found["rejected_by_reason"]) == (9, 6, {"broken_record": 3})
    assert books(work, silent, recount=True)["total"]["balanced"]
    half = Shopify()
    one = half.order(half.deeds[1])
    one["lineItems"]["pageInfo"]["hasNextPage"] = True
    assert bring(work, json.dumps([half.order(half.deeds[2]), one]))["rejected_by_reason"] == {"broken_record": 1}


def test_asked_for_as_another_kind_an_object_is_a_record_of_its_own_names(work):
    """As orders, of which its totals are; and what a file does not hold is refused, not read as something else."""
    found = bring(work, json.dumps(ORDERS), kind="orders")
    assert (found["received"], found["format"]) == (2, None)
    with pytest.raises(InputError) as caught:
        bring(work, "customer_id,city\n1,Oulu\n", "list.csv", file_format="shopify-api-customers")
    assert caught.value.code == "kind_of_format"
    with pytest.raises(InputError):  # it says less than the API does, and is asked about as before
        bring(work, json.dumps({"orders": [{"id": 1, "line_items": [{"sku": "m"}]}]}))


BESIDE = re.compile(r"account$|company|industry|employees|pipedrive_deleted|postcode|city|country|campaign(_f)?$|digest$")
"""What a source looks up beside, or asks for anew, and a file of one answer does not have."""


def answers(system: Played) -> list[tuple[str, dict[str, Any]]]:
    """What a system's API answers with all at once: which file it is, and the whole answer."""
    people, deeds = list(system.people.values()), list(system.deeds.values())
    match system:
        case Klaviyo():
            asked = {
                "included": [
                    {"type": "metric", "id": "m1", "attributes": {"name": "Opened Email"}},
                    {"type": "metric", "id": "m2", "attributes": {"name": "Ticket Opened"}},
                    *({"type": "profile", "id": f"P{one.id}", "attributes": {"email": one.email}} for one in people),
                ]
            }
            return [
                ("klaviyo-api-profiles", {"data": [system.profile(one) for one in people], "links": {"self": "x", "next": None}}),
                ("klaviyo-api-events", {"data": [system.event(one) for one in deeds], **asked, "links": {"next": None}}),
            ]
        case Mailchimp():
            activity = [system.activity(one.id, None) for one in people]
            return [
                (
                    "mailchimp-api-members",
                    {"members": [system.member(one) for one in people], "list_id": "a", "total_items": 13, "_links": []},
                ),
                ("mailchimp-api-activity", {"emails": activity, "campaign_id": "c1", "total_items": 13, "_links": []}),
            ]
        case Brevo():
            return [
                ("brevo-api-contacts", {"contacts": [system.contact(one) for one in people], "count": 13}),
                ("brevo-api-events", {"events": [system.event(one) for one in deeds]}),
            ]
        case HubSpot():
            firms = [system.company(type(people[0])(n, system.time(n - 70))) for n in (70, 71)]
            deals = [
                {
                    **system.deal(one),
                    "associations": {
                        what: {"results": [{"id": str(number)}]} for what, number in (("contacts", one.person), ("companies", 70))
                    },
                }
                for one in deeds
            ]
            paging = {"paging": {"next": {"after": "14", "link": "x"}}}
            return [
                ("hubspot-api-companies", {"results": firms, **paging}),
                ("hubspot-api-contacts", {"results": [system.contact(one) for one in people], **paging}),
                ("hubspot-api-deals", {"total": 11, "results": deals}),
            ]
        case Pipedrive():
            more = {"success": True, "additional_data": {"next_cursor": None}}
            return [
                ("pipedrive-api-organisations", {"data": [{**system.organisation(n), "owner_id": 1} for n in (70, 71)], **more}),
                ("pipedrive-api-persons", {"data": [system.person(one) for one in people], **more}),
                ("pipedrive-api-deals", {"data": [system.deal(one) for one in deeds], **more}),
            ]
    raise AssertionError(system)


def told_alone(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """A picture without what is looked up beside."""
    kept = {table: rows for table, rows in found.items() if not BESIDE.search(table)}
    return {
        table: sorted(json.dumps({k: v for k, v in json.loads(row).items() if not BESIDE.search(k)}) for row in rows)
        for table, rows in kept.items()
    }


PAGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "one answer": json.dumps,
    "on many lines": lambda whole: json.dumps(whole, indent=2),
    "an answer a line": lambda whole: "".join(json.dumps(part) + "\n" for part in halves(whole)),
    "a list of answers": lambda whole: json.dumps(halves(whole)),
}


def halves(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """An answer as two pages."""
    name = next(name for name, value in whole.items() if isinstance(value, list) and name not in ("included", "_links"))
    return [{**whole, name: whole[name][:3]}, {**whole, name: whole[name][3:]}]


@pytest.mark.parametrize(
    ("system", "way"),
    [
        (Klaviyo, "one answer"),
        (Klaviyo, "an answer a line"),
        (Mailchimp, "an answer a line"),
        (Brevo, "a list of answers"),
        (HubSpot, "on many lines"),
        (Pipedrive, "one answer"),
    ],
)
def test_an_answer_of_a_crm_or_newsletter_tool_is_what_its_source_brings(tmp_path, monkeypatch, system, way):
    """The same people, consents, events and deals, but for what the source looks up beside; saved again it is known."""
    there = system()
    for number, answer in ((1, True), (2, False), (3, None)):
        there.people[number].subscribed = answer
    there.deeds[4].more = {"metric": "m2", "action": "click", "event": "clicks"}
    there.deeds[5].state = "won"
    small_pages(there, monkeypatch)
    more = {"metrics": "all", "properties": "size,secret"} if system is Klaviyo else {}
    with serving(there.answer) as server, workspace(tmp_path / "asked") as work:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name=there.kind, kind=there.kind, settings=there.settings(server) | more)
        assert source_sync(work, silent)["ok"]
        wanted = picture(work)
    with workspace(tmp_path / "filed") as work:
        for name, answer in answers(there):
            found = bring(work, PAGED[way](answer))
            assert (found["format"], found["rejected"]) == (name, 0)
        assert told_alone(picture(work)) == told_alone(wanted)
        told = books(work, silent, recount=True)
        assert told["total"]["balanced"] and [item["found"]["records"] == item["received"] for item in told["imports"]] == [True] * len(
            answers(there)
        )
        for _, answer in answers(there):
            again = bring(work, PAGED[way](answer) + "\n")
            assert (again["accepted"], again["duplicate"]) == (0, again["received"])


def notes(found: dict[str, Any]) -> list[str]:
    return [note["code"] for note in found["notes"]]


def values_of(work: Work, name: str) -> list[Any]:
    """What people have as a value, by person."""
    found = [json.loads(row) for row in picture(work).get(name, ())]
    return sorted((row["who"][1], row["value"]) for row in found)


def test_pipedrives_version_1_is_read_like_its_version_2(work):
    """Whose something is, nested; addresses in `email`; UTC without a zone; a deal of a person and an organisation."""
    organisation = {"name": "Aho Oy", "value": 70, "address": "Katu 1, Oulu", "people_count": 1}
    person = {"id": 7, "name": "Anna Aho", "first_name": "Anna", "last_name": "Aho", "org_id": organisation, "add_time": "2025-01-01 10:00:00",
              "update_time": "2026-02-01 10:00:00", "marketing_status": "unsubscribed", "active_flag": True, "label": 5,
              "email": [{"value": "a@koti.example", "primary": False, "label": "home"}, {"value": "anna@aho.example", "primary": True, "label": "work"}],
              "phone": [{"value": "", "primary": True}]}  # fmt: skip
    more = {"success": True, "additional_data": {"pagination": {"start": 0}}, "related_objects": {"user": {}}}
    found = bring(work, json.dumps({"data": [person], **more}))
    assert (found["format"], found["accepted"], notes(found)) == ("pipedrive-api-persons", 1, ["pipedrive_names"])
    assert values_of(work, "company") == [("7", "Aho Oy")]
    (consent,) = (json.loads(row) for row in picture(work)["consent"])
    assert (consent["purpose"], consent["given"], consent["effective_at"]) == ("email", False, "2026-02-01 10:00:00")
    deal = {"id": 3, "title": "Kauppa", "person_id": {"name": "Anna", "value": 7}, "org_id": organisation, "value": 1200.5, "currency": "EUR",
            "stage_id": 3, "status": "won", "add_time": "2026-01-01 10:00:00", "update_time": "2026-02-01 10:00:00",
            "won_time": "2026-02-01 10:00:00", "lost_time": None, "close_time": "2026-02-01 10:00:00"}  # fmt: skip
    found = bring(work, json.dumps({"data": [deal], **more}))
    assert (found["format"], found["accepted"], found["new_customers"]) == ("pipedrive-api-deals", 1, 0)


def test_a_deal_of_hubspot_that_says_less_is_told_by_its_stage(work):
    """Without `hs_is_closed`, which is not among what HubSpot gives by itself, won is won; of whom it is, is said to be missing."""
    given = {
        "amount": "100",
        "closedate": "2026-02-01T10:00:00Z",
        "createdate": "2026-01-01T10:00:00Z",
        "hs_lastmodifieddate": "2026-02-01T10:00:00Z",
    }
    stages = {1: "closedwon", 2: "closedlost", 3: "appointmentscheduled"}
    deals = [
        {
            "id": str(n),
            "properties": {**given, "dealname": f"D{n}", "dealstage": stage},
            "associations": {"contacts": {"results": [{"id": "9"}]}},
        }
        for n, stage in stages.items()
    ]
    found = bring(work, json.dumps({"results": deals}))
    assert (found["format"], found["accepted"], notes(found)) == ("hubspot-api-deals", 3, [])
    said = {(row["title"], row["status"], row["at"][:10]) for row in (json.loads(text) for text in picture(work)["deal"])}
    assert said == {*((f"D{n}", "open", "2026-01-01") for n in stages), ("D1", "won", "2026-02-01"), ("D2", "lost", "2026-02-01")}
    gone = {**deals[0], "archived": True, "archivedAt": "2026-03-01T10:00:00Z"}
    assert bring(work, json.dumps({"results": [gone]}))["format"] == "hubspot-api-deals"
    said = {(row["title"], row["status"], row["at"][:10]) for row in (json.loads(text) for text in picture(work)["deal"])}
    assert ("D1", "lost", "2026-03-01") in said, "deleted after it was won"
    contact = {"email": "a@b.example", "firstname": "A", "lastmodifieddate": "2026-02-01T10:00:00Z", "shoe_size": "39", "hs_object_id": "9"}
    found = bring(work, json.dumps({"results": [{"id": "9", "properties": contact, "archived": False}]}))
    assert (found["format"], found["new_customers"], notes(found)) == ("hubspot-api-contacts", 0, [])
    assert values_of(work, "shoe_size") == [("9", 39)]
    gone = {"id": "9", "properties": {"email": "a@b.example"}, "archived": True, "archivedAt": "2026-03-01T10:00:00Z"}
    assert bring(work, json.dumps({"results": [gone]}))["format"] == "hubspot-api-contacts"
    assert [at[:10] for _, at in values_of(work, "hubspot_deleted_at")] == ["2026-03-01"]


def test_what_an_answer_does_not_say_is_said(work):
    """Klaviyo's metrics by their numbers where their names are not included; Brevo's rarer fates of a message under their own names."""
    there = Klaviyo()
    found = bring(work, json.dumps({"data": [there.event(one) for one in there.deeds.values()], "links": {}}))
    assert (found["format"], found["rejected"], notes(found)) == ("klaviyo-api-events", 0, ["klaviyo_metrics"])
    assert len(picture(work)["metric_m1"]) == 11
    brevo = Brevo()
    one, other = list(brevo.deeds.values())[:2]
    other.more["event"] = "deferred"
    found = bring(work, json.dumps({"events": [brevo.event(one), brevo.event(other)]}))
    assert (found["format"], notes(found)) == ("brevo-api-events", [])
    assert len(picture(work)["email_deferred"]) == 1 == len(picture(work)["email_opened"])


def test_an_answer_with_a_broken_record_keeps_the_others(work):
    """A member without its time of change, and includes that are none."""
    there = Mailchimp()
    members = [there.member(one) for one in there.people.values()]
    del members[3]["last_changed"]
    found = bring(work, json.dumps({"members": members}))
    assert (found["accepted"], found["rejected_by_reason"]) == (12, {"broken_record": 1})
    wrong = Klaviyo()
    events = [wrong.event(one) for one in wrong.deeds.values()]
    found = bring(work, json.dumps({"data": events, "included": [{"oops": 1}]}))
    assert (found["accepted"], found["rejected"]) == (11, 0)

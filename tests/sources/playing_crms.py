"""Pipedrive and HubSpot, played."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import ClassVar

from sources.local_server import Asked, Server, Told, told
from sources.playing import KEY, Deed, Person, Played, iso


class Pipedrive(Played):
    """Version 2: cursors, and a filter that takes what was updated since an instant. Archived deals stand in a list of their own."""

    kind = "pipedrive"
    people_stream = "persons"
    campaigns = True
    """Whether the company has Campaigns, without which nobody may ask for the status of marketing."""

    def settings(self, server: Server) -> dict[str, str]:
        return {"company": "demo", "token": "env:PLAYED_KEY", "address": server.url}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["x-api-token"] == KEY

    def right(self, asked: Asked) -> Told:
        query = asked.query
        what = asked.path.removeprefix("/api/v2/")
        match what:
            case "persons" if "include_fields" in query and not self.campaigns:
                return told({"success": False, "error": "marketing_status is not available"}, 403)
            case "persons":
                found = self.of_people()
            case "deals" if query.get("status") == "deleted":
                found = [one for one in self.of_deeds() if one.state == "deleted"]
            case "deals":
                found = [one for one in self.of_deeds() if one.state != "deleted" and not one.more.get("archived")]
            case "deals/archived":
                found = [one for one in self.of_deeds() if one.state != "deleted" and one.more.get("archived")]
            case "organizations" if "ids" not in query:
                found = [Person(n, self.time(n - 70)) for n in (70, 71)]
            case "organizations":
                ids = [int(text) for text in query["ids"].split(",")]
                assert len(ids) <= 100
                return told({"success": True, "data": [self.organisation(n) for n in ids], "additional_data": {"next_cursor": None}})
            case _:
                return told({"success": False}, 404)
        if "updated_since" in query:
            start = dt.datetime.fromisoformat(query["updated_since"])
            found = [one for one in found if one.changed >= start]
        part, following = self.after(found, query.get("cursor"))
        play = {"persons": self.person, "deals": self.deal, "deals/archived": self.deal}.get(what, lambda one: self.organisation(one.id))
        data = [play(one) for one in part]
        if what == "persons" and "marketing_status" not in query.get("include_fields", ""):
            data = [{name: value for name, value in one.items() if name != "marketing_status"} for one in data]
        return told({"success": True, "data": data, "additional_data": {"next_cursor": None if following is None else str(following)}})

    def organisation(self, number: int) -> dict:
        return {
            "id": number,
            "update_time": iso(self.time(number - 70)),
            "name": f"Yritys {number} Oy",
            "employee_count": 12,
            "address": {"locality": "Oulu", "postal_code": "90100", "country": "Finland"},
        }

    def person(self, one: Person) -> dict:
        status = {True: "subscribed", False: "unsubscribed", None: "no_consent"}[one.subscribed]
        emails = [
            {"value": f"other{one.id}@example.fi", "primary": False, "label": "other"},
            {"value": one.email, "primary": True, "label": "work"},
        ]
        return {
            "id": one.id,
            "name": f"Anna Mäki{one.id}",
            "first_name": "Anna",
            "last_name": f"Mäki{one.id}",
            "org_id": 70 + one.id % 2,
            "emails": emails,
            "phones": [{"value": "040 123 4567", "primary": True, "label": "mobile"}],
            "add_time": iso(self.time(-1000)),
            "update_time": iso(one.changed),
            "is_deleted": one.deleted,
            "marketing_status": status,
            "city": one.city,
        }

    def deal(self, one: Deed) -> dict:
        won = one.state == "won"
        return {
            "id": one.id,
            "title": f"Kauppa {one.id}",
            "person_id": one.person,
            "org_id": 70 + one.person % 2,
            "value": 1200.5,
            "currency": "EUR",
            "stage_id": 3,
            "pipeline_id": 1,
            "status": one.state or "open",
            "add_time": iso(one.at),
            "update_time": iso(one.changed),
            "won_time": iso(one.changed) if won else None,
            "lost_time": None,
            "lost_reason": None,
            "is_archived": bool(one.more.get("archived")),
        }

    def delete(self, person: int) -> None:
        self.people[person].deleted = True


class HubSpot(Played):
    """Version 2026-09: search with at most ten pages of results here (ten thousand there), batches of records, associations, archived ones."""

    kind = "hubspot"
    people_stream = "contacts"
    sizes = ("_SIZE",)
    most = 40
    kinds: ClassVar[dict[str, str]] = {
        "hs_email_optout_11": "Opted out of email: Marketing Information",
        "hs_email_optout_12": "Opted out of email: One to One",
        "hs_email_optout_13": "Opted out of email: Customer Service Communication",
        "hs_email_optout_14": "Opted out of email: Uutiskirje",
        "business_unit_optout_15": "Toinen brändi email opt-out",
    }
    """The properties that tell of a no to letters of one kind, or of one brand, and what they are called."""

    def settings(self, server: Server) -> dict[str, str]:
        return {"token": "env:PLAYED_KEY", "address": server.url}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["authorization"] == f"Bearer {KEY}"

    def right(self, asked: Asked) -> Told:
        match asked.path.split("/")[1:]:
            case ["crm", "properties", "2026-09", "contacts"]:
                others = [{"name": name, "label": name} for name in ("email", "hs_email_optout")]
                return told({"results": [*others, *({"name": name, "label": label} for name, label in self.kinds.items())]})
            case ["crm", "objects", "2026-09", "contacts" | "deals" | "companies" as what, "search"]:
                return self.search(what, asked.json())
            case ["crm", "objects", "2026-09", "contacts" | "companies" as what, "batch", "read"]:
                ids, names = [one["id"] for one in asked.json()["inputs"]], asked.json()["properties"]
                assert len(ids) <= 100
                people = [self.people[int(one)] for one in ids] if what == "contacts" else [Person(int(one), self.time(0)) for one in ids]
                found = [self.contact(one) if what == "contacts" else self.company(one) for one in people]
                return told({"status": "COMPLETE", "results": [self.asked_for(one, names) for one in found]})
            case ["crm", "associations", "2026-09", "deals", "contacts", "batch", "read"]:
                ids = [one["id"] for one in asked.json()["inputs"]]
                return told({"results": [{"from": {"id": one}, "to": [{"toObjectId": self.deeds[int(one)].person}]} for one in ids]})
            case ["crm", "associations", "2026-09", "deals", "companies", "batch", "read"]:
                first = {"toObjectId": 71, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}]}
                kinds = [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}, *first["associationTypes"]]
                to = [first, {"toObjectId": 70, "associationTypes": kinds}]
                return told({"status": "COMPLETE", "results": [{"from": one, "to": to} for one in asked.json()["inputs"]]})
            case ["crm", "objects", "2026-09", "contacts" | "deals" as what]:
                assert asked.query["archived"] == "true"
                gone: list = [one for one in self.people.values() if one.deleted]
                if what == "deals":
                    gone = [one for one in self.deeds.values() if one.state == "deleted"]
                part, following = self.cut(gone, int(asked.query.get("after", 0)))
                play = self.contact if what == "contacts" else self.deal
                rows = [
                    {**self.asked_for(play(one), asked.query["properties"].split(",")), "archivedAt": iso(one.changed), "archived": True}
                    for one in part
                ]
                return told({"results": rows, **({"paging": {"next": {"after": str(following)}}} if following else {})})
        return told({"status": "error"}, 404)

    def search(self, what: str, body: dict) -> Told:
        if len(json.dumps(body)) > 3000:
            return told({"status": "error", "message": "the query is too long"}, 400)
        people = what == "contacts"
        found: list = [one for one in self.of_people() if not one.deleted]
        if not people:
            found = [one for one in self.of_deeds() if one.state not in ("deleted", "merged")]
        if what == "companies":
            found = [Person(n, self.time(n - 70)) for n in (70, 71)]
        for group in body.get("filterGroups", ()):
            (rule,) = group["filters"]
            assert rule["operator"] == "GTE" and rule["propertyName"] == body["sorts"][0]["propertyName"]
            start = int(rule["value"])
            found = [one for one in found if one.changed.timestamp() * 1000 >= start]
        begin = int(body.get("after", 0))
        if begin + body["limit"] > self.most:
            return told({"status": "error", "message": "paging beyond the limit"}, 400)
        part = found[begin : begin + body["limit"]]
        play = {"contacts": self.contact, "deals": self.deal, "companies": self.company}[what]
        return told({"total": len(found), "results": [self.asked_for(play(one), body.get("properties", ())) for one in part]})

    @staticmethod
    def asked_for(record: dict, names: Collection[str]) -> dict:
        """A record with the properties that were asked for alone."""
        return {**record, "properties": {name: value for name, value in record["properties"].items() if name in names}}

    def company(self, one: Person) -> dict:
        given = {
            "name": f"Yritys {one.id} Oy",
            "domain": "yritys.example",
            "industry": "RETAIL",
            "numberofemployees": "12",
            "hs_lastmodifieddate": iso(one.changed),
        }
        return {"id": str(one.id), "properties": given}

    def contact(self, one: Person) -> dict:
        given = {
            "email": one.email,
            "firstname": "Anna",
            "lastname": f"Mäki{one.id}",
            "city": one.city,
            "createdate": iso(self.time(-1000)),
            "lastmodifieddate": iso(one.changed),
            "associatedcompanyid": str(70 + one.id % 2),
            "hs_email_optout": "true" if one.subscribed is False and one.id % 2 else "",
            "hs_email_optout_11": "true" if one.subscribed is False else "",
            **one.more,
        }
        return {"id": str(one.id), "properties": given, "archived": False}

    def deal(self, one: Deed) -> dict:
        won = "true" if one.state == "won" else "false"
        given = {
            "dealname": f"Kauppa {one.id}",
            "amount": "1200.5",
            "dealstage": "closedwon" if one.state == "won" else "s3",
            "createdate": iso(one.at),
            "closedate": iso(one.changed),
            "hs_is_closed": won,
            "hs_is_closed_won": won,
            **one.more,
            "hs_lastmodifieddate": iso(one.changed),
        }
        return {"id": str(one.id), "properties": given}

    def delete(self, person: int) -> None:
        self.people[person].deleted = True

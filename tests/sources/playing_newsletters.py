"""Klaviyo, Mailchimp and Brevo, played."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from urllib.parse import quote

from lohko.base.clock import now
from sources.local_server import Asked, Server, Told, told
from sources.playing import KEY, Deed, Person, Played, iso


class Klaviyo(Played):
    """JSON:API with links to the next page, a revision header, and its own little language of filters."""

    kind = "klaviyo"
    people_stream = "profiles"

    def settings(self, server: Server) -> dict[str, str]:
        return {"key": "env:PLAYED_KEY", "address": server.url}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["authorization"] == f"Klaviyo-API-Key {KEY}" and bool(
            re.fullmatch(r"\d{4}-\d{2}-\d{2}", asked.headers["revision"])
        )

    def right(self, asked: Asked) -> Told:
        people = asked.path == "/api/profiles"
        found = self.of_people() if people else sorted(self.deeds.values(), key=lambda one: (one.at, one.id))
        by = "updated" if people else "datetime"
        if "filter" in asked.query:
            found = [one for one in found if self.within(asked.query["filter"], by, one.changed if people else one.at)]
        part, following = self.after(found, asked.query.get("page[cursor]"), "changed" if people else "at")
        link = f"https://a.klaviyo.com{asked.path}?page%5Bcursor%5D={quote(following, safe='')}" if following is not None else None
        if people:
            assert asked.query.get("additional-fields[profile]") == "subscriptions" or asked.query["page[size]"] == "1"
            return told({"data": [self.profile(one) for one in part], "links": {"next": link}})
        included = [
            {"type": "metric", "id": "m1", "attributes": {"name": "Opened Email"}},
            {"type": "metric", "id": "m2", "attributes": {"name": "Ticket Opened"}},
        ]
        included += [{"type": "profile", "id": f"P{one.person}", "attributes": {"email": f"person{one.person}@example.fi"}} for one in part]
        return told({"data": [self.event(one) for one in part], "included": included, "links": {"next": link}})

    def within(self, text: str, by: str, at: dt.datetime) -> bool:
        """Whether a time is what a filter asks for; conditions one after the other hold all."""
        first, last = re.fullmatch(rf"greater-than\({by},([^,]+)\)(?:,less-or-equal\({by},([^,]+)\))?", text).groups()
        return at > dt.datetime.fromisoformat(first) and (last is None or at <= dt.datetime.fromisoformat(last))

    def profile(self, one: Person) -> dict:
        consent = {True: "SUBSCRIBED", False: "UNSUBSCRIBED", None: "NEVER_SUBSCRIBED"}[one.subscribed]
        marketing = {"consent": consent, "consent_timestamp": iso(one.changed) if one.subscribed is not None else None, "suppression": []}
        given = {
            "email": one.email,
            "first_name": "Anna",
            "last_name": f"Mäki{one.id}",
            "created": iso(self.time(-1000)),
            "updated": iso(one.changed),
        }
        given |= {"location": {"city": one.city, "country": "Finland"}, "properties": {"size": "M", "secret": "x"}}
        return {
            "type": "profile",
            "id": f"P{one.id}",
            "attributes": {**given, "subscriptions": {"email": {"marketing": marketing}, "sms": None}},
        }

    def event(self, one: Deed) -> dict:
        related = {
            "metric": {"data": {"type": "metric", "id": one.more.get("metric", "m1")}},
            "profile": {"data": {"type": "profile", "id": f"P{one.person}"}},
        }
        given = {"datetime": iso(one.at), "event_properties": {"Campaign Name": "Kevät", "Subject": "Hei"}}
        return {"type": "event", "id": f"E{one.id}", "attributes": given, "relationships": related}

    def delete(self, person: int) -> None:
        """Klaviyo does not tell of that."""


class Mailchimp(Played):
    """Numbered pages; a filter that takes what changed after an instant, to the second."""

    kind = "mailchimp"
    people_stream = "members"
    sizes = ("_SIZE",)

    def settings(self, server: Server) -> dict[str, str]:
        return {"key": "env:PLAYED_KEY", "audience": "abc123", "address": server.url, "history_days": "9999", "follow_days": "9999"}

    def allowed(self, asked: Asked) -> bool:
        name, _, key = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        return bool(name) and key == KEY

    def right(self, asked: Asked) -> Told:
        query = asked.query
        begin, count = int(query.get("offset", 0)), int(query.get("count", 10))
        match asked.path.removeprefix("/3.0/").split("/"):
            case ["lists", "abc123"]:
                return told({"name": "Uutiskirje", "stats": {"member_count": len(self.people)}})
            case ["lists", "abc123", "members"]:
                # Without a status all but the archived ones come.
                found = [one for one in self.of_people() if one.deleted == (query.get("status") == "archived")]
                if "since_last_changed" in query:
                    start = dt.datetime.fromisoformat(query["since_last_changed"])
                    found = [one for one in found if one.changed > start]
                return told({"members": [self.member(one) for one in found[begin : begin + count]], "total_items": len(found)})
            case ["campaigns"]:
                sent = [{"id": "c1", "send_time": iso(self.time(-5)), "settings": {"title": "Kevät"}}]
                start = dt.datetime.fromisoformat(query["since_send_time"])
                return told({"campaigns": [one for one in sent if dt.datetime.fromisoformat(one["send_time"]) >= start][begin:]})
            case ["reports", "c1", "email-activity"]:
                start = dt.datetime.fromisoformat(query["since"]) if "since" in query else None
                emails = [self.activity(n, start) for n in sorted(self.people)]
                return told({"emails": [one for one in emails if one["activity"] or start is None][begin : begin + count]})
        return told({"title": "Resource Not Found"}, 404)

    def member(self, one: Person) -> dict:
        status = "archived" if one.deleted else {True: "subscribed", False: "unsubscribed", None: "pending"}[one.subscribed]
        merged = {
            "FNAME": "Anna",
            "LNAME": f"Mäki{one.id}",
            "PHONE": "",
            "ADDRESS": {"addr1": "Katu 1", "city": one.city, "zip": "90100", "country": "FI"},
        }
        return {
            "id": hashlib.md5(one.email.encode()).hexdigest(),
            "contact_id": f"c{one.id}",
            "email_address": one.email,
            "status": status,
            "sms_phone_number": "",
            "sms_subscription_status": "",
            "sms_subscription_last_updated": "",
            "merge_fields": merged,
            "timestamp_signup": "",
            "timestamp_opt": iso(self.time(-900)),
            "last_changed": one.changed.isoformat(),
            "language": "fi",
            "member_rating": 3,
            "tags": [{"id": 1, "name": "vip"}] if one.id == 1 else [],
        }

    def activity(self, person: int, start: dt.datetime | None) -> dict:
        did = [one for one in self.deeds.values() if one.person == person and (start is None or one.at > start)]
        email = self.people[person].email
        acts = [{"action": one.more.get("action", "open"), "timestamp": one.at.isoformat(), "ip": "1.2.3.4"} for one in did]
        return {"campaign_id": "c1", "email_id": hashlib.md5(email.encode()).hexdigest(), "email_address": email, "activity": acts}

    def delete(self, person: int) -> None:
        self.people[person].deleted = True


class Brevo(Played):
    """Contacts in the order in which they were made, by offset; messages by whole days."""

    kind = "brevo"
    people_stream = "contacts"
    sizes = ("_CONTACTS", "_EVENTS_AT_ONCE")
    zone = dt.timedelta(0)
    """How far its days are from those of UTC."""

    def settings(self, server: Server) -> dict[str, str]:
        return {"key": "env:PLAYED_KEY", "address": server.url, "history_days": "400"}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["api-key"] == KEY

    def right(self, asked: Asked) -> Told:
        query = asked.query
        begin, limit = int(query.get("offset", 0)), int(query.get("limit", 50))
        if asked.path == "/v3/contacts":
            found = sorted(self.people.values(), key=lambda one: one.id)
            if "modifiedSince" in query:
                start = dt.datetime.fromisoformat(query["modifiedSince"])
                found = [one for one in found if one.changed >= start]
            assert query.get("sort") == "asc" or limit == 1
            return told({"contacts": [self.contact(one) for one in found[begin : begin + limit]], "count": len(found)})
        if asked.path == "/v3/smtp/statistics/events":
            first, last = (dt.date.fromisoformat(query[name]) for name in ("startDate", "endDate"))
            assert first <= last <= now().date() and last - first <= dt.timedelta(days=90)
            found = sorted(self.deeds.values(), key=lambda one: (one.at, one.id))
            found = [one for one in found if first <= (one.at + self.zone).date() <= last]
            return told({"events": [self.event(one) for one in found[begin : begin + limit]]} if found else {})
        return told({"code": "document_not_found"}, 404)

    def contact(self, one: Person) -> dict:
        local = one.changed.astimezone(dt.timezone(dt.timedelta(hours=2))).isoformat(timespec="milliseconds")
        attributes = {"FIRSTNAME": "Anna", "LASTNAME": f"Mäki{one.id}", "CITY": one.city, "SMS": "358401234567"}
        return {
            "id": one.id,
            "email": one.email,
            "emailBlacklisted": one.subscribed is False,
            "smsBlacklisted": False,
            "createdAt": local,
            "modifiedAt": local,
            "listIds": [3],
            "listUnsubscribed": None,
            "whatsappBlacklisted": False,
            "subscriptions": {},
            "attributes": attributes,
        }

    def event(self, one: Deed) -> dict:
        return {
            "email": f"person{one.person}@example.fi",
            "date": one.at.isoformat(timespec="milliseconds"),
            "messageId": f"<{one.id}@relay>",
            "event": one.more.get("event", "opened"),
            "subject": "Hei",
            "tag": "",
        }

    def delete(self, person: int) -> None:
        """Brevo does not tell of that."""

"""Files of no system in particular: told by the everyday headers of `fields.py`, in English and Finnish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lohko.formats.fields import REQUIRED, Field, Kind, fields_of, key
from lohko.formats.format import Format
from lohko.formats.shapes import Answers, Shape, When

_MARKS: dict[Kind, tuple[str, ...]] = {
    "order-lines": ("product_id", "product_name", "unit_price"),
    "orders": ("order_id", "ordered_at"),
    "customers": ("customer_id", "email", "phone"),
    "events": ("event",),
    "survey": ("response_id", "nps", "csat", "ces"),
    "bookings": ("arrival", "departure"),
    "tickets": ("ticket_id", "solved_at", "satisfaction"),
    "notes": ("author", "note_id"),
    "leads": ("lead_id", "form", "campaign"),
    "products": ("sku", "cost"),
    "ad-spend": ("spend",),
    "accounts": ("business_id", "account_revenue", "parent_account", "domain", "account_labels"),
    "deals": ("deal_id", "stage"),
}
"""Per kind, the fields of which one must be there by a header that no list of customers has for something else."""


_ANYBODYS = ("id", "recordid", "tunnus")
"""Headers that number rows of any kind."""


_LEFT = ("unsubscribed", "opted out", "opted-out", "complained", "spam complaint", "suppressed", "uutiskirje peruttu", "perunut uutiskirjeen",
         "poistunut listalta", "poistunut postituslistalta", "perunut", "perunut tilauksen", "tilaus peruttu", "kieltänyt", "markkinointikielto",
         "unsubscribe", "opt-out", "opted_out")  # fmt: skip
"""States that are about nothing but mails: in any list of customers they take consent back. None gives it, for *active* may mean anything."""
_STATES = ("Subscription Status", "Subscriber Status", "Email Status", "Contact Status", "Tila", "Uutiskirjeen tila")
_LEFT_ON = ("Unsubscribed date", "Unsubscription date", "Unsubscribed at", "Unsubscribed on", "Unsubscribe time", "Date unsubscribed", "Opt-out date",
            "Optout date", "Opt-out time", "Opted out at", "Opted out on", "Opted out date", "Status date", "Status changed", "Status changed at",
            "Status updated", "Status updated at", "Peruttu pvm", "Perumispäivä", "Peruutuspäivä", "Poistumispäivä", "Poistunut pvm", "Tila muuttunut",
            "Tilan muutospäivä")  # fmt: skip
"""When somebody left, or came into the state that stands beside."""


def _plain(kind: Kind, title: str, *reshape: Shape, spellings: Mapping[str, tuple[str, ...]] | None = None) -> Format:
    where = "any tool that writes a table with a row of headers"
    return Format(kind, title, "", kind, tuple(spellings or ()), (), {}, where, reshape=reshape, spellings=spellings or {})


PLAIN: tuple[Format, ...] = (
    _plain("order-lines", "plain order lines"),
    _plain("orders", "plain orders"),
    _plain(
        "customers",
        "a plain list of customers",
        When("Unsubscribed", "Status", _LEFT, at="Unsubscribe date", if_any=True),
        spellings={"Status": _STATES, "Unsubscribe date": _LEFT_ON},
    ),
    _plain("events", "plain events"),
    _plain("survey", "plain survey answers", Answers()),
    _plain("bookings", "plain bookings"),
    _plain("tickets", "plain support tickets"),
    _plain("notes", "plain notes"),
    _plain("leads", "plain leads"),
    _plain("products", "a plain list of products"),
    _plain("ad-spend", "plain advertising costs"),
    _plain("accounts", "a plain list of companies"),
    _plain("deals", "plain deals"),
)


def known_headers(kind: Kind, labels: Sequence[str]) -> list[str] | None:
    """The labels that mean a field of this kind; None when the kind lacks what it needs, or what sets it apart from a list of customers.

    >>> known_headers("orders", ["Order ID", "Email", "Created at", "Total", "Mood"])
    ['Order ID', 'Email', 'Created at', 'Total']
    >>> known_headers("orders", ["Email", "Created at", "Revenue"]), known_headers("customers", ["Osoite"])
    (None, None)
    """
    fields = fields_of(kind)
    found = {label: {name for name, field in fields.items() if means(field, label)} for label in labels}
    there = set().union(*found.values()) if found else set()
    if any(not there.intersection(group) for group in REQUIRED[kind]) or not _marked(kind, labels):
        return None
    return [label for label in labels if found[label]]


def _marked(kind: Kind, labels: Sequence[str]) -> bool:
    fields, listed = fields_of(kind), [] if kind == "customers" else list(fields_of("customers").values())
    telling = [label for label in labels if key(label) not in _ANYBODYS]
    return any(
        means(fields[name], label) and not any(means(field, label) for field in listed) for name in _MARKS[kind] for label in telling
    )


def means(field: Field, label: str) -> bool:
    """Whether a header alone means this field."""
    return field.rank(label) is not None

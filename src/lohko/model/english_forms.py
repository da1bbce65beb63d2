"""Events and attributes in English: what someone did, and what the events are called.

Each row holds whole phrases, so that nothing is inflected by rule. An event without a row is said by its name:
`did quiz_done at least 2 times`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lohko.model.condition import Condition, PropertyIs
from lohko.model.operand import Test


@dataclass(frozen=True)
class EventForms:
    """An event in English.

    did, did_not   what someone did: `viewed products`, `did not view products`
    one, many      the events as nouns: `the first product view`, `number of product views`
    noun           the verb ends in a noun, so that a condition on it begins with `whose`, before how many times
    counted        verbs that a number may follow, and the noun in singular and plural: `received at least 10 newsletters`
    value          a property, and verbs that its value may follow: `visited page "Pricing"`
    """

    did: str
    did_not: str
    one: str
    many: str
    noun: bool = False
    counted: tuple[str, str, str, str] | None = None
    value: tuple[str, str, str] | None = None


EVENTS: dict[str, EventForms] = {
    "order": EventForms("ordered", "did not order", "order", "orders"),
    "order_line": EventForms("ordered products", "did not order products", "ordered product", "ordered products", noun=True),
    "refund": EventForms("got a refund", "did not get a refund", "refund", "refunds", noun=True),
    "cancelled_order": EventForms("cancelled an order", "did not cancel an order", "cancelled order", "cancelled orders", noun=True),
    "booking": EventForms("made a booking", "did not make a booking", "booking", "bookings", noun=True),
    "product_view": EventForms("viewed products", "did not view products", "product view", "product views", noun=True),
    "add_to_cart": EventForms("added to cart", "did not add to cart", "cart addition", "cart additions"),
    "page_view": EventForms(
        "visited pages",
        "did not visit pages",
        "page view",
        "page views",
        noun=True,
        value=("page", "visited page", "did not visit page"),
    ),
    "email_received": EventForms(
        "received newsletters",
        "did not receive newsletters",
        "received newsletter",
        "received newsletters",
        noun=True,
        counted=("received", "did not receive", "newsletter", "newsletters"),
    ),
    "email_opened": EventForms(
        "opened newsletters",
        "did not open newsletters",
        "newsletter open",
        "newsletter opens",
        noun=True,
        counted=("opened", "did not open", "newsletter", "newsletters"),
    ),
    "email_clicked": EventForms(
        "clicked newsletters",
        "did not click newsletters",
        "newsletter click",
        "newsletter clicks",
        noun=True,
        counted=("clicked", "did not click", "newsletter", "newsletters"),
    ),
}

HAS: dict[str, tuple[str, Condition]] = {"used a discount code": ("order", PropertyIs("coupon", Test("known")))}
"""What events are said to have: the phrase, with the event and the condition that it stands for."""

SPOKEN = {"rfm_group": "RFM group", "rfm_score": "RFM score"}
"""Attributes that are called by more than their name."""

ACCOUNT_HAS = {"open_deal": ("the account has an open deal", "the account has no open deal")}
"""Yes-or-no attributes of accounts, as they are said."""

ACCOUNT_COUNTS = {
    "employees": "employees",
    "contact_count": "contacts",
    "contact_orders": "orders",
    "open_deals": "open deals",
    "won_deals": "won deals",
    "lost_deals": "lost deals",
}
"""Numbers of accounts that are counts of something: `the account has 50-249 employees`; its orders are those of its contacts."""

CONSENTS = {
    "email": "be sent e-mail marketing",
    "sms": "be sent SMS marketing",
    "phone": "be called for marketing",
    "post": "be sent marketing by post",
    "ads": "be shown targeted ads",
    "personalisation": "be shown personalised content",
    "profiling": "be profiled",
}
"""What people who have consented may be done to: `may be sent e-mail marketing`, `may not be sent ...`."""

SENT = {
    "email": ("e-mail", "e-mails", "e-mail marketing", "marketing by e-mail", "marketing e-mails", "newsletters", "the newsletter"),
    "sms": (
        *("SMS", "SMS messages", "SMS marketing", "marketing by SMS", "texts", "text messages", "marketing text messages"),
        *("text message marketing", "marketing by text message"),
    ),
    "post": ("post", "letters", "direct mail", "postal marketing", "marketing by post"),
}
"""What of a channel people may be sent, may receive or have consented to, as it is also written; it is marketing in all of them."""

ALSO_MAY = {
    "email": ("be e-mailed",),
    "sms": ("be texted",),
    "phone": ("be called", "be phoned", "be called by phone", "receive calls", "receive marketing calls"),
    "ads": ("be shown ads", "be targeted with ads"),
    "personalisation": ("be shown personal content", "be shown personalized content"),
}
"""What else may follow `may`."""

ALSO_CONSENTED = {"phone": ("calls", "phone calls", "marketing calls", "phone marketing", "marketing by phone"), "ads": ("targeted ads",)}
"""What else may follow `has consented to`."""

CHANNELS = {"email": "e-mail", "sms": "SMS", "phone": "phone", "post": "post"}
"""How people can be reached: `can be reached by e-mail`."""
ALSO_BY = {"email": ("email",), "sms": ("text message", "text"), "phone": ("telephone",), "post": ("letter",)}
"""The same as it is also written."""


def spaced(phrase: str) -> str:
    """A phrase as it is looked up: small letters, single spaces."""
    return " ".join(phrase.lower().split())


@lru_cache(maxsize=1)
def phrases() -> dict[str, dict[str, str]]:
    """Per terminal of the grammar, its phrases and what each stands for."""
    found: dict[str, dict[str, str]] = {
        name: {} for name in ("DONE", "NOT_DONE", "NOUN", "VALUED", "VALUED_NOT", "GOT", "GOT_NOT", "THINGS")
    }
    for event, row in EVENTS.items():
        found["DONE"][row.did], found["NOT_DONE"][row.did_not] = event, event
        found["NOUN"] |= {row.one: event, row.many: event}
        if row.value:
            found["VALUED"][row.value[1]], found["VALUED_NOT"][row.value[2]] = event, event
        if row.counted:
            found["GOT"][row.counted[0]], found["GOT_NOT"][row.counted[1]] = event, event
            found["THINGS"] |= {row.counted[2]: row.counted[2], row.counted[3]: row.counted[2]}
    found["USED"] = {phrase: event for phrase, (event, _) in HAS.items()}
    found["ACCOUNT_HAS"] = {has: name for name, (has, _) in ACCOUNT_HAS.items()}
    found["ACCOUNT_HAS_NO"] = {has_no: name for name, (_, has_no) in ACCOUNT_HAS.items()}
    found["COUNTED_THINGS"] = {noun: name for name, noun in ACCOUNT_COUNTS.items()}
    found["MAY"] = {f"may {what}": purpose for what, purpose in _may().items()}
    found["MAY_NOT"] = {f"may not {what}": purpose for what, purpose in _may().items()}
    for what, purpose in _consented().items():
        found["MAY"][f"has consented to {what}"] = found["MAY_NOT"][f"has not consented to {what}"] = purpose
    reached, not_reached = ("can be reached", "is reachable", "reachable"), ("cannot be reached", "is not reachable")
    ways = {how: channel for channel, said in CHANNELS.items() for how in (said, *ALSO_BY[channel])}
    found["REACHED"] = {f"{verb} by {how}": channel for how, channel in ways.items() for verb in reached}
    found["NOT_REACHED"] = {f"{verb} by {how}": channel for how, channel in ways.items() for verb in not_reached}
    return {name: {spaced(phrase): value for phrase, value in rows.items()} for name, rows in found.items()}


def _may() -> dict[str, str]:
    """Whatever may follow `may`, and the purpose that it is."""
    found = {what: purpose for purpose, what in CONSENTS.items()}
    found |= {what: purpose for purpose, also in ALSO_MAY.items() for what in also}
    found |= {f"{verb} {what}": purpose for purpose, sent in SENT.items() for what in sent for verb in ("be sent", "receive")}
    found |= {f"be contacted by {how}": channel for channel, said in CHANNELS.items() for how in (said, *ALSO_BY[channel])}
    return _without_hyphens(found)


def _consented() -> dict[str, str]:
    """Whatever may follow `has consented to` besides the purpose's own name."""
    return _without_hyphens({what: purpose for also in (SENT, ALSO_CONSENTED) for purpose, rows in also.items() for what in rows})


def _without_hyphens(rows: dict[str, str]) -> dict[str, str]:
    """The phrases, and the same with `email` for `e-mail`."""
    return rows | {phrase.replace("e-mail", "email"): purpose for phrase, purpose in rows.items()}


_NUMBER_FOLLOWS = r"(?=\s+(at|exactly|between|more|fewer|less|over|under|none|all|once|twice|\d))"
# A verb that is also a likely name is one only where the sentence goes on as after a verb.
_AFTER = {
    "DONE": r"(?!\s*(is\b|was\b|has\b|[=<>!]))",
    "GOT": _NUMBER_FOLLOWS,
    "GOT_NOT": _NUMBER_FOLLOWS,
}


def terminals() -> str:
    """The phrases as terminals of the grammar, longest first."""
    rows = []
    for name, table in phrases().items():
        words = sorted(table, key=len, reverse=True)
        pattern = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in words)
        rows.append(f"{name}.{8 if name.startswith('GOT') else 9}: /({pattern})\\b{_AFTER.get(name, '')}/i")
    return "\n".join(rows)


@lru_cache(maxsize=1)
def single_words() -> frozenset[str]:
    """Phrases of one word: a name that equals one is written in backticks. `order` too: `did not order` is about the event of that name."""
    table = phrases()
    found = {word for name in ("DONE", "NOUN", "GOT") for word in table[name] if " " not in word}
    return frozenset(found | {phrase.removeprefix("did not ") for phrase in table["NOT_DONE"] if phrase.count(" ") == 2})

"""Ten sentences that marketers write: each is read as the tree that it means, and is its own canonical text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from lohko.model.condition import (
    Against,
    And,
    AttributeIs,
    Condition,
    Consent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    MomentIs,
    Not,
    OfAccount,
    Periods,
    PropertyIs,
    Step,
    Tied,
)
from lohko.model.operand import Number, Span, Test, Text, YesNo
from lohko.model.parse import parse
from lohko.model.sentence import lines, sentence
from lohko.model.window import InLast, Since


def number(op: str, *values: int) -> Test:
    """A comparison with numbers."""
    return Test(op, tuple(Number(Decimal(value)) for value in values))


def text(op: str, *values: str) -> Test:
    """A comparison with texts."""
    return Test(op, tuple(map(Text, values)))


ONCE = number("at_least", 1)
COATS = PropertyIs("category", text("is", "Coats"))


def last(n: int, unit: str = "day") -> InLast:
    """In the last n units."""
    return InLast(Span(n, unit))


TEN: dict[str, Condition] = {
    "ordered for more than 500 € in the last 730 days and did not order in the last 180 days and country is Finland": And(
        (
            EventsAre("order", "sum", number("over", 500), "total", window=last(730)),
            Not(EventsAre("order", "count", ONCE, window=last(180))),
            AttributeIs("country", text("is", "Finland")),
        )
    ),
    'ordered exactly once and 30-60 days have passed since the first order and is not in segment "Open complaint"': And(
        (
            EventsAre("order", "count", number("is", 1)),
            EventsAre("order", "first", Test("ago_between", (Span(30, "day"), Span(60, "day")))),
            Not(InSegment("Open complaint")),
        )
    ),
    "added to cart in the last 3 days and did not order within 24 hours of that and may be sent e-mail marketing": And(
        (Followed("add_to_cart", (Step("order", within=Span(24, "hour"), did=False),), window=last(3)), Consent("email"))
    ),
    'viewed products whose category is "Coats" at least 3 times in the last 14 days '
    'and did not order products whose category is "Coats" in the last 365 days': And(
        (
            EventsAre("product_view", "count", number("at_least", 3), where=COATS, window=last(14)),
            Not(EventsAre("order_line", "count", ONCE, where=COATS, window=last(365))),
        )
    ),
    "at least 70 % of orders in the last 12 months used a discount code": EventsAre(
        "order", "share", number("at_least", 70), window=last(12, "month"), has=PropertyIs("coupon", Test("known"))
    ),
    "time since last order is more than 2 times the usual time between orders": Against(
        EventsFigure("order", "last"), "over", EventsFigure("order", "gap"), Decimal(2)
    ),
    "received at least 10 newsletters in the last 60 days and clicked none of them": And(
        (
            EventsAre("email_received", "count", number("at_least", 10), window=last(60)),
            Tied("email_received", "email_clicked", number("is", 0), window=last(60)),
        )
    ),
    'at least 2 contacts of the account visited page "Pricing" in the last 14 days '
    "and the account has no open deal and the account has 50-249 employees": And(
        (
            OfAccount(
                "at_least", EventsAre("page_view", "count", ONCE, where=PropertyIs("page", text("is", "Pricing")), window=last(14)), 2
            ),
            Not(OfAccount("any", AttributeIs("open_deal", Test("is", (YesNo(True),))))),
            OfAccount("any", AttributeIs("employees", number("between", 50, 249))),
        )
    ),
    'RFM group was "Champions" 90 days ago and RFM group is one of "Need Attention", "At Risk"': And(
        (
            AttributeIs("rfm_group", text("is", "Champions"), at=Span(90, "day")),
            AttributeIs("rfm_group", text("one_of", "Need Attention", "At Risk")),
        )
    ),
    "ordered in December in at least 2 of the last 3 years and did not order since 1 November 2026": And(
        (
            Periods("order", 3, "year", number("at_least", 2), MomentIs("month", text("is", "December"))),
            Not(EventsAre("order", "count", ONCE, window=Since(dt.date(2026, 11, 1)))),
        )
    ),
}


@pytest.mark.parametrize("written", TEN)
def test_a_marketers_sentence_means_its_tree(written):
    """The sentence is read as the tree that it means."""
    assert parse(written).condition == TEN[written]


@pytest.mark.parametrize("written", TEN)
def test_a_marketers_sentence_is_printed_as_it_was_written(written):
    """The tree is said in exactly these words, on one line or several."""
    assert sentence(TEN[written]) == written
    assert lines(TEN[written]).replace("\n", " ") == written


@pytest.mark.parametrize("written", TEN)
def test_a_marketers_sentence_is_the_same_tree_by_way_of_finnish(written):
    """English to Finnish and back changes nothing."""
    assert parse(sentence(TEN[written], "fi")).condition == TEN[written]

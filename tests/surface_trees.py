"""Random trees of the whole language for its surfaces: every node, operator, window and measure; names and texts of every kind.

They are of good form and know no schema: whether names exist and types fit is not a question of form.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lohko.model import condition as tree
from lohko.model.condition import (
    After,
    Against,
    AgoBetween,
    And,
    AttributeFigure,
    AttributeIs,
    Before,
    Between,
    Condition,
    Consent,
    Day,
    During,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Ever,
    Followed,
    InLast,
    InSegment,
    Latest,
    LongAgo,
    MomentIs,
    Moved,
    Near,
    Not,
    Number,
    OfAccount,
    Or,
    Period,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
    Since,
    Span,
    Step,
    Test,
    Text,
    Tied,
    Until,
    YesNo,
)
from lohko.model.limits import MAX_DEPTH, depth
from lohko.model.normal import normalise
from lohko.model.operators import OPERATORS
from lohko.model.schema import PURPOSES, Type

# Names with forms of their own, plain ones, and those that are words of a surface or need backticks.
ODD = ("quiz_done", "score2", "last order", "a`b", "Plan", "is", "ei", "summa", "kunta", "order", "päivä", "ıf", "x.y", "名前")
EVENTS = ("order", "order_line", "refund", "product_view", "add_to_cart", "page_view", "email_received", "email_opened", "email_clicked", *ODD)
ATTRIBUTES = ("country", "city", "region", "language", "birthday", "rfm_group", "employees", "open_deal", "email", "phone", "tags", *ODD)
PROPERTIES = ("total", "category", "brand", "coupon", "page", "quantity", "paid_at", "message_id", *ODD)
WORDS = (
    "FI", "Suomi", "Finland", "Takit", "joulukuu", "maanantai", "december", "monday", "", " ", "3\" putki", "a\nb", "ei ole", "(tai tieto puuttuu)",
    "kyllä", "1.11.2026", "00100", "17850", "Σ", "\\", "ja, tai", "RFM group",
)  # fmt: skip

texts = st.builds(Text, st.sampled_from(WORDS) | st.text(max_size=6))
values = st.integers(-3, 60).map(Decimal) | st.sampled_from([Decimal(x) for x in ("0.5", "-2.25", "1234.5", "1000", "1000000", "0.3333333333")])
numbers = st.builds(Number, values)
dates = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)) | st.just(dt.date(900, 2, 3))
days = st.builds(Day, dates)
yes_or_no = st.builds(YesNo, st.booleans())
spans = st.builds(Span, st.integers(1, 5) | st.sampled_from([24, 365, 1500]), st.sampled_from(["minute", "hour", "day", "week", "month", "quarter", "year"]))
periods = st.builds(Period, st.sampled_from(["this", "previous", "next"]), st.sampled_from(["day", "week", "month", "quarter", "year"]))
past_periods = periods.filter(lambda period: period.which != "next")

KINDS: tuple[Type, ...] = ("text", "text_set", "decimal", "boolean", "time")


def _operand(kind: Type) -> SearchStrategy[Any]:
    if kind in ("text", "text_set"):
        return texts
    return {"decimal": numbers, "boolean": yes_or_no, "time": days}[kind]


@st.composite
def tests_of(draw: Any, kind: Type) -> Test:
    row = OPERATORS[draw(st.sampled_from([row.key for row in OPERATORS.values() if kind in row.types]))]
    operand = {"value": _operand(kind), "span": spans, "period": periods}[row.takes]
    n = draw(st.integers(1, 3)) if row.operands == "many" else row.operands
    return Test(row.key, tuple(draw(operand) for _ in range(n)))


tests = st.sampled_from(KINDS).flatmap(tests_of)
_PART_KINDS: dict[str, Type] = {"weekday": "text", "month": "text", "day": "decimal", "hour": "decimal", "items": "decimal"}


@st.composite
def _compared(draw: Any, parts: tuple[str, ...]) -> tuple[Test, Any]:
    part = draw(st.none() | st.sampled_from(parts))
    return draw(tests if part is None else tests_of(_PART_KINDS[part])), part


_parts = _compared(("weekday", "month", "day", "hour", "items"))
properties = st.tuples(st.sampled_from(PROPERTIES), _parts).map(lambda found: PropertyIs(found[0], *found[1]))
moments = (
    st.sampled_from(["weekday", "month", "day", "hour"]).flatmap(lambda part: st.builds(MomentIs, st.just(part), tests_of(_PART_KINDS[part])))
    | st.sampled_from(["joulukuu", "toukokuu"]).map(lambda name: MomentIs("month", Test("is", (Text(name),))))
    | st.sampled_from(["maanantai", "sunnuntai"]).map(lambda name: MomentIs("weekday", Test("is", (Text(name),))))
)


def nested(leaf: SearchStrategy[Condition], most: int, *, accounts: bool = False) -> SearchStrategy[Condition]:
    """Conditions joined, negated and asked of accounts, in the one form that is stored."""

    def group(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        found = st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inner)
        if not accounts:
            return found
        of = st.builds(OfAccount, st.sampled_from(["any", "all"]), inner) | st.builds(OfAccount, st.just("at_least"), inner, st.integers(1, 3))
        return found | of

    return st.recursive(leaf, group, max_leaves=most).map(normalise)


on_events = nested(properties | moments, 3)
wheres = st.none() | properties | moments | on_events
windows = st.none() | st.one_of(
    st.builds(InLast, spans),
    st.tuples(dates, dates).map(lambda pair: Between(min(pair), max(pair))),
    st.builds(Before, dates),
    st.builds(After, dates),
    st.builds(Since, dates),
    st.builds(Until, dates),
    st.builds(LongAgo, spans),
    st.builds(AgoBetween, spans, spans),
    spans.map(lambda span: AgoBetween(span, span)),
    st.builds(During, past_periods),
    st.builds(Latest, st.integers(1, 5)),
)
events = st.sampled_from(EVENTS)
MEASURES = get_args(tree.Measure)
_MEASURED: dict[str, tuple[Type, ...]] = {"min": ("decimal", "time"), "max": ("decimal", "time"), "most_frequent": KINDS, "first": ("time",), "last": ("time",)}


@st.composite
def figures(draw: Any, measure: str | None = None) -> EventsFigure:
    measure = measure or draw(st.sampled_from(MEASURES))
    name = draw(st.sampled_from(PROPERTIES)) if measure in tree.OF_PROPERTY else None
    has = draw(properties | on_events) if measure == "share" else None
    return EventsFigure(draw(events), measure, name, draw(wheres), draw(windows), has)


@st.composite
def event_leaves(draw: Any) -> EventsAre:
    figure = draw(figures(draw(st.sampled_from((*MEASURES, "count", "count", "sum")))))
    test = draw(st.sampled_from(_MEASURED.get(figure.measure, ("decimal",))).flatmap(tests_of))
    return EventsAre(figure.event, figure.measure, test, figure.property, figure.where, figure.window, figure.has)


@st.composite
def did_leaves(draw: Any) -> EventsAre:
    """What someone did, as is said of it most often."""
    op, n = draw(st.sampled_from([("at_least", 1), ("at_least", 1), ("at_least", 3), ("is", 1), ("is", 0), ("at_most", 2), ("over", 1), ("under", 5)]))
    return EventsAre(draw(events), "count", Test(op, (Number(Decimal(n)),)), None, draw(wheres), draw(windows))


@st.composite
def chains(draw: Any) -> Followed:
    steps = draw(st.lists(st.builds(Step, events, wheres, st.none() | spans), min_size=1, max_size=2))
    if draw(st.booleans()):
        steps[-1] = Step(steps[-1].event, steps[-1].where, steps[-1].within, False)
    return Followed(draw(events), tuple(steps), draw(wheres), draw(windows))


@st.composite
def tied_after_their_base(draw: Any) -> And:
    """`received at least 10 newsletters and clicked none of them`."""
    base = draw(did_leaves())
    first = Tied(base.event, draw(st.sampled_from(["email_clicked", "email_opened"])), draw(tests_of("decimal")), base.where, base.window)
    second = Tied(base.event, "email_clicked", Test("is", (Number(Decimal(0)),)), base.where, base.window)
    return And((base, first, second) if draw(st.booleans()) else (base, second))


all_figures = figures() | st.builds(AttributeFigure, st.sampled_from(ATTRIBUTES))
segments = st.sampled_from(("vip", "one-time", "Reklamaatio kesken", 'a"b', "ei", "2026"))
_whole_or_half = st.sampled_from([Decimal(1), Decimal(2), Decimal("1.5"), Decimal("0.25")])
_PLACES = get_args(tree.Place)

LEAVES: dict[str, SearchStrategy[Any]] = {
    "attribute": st.tuples(st.sampled_from(ATTRIBUTES), _parts, st.none() | spans | days | st.just(Ever())).map(
        lambda found: AttributeIs(found[0], *found[1], found[2])
    ),
    "events": event_leaves() | did_leaves(),
    "edge_event": st.builds(EdgeEvent, st.sampled_from(["first", "last"]), events, properties | on_events, wheres, windows),
    "followed": chains(),
    "tied": st.builds(
        Tied, events, events, tests_of("decimal"), wheres, windows, wheres, st.none() | st.sampled_from(PROPERTIES), st.booleans()
    ),
    "periods": st.builds(Periods, events, st.integers(1, 12), st.sampled_from(get_args(tree.CalendarUnit)), tests_of("decimal"), wheres),
    "against": st.builds(Against, all_figures, st.sampled_from(get_args(tree.Order)), all_figures, _whole_or_half)
    | st.builds(
        Against, figures("last") | figures("first"), st.sampled_from(get_args(tree.Order)), figures("gap"), _whole_or_half
    ),
    "ranked": st.tuples(all_figures, st.sampled_from(_PLACES), st.integers(1, 5), st.none() | segments).map(
        lambda found: Ranked(found[0], found[1], None if found[1].startswith(("above", "below")) else found[2], found[3])
    ),
    "segment": st.builds(InSegment, segments, st.none() | spans | days),
    "moved": st.builds(Moved, segments, st.sampled_from(["entered", "left"]), windows),
    "consent": st.builds(Consent, st.sampled_from((*PURPOSES, "post office"))),
    "reachable": st.builds(Reachable, st.sampled_from(["email", "sms", "phone", "post"])),
    "random": st.builds(RandomShare, st.sampled_from([Decimal(10), Decimal("12.5"), Decimal(100)]), st.sampled_from(["", "arpa 1"])),
    "near": st.builds(Near, values, values, st.sampled_from([Decimal(10), Decimal("0.5")])),
}
"""Each kind of leaf by its tag."""

leaves: SearchStrategy[Any] = st.one_of(*LEAVES.values())
conditions: SearchStrategy[Condition] = (nested(leaves | tied_after_their_base(), 4, accounts=True) | leaves.map(normalise)).filter(
    lambda rule: depth(rule) <= MAX_DEPTH
)

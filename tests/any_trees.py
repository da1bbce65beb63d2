"""Random trees of every kind of node, over any names: what the English and the Finnish surface have to say and to read back.

Nothing is looked up: names may be the words of the languages themselves, and values may hold anything. As in `strategies`, nothing that draws makes
strategies of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lohko.model import condition as c
from lohko.model import operand, window
from lohko.model.limits import MAX_DEPTH, depth
from lohko.model.normal import normalise
from lohko.model.operators import OPERATORS

KNOWN = ("order", "order_line", "refund", "product_view", "add_to_cart", "page_view", "email_received", "email_opened", "email_clicked")
NASTY = (
    "Order", "orders", "ordered", "opened", "open", "did", "not", "in", "segment", "month", "weekday", "day", "two words", "a`b", "``", '"', "x\ny",
    "ın", "İs", "Σ", "ſum", "quiz_done", "RFM group", "rfm_group", "mon-thly", "12", "9a", "May", "number", "tilaus", "tilannut", "ei", "on",
    "joka", "ja", "Suomi", "viimeisten", "päivän", "kertaa", "tapahtuma", "kuuluu", "country", "total", "coupon", "page", "category", "employees",
    "open_deal", "language", "tags", "monetary", "city", "region",
)  # fmt: skip
_letters = st.characters(codec="utf-8", exclude_categories=["Cs"])
texts = st.sampled_from(["Finland", "FI", "Suomi", "vip", "NO", "may", "", '"', "\\", "12", "007", "x y", "December", "monday"]) | st.text(
    _letters, max_size=6
)
names = st.sampled_from(KNOWN) | st.sampled_from(NASTY) | st.text(_letters, min_size=1, max_size=6).filter(lambda name: bool(name.strip()))
events = st.sampled_from(KNOWN) | names
whole = st.integers(0, 12).map(Decimal) | st.integers(0, 10**17).map(Decimal)
numbers = whole | st.decimals(-(10**9), 10**9, places=4) | st.sampled_from([Decimal("0.0000000001"), Decimal(-1), Decimal("1E+3")])
days = st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31)) | st.dates(dt.date(2024, 1, 1), dt.date(2027, 1, 1))
spans = st.builds(operand.Span, st.integers(1, 3) | st.integers(1, 100_000), st.sampled_from(get_args(operand.Unit)))
calendar = st.sampled_from(get_args(operand.CalendarUnit))
periods = st.builds(operand.Period, st.sampled_from(["this", "previous", "next"]), calendar)
windows = st.one_of(
    st.builds(window.InLast, spans),
    st.builds(window.Between, days, days),
    st.builds(window.Before, days),
    st.builds(window.After, days),
    st.builds(window.Since, days),
    st.builds(window.Until, days),
    st.builds(window.LongAgo, spans),
    st.builds(window.AgoBetween, spans, spans) | spans.map(lambda span: window.AgoBetween(span, span)),
    st.builds(window.During, periods),
    st.builds(window.Latest, st.integers(1, 3) | st.integers(1, 10**6)),
)
_values = st.one_of(
    st.builds(operand.Text, texts),
    st.builds(operand.Number, numbers),
    st.builds(operand.Day, days),
    st.builds(operand.YesNo, st.booleans()),
)


@cache
def _operand(key: str) -> SearchStrategy[Any]:
    """Operands that the comparison takes of at least one type on its left."""
    row = OPERATORS[key]
    if row.takes != "value":
        return spans if row.takes == "span" else periods
    if key in ("over", "at_least", "under", "at_most"):
        return st.builds(operand.Number, numbers)
    return st.builds(operand.Day, days) if key in ("before", "until", "after", "since") else _values


_one_of = cache(st.sampled_from)
_booleans, _few = st.booleans(), st.integers(1, 3)
_numbers_between, _days_between = st.builds(operand.Number, numbers) | st.builds(operand.Number, whole), st.builds(operand.Day, days)


@st.composite
def tests(draw: Any, keys: tuple[str, ...] = tuple(OPERATORS)) -> operand.Test:
    """A comparison with operands that fit it."""
    key = draw(_one_of(keys))
    row = OPERATORS[key]
    if key in ("between", "not_between"):
        kind = _numbers_between if draw(_booleans) else _days_between
        return operand.Test(key, (draw(kind), draw(kind)))
    n = draw(_few) if row.operands == "many" else row.operands
    return operand.Test(key, tuple(draw(_operand(key)) for _ in range(n)))


amounts = st.builds(
    lambda key, n, m: operand.Test(key, (operand.Number(n), operand.Number(m)) if key == "between" else (operand.Number(n),)),
    st.sampled_from(["at_least", "at_most", "over", "under", "is", "between"]),
    whole,
    whole,
)
maybe_amounts = amounts | tests()
parts = st.none() | st.sampled_from(get_args(operand.Part))
moments = st.none() | spans | st.builds(operand.Day, days) | st.just(c.Ever())


def _joined(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(c.And, several) | st.builds(c.Or, several) | st.builds(c.Not, inner)


_about = (
    st.builds(c.PropertyIs, names, tests(), parts)
    | st.builds(c.MomentIs, st.sampled_from(["weekday", "month", "day", "hour"]), tests())
    | st.sampled_from(["December", "may", "x"]).map(lambda month: c.MomentIs("month", operand.Test("is", (operand.Text(month),))))
    | st.builds(lambda value: c.PropertyIs("page", operand.Test("is", (operand.Text(value),))), texts)
    | st.just(c.PropertyIs("coupon", operand.Test("known")))
)
abouts = st.recursive(_about, _joined, max_leaves=3)
wheres = st.none() | abouts
maybe_windows = st.none() | windows


_measures = st.sampled_from(get_args(c.Measure))


@st.composite
def figures(draw: Any) -> c.EventsFigure:
    """A number of events."""
    measure = draw(_measures)
    name = draw(names) if measure in c.OF_PROPERTY else None
    has = draw(abouts) if measure == "share" else None
    return c.EventsFigure(draw(events), measure, name, draw(wheres), draw(maybe_windows), has)


_figures = figures()


@st.composite
def _events_are(draw: Any) -> c.EventsAre:
    f = draw(_figures)
    if draw(_booleans) and f.measure == "count":
        return c.EventsAre(f.event, "count", operand.Test("at_least", (operand.Number(Decimal(1)),)), None, f.where, f.window)
    return c.EventsAre(f.event, f.measure, draw(maybe_amounts), f.property, f.where, f.window, f.has)


_steps = st.lists(st.builds(c.Step, events, wheres, st.none() | spans), min_size=1, max_size=3)
_last_step = st.builds(c.Step, events, wheres, st.none() | spans, st.just(False))


@st.composite
def _followed(draw: Any) -> c.Followed:
    then = draw(_steps)
    if draw(_booleans):
        then.append(draw(_last_step))
    return c.Followed(draw(events), tuple(then[-3:]), draw(wheres), draw(maybe_windows))


_any_figure = figures() | st.builds(c.AttributeFigure, names)
_spent = st.builds(
    lambda test, where, window: c.EventsAre("order", "sum", test, "total", where, window), maybe_amounts, wheres, maybe_windows
)


_places_in_rank, _up_to_1000, _maybe_names = st.sampled_from(get_args(c.Place)), st.integers(1, 3) | st.integers(1, 1000), st.none() | names


@st.composite
def _ranked(draw: Any) -> c.Ranked:
    place = draw(_places_in_rank)
    n = None if place.startswith(("above", "below")) else draw(_up_to_1000)
    return c.Ranked(draw(_any_figure), place, n, draw(_maybe_names))


_tied = st.builds(c.Tied, events, events, maybe_amounts, wheres, maybe_windows, wheres, st.none() | names, st.booleans())


_base = _events_are()


@st.composite
def _with_ties(draw: Any) -> c.And:
    """Events, and how many of them are tied to others, side by side."""
    base = draw(_base)
    tied = st.builds(
        lambda other, test: c.Tied(base.event, other, test, base.where, base.window),
        st.sampled_from(["email_opened", "email_clicked", "order", "Order"]),
        maybe_amounts | st.just(operand.Test("is", (operand.Number(Decimal(0)),))),
    )
    return c.And((base, *draw(st.lists(tied | _tied, min_size=1, max_size=2))))


_places = st.decimals(-90, 90, places=4)
leaves = {
    "attribute": st.builds(c.AttributeIs, names, tests(), parts, moments),
    "events": _events_are() | _spent,
    "edge_event": st.builds(c.EdgeEvent, st.sampled_from(["first", "last"]), events, abouts, wheres, maybe_windows),
    "followed": _followed(),
    "tied": _tied,
    "periods": st.builds(c.Periods, events, st.integers(1, 120), calendar, maybe_amounts, wheres),
    "against": st.builds(c.Against, _any_figure, st.sampled_from(get_args(c.Order)), _any_figure, whole | numbers | st.just(Decimal(1))),
    "ranked": _ranked(),
    "segment": st.builds(c.InSegment, names, st.none() | spans | st.builds(operand.Day, days)),
    "moved": st.builds(c.Moved, names, st.sampled_from(["entered", "left"]), maybe_windows),
    "consent": st.builds(c.Consent, st.sampled_from(["email", "sms", "ads", "personalisation", "profiling"]) | texts),
    "reachable": st.builds(c.Reachable, st.sampled_from(["email", "sms", "phone", "post"])),
    "random": st.builds(c.RandomShare, numbers, texts),
    "near": st.builds(c.Near, _places, _places, numbers),
}
"""A strategy for each kind of leaf, by its name in the tree."""


def _of_account(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    known = st.builds(
        lambda name, test: c.AttributeIs(name, test),
        st.sampled_from(["open_deal", "employees"]),
        amounts | st.just(operand.Test("is", (operand.YesNo(True),))),
    )
    return st.builds(c.OfAccount, st.sampled_from(["any", "all"]), inner | known) | st.builds(
        c.OfAccount, st.just("at_least"), inner, st.integers(1, 99)
    )


def _grown(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return _joined(inner) | _of_account(inner)


conditions: SearchStrategy[Any] = (
    st.recursive(st.one_of(*leaves.values(), _with_ties()), _grown, max_leaves=5)
    .map(normalise)
    .filter(lambda tree: depth(tree) <= MAX_DEPTH)
)
"""Normalised trees of every kind."""


def kinds(node: Any) -> Iterator[str]:
    """What a tree is made of: its nodes, comparisons, parts, measures, places and units."""
    if is_dataclass(node):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, str) and field.name in (
                "node",
                "op",
                "part",
                "measure",
                "place",
                "unit",
                "which",
                "way",
                "edge",
                "quantifier",
            ):
                yield f"{field.name} {value}"
            yield from kinds(value)
    elif isinstance(node, tuple):
        for item in node:
            yield from kinds(item)


def _node_names() -> set[str]:
    found = (kind for kind in vars(c).values() if isinstance(kind, type) and is_dataclass(kind))
    return {f"node {field.default}" for kind in found for field in fields(kind) if field.name == "node"}


ALL_KINDS: frozenset[str] = frozenset(
    _node_names()
    | {f"op {key}" for key in OPERATORS}
    | {f"part {part}" for part in get_args(operand.Part)}
    | {f"measure {measure}" for measure in get_args(c.Measure)}
    | {f"place {place}" for place in get_args(c.Place)}
    | {f"unit {unit}" for unit in get_args(operand.Unit)}
    | {f"which {which}" for which in ("this", "previous", "next")}
    | {f"way {way}" for way in ("entered", "left")}
    | {f"edge {edge}" for edge in ("first", "last")}
    | {f"quantifier {which}" for which in ("any", "all", "at_least")}
)
"""All there is in the language."""

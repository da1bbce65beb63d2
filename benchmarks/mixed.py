"""A hundred mixed segments: what each asks, as Lohko's tree and as SQL written by hand.

`questions` draws distinct leaves of every kind, seeded; `segments` puts them
together three by three, so that each leaf is used as often as wanted: with and, or
and not, nested, and of other segments. A leaf has two pieces of SQL: a SELECT of
its own, and, where it is a number of one table's rows, that number and its limit,
so that conditions about one table can be one GROUP BY, as an analyst writes them.
"""
# ruff: noqa: S608 - the queries are put together here from texts of this file: nothing a user wrote comes in

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from lohko.model.condition import And, AttributeIs, Condition, EventsAre, Followed, InSegment, Not, Or, PropertyIs, Step
from lohko.model.operand import Number, Span, Test, Text
from lohko.model.window import InLast


@dataclass(frozen=True)
class Question:
    """A leaf. `$today` is the day on whose first instant it is asked; `rows`, `number` and `holds` are empty where they do not apply."""

    kind: str
    said: str
    node: Condition
    alone: str
    table: str = ""
    rows: str = ""
    number: str = ""
    holds: str = ""
    of_nothing: bool = False
    """Whether people without any row pass."""


def _at_least(n: int | Decimal) -> Test:
    return Test("at_least", (Number(Decimal(n)),))


def _days(n: int) -> Span:
    return Span(n, "day")


EVENTS = {"orders": "order", "lines": "order_line", "product_views": "product_view", "carts": "add_to_cart", "opened": "email_opened"}
SPANS = [14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 270, 300, 365, 400, 450, 500, 550, 600, 730]


def _numbered(
    kind: str, said: str, node: Condition, table: str, rows: str, number: str, holds: str, *, of_nothing: bool = False
) -> Question:
    """A leaf that is a number of one table's rows against a limit."""
    grouped = f"SELECT person FROM {table} WHERE {rows} GROUP BY person HAVING {number}"
    if of_nothing:
        alone = f"SELECT person FROM customers WHERE person NOT IN ({grouped} {_OTHERWISE[holds.split()[0]]} {holds.split()[1]})"
    elif (number, holds) == ("count(*)", ">= 1"):
        alone = f"SELECT DISTINCT person FROM {table} WHERE {rows}"
    else:
        alone = f"{grouped} {holds}"
    return Question(kind, said, node, alone, table, rows, number, holds, of_nothing)


_OTHERWISE = {"<=": ">", "<": ">="}


def _lately(days: int) -> str:
    return f"local_day >= $today - {days} AND local_day < $today"


def _count(draw: random.Random) -> Question:
    table, days, n = (
        draw.choice(["orders", "orders", "lines", "product_views", "carts", "opened"]),
        draw.choice(SPANS),
        draw.choice([1, 1, 2, 3, 4, 6]),
    )
    where, more, said = None, "", ""
    if table == "orders" and draw.random() < 0.6:
        over = draw.choice([0, 20, 50, 100, 200])
        where, more, said = PropertyIs("total", Test("over", (Number(Decimal(over)),))), f" AND total > {over}", f" where total > {over}"
    if table == "product_views" and draw.random() < 0.4:
        brand = f"brand {draw.randrange(60)}"
        where, more, said = PropertyIs("brand", Test("is", (Text(brand),))), f" AND brand = '{brand}'", f' where brand is "{brand}"'
    few = draw.random() < 0.2
    test = Test("at_most", (Number(Decimal(n)),)) if few else _at_least(n)
    node = EventsAre(EVENTS[table], "count", test, where=where, window=InLast(_days(days)))
    said = f"did {EVENTS[table]} at {'most' if few else 'least'} {n} times{said} in last {days} days"
    return _numbered("count", said, node, table, _lately(days) + more, "count(*)", f"{'<=' if few else '>='} {n}", of_nothing=few)


def _sum(draw: random.Random) -> Question:
    days, over = draw.choice(SPANS), draw.choice([50, 100, 150, 200, 300, 400, 500, 750, 1000])
    table = draw.choice(["orders", "orders", "lines"])
    if draw.random() < 0.3:
        node: Condition = EventsAre(EVENTS[table], "average", _at_least(over // 2), property="total", window=InLast(_days(days)))
        said = f"average of total of {EVENTS[table]} in last {days} days >= {over // 2}"
        return _numbered("sum", said, node, table, _lately(days), "avg(total)", f">= {over // 2}")
    node = EventsAre(EVENTS[table], "sum", _at_least(over), property="total", window=InLast(_days(days)))
    return _numbered(
        "sum", f"sum of total of {EVENTS[table]} in last {days} days >= {over}", node, table, _lately(days), "sum(total)", f">= {over}"
    )


def _distinct(draw: random.Random) -> Question:
    table, name = draw.choice(
        [("product_views", "product_id"), ("product_views", "brand"), ("carts", "product_id"), ("opened", "campaign")]
    )
    days, n = draw.choice([30, 45, 60, 90, 120, 150, 180]), draw.choice([2, 3, 4, 5])
    node = EventsAre(EVENTS[table], "distinct", _at_least(n), property=name, window=InLast(_days(days)))
    said = f"different values of {name} of {EVENTS[table]} in last {days} days >= {n}"
    return _numbered("distinct", said, node, table, _lately(days), f"count(DISTINCT {name})", f">= {n}")


def _relative(draw: random.Random) -> Question:
    days, kind = draw.choice(SPANS) + draw.randrange(6), draw.choice(["joined", "born", "last", "first", "lapsed"])
    if kind == "joined":
        days *= 3
        node: Condition = AttributeIs("joined", Test("in_last", (_days(days),)))
        return Question(
            "relative",
            f"joined is in last {days} days",
            node,
            f"SELECT person FROM joined WHERE value >= $today - {days} AND value < $today",
        )
    if kind == "born":
        ahead = [_TODAY + dt.timedelta(days=n) for n in range(days // 10 + 1)]
        listed = ", ".join(str(100 * day.month + day.day) for day in ahead)
        node = AttributeIs("born", Test("anniversary_in_next", (_days(days // 10),)))
        alone = f"SELECT person FROM born WHERE 100 * month(value) + day(value) IN ({listed})"
        return Question("relative", f"born anniversary is in the next {days // 10} days", node, alone)
    table, edge = draw.choice(["orders", "product_views", "opened"]), "min" if kind == "first" else "max"
    op, compare = ("long_ago", "<") if kind == "lapsed" else ("in_last", ">=")
    node = EventsAre(EVENTS[table], "first" if kind == "first" else "last", Test(op, (_days(days),)))
    said = f"{'first' if kind == 'first' else 'last'} {EVENTS[table]} is {'more than' if kind == 'lapsed' else 'in last'} {days} days{' ago' * (kind == 'lapsed')}"
    return _numbered("relative", said, node, table, "local_day < $today", f"{edge}(local_day)", f"{compare} $today - {days}")


_TODAY = dt.date(2025, 12, 1)


def _sequence(draw: random.Random) -> Question:
    first, then = draw.choice([("carts", "orders"), ("opened", "orders"), ("opened", "carts")])
    days, within, did = draw.choice(SPANS), draw.choice([1, 2, 3, 5, 7, 10, 14]), draw.random() < 0.7
    node = Followed(EVENTS[first], (Step(EVENTS[then], within=_days(within), did=did),), window=InLast(_days(days)))
    over = "" if did else f" AND a.local_day < $today - {within}"
    alone = (
        f'SELECT DISTINCT a.person FROM {first} AS a {"SEMI" if did else "ANTI"} JOIN (SELECT person, "at", local_day FROM {then} WHERE {_lately(days)}) AS b '
        f'ON b.person = a.person AND b."at" > a."at" AND b.local_day <= a.local_day + {within} WHERE a.local_day >= $today - {days} AND a.local_day < $today{over}'
    )
    said = f"did {EVENTS[first]} in last {days} days and then {'' if did else 'not '}{EVENTS[then]} within {within} days"
    return Question("sequence", said, node, alone)


def _profile(draw: random.Random) -> Question:
    kind = draw.choice(["city", "city", "city", "language", "points", "points"])
    if kind == "city":
        cities = sorted({f"city {draw.randrange(60)}" for _ in range(draw.choice([1, 3, 8, 15]))})
        listed = ", ".join(f"'{city}'" for city in cities)
        node: Condition = AttributeIs("city", Test("one_of", tuple(map(Text, cities))))
        return Question("profile", f"city is one of {listed}", node, f"SELECT person FROM city WHERE value IN ({listed})")
    if kind == "language":
        chosen = draw.choice(["fi", "sv", "en"])
        return Question(
            "profile",
            f'language is "{chosen}"',
            AttributeIs("language", Test("is", (Text(chosen),))),
            f"SELECT person FROM language WHERE value = '{chosen}'",
        )
    n = draw.randrange(50, 3000, 50)
    return Question("profile", f"points >= {n}", AttributeIs("points", _at_least(n)), f"SELECT person FROM points WHERE value >= {n}")


FAMILIES: list[tuple[int, Callable[[random.Random], Question]]] = [
    (30, _count),
    (15, _sum),
    (10, _distinct),
    (18, _relative),
    (7, _sequence),
    (20, _profile),
]
"""Of a hundred leaves, about how many are of each kind."""


def questions(how_many: int, seed: int = 3) -> list[Question]:
    """So many different leaves, of every kind in the same shares."""
    draw, found = random.Random(seed), {}  # noqa: S311 - repeatable, not secret
    kinds = [family for share, family in FAMILIES for _ in range(share)]
    draw.shuffle(kinds)
    place = 0
    while len(found) < how_many:
        made = kinds[place % len(kinds)](draw)
        tries = 0
        while made.said in found and tries < 50:
            made, tries = kinds[place % len(kinds)](draw), tries + 1
        found.setdefault(made.said, made)
        place += 1
    return list(found.values())


@dataclass(frozen=True)
class Segment:
    """A segment: its shape over three questions, and the segment it refers to."""

    name: str
    shape: str
    parts: tuple[Question, Question, Question]
    other: str | None = None

    @property
    def where(self) -> Condition:
        """What Lohko is asked."""
        a, b, c = (part.node for part in self.parts)
        other = InSegment(self.other or "")
        return {
            "a and b and c": And((a, b, c)),
            "a and b and not c": And((a, b, Not(c))),
            "a and (b or c)": And((a, Or((b, c)))),
            "(a or b) and not c": And((Or((a, b)), Not(c))),
            "a or (b and not c)": Or((a, And((b, Not(c))))),
            "s and a and (b or not c)": And((other, a, Or((b, Not(c))))),
            "a and not s and (b or c)": And((a, Not(other), Or((b, c)))),
            "not (a and (b or not c))": Not(And((a, Or((b, Not(c)))))),
        }[self.shape]


SHAPES = [
    "a and b and c",
    "a and b and not c",
    "a and (b or c)",
    "a and b and c",
    "(a or b) and not c",
    "s and a and (b or not c)",
    "a and b and not c",
    "a and not s and (b or c)",
    "a or (b and not c)",
    "not (a and (b or not c))",
]


def segments(how_many: int, uses: int, seed: int = 3) -> list[Segment]:
    """So many segments of three leaves each, every leaf in `uses` of them, and never twice in one."""
    drawn = questions(how_many * 3 // uses, seed)
    draw = random.Random(seed + uses)  # noqa: S311
    made: list[Segment] = []
    # The leaves in rounds, each round in another order: three neighbours of one round are three different leaves.
    order = [leaf for _ in range(uses) for leaf in draw.sample(drawn, len(drawn))]
    for number in range(how_many):
        parts = order[3 * number : 3 * number + 3]
        spare = 3 * number + 3
        while len({part.said for part in parts}) < 3 and spare < len(order):
            order[3 * number + 2], order[spare] = order[spare], order[3 * number + 2]
            parts, spare = order[3 * number : 3 * number + 3], spare + 1
        shape = SHAPES[number % len(SHAPES)]
        other = f"s{draw.randrange(number):03}" if " s " in f" {shape} " and number else None
        if " s " in f" {shape} " and other is None:
            shape = "a and b and c"
        made.append(Segment(f"s{number:03}", shape, (parts[0], parts[1], parts[2]), other))
    return made


# --- by hand ------------------------------------------------------------------------------


def as_sets(segment: Segment) -> str:
    """One SELECT: from the people of one condition, those who are, or are not, among the people of the others."""
    names = dict(zip("abc", segment.parts, strict=True))

    def among(letter: str) -> str:
        return f"person IN (SELECT person FROM {segment.other})" if letter == "s" else f"person IN ({names[letter].alone})"

    shape = segment.shape
    base, rest = "SELECT person FROM customers", shape
    if shape.startswith("a and "):
        base, rest = f"SELECT person FROM ({names['a'].alone}) AS a", shape.removeprefix("a and ")
    elif shape.startswith("s and "):
        base, rest = f"SELECT person FROM {segment.other}", shape.removeprefix("s and ")
    return f"{base} WHERE {_spelled(rest, among)}"


def as_groups(segment: Segment) -> str | None:
    """One SELECT in which conditions about the same table are one GROUP BY; None where no table is asked about twice."""
    names = dict(zip("abc", segment.parts, strict=True))
    tables: dict[str, list[str]] = {}
    for letter, part in names.items():
        if part.number:
            tables.setdefault(part.table, []).append(letter)
    if not any(len(letters) > 1 for letters in tables.values()):
        return None

    def holds(letter: str) -> str:
        if letter == "s":
            return f"person IN (SELECT person FROM {segment.other})"
        part = names[letter]
        return f"coalesce(t_{part.table}.{letter}, {str(part.of_nothing).lower()})" if part.number else f"person IN ({part.alone})"

    shape, start = segment.shape, "customers"
    if shape.startswith("a and ") and names["a"].number and not names["a"].of_nothing:
        # Whoever is in has rows in this table, so it, and not everyone, is where one starts.
        start = names["a"].table
    groups = {table: f"({_grouped(table, letters, names)}) AS t_{table}" for table, letters in tables.items()}
    first = groups.pop(start, "customers")
    joined = " ".join(f"LEFT JOIN {group} USING (person)" for group in groups.values())
    return f"SELECT person FROM {first} {joined} WHERE {_spelled(shape, holds)}"


def _grouped(table: str, letters: list[str], names: dict[str, Question]) -> str:
    columns = ", ".join(
        f"{names[letter].number} FILTER (WHERE {names[letter].rows}) {names[letter].holds} AS {letter}" for letter in letters
    )
    any_of_them = " OR ".join(f"({names[letter].rows})" for letter in letters)
    return f"SELECT person, {columns} FROM {table} WHERE {any_of_them} GROUP BY person"


def _spelled(shape: str, said: Callable[[str], str]) -> str:
    """A shape with its letters put in words."""
    out = []
    for word in shape.replace("(", "( ").replace(")", " )").split():
        out.append(said(word) if word in {"a", "b", "c", "s"} else word.upper())
    return " ".join(out)

"""Comparisons of single values as SQL expressions: every operator, every type, every part of a date or time.

The expression of a positive comparison is never true of a missing value; it may
be NULL there. Negatives are NOT of the positive, made by whoever asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from lohko.base.codes import month_of, weekday_of
from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine.asked import NUMBER, Asked
from lohko.engine.sql import column, expression
from lohko.model.condition import And, Condition, MomentIs, Not, Or, PropertyIs
from lohko.model.edges import anniversaries, day_range, temporal_range
from lohko.model.operand import Part, Test
from lohko.model.operators import plain, positive
from lohko.model.schema import EventType, Type


@dataclass(frozen=True)
class Subject:
    """What is compared.

    fold    for texts: what comparisons read
    table   for times: where the value's column is found, to tell the local time of each different one
    """

    type: Type
    value: exp.Expr
    fold: exp.Expr | None = None
    table: exp.Expr | None = None


def on_event(node: Condition, event: EventType, asked: Asked, *, within_not: bool = False) -> exp.Expr:
    """Whether an event passes a condition. Where it does not, this may be NULL, except within a NOT, which needs to be told."""
    match node:
        case And(parts):
            return exp.and_(*(on_event(part, event, asked, within_not=within_not) for part in parts))
        case Or(parts):
            return exp.or_(*(on_event(part, event, asked, within_not=within_not) for part in parts))
        case Not(part):
            return exp.not_(exp.paren(on_event(part, event, asked, within_not=True)))
        case PropertyIs(name, test, part):
            item = event.property(name)
            table = exp.Table(this=exp.to_identifier(event.table, quoted=True))
            subject = Subject(item.type, column(item.column), column(item.fold_column), table)
            positive_test, negated = positive(test)
            holds = passes(positive_test, part, subject, asked)
            if not (within_not or negated):
                return holds  # bare, so that the engine can skip blocks by it
            told = exp.func("coalesce", holds, exp.false())
            return exp.not_(told) if negated else told
        case MomentIs(part, test):
            local = {"hour": column("local_hour")}.get(part, column("local_day"))
            kind: Type = "time" if part == "hour" else "date"
            asked_test, negated = positive(test)
            holds = _of_local(asked_test, part, kind, local, asked)
            return exp.not_(exp.paren(holds)) if negated else holds
    raise TypeError(node)


def passes(test: Test, part: Part | None, subject: Subject, asked: Asked) -> exp.Expr:
    """Whether a value, or a part of it, passes a positive comparison."""
    if part is None:
        return holds(test, subject, asked)
    if part == "items":
        many = expression("coalesce(len(list_distinct(__fold)), 0)", nodes={"__fold": _fold_of(subject)})
        return holds(test, Subject("integer", many), asked)
    if subject.type == "time":
        shown = (
            expression("hour(m.v + to_seconds(z.seconds))") if part == "hour" else expression("CAST(m.v + to_seconds(z.seconds) AS DATE)")
        )
        return _by_local_time(subject, _of_local(test, part, subject.type, shown, asked))
    return _of_local(test, part, subject.type, subject.value, asked)


def _of_local(test: Test, part: Part, kind: Type, local: exp.Expr, asked: Asked) -> exp.Expr:
    """A comparison of a part of a local date, or of a local hour."""
    if part == "weekday":
        names = asked.texts([weekday_of(n) for n in range(1, 8)])
        named = expression("list_extract(__names, isodow(__day))", nodes={"__names": names, "__day": local})
        return holds(test, Subject("text", named, named), asked)
    if part == "month":
        names = asked.texts([month_of(n) for n in range(1, 13)])
        named = expression("list_extract(__names, month(__day))", nodes={"__names": names, "__day": local})
        return holds(test, Subject("text", named, named), asked)
    number = expression("day(__day)", nodes={"__day": local}) if part == "day" else local
    return holds(test, Subject("integer", number), asked)


# The local time of each different instant: an ordered join of the rows themselves would sort them all.
_BY_LOCAL_TIME = """
__value IN (
    SELECT m.v FROM (SELECT DISTINCT __value AS v FROM __table AS t) AS m ASOF JOIN local_offset AS z ON m.v >= z.from_utc
    WHERE __passes
)
"""


def _by_local_time(subject: Subject, passes: exp.Expr) -> exp.Expr:
    if subject.table is None:
        raise ValueError("it is not said where the times are")
    return expression(_BY_LOCAL_TIME, nodes={"__value": subject.value, "__table": subject.table, "__passes": passes})


def holds(test: Test, subject: Subject, asked: Asked) -> exp.Expr:
    """Whether a value passes a positive comparison."""
    if test.op == "known":
        return exp.not_(exp.Is(this=subject.value.copy(), expression=exp.Null()))
    if subject.type in ("date", "time"):
        return _in_time(test, subject, asked)
    operands = [plain(operand) for operand in test.operands]
    if subject.type == "text_set":
        return _on_set(test.op, _fold_of(subject), [fold(item) for item in operands], asked)
    if subject.type == "text":
        return _on_text(test.op, _fold_of(subject), [fold(item) for item in operands], asked)
    if subject.type == "boolean":
        return exp.EQ(this=subject.value.copy(), expression=asked.bind(operands[0], "BOOLEAN"))
    return _on_number(test.op, subject, operands, asked)


def _fold_of(subject: Subject) -> exp.Expr:
    if subject.fold is None:
        raise ValueError("a text is compared by its fold")
    return subject.fold


_COMPARE = {"over": exp.GT, "at_least": exp.GTE, "under": exp.LT, "at_most": exp.LTE, "is": exp.EQ}
_UP = ("at_least", "under")
_KEPT_AS = {"integer": ("BIGINT", 0), "money": ("DECIMAL(38,4)", 4), "decimal": (NUMBER, 10)}


def _on_number(op: str, subject: Subject, operands: Sequence[Decimal], asked: Asked) -> exp.Expr:
    """A number against operands of its own type, so that not every row is made another type: `> 2.5` of whole numbers is `> 2`."""
    kind, scale = _KEPT_AS[subject.type]
    if op == "one_of":
        wanted = asked.bind([bound for item in operands if (bound := _exactly(item, scale)) is not None], f"{kind}[]")
        return exp.Anonymous(this="list_contains", expressions=[wanted, exp.cast(subject.value.copy(), kind, dialect="duckdb")])
    if op == "between":
        ends = (("at_least", operands[0]), ("at_most", operands[1]))
        return exp.and_(*(_on_number(end, subject, [operand], asked) for end, operand in ends))
    bound = _exactly(operands[0], scale) if op == "is" else _rounded(operands[0], scale, up=op in _UP)
    return _COMPARE[op](this=subject.value.copy(), expression=asked.bind(bound, kind))


def _rounded(value: Decimal, scale: int, *, up: bool) -> Decimal:
    with localcontext(prec=60):
        return value.quantize(Decimal(1).scaleb(-scale), ROUND_CEILING if up else ROUND_FLOOR)


def _exactly(value: Decimal, scale: int) -> Decimal | None:
    """The number with so many decimals, or none, which equals nothing."""
    rounded = _rounded(value, scale, up=False)
    return rounded if rounded == value else None


def compared_parts(op: str, parts: exp.Expr, whole: exp.Expr, operands: Sequence[Decimal | int], asked: Asked) -> exp.Expr:
    """A comparison of parts / whole with operands, without dividing: parts against each operand times the whole."""
    if op == "one_of":
        wanted = expression(
            "list_transform(__wanted, lambda x: x * __whole)", nodes={"__wanted": asked.numbers(operands), "__whole": whole}
        )
        return exp.Anonymous(this="list_contains", expressions=[wanted, exp.cast(parts.copy(), NUMBER, dialect="duckdb")])
    times = [exp.Mul(this=asked.number(operand), expression=whole.copy()) for operand in operands]
    if op == "between":
        return exp.and_(exp.GTE(this=parts.copy(), expression=times[0]), exp.LTE(this=parts.copy(), expression=times[1]))
    return _COMPARE[op](this=parts.copy(), expression=times[0])


_ON_TEXT = {
    "is": "__text = __wanted",
    "contains": "contains(__text, __wanted)",
    "starts_with": "starts_with(__text, __wanted)",
    "ends_with": "ends_with(__text, __wanted)",
    "matches": "__text LIKE __wanted ESCAPE '\\'",
    "one_of": "list_contains(__wanted, __text)",
    "contains_any": "len(list_filter(__wanted, lambda y: contains(__text, y))) > 0",
    "contains_all": "len(list_filter(__wanted, lambda y: NOT contains(__text, y))) = 0",
}
_OF_MANY = ("one_of", "contains_any", "contains_all")


def _on_text(op: str, text: exp.Expr, operands: list[str], asked: Asked) -> exp.Expr:
    wanted = asked.texts(operands) if op in _OF_MANY else asked.bind(_pattern(operands[0]) if op == "matches" else operands[0], "VARCHAR")
    tree = expression(_ON_TEXT[op], nodes={"__text": text, "__wanted": wanted})
    # Without a text the list of wanted ones has nothing that is not in it.
    return exp.and_(exp.not_(exp.Is(this=text.copy(), expression=exp.Null())), tree) if op == "contains_all" else tree


def _pattern(wanted: str) -> str:
    """A pattern of * and ? as SQL's LIKE has it; one `_` is one code point there."""
    signs = {"*": "%", "?": "_", "%": "\\%", "_": "\\_", "\\": "\\\\"}
    return "".join(signs.get(sign, sign) for sign in wanted)


def _on_set(op: str, texts: exp.Expr, operands: list[str], asked: Asked) -> exp.Expr:
    if op in ("is", "one_of"):
        return expression("list_has_any(__texts, __wanted)", nodes={"__texts": texts, "__wanted": asked.texts(operands)})
    if op == "has_all":
        return expression("list_has_all(__texts, __wanted)", nodes={"__texts": texts, "__wanted": asked.texts(operands)})
    one = _on_text(op, expression("x"), operands, asked)
    return expression("len(list_filter(__texts, lambda x: __one)) > 0", nodes={"__texts": texts, "__one": one})


def _in_time(test: Test, subject: Subject, asked: Asked) -> exp.Expr:
    if test.op.startswith("anniversary"):
        return _anniversary(test, subject, asked)
    if subject.type == "date":
        bound = _ends(lambda as_of: day_range(test, as_of, asked.zone), "DATE", asked)
    else:
        bound = _ends(lambda as_of: _naive_range(test, as_of, asked.zone), "TIMESTAMP", asked)
    return exp.and_(
        *(
            compare(this=subject.value.copy(), expression=edge)
            for edge, compare in zip(bound, (exp.GTE, exp.LT), strict=True)
            if edge is not None
        )
    )


def _ends(of: Callable[[dt.datetime], tuple[Any, Any]], kind: str, asked: Asked) -> list[exp.Expr | None]:
    """Places for both ends of a range, where it has them."""
    there = of(asked.as_of)
    return [None if there[side] is None else asked.edge(lambda as_of, side=side: of(as_of)[side], kind) for side in (0, 1)]  # type: ignore[misc]


def _naive_range(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime | None, dt.datetime | None]:
    low, high = temporal_range(test, as_of, zone)
    return None if low is None else naive(low), None if high is None else naive(high)


def _anniversary(test: Test, subject: Subject, asked: Asked) -> exp.Expr:
    """Through a list that has, at 100 x month + day, the latest year in which that day is asked for."""
    years = asked.edge(lambda as_of: _years(test, as_of, asked.zone), "INTEGER[]")
    day = subject.value if subject.type == "date" else expression("CAST(m.v + to_seconds(z.seconds) AS DATE)")
    passes = expression("list_extract(__years, 100 * month(__day) + day(__day)) > year(__day)", nodes={"__years": years, "__day": day})
    return passes if subject.type == "date" else _by_local_time(subject, passes)


def _years(test: Test, as_of: dt.datetime, zone: ZoneInfo) -> list[int]:
    found = anniversaries(test, as_of, zone)
    return [found.get(number, 0) for number in range(1, 1232)]

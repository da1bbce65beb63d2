"""Filling in a blank of a card, and mending what then no longer goes with it.

Another attribute has other operators, another measure another property. What comes out always has the right form; whether
it can be asked is told by `Resolver`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, cast, get_args, get_origin

from lohko.base.errors import InputError, did_you_mean
from lohko.model.blanks import (
    COUNTED,
    MOST_STEPS,
    Scope,
    first_event,
    first_of,
    first_property,
    has_part,
    hints_of,
    is_linked,
    left_of,
    measured,
    numbers,
    tag_of,
    taken,
    tied_to,
)
from lohko.model.condition import (
    OF_PROPERTY,
    And,
    AttributeFigure,
    AttributeIs,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Ever,
    Followed,
    OfAccount,
    Periods,
    PropertyIs,
    Ranked,
    Step,
    Tied,
)
from lohko.model.edit import Place, node_at, put
from lohko.model.fit import Kind
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, day_fits, fits
from lohko.model.operand import Day, Number, Period, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS, operand_kind
from lohko.model.walk import everything, test_of
from lohko.model.window import AgoBetween, Between, During, InLast, Latest, LongAgo


def changed(node: Condition, place: Place, text: str, scope: Scope) -> Condition:
    """The card with one blank filled in, and mended where the rest no longer goes with it; InputError when the text does not fit the blank."""
    return cast(Condition, _put(node, place, text, scope))


def _put(owner: Any, place: Place, text: str, scope: Scope) -> Any:
    name, rest = place[0], place[1:]
    if isinstance(owner, tuple):
        return _put_in_list(owner, name, rest, text, scope)
    if isinstance(name, int) or not is_dataclass(owner) or name not in [field.name for field in fields(owner)]:
        raise InputError("unknown_place", "There is no such blank on this card.")
    values = {field.name: getattr(owner, field.name) for field in fields(owner)}
    hint = hints_of(cast(Hashable, type(owner)))[name]
    if name == "then" and not rest:
        values[name] = _so_many_steps(values[name], _whole_number(text), scope)
    elif rest == ("node",):
        values[name] = _of_tag(taken(hint)[1], text, scope)
    elif rest and values[name] is not None:
        if name == "test" and rest[0] == "operands":
            values[name] = _put_operand(owner, rest, text, scope)
        else:
            values[name] = _put(values[name], rest, text, scope)
    else:
        values[name] = _read(hint, text)
    return _made(type(owner), values, scope)


def _put_in_list(items: tuple[Any, ...], at: str | int, rest: Place, text: str, scope: Scope) -> tuple[Any, ...]:
    if isinstance(at, str) or not 0 <= at < len(items) or not rest:
        raise InputError("unknown_place", "There is no such blank on this card.")
    return (*items[:at], _put(items[at], rest, text, scope), *items[at + 1 :])


def _put_operand(owner: Any, rest: Place, text: str, scope: Scope) -> Test:
    """A value of a comparison; one past the last is another."""
    test, kind = cast(Test, owner.test), left_of(owner, scope)
    items, at = test.operands, rest[1] if len(rest) > 1 else None
    if not isinstance(at, int) or at > len(items) or (at == len(items) and OPERATORS[test.op].operands != "many"):
        raise InputError("unknown_place", "There is no such blank on this card.")
    if at == len(items):
        items = (*items, _first_operand(test.op, kind, scope))
    return Test(test.op, (*items[:at], _put(items[at], rest[2:], text, scope), *items[at + 1 :]))


def dropped(node: Condition, place: Place) -> Condition:
    """The card without one value of a list: `place` is that of the operand."""
    owner = node_at(node, place[:-2])
    if not isinstance(owner, Test) or place[-2] != "operands" or not isinstance(place[-1], int):
        raise InputError("unknown_place", "There is no such value on this card.")
    left = tuple(item for n, item in enumerate(owner.operands) if n != place[-1])
    if not left:
        raise InputError("needs_one", "The list needs at least one value.", hint="write another first.")
    return cast(Condition, put(node, (*place[:-2], "operands"), left))


def picked(node: Condition, value: str, scope: Scope) -> Condition:
    """The card with a value that was picked for it: another of the list where it has one, else the one that it compares with."""
    test = test_of(node)
    if test is None:
        raise InputError("unknown_place", "This card compares with no value.")
    row = OPERATORS[test.op]
    if row.operands == 0 or row.takes != "value":
        node, n = changed(node, ("test", "op"), "is", scope), 0
    elif Text(value) in test.operands:
        return node
    else:
        n = len(test.operands) if row.operands == "many" and test.operands != (Text(""),) else 0
    return changed(node, ("test", "operands", n, "value"), value, scope)


def _read(hint: Any, text: str) -> Any:
    """What a text means in a field of that type."""
    optional, kinds = taken(hint)
    kind = kinds[0]
    if optional and not text:
        return None
    if kind is bool:
        return text == "yes"
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise InputError("bad_choice", f"{text!r} cannot be chosen here.", hint=did_you_mean(text, get_args(kind)))
        return text
    if kind is int:
        return _whole_number(text)
    if kind is Decimal:
        return read_number(text)
    return read_day(text) if kind is dt.date else text


_EITHER = re.compile(r"-?[1-9]\d{0,2},\d{3}")
"""A comma before three digits: a decimal comma to some, a sign of thousands to others."""


def read_number(text: str) -> Decimal:
    """A number as people write it, with a point or a comma; InputError otherwise, and for `1,500`, which is two numbers.

    >>> read_number("1 500,50"), read_number("-3"), read_number("1.500,50"), read_number("1,500.50")
    (Decimal('1500.50'), Decimal('-3'), Decimal('1500.50'), Decimal('1500.50'))
    """
    plain = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    if _EITHER.fullmatch(plain):
        raise InputError("bad_number", f"{text!r} can be read in two ways.", hint="write 1500, or 1.50 with a point.")
    thousands = min(",.", key=plain.rfind) if "," in plain and "." in plain else ""
    try:
        found = Decimal(plain.replace(thousands, "").replace(",", ".") if thousands else plain.replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not fits(found):
        raise InputError("bad_number", f"{text!r} is no number that can be asked about.", hint="such as 150 or 49,90.")
    return found


def _whole_number(text: str) -> int:
    found = read_number(text)
    if found != int(found):
        raise InputError("bad_number", f"{text!r} is no whole number.")
    if not 1 <= found <= 1_000_000_000:
        raise InputError("bad_number", f"{text!r} is not between 1 and 1,000,000,000.")
    return int(found)


def read_day(text: str) -> dt.date:
    """A day as a browser sends it; InputError otherwise."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("bad_day", f"{text!r} is no date.", hint="such as 2026-11-01.") from None
    if not day_fits(found):
        raise InputError("bad_day", f"A day is of the years {FIRST_YEAR} to {LAST_YEAR}.")
    return found


# --- what goes with what -------------------------------------------------------------------


def _made(kind: type, values: dict[str, Any], scope: Scope) -> Any:
    """The node of these fields, mended where they do not go with each other."""
    if kind in _MENDED:
        _MENDED[kind](values, scope)
    made = kind(**values)
    if "test" in values:
        return replace(made, test=_fitting(values["test"], left_of(made, scope), scope))
    return made


def _fitting(test: Test, kind: Kind | None, scope: Scope) -> Test:
    """The comparison if what stands on the left has it, else the first that it has; with as many values as it takes, each of the right kind."""
    if kind is None:
        return test
    row = OPERATORS[test.op]
    if kind.type not in row.types:
        row = next(item for item in OPERATORS.values() if kind.type in item.types)
    wanted = operand_kind(row, kind.type)
    kept = [item for item in test.operands if isinstance(item, wanted)]
    n = max(1, len(kept)) if row.operands == "many" else row.operands
    fresh = [_first_operand(row.key, kind, scope)] * (n - len(kept))
    return Test(row.key, (*kept, *fresh)[:n])


def _first_operand(op: str, kind: Kind | None, scope: Scope) -> Any:
    """What stands in a new comparison until it is filled in."""
    wanted = operand_kind(OPERATORS[op], kind.type if kind else "text")
    if wanted is Text:
        return Text({"weekday": "monday", "month": "january", "rfm_group": "champions"}.get((kind and kind.codes) or "", ""))
    return {Number: Number(Decimal(1)), YesNo: YesNo(True), Day: Day(scope.today), Span: Span(30, "day"), Period: Period("this", "month")}[
        wanted
    ]


def _of_tag(kinds: tuple[Any, ...], tag: str, scope: Scope) -> Any:
    """A new thing of the form that was chosen; None for none."""
    if not tag:
        return None
    for kind in kinds:
        if is_dataclass(kind) and tag_of(kind) == tag:
            return proposed(cast(type, kind), scope)
    raise InputError("bad_choice", f"{tag!r} cannot be chosen here.", hint=did_you_mean(tag, map(tag_of, kinds)))


def proposed(kind: type, scope: Scope) -> Any:
    """A window, a moment or a figure as it is proposed."""
    month = scope.today - dt.timedelta(days=30)
    made: dict[type, Callable[[], Any]] = {
        Span: lambda: Span(30, "day"),
        Day: lambda: Day(month),
        Ever: Ever,
        InLast: lambda: InLast(Span(30, "day")),
        LongAgo: lambda: LongAgo(Span(30, "day")),
        AgoBetween: lambda: AgoBetween(Span(30, "day"), Span(60, "day")),
        Between: lambda: Between(month, scope.today),
        During: lambda: During(Period("this", "month")),
        Latest: lambda: Latest(1),
        EventsFigure: lambda: EventsFigure(first_event(scope), "count"),
        AttributeFigure: lambda: AttributeFigure(first_of(numbers(None, scope), "attribute that is a number")),
    }
    return made[kind]() if kind in made else kind(month)


def _mend_attribute(values: dict[str, Any], scope: Scope) -> None:
    try:
        found = scope.schema.attribute(values["name"])
    except InputError:
        return
    if values["part"] is not None and not has_part(AttributeIs(found.name, values["test"]), values["part"], scope):
        values["part"] = None
    if found.trait and isinstance(values["at"], Ever):
        values["at"] = None


def _mend_property(values: dict[str, Any], scope: Scope) -> None:
    if values["part"] is not None and not has_part(PropertyIs(values["name"], values["test"]), values["part"], scope):
        values["part"] = None


def _mend_measure(values: dict[str, Any], scope: Scope) -> None:
    """A measure of a property has one that can be measured so; a share has what is counted."""
    plain = EventsAre(values["event"], "count", COUNTED) if "test" in values else EventsFigure(values["event"], "count")
    if values["measure"] in OF_PROPERTY:
        names = measured(plain, values["measure"], scope)
        if values["property"] not in names:
            values["property"] = next(iter(names), None)
        if values["property"] is None:
            values["measure"] = "count"
    if values["measure"] not in OF_PROPERTY:
        values["property"] = None
    _mend_where(values, scope)
    if values["measure"] == "share" and values["has"] is None:
        values["has"] = And((first_property(values["event"], scope),))
    if values["measure"] != "share":
        values["has"] = None


def _mend_where(values: dict[str, Any], scope: Scope) -> None:
    """What is asked of events of another kind goes when these do not have it."""
    for name, event in (("where", "event"), ("has", "event"), ("other_where", "other")):
        if values.get(name) is not None and not _known_inside(values[name], values[event], scope):
            values[name] = And((first_property(values[event], scope),)) if name == "has" else None


def _known_inside(node: Condition, event: str, scope: Scope) -> bool:
    try:
        known = scope.schema.event(event).properties
    except InputError:
        return False
    return all(not isinstance(part, PropertyIs) or part.name.casefold() in known for part in everything(node))


def _mend_chain(values: dict[str, Any], scope: Scope) -> None:
    """Only the last step may be one that did not come."""
    _mend_where(values, scope)
    last = len(values["then"]) - 1
    values["then"] = tuple(step if n == last or step.did else replace(step, did=True) for n, step in enumerate(values["then"]))


def _mend_tied(values: dict[str, Any], scope: Scope) -> None:
    node = Tied(values["event"], values["other"], values["test"], by=values["by"])
    if not is_linked(node, scope):
        values["by"] = None
        others = tied_to(replace(node, by=None), scope)
        if values["other"] not in others and others:
            values["other"] = others[0]
    _mend_where(values, scope)


def _mend_rank(values: dict[str, Any], _scope: Scope) -> None:
    if values["place"].startswith(("above", "below")):
        values["n"] = None
    elif values["n"] is None:
        values["n"] = {"quintile": 5, "decile": 10}.get(values["place"], 10)


def _mend_account(values: dict[str, Any], _scope: Scope) -> None:
    values["n"] = (values["n"] or 2) if values["quantifier"] == "at_least" else None


def _mend_step(values: dict[str, Any], scope: Scope) -> None:
    _mend_where(values, scope)


_MENDED: dict[type, Callable[[dict[str, Any], Scope], None]] = {
    AttributeIs: _mend_attribute,
    PropertyIs: _mend_property,
    EventsAre: _mend_measure,
    EventsFigure: _mend_measure,
    EdgeEvent: _mend_where,
    Periods: _mend_where,
    Followed: _mend_chain,
    Step: _mend_step,
    Tied: _mend_tied,
    Ranked: _mend_rank,
    OfAccount: _mend_account,
}


def _so_many_steps(then: tuple[Step, ...], n: int, scope: Scope) -> tuple[Step, ...]:
    if n > MOST_STEPS:
        raise InputError("bad_number", f"A chain has at most {MOST_STEPS} steps.")
    return (*then[:n], *(Step(first_event(scope)) for _ in range(n - len(then))))

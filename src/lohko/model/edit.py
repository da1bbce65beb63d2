"""A rule while it is being built: a tree that may have holes, and the edits that turn one such tree into the next.

A *draft* is a condition whose groups may be empty or hold one part, so that a group can be made before its parts, and
whose outermost node is a group. An *item* is what stands in a group: a card (a leaf) or a group, with a `not` before it
or without. A *place* is the way to a node from the root: names of fields and numbers in tuples, written `parts.0.part`.
Every edit is a function from draft to draft; `closed` makes the rule that the draft says so far.

What blanks a card has, and what a changed blank makes of it, is in `blanks.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, cast, get_args

from lohko.base.errors import InputError
from lohko.model.condition import And, Condition, Not, OfAccount, Or
from lohko.model.limits import refuse_too_large
from lohko.model.normal import normalise
from lohko.model.walk import rebuilt

Place = tuple[str | int, ...]
Way = Literal["up", "down", "in", "out"]
Kind = Literal["all", "any", "none", "not_all"]
"""What a group says of its parts: all hold, at least one does, none does, not all do."""

EMPTY: Condition = And(())
_ABOUT_EVENTS = frozenset({"where", "has", "other_where"})


@dataclass(frozen=True)
class Edited:
    """A draft after an edit, and the place where the hand is now."""

    draft: Condition
    at: Place


def read_place(text: str) -> Place:
    """The place that `write_place` wrote; InputError when it is none.

    >>> read_place("parts.0.part"), read_place("")
    (('parts', 0, 'part'), ())
    """
    steps = tuple(int(step) if step.isdecimal() and len(step) < 6 else step for step in text.split(".")) if text else ()
    if not all(isinstance(step, int) or (step.isidentifier() and len(step) < 40) for step in steps):
        raise _nowhere()
    return steps


def write_place(place: Place) -> str:
    """A place as text."""
    return ".".join(map(str, place))


# --- between rules and drafts ----------------------------------------------------------


def opened(condition: Condition) -> Condition:
    """The draft of a rule: every list of parts that can be added to is a group."""
    whole = _opened(condition)
    return whole if _is_group(whole) else And((whole,))


def _opened(node: Condition) -> Condition:
    made = rebuilt(node, _opened, lambda part, event: _grouped(_opened(part)))
    if isinstance(made, OfAccount):
        return replace(made, part=_grouped(made.part))
    if isinstance(made, Not) and isinstance(made.part, Not):  # cards have one `not`
        return Not(And((made.part,)))
    return made


def _grouped(node: Condition) -> Condition:
    return node if isinstance(node, And | Or) else And((node,))


def closed(draft: Condition) -> Condition | None:
    """The rule that a draft says: groups without parts are left out, single parts stand alone; None when it says nothing yet."""
    found = _closed(draft)
    return None if found is None else normalise(found)


def _closed(node: Condition) -> Condition | None:
    match node:
        case And(parts) | Or(parts):
            held = tuple(part for part in map(_closed, parts) if part is not None)
            return replace(node, parts=held) if held else None
        case Not(part) | OfAccount(part=part):
            inside = _closed(part)
            return None if inside is None else replace(node, part=inside)
    return cast(Condition, _without_empty_wheres(node))


def _without_empty_wheres(value: Any) -> Any:
    """A leaf, a figure or a step whose `where` says nothing is one without a `where`."""
    if isinstance(value, tuple):
        return tuple(map(_without_empty_wheres, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    found = {}
    for field in fields(value):
        held = getattr(value, field.name)
        found[field.name] = None if held is None else _closed(held) if field.name in _ABOUT_EVENTS else _without_empty_wheres(held)
    return type(value)(**found)


# --- looking ---------------------------------------------------------------------------


def node_at(draft: Any, place: Place) -> Any:
    """What stands at a place; InputError when nothing does."""
    found = draft
    for step in place:
        if isinstance(step, int):
            if not isinstance(found, tuple) or step >= len(found):
                raise _nowhere()
            found = found[step]
        else:
            if not is_dataclass(found) or step not in (field.name for field in fields(found)):
                raise _nowhere()
            found = getattr(found, step)
    return found


def _nowhere() -> InputError:
    return InputError(
        "unknown_place", "There is no such place in this rule.", hint="it may have been changed elsewhere: load the page again."
    )


def put(draft: Any, place: Place, value: Any) -> Any:
    """The draft with another thing at a place."""
    if not place:
        return value
    step, inside = place[0], node_at(draft, place[:1])
    if isinstance(step, int):
        return (*draft[:step], put(inside, place[1:], value), *draft[step + 1 :])
    return replace(draft, **{step: put(inside, place[1:], value)})


def core(draft: Condition, item: Place) -> Place:
    """The place of the card or group itself, past a `not` before it."""
    return (*item, "part") if isinstance(node_at(draft, item), Not) else item


def list_of(draft: Condition, group: Place) -> Place:
    """The place of a group's parts: of `all of`, `any of`, of the contacts of an account, or of a `where` that may be empty."""
    node = node_at(draft, group)
    if isinstance(node, Not):
        return list_of(draft, (*group, "part"))
    if isinstance(node, OfAccount):
        return list_of(draft, (*group, "part"))
    if isinstance(node, And | Or):
        return (*group, "parts")
    raise _nowhere()


def kind_of_group(node: Condition) -> Kind | None:
    """What a group says of its parts; None when it is none of these."""
    match node:
        case And():
            return "all"
        case Or():
            return "any"
        case Not(Or()):
            return "none"
        case Not(And()):
            return "not_all"
    return None


def is_group_item(node: Condition) -> bool:
    """Whether an item holds others: a group, or the contacts of an account."""
    return _is_group(node) or isinstance(node.part if isinstance(node, Not) else node, OfAccount)


def _is_group(node: Condition) -> bool:
    return kind_of_group(node) is not None


def event_around(draft: Condition, place: Place) -> str | None:
    """The events that a place inside `where` or `has` is about; None outside of these."""
    node, event = draft, None
    for n, step in enumerate(place):
        if step in _ABOUT_EVENTS:
            event = getattr(node, "other" if step == "other_where" else "event")
        node = node_at(draft, place[: n + 1])
    return event


# --- edits -----------------------------------------------------------------------------


def add(draft: Condition, group: Place, node: Condition, index: int | None = None) -> Edited:
    """Another item in a group, at its end or before the one of that number. The group may be a `where` that is not there yet."""
    if node_at(draft, group) is None and group and group[-1] in _ABOUT_EVENTS:
        return _small(Edited(put(draft, group, And((node,))), (*group, "parts", 0)))
    where = list_of(draft, group)
    parts = node_at(draft, where)
    at = len(parts) if index is None else max(0, min(index, len(parts)))
    return _small(Edited(put(draft, where, (*parts[:at], node, *parts[at:])), (*where, at)))


def remove(draft: Condition, item: Place) -> Edited:
    """Without an item; the hand is on the one that took its place, the one before it, or the group."""
    where, at = _in_list(item)
    parts = node_at(draft, where)
    node_at(draft, item)
    left = (*parts[:at], *parts[at + 1 :])
    whole = _whole(draft, where)
    if not left and whole and whole[-1] in _ABOUT_EVENTS:
        _refuse_no_has(whole)
        return Edited(put(draft, whole, None), whole[:-1])
    return Edited(put(draft, where, left), (*where, min(at, len(left) - 1)) if left else where[:-1])


def replaced(draft: Condition, item: Place, node: Condition) -> Edited:
    """Another card or group in the place of one, its `not` kept."""
    return _small(Edited(put(draft, core(draft, item), node), item))


def move(draft: Condition, item: Place, way: Way) -> Edited:
    """An item one place up or down: at the edge of its group it steps out of it; `in` puts it into the group next to it, `out` behind its own."""
    where, at = _in_list(item)
    parts, node = node_at(draft, where), node_at(draft, item)
    if way == "in":
        return _move_in(draft, where, at, parts, node)
    step = -1 if way == "up" else 1
    if way != "out" and 0 <= at + step < len(parts):
        swapped = list(parts)
        swapped[at], swapped[at + step] = swapped[at + step], swapped[at]
        return Edited(put(draft, where, tuple(swapped)), (*where, at + step))
    outer = _outer(draft, where)
    if outer is None:
        return Edited(draft, item)
    lean = put(draft, where, (*parts[:at], *parts[at + 1 :]))
    around, place = _in_list(outer)
    return add(lean, around[:-1], node, place if way == "up" else place + 1)


def _move_in(draft: Condition, where: Place, at: int, parts: tuple[Condition, ...], node: Condition) -> Edited:
    """Into the group before it, at its end, or else into the one after it, at its beginning."""
    for n, index in ((at - 1, None), (at + 1, 0)):
        if 0 <= n < len(parts) and is_group_item(parts[n]):
            lean = put(draft, where, (*parts[:at], *parts[at + 1 :]))
            return add(lean, (*where, n if n < at else n - 1), node, index)
    return Edited(draft, (*where, at))


def _outer(draft: Condition, where: Place) -> Place | None:
    """The item whose parts a list is; None for the outermost list, and for that of a `where`."""
    place = where[:-1]
    while place and not isinstance(place[-1], int):
        if place[-1] in _ABOUT_EVENTS:
            return None
        place = place[:-1]
    return place or None


def group(draft: Condition, item: Place) -> Edited:
    """A group around an item: of the other kind than the one that it stands in."""
    where, _ = _in_list(item)
    node, around = node_at(draft, item), node_at(draft, where[:-1])
    made = Or((node,)) if isinstance(around, And) else And((node,))
    return _small(Edited(put(draft, item, made), (*item, "parts", 0)))


def ungroup(draft: Condition, item: Place) -> Edited:
    """A group's parts in its place; what the group said of them is left out."""
    where, at = _in_list(item)
    inside = node_at(draft, list_of(draft, item))
    parts = node_at(draft, where)
    left = (*parts[:at], *inside, *parts[at + 1 :])
    if not left and _whole(draft, where)[-1:] == ("has",):
        _refuse_no_has(("has",))
    return Edited(put(draft, where, left), (*where, at) if inside else where[:-1])


def turn(draft: Condition, place: Place, kind: str) -> Edited:
    """A group of another kind (all, any, none, not_all), or a card or the contacts of an account with a `not` before it or without (`not`, `so`)."""
    node = node_at(draft, place)
    if kind in get_args(Kind):
        if not _is_group(node):
            raise _nowhere()
        parts = node_at(draft, list_of(draft, place))
        made: Condition = And(parts) if kind in ("all", "not_all") else Or(parts)
        if place and isinstance(node_at(draft, place[:-1]), Not):
            raise _nowhere()
        return Edited(put(draft, place, Not(made) if kind in ("none", "not_all") else made), place)
    if kind not in ("not", "so") or _is_group(node) or not place or not isinstance(place[-1], int):
        raise _nowhere()
    inside = node.part if isinstance(node, Not) else node
    return _small(Edited(put(draft, place, Not(inside) if kind == "not" else inside), place))


def _in_list(item: Place) -> tuple[Place, int]:
    """The list that an item stands in, and its number there."""
    if len(item) < 2 or not isinstance(item[-1], int) or item[-2] != "parts":
        raise _nowhere()
    return item[:-1], item[-1]


def _whole(draft: Condition, where: Place) -> Place:
    """The place of the group whose list of parts that is, with the `not` before it."""
    place = where[:-1]
    while place and isinstance(node_at(draft, place[:-1]), Not):
        place = place[:-1]
    return place


def _refuse_no_has(place: Place) -> None:
    if place[-1] == "has":
        raise InputError("needs_one", "What the event must have cannot be left out.", hint="change it, or add another first.")


def _small(edited: Edited) -> Edited:
    """InputError when the draft has become larger than a rule may be."""
    found = closed(edited.draft)
    if found is not None:
        refuse_too_large(found)
    return edited


def cards(draft: Condition, place: Place = ()) -> list[tuple[Place, Condition]]:
    """Every item of a draft with its place, in the order it is read: groups before their parts; not those inside `where`."""
    found: list[tuple[Place, Condition]] = []
    where = list_of(draft, place)
    for n, node in enumerate(node_at(draft, where)):
        item = (*where, n)
        found.append((item, node))
        if is_group_item(node):
            found += cards(draft, item)
    return found

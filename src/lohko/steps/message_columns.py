"""The columns that messages fill: under which names and types, and how the schema widens for them.

A server key may widen a column of what JSON tells apart; a page never does, and only
fills columns that there are, or that are well known (`landing/well_known.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import Connection

from lohko.base.text import fold
from lohko.engine.messages import MadeColumn
from lohko.formats.fields import Kind, fields_of
from lohko.landing.told import Told, Value, decimal, fit
from lohko.landing.well_known import allowed
from lohko.model.schema import TEXTUAL, Codes, Type
from lohko.state import schema
from lohko.state.write_keys import WriteKey

_OWN_TYPES: tuple[Type, ...] = ("boolean", "decimal", "text")
"""What JSON tells apart. A column that has one of these may become a text; any other was made by a file, and only takes what fits it."""


_SHORT = 100
_fold_of_short = lru_cache(maxsize=1 << 16)(fold)


def _fold(text: str) -> str:
    """The fold of a text: names of columns and of goods come again and again."""
    return _fold_of_short(text) if len(text) <= _SHORT else fold(text)


class Columns:
    """The columns of a batch: which there are by the schema as it is, and as it becomes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._there = schema.read_schema(connection)
        self._types: dict[tuple[str, str, str], Type] = {}
        self._found: dict[tuple[str, str | None, str], Type] = {}
        self._room: Counter[tuple[str, str]] = Counter()
        self.plan: list[dict[str, Any]] = []

    def of(self, accepted: Sequence[tuple[WriteKey, Told]]) -> tuple[list[MadeColumn], dict[int, dict[str, Any]]]:
        """The columns of the accepted messages, which the schema then holds, and by the place of a message what of it was left beside."""
        cells: dict[tuple[str, str], dict[int, tuple[Type, Any]]] = defaultdict(dict)
        extras: dict[int, dict[str, Any]] = defaultdict(dict)
        events: dict[tuple[str, str], dict[str, Type]] = defaultdict(dict)
        for place, (key, told) in enumerate(accepted):
            for value in told.values:
                kind = self._fitting(key, told.event if value.role == "property" else None, value)
                if kind is None:
                    extras[place][value.name] = value.value
                    continue
                cells[value.role, value.name][place] = kind
                if value.role == "property":
                    assert told.event is not None
                    before = events[value.role, value.name].get(told.event)
                    if before != kind[0]:
                        events[value.role, value.name][told.event] = kind[0] if before is None else schema.wider(before, kind[0])
        for event in sorted({told.event for _, told in accepted if told.event is not None}):
            schema.ensure_event(self._connection, event)
        made = [self._column(place, key, values, events[key]) for place, (key, values) in enumerate(sorted(cells.items()))]
        return made, extras

    def _fitting(self, key: WriteKey, event: str | None, value: Value) -> tuple[Type, Any] | None:
        """A value as it can be kept in the column of its name, with its type; None where it is left beside."""
        if value.role == "consent":
            return value.type, value.value
        named = (value.role, event, value.name)
        there = self._found.get(named) or self._type_of(*named)
        if there is None:
            return self._new(key, event, value)
        self._found[named] = there
        if there in ("text", "text_set") or there == value.type:
            return value.type, value.value
        if there == "decimal" and value.type == "integer":
            return value.type, value.value
        if there in _OWN_TYPES and value.type in _OWN_TYPES and key.kind == "server":
            return value.type, value.value
        fitting = None if value.type == "boolean" or isinstance(value.value, bool) else fit(there, value.value)
        return None if fitting is None else (there, fitting)

    def _type_of(self, role: str, event: str | None, name: str) -> Type | None:
        """The type of a column that there is, or that this batch has made."""
        made = self._types.get((role, _fold(event or ""), _fold(name)))
        if made is not None:
            return made
        if role != "property":
            held = self._there.attributes.get(_fold(name))
            return held.type if held is not None and not held.trait else None
        kind = self._there.events.get(_fold(event or ""))
        found = kind.properties.get(_fold(name)) if kind is not None else None
        return found.type if found is not None else None

    def _new(self, key: WriteKey, event: str | None, value: Value) -> tuple[Type, Any] | None:
        """A value of a name that there is not yet."""
        kind, given = value.type, value.value
        if key.kind == "public" and not key.new_names and value.role == "property":
            known = allowed(str(event), value.name)
            if known is None:
                return None
            if known != kind:
                given = str(given) if known == "text" else decimal(given)
                kind = known
            if given is None:
                return None
        where = (value.role, _fold(event or ""))
        held = self._there.events.get(where[1]) if value.role == "property" else None
        there = len(held.properties) if held is not None else len(self._there.attributes)
        if there + self._room[where] >= (schema.MOST_PROPERTIES if value.role == "property" else schema.MOST_ATTRIBUTES):
            return None
        self._room[where] += 1
        self._types[value.role, where[1], _fold(value.name)] = kind
        return kind, given

    def _column(self, place: int, key: tuple[str, str], values: dict[int, tuple[Type, Any]], events: dict[str, Type]) -> MadeColumn:
        """One column of the archive, and what the schema makes of it."""
        role, name = key
        kind = reduce(schema.wider, dict.fromkeys(one for one, _ in values.values()))
        item: dict[str, Any] = {"column": f"p{place}", "name": name, "label": name, "role": role, "type": kind, "codes": None}
        if role in ("attribute", "account"):
            known = _codes(name, "customers" if role == "attribute" else "accounts")
            item |= {"name": schema.ensure_attribute(self._connection, name, kind, known).name, "codes": known}
        for event, type_ in events.items():
            number, _ = schema.ensure_event(self._connection, event)
            schema.ensure_property(self._connection, number, name, type_)
            item.setdefault("events", []).append(event)
        self.plan.append(item)
        texts = {row: _as_text(value) for row, (_, value) in values.items()}
        folds = {row: _fold(text) for row, text in texts.items()} if kind in TEXTUAL else {}
        return MadeColumn(item["column"], kind, texts, folds, role == "consent")


def _codes(name: str, kind: Kind) -> Codes | None:
    known = fields_of(kind).get(name)
    return known.codes if known is not None else None


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

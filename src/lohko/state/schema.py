"""The schema in `state`: names, types and the slugged ids that SQL uses.

Ids are given once and never change, so a rebuild makes the same tables.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, func, insert, select, update

from lohko.base.errors import InputError
from lohko.base.text import fold, slug
from lohko.model.account import DEAL, FROM_DEALS, FROM_PEOPLE
from lohko.model.condition import ACCOUNT
from lohko.model.orders import MARGIN, ORDER_LINE, WITH_COSTS
from lohko.model.schema import RFM_TRAITS, Attribute, Codes, EventType, Property, Schema, Type
from lohko.state.tables import attribute, batch, event_property, event_type

# What a column may become when a value does not fit, from narrow to wide.
_WIDER: tuple[Type, ...] = ("boolean", "date", "time", "integer", "money", "decimal", "text")


MOST_EVENT_TYPES = 500
MOST_PROPERTIES = 200
MOST_ATTRIBUTES = 500


def read_schema(connection: Connection) -> Schema:
    """Everything that can be asked about, traits included."""
    attributes = {fold(trait.name): trait for trait in RFM_TRAITS}
    for row in connection.execute(select(attribute).order_by(attribute.c.id)):
        attributes[row.fold] = Attribute(row.name, cast(Type, row.type), row.table_name, cast(Codes | None, row.codes))
    events = {}
    for row in connection.execute(select(event_type).order_by(event_type.c.id)):
        rows = connection.execute(select(event_property).where(event_property.c.event_type == row.id).order_by(event_property.c.id))
        properties = {p.fold: Property(p.name, cast(Type, p.type), p.column_name, cast(Codes | None, p.codes)) for p in rows}
        events[row.fold] = EventType(row.name, row.table_name, properties)
    return Schema(attributes, events)


def ensure_attribute(connection: Connection, name: str, kind: Type, codes: Codes | None = None) -> Attribute:
    """The attribute of that name, made or widened when needed. The name of what Lohko computes itself gets `_given`."""
    if fold(name) in {*(fold(trait.name) for trait in RFM_TRAITS), *FROM_PEOPLE}:
        name = f"{name}_given"
    return _ensure_attribute(connection, name, kind, codes)


def ensure_of_accounts(connection: Connection) -> None:
    """The attributes that accounts have without a file that says them: of their deals, where there are any, and of their people."""
    known = set(connection.execute(select(attribute.c.fold)).scalars())
    has_deals = connection.execute(select(event_type.c.id).where(event_type.c.fold == DEAL)).first() is not None
    for name, kind in (FROM_DEALS if has_deals else {}).items():
        if name not in known:
            _ensure_attribute(connection, name, kind)
    for name, kind in (FROM_PEOPLE if known & set(ACCOUNT) else {}).items():
        if name not in known:
            _ensure_attribute(connection, name, kind)


def ensure_margins(connection: Connection, kind: str = "") -> None:
    """The properties that tell margins, where there are orders and a cost: a line's own, or a list of products, which `kind` may be."""
    lines = connection.execute(select(event_type.c.id).where(event_type.c.fold == ORDER_LINE)).scalar()
    if lines is None:
        return
    costed = select(event_property.c.id).where(event_property.c.event_type == lines, event_property.c.fold.in_((MARGIN, "unit_cost")))
    listed = select(batch.c.number).where(batch.c.kind == "products")
    if kind != "products" and connection.execute(costed).first() is None and connection.execute(listed).first() is None:
        return
    for event, properties in WITH_COSTS.items():
        number, _ = ensure_event(connection, event)
        for name, kind in properties.items():
            ensure_property(connection, number, name, kind)


def _ensure_attribute(connection: Connection, name: str, kind: Type, codes: Codes | None = None) -> Attribute:
    row = connection.execute(select(attribute).where(attribute.c.fold == fold(name))).first()
    if row is None:
        _room(connection.execute(select(func.count()).select_from(attribute)).scalar(), MOST_ATTRIBUTES, "attributes")
        number = 1 + (connection.execute(select(func.max(attribute.c.id))).scalar() or 0)
        table_name = f"a{number}_{slug(name)}"
        connection.execute(insert(attribute).values(id=number, name=name, fold=fold(name), type=kind, codes=codes, table_name=table_name))
        return Attribute(name, kind, table_name, codes)
    wide = wider(cast(Type, row.type), kind)
    if wide != row.type:
        connection.execute(update(attribute).where(attribute.c.id == row.id).values(type=wide))
    return Attribute(row.name, wide, row.table_name, cast(Codes | None, row.codes))


def name_beside(connection: Connection, name: str, kind: Type) -> str:
    """The name for an attribute that must not make text of another's values: with `_answer` where one of that name has other values.

    What people answer may be called as what is known of them: `income` in ranges beside an `income` in euros.
    """
    row = connection.execute(select(attribute).where(attribute.c.fold == fold(name))).first()
    harms = row is not None and row.type not in ("text", "text_set") and wider(cast(Type, row.type), kind) in ("text", "text_set")
    return f"{name}_answer" if harms else name


def ensure_event(connection: Connection, name: str) -> tuple[int, EventType]:
    """The event type of that name with its id, made when needed."""
    row = connection.execute(select(event_type).where(event_type.c.fold == fold(name))).first()
    if row is None:
        _room(connection.execute(select(func.count()).select_from(event_type)).scalar(), MOST_EVENT_TYPES, "kinds of event")
        number = 1 + (connection.execute(select(func.max(event_type.c.id))).scalar() or 0)
        table_name = f"e{number}_{slug(name)}"
        connection.execute(insert(event_type).values(id=number, name=name, fold=fold(name), table_name=table_name))
        return number, EventType(name, table_name)
    return row.id, EventType(row.name, row.table_name)


def ensure_property(connection: Connection, event: int, name: str, kind: Type, codes: Codes | None = None) -> Property:
    """The property of that name of an event type, made or widened when needed."""
    row = connection.execute(
        select(event_property).where(event_property.c.event_type == event, event_property.c.fold == fold(name))
    ).first()
    if row is None:
        there = select(func.count()).select_from(event_property).where(event_property.c.event_type == event)
        _room(connection.execute(there).scalar(), MOST_PROPERTIES, "properties of one kind of event")
        number = 1 + (connection.execute(select(func.max(event_property.c.id))).scalar() or 0)
        column = f"c{number}_{slug(name)}"
        connection.execute(
            insert(event_property).values(
                id=number, event_type=event, name=name, fold=fold(name), type=kind, codes=codes, column_name=column
            )
        )
        return Property(name, kind, column, codes)
    wide = wider(cast(Type, row.type), kind)
    if wide != row.type:
        connection.execute(update(event_property).where(event_property.c.id == row.id).values(type=wide))
    return Property(row.name, wide, row.column_name, cast(Codes | None, row.codes))


def _room(there: int | None, most: int, what: str) -> None:
    """InputError when there are as many as may be: each is a table or a column, and so many are a column misunderstood."""
    if (there or 0) >= most:
        raise InputError(
            "too_many_names",
            f"There would be more than {most} {what}.",
            hint="look at which column was taken for the name, or leave out columns that no rule will ask about.",
        )


def wider(one: Type, other: Type) -> Type:
    """The narrowest type that holds the values of both.

    >>> wider("integer", "decimal"), wider("date", "time"), wider("boolean", "integer")
    ('decimal', 'time', 'text')
    """
    if one == other:
        return one
    if "text_set" in (one, other):
        return "text_set"
    pair = {one, other}
    if pair <= {"integer", "money", "decimal"}:
        return max(pair, key=_WIDER.index)
    if pair <= {"date", "time"}:
        return "time"
    return "text"

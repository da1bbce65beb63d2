"""The identity rules of this workspace; they say what will be linked, and what was linked stands in the log."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from lohko.model.identity import IdentityRules, parse_identity, write_identity
from lohko.state.tables import setting

_SETTING = "identity"
_THROUGH = "identity_through"


def read_identity(connection: Connection) -> IdentityRules:
    """The rules that this workspace was given, else the usual ones."""
    text = _value(connection, _SETTING)
    return parse_identity(str(text)) if text else IdentityRules()


def save_identity(connection: Connection, rules: IdentityRules) -> None:
    """Keep the rules for every later joining."""
    _put(connection, _SETTING, write_identity(rules))


def read_through(connection: Connection) -> int:
    """The last batch whose records were looked at for joining."""
    found = _value(connection, _THROUGH)
    return int(str(found)) if found is not None else 0


def save_through(connection: Connection, batch: int) -> None:
    """Remember that records were looked at up to a batch."""
    _put(connection, _THROUGH, batch)


def _value(connection: Connection, name: str) -> object:
    return connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar()


def _put(connection: Connection, name: str, value: object) -> None:
    connection.execute(delete(setting).where(setting.c.name == name))
    connection.execute(insert(setting).values(name=name, value=value))

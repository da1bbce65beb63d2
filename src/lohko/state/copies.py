"""By what copies of a workspace elsewhere are known to be its own, and whether they may still hold somebody who was erased."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, func, insert, select

from lohko.state.tables import erasure, setting

_NAME = "copies_of"


def identity(connection: Connection) -> str | None:
    """What copies of this workspace are marked with; None when none was ever made."""
    found: str | None = connection.execute(select(setting.c.value).where(setting.c.name == _NAME)).scalar()
    return found


def need_identity(connection: Connection) -> str:
    """The same, which the first copy makes."""
    found = identity(connection)
    if found is None:
        found = uuid.uuid4().hex
        connection.execute(insert(setting).values(name=_NAME, value=found))
    return found


def erasures_so_far(connection: Connection) -> int:
    """How many erasures there have been: a copy that was made when there were fewer may hold somebody who was erased."""
    return int(connection.execute(select(func.count()).select_from(erasure)).scalar() or 0)

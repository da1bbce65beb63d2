"""Long work as it is kept: so that it is known after a restart, and what was cut short can be begun again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from lohko.base.errors import LohkoError
from lohko.state.job_tables import job

OVER = ("done", "failed", "cancelled")
_JSON = ("asked", "result", "error")
_ERROR = "an error of Lohko"


def keep_job(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a job as it is now, in the place of what it was."""
    values = {**row, **{name: None if row[name] is None else json.dumps(row[name], default=_plain) for name in _JSON}}
    connection.execute(insert(job).values(**values).on_conflict_do_update(index_elements=["id"], set_=values))


def kept_jobs(connection: Connection) -> list[dict[str, Any]]:
    """Every job that is known, the oldest first."""
    rows = connection.execute(select(job).order_by(job.c.began))
    return [{**row._mapping, **{name: _read(row._mapping[name]) for name in _JSON}} for row in rows]


def forget_job(connection: Connection, name: str) -> None:
    """A job that is long over."""
    connection.execute(delete(job).where(job.c.id == name))


def forget_jobs_over(connection: Connection) -> None:
    """Nothing is left of jobs that are over, or wait for somebody, and nothing of the files of those that run: people were erased."""
    connection.execute(delete(job).where(job.c.state != "running"))
    connection.execute(update(job).values(asked=None))


def _plain(value: Any) -> Any:
    """What JSON does not know: an error becomes its description, anything else its text."""
    return {_ERROR: value.as_json()} if isinstance(value, LohkoError) else str(value)


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text, object_hook=_whole)


def _whole(found: dict[str, Any]) -> Any:
    return LohkoError.from_json(found[_ERROR]) if found.keys() == {_ERROR} else found

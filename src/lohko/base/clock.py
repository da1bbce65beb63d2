"""The only reader of the clock. Everything else takes `as_of` or an instant as an argument."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """This instant, in UTC, aware."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one place
